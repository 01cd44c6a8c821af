"""Pipedrive's entities as data: https://developers.pipedrive.com/docs/api/v1."""

from sources.pipedrive.lists import LISTS
from sources.pipedrive.people import ACTIVITIES, FILES, NOTES, ORGANIZATIONS, PERSONS
from sources.pipedrive.sales import DEALS, LEADS, PRODUCTS

RECORDS = (DEALS, PERSONS, ORGANIZATIONS, ACTIVITIES, PRODUCTS, LEADS, NOTES, FILES)
ENTITIES = {entity.name: entity for entity in (*RECORDS, *LISTS)}
