"""Chains of steps: transforms by name, types in their forms, and what a vendor's field demands of a text or number."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any

from mapper.compile.choices import Spellings, each_item
from mapper.compile.sides import Native
from mapper.errors import RuleError
from mapper.expr import inline
from mapper.expr.expressions import Expression
from mapper.expr.forms import Form, Type
from mapper.expr.steps import Convert, Step
from mapper.expr.transform import PASSED, Transform
from mapper.records import ABSENT, CLEAR
from mapper.spec.connector import Field

NO_FIELD = Field(type="any")


def transform_step(found: Transform, catalogue: Mapping[str, Transform]) -> Step:
    """A transform without arguments."""
    fast = inline.TRANSFORMS.get(found.name, {}) if catalogue.get(found.name) is found else {}
    return Step(
        found.name, found.call, sees_missing=found.on_missing != PASSED, fast=fast, names=inline.NAMES, keeps=True
    )


def argued_step(text: str, found: Expression, name: str) -> Step:
    """A transform with arguments, compiled as an expression over one name."""
    call = found.call
    if found.applied is None:
        return Step(text, lambda value: call({name: value}), sees_missing=True)
    transform, args = found.applied
    fast = inline.argued(transform.name, args)
    names = inline.NAMES | {f"A{number}": value for number, value in enumerate(args)}
    function = transform.call
    return Step(
        text,
        lambda value: function(value, *args),
        sees_missing=transform.on_missing != PASSED,
        fast=fast,
        names=names,
        keeps=True,
    )


def after_type(step: Step) -> Step:
    """A transform behind the writer of a type, which has made CLEAR of null already."""
    call = step.call

    def run(value: Any) -> Any:
        return value if value is CLEAR or value is ABSENT else call(value)

    return replace(step, call=run, sees_missing=False)


def type_steps(kind: Type, forms: tuple[str, ...], options: Callable[[str], Form]) -> tuple[Step, Step]:
    """Reader and writer of a type: all forms are read, in their order, the first one is written.

    Raises ValueError for a form that the type does not have.
    """
    made = [options(form) for form in forms or ("",)]
    readers = [kind.reader(form) for form in made]
    first = made[0].form or kind.forms[0]
    names = inline.names_for(made[0])
    title = f"{kind.name} ({first})" if first else kind.name
    gives = inline.CANONICAL.get(kind.name)
    read = readers[0] if len(readers) == 1 else partial(_first_that_reads, readers)
    return (
        Step(
            title,
            read,
            fast=inline.reading(kind.name, first),
            names=names,
            gives=gives,
            kind=(kind.name, first),
            tested=inline.READ_TESTED.get((kind.name, first)),
        ),
        Step(
            title,
            kind.writer(made[0]),
            clears=True,
            fast=inline.writing(kind.name, first),
            names=names,
            gives=inline.written(kind.name, first),
            kind=(kind.name, first),
        ),
    )


def bridge(read: Step, write: Step) -> Step | None:
    """Reading and writing in one step, where that is more direct; of no use to whom the canonical value matters."""

    both = _both(read.call, write.call)
    if read.exact is not None and write.exact is not None:
        direct = {word: write.exact[canonical] for word, canonical in read.exact.items() if canonical in write.exact}
        place = "ITEMS" if "ITEM" in read.names else "TABLE"
        tables = (*read.names[place].tables, *write.names[place].tables)
        if "ITEM" in read.names:
            item = _both(read.names["ITEM"], write.names["ITEM"])
            names = {**each_item(direct, item, learns=True, tables=tables), "ONCE": dict.fromkeys}
            return replace(read, call=both, names=names, exact=direct, gives=write.gives)
        names = {"TABLE": Spellings(direct, both, tables=tables)}
        return replace(read, call=both, names=names, exact=direct, gives=write.gives)
    fast = inline.BRIDGES.get((read.kind, write.kind))
    if fast is None:
        return None
    tested = inline.TESTED.get((read.kind, write.kind))
    return Step(read.name, both, fast=fast, names={**write.names, **inline.NAMES}, gives=write.gives, tested=tested)


def shortened(steps: Sequence[Step]) -> tuple[Step, ...]:
    """The same steps, with those in one that generated code can do at once: another case, and reading as a text."""
    found = list(steps)
    for number in range(len(found) - 1):
        case, text = found[number : number + 2]
        if case.fast is inline.TRANSFORMS.get(case.name) and text.fast is inline.TIDY and case.name in inline.CASED:
            found[number : number + 2] = [_cased(case, text)]
            break
    return tuple(found)


def _cased(case: Step, text: Step) -> Step:
    test, value, nothing = inline.CASED[case.name]
    return Step(
        text.name,
        lambda value: text.call(case.call(value)),
        fast={object: f"(({value}) if {test} else None)"},
        names={**inline.NAMES, "CASE": case.call},
        gives=str,
        tested=(test, value, nothing),
    )


def _both(read: Convert, write: Convert) -> Convert:
    def both(value: Any) -> Any:
        found = write(read(value))
        return None if found is CLEAR or found is ABSENT else found

    return both


def _first_that_reads(readers: list[Convert], value: Any) -> Any:
    """What the first reader gives that accepts the value; the words of the first if none does."""
    refused: RuleError | None = None
    for read in readers:
        try:
            return read(value)
        except RuleError as error:
            refused = refused or error
    assert refused is not None
    raise refused


def guard_step(native: Native | None, form: str) -> Step:
    """The last step of a write: the type and length that the vendor's field demands."""
    spec = native.field if native else NO_FIELD
    numeric = spec.type == "number" and form != "text"
    length = spec.length

    def guard(value: Any) -> Any:
        if value is ABSENT or value is CLEAR:
            return value
        if value is None:
            return CLEAR
        if numeric and isinstance(value, str):
            if not (value.isascii() and value.removeprefix("-").isdecimal()):
                raise RuleError(f"{value!r} is not a whole number, which the field holds")
            return int(value)
        if spec.type == "text" and not isinstance(value, str | list | dict):
            value = str(value)
        if length is not None and isinstance(value, str) and size_of(value, spec) > length:
            raise RuleError(f"the text has {size_of(value, spec)} {spec.unit}, the field holds {length}")
        return value

    fast: dict[type[Any], str] = {str: "v"} if length is None else {str: "(v if len(v) <= LENGTH else S(v))"}
    if spec.unit == "bytes" and length is not None:
        fast = {str: "(v if len(v) <= LENGTH and v.isascii() else S(v))"}
    if numeric:
        fast = {int: "v"}
    return Step("field", guard, clears=True, fast=fast, names={"LENGTH": length}, keeps=True)


def is_guarded(native: Native | None, form: str) -> bool:
    """Whether the vendor's field demands anything of what is written."""
    spec = native.field if native else NO_FIELD
    return spec.length is not None or spec.type == "text" or (spec.type == "number" and form != "text")


def after(first: Step, second: Step) -> Step:
    """Two steps as one."""
    return Step(first.name, lambda value: second.call(first.call(value)), clears=True)


def fit_step(spec: Field) -> Step:
    """Cuts a text to what the vendor's field holds."""
    length = spec.length or 0

    def fit(value: Any) -> Any:
        if not isinstance(value, str) or size_of(value, spec) <= length:
            return value
        if spec.unit == "bytes":
            return value.encode()[:length].decode(errors="ignore").rstrip()
        return value[:length].rstrip()

    return Step("fit", fit)


def size_of(text: str, spec: Field) -> int:
    """How long a text is, in the unit of the field's limit."""
    return len(text.encode(errors="surrogatepass")) if spec.unit == "bytes" else len(text)
