"""What an answer means, and calls that follow one another under one name."""

from __future__ import annotations

from typing import Any, Literal

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec


@spec
class ErrorRule:
    """An answer that means an error; the first rule that fits decides."""

    when: str = item("An expression over `status`, `body` and `content_type`.", example="{{ status == 404 }}")
    means: Literal["rejected", "missing", "auth", "not allowed", "throttled", "retry", "nonsense"] = item(
        "The situation."
    )
    message: str | None = item(
        "The words of the error: the vendor's, or a sentence.", default=None, example="{{ body.message }}"
    )
    pos: Position = NOWHERE


@spec
class Step:
    """One step of a flow: a call, or a refusal that ends it."""

    when: str | None = item(
        "An expression without which, being false, the step is left out; the name after `as` then stands for nothing.",
        default=None,
        example="{{ not found.exists }}",
    )
    call: str | None = item("The operation that is called; it is no flow.", default=None, example="accounts.get")
    with_: dict[str, Any] = item(
        "Its arguments; those that come to nothing are left out.", default={}, example={"key": "{{ account }}"}
    )
    as_: str | None = item(
        "The name under which later steps see what came back: the body, or nothing where `missing_is_empty` says so.",
        default=None,
        example="found",
    )
    refuse: str | None = item(
        "The sentence with which the flow ends here.", default=None, example="The account {{ account }} is closed."
    )
    pos: Position = NOWHERE
