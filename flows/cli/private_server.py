"""`python -m flows.cli.private_server FOLDER`: Prefect's API for one command, which it ends with.

It prints its port at once, so that the command can go on with its own start; the first request waits
until the API is ready. The command holds the other end of stdin: when that closes, however the command
came to its end, the server goes too, and its database with it.
"""

import asyncio
import os
import shutil
import socket
import sqlite3
import sys
import tempfile
import threading
from contextlib import closing
from importlib.metadata import version
from pathlib import Path

import uvicorn

DATABASE = "prefect.db"


def main() -> None:
    """Serve until stdin closes."""
    listener = socket.create_server(("127.0.0.1", 0), backlog=128)
    print(listener.getsockname()[1], flush=True)
    folder = Path(sys.argv[1])
    sweep(folder)
    own = Path(tempfile.mkdtemp(prefix=f"run-{os.getpid()}-", dir=folder))
    threading.Thread(target=end_with_the_command, args=[own], daemon=True).start()
    template = folder / f"template-{version('prefect')}.db"
    os.environ.update(settings(own, fresh=not _copied(template, own / DATABASE)))
    # Only now: Prefect reads its settings when it is imported.
    from prefect.server.api.server import create_app

    app = create_app(ephemeral=True, final=True)
    config = uvicorn.Config(app, log_level="error", access_log=False)
    asyncio.run(Server(config, own / DATABASE, template).serve(sockets=[listener]))


class Server(uvicorn.Server):
    """A server that keeps its database, once it is made, as the pattern of later ones."""

    def __init__(self, config: uvicorn.Config, database: Path, template: Path) -> None:
        super().__init__(config)
        self.database = database
        self.template = template

    async def startup(self, sockets: list[socket.socket] | None = None) -> None:
        """Get ready; a first start takes 7 seconds for Prefect's migrations, later ones copy what they made."""
        await super().startup(sockets)
        if self.started and not self.template.exists():
            made = self.database.with_name("template.db")
            with (
                closing(sqlite3.connect(self.database)) as ours,
                closing(sqlite3.connect(made)) as copy,
            ):
                ours.backup(copy)
            made.replace(self.template)


def settings(own: Path, *, fresh: bool) -> dict[str, str]:
    """What Prefect's server is told; each command has a database of its own, so that none waits for another."""
    return {
        "PREFECT_HOME": str(own),
        "PREFECT_SERVER_DATABASE_CONNECTION_URL": f"sqlite+aiosqlite:///{own / DATABASE}",
        "PREFECT_SERVER_DATABASE_MIGRATE_ON_START": str(fresh).lower(),
        "PREFECT_SERVER_REGISTER_BLOCKS_ON_START": str(fresh).lower(),
        "PREFECT_SERVER_MEMOIZE_BLOCK_AUTO_REGISTRATION": "false",
        "PREFECT_SERVER_ANALYTICS_ENABLED": "false",
        "PREFECT_SERVER_UI_ENABLED": "false",
    }


def sweep(folder: Path) -> None:
    """Remove what servers left that were killed."""
    # On Windows, asking whether a process is there would end it.
    for left in folder.glob("run-*") if os.name == "posix" else ():
        if not _alive(int(left.name.split("-")[1])):
            shutil.rmtree(left, ignore_errors=True)


def _alive(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    except OSError:
        # Another user's process has the number, or this system cannot tell.
        return True
    return True


def _copied(template: Path, database: Path) -> bool:
    if not template.exists():
        return False
    shutil.copyfile(template, database)
    return True


def end_with_the_command(own: Path) -> None:
    """Wait for the command's end, then leave at once: nothing here is worth keeping."""
    sys.stdin.buffer.read()
    shutil.rmtree(own, ignore_errors=True)
    os._exit(0)


if __name__ == "__main__":
    main()
