"""What a project remembers between runs."""

from mapper.state.lock import exclusive
from mapper.state.store import Row, Store

__all__ = ["Row", "Store", "exclusive"]
