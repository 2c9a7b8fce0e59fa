"""HTML to text and back, in one pass over the text whatever it holds."""

from __future__ import annotations

import html as _html
import re
from typing import Final

from mapper.errors import RuleError

MAX_HTML: Final = 500_000

# Where a tag can begin; any other "<" is a character like others.
_OPEN = re.compile(r"<(?=/?[a-zA-Z]|[!?])")
_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = {"p", "div", "li", "tr", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
_CELLS = {"td", "th"}
_SILENT = {"script", "style", "head", "title"}

# Breaks of both kinds stand as control characters until the source's own white space has been folded.
_HARD, _SOFT = "\x1e", "\x1f"
_BREAKS = re.compile(f" ?{_HARD}? ?(?:{_SOFT} ?)+| ?{_HARD} ?")
_EDGE = re.compile("(?<=\n) | (?=\n)")
_ODD = re.compile("\r\n?|[\u00a0\t\f]")
_MANY = re.compile(r"\n{3,}")


def html_to_text(source: str) -> str:
    """The text of a piece of HTML: tags dropped, blocks and `<br>` as line breaks, entities unescaped.

    >>> html_to_text("<p>Caf&eacute; <b>noir</b></p><p>3 &lt; 4</p>")
    'Café noir\\n3 < 4'
    """
    if len(source) > MAX_HTML:
        raise RuleError(f"a text of {len(source)} characters is too long to be read as HTML; {MAX_HTML} are allowed")
    pieces: list[str] = []
    position = 0
    while found := _OPEN.search(source, position):
        pieces.append(source[position : found.start()])
        position, piece = _tag(source, found.start())
        pieces.append(piece)
    pieces.append(source[position:])
    text = _BREAKS.sub("\n", _SPACE.sub(" ", "".join(pieces)))
    text = _ODD.sub(_plain_blank, _html.unescape(text))
    return _MANY.sub("\n\n", text).strip()


def _plain_blank(found: re.Match[str]) -> str:
    """An odd blank that stood in the source as an entity: a line end, or a blank."""
    return "\n" if "\r" in found[0] else " "


def _tag(source: str, start: int) -> tuple[int, str]:
    """Where the tag that begins at `start` ends, and the text it stands for."""
    if source.startswith("<!--", start):
        end = source.find("-->", start)
        return (len(source), "") if end < 0 else (end + 3, "")
    found = _NAME.match(source, start)
    end = source.find(">", start)
    if end < 0:
        return len(source), source[start:]
    name = found[1].lower() if found else ""
    if name in _SILENT and source[start + 1] != "/":
        close = re.compile(f"</{name}[^>]*>?", re.IGNORECASE).search(source, end)
        return (close.end() if close else len(source)), ""
    return end + 1, _HARD if name == "br" else _SOFT if name in _BLOCKS else " " if name in _CELLS else ""


def text_to_html(text: str) -> str:
    """The text as HTML: special characters escaped, line breaks as `<br>`, blanks kept that HTML would fold."""
    escaped = _html.escape(text, quote=False).replace("\r\n", "\n").replace("  ", " &nbsp;")
    if "\n" not in escaped:
        return escaped
    return _EDGE.sub("&nbsp;", escaped).replace("\n", "<br>")
