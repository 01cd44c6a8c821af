"""The properties of people and firms, one a line: name, type, field type, flags, options."""

CONTACTS = """
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
lifecyclestage enumeration radio subscriber|lead=Sales_lead|opportunity|customer|evangelist
hs_lead_status enumeration radio NEW|OPEN|IN_PROGRESS|UNQUALIFIED|CONNECTED
hs_email_domain string text read_only
hs_email_optout bool booleancheckbox
hs_is_unworked bool booleancheckbox calculated
hs_analytics_num_page_views number number read_only
hs_analytics_first_timestamp datetime date read_only
hs_latest_source_timestamp datetime date read_only
hs_timezone enumeration select us_slash_eastern=US/Eastern|us_slash_central=US/Central|us_slash_pacific=US/Pacific
num_associated_deals number number calculated
total_revenue number number calculated
hs_predictivecontactscore_v2 number number calculated
hs_full_name_or_email string calculation_equation calculated
first_deal_created_date datetime date calculated
"""

CONTACTS_CUSTOM = """
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

COMPANIES = """
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

COMPANIES_CUSTOM = """
account_tier enumeration select gold|silver|bronze
contract_value number number
contract_signed_on date date
last_visit_at datetime date
service_areas enumeration checkbox north|south|east|west
tax_number string text sensitive
"""
