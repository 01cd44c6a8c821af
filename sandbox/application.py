"""The application behind a gate: its routes, and what is said where there is none."""

from collections.abc import Callable, Coroutine, Iterable
from typing import Any

from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute

from sandbox.gate import Refusal

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


def build(
    routes: Iterable[BaseRoute], misled: Callable[[HTTPException], Response], **state: Any
) -> Starlette:
    """An application strict about slashes; `misled` answers who asks for no route or method there is."""

    async def refuse(_request: Request, error: Exception) -> Response:
        if isinstance(error, Refusal):
            return error.answer
        if isinstance(error, HTTPException):
            return misled(error)
        raise error

    app = Starlette(
        routes=list(routes), exception_handlers={Refusal: refuse, HTTPException: refuse}
    )
    app.router.redirect_slashes = False
    for name, value in state.items():
        setattr(app.state, name, value)
    return app
