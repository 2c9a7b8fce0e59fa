"""What is printed, and how: masked, without control characters, results on stdout and all else on stderr."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any

import click

if TYPE_CHECKING:
    from mapper.errors import Problem

# A vendor's text must not move the cursor, change colours or hide lines on a terminal.
_CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]")
_WIDEST = 60
_ENDLESS = 1000

#: How no value, and no number, is shown.
NOTHING = "–"


def mask(text: str) -> str:
    """The text without secrets."""
    from mapper import log

    return log.mask(text)


def clean(text: str) -> str:
    """The text as it may be shown: without secrets, control characters made visible."""
    return _CONTROL.sub(lambda match: f"\\x{ord(match.group()):02x}", mask(text))


def say(text: str = "") -> None:
    """Tell on stderr."""
    click.echo(clean(text), err=True)


def show(text: str = "") -> None:
    """Print a result on stdout."""
    click.echo(clean(text))


def document(data: Any) -> None:
    """Print the one JSON document of `--json`."""
    click.echo(text_of(data, pretty=sys.stdout.isatty()))


def text_of(data: Any, *, pretty: bool = False) -> str:
    """Data as JSON text, masked."""
    import orjson

    option = orjson.OPT_NON_STR_KEYS | (orjson.OPT_INDENT_2 if pretty else 0)
    return orjson.dumps(_masked(data), default=_plain, option=option).decode()


def _masked(data: Any) -> Any:
    if isinstance(data, str):
        return mask(data)
    if isinstance(data, dict):
        return {mask(key) if isinstance(key, str) else key: _masked(value) for key, value in data.items()}
    if isinstance(data, list | tuple):
        return [_masked(value) for value in data]
    return data


def _plain(value: Any) -> Any:
    """What JSON has no form for: decimals digit by digit, markers by their names, the rest as text."""
    from decimal import Decimal

    import orjson

    if isinstance(value, Decimal) and value.is_finite():
        return orjson.Fragment(format(value, "f").encode())
    if isinstance(value, set | frozenset):
        return sorted(map(str, value))
    return str(value)


def problem(found: Problem) -> dict[str, Any]:
    """A problem of a file as plain data."""
    place = found.position
    return {
        "file": place.file,
        "line": place.line,
        "column": place.column,
        "code": found.code,
        "severity": found.severity,
        "message": found.message,
        "hint": found.hint,
    }


def shown(value: Any, *, widest: int = _WIDEST) -> str:
    """A value in one short line, as a person reads it in a table."""
    if value is None or value == "":
        return NOTHING
    if isinstance(value, str):
        text = value
    elif isinstance(value, dict | list | tuple | bool):
        text = text_of(value)
    else:
        text = str(value)
    text = " ".join(text.split())
    return text if len(text) <= widest else text[: widest - 1] + "…"


def table(
    headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = (), width: int | None = None
) -> str:
    """A table as text; the columns in `right` are flushed right.

    As wide as it needs; on a terminal, or with a `width` in characters, columns without any value give way.
    """
    from io import StringIO

    from rich.box import SIMPLE_HEAD
    from rich.console import Console
    from rich.table import Table
    from rich.text import Text

    terminal = sys.stdout.isatty()
    console = Console(file=StringIO(), force_terminal=terminal, width=width, highlight=False)
    if width is None and not terminal:
        console.width = _ENDLESS
    cells = [[clean(cell) for cell in row] for row in rows]
    kept = _kept(headers, cells, console.width)
    grid = Table(box=SIMPLE_HEAD, pad_edge=False, show_edge=False, header_style="bold")
    for number in kept:
        flush = number in right
        grid.add_column(headers[number], justify="right" if flush else "left", no_wrap=flush, overflow="fold")
    for row in cells:
        grid.add_row(*(Text(row[number]) for number in kept))
    with console.capture() as captured:
        console.print(grid)
    return "\n".join(line.rstrip() for line in captured.get().splitlines())


def _kept(headers: Sequence[str], rows: list[list[str]], width: int) -> list[int]:
    """The columns to show: all if they fit, else those that say something."""
    widths = [max(len(text) for text in column) for column in zip(headers, *rows, strict=True)]
    columns = range(len(headers))
    if sum(widths) + 3 * len(widths) <= width or not rows:
        return list(columns)
    return [number for number in columns if any(row[number] not in ("", NOTHING) for row in rows)]


def show_table(headers: Sequence[str], rows: Iterable[Sequence[str]], *, right: Sequence[int] = ()) -> None:
    """Print a table on stdout."""
    click.echo(table(headers, rows, right=right))


def confirm(question: str, *, yes: bool) -> None:
    """Ask on a terminal; elsewhere `--yes` is needed. Raises UsageError, or Abort where the answer is no."""
    if yes:
        return
    if not sys.stdin.isatty():
        from mapper.errors import UsageError

        raise UsageError(f"{question} Nobody can be asked: this is not a terminal", hint="add --yes")
    click.confirm(clean(question), abort=True, err=True)


def moment(seconds: float | None) -> str:
    """A Unix time as local clock time."""
    from datetime import datetime

    return datetime.fromtimestamp(seconds).strftime("%Y-%m-%d %H:%M:%S") if seconds else NOTHING
