"""MarketSharp's tables as data: a customer's own copy, with the columns of MarketSharp's read-only service.

https://support.marketsharp.com/hc/en-us/articles/1500011603421
"""

from datetime import timedelta
from functools import partial

from sources.database.shapes import table
from sources.entity import Entity, Field

# Who fills the copy, and how often, we do not know; and stamps without a zone repeat an hour each autumn.
LOOKBACK = timedelta(days=1)

_table = partial(table, key=("id",), lookback=LOOKBACK, changed_property="lastUpdate")
_flag = partial(Field, kind="boolean")
_moment = partial(Field, kind="datetime")


def _id(name: str, at: str, *, required: bool = False) -> Field:
    return Field(name, "object_id", at=at, required=required)


KEY = Field("id", "object_id", required=True)
ACTIVE = _flag("is_active", at="isActive")
CREATED = _moment("created_at", at="createdDate")
UPDATED = _moment("updated_at", at="lastUpdate")

CONTACTS = _table(
    name="contacts",
    about="customers, leads and prospects",
    path="Contacts",
    fields=(
        KEY,
        _id("company_id", at="companyId"),
        Field("first_name", at="firstName"),
        Field("last_name", at="lastName"),
        Field("middle_initial", at="middleInitial"),
        Field("title"),
        Field("income_code", at="incomeCode"),
        Field("age_code", at="ageCode"),
        Field("structure_age_code", at="structureAgeCode"),
        Field("reference"),
        Field("business_name", at="businessName"),
        _id("contact_phone_id", at="contactPhoneId"),
        _id("primary_address_id", at="primaryAddressId"),
        *(Field(f"website{number}", "url") for number in (1, 2, 3)),
        *(Field(f"email{number}", "email") for number in (1, 2, 3)),
        _flag("is_tagged", at="isTagged"),
        Field("structure_value_code", at="structureValueCode"),
        _flag("do_not_mail", at="doNotMail"),
        Field("year_home_built", at="yearHomeBuilt"),
        Field("marital_status", at="maritalStatus"),
        Field("length_of_residence", at="lengthOfResidence"),
        Field("style_of_home", at="styleOfHome"),
        Field("mail_merge_name", at="mailMergeName"),
        Field("source"),
        _moment("creation_date", at="creationDate"),
        _moment("qb_sync_date", at="qbSyncDate"),
        Field("qb_id", at="qbId"),
        Field("qb_edit_sequence", at="qbEditSequence"),
        Field("qb_sync_data", at="qbSyncData"),
        Field("qb_name", at="qbName"),
        ACTIVE,
        _flag("has_dnc_phone", at="hasDncPhone"),
        _flag("has_dne_email", at="hasDneEmail"),
        CREATED,
        UPDATED,
    ),
)

APPOINTMENTS = _table(
    name="appointments",
    about="visits that were set, with what they came to",
    path="Appointments",
    fields=(
        KEY,
        _id("inquiry_id", at="inquiryId"),
        _id("salesperson1_id", at="salesperson1Id"),
        _id("salesperson2_id", at="salesperson2Id"),
        _id("set_by_id", at="setById"),
        _id("result_id", at="resultId"),
        Field("last_update_by", at="lastUpdateBy"),
        Field("created_by", at="createdBy"),
        _moment("appointment_date", at="appointmentDate"),
        _moment("set_date", at="setDate"),
        _moment("issued_date", at="issuedDate"),
        Field("note"),
        Field("subject"),
        Field("type"),
        Field("result_reason", at="resultReason"),
        ACTIVE,
        CREATED,
        UPDATED,
    ),
)

