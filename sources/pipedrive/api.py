"""What all of Pipedrive's answers have in common, in either version."""

from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from sources.errors import BadAnswer, QuotaExhausted, RateLimited, RetryLater, SourceError
from sources.exchange import Params
from sources.http import Http
from sources.page import Record
from sources.pipedrive.settings import Addresses
from sources.policy import Reply

Answer = Mapping[str, Any]

# Refused so often, each time after waiting as long as was asked, it is the day's budget that is gone.
SEVERAL_ATTEMPTS = 2


@dataclass(slots=True)
class Api:
    """An account's connection, its addresses, and how often a request is sent again.

    Once the budget is gone, or the wall in front of Pipedrive shut, nothing more is asked: who goes on is
    shut out for longer.
    """

    http: Http
    addresses: Addresses
    retry_attempts: int = 3
    _stopped: SourceError | None = field(default=None, init=False)

    async def ask(
        self, resource: str, params: Params | None = None, accept: Collection[int] = (200,)
    ) -> Reply:
        """The answer to a question; one that is no success is not taken for one, whatever its status."""
        reply = await self._ask(resource, params, accept)
        if reply.status == 200:
            refuse_failure(self.addresses.path(resource), reply.json())
        return reply

    async def refusal(self, resource: str, status: int) -> Reply:
        """What was refused once more, for what the refusal tells beside itself."""
        path = self.addresses.path(resource)
        return await self.http.request("GET", path, accept=(status,), expect_json=False)

    async def _ask(self, resource: str, params: Params | None, accept: Collection[int]) -> Reply:
        if self._stopped is not None:
            raise self._stopped
        path = self.addresses.path(resource)
        try:
            return await self._insist(path, params, accept)
        except (QuotaExhausted, RetryLater) as error:
            self._stopped = error
            raise

    async def _insist(self, path: str, params: Params | None, accept: Collection[int]) -> Reply:
        """The answer; a 429 that stays through several waits says that the day's budget is gone."""
        try:
            return await self.http.request("GET", path, params=params, accept=accept)
        except RateLimited as error:
            if self.retry_attempts < SEVERAL_ATTEMPTS:
                raise
            raise QuotaExhausted(
                f"{error} (still refused after {self.retry_attempts} waits: the company's daily budget is"
                " used up, or other apps use all of it; a later run resumes)"
            ) from error

    async def get(self, resource: str, params: Params | None = None) -> Answer:
        """What the answer of a list says."""
        answer: Answer = (await self._ask(resource, params, (200,))).json()
        if not (resource.startswith("v1/") and _is_empty(answer)):
            refuse_failure(self.addresses.path(resource), answer)
        return answer


def refuse_failure(path: str, answer: Any) -> None:
    """An answer may fail with the status of a success."""
    if not isinstance(answer, dict) or "data" not in answer:
        raise BadAnswer(f"GET {path} answered without data")
    if answer.get("success") is False:
        said = answer.get("error") or "no reason given"
        raise BadAnswer(f"GET {path} answered 200, but success: false ({said})")


def _is_empty(answer: Any) -> bool:
    """Whether an answer of version 1 is an empty list, which is no success there, but no error either."""
    return isinstance(answer, dict) and answer.get("data") == [] and not answer.get("error")


def records_of(answer: Answer) -> list[Record]:
    """The list an answer holds; an empty one may be null."""
    data = answer["data"]
    if data is None:
        return []
    if not isinstance(data, list):
        raise BadAnswer("Pipedrive's answer has no list of records")
    return data


def beside(answer: Answer, name: str) -> Any:
    """What stands beside the data under a name, where anything does."""
    more = answer.get("additional_data")
    return more.get(name) if isinstance(more, dict) else None


def slices(keys: Sequence[str], size: int) -> Iterator[Sequence[str]]:
    """The keys in portions of one question."""
    return (keys[begin : begin + size] for begin in range(0, len(keys), size))
