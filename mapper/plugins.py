"""What other packages add: transforms and codecs, registered as entry points."""

from __future__ import annotations

from importlib.metadata import entry_points
from typing import Any

from mapper.errors import UsageError


def installed(group: str) -> dict[str, Any]:
    """The objects registered under an entry point group, by name; raises UsageError where one cannot be loaded."""
    found = {}
    for point in entry_points(group=group):
        try:
            found[point.name] = point.load()
        except Exception as error:  # whatever somebody else's module raises
            raise UsageError(f"the entry point {group} '{point.name}' cannot be loaded: {error}") from None
    return found
