"""One repository asked for commits, trees and blobs."""

from datetime import UTC, datetime

import httpx
import pytest

from sandbox.github import TOKEN, Link, Module
from sources.errors import (
    BadAnswer,
    ConfigError,
    MissingScope,
    RateLimited,
    Refused,
    RetryLater,
    SourceError,
    TooLarge,
    Unauthorized,
    Unavailable,
)
from sources.github_csv.api import Entry, Repository
from sources.github_csv.policy import GITHUB
from sources.http import Http
from sources.meter import metered
from sources.policy import Reply
from tests.sources.github_csv.conftest import LEADS, LEADS_SHA, REPO, Connect, Served
from tests.sources.little_server import ok, serving

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)


async def test_a_ref_names_a_commit(served: Served, connected: Connect):
    first = served.sandbox.commit(REPO, {"a.csv": "id\n"}, tag="v1")
    second = served.sandbox.commit(REPO, {"a.csv": "id\n1\n"}, branch="feature/x y")

    async with connected() as repository:
        found = [
            await repository.commit(ref) for ref in ("HEAD", "main", "v1", first, "feature/x y")
        ]

    assert found == [first, first, first, first, second]


async def test_the_commit_that_is_known_costs_nothing(served: Served, connected: Connect):
    known = served.sandbox.commit(REPO, {"a.csv": "id\n"})

    async with connected() as repository:
        with metered() as meter:
            same = await repository.commit("main", known)
        spent = meter.rate_limit_remaining
        moved = served.sandbox.commit(REPO, {"a.csv": "id\n1\n"})
        other = await repository.commit("main", known)

    assert (same, other) == (known, moved)
    assert spent == 5000
    assert [entry[-1] for entry in served.sandbox.requests] == [304, 200]


async def test_a_commit_that_is_pinned_is_not_asked_for(served: Served, connected: Connect):
    known = served.sandbox.commit(REPO, {"a.csv": "id\n"})

    async with connected() as repository:
        assert await repository.commit(known, known) == known

    assert served.sandbox.requests == []


async def test_a_ref_that_is_not_there_is_told(connected: Connect):
    async with connected() as repository:
        with pytest.raises(
            ConfigError, match=r"acorn/tables has no branch, tag or commit 'nowhere'"
        ):
            await repository.commit("nowhere")


async def test_an_empty_repository_is_told(served: Served, connected: Connect):
    served.sandbox.create("acorn/empty")

    async with connected("acorn/empty") as repository:
        with pytest.raises(ConfigError, match="acorn/empty is empty"):
            await repository.commit("HEAD")


@pytest.mark.parametrize(
    ("token", "error", "words"),
    [
        ("", Unauthorized, "or it is private: set GITHUB_TOKEN"),
        ("of-others", MissingScope, "or the token may not read it"),
        ("wrong", Unauthorized, "Bad credentials"),
    ],
)
async def test_a_private_repository_is_not_taken_for_missing(
    served: Served, connected: Connect, token: str, error: type[SourceError], words: str
):
    served.sandbox.create("acorn/secret", private=True)
    served.sandbox.commit("acorn/secret", {"a.csv": "id\n"})
    served.sandbox.grant("of-others", REPO)

    async with connected("acorn/secret", token) as repository:
        with pytest.raises(error, match=words):
            await repository.commit("HEAD")


async def test_a_blob_that_is_gone_from_a_readable_repository_is_told(connected: Connect):
    async with connected() as repository:
        with pytest.raises(Refused, match="can be read, but has no file leads.csv"):
            await repository.blob("0" * 40, "file leads.csv")


async def test_a_tree_names_what_is_in_it(served: Served, connected: Connect):
    commit = served.sandbox.commit(REPO, {"l.csv": Link("data/leads.csv"), "other": Module()})

    async with connected() as repository:
        tree = await repository.tree(commit)
        below = await repository.tree(commit, below=True)

    kinds = {one.path: (one.kind, one.is_link) for one in tree.entries}
    assert kinds == {
        "README.md": ("blob", False),
        "data": ("tree", False),
        "l.csv": ("blob", True),
        "other": ("commit", False),
    }
    assert Entry("data/leads.csv", LEADS_SHA, "blob", 12) in below.entries
    assert not below.cut


async def test_a_blob_is_its_bytes(connected: Connect):
    async with connected() as repository:
        assert await repository.blob(LEADS_SHA, "leads.csv") == LEADS.encode()


async def test_a_former_name_is_followed_once(served: Served, connected: Connect):
    served.sandbox.rename(REPO, "acorn/sheets")

    async with connected() as repository:
        commit = await repository.commit("HEAD")
        await repository.tree(commit)
        name = await repository.full_name()

    assert name == "acorn/sheets"
    assert [entry[-1] for entry in served.sandbox.requests] == [301, 200, 200, 200]


