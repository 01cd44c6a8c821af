"""What is kept from one page of a file to the next; without it, all is read again and comes out the same."""

import threading
from collections import OrderedDict

from sources.tabular.file import Header
from sources.tabular.stream import Stream

MOST_KEPT = 8


class Streams:
    """Open streams between two pages: by what they are of and where they stand, so that nothing hangs on them."""

    def __init__(self) -> None:
        self._kept: OrderedDict[tuple[str, str, int], Stream] = OrderedDict()
        self._headers: OrderedDict[tuple[str, str, str], Header] = OrderedDict()
        self._lock = threading.Lock()

    def taken(self, part: str, version: str, offset: int) -> Stream | None:
        """The stream that stands just there, if it is still open; it is the caller's now."""
        with self._lock:
            return self._kept.pop((part, version, offset), None)

    def keep(self, part: str, version: str, stream: Stream) -> None:
        """Keep a stream open; the one not used for longest makes way."""
        with self._lock:
            before = self._kept.pop((part, version, stream.offset), None)
            self._kept[part, version, stream.offset] = stream
            old = self._kept.popitem(last=False)[1] if len(self._kept) > MOST_KEPT else None
        for unused in filter(None, (before, old)):
            unused.close()

    def header(self, part: str, version: str, digest: str) -> Header | None:
        """The header with this digest, if it was read not long ago."""
        with self._lock:
            return self._headers.get((part, version, digest))

    def know(self, part: str, version: str, header: Header) -> None:
        """Remember a header for the pages to come."""
        with self._lock:
            self._headers[part, version, header.digest] = header
            if len(self._headers) > MOST_KEPT:
                self._headers.popitem(last=False)

    def close(self) -> None:
        """Close all that are open."""
        with self._lock:
            kept, self._kept = list(self._kept.values()), OrderedDict()
        for stream in kept:
            stream.close()
