"""The file that keeps a rotated refresh token: private, whole, and no longer used than it counts."""

import os
from pathlib import Path

import pytest
from pydantic import SecretStr

from sources.errors import ConfigError
from sources.keeping import FileKeeper, NotKept, secret_block

GIVEN, ROTATED = SecretStr("na1-given-refresh"), SecretStr("na1-rotated-refresh")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "home" / "credentials" / "hubspot.json"


def keeper(path: Path, given: SecretStr = GIVEN) -> FileKeeper:
    return FileKeeper(path, "HUBSPOT_REFRESH_TOKEN", given)


async def test_nothing_is_kept_before_anything_was_rotated(path: Path):
    assert await keeper(path).kept() is None


async def test_the_next_process_finds_what_was_kept_last(path: Path):
    await keeper(path).keep(SecretStr("na1-first"))
    await keeper(path).keep(ROTATED)

    assert await keeper(path).kept() == ROTATED


async def test_a_new_token_in_the_environment_beats_the_kept_one(path: Path):
    await keeper(path).keep(ROTATED)

    assert await keeper(path, SecretStr("na1-authorised-again")).kept() is None


async def test_blanks_around_a_token_do_not_make_it_another_one(path: Path):
    await keeper(path).keep(ROTATED)

    assert await keeper(path, SecretStr(f" {GIVEN.get_secret_value()}\n")).kept() == ROTATED


@pytest.mark.skipif(os.name == "nt", reason="Windows has other permissions")
async def test_only_the_owner_may_read_it_whatever_was_there_before(path: Path):
    path.parent.mkdir(parents=True, mode=0o755)
    path.write_text("{}")
    path.chmod(0o644)

    await keeper(path).keep(ROTATED)

    assert (path.stat().st_mode & 0o777, path.parent.stat().st_mode & 0o777) == (0o600, 0o700)


async def test_the_given_token_is_not_in_the_file(path: Path):
    await keeper(path).keep(ROTATED)

    assert GIVEN.get_secret_value() not in path.read_text()


async def test_a_write_that_fails_leaves_the_old_token_and_no_other_file(
    path: Path, monkeypatch: pytest.MonkeyPatch
):
    await keeper(path).keep(ROTATED)

    def full(_handle: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(NotKept, match="No space left on device") as failed:
        await keeper(path).keep(SecretStr("na1-another"))

    assert await keeper(path).kept() == ROTATED
    assert [file.name for file in path.parent.iterdir()] == ["hubspot.json"]
    assert "na1-another" not in str(failed.value)
    assert str(path) in str(failed.value)


async def test_a_folder_that_cannot_be_made_is_told(tmp_path: Path):
    (tmp_path / "home").write_text("a file where a folder should be")

    with pytest.raises(NotKept, match="HUBSPOT_REFRESH_TOKEN"):
        await keeper(tmp_path / "home" / "credentials" / "hubspot.json").keep(ROTATED)


@pytest.mark.parametrize("content", [b"", b"{", b'{"given": 1}', b"\xff\xfe", b'["na1-hidden"]'])
async def test_a_spoilt_file_is_not_taken_for_none_nor_quoted(path: Path, content: bytes):
    path.parent.mkdir(parents=True)
    path.write_bytes(content)

    with pytest.raises(ConfigError, match="cannot be read") as refused:
        await keeper(path).kept()

    assert str(path) in str(refused.value)
    assert "na1-hidden" not in str(refused.value)


def test_a_keeper_shows_no_secret(path: Path):
    assert GIVEN.get_secret_value() not in repr(keeper(path))


def test_a_block_is_called_like_its_variable():
    assert secret_block("HUBSPOT_EMEA_REFRESH_TOKEN") == "hubspot-emea-refresh-token"
