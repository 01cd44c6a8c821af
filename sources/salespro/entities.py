"""SalesPro's tables as data: the copy that Leap exports for each customer, or a customer's own of it."""

from datetime import timedelta
from functools import partial

from sources.database.shapes import table
from sources.entity import Field

# Rows come by batch export: they may show up hours after their stamp.
LOOKBACK = timedelta(days=1)

_table = partial(table, lookback=LOOKBACK, changed_property="updated_at")
_id = partial(Field, kind="object_id")
_money = partial(Field, kind="decimal")
_flag = partial(Field, kind="boolean")

STAMPS = (Field("created_at", "datetime"), Field("updated_at", "datetime"))
COMPANY = (_id("company_id"), Field("company_name"))

CUSTOMERS = _table(
    name="customers",
    about="who was met; `estimate_id` is the latest estimate's where the export has a row for each",
    path="customer",
    key=("customer_id",),
    fields=(
        _id("customer_id", required=True),
        _id("estimate_id"),
        *COMPANY,
        Field("customer_first_name"),
        Field("customer_last_name"),
        Field("crm_source"),
        Field("crm_source_id"),
        *STAMPS,
    ),
)

ESTIMATES = _table(
    name="estimates",
    about="what was offered to a customer, and whether it was sold",
    path="estimate",
    key=("estimate_id",),
    fields=(
        _id("estimate_id", required=True),
        *COMPANY,
        _id("office_id"),
        Field("office_name"),
        _id("sales_rep_id"),
        Field("sales_rep_first_name"),
        Field("sales_rep_last_name"),
        _id("customer_id"),
        Field("customer_first_name"),
        Field("customer_last_name"),
        Field("street_address"),
        Field("city"),
        Field("state", "state"),
        Field("zip_code", "zip_code"),
        _money("sale_amount"),
        _flag("is_sale"),
        Field("job_type"),
        _money("finance_amount"),
        Field("bank_name"),
        Field("loan_name"),
        _money("down_payment"),
        _flag("has_credit_app"),
        Field("document_count", "integer"),
        *STAMPS,
    ),
)

CREDIT_APPLICATIONS = _table(
    name="credit_applications",
    about="credit asked for a customer",
    path="credit_applications",
    key=("leap_credit_app_id",),
    fields=(
        _id("leap_credit_app_id", required=True),
        *COMPANY,
        _id("sales_rep_id"),
        _id("customer_id"),
        Field("credit_app_vendor"),
        Field("credit_app_vendor_id"),
        _money("credit_app_amount"),
        Field("credit_app_status"),
        Field("credit_app_note"),
        *STAMPS,
    ),
)

PAYMENTS = _table(
    name="payments",
    about="what a customer paid; some companies have no such table any more",
    path="payments",
    key=("payment_id",),
    fields=(
        _id("payment_id", required=True),
        *COMPANY,
        _id("customer_id"),
        _money("payment_amount"),
        Field("payment_type"),
        Field("payment_description"),
        _flag("payment_success"),
        *STAMPS,
    ),
)

LEAD_RESULTS = _table(
    name="lead_results",
    about="what the visit came to: `lead_results` is a list of `title` and `value`, which every company names anew",
    path="lead_results",
    key=("estimate_id",),
    fields=(
        _id("estimate_id", required=True),
        _id("company_id"),
        # Titles repeat, end in blanks and are a company's own, so that they are no columns.
        Field("lead_results", "json"),
        *STAMPS,
    ),
)

EVENT = "_event"

USER_ACTIVITIES = _table(
    name="user_activities",
    about="what users did in the app; the source numbers nothing: `event_id` is made of what a row says,"
    " and of its place among rows that say the same",
    path="user_activity",
    key=("event_id",),
    changed="created_at",
    changed_property="created_at",
    asks_by_id=False,
    splits=False,
    fields=(
        _id("event_id", at=EVENT, required=True),
        Field("created_at", "datetime"),
        _id("user_id"),
        *COMPANY,
        _id("local_customer_uuid"),
        _id("customer_id"),
        Field("activity_note"),
        Field("key_metric"),
        Field("activity_identifier"),
        Field("price_type"),
        _money("price"),
        Field("original_row_num", "integer"),
    ),
)

ENTITIES = {
    entity.name: entity
    for entity in (
        CUSTOMERS,
        ESTIMATES,
        CREDIT_APPLICATIONS,
        PAYMENTS,
        LEAD_RESULTS,
        USER_ACTIVITIES,
    )
}
# Some tables are named in the singular, and not in every account the same.
TABLES = {
    "customers": ["customer", "customers"],
    "estimates": ["estimate", "estimates"],
    "credit_applications": ["credit_applications", "credit_application"],
    "payments": ["payments", "payment"],
    "lead_results": ["lead_results", "lead_result"],
    "user_activities": ["user_activity", "user_activities"],
}
SAID = {name: {"table": tables} for name, tables in TABLES.items()}
