"""Which versions of an entity's parts a run reads, and what it notes of them.

What is noted is what was asked for before the reading: a part that changes meanwhile is read again by the
next run, and a run that goes on with another's reading keeps to what that one noted.
"""

import hashlib
from dataclasses import asdict
from typing import Any

from flows.context import EntityRun
from flows.fetching import Pass, fetch
from flows.plan import canonical
from flows.versions import PINNED, Part, Row, Versions
from sources.errors import BadAnswer
from sources.page import GONE
from tasks.fetch import fields_digest
from tasks.threads import in_database
from warehouse import history, past, rejects

# What a good run read, in its configuration.
VERSIONS = "versions"


async def pin(run: EntityRun) -> Versions:
    """Ask for the versions as they are now, and note what this run reads of them."""
    # What the question is asked by; nothing of it is known before it is described.
    run.source.reader.entities[run.entity.name] = run.entity
    if run.plan.pinned:
        versions = Versions.resumed(run.plan.pinned)
        await in_database(_note, run, _noted(versions))
        return versions
    digest = _digest(run)
    known = await in_database(_known, run)
    same = known if known and known["digest"] == digest else None
    run.versions = Versions(digest, tuple(same["parts"]) if same else ())
    answer = await fetch(run, Pass("versions", "versions"), None)
    if not answer.records:
        raise BadAnswer(f"{run.source.name} {run.entity.name}: the source tells of no part to read")
    waiting = await in_database(rejects.open_files, run.conn, run.source.name, run.entity.name)
    versions = Versions.compared(digest, tuple(answer.records), known, waiting)
    if not run.options.dry_run:
        await in_database(_note, run, _noted(versions))
        if versions.nothing_new and known and known["parts"] != [*map(dict, versions.parts)]:
            # The parts are as they were, but what is known of them is newer: the next run asks with that.
            await note_versions(run, versions)
    return versions


def changes_of(run: EntityRun) -> Pass:
    """The reading of the run's window; of parts that have versions, only of those that changed."""
    since, parts = run.plan.window.since, None
    if run.versions and run.options.since is None:
        parts = run.versions.reads
        # All that was read before was read in another way, or never.
        since = None if parts is None else since
    return Pass("changes", "changes", since, limit=run.options.max_records, parts=parts)


async def note_versions(run: EntityRun, versions: Versions) -> None:
    """Note that all of this was read, for the next run to compare with; only of a run that may be built on."""
    if not run.plan.may_anchor or run.options.since is not None:
        # Of what was asked for by hand, older rows of a part that is new were not wanted.
        return
    said = {
        "at": canonical(run.plan.window.until),
        "digest": versions.digest,
        "parts": [_read_of(run, part) for part in versions.parts],
    }
    await in_database(_note, run, {VERSIONS: said})
    files = None if versions.reads is None else [*versions.reads, *versions.gone]
    await in_database(_close_rejects, run, files)


def _read_of(run: EntityRun, part: Part) -> Row:
    """What is noted of a part; of one that was not there any more no version, so that it is read if it comes back."""
    unread = run.left_out.get(part["part"]) == GONE
    return {"part": part["part"], "version": ""} if unread else dict(part)


def _noted(versions: Versions) -> Row:
    """What the row remembers while the run lasts; the commit of a repository in a place of its own."""
    commits = {part.get("commit", "") for part in versions.parts}
    commit = {"commit": commits.pop()} if len(commits) == 1 and "" not in commits else {}
    return commit if versions.nothing_new else {PINNED: asdict(versions), **commit}


def _known(run: EntityRun) -> Row | None:
    """What the last good run noted; nothing where everything is to be read."""
    if run.plan.strategy not in {"incremental", "full"} or run.options.reads_everything:
        return None
    noted = past.noted(run.conn, run.source.name, run.entity.name, VERSIONS)
    return noted.said if noted else None


def _close_rejects(run: EntityRun, files: list[str] | None) -> None:
    """What was rejected of parts that were now read to their end without it is there no more."""
    rejects.close_unmet(run.conn, run.source.name, run.entity.name, run.run_ids, files)


def _note(run: EntityRun, said: Row) -> None:
    history.mark(run.conn, run.target.run_id, said)


def _digest(run: EntityRun) -> str:
    """What decides how parts are read: another answer means that all of them are read again."""
    settings: tuple[Any, ...] = (
        fields_digest(run.entity, run.source.reader.privacy),
        run.entity.key,
        run.entity.changed,
        run.entity.choice,
        sorted(run.source.settings.items(), key=str),
        sorted(run.config.options.items(), key=str),
    )
    return hashlib.sha256(repr(settings).encode()).hexdigest()[:16]
