"""CallRail's entities as data: https://apidocs.callrail.com."""

from datetime import timedelta
from functools import partial

from sources.callrail.lists import ACCOUNT, ACCOUNTS, COMPANIES, ID, TAGS, TRACKERS, USERS
from sources.callrail.settings import PER_PAGE
from sources.entity import Companion, Entity, Field

# Tags, notes, values and scores are added later, and nothing says which calls changed.
LATE_EDITS = timedelta(days=7)

# What happened at a moment, and is asked for by it. What is not shown any more is marked as spam, or older
# than CallRail keeps: nobody is asked about it, and nothing is removed for it.
_event = partial(
    Entity,
    page_size=PER_PAGE,
    max_page_size=PER_PAGE,
    changed="",
    lookback=LATE_EDITS,
    asks_by_id=False,
    forgets=True,
)
UTM = tuple(Field(f"utm_{name}") for name in ("source", "medium", "campaign", "term", "content"))

CALLS = _event(
    name="calls",
    about="asked for by `start_time`; later edits show as far back as `lookback` reaches, and a call that"
    " is not listed any more stays",
    path="calls",
    changed_property="start_date",
    record_url="timeline_url",
    fields=(
        ID,
        ACCOUNT,
        Field("company_id"),
        Field("company_name"),
        Field("company_time_zone"),
        Field("tracker_id"),
        Field("person_id"),
        Field("start_time", "datetime"),
        Field("created_at", "datetime"),
        Field("direction"),
        Field("answered", "boolean"),
        Field("voicemail", "boolean"),
        Field("call_type"),
        Field("duration", "integer"),
        Field("customer_name"),
        Field("customer_phone_number", "phone"),
        Field("customer_city"),
        Field("customer_state", "state"),
        Field("customer_country"),
        Field("zip_code", "zip_code"),
        Field("business_phone_number", "phone"),
        Field("tracking_phone_number", "phone"),
        Field("agent_email", "email"),
        Field("first_call", "boolean"),
        Field("prior_calls", "integer"),
        Field("total_calls", "integer"),
        Field("lead_status"),
        Field("lead_score", "json"),
        Field("lead_explanation"),
        Field("good_lead_call_id", "integer"),
        Field("good_lead_call_time", "datetime"),
        Field("value", "decimal"),
        Field("note"),
        Field("tags", "json"),
        Field("source"),
        Field("source_name"),
        Field("medium"),
        Field("campaign"),
        Field("keywords"),
        Field("device_type"),
        Field("landing_page_url", "url"),
        Field("last_requested_url", "url"),
        Field("referrer_domain"),
        Field("referring_url", "url"),
        *UTM,
        Field("gclid"),
        Field("fbclid"),
        Field("msclkid"),
        Field("session_uuid"),
        Field("milestones", "json"),
        Field("call_summary"),
        Field("recording", "url"),
        Field("recording_duration", "integer"),
        # Holds a key of its own that may differ from answer to answer.
        Field("recording_player", "url", volatile=True),
        Field("timeline_url", "url"),
    ),
    asked=(
        "call_highlights",
        "custom",
        "ga",
        "keypad_entries",
        "keywords_spotted",
        "sentiment",
        "speaker_percent",
        "transcription",
        "utma",
        "utmb",
        "utmc",
        "utmv",
        "utmz",
        "voice_assist_message",
    ),
)

FORM_SUBMISSIONS = _event(
    name="form_submissions",
    about="asked for by `submitted_at`; `form_data` has what was entered, by the form's own labels",
    path="form_submissions",
    changed_property="start_date",
    record_url="timeline_url",
    fields=(
        ID,
        ACCOUNT,
        Field("company_id"),
        Field("company_name"),
        Field("person_id"),
        Field("submitted_at", "datetime"),
        Field("form_name"),
        Field("form_data", "json"),
        Field("form_url", "url"),
        Field("landing_page_url", "url"),
        Field("referrer"),
        Field("referring_url", "url"),
        Field("first_form", "boolean"),
        Field("customer_name"),
        Field("customer_phone_number", "phone"),
        Field("customer_email", "email"),
        Field("formatted_customer_name"),
        Field("formatted_customer_phone_number", "phone"),
        Field("lead_status"),
        Field("value", "decimal"),
        Field("note"),
        Field("tags", "json"),
        Field("source"),
        Field("medium"),
        Field("campaign"),
        Field("keywords"),
        *UTM[:3],
        Field("milestones", "json"),
        Field("timeline_url", "url"),
    ),
)

TEXT_MESSAGES = _event(
    name="text_messages",
    about="conversations, asked for by `last_message_at`; their single messages are in"
    " `conversation_messages`",
    path="text-messages",
    changed="last_message_at",
    changed_property="start_date",
    # An old conversation shows again with its next message, and nothing else is edited much.
    lookback=timedelta(days=1),
    linked=True,
    fields=(
        ID,
        ACCOUNT,
        Field("company_id"),
        Field("company_time_zone"),
        Field("initial_tracker_id"),
        Field("current_tracker_id"),
        Field("initial_tracking_number", "phone"),
        Field("current_tracking_number", "phone"),
        Field("customer_name"),
        Field("customer_phone_number", "phone"),
        Field("formatted_customer_name"),
        Field("last_message_at", "datetime"),
        Field("state"),
        Field("lead_status"),
        Field("source"),
        # The latest two, with addresses of pictures that soon end: no change of the conversation.
        Field("recent_messages", "json", volatile=True),
    ),
)

CONVERSATION_MESSAGES = Entity(
    name="conversation_messages",
    about="every message of the conversations in `text_messages`, asked for where one got a new message",
    path="text-messages",
    key=("conversation_id", "id"),
    changed="",
    fields=(
        # Beside the messages, not in them: the client puts these there.
        Field("conversation_id", required=True),
        Field("id", "integer", required=True),
        Field("account_id"),
        Field("created_at", "datetime"),
        Field("direction"),
        Field("type"),
        Field("status"),
        Field("content"),
        # Their addresses soon end.
        Field("media_urls", "json", volatile=True),
        Field("user", "json"),
    ),
)
# A request for each conversation: few at once, so that a run that must stop has its checkpoint near.
CONVERSATIONS_AT_ONCE = 25
MESSAGES = Companion(
    CONVERSATION_MESSAGES,
    "history",
    owner="conversation_id",
    parts=(("", ""),),
    keys_at_once=CONVERSATIONS_AT_ONCE,
    requests=CONVERSATIONS_AT_ONCE,
)

ENTITIES = {
    entity.name: entity
    for entity in (
        ACCOUNTS,
        COMPANIES,
        USERS,
        TAGS,
        TRACKERS,
        CALLS,
        FORM_SUBMISSIONS,
        TEXT_MESSAGES,
    )
}
BESIDE = (CONVERSATION_MESSAGES,)
