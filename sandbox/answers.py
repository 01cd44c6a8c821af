"""What the answers of every look-alike are made of."""

from collections.abc import Mapping
from typing import Any

import msgspec
from starlette.responses import Response

HTML = "text/html; charset=utf-8"


def json(document: Any, status: int, headers: Mapping[str, str] | None, type: str) -> Response:
    """A JSON answer; vendors spell its content type in several ways."""
    return Response(msgspec.json.encode(document), status, headers, type)


def html(status: int, title: str) -> Response:
    """The page a proxy in front of an API answers with."""
    return Response(
        f"<html>\n<head><title>{status} {title}</title></head>\n"
        f"<body>\n<center><h1>{status} {title}</h1></center>\n</body>\n</html>\n",
        status,
        media_type=HTML,
    )


def waiting(seconds: float | None) -> dict[str, str]:
    """The header that says how long to wait, if that is told."""
    return {} if seconds is None else {"Retry-After": f"{seconds:g}"}
