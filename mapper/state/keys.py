"""Keys of records that the state cannot keep: longer than an index takes, or with a NUL character in them."""

from __future__ import annotations

from hashlib import blake2b

#: Both databases find keys of this many characters by an index, whatever the characters are.
LONGEST = 500
_SHOWN = 60


def kept_as(key: str) -> str:
    """What the state calls a record: by its key, or, where that cannot be kept, by the key's beginning and a digest.

    Nothing can be done to a record under such a name at its vendor.
    """
    if len(key) <= LONGEST and "\x00" not in key:
        return key
    start = key[:_SHOWN].replace("\x00", "")
    return f"{start}…{blake2b(key.encode(errors='replace'), digest_size=8).hexdigest()}"


def why_unkept(key: str) -> str:
    """Why a key cannot be kept, in words; empty where it can be."""
    if len(key) > LONGEST:
        return f"its key has {len(key)} characters, and the state keeps no more than {LONGEST} of one"
    return "its key has a NUL character in it, which no database keeps" if "\x00" in key else ""
