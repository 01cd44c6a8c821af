"""The tables Leap exports: their names, some of which are singular, their columns and what is kept in them."""

from collections.abc import Mapping

STAMPS = {"created_at": "timestamp", "updated_at": "timestamp"}
COMPANY = {"company_id": "text", "company_name": "text"}

TABLES: Mapping[str, Mapping[str, str]] = {
    "customer": {
        "customer_id": "text",
        "estimate_id": "text",
        **COMPANY,
        "customer_first_name": "text",
        "customer_last_name": "text",
        "crm_source": "text",
        "crm_source_id": "text",
        **STAMPS,
    },
    "estimate": {
        "estimate_id": "text",
        **COMPANY,
        "office_id": "text",
        "office_name": "text",
        "sales_rep_id": "text",
        "sales_rep_first_name": "text",
        "sales_rep_last_name": "text",
        "customer_id": "text",
        "customer_first_name": "text",
        "customer_last_name": "text",
        "street_address": "text",
        "city": "text",
        "state": "text",
        "zip_code": "text",
        "sale_amount": "text",
        "is_sale": "boolean",
        "job_type": "text",
        "finance_amount": "text",
        "bank_name": "text",
        "loan_name": "text",
        "down_payment": "text",
        "has_credit_app": "boolean",
        "document_count": "bigint",
        **STAMPS,
    },
    "credit_applications": {
        "leap_credit_app_id": "text",
        **COMPANY,
        "sales_rep_id": "text",
        "customer_id": "text",
        "credit_app_vendor": "text",
        "credit_app_vendor_id": "text",
        "credit_app_amount": "text",
        "credit_app_status": "text",
        "credit_app_note": "text",
        **STAMPS,
    },
    "lead_results": {
        "estimate_id": "text",
        "company_id": "text",
        "lead_results": "text",
        **STAMPS,
    },
    "payments": {
        "payment_id": "text",
        **COMPANY,
        "customer_id": "text",
        "payment_amount": "text",
        "payment_type": "text",
        "payment_description": "text",
        "payment_success": "boolean",
        **STAMPS,
    },
    "user_activity": {
        "created_at": "timestamp",
        "user_id": "text",
        **COMPANY,
        "local_customer_uuid": "text",
        "customer_id": "text",
        "activity_note": "text",
        "key_metric": "text",
        "activity_identifier": "text",
        "price_type": "text",
        "price": "text",
        "original_row_num": "bigint",
    },
}
# What tells the rows of a table apart; user activities are told apart by nothing.
KEYS = {
    "customer": "customer_id",
    "estimate": "estimate_id",
    "credit_applications": "leap_credit_app_id",
    "lead_results": "estimate_id",
    "payments": "payment_id",
}
