"""What CallRail only shows when `fields` names it; nothing in `fields` ever narrows an answer."""

from collections.abc import Iterator
from dataclasses import replace
from fnmatch import fnmatchcase

from sources.entity import Entity, Field

_CALL_EXTRAS = """
    agent_email call_summary call_type campaign company_id company_name company_time_zone created_at
    device_type fbclid first_call gclid good_lead_call_id good_lead_call_time keywords landing_page_url
    last_requested_url lead_explanation lead_score lead_status medium milestones msclkid note person_id
    prior_calls referrer_domain referring_url session_uuid source source_name tags timeline_url
    total_calls tracker_id utm_source utm_medium utm_campaign utm_term utm_content value zip_code
"""
_FORM_EXTRAS = """
    company_name form_name lead_status milestones note tags timeline_url utm_source utm_medium
    utm_campaign value
"""
# Of declared fields, by entity, those that are not there by themselves.
EXTRAS = {
    "accounts": frozenset({"numeric_id"}),
    "trackers": frozenset({"campaign_name", "swap_targets"}),
    "calls": frozenset(_CALL_EXTRAS.split()),
    "form_submissions": frozenset(_FORM_EXTRAS.split()),
    "text_messages": frozenset({"lead_status", "source"}),
}


def extra_fields(entity: Entity) -> list[str]:
    """What to name in `fields` for the columns of an entity, then for its `extra`."""
    extras = EXTRAS.get(entity.name, frozenset())
    own = (field.path for field in entity.fields if field.path in extras)
    return list(dict.fromkeys((*own, *entity.asked)))


def chosen(entity: Entity) -> Entity:
    """The entity as the configuration chooses: what becomes a column, and what is not even asked for."""
    choice = entity.choice
    columns: list[Field] = []
    asked: list[str] = []
    for name in entity.asked:
        included = _matches(name, choice.include)
        if _matches(name, choice.exclude) or (choice.properties == "declared" and not included):
            continue
        wanted = included or choice.properties == "all"
        if wanted and len(columns) < choice.column_budget:
            columns.append(Field(name, discovered=True))
        else:
            asked.append(name)
    kept = tuple(_kept(entity))
    return replace(entity, fields=(*kept, *columns), asked=tuple(asked))


def _kept(entity: Entity) -> Iterator[Field]:
    """The declared fields without those that are excluded and would have to be asked for."""
    extras = EXTRAS.get(entity.name, frozenset()) - {entity.record_url}
    for field in entity.fields:
        if field.path not in extras or not _matches(field.path, entity.choice.exclude):
            yield field


def _matches(name: str, patterns: tuple[str, ...]) -> bool:
    return any(fnmatchcase(name, pattern) for pattern in patterns)
