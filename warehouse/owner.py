"""Running PostgreSQL's programs as the system user they insist on: anybody but root."""

import os
import stat
import subprocess
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import WarehouseUnavailable

SYSTEM_USER = "pgserver"


@dataclass(frozen=True)
class Owner:
    """The system user and group to which root lends a server."""

    uid: int
    gid: int


def owner_of(folder: Path) -> Owner | None:
    """Who is to run the server of a data folder, if not the user we are."""
    if os.geteuid() != 0:
        return None
    if (folder / "PG_VERSION").exists():
        found = folder.stat()
        return Owner(found.st_uid, found.st_gid)
    return system_user()


def system_user() -> Owner:
    """The unprivileged user for servers that root starts, created when the machine has none."""
    import pwd  # not on Windows

    try:
        entry = pwd.getpwnam(SYSTEM_USER)
    except KeyError:
        run(None, Path("/"), Path("useradd"), "--system", SYSTEM_USER)
        entry = pwd.getpwnam(SYSTEM_USER)
    return Owner(entry.pw_uid, entry.pw_gid)


def open_way(*places: Path) -> None:
    """Let every user pass through, not list, the folders that lead to these places."""
    for folder in (folder for place in places for folder in place.parents):
        mode = folder.stat().st_mode
        if not mode & stat.S_IXOTH:
            folder.chmod(mode | stat.S_IXOTH)


def run(owner: Owner | None, folder: Path, program: Path, *words: str) -> None:
    """Run a program in a folder: PostgreSQL's misread some paths when they are arguments."""
    try:
        done = subprocess.run(
            [program, *words],
            check=False,
            capture_output=True,
            text=True,
            cwd=folder,
            env={**os.environ, "LC_ALL": "C"},
            user=owner.uid if owner else None,
            group=owner.gid if owner else None,
            extra_groups=[] if owner else None,
        )
    except OSError as error:
        raise WarehouseUnavailable(f"Cannot run {program}: {error}") from error
    if done.returncode:
        said = " ".join((done.stderr or done.stdout).split())
        raise WarehouseUnavailable(f"{program.name} failed: {said} (see {folder}/log)")
