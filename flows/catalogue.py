"""Which entities a run syncs, by which names: the declared ones, and those only the account knows."""

import logging
from collections.abc import Collection, Mapping, Sequence
from dataclasses import replace

from flows.context import SourceRun
from flows.options import SyncOptions
from sources.config import EntityConfig, SourceConfig, apply
from sources.entity import Entity
from sources.errors import ConfigError
from sources.page import Catalogue
from sources.registry import chosen_entities, kind_of
from tasks.threads import in_database
from warehouse.connection import connect
from warehouse.names import entity_names, known_entities

log = logging.getLogger("crm_sync")

Chosen = list[tuple[Entity, EntityConfig]]


async def chosen_of(run: SourceRun, source: SourceConfig, wanted: Sequence[str] | None) -> Chosen:
    """The entities to sync with what is configured for each; raises UnknownEntity.

    What belongs to several of them is read `among` all that the configuration chooses, whatever is
    `wanted` of this run: so that it is the same in every run.
    """
    before = await in_database(_found_before, run)
    catalogue = await run.reader.source.catalogue(before)
    _say(run, catalogue, before)
    beside = {entity.name for entity in kind_of(source).beside}
    known = await in_database(_by_stable_names, run, catalogue.entities, beside)
    run.among = tuple(chosen_entities(source, known, None))
    chosen = chosen_entities(source, known, wanted)
    pairs = [configured_entity(entity, source, run.options) for entity in chosen]
    run.reader.privacy.require(entity for entity, _ in pairs)
    return pairs


def configured_entity(
    entity: Entity, source: SourceConfig, options: SyncOptions
) -> tuple[Entity, EntityConfig]:
    """An entity as the file and this run's options want it."""
    config = source.entity(entity.name)
    config = replace(config, batch_size=options.batch_size or config.batch_size)
    return apply(entity, config), config


def _say(run: SourceRun, catalogue: Catalogue, before: Mapping[str, str]) -> None:
    """What could not be looked for, and what was there before and is not any more."""
    for what, reason in catalogue.left_out.items():
        level = logging.WARNING if before else logging.INFO
        log.log(level, "%s: not synced: %s: %s", run.name, what, reason)
    places = {entity.path for entity in catalogue.entities}
    for entity in catalogue.entities:
        if not entity.found and entity.name != before.get(entity.path, entity.name):
            log.warning(
                "%s: %s is synced as %s now; the table %s stays as it is",
                run.name,
                entity.path,
                entity.name,
                before[entity.path],
            )
    for place in before.keys() - places:
        log.warning(
            "%s: %s (%s) is no longer an object of the account; its table stays as it is",
            run.name,
            before[place],
            place,
        )


def _found_before(run: SourceRun) -> dict[str, str]:
    with connect(run.url, schema=run.bookkeeping_schema) as conn:
        return known_entities(conn, run.name)


def _by_stable_names(
    run: SourceRun, entities: Sequence[Entity], beside: Collection[str]
) -> list[Entity]:
    """The entities, those that only the account knows under names that stay theirs."""
    found = {entity.path: entity.name for entity in entities if entity.found}
    said = [entity.name for entity in entities if not entity.found]
    # Tables that are filled beside those of entities have names as well.
    reserved = {*beside, *(f"{name}_history" for name in said)}
    names: dict[str, str] = {}
    if found:
        with connect(run.url, schema=run.bookkeeping_schema) as conn:
            names = entity_names(
                conn, run.name, found, {*said, *reserved}, store=not run.options.dry_run
            )
    named = [replace(e, name=names[e.path]) if e.found else e for e in entities]
    _refuse_shared_names(run, named, reserved)
    return named


def _refuse_shared_names(
    run: SourceRun, entities: Sequence[Entity], reserved: Collection[str]
) -> None:
    """Two entities in one table would be one of them, and the other in it nowhere."""
    holders: dict[str, Entity] = {}
    for entity in entities:
        other = holders.setdefault(entity.name, entity)
        clash = "a table beside those of entities" if entity.name in reserved else other.path
        if entity.name in reserved or other is not entity:
            raise ConfigError(
                f"{run.name}.{entity.name} is both {entity.path} and {clash}: give {entity.path} another name"
                f' in crm-sync.toml ([{run.name}.…] object_type = "{entity.path}")'
            )
