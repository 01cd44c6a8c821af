"""PyGithub, which others wrote and keep, reads the look-alike as it reads GitHub."""

from collections.abc import Iterator
from typing import Any

import github
import pytest

from sandbox.github import TOKEN, GithubSandbox, Limits, Link, Module

REPO = "acorn/tables"
LEADS = b"id,name\n1,A\n"


@pytest.fixture
def sandbox() -> GithubSandbox:
    sandbox = GithubSandbox(limits=Limits(authorised=50), small=1000)
    sandbox.create(REPO, private=True)
    sandbox.commit(
        REPO,
        {
            "data/leads.csv": LEADS,
            "data/big.csv": b"x" * 1500,
            "latest.csv": Link("data/leads.csv"),
        },
    )
    return sandbox


@pytest.fixture
def hub(sandbox: GithubSandbox) -> Iterator[Any]:
    with (
        sandbox.serve() as url,
        github.Github(
            base_url=url,
            auth=github.Auth.Token(TOKEN),
            retry=None,
            seconds_between_requests=None,
        ) as hub,
    ):
        yield hub


def test_it_reads_a_repository_and_a_file(hub: Any):
    repo = hub.get_repo(REPO)

    file = repo.get_contents("data/leads.csv", ref="main")

    assert (repo.full_name, repo.private, repo.default_branch) == (REPO, True, "main")
    assert (file.decoded_content, file.size, file.encoding) == (LEADS, 12, "base64")


def test_it_sees_that_a_larger_file_has_no_content(hub: Any):
    file = hub.get_repo(REPO).get_contents("data/big.csv")

    assert (file.encoding, file.content, file.size) == ("none", "", 1500)


def test_it_reads_blobs_by_their_ids(hub: Any):
    repo = hub.get_repo(REPO)

    blob = repo.get_git_blob(repo.get_contents("data/leads.csv").sha)

    assert (blob.size, blob.encoding, blob.content) == (12, "base64", "aWQsbmFtZQoxLEEK\n")


def test_it_lists_folders_and_trees(sandbox: GithubSandbox, hub: Any):
    sandbox.commit(REPO, {"other": Module()})
    repo = hub.get_repo(REPO)

    listed = {one.path: one.type for one in repo.get_contents("data")}
    tree = repo.get_git_tree("main", recursive=True)

    assert listed == {"data/leads.csv": "file", "data/big.csv": "file"}
    assert {one.path: one.type for one in tree.tree} == {
        "data": "tree",
        "data/big.csv": "blob",
        "data/leads.csv": "blob",
        "latest.csv": "blob",
        "other": "commit",
    }
    assert tree.raw_data["truncated"] is False


def test_it_walks_the_commits_of_a_path(sandbox: GithubSandbox, hub: Any):
    for number in range(35):
        sandbox.commit(REPO, {"data/leads.csv": f"id\n{number}\n"})
    sandbox.commit(REPO, {"README.md": "# Tables"})
    repo = hub.get_repo(REPO)

    found = list(repo.get_commits(path="data/leads.csv"))

    assert len(found) == 36
    assert found[0].commit.committer.date.tzinfo is not None
    assert repo.get_commit("main").sha == repo.get_commits()[0].sha


def test_it_follows_a_former_name(sandbox: GithubSandbox, hub: Any):
    sandbox.rename(REPO, "acorn/sheets")

    assert hub.get_repo(REPO).full_name == "acorn/sheets"


def test_it_knows_the_limits_and_the_refusals(sandbox: GithubSandbox, hub: Any):
    repo = hub.get_repo(REPO)
    with pytest.raises(github.UnknownObjectException):
        hub.get_repo("acorn/nothing")
    sandbox.fault("secondary_limit", retry_after=1)
    with pytest.raises(github.RateLimitExceededException):
        repo.get_contents("data/leads.csv")
    sandbox.fault("unauthorized")
    with pytest.raises(github.BadCredentialsException):
        repo.get_contents("data/leads.csv")

    assert hub.get_rate_limit().rate.limit == 50
    assert hub.rate_limiting[1] == 50
