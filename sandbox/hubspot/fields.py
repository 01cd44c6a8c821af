"""The account's properties, one line each: name, type, field type, flags, options."""

from sandbox.hubspot.properties import Property, parse_table

_EVERY_TYPE = """
hs_object_id number number read_only unique
createdate datetime date read_only
hs_merged_object_ids enumeration checkbox read_only
hubspot_owner_id enumeration select
hs_object_source string text read_only hidden
hs_created_by_user_id number number read_only
hs_updated_by_user_id number number read_only
hs_was_imported bool booleancheckbox read_only
num_notes number number read_only
notes_last_contacted datetime date read_only
notes_last_updated datetime date read_only
hs_analytics_source enumeration select ORGANIC_SEARCH|PAID_SEARCH|REFERRALS|DIRECT_TRAFFIC|OFFLINE
"""

_CONTACTS = """
lastmodifieddate datetime date read_only
firstname string text
lastname string text
email string text unique
phone string phonenumber
mobilephone string phonenumber
company string text
jobtitle string text
address string text
city string text
state string text
zip string text
country string text
website string text
industry string text
message string textarea
annualrevenue string text
lifecyclestage enumeration radio subscriber|lead|opportunity|customer|evangelist
hs_lead_status enumeration radio NEW|OPEN|IN_PROGRESS|UNQUALIFIED|CONNECTED
hs_email_domain string text read_only
hs_email_optout bool booleancheckbox
hs_is_unworked bool booleancheckbox calculated
hs_analytics_num_page_views number number read_only
hs_analytics_first_timestamp datetime date read_only
hs_latest_source_timestamp datetime date read_only
hs_timezone enumeration select us_slash_eastern|us_slash_central|us_slash_pacific
num_associated_deals number number calculated
total_revenue number number calculated
hs_predictivecontactscore_v2 number number calculated
hs_full_name_or_email string calculation_equation calculated
first_deal_created_date datetime date calculated
"""

_CONTACTS_CUSTOM = """
favorite_color enumeration select red|green|blue|yellow|Dark_Violet
lifetime_value number number
newsletter bool booleancheckbox
birthday date date
last_demo_at datetime date
imported_at datetime date
interests enumeration checkbox roofing|siding|windows|gutters|solar
notes_html string html
referral_code string text unique
ssn string text sensitive
medical_note string textarea highly_sensitive
old_score number number archived
"""

_COMPANIES = """
hs_lastmodifieddate datetime date read_only
name string text
domain string text
website string text
phone string phonenumber
description string textarea
address string text
address2 string text
city string text
state string text
zip string text
country string text
industry enumeration select CONSTRUCTION|FINANCIAL_SERVICES|RETAIL|COMPUTER_SOFTWARE
type enumeration select PROSPECT|PARTNER|RESELLER|VENDOR|OTHER
founded_year string text
numberofemployees number number
annualrevenue number number
is_public bool booleancheckbox
lifecyclestage enumeration radio subscriber|lead|opportunity|customer|evangelist
timezone string text
hs_analytics_num_page_views number number read_only
hs_num_open_deals number number calculated
num_associated_contacts number number calculated
num_associated_deals number number calculated
total_revenue number number calculated
recent_deal_amount number number calculated
days_to_close number number calculated
first_deal_created_date datetime date calculated
"""

_COMPANIES_CUSTOM = """
account_tier enumeration select gold|silver|bronze
contract_value number number
contract_signed_on date date
last_visit_at datetime date
service_areas enumeration checkbox north|south|east|west
tax_number string text sensitive
"""

_DEALS = """
hs_lastmodifieddate datetime date read_only
dealname string text
amount number number
closedate datetime date
pipeline enumeration select default|renewals
dealstage enumeration radio appointmentscheduled|qualifiedtobuy|contractsent|closedwon|closedlost
dealtype enumeration radio newbusiness|existingbusiness
description string textarea
deal_currency_code enumeration select USD|EUR|GBP
closed_lost_reason string textarea
closed_won_reason string textarea
hs_priority enumeration select low|medium|high
hs_is_closed bool calculation_equation calculated
hs_is_closed_won bool calculation_equation calculated
hs_deal_stage_probability number number calculated
hs_projected_amount number calculation_equation calculated
hs_acv number number
hs_arr number number
hs_mrr number number
hs_tcv number number
hs_next_step string text
hs_forecast_amount number number calculated
num_associated_contacts number number calculated
days_to_close number calculation_equation calculated
amount_in_home_currency number calculation_equation calculated
"""

_DEALS_CUSTOM = """
roof_area number number
install_on date date
inspected_at datetime date
financing bool booleancheckbox
materials enumeration checkbox shingle|metal|tile|slate
permit_number string text unique
internal_margin number number sensitive
"""

PROPERTIES: dict[str, tuple[Property, ...]] = {
    name: parse_table(_EVERY_TYPE) + parse_table(own) + parse_table(custom, custom=True)
    for name, own, custom in (
        ("contacts", _CONTACTS, _CONTACTS_CUSTOM),
        ("companies", _COMPANIES, _COMPANIES_CUSTOM),
        ("deals", _DEALS, _DEALS_CUSTOM),
    )
}
