"""One HTTP client for every REST CRM: paced, bounded, retried, and silent about secrets."""

import asyncio
import logging
import random
import time
from collections.abc import Awaitable, Callable, Collection, Mapping
from types import TracebackType
from typing import Any, Self

import httpx
from pydantic import SecretStr

from sources.auth import Auth
from sources.errors import (
    BadAnswer,
    MissingScope,
    QuotaExhausted,
    RateLimited,
    Refused,
    RetryLater,
    SourceError,
    Unavailable,
)
from sources.exact_json import encode_json
from sources.exchange import MAX_BODY, NETWORK_FAULTS, Call, Params, Sink, Wire
from sources.limits import Limits
from sources.masking import masked
from sources.meter import current_meter
from sources.policy import Policy, Reply, Verdict

LONGEST_WAIT = 60.0
BACKOFF_BASE = 0.5
BACKOFF_CAP = 30.0

_log = logging.getLogger("crm_sync.http")


class Http:
    """A client of one account; open it with `async with`, within one event loop."""

    def __init__(
        self,
        base_url: str,
        *,
        auth: Auth | None = None,
        limits: Limits | None = None,
        policy: Policy | None = None,
        timeout: float = 30.0,
        retry_attempts: int = 3,
        max_body: int = MAX_BODY,
        transport: httpx.AsyncBaseTransport | None = None,
        sleep: Callable[[float], Awaitable[None]] = asyncio.sleep,
        backoff: float = BACKOFF_BASE,
        reserve: int = 0,
    ) -> None:
        """`reserve`: so many requests of the vendor's allowance are left to others."""
        self._wire = Wire(base_url, timeout, max_body, transport)
        self._auth = auth
        self._limits = limits or Limits()
        self._policy = policy or Policy()
        self._retry_attempts = retry_attempts
        self._sleep = sleep
        self._backoff = backoff
        self._reserve = reserve
        self._remaining: int | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        await self.aclose()

    async def aclose(self) -> None:
        """Close the connections."""
        await self._wire.aclose()

    async def request(
        self,
        method: str,
        path: str,
        *,
        params: Params | None = None,
        json: Any = None,
        content: bytes | None = None,
        headers: Mapping[str, str] | None = None,
        buckets: tuple[str, ...] = ("all",),
        accept: Collection[int] = (200,),
        expect_json: bool = True,
        sink: Sink | None = None,
    ) -> Reply:
        """Ask until the answer has a status in `accept`, or raise what stands in the way.

        What is asked for goes into `sink`, where there is one, and the reply has no body.
        """
        if not path.startswith("/") or path.startswith("//"):
            # An absolute address, as vendors put into answers, would carry the token elsewhere.
            raise ValueError("a path within the API begins with one slash")
        sending = dict(headers or {})
        if json is not None:
            content = encode_json(json)
            sending.setdefault("Content-Type", "application/json")
        return await self._insist(
            Call(
                method,
                path,
                params,
                content,
                sending,
                buckets,
                accept,
                expect_json and not sink,
                sink,
            )
        )

    async def _insist(self, call: Call) -> Reply:
        """Send a call, and again while that may help."""
        self._refuse_the_reserve()
        failures = 0
        renewed = False
        while True:
            token = await self._auth.token() if self._auth else None
            outcome = await self._attempt(call, token)
            if isinstance(outcome, Reply):
                return outcome
            status, verdict = outcome
            if status == 401 and not renewed and self._auth and token:
                renewed = await self._auth.renew(token)
                if renewed:
                    continue
            failures += 1
            error = _error(call, status, verdict, token)
            held = isinstance(error, RateLimited) and self._hold(call, verdict)
            if not error.retryable or failures > self._retry_attempts:
                raise error
            current_meter().retries += 1
            if not held:
                await self._rest(verdict, failures)

    async def _attempt(
        self, call: Call, token: SecretStr | None
    ) -> Reply | tuple[int | None, Verdict]:
        """Send a call once; the answer if it is welcome, else its status and what to make of it."""
        meter = current_meter()
        credentials = self._auth.headers(token) if self._auth and token else {}
        async with self._limits.turn(*call.buckets) as turn:
            meter.seconds_waiting += turn.waited
            meter.api_calls += 1
            started = time.perf_counter()
            try:
                reply = await self._wire.exchange(call, credentials, turn.sent)
            except NETWORK_FAULTS as error:
                # Not chained: httpx keeps the request, and with it the token, in its errors.
                _log_call(call, type(error).__name__, started)
                return None, Verdict(Unavailable, _fault(error))
        _log_call(call, reply.status, started)
        meter.rate_limit_hits += reply.status == 429
        self._heed(reply)
        return self._judged(call, reply)

    def _judged(self, call: Call, reply: Reply) -> Reply | tuple[int, Verdict]:
        """The answer itself if it is what was asked for, else what to make of it."""
        if reply.status not in call.accept:
            return reply.status, self._policy.judge(reply)
        try:
            if sink := call.sink_of(reply.status):
                sink.end()
            elif call.expect_json:
                reply.json()
        except BadAnswer as error:
            kind = reply.headers.get("content-type", "no content type")
            return reply.status, Verdict(BadAnswer, f"{error} ({kind})")
        return reply

    def _heed(self, reply: Reply) -> None:
        """Take note of what the headers say about limits."""
        allowance = self._policy.allowance(reply.headers)
        if allowance.remaining is not None:
            current_meter().rate_limit_remaining = allowance.remaining
            self._remaining = allowance.remaining
        for name, rate in allowance.rates.items():
            self._limits.learn(name, rate)

    def _refuse_the_reserve(self) -> None:
        """Stop before what is kept for others; a run begins by asking, and so learns what is left now."""
        if self._reserve and self._remaining is not None and self._remaining <= self._reserve:
            raise QuotaExhausted(
                f"{self._remaining} requests of the daily allowance are left, and {self._reserve} are kept"
                " for others (`reserve` in crm-sync.toml); a later run resumes"
            )

    def _hold(self, call: Call, verdict: Verdict) -> bool:
        """Hold everyone back who needs the limit that was hit; the next turn waits for it too."""
        if verdict.hold is None or verdict.after is None or not call.buckets:
            return False
        hold = verdict.hold if verdict.hold in call.buckets else call.buckets[0]
        self._limits.pause(hold, verdict.after)
        return True

    async def _rest(self, verdict: Verdict, failures: int) -> None:
        """Let the time pass that the vendor asks for, or a random one that grows."""
        if verdict.after is not None:
            seconds = verdict.after + random.uniform(0, self._backoff)
        else:
            seconds = random.uniform(0, min(BACKOFF_CAP, self._backoff * 2**failures))
        current_meter().seconds_waiting += seconds
        await self._sleep(seconds)


