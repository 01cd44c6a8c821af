"""What Pipedrive only gives whole: users, pipelines, the small lists, and what records are made of.

https://developers.pipedrive.com/docs/api/v1/Users, https://developers.pipedrive.com/docs/api/v1/DealFields.
"""

from collections.abc import Mapping

from sources.entity import Field
from sources.pipedrive.shapes import DELETED, ID, STAMPS, VISIBLE_TO, a_list, flag, number

USERS = a_list(
    name="users",
    about="`owner_id` of a record is a user's `id`; those who were deactivated have `deleted_at`",
    path="v1/users",
    deleted=DELETED,
    ignore=("is_deleted", "is_you"),
    fields=(
        ID,
        Field("name"),
        Field("email", "email"),
        flag("active_flag"),
        flag("is_admin"),
        number("role_id"),
        Field("phone", "phone"),
        Field("default_currency"),
        Field("locale"),
        number("lang"),
        Field("timezone_name"),
        Field("timezone_offset"),
        Field("icon_url"),
        Field("access", "json"),
        Field("last_login", "datetime", volatile=True),
        Field("created_at", "datetime", at="created"),
        Field("updated_at", "datetime", at="modified"),
    ),
)

PIPELINES = a_list(
    name="pipelines",
    path="v2/pipelines",
    deleted=DELETED,
    ignore=("is_deleted",),
    fields=(
        ID,
        Field("name"),
        number("order_nr"),
        flag("is_deal_probability_enabled"),
        *STAMPS,
    ),
)

STAGES = a_list(
    name="stages",
    path="v2/stages",
    deleted=DELETED,
    ignore=("is_deleted",),
    fields=(
        ID,
        number("pipeline_id"),
        Field("name"),
        number("order_nr"),
        number("deal_probability"),
        flag("is_deal_rot_enabled"),
        number("days_to_rotten"),
        *STAMPS,
    ),
)

ACTIVITY_TYPES = a_list(
    name="activity_types",
    about="`type` of an activity is a type's `key_string`",
    path="v1/activityTypes",
    deleted=DELETED,
    fields=(
        ID,
        Field("name"),
        Field("key_string"),
        Field("icon_key"),
        Field("color"),
        number("order_nr"),
        flag("is_custom_flag"),
        flag("active_flag"),
        *STAMPS,
    ),
)

LEAD_LABELS = a_list(
    name="lead_labels",
    about="`label_ids` of a lead are these",
    path="v1/leadLabels",
    fields=(Field("id", required=True), Field("name"), Field("color"), *STAMPS),
)

CURRENCIES = a_list(
    name="currencies",
    path="v1/currencies",
    changed="",
    fields=(
        ID,
        Field("code"),
        Field("name"),
        Field("symbol"),
        number("decimal_points"),
        flag("active_flag"),
        flag("is_custom_flag"),
    ),
)

FILTERS = a_list(
    name="filters",
    path="v1/filters",
    deleted=DELETED,
    fields=(
        ID,
        Field("name"),
        Field("type"),
        Field("filter_code"),
        number("user_id"),
        VISIBLE_TO,
        flag("is_editable"),
        flag("active_flag"),
        flag("temporary_flag"),
        number("custom_view_id"),
        Field("last_used_time", "datetime", volatile=True),
        *STAMPS,
    ),
)

# Where each entity's definitions are; leads have the custom fields of deals.
DEFINITIONS: Mapping[str, str] = {
    "deals": "v2/dealFields",
    "persons": "v2/personFields",
    "organizations": "v2/organizationFields",
    "products": "v2/productFields",
    "activities": "v2/activityFields",
    "leads": "v1/leadFields",
    "notes": "v1/noteFields",
}
_ENTITY = Field("entity", required=True)
_CODE = Field("field_code", required=True)

FIELDS = a_list(
    name="fields",
    about="what records are made of, in the words of the account; a custom field goes by its hash",
    path="fields",
    key=("entity", "field_code"),
    changed="",
    group="entity",
    ignore=("options",),
    fields=(
        _ENTITY,
        _CODE,
        Field("field_name"),
        Field("field_type"),
        Field("description"),
        flag("is_custom_field"),
        flag("is_optional_response_field"),
    ),
)

FIELD_OPTIONS = a_list(
    name="field_options",
    about="the choices of a field, so that a label can be joined to the id a record holds",
    path="fields",
    key=("entity", "field_code", "option_id"),
    changed="",
    group="entity",
    fields=(
        _ENTITY,
        _CODE,
        Field("option_id", at="id", required=True),
        Field("label"),
        Field("color"),
        number("position"),
    ),
)

LISTS = (
    USERS,
    PIPELINES,
    STAGES,
    ACTIVITY_TYPES,
    LEAD_LABELS,
    CURRENCIES,
    FILTERS,
    FIELDS,
    FIELD_OPTIONS,
)
