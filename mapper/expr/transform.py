"""What a transform is: a function on one value, with its documentation and its way back."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cached_property, wraps
from typing import Any, Final, TypeVar

from mapper.errors import RuleError
from mapper.records import ABSENT

_T = TypeVar("_T")

PASSED = "ABSENT, null and empty are passed through untouched"

# No transform may build a text longer, or a list with more items, than this: a mapping must not exhaust memory.
MAX_TEXT: Final = 250_000
MAX_ITEMS: Final = 100_000

_EMPTY: Final = (str, list, dict, tuple)
_FAULTS: Final = (TypeError, ValueError, ArithmeticError, LookupError, AttributeError, RecursionError)

#: What a transform takes and gives, for checks without a record; "same" gives what was taken.
KINDS: Final = ("text", "number", "flag", "date", "datetime", "list", "record", "any", "same")


def show(value: Any) -> str:
    """The value as an error message shows it, at most 60 characters: its repr, or the text of a decimal or date."""
    # A large container is never rendered whole only to be cut.
    if isinstance(value, (list, tuple, dict, set)) and len(value) > 30:
        return f"{type(value).__name__} of {len(value)} items"
    try:
        if isinstance(value, date):
            text = value.isoformat().replace("+00:00", "Z")
        else:
            text = str(value) if isinstance(value, Decimal) else repr(value[:80] if isinstance(value, str) else value)
    except (ValueError, RecursionError):
        text = f"a {type(value).__name__} too large to show"
    return text if len(text) <= 60 else text[:57] + "..."


def bounded(text: str) -> str:
    """The text, or a RuleError if it has grown beyond `MAX_TEXT` characters."""
    if len(text) > MAX_TEXT:
        raise RuleError(f"the result would be a text of {len(text)} characters, {MAX_TEXT} are allowed")
    return text


def bounded_items(items: list[Any]) -> list[Any]:
    """The list, or a RuleError if it has grown beyond `MAX_ITEMS` items."""
    if len(items) > MAX_ITEMS:
        raise RuleError(f"the result would be a list of {len(items)} items, {MAX_ITEMS} are allowed")
    return items


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
    With `each`, the first argument is a path, or a function from an item to a value. A `normal` transform applied twice
    gives the same as once. The `inverse` with the same arguments turns whatever this one has given into something of
    which this one makes the same again, so that what is written is read as it was meant. `loses` says in a few words
    what cannot be got back. `takes` and `gives` are among `KINDS`.
    """

    name: str
    call: Callable[..., Any]
    summary: str
    examples: tuple[Example, ...]
    inverse: str | None = None
    params: tuple[str, ...] = ()
    on_missing: str = PASSED
    verify: Callable[..., None] | None = None
    each: bool = False
    normal: bool = False
    loses: str = ""
    takes: str = "any"
    gives: str = "any"

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

    def in_order(self, args: Sequence[_T], keywords: Mapping[str, _T], constant: Callable[[Any], _T]) -> list[_T]:
        """Arguments in the order of the parameters; `constant` makes one of the default of a parameter left out."""
        if not keywords:
            return list(args)
        found = list(args)
        parameters = list(self._signature.parameters.values())[1 + len(args) :]
        last = max(number for number, parameter in enumerate(parameters) if parameter.name in keywords)
        for parameter in parameters[: last + 1]:
            given = keywords.get(parameter.name)
            found.append(constant(parameter.default) if given is None else given)
        return found


def transform(
    summary: str,
    *examples: tuple[Any, ...],
    inverse: str | None = None,
    on_missing: str | None = None,
    empty: str = "",
    verify: Callable[..., None] | None = None,
    each: bool = False,
    normal: bool = False,
    loses: str = "",
    takes: str = "any",
    gives: str = "any",
) -> Callable[[Callable[..., Any]], Transform]:
    """Make a catalogue entry of a function; examples are (input, output, *arguments).

    Without `on_missing` the function never sees ABSENT, None or an empty value; with it, it sees all of them and
    `on_missing` says what it does. With `empty` ("gives null") it sees empty values, but no ABSENT and no None.
    """

    told = on_missing or (f"ABSENT and null are passed through; an empty value {empty}" if empty else PASSED)

    def make(function: Callable[..., Any]) -> Transform:
        name = function.__name__.strip("_")
        parameters = list(inspect.signature(function).parameters.values())[1:]
        return Transform(
            name=name,
            call=_guarded(name, function, passed=None if on_missing else () if empty else _EMPTY, bare=not parameters),
            summary=summary,
            examples=tuple(Example(e[0], e[1], tuple(e[2:])) for e in examples),
            inverse=inverse,
            params=tuple(_usage(p) for p in parameters),
            on_missing=told,
            verify=verify,
            each=each,
            normal=normal,
            loses=loses,
            takes=takes,
            gives=gives,
        )

    return make


def _usage(parameter: inspect.Parameter) -> str:
    star = "*" if parameter.kind is inspect.Parameter.VAR_POSITIONAL else ""
    default = "" if parameter.default is inspect.Parameter.empty else f"={parameter.default!r}"
    return f"{star}{parameter.name}{default}"


def _guarded(
    name: str, function: Callable[..., Any], *, passed: tuple[type, ...] | None, bare: bool
) -> Callable[..., Any]:
    """The function with its faults as RuleErrors; ABSENT, None and the empty values of what is `passed` pass it by.

    A `bare` one takes no arguments, and is spared the tuple that others are called with.
    """
    passes, empties = passed is not None, passed or ()

    def refused(value: Any, *args: Any) -> RuleError:
        given = f" with {', '.join(map(show, args))}" if args else ""
        return RuleError(f"{name} cannot be applied to {show(value)}{given}")

    def alone(value: Any) -> Any:
        if not value and passes and (value is None or value is ABSENT or isinstance(value, empties)):
            return value
        try:
            return function(value)
        except _FAULTS as error:
            raise refused(value) from error

    def call(value: Any, *args: Any) -> Any:
        if not value and passes and (value is None or value is ABSENT or isinstance(value, empties)):
            return value
        try:
            return function(value, *args)
        except _FAULTS as error:
            raise refused(value, *args) from error

    return wraps(function)(alone if bare else call)
