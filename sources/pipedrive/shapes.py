"""What Pipedrive's entities have in common: https://developers.pipedrive.com/docs/api/v1."""

from datetime import timedelta
from functools import partial

from sources.entity import Entity, Field

# Pipedrive marks deleted records, but does not say when that was: `records.prepared` puts it here.
DELETED = "delete_time"
MOST, MOST_FILES = 500, 100

ID = Field("id", "integer", required=True)
STAMPS = (
    Field("created_at", "datetime", at="add_time"),
    Field("updated_at", "datetime", at="update_time"),
)
OWNER = Field("owner_id", "integer")
VISIBLE_TO = Field("visible_to", "integer")
LABELS = Field("label_ids", "json")

_paged = partial(Entity, page_size=MOST, max_page_size=MOST, lookback=timedelta(minutes=10))

# Version 2: lists by cursor, from which deleted records vanish.
a_record = partial(_paged, deleted=DELETED, ignore=("is_deleted",))
# Version 1: lists by page number, over a set that moves.
an_old_record = partial(_paged, shifting=1)
# What can only be read whole.
a_list = partial(_paged, whole=True)


def number(name: str) -> Field:
    """A whole number, such as the id of something else."""
    return Field(name, "integer")


def flag(name: str) -> Field:
    """Yes or no."""
    return Field(name, "boolean")


def moment(name: str) -> Field:
    """A moment."""
    return Field(name, "datetime")


def day(name: str) -> Field:
    """A day."""
    return Field(name, "date")


def amount(name: str) -> Field:
    """A number with a fraction."""
    return Field(name, "decimal")


def counter(name: str) -> Field:
    """A number that changes without the record's own stamp."""
    return Field(name, "integer", calculated=True)


def seen_at(name: str) -> Field:
    """A moment that changes without the record's own stamp."""
    return Field(name, "datetime", calculated=True)
