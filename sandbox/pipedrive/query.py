"""What a request asks for, checked as strictly as the API does, or may."""

from collections.abc import Collection
from datetime import datetime

from starlette.requests import Request

from sandbox.pipedrive.answers import wrong
from sandbox.pipedrive.auth import Token
from sandbox.pipedrive.moments import parsed
from sandbox.pipedrive.store import Store

MOST_IDS = 100
CREDENTIAL = "api_token"


class Query:
    """The query string; a parameter nobody knows is refused (of version 1, that is an assumption)."""

    def __init__(self, request: Request, *known: str) -> None:
        self._values: dict[str, str] = {}
        for name, value in request.query_params.multi_items():
            if name == CREDENTIAL:
                continue
            if name not in known:
                raise wrong(f"Unrecognized parameter: {name}")
            self._values[name] = value

    def text(self, name: str) -> str | None:
        """A parameter, None where it is not given."""
        return self._values.get(name)

    def integer(self, name: str, default: int, least: int, most: int) -> int:
        """A whole number within bounds."""
        value = self._values.get(name, str(default))
        if not value.isdecimal() or not least <= int(value) <= most:
            raise wrong(f"{name} must be an integer between {least} and {most}")
        return int(value)

    def moment(self, name: str) -> datetime | None:
        """A moment in the one spelling that is accepted: no fractions, no offset, no space."""
        value = self._values.get(name)
        if value is None:
            return None
        found = parsed(value)
        if found is None:
            raise wrong(f"{name} must be in the format YYYY-MM-DDTHH:MM:SSZ")
        return found

    def choice(self, name: str, allowed: Collection[str], default: str) -> str:
        """One of some words."""
        value = self._values.get(name, default)
        if value not in allowed:
            raise wrong(f"{name} must be one of {', '.join(allowed)}")
        return value

    def names(self, name: str, allowed: Collection[str] | None = None) -> list[str] | None:
        """A comma list, None where it is not given."""
        value = self._values.get(name)
        if value is None:
            return None
        found = value.split(",")
        if allowed is not None and (strange := [one for one in found if one not in allowed]):
            raise wrong(f"{name} has unknown values: {', '.join(strange)}")
        return found

    def ids(self, name: str, *, required: bool = False) -> set[int] | None:
        """A comma list of at most 100 whole numbers."""
        found = self.names(name)
        if found is None:
            if required:
                raise wrong(f"{name} is required")
            return None
        if len(found) > MOST_IDS or not all(one.isdecimal() for one in found):
            raise wrong(f"{name} must be up to {MOST_IDS} comma separated integers")
        return set(map(int, found))


def store_of(request: Request) -> Store:
    """The company."""
    store: Store = request.app.state.store
    return store


def token_of(request: Request) -> Token:
    """The credential the request came with."""
    token: Token = request.state.token
    return token
