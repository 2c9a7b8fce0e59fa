"""What a mapping wants done in its situations, and whether it can be done."""

from __future__ import annotations

from collections.abc import Mapping

from mapper.compile.checks.findings import Findings
from mapper.compile.checks.subject import Subject
from mapper.compile.sides import SideContext
from mapper.spec.document import nearest
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.situations import Ending, Situations


def check_situations(spec: MappingSpec, found: Findings, contexts: Mapping[str, SideContext]) -> None:
    """Note endings of sides that there are not, that are only read from, or whose connector knows no such thing."""
    for name, ending in (("gone", spec.situations.gone), ("left", spec.situations.left)):
        for side, action in ending.sides.items():
            steps = ("situations", name, "sides", side)
            if side not in spec.sides:
                hint = nearest(side, spec.sides)
                found.add("situation", steps, f"the mapping has no side '{side}'", hint)
            elif spec.sides[side].role == "source" and action != "ignore":
                found.add("situation", steps, f"{side} is only read from (role: source)", value=True)
        for side, context in contexts.items():
            action = ending.on(side)
            if action == "ignore" or spec.sides[side].role == "source" or _can(context, action):
                continue
            steps = ("situations", name, *(("sides", side) if side in ending.sides else ("others",)))
            message = f"the connector {context.connector.connector} cannot {action} its {context.resource_name}"
            other = "deactivate" if action == "delete" else "delete"
            words = other if _can(context, other) else "ignore"
            found.add("situation", steps, message, f"{side}: {words}", value=True)


def _can(context: SideContext, action: str) -> bool:
    resource = context.resource
    return bool(resource.deactivate) if action == "deactivate" else "delete" in resource.operations


def check_idle(subject: Subject) -> None:
    """Note situations that cannot arise, or in which something else has decided before."""
    spec, standard = subject.spec, Situations()
    chosen = spec.situations
    if chosen.similar != standard.similar and not any(isinstance(rule, dict) for rule in spec.match):
        _idle(subject, "similar", "no match rule is approximate", "match: [{similar: name}]")
    if chosen.edited != standard.edited and not _acts(spec, chosen.gone):
        _idle(subject, "edited", "nothing is ended where a record is gone", "gone: deactivate")
    if _acts(spec, chosen.left) and not spec.filter and not any(side.where for side in spec.sides.values()):
        _idle(subject, "left", "no `where` and no `filter` leaves a record out")
    if chosen.clash == "ask" and spec.conflict != "quarantine":
        _idle(subject, "clash", f"a person is asked before `conflict: {spec.conflict}` is looked at", "clash: merge")
    telling = [name for name, side in subject.contexts.items() if spec.sides[name].role != "target" and _tells(side)]
    if _acts(spec, chosen.gone) and not telling and set(subject.contexts) == set(spec.sides):
        _idle(
            subject,
            "gone",
            "no side that is read tells when a record is gone",
            "see `all` and `removed` of its connector",
        )


def _acts(spec: MappingSpec, ending: Ending) -> bool:
    return any(ending.on(side) != "ignore" for side in spec.sides)


def _tells(context: SideContext) -> bool:
    listing = context.resource.operations.get("list")
    return bool(context.resource.removed or (listing and listing.all))


def _idle(subject: Subject, name: str, message: str, hint: str = "") -> None:
    subject.found.add("idle", ("situations", name), message, hint, value=True)
