"""What happens in the demo's Salesforce: who is there at first, and what changes meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.demo.story import Story
from sandbox.process import Remote
from sandbox.salesforce import TOKEN

CONFIG = """\
[salesforce.contacts]
strict = true            # a contact that is not as declared is rejected, not stored as far as possible
"""
NEWCOMERS = (("Ada", "Holm"), ("Ben", "Okafor"), ("Cleo", "Marsh"))
CHANGED, DELETED = 5, 4


def variables(url: str) -> Mapping[str, str]:
    """How a sync finds the look-alike."""
    return {"SALESFORCE_INSTANCE_URL": url, "SALESFORCE_ACCESS_TOKEN": TOKEN}


def change(remote: Remote, rejects: Sequence[dict[str, Any]]) -> str:
    """Create, change and delete some contacts, and put a rejected one right; what was done, in words."""
    known = sorted(remote.truth("Contact"))
    for first, last in NEWCOMERS:
        email = f"{first}.{last}@example.com".lower()
        person = {"FirstName": first, "LastName": last, "Email": email, "Phone": "+15550100123"}
        remote.do("create", type="Contact", fields=person)
    amiss = [row["record_key"] for row in rejects][:1]
    for key in amiss:
        remote.do("update", type="Contact", id=key, fields={"Email": "put.right@example.com"})
    others = [key for key in known if key not in amiss]
    for key in others[:CHANGED]:
        remote.do("update", type="Contact", id=key, fields={"MailingCity": "Springfield"})
    for key in others[CHANGED : CHANGED + DELETED]:
        remote.do("delete", type="Contact", id=key)
    done = f"{len(NEWCOMERS)} contacts created, {CHANGED} changed, {DELETED} deleted"
    return f"{done}; contact {amiss[0]} got an e-mail address" if amiss else done


STORY = Story(
    source="salesforce",
    vendor="Salesforce",
    module="sandbox.salesforce",
    arguments=(),
    counts={},
    config=CONFIG,
    variables=variables,
    change=change,
    table="contacts",
    columns=("id", "first_name", "last_name", "mailing_city", "updated_at", "deleted_at"),
    remark="contacts strictly, so that bad ones are rejected",
)
