"""Which sources are listened to: those whose secrets are there."""

from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass, field

from pydantic import SecretStr

from sources.config import Config, SourceConfig
from sources.entity import Entity
from sources.errors import ConfigError
from sources.hooks import Acknowledgement, Hook, HookKind, keys_in
from sources.keeping import secret_block
from sources.listening import hook_kind, variable_of
from sources.privacy import Privacy
from sources.registry import kind_of, unset

# The value of a variable, from wherever it is kept; None where it is nowhere.
Find = Callable[[str], Awaitable[SecretStr | None]]


@dataclass(frozen=True, slots=True)
class Endpoint:
    """Where one source's webhooks arrive; `tokens` are the secret parts its address may have.

    `public` is its address as senders know it, '' where they know it as the server does; `below` says
    whether `public` is the address of all endpoints.
    """

    name: str
    hook: Hook
    max_body: int
    acknowledgement: Acknowledgement
    tokens: tuple[bytes, ...] = field(default=(), repr=False)
    public: str = ""
    below: bool = False


@dataclass(frozen=True, slots=True)
class Listening:
    """The endpoints by source, and what is to be said of them."""

    endpoints: dict[str, Endpoint]
    said: tuple[str, ...]


async def listening(config: Config, find: Find, public_url: str = "") -> Listening:
    """The endpoints that can be opened; raises ConfigError where there is none."""
    found: dict[str, Endpoint] = {}
    said: list[str] = []
    lacking: list[str] = []
    for name, source in config.sources.items():
        kind = hook_kind(source)
        if kind is None:
            continue
        secrets = {short: await find(variable_of(source, short)) for short in kind.variables}
        given = {short: value for short, value in secrets.items() if value is not None}
        if missing := [variable_of(source, short) for short in secrets if short not in given]:
            lacking += missing
            said.append(f"{name}: no endpoint, for {unset(missing)}")
            continue
        token = await find(variable_of(source, kind.path))
        found[name] = _endpoint(
            source, kind, given, token, public_url or config.webhooks_public_url
        )
        said.append(_described(source, kind, found[name]))
    if not found:
        raise ConfigError(
            f"there is no secret by which webhooks could be believed: set one of {', '.join(lacking)}"
            f" (on a Prefect server: a Secret block, such as {secret_block(lacking[0])})"
        )
    return Listening(found, tuple(said))


def refuse_unsealed(config: Config, listening: Listening, privacy: Privacy) -> None:
    """Raise ConfigError where a payload would hold in clear what its column encrypts."""
    privacy.require(
        entity for name in listening.endpoints for entity in _encrypting(config.source(name))
    )


def _encrypting(source: SourceConfig) -> Iterator[Entity]:
    declared = kind_of(source).entities
    for name in {*declared, *source.entities}:
        said = source.entity(name).fields
        fields = [one.onto(path, None) for path, one in said.items()]
        if name in declared:
            fields += declared[name].fields
        yield Entity(f"{source.name}.{name}", "", tuple(fields))


def _endpoint(
    source: SourceConfig,
    kind: HookKind,
    secrets: dict[str, SecretStr],
    token: SecretStr | None,
    public_url: str | None,
) -> Endpoint:
    own = source.webhook
    tokens = keys_in(token) if token else ()
    if token and not tokens:
        raise ConfigError(f"{variable_of(source, kind.path)} holds no word")
    return Endpoint(
        source.name,
        kind.open(source, secrets),
        own.max_body or kind.max_body,
        kind.acknowledgement,
        tokens,
        (own.public_url or public_url or "").rstrip("/"),
        below=own.public_url is None,
    )


def _described(source: SourceConfig, kind: HookKind, endpoint: Endpoint) -> str:
    """An endpoint in a line; the secret part of its address is not shown."""
    path = "/…" if endpoint.tokens else ""
    line = f"{source.name}: POST /{source.name}{path}"
    if kind.unsigned and not endpoint.tokens:
        token = variable_of(source, kind.path)
        line += (
            f" (its messages are not signed: set {token} to a long random word and put that behind"
            f" /{source.name}/ in the address that you give to the sender)"
        )
    return line