@pytest.mark.parametrize("status", [301, 302, 307, 308])
async def test_the_token_goes_to_no_other_host(served: Served, connected: Connect, status: int):
    heads: list[bytes] = []

    async def answer(head: bytes, writer) -> None:
        heads.append(head)
        writer.write(ok(b"{}"))

    served.sandbox.rename(REPO, "acorn/sheets")
    served.sandbox.redirect_status = status
    async with serving(answer) as elsewhere, connected() as repository:
        served.sandbox.redirects_to = elsewhere
        with pytest.raises(Refused, match="leads to another host"):
            await repository.commit("HEAD")

    assert heads == []


async def test_addresses_that_lead_in_a_circle_are_left():
    def moved(request: httpx.Request) -> httpx.Response:
        return httpx.Response(302, json={}, headers={"Location": f"{request.url.path}/on"})

    async with Http("https://x.example", transport=httpx.MockTransport(moved)) as http:
        with pytest.raises(Refused, match="leads from one address to the next"):
            await Repository(http, "https://x.example", REPO, signed_in=True).commit("HEAD")


@pytest.mark.parametrize(
    ("kind", "how", "error", "words"),
    [
        ("rate_limit", {"reset": 1200}, RetryLater, "API rate limit exceeded"),
        ("rate_limit", {"reset": 20}, RateLimited, "API rate limit exceeded"),
        ("secondary_limit", {"retry_after": 5}, RateLimited, "secondary rate limit"),
        ("secondary_limit", {}, RateLimited, "secondary rate limit"),
        ("secondary_limit", {"retry_after": 300}, RetryLater, "try again in 300 s"),
        ("too_many_requests", {}, RateLimited, "secondary rate limit"),
        ("missing_scope", {}, MissingScope, r"needs Contents: read"),
        ("unauthorized", {}, Unauthorized, "Bad credentials"),
        ("server_error", {}, Unavailable, "answered 500"),
        ("bad_gateway", {}, Unavailable, "answered 502"),
        ("html", {}, BadAnswer, "names no commit"),
        ("truncated", {}, BadAnswer, "names no commit"),
        ("reset", {}, Unavailable, "got no answer"),
    ],
)
async def test_trouble_is_told_by_its_remedy(
    served: Served, connected: Connect, kind: str, how: dict, error: type[SourceError], words: str
):
    served.sandbox.fault(kind, **how)

    async with connected() as repository:
        with pytest.raises(error, match=words) as raised:
            await repository.commit("HEAD")

    assert type(raised.value) is error
    assert TOKEN not in str(raised.value)


async def test_nobody_without_a_token_may_ask_more_than_the_hour_allows(
    served: Served, connected: Connect
):
    served.sandbox.limits.anonymous = 1

    async with connected(token="") as repository:
        await repository.commit("HEAD")
        with pytest.raises(RetryLater) as raised:
            await repository.commit("HEAD")

    assert 3500 < raised.value.seconds <= 3602


@pytest.mark.parametrize(
    ("status", "headers", "body", "error", "after"),
    [
        (
            403,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772445690"},
            {},
            RateLimited,
            91,
        ),
        (
            429,
            {"x-ratelimit-remaining": "0", "x-ratelimit-reset": "1772445000"},
            {},
            RateLimited,
            1,
        ),
        (403, {"x-ratelimit-remaining": "0"}, {}, RateLimited, 60),
        (403, {"retry-after": "7", "x-ratelimit-remaining": "0"}, {}, RateLimited, 7),
        (403, {}, {"message": "You have exceeded a secondary rate limit."}, RateLimited, 60),
        (403, {}, {"message": "You have triggered an abuse detection mechanism."}, RateLimited, 60),
        (429, {}, {}, RateLimited, 60),
        (403, {}, {"message": "Must have admin rights"}, MissingScope, None),
        (403, {"x-github-sso": "required; url=https://x"}, {"message": "SAML"}, MissingScope, None),
        (403, {}, {"errors": [{"code": "too_large"}]}, TooLarge, None),
        (403, {}, {"errors": "none"}, MissingScope, None),
        (403, {}, [], MissingScope, None),
        (404, {}, {}, Refused, None),
        (503, {}, {}, Unavailable, None),
    ],
)
def test_limits_are_told_from_missing_rights(status, headers, body, error, after):
    dated = {"date": "Mon, 02 Mar 2026 10:00:00 GMT", **headers}

    verdict = GITHUB.judge(
        Reply(status, httpx.Headers(dated), httpx.Response(200, json=body).content)
    )

    assert (verdict.error, verdict.after) == (error, after)
