"""A repository at the look-alike, and clients of it."""

from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass

import pytest
from pydantic import SecretStr

from sandbox.github import TOKEN, GithubSandbox
from sources.auth import StaticToken
from sources.github_csv.api import Repository
from sources.github_csv.policy import GITHUB
from sources.http import Http

REPO = "acorn/tables"
LEADS = "id,name\n1,A\n"
LEADS_SHA = "edc25061a61ebb1b08f50c0884fc976fc5a0890e"


@dataclass
class Served:
    """A sandbox and where it is."""

    sandbox: GithubSandbox
    url: str

    @property
    def asked(self) -> list[str]:
        """What was asked for so far: the paths behind the repository's name, and the status."""
        return [
            f"{path.partition('/tables')[2] or path} {status}"
            for _, path, _, status in self.sandbox.requests
        ]


@pytest.fixture
def served() -> Iterator[Served]:
    sandbox = GithubSandbox()
    sandbox.create(REPO)
    sandbox.commit(REPO, {"data/leads.csv": LEADS, "README.md": "# Tables\n"})
    with sandbox.serve() as url:
        yield Served(sandbox, url)


Connect = Callable[..., AbstractAsyncContextManager[Repository]]


@pytest.fixture
def connected(served: Served) -> Connect:
    @asynccontextmanager
    async def connect(
        name: str = REPO, token: str = TOKEN, retry_attempts: int = 0
    ) -> AsyncIterator[Repository]:
        auth = StaticToken(SecretStr(token)) if token else None
        async with Http(
            served.url,
            auth=auth,
            policy=GITHUB,
            retry_attempts=retry_attempts,
            timeout=2,
            backoff=0,
        ) as http:
            yield Repository(http, served.url, name, signed_in=bool(token))

    return connect
