"""What is expected of a step against what came of it. Each check says what is wrong; nothing said is all well."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import asdict
from typing import Any

from mapper.sync.report import Change
from tests.scenarios import acts
from tests.scenarios.format import TABLES, Mistake, Step
from tests.scenarios.runner import Outcome, Stage

_VERBS = ("GET", "POST", "PUT", "DELETE", "PATCH")
#: An error, where none was expected, says all that is to be said.
_RUNS = ("sync", "plan", "link", "unlink", "retry", "drop", "undo", "forget", "beside")


def differences(stage: Stage, step: Step, outcome: Outcome) -> Iterator[str]:
    """Everything that came out otherwise than the step expects."""
    expect = step.expect
    if step.word in _RUNS:
        yield from _ending(expect, outcome)
    for name, wanted in expect.items():
        check = _CHECKS.get(name)
        if check is not None:
            yield from check(stage, stage.filled(wanted), outcome)


def _ending(expect: Mapping[str, Any], outcome: Outcome) -> Iterator[str]:
    """Without another word, a step ends with 0."""
    if outcome.killed != bool(expect.get("killed", False)):
        yield "the run was cut off" if outcome.killed else "the run was not cut off"
        return
    if outcome.killed:
        return
    words = expect.get("error")
    if words is None and outcome.error is not None:
        yield f"it ended with an error: {outcome.error}"
        return
    if words is not None:
        found = f"{outcome.error} {getattr(outcome.error, 'flag', '')}" if outcome.error else "no error"
        yield from (f"error: expected {one!r}, found {found!r}" for one in _each(words) if str(one) not in found)
    wanted = expect.get("exit", 0 if words is None else None)
    if wanted is not None and outcome.exit_code != wanted:
        held = "; ".join(f"{q.side} {q.cause}: {q.message}" for q in outcome.quarantine)
        yield f"exit: expected {wanted}, found {outcome.exit_code} ({held or 'nothing in quarantine'})"


def _writes(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    """The changes that the run planned, all of them: `side kind title`, perhaps with its fields."""
    lines = [] if wanted == "none" else wanted
    if not isinstance(lines, list):
        raise Mistake("writes: is a list of `side kind title`, or none")
    left = list(outcome.changes)
    for line in lines:
        words, fields = next(iter(line.items())) if isinstance(line, Mapping) else (line, None)
        found = _named(words, left)
        if found is None:
            have = ", ".join(f"{c.side} {c.kind} {c.title}" for c in left) or "nothing else"
            yield f"writes: expected {words!r}, found {have}"
            continue
        left.remove(found)
        if fields is not None:
            yield from _fields(words, fields, found)
    yield from (f"writes: did not expect {c.side} {c.kind} {c.title} {_held(c)}" for c in left)


def _named(words: str, changes: list[Change]) -> Change | None:
    """The change with this title, or else one whose title begins with it: the rest is what records are matched by."""
    titled = {change.number: f"{change.side} {change.kind} {change.title}" for change in changes}
    alike = [c for c in changes if titled[c.number] == words] or [
        c for c in changes if titled[c.number].startswith(f"{words} ")
    ]
    return alike[0] if alike else None


def _held(change: Change) -> dict[str, Any]:
    return {f.name: [f.before, f.after] if f.known else ["?", f.after] for f in change.fields}


def _fields(words: str, fields: Any, change: Change) -> Iterator[str]:
    """Of an update exactly these fields; of a create these among others, as it has everything that is known."""
    held = {f.name: f for f in change.fields}
    wanted = dict.fromkeys(fields, ...) if isinstance(fields, list) else fields
    if change.kind != "create" and set(wanted) != set(held):
        yield f"writes: {words}: expected the fields {sorted(wanted)}, found {_held(change)}"
        return
    for name, value in wanted.items():
        if name not in held:
            yield f"writes: {words}: expected {name}, found {sorted(held)}"
        elif value is not ...:
            before, after = _before_after(value)
            if not _same(after, held[name].after) or (before is not ... and not _same(before, held[name].before)):
                yield f"writes: {words}: {name}: expected {value!r}, found {_held(change)[name]!r}"


def _before_after(value: Any) -> tuple[Any, Any]:
    """`[before, after]`, or the value after; a set after is `{after: [...]}`."""
    if isinstance(value, list) and len(value) == 2:
        return value[0], value[1]
    if isinstance(value, Mapping) and "after" in value:
        return value.get("before", ...), value["after"]
    return ..., value


def _calls(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    for side, counts in wanted.items():
        if side not in outcome.calls:
            raise Mistake(f"there is no side {side!r}")
        calls = outcome.calls[side]
        made = ", ".join(f"{verb} {path}" for verb, path in calls) or "none"
        if isinstance(counts, int):
            if counts != len(calls):
                yield f"calls: {side}: expected {counts}, found {len(calls)}: {made}"
            continue
        for pattern, count in counts.items():
            verb, _, path = pattern.partition(" ")
            if verb not in _VERBS:
                raise Mistake(f"{pattern!r} is no call: write a verb, and perhaps a part of the path")
            found = sum(1 for v, p in calls if v == verb and re.search(path, p))
            if found != count:
                yield f"calls: {side}: expected {count} × {pattern}, found {found}: {made}"


def _quarantine(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    """What is set aside after the run, all of it: `side cause`, perhaps with words of the message."""
    left = list(outcome.quarantine)
    for line in [] if wanted == "none" else wanted:
        words, message = next(iter(line.items())) if isinstance(line, Mapping) else (line, "")
        texts = [str(one) for one in _each(message)]
        found = next(
            (q for q in left if f"{q.side} {q.cause}" == words and all(t in f"{q.field} {q.message}" for t in texts)),
            None,
        )
        if found is None:
            have = "; ".join(f"{q.side} {q.cause}: {q.message}" for q in left) or "nothing else"
            yield f"quarantine: expected {words!r} {message!r}, found {have}"
        else:
            left.remove(found)
    yield from (f"quarantine: did not expect {q.side} {q.cause}: {q.message}" for q in left)


def _refused(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    """What a sync by a plan, or an undo, did not write: words of each line, all of them."""
    yield from _lines("refused", wanted, [str(one) for report in outcome.reports for one in report.refused])


def _warnings(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    yield from _lines("warnings", wanted, [str(one) for report in outcome.reports for one in report.warnings])


def _told(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    yield from _lines("told", wanted, acts.told(stage.world.folder))


def _differs(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    """What two mappings make differently: `target title field before after`, or what becomes of it before and after."""
    lines = []
    for one in outcome.replay.rows if outcome.replay else ():
        lines += [f"{one.target} {one.title} {d.field} {d.before} {d.after}" for d in one.differences]
        if not one.differences:
            lines.append(f"{one.target} {one.title} {one.before}, now {one.after}")
    yield from _lines("differs", wanted, lines)


def _erased(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    """Texts that stand nowhere in the state's files; the process that holds them open ends first."""
    stage.restart()
    for word in acts.found_in(stage.world.folder.glob("mapper.db*"), [str(one) for one in _each(wanted)]):
        yield f"erased: {word!r} stands in the state still"


