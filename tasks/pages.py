"""Cached chunks on disk: compressed, sealed when there is a key, in a private folder."""

import base64
import shutil
import time
from contextlib import suppress
from contextvars import ContextVar
from dataclasses import asdict
from datetime import timedelta
from io import BytesIO
from pathlib import Path
from typing import Any

import polars as pl
import zstandard
from prefect.serializers import Serializer

from sources.exact_json import decode_json, encode_json
from sources.page import Records, Unreadable
from sources.privacy import Privacy
from sources.rows import Rows
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
        """A chunk as base64 of compressed content."""
        head = {name: getattr(obj, name) for name in HEAD}
        head["unreadable"] = [asdict(piece) for piece in obj.unreadable]
        body = zstandard.compress(_content(head, obj.records), QUICK)
        return base64.b64encode(privacy.get().seal(body))

    def loads(self, blob: bytes) -> Chunk:
        """The chunk again, marked as cached."""
        body = privacy.get().open(base64.b64decode(blob))
        head, records = _taken_apart(zstandard.decompress(body))
        head["meter"] = {name: float(value) for name, value in head["meter"].items()}
        head["unreadable"] = [Unreadable(**piece) for piece in head["unreadable"]]
        return Chunk(records, **head, cached=True)


def _content(head: dict[str, Any], records: Records) -> bytes:
    """A line of JSON; frames follow it in Arrow's file format, and the line says how long each is."""
    if not isinstance(records, Rows):
        return encode_json({"head": head, "records": records})
    frames = [_arrow(frame) for frame in records.frames]
    said = encode_json({"head": head, "frames": [len(frame) for frame in frames]})
    return b"\n".join((said, b"".join(frames)))


def _taken_apart(content: bytes) -> tuple[dict[str, Any], Records]:
    line, _, arrow = content.partition(b"\n")
    said = decode_json(line)
    if "records" in said:
        return said["head"], said["records"]
    frames, begin = [], 0
    for length in said["frames"]:
        frames.append(pl.read_ipc(BytesIO(arrow[begin : begin + length])))
        begin += length
    return said["head"], Rows(*frames)


def _arrow(frame: pl.DataFrame) -> bytes:
    # Compressed column by column: faster and smaller than the whole at once.
    arrow = BytesIO()
    frame.write_ipc(arrow, compression="zstd")
    return arrow.getvalue()


def private_folder(root: Path, run: str) -> Path:
    """The folder of one run's cached pages, for its owner only."""
    folder = root / "cache" / run
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    for place in (folder, folder.parent):
        place.chmod(0o700)
    purge_expired(root)
    return folder


def purge_expired(root: Path, after: timedelta = CACHE_EXPIRATION, *, dry: bool = False) -> int:
    """Remove what runs left behind that were killed, once no retry of theirs can want it; of how many."""
    count = 0
    cache = root / "cache"
    for old in cache.iterdir() if cache.is_dir() else ():
        with suppress(FileNotFoundError):  # another run may be cleaning up as well
            if time.time() - old.stat().st_mtime > after.total_seconds():
                count += 1
                if not dry:
                    purge(old)
    return count


def purge(folder: Path) -> None:
    """Remove a run's cached pages."""
    shutil.rmtree(folder, ignore_errors=True)


def purge_pages(root: Path, source: str, entity: str) -> int:
    """Remove the cached pages of an entity, whichever run read them; how many there were."""
    # The names begin as `ChunkRef.cache_key` says.
    pages = list((root / "cache").glob(f"*/{source}-{entity}-*"))
    for page in pages:
        page.unlink(missing_ok=True)
    return len(pages)
