"""Plain data as YAML or JSON: with no more quotes than any reader of YAML needs to read the same."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from mapper.records import ABSENT, CLEAR
from mapper.spec.yamlreader import plain_scalar

#: A text that no YAML reader takes for anything else: it begins with a letter and holds none of YAML's own marks.
_BARE = re.compile(r"[^\W\d_][^\x00-\x1f\x7f-\x9f,\[\]{}#:]*")
_TAKEN = frozenset(("null", "true", "false", "yes", "no", "on", "off", "y", "n"))


@dataclass(frozen=True)
class Style:
    """How values are written: as JSON, and if so, without blanks."""

    as_json: bool = False
    tight: bool = False

    @property
    def colon(self) -> str:
        return ":" if self.as_json and self.tight else ": "

    @property
    def comma(self) -> str:
        return "," if self.as_json and self.tight else ", "


def plain_data(value: Any) -> Any:
    """A value with nothing in it but what a file can hold."""
    if isinstance(value, dict):
        return {str(key): plain_data(part) for key, part in value.items() if part is not ABSENT}
    if isinstance(value, list | tuple):
        return [plain_data(part) for part in value]
    if value is CLEAR or value is ABSENT:
        return None
    if isinstance(value, datetime | date):
        return value.isoformat()
    if value is None or isinstance(value, str | bool | int | Decimal):
        return value
    return Decimal(repr(value)) if isinstance(value, float) else str(value)


def flow(value: Any, style: Style, quoted: str | None = None) -> str:
    """A value on one line; `quoted` is the quote that stood there."""
    if isinstance(value, dict):
        pairs = (f"{key_of(key, style)}{style.colon}{flow(part, style)}" for key, part in value.items())
        return "{" + style.comma.join(pairs) + "}"
    if isinstance(value, list):
        return "[" + style.comma.join(flow(part, style) for part in value) + "]"
    if isinstance(value, str):
        return _text(value, style, quoted)
    if value is None or isinstance(value, bool):
        return {None: "null", True: "true", False: "false"}[value]
    return format(value, "f") if isinstance(value, Decimal) else str(value)


def block(value: Any, style: Style, column: int, newline: str) -> str:
    """A table or list with a line for each part, the first of them without its indentation."""
    between = newline + " " * column
    if isinstance(value, dict):
        return between.join(
            f"{key_of(key, style)}:{_below(part, style, column, newline)}" for key, part in value.items()
        )
    return between.join("- " + _inside(part, style, column + 2, newline) for part in value)


def _below(value: Any, style: Style, column: int, newline: str) -> str:
    one = flow(value, style)
    if not isinstance(value, dict | list) or not value or column + len(one) <= 80:
        return f" {one}"
    return newline + " " * (column + 2) + block(value, style, column + 2, newline)


def _inside(value: Any, style: Style, column: int, newline: str) -> str:
    one = flow(value, style)
    if not isinstance(value, dict | list) or not value or column + len(one) <= 80:
        return one
    return block(value, style, column, newline)


def key_of(key: str, style: Style) -> str:
    """A key as it is written; keys are always text."""
    return _text(key, style, None)


def _text(text: str, style: Style, quoted: str | None) -> str:
    if style.as_json:
        return json.dumps(text, ensure_ascii=False)
    if quoted == "'" and text.isprintable():
        return "'" + text.replace("'", "''") + "'"
    bare = _BARE.fullmatch(text) and text.lower() not in _TAKEN and text == text.rstrip() and text.isprintable()
    if bare and quoted != '"':
        return text
    return _quoted(text)


def _quoted(text: str) -> str:
    """A text in double quotes, with the escapes that JSON and YAML share."""
    inner = "".join(c if c.isprintable() and c not in '"\\' else _escape(c) for c in text)
    return f'"{inner}"'


def _escape(char: str) -> str:
    if char in '"\\':
        return "\\" + char
    named = {"\n": "\\n", "\t": "\\t", "\r": "\\r"}.get(char)
    if named:
        return named
    code = ord(char)
    return f"\\x{code:02x}" if code < 0x100 else f"\\u{code:04x}" if code < 0x10000 else f"\\U{code:08x}"


def scalar(node: Any) -> Any:
    """The value of a scalar node, as `mapper.spec` reads it."""
    text: str = node.value
    if node.style or not node.tag.startswith("tag:yaml.org,2002:"):
        return text
    return plain_scalar(text)
