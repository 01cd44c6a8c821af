"""Whether SyncHistory is kept as it should be, entity by entity."""

from dataclasses import dataclass
from typing import Any

from sources.config import Config
from sources.registry import KINDS
from warehouse import compliance as stored
from warehouse.connection import Connection
from warehouse.facts import Key

COMPLIANT, NON_COMPLIANT = "COMPLIANT", "NON_COMPLIANT"
CHECKS = (
    "has_sync_records",
    "proper_status",
    "has_end_time",
    "has_performance_metrics",
    "no_redundant_sync_fields",
)


@dataclass(frozen=True, slots=True)
class Compliance:
    """The checks of one entity; `redundant` are the columns that should not be there."""

    crm_source: str
    entity: str
    checks: dict[str, bool]
    redundant: tuple[str, ...] = ()

    @property
    def status(self) -> str:
        """Whether all is as it should be."""
        return COMPLIANT if all(self.checks.values()) else NON_COMPLIANT

    @property
    def document(self) -> dict[str, Any]:
        """For programs."""
        return {
            "crm_source": self.crm_source,
            "sync_type": self.entity,
            **self.checks,
            "redundant_columns": list(self.redundant),
            "compliance_status": self.status,
        }


def compliance(conn: Connection, config: Config, source: str | None = None) -> list[Compliance]:
    """The checks of every entity that ever ran; of a source that is named and never ran, that it did not."""
    redundant = stored.redundant_columns(conn, source)
    found = []
    for row in stored.kept(conn, source):
        key = Key(row.crm_source, row.entity)
        extra = set(redundant.get(key, ())) - _declared(config, key)
        found.append(
            Compliance(
                *key,
                {
                    "has_sync_records": True,
                    "proper_status": row.proper_status,
                    "has_end_time": row.has_end_time,
                    "has_performance_metrics": row.has_performance_metrics,
                    "no_redundant_sync_fields": not extra,
                },
                tuple(sorted(extra)),
            )
        )
    if source is not None and not found:
        found.append(Compliance(source, "", dict.fromkeys(CHECKS, False)))
    return found


def of_source(found: list[Compliance], source: str) -> str:
    """A source complies if it has entities and all of them do."""
    own = [one.status for one in found if one.crm_source == source]
    return COMPLIANT if own and set(own) == {COMPLIANT} else NON_COMPLIANT


def _declared(config: Config, key: Key) -> set[str]:
    """The columns of an entity that hold fields of its CRM, as declared here and in the configuration."""
    source = config.sources.get(key.crm_source)
    kind = KINDS.get(source.kind) if source else None
    if source is None or kind is None:
        return set()
    entity = kind.entities.get(key.entity)
    said = {field.name for field in source.entity(key.entity).fields.values()}
    return said | ({field.name for field in entity.fields} if entity else set())
