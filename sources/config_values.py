"""What a value in `crm-sync.toml` may be: types that say in plain words what they expect."""

import re
from collections.abc import Callable, Iterable
from datetime import timedelta
from difflib import get_close_matches
from typing import Annotated, Any

from annotated_types import Ge, Le
from pydantic import AfterValidator, BeforeValidator, Strict, ValidationError, WrapValidator
from pydantic_core import PydanticCustomError

NAME_BYTES = 63
# What every table has, and the names PostgreSQL keeps for itself.
SYSTEM_COLUMNS = frozenset(
    {"created_at", "updated_at", "deleted_at", "merged_into", "extra", "sync_history_id"}
    | {"tableoid", "xmin", "xmax", "cmin", "cmax", "ctid"}
)
LONGEST = timedelta(days=3650)

_SNAKE = re.compile(r"[a-z_][a-z0-9_]*")
_DURATION = re.compile(r"(\d+(?:\.\d+)?)\s*([smhd])")
_UNITS = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days"}


def refuse(reason: str) -> PydanticCustomError:
    """A value is not what it should be, in words a person understands."""
    return PydanticCustomError("expected", "{reason}", {"reason": reason})


def must_be(expected: str) -> WrapValidator:
    """Whatever is wrong with the value, say what it should have been."""

    def check(value: Any, inner: Callable[[Any], Any]) -> Any:
        try:
            return inner(value)
        except ValidationError:
            raise refuse(f"must be {expected}") from None

    return WrapValidator(check)


def suggestion(word: object, known: Iterable[str]) -> str:
    """'. Did you mean …?', or nothing where no known word comes near."""
    spelled = str(word).strip().lower().replace("-", "_").replace(" ", "_")
    close = get_close_matches(spelled, sorted(known), n=1)
    return f". Did you mean {close[0]!r}?" if close else ""


def snake_name(what: str, longest: int = NAME_BYTES) -> Callable[[Any], str]:
    """A check for a name that needs no quotes in SQL."""

    def check(value: Any) -> str:
        if isinstance(value, str) and _SNAKE.fullmatch(value) and len(value) <= longest:
            return value
        raise refuse(
            f"must be a {what} in snake_case (a-z, 0-9, _) of at most {longest} characters"
        )

    return check


def _column(value: Any) -> str:
    name = snake_name("column name")(value)
    if name in SYSTEM_COLUMNS:
        raise refuse("is a column every table has of its own; choose another name")
    return name


def _kind(value: Any) -> str:
    # Kinds bring Polars and Pandera along, which take a second: who names no kind does not wait.
    from sources.kinds import KINDS

    if isinstance(value, str) and value in KINDS:
        return value
    raise refuse(f"must be one of {', '.join(KINDS)}{suggestion(value, KINDS)}")


def one_of(*known: str) -> BeforeValidator:
    """A check for one of the `known` words."""

    def check(value: Any) -> str:
        if isinstance(value, str) and value in known:
            return value
        raise refuse(f"must be one of {', '.join(known)}{suggestion(value, known)}")

    return BeforeValidator(check)


def _duration(value: Any) -> timedelta:
    """'60m', '1h', '0s', '7d', or a number of seconds."""
    if isinstance(value, timedelta):
        return value
    try:
        span = timedelta(**_amount(value))
    except (OverflowError, ValueError, TypeError):
        raise ValueError("not a duration") from None
    if not timedelta() <= span <= LONGEST:
        raise ValueError("negative or too long")
    return span


def _amount(value: Any) -> dict[str, float]:
    if isinstance(value, str) and (found := _DURATION.fullmatch(value.strip())):
        return {_UNITS[found[2]]: float(found[1])}
    if isinstance(value, int | float) and not isinstance(value, bool):
        return {"seconds": float(value)}
    raise ValueError("neither text with a unit nor a number")


def _seconds(value: Any) -> float:
    seconds = _duration(value).total_seconds()
    if not seconds:
        raise ValueError("no time at all")
    return seconds


def _not_empty(values: tuple[str, ...]) -> tuple[str, ...]:
    if not values:
        raise ValueError("empty")
    return values


def whole(lowest: int, highest: int | None = None) -> BeforeValidator:
    """A check for a whole number within bounds."""
    expected = f"{lowest} or more" if highest is None else f"from {lowest} to {highest}"

    def check(value: Any) -> int:
        is_whole = isinstance(value, int) and not isinstance(value, bool)
        if is_whole and lowest <= value and (highest is None or value <= highest):
            return int(value)
        raise refuse(f"must be a whole number, {expected}")

    return BeforeValidator(check)


_DURATION_WORDS = 'a duration such as "90s", "60m", "1h" or "7d", or a number of seconds'

Flag = Annotated[bool, Strict(), must_be("true or false")]
Text = Annotated[str, Strict(), must_be("text")]
Words = Annotated[tuple[Annotated[str, Strict()], ...], must_be("a list of texts")]
Share = Annotated[float, Strict(), Ge(0), Le(1), must_be("a number from 0 to 1")]
Duration = Annotated[
    timedelta, BeforeValidator(_duration), must_be(f"{_DURATION_WORDS}, up to 3650d")
]
Seconds = Annotated[float, BeforeValidator(_seconds), must_be(f"{_DURATION_WORDS}, above 0")]
ColumnName = Annotated[str, BeforeValidator(_column)]
KindName = Annotated[str, BeforeValidator(_kind)]
SENSITIVITIES = ("non_sensitive", "sensitive", "highly_sensitive")
Sensitivities = Annotated[
    tuple[Annotated[str, one_of(*SENSITIVITIES)], ...],
    AfterValidator(_not_empty),
    must_be(f"a list of at least one of {', '.join(SENSITIVITIES)}"),
]
