"""What a type is: how a canonical value is read from, written to, compared and stored.

    native --reader(form)--> canonical --writer(form)--> native
                                 |--key--> what is compared and fingerprinted
                                 |--dump--> plain JSON --load--> canonical

Missing values are the same for every type: a reader keeps ABSENT and null and makes null of a blank text; a writer
keeps ABSENT and makes CLEAR of null.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from difflib import get_close_matches
from typing import Any

from mapper.errors import RuleError
from mapper.expr.transform import show
from mapper.records import ABSENT, CLEAR

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Form:
    """How one side holds a value; an empty `form` is the type's default, `length` counts characters."""

    form: str = ""
    zone: str = "UTC"
    language: str = "fr"
    country: str = "FR"
    length: int | None = None


def same(value: Any) -> Any:
    """The value itself."""
    return value


@dataclass(frozen=True)
class Type:
    """One type of canonical values; `forms` are the notations it can be held in, the default first."""

    name: str
    summary: str
    forms: tuple[str, ...]
    examples: tuple[tuple[Any, Any], ...]
    make_reader: Callable[[Form], Convert] = field(repr=False)
    make_writer: Callable[[Form], Convert] = field(repr=False)
    to_key: Convert = field(default=same, repr=False)
    to_plain: Convert = field(default=same, repr=False)
    from_plain: Convert = field(default=same, repr=False)

    def reader(self, form: Form) -> Convert:
        """A function from native to canonical, which raises RuleError; ValueError for a form that is unknown."""
        read = self.make_reader(self._resolved(form))

        def run(value: Any) -> Any:
            if value is None or value is ABSENT or value is CLEAR:
                return None if value is CLEAR else value
            if isinstance(value, str) and (not value or value.isspace()):
                return None
            return read(value)

        return run

    def writer(self, form: Form) -> Convert:
        """A function from canonical to native, which raises RuleError; ValueError for a form that is unknown."""
        write = self.make_writer(self._resolved(form))
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

    def _resolved(self, form: Form) -> Form:
        if not form.form:
            return replace(form, form=self.forms[0])
        if form.form not in self.forms:
            near = get_close_matches(form.form, self.forms, 1)
            tail = f"did you mean {near[0]}?" if near else f"known are {', '.join(filter(None, self.forms)) or 'none'}"
            raise ValueError(f"the type {self.name} has no form {form.form!r}; {tail}")
        return form
