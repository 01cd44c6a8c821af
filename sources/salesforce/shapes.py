"""What Salesforce's objects have in common.

https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta/object_reference
"""

from functools import partial

from sources.entity import Entity, Field

DELETED = "IsDeleted"
URL = "url"  # no field of Salesforce's: where people find the record
LARGEST_PAGE = 2000

ID = Field("id", at="Id", required=True)
NAME = Field("name", at="Name")
OWNER = Field("owner_id", at="OwnerId")
# Of a record that was merged into another, the id of that one.
MASTER = Field("master_record_id", at="MasterRecordId")
STAMPS = (
    Field("created_by_id", at="CreatedById"),
    Field("last_modified_at", "datetime", at="LastModifiedDate"),
    Field("last_modified_by_id", at="LastModifiedById"),
    Field("crm_url", "url", at=URL),
    Field("created_at", "datetime", at="CreatedDate"),
    Field("updated_at", "datetime", at="SystemModstamp"),
)

an_object = partial(
    Entity,
    deleted=DELETED,
    changed_property="SystemModstamp",
    created_property="CreatedDate",
    page_size=LARGEST_PAGE,
    max_page_size=LARGEST_PAGE,
    record_url="crm_url",
)


def named_object(name: str, api_name: str) -> Entity:
    """An object that the configuration names; what it has beyond every object, `describe` tells."""
    return an_object(
        name=name,
        path=api_name,
        object_type=api_name,
        fields=(ID, NAME, OWNER, *STAMPS),
    )


def of(api_name: str, column: str, kind: str = "text") -> Field:
    """The column of a field."""
    return Field(column, kind, at=api_name)


def address(prefix: str, columns: str) -> tuple[Field, ...]:
    """The parts of an address, which is no field to be asked for itself."""
    return (
        of(f"{prefix}Street", f"{columns}street"),
        of(f"{prefix}City", f"{columns}city"),
        of(f"{prefix}State", f"{columns}state", "state"),
        of(f"{prefix}PostalCode", f"{columns}postal_code", "zip_code"),
        of(f"{prefix}Country", f"{columns}country"),
    )
