"""The object types of every account, as data: a new one is a declaration here and its fields."""

from sandbox.hubspot.objects import ObjectType

CONTACTS = ObjectType(
    name="contacts",
    singular="contact",
    type_id="0-1",
    defaults=("firstname", "lastname", "email"),
    searchable=("firstname", "lastname", "email", "phone", "company"),
    created="createdate",
    modified="lastmodifieddate",
    unique="email",
)
COMPANIES = ObjectType(
    name="companies",
    singular="company",
    type_id="0-2",
    defaults=("name", "domain"),
    searchable=("name", "domain", "website", "phone"),
    created="createdate",
)
DEALS = ObjectType(
    name="deals",
    singular="deal",
    type_id="0-3",
    defaults=("dealname", "amount", "closedate", "pipeline", "dealstage"),
    searchable=("dealname", "pipeline", "dealstage", "description"),
    created="createdate",
    pipeline="pipeline",
    stage="dealstage",
)
TICKETS = ObjectType(
    name="tickets",
    singular="ticket",
    type_id="0-5",
    defaults=(
        "subject",
        "content",
        "hs_pipeline",
        "hs_pipeline_stage",
        "hs_ticket_category",
        "hs_ticket_priority",
    ),
    searchable=("subject", "content", "hs_pipeline_stage", "hs_ticket_category"),
    created="createdate",
    scope="tickets",
)
PRODUCTS = ObjectType(
    name="products",
    singular="product",
    type_id="0-7",
    defaults=("name", "price", "description"),
    searchable=("name", "description", "price", "hs_sku"),
    created="createdate",
    scope="e-commerce",
)
LINE_ITEMS = ObjectType(
    name="line_items",
    singular="line_item",
    type_id="0-8",
    defaults=("name", "price", "quantity", "amount"),
    searchable=("name", "description", "price", "hs_sku"),
    created="createdate",
    scope="e-commerce",
)
QUOTES = ObjectType(
    name="quotes",
    singular="quote",
    type_id="0-14",
    searchable=("hs_title", "hs_quote_number", "hs_sender_email"),
)
TASKS = ObjectType(
    name="tasks",
    singular="task",
    type_id="0-27",
    searchable=("hs_task_subject", "hs_task_body"),
)
NOTES = ObjectType(
    name="notes",
    singular="note",
    type_id="0-46",
    searchable=("hs_note_body",),
)
MEETINGS = ObjectType(
    name="meetings",
    singular="meeting",
    type_id="0-47",
    searchable=("hs_meeting_title", "hs_meeting_body"),
)
CALLS = ObjectType(
    name="calls",
    singular="call",
    type_id="0-48",
    searchable=("hs_call_title", "hs_call_body"),
)
EMAILS = ObjectType(
    name="emails",
    singular="email",
    type_id="0-49",
    searchable=("hs_email_subject", "hs_email_text"),
)
LEADS = ObjectType(
    name="leads",
    singular="lead",
    type_id="0-136",
    searchable=("hs_lead_name", "hs_lead_type"),
)
APPOINTMENTS = ObjectType(
    name="appointments",
    singular="appointment",
    type_id="0-421",
    searchable=("hs_appointment_name",),
)

OBJECT_TYPES = (
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
