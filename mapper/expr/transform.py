"""What a transform is: a function on one value, with its documentation and its way back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection
from dataclasses import dataclass
from functools import cached_property, wraps
from typing import Any

from mapper.errors import RuleError
from mapper.records import ABSENT

PASSED = "ABSENT, null and empty are passed through untouched"

# No transform may build a text longer than this: a mapping must not be able to exhaust memory.
MAX_TEXT = 1_000_000


def show(value: Any) -> str:
    """The value as an error message shows it: its repr, at most 60 characters long."""
    # A large container is never rendered whole only to be cut.
    if isinstance(value, (list, tuple, dict, set)) and len(value) > 30:
        return f"{type(value).__name__} of {len(value)} items"
    try:
        text = repr(value[:80] if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        text = f"a {type(value).__name__} too large to show"
    return text if len(text) <= 60 else text[:57] + "..."


def bounded(text: str) -> str:
    """The text, or a RuleError if it has grown beyond `MAX_TEXT` characters."""
    if len(text) > MAX_TEXT:
        raise RuleError(f"the result would be a text of {len(text)} characters, {MAX_TEXT} are allowed")
    return text


@dataclass(frozen=True, slots=True)
class Example:
    """One documented use; `output` is a text when the transform refuses `input` (the error's message)."""

    input: Any
    output: Any
    args: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Transform:
    """One entry of the catalogue; `call(value, *args)` raises RuleError for a value that does not fit.

    `verify(*args)`, where there is one, raises RuleError for constant arguments that can never be right.
    """

    name: str
    call: Callable[..., Any]
    summary: str
    examples: tuple[Example, ...]
    inverse: str | None = None
    params: tuple[str, ...] = ()
    on_missing: str = PASSED
    verify: Callable[..., None] | None = None

    @cached_property
    def _signature(self) -> inspect.Signature:
        return inspect.signature(self.call)

    def complaint(self, count: int, keywords: Collection[str] = ()) -> str | None:
        """What is wrong with `count` positional arguments and these keywords after the value, or None."""
        try:
            self._signature.bind(None, *[None] * count, **dict.fromkeys(keywords))
        except TypeError as error:
            usage = f"{self.name}({', '.join(self.params)})" if self.params else f"{self.name} without arguments"
            return f"{error}; use {usage}"
        return None


def transform(
    summary: str,
    *examples: tuple[Any, ...],
    inverse: str | None = None,
    on_missing: str | None = None,
    verify: Callable[..., None] | None = None,
) -> Callable[[Callable[..., Any]], Transform]:
    """Make a catalogue entry of a function; examples are (input, output, *arguments).

    Without `on_missing` the function never sees ABSENT, None or an empty value; with it, it sees all of them and
    `on_missing` says what it does.
    """

    def make(function: Callable[..., Any]) -> Transform:
        name = function.__name__.strip("_")
        parameters = list(inspect.signature(function).parameters.values())[1:]
        return Transform(
            name=name,
            call=_guarded(name, function, passes=on_missing is None),
            summary=summary,
            examples=tuple(Example(e[0], e[1], tuple(e[2:])) for e in examples),
            inverse=inverse,
            params=tuple(_usage(p) for p in parameters),
            on_missing=on_missing or PASSED,
            verify=verify,
        )

    return make


def _usage(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else ""
    default = "" if parameter.default is inspect.Parameter.empty else f"={parameter.default!r}"
    return f"{star}{parameter.name}{default}"


def _guarded(name: str, function: Callable[..., Any], *, passes: bool) -> Callable[..., Any]:
    @wraps(function)
    def call(value: Any, *args: Any, **options: Any) -> Any:
        if passes and not value and (value is None or value is ABSENT or isinstance(value, (str, list, dict, tuple))):
            return value
        try:
            return function(value, *args, **options)
        except (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError) as error:
            given = f" with {', '.join(map(show, args))}" if args else ""
            raise RuleError(f"{name} cannot be applied to {show(value)}{given}") from error

    return call
