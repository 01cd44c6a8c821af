"""What a request is about: the org, the version, the object."""

from starlette.requests import Request

from sandbox.salesforce.errors import not_found
from sandbox.salesforce.store import Shelf, Store

VERSIONS = tuple(f"{number}.0" for number in range(55, 69))


def store_of(request: Request) -> Store:
    """The org."""
    store: Store = request.app.state.store
    return store


def version_of(request: Request) -> str:
    """The version in the path; one that there is not has no resources."""
    version: str = request.path_params["version"]
    if version not in VERSIONS:
        raise not_found()
    return version


def shelf_of(request: Request) -> Shelf:
    """The object in the path, if this user may see it."""
    version_of(request)
    store, name = store_of(request), request.path_params["object"]
    found = next((key for key in store.shelves if key.lower() == name.lower()), None)
    if found is None or store.shelves[found].forbidden:
        raise not_found()
    return store.shelf(found)
