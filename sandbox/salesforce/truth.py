"""What a sandbox really holds, for comparing with what a client made of it."""

from sandbox.salesforce.store import Store
from sandbox.salesforce.values import Values


class Truth:
    """Every way to look behind the API; `type` is an object's API name."""

    store: Store

    def truth(self, type: str) -> dict[str, Values]:
        """The records that are not deleted, by id; archived ones are among them."""
        with self.store.lock:
            records = self.store.shelf(type).records
            return {key: dict(one) for key, one in records.items() if not one.get("IsDeleted")}

    def deleted(self, type: str) -> dict[str, Values]:
        """The records in the recycle bin, by id."""
        with self.store.lock:
            records = self.store.shelf(type).records
            return {key: dict(one) for key, one in records.items() if one.get("IsDeleted")}

    def merged(self, type: str) -> dict[str, str]:
        """The ids merged away, each with the one that lives on."""
        found = self.deleted(type).items()
        return {key: str(one["MasterRecordId"]) for key, one in found if one.get("MasterRecordId")}
