"""The hourly limits: so many requests of a token, or of all who have none; 304 is free for who has one."""

from dataclasses import dataclass, field

from sandbox.clock import Clock

HOUR = 3600


@dataclass
class Hour:
    """One credential's hour: when it ends, and what was spent of it."""

    ends: float
    used: int = 0


@dataclass
class Limits:
    """What each credential may ask in an hour; None stands for those without."""

    authorised: int = 5000
    anonymous: int = 60
    hours: dict[str | None, Hour] = field(default_factory=dict)

    def most(self, token: str | None) -> int:
        """How many requests an hour has for a credential."""
        return self.anonymous if token is None else self.authorised

    def spend(self, token: str | None, clock: Clock) -> bool:
        """Count a request; False where it is one too many."""
        hour = self._hour(token, clock)
        if hour.used >= self.most(token):
            return False
        hour.used += 1
        return True

    def give_back(self, token: str | None, clock: Clock) -> None:
        """Do not count the last request after all."""
        self._hour(token, clock).used -= 1

    def headers(self, token: str | None, clock: Clock) -> dict[str, str]:
        """What every answer says of it."""
        hour, most = self._hour(token, clock), self.most(token)
        return {
            "x-ratelimit-limit": str(most),
            "x-ratelimit-remaining": str(most - hour.used),
            "x-ratelimit-used": str(hour.used),
            "x-ratelimit-reset": str(int(hour.ends)),
            "x-ratelimit-resource": "core",
        }

    def _hour(self, token: str | None, clock: Clock) -> Hour:
        now = clock().timestamp()
        hour = self.hours.get(token)
        if hour is None or hour.ends <= now:
            hour = self.hours[token] = Hour(int(now) + HOUR)
        return hour
