"""How a mistake in `crm-sync.toml` is told: where it is, what it says, and what it may say."""

import json
import re
from collections.abc import Iterable, Sequence
from dataclasses import fields
from typing import Any

from pydantic_core import ErrorDetails

from sources.config_tables import FieldConfig, RateLimit
from sources.config_values import suggestion
from sources.config_watch import HealthConfig, RetentionConfig
from sources.config_webhook import WebhookConfig
from sources.masking import masked

INNER_TABLES = {
    "rate_limit": RateLimit,
    "fields": FieldConfig,
    "health": HealthConfig,
    "retention": RetentionConfig,
    "webhook": WebhookConfig,
}
_PASSWORD = re.compile(r"://[^/@\s]*@")
_BARE = re.compile(r"[A-Za-z0-9_-]+")


def placed(table: str, mistake: str) -> str:
    """The mistake behind the name of its table."""
    return f"[{table}] {mistake}" if table else mistake


def unknown_key(key: str, allowed: Iterable[str]) -> str:
    """A key nobody knows; its value is not shown, for it may be a secret put in the wrong place."""
    known = sorted(allowed)
    return f"{key} is no known key (known: {', '.join(known)}){suggestion(key, known)}"


def told(problem: ErrorDetails) -> str:
    """What a check found, in the words of the file."""
    steps = problem["loc"]
    key = ".".join(map(_key, steps))
    inner = INNER_TABLES.get(str(steps[0]))
    known = [f.name for f in fields(inner)] if inner else []
    if problem["type"] == "unexpected_keyword_argument":
        return f"{key} is no known key (known: {', '.join(known)}){suggestion(steps[-1], known)}"
    if problem["type"] == "missing":
        return f"{key} is missing"
    wanted = problem["msg"]
    if problem["type"] == "dataclass_type":
        wanted = f"must be a table with {', '.join(known)}"
    return f"{key} = {shown(problem['input'])}: {wanted}"


def several(file: str, mistakes: Sequence[str]) -> str:
    """One message of all the mistakes in a file."""
    if len(mistakes) == 1:
        return f"{file}: {mistakes[0]}"
    return f"{file} has {len(mistakes)} mistakes:" + "".join(f"\n  {told}" for told in mistakes)


def shown(value: Any) -> str:
    """A value about as the file spells it, on one line, without what may be a secret."""
    text = json.dumps(value, ensure_ascii=False, default=str)
    return masked(_PASSWORD.sub("://***@", text), None)


def _key(step: int | str) -> str:
    text = str(step)
    return text if _BARE.fullmatch(text) else json.dumps(text, ensure_ascii=False)
