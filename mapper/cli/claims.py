"""What the demo states, and whether it is so."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from mapper.cli import output
from mapper.cli.frame import settings


@dataclass
class Claims:
    """Statements with their checks; each is shown as it is made."""

    made: list[tuple[str, bool]] = field(default_factory=list)

    def claim(self, text: str, holds: bool) -> None:
        """State something; `holds` says whether the counts bear it out."""
        self.made.append((text, holds))
        if not settings().json:
            output.show(f"  {'✓' if holds else '✗ NOT SO:'} {text}")

    @property
    def hold(self) -> bool:
        """Whether all claims hold."""
        return bool(self.made) and all(holds for _, holds in self.made)

    def verdict(self, seconds: float) -> str:
        """All of it in one line."""
        broken = sum(1 for _, holds in self.made if not holds)
        words = f"all {len(self.made)} claims hold" if self.hold else f"{broken} of {len(self.made)} claims do not hold"
        return f"{'Done' if self.hold else 'FAILED'}: {words} ({seconds:.0f} s)."

    def as_dict(self) -> dict[str, Any]:
        """The claims as plain data."""
        return {"claims": [{"claim": text, "holds": holds} for text, holds in self.made], "ok": self.hold}
