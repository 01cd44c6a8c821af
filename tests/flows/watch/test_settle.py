from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta

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


def test_what_shows_in_many_entities_at_once_is_one_alert():
    settled = settle([finding(name) for name in ("contacts", "deals", "tickets")], [], NOW)

    assert [len(found) for found in settled.opened] == [3]


def test_sources_and_rejects_have_alerts_of_their_own():
    found = [finding(), finding(source="other"), finding(rule="quarantine")]

    assert len(settle(found, [], NOW).opened) == 3


def test_a_fault_that_lasts_is_told_once():
    settled = settle([finding()], [Open()], NOW)

    assert (settled.opened, settled.closed, list(settled.kept)) == ([], [], [1])


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
