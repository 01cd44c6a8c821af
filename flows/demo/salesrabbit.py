"""What happens in the demo's SalesRabbit: who is there at first, and what changes meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.demo.story import Story
from sandbox.process import Remote
from sandbox.salesrabbit import TOKEN

# A real account is asked once a second.
CONFIG = """\
[salesrabbit]
rate_limit = { requests = 100, seconds = 1 }
"""
COUNTS = {"leads": 2000, "users": 12}
NEWCOMERS = (("Ada", "Holm"), ("Ben", "Okafor"), ("Cleo", "Marsh"))
VISITED, DELETED = 5, 4


def variables(url: str) -> Mapping[str, str]:
    """How a sync finds the look-alike."""
    return {"SALESRABBIT_BASE_URL": url, "SALESRABBIT_API_TOKEN": TOKEN}


def change(remote: Remote, _rejects: Sequence[dict[str, Any]]) -> str:
    """Create, visit and delete some leads; what was done, in words."""
    known = sorted(remote.truth("leads"), key=int)
    for first, last in NEWCOMERS:
        person = {"firstName": first, "lastName": last, "city": "Springfield", "state": "IL"}
        remote.do("create", type="leads", values=person)
    for key in known[:VISITED]:
        remote.do("visit", id=key)
    for key in known[VISITED : VISITED + DELETED]:
        remote.do("delete", id=key)
    return f"{len(NEWCOMERS)} leads created, {VISITED} visited, {DELETED} deleted"


STORY = Story(
    source="salesrabbit",
    vendor="SalesRabbit",
    module="sandbox.salesrabbit",
    arguments=tuple(w for name, n in COUNTS.items() for w in (f"--{name}", str(n))),
    counts=COUNTS,
    config=CONFIG,
    variables=variables,
    change=change,
    table="leads",
    columns=("id", "first_name", "last_name", "city", "status", "updated_at", "deleted_at"),
)
