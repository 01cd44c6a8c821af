"""Prefect's global concurrency limits as the bucket from which the workers of an account borrow requests."""

import asyncio
import random
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress

from prefect.client.orchestration import PrefectClient, get_client
from prefect.exceptions import ObjectAlreadyExists, PrefectHTTPStatusError

from sources.config import SourceConfig
from sources.errors import ConfigError, Unavailable
from sources.sharing import Bucket, Quota, sharing

LOCKED = 423  # the bucket has no share at present
# Parts of the time in which a share flows in, after which to ask again; not all workers at once.
PATIENCE = (0.1, 0.4)


@asynccontextmanager
async def shared_quota(source: SourceConfig) -> AsyncIterator[None]:
    """Let a source's limits hold for all workers together, where the configuration wants it."""
    if not source.share_limits:
        yield
        return
    async with get_client() as client:
        lender = Lender(client, source.name)
        with sharing(Quota(lender.borrow)):
            yield


class Lender:
    """Asks Prefect for shares; its limits are made when they are first needed."""

    def __init__(self, client: PrefectClient, source: str) -> None:
        self.client = client
        self.source = source
        self.known: set[str] = set()

    async def borrow(self, limit: str, bucket: Bucket) -> None:
        """Wait until the bucket has a share."""
        name = f"crm-sync: {self.source} {limit}"
        try:
            while not await self._lent(name, bucket):
                pause = bucket.share / bucket.per_second
                await asyncio.sleep(pause * random.uniform(*PATIENCE))
        except ConfigError:
            raise
        except Exception as error:
            # Whatever keeps the server from answering: a run must not go on uncounted.
            raise Unavailable(
                f"Prefect did not lend requests of the limit {name!r} ({type(error).__name__})"
            ) from error

    async def _lent(self, name: str, bucket: Bucket) -> bool:
        if name not in self.known:
            await self._see_to(name, bucket)
            self.known.add(name)
        try:
            lent = await self.client.increment_concurrency_slots([name], bucket.share, "rate_limit")
        except PrefectHTTPStatusError as error:
            if error.response.status_code == LOCKED:
                return False
            raise
        if not lent.json():
            # Where a limit is missing nobody counts: somebody has removed it.
            self.known.discard(name)
        return bool(lent.json())

    async def _see_to(self, name: str, bucket: Bucket) -> None:
        """Make the limit, or bring it up to date; one that somebody has switched off would lend without end."""
        with suppress(ObjectAlreadyExists):  # another worker made it at the same moment
            await self.client.upsert_global_concurrency_limit_by_name(
                name, bucket.size, round(bucket.per_second, 4)
            )
        found = await self.client.read_global_concurrency_limit_by_name(name)
        if not found.active:
            raise ConfigError(
                f"the concurrency limit {name!r} is switched off on the Prefect server, so that nobody counts"
                " requests: switch it on, or set share_limits = false"
            )
