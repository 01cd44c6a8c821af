"""What is configured and was never synced: without rows, no other rule sees it."""

from collections.abc import Iterator, Sequence
from datetime import datetime

from flows.watch.finding import DAY, Finding
from flows.watch.words import span
from sources.config import Config, SourceConfig
from sources.webhook.kind import KIND as PUSHED
from warehouse.facts import Facts


def missing(
    config: Config, facts: Sequence[Facts], now: datetime, source: str | None = None
) -> list[Finding]:
    """What was to be synced by now: what has a `stale_after` at once, what `only` names when others were for a day."""
    found: list[Finding] = []
    for said in config.sources.values():
        # What is pushed comes when it comes.
        if source in {None, said.name} and said.kind != PUSHED.name:
            found += _of(said, [one for one in facts if one.crm_source == said.name], now)
    return found


def _of(said: SourceConfig, facts: Sequence[Facts], now: datetime) -> Iterator[Finding]:
    limits = [said.defaults.stale_after, *(one.stale_after for one in said.entities.values())]
    if not facts:
        if limit := min(filter(None, limits), default=None):
            why = f"no run of it was ever seen; `stale_after` is {span(limit)}"
            yield _found(said.name, "", why)
        return
    synced = {one.entity for one in facts if one.runs}
    long_known = now - min(one.first for one in facts) > DAY
    for name in _expected(said):
        limit = said.entity(name).stale_after
        if name not in synced and (limit or long_known):
            why = f"; `stale_after` is {span(limit)}" if limit else ", unlike others of its source"
            yield _found(said.name, name, f"it was never synced{why}")


def _expected(said: SourceConfig) -> list[str]:
    """The entities that the configuration wants by name; of others, it may be that nobody asks for them."""
    own = [name for name, one in said.entities.items() if one.stale_after]
    names = said.only or own
    return [name for name in dict.fromkeys(names) if name not in said.without]


def _found(source: str, entity: str, summary: str) -> Finding:
    return Finding(source, entity, "freshness", summary, {"last_anchor": None})
