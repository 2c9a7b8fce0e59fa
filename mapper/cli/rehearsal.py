"""The acts of the demo, one after the other, on a project whose vendors are sandboxes."""

from __future__ import annotations

import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output, reports
from mapper.cli.claims import Claims
from mapper.cli.frame import settings
from mapper.cli.progress import Progress
from mapper.sandbox import demo as script

if TYPE_CHECKING:
    from mapper.sandbox.tenants import Tenant
    from mapper.sync.project import Project
    from mapper.sync.report import Change, Report

#: How many records in quarantine are shown.
_SHOWN = 12

_Tally = dict[str, dict[str, int]]


class Rehearsal:
    """Plays the demo; `facts` holds what came of it, for `--json`. `flaws` companies of the first have a mistake."""

    def __init__(self, project: Project, tenants: Mapping[str, Tenant], claims: Claims, flaws: int) -> None:
        self.project = project
        self.flaws = flaws
        self.tenants = tenants
        self.facts: dict[str, Any] = {}
        self._claim = claims.claim
        self._filled: dict[str, int] = {}

    def play(self) -> None:
        """All acts in their order."""
        self._systems()
        for entity in self.project.entities:
            self._fill(entity)
        edits = self._edit()
        self._follow(edits)
        self._quarantine()
        self._read_back()
        self._rest()

    # ---- the acts -----------------------------------------------------------------------------------------------

    def _systems(self) -> None:
        self._title("Three vendors, simulated on loopback")
        rows = []
        for name, tenant in self.tenants.items():
            held = tenant.data()
            counts = {entity: len(held[by[name]]) for entity, by in script.RESOURCES.items()}
            rows.append((name, tenant.url, *(f"{count:,}" for count in counts.values())))
            self.facts.setdefault("systems", {})[name] = {"url": tenant.url, **counts}
        self._table(("system", "address", *script.RESOURCES), rows, right=(2, 3))

    def _fill(self, entity: str) -> None:
        first = (script.FIRST,)
        self._title(f"{entity}: what a first sync from {script.FIRST} would write")
        with self._counted() as during:
            plan = self._work("plan", entity, sources=first)
        self._claim("the plan itself wrote nothing", not any(by["writes"] for by in during.values()))
        self._title(f"{entity}: the first sync")
        with self._counted() as during:
            report = self._work("sync", entity, sources=first)
        made = {side: counts.created for side, counts in report.sides.items()}
        self._claim(
            f"as planned: {_sum(made)} created, none failed",
            made == {side: counts.created for side, counts in plan.sides.items()}
            and not any(counts.updated or counts.failed for counts in report.sides.values()),
        )
        self._filled[entity] = max(made.values())
        self._calls({entity: report}, during, list(self.project.changes(report.run)))
        self.facts.setdefault("fill", {})[entity] = {"plan": plan.as_dict(), "sync": report.as_dict(), "calls": during}

    def _edit(self) -> list[script.Edit]:
        self._title("People edit records at all three vendors, each in the vendor's own way")
        edits = script.script(self.tenants)
        for edit in edits:
            edit.send(self.tenants[edit.system])
        rows = [
            (
                e.system,
                e.entity,
                _short(e.title),
                e.field,
                e.value + ("  (in conflict, gives way)" if e.overruled else ""),
            )
            for e in edits
        ]
        self._table(("system", "entity", "record", "field", "new value"), rows)
        names = ("system", "entity", "record", "field", "value")
        self.facts["edits"] = [dict(zip(names, row, strict=True)) for row in rows]
        return edits

    def _follow(self, edits: list[script.Edit]) -> None:
        self._title("The second sync, in all directions, incremental")
        with self._counted() as during:
            found = {entity: self._work("sync", entity) for entity in self.project.entities}
        changes = [change for report in found.values() for change in self.project.changes(report.run)]
        rows = [
            (
                c.side,
                c.kind,
                _short(c.title),
                ", ".join(f"{f.name} → {output.shown(f.after, widest=40)}" for f in c.fields),
            )
            for c in changes
        ]
        self._table(("system", "write", "record", "fields"), rows)
        expected = script.expected(edits)
        written = {(c.entity, c.side, str(c.key), f.name) for c in changes if c.kind == "update" for f in c.fields}
        exact = written == expected and all(c.kind == "update" and c.status == "done" for c in changes)
        self._claim(f"exactly the {len(expected)} fields that were edited elsewhere were written, and no other", exact)
        losers = [edit for edit in edits if edit.overruled]
        self._claim(f"{len(losers)} conflict was settled by the mapping's rule", self._settled(edits, changes))
        self._calls(found, during, changes)
        self.facts["second"] = {"sync": {e: r.as_dict() for e, r in found.items()}, "calls": during, "writes": rows}

    def _settled(self, edits: list[script.Edit], changes: list[Change]) -> bool:
        """Whether each value that had to give way was replaced on its own side."""
        written = {(c.entity, c.side, c.key, f.name) for c in changes for f in c.fields}
        losers = [edit for edit in edits if edit.overruled]
        return bool(losers) and all((e.entity, e.system, e.keys[e.system], e.field) in written for e in losers)

    def _quarantine(self) -> None:
        self._title("What was set aside, and why")
        found = self.project.quarantine()
        rows = [(q.side, q.entity, _short(q.title), q.field, q.message) for q in found]
        self._table(("system", "entity", "record", "field", "reason"), rows[:_SHOWN])
        if len(rows) > _SHOWN and not settings().json:
            output.show(f"… and {len(rows) - _SHOWN} more")
        self._claim(f"each of the {len(found)} records in quarantine has its reason", all(q.message for q in found))
        mistaken = script.mistaken(self.tenants[script.FIRST], self.flaws)
        held = {q.key for q in found if q.entity == "company" and q.side == script.FIRST}
        words = f"all {len(mistaken)} companies that were typed in with a mistake are among them"
        self._claim(words, len(mistaken) == self.flaws and mistaken <= held)
        names = ("system", "entity", "record", "field", "reason")
        self.facts["quarantine"] = [dict(zip(names, row, strict=True)) for row in rows]

    def _read_back(self) -> None:
        from mapper.sync.agree import agree

        self._title("All three systems read back, record by record")
        found, rows = {}, []
        for entity in self.project.entities:
            with Progress() as progress:
                found[entity] = one = agree(self.project, entity, progress)
            rows.append((entity, *(f"{n:,}" for n in (one.compared, one.values, one.agreeing, one.differing))))
        self._table(("entity", "links compared", "values compared", "agree", "differ"), rows, right=(1, 2, 3, 4))
        held = self.project.quarantine()
        for entity, one in found.items():
            for side, group in one.missing.items():
                if group:
                    output.say(f"{entity}: {group} linked records are missing in {side}")
            for difference in one.differences[:_SHOWN]:
                output.say(f"{entity} {difference.title}: {difference.field}: {dict(difference.values)}")
            loose = sum(one.unlinked.values())
            waiting = sum(1 for q in held if q.entity == entity and q.cause != "reference")
            self._claim(
                f"{entity}: all {one.compared:,} linked records agree on every system",
                one.whole and one.compared == self._filled[entity] and not any(one.alone.values()),
            )
            self._claim(f"{entity}: the {loose} records that are not linked are those in quarantine", loose == waiting)
        self.facts["agreement"] = {entity: one.as_dict() for entity, one in found.items()}

    def _rest(self) -> None:
        self._title("A third sync")
        with self._counted() as during:
            found = {entity: self._work("sync", entity) for entity in self.project.entities}
        counts = [counts for report in found.values() for counts in report.sides.values()]
        quiet = not any(c.created or c.updated or c.deleted or c.failed for c in counts)
        written = sum(by["writes"] for by in during.values())
        self._claim(f"nothing is left to do: {written} writes", quiet and written == 0)
        self.facts["third"] = {"sync": {e: r.as_dict() for e, r in found.items()}, "calls": during}

    # ---- what the acts share --------------------------------------------------------------------------------------

    def _work(self, kind: str, entity: str, **options: Any) -> Report:
        """Plan or sync one entity, with its progress and its table of counts."""
        started = time.monotonic()
        work = self.project.plan if kind == "plan" else self.project.sync
        with Progress() as progress:
            report = work(entity, on_event=progress, **options)
        if not settings().json:
            output.show(f"{entity}: {report.outcome} in {time.monotonic() - started:.1f} s")
            plan = kind == "plan"
            click.echo(reports.counts_table(report.as_dict()["sides"], report.cost if plan else {}, plan=plan))
        return report

    @contextmanager
    def _counted(self) -> Iterator[_Tally]:
        """The calls that the sandboxes count during a block, by system; known when it ends."""
        before = {name: tenant.calls() for name, tenant in self.tenants.items()}
        during: _Tally = {}
        yield during
        for name, tenant in self.tenants.items():
            during[name] = {kind: count - before[name][kind] for kind, count in tenant.calls().items()}

    def _calls(self, found: Mapping[str, Report], during: _Tally, changes: list[Change]) -> None:
        """Show and check the calls: as many as we counted ourselves, and no write that was not needed."""
        ours = {name: sum(sum(r.sides[name].calls.values()) for r in found.values()) for name in during}
        least = script.least_writes(
            (c.entity, c.side, c.kind, c.number, f.name)
            for c in changes
            for f in c.fields
            if c.kind != "create" or f.after not in (None, [], "")
        )
        rows = [
            (name, *(f"{n:,}" for n in (by["reads"], by["logins"], by["writes"], least.get(name, 0))))
            for name, by in during.items()
        ]
        self._table(("system", "reads", "logins", "writes", "least possible writes"), rows, right=(1, 2, 3, 4))
        total = sum(by["total"] for by in during.values())
        same = all(by["total"] == ours[name] for name, by in during.items())
        self._claim(f"the simulators counted the same {total:,} calls as the report", same)
        fewest = all(by["writes"] == least.get(name, 0) for name, by in during.items())
        self._claim("no write call more than needed", fewest)

    def _title(self, text: str) -> None:
        if not settings().json:
            output.show()
            click.secho(output.clean(text), bold=True)

    def _table(self, headers: tuple[str, ...], rows: Sequence[tuple[str, ...]], right: tuple[int, ...] = ()) -> None:
        if not settings().json:
            output.show_table(headers, rows, right=right)


def _short(title: str) -> str:
    return output.shown(title, widest=40)


def _sum(made: Mapping[str, int]) -> str:
    return " and ".join(f"{count:,} in {side}" for side, count in made.items() if count)
