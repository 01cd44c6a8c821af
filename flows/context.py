"""What a run carries along: the source's side, shared by its entities, and each entity's own."""

import logging
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from flows import progress
from flows.budget import Budget
from flows.metrics import Metrics
from flows.options import SyncOptions
from flows.plan import Plan
from flows.versions import Versions
from sources.config import EntityConfig
from sources.entity import Entity
from tasks.load import Target
from tasks.reading import Reader
from tasks.report import Reporter
from tasks.steps import Steps
from warehouse.connection import Connection
from warehouse.merged import Merged

log = logging.getLogger("crm_sync")


@dataclass(slots=True)
class SourceRun:
    """One flow run over one source. `run` names it in cache keys, `among` are all entities it may sync."""

    run: str
    name: str
    reader: Reader
    options: SyncOptions
    until: datetime
    url: str
    bookkeeping_schema: str
    steps: Steps
    flow_run_id: str | None = None
    mask_values: bool = False
    among: tuple[Entity, ...] = ()
    budget: Budget = field(default_factory=Budget)
    settings: Mapping[str, Any] = field(default_factory=dict)
    keeps_pages: bool = False


@dataclass(slots=True)
class EntityRun:
    """One entity's run, between its open and its closed history row."""

    source: SourceRun
    config: EntityConfig
    entity: Entity
    conn: Connection
    plan: Plan
    target: Target
    reporter: Reporter
    metrics: Metrics = field(default_factory=Metrics)
    done: set[str] = field(default_factory=set)
    preview: Merged = field(default_factory=Merged)
    new_columns: list[str] = field(default_factory=list)
    left_out: dict[str, str] = field(default_factory=dict)
    versions: Versions | None = None
    pages: int = 0
    total: int | None = None
    announced: bool = False
    removed: int = 0

    @property
    def options(self) -> SyncOptions:
        """What the run was told."""
        return self.source.options

    @property
    def steps(self) -> Steps:
        """The tasks, as this run calls them."""
        return self.source.steps

    @property
    def strict(self) -> bool:
        """Whether a record that is not as declared is rejected."""
        return self.config.strict if self.options.strict is None else self.options.strict

    @property
    def run_ids(self) -> list[int]:
        """This run and those it resumes."""
        return [*self.plan.chain, self.target.run_id]

    def announce(self, total: int | None) -> None:
        """Say once that the run begins, with the source's total where it gives one."""
        if not self.announced:
            self.announced = True
            self.metrics.source_total = total
            self.reporter.starting(total)
            progress.started(self.source.name, self.entity.name, total)

    def leave_out(self, left_out: Mapping[str, str]) -> None:
        """Say once which parts the source does not answer for; what is stored of them stays."""
        for part in left_out.keys() - self.left_out.keys():
            log.warning(
                "%s %s: %s left out: %s", self.source.name, self.entity.name, part, left_out[part]
            )
        self.left_out |= left_out

    def checkpoint(self, name: str, cursor: str | None) -> dict[str, Any]:
        """Where pass `name` stands once the chunk before `cursor` has landed (None: at its end)."""
        if cursor is None:
            return {"pass": None, "cursor": None, "done": sorted({*self.done, name})}
        return {"pass": name, "cursor": cursor, "done": sorted(self.done)}
