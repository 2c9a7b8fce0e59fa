"""What `mapper test` says of the cases as a whole: what they touch, and what they would not notice."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

from mapper.cli import output
from mapper.cli.frame import settings

if TYPE_CHECKING:
    from mapper.sync.suites import Suite

_WRONG = 2


def cover(suites: Sequence[Suite], fail_under: float | None, facts: dict[str, Any]) -> int:
    """Tell what no case touches; gives the exit code."""
    from mapper.sync.casecoverage import KINDS, Coverage, coverage, share

    def shares(one: Coverage) -> list[str]:
        counts = [one.count(kind) for kind in (*KINDS, "")]
        return [f"{share(*count):g} % ({count[0]} of {count[1]})" if count[1] else output.NOTHING for count in counts]

    found = [coverage(suite) for suite in suites]
    if not settings().json:
        for one in found:
            if one.untouched:
                output.show(f"\n{one.name}: no case touches")
                rows = [(str(point.position), point.kind, point.what) for point in one.untouched]
                output.show_table(("place", "what", "never happens"), rows)
        output.show()
        headers = ("coverage", "rows", "table entries", "branches", "otherwise", "all")
        output.show_table(headers, [(one.name, *shares(one)) for one in found], right=(1, 2, 3, 4, 5))
    facts["coverage"] = [_coverage(one) for one in found]
    touched, of = (sum(counts) for counts in zip(*(one.count() for one in found), strict=True)) if found else (0, 0)
    if fail_under is not None and share(touched, of) < fail_under:
        output.say(f"The cases touch {share(touched, of):g} %, less than {fail_under:g} %.")
        return _WRONG
    return 0


def _coverage(found: Any) -> dict[str, Any]:
    from mapper.sync.casecoverage import KINDS, share

    counts = {kind: found.count(kind) for kind in KINDS}
    return {
        "name": found.name,
        "percent": share(*found.count()),
        "kinds": {kind: {"touched": touched, "of": of} for kind, (touched, of) in counts.items()},
        "untouched": [{**_place(point.position), "kind": point.kind, "what": point.what} for point in found.untouched],
    }


def mutated(suites: Sequence[Suite], limit: int | None, facts: dict[str, Any]) -> None:
    """Tell which changes of the rules no test notices."""
    from mapper.sync.mutation import mutate

    facts["mutations"] = []
    for suite in suites:
        found = mutate(suite, limit)
        if not settings().json:
            if found.survivors:
                output.show(f"\n{found.name}: no test notices")
                rows = [(str(one.position), one.rule, one.change) for one in found.survivors]
                output.show_table(("place", "rule", "change"), rows)
            output.show(f"\n{found.name}: killed {found.killed} of {found.tried}.")
        survivors = [{**_place(m.position), "rule": m.rule, "change": m.change} for m in found.survivors]
        facts["mutations"].append(
            {"name": found.name, "tried": found.tried, "killed": found.killed, "survivors": survivors}
        )


def _place(position: Any) -> dict[str, Any]:
    return {"file": position.file, "line": position.line, "column": position.column}
