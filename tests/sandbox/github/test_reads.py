"""The look-alike of GitHub, asked as its documentation says."""

import base64
import subprocess
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest

from sandbox.github import (
    FIRMS,
    TOKEN,
    ZIP_CODES,
    GithubSandbox,
    Limits,
    Link,
    ManualClock,
    Module,
)
from sandbox.process import running

REPO = "acorn/tables"
URL = f"/repos/{REPO}"
LEADS = "id,name\n1,A\n"
LEADS_SHA = "edc25061a61ebb1b08f50c0884fc976fc5a0890e"
NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
RAW = {"Accept": "application/vnd.github.raw+json"}
OBJECT = {"Accept": "application/vnd.github.object+json"}
SHA = {"Accept": "application/vnd.github.sha"}


@pytest.fixture
def sandbox() -> GithubSandbox:
    sandbox = GithubSandbox(clock=ManualClock(NOW))
    sandbox.create(REPO)
    sandbox.commit(REPO, {"data/leads.csv": LEADS, "README.md": "# Tables\n"})
    return sandbox


@pytest.fixture
def url(sandbox: GithubSandbox) -> Iterator[str]:
    with sandbox.serve() as url:
        yield url


@pytest.fixture
def api(url: str) -> Iterator[httpx.Client]:
    with client(url) as api:
        yield api


def client(url: str, token: str | None = TOKEN) -> httpx.Client:
    headers = {"Authorization": f"Bearer {token}"} if token else {}
    return httpx.Client(base_url=url, headers=headers, timeout=5, trust_env=False)


def head(sandbox: GithubSandbox, repo: str = REPO) -> str:
    return sandbox.store.repositories[repo].branches["main"]


def test_a_file_is_as_the_documentation_shows_it(api):
    answer = api.get(f"{URL}/contents/data/leads.csv").json()

    assert (answer["type"], answer["encoding"], answer["size"]) == ("file", "base64", 12)
    assert (answer["name"], answer["path"]) == ("leads.csv", "data/leads.csv")
    assert answer["sha"] == LEADS_SHA
    assert answer["content"] == "aWQsbmFtZQoxLEEK\n"


def test_ids_are_those_that_git_gives(sandbox, tmp_path: Path):
    sandbox.commit(REPO, {"data.csv": "x\n", "data/a/b.csv": "y\n", "l": Link("data.csv")})
    one = sandbox.store.repositories[REPO]
    (tmp_path / "data/a").mkdir(parents=True)
    for path, text in {
        "data.csv": "x\n",
        "data/a/b.csv": "y\n",
        "data/leads.csv": LEADS,
        "README.md": "# Tables\n",
    }.items():
        (tmp_path / path).write_text(text)
    (tmp_path / "l").symlink_to("data.csv")

    def git(*words: str) -> str:
        done = subprocess.run(["git", *words], cwd=tmp_path, capture_output=True, check=True)
        return done.stdout.decode().strip()

    git("init", "-q")
    git("add", "-A")

    assert one.commits[head(sandbox)].tree == git("write-tree")


def test_long_content_has_lines_of_60_characters(sandbox, api):
    sandbox.commit(REPO, {"long.csv": "x" * 100})

    answer = api.get(f"{URL}/contents/long.csv").json()["content"]

    assert [len(line) for line in answer.splitlines()] == [60, 60, 16]
    assert base64.b64decode(answer) == b"x" * 100


@pytest.mark.parametrize(
    ("accept", "size", "status", "encoding"),
    [
        ({}, 100, 200, "base64"),
        ({}, 101, 200, "none"),
        (OBJECT, 101, 200, "none"),
        (RAW, 101, 200, None),
        ({}, 1001, 403, None),
        (RAW, 1001, 403, None),
    ],
)
def test_what_a_size_allows(accept, size, status, encoding):
    sandbox = GithubSandbox(small=100, large=1000)
    sandbox.create(REPO)
    sandbox.commit(REPO, {"some.csv": "x" * size})
    with sandbox.serve() as url, client(url) as api:
        answer = api.get(f"{URL}/contents/some.csv", headers=accept)

    assert answer.status_code == status
    if status == 403:
        assert answer.json()["errors"][0]["code"] == "too_large"
    elif encoding is None:
        assert answer.text == "x" * size
    else:
        assert answer.json()["encoding"] == encoding
        assert (answer.json()["content"] == "") == (encoding == "none")


