"""Invented business with them: what is offered, what goes wrong, what is to be done."""

from datetime import datetime, timedelta

from sandbox.salesforce.cast import Cast, Fields
from sandbox.salesforce.words import AWKWARD, CALLS, LONG_TEXT, ODD, SOURCES, TROUBLES

STAGES = {  # stage: probability, forecast category, closed, won
    "Prospecting": (10, "Pipeline", False, False),
    "Qualification": (20, "Pipeline", False, False),
    "Proposal": (60, "BestCase", False, False),
    "Negotiation": (80, "Forecast", False, False),
    "Closed Won": (100, "Closed", True, True),
    "Closed Lost": (0, "Omitted", True, False),
}


def opportunity(cast: Cast, number: int, created: datetime) -> Fields:
    """A piece of business; a few were closed before anybody entered them."""
    stage = cast.chance.choice(list(STAGES))
    probability, category, closed, won = STAGES[stage]
    days = -20 if number % 40 == 7 else cast.chance.randrange(1, 150)
    close = (created + timedelta(days=days)).date()
    amount = cast.money(60_000)
    certain: Fields = {
        "Name": f"{cast.firm()} roof {number}",
        "StageName": stage,
        "Probability": probability,
        "ForecastCategory": category,
        "ForecastCategoryName": category,
        "IsClosed": closed,
        "IsWon": won,
        "CloseDate": close,
        "FiscalYear": close.year,
        "FiscalQuarter": (close.month + 2) // 3,
        "AccountId": cast.one("Account"),
        "OwnerId": cast.one("User"),
        "Pricebook2Id": cast.one("Pricebook2"),
    }
    perhaps: Fields = {
        "Amount": amount,
        "Type": cast.chance.choice(("New Business", "Existing Business")),
        "NextStep": "Call back",
        "LeadSource": cast.chance.choice(SOURCES),
        "CampaignId": cast.one("Campaign"),
        "Description": cast.chance.choice((AWKWARD, ODD, "Offer as agreed.")),
        "Roof_Area__c": f"{cast.chance.randrange(20, 900)}.5",
        "Install_On__c": cast.day(2024, 4),
        "Inspected_At__c": cast.moment(created),
        "Financing__c": cast.chance.random() < 0.3,
        "Materials__c": cast.several("Shingle", "Metal", "Tile", "Slate"),
        "Margin__c": cast.chance.randrange(5, 60),
        "LastStageChangeDate": cast.moment(created, 90),
    }
    filled = cast.some(perhaps)
    if "Amount" in filled:
        filled["ExpectedRevenue"] = amount * probability / 100
    return certain | filled


def case(cast: Cast, number: int, created: datetime) -> Fields:
    """Something is wrong with a roof."""
    status = cast.chance.choice(("New", "Working", "Escalated", "Closed"))
    certain: Fields = {
        "CaseNumber": f"{number:08d}",
        "Subject": f"{cast.chance.choice(TROUBLES)} {number}",
        "Status": status,
        "Origin": cast.chance.choice(("Phone", "Email", "Web")),
        "IsClosed": status == "Closed",
        "IsEscalated": status == "Escalated",
        "OwnerId": cast.one("User"),
    }
    if status == "Closed":
        certain["ClosedDate"] = cast.moment(created, 40)
    perhaps: Fields = {
        "AccountId": cast.one("Account"),
        "ContactId": cast.one("Contact"),
        "Priority": cast.chance.choice(("High", "Medium", "Low")),
        "Reason": cast.chance.choice(("Installation", "Material", "Billing", "Other")),
        "Type": cast.chance.choice(("Problem", "Question", "Request")),
        "Description": cast.chance.choice((AWKWARD, LONG_TEXT, "It drips.")),
        "SuppliedEmail": f"somebody{number}@example.com",
        "Damage__c": cast.several("Leak", "Loose tile", "Gutter", "Storm"),
        "Repair_Cost__c": cast.money(4_000),
    }
    return certain | cast.some(perhaps)


def task(cast: Cast, number: int, created: datetime) -> Fields:
    """Something to do, or done; what was done long ago is archived."""
    status = cast.chance.choice(("Not Started", "In Progress", "Completed", "Waiting"))
    done = status == "Completed"
    who = cast.one("Contact") if number % 5 else cast.one("Lead")
    certain: Fields = {
        "Subject": cast.chance.choice(CALLS),
        "Status": status,
        "Priority": cast.chance.choice(("High", "Normal", "Low")),
        "IsClosed": done,
        "IsArchived": done and created.year < 2025,
        "OwnerId": cast.one("User"),
        "WhoId": who,
        "TaskSubtype": cast.chance.choice(("Task", "Call", "Email")),
    }
    perhaps: Fields = {
        "WhatId": cast.one(cast.chance.choice(("Opportunity", "Account", "Case"))),
        "AccountId": cast.one("Account"),
        "ActivityDate": (created + timedelta(days=cast.chance.randrange(30))).date(),
        "Description": cast.chance.choice((AWKWARD, "Rang, nobody there.")),
        "Type": cast.chance.choice(("Call", "Email", "Meeting", "Other")),
    }
    if certain["TaskSubtype"] == "Call":
        perhaps |= {"CallDurationInSeconds": cast.chance.randrange(1200), "CallType": "Outbound"}
    return certain | cast.some(perhaps)


def event(cast: Cast, number: int, created: datetime) -> Fields:
    """An appointment."""
    start = created + timedelta(days=cast.chance.randrange(1, 30))
    minutes = cast.chance.choice((30, 60, 120))
    certain: Fields = {
        "Subject": cast.chance.choice(("Site visit", "Measurement", "Signing")),
        "StartDateTime": start,
        "ActivityDateTime": start,
        "ActivityDate": start.date(),
        "EndDateTime": start + timedelta(minutes=minutes),
        "DurationInMinutes": minutes,
        "ShowAs": "Busy",
        "OwnerId": cast.one("User"),
        "WhoId": cast.one("Contact"),
    }
    perhaps = {"WhatId": cast.one("Opportunity"), "Location": "On the roof", "IsPrivate": True}
    return certain | cast.some(perhaps)
