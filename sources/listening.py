"""From a configured source to what listens for its webhooks, and from a payload to what it says."""

from collections.abc import Mapping
from importlib import import_module

from pydantic import SecretStr

from sources.config import SourceConfig, account_env
from sources.errors import BadAnswer
from sources.exact_json import decode_json
from sources.hooks import Delivery, Event, Hook, HookKind, Unintelligible, at, dead, text_of

# Named, not imported: who lists sources needs none of them. A CRM that pushes is one line here.
HOOKS = {
    "hubspot": "sources.hubspot.hooks:HOOK",
    "salesforce": "sources.salesforce.hooks:HOOK",
    "pipedrive": "sources.pipedrive.hooks:HOOK",
    "callrail": "sources.callrail.hooks:HOOK",
    "webhook": "sources.webhook.hooks:HOOK",
}


def hook_kind(config: SourceConfig) -> HookKind | None:
    """How a configured source is listened to; None where it pushes nothing."""
    if config.kind not in HOOKS:
        return None
    module, _, name = HOOKS[config.kind].partition(":")
    found: HookKind = getattr(import_module(module), name)
    return found


def variable_of(config: SourceConfig, name: str) -> str:
    """The environment variable of a source behind a short name."""
    return f"{account_env(config.name, config.kind)}{name}"


def understood(hook: Hook, delivery: Delivery) -> list[Event]:
    """The events of a delivery that is believed; one that nobody understands is kept as it came."""
    try:
        return list(hook.events(delivery))
    except Unintelligible as error:
        return [dead(delivery, str(error))]
    except Exception as error:  # noqa: BLE001 - whatever a body does to us, it is not lost
        return [dead(delivery, f"it could not be taken apart ({type(error).__name__})")]


def read(config: SourceConfig, body: bytes, event: str = "") -> list[Event]:
    """The events of a body that came another way and is believed for that; none where nothing is pushed."""
    kind = hook_kind(config)
    if kind is None:
        return []
    secrets: Mapping[str, SecretStr] = {}
    return understood(kind.open(config, secrets), Delivery(body, event=event))


def account_of(config: SourceConfig, payload: bytes) -> str:
    """The account an event is from, as the source's own client names it; '' where it does not say."""
    kind = hook_kind(config)
    if kind is None or not kind.account:
        return ""
    try:
        return text_of(at(decode_json(payload), kind.account)) or ""
    except BadAnswer:
        return ""
