"""CallRail asked for pages, account by account: https://apidocs.callrail.com."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sources.callrail import events
from sources.callrail.api import Api, Listed, marked
from sources.callrail.entities import ENTITIES, MESSAGES
from sources.callrail.extras import chosen
from sources.callrail.lists import ACCOUNTS
from sources.callrail.settings import API_VERSION
from sources.entity import Entity
from sources.errors import ConfigError, Refused, Unauthorized
from sources.http import Http
from sources.limits import Limits
from sources.page import Account, Catalogue, Page, Quota, Reading, Record, Window

# Conversations whose account is remembered: asking the wrong one first costs a request, and nothing else.
REMEMBERED = 100_000


class Callrail:
    """All that one key sees; holds a connection, the accounts, and no state of any reading."""

    def __init__(self, http: Http, named: str = "", limits: Limits | None = None) -> None:
        """`named` is the only account to read, by its id or its old number."""
        self._limits = limits
        self._api = Api(http)
        self._named = named
        self._accounts: list[Record] | None = None
        self._asking = asyncio.Lock()
        self._account_of: dict[str, str] = {}

    async def account(self) -> Account:
        """Check the key and read CallRail's clock; several accounts have no id together."""
        first = await self._api.page(ACCOUNTS, "", 1, {})
        async with self._asking:
            self._accounts = self._readable(await self._rest(ACCOUNTS, first))
        if not self._accounts:
            raise Unauthorized("the user of the key sees no account")
        only = str(self._accounts[0]["id"]) if len(self._accounts) == 1 else ""
        return Account(only, first.now, API_VERSION)

    async def catalogue(self, known: Mapping[str, str]) -> Catalogue:
        """The declared entities: there are no others."""
        return Catalogue(tuple(ENTITIES.values()))

    async def describe(self, entity: Entity, among: Sequence[Entity] = ()) -> Entity:
        """The entity with the accounts it is read in, and what is asked beside it."""
        if entity.name == ACCOUNTS.name:
            return chosen(entity)
        ids = sorted(str(account["id"]) for account in await self._visible())
        return replace(
            chosen(entity),
            parts=tuple((one, one) for one in ids),
            beside=(MESSAGES,) if entity.linked else (),
        )

    async def fetch(
        self,
        entity: Entity,
        reading: Reading,
        window: Window,
        cursor: str | None,
        *,
        keys: Sequence[str] = (),
    ) -> Page:
        """One page of one account; `count` adds up all of them."""
        match reading:
            case "changes" if entity.name == ACCOUNTS.name:
                first = await self._api.page(entity, "", 1, {})
                return Page(self._chosen(await self._rest(entity, first)))
            case "changes" if entity.whole:
                return await self._listed(entity, cursor)
            case "changes":
                return await self._happened(entity, window, cursor)
            case "count" if entity.whole:
                return Page([])
            case "count":
                total = await events.count(self._api, entity, window, _accounts_of(entity))
                return Page([], None, total)
            case "history":
                return Page([row for key in keys for row in await self._messages(entity, key)])
            case _:
                raise ValueError(f"{entity.name} cannot be asked for {reading}")

    async def quota(self) -> Quota | None:
        """What is left of the day by our own count: CallRail does not tell."""
        left = self._limits.left("all") if self._limits else []
        if not left:
            return None
        rate, remaining = max(left, key=lambda one: one[0].seconds)
        return Quota(rate.requests, max(remaining, 0))

    async def _visible(self) -> list[Record]:
        """The accounts to read, asked for once."""
        async with self._asking:
            if self._accounts is None:
                first = await self._api.page(ACCOUNTS, "", 1, {})
                self._accounts = self._readable(await self._rest(ACCOUNTS, first))
        return self._accounts

    async def _rest(self, entity: Entity, listed: Listed) -> list[Record]:
        """The accounts of the first page and of those after it."""
        found, number = listed.records, 1
        while listed.more:
            number += 1
            listed = await self._api.page(entity, "", number, {})
            found = [*found, *listed.records]
        return found

    def _readable(self, found: list[Record]) -> list[Record]:
        """Of the accounts found, those to read and that can be named."""
        return [account for account in self._chosen(found) if _is_named(account)]

    def _chosen(self, found: list[Record]) -> list[Record]:
        """Of the accounts found, those to read."""
        if not self._named:
            return found
        found = [account for account in found if _is_named(account)]
        wanted = [a for a in found if self._named in (str(a["id"]), str(a.get("numeric_id")))]
        if not wanted:
            seen = ", ".join(str(account["id"]) for account in found) or "none"
            raise ConfigError(f"the key does not see account {self._named}; it sees: {seen}")
        return wanted

    async def _listed(self, entity: Entity, cursor: str | None) -> Page:
        """A page of a list that is read whole, account by account."""
        names = _accounts_of(entity)
        if cursor is None and not names:
            return Page([])
        account, number = (cursor or f"{names[0]}~1").split("~")
        listed = await self._api.page(entity, account, int(number), {})
        records = [marked(record, account_id=account) for record in listed.records]
        if listed.more:
            return Page(records, f"{account}~{int(number) + 1}")
        other = next((name for name in names if name > account), None)
        return Page(records, other and f"{other}~1")

    async def _happened(self, entity: Entity, window: Window, cursor: str | None) -> Page:
        """A page of what happened."""
        page = await events.read(self._api, entity, window, _accounts_of(entity), cursor)
        self._note(entity, page.records)
        return page

    async def _messages(self, entity: Entity, key: str) -> list[Record]:
        """All messages of a conversation; none where it is not shown any more."""
        for account in self._likely(entity, key):
            try:
                messages = await self._api.messages(account, key)
            except Refused as error:
                if error.status != 404:
                    raise
                continue
            marks = {"conversation_id": key, "account_id": account}
            return [marked(message, **marks) for message in messages]
        return []

    def _note(self, entity: Entity, records: Sequence[Record]) -> None:
        """Remember whose conversations these are."""
        if entity.linked and len(entity.parts) > 1 and len(self._account_of) < REMEMBERED:
            whose = (one for one in records if isinstance(one, dict))
            self._account_of |= {str(one.get("id")): one["account_id"] for one in whose}

    def _likely(self, entity: Entity, key: str) -> list[str]:
        """The accounts to ask for a record, the likeliest first."""
        return sorted(_accounts_of(entity), key=lambda name: name != self._account_of.get(key))


def _is_named(account: Any) -> bool:
    """Whether an account has an id, without which nothing in it can be asked for."""
    return isinstance(account, dict) and bool(account.get("id"))


def _accounts_of(entity: Entity) -> list[str]:
    return [name for name, _ in entity.parts]
