"""Automations, by name: created, brought up to date, or left alone where they are as declared."""

import json
import re
from collections.abc import Sequence
from typing import Any

from prefect.client.orchestration import PrefectClient
from prefect.client.schemas.objects import BlockDocument
from prefect.events.schemas.automations import Automation, AutomationCore

from flows.deploying.change import Change, done
from flows.deploying.plan import OURS, Stanza

PREFIX = f"{OURS}: "
# Blocks that can be told something: by Prefect's own word for it, and webhooks, which are called.
NOTIFIES, WEBHOOK = "notify", "webhook"
PAGE = 200


async def set_up_automations(client: PrefectClient, stanzas: Sequence[Stanza]) -> list[Change]:
    """Make the declared automations, and tell what became of each, also of those no longer declared."""
    there = {one.name: one for one in await all_automations(client) if one.name.startswith(PREFIX)}
    changes = []
    for stanza in stanzas:
        actions, missing = await _actions(client, stanza["actions"])
        if not actions:
            note = f"for a block called {missing}: create one, then deploy again"
            changes.append(Change("automation", stanza["name"], "waits", note))
            continue
        wanted = AutomationCore.model_validate({**stanza, "actions": actions})
        changes.append(await _set_up(client, there.get(wanted.name), wanted))
    names = {stanza["name"] for stanza in stanzas}
    changes += [
        Change("automation", name, "left", f"no longer declared; `{_remedy(name)}` removes it")
        for name in there
        if name not in names
    ]
    return changes


async def all_automations(client: PrefectClient) -> list[Automation]:
    """Every automation on the server, whoever made it."""
    found: list[Automation] = []
    while page := await client.read_automations(limit=PAGE, offset=len(found)):
        found += page
    return found


async def _set_up(
    client: PrefectClient, found: Automation | None, wanted: AutomationCore
) -> Change:
    if found is None:
        await client.create_automation(wanted)
        return Change("automation", wanted.name, "created")
    # Somebody may have switched it off.
    wanted.enabled = found.enabled
    what = done(_essence(found), _essence(wanted))
    if what == "updated":
        await client.update_automation(found.id, wanted)
    return Change("automation", wanted.name, what, "" if found.enabled else "switched off")


async def _actions(
    client: PrefectClient, declared: Sequence[Stanza]
) -> tuple[list[Stanza], str | None]:
    """The actions, a notification once for each block of its name; and the name of which there is none."""
    actions: list[Stanza] = []
    missing = None
    for action in declared:
        if "block" not in action:
            actions.append(action)
            continue
        rest = {key: value for key, value in action.items() if key != "block"}
        blocks = await _blocks(client, action["block"])
        actions += [_told(block, rest) for block in blocks]
        missing = missing if blocks else action["block"]
    return actions, missing


async def _blocks(client: PrefectClient, name: str) -> list[BlockDocument]:
    """The blocks of a name that can be told something, of whatever type."""
    found: list[BlockDocument] = []
    while page := await client.read_block_documents(
        include_secrets=False, limit=PAGE, offset=len(found)
    ):
        found += page
    return [block for block in found if block.name == name and _can_be_told(block)]


def _can_be_told(block: BlockDocument) -> bool:
    capabilities = block.block_schema.capabilities if block.block_schema else ()
    return _is_webhook(block) or NOTIFIES in capabilities


def _is_webhook(block: BlockDocument) -> bool:
    return bool(block.block_type and block.block_type.slug == WEBHOOK)


def _told(block: BlockDocument, action: Stanza) -> Stanza:
    """The action for one block; a webhook gets the same words as JSON."""
    document = {"block_document_id": str(block.id)}
    if _is_webhook(block):
        return {"type": "call-webhook", "payload": as_json(action), **document}
    return {**action, **document}


def as_json(action: Stanza) -> str:
    """A template that makes JSON of the templates of an action's subject and body."""
    said = [f'"{key}": {{{{ {_joined(action[key])} | tojson }}}}' for key in ("subject", "body")]
    return f"{{{', '.join(said)}}}"


def _joined(template: str) -> str:
    """A template as one expression: its texts and the expressions between them, one after the other."""
    parts = re.split(r"{{(.+?)}}", template)
    spelled = [
        f"({part.strip()})" if number % 2 else json.dumps(part)
        for number, part in enumerate(parts)
        if part
    ]
    return f"({' ~ '.join(spelled)})"


def _essence(automation: AutomationCore) -> dict[str, Any]:
    """What an automation does, without the ids that the server gives to it and to its trigger."""
    essence = AutomationCore.model_validate(automation.model_dump()).model_dump(mode="json")
    essence["trigger"].pop("id", None)
    return {key: _sorted(value) for key, value in essence.items() if value != []}


def _sorted(value: Any) -> Any:
    """The same with lists in order: the server keeps events and labels as sets."""
    if isinstance(value, dict):
        return {key: _sorted(one) for key, one in value.items()}
    if isinstance(value, list):
        return sorted((_sorted(one) for one in value), key=repr)
    return value


def _remedy(name: str) -> str:
    return f'prefect automation delete "{name}"'