def test_older_servers_refuse_what_is_not_small(sandbox, api):
    sandbox.old, sandbox.small = True, 10

    refused = api.get(f"{URL}/contents/data/leads.csv")

    assert (refused.status_code, refused.json()["errors"][0]["code"]) == (403, "too_large")
    assert api.get(f"{URL}/contents/data/leads.csv", headers=RAW).text == LEADS


def test_blobs_come_by_their_id(sandbox, api):
    raw = api.get(f"{URL}/git/blobs/{LEADS_SHA}", headers=RAW)
    told = api.get(f"{URL}/git/blobs/{LEADS_SHA}").json()
    sandbox.large = 5

    assert raw.text == LEADS
    assert base64.b64decode(told["content"]).decode() == LEADS
    assert api.get(f"{URL}/git/blobs/{LEADS_SHA}", headers=RAW).status_code == 403
    assert api.get(f"{URL}/git/blobs/{'0' * 40}").status_code == 404


def test_a_folder_is_a_list_cut_in_silence(sandbox, api):
    sandbox.commit(REPO, {f"many/{n:04d}.csv": "x" for n in range(1003)} | {"many/m": Module()})

    listed = api.get(f"{URL}/contents/many").json()
    wrapped = api.get(f"{URL}/contents/many", headers=OBJECT).json()

    assert len(listed) == len(wrapped["entries"]) == 1000
    assert wrapped["type"] == "dir"


def test_a_submodule_passes_for_a_file_in_lists(sandbox, api):
    sandbox.commit(REPO, {"data/other": Module()})

    types = {one["name"]: one["type"] for one in api.get(f"{URL}/contents/data").json()}

    assert types == {"leads.csv": "file", "other": "file"}
    assert api.get(f"{URL}/contents/data/other").json()["type"] == "submodule"


def test_a_link_to_a_file_is_followed_and_another_shown(sandbox, api):
    sandbox.commit(
        REPO, {"latest.csv": Link("data/leads.csv"), "up.csv": Link("../x"), "dir": Link("data")}
    )

    assert api.get(f"{URL}/contents/latest.csv", headers=RAW).text == LEADS
    assert api.get(f"{URL}/contents/up.csv").json()["type"] == "symlink"
    assert api.get(f"{URL}/contents/dir").json()["type"] == "symlink"


@pytest.mark.parametrize("recursive", ["1", "0", "false"])
def test_any_value_of_recursive_means_recursive(api, recursive):
    answer = api.get(f"{URL}/git/trees/main", params={"recursive": recursive}).json()

    assert [(one["path"], one["type"]) for one in answer["tree"]] == [
        ("README.md", "blob"),
        ("data", "tree"),
        ("data/leads.csv", "blob"),
    ]
    assert answer["truncated"] is False


def test_a_tree_without_recursive_is_one_folder(sandbox, api):
    sandbox.commit(REPO, {"other": Module(), "link": Link("README.md")})

    answer = api.get(f"{URL}/git/trees/{head(sandbox)}").json()["tree"]

    assert {one["path"]: (one["mode"], "size" in one) for one in answer} == {
        "README.md": ("100644", True),
        "data": ("040000", False),
        "link": ("120000", True),
        "other": ("160000", False),
    }


def test_a_recursive_tree_is_cut_and_says_so(sandbox, api):
    sandbox.most_in_tree = 2

    cut = api.get(f"{URL}/git/trees/main", params={"recursive": "1"}).json()
    whole = api.get(f"{URL}/git/trees/main").json()

    assert (len(cut["tree"]), cut["truncated"]) == (2, True)
    assert (len(whole["tree"]), whole["truncated"]) == (2, False)


