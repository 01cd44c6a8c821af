"""OAuth apps against the sandbox: when tokens are renewed, what becomes of rotated ones, and what is said."""

import asyncio
import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from pydantic import SecretStr

from sandbox.hubspot import HubspotSandbox, ManualClock
from sandbox.hubspot.auth import CLIENT_ID, CLIENT_SECRET, REFRESH_TOKEN
from sources.errors import Unauthorized, Unavailable
from sources.http import Http
from sources.hubspot.client import Hubspot
from sources.hubspot.entities import CONTACTS
from sources.hubspot.oauth import GRANTS, PAUSES, OAuthApp, Renewal, token_path
from sources.hubspot.policy import HUBSPOT
from sources.keeping import FileKeeper, NotKept, TokenKeeper
from sources.page import Window

NOON = datetime(2026, 11, 22, 12, tzinfo=UTC)
APP = OAuthApp("HUBSPOT_", CLIENT_ID, SecretStr(CLIENT_SECRET), SecretStr(REFRESH_TOKEN))


@dataclass
class Account:
    """A sandbox, its clock, and what one machine keeps of it."""

    sandbox: HubspotSandbox
    url: str
    clock: ManualClock
    path: Path

    def keeper(self, app: OAuthApp = APP) -> FileKeeper:
        return FileKeeper(self.path, "HUBSPOT_REFRESH_TOKEN", app.refresh_token)

    @property
    def grants(self) -> list[int]:
        """How each request to the token endpoint ended."""
        return [status for _, path, _, status in self.sandbox.requests if "/oauth/" in path]

    @asynccontextmanager
    async def renewal(
        self,
        app: OAuthApp = APP,
        keeper: TokenKeeper | None = None,
        version: str = "v3",
        sleep: Callable[[float], Awaitable[None]] | None = None,
    ) -> AsyncIterator[Renewal]:
        async with Http(self.url, policy=GRANTS, retry_attempts=2, backoff=0.01) as endpoint:
            keeper = keeper or self.keeper(app)
            yield Renewal(endpoint, app, keeper, version, self.clock, sleep or no_time)

    @asynccontextmanager
    async def connected(self, **how) -> AsyncIterator[Hubspot]:
        """What a process of its own would have."""
        async with (
            self.renewal(**how) as renewal,
            Http(self.url, auth=renewal.auth(), policy=HUBSPOT, retry_attempts=1) as http,
        ):
            yield Hubspot(http, renewal.version)


@dataclass
class Memory:
    """A keeper that can be watched, and can fail."""

    tokens: list[SecretStr] = field(default_factory=list)
    fails: int = 0
    place: str = "the memory"

    async def kept(self) -> SecretStr | None:
        return self.tokens[-1] if self.tokens else None

    async def keep(self, token: SecretStr) -> None:
        if self.fails:
            self.fails -= 1
            raise NotKept("nowhere to write")
        self.tokens.append(token)


async def no_time(_seconds: float) -> None:
    """A pause that nobody has to wait for."""


@pytest.fixture(params=[False, True], ids=["constant", "rotating"])
def account(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Account]:
    yield from opened(tmp_path, rotates=request.param)


@pytest.fixture
def rotating(tmp_path: Path) -> Iterator[Account]:
    yield from opened(tmp_path, rotates=True)


@pytest.fixture
def constant(tmp_path: Path) -> Iterator[Account]:
    yield from opened(tmp_path, rotates=False)


def opened(folder: Path, *, rotates: bool) -> Iterator[Account]:
    clock = ManualClock(NOON)
    sandbox = HubspotSandbox(limits=None, clock=clock)
    sandbox.tokens.rotate_refresh_tokens = rotates
    with sandbox.serve() as url:
        yield Account(sandbox, url, clock, folder / "credentials" / "hubspot.json")


def revoke_access(account: Account) -> None:
    """Forget every access token, as when the app's secret was changed."""
    for token in list(account.sandbox.tokens._access):
        account.sandbox.tokens.revoke(token)


def alive(account: Account) -> set[str]:
    """The refresh tokens the sandbox would take."""
    return set(account.sandbox.tokens._refresh)


async def kept(account: Account) -> str:
    token = await account.keeper().kept()
    return token.get_secret_value() if token else REFRESH_TOKEN