JOBS = _table(
    name="jobs",
    about="what was sold and where it is done",
    path="Jobs",
    fields=(
        KEY,
        _id("contact_id", at="contactId"),
        _id("inquiry_id", at="inquiryId"),
        Field("site"),
        Field("number"),
        Field("name"),
        Field("description"),
        Field("type"),
        Field("status"),
        Field("address_line1", at="addressLine1"),
        Field("address_line2", at="addressLine2"),
        Field("city"),
        Field("state", "state"),
        Field("zip", "zip_code"),
        Field("structure_value_code", at="structureValueCode"),
        Field("note"),
        _moment("start_date", at="startDate"),
        _moment("sale_date", at="saleDate"),
        _moment("completed_date", at="completedDate"),
        _id("appointment_id", at="appointmentId"),
        Field("exported_to_guild_quality", at="exportedToGuildQuality"),
        ACTIVE,
        CREATED,
        UPDATED,
    ),
)

ACTIVITIES = _table(
    name="activities",
    about="tasks and what was done about a contact; here the member is called `lastUpdatedBy`",
    path="Activities",
    fields=(
        KEY,
        _id("contact_id", at="contactId"),
        Field("name"),
        Field("type"),
        _moment("completed_date", at="completedDate"),
        _moment("due_date", at="dueDate"),
        Field("reminder_minutes", "integer", at="reminderMinutes"),
        Field("notes"),
        _id("appointment_id", at="appointmentId"),
        _id("assign_to_employee_id", at="assignToEmployeeId"),
        _id("scheduled_by_employee_id", at="scheduledByEmployeeId"),
        _flag("reminder_dismissed", at="reminderDismissed"),
        ACTIVE,
        Field("last_updated_by", at="lastUpdatedBy"),
        Field("created_by", at="createdBy"),
        _id("inquiry_id", at="inquiryId"),
        Field("activity_result_id", "integer", at="activityResultId"),
        Field("activity_reference_id", "integer", at="activityReferenceId"),
        CREATED,
        UPDATED,
    ),
)

INQUIRIES = _table(
    name="inquiries",
    about="how a contact came, and who brought them",
    path="Inquiries",
    fields=(
        KEY,
        _id("contact_id", at="contactId"),
        Field("description"),
        _id("inquiry_source_primary_id", at="inquirySourcePrimaryId"),
        _id("inquiry_source_secondary_id", at="inquirySourceSecondaryId"),
        _moment("creation_date", at="creationDate"),
        _moment("inquiry_date", at="inquiryDate"),
        _moment("set_date", at="setDate"),
        Field("note"),
        _id("promoter_id", at="promoterId"),
        _id("canvasser_id", at="canvasserId"),
        _id("telemarketer_id", at="telemarketerId"),
        ACTIVE,
        _id("set_by_id", at="setById"),
        Field("division"),
        Field("inquiry_status_id", "integer", at="inquiryStatusId"),
        Field("last_update_by", at="lastUpdateBy"),
        Field("created_by", at="createdBy"),
        CREATED,
        UPDATED,
    ),
)

ADDRESSES = _table(
    name="addresses",
    about="where contacts live; nothing says when one changed",
    path="Addresses",
    changed="",
    changed_property="",
    whole=True,
    fields=(
        KEY,
        _id("contact_id", at="contactId"),
        Field("line1"),
        Field("line2"),
        Field("city"),
        Field("state", "state"),
        Field("county"),
        Field("zip", "zip_code"),
        Field("country"),
        Field("carrier_route", at="carrierRoute"),
        Field("cass"),
        Field("latitude", "decimal"),
        Field("longitude", "decimal"),
        Field("zip4"),
        Field("dpbc2"),
        Field("bar_code", at="barCode"),
        ACTIVE,
    ),
)

PRODUCTS = _table(
    name="products",
    about="the products an inquiry is about, as MarketSharp's `ProductInterests`",
    path="ProductInterests",
    fields=(
        KEY,
        _id("inquiry_id", at="inquiryId"),
        _id("product_type_id", at="productTypeId"),
        _id("product_detail_id", at="productDetailId"),
        Field("price_quoted", "decimal", at="priceQuoted"),
        ACTIVE,
        UPDATED,
    ),
)

ENTITIES: dict[str, Entity] = {
    entity.name: entity
    for entity in (
        CONTACTS,
        APPOINTMENTS,
        JOBS,
        ACTIVITIES,
        INQUIRIES,
        ADDRESSES,
        PRODUCTS,
    )
}
