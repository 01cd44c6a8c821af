"""The answers to the page's questions, in plain Python; by heading, as rows in the columns' order."""

from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from sandbox.salesforce import SalesforceSandbox
from tests.docs.figures import grouped, rounded, total

Row = tuple[Any, ...]
Values = dict[str, Any]
HERE = ZoneInfo("America/Chicago")
WEEK, MONTH = timedelta(days=7), timedelta(days=30)


@dataclass
class Org:
    """The records of an org, read one by one; `now` is the moment of asking."""

    sandbox: SalesforceSandbox
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    def living(self, name: str) -> dict[str, Values]:
        return self.sandbox.truth(name)

    def known(self, name: str) -> dict[str, Values]:
        """Deleted ones too, for looking up what something is called."""
        return self.sandbox.truth(name) | self.sandbox.deleted(name)

    def deals(self, **wanted: bool) -> Iterator[tuple[str, Values]]:
        for key, deal in self.living("Opportunity").items():
            if all(deal[name] is value for name, value in wanted.items()):
                yield key, deal

    def user(self, key: str | None) -> Values:
        return self.living("User").get(key or "", {})


def open_pipeline(org: Org) -> Iterator[Row]:
    groups = grouped(
        ((deal["StageName"], deal["OwnerId"]), deal) for _, deal in org.deals(IsClosed=False)
    )
    for (stage, owner), deals in groups.items():
        user = org.user(owner)
        amounts = [deal["Amount"] for deal in deals]
        worth = total(
            None if deal["Amount"] is None else deal["Amount"] * deal["Probability"] / 100
            for deal in deals
        )
        place = stage, owner, user.get("Name"), user.get("IsActive") is False, None
        yield *place, len(deals), amounts.count(None), total(amounts), rounded(worth, 2)


def won_per_month(org: Org) -> Iterator[Row]:
    groups = grouped(
        (deal["CloseDate"] and deal["CloseDate"].replace(day=1), deal["Amount"])
        for _, deal in org.deals(IsWon=True)
    )
    for month, amounts in groups.items():
        known = [one for one in amounts if one is not None]
        mean = sum(known, Decimal()) / len(known) if known else None
        yield month, None, len(amounts), total(known), rounded(mean, 2)


def win_rate(org: Org) -> Iterator[Row]:
    groups = grouped((deal["LeadSource"], deal) for _, deal in org.deals(IsClosed=True))
    for source, deals in groups.items():
        won = [deal for deal in deals if deal["IsWon"]]
        share = rounded(Decimal(100 * len(won)) / len(deals), 1)
        yield source, len(deals), len(won), share, total(deal["Amount"] for deal in won)


def revenue(org: Org) -> Iterator[Row]:
    won, products = dict(org.deals(IsWon=True)), org.known("Product2")
    groups = grouped(
        ((item["Product2Id"], products.get(item["Product2Id"], item)["Name"]), item)
        for item in org.living("OpportunityLineItem").values()
        if item["OpportunityId"] in won
    )
    for (key, name), items in groups.items():
        family = products.get(key, {}).get("Family")
        amount = total(item["TotalPrice"] for item in items)
        listed = total(item["ListPrice"] * item["Quantity"] for item in items)
        discount = rounded(100 * (1 - amount / listed), 1) if amount and listed else None
        quantity = total(item["Quantity"] for item in items)
        yield key, name, family, None, quantity, amount, discount


def open_deals(org: Org) -> Iterator[Row]:
    people, accounts = org.living("Contact"), org.living("Account")
    deciding = grouped(
        (role["OpportunityId"], role["ContactId"])
        for role in org.living("OpportunityContactRole").values()
        if role["Role"] == "Decision Maker" and role["ContactId"] in people
    )
    for key, deal in org.deals(IsClosed=False):
        account = accounts.get(deal["AccountId"] or "", {})
        names = ", ".join(people[one]["Name"] for one in sorted(set(deciding.get(key, ()))))
        yield key, deal["Name"], account.get("Name"), names or None, deal["Amount"], None


def untouched(org: Org) -> Iterator[Row]:
    since = org.now.astimezone(HERE).date() - MONTH
    touched = {
        task["WhatId"]
        for task in org.living("Task").values()
        if task["IsClosed"] and task["ActivityDate"] and task["ActivityDate"] >= since
    } | {
        event["WhatId"]
        for event in org.living("Event").values()
        if event["StartDateTime"] and org.now - MONTH <= event["StartDateTime"] <= org.now
    }
    for key, deal in org.deals(IsClosed=False):
        if key not in touched and deal["CreatedDate"] < org.now - MONTH:
            owner = org.user(deal["OwnerId"]).get("Name")
            yield key, deal["Name"], owner, deal["StageName"], deal["Amount"]


def campaigns(org: Org) -> Iterator[Row]:
    members = grouped(
        (one["CampaignId"], one["HasResponded"]) for one in org.living("CampaignMember").values()
    )
    won = grouped((deal["CampaignId"], deal["Amount"]) for _, deal in org.deals(IsWon=True))
    for key, one in org.living("Campaign").items():
        reached, brought, cost = members.get(key, []), won.get(key, []), one["ActualCost"]
        amount = total(brought)
        ratio = rounded(amount / cost, 2) if amount is not None and cost else None
        counted = len(reached), sum(reached), len(brought)
        yield key, one["Name"], one["Type"], *counted, amount, cost, ratio


def leads(org: Org) -> Iterator[Row]:
    deals = org.living("Opportunity")
    groups = grouped((lead["LeadSource"], lead) for lead in org.living("Lead").values())
    for source, found in groups.items():
        converted = sum(lead["IsConverted"] for lead in found)
        made = [
            lead["ConvertedOpportunityId"]
            for lead in found
            if lead["ConvertedOpportunityId"] in deals
        ]
        won = total(deals[key]["Amount"] for key in made if deals[key]["IsWon"])
        share = rounded(Decimal(100 * converted) / len(found), 1)
        yield source, len(found), converted, share, len(set(made)), won


def open_cases(org: Org) -> Iterator[Row]:
    groups = grouped(
        (case["Priority"], case) for case in org.living("Case").values() if not case["IsClosed"]
    )
    for priority, cases in groups.items():
        ages = [org.now - case["CreatedDate"] for case in cases]
        young, old = sum(age < WEEK for age in ages), sum(age >= MONTH for age in ages)
        between = len(ages) - young - old
        escalated = sum(case["IsEscalated"] for case in cases)
        oldest = min(case["CreatedDate"] for case in cases)
        yield priority, len(cases), escalated, young, between, old, oldest


def materials(org: Org) -> Iterator[Row]:
    groups = grouped(
        (material, deal)
        for _, deal in org.deals(IsWon=True)
        for material in (deal["Materials__c"] or "").split(";")
    )
    for material, deals in groups.items():
        yield material or None, len(deals), total(deal["Roof_Area__c"] for deal in deals)


ANSWERS: dict[str, Callable[[Org], Iterable[Row]]] = {
    "Open pipeline by stage and owner": open_pipeline,
    "Won per month": won_per_month,
    "Win rate by lead source": win_rate,
    "Revenue and discount by product": revenue,
    "Open opportunities with account and decision makers": open_deals,
    "Open opportunities that nobody has touched for 30 days": untouched,
    "What campaigns brought in": campaigns,
    "What became of leads, by source": leads,
    "Open cases by priority and age": open_cases,
    "Won opportunities by material, a picklist with several choices": materials,
}
