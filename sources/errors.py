"""What can go wrong while reading a source, sorted by the remedy.

`retryable` says whether asking again soon may cure it. The HTTP client alone asks again at once; tasks
ask again later only for what is retryable and not a `RetryLater`.
"""


class SourceError(Exception):
    """Reading failed; the message says what happened and, where there is one, what to do."""

    retryable = False


class ConfigError(SourceError):
    """A setting is missing or wrong; the message names it, its value and the allowed ones."""


class UnknownEntity(ConfigError):
    """An entity was named that the source does not have; the message lists those it has."""


class Unavailable(SourceError):
    """The source did not answer, or answered with a fault of its own (5xx, timeout, reset)."""

    retryable = True


class BadAnswer(Unavailable):
    """The answer cannot be read: truncated JSON, HTML where JSON should be."""


class RateLimited(Unavailable):
    """A short-term limit still refused after the client's own retries."""


class RetryLater(SourceError):
    """The source asks for a longer pause than a run should wait; `seconds` says how long."""

    def __init__(self, message: str, seconds: float) -> None:
        super().__init__(message)
        self.seconds = seconds


class QuotaExhausted(SourceError):
    """The daily quota is used up; the run stops and a later one resumes."""


class Unauthorized(SourceError):
    """The credential is missing, wrong or expired."""


class MissingScope(SourceError):
    """The credential may not read this entity; `scopes` names what it lacks."""

    def __init__(self, message: str, scopes: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.scopes = scopes


class Refused(SourceError):
    """The source refused the request as wrong (4xx); asking again gives the same answer."""

    def __init__(self, message: str, status: int) -> None:
        super().__init__(message)
        self.status = status


class TooLarge(SourceError):
    """An answer is larger than the limit for one body."""


class NoProgress(SourceError):
    """A page led nowhere: its cursor does not move on, so following it would loop."""
