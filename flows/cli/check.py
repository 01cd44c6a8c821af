"""`crm-sync check SOURCE`: a line for each thing a sync needs, and what to do where it is not so."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping
from contextlib import aclosing
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.cli.api import configured_server, prepare_prefect
from flows.cli.check_warehouse import warehouse_findings
from flows.cli.ends import FAILED, SUCCESS
from flows.cli.finding import Finding
from flows.cli.screen import BAD, GOOD, console
from flows.cli.sync import missing_variables
from sources.config import Config, SourceConfig, apply
from sources.entity import Entity
from sources.errors import ConfigError, MissingScope, SourceError, Unauthorized
from sources.meter import Meter, metered
from sources.page import Account, Source, Window
from sources.privacy import Privacy
from sources.registry import configured, kind_of, variables_of

# The run goes by the source's clock; such a difference only makes stamps hard to compare.
CLOCKS_AGREE = timedelta(minutes=5)
LABEL = 10  # the longest of the labels


def check(source: str) -> int:
    """Check a source and the warehouse; the exit status is 1 if anything is wrong."""
    config = configured()
    wanted = config.source(source)
    screen = console()
    good = asyncio.run(_all(config, wanted, screen))
    if good:
        screen.print(Text(f"All is well: crm-sync sync {source}", style="bold"))
    return SUCCESS if good else FAILED


async def _all(config: Config, source: SourceConfig, screen: Console) -> bool:
    good = True
    for finding in _settings(config):
        good &= show(finding, screen)
    async with aclosing(_source(source)) as findings:
        async for finding in findings:
            good &= show(finding, screen)
    for finding in await asyncio.to_thread(lambda: list(warehouse_findings(config, source.name))):
        good &= show(finding, screen)
    return good


def show(finding: Finding, screen: Console) -> bool:
    """Print a finding; whether it is good."""
    mark, style = (GOOD, "green") if finding.good else (BAD, "bold red")
    line = Table.grid(padding=(0, 1))
    line.add_column()
    line.add_column(min_width=LABEL)
    line.add_column()
    line.add_row(Text(mark, style=style), Text(finding.about, style="bold"), Text(finding.said))
    if finding.remedy:
        line.add_row("", "", Text(finding.remedy, style="yellow"))
    screen.print(line)
    return finding.good


def _settings(config: Config) -> Iterator[Finding]:
    where = str(config.path.resolve()) if config.path else "no crm-sync.toml here; defaults hold"
    yield Finding(True, "settings", where)
    server = configured_server()
    yield Finding(
        True, "prefect", server or "no server configured; each command runs one of its own"
    )


async def _source(source: SourceConfig) -> AsyncGenerator[Finding]:
    """The credential, then each entity; without a credential there is no more to ask."""
    with metered() as meter:
        try:
            async with kind_of(source).open(source, await _secrets(source)) as client:
                account = await client.account()
                yield Finding(True, "credential", _identified(account))
                yield _clock(account)
                for entity in kind_of(source).entities.values():
                    yield await _readable(client, source, entity, account)
        except SourceError as error:
            yield _unreachable(source, error)
            return
    yield _limits(source, meter)


async def _secrets(source: SourceConfig) -> Mapping[str, SecretStr]:
    """Values from Secret blocks, where there is a server that may have them."""
    if not missing_variables(source) or configured_server() is None:
        return {}
    prepare_prefect()
    from flows.secrets import secrets_of

    return await secrets_of(source)


def _unreachable(source: SourceConfig, error: SourceError) -> Finding:
    names = list(variables_of(source).values())
    if isinstance(error, ConfigError):
        return Finding(False, "credential", str(error))
    if isinstance(error, Unauthorized):
        return Finding(False, "credential", str(error), f"Check {', '.join(names)}.")
    places = ", ".join(name for name in names if name.endswith("URL"))
    return Finding(
        False, "connection", str(error), f"Check the network{places and f', and {places}'}."
    )


def _identified(account: Account) -> str:
    version = f", API {account.api_version}" if account.api_version else ""
    return f"accepted; account {account.id}{version}"


def _clock(account: Account) -> Finding:
    if account.now is None:
        return Finding(
            True,
            "clock",
            "the source does not tell its time; this machine's counts, minus 5 minutes",
        )
    ahead = datetime.now(UTC) - account.now
    if abs(ahead) <= CLOCKS_AGREE:
        return Finding(True, "clock", "agrees with this machine's")
    word = "behind" if ahead > timedelta() else "ahead of"
    return Finding(
        True,
        "clock",
        f"{abs(ahead).total_seconds():.0f} s {word} this machine's; runs go by the source's",
    )


async def _readable(
    client: Source, source: SourceConfig, declared: Entity, account: Account
) -> Finding:
    """Whether an entity's description and its records can be read, by the cheapest questions there are."""
    try:
        entity = apply(declared, source.entity(declared.name))
        Privacy.from_env().require([entity])
        entity = await client.describe(entity)
        # All there is, whatever the clocks.
        until = (account.now or datetime.now(UTC)) + timedelta(days=1)
        total = (await client.fetch(entity, "count", Window(None, until), None)).total
    except MissingScope as error:
        scopes = " or ".join(error.scopes) or "that its documentation names"
        remedy = f"Give it the scope {scopes}."
        return Finding(False, declared.name, "the credential may not read it", remedy)
    except SourceError as error:
        return Finding(False, declared.name, str(error))
    records = "readable" if total is None else f"{total:,} records"
    return Finding(True, declared.name, f"{records}, {len(entity.fields)} columns")


def _limits(source: SourceConfig, meter: Meter) -> Finding:
    parts = []
    if source.rate_limit:
        parts.append(
            f"{source.rate_limit.requests} requests in {source.rate_limit.seconds:g} s (crm-sync.toml)"
        )
    if meter.rate_limit_remaining is not None:
        parts.append(f"{meter.rate_limit_remaining:,} calls left today")
    return Finding(True, "rate limit", ", ".join(parts) or "as the source publishes it")
