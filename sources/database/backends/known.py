"""Which databases are known by their ways; all others are read as SQLAlchemy reads them."""

from collections.abc import Mapping

from sources.database.backends.backend import Backend
from sources.database.backends.mysql import MYSQL
from sources.database.backends.other import OTHER
from sources.database.backends.postgresql import POSTGRESQL
from sources.database.backends.sqlite import SQLITE

# By what SQLAlchemy calls them; a new one is one line here.
BACKENDS: Mapping[str, Backend] = {
    "postgresql": POSTGRESQL,
    "mysql": MYSQL,
    "mariadb": MYSQL,
    "sqlite": SQLITE,
}


def backend_of(name: str) -> Backend:
    """The ways of a database, by SQLAlchemy's name for it."""
    return BACKENDS.get(name, OTHER)
