"""What each resource shows: by itself, and what must be named in `fields`; and what it may be sorted by."""

from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Resource:
    """One kind of record: its list's name and its members with their usual values."""

    name: str
    usual: dict[str, Any]
    extra: dict[str, Any]
    stamp: str
    sortable: frozenset[str] = frozenset()
    dated: bool = False


def _none(names: str) -> dict[str, Any]:
    return dict.fromkeys(names.split())


ACCOUNTS = Resource(
    "accounts",
    {
        "name": "",
        "outbound_recording_enabled": True,
        "inbound_recording_enabled": True,
        "hipaa_account": False,
        "created_at": None,
    },
    {"numeric_id": None},
    "created_at",
    frozenset({"name"}),
)
COMPANIES = Resource(
    "companies",
    {
        "name": "",
        "status": "active",
        "time_zone": "America/New_York",
        "created_at": None,
        "disabled_at": None,
        "dni_active": None,
        "script_url": "//cdn.callrail.com/companies/1/x/12/swap.js",
        "callscribe_enabled": False,
        "lead_scoring_enabled": True,
        "swap_exclude_jquery": None,
        "swap_ppc_override": None,
        "swap_landing_override": None,
        "swap_cookie_duration": 6,
        "swap_cookie_duration_unit": "months",
        "callscore_enabled": False,
        "keyword_spotting_enabled": False,
        "form_capture": True,
    },
    {},
    "created_at",
    frozenset({"name"}),
)
USERS = Resource(
    "users",
    {
        "email": "",
        "first_name": "",
        "last_name": "",
        "name": "",
        "role": "reporting",
        "created_at": None,
        "companies": [],
    },
    {},
    "created_at",
    frozenset({"email", "created_at"}),
)
TAGS = Resource(
    "tags",
    {
        "name": "",
        "tag_level": "account",
        "color": "blue1",
        "background_color": "blue1",
        "company_id": None,
        "status": "enabled",
        "created_at": None,
    },
    {},
    "created_at",
)
TRACKERS = Resource(
    "trackers",
    {
        "name": "",
        "type": "source",
        "status": "active",
        "destination_number": None,
        "tracking_numbers": [],
        "whisper_message": None,
        "sms_enabled": True,
        "sms_supported": True,
        "company": None,
        "call_flow": {"type": "basic", "recording_enabled": True},
        "source": {"type": "all"},
        "created_at": None,
        "disabled_at": None,
    },
    _none("campaign_name swap_targets"),
    "created_at",
    frozenset({"name"}),
)
CALLS = Resource(
    "calls",
    {
        "answered": True,
        "business_phone_number": None,
        "customer_city": None,
        "customer_country": None,
        "customer_name": None,
        "customer_phone_number": None,
        "customer_state": None,
        "direction": "inbound",
        "duration": 0,
        "recording": None,
        "recording_duration": None,
        "recording_player": None,
        "start_time": None,
        "tracking_phone_number": None,
        "voicemail": False,
    },
    {
        **_none(
            "agent_email call_highlights call_summary call_type campaign company_id company_name"
            " company_time_zone created_at custom device_type fbclid first_call ga gclid"
            " good_lead_call_id good_lead_call_time keypad_entries keywords keywords_spotted"
            " landing_page_url last_requested_url lead_explanation lead_score lead_status medium"
            " milestones msclkid note person_id prior_calls referrer_domain referring_url sentiment"
            " session_uuid source source_name speaker_percent timeline_url total_calls tracker_id"
            " transcription utm_source utm_medium utm_campaign utm_term utm_content utma utmb utmc"
            " utmv utmz value voice_assist_message waveforms zip_code"
        ),
        "formatted_value": "--",
        "tags": [],
    },
    "start_time",
    frozenset(
        [
            "customer_name",
            "customer_phone_number",
            "duration",
            "start_time",
            "source",
            "customer_city",
            "customer_country",
            "landing_page_url",
            "device_type",
            "answered",
            "first_call",
            "source_name",
            "lead_status",
            "tags",
        ]
    ),
    dated=True,
)
FORM_SUBMISSIONS = Resource(
    "form_submissions",
    {
        **_none("company_id person_id"),
        "form_data": {},
        **_none("form_url landing_page_url referrer referring_url submitted_at"),
        "first_form": False,
        **_none(
            "customer_phone_number customer_name customer_email formatted_customer_name"
            " formatted_customer_phone_number source keywords campaign medium"
        ),
    },
    {
        **_none(
            "company_name lead_status value note utm_source utm_medium utm_campaign form_name"
            " timeline_url milestones"
        ),
        "tags": [],
    },
    "submitted_at",
    frozenset({"submitted_at", "form_url"}),
    dated=True,
)
TEXT_MESSAGES = Resource(
    "conversations",
    {
        **_none(
            "company_id initial_tracker_id current_tracker_id customer_name customer_phone_number"
            " initial_tracking_number current_tracking_number last_message_at"
        ),
        "state": "active",
        "company_time_zone": "America/New_York",
        "formatted_customer_name": None,
        "recent_messages": [],
    },
    _none("lead_status source"),
    "last_message_at",
    dated=True,
)

# By the word in the address; `text_messages` is not one of them.
BY_PATH = {
    "companies": COMPANIES,
    "users": USERS,
    "tags": TAGS,
    "trackers": TRACKERS,
    "calls": CALLS,
    "form_submissions": FORM_SUBMISSIONS,
    "text-messages": TEXT_MESSAGES,
}
# By the table they are in.
BY_TABLE = {"accounts": ACCOUNTS, **BY_PATH, "text_messages": TEXT_MESSAGES}
