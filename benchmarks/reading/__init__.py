"""Reading: processor time beside a loop by hand, wall time beside the vendor's limits, and calls of large accounts."""

from __future__ import annotations

from benchmarks.reading import large, processor, wall
from benchmarks.report import Report, table, verdict

#: The most that reading and decoding may take of the loop by hand, and of the time that a vendor's limits force.
MOST_PROCESSOR = 1.25
MOST_WALL = 1.15

#: Few records, so that the turns are short, and many of them.
RECORDS = 1_000
ROUNDS = 60


def report() -> Report:
    """The three parts in their order."""
    parts = (_processor(), _wall(), _large())
    return Report("\n".join(part.text for part in parts), all(part.kept for part in parts))


def _processor() -> Report:
    found = processor.measure(RECORDS, ROUNDS)
    rows = [
        (c.name, str(c.pages), f"{c.ms / c.pages:.2f}", f"{c.bare_ms / c.pages:.2f}",
         f"{c.ratio:.2f} ({c.low:.2f}–{c.high:.2f})", f"{c.decoding:.2f}", f"{c.abreast:.2f}")
        for c in found
    ]  # fmt: skip
    worst = max(c.ratio for c in found)
    kept = worst <= MOST_PROCESSOR
    bound = (
        f"Processor time of reading and decoding: at most {worst:.2f} of the bare loop; the most is {MOST_PROCESSOR}"
    )
    head = (
        "Processor time of a page, beside a bare loop with httpx and orjson that reads the same pages and decodes "
        "nothing; the bound is\nabout it. The last columns are ratios to a loop that decodes containers by hand and "
        "to a bare loop that makes as\nmany calls at once."
    )
    headers = (
        "list",
        "pages",
        "ms a page",
        "bare loop",
        "ratio (quartiles)",
        "to decoding by hand",
        "to as many at once",
    )
    return Report(f"{head}\n\n{table(headers, rows, right=(1, 2, 3, 4, 5, 6))}{verdict(kept, bound)}", kept)


def _wall() -> Report:
    found = wall.measure()
    rows = [_row(t) for t in found]
    worst = max(t.seconds / t.least for t in found)
    kept = worst <= MOST_WALL
    bound = f"Wall time: at most {worst:.2f} of what the limits force; the most is {MOST_WALL}"
    head = (
        "Seconds for a full read. The least is the larger of calls × latency / concurrency and calls / rate. The first "
        "rows keep to the\nlimits of the connectors; in the others the rate is lifted."
    )
    headers = ("list", "calls", "ms a call", "at once", "a second", "seconds", "least", "ratio", "what binds")
    return Report(f"{head}\n\n{table(headers, rows, right=(1, 2, 3, 4, 5, 6, 7))}{verdict(kept, bound)}", kept)


def _row(t: wall.Timed) -> tuple[str, ...]:
    limits = (f"{t.latency * 1000:g}", str(t.concurrency), f"{t.per_second:g}" if t.per_second else "–")
    return (
        t.name,
        str(t.calls),
        *limits,
        f"{t.seconds:.2f}",
        f"{t.least:.2f}",
        f"{t.seconds / t.least:.2f}",
        t.binding,
    )


def _large() -> Report:
    found = large.measure()
    rows = [(c.what, f"{c.calls:,}", f"{c.most:,}", c.because) for c in found]
    kept = all(c.calls <= c.most for c in found)
    text = table(("run", "calls", "most", "because"), rows, right=(1, 2))
    return Report(text + verdict(kept, "Calls of large accounts"), kept)
