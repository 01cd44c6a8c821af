"""HubSpot's commerce objects as data: https://developers.hubspot.com/docs/api-reference/crm-objects."""

from sources.hubspot.shapes import COMMON, ID, a_younger_object, an_object, of_property

PRODUCTS = an_object(
    name="products",
    path="products",
    object_type="0-7",
    fields=(
        ID,
        of_property("name"),
        of_property("hs_sku", "sku"),
        of_property("description"),
        of_property("price", kind="decimal"),
        of_property("hs_cost_of_goods_sold", "unit_cost", "decimal"),
        of_property("hs_recurring_billing_period", "billing_period"),
        *COMMON,
    ),
)

LINE_ITEMS = an_object(
    name="line_items",
    path="line_items",
    object_type="0-8",
    fields=(
        ID,
        of_property("name"),
        of_property("hs_product_id", "product_id", "integer"),
        of_property("hs_sku", "sku"),
        of_property("price", kind="decimal"),
        of_property("quantity", kind="decimal"),
        of_property("discount", kind="decimal"),
        of_property("amount", kind="decimal"),
        of_property("hs_line_item_currency_code", "currency_code"),
        *COMMON,
    ),
)

QUOTES = a_younger_object(
    name="quotes",
    path="quotes",
    object_type="0-14",
    fields=(
        ID,
        of_property("hs_title", "title"),
        of_property("hs_quote_number", "quote_number"),
        of_property("hs_status", "status"),
        of_property("hs_quote_amount", "amount", "decimal"),
        of_property("hs_currency", "currency_code"),
        of_property("hs_expiration_date", "expires_at", "datetime"),
        *COMMON,
    ),
)
