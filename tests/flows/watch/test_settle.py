from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from flows.watch.finding import Finding
from flows.watch.settle import settle, summary

NOW = datetime(2026, 3, 18, 10, tzinfo=UTC)
HOUR = timedelta(hours=1)


def finding(entity: str = "contacts", rule="freshness", source: str = "crm", **said) -> Finding:
    return Finding(source, entity, rule, "it is late", **said)


@dataclass
class Open:
    id: int = 1
    crm_source: str = "crm"
    entities: list[str] = field(default_factory=lambda: ["contacts"])
    family: str = "flow"
    rule: str = "freshness"
    severity: int = 3
    opened_at: datetime = NOW - 9 * HOUR
    last_seen_at: datetime = NOW - HOUR
    findings: list[dict[str, Any]] = field(default_factory=list)

    def __post_init__(self) -> None:
        if not self.findings:
            self.findings = [{"entity": name, "rule": self.rule} for name in self.entities]


def test_what_shows_in_many_entities_at_once_is_one_alert():
    settled = settle([finding(name) for name in ("contacts", "deals", "tickets")], [], NOW)

    assert [len(found) for found in settled.opened] == [3]


def test_sources_and_rejects_have_alerts_of_their_own():
    found = [finding(), finding(source="other"), finding(rule="quarantine")]

    assert len(settle(found, [], NOW).opened) == 3


def test_a_fault_that_lasts_is_told_once():
    settled = settle([finding()], [Open()], NOW)

    assert (settled.opened, settled.closed, list(settled.kept)) == ([], [], [1])


def seen(entity: str, rule: str, ago: timedelta) -> dict[str, Any]:
    return {"entity": entity, "rule": rule, "seen_at": (NOW - ago).isoformat()}


def test_an_entity_that_had_recovered_meanwhile_is_told_again():
    lasts = seen("contacts", "failure_rate", HOUR)
    before = Open(
        entities=["contacts", "deals"], findings=[lasts, seen("deals", "failure_rate", 8 * HOUR)]
    )
    now = replace(before, findings=[lasts, seen("deals", "failure_rate", HOUR)])
    again = finding("deals", "failure_rate", severity=3)

    assert settle([finding(), again], [before], NOW).opened == [[again]]
    assert settle([finding(), again], [now], NOW).opened == []


def test_what_is_wrong_with_a_whole_source_is_not_all_that_can_be():
    inbox = Open(entities=[""], rule="inbox", severity=2)
    empty = finding("deals", "zero_records")

    settled = settle([finding("", "inbox"), finding("deals", "inbox"), empty], [inbox], NOW)

    assert settled.opened == [[empty]]


def test_an_alert_is_not_over_while_another_tells_that_it_became_worse():
    few = Open(id=1, rule="failure_rate", severity=2, last_seen_at=NOW - 5 * HOUR)
    all_ = Open(id=2, rule="failure_rate", severity=3)

    settled = settle([finding(rule="failure_rate", severity=3)], [few, all_], NOW)

    assert (list(settled.kept), settled.closed) == ([2], [])


def test_what_follows_soon_is_the_same_fault_and_what_follows_late_is_not():
    other = finding("deals", "failure_rate", severity=3)

    assert settle([other], [Open(opened_at=NOW - HOUR)], NOW).opened == []
    assert settle([other], [Open(opened_at=NOW - 3 * HOUR)], NOW).opened == [[other]]


def test_one_entity_after_the_other_that_brings_too_little_is_the_same_fault():
    late = finding("deals", "volume")

    assert settle([late], [Open(rule="volume", opened_at=NOW - 20 * HOUR)], NOW).opened == []


def test_a_slow_entity_that_then_brings_nothing_is_told_again():
    slow = Open(rule="duration", severity=1)

    assert settle([finding(rule="zero_records")], [slow], NOW).opened
    assert settle([finding(rule="duration")], [slow], NOW).opened == []


def test_an_alert_is_over_when_nothing_of_it_was_found_for_a_while():
    assert settle([], [Open()], NOW).closed == [1]
    assert settle([], [Open(last_seen_at=NOW - timedelta(minutes=20))], NOW).closed == []
    assert settle([], [Open(rule="volume")], NOW).closed == []


def test_an_alert_in_a_line():
    many = [finding(f"e{number}") for number in range(9)]

    assert summary([finding()]) == "crm.contacts: it is late"
    assert summary([finding("", "rate_limit")]) == "crm: it is late"
    assert summary([finding(), finding("deals", "duration")]).endswith("; also deals")
    assert summary(many).startswith("crm: 9 entities (e0, e1, e2, e3 and 5 more); e0: ")
