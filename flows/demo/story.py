"""What a demo plays: which look-alike, how it is synced, and what happens there meanwhile."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from importlib import import_module
from typing import Any

from sandbox.process import Remote
from warehouse.connection import Connection
from warehouse.sample import Answer

# By name: who asks for one demo does not wait for the others' look-alikes.
STORIES = {
    "hubspot": "flows.demo.hubspot",
    "salesforce": "flows.demo.salesforce",
    "pipedrive": "flows.demo.pipedrive",
    "callrail": "flows.demo.callrail",
    "salesrabbit": "flows.demo.salesrabbit",
    "github_csv": "flows.demo.github_csv",
    "salespro": "flows.demo.salespro",
}


@dataclass(frozen=True, slots=True)
class Story:
    """One CRM's demo.

    `counts` says how many records of each kind the look-alike invents, `variables` how the environment
    names it, `change` lets something happen there and says what; `table` and `columns` are shown at the
    end, and so is what `answer` finds out in one query.
    """

    source: str
    vendor: str
    module: str
    arguments: tuple[str, ...]
    counts: Mapping[str, int]
    config: str
    variables: Callable[[str], Mapping[str, str]]
    change: Callable[[Remote, Sequence[dict[str, Any]]], str]
    table: str
    columns: tuple[str, ...]
    remark: str = ""
    question: str = ""
    answer: Callable[[Connection], Answer] | None = None


def story_of(source: str) -> Story:
    """The demo of a kind of source."""
    story: Story = import_module(STORIES[source]).STORY
    return story
