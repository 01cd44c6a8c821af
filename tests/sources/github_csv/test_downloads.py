"""Files of a repository on the disk: whole and as they were committed, or not at all."""

import asyncio
import hashlib
import stat
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest
from pydantic import SecretStr

from sandbox.github import TOKEN, Large
from sources.auth import Carrier, StaticToken
from sources.errors import BadAnswer, Refused, SourceError, TooLarge, Unavailable
from sources.github_csv import downloads as kept
from sources.github_csv.api import Repository
from sources.github_csv.downloads import Downloads
from sources.github_csv.lfs import LargeFiles
from sources.github_csv.policy import GITHUB
from sources.github_csv.source import basic
from sources.http import Http
from tests.sources.github_csv.conftest import LEADS, LEADS_SHA, REPO, Connect, Served

BIG = b"id,name\n" + b"".join(b"%d,N%d\n" % (n, n) for n in range(20_000))


@asynccontextmanager
async def downloading(
    served: Served,
    repository: Repository,
    folder: Path,
    *,
    retry_attempts: int = 0,
    secure: bool = False,
) -> AsyncIterator[Downloads]:
    def elsewhere(url: str) -> Http:
        return Http(url, retry_attempts=retry_attempts, timeout=2, backoff=0)

    auth = StaticToken(basic(TOKEN), Carrier(form="Basic {}"))
    async with Http(
        served.url, auth=auth, policy=GITHUB, retry_attempts=retry_attempts, timeout=2, backoff=0
    ) as http:
        yield Downloads(folder, LargeFiles(http, elsewhere, secure=secure))


def committed(served: Served, content: bytes | Large, path: str = "big.csv") -> tuple[str, int]:
    """The blob of a file that is committed, and its size."""
    commit = served.sandbox.commit(REPO, {path: content})
    one = served.sandbox.store.repositories[REPO]
    sha = one.files(commit)[path].sha
    return sha, len(one.blobs[sha])


async def test_a_file_is_fetched_once_into_a_private_place(
    served: Served, connected: Connect, tmp_path: Path
):
    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        paths = await asyncio.gather(
            *(files.path_of(repository, "leads.csv", LEADS_SHA, 12) for _ in range(3))
        )

    assert {path.read_text() for path in paths} == {LEADS}
    assert len(served.sandbox.requests) == 1
    assert stat.S_IMODE(paths[0].stat().st_mode) == 0o600
    assert [path.name for path in tmp_path.iterdir()] == [LEADS_SHA]


async def test_a_large_blob_arrives_whole(served: Served, connected: Connect, tmp_path: Path):
    served.sandbox.small = 1000
    sha, size = committed(served, BIG)

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        path = await files.path_of(repository, "big.csv", sha, size)

    assert path.read_bytes() == BIG


@pytest.mark.parametrize("kind", ["flipped_byte", "half_a_file", "truncated"])
async def test_spoiled_bytes_are_asked_for_again(
    served: Served, connected: Connect, tmp_path: Path, kind: str
):
    sha, size = committed(served, BIG)
    served.sandbox.fault(kind)

    async with (
        connected(retry_attempts=1) as repository,
        downloading(served, repository, tmp_path) as files,
    ):
        path = await files.path_of(repository, "big.csv", sha, size)

    assert path.read_bytes() == BIG
    assert len(served.sandbox.requests) == 2


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        ("flipped_byte", BadAnswer, "not those its hash stands for"),
        ("half_a_file", BadAnswer, "ends .* bytes short"),
        ("truncated", BadAnswer, "ends .* bytes short"),
        ("oversized", BadAnswer, "longer than the"),
        ("dropped", Unavailable, "got no answer"),
        ("reset", Unavailable, "got no answer"),
    ],
)
async def test_bytes_that_stay_spoiled_are_told_and_not_kept(
    served: Served,
    connected: Connect,
    tmp_path: Path,
    kind: str,
    error: type[SourceError],
    words: str,
):
    sha, size = committed(served, BIG)
    served.sandbox.fault(kind, times=None)

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        with pytest.raises(error, match=words):
            await files.path_of(repository, "big.csv", sha, size)

    assert not (tmp_path / sha).exists()


async def test_what_the_api_does_not_hand_out_is_told_before_it_is_asked_for(
    served: Served, connected: Connect, tmp_path: Path
):
    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        with pytest.raises(
            TooLarge, match="big.csv of acorn/tables has 200,000,000 bytes.*Git LFS"
        ):
            await files.path_of(repository, "big.csv", "0" * 40, 200_000_000)

    assert served.sandbox.requests == []


async def test_what_the_api_refuses_for_its_size_is_told(
    served: Served, connected: Connect, tmp_path: Path
):
    sha, size = committed(served, BIG)
    served.sandbox.large = 1000

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        with pytest.raises(TooLarge, match="keep it in Git LFS, compress it"):
            await files.path_of(repository, "big.csv", sha, size)


async def test_a_disk_that_cannot_be_written_to_is_no_fault_of_the_network(
    served: Served, connected: Connect, tmp_path: Path
):
    async with (
        connected(retry_attempts=3) as repository,
        downloading(served, repository, tmp_path / "gone") as files,
    ):
        with pytest.raises(SourceError, match="cannot be written to.*TMPDIR") as raised:
            await files.path_of(repository, "leads.csv", LEADS_SHA, 12)

    assert not raised.value.retryable
    assert len(served.sandbox.requests) == 1