def _lines(name: str, wanted: Any, found: list[str]) -> Iterator[str]:
    """Each text wanted is part of a line of its own, and no line is left; `none` for no line at all."""
    left = list(found)
    for words in [] if wanted == "none" else _each(wanted):
        line = next((one for one in left if str(words) in one), None)
        if line is None:
            yield f"{name}: expected {words!r}, found {'; '.join(left) or 'nothing else'}"
        else:
            left.remove(line)
    yield from (f"{name}: did not expect {one}" for one in left)


def _report(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    report = outcome.reports[-1] if outcome.reports else None
    for side, counts in wanted.items():
        found = asdict(report.sides[side]) if report and side in report.sides else {}
        for name, value in counts.items():
            if name not in found:
                yield f"report: {side} has no {name!r}; it has {sorted(found)}"
            elif found[name] != value:
                yield f"report: {side}: {name}: expected {value}, found {found[name]}"


def _sides(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    for table, records in wanted.items():
        if table not in TABLES:
            raise Mistake(f"there is no table {table!r}; there are {', '.join(TABLES)}")
        screen = stage.screens[table]
        rows = screen.rows()
        shown = f"{len(rows)} records"
        if isinstance(records, int):
            if len(rows) != records:
                yield f"sides: {table}: expected {records}, found {shown}"
        elif isinstance(records, list):
            yield from _exactly(screen, table, rows, records)
        else:
            by_key = {str(screen.key(row)): row for row in rows}
            for name, values in records.items():
                row = by_key.get(str(stage.names[table].get(name)))
                if values == "gone":
                    if row is not None:
                        yield f"sides: {table}: {name} is still there"
                elif row is None:
                    yield f"sides: {table}: there is no {name}"
                else:
                    yield from (f"sides: {table}: {name}: {words}" for words in _unlike(screen, row, values))


def _exactly(screen: Any, table: str, rows: list[Any], records: list[Any]) -> Iterator[str]:
    """These records and no others, in any order."""
    left = list(rows)
    for values in records:
        found = next((row for row in left if not list(_unlike(screen, row, values))), None)
        if found is None:
            close = min(left, key=lambda row: len(list(_unlike(screen, row, values))), default=None)
            why = "; ".join(_unlike(screen, close, values)) if close is not None else "no record is left"
            yield f"sides: {table}: no record is like {values!r}; of the nearest, {why}"
        else:
            left.remove(found)
    yield from (f"sides: {table}: did not expect the record {screen.key(row)}" for row in left)


def _unlike(screen: Any, row: Any, values: Mapping[str, Any]) -> Iterator[str]:
    for path, wanted in values.items():
        found = screen.value(row, path)
        if not _same(sorted(wanted) if isinstance(wanted, list) else wanted, found):
            yield f"{path}: expected {wanted!r}, found {found!r}"


def _same(wanted: Any, found: Any) -> bool:
    """null stands for whatever a system holds where nothing is: null, an empty text, an empty list."""
    if wanted is None:
        return found in (None, "", [])
    if isinstance(wanted, list) and isinstance(found, list):
        return sorted(map(str, wanted)) == sorted(map(str, found))
    return bool(wanted == found) and isinstance(wanted, bool) == isinstance(found, bool)


def _silent(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    found = outcome.writes()
    if wanted is not True:
        raise Mistake("silent: is true or not said")
    if found:
        yield f"silent: expected no write, found {'; '.join(found)}"


def _outcome(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    found = outcome.reports[-1].outcome if outcome.reports else "none"
    if found != wanted:
        yield f"outcome: expected {wanted}, found {found}"


def _links(stage: Stage, wanted: Any, outcome: Outcome) -> Iterator[str]:
    """Names whose records are one thing on all the sides said: `acme: koban nicoka`; `none` for no link."""
    with stage.project() as project:
        for name, sides in wanted.items():
            found = set()
            for side in ("koban", "nicoka", "cirrus"):
                key = stage.names[side].get(name)
                row = project.store.known("company", side, [str(key)]).get(str(key)) if key is not None else None
                if row and row["link"]:
                    held = project.store.linked("company", [row["link"]])[row["link"]]
                    found.add(" ".join(sorted(r["side"] for r in held)))
            if found != {" ".join(sorted(sides.split()))}:
                yield f"links: {name}: expected {sides}, found {sorted(found) or 'none'}"


def _each(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


_CHECKS: Mapping[str, Callable[[Stage, Any, Outcome], Iterator[str]]] = {
    "writes": _writes,
    "calls": _calls,
    "quarantine": _quarantine,
    "report": _report,
    "sides": _sides,
    "silent": _silent,
    "outcome": _outcome,
    "links": _links,
    "refused": _refused,
    "warnings": _warnings,
    "told": _told,
    "differs": _differs,
    "erased": _erased,
}
