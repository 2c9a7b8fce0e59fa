"""What a project remembers between runs."""

from mapper.state.database import Row
from mapper.state.lock import exclusive
from mapper.state.store import Store

__all__ = ["Row", "Store", "exclusive"]