@pytest.mark.parametrize("version", ["v3", "2026-03"])
async def test_an_app_reads_by_a_token_it_was_granted(account: Account, version: str):
    account.sandbox.create("contacts", {"email": "ana@example.org"})

    async with account.connected(version=version) as source:
        page = await source.fetch(CONTACTS, "changes", Window(None, NOON), None)

    assert [record["properties"]["email"] for record in page.records] == ["ana@example.org"]


@pytest.mark.parametrize(
    ("version", "path"),
    [("v3", "/oauth/v3/token"), ("v4", "/oauth/v3/token"), ("2026-03", "/oauth/2026-03/token")],
)
def test_the_token_endpoint_follows_dates_but_not_versions_of_the_crm(version: str, path: str):
    assert token_path(version) == path


async def test_secrets_travel_in_the_body_alone(account: Account):
    bodies = []
    account.sandbox.before_request = lambda call: bodies.append((call.query, call.body))

    async with account.connected() as source:
        await source.account()

    [(query, body), *_] = bodies
    assert query == ""
    assert b"grant_type=refresh_token" in body
    assert CLIENT_SECRET.encode() in body


async def test_a_token_is_renewed_a_minute_before_it_ends(account: Account):
    async with account.connected() as source:
        await source.account()
        account.clock.advance(28 * 60)
        await source.account()
        assert account.grants == [200]

        account.clock.advance(60)
        await source.account()

    assert account.grants == [200, 200]
    assert 401 not in {status for *_, status in account.sandbox.requests}


async def test_a_token_that_is_turned_down_is_renewed_once(account: Account):
    async with account.connected() as source:
        await source.account()
        revoke_access(account)

        await source.account()

    assert account.grants == [200, 200]
    assert [status for *_, status in account.sandbox.requests if status == 401] == [401]


async def test_many_requests_at_once_share_one_renewal(account: Account):
    async with account.connected() as source:
        await asyncio.gather(*(source.account() for _ in range(20)))
        revoke_access(account)
        await asyncio.gather(*(source.account() for _ in range(20)))

    assert account.grants == [200, 200]


async def test_the_next_process_begins_with_the_rotated_token(rotating: Account):
    async with rotating.connected() as source:
        await source.account()
    first = await kept(rotating)

    async with rotating.connected() as source:
        await source.account()

    assert REFRESH_TOKEN != first != await kept(rotating)
    assert {await kept(rotating)} == alive(rotating)
    assert rotating.grants == [200, 200]


async def test_a_token_that_stays_the_same_is_not_written_anywhere(constant: Account):
    async with constant.connected() as source:
        await source.account()
        constant.clock.advance(3600)
        await source.account()

    assert constant.grants == [200, 200]
    assert not constant.path.parent.exists()


async def test_a_new_token_in_the_environment_beats_the_kept_one(rotating: Account):
    async with rotating.connected() as source:
        await source.account()
    stale = await kept(rotating)
    rotating.sandbox.tokens.register_refresh("na1-authorised-again")
    again = replace(APP, refresh_token=SecretStr("na1-authorised-again"))

    async with rotating.connected(app=again) as source:
        await source.account()

    assert rotating.grants == [200, 200]
    assert stale in alive(rotating)
    assert "na1-authorised-again" not in alive(rotating)


async def test_a_token_that_cannot_be_kept_is_not_used_and_not_forgotten(rotating: Account):
    memory = Memory(fails=1)

    async with rotating.connected(keeper=memory) as source:
        with pytest.raises(NotKept):
            await source.account()
        asked = [path for _, path, *_ in rotating.sandbox.requests]
        await source.account()

    assert asked == ["/oauth/v3/token"]
    assert rotating.grants == [200, 200]
    assert {token.get_secret_value() for token in memory.tokens} == alive(rotating)


async def test_two_processes_that_renew_at_once_both_go_on(rotating: Account):
    async with (
        rotating.connected(sleep=asyncio.sleep) as one,
        rotating.connected(sleep=asyncio.sleep) as other,
    ):
        found = await asyncio.gather(one.account(), other.account())

    assert [account.id for account in found] == ["7654321"] * 2
    assert {await kept(rotating)} == alive(rotating)


