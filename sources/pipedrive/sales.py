"""Deals, what is attached to them, products and leads as data.

https://developers.pipedrive.com/docs/api/v1/Deals, https://developers.pipedrive.com/docs/api/v1/Leads.
"""

from dataclasses import replace
from datetime import timedelta

import polars as pl

from sources.entity import Companion, Entity, Field, Rule
from sources.pipedrive.shapes import (
    ID,
    LABELS,
    MOST,
    OWNER,
    STAMPS,
    VISIBLE_TO,
    a_record,
    amount,
    an_old_record,
    counter,
    day,
    flag,
    moment,
    number,
    seen_at,
)

DEALS = a_record(
    name="deals",
    about="archived deals are among them, with `is_archived`; deleted ones have `deleted_at`",
    path="v2/deals",
    sweeps=True,
    # Deleted ones are listed for 30 days; a week more for clocks and time zones.
    restorable=timedelta(days=37),
    linked=True,
    fields=(
        ID,
        Field("title"),
        amount("value"),
        Field("currency"),
        Field("status"),
        number("pipeline_id"),
        number("stage_id"),
        OWNER,
        number("creator_user_id"),
        number("person_id"),
        number("org_id"),
        amount("probability"),
        day("expected_close_date"),
        moment("close_time"),
        moment("won_time"),
        moment("lost_time"),
        moment("stage_change_time"),
        moment("first_won_time"),
        Field("lost_reason"),
        LABELS,
        VISIBLE_TO,
        flag("is_archived"),
        moment("archive_time"),
        Field("origin"),
        Field("origin_id"),
        number("channel"),
        Field("channel_id"),
        Field("source_lead_id"),
        amount("acv"),
        amount("arr"),
        amount("mrr"),
        day("local_won_date"),
        day("local_lost_date"),
        day("local_close_date"),
        counter("next_activity_id"),
        counter("last_activity_id"),
        counter("products_count"),
        counter("activities_count"),
        counter("done_activities_count"),
        counter("undone_activities_count"),
        counter("notes_count"),
        counter("files_count"),
        counter("email_messages_count"),
        counter("followers_count"),
        counter("participants_count"),
        seen_at("last_incoming_mail_time"),
        seen_at("last_outgoing_mail_time"),
        *STAMPS,
    ),
    rules=(
        Rule(
            "Deal close date is before create date",
            ("close_time", "created_at"),
            lambda: pl.col("close_time") < pl.col("created_at"),
        ),
    ),
)

DEAL_PRODUCTS = Entity(
    name="deal_products",
    about="read beside deals, of those that changed, and of all of them from time to time",
    path="v2/deals/products",
    page_size=MOST,
    max_page_size=MOST,
    fields=(
        ID,
        Field("deal_id", "integer", required=True),
        number("product_id"),
        number("product_variation_id"),
        Field("name"),
        number("order_nr"),
        amount("item_price"),
        amount("quantity"),
        Field("currency"),
        amount("discount"),
        Field("discount_type"),
        amount("tax"),
        Field("tax_method"),
        amount("sum"),
        flag("is_enabled"),
        Field("comments"),
        Field("billing_frequency"),
        number("billing_frequency_cycles"),
        day("billing_start_date"),
        *STAMPS,
    ),
)
# One question takes so many deals.
DEALS_AT_ONCE = 100
PRODUCTS_OF_DEALS = Companion(
    DEAL_PRODUCTS,
    "associations",
    owner="deal_id",
    parts=(("products", "v2/deals/products"),),
    replaces=True,
    keys_at_once=DEALS_AT_ONCE,
)

PRODUCTS = a_record(
    name="products",
    path="v2/products",
    vanishes=True,
    fields=(
        ID,
        Field("name"),
        Field("code"),
        Field("description"),
        Field("unit"),
        amount("tax"),
        Field("category"),
        flag("is_linkable"),
        OWNER,
        VISIBLE_TO,
        Field("prices", "json"),
        Field("billing_frequency"),
        number("billing_frequency_cycles"),
        *STAMPS,
    ),
)

LEADS = replace(
    an_old_record(
        name="leads",
        about="archived leads are among them, with `is_archived`; custom fields are those of deals",
        path="v1/leads",
        vanishes=True,
        fields=(
            Field("id", required=True),
            Field("title"),
            Field("value", "decimal", at="value.amount"),
            Field("currency", at="value.currency"),
            OWNER,
            number("creator_id"),
            number("person_id"),
            number("organization_id"),
            day("expected_close_date"),
            LABELS,
            VISIBLE_TO,
            flag("was_seen"),
            flag("is_archived"),
            moment("archive_time"),
            Field("source_name"),
            number("source_deal_id"),
            Field("origin"),
            Field("origin_id"),
            number("channel"),
            Field("channel_id"),
            number("next_activity_id"),
            Field("cc_email"),
            *STAMPS,
        ),
    ),
    # There are two lists: the leads at work, and the archived ones.
    shifting=2,
)
