"""Fields that an answer only has where they are asked for by `include_fields`.

https://developers.pipedrive.com/docs/api/v1/Deals#getDeals
"""

from collections.abc import Mapping, Sequence

from sources.entity import Entity

_NEXT_AND_LAST = ("next_activity_id", "last_activity_id")
_COUNTERS = (
    "email_messages_count",
    "activities_count",
    "done_activities_count",
    "undone_activities_count",
    "files_count",
    "notes_count",
    "followers_count",
)
_DEAL_COUNTERS = (
    "open_deals_count",
    "related_open_deals_count",
    "closed_deals_count",
    "related_closed_deals_count",
    "won_deals_count",
    "related_won_deals_count",
    "lost_deals_count",
    "related_lost_deals_count",
)
_MAILS = ("last_incoming_mail_time", "last_outgoing_mail_time")

# Any other name there is answered with 400; two more of persons need an app of its own.
OPTIONAL: Mapping[str, Sequence[str]] = {
    "deals": (
        *_NEXT_AND_LAST,
        *_COUNTERS,
        *_MAILS,
        "first_won_time",
        "products_count",
        "participants_count",
        "smart_bcc_email",
        "source_lead_id",
    ),
    "persons": (
        *_NEXT_AND_LAST,
        *_COUNTERS,
        *_DEAL_COUNTERS,
        *_MAILS,
        "participant_open_deals_count",
        "participant_closed_deals_count",
        "smart_bcc_email",
    ),
    "organizations": (
        *_NEXT_AND_LAST,
        *_COUNTERS,
        *_DEAL_COUNTERS,
        "people_count",
        "smart_bcc_email",
    ),
    "activities": ("attendees",),
}


def included(entity: Entity) -> str | None:
    """What to ask for beyond what comes by itself: the columns among the optional fields."""
    places = {field.path for field in entity.fields}
    wanted = [name for name in OPTIONAL.get(entity.name, ()) if name in places]
    return ",".join(wanted) or None
