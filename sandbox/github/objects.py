"""What git keeps: blobs, trees and commits, each named by the hash of what it holds."""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime

FILE, LINK, FOLDER, MODULE = "100644", "120000", "040000", "160000"
TYPES = {FILE: "blob", LINK: "blob", FOLDER: "tree", MODULE: "commit"}


@dataclass(frozen=True, slots=True)
class Link:
    """A symbolic link to another path."""

    target: str


@dataclass(frozen=True, slots=True)
class Module:
    """A commit of another repository, a submodule."""

    commit: str = "1" * 40


@dataclass(frozen=True, slots=True)
class Entry:
    """A name in a tree: what it is, and the id of what it holds."""

    mode: str
    sha: str

    @property
    def type(self) -> str:
        """What the API calls it."""
        return TYPES[self.mode]


@dataclass(frozen=True, slots=True)
class Commit:
    """A state of the whole tree, and when it was committed."""

    tree: str
    parents: tuple[str, ...]
    message: str
    moment: datetime
    author: str = "Ada Holm <ada@example.org>"

    @property
    def sha(self) -> str:
        """Its id."""
        who = f"{self.author} {int(self.moment.timestamp())} +0000"
        lines = [f"tree {self.tree}", *(f"parent {parent}" for parent in self.parents)]
        lines += [f"author {who}", f"committer {who}", "", self.message]
        return object_id("commit", "\n".join(lines).encode())


Tree = Mapping[str, Entry]  # by name within one folder
Files = Mapping[str, Entry]  # by path, without folders


def object_id(kind: str, body: bytes) -> str:
    """The id git gives an object."""
    return hashlib.sha1(b"%s %d\0" % (kind.encode(), len(body)) + body).hexdigest()


def tree_id(tree: Tree) -> str:
    """The id of a tree; git sorts folders as if their names ended in a slash."""
    names = sorted(tree, key=lambda name: name + "/" * (tree[name].mode == FOLDER))
    rows = (
        b"%s %s\0%s"
        % (tree[name].mode.lstrip("0").encode(), name.encode(), bytes.fromhex(tree[name].sha))
        for name in names
    )
    return object_id("tree", b"".join(rows))


def trees_of(files: Files) -> tuple[str, dict[str, Tree]]:
    """The id of the tree that holds all files, and every tree in it by id."""
    found: dict[str, Tree] = {}
    top: dict[str, Entry] = {}
    below: dict[str, dict[str, Entry]] = {}
    for path, entry in files.items():
        folder, slash, rest = path.partition("/")
        if slash:
            below.setdefault(folder, {})[rest] = entry
        else:
            top[path] = entry
    for folder, inner in below.items():
        sha, trees = trees_of(inner)
        found |= trees
        top[folder] = Entry(FOLDER, sha)
    sha = tree_id(top)
    return sha, found | {sha: top}


def walked(trees: Mapping[str, Tree], sha: str, above: str = "") -> Iterator[tuple[str, Entry]]:
    """Every entry below a tree with its path, each folder before what is in it."""
    for name, entry in sorted(trees[sha].items()):
        yield above + name, entry
        if entry.mode == FOLDER:
            yield from walked(trees, entry.sha, f"{above}{name}/")
