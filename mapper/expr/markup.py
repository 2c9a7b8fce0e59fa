"""HTML to text and back, in one pass over the text whatever it holds."""

from __future__ import annotations

import html as _html
import re

_NAME = re.compile(r"</?([a-zA-Z][a-zA-Z0-9]*)")
_SPACE = re.compile(r"[ \t\r\n\f]+")
_BLOCKS = {"p", "div", "li", "tr", "ul", "ol", "table", "blockquote", "h1", "h2", "h3", "h4", "h5", "h6"}
_SILENT = {"script", "style", "head", "title"}

# Breaks of both kinds stand as control characters until the source's own white space has been folded.
_HARD, _SOFT = "\x1e", "\x1f"
_BREAKS = re.compile(f" ?{_HARD}? ?(?:{_SOFT} ?)+| ?{_HARD} ?")
_MANY = re.compile(r"\n{3,}")


def html_to_text(source: str) -> str:
    """The text of a piece of HTML: tags dropped, blocks and `<br>` as line breaks, entities unescaped.

    >>> html_to_text("<p>Caf&eacute; <b>noir</b></p><p>3 &lt; 4</p>")
    'Café noir\\n3 < 4'
    """
    pieces: list[str] = []
    position = 0
    while (start := source.find("<", position)) >= 0:
        pieces.append(source[position:start])
        position, piece = _tag(source, start)
        pieces.append(piece)
    pieces.append(source[position:])
    text = _BREAKS.sub("\n", _SPACE.sub(" ", "".join(pieces)))
    text = _html.unescape(text).replace("\u00a0", " ")
    return _MANY.sub("\n\n", text).strip()


def _tag(source: str, start: int) -> tuple[int, str]:
    """Where the tag that begins at `start` ends, and the text it stands for."""
    if source.startswith("<!--", start):
        end = source.find("-->", start)
        return (len(source), "") if end < 0 else (end + 3, "")
    found = _NAME.match(source, start)
    if not found and source[start + 1 : start + 2] not in ("!", "?"):
        return start + 1, "<"
    end = source.find(">", start)
    if end < 0:
        return len(source), source[start:]
    name = found[1].lower() if found else ""
    if name in _SILENT and source[start + 1] != "/":
        close = re.compile(f"</{name}[^>]*>?", re.IGNORECASE).search(source, end)
        return (close.end() if close else len(source)), ""
    return end + 1, _HARD if name == "br" else _SOFT if name in _BLOCKS else ""


def text_to_html(text: str) -> str:
    """The text as HTML: special characters escaped, line breaks as `<br>`, doubled blanks kept."""
    escaped = _html.escape(text, quote=False).replace("\r\n", "\n").replace("\n", "<br>")
    return escaped.replace("  ", " &nbsp;")
