"""What the headers of an entity's files add to it: a column of text for every column nobody declared."""

import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from fnmatch import fnmatchcase

from sources.entity import Entity, Field
from sources.tabular.file import Header, TextFile
from sources.tabular.heads import header_at
from sources.tabular.names import FILE, LINE, as_spelled

log = logging.getLogger("crm_sync")

ABOUT_ROWS = frozenset({FILE, LINE})
# So many columns are listed where some are missing.
_LISTED = 40


def header_of(file: TextFile, entity: Entity, encoding: str | None = None) -> Header | None:
    """The header of a file, spelled as the entity does; None where nothing is in the file.

    Raises ConfigError where the key or the stamp is not in it.
    """
    wanted = [path for path in _relied_on(entity) if path not in ABOUT_ROWS]
    return header_at(file, wanted, _spellings(entity), encoding)


def described(entity: Entity, headers: Mapping[str, Header | None]) -> Entity:
    """The entity with a column for every other one in the headers of its files, as `choice` wants it.

    A column is spelled as it was when it came: as in the first file that had it. What is beyond the budget, or
    not chosen, goes to `extra`; what is excluded is not read.
    """
    for part, header in headers.items():
        for remark in header.remarks if header else ():
            log.warning("%s: %s: %s", entity.name, part, remark)
    names = _all_names(entity, [header.columns for header in headers.values() if header])
    _say_what_is_missing(entity, names, found=any(headers.values()))
    choice = entity.choice
    columns: list[Field] = []
    asked: list[str] = []
    excluded: list[str] = []
    declared = {field.path for field in entity.fields}
    for name in names:
        if name in declared or name in ABOUT_ROWS or name in entity.ignore:
            continue
        if _matches(name, choice.exclude):
            excluded.append(name)
        elif _chosen(name, entity) and len(columns) < choice.column_budget:
            columns.append(Field(name, at=name, discovered=True))
        else:
            asked.append(name)
    return replace(
        entity,
        fields=(*entity.fields, *columns),
        asked=(*entity.asked, *asked),
        ignore=(*entity.ignore, *excluded),
    )


def _relied_on(entity: Entity) -> list[str]:
    """The places of the key and of the stamp."""
    columns = {*entity.key, entity.changed}
    return [field.path for field in entity.fields if field.name in columns]


def _spellings(entity: Entity) -> list[str]:
    places = (*(field.path for field in entity.fields), *entity.asked, *entity.ignore)
    return [place for place in places if place not in ABOUT_ROWS]


def _all_names(entity: Entity, headers: Iterable[Sequence[str]]) -> list[str]:
    names = dict.fromkeys(_spellings(entity))
    declared = len(names)
    for header in headers:
        names |= dict.fromkeys(as_spelled(header, [*names, *entity.known]))
    known = list(names)[:declared]
    there = {name for header in headers for name in as_spelled(header, list(names))}
    return [*(name for name in known if name in there), *list(names)[declared:]]


def _say_what_is_missing(entity: Entity, names: Sequence[str], *, found: bool) -> None:
    """A column that is declared and in no file is more often a mistake than not."""
    missing = [field.path for field in entity.fields if field.path not in {*names, *ABOUT_ROWS}]
    if found and missing:
        log.warning(
            "%s: no file has a column %s; their columns are: %s",
            entity.name,
            ", ".join(map(repr, missing)),
            ", ".join(map(repr, names[:_LISTED])),
        )


def _chosen(name: str, entity: Entity) -> bool:
    return entity.choice.properties != "declared" or _matches(name, entity.choice.include)


def _matches(name: str, patterns: Sequence[str]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
