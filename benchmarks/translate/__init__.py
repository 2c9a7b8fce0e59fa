"""The speed of one job, done by a compiled mapping, by hand and by other people's tools; the README says what it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import Compared, in_turns
from benchmarks.report import Report, table, verdict
from benchmarks.translate import hand, peers
from benchmarks.translate.malformed import malformed
from benchmarks.translate.records import Record, records

HERE = Path(__file__).parent

#: The least share of the hand-written function's speed.
LEAST = 0.9
CHECKED = 2_000
TIMED = 1_000
ROUNDS = 40


@dataclass(frozen=True)
class Row:
    """One implementation's figures, or why there are none."""

    name: str
    compared: Compared | None
    remarks: tuple[str, ...] = ()


def report() -> Report:
    """The table of all implementations."""
    ours = measure()
    found = [Row("hand-written Python", by_hand()), Row("**mapper**", ours), *others()]
    remarks = list(dict.fromkeys(remark for row in found for remark in row.remarks))
    headers = ("implementation", "speed, hand-written = 1", "times as long", "µs a record", "notes")
    text = table(headers, [_row(row, remarks) for row in found], right=(1, 2, 3)) + "\n"
    text += "".join(f"{number}. {remark}\n" for number, remark in enumerate(remarks, 1))
    kept = ours.ratio >= LEAST
    bound = f"`mapper` against hand-written: {ours.ratio:.2f}; the least is {LEAST}"
    return Report(text + _NOTE + verdict(kept, bound), kept)


_NOTE = f"""
Each ratio is the median of many short turns in which both did the same records in one process, by processor time; the
quartiles follow it in brackets. Hand-written Python against itself shows what the measurement is worth. Every output
was compared with the hand-written one on {CHECKED:,} records before.
[`translate/README.md`](translate/README.md) says what the job is.
"""


#: Three values that do not fit: all are to be reported, each with its field.
_WRONG: Record = {
    "Label": "ACME",
    "Status": {"Code": "???"},
    "MoreFields": [{"FieldId": "effectif", "Value": "several"}],
    "DCreated": "yesterday",
}


def measure() -> Compared:
    """Our compiled mapping in turns with the hand-written function."""
    import mapper

    with mapper.load(HERE, env={}) as project:
        compiled = project.compile("customer")

    translate = compiled.translator("koban", "nicoka")
    for account in records(CHECKED):
        expected, (found, _) = hand.translate(account), translate(account)
        if expected != found:
            differing = {
                name: (expected.get(name), found.get(name))
                for name in {*expected, *found}
                if expected.get(name) != found.get(name)
            }
            raise AssertionError(f"by hand and by us: {differing}")
    for account in malformed(records(1)[0]):
        if translate(account)[1] == [] or not _refused_by_hand(account):
            raise AssertionError(f"something is made of what does not fit: {account}")
    _, problems = translate(_WRONG)
    if {problem.field for problem in problems} != {"status", "staff", "created"}:
        raise AssertionError(f"not every wrong value is reported: {problems}")
    return in_turns(translate, hand.translate, records(TIMED), rounds=ROUNDS)


def _refused_by_hand(account: Record) -> bool:
    try:
        hand.translate(account)
    except (KeyError, ValueError, AttributeError):
        return True
    return False


def by_hand() -> Compared:
    """The hand-written function in turns with itself: what the measurement makes of two equal things."""
    return in_turns(hand.translate, hand.translate, records(TIMED), rounds=ROUNDS)


def others() -> list[Row]:
    """The peers, the fastest first."""
    rows = []
    for name, title in peers.TITLES.items():
        try:
            found = peers.measure(name)
        except peers.Unmeasured as error:
            rows.append(Row(title, None, (f"{title} is not measured: {error}",)))
        else:
            rows.append(Row(f"{title} {found.version}", found.compared, found.lacks))
    return sorted(rows, key=lambda row: row.compared.ratio if row.compared else 0.0, reverse=True)


def _row(row: Row, remarks: Sequence[str]) -> Sequence[str]:
    notes = ", ".join(str(remarks.index(remark) + 1) for remark in row.remarks)
    if row.compared is None:
        return (row.name, "", "", "", notes)
    found = row.compared
    digits = 2 if found.ratio > 0.1 else 4
    speed = f"{found.ratio:.{digits}f} ({found.low:.{digits}f}–{found.high:.{digits}f})"
    return (row.name, speed, f"{1 / found.ratio:.{1 if found.ratio > 0.1 else 0}f}", f"{found.us:,.1f}", notes)
