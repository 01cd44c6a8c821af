"""What happens in the demo's HubSpot: who is there at first, and what changes meanwhile."""

from collections.abc import Sequence
from typing import Any

from sandbox.process import Remote

MODULE = "sandbox.hubspot"
COUNTS = {"contacts": 2000, "companies": 300, "deals": 500}
TABLE = "contacts"
COLUMNS = ("id", "first_name", "last_name", "city", "updated_at", "deleted_at")
NEWCOMERS = (("Ada", "Holm"), ("Ben", "Okafor"), ("Cleo", "Marsh"))
CHANGED, ARCHIVED = 5, 4


def arguments() -> list[str]:
    """How the look-alike is started: with people who belong to firms, and deals to both."""
    return [
        "--links",
        *(word for name, count in COUNTS.items() for word in (f"--{name}", str(count))),
    ]


def change(remote: Remote, rejects: Sequence[dict[str, Any]]) -> str:
    """Create, change and archive some contacts, and put a rejected deal right; what was done, in words."""
    known = sorted(remote.truth("contacts"), key=int)
    for first, last in NEWCOMERS:
        email = f"{first}.{last}@example.com".lower()
        person = {"firstname": first, "lastname": last, "email": email, "phone": "+15550100123"}
        remote.do("create", type="contacts", properties=person)
    for key in known[:CHANGED]:
        remote.do("update", type="contacts", id=key, properties={"city": "Springfield"})
    for key in known[CHANGED : CHANGED + ARCHIVED]:
        remote.do("archive", type="contacts", id=key)
    amiss = [row["record_key"] for row in rejects if row["field"] == "amount"][:1]
    for key in amiss:
        remote.do("update", type="deals", id=key, properties={"amount": "1250.00"})
    done = f"{len(NEWCOMERS)} contacts created, {CHANGED} changed, {ARCHIVED} archived"
    return f"{done}; the amount of deal {amiss[0]} corrected" if amiss else done
