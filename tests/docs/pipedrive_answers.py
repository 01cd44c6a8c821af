"""The answers to the page's questions, in plain Python; by heading, as rows in the columns' order."""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.pipedrive import PipedriveSandbox
from tests.docs.figures import grouped, in_days, rounded, total

Row = tuple[Any, ...]
Shown = dict[str, Any]
HERE = ZoneInfo("America/Chicago")


@dataclass
class Records:
    """What the CRM holds, and what is known from earlier of names that are gone."""

    sandbox: PipedriveSandbox
    now: datetime = datetime(1970, 1, 1, tzinfo=UTC)
    names: dict[str, dict[Any, Shown]] = field(default_factory=dict)
    labels: dict[Any, str] = field(default_factory=dict)
    priority: str = ""

    def learn(self) -> None:
        """Take in names that may be removed later, but stay in the tables."""
        for kind in ("stages", "pipelines", "users", "products", "lead_labels"):
            known = self.names.setdefault(kind, {})
            for shown in (self.sandbox.truth(kind) | self.sandbox.deleted(kind)).values():
                known.setdefault(shown["id"], shown)
        for one in self.sandbox.fields("deals").values():
            if one.custom:
                self.labels |= {option.id: option.label for option in one.options}
        self.priority = self.priority or self.sandbox.code("deals", "Priority")

    def deals(self, *statuses: str) -> list[Shown]:
        truth = self.sandbox.truth("deals").values()
        return [deal for deal in truth if deal["status"] in statuses]

    def open_deals(self) -> list[Shown]:
        return [deal for deal in self.deals("open") if not deal["is_archived"]]

    def name(self, kind: str, key: Any) -> str | None:
        return self.names[kind].get(key, {}).get("name")

    def left(self, user: int) -> bool:
        return str(user) not in self.sandbox.truth("users")

    def living_name(self, kind: str, key: Any) -> str | None:
        return self.sandbox.truth(kind).get(str(key), {}).get("name")


def money(value: Any) -> Decimal | None:
    return None if value is None else Decimal(str(value))


def moment(text: str) -> datetime:
    return datetime.fromisoformat(text)


def open_pipeline(records: Records) -> Iterator[Row]:
    groups = grouped(
        ((deal["pipeline_id"], deal["stage_id"], deal["owner_id"], deal["currency"]), deal)
        for deal in records.open_deals()
    )
    for (pipeline, stage, owner, currency), deals in groups.items():
        usual = records.names["stages"][stage]["deal_probability"]
        likely = [
            Decimal(usual if deal["probability"] is None else deal["probability"]) for deal in deals
        ]
        values = [money(deal["value"]) or Decimal() for deal in deals]
        worth = sum((v * p / 100 for v, p in zip(values, likely, strict=True)), Decimal())
        place = records.name("pipelines", pipeline), records.name("stages", stage)
        whose = owner, records.name("users", owner), records.left(owner)
        yield *place, *whose, currency, len(deals), total(values), rounded(worth, 2)


def next_steps(records: Records) -> Iterator[Row]:
    planned = grouped(
        (activity["deal_id"], activity)
        for activity in records.sandbox.truth("activities").values()
        if not activity["done"]
    )
    for deal in records.open_deals():
        waiting = sorted(
            planned.get(deal["id"], ()),
            key=lambda one: (one["due_date"], one["due_time"] or "~", one["id"]),
        )
        first = waiting[0] if waiting else {}
        due = first.get("due_date")
        organization = records.living_name("organizations", deal["org_id"])
        person = records.living_name("persons", deal["person_id"])
        step = first.get("subject"), due and date.fromisoformat(due)
        worth = money(deal["value"]), deal["currency"]
        yield deal["id"], deal["title"], organization, person, *step, *worth


def won_per_month(records: Records) -> Iterator[Row]:
    groups = grouped(
        ((moment(deal["won_time"]).astimezone(HERE).date().replace(day=1), deal["currency"]), deal)
        for deal in records.deals("won")
    )
    for place, deals in groups.items():
        values = [money(deal["value"]) for deal in deals]
        value = total(values) or Decimal()
        yield *place, len(deals), value, rounded(value / len(deals), 2)


