"""`crm-sync deploy`: work pool, deployments, automations and limits on the server, again and again."""

import asyncio
from collections.abc import Sequence

from prefect.client.orchestration import get_client
from rich.console import Console

from flows.cli.screen import GOOD, NOTE, table
from flows.deploying.automations import set_up_automations
from flows.deploying.change import Change
from flows.deploying.deployments import set_up_deployments, set_up_pool
from flows.deploying.plan import AUTOMATIONS, DEPLOYMENTS, chosen, pool_of, read

DID = ("created", "updated")


def deploy(sources: Sequence[str], type: str, pool: str | None, screen: Console) -> None:
    """Set everything up, and say what that changed."""
    changes = asyncio.run(set_up(sources, type, pool))
    rows = [
        (GOOD if one.done in DID else NOTE, one.kind, one.name, one.done, one.note)
        for one in changes
    ]
    columns = ("", "thing", "name", "state", "note")
    screen.print(table(columns, rows, screen.width, fold=("name", "note")))


async def set_up(sources: Sequence[str], type: str, pool: str | None) -> list[Change]:
    """Set everything up; whatever is wrong with the files is said before anything is changed."""
    content = read(DEPLOYMENTS)
    stanzas, place = chosen(content, sources), pool_of(content, type, pool)
    automations = read(AUTOMATIONS)["automations"]
    async with get_client() as client:
        changes = [await set_up_pool(client, place)]
        changes += await set_up_deployments(client, content, stanzas, place)
        changes += await set_up_automations(client, automations)
    return changes
