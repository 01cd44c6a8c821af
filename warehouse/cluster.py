"""A PostgreSQL server in a folder of its own, reached through a Unix socket only.

PostgreSQL's programs are run directly rather than through the package that brings them: that one
gives up after ten seconds although a server that replays its log after a power cut needs longer,
takes a process with a recycled id for a running server, lets everybody read every parent folder
when run as root, and warns on stderr when imported.
"""

import os
import shlex
import shutil
import stat
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from urllib.parse import quote

from psycopg.pq import PGconn, Ping

from warehouse.errors import WarehouseError, WarehouseUnavailable
from warehouse.owner import Owner, open_way, owner_of, run

START_TIMEOUT = 120  # seconds
PORT = 5432  # stated everywhere, for PGPORT may be set to something else
SOCKET_NAME = f".s.PGSQL.{PORT}"
SOCKET_LINE = 4  # of postmaster.pid, counted from 0
CRASH_TRIES, CRASH_PAUSE = 10, 0.3  # seconds
LONGEST_SOCKET_PATH = 103  # bytes: macOS; Linux allows 107
QUIET = ("log_checkpoints=off", "cluster_name=crm-sync")


@dataclass(frozen=True)
class Cluster:
    """One server: its programs, its data folder, and the locale of a new one."""

    programs: Path
    folder: Path
    locale: tuple[str, ...] = ("--locale=C",)

    def start(self) -> str:
        """Start the server unless it runs already, and return its URL."""
        with self._alone():
            if not self._answers():
                owner = owner_of(self.folder)
                if owner:
                    open_way(self.folder, self.programs)
                if not (self.folder / "PG_VERSION").exists():
                    self._create(owner)
                tries = CRASH_TRIES if self._has_crashed() else 1
                self._launch(owner, tries)
        return self.url()

    def stop(self) -> bool:
        """Stop the server, whoever started it; False when it was not running."""
        if not self._postmaster():
            return False
        with self._alone():
            if not self._answers():
                return False
            socket_folder = self.socket_folder()
            self._pg_ctl(owner_of(self.folder), "stop", "-m", "fast")
            if socket_folder != self.folder:
                socket_folder.rmdir()
        return True

    def url(self) -> str:
        """The libpq URL of the `postgres` database."""
        folder = quote(str(self.socket_folder()))
        return f"postgresql://postgres@/postgres?host={folder}&port={PORT}"

    def socket_folder(self) -> Path:
        """Where the socket is: the data folder, or one with a shorter path where needed."""
        running = self._postmaster()
        if len(running) > SOCKET_LINE and running[SOCKET_LINE]:
            return Path(running[SOCKET_LINE])
        short = f"crm-sync-{sha256(os.fsencode(self.folder)).hexdigest()[:12]}"
        for folder in (self.folder, Path(tempfile.gettempdir(), short)):
            if len(os.fsencode(folder / SOCKET_NAME)) <= LONGEST_SOCKET_PATH:
                return folder
        raise WarehouseError(
            f"{self.folder} is too long a path for a socket: set CRM_SYNC_HOME to a shorter one"
        )

    @contextmanager
    def _alone(self) -> Iterator[None]:
        """Let one process at a time create, start or stop this server."""
        try:
            import fcntl  # not on Windows, where everything but the embedded server works
        except ImportError:
            raise WarehouseError("No embedded PostgreSQL here: set WAREHOUSE_URL") from None
        try:
            self.folder.parent.mkdir(parents=True, exist_ok=True)
            lock = self.folder.with_name(f"{self.folder.name}.lock").open("a")
        except OSError as error:
            raise WarehouseError(f"Cannot keep a database in {self.folder}: {error}") from error
        with lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            yield

    def _answers(self) -> bool:
        """Whether the server takes connections, once it has finished starting or stopping."""
        deadline = time.monotonic() + START_TIMEOUT
        while (ping := Ping(PGconn.ping(self.url().encode()))) is Ping.REJECT:
            if time.monotonic() > deadline:
                raise WarehouseUnavailable(f"PostgreSQL does not get ready: see {self.folder}/log")
            time.sleep(0.05)
        return ping is Ping.OK

    def _postmaster(self) -> list[str]:
        """The pid file's lines (process id, folder, start, port, socket folder, …), if any."""
        try:
            return (self.folder / "postmaster.pid").read_text().splitlines()
        except FileNotFoundError:
            return []

    def _has_crashed(self) -> bool:
        """Whether a server died here; its process id is forgotten if another program has it now."""
        left = self._postmaster()
        with suppress(OSError):  # no such process, or no /proc on this system
            if left and Path("/proc", left[0], "cwd").readlink() != self.folder:
                (self.folder / "postmaster.pid").unlink()
        return bool(left)

    def _create(self, owner: Owner | None) -> None:
        fresh = self.folder.with_name(f"{self.folder.name}.new")
        shutil.rmtree(fresh, ignore_errors=True)  # left by a creation that was killed
        fresh.mkdir(mode=0o700)
        if owner:
            os.chown(fresh, owner.uid, owner.gid)
        options = ("--username=postgres", "--auth=trust", "--encoding=UTF8", "--no-instructions")
        run(owner, fresh, self.programs / "initdb", "-D", ".", *options, *self.locale)
        fresh.rename(self.folder)

    def _launch(self, owner: Owner | None, tries: int) -> None:
        """Start the server; after a crash its old processes may take a moment to go."""
        socket_folder = self._prepare_socket_folder(owner)
        place = ("listen_addresses=", f'unix_socket_directories="{socket_folder}"', f"port={PORT}")
        words = shlex.join(word for setting in (*place, *QUIET) for word in ("-c", setting))
        for left in reversed(range(tries)):
            try:
                self._pg_ctl(owner, "start", "-l", "log", "-o", words)
            except WarehouseUnavailable:
                if not left:
                    raise
                time.sleep(CRASH_PAUSE)
            else:
                return

    def _prepare_socket_folder(self, owner: Owner | None) -> Path:
        """Make the socket folder ours alone: its owner could put another server in our place."""
        folder = self.socket_folder()
        if folder == self.folder:
            return folder
        folder.mkdir(mode=0o700, exist_ok=True)
        found = folder.lstat()
        if not stat.S_ISDIR(found.st_mode) or found.st_uid not in (
            os.geteuid(),
            owner and owner.uid,
        ):
            raise WarehouseError(
                f"{folder} belongs to someone else: set CRM_SYNC_HOME to a shorter path"
            )
        if owner:
            os.chown(folder, owner.uid, owner.gid)
        return folder

    def _pg_ctl(self, owner: Owner | None, task: str, *words: str) -> None:
        limit = ("-w", "-t", str(START_TIMEOUT))
        run(owner, self.folder, self.programs / "pg_ctl", task, "-D", ".", *limit, *words)
