"""The properties of tickets and appointments, one a line: name, type, field type, flags, options."""

TICKETS = """
subject string text
content string textarea
hs_pipeline enumeration select external
hs_pipeline_stage enumeration radio external
hs_ticket_priority enumeration select LOW|MEDIUM|HIGH|URGENT
hs_ticket_category enumeration checkbox PRODUCT_ISSUE|BILLING_ISSUE|FEATURE_REQUEST|OTHER=Something_else
hs_ticket_id number number read_only
source_type enumeration select CHAT|EMAIL|FORM|PHONE
created_by number number
closed_date datetime date
first_agent_reply_date datetime date
last_reply_date datetime date
time_to_close number calculation_equation calculated
time_to_first_agent_reply number calculation_equation calculated
hs_time_in_1 number calculation_equation calculated
hs_date_entered_1 datetime calculation_read_time calculated
hs_resolution enumeration checkbox ISSUE_FIXED|NO_ACTION_REQUIRED|DUPLICATE
hs_lastcontacted datetime date read_only
hs_lastactivitydate datetime date read_only
hs_nextactivitydate datetime date read_only
hs_num_times_contacted number number calculated
hs_num_associated_companies number number calculated
num_notes number number read_only
notes_last_contacted datetime date read_only
"""

TICKETS_CUSTOM = """
damage_kinds enumeration checkbox leak|loose_tile|gutter|storm
under_warranty bool booleancheckbox
repair_cost number number
visit_on date date
policy_number string text sensitive
"""

APPOINTMENTS = """
hs_appointment_name string text
hs_appointment_start datetime date
hs_appointment_end datetime date
hs_pipeline enumeration select external
hs_pipeline_stage enumeration radio external
hs_appointment_status enumeration select SCHEDULED|COMPLETED|NO_SHOW|CANCELED
hs_appointment_type enumeration select INSPECTION|MEASUREMENT|INSTALLATION
hs_duration number calculation_equation calculated
hs_address string text
hs_city string text
hs_state string text
hs_zip string text
hs_notes string html
hs_lastactivitydate datetime date read_only
hs_num_associated_contacts number number calculated
"""

APPOINTMENTS_CUSTOM = """
crew_size number number
gate_code string text sensitive
equipment enumeration checkbox ladder|drone|lift
rain_date date date
"""
