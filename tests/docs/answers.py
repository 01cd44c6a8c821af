"""The answers to the page's questions, in plain Python; by heading, as rows in the columns' order."""

from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator
from datetime import date, datetime, timedelta
from decimal import Decimal
from itertools import pairwise
from statistics import median
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.hubspot import Record
from tests.docs.figures import grouped, in_days, rounded, total
from tests.docs.records import Records, full_name, moment, number, primary_company, text

Row = tuple[Any, ...]
HERE = ZoneInfo("America/Chicago")
WEEK, MONTH = timedelta(days=7), timedelta(days=30)


def open_pipeline(records: Records) -> Iterator[Row]:
    groups = grouped(
        ((stage, text(deal, "pipeline"), owner_of(records, deal)[:3], currency(deal)), deal)
        for _, deal, stage in records.open_deals()
    )
    pipelines = {one["id"]: one["label"] for one in records.sandbox.pipelines("deals")}
    for (stage, pipeline, owner, money), deals in groups.items():
        likely = stage.probability if stage else None
        amounts = [number(deal, "amount") for deal in deals]
        worth = None if likely is None else total(each and each * likely for each in amounts)
        label = stage.label if stage else text(deals[0], "dealstage")
        place = pipelines.get(pipeline), label, *owner, money
        yield *place, len(deals), amounts.count(None), total(amounts), rounded(worth, 2)


def open_deals(records: Records) -> Iterator[Row]:
    people, companies = dict(records.alive("contacts")), primary_company(records)
    linked = records.linked("deals", "contacts")
    for key, deal, _ in records.open_deals():
        names = ", ".join(full_name(people[one]) for one in sorted(linked[key])) or None
        company = companies.get(key)
        yield key, text(deal, "dealname"), company, names, number(deal, "amount"), currency(deal)


def largest_open_deals(records: Records) -> Iterator[Row]:
    """What the demo shows."""
    known = {key: (deal, stage) for key, deal, stage in records.open_deals() if stage}
    for key, name, company, people, amount, money in open_deals(records):
        if key in known:
            deal, stage = known[key]
            owner = owner_of(records, deal)[1] or ""
            yield name, stage.label, owner, company, people, amount, money


def won_per_month(records: Records) -> Iterator[Row]:
    def month(deal: Record) -> date | None:
        closed = moment(deal, "closedate")
        return closed and closed.astimezone(HERE).date().replace(day=1)

    groups = grouped(((month(deal), currency(deal)), deal) for _, deal in records.won_deals())
    for place, deals in groups.items():
        amounts = [each for deal in deals if (each := number(deal, "amount")) is not None]
        mean = sum(amounts, Decimal()) / len(amounts) if amounts else None
        yield *place, len(deals), total(amounts), rounded(mean, 2)


def win_rate(records: Records) -> Iterator[Row]:
    people, linked = dict(records.alive("contacts")), records.linked("deals", "contacts")

    def source(key: int) -> str | None:
        first = min(linked[key], key=lambda one: (people[one].created, one), default=None)
        return text(people[first], "hs_analytics_source") if first else None

    groups = grouped(
        (source(key), stage.won) for key, _, stage in records.deals() if stage and stage.closed
    )
    for value, won in groups.items():
        label = records.label("contacts", "hs_analytics_source", value)
        share = rounded(Decimal(100 * sum(won)) / len(won), 1)
        yield label, len(won), sum(won), share


def days_to_close(records: Records) -> Iterator[Row]:
    def took(deal: Record) -> timedelta | None:
        closed = moment(deal, "closedate")
        return closed - deal.created if closed and closed >= deal.created else None

    groups = grouped(
        (owner_of(records, deal)[:2], length)
        for _, deal in records.won_deals()
        if (length := took(deal)) is not None
    )
    for owner, lengths in groups.items():
        mean = sum(lengths, timedelta()) / len(lengths)
        yield *owner, len(lengths), in_days(mean), in_days(median(lengths))


def time_in_stages(records: Records) -> Iterator[Row]:
    entered: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for key, value, at, _ in records.sandbox.history("deals", "dealstage"):
        entered[key].append((at, value))
    ends = {key: stage for key, _, stage in records.deals()}
    stays: dict[str, list[tuple[int, timedelta | None]]] = defaultdict(list)
    for key, found in entered.items():
        steps = sorted(found)
        for (began, value), (ended, _) in pairwise(steps):
            stays[value].append((key, ended - began))
        stays[steps[-1][1]].append((key, None))
    for value, each in stays.items():
        stage = records.known.get(("deals", value))
        place = (stage.pipeline, stage.label) if stage else (None, value)
        deals, past = {key for key, _ in each}, [length for _, length in each if length is not None]
        mean = in_days(sum(past, timedelta()) / len(past)) if past else None
        won = sum(1 for key in deals if (last := ends[key]) and last.won)
        yield *place, len(deals), len(each) - len(past), mean, won


