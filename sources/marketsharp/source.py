"""Opening a copy of MarketSharp's tables."""

from sources.database.source import opener_of
from sources.marketsharp.entities import ENTITIES, SAID

open_marketsharp = opener_of("DATABASE_URL", ENTITIES, SAID)
