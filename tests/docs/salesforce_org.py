"""An org with a past, and what happens in it between two syncs."""

from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

from sandbox.salesforce import SalesforceSandbox, offset_clock

DAY = timedelta(days=1)
HERE = ZoneInfo("America/Chicago")
QUEUE = "00G5e0000000001AAA"


def an_org() -> SalesforceSandbox:
    """A whole little company, with what is odd about it."""
    sandbox = SalesforceSandbox.seeded(limits=None)
    _add_people_of_two_roles(sandbox)
    _add_activities(sandbox)
    _add_cases(sandbox)
    _add_the_unknown(sandbox)
    return sandbox


def pass_time(sandbox: SalesforceSandbox) -> None:
    """What happens between two syncs: mergers, deletions, somebody leaves, a stage is reached."""
    for name in ("Account", "Contact", "Lead", "Case"):
        winner, loser = sorted(sandbox.truth(name))[3:5]
        sandbox.merge(name, winner, loser)
    for name in ("Opportunity", "Contact", "Lead", "Case", "OpportunityLineItem", "CampaignMember"):
        for key in sorted(sandbox.truth(name))[10::20][:3]:
            sandbox.delete(name, key)
    sandbox.delete("Product2", min(sandbox.truth("Product2")))
    sandbox.delete("Campaign", max(sandbox.truth("Campaign")))
    sandbox.update("User", sorted(sandbox.truth("User"))[1], {"IsActive": False})
    for key in _open(sandbox)[:5]:
        told = {"StageName": "Closed Won", "IsClosed": True, "IsWon": True, "Probability": 100}
        sandbox.update("Opportunity", key, told)
    _forget_what_touched(sandbox)
    _delete_what_others_name(sandbox)
    # The list of deletions is some minutes behind.
    sandbox.store.clock = offset_clock(timedelta(minutes=15))


def _forget_what_touched(sandbox: SalesforceSandbox) -> None:
    """The one call and the one visit that kept something fresh; the call for good."""
    for name, subject in (("Task", "Once"), ("Event", "Once")):
        key = _called(sandbox, name, subject)
        sandbox.delete(name, key)
        if name == "Task":
            sandbox.purge(name, key)


def _delete_what_others_name(sandbox: SalesforceSandbox) -> None:
    """A decision maker, and what a lead became."""
    sandbox.delete("Contact", _called(sandbox, "Contact", "Gone", "FirstName"))
    sandbox.delete("Opportunity", _called(sandbox, "Opportunity", "Became nothing", "Name"))


def _called(sandbox: SalesforceSandbox, name: str, value: str, field: str = "Subject") -> str:
    return next(key for key, one in sandbox.truth(name).items() if one[field] == value)


def _open(sandbox: SalesforceSandbox) -> list[str]:
    found = sandbox.truth("Opportunity").items()
    return sorted(key for key, one in found if not one["IsClosed"])


def _add_people_of_two_roles(sandbox: SalesforceSandbox) -> None:
    """Somebody who decides twice, and two who share a name."""
    deal = _open(sandbox)[-1]
    for name in ("Ada", "Ada", "Bela", "Gone"):
        person = sandbox.create("Contact", {"FirstName": name, "LastName": "Twin"})
        for _ in range(2):
            told = {"OpportunityId": deal, "ContactId": person, "Role": "Decision Maker"}
            sandbox.create("OpportunityContactRole", told)


def _add_activities(sandbox: SalesforceSandbox) -> None:
    """Calls made and to be made, visits past and to come, at the edges of thirty days."""
    deals, now = _open(sandbox)[5:20], datetime.now(UTC)
    for number, days in enumerate((1, 20, 29, 32, 60)):
        told = {"Subject": "Call", "Status": "Completed", "IsClosed": True}
        day = (now - days * DAY).date()
        sandbox.create("Task", told | {"WhatId": deals[number], "ActivityDate": day})
    sandbox.create("Task", {"Subject": "Call", "WhatId": deals[5], "ActivityDate": now.date()})
    for number, days in enumerate((-3, 2, 29.5, 30.5)):
        told = {"Subject": "Visit", "WhatId": deals[6 + number], "StartDateTime": now - days * DAY}
        sandbox.create("Event", told)
    day = now.astimezone(HERE).date()
    done = {"Subject": "Once", "IsClosed": True, "ActivityDate": day, "WhatId": deals[10]}
    sandbox.create("Task", done)
    sandbox.create("Event", {"Subject": "Once", "StartDateTime": now - DAY, "WhatId": deals[11]})
    at_the_edge = done | {"Subject": "Edge", "ActivityDate": day - 30 * DAY, "WhatId": deals[12]}
    sandbox.create("Task", at_the_edge)
    still_open = {"StageName": "Proposal", "Probability": 60}
    for days in (0, 29.5, 30.5):
        sandbox.create("Opportunity", {"Name": "Young", **still_open}, created=now - days * DAY)
    queue = {"Name": "Nobody's", "OwnerId": QUEUE, **still_open}
    sandbox.create("Opportunity", queue, created=now - 90 * DAY)


def _add_cases(sandbox: SalesforceSandbox) -> None:
    for days in (1, 6.5, 8, 29.5, 30.5):
        told = {"Subject": "New", "Status": "New", "Priority": "High", "IsEscalated": days > 7}
        sandbox.create("Case", told, created=datetime.now(UTC) - days * DAY)


def _add_the_unknown(sandbox: SalesforceSandbox) -> None:
    """Won without amount, source or owner who is a user; goods without product, costs without money."""
    won = {"StageName": "Closed Won", "IsClosed": True, "IsWon": True, "Probability": 100}
    queue = {"OwnerId": QUEUE, "CloseDate": date(2026, 3, 31)}
    deal = sandbox.create("Opportunity", {"Name": "Queue", "Amount": 0, **won, **queue})
    sandbox.create("Opportunity", {"Name": "No amount", **won, **queue})
    item = {"OpportunityId": deal, "Name": "Something else", "Quantity": 2, "UnitPrice": "1.25"}
    sandbox.create("OpportunityLineItem", item | {"TotalPrice": "2.50", "ListPrice": "1.25"})
    sandbox.create("Campaign", {"Name": "For nothing", "ActualCost": 0})
    free = sandbox.create("Campaign", {"Name": "For free", "ActualCost": 0})
    sandbox.update("Opportunity", deal, {"CampaignId": free})
    vain = sandbox.create("Opportunity", {"Name": "Became nothing", "Amount": 99, **won, **queue})
    for became in (deal, deal, vain):
        told = {"LastName": "Converted", "IsConverted": True, "LeadSource": "Web"}
        sandbox.create("Lead", told | {"ConvertedOpportunityId": became})
