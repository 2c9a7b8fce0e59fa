"""The expectations of failing cases rewritten in their files: what was found stands there afterwards.

Nothing of `given` is ever touched, and nothing around an expectation. A file that has changed since it was read is
refused, and a file is replaced as a whole or not at all.
"""

from __future__ import annotations

import json
import os
import tempfile
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass
from decimal import Decimal
from difflib import unified_diff
from pathlib import Path
from typing import Any

from mapper.errors import SpecError, UsageError
from mapper.records import ABSENT
from mapper.spec import document as documents
from mapper.spec.checked import shown
from mapper.spec.document import Steps
from mapper.sync.cases import CaseResult, same
from mapper.sync.yamledit import CannotEdit, edit
from mapper.sync.yamlwords import Style, flow, plain_data

_LINES = (".jsonl", ".ndjson")
_BOM = b"\xef\xbb\xbf"

Change = tuple[Steps, Any]


class Files:
    """The bytes of files of cases as they are when the cases are run."""

    def __init__(self, results: Iterable[CaseResult]) -> None:
        self.results = list(results)
        paths = {result.document.path for result in self.results}
        self.raw = {path: path.read_bytes() for path in sorted(path for path in paths if path)}

    def rewrite(self, wanted: Iterable[CaseResult]) -> list[Rewritten]:
        """What the files hold with these cases' expectations rewritten; raises UsageError where that cannot be."""
        changes: dict[Path, list[CaseResult]] = {}
        for result in wanted:
            if result.differences and result.found is not ABSENT and result.document.path:
                changes.setdefault(result.document.path, []).append(result)
        return [self._file(path, found) for path, found in changes.items()]

    def _file(self, path: Path, results: list[CaseResult]) -> Rewritten:
        raw = self.raw[path]
        mark, body = (_BOM, raw[3:]) if raw.startswith(_BOM) else (b"", raw)
        before = body.decode()
        lines = path.suffix in _LINES
        self._same_cases(path, before, lines)
        try:
            after = _lines(before, results) if lines else _yaml(before, results, shown(path))
        except CannotEdit as error:
            hint = "write these expectations by hand"
            raise UsageError(f"{shown(path)} cannot be rewritten: {error}", hint=hint) from None
        return Rewritten(path, raw, mark + after.encode(), before, after)

    def _same_cases(self, path: Path, text: str, lines: bool) -> None:
        """Refuse a file that was read before it was changed, and looked at afterwards."""
        data = None if lines else documents.parse(text, shown(path)).data
        for result in self.results:
            if result.document.path != path or result.given is None:
                continue
            steps = result.steps if result.steps[0] == "functions" else result.steps[:-1]
            try:
                case = _json(_of_lines(text)[int(steps[0])]) if lines else _at(data, steps)
            except (LookupError, ValueError, TypeError):
                raise _changed(path) from None
            given = case.get("given") if isinstance(case, dict) else None
            if given != result.given and [given] != result.given:
                raise _changed(path)


@dataclass(frozen=True)
class Rewritten:
    """A file with new expectations, not written yet."""

    path: Path
    raw: bytes
    new: bytes
    before: str
    after: str

    def diff(self) -> list[str]:
        """The lines of a unified diff."""
        name = shown(self.path)
        old, new = (text.splitlines() for text in (self.before, self.after))
        return list(unified_diff(old, new, name, name, lineterm="", n=1))

    def write(self) -> None:
        """Put the new file in the place of the old one; raises UsageError where that is another by now."""
        mode = self.path.stat().st_mode
        target = self.path.resolve()
        handle, draft = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.")
        try:
            with os.fdopen(handle, "wb") as file:
                file.write(self.new)
                file.flush()
                os.fsync(file.fileno())
            os.chmod(draft, mode & 0o7777)
            if self.path.read_bytes() != self.raw:
                raise _changed(self.path)
            os.replace(draft, target)
        except BaseException:
            with suppress(OSError):
                os.unlink(draft)
            raise


def _changed(path: Path) -> UsageError:
    return UsageError(f"{shown(path)} has changed since it was read", hint="run the tests again")


def _yaml(text: str, results: list[CaseResult], name: str) -> str:
    """The text with new expectations: with as little changed as can be, or with whole ones in their place."""
    pristine = documents.parse(text, name).data
    changes = [_change(pristine, result) for result in results]
    wanted = pristine
    for steps, value in changes:
        wanted = _with(wanted, steps, value)

    def right(made: str) -> bool:
        try:
            return same(plain_data(documents.parse(made, name).data), plain_data(wanted))
        except SpecError:
            return False

    return _edited(text, changes, right, as_json=False)


def _change(pristine: Any, result: CaseResult) -> Change:
    """The place to change and its new value; a test of a function keeps its other keys."""
    old = _at(pristine, result.steps)
    if result.steps[0] != "functions":
        return result.steps, merged(old, plain_data(result.found))
    kept = {key: value for key, value in old.items() if key not in ("expect", "error")}
    return result.steps, {**kept, **merged({k: v for k, v in old.items() if k not in kept}, plain_data(result.found))}


def merged(old: Any, new: Any) -> Any:
    """The new value in the old one's order of keys."""
    if not isinstance(old, dict) or not isinstance(new, dict):
        return old if same(old, new) else new
    order = [key for key in old if key in new] + [key for key in new if key not in old]
    return {key: merged(old[key], new[key]) if key in old else new[key] for key in order}


def _edited(text: str, changes: list[Change], right: Callable[[str], bool], *, as_json: bool) -> str:
    for whole in (False, True):
        with suppress(CannotEdit):
            made = edit(text, changes, same, as_json=as_json, whole=whole)
            if right(made):
                return made
    raise CannotEdit("what stands around the expectation does not allow it")


def _lines(text: str, results: list[CaseResult]) -> str:
    """JSON Lines with new expectations; all other lines stay."""
    lines = text.split("\n")
    numbers = [number for number, line in enumerate(lines) if line.strip()]
    for result in results:
        number = numbers[int(result.steps[0])]
        lines[number] = _line(lines[number], result)
    return "\n".join(lines)


def _line(line: str, result: CaseResult) -> str:
    data = _json(line)
    new = plain_data({**data, "expect": merged(data["expect"], plain_data(result.found))})
    try:
        return _edited(line, [(("expect",), new["expect"])], lambda made: same(_json(made), new), as_json=True)
    except CannotEdit:
        return flow(new, Style(as_json=True)) + ("\r" if line.endswith("\r") else "")


def _json(line: str) -> Any:
    return json.loads(line, parse_float=Decimal)


def _of_lines(text: str) -> list[str]:
    return [line for line in text.split("\n") if line.strip()]


def _at(data: Any, steps: Steps) -> Any:
    for step in steps:
        data = data[step]
    return data


def _with(data: Any, steps: Steps, value: Any) -> Any:
    """The data with another value at a place."""
    if not steps:
        return value
    step, *rest = steps
    if isinstance(step, int):
        return [_with(item, tuple(rest), value) if n == step else item for n, item in enumerate(data)]
    return {**data, step: _with(data[step], tuple(rest), value)}