def _error(
    call: Call, status: int | None, verdict: Verdict, token: SecretStr | None
) -> SourceError:
    """The error a verdict stands for, saying who refused what but no secret."""
    text = masked(verdict.text, token)
    answered = f"answered {status}" if status is not None else "got no answer"
    message = f"{call.name} {answered}" + (f": {text}" if text else "")
    kind = verdict.error
    if kind.retryable and (verdict.after or 0) > LONGEST_WAIT:
        kind = RetryLater
    if kind is RetryLater:
        seconds = verdict.after or LONGEST_WAIT
        return RetryLater(f"{message} (try again in {seconds:.0f} s)", seconds)
    if kind is QuotaExhausted:
        return QuotaExhausted(f"{message} (the daily quota is used up; a later run resumes)")
    if kind is MissingScope:
        needed = f" (needs {', '.join(verdict.scopes)})" if verdict.scopes else ""
        return MissingScope(message + needed, verdict.scopes)
    if kind is Refused:
        return Refused(message, status or 0)
    return kind(message)


def _fault(error: Exception) -> str:
    """What the network did; only errors of connecting may say more, others quote the answer."""
    more = f" {error}" if isinstance(error, httpx.ConnectError) else ""
    return f"{type(error).__name__}{more}"


def _log_call(call: Call, outcome: int | str, started: float) -> None:
    _log.debug("%s %s %.0f ms", call.name, outcome, (time.perf_counter() - started) * 1000)
