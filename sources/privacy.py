"""Encryption of fields and of cached pages, with Fernet keys of which the newest comes first."""

import hmac
import os
import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from sources.entity import Entity
from sources.errors import ConfigError
from sources.exact_json import encode_json
from sources.page import Record

VARIABLE = "FIELD_ENCRYPTION_KEYS"
HOW_TO_MAKE_ONE = (
    'python -c "from cryptography.fernet import Fernet; print(Fernet.generate_key().decode())"'
)
PROTECTED = {"token", "mac"}
_KEY = re.compile(r"[A-Za-z0-9_-]{43}=")
_PLAIN, _SEALED = b"P", b"S"
# Half a surrogate pair is no text elsewhere, but it must not stop a run here.
_ANY_TEXT = "surrogatepass"


class WrongKey(ConfigError):
    """Something was encrypted with a key that is not among ours, or has been tampered with."""


class Privacy:
    """The keys of a run; without any, nothing can be protected and pages are kept as they are."""

    def __init__(self, keys: Sequence[str] = ()) -> None:
        fernets = [_fernet(key, number, len(keys)) for number, key in enumerate(keys, start=1)]
        self._fernet = MultiFernet(fernets) if fernets else None
        self._newest = fernets[0] if fernets else None
        self._mac_key = _derived("".join(keys[:1]), b"crm-sync: compare fields")
        self.fingerprint = _derived("".join(keys), b"crm-sync: fingerprint").hex()[:16]

    @classmethod
    def from_env(cls, environ: Mapping[str, str] = os.environ) -> "Privacy":
        """The keys in `FIELD_ENCRYPTION_KEYS`."""
        return cls.from_text(environ.get(VARIABLE, ""))

    @classmethod
    def from_text(cls, text: str) -> "Privacy":
        """Keys separated by commas or line ends, newest first."""
        return cls.from_keys(re.split(r"[,\s]+", text))

    @classmethod
    def from_keys(cls, keys: Iterable[str]) -> "Privacy":
        """The given keys, newest first; blank ones do not count."""
        return cls([key.strip() for key in keys if key.strip()])

    def __bool__(self) -> bool:
        return self._fernet is not None

    def require(self, entities: Iterable[Entity]) -> None:
        """Raise ConfigError where a field is to be encrypted and there is no key."""
        fields = [f"{e.name}.{field.name}" for e in entities for field in e.fields if field.encrypt]
        if fields and not self:
            raise ConfigError(
                f"{', '.join(fields)} must be encrypted, but {VARIABLE} is not set."
                f" Make a key with\n  {HOW_TO_MAKE_ONE}"
            )

    def protect(self, entity: Entity, records: Iterable[Record]) -> None:
        """Replace each value to be encrypted by its token and MAC; repeating it is harmless."""
        self.require([entity])
        if self._fernet is None:
            return
        places = [(f.path, entity.steps(f.path)) for f in entity.fields if f.encrypt]
        for record in records if places else ():
            for path, (*steps, name) in places:
                holder = _holder(record, steps)
                if holder is not None and name in holder:
                    holder[name] = self._protected(self._fernet, path, holder[name])

    def unprotect(self, token: str) -> str:
        """The text of an encrypted value; raises WrongKey."""
        return self._decrypted(token.encode("ascii", "replace")).decode("utf-8", _ANY_TEXT)

    def protected_text(self, text: str) -> str:
        """A text of which nobody knows which fields it holds, as a token; as it is without a key."""
        return (
            self._fernet.encrypt(text.encode("utf-8", _ANY_TEXT)).decode() if self._fernet else text
        )

    def seal(self, page: bytes) -> bytes:
        """A page fit for the disk: encrypted where there is a key."""
        return _SEALED + self._fernet.encrypt(page) if self._fernet else _PLAIN + page

    def open(self, sealed: bytes) -> bytes:
        """The page again; raises WrongKey."""
        mark, page = sealed[:1], sealed[1:]
        if mark == _PLAIN:
            return page
        return self._decrypted(page)

    def renewed(self, sealed: bytes) -> bytes:
        """What was sealed, sealed with the newest key; as it is where that is so already."""
        page = self.open(sealed)
        if self._newest is None:
            return sealed
        try:
            self._newest.decrypt(sealed[1:])
        except InvalidToken:
            return self.seal(page)
        return sealed

    def _protected(self, fernet: MultiFernet, path: str, value: Any) -> Any:
        if value is None or value == "" or self._is_protected(value):
            return value or None
        text = value.encode("utf-8", _ANY_TEXT) if isinstance(value, str) else encode_json(value)
        token = fernet.encrypt(text).decode()
        mac = hmac.digest(self._mac_key, path.encode() + b"\0" + text, "sha256").hex()
        return {"token": token, "mac": mac}

    def _is_protected(self, value: Any) -> bool:
        """Whether it was protected before: a page from the cache, or a rejected record replayed."""
        if not isinstance(value, dict) or value.keys() != PROTECTED:
            return False
        token = value["token"]
        if not isinstance(token, str) or not isinstance(value["mac"], str):
            return False
        try:
            self.unprotect(token)
        except WrongKey:
            return False
        return True

    def _decrypted(self, token: bytes) -> bytes:
        if self._fernet is None:
            raise WrongKey(f"encrypted with a key, but {VARIABLE} is not set")
        try:
            return self._fernet.decrypt(token)
        except InvalidToken:
            raise WrongKey(f"encrypted with a key that is not in {VARIABLE}") from None


def _fernet(key: str, number: int, count: int) -> Fernet:
    # Decoders forgive what follows the padding: two keys run together would pass for the first.
    if not _KEY.fullmatch(key):
        raise ConfigError(
            f"{VARIABLE}: key {number} of {count} is not a Fernet key (32 bytes in URL-safe"
            f" base64). Make one with\n  {HOW_TO_MAKE_ONE}"
        )
    return Fernet(key)


def _derived(key: str, purpose: bytes) -> bytes:
    """A key for another purpose, from which nobody can tell the Fernet key."""
    return HKDF(SHA256(), 32, salt=None, info=purpose).derive(key.encode())


def _holder(record: Record, steps: Sequence[str]) -> Record | None:
    found: Any = record
    for step in steps:
        found = found.get(step) if isinstance(found, dict) else None
    return found if isinstance(found, dict) else None
