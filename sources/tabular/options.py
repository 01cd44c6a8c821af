"""What `crm-sync.toml` may say of delimited text; what it leaves unsaid is found out."""

import codecs
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from sources.config_mistakes import shown
from sources.errors import ConfigError

OPTIONS = frozenset(
    {"delimiter", "encoding", "header", "quote", "escape", "skip_lines", "null", "decimal"}
    | {"key", "updated_at", "snapshot"}
)
DEFAULT_QUOTE = '"'
_BY_NAME = {"tab": "\t", "comma": ",", "semicolon": ";", "pipe": "|", "space": " "}
# Besides these, one byte per character: what is read can be found again by counting.
UNICODE = {
    "utf-8": "utf-8",
    "utf-8-sig": "utf-8",
    "utf-16": "utf-16-le",
    "utf-16-le": "utf-16-le",
    "utf-16-be": "utf-16-be",
}


@dataclass(frozen=True, slots=True)
class Dialect:
    """How a file spells its table; None is found out file by file.

    `header` is the names where the file has none of its own, or whether it has; `place` is the table in
    `crm-sync.toml` that says all this.
    """

    place: str
    delimiter: str | None = None
    encoding: str | None = None
    header: bool | tuple[str, ...] | None = None
    quote: str = DEFAULT_QUOTE
    escape: str = ""
    skip_lines: int = 0
    null: tuple[str, ...] = ()
    decimal: str = "."

    @classmethod
    def of(cls, place: str, options: Mapping[str, Any]) -> "Dialect":
        """The dialect that options describe; raises ConfigError for the first that is wrong."""
        said = _Said(place, options)
        dialect = cls(
            place,
            delimiter=said.character("delimiter") or None,
            encoding=said.encoding(),
            header=said.header(),
            quote=said.character("quote", DEFAULT_QUOTE, empty="nothing is quoted"),
            escape=said.character("escape", empty="nothing is escaped"),
            skip_lines=said.count("skip_lines"),
            null=said.words("null"),
            decimal=said.decimal(),
        )
        signs = [sign for sign in (dialect.delimiter, dialect.quote, dialect.escape) if sign]
        if len(signs) != len(set(signs)):
            raise ConfigError(f"[{place}] delimiter, quote and escape must be different characters")
        return dialect


@dataclass(frozen=True, slots=True)
class _Said:
    """The options of one entity, asked one by one."""

    place: str
    options: Mapping[str, Any]

    def character(self, key: str, otherwise: str = "", empty: str = "") -> str:
        value = self.options.get(key)
        if value is None:
            return otherwise
        sign = _BY_NAME.get(value, value) if isinstance(value, str) else None
        if sign == "" and empty:
            return ""
        fits = sign is not None and len(sign) == 1 and sign.isascii() and sign not in "\r\n\0"
        if fits and sign is not None and not sign.isalnum():
            return sign
        also = f', or "" where {empty}' if empty else ""
        raise self._wrong(key, f"one character such as ',' or \"tab\", no letter or digit{also}")

    def encoding(self) -> str | None:
        value = self.options.get("encoding")
        if value is None:
            return None
        try:
            name = codecs.lookup(value).name
        except (LookupError, TypeError):
            name = ""
        if name in UNICODE:
            return UNICODE[name]
        if name and _is_one_byte(name):
            return name
        raise self._wrong(
            "encoding",
            "utf-8, utf-16 or a code page of one byte per character, such as cp1252 or latin-1;"
            " convert files of other encodings to UTF-8",
        )

    def header(self) -> bool | tuple[str, ...] | None:
        value = self.options.get("header")
        if value is None or isinstance(value, bool):
            return value
        names = self.words("header", "true, false, or the list of the columns' names")
        bare = [name.strip() for name in names]
        if not names or not all(bare) or len(set(bare)) < len(bare):
            raise self._wrong("header", "true, false, or a list of names, each there once")
        return tuple(bare)

    def count(self, key: str) -> int:
        value = self.options.get(key, 0)
        if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
            return value
        raise self._wrong(key, "a whole number, 0 or more")

    def words(self, key: str, expected: str = "a list of texts") -> tuple[str, ...]:
        value = self.options.get(key, ())
        if isinstance(value, Sequence) and not isinstance(value, str):
            words = tuple(value)
            if all(isinstance(word, str) for word in words):
                return words
        raise self._wrong(key, expected)

    def decimal(self) -> str:
        value = self.options.get("decimal", ".")
        if value not in {".", ","}:
            raise self._wrong("decimal", '"." or ","')
        return str(value)

    def _wrong(self, key: str, expected: str) -> ConfigError:
        return ConfigError(f"[{self.place}] {key} = {shown(self.options[key])}: must be {expected}")


def _is_one_byte(name: str) -> bool:
    """Whether an encoding has one byte for every character, those of ASCII as in ASCII."""
    try:
        every = bytes(range(256)).decode(name, "replace")
        ascii_too = bytes(range(128)).decode(name) == bytes(range(128)).decode("ascii")
    except (UnicodeError, LookupError):
        return False
    return ascii_too and len(every) == 256