def without_contact(records: Records) -> Iterator[Row]:
    linked = records.linked("deals", "contacts")
    for key, deal, _ in records.open_deals():
        if not linked[key]:
            name, owner = text(deal, "dealname"), owner_of(records, deal)[1]
            yield key, name, owner, number(deal, "amount"), currency(deal)


def without_activity(records: Records) -> Iterator[Row]:
    kinds = ("calls", "emails", "meetings", "notes", "tasks")
    busy = set().union(*(records.linked("contacts", kind) for kind in kinds))
    for key, person in records.alive("contacts"):
        if key not in busy:
            yield key, text(person, "email"), owner_of(records, person)[1], person.created


def first_touch(records: Records) -> Iterator[Row]:
    touches: dict[int, list[tuple[datetime, str]]] = defaultdict(list)
    for channel in ("calls", "emails", "meetings"):
        linked = records.linked(channel, "contacts")
        for key, activity in records.alive(channel):
            at = moment(activity, "hs_timestamp")
            if at and at <= records.now:
                for who in linked[key]:
                    touches[who].append((at, channel))
    for key, person in records.alive("contacts"):
        if key in touches:
            at, channel = min(touches[key])
            yield key, text(person, "email"), channel, at


def open_tickets(records: Records) -> Iterator[Row]:
    def waits(ticket: Record) -> bool:
        stage = records.known.get(("tickets", text(ticket, "hs_pipeline_stage") or ""))
        return stage is None or not stage.closed

    groups = grouped(
        (text(ticket, "hs_ticket_priority"), ticket.created)
        for _, ticket in records.alive("tickets")
        if waits(ticket)
    )
    for value, born in groups.items():
        ages = [records.now - each for each in born]
        young, old = sum(age < WEEK for age in ages), sum(age >= MONTH for age in ages)
        label = records.label("tickets", "hs_ticket_priority", value)
        yield label, len(ages), young, len(ages) - young - old, old, min(born)


def ticket_categories(records: Records) -> Iterator[Row]:
    groups = grouped(
        (value, key)
        for key, ticket in records.alive("tickets")
        for value in filter(None, (text(ticket, "hs_ticket_category") or "none").split(";"))
    )
    for value, tickets in groups.items():
        label = records.label("tickets", "hs_ticket_category", value)
        yield None if value == "none" else label, len(tickets)


def revenue(records: Records) -> Iterator[Row]:
    won, linked = {key for key, _ in records.won_deals()}, records.linked("line_items", "deals")
    shelf = dict(records.alive("products")) | {
        int(key): one for key, one in records.sandbox.archived("products").items()
    }

    def product(item: Record) -> Row:
        key = text(item, "hs_product_id")
        known = shelf.get(int(key)) if key else None
        named = known and text(known, "name")
        return key and int(key), named or text(item, "name"), currency_of_item(item)

    groups = grouped(
        (product(item), item) for key, item in records.alive("line_items") if linked[key] & won
    )
    for place, items in groups.items():
        yield (
            *place,
            *(total(number(one, name) for one in items) for name in ("quantity", "amount")),
        )


def team_results(records: Records) -> Iterator[Row]:
    groups = grouped(
        ((records.owner(deal).team, currency(deal)), deal) for _, deal in records.won_deals()
    )
    for place, deals in groups.items():
        owners = {text(deal, "hubspot_owner_id") for deal in deals} - {None}
        yield *place, len(deals), len(owners), total(number(deal, "amount") for deal in deals)


def owner_of(records: Records, record: Record) -> tuple[Any, ...]:
    return tuple(records.owner(record))


def currency(deal: Record) -> str | None:
    return text(deal, "deal_currency_code")


def currency_of_item(item: Record) -> str | None:
    return text(item, "hs_line_item_currency_code")


ANSWERS: dict[str, Callable[[Records], Iterable[Row]]] = {
    "Open pipeline by stage and owner": open_pipeline,
    "Open deals with company and contacts": open_deals,
    "Deals won per month": won_per_month,
    "Win rate by source": win_rate,
    "Average days to close by owner": days_to_close,
    "Time in each stage, and what became of it": time_in_stages,
    "Open deals without a contact": without_contact,
    "Contacts without any activity": without_activity,
    "First touch": first_touch,
    "Open tickets by priority and age": open_tickets,
    "Tickets by category, a property with several choices": ticket_categories,
    "Revenue by product": revenue,
    "Team results": team_results,
}
