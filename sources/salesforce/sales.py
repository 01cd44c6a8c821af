"""What is sold to them, and at which price, as data."""

import polars as pl

from sources.entity import Rule
from sources.salesforce.shapes import ID, NAME, OWNER, STAMPS, an_object, of

OPPORTUNITIES = an_object(
    name="opportunities",
    path="Opportunity",
    fields=(
        ID,
        of("AccountId", "account_id"),
        NAME,
        of("StageName", "stage_name"),
        of("Amount", "amount", "decimal"),
        of("CurrencyIsoCode", "currency_code"),
        of("Probability", "probability", "decimal"),
        of("ExpectedRevenue", "expected_revenue", "decimal"),
        of("TotalOpportunityQuantity", "total_quantity", "decimal"),
        of("CloseDate", "close_date", "date"),
        of("Type", "type"),
        of("NextStep", "next_step"),
        of("LeadSource", "lead_source"),
        of("IsClosed", "is_closed", "boolean"),
        of("IsWon", "is_won", "boolean"),
        of("ForecastCategory", "forecast_category"),
        of("FiscalYear", "fiscal_year", "integer"),
        of("FiscalQuarter", "fiscal_quarter", "integer"),
        of("CampaignId", "campaign_id"),
        of("Pricebook2Id", "pricebook_id"),
        of("Description", "description"),
        of("LastStageChangeDate", "last_stage_change_at", "datetime"),
        of("LastActivityDate", "last_activity_on", "date"),
        OWNER,
        *STAMPS,
    ),
    rules=(
        Rule(
            "Deal close date is before create date",
            ("close_date", "created_at"),
            lambda: pl.col("close_date") < pl.col("created_at").dt.date(),
        ),
    ),
)

LINE_ITEMS = an_object(
    name="opportunity_line_items",
    path="OpportunityLineItem",
    fields=(
        ID,
        of("OpportunityId", "opportunity_id"),
        of("PricebookEntryId", "pricebook_entry_id"),
        of("Product2Id", "product_id"),
        of("ProductCode", "product_code"),
        NAME,
        of("Quantity", "quantity", "decimal"),
        of("UnitPrice", "unit_price", "decimal"),
        of("ListPrice", "list_price", "decimal"),
        of("Discount", "discount", "decimal"),
        of("Subtotal", "subtotal", "decimal"),
        of("TotalPrice", "total_price", "decimal"),
        of("CurrencyIsoCode", "currency_code"),
        of("ServiceDate", "service_on", "date"),
        of("SortOrder", "sort_order", "integer"),
        of("Description", "description"),
        *STAMPS,
    ),
)

CONTACT_ROLES = an_object(
    name="opportunity_contact_roles",
    path="OpportunityContactRole",
    fields=(
        ID,
        of("OpportunityId", "opportunity_id"),
        of("ContactId", "contact_id"),
        of("Role", "role"),
        of("IsPrimary", "is_primary", "boolean"),
        *STAMPS,
    ),
)

PRODUCTS = an_object(
    name="products",
    path="Product2",
    fields=(
        ID,
        NAME,
        of("ProductCode", "product_code"),
        of("StockKeepingUnit", "sku"),
        of("Family", "family"),
        of("IsActive", "is_active", "boolean"),
        of("QuantityUnitOfMeasure", "unit"),
        of("DisplayUrl", "display_url", "url"),
        of("Description", "description"),
        *STAMPS,
    ),
)

PRICEBOOKS = an_object(
    name="pricebooks",
    path="Pricebook2",
    fields=(
        ID,
        NAME,
        of("IsActive", "is_active", "boolean"),
        of("IsStandard", "is_standard", "boolean"),
        of("Description", "description"),
        *STAMPS,
    ),
)

PRICEBOOK_ENTRIES = an_object(
    name="pricebook_entries",
    path="PricebookEntry",
    about="what a product costs in a price book",
    fields=(
        ID,
        NAME,
        of("Pricebook2Id", "pricebook_id"),
        of("Product2Id", "product_id"),
        of("ProductCode", "product_code"),
        of("UnitPrice", "unit_price", "decimal"),
        of("CurrencyIsoCode", "currency_code"),
        of("IsActive", "is_active", "boolean"),
        of("UseStandardPrice", "use_standard_price", "boolean"),
        *STAMPS,
    ),
)
