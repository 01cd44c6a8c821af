"""What people did, and shall do, as data: https://developers.hubspot.com/docs/api-reference/crm-objects."""

from sources.hubspot.shapes import COMMON, ID, a_younger_object, of_property

# When it happened, or is due; people may set it, so that it is not the moment of creation.
AT = of_property("hs_timestamp", "activity_at", "datetime")

CALLS = a_younger_object(
    name="calls",
    path="calls",
    object_type="0-48",
    fields=(
        ID,
        AT,
        of_property("hs_call_title", "title"),
        of_property("hs_call_body", "body"),
        of_property("hs_call_direction", "direction"),
        of_property("hs_call_status", "status"),
        of_property("hs_call_disposition", "disposition"),
        of_property("hs_call_duration", "duration_ms", "integer"),
        of_property("hs_call_from_number", "from_number", "phone"),
        of_property("hs_call_to_number", "to_number", "phone"),
        *COMMON,
    ),
)

EMAILS = a_younger_object(
    name="emails",
    path="emails",
    object_type="0-49",
    fields=(
        ID,
        AT,
        of_property("hs_email_subject", "subject"),
        of_property("hs_email_text", "body"),
        of_property("hs_email_direction", "direction"),
        of_property("hs_email_status", "status"),
        of_property("hs_email_from_email", "from_email", "email"),
        of_property("hs_email_to_email", "to_email"),
        *COMMON,
    ),
)

MEETINGS = a_younger_object(
    name="meetings",
    path="meetings",
    object_type="0-47",
    fields=(
        ID,
        AT,
        of_property("hs_meeting_title", "title"),
        of_property("hs_meeting_body", "body"),
        of_property("hs_meeting_start_time", "starts_at", "datetime"),
        of_property("hs_meeting_end_time", "ends_at", "datetime"),
        of_property("hs_meeting_location", "location"),
        of_property("hs_meeting_outcome", "outcome"),
        *COMMON,
    ),
)

NOTES = a_younger_object(
    name="notes",
    path="notes",
    object_type="0-46",
    fields=(ID, AT, of_property("hs_note_body", "body"), *COMMON),
)

TASKS = a_younger_object(
    name="tasks",
    path="tasks",
    object_type="0-27",
    fields=(
        ID,
        AT,
        of_property("hs_task_subject", "subject"),
        of_property("hs_task_body", "body"),
        of_property("hs_task_type", "type"),
        of_property("hs_task_status", "status"),
        of_property("hs_task_priority", "priority"),
        of_property("hs_task_completion_date", "completed_at", "datetime"),
        *COMMON,
    ),
)

APPOINTMENTS = a_younger_object(
    name="appointments",
    path="appointments",
    object_type="0-421",
    has_pipelines=True,
    fields=(
        ID,
        of_property("hs_appointment_name", "name"),
        of_property("hs_appointment_start", "starts_at", "datetime"),
        of_property("hs_appointment_end", "ends_at", "datetime"),
        of_property("hs_pipeline", "pipeline"),
        of_property("hs_pipeline_stage", "pipeline_stage"),
        *COMMON,
    ),
)
