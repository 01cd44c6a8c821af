"""In which encoding a file is, and its bytes as UTF-8.

Positions count the file's own bytes, so that a reading can begin anywhere; what is parsed is UTF-8. Bytes that
mean nothing in their encoding become bytes that mean nothing in UTF-8: nothing is replaced, and the lines
they are in are found by them.
"""

import re
from collections.abc import Iterable

BOMS = (
    (b"\xef\xbb\xbf", "utf-8"),
    (b"\xff\xfe", "utf-16-le"),
    (b"\xfe\xff", "utf-16-be"),
)
WIDE = frozenset({"utf-16-le", "utf-16-be"})
# No UTF-8 has this byte.
_MEANS_NOTHING = b"\xff"
# Bytes that code page 1252 leaves without a meaning.
_NOT_IN_1252 = re.compile(rb"[\x81\x8d\x8f\x90\x9d]")
_HIGH = re.compile(rb"[\x80-\xff]+")
_CUT_CHARACTER = re.compile(rb"\A[\x80-\xbf]{1,3}|[\xc2-\xf4][\x80-\xbf]{0,2}\Z")
# Of text in 16 bits, at least so many bytes are NUL, and all but a few on the same side.
_NULS, _OTHER_SIDE = 0.05, 0.1
_EVEN = 1 << 20


def bom_of(head: bytes) -> tuple[int, str | None]:
    """The length of a byte order mark and the encoding it stands for."""
    return next(((len(bom), name) for bom, name in BOMS if head.startswith(bom)), (0, None))


def detected(samples: Iterable[bytes]) -> str:
    """The encoding of a file without a byte order mark, by samples of it; the first begins the file."""
    valid = invalid = 0
    in_1252 = True
    for number, sample in enumerate(samples):
        if number == 0 and (wide := _sixteen_bits(sample)):
            return wide
        good, bad = _looked_through(sample)
        valid, invalid = valid + good, invalid + bad
        in_1252 = in_1252 and not (bad and _NOT_IN_1252.search(sample))
    # Text of a code page hardly ever looks like UTF-8; text with damage in it mostly does.
    if invalid <= valid:
        return "utf-8"
    return "cp1252" if in_1252 else "latin-1"


def _looked_through(sample: bytes) -> tuple[int, int]:
    """How many runs of bytes beyond ASCII are UTF-8, and how many are not."""
    if sample.isascii():
        return 0, 0
    # A sample may begin and end within a character.
    whole = _CUT_CHARACTER.sub(b"", sample)
    good = bad = 0
    for run in _HIGH.findall(whole):
        try:
            run.decode()
        except UnicodeDecodeError:
            bad += 1
        else:
            good += 1
    return good, bad


def _sixteen_bits(sample: bytes) -> str | None:
    """UTF-16 without a mark: in nearly every second byte there is nothing."""
    even, odd = (sample[:_EVEN][side::2].count(0) for side in (0, 1))
    most, least = max(even, odd), min(even, odd)
    if most <= _NULS * len(sample[:_EVEN]) / 2 or least > _OTHER_SIDE * most:
        return None
    encoding = "utf-16-be" if even > odd else "utf-16-le"
    # No text has a NUL of its own.
    text = as_utf8(sample[:_EVEN], encoding, final=False)
    return None if b"\0" in text else encoding


def as_utf8(raw: bytes, encoding: str, *, final: bool) -> bytes:
    """Text as UTF-8; unless it is `final`, a character that is cut off at its end is left for later."""
    if encoding == "utf-8":
        return raw
    if encoding not in WIDE:
        return raw.decode(encoding, "surrogateescape").encode("utf-8", "surrogatepass")
    whole = len(raw) - len(raw) % 2
    if not final and whole and _is_first_half(raw[whole - 2 : whole], encoding):
        whole -= 2
    text = raw[:whole].decode(encoding, "surrogatepass").encode("utf-8", "surrogatepass")
    return text + _MEANS_NOTHING if final and whole < len(raw) else text


def length_in(encoding: str, text: bytes, end: int) -> int:
    """How many bytes of the file the beginning of what `as_utf8` made of it stands for, up to `end`."""
    if encoding == "utf-8":
        return end
    bare = text[:end].removesuffix(_MEANS_NOTHING)
    decoded = bare.decode("utf-8", "surrogatepass")
    if encoding not in WIDE:
        return len(decoded)
    return len(decoded.encode(encoding, "surrogatepass")) + end - len(bare)


def is_utf8(text: bytes) -> bool:
    """Whether all of the text means something."""
    if text.isascii():
        return True
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def shown(text: bytes) -> str:
    """Any bytes as text that says what they are."""
    return text.decode("utf-8", "backslashreplace").replace("\0", "\\x00")


def _is_first_half(unit: bytes, encoding: str) -> bool:
    """Whether two bytes are the first half of a character of four."""
    first = unit[1] if encoding == "utf-16-le" else unit[0]
    return 0xD8 <= first <= 0xDB
