"""What is to be drained, what one entity's drain carries along, and what became of its events."""

from collections.abc import Sequence
from dataclasses import dataclass, field

from flows.context import EntityRun
from flows.result import Outcome, Result, Row
from sources.config import EntityConfig, SourceConfig
from sources.entity import Entity
from tasks.threads import in_database
from warehouse import inbox
from warehouse.inbox import Waiting

LONGEST_REASON = 500
HOW_TO_SEE = "crm-sync webhooks list --status dead"
# The kind of source that nobody can ask: its records come with its events.
PUSHED = "webhook"


@dataclass(frozen=True, slots=True)
class Order:
    """The events of one entity that wait, `names` being those by which they know it; `limit` 0: all of them."""

    source: SourceConfig
    entity: Entity
    config: EntityConfig
    names: tuple[str, ...]
    limit: int = 0

    @property
    def pushed(self) -> bool:
        """Whether the events hold the records themselves."""
        return self.source.kind == PUSHED


def set_aside(source: str, entity: str, events: int) -> Result:
    """How it ends where there was nothing to be done: without a history row."""
    counters = dict.fromkeys(("records_created", "records_updated", "records_failed"), 0)
    said = {"drain": {"events": events, "ignored": events}}
    return Result(source, entity, "success", {**counters, "configuration": said})


@dataclass(slots=True)
class Tally:
    """How many events were met, and what became of them; `wrong` is the first thing that went wrong."""

    events: int = 0
    records: int = 0
    done: int = 0
    ignored: int = 0
    later: int = 0
    dead: int = 0
    wrong: str | None = None

    @property
    def summary(self) -> Row:
        """As the run's row remembers it."""
        names = ("events", "records", "done", "ignored", "later", "dead")
        return {name: getattr(self, name) for name in names}

    @property
    def error(self) -> str | None:
        """What a person should know."""
        said = []
        if self.dead:
            said.append(f"{self.dead} event(s) were given up ({HOW_TO_SEE})")
        if self.later:
            said.append(f"{self.later} event(s) wait for another attempt")
        return f"{' and '.join(said)}: {self.wrong}" if said else None

    def outcome(self, failed: int) -> Outcome:
        """How a drain ended that rejected so many records: events that were given up must be seen."""
        if self.dead:
            return "unreconciled"
        return "partial" if self.later or failed else "success"


@dataclass(slots=True)
class Drain:
    """One entity's drain: `denied` is how many living rows the source did not know any more."""

    order: Order
    run: EntityRun
    denied: int = 0
    tally: Tally = field(default_factory=Tally)

    async def done(self, events: Sequence[Waiting]) -> None:
        """Nothing is left to be done for some events."""
        ids = [event.id for event in events]
        await in_database(inbox.mark_done, self.run.conn, ids, self.run.target.run_id)
        self.tally.done += len(ids)

    async def ignore(self, events: Sequence[Waiting], reason: str) -> None:
        """Nothing is to be done for some events."""
        if events:
            ids = [event.id for event in events]
            await in_database(
                inbox.mark_ignored, self.run.conn, ids, reason, self.run.target.run_id
            )
            self.tally.ignored += len(ids)

    async def try_later(self, events: Sequence[Waiting], reason: str) -> None:
        """Some events could not be dealt with now."""
        ids, said = [event.id for event in events], reason[:LONGEST_REASON]
        dead = await in_database(
            inbox.retry_later, self.run.conn, ids, said, self.run.target.run_id
        )
        self._count_dead(dead, said)
        self.tally.later += len(ids) - dead

    async def give_up_on(self, events: Sequence[Waiting], reason: str) -> None:
        """Some events can never be dealt with."""
        ids = [event.id for event in events]
        await in_database(inbox.mark_dead, self.run.conn, ids, reason, self.run.target.run_id)
        self._count_dead(len(ids), reason)

    def _count_dead(self, count: int, reason: str) -> None:
        """Count events that are dead, and keep the first reason there was."""
        self.tally.dead += count
        self.tally.wrong = self.tally.wrong or reason
