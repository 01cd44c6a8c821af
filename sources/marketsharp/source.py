"""Opening a copy of MarketSharp's tables: what they are called in it, and which of their rows are gone."""

from sources.database.source import opener_of
from sources.marketsharp.entities import ACTIVE, ENTITIES

# What an account no longer wants is not deleted, but set inactive.
INACTIVE = {"column": ACTIVE.path, "is": False}
TABLES = {
    "contacts": ["Contacts", "Contact"],
    "appointments": ["Appointments", "Appointment"],
    "jobs": ["Jobs", "Job"],
    "activities": ["Activities", "Activity"],
    "inquiries": ["Inquiries", "Inquiry"],
    "addresses": ["Addresses", "Address"],
    "products": ["ProductInterests", "product_interests", "ProductInterest", "Products", "Product"],
}
SAID = {name: {"table": TABLES[name], "deleted": INACTIVE} for name in ENTITIES}

open_marketsharp = opener_of("DATABASE_URL", ENTITIES, SAID)
