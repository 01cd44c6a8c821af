"""HubSpot's objects as data: https://developers.hubspot.com/docs/api-reference/crm-objects."""

from datetime import timedelta
from functools import partial

import polars as pl

from sources.entity import Entity, Field, Rule

SEARCH_INDEX_LAG = timedelta(minutes=60)


def _property(name: str, column: str = "", kind: str = "text") -> Field:
    return Field(column or name, kind, at=f"properties.{name}")


ID = Field("id", "integer", required=True)
STAMPS = (
    Field("created_at", "datetime", at="createdAt"),
    Field("updated_at", "datetime", at="updatedAt"),
)
URL = Field("crm_url", "url", at="url")
MERGED = _property("hs_merged_object_ids", "merged_object_ids")
OWNER = _property("hubspot_owner_id", "owner_id", "integer")

_object = partial(
    Entity,
    flatten=("properties",),
    deleted="archivedAt",
    survivor_of="merged_object_ids",
    changed_property="hs_lastmodifieddate",
    created_property="createdate",
    lookback=SEARCH_INDEX_LAG,
    record_url="crm_url",
)
REPEATED = ("archived", "properties.hs_object_id")

CONTACTS = _object(
    name="contacts",
    path="contacts",
    object_type="0-1",
    changed_property="lastmodifieddate",
    ignore=(*REPEATED, "properties.createdate", "properties.lastmodifieddate"),
    fields=(
        ID,
        _property("email", kind="email"),
        _property("firstname", "first_name"),
        _property("lastname", "last_name"),
        _property("phone", kind="phone"),
        _property("mobilephone", "mobile_phone", "phone"),
        _property("company"),
        _property("jobtitle", "job_title"),
        _property("website", kind="url"),
        _property("address"),
        _property("city"),
        _property("state", kind="state"),
        _property("zip", kind="zip_code"),
        _property("country"),
        _property("lifecyclestage", "lifecycle_stage"),
        _property("hs_lead_status", "lead_status"),
        OWNER,
        MERGED,
        URL,
        *STAMPS,
    ),
    rules=(
        Rule(
            "Contact missing both email and phone",
            ("email", "phone"),
            lambda: pl.col("email").is_null() & pl.col("phone").is_null(),
        ),
        Rule(
            "Contact missing both first and last name",
            ("first_name", "last_name"),
            lambda: pl.col("first_name").is_null() & pl.col("last_name").is_null(),
        ),
    ),
)

COMPANIES = _object(
    name="companies",
    path="companies",
    object_type="0-2",
    ignore=(*REPEATED, "properties.createdate", "properties.hs_lastmodifieddate"),
    fields=(
        ID,
        _property("name"),
        _property("domain"),
        _property("website", kind="url"),
        _property("phone", kind="phone"),
        _property("industry"),
        _property("description"),
        _property("address"),
        _property("city"),
        _property("state", kind="state"),
        _property("zip", kind="zip_code"),
        _property("country"),
        _property("numberofemployees", "number_of_employees", "integer"),
        _property("annualrevenue", "annual_revenue", "decimal"),
        _property("lifecyclestage", "lifecycle_stage"),
        OWNER,
        MERGED,
        URL,
        *STAMPS,
    ),
)

DEALS = _object(
    name="deals",
    path="deals",
    object_type="0-3",
    ignore=(*REPEATED, "properties.hs_lastmodifieddate"),
    fields=(
        ID,
        _property("dealname", "deal_name"),
        _property("amount", kind="decimal"),
        _property("deal_currency_code", "currency_code"),
        _property("pipeline"),
        _property("dealstage", "deal_stage"),
        _property("dealtype", "deal_type"),
        _property("createdate", "create_date", "datetime"),
        _property("closedate", "close_date", "datetime"),
        _property("hs_is_closed", "is_closed", "boolean"),
        _property("hs_is_closed_won", "is_closed_won", "boolean"),
        _property("description"),
        OWNER,
        MERGED,
        URL,
        *STAMPS,
    ),
    rules=(
        Rule(
            "Deal close date is before create date",
            ("close_date", "create_date"),
            lambda: pl.col("close_date") < pl.col("create_date"),
        ),
    ),
)

ENTITIES = {entity.name: entity for entity in (CONTACTS, COMPANIES, DEALS)}
