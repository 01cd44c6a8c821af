"""Where a run keeps a rotated refresh token: in the block it came from, else in a file."""

import os
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import SecretStr

from sources.config import SourceConfig, account_env
from sources.keeping import FileKeeper, NotKept, TokenKeeper, secret_block
from warehouse import embedded


def keeper_of(config: SourceConfig, secrets: Mapping[str, SecretStr]) -> TokenKeeper:
    """The keeper of a source's refresh token; `secrets` are what was found in blocks."""
    variable = f"{account_env(config.name, config.kind)}REFRESH_TOKEN"
    if "REFRESH_TOKEN" in secrets:
        return BlockKeeper(secret_block(variable))
    path = embedded.home() / "credentials" / f"{config.name}.json"
    return FileKeeper(path, variable, SecretStr(os.environ.get(variable, "")))


@dataclass(frozen=True, slots=True)
class BlockKeeper:
    """The Secret block that the refresh token came from; what anyone puts there is the newest."""

    name: str

    @property
    def place(self) -> str:
        """The block."""
        return f"the Secret block {self.name!r}"

    async def kept(self) -> SecretStr | None:
        """What the block holds now."""
        # Imported late: who checks a source without a server needs nothing of Prefect.
        from flows.secrets import secret_in

        return await secret_in(self.name)

    async def keep(self, token: SecretStr) -> None:
        """Overwrite the block."""
        from flows.secrets import put_secret

        try:
            await put_secret(self.name, token)
        except Exception as error:  # noqa: BLE001 - whatever stands in the way, it is not kept
            # Not chained: a server that refuses a value quotes it.
            raise NotKept(
                f"The refresh token was rotated, but the new one could not be written to {self.place}"
                f" ({type(error).__name__}): this process must reach Prefect's server and be allowed"
                " to change blocks. Should the next run be refused, authorise the app again"
                " and put its refresh token there"
            ) from None
