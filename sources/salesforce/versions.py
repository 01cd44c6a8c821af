"""Which versions of the API an org has: https://developer.salesforce.com/docs/atlas.en-us.api_rest.meta/api_rest/resources_versions.htm."""

import re
from collections.abc import Sequence
from typing import Any

from sources.errors import ConfigError, MissingScope, Refused
from sources.http import Http
from sources.salesforce.api import DATA

_VERSION = re.compile(r"\d{1,4}\.\d{1,4}")


async def listed(http: Http) -> list[str]:
    """The versions of an org; none where it does not say."""
    try:
        reply = await http.request("GET", DATA)
    except (Refused, MissingScope):
        return []
    answer: Any = reply.json()
    named = answer if isinstance(answer, list) else []
    return [str(one["version"]) for one in named if isinstance(one, dict) and "version" in one]


def suiting(version: str, known: Sequence[str], *, chosen: bool) -> str:
    """The version if the org has it, else the newest before it; one that the user chose has to be there."""
    if not known or version in known:
        return version
    earlier = [one for one in known if _VERSION.fullmatch(one) and _order(one) < _order(version)]
    if chosen or not earlier:
        raise ConfigError(
            f"the org has no API version {version}; it has {', '.join(known)}:"
            f" {'change' if chosen else 'set'} SALESFORCE_API_VERSION"
        )
    return max(earlier, key=_order)


def _order(version: str) -> tuple[int, ...]:
    return tuple(int(part) for part in version.split(".") if part.isdecimal())
