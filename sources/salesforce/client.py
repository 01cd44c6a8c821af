"""Salesforce asked for pages: https://developer.salesforce.com/docs/apis."""

import logging
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace

from sources.entity import Entity
from sources.errors import MissingScope, QuotaExhausted, Refused, SourceError
from sources.http import Http
from sources.page import Account, Catalogue, Page, Quota, Reading, Window
from sources.policy import Reply, server_date
from sources.salesforce import changes, rest, versions
from sources.salesforce.api import Api
from sources.salesforce.asked import Asked
from sources.salesforce.bulk import Lost
from sources.salesforce.changes import Manner
from sources.salesforce.discovery import Described, described
from sources.salesforce.entities import ENTITIES
from sources.salesforce.refusals import InvalidField, NoSuchObject, NotThere
from sources.salesforce.settings import API_VERSION
from sources.salesforce.shapes import named_object

log = logging.getLogger("crm_sync.salesforce")
# What anybody may ask, beside the list of what there is below a version.
ASKED_BY_ALL = ("sobjects", "limits")


class Salesforce:
    """One Salesforce org; holds a connection and what the org has said of its objects."""

    def __init__(
        self,
        http: Http,
        version: str = "",
        manner: Manner | None = None,
        *,
        address: str = "",
        org_id: str = "",
        named: Mapping[str, str] | None = None,
    ) -> None:
        """`named` are objects by the names that the configuration gives them; a `version` is the user's choice."""
        self._api = Api(http, version or API_VERSION, address)
        self._chosen = bool(version)
        self._manner = manner or Manner()
        self._org_id = org_id
        self._named = named or {}
        self._described: dict[str, Described] = {}

    async def account(self) -> Account:
        """Check the credential and read Salesforce's clock."""
        try:
            reply = await self._api.get()
        except (Refused, MissingScope) as error:
            reply = await self._elsewhere(error)
        return Account(self._org_id, server_date(reply), self._api.version)

    async def _elsewhere(self, refusal: SourceError) -> Reply:
        """What another resource answers, in a version that the org has; raises `refusal` if none does."""
        known = await versions.listed(self._api.http)
        wished = self._api.version
        version = versions.suiting(wished, known, chosen=self._chosen)
        if version != wished:
            log.info("salesforce: the org has no API version %s; asked in %s", wished, version)
            self._api = replace(self._api, version=version)
        for resource in ASKED_BY_ALL:
            with suppress(Refused, MissingScope):
                return await self._api.get(resource)
        raise refusal

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """The declared objects, and those that the configuration names."""
        named = [await self._named_object(name, api_name) for name, api_name in self._named.items()]
        return Catalogue((*ENTITIES.values(), *named))

    async def _named_object(self, name: str, api_name: str) -> Entity:
        entity = named_object(name, api_name)
        try:
            found = await self._found(entity)
        except (Refused, MissingScope):
            # What is wrong with it, its own run says.
            return entity
        # Without a stamp, nobody can ask what changed.
        return replace(entity, whole=not found.stamp)

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the fields that the org has for this user."""
        self._described.pop(entity.path, None)
        return described(entity, await self._found(entity))

    async def _found(self, entity: Entity) -> Described:
        """What the org says of an object; asked once in a run, and again when it turns out to be wrong."""
        found = self._described.get(entity.path)
        if found is None:
            try:
                reply = await self._api.get(f"sobjects/{entity.path}/describe")
            except (NotThere, NoSuchObject) as error:
                raise MissingScope(
                    f"Salesforce shows this user no object {entity.path} ({error}): let the user's"
                    " permission set read it, or correct its name",
                    (f"Read on {entity.path}",),
                ) from error
            found = self._described[entity.path] = Described.of(reply.json())
        return found

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page; a cursor is a place in the order of changes, or a Bulk job and how far it is read."""
        match reading:
            case "by_id":
                return await self._asking(entity, lambda asked: _by_id(asked, keys))
            case "count":
                return await self._asking(entity, lambda asked: changes.counted(asked, window))
            case "changes" if cursor is None:
                begin = changes.begin
                return await self._asking(entity, lambda asked: begin(asked, window, self._manner))
            case "changes":
                return await self._go_on(entity, window, str(cursor))
            case _:
                return Page([])

    async def _go_on(self, entity: Entity, window: Window, cursor: str) -> Page:
        try:
            return await self._asking(
                entity, lambda asked: changes.go_on(asked, window, cursor, self._manner)
            )
        except Lost as lost:
            # A field that vanished meanwhile may be the reason.
            self._described.pop(entity.path, None)
            return await changes.instead(await self._asked(entity), window, lost, self._manner)

    async def _asking(self, entity: Entity, ask: Callable[[Asked], Awaitable[Page]]) -> Page:
        """Ask, and once more with a new description where a field has vanished meanwhile."""
        try:
            return await ask(await self._asked(entity))
        except InvalidField:
            self._described.pop(entity.path, None)
            return await ask(await self._asked(entity))

    async def _asked(self, entity: Entity) -> Asked:
        return Asked(self._api, entity, await self._found(entity))

    async def quota(self) -> Quota | None:
        """What is left of the last 24 hours' requests; not every user may ask."""
        try:
            reply = await self._api.get("limits")
        except QuotaExhausted:
            raise
        except SourceError:
            return None
        daily = reply.details().get("DailyApiRequests")
        if not isinstance(daily, dict) or not isinstance(daily.get("Max"), int):
            return None
        return Quota(daily["Max"], max(int(daily.get("Remaining") or 0), 0))


async def _by_id(asked: Asked, keys: Sequence[str]) -> Page:
    return Page(await rest.by_id(asked, keys))
