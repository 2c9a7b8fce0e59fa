"""What a server may let through of the markup in a text."""

from __future__ import annotations

import re

_RUNS = re.compile(r"<(script|style|iframe)\b.*?</\1\s*>|\son\w+\s*=\s*(\"[^\"]*\"|'[^']*')", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"</?[a-zA-Z][^>]*>")


def let_through(text: str, how: str) -> str:
    """The text as it is `kept`; `filtered`: without what could run; `stripped`: without any tag."""
    if how == "kept":
        return text
    text = _RUNS.sub("", text)
    return text if how == "filtered" else _TAG.sub("", text)
