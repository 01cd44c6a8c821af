"""JSON whose numbers stay exact and whose texts PostgreSQL can store."""

import json
import re
from decimal import Decimal, InvalidOperation
from typing import Any

import msgspec

from sources.errors import BadAnswer

_LONE_SURROGATE = re.compile("[\ud800-\udfff]")
_ESCAPED_NUL = b"\\u0000"
_BYTE_ORDER_MARK = b"\xef\xbb\xbf"


def decode_json(body: bytes) -> Any:
    """What a body says, fractions as Decimal, NUL characters removed; raises BadAnswer."""
    try:
        value = _strict.decode(body)
        return cleaned(value) if _ESCAPED_NUL in body else value
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return _decode_forgivingly(body)


def encode_json(value: Any) -> bytes:
    """JSON of plain values, Decimals as numbers; NaN and infinite Decimals become text."""
    try:
        encoded = _encoder.encode(value)
    except UnicodeEncodeError:
        return _encoder.encode(cleaned(value))
    if b"NaN" in encoded or b"Infinity" in encoded:
        return _encoder.encode(_finite(value))
    return encoded


def _decode_forgivingly(body: bytes) -> Any:
    """Read what strict JSON refuses: broken UTF-8, half surrogates, control characters."""
    text = body.removeprefix(_BYTE_ORDER_MARK).decode("utf-8", errors="replace")
    try:
        return cleaned(_forgiving.decode(text))
    except (ValueError, RecursionError):
        raise BadAnswer("the answer is not JSON, or was cut off") from None


def _exact(number: str) -> Decimal | str:
    try:
        return Decimal(number)
    except (
        InvalidOperation
    ):  # an exponent beyond all reason: a record to reject, not a page to refuse
        return number


def _exact_integer(number: str) -> int | Decimal | str:
    try:
        return int(number)
    except ValueError:  # Python refuses integers of more than 4300 digits
        return _exact(number)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not JSON")


def cleaned(value: Any) -> Any:
    """The same value with texts and keys that every database takes."""
    if isinstance(value, str):
        return _LONE_SURROGATE.sub("\ufffd", value.replace("\0", ""))
    if isinstance(value, dict):
        return {cleaned(key): cleaned(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [cleaned(item) for item in value]
    return value


def _finite(value: Any) -> Any:
    """The same value with NaN and infinities as text."""
    if isinstance(value, Decimal):
        return value if value.is_finite() else str(value)
    if isinstance(value, dict):
        return {key: _finite(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_finite(item) for item in value]
    return value


_strict: msgspec.json.Decoder[Any] = msgspec.json.Decoder(float_hook=_exact)
_encoder = msgspec.json.Encoder(decimal_format="number")
_forgiving = json.JSONDecoder(
    parse_float=_exact,
    parse_int=_exact_integer,
    parse_constant=_refuse_constant,
    strict=False,
)
