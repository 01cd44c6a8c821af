"""The sandbox as tests and the demo hold it: repositories, how they are changed, and how they are served."""

from collections.abc import Iterator, Mapping
from contextlib import AbstractContextManager, contextmanager
from datetime import datetime
from typing import Any

from starlette.requests import Request
from starlette.routing import Route

from sandbox import application
from sandbox.clock import Clock, utc_now
from sandbox.control import Control
from sandbox.faults import Faults
from sandbox.gate import Gate, Refusal
from sandbox.github import lfs, reads
from sandbox.github import seed as seed_store
from sandbox.github.errors import PAGES, GithubFault, answers_at, refusal, said, used_up
from sandbox.github.lfs import Objects
from sandbox.github.limits import Limits
from sandbox.github.store import Content, Store
from sandbox.served import Served
from sandbox.server import serve

TOKEN = "github_pat_sandbox"
SMALL, LARGE, MOST_IN_TREE = 1_048_576, 104_857_600, 100_000
VERSIONS = ("2022-11-28", "2026-03-10")
ACTIONS = ("create", "commit", "reset", "rename", "remove", "grant")


class GithubSandbox(Served):
    """Repositories in memory and the part of the REST API that reads them.

    Blobs above `small` bytes come raw only, those above `large` not at all; a recursive tree is cut after
    `most_in_tree` entries. `old`: blobs above `small` are refused, as servers of one's own did. A renamed
    repository's old name answers `redirect_status`, to `redirects_to` where that is set.
    """

    def __init__(
        self,
        *,
        limits: Limits | None = None,
        clock: Clock = utc_now,
        small: int = SMALL,
        large: int = LARGE,
        most_in_tree: int = MOST_IN_TREE,
    ) -> None:
        self.store = Store(clock, tokens={TOKEN: None})
        self.limits = limits or Limits()
        self.small, self.large, self.most_in_tree = small, large, most_in_tree
        self.old = False
        self.redirect_status = 301
        self.redirects_to = ""
        self.objects = Objects(self.clock)
        self.app = Gate(
            routes=application.build(self._routes(), reads.misled, sandbox=self),
            clock=self.clock,
            faults=Faults(
                answers_at(lambda: self.clock().timestamp()),
                PAGES,
                GithubFault,
            ),
            admit=self._admit,
        )

    @classmethod
    def seeded(cls, seed: int = 7, **how: Any) -> "GithubSandbox":
        """Two repositories of lookup tables: ZIP codes by state, and firms of an index."""
        sandbox = cls(**how)
        seed_store.fill(sandbox.store, seed)
        return sandbox

    def clock(self) -> datetime:
        """The sandbox's time; the store's clock may be replaced."""
        return self.store.clock()

    def serve(self, host: str = "127.0.0.1", port: int = 0) -> AbstractContextManager[str]:
        """Answer requests while the block runs, and keep large files on another port."""
        return self._both(host, port)

    @contextmanager
    def _both(self, host: str, port: int) -> Iterator[str]:
        with serve(self.objects.app, host) as self.objects.url, serve(self.app, host, port) as url:
            yield url

    def _routes(self) -> list[Route]:
        rest = {
            "": reads.repository,
            "/commits": reads.commits,
            "/commits/{ref:path}": reads.commit,
            "/git/trees/{ref:path}": reads.tree,
            "/git/blobs/{sha}": reads.blob,
            "/contents": reads.contents,
            "/contents/{path:path}": reads.contents,
        }
        return [
            *Control(self, *ACTIONS).routes(),
            Route("/rate_limit", reads.rate_limit, methods=["GET"]),
            *(Route(f"/repos/{{owner}}/{{repo}}{path}", read) for path, read in rest.items()),
            *(Route(f"/repositories/{{id:int}}{path}", read) for path, read in rest.items()),
            Route("/{owner}/{repo}.git/info/lfs/objects/batch", lfs.batch, methods=["POST"]),
        ]

    def _admit(self, request: Request) -> None:
        if not request.headers.get("user-agent"):
            raise refusal(
                403,
                "Request forbidden by administrative rules. Please make sure your request has a User-Agent header",
            )
        token = lfs.token_of(request)
        if token is not None and token not in self.store.tokens:
            raise refusal(401, "Bad credentials")
        version = request.headers.get("x-github-api-version", VERSIONS[0])
        if version not in VERSIONS:
            raise Refusal(said(400, f"{version} is not a supported version"))
        request.state.token = token
        free = request.url.path == "/rate_limit" or "/info/lfs/" in request.url.path
        allowed = free or self.limits.spend(token, self.clock)
        headers = self.limits.headers(token, self.clock)
        if not allowed:
            raise Refusal(used_up(headers))
        request.state.headers = headers | {"X-GitHub-Api-Version-Selected": version}

    def create(self, repo: str, *, private: bool = False, default_branch: str = "main") -> str:
        """Create an empty repository `owner/name`."""
        with self.store.lock:
            return str(self.store.create(repo, private=private, default_branch=default_branch).id)

    def commit(
        self,
        repo: str,
        files: Mapping[str, Content],
        *,
        branch: str = "",
        tag: str = "",
        message: str = "Change some files",
    ) -> str:
        """Put files (None: remove), on the default branch unless said; the commit's id."""
        with self.store.lock:
            one = self.store.repositories[repo]
            sha = one.put(branch or one.default_branch, files, message, self.clock())
            if tag:
                one.tags[tag] = sha
            return sha

    def reset(self, repo: str, commit: str, *, branch: str = "") -> None:
        """Let a branch point at a commit it had before, as a forced push does."""
        with self.store.lock:
            one = self.store.repositories[repo]
            one.branches[branch or one.default_branch] = one.commits[commit].sha

    def rename(self, repo: str, new: str) -> None:
        """Give a repository another name."""
        with self.store.lock:
            self.store.rename(repo, new)

    def remove(self, repo: str) -> None:
        """Leave nothing of a repository."""
        with self.store.lock:
            del self.store.repositories[repo]

    def grant(self, token: str, *repos: str) -> None:
        """Make a token that may read these private repositories, or all where none is named."""
        self.store.tokens[token] = frozenset(repos) or None

    def truth(self, type: str) -> dict[str, Any]:
        """The `files` on the default branches by repository and path, with their ids; or their `texts`."""
        with self.store.lock:
            return {
                f"{name}/{path}": one.blobs[entry.sha].decode("utf-8", "replace")
                if type == "texts"
                else {"sha": entry.sha}
                for name, one in self.store.repositories.items()
                if one.default_branch in one.branches
                for path, entry in one.files(one.branches[one.default_branch]).items()
                if entry.type == "blob"
            }
