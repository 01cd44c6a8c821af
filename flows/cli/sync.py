"""`crm-sync sync`: checks what was asked before anything starts, runs the flow, and shows what it did."""

import os
import sys
from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from flows.cli.api import configured_server, prepare_prefect
from flows.cli.ends import worst
from flows.cli.screen import console
from flows.cli.warehouse import warehouse_place
from flows.options import SyncOptions, parse_since
from flows.registry import FLOWS
from sources.config import SourceConfig, apply
from sources.errors import ConfigError
from sources.privacy import Privacy
from sources.registry import configured, declared_entities, kind_of, missing_variables
from sources.webhook.source import NothingToAsk
from warehouse.connection import connect

if TYPE_CHECKING:
    from flows.result import Result


def sync(*, source: str, entities: Sequence[str], json: bool, **asked: Any) -> int:
    """Sync a source and return the exit status."""
    kind = refuse_early(source, entities, asked)
    private = prepare_prefect(debug=asked["debug"])
    # Only now: whatever imports Prefect must come after its settings.
    from flows.cli.outcome import print_json, print_results
    from flows.cli.run import run_flow
    from flows.registry import flow_of

    results: list[Result] = run_flow(
        flow_of(kind), console(stderr=True), source=source, entities=list(entities) or None, **asked
    )
    if json:
        print_json(results, sys.stdout)
    else:
        print_results(results, console(), warehouse_place(private=private))
    return worst(result.outcome for result in results)


def refuse_early(source: str, entities: Sequence[str], asked: dict[str, Any]) -> str:
    """Raise what can be known to be wrong before Prefect takes its seconds to start; the source's kind."""
    config = configured().source(source)
    kind = kind_of(config)
    if kind.name not in FLOWS:
        raise NothingToAsk(source)
    SyncOptions(**{**asked, "since": parse_since(asked["since"])})
    chosen = []
    for entity in declared_entities(config, entities):
        said = config.entity(entity.name)
        chosen.append(
            apply(entity, replace(said, batch_size=asked["batch_size"] or said.batch_size))
        )
    Privacy.from_env().require(chosen)
    if configured_server() is None and (missing := lacking(config)):
        raise ConfigError(
            f"{' and '.join(missing)} must be set to read {source}: see `crm-sync sources`"
        )
    if url := os.environ.get("WAREHOUSE_URL"):
        connect(url).close()
    return kind.name


def lacking(config: SourceConfig) -> list[str]:
    """The variables a source needs and the environment lacks."""
    return missing_variables(config, {name for name, value in os.environ.items() if value})
