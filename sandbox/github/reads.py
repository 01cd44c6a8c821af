"""The addresses that are read: repositories, commits, trees, blobs and contents."""

import posixpath
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response

from sandbox.gate import fault_of
from sandbox.github import render
from sandbox.github.asked import conditional, media_of, repository_of, sandbox_of
from sandbox.github.errors import refusal, respond, said, too_large
from sandbox.github.objects import FOLDER, LINK, MODULE, Entry, walked
from sandbox.github.store import Repository

RAW = "application/vnd.github.raw+json; charset=utf-8"
SHA = "application/vnd.github.sha; charset=utf-8"
MOST_IN_FOLDER = 1000
MOST_PER_PAGE, USUAL_PER_PAGE = 100, 30


async def repository(request: Request) -> Response:
    """What is known of a repository."""
    return conditional(request, render.repository(_base(request), repository_of(request)))


async def rate_limit(request: Request) -> Response:
    """What is left of the hour; asking is free."""
    sandbox = sandbox_of(request)
    headers = sandbox.limits.headers(request.state.token, sandbox.clock)
    names = ("limit", "remaining", "used", "reset")
    core = {name: int(headers[f"x-ratelimit-{name}"]) for name in names}
    return respond({"resources": {"core": core}, "rate": core})


async def commit(request: Request) -> Response:
    """One commit, or its id alone, which is its ETag then."""
    one, media = repository_of(request), media_of(request, "sha")
    ref = request.path_params["ref"]
    sha = _filled(one).commit_of(ref)
    if sha is None:
        raise refusal(422, f"No commit found for SHA: {ref}")
    if media == "sha":
        return conditional(request, sha.encode(), SHA, f'"{sha}"')
    return conditional(request, render.commit(_base(request), one, one.commits[sha]))


async def commits(request: Request) -> Response:
    """The commits of a branch, newest first; of a path, those that changed it."""
    one, asked = _filled(repository_of(request)), request.query_params
    sha = one.commit_of(asked.get("sha", ""))
    if sha is None:
        raise refusal(404, "Not Found")
    found, path = [], asked.get("path", "").strip("/")
    while sha:
        made = one.commits[sha]
        before = made.parents[0] if made.parents else None
        earlier = one.at(one.commits[before].tree, path) if before else None
        if not path or one.at(made.tree, path) != earlier:
            found.append(render.commit(_base(request), one, made))
        sha = before
    number, size = (
        max(1, _whole(asked.get("page"), 1)),
        _whole(asked.get("per_page"), USUAL_PER_PAGE),
    )
    size = min(size, MOST_PER_PAGE)
    answer = conditional(request, found[(number - 1) * size : number * size])
    if number * size < len(found):
        following = request.url.include_query_params(page=number + 1)
        answer.headers["Link"] = f'<{following}>; rel="next"'
    return answer


async def tree(request: Request) -> Response:
    """A tree's entries; with any value of `recursive`, all that is below it, up to a limit."""
    one, sandbox = _filled(repository_of(request)), sandbox_of(request)
    sha = one.tree_of(request.path_params["ref"])
    if sha is None:
        raise refusal(404, "Not Found")
    most, base = sandbox.most_in_tree, _base(request)
    if "recursive" in request.query_params:
        rows = [render.entry(base, one, path, inside) for path, inside in walked(one.trees, sha)]
    else:
        rows = [render.entry(base, one, name, it) for name, it in sorted(one.trees[sha].items())]
        most = len(rows)
    if fault_of(request) == "truncated_tree" and "recursive" in request.query_params:
        most = len(rows) // 2
    url = f"{base}/repos/{one.name}/git/trees/{sha}"
    return conditional(
        request, {"sha": sha, "url": url, "tree": rows[:most], "truncated": len(rows) > most}
    )


