"""With which credential `crm-sync check` asks a source, and what it says of it."""

import os
from collections.abc import Mapping

from pydantic import SecretStr

from flows.cli.api import configured_server, prepare_prefect
from flows.cli.finding import Finding
from flows.cli.sync import lacking
from sources.config import SourceConfig
from sources.errors import ConfigError, SourceError, Unauthorized
from sources.keeping import NotKept
from sources.page import Account
from sources.registry import kind_of, variables_of, ways_in


async def secrets_for(source: SourceConfig) -> Mapping[str, SecretStr]:
    """Values from Secret blocks, where there is a server that may have them."""
    # Of a credential that is not needed, only a block can tell whether it is there.
    needless = not kind_of(source).required and variables_of(source)
    if not (lacking(source) or needless) or configured_server() is None:
        return {}
    prepare_prefect()
    from flows.secrets import secrets_of

    return await secrets_of(source)


def accepted(source: SourceConfig, secrets: Mapping[str, SecretStr], account: Account) -> Finding:
    """What was accepted, and whose account it leads to."""
    version = f", API {account.api_version}" if account.api_version else ""
    if not kind_of(source).required:
        public = " for what is public" if variables_of(source) else ""
        return Finding(True, "credential", f"none is needed{public}{version}")
    used = _used(source, secrets)
    if "CLIENT_ID" in used:
        client = secrets.get("CLIENT_ID")
        name = client.get_secret_value() if client else os.environ[used["CLIENT_ID"]]
        credential = f"OAuth app {name.strip()} accepted"
    else:
        credential = (
            "token accepted" if any(name.endswith("TOKEN") for name in used) else "accepted"
        )
    whose = f"; account {account.id}" if account.id else ""
    return Finding(True, "credential", f"{credential}{whose}{version}")


def turned_down(
    source: SourceConfig, secrets: Mapping[str, SecretStr], error: SourceError
) -> Finding:
    """Why the source could not be asked, and where to look."""
    if isinstance(error, ConfigError | NotKept):
        return Finding(False, "credential", str(error))
    names = variables_of(source)
    places = [name for name in names.values() if name.endswith("URL")]
    if isinstance(error, Unauthorized):
        used = (_used(source, secrets) or names).values()
        check = ", ".join(dict.fromkeys((*used, *places)))
        return Finding(False, "credential", str(error), f"Check {check}.")
    also = f", and {', '.join(places)}" if places else ""
    return Finding(False, "connection", str(error), f"Check the network{also}.")


def _used(source: SourceConfig, secrets: Mapping[str, SecretStr]) -> dict[str, str]:
    """The variables of the credential in use, by their short names."""
    names = variables_of(source)
    present = {
        variable for name, variable in names.items() if name in secrets or os.environ.get(variable)
    }
    ways = ways_in(source, present)
    return {name: names[name] for name in ways[0]} if ways else {}
