"""What a sync does with a record, beside what the hand-written function of `benchmarks.translate` does with it.

A sync reads the record to the middle, takes a fingerprint of each field to see what has changed, and writes the record
to the other side. The hand-written function goes straight from one side to the other.
"""

from __future__ import annotations

from benchmarks import translate
from benchmarks.measuring import Compared, in_turns
from benchmarks.report import Report, table, verdict
from benchmarks.translate import hand
from benchmarks.translate.records import Record, records

LEAST = 0.5
TIMED = 1_000
ROUNDS = 30


def report() -> Report:
    """The whole path and its three steps."""
    found = measure()
    rows = [(name, f"{one.ratio:.2f} ({one.low:.2f}–{one.high:.2f})", f"{one.us:.1f}") for name, one in found.items()]
    whole = found["the whole path"]
    kept = whole.ratio >= LEAST
    bound = f"The path of a sync against hand-written translation: {whole.ratio:.2f}; the least is {LEAST}"
    headers = ("step", "speed, hand-written translation = 1", "µs a record")
    return Report(table(headers, rows, right=(1, 2)) + verdict(kept, bound), kept)


def measure() -> dict[str, Compared]:
    """Each step and all of them, in turns with the hand-written function."""
    import mapper

    with mapper.load(translate.HERE, env={}) as project:
        mapping = project.compiled("customer", live=False)
    read, create = mapping.readers["koban"], mapping.sides["nicoka"].create

    def whole(account: Record) -> Record:
        canonical, problems, _ = read(account)
        native, more = create(canonical)
        if problems or more:
            raise AssertionError((problems or more)[0])
        return native

    accounts = records(TIMED)
    for account in accounts:
        if whole(account) != hand.translate(account):
            raise AssertionError(f"by hand and by us: {account}")
    canonicals = [read(account)[0] for account in accounts]
    middle = {id(account): canonical for account, canonical in zip(accounts, canonicals, strict=True)}
    steps = {
        "read to the middle, with fingerprints": read,
        "write to the other side": lambda account: create(middle[id(account)]),
        "the whole path": whole,
    }
    return {name: in_turns(step, hand.translate, accounts, rounds=ROUNDS) for name, step in steps.items()}
