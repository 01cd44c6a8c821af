"""Salesforce's entities: https://developer.salesforce.com/docs/atlas.en-us.object_reference.meta."""

from sources.salesforce.people import ACCOUNTS, CONTACTS, LEADS
from sources.salesforce.sales import (
    CONTACT_ROLES,
    LINE_ITEMS,
    OPPORTUNITIES,
    PRICEBOOK_ENTRIES,
    PRICEBOOKS,
    PRODUCTS,
)
from sources.salesforce.work import CAMPAIGN_MEMBERS, CAMPAIGNS, CASES, EVENTS, TASKS, USERS

ENTITIES = {
    entity.name: entity
    for entity in (
        ACCOUNTS,
        CONTACTS,
        LEADS,
        OPPORTUNITIES,
        LINE_ITEMS,
        CONTACT_ROLES,
        CAMPAIGNS,
        CAMPAIGN_MEMBERS,
        CASES,
        TASKS,
        EVENTS,
        USERS,
        PRODUCTS,
        PRICEBOOKS,
        PRICEBOOK_ENTRIES,
    )
}
