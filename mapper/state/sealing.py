"""Columns that hold values of records: where the state has a key, they are encrypted on their way into the database.

It is a matter of the columns' types, so whatever statement writes or reads them is covered, and without a key nothing
is done at all. Values are encrypted with a nonce each (AES-GCM). What is looked up by equality is encrypted so that the
same value comes to the same text (AES-SIV): without the key nobody can guess values and compare.
"""

from __future__ import annotations

import os
from base64 import b64decode, b64encode, urlsafe_b64decode
from collections.abc import Callable
from typing import Any, ClassVar
from weakref import WeakKeyDictionary

import sqlalchemy as sa
from sqlalchemy.types import TypeDecorator

from mapper.errors import StateError

_MARK = "enc1:"
_MARKED = b"enc1:"
#: Says nothing of anybody.
_OPEN = ("", "{}")


class Cipher:
    """A key at work; `id` tells keys apart without giving them away. Raises StateError where the key will not do."""

    def __init__(self, key: str) -> None:
        try:
            from cryptography.exceptions import InvalidTag
            from cryptography.hazmat.primitives.ciphers.aead import AESGCM, AESSIV
            from cryptography.hazmat.primitives.hashes import SHA256
            from cryptography.hazmat.primitives.kdf.hkdf import HKDF
        except ImportError:
            hint = "pip install 'mapper-sync[encryption]'"
            raise StateError("a state with a key needs a package that is not installed", hint=hint) from None
        secret = _secret(key)

        def derived(use: bytes, length: int) -> bytes:
            return HKDF(algorithm=SHA256(), length=length, salt=None, info=b"mapper state " + use).derive(secret)

        self.id = derived(b"id", 8).hex()
        self._invalid = InvalidTag
        self._values = AESGCM(derived(b"values", 32))
        self._matches = AESSIV(derived(b"matches", 64))

    def seal_bytes(self, value: bytes) -> bytes:
        nonce = os.urandom(12)
        return _MARKED + nonce + self._values.encrypt(nonce, bytes(value), None)

    def open_bytes(self, value: bytes) -> bytes:
        if not value.startswith(_MARKED):
            return value
        try:
            return self._values.decrypt(value[5:17], value[17:], None)
        except (self._invalid, ValueError):
            raise StateError("a value of the state is damaged: it cannot be decrypted") from None

    def seal(self, value: str) -> str:
        if value in _OPEN:
            return value
        nonce = os.urandom(12)
        return _MARK + b64encode(nonce + self._values.encrypt(nonce, value.encode(), None)).decode()

    def open(self, value: str) -> str:
        if not value.startswith(_MARK):
            return value
        try:
            data = b64decode(value[5:])
        except ValueError:
            data = b""
        return self.open_bytes(_MARKED + data).decode()

    def seal_match(self, value: str) -> str:
        return _MARK + b64encode(self._matches.encrypt(value.encode(), None)).decode()

    def open_match(self, value: str) -> str:
        if not value.startswith(_MARK):
            return value
        try:
            return self._matches.decrypt(b64decode(value[5:]), None).decode()
        except (self._invalid, ValueError):
            raise StateError("a value of the state is damaged: it cannot be decrypted") from None


def _secret(key: str) -> bytes:
    try:
        secret = urlsafe_b64decode(key.strip().replace("+", "-").replace("/", "_"))
    except ValueError:
        secret = b""
    if len(secret) != 32:
        raise StateError(
            "the state's key is not one: it must be 32 random bytes in base64", hint="`openssl rand -base64 32`"
        )
    return secret


_ciphers: WeakKeyDictionary[sa.Dialect, Cipher] = WeakKeyDictionary()


def use(engine: sa.Engine, cipher: Cipher) -> None:
    """Have everything that goes through this engine encrypted and decrypted; before its first statement."""
    _ciphers[engine.dialect] = cipher


class _Kind(TypeDecorator[Any]):
    """A column's type with a way in and a way out where its engine has a key, and none where it has not."""

    cache_ok = True
    #: The names of the cipher's way in and way out.
    ways: ClassVar[tuple[str, str]]

    def sealer(self, cipher: Cipher) -> Callable[[Any], Any]:
        way: Callable[[Any], Any] = getattr(cipher, self.ways[0])
        return way

    def opener(self, cipher: Cipher) -> Callable[[Any], Any]:
        way: Callable[[Any], Any] = getattr(cipher, self.ways[1])
        return way

    def bind_processor(self, dialect: sa.Dialect) -> Callable[[Any], Any] | None:
        inner = self.impl_instance.dialect_impl(dialect).bind_processor(dialect)
        if (cipher := _ciphers.get(dialect)) is None:
            return inner
        seal = self.sealer(cipher)
        if inner is None:
            return lambda value: None if value is None else seal(value)
        return lambda value: inner(None if value is None else seal(value))

    def result_processor(self, dialect: sa.Dialect, coltype: object) -> Callable[[Any], Any] | None:
        inner = self.impl_instance.dialect_impl(dialect).result_processor(dialect, coltype)
        if (cipher := _ciphers.get(dialect)) is None:
            return inner
        opened = self.opener(cipher)

        def process(value: Any) -> Any:
            value = inner(value) if inner else value
            return None if value is None else opened(value)

        return process


class Sealed(_Kind):
    """A text that may hold values of records."""

    impl = sa.Text
    cache_ok = True
    ways = ("seal", "open")


class SealedBytes(_Kind):
    """Bytes that may hold values of records."""

    impl = sa.LargeBinary
    cache_ok = True
    ways = ("seal_bytes", "open_bytes")


class Matched(_Kind):
    """A text of a value of a record, which is looked up by equality."""

    impl = sa.String
    cache_ok = True
    ways = ("seal_match", "open_match")


def sealed_columns(table: sa.Table) -> dict[str, _Kind]:
    """The columns of a table that are encrypted where the state has a key, with how."""
    return {column.name: column.type for column in table.c if isinstance(column.type, _Kind)}
