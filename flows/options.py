"""What a run can be told, by flag or parameter, and what it makes of it."""

from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from typing import Any

from sources.errors import ConfigError

SINCE_FORMS = (
    "YYYY-MM-DD, or an ISO 8601 moment such as 2026-02-03T10:00:00Z (UTC when no zone is given)"
)
# What may differ between an interrupted run and the one that resumes it. The row has the page size that was
# used, given or not.
PASSING = {"resume", "debug", "dry_run", "batch_size"}


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """One run's options, checked."""

    full: bool = False
    force_overwrite: bool = False
    since: datetime | None = None
    dry_run: bool = False
    batch_size: int | None = None
    max_records: int = 0
    strict: bool | None = None
    resume: bool = True
    debug: bool = False

    def __post_init__(self) -> None:
        if self.max_records < 0:
            raise ConfigError(
                f"max_records is {self.max_records}: give a number of records, 0 for all of them"
            )
        if self.batch_size is not None and self.batch_size < 1:
            raise ConfigError(f"batch_size is {self.batch_size}: give 1 or more records per page")

    @property
    def flags(self) -> dict[str, Any]:
        """All flags as given, for `configuration`."""
        flags = asdict(self)
        flags["since"] = self.since.isoformat() if self.since else None
        return flags

    @property
    def reads_everything(self) -> bool:
        """Whether no earlier run decides where this one starts."""
        return self.since is None and (self.full or self.force_overwrite)

    @property
    def replaces(self) -> bool:
        """Whether the table shall equal the source afterwards."""
        return self.full and self.force_overwrite and self.since is None and not self.max_records


def same_flags(options: SyncOptions, configuration: dict[str, Any]) -> bool:
    """Whether an earlier run was asked for the same."""
    return all(
        configuration.get(name) == value
        for name, value in options.flags.items()
        if name not in PASSING
    )


def parse_since(
    given: str | date | datetime | None, now: datetime | None = None
) -> datetime | None:
    """A moment in UTC from a date or an ISO 8601 moment; raises ConfigError with the accepted forms."""
    if given is None or given == "":
        return None
    moment = given if isinstance(given, date) else _parsed(given)
    if not isinstance(moment, datetime):
        moment = datetime(moment.year, moment.month, moment.day, tzinfo=UTC)
    try:
        moment = moment.replace(tzinfo=moment.tzinfo or UTC).astimezone(UTC)
    except OverflowError:
        raise ConfigError(
            f"since is {given}, which is no moment in UTC: give {SINCE_FORMS}"
        ) from None
    if moment > (now or datetime.now(UTC)):
        raise ConfigError(
            f"since is {given}, which lies in the future: nothing can have changed after it"
        )
    return moment


def _parsed(given: str) -> datetime:
    try:
        return datetime.fromisoformat(given.strip())
    except ValueError:
        raise ConfigError(f"since is {given!r}, which is not a date: give {SINCE_FORMS}") from None
