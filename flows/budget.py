"""What a source run expects to spend, beside what its account has left."""

import asyncio
from contextlib import suppress
from dataclasses import dataclass, field

from sources.errors import SourceError
from sources.page import Quota, Source


@dataclass(slots=True)
class Budget:
    """What a source run expects to spend in all, beside what was left when it was first asked."""

    expected: int = 0
    quota: Quota | None = None
    asked: bool = False
    turn: asyncio.Lock = field(default_factory=asyncio.Lock)

    async def left(self, source: Source) -> Quota | None:
        """The allowance, asked for once."""
        async with self.turn:
            if not self.asked:
                self.asked = True
                # Only a warning depends on the answer: no run fails for want of it.
                with suppress(SourceError):
                    self.quota = await source.quota()
        return self.quota
