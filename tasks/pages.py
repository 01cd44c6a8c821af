"""Cached chunks on disk: compressed JSON, sealed when there is a key, in a private folder."""

import base64
import shutil
import time
from contextlib import suppress
from contextvars import ContextVar
from datetime import timedelta
from pathlib import Path

import zstandard
from prefect.serializers import Serializer

from sources.exact_json import decode_json, encode_json
from sources.privacy import Privacy
from tasks.batch import Chunk

QUICK = -3  # of zstd's levels: a page lives for minutes, and the run waits for it
CACHE_EXPIRATION = timedelta(hours=6)
HEAD = ("start", "cursor", "pages", "total", "meter", "left_out", "gone")

# The keys of the run at work; a serializer is made by Prefect, which must not see them.
privacy: ContextVar[Privacy] = ContextVar("crm_sync_privacy")


class ChunkSerializer(Serializer):  # bare, as Prefect wants it
    """Chunks as text, which is what Prefect's result files can hold: raw bytes would silently not be kept."""

    type: str = "crm-sync-chunk"

    def dumps(self, obj: Chunk) -> bytes:
        """A chunk as base64 of compressed JSON."""
        head = {name: getattr(obj, name) for name in HEAD}
        body = zstandard.compress(encode_json({"head": head, "records": obj.records}), QUICK)
        return base64.b64encode(privacy.get().seal(body))

    def loads(self, blob: bytes) -> Chunk:
        """The chunk again, marked as cached."""
        body = privacy.get().open(base64.b64decode(blob))
        content = decode_json(zstandard.decompress(body))
        head = content["head"]
        head["meter"] = {name: float(value) for name, value in head["meter"].items()}
        return Chunk(content["records"], **head, cached=True)


def private_folder(root: Path, run: str) -> Path:
    """The folder of one run's cached pages, for its owner only."""
    folder = root / "cache" / run
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for place in (folder, folder.parent):
        place.chmod(0o700)
    _purge_expired(folder.parent)
    return folder


def _purge_expired(cache: Path) -> None:
    """Remove what runs left behind that were killed, once no retry of theirs can want it."""
    for old in cache.iterdir():
        with suppress(FileNotFoundError):  # another run may be cleaning up as well
            if time.time() - old.stat().st_mtime > CACHE_EXPIRATION.total_seconds():
                purge(old)


def purge(folder: Path) -> None:
    """Remove a run's cached pages."""
    shutil.rmtree(folder, ignore_errors=True)
