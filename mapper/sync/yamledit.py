"""Values in a YAML text replaced where they stand, so that everything around them stays as it was, byte for byte.

    edit(text, [(("tests", 0, "expect"), found)], same)

Of what is replaced only the parts change that are not `same`: comments, order, indentation and quotes of all others
stay. JSON is YAML in this respect, so a line of JSON Lines is edited in the same way.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from typing import Any

from mapper.spec.document import Steps
from mapper.sync.yamlwords import Style, block, flow, key_of, plain_data, scalar

Same = Callable[[Any, Any], bool]

_WIDEST = 100
_INDENT = 2


class CannotEdit(ValueError):
    """A place that cannot be rewritten with what stands around it left alone."""


def edit(
    text: str, changes: Iterable[tuple[Steps, Any]], same: Same, *, as_json: bool = False, whole: bool = False
) -> str:
    """The text with other values at these places, each written anew as a `whole` if so asked; raises CannotEdit."""
    import yaml

    try:
        root = yaml.compose(text, Loader=yaml.SafeLoader)
    except yaml.YAMLError as error:
        raise CannotEdit(str(error)) from None
    newline = "\r\n" if "\r\n" in text else "\n"
    editor = _Editor(text, same, Style(as_json, '":' in text and '": ' not in text), newline)
    for steps, value in changes:
        node, column, in_flow = _find(root, steps)
        change = editor.replace if whole else editor.morph
        change(node, plain_data(value), column, in_flow)
    return editor.result()


def _find(node: Any, steps: Steps) -> tuple[Any, int, bool]:
    """The node at a place, the column of what stands around it, and whether that is in flow style."""
    column, in_flow = 0, bool(getattr(node, "flow_style", False))
    for step in steps:
        column, in_flow = node.start_mark.column, bool(node.flow_style)
        if isinstance(step, int):
            node = node.value[step]
        else:
            node = next((value for key, value in node.value if key.value == step), None)
        if node is None:
            raise CannotEdit(f"there is no '{step}'")
    return node, column, in_flow


@dataclass
class _Editor:
    """Collects replacements of parts of a text."""

    text: str
    same: Same
    style: Style
    newline: str
    edits: list[tuple[int, int, str]] = field(default_factory=list)

    def result(self) -> str:
        found, at = [], 0
        for start, end, new in sorted(self.edits, key=lambda edit: edit[:2]):
            if start < at:
                raise CannotEdit("two changes stand in one place")
            found += [self.text[at:start], new]
            at = end
        return "".join((*found, self.text[at:]))

    def morph(self, node: Any, new: Any, column: int, in_flow: bool) -> None:
        """Change a node as little as is needed; `column` is that of the table or list around it."""
        old = value_of(node)
        if self.same(old, new):
            return
        if isinstance(old, dict) and isinstance(new, dict) and set(old) & set(new):
            self._table(node, old, new)
        elif isinstance(old, list) and isinstance(new, list) and old and new:
            self._list(node, old, new)
        else:
            self.replace(node, new, column, in_flow)

    def replace(self, node: Any, new: Any, column: int, in_flow: bool) -> None:
        """Write another value in the place of a node."""
        start, end = node.start_mark.index, self._tail(node)
        quoted = getattr(node, "style", None) if isinstance(node.value, str) else None
        alone = quoted in ("|", ">") or not self.text[end : self._line_end(end)].strip()
        literal = not in_flow and isinstance(new, str) and "\n" in new and alone
        if literal and (lines := self._literal(new, column + _INDENT)) is not None:
            self._put(start, end, lines)
            return
        one = flow(new, self.style, quoted)
        begins = not in_flow and self._begins_line(start)
        if in_flow or not isinstance(new, dict | list) or not new or self._fits(start, one):
            lead = self.text[:start].rstrip()
            pulled = begins and lead.endswith(":")
            self._put(len(lead) if pulled else start, end, one if pulled else self._deeper(start, column, begins) + one)
        elif begins:
            pad = "" if isinstance(new, list) else self._deeper(start, column, begins)
            inner = start - self._line_start(start) + len(pad)
            self._put(start, end, pad + block(new, self.style, inner, self.newline))
        else:
            # The new lines begin below their key; a comment that stands on its line stays there.
            stop, column = self._line_end(end), column + _INDENT
            self.edits.append((len(self.text[:start].rstrip(" ")), end, ""))
            self.edits.append((stop, stop, self.newline + " " * column + block(new, self.style, column, self.newline)))

    def _deeper(self, start: int, column: int, begins: bool) -> str:
        """What is missing to stand below a key, where a list stood as far left as the key itself."""
        own = start - self._line_start(start)
        return " " * (column + _INDENT - own) if begins and own <= column else ""

    def _put(self, start: int, end: int, new: str) -> None:
        tight = not self.style.as_json and self.text[start - 1 : start] in (":", "-")
        self.edits.append((start, end, (" " if tight else "") + new))

    def _fits(self, start: int, one: str) -> bool:
        return start - self._line_start(start) + len(one) <= _WIDEST

    def _literal(self, text: str, column: int) -> str | None:
        """A text as a literal block, or None where it cannot be one."""
        lines = text.split("\n")
        if lines[0][:1] in (" ", "") or not re.fullmatch(r"[\n\x20-\x7e\xa0-\ud7ff\ue000-\ufffd]*", text):
            return None
        tail = len(text) - len(text.rstrip("\n"))
        mark = {0: "|-", 1: "|"}.get(tail)
        if mark is None or any(line != line.rstrip() for line in lines):
            return None
        body = [" " * column + line if line else "" for line in text.rstrip("\n").split("\n")]
        return self.newline.join([mark, *body])

    # Tables

    def _table(self, node: Any, old: dict[str, Any], new: dict[str, Any]) -> None:
        column, in_flow = node.start_mark.column, bool(node.flow_style)
        spans = [(key.start_mark.index, self._tail(value)) for key, value in node.value]
        kept = [key.value in new for key, _ in node.value]
        for key, value in node.value:
            if key.value in new:
                self.morph(value, new[key.value], column, in_flow)
        self._drop(spans, kept, in_flow)
        added = {key: value for key, value in new.items() if key not in old}
        if added:
            last = max(number for number, keep in enumerate(kept) if keep)
            self._add(spans[last][1], [self._pair(key, value, column, in_flow) for key, value in added.items()],
                      column, in_flow)  # fmt: skip

    def _pair(self, key: str, value: Any, column: int, in_flow: bool) -> str:
        name = key_of(key, self.style)
        one = flow(value, self.style)
        if in_flow or not isinstance(value, dict | list) or not value or column + len(name) + len(one) < _WIDEST:
            return f"{name}{self.style.colon}{one}"
        inner = column + _INDENT
        return f"{name}:{self.newline}{' ' * inner}{block(value, self.style, inner, self.newline)}"

    def _add(self, after: int, items: Sequence[str], column: int, in_flow: bool) -> None:
        """New parts behind the place where one ends."""
        if in_flow:
            self.edits.append((after, after, "".join(f"{self.style.comma}{item}" for item in items)))
            return
        stop = self._line_end(after)
        self.edits.append((stop, stop, "".join(f"{self.newline}{' ' * column}{item}" for item in items)))

    def _drop(self, spans: Sequence[tuple[int, int]], kept: Sequence[bool], in_flow: bool) -> None:
        """Take out parts of a table or list; of at least one something is kept."""
        number = 0
        while number < len(spans):
            if kept[number]:
                number += 1
                continue
            first = number
            while number < len(spans) and not kept[number]:
                number += 1
            follows = spans[number][0] if number < len(spans) else None
            if in_flow:
                self._drop_flow(spans, first, number - 1, follows)
            else:
                self._drop_block(spans[first][0], spans[number - 1][1], follows)

    def _drop_flow(self, spans: Sequence[tuple[int, int]], first: int, last: int, follows: int | None) -> None:
        if follows is not None:
            self.edits.append((spans[first][0], follows, ""))
            return
        start, end = spans[first - 1][1], spans[last][1]
        if "#" in self.text[start : spans[first][0]]:
            # A comment before it stays, and with it the comma: one at the end is no fault.
            start = spans[first][0]
            comma = re.match(r"\s*,", self.text[end:])
            end += comma.end() if comma else 0
        self.edits.append((start, end, ""))

    def _drop_block(self, start: int, end: int, follows: int | None) -> None:
        stop = self._line_end(end)
        above = self._line_start(start)
        if self._begins_line(start):
            # With the line's end before it, so that a file need not end in one.
            self.edits.append((max(0, above - len(self.newline)), stop, "") if above else (0, stop + 1, ""))
        elif follows is not None:
            between = self.text[stop:follows].splitlines()
            notes = "".join(line + self.newline for line in between if line.strip())
            self.edits.append((above, above, notes))
            self.edits.append((start, follows, ""))
        else:
            raise CannotEdit("the last part of a table stands on the line of another")

    # Lists

    def _list(self, node: Any, old: list[Any], new: list[Any]) -> None:
        column, in_flow = node.start_mark.column, bool(node.flow_style)
        spans = [(self._item_start(item, column, in_flow), self._tail(item)) for item in node.value]
        kept = [True] * len(old)
        matcher = SequenceMatcher(None, [_word(item) for item in old], [_word(item) for item in new], autojunk=False)
        inserted: list[tuple[int, list[Any]]] = []
        for _, one, two, left, right in matcher.get_opcodes():
            common = min(two - one, right - left)
            for step in range(common):
                self.morph(node.value[one + step], new[left + step], column, in_flow)
            kept[one + common : two] = [False] * (two - one - common)
            if right - left > common:
                inserted.append((one + common, new[left + common : right]))
        if not any(kept):
            raise CannotEdit("nothing of a list stays")
        self._drop(spans, kept, in_flow)
        for before, items in inserted:
            self._insert(spans, kept, before, items, column, in_flow)

    def _insert(
        self,
        spans: Sequence[tuple[int, int]],
        kept: Sequence[bool],
        before: int,
        items: list[Any],
        column: int,
        in_flow: bool,
    ) -> None:
        dash = "" if in_flow else "- "
        shown = [dash + (flow(item, self.style) if in_flow else self._item(item, column)) for item in items]
        earlier = [number for number in range(before) if kept[number]]
        if earlier:
            self._add(spans[earlier[-1]][1], shown, column, in_flow)
            return
        start = spans[0][0]
        between = self.style.comma if in_flow else self.newline + " " * column
        self.edits.append((start, start, "".join(item + between for item in shown)))

    def _item(self, value: Any, column: int) -> str:
        one = flow(value, self.style)
        if not isinstance(value, dict | list) or column + len(one) < _WIDEST:
            return one
        return block(value, self.style, column + _INDENT, self.newline)

    def _item_start(self, node: Any, column: int, in_flow: bool) -> int:
        start: int = node.start_mark.index
        if in_flow:
            return start
        above = self.text.rfind("-", 0, start)
        while above - self._line_start(above) != column:
            above = self.text.rfind("-", 0, above)
            if above < 0:
                raise CannotEdit("the dash of an item was not found")
        return above

    # Places in the text

    def _tail(self, node: Any) -> int:
        """Where a node ends, without the blank lines and comments behind it."""
        if isinstance(node.value, str):
            start, end = int(node.start_mark.index), int(node.end_mark.index)
            return start + len(self.text[start:end].rstrip("\r\n ")) if node.style in ("|", ">") else end
        if node.flow_style or not node.value:
            return int(node.end_mark.index)
        last = node.value[-1]
        return self._tail(last[1] if isinstance(last, tuple) else last)

    def _line_start(self, place: int) -> int:
        return self.text.rfind("\n", 0, place) + 1

    def _line_end(self, place: int) -> int:
        """Where the line ends in which a place stands, before the characters that end it."""
        found = self.text.find("\n", place)
        end = len(self.text) if found < 0 else found
        return end - 1 if end > place and self.text[end - 1] == "\r" else end

    def _begins_line(self, place: int) -> bool:
        return not self.text[self._line_start(place) : place].strip()


def value_of(node: Any) -> Any:
    """The plain data of a node, as a document reads it."""
    if isinstance(node.value, str):
        return scalar(node)
    if node.tag.endswith(":map"):
        return {key.value: value_of(value) for key, value in node.value}
    return [value_of(item) for item in node.value]


def _word(value: Any) -> str:
    return json.dumps(value, sort_keys=True, default=str)
