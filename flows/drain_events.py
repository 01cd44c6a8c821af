"""Pushed events that came as Prefect events: believed, for they came through Prefect's API, and stored first."""

from collections.abc import Mapping
from typing import Any

from flows.forget import Place
from flows.webhooks.incoming import incoming
from sources.config import Config
from sources.errors import BadAnswer, ConfigError
from sources.exact_json import decode_json, encode_json
from sources.listening import hook_kind, read
from warehouse import arrivals
from warehouse.arrivals import Incoming
from warehouse.connection import connect

SHAPE = (
    'each must be {"source": "hubspot", "body": ...}, body being what the source would have posted'
)
KEYS = frozenset({"source", "body", "event"})


def receive(config: Config, place: Place, given: Any) -> int:
    """Store what some payloads say; how many events are new. Raises ConfigError before any is stored."""
    rows = [row for one in _listed(given) for row in _rows(config, place, _said(one))]
    with connect(place.url, schema=place.schema) as conn:
        arrivals.keep_durable(conn)
        return arrivals.store(conn, rows)


def _rows(config: Config, place: Place, said: Mapping[str, Any]) -> list[Incoming]:
    name = said.get("source")
    if said.keys() - KEYS or not isinstance(name, str) or "body" not in said:
        raise ConfigError(f"events has the keys {', '.join(sorted(map(str, said)))}: {SHAPE}")
    source = config.source(name)
    if hook_kind(source) is None:
        raise ConfigError(f"events names {name}, which pushes nothing")
    body = said["body"]
    raw = body.encode() if isinstance(body, str) else encode_json(body)
    events = read(source, raw, str(said.get("event") or ""))
    return [incoming(name, event, place.privacy) for event in events]


def _listed(given: Any) -> list[Any]:
    """One payload or several, as values or as JSON: a template that is not told otherwise passes text."""
    value = _value(given)
    return value if isinstance(value, list) else [value]


def _said(given: Any) -> Mapping[str, Any]:
    value = _value(given)
    if not isinstance(value, dict):
        raise ConfigError(f"events holds something that is no JSON object: {SHAPE}")
    return value


def _value(given: Any) -> Any:
    if not isinstance(given, str):
        return given
    try:
        return decode_json(given.encode())
    except BadAnswer:
        raise ConfigError(f"events is a text that is no JSON: {SHAPE}") from None
