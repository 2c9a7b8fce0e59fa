"""The command `mapper`; heavy libraries are imported inside the commands that need them."""

from __future__ import annotations

from mapper.cli.root import main

__all__ = ["main"]
