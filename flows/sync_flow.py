"""Making a CRM's flow: what is `Asked` becomes flat parameters, and a mistake in it a plain sentence."""

import inspect
from collections.abc import Callable, Coroutine, Sequence
from dataclasses import fields
from functools import wraps
from typing import Any, Unpack, get_type_hints

from prefect import Flow, flow
from prefect.client.schemas import State
from pydantic.fields import FieldInfo

from flows.failure import told_plainly
from flows.options import SyncOptions, parse_since
from flows.parameters import Asked
from flows.run_name import run_name
from flows.showing import shown
from flows.sync import sync_source
from sources.errors import ConfigError
from sources.registry import configured

Answer = State[list[dict[str, Any]]]
Body = Callable[..., Coroutine[Any, Any, Answer]]
SyncFlow = Flow[..., Coroutine[Any, Any, Answer]]


def sync_flow(kind: str) -> Callable[[Body], SyncFlow]:
    """Make the flow `<kind>-sync` of a function that takes entities and what is `Asked`."""

    def made(body: Body) -> SyncFlow:
        @wraps(body)
        async def told(*args: Any, **asked: Any) -> Answer:
            _refuse_other_kind(asked.get("source", kind), kind)
            async with shown():
                return await body(*args, **asked)

        signature = _flat(inspect.signature(body), kind)
        told.__signature__ = signature  # type: ignore[attr-defined] # what inspect goes by
        told.__doc__ = _documented(body, signature)
        name = f"{kind.replace('_', '-')}-sync"
        return flow(name=name, flow_run_name=run_name, persist_result=False)(told_plainly(told))

    return made


async def sync_asked(entities: Sequence[str] | None, **asked: Unpack[Asked]) -> Answer:
    """Bring a source up to date as asked."""
    options: dict[str, Any] = {**asked, "since": parse_since(asked.get("since"))}
    return await sync_source(options.pop("source"), entities, SyncOptions(**options))


def _refuse_other_kind(source: str, kind: str) -> None:
    other = configured().source(source).kind
    if other != kind:
        raise ConfigError(
            f"source is {source!r}, which is of kind {other}: {other.replace('_', '-')}-sync reads it"
        )


def _flat(signature: inspect.Signature, kind: str) -> inspect.Signature:
    """The signature with each option as a parameter of its own, in place of `**asked`."""
    defaults = {option.name: option.default for option in fields(SyncOptions)} | {"source": kind}
    own = [one for one in signature.parameters.values() if one.kind is not one.VAR_KEYWORD]
    options = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, default=defaults[name], annotation=hint
        )
        for name, hint in get_type_hints(Asked, include_extras=True).items()
    ]
    return signature.replace(parameters=[*own, *options])


def _documented(body: Body, signature: inspect.Signature) -> str:
    """The docstring with what the parameters mean, in the form in which Prefect's form takes it."""
    said = [
        f"    {one.name}: {note.description}"
        for one in signature.parameters.values()
        for note in getattr(one.annotation, "__metadata__", ())
        if isinstance(note, FieldInfo) and note.description
    ]
    return "\n".join([inspect.getdoc(body) or "", "", "Args:", *said])
