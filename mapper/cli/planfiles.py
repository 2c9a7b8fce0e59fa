"""What a plan file holds, listed for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import Any

from mapper.cli import output, reports
from mapper.cli.frame import settings


def show(path: str, entities: tuple[str, ...], most: int) -> None:
    """List the changes of a plan file, of these entities or all; `most` 0 means all of them."""
    from mapper.sync.planfile import PlanFile

    with PlanFile(path) as plan:
        chosen = [entity for entity in plan.headings if not entities or entity in entities]
        if settings().json:
            found = {entity: list(islice(plan.changes(entity), most or None)) for entity in chosen}
            output.document({"plan": path, "entities": {e: {**plan.totals[e], "changes": found[e]} for e in chosen}})
            return
        for entity in chosen:
            totals = plan.totals[entity]
            output.show(f"{entity}: {totals['changes']} change{'' if totals['changes'] == 1 else 's'} planned")
            for side, cost in totals["cost"].items():
                output.show(f"    {side}: {int(cost['calls'])} calls to write them, {cost['seconds']} s at its limit")
            reports.show_changes(_changes(entity, plan.changes(entity)), {}, most, totals["changes"])


def _changes(entity: str, lines: Iterator[dict[str, Any]]) -> Iterator[Any]:
    from mapper.sync.report import Change, FieldChange

    for number, line in enumerate(lines, 1):
        create = line["kind"] == "create"
        fields = tuple(
            FieldChange(name, field.get("before"), field.get("after"), known=create or "before" in field)
            for name, field in line["fields"].items()
        )
        facts = (number, entity, line["side"], line["kind"], line["key"], line["title"], "draft", line["reason"])
        yield Change(*facts, fields)
