"""Secrets never leave the program: whatever is printed, logged or stored passes through `mask`."""

from __future__ import annotations

import logging
import re
import sys

_MASK = "•••"
_secrets: set[str] = set()
_pattern: re.Pattern[str] | None = None


def hide(secret: str) -> None:
    """Remember a secret, so that `mask` replaces it from now on; very short ones are not remembered."""
    global _pattern
    if len(secret) >= 4 and secret not in _secrets:
        _secrets.add(secret)
        _pattern = re.compile("|".join(re.escape(s) for s in sorted(_secrets, key=len, reverse=True)))


def mask(text: str) -> str:
    """The text without any secret that the program has seen."""
    return _pattern.sub(_MASK, text) if _pattern else text


class _Masking(logging.Formatter):
    def format(self, record: logging.LogRecord) -> str:
        return mask(super().format(record))


def setup(*, verbose: bool = False) -> None:
    """Send log lines to stderr, masked: warnings always, the rest when `verbose`."""
    handler = logging.StreamHandler(sys.stderr)
    handler.setFormatter(_Masking("%(asctime)s %(levelname)s %(message)s", "%Y-%m-%dT%H:%M:%S"))
    logger = logging.getLogger("mapper")
    logger.handlers[:] = [handler]
    logger.propagate = False
    logger.setLevel(logging.DEBUG if verbose else logging.WARNING)


log = logging.getLogger("mapper")
