"""Keeping secrets out of messages that quote a vendor."""

import re

from pydantic import SecretStr

LONGEST_TEXT = 300
_READ_AT_MOST = 3000
_MASK = "***"
_CONTROL = re.compile(r"[\x00-\x1f\x7f-\x9f\s]+")
# Words that may be a token or a part of one: long runs of what tokens are made of.
_WORD = re.compile(r"[A-Za-z0-9_\-.~+/=]{8,}")
_TOKEN_LENGTH = 32
_LOOKS_LIKE_A_TOKEN = re.compile(r"(?i)(pat-|ey[a-z0-9_-]+\.)\S{4}")


def masked(text: str, secret: SecretStr | None) -> str:
    """A vendor's words on one line, cut short, with all that may be a token hidden."""
    bare = secret.get_secret_value() if secret is not None else ""
    line = _CONTROL.sub(" ", text[:_READ_AT_MOST]).strip()
    if bare:
        line = line.replace(bare, _MASK)
    line = _WORD.sub(lambda found: _word(found.group(), bare), line)
    return line if len(line) <= LONGEST_TEXT else line[: LONGEST_TEXT - 1] + "…"


def _word(word: str, bare: str) -> str:
    telling = (
        len(word) >= _TOKEN_LENGTH or word.strip(".") in bare or _LOOKS_LIKE_A_TOKEN.match(word)
    )
    return _MASK if telling else word
