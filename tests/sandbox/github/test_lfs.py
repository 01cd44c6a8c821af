"""Large files at the look-alike: told by a batch request, kept on another host."""

import hashlib
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from sandbox.github import TOKEN, GithubSandbox, Large

REPO = "acorn/tables"
BATCH = f"/{REPO}.git/info/lfs/objects/batch"
BODY = b"id,name\n1,A\n2,B\n"
OID = hashlib.sha256(BODY).hexdigest()
LFS = "application/vnd.git-lfs+json"


@pytest.fixture
def sandbox() -> GithubSandbox:
    sandbox = GithubSandbox()
    sandbox.create(REPO, private=True)
    sandbox.commit(REPO, {"big.csv": Large(BODY)})
    return sandbox


@pytest.fixture
def url(sandbox: GithubSandbox) -> Iterator[str]:
    with sandbox.serve() as url:
        yield url


def ask(url: str, oid: str = OID, size: int = len(BODY), **how: Any) -> httpx.Response:
    wanted = {
        "operation": "download",
        "transfers": ["basic"],
        "objects": [{"oid": oid, "size": size}],
    }
    how = {"auth": ("x-access-token", TOKEN), "headers": {"Accept": LFS, "Content-Type": LFS}} | how
    return httpx.post(url + BATCH, json=wanted, trust_env=False, **how)


def test_git_has_a_pointer(sandbox, url):
    answer = httpx.get(
        f"{url}/repos/{REPO}/contents/big.csv",
        headers={"Accept": "application/vnd.github.raw+json", "Authorization": f"Bearer {TOKEN}"},
        trust_env=False,
    )

    assert answer.text == (
        f"version https://git-lfs.github.com/spec/v1\noid sha256:{OID}\nsize {len(BODY)}\n"
    )


def test_the_object_is_on_another_host_for_who_shows_the_signature(sandbox, url):
    [told] = ask(url).json()["objects"]
    action = told["actions"]["download"]

    body = httpx.get(action["href"], headers=action["header"], trust_env=False)
    bare = httpx.get(action["href"], trust_env=False)
    doubly = httpx.get(
        action["href"], headers=action["header"] | {"Authorization": "Bearer x"}, trust_env=False
    )

    assert not action["href"].startswith(url)
    assert (body.status_code, body.content) == (200, BODY)
    assert (bare.status_code, doubly.status_code) == (403, 400)
    assert sandbox.objects.tokens_seen == ["Bearer x"]


def test_an_object_that_is_not_there_is_told_by_itself(url):
    [told] = ask(url, oid="0" * 64).json()["objects"]

    assert told["error"]["code"] == 404


def test_a_spent_budget_is_told_of_each_object(sandbox, url):
    sandbox.fault("lfs_quota")

    [told] = ask(url).json()["objects"]

    assert "budget" in told["error"]["message"]


def test_a_private_repository_is_not_there_for_others(url):
    assert ask(url, auth=None).status_code == 404


@pytest.mark.parametrize(
    ("headers", "status"),
    [({"Content-Type": LFS}, 406), ({"Accept": LFS, "Content-Type": "application/json"}, 415)],
)
def test_it_is_strict_about_its_media_type(url, headers, status):
    assert ask(url, headers=headers).status_code == status
