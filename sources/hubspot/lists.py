"""What HubSpot only gives whole: owners, teams, pipelines and properties.

https://developers.hubspot.com/docs/api-reference/crm-owners-v3,
https://developers.hubspot.com/docs/api-reference/crm-pipelines-v3,
https://developers.hubspot.com/docs/api-reference/crm-properties-v3.
"""

from functools import partial

from sources.entity import Entity, Field
from sources.hubspot.shapes import STAMPS

OBJECT_TYPE = Field("object_type", required=True)

_whole = partial(Entity, whole=True)
# One list per type of object: what lacks for one type says nothing of the others.
_per_type = partial(_whole, group="object_type")

OWNERS = _whole(
    name="owners",
    about="`hubspot_owner_id` of a record is an owner's `id`; those who have left have `deleted_at`",
    path="owners",
    # HubSpot does not say when an owner was archived; its last change comes nearest.
    deleted="archivedAt",
    ignore=("archived",),
    fields=(
        Field("id", "integer", required=True),
        Field("email", "email"),
        Field("first_name", at="firstName"),
        Field("last_name", at="lastName"),
        Field("type"),
        Field("user_id", "integer", at="userIdIncludingInactive"),
        Field("active_user_id", "integer", at="userId"),
        Field("teams", "json"),
        *STAMPS,
    ),
)

TEAMS = _whole(
    name="teams",
    about="the teams that owners belong to; a team without owners is not among them",
    path="owners",
    changed="",
    fields=(Field("id", "integer", required=True), Field("name")),
)

OWNER_TEAMS = _whole(
    name="owner_teams",
    about="which owner belongs to which team; of those who have left, with `deleted_at`",
    deleted="archivedAt",
    path="owners",
    key=("owner_id", "team_id"),
    changed="",
    fields=(
        Field("owner_id", "integer", required=True),
        Field("team_id", "integer", at="id", required=True),
        Field("is_primary", "boolean", at="primary"),
    ),
    ignore=("name",),
)

PIPELINES = _per_type(
    name="pipelines",
    about="of every object that has pipelines; `object_type` is the name of its table",
    path="pipelines",
    key=("object_type", "id"),
    ignore=("archived", "stages"),
    fields=(
        OBJECT_TYPE,
        Field("id", required=True),
        Field("label"),
        Field("display_order", "integer", at="displayOrder"),
        *STAMPS,
    ),
)

PIPELINE_STAGES = _per_type(
    name="pipeline_stages",
    about="a stage's `id` is what records hold; it is unique within one object only",
    path="pipelines",
    key=("object_type", "id"),
    ignore=("archived",),
    fields=(
        OBJECT_TYPE,
        Field("id", required=True),
        Field("pipeline_id"),
        Field("label"),
        Field("display_order", "integer", at="displayOrder"),
        Field("is_closed", "boolean", at="metadata.isClosed"),
        Field("probability", "decimal", at="metadata.probability"),
        Field("ticket_state", at="metadata.ticketState"),
        *STAMPS,
    ),
)

PROPERTIES = _per_type(
    name="properties",
    about="the account's definitions: labels and types of the columns",
    path="properties",
    key=("object_type", "name"),
    ignore=("archived", "options"),
    fields=(
        OBJECT_TYPE,
        Field("name", required=True),
        Field("label"),
        Field("description"),
        Field("type"),
        Field("field_type", at="fieldType"),
        Field("group_name", at="groupName"),
        Field("calculated", "boolean"),
        Field("hubspot_defined", "boolean", at="hubspotDefined"),
        Field("hidden", "boolean"),
        Field("has_unique_value", "boolean", at="hasUniqueValue"),
        Field("data_sensitivity", at="dataSensitivity"),
        Field("display_order", "integer", at="displayOrder"),
        *STAMPS,
    ),
)

PROPERTY_OPTIONS = _per_type(
    name="property_options",
    about="the choices of a property, so that a label can be joined to the value a record holds",
    path="properties",
    key=("object_type", "property", "value"),
    changed="",
    fields=(
        OBJECT_TYPE,
        Field("property", required=True),
        Field("value", required=True),
        Field("label"),
        Field("description"),
        Field("display_order", "integer", at="displayOrder"),
        Field("hidden", "boolean"),
    ),
)

LISTS = (
    OWNERS,
    TEAMS,
    OWNER_TEAMS,
    PIPELINES,
    PIPELINE_STAGES,
    PROPERTIES,
    PROPERTY_OPTIONS,
)
