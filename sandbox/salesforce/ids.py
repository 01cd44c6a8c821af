"""Record ids as the vendor makes them: 15 case-sensitive characters, and three that check the case."""

import string

ALPHABET = string.digits + string.ascii_uppercase + string.ascii_lowercase
CHECKS = string.ascii_uppercase + "012345"
INSTANCE = "5e0"  # which server made the record


def checked(short: str) -> str:
    """The 18-character form of a 15-character id."""
    groups = (short[begin : begin + 5] for begin in range(0, 15, 5))
    return short + "".join(
        CHECKS[sum(letter.isupper() << place for place, letter in enumerate(group))]
        for group in groups
    )


def make_id(prefix: str, number: int) -> str:
    """The id of the `number`-th record of the object that has a prefix."""
    digits = ""
    while number:
        number, place = divmod(number, len(ALPHABET))
        digits = ALPHABET[place] + digits
    return checked(f"{prefix}{INSTANCE}{digits:0>9}")


def whole(id: str) -> str:
    """An id in its long form, in whichever form it was given."""
    return checked(id) if len(id) == 15 else id
