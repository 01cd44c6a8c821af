"""What an org may use up in 24 hours: requests and bulk jobs."""

from collections import deque
from dataclasses import dataclass, field
from datetime import datetime, timedelta

DAY = timedelta(hours=24)


@dataclass
class Limits:
    """The limits of an org: how much, and when it was used; the 24 hours roll."""

    daily: int = 100_000
    bulk_jobs: int = 10_000
    used_before: int = 0  # by others, some time today
    _calls: deque[datetime] = field(default_factory=deque)
    jobs: int = 0

    def used(self, now: datetime) -> int:
        """How many requests were made within a day."""
        while self._calls and now - self._calls[0] > DAY:
            self._calls.popleft()
        return self.used_before + len(self._calls)

    def spend(self, now: datetime) -> bool:
        """Count a request; False where it is one too many, which is not counted."""
        if self.used(now) >= self.daily:
            return False
        self._calls.append(now)
        return True

    def header(self, now: datetime) -> str:
        """How answers tell what is used."""
        return f"api-usage={self.used(now)}/{self.daily}"

    def document(self, now: datetime) -> dict[str, dict[str, int]]:
        """What the page of limits says."""
        return {
            "DailyApiRequests": {
                "Max": self.daily,
                "Remaining": max(self.daily - self.used(now), 0),
            },
            "DailyBulkV2QueryJobs": {
                "Max": self.bulk_jobs,
                "Remaining": max(self.bulk_jobs - self.jobs, 0),
            },
            "DailyBulkV2QueryFileStorageMB": {"Max": 976_562, "Remaining": 976_562},
        }