def test_refs_are_branches_tags_commits_and_head(sandbox, api):
    first = head(sandbox)
    sandbox.commit(REPO, {"b.csv": "x\n"}, branch="feature/b", tag="v1")

    def sha(ref: str) -> str:
        return api.get(f"{URL}/commits/{ref}", headers=SHA).text

    assert sha("main") == sha("HEAD") == sha("heads/main") == sha(first) == first
    assert sha("feature/b") == sha("v1") == sha("tags/v1") != first


def test_a_ref_that_is_not_there_is_422_and_of_contents_404(api):
    assert api.get(f"{URL}/commits/nowhere", headers=SHA).status_code == 422
    assert api.get(f"{URL}/contents/README.md", params={"ref": "nowhere"}).status_code == 404
    assert api.get(f"{URL}/git/trees/nowhere").status_code == 404


def test_the_commits_of_a_path_are_those_that_changed_it(sandbox, api):
    first = head(sandbox)
    second = sandbox.commit(REPO, {"data/leads.csv": "id\n"})
    sandbox.commit(REPO, {"README.md": "more"})

    def of(**params: str) -> list[str]:
        return [one["sha"] for one in api.get(f"{URL}/commits", params=params).json()]

    assert of(path="data/leads.csv") == [second, first]
    assert of(path="data/leads.csv", per_page="1") == [second]
    assert of(path="never.csv") == []
    assert len(of()) == 3


def test_pages_of_commits_are_linked(sandbox, api):
    sandbox.commit(REPO, {"README.md": "more"})

    answer = api.get(f"{URL}/commits", params={"per_page": 1})

    following = answer.links["next"]["url"]
    assert [one["sha"] for one in api.get(following).json()] != [answer.json()[0]["sha"]]


def test_an_empty_repository_is_409(sandbox, api):
    sandbox.create("acorn/empty")

    for rest in ("commits/main", "git/trees/main", "contents/x.csv", f"git/blobs/{LEADS_SHA}"):
        assert api.get(f"/repos/acorn/empty/{rest}").status_code == 409
    assert api.get("/repos/acorn/empty").status_code == 200


def test_the_id_of_a_commit_is_its_etag(sandbox, api):
    sha = head(sandbox)

    answer = api.get(f"{URL}/commits/main", headers=SHA)
    same = api.get(f"{URL}/commits/main", headers=SHA | {"If-None-Match": f'"{sha}"'})
    moved = sandbox.commit(REPO, {"README.md": "more"})
    other = api.get(f"{URL}/commits/main", headers=SHA | {"If-None-Match": f'"{sha}"'})

    assert answer.headers["etag"] == f'"{sha}"'
    assert (same.status_code, same.content) == (304, b"")
    assert (other.status_code, other.text) == (200, moved)


def test_etags_differ_by_media_type_and_token(sandbox, url):
    place = f"{URL}/contents/data/leads.csv"
    with client(url) as one, client(url, None) as nobody:
        etags = {
            one.get(place).headers["etag"],
            one.get(place, headers=RAW).headers["etag"],
            nobody.get(place).headers["etag"],
        }
        known = one.get(place).headers["etag"]
        same = one.get(place, headers={"If-None-Match": known})

    assert len(etags) == 3
    assert known.startswith('W/"')
    assert same.status_code == 304


@pytest.mark.parametrize(("token", "spent"), [(TOKEN, 1), (None, 2)])
def test_304_is_free_for_who_has_a_token(sandbox, url, token, spent):
    with client(url, token) as api:
        etag = api.get(URL).headers["etag"]
        answer = api.get(URL, headers={"If-None-Match": etag})

    assert answer.status_code == 304
    assert answer.headers["x-ratelimit-used"] == str(spent)


