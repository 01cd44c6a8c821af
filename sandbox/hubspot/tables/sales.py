"""The properties of what is sold, one a line: name, type, field type, flags, options."""

DEALS = """
hs_lastmodifieddate datetime date read_only
dealname string text
amount number number
closedate datetime date
pipeline enumeration select external
dealstage enumeration radio external
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

DEALS_CUSTOM = """
roof_area number number
install_on date date
inspected_at datetime date
financing bool booleancheckbox
materials enumeration checkbox shingle|metal|tile|slate
permit_number string text unique
internal_margin number number sensitive
"""

LEADS = """
hs_lead_name string text
hs_lead_type enumeration select NEW_BUSINESS|RE_ATTEMPTING=Re-attempting|UPSELL
hs_lead_label enumeration select WARM|HOT|COLD
hs_pipeline enumeration select external
hs_pipeline_stage enumeration radio external
hs_pipeline_stage_category enumeration select read_only NEW|IN_PROGRESS|QUALIFIED|UNQUALIFIED
hs_lead_source enumeration select read_only ORGANIC_SEARCH|PAID_SEARCH|REFERRALS|OFFLINE
hs_lead_source_drill_down_1 string text read_only
hs_lead_disqualification_reason enumeration select NO_BUDGET|NO_RESPONSE|NOT_A_FIT|OTHER
hs_lead_disqualification_note string textarea
hs_lead_name_calculated string calculation_equation calculated
hs_lead_associated_contact_email string calculation_equation calculated
hs_lead_associated_contact_lifecycle_stage string calculation_equation calculated
hs_lead_is_open bool calculation_equation calculated
hs_lead_converted_at datetime date read_only
hs_lead_last_activity_date datetime date read_only
hs_lead_next_activity_date datetime date read_only
hs_lead_time_to_first_touch number number calculated
"""

LEADS_CUSTOM = """
roof_kind enumeration select pitched|flat|mansard
estimated_value number number
heard_at_fair bool booleancheckbox
call_back_on date date
"""

PRODUCTS = """
name string text
price number number
description string textarea
hs_sku string text
hs_cost_of_goods_sold number number
hs_recurring_billing_period string text
recurringbillingfrequency enumeration select weekly|monthly|quarterly|annually
hs_product_type enumeration select inventory=Inventory|non_inventory=Non-inventory|service=Service
hs_product_classification enumeration select standalone|bundle
hs_pricing_model enumeration select flat|volume|graduated
hs_status enumeration select active|inactive
hs_price_usd number number
hs_price_eur number number
hs_discount_percentage number number
discount number number
tax number number
hs_url string text
hs_images string text
hs_folder_id number number
hs_folder_name string text read_only
hs_num_line_items number number calculated
"""

PRODUCTS_CUSTOM = """
material enumeration select shingle|metal|tile|slate
colours enumeration checkbox red|grey|black|brown
warranty_years number number
in_stock bool booleancheckbox
"""

LINE_ITEMS = """
name string text
price number number
quantity number number
amount number calculation_equation calculated
discount number number
hs_discount_percentage number number
hs_product_id number number
hs_sku string text
hs_line_item_currency_code enumeration select USD|EUR|GBP
description string textarea
hs_cost_of_goods_sold number number
hs_recurring_billing_period string text
hs_recurring_billing_start_date date date
hs_recurring_billing_end_date date calculation_equation calculated
recurringbillingfrequency enumeration select weekly|monthly|quarterly|annually
hs_term_in_months number calculation_equation calculated
hs_position_on_quote number number
hs_pre_discount_amount number calculation_equation calculated
hs_total_discount number calculation_equation calculated
hs_margin number calculation_equation calculated
hs_acv number calculation_equation calculated
hs_arr number calculation_equation calculated
hs_mrr number calculation_equation calculated
hs_tcv number calculation_equation calculated
tax number number
"""

LINE_ITEMS_CUSTOM = """
roof_side enumeration select north|south|east|west
cut_to_size bool booleancheckbox
deliver_on date date
"""

QUOTES = """
hs_title string text
hs_status enumeration select DRAFT|APPROVAL_NOT_NEEDED|PENDING_APPROVAL|APPROVED|REJECTED
hs_expiration_date datetime date
hs_quote_amount number calculation_equation calculated
hs_currency enumeration select USD|EUR|GBP
hs_quote_number string text
hs_quote_link string text read_only
hs_pdf_download_link string text read_only
hs_slug string text
hs_domain string text
hs_language enumeration select en=English|de=German|es=Spanish|fr=French
hs_locale string text
hs_terms string html
hs_comments string html
hs_sender_email string text
hs_sender_firstname string text
hs_sender_lastname string text
hs_sender_company_name string text
hs_esign_enabled bool booleancheckbox
hs_esign_num_signers_required number number calculated
hs_esign_num_signers_completed number number calculated
hs_sign_status enumeration select read_only PENDING_SIGNATURE|ESIGN_COMPLETED|VOID
hs_payment_enabled bool booleancheckbox
hs_payment_status enumeration select read_only PENDING|PROCESSING|PAID
hs_payment_date datetime date read_only
hs_last_published_date datetime date read_only
hs_template_type enumeration select CUSTOMIZABLE_QUOTE_TEMPLATE|LEGACY_QUOTE
hs_locked bool booleancheckbox read_only
"""

QUOTES_CUSTOM = """
includes_scaffolding bool booleancheckbox
payment_plan enumeration select all_at_once|thirds|monthly
start_by date date
"""
