"""Invented users, campaigns, products, prices, and what ties them to the rest."""

from datetime import datetime, timedelta
from decimal import Decimal

from sandbox.salesforce.cast import Cast, Fields, plain
from sandbox.salesforce.words import AWKWARD, GOODS

UNITS = ("Each", "Square Metre", "Hour")


def user(cast: Cast, number: int, created: datetime) -> Fields:
    """Somebody who works here; the last of them has left."""
    first, last = cast.person()
    return {
        "Username": f"{plain(first)}.{plain(last)}{number}@acme.example",
        "FirstName": first,
        "LastName": last,
        "Name": f"{first} {last}",
        "Email": f"{plain(first)}.{plain(last)}{number}@acme.example.com",
        "Title": "Salesperson",
        "Alias": f"user{number}",
        "IsActive": number != 7,
        "UserType": "Standard",
        "TimeZoneSidKey": "America/Chicago",
        "ManagerId": cast.one("User"),
        "LastLoginDate": cast.moment(created),
    }


def campaign(cast: Cast, number: int, created: datetime) -> Fields:
    """A fair, a mailing."""
    kind = cast.chance.choice(("Fair", "Email", "Webinar", "Direct Mail"))
    start = created.date()
    return {
        "Name": f"{kind} {start.year} {number}",
        "Type": kind,
        "Status": cast.chance.choice(("Planned", "In Progress", "Completed")),
        "StartDate": start,
        "EndDate": start + timedelta(days=cast.chance.randrange(1, 40)),
        "BudgetedCost": cast.money(20_000),
        "ActualCost": None if number == 0 else cast.money(20_000),
        "NumberSent": cast.chance.randrange(500),
        "IsActive": number % 2 == 0,
        "Description": AWKWARD,
        "OwnerId": cast.one("User"),
        "NumberOfContacts": cast.chance.randrange(40),
    }


def product(cast: Cast, number: int, created: datetime) -> Fields:
    """Something on the price list."""
    return {
        "Name": GOODS[number % len(GOODS)],
        "ProductCode": f"P-{number:04d}",
        "Description": f"Sold by {cast.firm()}",
        "IsActive": number % 6 != 5,
        "Family": cast.chance.choice(("Roofing", "Siding", "Gutters", "Service")),
        "QuantityUnitOfMeasure": cast.chance.choice(UNITS),
        "StockKeepingUnit": f"SKU-{number:05d}",
        "DisplayUrl": f"https://shop.example.com/{number}",
    }


def pricebook(cast: Cast, number: int, created: datetime) -> Fields:
    """The standard one, and one for whom we like."""
    standard = number == 0
    name = "Standard Price Book" if standard else f"Partners {number}"
    return {"Name": name, "IsActive": True, "IsStandard": standard, "Description": name}


def pricebook_entry(cast: Cast, number: int, created: datetime) -> Fields:
    """What a product costs in one of them."""
    products, books = list(cast.of("Product2")), list(cast.of("Pricebook2"))
    product_id = products[number % len(products)]
    known = cast.of("Product2")[product_id]
    return {
        "Name": known["Name"],
        "ProductCode": known["ProductCode"],
        "Product2Id": product_id,
        "Pricebook2Id": books[number // len(products) % len(books)],
        "UnitPrice": cast.money(900),
        "IsActive": known["IsActive"],
    }


def line_item(cast: Cast, number: int, created: datetime) -> Fields:
    """A line of an offer."""
    entry = cast.chance.choice(list(cast.of("PricebookEntry")))
    known = cast.of("PricebookEntry")[entry]
    quantity = cast.chance.randrange(1, 40)
    price = max(known["UnitPrice"] - cast.chance.randrange(20), Decimal("1.25"))
    return {
        "OpportunityId": cast.one("Opportunity"),
        "PricebookEntryId": entry,
        "Product2Id": known["Product2Id"],
        "ProductCode": known["ProductCode"],
        "Name": known["Name"],
        "Quantity": quantity,
        "UnitPrice": price,
        "ListPrice": known["UnitPrice"],
        "TotalPrice": price * quantity,
        "Subtotal": price * quantity,
        "SortOrder": number % 9,
        "ServiceDate": cast.day(2024, 3) if number % 3 else None,
        "Description": AWKWARD if number % 20 == 0 else None,
    }


def contact_role(cast: Cast, number: int, created: datetime) -> Fields:
    """What somebody has to do with a piece of business."""
    roles = ("Decision Maker", "Business User", "Executive Sponsor", "Other", None)
    return {
        "OpportunityId": cast.one("Opportunity"),
        "ContactId": cast.one("Contact"),
        "Role": cast.chance.choice(roles),
        "IsPrimary": number % 2 == 0,
    }


def campaign_member(cast: Cast, number: int, created: datetime) -> Fields:
    """Somebody who was asked, and perhaps answered."""
    kind = "Lead" if number % 3 == 0 else "Contact"
    key = cast.one(kind) or ""
    status = cast.chance.choice(("Sent", "Responded", "Registered", "Attended"))
    responded = status != "Sent"
    who = cast.of(kind).get(key, {})
    return {
        "CampaignId": cast.one("Campaign"),
        f"{kind}Id": key,
        "LeadOrContactId": key,
        "Type": kind,
        "Status": status,
        "HasResponded": responded,
        "FirstRespondedDate": cast.moment(created, 30).date() if responded else None,
        "FirstName": who.get("FirstName"),
        "LastName": who.get("LastName"),
        "Email": who.get("Email"),
        "CompanyOrAccount": cast.firm(),
    }
