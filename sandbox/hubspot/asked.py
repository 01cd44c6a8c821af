"""What a request asks for: its query and body, checked as strictly as a look-alike may."""

from dataclasses import dataclass
from typing import Any

import msgspec
from starlette.requests import Request

from sandbox.hubspot.auth import Token
from sandbox.hubspot.errors import invalid
from sandbox.hubspot.properties import NON_SENSITIVE
from sandbox.hubspot.records import Shelf
from sandbox.hubspot.store import Store

LONGEST_BATCH = 100
LONGEST_WITH_HISTORY = 50


@dataclass(frozen=True)
class Query:
    """The query string; a parameter nobody knows is refused, though the API may overlook it."""

    values: dict[str, list[str]]

    @classmethod
    def of(cls, request: Request, *known: str) -> "Query":
        """Read the query of a request that may have some parameters."""
        values: dict[str, list[str]] = {}
        for name, value in request.query_params.multi_items():
            if name not in known:
                raise invalid(f"Unknown query parameter: {name}", "UNKNOWN_PARAMETER", name)
            values.setdefault(name, []).append(value)
        return cls(values)

    def text(self, name: str) -> str | None:
        """A parameter given once."""
        return self.values.get(name, [None])[-1] or None

    def names(self, name: str) -> list[str]:
        """A comma list, or the same parameter several times."""
        parts = ",".join(self.values.get(name, [])).split(",")
        return [part.strip() for part in parts if part.strip()]

    def flag(self, name: str) -> bool:
        """`true` or `false`, false when unsaid."""
        value = self.text(name) or "false"
        if value.lower() not in ("true", "false"):
            raise invalid(f"{name} must be true or false", "INVALID_BOOLEAN", name)
        return value.lower() == "true"

    def integer(self, name: str, default: int, least: int, most: int | None = None) -> int:
        """A whole number within bounds."""
        value = self.text(name) or str(default)
        number = int(value) if value.isdecimal() else None
        if number is None or number < least or (most is not None and number > most):
            bounds = f"at least {least}" if most is None else f"between {least} and {most}"
            raise invalid(f"{name} must be an integer {bounds}", "INVALID_INTEGER", name)
        return number


async def json_body(request: Request, *known: str) -> dict[str, Any]:
    """The JSON object a request carries; refusing unknown keys is an assumption."""
    try:
        body = msgspec.json.decode(await request.body())
    except msgspec.DecodeError as error:
        raise invalid("Invalid input JSON") from error
    if not isinstance(body, dict):
        raise invalid("Invalid input JSON: an object is expected")
    if known and (unknown := body.keys() - set(known)):
        raise invalid(f"Invalid input JSON: unrecognized field {', '.join(sorted(unknown))}")
    return body


def batch_inputs(body: dict[str, Any], most: int = LONGEST_BATCH) -> list[dict[str, Any]]:
    """The `inputs` of a batch."""
    inputs = body.get("inputs")
    if not isinstance(inputs, list) or not all(isinstance(one, dict) for one in inputs):
        raise invalid("inputs must be a list of objects")
    if not inputs:
        raise invalid("inputs must not be empty")
    if len(inputs) > most:
        raise invalid(f"A batch may have at most {most} inputs")
    return inputs


def store_of(request: Request) -> Store:
    """The account."""
    store: Store = request.app.state.store
    return store


def token_of(request: Request) -> Token:
    """The credentials the request came with."""
    token: Token = request.state.token
    return token


def shelf_to_read(request: Request) -> Shelf:
    """The records of the type in the path, if the token may read them."""
    shelf = store_of(request).shelf(request.path_params["type"])
    token_of(request).require(shelf.kind.read_scope)
    return shelf


def shelf_to_write(request: Request) -> Shelf:
    """The records of the type in the path, if the token may change them."""
    shelf = store_of(request).shelf(request.path_params["type"])
    token_of(request).require(shelf.kind.write_scope)
    return shelf


def hidden_from(token: Token, shelf: Shelf) -> frozenset[str]:
    """Properties a token may not see; that they read as unknown is an assumption."""
    return frozenset(
        prop.name
        for prop in shelf.properties.values()
        if prop.sensitivity != NON_SENSITIVE
        and not token.may(shelf.kind.sensitive_scope(prop.sensitivity))
    )
