"""How the outcome of a plan or a run is shown: as tables, as one line, or as plain data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from mapper.cli import output

if TYPE_CHECKING:
    from mapper.spec.mapping import Row
    from mapper.sync.report import Change, Quarantined, Report

_COUNTS = ("read", "created", "updated", "unchanged", "deleted", "quarantined", "failed")
_PLANNED = {"created": "create", "updated": "update", "deleted": "delete"}


def counts_table(sides: Mapping[str, Mapping[str, Any]], cost: Mapping[str, Mapping[str, float]], *, plan: bool) -> str:
    """One line for each side: what was or would be done there, and in how many calls."""
    headers = ["side", *(_PLANNED.get(name, name) if plan else name for name in _COUNTS), "calls"]
    headers += ["calls to come", "seconds"] if cost else []
    rows = []
    for side, counts in sides.items():
        calls = ", ".join(f"{verb} {number}" for verb, number in counts["calls"].items())
        row = [side, *(_number(counts[name]) for name in _COUNTS), calls or "–"]
        if cost:
            said = cost.get(side, {})
            row += [_number(int(said.get("calls", 0))), _number(said.get("seconds", 0))]
        rows.append(row)
    return output.table(headers, rows, right=tuple(range(1, len(_COUNTS) + 1)))


def remarks(sides: Mapping[str, Mapping[str, Any]]) -> list[str]:
    """One line for each side, how it was read and why; one for each reason for which records were left alone."""
    said = [(side, why, number) for side, counts in sides.items() for why, number in counts.get("left", {}).items()]
    ways = [f"{side}: {way}" for side, counts in sides.items() for way in _ways(counts)]
    return ways + [f"{side}: {number:,} left alone: {why}" for side, why, number in said]


def _ways(counts: Mapping[str, Any]) -> Iterator[str]:
    """How a side was read, why, and in how many calls."""
    calls = sum(number for verb, number in counts["calls"].items() if verb == "GET")
    words = {"filter": "read by filter", "sorted": "read newest first", "walk": "read whole", "told": "read by key"}
    if counts.get("by"):
        yield f"{words[counts['by']]}: {counts['because']} ({calls:,} call{'' if calls == 1 else 's'})"
    elif counts.get("because"):
        yield f"not read: {counts['because']}"
    if counts.get("values"):
        yield counts["values"]
    if counts.get("members"):
        yield counts["members"]


def warning(told: Mapping[str, Any]) -> str:
    """A warning as the state keeps it, in one line."""
    return f"{told['message']} ({told['place']})" if told["place"] else str(told["message"])


def beyond_today(cost: Mapping[str, Mapping[str, float]]) -> list[str]:
    """One line for each side whose writes need more calls than are left of today's share."""
    short = [(side, said) for side, said in cost.items() if said["calls"] > said.get("left_today", said["calls"])]
    return [
        f"{side}: {int(said['calls']):,} calls to come, and {int(said['left_today']):,} are left today: "
        "a sync stops there, and one of tomorrow goes on"
        for side, said in short
    ]


def line(report: Report, seconds: float) -> str:
    """The whole report in one line, for cron's mail."""
    parts = []
    for side, counts in report.sides.items():
        done = [f"{getattr(counts, name)} {name}" for name in _COUNTS if getattr(counts, name)]
        done += [f"read whole: {counts.whole}"] if counts.whole else []
        done += [f"{number} left alone: {why}" for why, number in counts.left.items()]
        calls = sum(counts.calls.values())
        parts.append(f"{side}: {', '.join(done) or 'nothing'} ({calls} call{'' if calls == 1 else 's'})")
    return f"{report.entity}: {report.outcome} in {seconds:.1f} s; {'; '.join(parts)}"


def show_changes(changes: Iterable[Change], rows: Mapping[str, Row], most: int, total: int) -> None:
    """List changes field by field; `most` 0 means all."""
    number = 0
    for number, change in enumerate(changes, 1):
        if most and number > most:
            break
        status = f" [{change.status}]" if change.status not in ("draft", "done") else ""
        key = f" {change.key}" if change.key else ""
        reason = f" ({change.reason})" if change.reason else ""
        output.show(f"{change.kind} {change.side}{key}: {change.title or '–'}{status}{reason}")
        for field in change.fields:
            after = _value(field.after, rows.get(field.name))
            if change.kind == "create":
                output.show(f"    {field.name}: {after}")
            else:
                before = _value(field.before, rows.get(field.name)) if field.known else "…"
                output.show(f"    {field.name}: {before} → {after}")
    if most and total > most:
        output.show(f"… and {total - most} more: --changes 0 shows all")


def show_refused(report: Report) -> None:
    """List what was not written, as something had moved meanwhile."""
    for refused in report.refused:
        output.show(str(refused))


def show_quarantine(found: list[Quarantined], most: int) -> None:
    """List what was set aside, with its reason."""
    for record in found[:most]:
        number = f"{record.number} " if record.number else ""
        field = f"{record.field}: " if record.field else ""
        output.show(f"quarantine {number}{record.side} {record.key}: {record.title or '–'}")
        output.show(f"    {field}{record.message}{f'  ({record.place})' if record.place else ''}")
    if len(found) > most:
        output.show(f"… and {len(found) - most} more: see `mapper quarantine list`")


def facts(report: Report, changes: Iterable[Change], quarantine: Iterable[Quarantined]) -> dict[str, Any]:
    """The report as `--json` has it."""
    found = report.as_dict()
    told = {name: found[name] for name in ("outcome", "run", "sides", "cost", "message", "warnings")}
    if report.kind == "plan":
        told["changes"] = [asdict(change) for change in changes]
    told["refused"] = [asdict(one) for one in report.refused]
    return {**told, "quarantine": [asdict(record) for record in quarantine]}


def _value(value: Any, row: Row | None) -> str:
    """A field's value; of a reference what `mapper why` takes: its link, or in a plan SIDE:KEY."""
    if row is not None and row.type == "ref" and isinstance(value, str):
        return f"{row.entity} {value}"
    return output.shown(value)


def _number(value: float) -> str:
    return f"{value:,}" if value else "–"
