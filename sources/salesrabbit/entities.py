"""SalesRabbit's entities as data (the classic API, https://api.salesrabbit.com)."""

from functools import partial

from sources.entity import Entity, Field
from sources.salesrabbit.settings import MOST_ACTIVITIES_PER_PAGE, MOST_PER_PAGE

MODIFIED, STATUS_MODIFIED = "If-Modified-Since", "If-Status-Modified-Since"

STAMPS = (
    Field("created_at", "datetime", at="dateCreated"),
    Field("updated_at", "datetime", at="dateModified"),
)

_entity = partial(Entity, page_size=MOST_PER_PAGE, max_page_size=MOST_PER_PAGE)

LEADS = _entity(
    name="leads",
    about="`custom_fields` has the account's own fields by their labels; a status may be newer than `updated_at`",
    path="leads",
    changed_property=MODIFIED,
    deleted="deletedAt",
    vanishes=True,
    shifting=1,
    fields=(
        Field("id", "integer", required=True),
        Field("user_id", "integer", at="userId"),
        Field("user_name", at="userName"),
        Field("first_name", at="firstName"),
        Field("last_name", at="lastName"),
        Field("business_name", at="businessName"),
        Field("phone_primary", "phone", at="phonePrimary"),
        Field("phone_alternate", "phone", at="phoneAlternate"),
        Field("email", "email"),
        Field("street1"),
        Field("street2"),
        Field("city"),
        Field("state", "state"),
        Field("zip", "zip_code"),
        Field("country"),
        Field("latitude", "decimal"),
        Field("longitude", "decimal"),
        Field("status"),
        Field("status_modified", "datetime", at="statusModified"),
        Field("owner_modified", "datetime", at="ownerModified"),
        Field("notes"),
        Field("campaign_id", at="campaignId"),
        Field("date_of_birth", "date", at="dateOfBirth"),
        Field("appointment", "json"),
        Field("custom_fields", "json", at="customFields"),
        Field("integration_data", "json", at="integrationData"),
        Field("files", "json"),
        *STAMPS,
    ),
)

USERS = _entity(
    name="users",
    about="who has left has `active = false`",
    path="users",
    whole=True,
    fields=(
        Field("id", "integer", required=True),
        Field("first_name", at="firstName"),
        Field("last_name", at="lastName"),
        Field("full_name", at="fullName"),
        Field("email", "email"),
        Field("phone", "phone"),
        Field("active", "boolean"),
        Field("hire_date", "date", at="hireDate"),
        Field("business_unit", at="businessUnit"),
        Field("department"),
        Field("role"),
        Field("office"),
        Field("team"),
        Field("region"),
        Field("org_id", at="orgId"),
        Field("supervisor_id", "integer", at="supervisorId"),
        Field("recruiter_id", "integer", at="recruiterId"),
        Field("cms_id", at="cmsId"),
        Field("lead_rep_cms_id", at="leadRepCmsId"),
        Field("photo_url", "url"),
        Field("external_ids", "json", at="externalIds"),
        *STAMPS,
    ),
)

LEAD_STATUSES = _entity(
    name="lead_statuses",
    about="the statuses a lead may have; `leads.status` holds the name, which may end in blanks",
    path="leadStatuses",
    whole=True,
    changed="",
    fields=(
        Field("id", "integer", required=True),
        Field("name"),
        Field("abbreviation"),
    ),
)

LEAD_STATUS_HISTORIES = _entity(
    name="lead_status_histories",
    about="every status a lead has had and who gave it; `status_active` is true or false of the row, not of the status",
    path="leadStatusHistories",
    # A lead may get the same status again: only the moment tells the visits apart.
    key=("lead_id", "status_id", "status_updated"),
    changed="",
    changed_property=STATUS_MODIFIED,
    asks_by_id=False,
    shifting=1,
    born="status_updated",
    fields=(
        # Beside the rows, not in them: the client puts it there.
        Field("lead_id", "integer", required=True),
        Field("status_id", "integer", at="id", required=True),
        Field("status_updated", "datetime", at="statusUpdated", required=True),
        Field("status_name", at="name"),
        Field("status_abbreviation", at="abbreviation"),
        Field("status_active", "boolean", at="active"),
        Field("changed_by_user_id", "integer", at="changedByUserId"),
        Field("lead_created", "datetime", at="leadCreated"),
        Field("lead_modified", "datetime", at="leadModified"),
    ),
)

_now = partial(Field, volatile=True)

LEAD_STATUS_ACTIVITIES = Entity(
    name="lead_status_activities",
    about="visits with where the visitor stood; `current_lead_…` is what the lead was like when the row was written",
    path="leadStatusActivities",
    page_size=MOST_ACTIVITIES_PER_PAGE,
    max_page_size=MOST_ACTIVITIES_PER_PAGE,
    changed="",
    changed_property=STATUS_MODIFIED,
    asks_by_id=False,
    shifting=1,
    born="disposition_timestamp",
    fields=(
        Field("id", "integer", at="dispositionID", required=True),
        Field("lead_id", "integer", at="dispositionLeadID"),
        Field("lead_stage_id", at="dispositionLeadStageID"),
        Field("status_id", "integer", at="dispositionLeadStatusID"),
        Field("status_name", at="dispositionLeadStatusName"),
        Field("status_abbreviation", at="dispositionLeadStatusAbbreviation"),
        Field("disposition_timestamp", "datetime", at="dispositionTimestamp"),
        Field("disposition_type", at="dispositionType"),
        Field("dispositioner_id", "integer", at="dispositionerID"),
        Field("proximity_in_feet", "decimal", at="dispositionerProximityInFeet"),
        Field("proximity_latitude", "decimal", at="dispositionerProximityLatitude"),
        Field("proximity_longitude", "decimal", at="dispositionerProximityLongitude"),
        Field("proximity_status", at="dispositionerProximityStatus"),
        # Without an offset at the source: UTC.
        Field("on_device_status_created", "datetime", at="currentOnDeviceStatusCreated"),
        Field("on_device_status_modified", "datetime", at="currentOnDeviceStatusModified"),
        _now("current_lead_first_name", at="currentLeadFirstName"),
        _now("current_lead_last_name", at="currentLeadLastName"),
        _now("current_lead_is_active", "boolean", at="currentLeadIsActive"),
        _now("current_lead_latitude", "decimal", at="currentLeadLatitude"),
        _now("current_lead_longitude", "decimal", at="currentLeadLongitude"),
        _now("current_lead_owner_id", "integer", at="currentLeadOwnerID"),
        _now("current_lead_owner_email", "email", at="currentLeadOwnerEmail"),
        _now("current_lead_custom_fields", "json", at="currentLeadCustomFields"),
        _now("current_lead_created", "datetime", at="currentLeadCreated"),
        _now("current_lead_modified", "datetime", at="currentLeadModified"),
    ),
)

ENTITIES = {
    entity.name: entity
    for entity in (LEADS, USERS, LEAD_STATUSES, LEAD_STATUS_HISTORIES, LEAD_STATUS_ACTIVITIES)
}
# What a delta asks for, one after the other: a status may change without its lead's `dateModified`.
FEEDS = {
    LEADS.name: (MODIFIED, STATUS_MODIFIED),
    LEAD_STATUS_HISTORIES.name: (STATUS_MODIFIED,),
    LEAD_STATUS_ACTIVITIES.name: (STATUS_MODIFIED,),
}
