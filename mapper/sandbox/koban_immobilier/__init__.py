"""A simulator of Koban with its real-estate module, written from the vendor's documents only."""

from __future__ import annotations

from .app import KobanImmobilier
from .notices import Notice

__all__ = ["KobanImmobilier", "Notice"]
