"""Records as the API shows them."""

from typing import Any

from sandbox.salesrabbit.store import Row, Store, Visit, iso

ADDRESS = ("street1", "street2", "city", "state", "zip", "country")
PLACE = ("latitude", "longitude")
LEAD: dict[str, Any] = {
    "userId": None,
    "userName": "",
    "firstName": "",
    "lastName": "",
    "businessName": "",
    "phonePrimary": "",
    "phoneAlternate": "",
    "email": "",
    **dict.fromkeys(ADDRESS, ""),
    **dict.fromkeys(PLACE),
    "status": None,
    "ownerModified": None,
    "notes": "",
    "customFields": {},
    "integrationData": None,
    "appointment": None,
    "campaignId": None,
    "dateOfBirth": None,
    "files": [],
}
USER: dict[str, Any] = {
    "firstName": "",
    "lastName": "",
    "fullName": "",
    "email": "",
    "phone": "",
    "active": True,
    "hireDate": None,
    "businessUnit": "",
    "department": "",
    "role": "",
    "office": "",
    "team": "",
    "region": "",
    "orgId": "",
    "supervisorId": "",
    "recruiterId": "",
    "cmsId": "",
    "leadRepCmsId": "",
    "photo_url": "",
    "externalIds": [],
}


def lead(row: Row, *, nested: bool = False, empty_lists: bool = True) -> dict[str, Any]:
    """A lead, its address flat or nested; empty custom fields are a list where a PHP array was."""
    shown = {
        "id": row.id,
        **LEAD,
        **row.values,
        "statusModified": iso(row.status_modified),
        "dateCreated": iso(row.created),
        "dateModified": iso(row.modified),
        "deletedAt": iso(row.deleted),
    }
    if nested:
        shown["address"] = {name: shown.pop(name) for name in ADDRESS}
        shown["coordinates"] = {name: shown.pop(name) for name in PLACE}
    if empty_lists and not shown["customFields"]:
        shown["customFields"] = []
    return shown


def user(row: Row) -> dict[str, Any]:
    """A user."""
    stamps = {"dateCreated": iso(row.created), "dateModified": iso(row.modified)}
    return {"id": row.id, **USER, **row.values, **stamps}


def history(store: Store, number: int) -> list[dict[str, Any]]:
    """A lead's statuses, the newest first; which lead, only the key beside them says."""
    row = store.leads[number]
    return [
        {
            "id": visit.status,
            "name": store.statuses[visit.status].name,
            "abbreviation": store.statuses[visit.status].abbreviation,
            "active": visit.active,
            "changedByUserId": str(visit.by),
            "statusUpdated": iso(visit.at),
            "leadCreated": iso(row.created),
            "leadModified": iso(row.modified),
        }
        for visit in sorted(store.visits.get(number, ()), key=lambda one: one.at, reverse=True)
    ]


def activity(store: Store, visit: Visit) -> dict[str, Any]:
    """A visit with what its lead is like at present."""
    row, status = store.leads[visit.lead], store.statuses[visit.status]
    return {
        "currentLeadCreated": iso(row.created),
        "currentLeadCustomFields": row.values.get("customFields") or {},
        "currentLeadFirstName": row.values.get("firstName", ""),
        "currentLeadIsActive": row.deleted is None,
        "currentLeadLastName": row.values.get("lastName", ""),
        "currentLeadLatitude": row.values.get("latitude"),
        "currentLeadLongitude": row.values.get("longitude"),
        "currentLeadModified": iso(row.modified),
        "currentLeadOwnerEmail": f"rep{visit.by}@example.org",
        "currentLeadOwnerID": visit.by,
        # These two come without an offset.
        "currentOnDeviceStatusCreated": f"{visit.at:%Y-%m-%dT%H:%M:%S}",
        "currentOnDeviceStatusModified": f"{visit.at:%Y-%m-%dT%H:%M:%S}",
        "dispositionID": visit.number,
        "dispositionLeadID": visit.lead,
        "dispositionLeadStageID": "1",
        "dispositionLeadStatusAbbreviation": status.abbreviation,
        "dispositionLeadStatusID": status.id,
        "dispositionLeadStatusName": status.name,
        "dispositionTimestamp": iso(visit.at),
        "dispositionType": "User",
        "dispositionerID": str(visit.by),
        "dispositionerProximityInFeet": 68,
        "dispositionerProximityLatitude": row.values.get("latitude"),
        "dispositionerProximityLongitude": row.values.get("longitude"),
        "dispositionerProximityStatus": "At location",
    }
