"""What a request asks for: since when, and which page."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from starlette.requests import Request

from sandbox.gate import fault_of
from sandbox.salesrabbit.errors import refusal

MODIFIED, STATUS_MODIFIED = "If-Modified-Since", "If-Status-Modified-Since"
MOST = 2000


def moment_of(request: Request, header: str) -> datetime | None:
    """The moment in a header, which must be ISO 8601; that any other is refused is an assumption."""
    text = request.headers.get(header)
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        moment = None
    if moment is None or moment.tzinfo is None:
        raise refusal(400, f"{header} must be an ISO 8601 date")
    return moment


def page(
    request: Request, rows: Sequence[Any], *, usual: int = MOST, most: int = MOST
) -> dict[str, Any]:
    """One page: parameters nobody knows are overlooked, too large a page is cut to the most."""
    number, size = _number(request, "page", 1), min(_number(request, "perPage", usual), most)
    fault = fault_of(request)
    if fault == "repeat_page":
        return {"data": list(rows[:size]), "meta": {"morePages": True}}
    shown = list(rows[(number - 1) * size : number * size])
    meta = {"morePages": number * size < len(rows)}
    if fault == "empty_page":
        shown = []
    elif fault == "short_page":
        shown = shown[: len(shown) // 2]
    elif fault == "no_meta":
        return {"data": shown}
    return {"data": shown, "meta": meta}


def _number(request: Request, name: str, usual: int) -> int:
    text = request.query_params.get(name)
    if text is None:
        return usual
    if not text.isdecimal() or int(text) < 1:
        raise refusal(400, f"{name} must be a positive number")
    return int(text)
