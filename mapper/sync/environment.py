"""The variables that a project is given besides those of its process."""

from __future__ import annotations

from pathlib import Path

from mapper.errors import UsageError


def dotenv(path: Path) -> dict[str, str]:
    """The variables in a `.env` file: NAME=value lines, as far as they are that."""
    if not path.exists():
        return {}
    try:
        text = path.read_text(encoding="utf-8-sig")
    except (OSError, UnicodeDecodeError):
        raise UsageError(f"the file {path} cannot be read as text", hint="save it as UTF-8") from None
    lines = (line.strip() for line in text.splitlines())
    pairs = (line.split("=", 1) for line in lines if "=" in line and not line.startswith("#"))
    return {name.strip(): value.strip().strip("\"'") for name, value in pairs}
