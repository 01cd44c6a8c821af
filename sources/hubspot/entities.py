"""HubSpot's entities as data: https://developers.hubspot.com/docs/api-reference/crm-objects."""

import polars as pl

from sources.entity import Rule
from sources.hubspot.activities import APPOINTMENTS, CALLS, EMAILS, MEETINGS, NOTES, TASKS
from sources.hubspot.commerce import LINE_ITEMS, PRODUCTS, QUOTES
from sources.hubspot.lists import LISTS
from sources.hubspot.shapes import COMMON, ID, REPEATED, a_younger_object, an_object, of_property

CONTACTS = an_object(
    name="contacts",
    path="contacts",
    object_type="0-1",
    changed_property="lastmodifieddate",
    ignore=(*REPEATED, "properties.createdate", "properties.lastmodifieddate"),
    fields=(
        ID,
        of_property("email", kind="email"),
        of_property("firstname", "first_name"),
        of_property("lastname", "last_name"),
        of_property("phone", kind="phone"),
        of_property("mobilephone", "mobile_phone", "phone"),
        of_property("company"),
        of_property("jobtitle", "job_title"),
        of_property("website", kind="url"),
        of_property("address"),
        of_property("city"),
        of_property("state", kind="state"),
        of_property("zip", kind="zip_code"),
        of_property("country"),
        of_property("lifecyclestage", "lifecycle_stage"),
        of_property("hs_lead_status", "lead_status"),
        *COMMON,
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

COMPANIES = an_object(
    name="companies",
    path="companies",
    object_type="0-2",
    fields=(
        ID,
        of_property("name"),
        of_property("domain"),
        of_property("website", kind="url"),
        of_property("phone", kind="phone"),
        of_property("industry"),
        of_property("description"),
        of_property("address"),
        of_property("city"),
        of_property("state", kind="state"),
        of_property("zip", kind="zip_code"),
        of_property("country"),
        of_property("numberofemployees", "number_of_employees", "integer"),
        of_property("annualrevenue", "annual_revenue", "decimal"),
        of_property("lifecyclestage", "lifecycle_stage"),
        *COMMON,
    ),
)

DEALS = an_object(
    name="deals",
    path="deals",
    object_type="0-3",
    has_pipelines=True,
    # The moment of creation may be set by people, so that it is a field of its own.
    ignore=(*REPEATED, "properties.hs_lastmodifieddate"),
    fields=(
        ID,
        of_property("dealname", "deal_name"),
        of_property("amount", kind="decimal"),
        of_property("deal_currency_code", "currency_code"),
        of_property("pipeline"),
        of_property("dealstage", "deal_stage"),
        of_property("dealtype", "deal_type"),
        of_property("createdate", "create_date", "datetime"),
        of_property("closedate", "close_date", "datetime"),
        of_property("hs_is_closed", "is_closed", "boolean"),
        of_property("hs_is_closed_won", "is_closed_won", "boolean"),
        of_property("description"),
        *COMMON,
    ),
    rules=(
        Rule(
            "Deal close date is before create date",
            ("close_date", "create_date"),
            lambda: pl.col("close_date") < pl.col("create_date"),
        ),
    ),
)

TICKETS = an_object(
    name="tickets",
    path="tickets",
    object_type="0-5",
    has_pipelines=True,
    fields=(
        ID,
        of_property("subject"),
        of_property("content"),
        of_property("hs_pipeline", "pipeline"),
        of_property("hs_pipeline_stage", "pipeline_stage"),
        of_property("hs_ticket_priority", "priority"),
        of_property("hs_ticket_category", "category"),
        of_property("source_type"),
        of_property("closed_date", "closed_at", "datetime"),
        *COMMON,
    ),
)

LEADS = a_younger_object(
    name="leads",
    path="leads",
    object_type="0-136",
    has_pipelines=True,
    fields=(
        ID,
        of_property("hs_lead_name", "name"),
        of_property("hs_lead_type", "type"),
        of_property("hs_lead_label", "label"),
        of_property("hs_pipeline", "pipeline"),
        of_property("hs_pipeline_stage", "pipeline_stage"),
        *COMMON,
    ),
)

OBJECTS = (
    CONTACTS,
    COMPANIES,
    DEALS,
    TICKETS,
    PRODUCTS,
    LINE_ITEMS,
    QUOTES,
    CALLS,
    EMAILS,
    MEETINGS,
    NOTES,
    TASKS,
    APPOINTMENTS,
    LEADS,
)
ENTITIES = {entity.name: entity for entity in (*OBJECTS, *LISTS)}
