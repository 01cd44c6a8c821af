"""One repository, asked for commits, trees and blobs; a former name of it is followed on the same host only."""

import logging
import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from urllib.parse import quote, urljoin, urlsplit

from sources.errors import (
    BadAnswer,
    ConfigError,
    MissingScope,
    Refused,
    SourceError,
    Unauthorized,
)
from sources.exchange import Sink
from sources.github_csv.policy import READ_CONTENTS
from sources.github_csv.settings import API_VERSION
from sources.http import Http
from sources.policy import Reply

JSON = "application/vnd.github+json"
RAW = "application/vnd.github.raw+json"
SHA = "application/vnd.github.sha"
MOVED = frozenset({301, 302, 307, 308})
MOST_MOVES = 3
_ID = re.compile(rb"[0-9a-f]{40}|[0-9a-f]{64}")

log = logging.getLogger("crm_sync")


@dataclass(frozen=True, slots=True)
class Entry:
    """What a tree names: `kind` is blob, tree or commit (a submodule)."""

    path: str
    sha: str
    kind: str
    size: int = 0
    is_link: bool = False


@dataclass(frozen=True, slots=True)
class Tree:
    """What is in a folder, or below it; `cut`: there is more than GitHub tells at once."""

    entries: tuple[Entry, ...]
    cut: bool = False


class Repository:
    """What may be asked of one repository; `signed_in` says whether there is a token."""

    def __init__(self, http: Http, base_url: str, name: str, *, signed_in: bool) -> None:
        self._http = http
        self._base = base_url.rstrip("/")
        self.name = name
        self._signed_in = signed_in
        self._home = f"/repos/{quote(name)}"

    async def commit(self, ref: str, known: str = "") -> str:
        """The commit a ref names now; asking costs nothing while that is the `known` one."""
        if known == ref:
            return known
        headers = {"Accept": SHA}
        if known:
            # The id of a commit is the ETag of this answer.
            headers["If-None-Match"] = f'"{known}"'
        try:
            reply = await self._get(f"/commits/{quote(ref)}", headers, (200, 304))
        except Refused as error:
            raise await self._explained(error, f"branch, tag or commit {ref!r}") from None
        if reply.status == 304 and known:
            return known
        if not _ID.fullmatch(reply.body.strip()):
            raise BadAnswer(f"GitHub's answer names no commit for {ref!r} of {self.name}")
        return reply.body.strip().decode()

    async def tree(self, sha: str, *, below: bool = False) -> Tree:
        """What is in a tree or, by one answer as far as that goes, `below` it."""
        # Any value of `recursive` means yes.
        query = "?recursive=1" if below else ""
        try:
            reply = await self._get(f"/git/trees/{sha}{query}", {"Accept": JSON})
        except Refused as error:
            raise await self._explained(error, f"tree {sha}") from None
        answer = reply.json()
        try:
            entries = tuple(_entry(one) for one in answer["tree"])
            cut = bool(answer.get("truncated"))
        except (KeyError, TypeError, ValueError) as error:
            raise BadAnswer(f"GitHub's answer is no tree of {self.name}: {error!r}") from None
        if cut and not below:
            # What is not told of is not gone.
            raise Refused(f"{self.name} has a folder of which GitHub tells but a part ({sha})", 0)
        return Tree(entries, cut)

    async def blob(self, sha: str, what: str, sink: Sink | None = None) -> bytes:
        """The bytes of a blob, or nothing where they go into a sink."""
        try:
            reply = await self._get(f"/git/blobs/{sha}", {"Accept": RAW}, sink=sink)
        except Refused as error:
            raise await self._explained(error, what) from None
        return reply.body

    async def full_name(self) -> str:
        """What the repository is called now."""
        reply = await self._get("", {"Accept": JSON})
        answer = reply.json()
        name = answer.get("full_name") if isinstance(answer, dict) else None
        return name if isinstance(name, str) and name else self.name

    async def _explained(self, error: Refused, what: str) -> SourceError:
        """What a refusal means: 404 is said both of what is not there and of what one may not see."""
        if error.status == 409:
            return ConfigError(f"{self.name} is empty: nothing was ever committed to it")
        if error.status == 422:
            return ConfigError(f"{self.name} has no {what}: set ref to one that it has")
        if error.status != 404:
            return error
        reply = await self._get("", {"Accept": JSON}, (200, 404))
        if reply.status == 200:
            return Refused(f"{self.name} can be read, but has no {what}, or has it no more", 404)
        return self.hidden()

    def hidden(self) -> SourceError:
        """Nobody can tell a repository that is not there from one that may not be seen."""
        if self._signed_in:
            return MissingScope(
                f"there is no repository {self.name}, or the token may not read it: it needs"
                f" {READ_CONTENTS[0]} of this repository, and its owner's consent where single sign-on is used",
                READ_CONTENTS,
            )
        return Unauthorized(
            f"there is no repository {self.name}, or it is private: set GITHUB_TOKEN to a token that may"
            f" read it ({READ_CONTENTS[0]})"
        )

    async def _get(
        self,
        rest: str,
        headers: Mapping[str, str],
        accept: Collection[int] = (200,),
        sink: Sink | None = None,
    ) -> Reply:
        path = self._home + rest
        for _ in range(MOST_MOVES + 1):
            reply = await self._http.request(
                "GET",
                path,
                headers={**headers, "X-GitHub-Api-Version": API_VERSION},
                accept={*accept, *MOVED},
                expect_json=headers["Accept"] == JSON,
                sink=sink,
            )
            if reply.status not in MOVED:
                return reply
            path = self._followed(reply)
            if path.endswith(rest):
                self._move_to(path.removesuffix(rest))
        raise Refused(f"{self.name} leads from one address to the next", reply.status)

    def _move_to(self, home: str) -> None:
        """Ask where the repository is now, so that not every request is sent twice."""
        log.warning("%s has another name now: set repo in crm-sync.toml to that", self.name)
        self._home = home

    def _followed(self, reply: Reply) -> str:
        """Where an answer leads to; only where the token belongs."""
        base = urlsplit(self._base)
        place = urlsplit(urljoin(f"{self._base}/", str(reply.headers.get("location", ""))))
        here = (place.scheme, place.netloc) == (base.scheme, base.netloc)
        if not here or not place.path.startswith(f"{base.path}/"):
            raise Refused(
                f"{self.name} leads to another host ({place.hostname}), where the token must not go: check"
                " repo and GITHUB_BASE_URL",
                reply.status,
            )
        query = f"?{place.query}" if place.query else ""
        return place.path.removeprefix(base.path) + query


def _entry(said: Mapping[str, object]) -> Entry:
    size = said.get("size", 0)
    return Entry(
        path=str(said["path"]),
        sha=str(said["sha"]),
        kind=str(said["type"]),
        size=size if isinstance(size, int) else 0,
        is_link=said.get("mode") == "120000",
    )
