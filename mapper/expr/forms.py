"""What a type is: how a canonical value is read from, written to, compared and stored.

    native --reader(form)--> canonical --writer(form)--> native
                                 |--key--> what is compared and fingerprinted
                                 |--dump--> plain JSON --load--> canonical

Missing values are the same for every type: a reader keeps ABSENT and null and makes null of a blank text, unless the
form means something by it (`blank`); a writer keeps ABSENT and makes CLEAR of null.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from mapper.errors import RuleError
from mapper.expr.transform import show
from mapper.records import ABSENT, CLEAR

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Form:
    """How one side holds a value; an empty `form` is the type's default, `length` counts characters.

    `currency` is that of bare amounts.
    """

    form: str = ""
    zone: str = "UTC"
    language: str = "fr"
    country: str = "FR"
    length: int | None = None
    currency: str = "EUR"


def same(value: Any) -> Any:
    """The value itself."""
    return value


@dataclass(frozen=True)
class Type:
    """One type of canonical values; `forms` are the notations it can be held in, the default first.

    `parts` are the parts of a composite, by name, each with its type. `kinds` are the field types of vendors that it
    can stand in. With `patterns`, a form may also be a pattern with % directives. `blanks` says by form what a blank
    text means, where it does not mean null. `widths` is the longest text a form can write, as a number or, where that
    depends on the rest of the Form, as a function.
    """

    name: str
    summary: str
    forms: tuple[str, ...]
    examples: tuple[tuple[Any, Any], ...]
    make_reader: Callable[[Form], Convert] = field(repr=False)
    make_writer: Callable[[Form], Convert] = field(repr=False)
    to_key: Convert = field(default=same, repr=False)
    to_plain: Convert = field(default=same, repr=False)
    from_plain: Convert = field(default=same, repr=False)
    kinds: frozenset[str] = frozenset({"text", "any"})
    parts: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    patterns: bool = False
    blanks: Mapping[str, Any] = field(default_factory=dict, repr=False, compare=False)
    widths: Mapping[str, int | Callable[[Form], int | None]] = field(default_factory=dict, repr=False, compare=False)

    def reader(self, form: Form) -> Convert:
        """A function from native to canonical, which raises RuleError; ValueError for a form that is unknown."""
        resolved = self.resolved(form)
        read, blank = self.make_reader(resolved), self.blanks.get(resolved.form)

        def run(value: Any) -> Any:
            if value is None or value is ABSENT or value is CLEAR:
                return None if value is CLEAR else value
            if isinstance(value, str) and (not value or value.isspace()):
                return blank
            return read(value)

        return run

    def writer(self, form: Form) -> Convert:
        """A function from canonical to native, which raises RuleError; ValueError for a form that is unknown."""
        write = self.make_writer(self.resolved(form))
        length = form.length

        def run(value: Any) -> Any:
            if value is None:
                return CLEAR
            if value is ABSENT or value is CLEAR:
                return value
            return write(value)

        def run_checked(value: Any) -> Any:
            found = run(value)
            if isinstance(found, str) and length is not None and len(found) > length:
                raise RuleError(f"{show(found)} has {len(found)} characters, {length} are allowed")
            return found

        return run if length is None else run_checked

    def key(self, value: Any) -> Any:
        """What is compared and fingerprinted: a JSON value; ABSENT and null stay."""
        return value if value is None or value is ABSENT else self.to_key(value)

    def dump(self, value: Any) -> Any:
        """The canonical value as plain JSON; ABSENT and null stay."""
        return value if value is None or value is ABSENT else self.to_plain(value)

    def load(self, value: Any) -> Any:
        """The canonical value that was dumped; ABSENT and null stay."""
        return value if value is None or value is ABSENT else self.from_plain(value)

    def blank(self, form: Form) -> Any:
        """What a blank text is read as: null, unless the form means something by it."""
        return self.blanks.get(self.resolved(form).form)

    def longest(self, form: Form) -> int | None:
        """The most characters of a text that this form writes; None for no text, or one of any length."""
        resolved = self.resolved(form)
        width = self.widths.get("%" if self.patterns and "%" in resolved.form else resolved.form)
        return width(resolved) if callable(width) else width

    def resolved(self, form: Form) -> Form:
        """The form with the type's default for an empty one; ValueError for one that the type does not have."""
        if not form.form:
            return replace(form, form=self.forms[0])
        if form.form not in self.forms and not (self.patterns and "%" in form.form):
            near = get_close_matches(form.form, self.forms, 1)
            tail = f"did you mean {near[0]}?" if near else f"known are {', '.join(filter(None, self.forms)) or 'none'}"
            raise ValueError(f"the type {self.name} has no form {form.form!r}; {tail}")
        return form
