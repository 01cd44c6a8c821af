"""Pipedrive asked for pages: https://developers.pipedrive.com/docs/api/v1."""

import logging
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sources.entity import Entity
from sources.errors import MissingScope, Refused
from sources.http import Http
from sources.page import Account, Catalogue, Page, Quota, Reading, Window
from sources.pipedrive import cursored, definitions, paged
from sources.pipedrive.api import Api, records_of
from sources.pipedrive.discovery import custom_alone, described
from sources.pipedrive.entities import ENTITIES
from sources.pipedrive.lists import DEFINITIONS
from sources.pipedrive.policy import TOKENS_PER_REQUEST, daily_left, daily_limit
from sources.pipedrive.records import prepared
from sources.pipedrive.sales import PRODUCTS_OF_DEALS
from sources.pipedrive.settings import Addresses
from sources.policy import Reply, server_date

API_VERSION = "v2"
ME = "v1/users/me"
# Says nothing of what else the token may read.
UNTOLD = frozenset({404, 415})
# Activities and notes have no custom fields, nor files any definitions.
WITH_CUSTOM_FIELDS = ("deals", "persons", "organizations", "products")

log = logging.getLogger("crm_sync")


class Pipedrive:
    """One Pipedrive company; holds a connection and no state of any reading."""

    def __init__(self, http: Http, addresses: Addresses, retry_attempts: int = 3) -> None:
        self._api = Api(http, addresses, retry_attempts)

    async def account(self) -> Account:
        """Check the credential, read Pipedrive's clock, and say what this user cannot see."""
        reply = await self._me()
        if reply.status != 200:
            # A token may read records and not its own user.
            log.warning(
                "Pipedrive answered %d when asked whose token this is: which company it reads, and whether"
                " it sees all of it, is not known",
                reply.status,
            )
            return Account("", server_date(reply), API_VERSION)
        said = reply.json()["data"]
        me = said if isinstance(said, dict) else {}
        if not me.get("is_admin"):
            log.warning(
                "the token belongs to user %s of %s, who is no administrator: what this user may not see is"
                " missing without a word",
                me.get("id"),
                me.get("company_domain") or "the company",
            )
        return Account(str(me.get("company_id") or ""), server_date(reply), API_VERSION)

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """Every company has the same entities."""
        return Catalogue(tuple(ENTITIES.values()))

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the company's custom fields, and what is read beside it."""
        if entity.group:
            parts = [(e.name, DEFINITIONS[e.name]) for e in among if e.name in DEFINITIONS]
            return replace(entity, parts=tuple(parts))
        if entity.linked:
            entity = replace(entity, beside=(PRODUCTS_OF_DEALS,))
        if entity.name == "leads":
            found = await definitions.read(self._api, DEFINITIONS["deals"])
            return described(entity, custom_alone(found))
        if entity.name not in WITH_CUSTOM_FIELDS:
            return entity
        return described(entity, await definitions.read(self._api, DEFINITIONS[entity.name]))

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page; Pipedrive counts nothing, and only deals have a list of deleted ones."""
        api = self._api
        if reading == "count":
            return Page([])
        if reading == "associations":
            return await self._attached(cursor or "", keys)
        if reading == "deletes":
            return await cursored.deleted(api, entity, window, cursor)
        if reading == "by_id":
            read = paged.by_id if entity.name in paged.LISTS else cursored.by_id
            return Page(await read(api, entity, window, keys))
        if reading != "changes":
            raise ValueError(f"Pipedrive has no {reading} of {entity.name}")
        return await self._changes(entity, window, cursor)

    async def _attached(self, part: str, keys: Sequence[str]) -> Page:
        """What is attached to some deals, unless the plan or the credential is without it."""
        resource = dict(PRODUCTS_OF_DEALS.parts)[part]
        try:
            found = await cursored.attached(self._api, PRODUCTS_OF_DEALS.entity, resource, keys)
        except (MissingScope, Refused) as error:
            return Page([], left_out=definitions.left_out(part, error))
        return Page(found)

    async def _changes(self, entity: Entity, window: Window, cursor: str | None) -> Page:
        if entity.group:
            return await definitions.part(self._api, entity, cursor)
        if entity.name in paged.LISTS:
            return await paged.changed(self._api, entity, window, cursor)
        if entity.path.startswith("v2/"):
            # What is only given whole takes no window.
            asked = replace(window, since=None) if entity.whole else window
            return await cursored.changed(self._api, entity, asked, cursor)
        records = records_of(await self._api.get(entity.path))
        return Page(prepared(entity, records, window.until))

    async def quota(self) -> Quota | None:
        """What is left of today's budget, in requests for a page; headers that tell it may be missing."""
        headers = (await self._me()).headers
        limit, left = daily_limit(headers), daily_left(headers)
        if limit is None or left is None:
            return None
        return Quota(limit // TOKENS_PER_REQUEST, left // TOKENS_PER_REQUEST)

    async def _me(self) -> Reply:
        """Whose token it is, or the refusal to say so, which has a date and limits as well."""
        try:
            return await self._api.ask(ME)
        except MissingScope:
            return await self._api.refusal(ME, 403)
        except Refused as error:
            if error.status not in UNTOLD:
                raise
            return await self._api.refusal(ME, error.status)