async def test_who_comes_second_waits_until_the_first_has_written_its_token_down(rotating: Account):
    """The other process has spent the token, but its file is still the old one."""
    async with rotating.renewal(keeper=Memory()) as other:
        spent_by_other = await other.refresh()
    pauses = []

    async def sleep(seconds: float) -> None:
        pauses.append(seconds)
        if seconds > 0:
            assert spent_by_other.refresh_token
            await rotating.keeper().keep(spent_by_other.refresh_token)

    async with rotating.connected(sleep=sleep) as source:
        await source.account()

    assert pauses == list(PAUSES[:3])
    assert rotating.grants == [200, 400, 200]


async def test_a_long_run_goes_on_with_what_another_process_kept_meanwhile(rotating: Account):
    async with rotating.connected() as long:
        await long.account()
        async with rotating.connected() as short:
            await short.account()
        rotating.clock.advance(3600)

        await long.account()

    assert rotating.grants == [200, 200, 200]


async def test_an_app_authorised_again_may_get_the_token_it_was_first_given(constant: Account):
    await constant.keeper().keep(SecretStr("na1-of-before"))

    async with constant.connected() as source:
        await source.account()

    assert constant.grants == [400, 200]


async def test_a_revoked_token_says_what_to_do_and_where(account: Account):
    account.sandbox.tokens.revoke(REFRESH_TOKEN)

    async with account.connected() as source:
        with pytest.raises(Unauthorized) as refused:
            await source.account()

    assert "Authorise the app again" in str(refused.value)
    assert "HUBSPOT_REFRESH_TOKEN" in str(refused.value)
    assert account.grants == [400]


@pytest.mark.parametrize("wrong", [{"client_id": "x"}, {"client_secret": SecretStr("y")}])
async def test_a_wrong_app_names_the_variables_to_look_at(account: Account, wrong: dict):
    async with account.connected(app=replace(APP, **wrong)) as source:
        with pytest.raises(
            Unauthorized, match="invalid_client.*HUBSPOT_CLIENT_ID and HUBSPOT_CLIENT_SECRET"
        ):
            await source.account()

    assert account.grants == [400]


@pytest.mark.parametrize(
    "fault",
    [
        {"kind": "bad_gateway"},
        {"kind": "rate_limit", "retry_after": 0},
        {"kind": "html"},
        {"kind": "truncated"},
        {"kind": "reset"},
    ],
    ids=lambda fault: fault["kind"],
)
async def test_faults_of_the_token_endpoint_are_retried_like_all_others(
    constant: Account, fault: dict
):
    constant.sandbox.fault(**fault, times=1, path="/oauth/")

    async with constant.connected() as source:
        await source.account()

    assert constant.grants[-1] == 200
    assert len(constant.grants) == 2


async def test_an_endpoint_that_is_down_does_not_look_like_a_bad_token(constant: Account):
    constant.sandbox.fault("bad_gateway", times=9, path="/oauth/")

    async with constant.connected() as source:
        with pytest.raises(Unavailable):
            await source.account()

    assert len(constant.grants) == 3


async def test_no_secret_is_logged_quoted_or_printed(
    rotating: Account, caplog: pytest.LogCaptureFixture
):
    caplog.set_level(logging.DEBUG)
    shown: list[object] = []
    async with rotating.renewal() as renewal:
        auth = renewal.auth()
        shown += [await auth.token(), renewal, auth, renewal.app, rotating.keeper()]
    async with rotating.connected(keeper=Memory(fails=1)) as source:
        shown.append(await failure_of(source))
    secrets = {CLIENT_SECRET, REFRESH_TOKEN, *alive(rotating), *rotating.sandbox.tokens._access}
    for token in alive(rotating):
        rotating.sandbox.tokens.revoke(token)
    for app in (APP, replace(APP, client_id="wrong")):
        async with rotating.connected(app=app) as source:
            shown.append(await failure_of(source))

    said = caplog.text + "".join(f"{thing!r} {thing}" for thing in shown)

    assert "/oauth/v3/token" in said
    assert [secret for secret in secrets if secret in said] == []


async def failure_of(source: Hubspot) -> Exception:
    with pytest.raises((Unauthorized, NotKept)) as failed:
        await source.account()
    return failed.value
