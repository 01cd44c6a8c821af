"""Where a database is: the URL it is reached by, and what may be shown of it."""

from dataclasses import dataclass, field
from urllib.parse import quote, quote_plus

import sqlalchemy as sa
from pydantic import SecretStr
from sqlalchemy.engine import URL, make_url

from sources.database.backends.backend import Backend
from sources.database.backends.known import backend_of
from sources.errors import ConfigError
from sources.masking import masked

FORM = "postgresql://user:password@host:port/database"
# Parts of an address, beside its password, that hold secrets with some driver.
SECRET_WORDS = ("password", "pwd", "secret", "token", "key", "odbc_connect", "passphrase")


@dataclass(frozen=True, slots=True)
class Address:
    """A database's URL as its driver wants it, how its kind is read, and where it was written down."""

    url: URL = field(repr=False)
    backend: Backend
    variable: str

    @classmethod
    def of(cls, text: SecretStr, variable: str) -> "Address":
        """The address that a variable or block holds; raises ConfigError without quoting it."""
        try:
            url = make_url(text.get_secret_value().strip())
            name = url.get_backend_name()
        except (sa.exc.ArgumentError, ValueError):
            raise ConfigError(
                f"{variable} is no address of a database: its form is {FORM}"
            ) from None
        if name == "postgres":
            name = "postgresql"
        backend = backend_of(name)
        plain = "+" not in url.drivername
        if backend.driver and (plain or backend.only_driver):
            url = url.set(drivername=f"{name}+{backend.driver}")
        _refuse_unquoted(url, variable)
        return cls(_for_reading(url, variable) if backend.file else url, backend, variable)

    @property
    def place(self) -> str:
        """Where it leads, without user and password."""
        label = self.backend.label or self.url.get_backend_name()
        if self.backend.file:
            return f"{label} at {self.url.database}"
        host = self.url.host or self.url.query.get("host") or "localhost"
        port = f":{self.url.port}" if self.url.port else ""
        database = f"/{self.url.database}" if self.url.database else ""
        return f"{label} at {host if isinstance(host, str) else ','.join(host)}{port}{database}"

    @property
    def database(self) -> str:
        """What tells one database of a server from another; a file is told by nothing but its content."""
        return "" if self.backend.file else self.url.database or ""

    def without_secrets(self, text: str) -> str:
        """The words of a driver or server, with every secret of the address hidden."""
        secrets = [str(self.url.password or "")]
        secrets += [
            value
            for name, said in self.url.query.items()
            if any(word in name.lower() for word in SECRET_WORDS)
            for value in ([said] if isinstance(said, str) else said)
        ]
        for secret in filter(None, secrets):
            for spelled in {secret, quote(secret, safe=""), quote_plus(secret)}:
                text = text.replace(spelled, "***")
        return masked(text, SecretStr(str(self.url.password or "")))


def _for_reading(url: URL, variable: str) -> URL:
    """The address of a file that is opened for reading alone, and not made where it is missing."""
    path = url.database or ""
    if path in ("", ":memory:") or "mode=memory" in str(url):
        raise ConfigError(f"{variable} names no file: its form is sqlite:////folder/file.db")
    if path.startswith("file:"):
        path = path.removeprefix("file:").partition("?")[0]
    return url.set(database=path, query={})


def file_uri(url: URL) -> str:
    """A file's address as SQLite reads it."""
    return f"file:{quote(url.database or '')}?mode=ro"


def _refuse_unquoted(url: URL, variable: str) -> None:
    """Refuse a password cut at an '@' or '/': its rest would appear as host or database."""
    if "@" in (url.host or "") or "@" in (url.database or ""):
        raise ConfigError(
            f"The password or user in {variable} has a character that must be percent-encoded"
            " (@ as %40, / as %2F, : as %3A)"
        )
