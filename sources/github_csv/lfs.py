"""Files kept in Git LFS: git has a pointer to each, and their bytes are on a host of their own."""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from sources.errors import BadAnswer, MissingScope, Refused, SourceError, Unauthorized, Unavailable
from sources.exact_json import encode_json
from sources.exchange import Sink
from sources.github_csv.api import Repository
from sources.http import Http

LFS = "application/vnd.git-lfs+json"
# https://github.com/git-lfs/git-lfs/blob/main/docs/spec.md: a pointer is shorter than this.
LONGEST_POINTER = 1024
_POINTER = re.compile(
    rb"version https://(?:git-lfs\.github\.com/spec|hawser\.github\.com/spec)/v1\n"
    rb"(?:[^\n]*\n)*?oid sha256:([0-9a-f]{64})\n(?:[^\n]*\n)*?size (\d{1,15})\n"
)


@dataclass(frozen=True, slots=True)
class Pointer:
    """What git has instead of a large file: the SHA-256 of its bytes, and how many they are."""

    oid: str
    size: int


def pointer_in(path: Path) -> Pointer | None:
    """The pointer that a file is; None for any other file."""
    if path.stat().st_size >= LONGEST_POINTER:
        return None
    found = _POINTER.match(path.read_bytes())
    return Pointer(found[1].decode(), int(found[2])) if found else None


@dataclass(frozen=True, slots=True)
class LargeFiles:
    """Where large files are asked for; `http` knows the token, what `elsewhere` opens does not."""

    http: Http
    elsewhere: Callable[[str], Http]
    secure: bool

    async def fetch(self, repository: Repository, part: str, pointer: Pointer, sink: Sink) -> None:
        """Fetch a file's bytes from where LFS says they are."""
        action = await self._asked(repository, part, pointer)
        address, headers = action.get("href"), action.get("header") or {}
        if not isinstance(address, str) or not isinstance(headers, dict):
            raise BadAnswer(f"LFS does not say where {part} of {repository.name} is")
        place = urlsplit(address)
        if place.scheme not in ("https", "http") or (self.secure and place.scheme != "https"):
            raise Refused(
                f"LFS leads to {place.scheme}://{place.hostname} for {part}, unencrypted", 0
            )
        path = f"{place.path or '/'}?{place.query}" if place.query else place.path or "/"
        sending = {str(name): str(value) for name, value in headers.items()}
        async with self.elsewhere(f"{place.scheme}://{place.netloc}") as host:
            await host.request("GET", path, headers={"Accept": "*/*", **sending}, sink=sink)

    async def _asked(
        self, repository: Repository, part: str, pointer: Pointer
    ) -> Mapping[str, Any]:
        """What LFS says of one file: how to download it."""
        wanted = {"oid": pointer.oid, "size": pointer.size}
        question = {"operation": "download", "transfers": ["basic"], "objects": [wanted]}
        # Former names lead to the repository in the API alone.
        name = await repository.full_name()
        try:
            reply = await self.http.request(
                "POST",
                f"/{name}.git/info/lfs/objects/batch",
                content=encode_json(question),
                headers={"Accept": LFS, "Content-Type": LFS},
            )
        except (Refused, MissingScope, Unauthorized) as error:
            raise Refused(f"{part} of {repository.name} is kept in Git LFS: {error}", 0) from None
        answer = reply.json()
        try:
            told = answer["objects"][0]
            if refused := told.get("error"):
                raise _refusal(repository, part, refused)
            action: Mapping[str, Any] = told["actions"]["download"]
        except (KeyError, IndexError, TypeError, AttributeError):
            raise BadAnswer(f"LFS's answer says nothing of {part} of {repository.name}") from None
        return action


def _refusal(repository: Repository, part: str, error: Mapping[str, Any]) -> SourceError:
    """Why LFS does not hand a file out."""
    code = error.get("code")
    said = f"{part} of {repository.name} is kept in Git LFS, which answers {code}: {error.get('message')}"
    if code in (500, 502, 503, 504):
        return Unavailable(said)
    return Refused(said, code if isinstance(code, int) else 0)
