"""The points that a vendor's documents leave open, and how each can be settled."""

from __future__ import annotations

from typing import Any

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec
from mapper.spec.flow import Step


@spec
class Probe:
    """A harmless read that settles an assumption.

    With an `answer` it says which choice holds; without one the read is tried under each choice, and the only one under
    which it succeeds holds.
    """

    call: str = item("The operation; it only reads.", example="accounts.list")
    with_: dict[str, Any] = item(
        "Its arguments; expressions may look at `record`, a record of the resource `of`.",
        default={},
        example={"key": "{{ record.id }}"},
    )
    of: str | None = item("The resource of which a record is needed.", default=None, example="accounts")
    before: tuple[Step, ...] = item(
        "Reads that come first; `with` and `answer` see what they answered by their names.",
        default=(),
        example=[{"call": "accounts.list", "as": "all"}],
    )
    answer: str | None = item(
        "An expression over the answer's `body`, `record` and what came before that comes to one of the choices, or to "
        "nothing where it cannot tell.",
        default=None,
        example="{{ 'yes' if body.data | length else none }}",
    )
    pos: Position = NOWHERE


@spec
class Assumption:
    """A point that the vendor's documents leave open.

    It has a `risk` and can be answered in a project; or, with `either`, there is nothing to answer.
    """

    question: str = item("The question, in words.", example="Does an update empty what it does not name?")
    choices: tuple[str, ...] = item("The possible answers.", example=["yes", "no"])
    default: str = item("The safe answer.", example="yes")
    risk: str | None = item("What goes wrong if it is false.", default=None, example="Fields are emptied.")
    either: str | None = item(
        "In place of `risk`: why this file is right whichever choice holds; `default` is then the likeliest.",
        default=None,
        example="Both are read alike.",
    )
    override: dict[str, dict[str, Any]] = item(
        "By choice, what is otherwise in this file where it holds; laid over it before a project's `override` is.",
        default={},
        example={"no": {"wire": {"clear": "empty"}}},
    )
    probe: Probe | None = item("The read that settles it; none: only the vendor can say.", default=None)
    pos: Position = NOWHERE
