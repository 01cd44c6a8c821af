"""From an address to a client of Athena."""

from importlib import import_module
from typing import Any

from sqlalchemy.engine.interfaces import Dialect
from sqlalchemy.engine.url import URL, make_url
from sqlalchemy.exc import ArgumentError, NoSuchModuleError

from sources.athena.calls import Athena
from sources.config import SourceConfig
from sources.errors import ConfigError

BACKEND = "awsathena"
# What PyAthena's own cursors would make of an answer has no bearing on us.
_PASSED = ("encryption_option", "kms_key")


def is_athena(address: str) -> bool:
    """Whether an address leads to Athena."""
    return address.startswith((f"{BACKEND}+", f"{BACKEND}:"))


def connected(address: str, variable: str, config: SourceConfig) -> tuple[Athena, Dialect]:
    """A client of the Athena that an address names, and how its SQL is spelled; raises ConfigError."""
    url = _parsed(address, variable)
    dialect = _dialect(url, variable)
    arguments = _arguments(url, variable, dialect)
    settings: dict[str, Any] = {}
    place = {"OutputLocation": arguments.get("s3_staging_dir")}
    option, key = (arguments.pop(name, None) for name in _PASSED)
    if option:
        place["EncryptionConfiguration"] = {"EncryptionOption": option} | (
            {"KmsKey": key} if key else {}
        )
    if arguments.get("s3_staging_dir"):
        settings["ResultConfiguration"] = place
    if arguments.get("work_group"):
        settings["WorkGroup"] = arguments["work_group"]
    context = {"Database": arguments["schema_name"]}
    if arguments.get("catalog_name"):
        context["Catalog"] = arguments["catalog_name"]
    return Athena(_client(arguments, variable, config), context, settings), dialect


def _parsed(address: str, variable: str) -> URL:
    try:
        url = make_url(address)
    except (ArgumentError, ValueError):
        # Not chained: the error quotes the address.
        raise ConfigError(
            f"{variable} is no address SQLAlchemy can read; Athena's is"
            " awsathena+rest://KEY:SECRET@athena.REGION.amazonaws.com:443/DATABASE?s3_staging_dir=…,"
            " with key, secret and folder URL-encoded"
        ) from None
    if not url.database:
        raise ConfigError(f"{variable} names no database: …amazonaws.com:443/DATABASE?…")
    return url


def _dialect(url: URL, variable: str) -> Dialect:
    try:
        return url.get_dialect()()
    except NoSuchModuleError:
        raise ConfigError(
            f"{variable} leads to Athena, for which a package is missing here: install PyAthena"
            " (the extra `athena`)"
        ) from None


def _arguments(url: URL, variable: str, dialect: Dialect) -> dict[str, Any]:
    try:
        _, arguments = dialect.create_connect_args(url)
    except ValueError as error:
        raise ConfigError(f"{variable}: {error}") from None
    if not (arguments.get("s3_staging_dir") or arguments.get("work_group")):
        raise ConfigError(
            f"{variable} must say where Athena puts its answers: ?s3_staging_dir=s3://… (URL-encoded),"
            " or ?work_group=… with a place of its own"
        )
    return dict(arguments)


def _client(arguments: dict[str, Any], variable: str, config: SourceConfig) -> Any:
    made = import_module("botocore.config").Config(
        connect_timeout=config.timeout,
        read_timeout=config.timeout,
        retries={"total_max_attempts": config.retry_attempts + 1, "mode": "standard"},
    )
    try:
        return import_module("pyathena").connect(**{**arguments, "config": made}).client
    except import_module("botocore.exceptions").BotoCoreError as error:
        raise ConfigError(f"{variable} cannot be used: {error}") from None
