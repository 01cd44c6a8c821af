"""What can go wrong with the warehouse; messages say where and what to do, never a password."""

import psycopg

# Classes of SQLSTATE: connection exceptions, and an operator's intervention (shutdown, terminated).
LOST = ("08", "57P")


class WarehouseError(Exception):
    """PostgreSQL cannot be used as it is."""


class WarehouseUnavailable(WarehouseError):
    """The server does not answer, or does not let us in."""


class PoolerRefused(WarehouseError):
    """The address is a transaction-mode pooler's: session locks and temporary tables get lost."""


class TooOld(WarehouseError):
    """The server is older than the oldest PostgreSQL supported."""


class MissingRights(WarehouseError):
    """The role lacks rights; `grants` are the statements that give them."""

    def __init__(self, message: str, grants: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.grants = grants


class Incompatible(WarehouseError):
    """A bookkeeping table has a shape that cannot be adopted, or comes from a newer version."""


def explained(error: BaseException) -> str | None:
    """What PostgreSQL's error means for a run, in a line; None for other errors.

    Only the primary message is quoted: details hold the values of rows.
    """
    if not isinstance(error, psycopg.Error):
        return None
    said = error.diag.message_primary or " ".join(str(error).split()) or type(error).__name__
    if isinstance(error, psycopg.errors.DiskFull):
        return f"PostgreSQL has no room left ({said}): free some disk space; the next run resumes"
    if error.sqlstate is None or error.sqlstate.startswith(LOST):
        return (
            f"the connection to PostgreSQL was lost ({said}): check that the server runs and lets"
            " connections live; the next run resumes"
        )
    return f"PostgreSQL refused a statement: {said} ({error.sqlstate})"
