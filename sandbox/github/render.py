"""How the API writes repositories, commits, trees and files."""

import base64
from typing import Any
from urllib.parse import quote

from sandbox.github.objects import FOLDER, LINK, MODULE, Commit, Entry
from sandbox.github.store import Repository

LINE = 60


def repository(base: str, one: Repository) -> dict[str, Any]:
    """A repository as far as a reader of files cares."""
    owner, name = one.name.split("/")
    url = f"{base}/repos/{one.name}"
    return {
        "id": one.id,
        "node_id": f"R_{one.id}",
        "name": name,
        "full_name": one.name,
        "private": one.private,
        "visibility": "private" if one.private else "public",
        "owner": {"login": owner, "id": 1, "type": "Organization", "url": f"{base}/users/{owner}"},
        "html_url": f"https://github.com/{one.name}",
        "description": None,
        "fork": False,
        "archived": False,
        "disabled": False,
        "url": url,
        "contents_url": f"{url}/contents/{{+path}}",
        "trees_url": f"{url}/git/trees{{/sha}}",
        "commits_url": f"{url}/commits{{/sha}}",
        "default_branch": one.default_branch,
        "size": sum(map(len, one.blobs.values())) // 1024,
    }


def commit(base: str, one: Repository, made: Commit) -> dict[str, Any]:
    """A commit."""
    url, name = f"{base}/repos/{one.name}", made.author.partition(" <")
    who = {
        "name": name[0],
        "email": name[2].rstrip(">"),
        "date": made.moment.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }
    return {
        "sha": made.sha,
        "node_id": f"C_{made.sha}",
        "commit": {
            "author": who,
            "committer": who,
            "message": made.message,
            "tree": {"sha": made.tree, "url": f"{url}/git/trees/{made.tree}"},
            "url": f"{url}/git/commits/{made.sha}",
            "comment_count": 0,
            "verification": {"verified": False, "reason": "unsigned"},
        },
        "url": f"{url}/commits/{made.sha}",
        "html_url": f"https://github.com/{one.name}/commit/{made.sha}",
        "author": None,
        "committer": None,
        "parents": [{"sha": sha, "url": f"{url}/commits/{sha}"} for sha in made.parents],
    }


def entry(base: str, one: Repository, path: str, inside: Entry) -> dict[str, Any]:
    """A line of a tree; only files have a size, only what is in this repository an address."""
    shown: dict[str, Any] = {
        "path": path,
        "mode": inside.mode,
        "type": inside.type,
        "sha": inside.sha,
    }
    if inside.mode == MODULE:
        return shown
    if inside.mode != FOLDER:
        shown["size"] = len(one.blobs[inside.sha])
    kind = "trees" if inside.mode == FOLDER else "blobs"
    return shown | {"url": f"{base}/repos/{one.name}/git/{kind}/{inside.sha}"}


def content(
    base: str, one: Repository, path: str, ref: str, inside: Entry, *, listed: bool
) -> dict[str, Any]:
    """What is at a path, without its bytes; in lists, a submodule passes for a file."""
    kinds = {FOLDER: "dir", LINK: "symlink", MODULE: "file" if listed else "submodule"}
    blob = inside.mode not in (FOLDER, MODULE)
    url = f"{base}/repos/{one.name}/contents/{quote(path)}?ref={quote(ref, safe='')}"
    git = f"{base}/repos/{one.name}/git/{inside.type}s/{inside.sha}"
    raw = f"https://raw.githubusercontent.com/{one.name}/{quote(ref)}/{quote(path)}"
    signed = f"{raw}?token=SHORTLIVED" if one.private else raw
    return {
        "name": path.rsplit("/", 1)[-1],
        "path": path,
        "sha": inside.sha,
        "size": len(one.blobs[inside.sha]) if blob else 0,
        "url": url,
        "html_url": f"https://github.com/{one.name}/blob/{quote(ref)}/{quote(path)}",
        "git_url": git,
        "download_url": signed if blob else None,
        "type": kinds.get(inside.mode, "file"),
        "_links": {"self": url, "git": git, "html": f"https://github.com/{one.name}"},
    }


def in_base64(body: bytes) -> str:
    """Bytes as JSON carries them: a line every 60 characters."""
    text = base64.b64encode(body).decode()
    return "".join(f"{text[at : at + LINE]}\n" for at in range(0, len(text), LINE))
