"""What the look-alike holds: repositories with their branches and tags, tokens, and files kept in LFS."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from threading import RLock

from sandbox.clock import Clock
from sandbox.github.objects import (
    FILE,
    FOLDER,
    LINK,
    MODULE,
    Commit,
    Entry,
    Link,
    Module,
    Tree,
    object_id,
    trees_of,
    walked,
)

FIRST_REPOSITORY = 610_400_001


@dataclass(frozen=True, slots=True)
class Large:
    """A file whose content is in LFS; git has a pointer to it. `kept`: whether LFS has it in fact."""

    content: bytes
    kept: bool = True


Content = bytes | str | Link | Module | Large | None


@dataclass
class Repository:
    """One repository: objects by id, commits by branch and tag."""

    id: int
    name: str
    private: bool
    default_branch: str
    blobs: dict[str, bytes] = field(default_factory=dict)
    trees: dict[str, Tree] = field(default_factory=dict)
    commits: dict[str, Commit] = field(default_factory=dict)
    branches: dict[str, str] = field(default_factory=dict)
    tags: dict[str, str] = field(default_factory=dict)
    large: dict[str, bytes] = field(default_factory=dict)

    def commit_of(self, ref: str) -> str | None:
        """The commit that a branch, a tag, HEAD or a commit's own id names."""
        named = self.default_branch if ref in ("", "HEAD") else ref
        branch, tag = named.removeprefix("heads/"), named.removeprefix("tags/")
        known = self.branches.get(branch) or self.tags.get(tag)
        return known or (ref if ref in self.commits else None)

    def tree_of(self, ref: str) -> str | None:
        """The tree that a ref, a commit or its own id names."""
        if ref in self.trees:
            return ref
        commit = self.commit_of(ref)
        return self.commits[commit].tree if commit else None

    def at(self, tree: str, path: str) -> Entry | None:
        """What is at a path below a tree; the tree itself for the empty one."""
        entry: Entry | None = Entry(FOLDER, tree)
        for name in filter(None, path.split("/")):
            if entry is None or entry.mode != FOLDER:
                return None
            entry = self.trees[entry.sha].get(name)
        return entry

    def files(self, commit: str) -> dict[str, Entry]:
        """Every file of a commit by path."""
        tree = self.commits[commit].tree
        return {path: one for path, one in walked(self.trees, tree) if one.mode != FOLDER}

    def put(self, branch: str, changes: Mapping[str, Content], message: str, at: datetime) -> str:
        """Commit changes to a branch, which begins with them where it is new; a change to None deletes."""
        parent = self.branches.get(branch) or self.branches.get(self.default_branch)
        files = self.files(parent) if parent else {}
        for path, content in changes.items():
            if content is None:
                del files[path]
            else:
                files[path] = self._stored(content)
        tree, trees = trees_of(files)
        self.trees |= trees
        commit = Commit(tree, (parent,) if parent else (), message, at)
        self.commits[commit.sha] = commit
        self.branches[branch] = commit.sha
        return commit.sha

    def _stored(self, content: Content) -> Entry:
        if isinstance(content, Module):
            return Entry(MODULE, content.commit)
        if isinstance(content, Link):
            return Entry(LINK, self._blob(content.target.encode()))
        if isinstance(content, Large):
            oid = hashlib.sha256(content.content).hexdigest()
            if content.kept:
                self.large[oid] = content.content
            return Entry(FILE, self._blob(pointer(oid, len(content.content))))
        return Entry(
            FILE, self._blob(content.encode() if isinstance(content, str) else content or b"")
        )

    def _blob(self, body: bytes) -> str:
        sha = object_id("blob", body)
        self.blobs[sha] = body
        return sha


def pointer(oid: str, size: int) -> bytes:
    """What git has instead of a file that is kept in LFS."""
    return f"version https://git-lfs.github.com/spec/v1\noid sha256:{oid}\nsize {size}\n".encode()


@dataclass
class Store:
    """All repositories by `owner/name`; `renamed` are former names, `tokens` what each may read."""

    clock: Clock
    repositories: dict[str, Repository] = field(default_factory=dict)
    renamed: dict[str, int] = field(default_factory=dict)
    tokens: dict[str, frozenset[str] | None] = field(default_factory=dict)
    lock: RLock = field(default_factory=RLock)

    def create(self, name: str, *, private: bool, default_branch: str) -> Repository:
        """An empty repository."""
        if name in self.repositories:
            raise ValueError(f"There is a repository {name}")
        number = FIRST_REPOSITORY + len(self.repositories) + len(self.renamed)
        made = Repository(number, name, private, default_branch)
        self.repositories[name] = made
        return made

    def rename(self, name: str, new: str) -> None:
        """Give a repository another name; the old one leads there."""
        moved = self.repositories.pop(name)
        moved.name = new
        self.repositories[new] = moved
        self.renamed[name] = moved.id

    def with_id(self, number: int) -> Repository | None:
        """The repository of a number."""
        return next((one for one in self.repositories.values() if one.id == number), None)

    def may_read(self, token: str | None, repository: Repository) -> bool:
        """Whether a token, or nobody, may see a repository."""
        if not repository.private:
            return True
        if token is None:
            return False
        among = self.tokens[token]
        return among is None or repository.name in among
