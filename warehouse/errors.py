"""What can go wrong with the warehouse; messages say where and what to do, never a password."""


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
