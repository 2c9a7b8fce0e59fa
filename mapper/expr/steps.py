"""One step in the way of a value: a function, and Python for its common cases.

The function alone says what a step does. `fast` repeats it for values of exact classes as an expression over `v`, so
that generated code need not call anything; `tests/expr/test_inline.py` holds both together.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

Convert = Callable[[Any], Any]


@dataclass(frozen=True, slots=True)
class Step:
    """A step by the name that a person knows it by.

    Under `object`, `fast` holds what serves every value, the missing ones excepted: where it raises, the function is
    called instead.

    Unless it `sees_missing`, ABSENT, null and CLEAR pass it by; where it `clears`, null becomes CLEAR on the way.
    `fast` may name `S` (the function itself) and the objects in `names`; what it raises is of no importance, as the
    function is asked again then. `gives` is the class of all that comes out, where there is only one; with `keeps` what
    `fast` gives is of the class that it was given. `tested` says the same as `fast` under `object` in three parts: a
    test, what comes out where it holds, and the test that there is no value where it does not; of all else the function
    decides. `exact` is the dict of a step that only looks its values up, `kind` the type and form of one that reads or
    writes a type.
    """

    name: str
    call: Convert
    sees_missing: bool = False
    clears: bool = False
    fast: Mapping[type[Any], str] = field(default_factory=dict)
    names: Mapping[str, Any] = field(default_factory=dict)
    gives: type | None = None
    keeps: bool = False
    exact: Mapping[str, Any] | None = None
    kind: tuple[str, str] = ("", "")
    tested: tuple[str, str, str] | None = None

    def may_empty(self, cls: type) -> bool:
        """Whether a value of a class that has an expression here may come to nothing."""
        code = self.fast[cls]
        return "None" in code or "S(" in code
