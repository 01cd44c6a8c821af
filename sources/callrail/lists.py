"""What CallRail only gives whole: accounts, and each account's companies, users, tags and trackers."""

from functools import partial

from sources.callrail.settings import PER_PAGE
from sources.entity import Entity, Field

ACCOUNT = Field("account_id", required=True)
ID = Field("id", required=True)
CREATED = Field("created_at", "datetime")

_whole = partial(Entity, page_size=PER_PAGE, max_page_size=PER_PAGE, changed="", whole=True)
# One list per account: what lacks in one says nothing of the others.
_per_account = partial(_whole, group="account_id")

ACCOUNTS = _whole(
    name="accounts",
    about="the accounts that the user of the key sees",
    path="a",
    fields=(
        ID,
        Field("numeric_id", "integer"),
        Field("name"),
        Field("outbound_recording_enabled", "boolean"),
        Field("inbound_recording_enabled", "boolean"),
        Field("hipaa_account", "boolean"),
        CREATED,
    ),
)

COMPANIES = _per_account(
    name="companies",
    about="one that was disabled stays, with `disabled_at`",
    path="companies",
    fields=(
        ID,
        ACCOUNT,
        Field("name"),
        Field("status"),
        Field("time_zone"),
        CREATED,
        Field("disabled_at", "datetime"),
        Field("dni_active", "boolean"),
        Field("script_url"),
        Field("callscribe_enabled", "boolean"),
        Field("lead_scoring_enabled", "boolean"),
        Field("callscore_enabled", "boolean"),
        Field("keyword_spotting_enabled", "boolean"),
        Field("form_capture", "boolean"),
        Field("swap_exclude_jquery"),
        Field("swap_ppc_override"),
        Field("swap_landing_override"),
        Field("swap_cookie_duration", "integer"),
        Field("swap_cookie_duration_unit"),
    ),
)

USERS = _per_account(
    name="users",
    about="the users of an account that the user of the key sees",
    path="users",
    fields=(
        ID,
        ACCOUNT,
        Field("email", "email"),
        Field("first_name"),
        Field("last_name"),
        Field("name"),
        Field("role"),
        CREATED,
        Field("companies", "json"),
    ),
)

TAGS = _per_account(
    name="tags",
    about="`calls.tags` and `form_submissions.tags` hold copies of them",
    path="tags",
    fields=(
        Field("id", "integer", required=True),
        ACCOUNT,
        Field("name"),
        Field("tag_level"),
        Field("color"),
        Field("background_color"),
        Field("company_id"),
        Field("status"),
        CREATED,
    ),
)

TRACKERS = _per_account(
    name="trackers",
    about="one that was disabled stays, with `disabled_at`; `source` and `call_flow` differ in shape by type",
    path="trackers",
    fields=(
        ID,
        ACCOUNT,
        Field("name"),
        Field("type"),
        Field("status"),
        Field("company_id", at="company.id"),
        Field("company_name", at="company.name"),
        Field("campaign_name"),
        Field("destination_number", "phone"),
        Field("tracking_numbers", "json"),
        Field("whisper_message"),
        Field("sms_enabled", "boolean"),
        Field("sms_supported", "boolean"),
        Field("call_flow", "json"),
        Field("source", "json"),
        Field("swap_targets", "json"),
        CREATED,
        Field("disabled_at", "datetime"),
    ),
)