async def test_what_was_fetched_first_makes_room(
    served: Served, connected: Connect, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    monkeypatch.setattr(kept, "KEPT_BYTES", 25)
    blobs = [committed(served, b"0123456789" + bytes([48 + n]), f"{n}.csv") for n in range(3)]

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        for sha, size in (*blobs, blobs[0]):
            path = await files.path_of(repository, "x.csv", sha, size)
            assert path.exists()

    assert {path.name for path in tmp_path.iterdir()} == {blobs[0][0], blobs[2][0]}


async def test_a_file_in_lfs_is_fetched_from_there_without_the_token(
    served: Served, connected: Connect, tmp_path: Path
):
    sha, size = committed(served, Large(BIG))

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        paths = [await files.path_of(repository, "big.csv", sha, size) for _ in range(2)]

    assert {path.read_bytes() for path in paths} == {BIG}
    assert paths[0].name == hashlib.sha256(BIG).hexdigest()
    assert served.sandbox.objects.tokens_seen == []
    assert len(served.sandbox.objects.app.journal) == 1


async def test_a_file_in_lfs_is_found_under_a_new_name_and_in_private(
    served: Served, connected: Connect, tmp_path: Path
):
    served.sandbox.create("acorn/secret", private=True)
    commit = served.sandbox.commit("acorn/secret", {"big.csv": Large(BIG)})
    one = served.sandbox.store.repositories["acorn/secret"]
    entry = one.files(commit)["big.csv"]
    served.sandbox.rename("acorn/secret", "acorn/hidden")

    async with (
        connected("acorn/secret") as repository,
        downloading(served, repository, tmp_path) as files,
    ):
        path = await files.path_of(repository, "big.csv", entry.sha, len(one.blobs[entry.sha]))

    assert path.read_bytes() == BIG


@pytest.mark.parametrize(
    ("kind", "error", "words"),
    [
        (
            "lfs_quota",
            Refused,
            "big.csv of acorn/tables is kept in Git LFS, which answers 509: .*budget",
        ),
        ("missing_scope", Refused, "is kept in Git LFS: .*answered 403"),
        ("not_found", Refused, "is kept in Git LFS: .*answered 404"),
        ("unavailable", Unavailable, "answered 503"),
    ],
)
async def test_lfs_that_refuses_is_told(
    served: Served,
    connected: Connect,
    tmp_path: Path,
    kind: str,
    error: type[SourceError],
    words: str,
):
    sha, size = committed(served, Large(BIG))
    served.sandbox.fault(kind, path="/info/lfs/")

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        with pytest.raises(error, match=words):
            await files.path_of(repository, "big.csv", sha, size)


async def test_an_object_that_lfs_does_not_have_is_told(
    served: Served, connected: Connect, tmp_path: Path
):
    sha, size = committed(served, Large(BIG, kept=False))

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        with pytest.raises(Refused, match="answers 404: Object does not exist"):
            await files.path_of(repository, "big.csv", sha, size)


@pytest.mark.parametrize("kind", ["flipped_byte", "half_a_file", "server_error"])
@pytest.mark.parametrize("retry_attempts", [0, 1])
async def test_an_object_is_believed_by_its_hash_alone(
    served: Served, connected: Connect, tmp_path: Path, kind: str, retry_attempts: int
):
    sha, size = committed(served, Large(BIG))
    served.sandbox.objects.app.faults.add(kind)

    async with (
        connected() as repository,
        downloading(served, repository, tmp_path, retry_attempts=retry_attempts) as files,
    ):
        if retry_attempts:
            path = await files.path_of(repository, "big.csv", sha, size)
            assert path.read_bytes() == BIG
        else:
            with pytest.raises(Unavailable):
                await files.path_of(repository, "big.csv", sha, size)


async def test_a_signature_that_is_over_is_told(served: Served, connected: Connect, tmp_path: Path):
    sha, size = committed(served, Large(BIG))
    served.sandbox.objects.app.faults.add("expired")

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        with pytest.raises(Refused, match="GET /objects/.* answered 403") as raised:
            await files.path_of(repository, "big.csv", sha, size)

    assert "X-Amz-Expires" not in str(raised.value)


async def test_an_object_is_not_fetched_unencrypted_where_github_is_not(
    served: Served, connected: Connect, tmp_path: Path
):
    sha, size = committed(served, Large(BIG))

    async with (
        connected() as repository,
        downloading(served, repository, tmp_path, secure=True) as files,
    ):
        with pytest.raises(Refused, match="unencrypted"):
            await files.path_of(repository, "big.csv", sha, size)


@pytest.mark.parametrize(
    "content",
    [
        b"version https://git-lfs.github.com/spec/v1\noid sha256:nothex\nsize 12\n",
        b"version https://git-lfs.github.com/spec/v2\n",
        b"id,version\n1,https://git-lfs.github.com/spec/v1\n",
        b"",
    ],
)
async def test_what_only_looks_like_a_pointer_is_a_file(
    served: Served, connected: Connect, tmp_path: Path, content: bytes
):
    sha, size = committed(served, content)

    async with connected() as repository, downloading(served, repository, tmp_path) as files:
        assert (await files.path_of(repository, "big.csv", sha, size)).read_bytes() == content


def test_the_token_for_git_is_a_password():
    assert basic("abc") == SecretStr("eC1hY2Nlc3MtdG9rZW46YWJj")
