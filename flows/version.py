"""Which version of this program writes."""

from importlib.metadata import PackageNotFoundError, version


def _installed() -> str:
    try:
        return version("crm-sync")
    except PackageNotFoundError:
        return "0"


CODE_VERSION = _installed()
