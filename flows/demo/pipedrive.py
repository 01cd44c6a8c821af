"""What happens in the demo's Pipedrive: who is there at first, and what changes meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.demo.story import Story
from sandbox.pipedrive import TOKEN
from sandbox.process import Remote

CONFIG = """\
[pipedrive]
deletes_every = "0s"     # look for deleted deals in every run, not once an hour
rate_limit = { requests = 1000, seconds = 2 }   # the look-alike sets no limits here
"""
COUNTS = {"deals": 300, "persons": 300, "organizations": 80, "activities": 200, "leads": 60}
CHANGED, ARCHIVED, DELETED = 5, 3, 2


def variables(url: str) -> Mapping[str, str]:
    """How a sync finds the look-alike."""
    return {"PIPEDRIVE_BASE_URL": url, "PIPEDRIVE_API_TOKEN": TOKEN}


def change(remote: Remote, _rejects: Sequence[dict[str, Any]]) -> str:
    """Create, change, archive and delete some deals; what was done, in words."""
    known = sorted(remote.truth("deals"), key=int)
    remote.do("create", type="deals", values={"title": "Roof of the old mill", "value": 18250})
    for key in known[:CHANGED]:
        remote.do("update", type="deals", id=int(key), values={"value": 1250})
    archived = known[CHANGED : CHANGED + ARCHIVED]
    for key in archived:
        remote.do("archive", type="deals", id=int(key))
    for key in known[CHANGED + ARCHIVED : CHANGED + ARCHIVED + DELETED]:
        remote.do("delete", type="deals", id=int(key))
    return f"1 deal created, {CHANGED} changed, {len(archived)} archived, {DELETED} deleted"


STORY = Story(
    source="pipedrive",
    vendor="Pipedrive",
    module="sandbox.pipedrive",
    arguments=("--no-limits", *(w for name, n in COUNTS.items() for w in (f"--{name}", str(n)))),
    counts=COUNTS,
    config=CONFIG,
    variables=variables,
    change=change,
    table="deals",
    columns=("id", "title", "value", "currency", "status", "is_archived", "deleted_at"),
)
