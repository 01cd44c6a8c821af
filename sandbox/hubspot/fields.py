"""The properties of every object type, put together from the tables."""

from sandbox.hubspot import catalogue
from sandbox.hubspot.objects import ObjectType
from sandbox.hubspot.properties import Property, parse_table
from sandbox.hubspot.tables import activities, people, sales, service

_EVERY_TYPE = """
hs_object_id number number read_only unique
{created} datetime date read_only
hs_merged_object_ids enumeration checkbox read_only
hubspot_owner_id enumeration select external
hs_object_source string text read_only hidden
hs_created_by_user_id number number read_only
hs_updated_by_user_id number number read_only
hs_was_imported bool booleancheckbox read_only
"""

# What contacts, companies and deals have beside that, and what the others have.
_OLDER_TYPES = """
num_notes number number read_only
notes_last_contacted datetime date read_only
notes_last_updated datetime date read_only
hs_analytics_source enumeration select ORGANIC_SEARCH|PAID_SEARCH|REFERRALS|DIRECT_TRAFFIC|OFFLINE
"""
_NEWER_TYPES = """
{modified} datetime date read_only
hs_object_source_label string text read_only
hs_object_source_id string text read_only hidden
hs_all_owner_ids enumeration checkbox read_only external
hubspot_owner_assigneddate datetime date read_only
hubspot_team_id enumeration select external
hs_unique_creation_key string text read_only hidden unique
hs_read_only bool booleancheckbox read_only hidden
"""
# An account's own types can have pipelines too.
_CUSTOM_TYPES = """
hs_pipeline enumeration select external
hs_pipeline_stage enumeration radio external
"""


def own_properties(kind: ObjectType, table: str, custom: str = "") -> tuple[Property, ...]:
    """The properties of a type: those it shares with others, and a table of its own."""
    shared = _EVERY_TYPE.format(created=kind.created).rstrip()
    newer = _NEWER_TYPES.format(modified=kind.modified)
    shared += _OLDER_TYPES if kind in _OLDER else newer
    return parse_table(shared) + parse_table(table) + parse_table(custom, custom=True)


def custom_object_properties(kind: ObjectType) -> tuple[Property, ...]:
    """The properties HubSpot gives to each type an account declares itself."""
    return own_properties(kind, _CUSTOM_TYPES)


def _activity(own: str) -> str:
    return activities.ACTIVITIES.rstrip() + own


_OLDER = (catalogue.CONTACTS, catalogue.COMPANIES, catalogue.DEALS)

PROPERTIES: dict[str, tuple[Property, ...]] = {
    kind.name: own_properties(kind, own, custom)
    for kind, own, custom in (
        (catalogue.CONTACTS, people.CONTACTS, people.CONTACTS_CUSTOM),
        (catalogue.COMPANIES, people.COMPANIES, people.COMPANIES_CUSTOM),
        (catalogue.DEALS, sales.DEALS, sales.DEALS_CUSTOM),
        (catalogue.TICKETS, service.TICKETS, service.TICKETS_CUSTOM),
        (catalogue.PRODUCTS, sales.PRODUCTS, sales.PRODUCTS_CUSTOM),
        (catalogue.LINE_ITEMS, sales.LINE_ITEMS, sales.LINE_ITEMS_CUSTOM),
        (catalogue.QUOTES, sales.QUOTES, sales.QUOTES_CUSTOM),
        (catalogue.CALLS, _activity(activities.CALLS), activities.CALLS_CUSTOM),
        (catalogue.EMAILS, _activity(activities.EMAILS), activities.EMAILS_CUSTOM),
        (catalogue.MEETINGS, _activity(activities.MEETINGS), activities.MEETINGS_CUSTOM),
        (catalogue.NOTES, _activity(activities.NOTES), activities.NOTES_CUSTOM),
        (catalogue.TASKS, _activity(activities.TASKS), activities.TASKS_CUSTOM),
        (catalogue.APPOINTMENTS, service.APPOINTMENTS, service.APPOINTMENTS_CUSTOM),
        (catalogue.LEADS, sales.LEADS, sales.LEADS_CUSTOM),
    )
}
