"""What the compiler makes of an expression gives what the interpreter gives, for whatever expression and record."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Context, Decimal
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mapper.errors import RuleError
from mapper.expr import TRANSFORMS, ExpressionError, parse_expression
from mapper.records import ABSENT
from tests.language.interpreter_expressions import evaluate

TEXTS = ["", " ", "abc", "É b", "42", "-1.5", "1,5", "2026-01-31", "true", "a;b", "<p>x</p>", '{"a": [1]}', "it"]
SCALARS: st.SearchStrategy[Any] = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-3, 50),
    st.sampled_from([0.0, 1.5, -2.25, 1e300]),
    st.sampled_from([Decimal("12.50"), Decimal("-3"), Decimal("0")]),
    st.sampled_from([date(2026, 1, 31), datetime(2026, 1, 31, 12, tzinfo=UTC)]),
    st.sampled_from(TEXTS),
)
VALUES = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["a", "b", "c d"]), inner, max_size=3),
    max_leaves=8,
)
NAMES = ["a", "b", "items", "it"]
RECORDS = st.dictionaries(st.sampled_from(NAMES), VALUES, max_size=4)

ATOMS = st.one_of(
    st.sampled_from([*NAMES, "missing", "true", "none", "0", "1", "7", "1.5", "''", "'a'", "'abc'", "'1'", "[]", "{}"])
)
PLAIN = [name for name, found in TRANSFORMS.items() if found.complaint(0) is None and name not in ("now", "today")]
ONE_TEXT = [
    name for name in ("default", "or", "join", "split", "prefix", "suffix", "contains", "map") if name in TRANSFORMS
]
EACH = [name for name, found in TRANSFORMS.items() if found.each and found.complaint(1) is None]


def larger(inner: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    symbols = ["+", "-", "*", "/", "//", "%", "~", "==", "!=", "<", "<=", ">", ">=", "in", "not in", "and", "or"]
    return st.one_of(
        st.builds("({} {} {})".format, inner, st.sampled_from(symbols), inner),
        st.builds("({} < {} == {})".format, inner, inner, inner),
        st.builds("(not {})".format, inner),
        st.builds("(-{})".format, inner),
        st.builds("({} if {} else {})".format, inner, inner, inner),
        st.builds("({} if {})".format, inner, inner),
        st.builds("({} ~ {} ~ {})".format, inner, inner, inner),
        st.builds("[{}, {}]".format, inner, inner),
        st.builds("{{'a': {}, 'b': {}}}".format, inner, inner),
        st.builds("{}.{}".format, inner.filter(_is_name), st.sampled_from(["a", "b", "items", "0"])),
        st.builds("({})[{}]".format, inner, inner),
        st.builds("({})[{}:{}]".format, inner, st.integers(-3, 3), st.integers(-3, 3)),
        st.builds("({})[::{}]".format, inner, st.sampled_from([-2, -1, 1, 2])),
        st.builds("({} is {})".format, inner, st.sampled_from(["defined", "none", "string", "number", "empty"])),
        st.builds("({} is not in {})".format, inner, inner),
        st.builds("({} | {})".format, inner, st.sampled_from(PLAIN)),
        st.builds("({} | {}({}))".format, inner, st.sampled_from(ONE_TEXT), inner),
        st.builds("({} | {}({}))".format, inner, st.sampled_from(EACH or ["map"]), inner),
        st.builds("({} | catch({}))".format, inner, inner),
        st.builds("({} | replace('a', new={}))".format, inner, inner),
        st.builds("([{}, {}] | join({}))".format, inner, inner, inner),
    )


def _is_name(text: str) -> bool:
    return text.isidentifier() and text not in ("true", "none")


EXPRESSIONS = st.recursive(ATOMS, larger, max_leaves=6)
TEMPLATES = st.one_of(
    st.builds("{{{{ {} }}}}".format, EXPRESSIONS),
    st.builds("a {{{{ {} }}}}{{{{ {} }}}} b".format, EXPRESSIONS, EXPRESSIONS),
    st.builds("\n  {{{{ {} }}}}\n\n".format, EXPRESSIONS),
)


class Refused:
    """Stands for a refusal: all are equal, whatever they say."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Refused)

    def __hash__(self) -> int:
        return 0

    def __repr__(self) -> str:
        return "refused"


def compiled(text: str, record: dict[str, Any]) -> Any:
    try:
        return told(parse_expression(text).call(record))
    except RuleError:
        return Refused()


def interpreted(text: str, record: dict[str, Any]) -> Any:
    try:
        return told(evaluate(text, record))
    except RuleError:
        return Refused()


def told(value: Any) -> Any:
    """A value with its type, so that 1, 1.0 and true are told apart, and what is no number is equal to itself."""
    if isinstance(value, (list, tuple)):
        return ("list", [told(item) for item in value])
    if isinstance(value, dict):
        return ("record", [(key, told(item)) for key, item in value.items()])
    if isinstance(value, Decimal):  # 2.0 and 2 are the same decimal
        return ("Decimal", str(value.normalize(Context(prec=500)) + 0))
    return (type(value).__name__, repr(value))


@settings(max_examples=500)
@given(TEMPLATES, RECORDS)
@example("{{ items | map(it.a ~ it.b) }}", {"items": [{"a": "x"}, {"b": 1}]})
@example("{{ [a, b] | join(a) }}", {"a": None, "b": "x"})
@example("{{ 1 < missing < (a | number) }}", {"a": "x"})
@example("{{ a['b'] }}", {"a": "text"})
def test_compiled_and_interpreted_are_equal(text: str, record: dict[str, Any]) -> None:
    try:
        parse_expression(text)
    except ExpressionError:
        return
    assert compiled(text, record) == interpreted(text, record)


@pytest.mark.parametrize(
    ("text", "record", "value"),
    [
        ("{{ a + 1 }}", {"a": 2}, 3),
        ("{{ a.b[0] }}", {"a": {"b": ["x"]}}, "x"),
        ("{{ missing }}", {}, ABSENT),
        ("{{ a | trim }}!", {"a": " x "}, "x!"),
        ("{{ a | number | catch(0) }}", {"a": "x"}, 0),
        ("{{ 'a' if b }}", {}, ABSENT),
        ("{{ a and b or 'c' }}", {"a": 1}, "c"),
        ("{{ 1 < a <= 3 }}", {"a": 3}, True),
    ],
)
def test_the_interpreter_itself_gives_what_the_language_says(text: str, record: dict[str, Any], value: Any) -> None:
    assert evaluate(text, record) == value
