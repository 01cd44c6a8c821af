"""Prefect's API for a command: the configured server, else a private one that ends with the command."""

import os
import re
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flows.cli.ends import NotReady
from warehouse import embedded

LOG = "server.log"
SERVER_TIMEOUT = 10.0  # seconds
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
URL = "PREFECT_API_URL"
_IN_DOTENV = re.compile(rf"^\s*(?:export\s+)?{URL}\s*=\s*['\"]?([^'\"\s]+)", re.MULTILINE)


def configured_server(folder: Path = Path()) -> str | None:
    """The URL of the user's Prefect server, from the places where Prefect itself looks, if there is one."""
    return (
        os.environ.get(URL)
        or _from_dotenv(folder / ".env")
        or _at(_toml(folder / "prefect.toml"), "api", "url")
        or _at(_toml(folder / "pyproject.toml"), "tool", "prefect", "api", "url")
        or _from_profile()
    )


def prepare_prefect(*, debug: bool = False, private: bool = False) -> bool:
    """Choose the API and quieten Prefect, before it is imported and reads this once; True for a private one.

    `private` passes over a configured server.
    """
    server = None if private else configured_server()
    mine = server is None
    if server:
        refuse_silent(server)
        # Also where a profile or a file names it: on Prefect Cloud values are masked.
        os.environ[URL] = server
    else:
        os.environ[URL] = start_private_server(embedded.home() / "prefect")
    os.environ.update(_manners(debug=debug, private=mine))
    return mine


def refuse_silent(server: str) -> None:
    """Raise NotReady where nobody listens: Prefect itself would ask for a minute, then show its insides."""
    place = urlsplit(server)
    if any(os.environ.get(name) or os.environ.get(name.lower()) for name in PROXIES):
        return
    port = place.port or {"https": 443}.get(place.scheme, 80)
    try:
        socket.create_connection((place.hostname or "", port), SERVER_TIMEOUT).close()
    except OSError as error:
        raise NotReady(
            f"Prefect's server at {server} does not answer ({error.strerror or error}): start it,"
            f" or unset {URL} to run without one"
        ) from None


def start_private_server(folder: Path) -> str:
    """Start Prefect's API in a process of its own; it takes seconds to answer, which nobody waits for here.

    Prefect would start one too, two seconds later, in the terminal's process group: Ctrl-C would end it
    before the run could be closed.
    """
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        log = (folder / LOG).open("wb")
    except OSError as error:
        raise NotReady(
            f"Cannot write to {folder}: {error.strerror}; CRM_SYNC_HOME moves it"
        ) from None
    with log:
        server = subprocess.Popen(
            [sys.executable, "-m", "flows.cli.private_server", str(folder)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=log,
            start_new_session=True,
        )
    port = server.stdout.readline().decode().strip() if server.stdout else ""
    if not port:
        raise NotReady(f"Prefect's API did not start: see {folder / LOG}")
    _servers.append(server)
    return f"http://127.0.0.1:{port}/api"


# Kept until this process ends: then their stdin closes, which ends them.
_servers: list[subprocess.Popen[bytes]] = []


def private_server_runs() -> bool:
    """Whether this process has started a server of its own."""
    return bool(_servers)


def _manners(*, debug: bool, private: bool) -> dict[str, str]:
    """Our lines reach a server's log; Prefect's own reach the terminal only with --debug."""
    extra = {
        *filter(None, os.environ.get("PREFECT_LOGGING_EXTRA_LOGGERS", "").split(",")),
        "crm_sync",
    }
    manners = {
        "PREFECT_LOGGING_EXTRA_LOGGERS": ",".join(sorted(extra)),
        "PREFECT_LOGGING_TO_API_WHEN_MISSING_FLOW": "ignore",
        "PREFECT_CLI_PROMPT": "false",
    }
    if private:
        # Nobody will read what this server keeps. It answers its first request when it is up.
        manners |= {"PREFECT_LOGGING_TO_API_ENABLED": "false", "PREFECT_API_REQUEST_TIMEOUT": "180"}
        # Without it Prefect tells of its usage statistics in the middle of a run.
        manners |= {"DO_NOT_TRACK": "1"}
        manners |= {name: _without_proxy(name) for name in ("NO_PROXY", "no_proxy")}
    if not debug:
        manners["PREFECT_LOGGING_HANDLERS_CONSOLE_LEVEL"] = "CRITICAL"
    return manners


def _without_proxy(name: str) -> str:
    """This machine is reached directly, whatever the proxy."""
    return ",".join(filter(None, (os.environ.get(name), "127.0.0.1")))


def _from_profile() -> str | None:
    home = Path(os.environ.get("PREFECT_HOME") or "~/.prefect").expanduser()
    chosen = os.environ.get("PREFECT_PROFILES_PATH")
    profiles = _toml(Path(chosen).expanduser() if chosen else home / "profiles.toml")
    active = os.environ.get("PREFECT_PROFILE") or profiles.get("active")
    return _at(profiles, "profiles", str(active), URL)


def _from_dotenv(path: Path) -> str | None:
    try:
        found = _IN_DOTENV.search(path.read_text())
    except (OSError, UnicodeDecodeError):
        return None
    return found[1] if found else None


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text())
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError):
        # Prefect itself will say what is wrong with its file.
        return {}


def _at(found: Any, *steps: str) -> str | None:
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return str(found) if found else None
