"""HubSpot's addresses in either version, and what all its answers have in common."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sources.errors import BadAnswer
from sources.http import Http
from sources.page import Record
from sources.policy import Reply

Body = Mapping[str, Any]


@dataclass(frozen=True, slots=True)
class Api:
    """An account's connection and the version it is asked in."""

    http: Http
    version: str

    @property
    def dated(self) -> bool:
        """Whether the version is a date, which stands behind the resource."""
        return not self.version.startswith("v")

    def path(self, resource: str, rest: str = "") -> str:
        """`/crm/v3/objects/contacts`, or `/crm/objects/2026-03/contacts` for a dated version."""
        below = f"/{rest}" if rest else ""
        if self.dated:
            return f"/crm/{resource}/{self.version}{below}"
        # Associations alone went on to v4 before there were dates.
        version = "v4" if resource == "associations" else self.version
        return f"/crm/{version}/{resource}{below}"

    async def get(self, path: str, params: Mapping[str, str] | None = None) -> Reply:
        """An answer to a question without a body."""
        return await self.http.request("GET", path, params=params)

    async def post(
        self,
        path: str,
        body: Body,
        *,
        params: Mapping[str, str] | None = None,
        accept: Collection[int] = (200, 207),
        buckets: tuple[str, ...] = ("all",),
    ) -> Reply:
        """An answer to a question with one; in part (207) too, of which the caller looks at the gaps."""
        return await self.http.request(
            "POST", path, params=params, json=body, accept=accept, buckets=buckets
        )


def results(reply: Reply) -> list[Record]:
    """The list every answer is about; raises BadAnswer where there is none."""
    answer: Any = reply.json()
    found = answer.get("results") if isinstance(answer, dict) else None
    if not isinstance(found, list):
        raise BadAnswer("HubSpot's answer has no list of results")
    return found


def after(answer: Body) -> str | None:
    """Where the next page begins. `link` is never followed: it may name another API version."""
    following = (answer.get("paging") or {}).get("next") or {}
    cursor = following.get("after")
    return None if cursor is None else str(cursor)


def refuse_other_gaps(what: str, answer: Body) -> None:
    """In a 207, only what does not exist may be missing; raises BadAnswer for any other gap."""
    for error in answer.get("errors") or ():
        if error.get("category") != "OBJECT_NOT_FOUND":
            raise BadAnswer(f"HubSpot read {what} only in part: {error.get('category')}")


def slices(keys: Sequence[str], size: int) -> list[Sequence[str]]:
    """The keys in portions of one question."""
    return [keys[begin : begin + size] for begin in range(0, len(keys), size)]