async def blob(request: Request) -> Response:
    """The bytes of a blob, as they are or in base64."""
    one, sandbox, media = repository_of(request), sandbox_of(request), media_of(request, "raw")
    sha = request.path_params["sha"]
    body = _filled(one).blobs.get(sha)
    if body is None:
        raise refusal(404, "Not Found")
    if len(body) > sandbox.large:
        raise too_large(sandbox.large)
    shown = _spoiled(request, body)
    if media == "raw":
        return conditional(request, shown, RAW)
    url = f"{_base(request)}/repos/{one.name}/git/blobs/{sha}"
    document = {"sha": sha, "node_id": f"B_{sha}", "size": len(body), "url": url}
    return conditional(
        request, {**document, "content": render.in_base64(shown), "encoding": "base64"}
    )


async def contents(request: Request) -> Response:
    """What is at a path: a file with its bytes, or a list of what is in a folder."""
    one, media = _filled(repository_of(request)), media_of(request, "raw", "object")
    ref, path = request.query_params.get("ref", ""), request.path_params.get("path", "").strip("/")
    commit = one.commit_of(ref)
    if commit is None:
        raise refusal(404, f"No commit found for the ref {ref}")
    path, inside = _followed(one, one.commits[commit].tree, path)
    shown = ref or one.default_branch
    if inside.mode == FOLDER:
        return _folder(request, one, path, shown, inside, media)
    about = render.content(_base(request), one, path, shown, inside, listed=False)
    if inside.mode == MODULE:
        return conditional(request, {**about, "submodule_git_url": "git://example.org/other.git"})
    return _file(request, one.blobs[inside.sha], about, media)


def _folder(
    request: Request, one: Repository, path: str, ref: str, inside: Entry, media: str
) -> Response:
    base, above = _base(request), f"{path}/" if path else ""
    # Cut in silence.
    names = sorted(one.trees[inside.sha].items())[:MOST_IN_FOLDER]
    rows = [render.content(base, one, above + name, ref, it, listed=True) for name, it in names]
    if media == "object":
        about = render.content(base, one, path, ref, inside, listed=False)
        return conditional(request, {**about, "entries": rows})
    return conditional(request, rows)


def _file(request: Request, body: bytes, about: dict[str, Any], media: str) -> Response:
    sandbox = sandbox_of(request)
    if len(body) > sandbox.large or (len(body) > sandbox.small and sandbox.old and media != "raw"):
        raise too_large(sandbox.large if len(body) > sandbox.large else sandbox.small)
    if media == "raw":
        return conditional(request, _spoiled(request, body), RAW)
    if len(body) > sandbox.small:
        return conditional(request, {**about, "content": "", "encoding": "none"})
    content = render.in_base64(_spoiled(request, body))
    return conditional(request, {**about, "content": content, "encoding": "base64"})


def _followed(one: Repository, tree: str, path: str) -> tuple[str, Entry]:
    """What is at a path; a link to a file of the repository is followed, any other is shown as it is."""
    inside = one.at(tree, path)
    if inside is None:
        raise refusal(404, "Not Found")
    if inside.mode == LINK:
        target = posixpath.normpath(
            posixpath.join(posixpath.dirname(path), one.blobs[inside.sha].decode())
        )
        found = None if target.startswith(("..", "/")) else one.at(tree, target)
        if found is not None and found.type == "blob" and found.mode != LINK:
            return path, found
    return path, inside


def _spoiled(request: Request, body: bytes) -> bytes:
    fault = fault_of(request)
    if fault == "flipped_byte" and body:
        middle = len(body) // 2
        return body[:middle] + bytes([body[middle] ^ 1]) + body[middle + 1 :]
    return body[: len(body) // 2] if fault == "half_a_file" else body


def _filled(one: Repository) -> Repository:
    if not one.commits:
        raise refusal(409, "Git Repository is empty.")
    return one


def _base(request: Request) -> str:
    return str(request.base_url).rstrip("/")


def _whole(text: str | None, usual: int) -> int:
    return int(text) if text and text.isdecimal() else usual


def misled(error: HTTPException) -> Response:
    """What is said to who asks for no address there is."""
    return said(error.status_code, "Not Found")
