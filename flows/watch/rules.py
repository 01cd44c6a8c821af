"""All rules: from the facts of a source's entities to what is wrong with them, without any I/O."""

from collections.abc import Callable, Iterator, Mapping, Sequence

from flows.watch.failing import failing
from flows.watch.finding import Finding, View
from flows.watch.fresh import stale
from flows.watch.limited import limited
from flows.watch.pace import slow, stuck
from flows.watch.quarantine import quarantine
from flows.watch.volume import volume
from warehouse.facts import Facts

RULES: tuple[Callable[[Facts, View], Finding | None], ...] = (
    failing,
    stuck,
    stale,
    volume,
    quarantine,
    slow,
)


def findings(source: Sequence[Facts], views: Mapping[str, View]) -> list[Finding]:
    """What is wrong with a source, the worst first; `views` are by entity."""
    found = list(_found(source, views))
    return sorted(found, key=lambda one: (-one.severity, one.rule, one.entity))


def _found(source: Sequence[Facts], views: Mapping[str, View]) -> Iterator[Finding]:
    for facts in source:
        for rule in RULES:
            if finding := rule(facts, views[facts.entity]):
                yield finding
    if source and (finding := limited(source, views[source[0].entity])):
        yield finding
