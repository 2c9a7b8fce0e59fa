"""The HTTP runtime of connectors."""

from __future__ import annotations

from mapper.connect.connection import Connection
from mapper.connect.shapes import Draft, Outcome, Page, shows_ended

__all__ = ["Connection", "Draft", "Outcome", "Page", "shows_ended"]