def test_the_hour_is_used_up_and_begins_anew():
    clock = ManualClock(NOW)
    sandbox = GithubSandbox(clock=clock, limits=Limits(anonymous=2))
    sandbox.create(REPO)
    with sandbox.serve() as url, client(url, None) as api:
        answers = [api.get(URL) for _ in range(3)]
        left = api.get("/rate_limit").json()["rate"]
        clock.advance(3600)
        later = api.get(URL)

    assert [one.status_code for one in answers] == [200, 200, 403]
    assert answers[2].headers["x-ratelimit-remaining"] == "0"
    assert int(answers[2].headers["x-ratelimit-reset"]) == NOW.timestamp() + 3600
    assert (left["limit"], left["remaining"]) == (2, 0)
    assert (later.status_code, later.headers["x-ratelimit-remaining"]) == (200, "1")


def test_a_private_repository_is_not_there_for_others(sandbox, url):
    sandbox.create("acorn/secret", private=True)
    sandbox.grant("of-tables", REPO)
    sandbox.grant("of-secret", "acorn/secret")

    def status(token: str | None) -> int:
        with client(url, token) as api:
            return api.get("/repos/acorn/secret").status_code

    assert [status(token) for token in (None, "of-tables", "of-secret", TOKEN, "wrong")] == [
        404, 404, 200, 200, 401,
    ]  # fmt: skip


def test_a_former_name_leads_to_the_repository(sandbox, url):
    sandbox.rename(REPO, "acorn/sheets")
    with client(url) as api:
        answer = api.get(f"{URL}/contents/data/leads.csv?ref=main", headers=RAW)
        followed = api.get(answer.headers["location"], headers=RAW)

    assert answer.status_code == 301
    assert "/repositories/" in answer.headers["location"]
    assert followed.text == LEADS


def test_a_request_that_does_not_say_who_it_is_is_refused(api):
    assert api.get(URL, headers={"User-Agent": ""}).status_code == 403


def test_a_version_nobody_knows_is_refused(api):
    assert api.get(URL, headers={"X-GitHub-Api-Version": "2022-11-28"}).status_code == 200
    assert api.get(URL, headers={"X-GitHub-Api-Version": "1999-01-01"}).status_code == 400


@pytest.mark.parametrize(
    ("kind", "status", "words"),
    [
        ("rate_limit", 403, "API rate limit exceeded"),
        ("secondary_limit", 403, "secondary rate limit"),
        ("too_many_requests", 429, "secondary rate limit"),
        ("missing_scope", 403, "Resource not accessible"),
        ("unauthorized", 401, "Bad credentials"),
        ("not_found", 404, "Not Found"),
        ("server_error", 500, "Server Error"),
    ],
)
def test_trouble_on_demand(sandbox, api, kind, status, words):
    sandbox.fault(kind)

    answer = api.get(URL)

    assert answer.status_code == status
    assert words in answer.json()["message"]


@pytest.mark.parametrize("kind", ["flipped_byte", "half_a_file"])
def test_a_file_may_arrive_spoiled(sandbox, api, kind):
    sandbox.fault(kind)

    assert api.get(f"{URL}/git/blobs/{LEADS_SHA}", headers=RAW).text != LEADS
    assert api.get(f"{URL}/git/blobs/{LEADS_SHA}", headers=RAW).text == LEADS


def test_a_forced_push_leads_back(sandbox, api):
    first = head(sandbox)
    sandbox.commit(REPO, {"data/leads.csv": "id\n"})

    sandbox.reset(REPO, first)

    assert api.get(f"{URL}/contents/data/leads.csv", headers=RAW).text == LEADS


def test_it_runs_as_a_process_of_its_own():
    with running("sandbox.github") as remote, client(remote.url) as api:
        remote.do("commit", repo=ZIP_CODES, files={"data/CT.csv": None, "data/OH.csv": "zip\n"})
        files = remote.truth("files")
        firms = api.get(f"/repos/{FIRMS}/contents/data/constituents.csv", headers=RAW).text

    assert f"{ZIP_CODES}/data/OH.csv" in files
    assert f"{ZIP_CODES}/data/CT.csv" not in files
    assert firms.startswith("Symbol,Security,")
