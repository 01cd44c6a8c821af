"""HubSpot asked for pages: https://developers.hubspot.com/docs/api-reference."""

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime

from sources.entity import Entity
from sources.errors import MissingScope, Refused
from sources.http import Http
from sources.hubspot import asides, objects, whole
from sources.hubspot.api import Api, results
from sources.hubspot.beside import with_companions
from sources.hubspot.discovery import described, own_objects
from sources.hubspot.entities import ENTITIES
from sources.page import Account, Catalogue, Page, Quota, Reading, Window
from sources.policy import server_date

USAGE = "/account-info/v3/api-usage/daily/private-apps"


class Hubspot:
    """One HubSpot account; holds a connection and no state of any reading."""

    def __init__(
        self,
        http: Http,
        version: str,
        sensitivities: Sequence[str] = ("non_sensitive",),
        named: Mapping[str, str] | None = None,
    ) -> None:
        """`named` are custom objects by the names that the configuration gives them."""
        self._api = Api(http, version)
        self._sensitivities = tuple(sensitivities)
        self._named = named or {}

    async def account(self) -> Account:
        """Check the credential and read HubSpot's clock."""
        reply = await self._api.http.request(
            "GET",
            "/account-info/v3/details",
            # A credential that may not see the account's details may still read its records.
            accept=(200, 403, 404),
            expect_json=False,
        )
        details = reply.details()
        return Account(str(details.get("portalId", "")), server_date(reply), self._api.version)

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """HubSpot's own objects, the account's, and its lists."""
        try:
            schemas = results(await self._api.get(self._api.path("schemas")))
        except (MissingScope, Refused) as error:
            # An account that cannot have any answers so, too. Those found before are still synced: what
            # is wrong with them, their own runs say.
            found = [{"objectTypeId": place, "name": name} for place, name in known.items()]
            own = own_objects(found, self._named)
            return Catalogue((*ENTITIES.values(), *own), {"custom objects": str(error)})
        return Catalogue((*ENTITIES.values(), *own_objects(schemas, self._named)))

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the account's own properties, and what is read beside it."""
        types = [other for other in among if other.object_type]
        if entity.group:
            asked = [t for t in types if t.has_pipelines or entity.path != "pipelines"]
            return replace(entity, parts=tuple((t.name, t.path) for t in asked))
        if entity.whole:
            return entity
        properties = await whole.properties(self._api, entity.path, self._sensitivities)
        return with_companions(described(entity, properties), types)

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page; `deletes` is the walk of the archived list, `count` gives only a total."""
        match reading:
            case "changes" if entity.whole:
                return await whole.read_whole(self._api, entity, cursor, self._sensitivities)
            case "count" if entity.whole:
                return Page([])
            case "changes" if window.since is None:
                return await objects.listed(self._api, entity, cursor, archived=False)
            case "changes":
                return await objects.searched(self._api, entity, window, cursor)
            case "deletes":
                return await objects.listed(self._api, entity, cursor, archived=True)
            case "by_id":
                return Page(await objects.by_id(self._api, entity, keys))
            case "associations":
                return await asides.associated(self._api, entity, cursor or "", keys)
            case "history":
                return await asides.traced(self._api, entity, cursor or "", keys)
            case "count":
                return await objects.counted(self._api, entity, window)
            case _:
                return Page([])

    async def quota(self) -> Quota | None:
        """What is left for today; OAuth apps have no daily limit and are refused the question."""
        try:
            reply = await self._api.get(USAGE)
        except (MissingScope, Refused):
            return None
        usages = [usage for usage in results(reply) if usage.get("usageLimit")]
        if not usages:
            return None
        left = [
            Quota(
                int(usage["usageLimit"]),
                max(int(usage["usageLimit"]) - int(usage.get("currentUsage") or 0), 0),
                _moment(usage.get("resetsAt")),
            )
            for usage in usages
        ]
        return min(left, key=lambda quota: quota.remaining)


def _moment(text: object) -> datetime | None:
    try:
        return datetime.fromisoformat(str(text))
    except ValueError:
        return None
