"""What prefect.yaml and automations.yaml declare, and which part of it is asked for."""

from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import yaml

from flows.registry import FLOWS
from sources.config_values import suggestion
from sources.errors import ConfigError

Stanza = dict[str, Any]

DEPLOYMENTS, AUTOMATIONS = Path("prefect.yaml"), Path("automations.yaml")
# Every deployment has this tag; automations go by it.
OURS = "crm-sync"
USUAL_TYPE = "process"

# "flows/hubspot.py:hubspot_sync", as a deployment names it, to "hubspot".
_KINDS = {
    f"{module.replace('.', '/')}.py:{name}": kind
    for kind, place in FLOWS.items()
    for module, name in [place.split(":")]
}


@dataclass(frozen=True, slots=True)
class Pool:
    """A work pool: the deployments run in it, with these job variables."""

    name: str
    type: str
    stanza: Stanza


def read(file: Path) -> Stanza:
    """A file's content."""
    try:
        content: Stanza = yaml.safe_load(file.read_text())
    except FileNotFoundError:
        raise ConfigError(
            f"there is no {file} here: deploy in a checkout, or in the container"
        ) from None
    except yaml.YAMLError as error:
        raise ConfigError(f"{file} is not YAML: {error}") from None
    return content


def all_of(content: Stanza) -> list[Stanza]:
    """The deployments of prefect.yaml; raises ConfigError for one that automations would not know."""
    stanzas: list[Stanza] = content.get("deployments") or []
    for stanza in stanzas:
        if OURS not in (stanza.get("tags") or ()):
            raise ConfigError(
                f"{DEPLOYMENTS}: {stanza.get('entrypoint')} {stanza.get('name')} lacks the tag {OURS},"
                " by which automations know it"
            )
    return stanzas


def chosen(content: Stanza, sources: Collection[str]) -> list[Stanza]:
    """The deployments of some sources, with those that belong to none; all where no source is named."""
    stanzas = all_of(content)
    known = {source for stanza in stanzas if (source := source_of(stanza))}
    if unknown := [source for source in sources if source not in known]:
        raise ConfigError(
            f"{DEPLOYMENTS} has no deployment of {unknown[0]}; it has those of"
            f" {', '.join(sorted(known))}{suggestion(unknown[0], known)}"
        )
    wanted = {None, *sources}
    return [one for one in stanzas if not sources or source_of(one) in wanted]


def key_of(stanza: Stanza) -> tuple[str, str]:
    """What tells a deployment from all others: its flow's place, and its name."""
    return stanza["entrypoint"], stanza["name"]


def source_of(stanza: Stanza) -> str | None:
    """The source that a deployment syncs; None for one that looks after all of them."""
    named = (stanza.get("parameters") or {}).get("source")
    return named or _KINDS.get(stanza.get("entrypoint", ""))


def pool_of(content: Stanza, type: str, name: str | None) -> Pool:
    """The pool of a type, as `definitions.work_pools` has it, perhaps under another name."""
    known = content.get("definitions", {}).get("work_pools", {})
    if type not in known:
        raise ConfigError(
            f"{DEPLOYMENTS} defines no work pool of type {type!r}; it has: {', '.join(known)}"
        )
    stanza = known[type] | ({"name": name} if name else {})
    return Pool(stanza["name"], type, stanza)
