"""What Salesforce refuses, where the client has an answer to it."""

from sources.errors import Refused, Unavailable


class Answered(Refused):
    """A refusal that is made with its status known."""

    code = 400

    def __init__(self, message: str) -> None:
        super().__init__(message, self.code)


class InvalidField(Answered):
    """A field is named that is not there, or not any more for this user."""


class NoSuchObject(Answered):
    """An object is named that is not there, or that this user may not see."""


class NotInBulk(Answered):
    """Bulk API does not read this: the object, one of its fields, or nothing more today."""


class TooManyIds(Answered):
    """More deletions than one answer lists."""


class NoReplication(Answered):
    """The list of deletions does not reach back so far, or not any more."""


class NotThere(Answered):
    """Nothing has this address."""

    code = 404


class OtherVersion(Answered):
    """A Bulk job of another API version."""

    code = 409


class QueryTimeout(Unavailable):
    """The query ran for too long; it may do better when the org is less busy."""