def win_rate(records: Records) -> Iterator[Row]:
    groups = grouped(
        (deal["custom_fields"][records.priority], deal["status"] == "won")
        for deal in records.deals("won", "lost")
    )
    for option, won in groups.items():
        share = rounded(Decimal(100 * sum(won)) / len(won), 1)
        yield records.labels.get(option), len(won), sum(won), share


def lost_reasons(records: Records) -> Iterator[Row]:
    lost = records.deals("lost")
    of_pipeline = grouped((deal["pipeline_id"], deal) for deal in lost)
    groups = grouped(((deal["pipeline_id"], deal["lost_reason"]), deal) for deal in lost)
    for (pipeline, reason), deals in groups.items():
        share = rounded(Decimal(100 * len(deals)) / len(of_pipeline[pipeline]), 1)
        yield records.name("pipelines", pipeline), reason, len(deals), share


def days_to_close(records: Records) -> Iterator[Row]:
    took: list[tuple[int, timedelta]] = [
        (deal["owner_id"], moment(deal["won_time"]) - moment(deal["add_time"]))
        for deal in records.deals("won")
    ]
    groups = grouped((owner, length) for owner, length in took if length >= timedelta())
    for owner, lengths in groups.items():
        mean = sum(lengths, timedelta()) / len(lengths)
        middle = in_days(median(lengths))
        yield owner, records.name("users", owner), len(lengths), in_days(mean), middle


def materials(records: Records) -> Iterator[Row]:
    code = records.sandbox.code("deals", "Materials")
    groups = grouped(
        (option, deal)
        for deal in records.deals("open")
        for option in deal["custom_fields"][code] or ()
    )
    for option, deals in groups.items():
        value = total(money(deal["value"]) for deal in deals if deal["currency"] == "USD")
        yield records.labels.get(option), len(deals), value


def revenue(records: Records) -> Iterator[Row]:
    won = {deal["id"] for deal in records.deals("won")}
    groups = grouped(
        ((one["product_id"], records.name("products", one["product_id"]), one["currency"]), one)
        for one in records.sandbox.truth("deal_products").values()
        if one["deal_id"] in won and one["is_enabled"]
    )
    for place, sold in groups.items():
        quantity = total(money(one["quantity"]) for one in sold)
        deals = {one["deal_id"] for one in sold}
        yield *place, len(deals), quantity, total(money(one["sum"]) for one in sold)


def overdue(records: Records) -> Iterator[Row]:
    def due(activity: Shown) -> datetime:
        until = time.fromisoformat(activity["due_time"] or "23:59:59")
        return datetime.combine(date.fromisoformat(activity["due_date"]), until, UTC)

    deals = records.sandbox.truth("deals")
    late = [
        one
        for one in records.sandbox.truth("activities").values()
        if not one["done"] and one["due_date"] and due(one) < records.now
    ]
    for owner, waiting in grouped((one["owner_id"], one) for one in late).items():
        states = [deals.get(str(one["deal_id"]), {}).get("status") for one in waiting]
        oldest = date.fromisoformat(min(one["due_date"] for one in waiting))
        yield owner, records.name("users", owner), len(waiting), states.count("open"), oldest


def leads_by_label(records: Records) -> Iterator[Row]:
    groups = grouped(
        (label, lead)
        for lead in records.sandbox.truth("leads").values()
        for label in lead["label_ids"] or [None]
    )
    for label, leads in groups.items():
        working = [lead for lead in leads if not lead["is_archived"]]
        unseen = sum(not lead["was_seen"] for lead in working)
        values = [lead["value"] for lead in working if lead["value"]]
        value = total(money(one["amount"]) for one in values if one["currency"] == "USD")
        name = records.name("lead_labels", label)
        yield name, len(working), len(leads) - len(working), unseen, value


ANSWERS: dict[str, Callable[[Records], Iterator[Row]]] = {
    "Open pipeline by stage and owner": open_pipeline,
    "Open deals and what is to be done next": next_steps,
    "Deals won per month": won_per_month,
    "Win rate by a field of your own": win_rate,
    "Why deals are lost": lost_reasons,
    "Average days to close by owner": days_to_close,
    "What open deals ask for, a field with several choices": materials,
    "Revenue by product": revenue,
    "Overdue activities by owner": overdue,
    "Leads by label, at work and archived": leads_by_label,
}
