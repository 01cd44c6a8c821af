"""What HubSpot's objects have in common: https://developers.hubspot.com/docs/api-reference/crm-objects."""

from datetime import timedelta
from functools import partial

from sources.entity import Entity, Field

SEARCH_INDEX_LAG = timedelta(minutes=60)
# Archived records are kept for 90 days; a week more for clocks and time zones.
RESTORABLE = timedelta(days=97)


def of_property(name: str, column: str = "", kind: str = "text") -> Field:
    """The field of a property."""
    return Field(column or name, kind, at=f"properties.{name}")


ID = Field("id", "integer", required=True)
STAMPS = (
    Field("created_at", "datetime", at="createdAt"),
    Field("updated_at", "datetime", at="updatedAt"),
)
URL = Field("crm_url", "url", at="url")
MERGED = of_property("hs_merged_object_ids", "merged_object_ids")
OWNER = of_property("hubspot_owner_id", "owner_id", "integer")
# What every object has behind its own fields.
COMMON = (OWNER, MERGED, URL, *STAMPS)

REPEATED = ("archived", "properties.hs_object_id")
REPEATED_STAMPS = ("properties.createdate", "properties.hs_lastmodifieddate")
REPEATED_HS_STAMPS = ("properties.hs_createdate", "properties.hs_lastmodifieddate")

an_object = partial(
    Entity,
    flatten=("properties",),
    ignore=(*REPEATED, *REPEATED_STAMPS),
    deleted="archivedAt",
    sweeps=True,
    restorable=RESTORABLE,
    survivor_of="merged_object_ids",
    changed_property="hs_lastmodifieddate",
    created_property="createdate",
    lookback=SEARCH_INDEX_LAG,
    record_url="crm_url",
    linked=True,
)
# Younger types of objects call the moment of creation by another name.
a_younger_object = partial(
    an_object,
    ignore=(*REPEATED, *REPEATED_HS_STAMPS),
    created_property="hs_createdate",
)


def custom_object(name: str, type_id: str, *, found: bool) -> Entity:
    """An object of the account's own; what it has beyond every object, its properties tell."""
    return a_younger_object(
        name=name,
        path=type_id,
        object_type=type_id,
        fields=(ID, *COMMON),
        has_pipelines=True,
        found=found,
    )
