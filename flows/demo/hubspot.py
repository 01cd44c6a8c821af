"""What happens in the demo's HubSpot: who is there at first, and what changes meanwhile."""

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from flows.demo.story import Story
from sandbox.hubspot import TOKEN
from sandbox.process import Remote
from warehouse import sample

# Deals strictly: so that the demo shows what a rejected record is. The others keep what they can.
CONFIG = """\
[hubspot]
only = ["contacts", "companies", "deals", "owners", "pipelines", "pipeline_stages"]
deletes_every = "0s"     # look for archived records in every run, not once an hour

[hubspot.deals]
strict = true            # a deal that is not as declared is rejected, not stored as far as possible
"""
COUNTS = {"contacts": 2000, "companies": 300, "deals": 500}
NEWCOMERS = (("Ada", "Holm"), ("Ben", "Okafor"), ("Cleo", "Marsh"))
CHANGED, ARCHIVED = 5, 4


def variables(url: str) -> Mapping[str, str]:
    """How a sync finds the look-alike."""
    return {"HUBSPOT_BASE_URL": url, "HUBSPOT_API_TOKEN": TOKEN}


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


STORY = Story(
    source="hubspot",
    vendor="HubSpot",
    module="sandbox.hubspot",
    # With people who belong to firms, and deals to both.
    arguments=("--links", *(w for name, n in COUNTS.items() for w in (f"--{name}", str(n)))),
    counts=COUNTS,
    config=CONFIG,
    variables=variables,
    change=change,
    table="contacts",
    columns=("id", "first_name", "last_name", "city", "updated_at", "deleted_at"),
    remark="deals strictly, so that bad ones are rejected",
    question="Who belongs to whom: the largest open deals, with labels, owners and links",
    answer=partial(sample.open_deals, schema="hubspot"),
)
