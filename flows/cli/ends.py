"""How a command ends: its exit status, and one plain line for what was to be expected."""

import os
import sys
from collections.abc import Callable, Iterable
from functools import wraps
from typing import NoReturn, ParamSpec, TypeVar

SUCCESS, FAILED, USAGE, PARTIAL, SKIPPED = range(5)
INTERRUPTED, TERMINATED = 130, 143

# A run that does not add up counts as failed, as in Prefect: rows may be missing.
STATUS_OF = {
    "success": SUCCESS,
    "preview": SUCCESS,
    "partial": PARTIAL,
    "unreconciled": FAILED,
    "failed": FAILED,
    "skipped": SKIPPED,
}
WORST_FIRST = (FAILED, PARTIAL, SKIPPED, SUCCESS)

P = ParamSpec("P")
R = TypeVar("R")


class NotReady(Exception):
    """Something a command needs is not there; the message says what and what to do."""


def worst(outcomes: Iterable[str]) -> int:
    """The exit status of several runs: failed before partial before skipped before success."""
    found = {STATUS_OF[outcome] for outcome in outcomes}
    return next((status for status in WORST_FIRST if status in found), SUCCESS)


def plainly(command: Callable[P, R]) -> Callable[P, R]:
    """Let a command end with one line instead of a traceback where something foreseen went wrong."""

    @wraps(command)
    def told(*args: P.args, **kwargs: P.kwargs) -> R:
        try:
            return command(*args, **kwargs)
        except KeyboardInterrupt:
            leave("interrupted", INTERRUPTED)
        except BrokenPipeError:
            # Whoever read our output has seen enough, as `head` does.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            raise SystemExit(SUCCESS) from None
        except Exception as error:
            status = foreseen(error)
            if status is None:
                raise
            leave(str(error), status)

    return told


def foreseen(error: Exception) -> int | None:
    """The exit status of an error whose message says it all; None for a fault of this program."""
    # Imported when there is an error: both bring their database or HTTP library along.
    from sources.errors import ConfigError, SourceError
    from warehouse.errors import WarehouseError

    if isinstance(error, ConfigError):
        return USAGE
    return FAILED if isinstance(error, NotReady | SourceError | WarehouseError) else None


def leave(message: str, status: int) -> NoReturn:
    """Say why on stderr, and end."""
    print(f"crm-sync: {message}", file=sys.stderr)
    raise SystemExit(status)
