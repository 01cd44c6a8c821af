"""What happens in the demo's CallRail: who has called at first, and what changes meanwhile."""

from collections.abc import Mapping, Sequence
from typing import Any

from flows.demo.story import Story
from sandbox.callrail import KEY
from sandbox.process import Remote

COUNTS = {"calls": 2000, "form_submissions": 200, "text_messages": 60}
CALLERS = ("ADA HOLM", "BEN OKAFOR", "CLEO MARSH")
EDITED = 5


def variables(url: str) -> Mapping[str, str]:
    """How a sync finds the look-alike."""
    return {"CALLRAIL_BASE_URL": url, "CALLRAIL_API_KEY": KEY}


def change(remote: Remote, _rejects: Sequence[dict[str, Any]]) -> str:
    """Let some people call, score recent calls late, and answer a text; what was done, in words."""
    known = remote.truth("calls")
    recent = sorted(known, key=lambda key: str(known[key]["start_time"]), reverse=True)[:EDITED]
    for name in CALLERS:
        remote.do("create", type="calls", values={"customer_name": name, "duration": 61})
    for key in recent:
        values = {"lead_status": "good_lead", "value": "1250.00", "note": "Sold"}
        remote.do("update", type="calls", id=key, values=values)
    conversation = next(iter(remote.truth("text_messages")))
    remote.do("say", id=conversation, content="Thank you!", direction="outgoing")
    return f"{len(CALLERS)} calls came in, {EDITED} were scored late, 1 text was sent"


STORY = Story(
    source="callrail",
    vendor="CallRail",
    module="sandbox.callrail",
    arguments=tuple(
        w for name, n in COUNTS.items() for w in (f"--{name.replace('_', '-')}", str(n))
    ),
    counts=COUNTS,
    config="[callrail]\n",
    variables=variables,
    change=change,
    table="calls",
    columns=("id", "start_time", "customer_name", "duration", "lead_status", "value", "note"),
)
