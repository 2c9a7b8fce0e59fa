"""What a plan file holds, listed for people and programs."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import islice
from typing import TYPE_CHECKING, Any

from mapper.cli import output, reports
from mapper.cli.frame import settings
from mapper.errors import UsageError

if TYPE_CHECKING:
    from mapper.sync.report import Change


def show(path: str, entities: tuple[str, ...], most: int) -> None:
    """List the changes of a plan file, of these entities or all; `most` 0 means all of them."""
    from mapper.sync.planfile import PlanFile

    with PlanFile(path) as plan:
        if strange := [entity for entity in entities if entity not in plan.headings]:
            raise UsageError(f"{path} holds no plan of '{strange[0]}'", hint=f"it holds: {', '.join(plan.headings)}")
        chosen = [entity for entity in plan.headings if not entities or entity in entities]
        if settings().json:
            found = {entity: list(islice(plan.changes(entity), most or None)) for entity in chosen}
            output.document({"plan": path, "entities": {e: {**plan.totals[e], "changes": found[e]} for e in chosen}})
            return
        for entity in chosen:
            totals = plan.totals[entity]
            output.show(f"{entity}: {totals['changes']} change{'' if totals['changes'] == 1 else 's'} planned")
            for side, cost in totals["cost"].items():
                calls = int(cost["calls"])
                many = "" if calls == 1 else "s"
                output.show(f"    {side}: {calls:,} call{many} to write them, {cost['seconds']} s at its limit")
            reports.show_changes(changes(entity, plan.changes(entity)), {}, most, totals["changes"])


def changes(entity: str, lines: Iterator[dict[str, Any]]) -> Iterator[Change]:
    """The lines of a plan file as the changes that they tell, numbered from 1."""
    from mapper.sync.report import Change, FieldChange

    for number, line in enumerate(lines, 1):
        create = line["kind"] == "create"
        fields = tuple(
            FieldChange(name, field.get("before"), field.get("after"), known=create or "before" in field)
            for name, field in line["fields"].items()
        )
        facts = (number, entity, line["side"], line["kind"], line["key"], line["title"], "draft", line["reason"])
        yield Change(*facts, fields)
