"""`crm-sync check SOURCE`: a line for each thing a sync needs, and what to do where it is not so."""

import asyncio
from collections.abc import AsyncGenerator, Iterator, Mapping, Sequence
from contextlib import aclosing
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from pydantic import SecretStr
from rich.console import Console
from rich.table import Table
from rich.text import Text

from flows.cli.api import configured_server
from flows.cli.check_credential import accepted, secrets_for, turned_down
from flows.cli.check_warehouse import warehouse_findings
from flows.cli.ends import FAILED, SUCCESS
from flows.cli.finding import Finding
from flows.cli.screen import BAD, GOOD, LACKS, console
from flows.cli.sync import lacking
from flows.keepers import keeper_of
from flows.registry import FLOWS
from sources.config import Config, SourceConfig, apply
from sources.entity import Entity
from sources.errors import MissingScope, SourceError
from sources.meter import Meter, metered
from sources.page import Account, Source, Window
from sources.privacy import Privacy
from sources.registry import chosen_entities, configured, connected, named, unset, variables_of

# The run goes by the source's clock; such a difference only makes stamps hard to compare.
CLOCKS_AGREE = timedelta(minutes=5)
LABEL = 10  # the longest of the labels that are no entities


def check(source: str) -> int:
    """Check a source and the warehouse; the exit status is 1 if anything is wrong."""
    config = configured()
    wanted = config.source(source)
    screen = console()
    good = asyncio.run(_all(config, wanted, screen))
    if good:
        next_step = f"sync {source}" if wanted.kind in FLOWS else "webhooks serve"
        screen.print(Text(f"All is well: crm-sync {next_step}", style="bold"))
    return SUCCESS if good else FAILED


async def _all(config: Config, source: SourceConfig, screen: Console) -> bool:
    good = True
    width = max([LABEL, *map(len, named(source, None))])
    for finding in _settings(config):
        good &= show(finding, screen, width)
    async with aclosing(_source(source)) as findings:
        async for finding in findings:
            good &= show(finding, screen, width)
    for finding in await asyncio.to_thread(lambda: list(warehouse_findings(config, source.name))):
        good &= show(finding, screen, width)
    return good


def show(finding: Finding, screen: Console, width: int = LABEL) -> bool:
    """Print a finding; whether it is good."""
    mark, style = (GOOD, "green") if finding.good else (BAD, "bold red")
    if finding.lacks:
        mark, style = LACKS, "yellow"
    line = Table.grid(padding=(0, 1))
    line.add_column()
    line.add_column(min_width=width)
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
    secrets: Mapping[str, SecretStr] = {}
    if source.kind not in FLOWS:
        async for finding in _pushes(source):
            yield finding
        return
    with metered() as meter:
        try:
            secrets = await secrets_for(source)
            keeper = keeper_of(source, secrets)
            async with connected(source, secrets, keeper) as client:
                account = await client.account()
                yield accepted(source, secrets, account)
                yield _clock(account)
                catalogue = await client.catalogue({})
                for what, reason in catalogue.left_out.items():
                    yield Finding(True, what, f"not synced: {reason}", lacks=True)
                among = chosen_entities(source, catalogue.entities, None)
                for entity in among:
                    yield await _readable(client, source, entity, among, account)
        except SourceError as error:
            yield turned_down(source, secrets, error)
            return
    yield _limits(source, meter)


async def _pushes(source: SourceConfig) -> AsyncGenerator[Finding]:
    """A source that only pushes: the secret it signs with, and what its records become."""
    missing = set(lacking(source)) - {
        variables_of(source)[name] for name in await secrets_for(source)
    }
    said = unset(sorted(missing)) if missing else "there is one"
    yield Finding(not missing, "secret", said)
    yield Finding(
        True, "pushes", f"to {', '.join(named(source, None)) or 'no entity'}; nothing is asked"
    )


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
    client: Source,
    source: SourceConfig,
    declared: Entity,
    among: Sequence[Entity],
    account: Account,
) -> Finding:
    """Whether an entity's description and its records can be read, by the cheapest questions there are."""
    try:
        entity = apply(declared, source.entity(declared.name))
        Privacy.from_env().require([entity])
        entity = await client.describe(entity, among)
        # All there is, whatever the clocks.
        window = Window(None, (account.now or datetime.now(UTC)) + timedelta(days=1))
        total = (await client.fetch(entity, "count", window, None)).total
        if total is None:
            # What cannot be counted can be read.
            await client.fetch(entity, "changes", replace(window, limit=1), None)
    except MissingScope as error:
        give = f"Give it {' or '.join(error.scopes)}" if error.scopes else "Let its user read it"
        remedy = (
            f'{give}, or leave it out: without = ["{declared.name}"] under [{source.name}] in'
            " crm-sync.toml."
        )
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
        parts.append(f"{meter.rate_limit_remaining:,} calls left")
    return Finding(True, "rate limit", ", ".join(parts) or "as the source publishes it")
