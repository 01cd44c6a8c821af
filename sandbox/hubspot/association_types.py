"""How records of two types may belong together: the vendor's definitions, and two of the account's own.

A number means a direction, and means something only together with its category: the account's own labels
are numbered from 1 as well.
"""

from typing import NamedTuple

HUBSPOT, USER = "HUBSPOT_DEFINED", "USER_DEFINED"
PRIMARY = "Primary"


class Pair(NamedTuple):
    """A definition in both directions."""

    ours: str
    theirs: str
    there: int
    back: int
    label: str | None = None
    back_label: str | None = None
    category: str = HUBSPOT


def _engagements() -> tuple[Pair, ...]:
    numbers = {  # to contacts, companies, deals, tickets; the way back is one less
        "calls": (194, 182, 206, 220),
        "emails": (198, 186, 210, 224),
        "meetings": (200, 188, 212, 226),
        "notes": (202, 190, 214, 228),
        "tasks": (204, 192, 216, 230),
    }
    others = ("contacts", "companies", "deals", "tickets")
    return tuple(
        Pair(name, other, number, number - 1)
        for name, row in numbers.items()
        for other, number in zip(others, row, strict=True)
    )


# The ways back of 906, 908, 944, 608 and 610 are assumptions.
PAIRS: tuple[Pair, ...] = (
    Pair("contacts", "companies", 1, 2, PRIMARY, PRIMARY),
    Pair("contacts", "companies", 279, 280),
    Pair("contacts", "companies", 1, 2, "Billing contact", "Billing contact", USER),
    Pair("contacts", "contacts", 449, 449),
    Pair("companies", "companies", 13, 14, "Child Company", "Parent Company"),
    Pair("companies", "companies", 450, 450),
    Pair("deals", "contacts", 3, 4),
    Pair("deals", "contacts", 3, 4, "Decision maker", "Decides on", USER),
    Pair("deals", "companies", 5, 6, PRIMARY, PRIMARY),
    Pair("deals", "companies", 341, 342),
    Pair("tickets", "contacts", 16, 15),
    Pair("tickets", "companies", 26, 25, PRIMARY, PRIMARY),
    Pair("tickets", "companies", 339, 340),
    Pair("tickets", "deals", 28, 27),
    Pair("line_items", "deals", 20, 19),
    Pair("quotes", "deals", 64, 63),
    Pair("quotes", "line_items", 67, 68),
    Pair("quotes", "contacts", 69, 70),
    Pair("quotes", "companies", 71, 72),
    Pair("appointments", "contacts", 906, 907),
    Pair("appointments", "companies", 908, 909),
    Pair("appointments", "deals", 944, 945),
    Pair("leads", "contacts", 578, 579, PRIMARY, PRIMARY),
    Pair("leads", "contacts", 608, 607),
    Pair("leads", "companies", 610, 609),
    *_engagements(),
)
