"""Invented firms and people. Any likeness to real ones is by accident."""

from datetime import datetime

from sandbox.salesforce.cast import Cast, Fields, plain
from sandbox.salesforce.words import AWKWARD, LONG_TEXT, ODD, SOURCES, TITLES

INDUSTRIES = ("Construction", "Retail", "Insurance", "Real Estate", "Manufacturing")


def account(cast: Cast, number: int, created: datetime) -> Fields:
    """A firm."""
    name = f"{cast.firm()} {number}"
    domain = f"{plain(name.split(maxsplit=1)[0])}{number}.example.com"
    perhaps: Fields = {
        "Type": cast.chance.choice(("Prospect", "Customer", "Partner", "Other")),
        "Phone": cast.phone(),
        "Website": f"https://{domain}",
        "AccountNumber": f"CA-{number:05d}",
        "Industry": cast.chance.choice(INDUSTRIES),
        "AnnualRevenue": cast.money(90_000_000),
        "NumberOfEmployees": cast.chance.randrange(1, 5000),
        "Rating": cast.chance.choice(("Hot", "Warm", "Cold")),
        "AccountSource": cast.chance.choice(SOURCES),
        "Description": cast.chance.choice((AWKWARD, LONG_TEXT, ODD, "A good customer.")),
        "Tier__c": cast.chance.choice(("Gold", "Silver", "Bronze")),
        "Contract_Value__c": cast.money(200_000),
        "Tax_Number__c": f"99-{cast.chance.randrange(10**7):07d}",
        "Service_Areas__c": cast.several("North", "South", "East", "West"),
        "Last_Visit__c": cast.moment(created),
        "Open_Pipeline__c": cast.money(60_000),
        "Roof_Location__Latitude__s": "40.7128",
        "Sic": f"{cast.chance.randrange(10_000):04d}",
        **cast.address("Billing"),
    }
    return {"Name": name, "OwnerId": cast.one("User")} | cast.some(perhaps)


def contact(cast: Cast, number: int, created: datetime) -> Fields:
    """A person; one in thirty has neither an address nor a number."""
    first, last = cast.person()
    reachable = {
        "Email": f"{plain(first)}.{plain(last)}{number}@example.org",
        "Phone": cast.phone(),
    }
    perhaps: Fields = {
        "AccountId": cast.one("Account"),
        "Salutation": cast.chance.choice(("Mr.", "Ms.", "Mx.", "Dr.")),
        "Title": cast.chance.choice(TITLES),
        "Department": cast.chance.choice(("Purchasing", "Sites", "Office")),
        "MobilePhone": cast.phone(),
        "LeadSource": cast.chance.choice(SOURCES),
        "Birthdate": cast.day(1950, 50),
        "DoNotCall": cast.chance.random() < 0.1,
        "Description": cast.chance.choice((AWKWARD, ODD, "Met at the fair.")),
        "EmailBouncedDate": cast.moment(created),
        "AssistantName": " ".join(cast.person()),
        "Favorite_Colour__c": cast.chance.choice(("Red", "Green", "Blue", "Dark Violet")),
        "Lifetime_Value__c": cast.money(90_000),
        "Loyalty_Points__c": cast.chance.choice(("0.00025", "12", "15000000", "300.5")),
        "Newsletter__c": cast.chance.random() < 0.5,
        "Newsletter_Since__c": cast.day(2020, 6),
        "Policy_Number__c": f"PN-{cast.chance.randrange(10**6):06d}",
        "Days_As_Customer__c": cast.chance.randrange(2000),
        "Ring_At__c": f"{cast.chance.randrange(8, 19):02d}:30:00",
        **cast.address("Mailing"),
    }
    if number % 30:
        perhaps |= reachable
    certain = {"FirstName": first, "LastName": last, "Name": f"{first} {last}"}
    return certain | {"OwnerId": cast.one("User")} | cast.some(perhaps)


def lead(cast: Cast, number: int, created: datetime) -> Fields:
    """Somebody who may become a customer; some have."""
    first, last = cast.person()
    status = cast.chance.choice(("New", "Working", "Nurturing", "Qualified", "Unqualified"))
    converted = status == "Qualified" and cast.chance.random() < 0.8
    perhaps: Fields = {
        "Title": cast.chance.choice(TITLES),
        "Phone": cast.phone(),
        "Email": f"{plain(first)}{number}@example.net",
        "Website": f"example.net/{number}",
        "Industry": cast.chance.choice(INDUSTRIES),
        "Rating": cast.chance.choice(("Hot", "Warm", "Cold")),
        "AnnualRevenue": cast.money(900_000),
        "NumberOfEmployees": cast.chance.randrange(1, 500),
        "LeadSource": cast.chance.choice(SOURCES),
        "Roof_Kind__c": cast.chance.choice(("Pitched", "Flat", "Mansard")),
        "Estimated_Value__c": cast.money(40_000),
        **cast.address(""),
    }
    certain: Fields = {
        "FirstName": first,
        "LastName": last,
        "Name": f"{first} {last}",
        "Company": f"{cast.firm()} {number}",
        "Status": status,
        "OwnerId": cast.one("User"),
        "IsConverted": converted,
    }
    if converted:
        certain["ConvertedDate"] = cast.moment(created, 60).date()
        certain["ConvertedAccountId"] = cast.one("Account")
        certain["ConvertedContactId"] = cast.one("Contact")
        if cast.chance.random() < 0.7:
            certain["ConvertedOpportunityId"] = cast.one("Opportunity")
    return certain | cast.some(perhaps)
