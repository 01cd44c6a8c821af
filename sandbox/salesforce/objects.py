"""The objects an org has: the vendor's own, and what may be asked of each."""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import Any

from sandbox.salesforce.fields import Field, parse_table
from sandbox.salesforce.tables import sales, work

ID = "Id id"
DELETED = "IsDeleted boolean"
CREATED = """
CreatedDate datetime
CreatedById reference >User
"""
CHANGED = """
LastModifiedDate datetime
LastModifiedById reference >User
SystemModstamp datetime
"""
SYSTEM = frozenset(
    {"Id", "IsDeleted", "CreatedDate", "CreatedById", "LastModifiedDate"}
    | {"LastModifiedById", "SystemModstamp"}
)


@dataclass(frozen=True)
class SObject:
    """An object; `bulk` says whether Bulk API 2.0 reads it, `parents` what takes its records along."""

    name: str
    prefix: str
    fields: tuple[Field, ...]
    label: str = ""
    custom: bool = False
    replicateable: bool = True
    bulk: bool = True
    parents: tuple[str, ...] = ()
    deletable: bool = True
    by_name: Mapping[str, Field] = field(init=False, repr=False, default_factory=dict)

    def __post_init__(self) -> None:
        """Index the fields."""
        object.__setattr__(self, "by_name", {one.name: one for one in self.fields})

    def having(self, *more: Field) -> "SObject":
        """The same object with some fields added or replaced."""
        names = {one.name for one in more}
        kept = tuple(one for one in self.fields if one.name not in names)
        return replace(self, fields=(*kept, *more))

    def document(self) -> dict[str, Any]:
        """What the list of objects says of it."""
        return {
            "name": self.name,
            "label": self.label or self.name,
            "labelPlural": f"{self.label or self.name}s",
            "keyPrefix": self.prefix,
            "custom": self.custom,
            "queryable": True,
            "retrieveable": True,
            "createable": True,
            "updateable": True,
            "deletable": self.deletable,
            "undeletable": self.deletable,
            "replicateable": self.replicateable,
            "searchable": True,
            "deprecatedAndHidden": False,
        }


def _standard(
    name: str,
    prefix: str,
    table: str,
    custom: str = "",
    system: Iterable[str] = (ID, DELETED, CREATED, CHANGED),
    **how: Any,
) -> SObject:
    fields = (*parse_table("\n".join(system)), *parse_table(table))
    return SObject(name, prefix, (*fields, *parse_table(custom, custom=True)), **how)


def custom_object(name: str, prefix: str, fields: Iterable[Field], label: str = "") -> SObject:
    """An object of the org's own, whose API name ends in `__c`."""
    system = parse_table(f"{ID}\n{DELETED}\n{CREATED}\n{CHANGED}")
    own = (Field("Name"), Field("OwnerId", "reference", to=("User",)), *fields)
    return SObject(name, prefix, (*system, *own), label, custom=True)


def standard_objects() -> Iterator[SObject]:
    """The objects every org has, as far as anybody here asks for them."""
    yield _standard("Account", "001", sales.ACCOUNT, sales.ACCOUNT_CUSTOM)
    yield _standard("Contact", "003", sales.CONTACT, sales.CONTACT_CUSTOM)
    yield _standard("Lead", "00Q", sales.LEAD, sales.LEAD_CUSTOM)
    yield _standard("Opportunity", "006", sales.OPPORTUNITY, sales.OPPORTUNITY_CUSTOM)
    deal = ("OpportunityId",)
    yield _standard("OpportunityLineItem", "00k", sales.OPPORTUNITY_LINE_ITEM, parents=deal)
    yield _standard("OpportunityContactRole", "00K", sales.OPPORTUNITY_CONTACT_ROLE, parents=deal)
    yield _standard("Product2", "01t", sales.PRODUCT)
    yield _standard("Pricebook2", "01s", sales.PRICEBOOK)
    yield _standard("PricebookEntry", "01u", sales.PRICEBOOK_ENTRY)
    yield _standard("Campaign", "701", work.CAMPAIGN)
    yield _standard("CampaignMember", "00v", work.CAMPAIGN_MEMBER, parents=("CampaignId",))
    yield _standard("Case", "500", work.CASE, work.CASE_CUSTOM)
    yield _standard("Task", "00T", work.TASK)
    yield _standard("Event", "00U", work.EVENT)
    yield _standard("User", "005", work.USER, system=(ID, CREATED, CHANGED), deletable=False)
    yield _standard("Attachment", "00P", work.ATTACHMENT)
    yield _few("CaseStatus", "01J", work.CASE_STATUS, (ID, CREATED, CHANGED), bulk=False)
    yield _few("AccountHistory", "017", work.ACCOUNT_HISTORY, (ID, DELETED, CREATED))


def _few(name: str, prefix: str, table: str, system: Iterable[str], **how: Any) -> SObject:
    """An object whose records the API lists, and does little else with."""
    return _standard(
        name, prefix, table, system=system, replicateable=False, deletable=False, **how
    )
