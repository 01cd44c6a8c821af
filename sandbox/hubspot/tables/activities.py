"""The properties of what was said and done, one a line: name, type, field type, flags, options."""

# What calls, emails, meetings, notes and tasks have in common.
ACTIVITIES = """
hs_timestamp datetime date
hs_activity_type enumeration select Demo|Site_visit=Site_visit|Follow_up=Follow_up
hs_attachment_ids string text
hs_at_mentioned_owner_ids enumeration checkbox read_only
hs_body_preview string text read_only
hs_body_preview_html string html read_only
hs_body_preview_is_truncated bool booleancheckbox read_only
hs_engagement_source string text read_only
hs_engagement_source_id string text read_only
hs_gdpr_deleted bool booleancheckbox read_only
hs_modified_by number number read_only
"""

# The dispositions are the vendor's own, the same in every account.
CALLS = """
hs_call_title string text
hs_call_body string html
hs_call_direction enumeration select INBOUND|OUTBOUND
hs_call_duration number number
hs_call_disposition enumeration select f240bbac-87c9-4f6e-bf70-924b57d47db7=Connected|73a0d17f-1163-4015-bdd5-ec830791da20=No_answer|b2cf5968-551e-4856-9783-52b3da59a7d0=Left_voicemail
hs_call_status enumeration select BUSY|CANCELED|COMPLETED|FAILED|IN_PROGRESS|NO_ANSWER|QUEUED|RINGING
hs_call_from_number string text
hs_call_to_number string text
hs_call_recording_url string text
hs_call_has_transcript bool booleancheckbox read_only
hs_call_summary string textarea
hs_call_source enumeration select read_only INTEGRATIONS_PLATFORM|MOBILE_APP|ZOOM
hs_call_callee_object_id number number
hs_call_callee_object_type_id string text
hs_call_app_id number number
hs_call_deal_stage_during_call string text calculated
"""

CALLS_CUSTOM = """
urgent bool booleancheckbox
topics enumeration checkbox price|appointment|damage|warranty
call_back_on date date
"""

EMAILS = """
hs_email_subject string text
hs_email_text string textarea
hs_email_html string html
hs_email_direction enumeration select EMAIL=Outgoing|INCOMING_EMAIL=Incoming|FORWARDED_EMAIL=Forwarded
hs_email_status enumeration select BOUNCED|FAILED|SCHEDULED|SENDING|SENT
hs_email_from_email string text read_only
hs_email_from_firstname string text read_only
hs_email_from_lastname string text read_only
hs_email_to_email string text read_only
hs_email_to_firstname string text read_only
hs_email_to_lastname string text read_only
hs_email_cc_email string text read_only
hs_email_bcc_email string text read_only
hs_email_headers string textarea
hs_email_message_id string text read_only
hs_email_thread_id string text read_only
hs_email_open_count number number calculated
hs_email_click_count number number calculated
hs_email_reply_count number number calculated
hs_email_open_rate number number calculated
"""

EMAILS_CUSTOM = """
answered_by_template bool booleancheckbox
mood enumeration select friendly|neutral|angry
"""

MEETINGS = """
hs_meeting_title string text
hs_meeting_body string html
hs_meeting_start_time datetime date
hs_meeting_end_time datetime date
hs_meeting_outcome enumeration select SCHEDULED|COMPLETED|RESCHEDULED|NO_SHOW|CANCELED
hs_meeting_location string text
hs_meeting_location_type enumeration select PHONE|ADDRESS|CUSTOM
hs_meeting_external_url string text
hs_internal_meeting_notes string html
hs_meeting_source enumeration select read_only CRM_UI=CRM|MEETINGS_PUBLIC=Meetings_page|INTEGRATION
hs_meeting_source_id string text read_only
hs_meeting_created_from_link_id string text read_only
hs_meeting_web_conference_meeting_id string text
hs_attendee_owner_ids enumeration checkbox
hs_i_cal_uid string text
hs_timezone enumeration select us_slash_eastern=US/Eastern|us_slash_central=US/Central
hs_time_to_book_meeting_from_first_contact number number calculated
"""

MEETINGS_CUSTOM = """
on_site bool booleancheckbox
ladder_needed bool booleancheckbox
topics enumeration checkbox price|colour|schedule
"""

NOTES = """
hs_note_body string html
hs_queue_membership_ids enumeration checkbox
"""

NOTES_CUSTOM = """
confidential bool booleancheckbox
remind_on date date
"""

TASKS = """
hs_task_subject string text
hs_task_body string html
hs_task_status enumeration select COMPLETED|DEFERRED|IN_PROGRESS|NOT_STARTED|WAITING
hs_task_priority enumeration select NONE|LOW|MEDIUM|HIGH
hs_task_type enumeration select CALL|EMAIL|TODO=To-do
hs_task_completion_date datetime date read_only
hs_task_reminders string text
hs_task_is_all_day bool booleancheckbox
hs_task_is_completed number calculation_equation calculated
hs_task_is_past_due_date bool calculation_equation calculated
hs_task_missed_due_date bool calculation_equation calculated
hs_task_completion_count number number calculated
hs_task_contact_timezone string text
hs_task_family enumeration select SALES|SERVICE
hs_task_for_object_type string text
hs_task_repeat_interval string text
"""

TASKS_CUSTOM = """
tools enumeration checkbox ladder|drone|camera
estimated_minutes number number
"""
