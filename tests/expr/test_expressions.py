"""Expressions: what is allowed gives its value, what is not is refused at its place."""

from __future__ import annotations

import ast
from contextlib import suppress
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.errors import RuleError
from mapper.expr import ExpressionError, Transform, is_expression, parse_expression
from mapper.records import ABSENT

RECORD: dict[str, Any] = {
    "name": " ACME ",
    "city": "Örebro",
    "n": 3,
    "price": Decimal("12.50"),
    "zero": 0,
    "yes": True,
    "null": None,
    "blank": "",
    "address": {"zip": "75011", "odd name": 1, "street": {"no": 5}, "none": None},
    "tags": ["a", "b", "c"],
    "people": [{"name": "Ann"}, {"name": "Bo"}],
    "key": "zip",
}

VALUES = [
    ("{{ n }}", 3),
    ("{{ price }}", Decimal("12.50")),
    ("{{ address }}", RECORD["address"]),
    ("{{ missing }}", ABSENT),
    ("{{ null }}", None),
    ("\n  {{ n }}\n\n", 3),
    ("{#- a comment -#}{{ n }}", 3),
    ("{{ address.zip }}", "75011"),
    ("{{ address['odd name'] }}", 1),
    ("{{ address[key] }}", "75011"),
    ("{{ address.street.no }}", 5),
    ("{{ address.none.x }}", ABSENT),
    ("{{ address[tags] }}", ABSENT),
    ("{{ missing.a.b }}", ABSENT),
    ("{{ name.upper }}", ABSENT),
    ("{{ n.real }}", ABSENT),
    ("{{ tags.append }}", ABSENT),
    ("{{ tags[0] }}", "a"),
    ("{{ tags.1 }}", "b"),
    ("{{ tags[-1] }}", "c"),
    ("{{ tags[9] }}", ABSENT),
    ("{{ tags['0'] }}", ABSENT),
    ("{{ tags[true] }}", ABSENT),
    ("{{ city[0] }}", "Ö"),
    ("{{ people[1].name }}", "Bo"),
    ("{{ city[:3] }}", "Öre"),
    ("{{ tags[1:] }}", ["b", "c"]),
    ("{{ tags[::-1] }}", ["c", "b", "a"]),
    ("{{ missing[:2] }}", ABSENT),
    ("{{ 'text' }}", "text"),
    ("{{ 1.5 }}", 1.5),
    ("{{ none }}", None),
    ("{{ '{{' }}", "{{"),
    ("{{ [n, 'a', missing, (1, 2)] }}", [3, "a", [1, 2]]),
    ("{{ {'a': n, 'b': missing, 'c': null} }}", {"a": 3, "c": None}),
    ("{{ n == 3 }}", True),
    ("{{ n != 3 }}", False),
    ("{{ missing == none }}", False),
    ("{{ 1 < n <= 3 }}", True),
    ("{{ 3 < n < 1 }}", False),
    ("{{ n > missing }}", False),
    ("{{ null <= 3 }}", False),
    ("{{ n >= 3.0 }}", True),
    ("{{ price > 12.4 }}", True),
    ("{{ 'b' in tags }}", True),
    ("{{ 'z' not in tags }}", True),
    ("{{ 'zip' in address }}", True),
    ("{{ tags in address }}", False),
    ("{{ 'reb' in city }}", True),
    ("{{ n in city }}", False),
    ("{{ 'a' in missing }}", False),
    ("{{ null or 'x' }}", "x"),
    ("{{ missing or blank or n }}", 3),
    ("{{ n and city }}", "Örebro"),
    ("{{ not blank }}", True),
    ("{{ 'a' if n > 2 else 'b' }}", "a"),
    ("{{ 'a' if zero else 'b' }}", "b"),
    ("{{ 'a' if zero }}", ABSENT),
    ("{{ city ~ '-' ~ n ~ missing ~ null ~ yes }}", "Örebro-3true"),
    ("{{ price ~ '' }}", "12.5"),
    ("{{ n + 1 }}", 4),
    ("{{ n - 1 * 2 }}", 1),
    ("{{ n / 2 }}", Decimal("1.5")),
    ("{{ 7 // n }}", 2),
    ("{{ 7 % n }}", 1),
    ("{{ -n }}", -3),
    ("{{ -missing }}", ABSENT),
    ("{{ price * 2 }}", Decimal("25.00")),
    ("{{ price + 0.1 }}", Decimal("12.60")),
    ("{{ 0.1 + price }}", Decimal("12.60")),
    ("{{ 'a' + city }}", "aÖrebro"),
    ("{{ tags + ['d'] }}", ["a", "b", "c", "d"]),
    ("{{ n + missing }}", ABSENT),
    ("{{ null * n }}", None),
    ("{{ name | trim }}", "ACME"),
    ("{{ name | trim | lower }}", "acme"),
    ("{{ name | truncate(3, end='…') | trim }}", "A…"),
    ("{{ missing | default('x') }}", "x"),
    ("{{ missing | or(null, n) }}", 3),
    ("{{ people | map('name') | join(', ') }}", "Ann, Bo"),
    ("{{ city | replace(old='Ö', new='O') }}", "Orebro"),
    ("{{ missing is defined }}", False),
    ("{{ null is defined }}", True),
    ("{{ null is none }}", True),
    ("{{ missing is none }}", False),
    ("{{ city is string }}", True),
    ("{{ n is number }}", True),
    ("{{ yes is number }}", False),
    ("{{ missing is empty }}", True),
    ("{{ blank is empty }}", True),
    ("{{ zero is empty }}", False),
    ("{{ n is in [1, 3] }}", True),
    ("{{ n is not number }}", False),
    ("{{ 0 is defined }}", True),
    ("{{ 'a' is none }}", False),
    ("{{ none is none }}", True),
    ("{{ yes == true }}", True),
    ("{{ n == true }}", False),
    ("{{ zero == false }}", True),
    ("{{ 3 == n }}", True),
    ("{{ n != 3.0 }}", False),
    ("{{ price == 12.5 }}", True),
    ("{{ city == name }}", False),
    ("{{ city != name }}", True),
    ("{{ key == 'zip' }}", True),
    ("{{ tags == address }}", False),
    ("{{ city | truncate(end='…', length=3) }}", "Ör…"),
    ("{{ city | pad(8, side='right') }}", "Örebro  "),
    ("{{ people | map(path=it.name) }}", ["Ann", "Bo"]),
    ("{{ [n, 1, 2, 3, 4, 5, 6, 7, 8, missing] | join('') }}", "312345678"),
    ("{{ n ~ 1 ~ 2 ~ 3 ~ 4 ~ 5 ~ 6 ~ 7 ~ 8 ~ missing }}", "312345678"),
]


@pytest.mark.parametrize(("text", "value"), VALUES)
def test_an_expression_gives_its_native_value(text: str, value: Any) -> None:
    found = parse_expression(text).call(RECORD)
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("{{ city }}-{{ n }}", "Örebro-3"),
        ("a {{ missing }}{{ null }} b", "a  b"),
        ("{{ n }} ", "3 "),
        ("{{ yes }}/{{ price }}/{{ 3.0 }}", "true/12.5/3"),
        ("line\n{{ n }}\n", "line\n3"),
        ("no expression", "no expression"),
        ("", ""),
        ("{# only a comment #}", ""),
        ("a {{- n -}} b", "a3b"),
        ("a\r\n{{ n }}", "a\n3"),
        ("100 % {{ n }} $x", "100 % 3 $x"),
    ],
)
def test_text_around_an_expression_makes_text(text: str, value: str) -> None:
    assert parse_expression(text).call(RECORD) == value


@pytest.mark.parametrize(
    ("text", "reads"),
    [
        ("{{ a }}", [("a",)]),
        ("{{ a.b['c d'].e }}", [("a", "b", "c d", "e")]),
        ("{{ a[0].b }}", [("a",)]),
        ("{{ a[b.c].d }}", [("a",), ("b", "c")]),
        ("{{ a.b[1:] }}", [("a", "b")]),
        ("{{ a.b | default(c) }} {{ a.b }}", [("a", "b"), ("c",)]),
        ("{{ 'a' }}", []),
        ("{{ [a, {'x': b}] if c else d is defined }}", [("c",), ("a",), ("b",), ("d",)]),
    ],
)
def test_what_an_expression_reads_is_known(text: str, reads: list[tuple[str, ...]]) -> None:
    assert sorted(parse_expression(text).reads) == sorted(reads)


REFUSED = [
    # text, line, column, a part of the message, a part of the hint
    ("{{ nope }}", 1, 4, "there is no field 'nope' here", "known are"),
    ("{{ nmae }}", 1, 4, "there is no field 'nmae' here", "did you mean name?"),
    ("{{ name | trm }}", 1, 11, "there is no transform 'trm'", "did you mean trim?"),
    ("{{ name | truncate }}", 1, 11, "missing a required argument: 'length'; use truncate(length, end='')", ""),
    ("{{ name | trim(1) }}", 1, 11, "too many positional arguments; use trim without arguments", ""),
    ("{{ name | truncate(1, to=2) }}", 1, 11, "unexpected keyword argument 'to'", ""),
    ("{{ name | truncate(length=1, length=2) }}", 1, 11, "an argument is given twice", ""),
    ("{{ name | trim(*name) }}", 1, 11, "its arguments one by one", ""),
    ("{{ name | pick(**name) }}", 1, 11, "its arguments one by one", ""),
    ("{{ name | regex_replace('(a+)+', '') }}", 1, 25, "can take for ever", ""),
    ("{{ name | matches('(') }}", 1, 19, "is not a regular expression", ""),
    ("{{ name is even }}", 1, 12, "there is no test 'even'", "defined, none, string, number, empty, in"),
    ("{{ name is defined(1) }}", 1, 9, "wrong number of arguments", ""),
    ("{{ name is in }}", 1, 9, "wrong number of arguments", ""),
    ("{{ name() }}", 1, 4, "calls such as name() are not allowed", "write value | transform"),
    ("{{ trim(name) }}", 1, 4, "calls such as trim() are not allowed", "write value | trim"),
    ("{{ name.upper() }}", 1, 8, "calls such as upper() are not allowed", "write value | upper"),
    ("{{ name[0]() }}", 1, 8, "calls such as ...() are not allowed", ""),
    ("{{ name._x }}", 1, 9, "names that begin with an underscore (_x)", "['_x']"),
    ("{{ name . __class__ }}", 1, 11, "names that begin with an underscore (__class__)", ""),
    ("{{ name['__class__'] }}", 1, 9, "names that begin with two underscores (__class__)", ""),
    ("{{ __builtins__ }}", 1, 4, "names that begin with two underscores", ""),
    ("{{ 2 ** 9 }}", 1, 6, "** is not allowed", "numbers are bounded"),
    ("{{ name[n:] }}", 1, 9, "the bounds of a slice must be whole numbers", ""),
    ("{{ name[::0] }}", 1, 11, "a slice cannot go in steps of 0", ""),
    ("{{ name | date(0) }}", 1, 16, "0 is not a form", ""),
    ("{{ name['a':] }}", 1, 9, "the bounds of a slice must be whole numbers", ""),
    ("{{ {n: 1} }}", 1, 5, "the key of a record must be a text in quotes", ""),
    ("{% if n %}{% endif %}", 1, 1, "statements such as {% if %} are not allowed", "{{ a if condition else b }}"),
    ("a {% for x in n %}", 1, 3, "statements such as {% for %} are not allowed", "use a transform"),
    ("{%- set x = 1 %}", 1, 1, "statements such as {% set %} are not allowed", "a field of its own"),
    ("{% raw %}x{% endraw %}", 1, 1, "statements such as {% raw %} are not allowed", "{{ '{{' }}"),
    *[
        (f"{{% {word} x %}}", 1, 1, f"statements such as {{% {word} %}} are not allowed", "only {{ ... }} is allowed")
        for word in ("include", "import", "from", "macro", "call", "block", "extends", "filter", "with", "autoescape")
    ],
    ("{{ }}", 1, 4, "the expression is not finished", ""),
    ("{{ n", 1, 5, "the expression is not finished", "is a }} missing?"),
    ("{{ n +", 1, 7, "the expression is not finished", "is a }} missing?"),
    ("{{ n + }}", 1, 8, "the expression is not finished", ""),
    ("{{ n n }}", 1, 6, "unexpected 'n'", ""),
    ("{{ n) }}", 1, 5, "unexpected ')'", ""),
    ("{{ (n }}", 1, 7, "unexpected '}'", ""),
    ("{{ n & n }}", 1, 6, "unexpected char '&'", ""),
    ("{{ 'abc }}", 1, 4, "unexpected char", ""),
    ("{{ n.2x }}", 1, 7, "unexpected 'x'", ""),
    ("{# open", 1, 3, "Missing end of comment tag", ""),
    ("a\nb {{ n }}\n  {{ name |\n  trm }}", 4, 3, "there is no transform 'trm'", ""),
    ("a\r\nb {{ nope }}", 2, 6, "there is no field 'nope'", ""),
    ("{{ n }}{{ nope }}", 1, 11, "there is no field 'nope'", ""),
    ("{{ " + "(" * 31 + "n" + ")" * 31 + " }}", 1, 34, "nested more than 30 deep", ""),
    ("{{ n" + ".a" * 31 + " }}", 1, 5, "nested more than 30 deep", ""),
    ("{{ n" + " or n" * 40 + " }}", 1, 51, "nested more than 30 deep", ""),
    ("{{ " + "-" * 1900 + "1 }}", 1, 1, "nested too deeply", ""),
    ("{{ [" + "n," * 250 + "] }}", 1, 403, "more than 200 parts", ""),
    ("{{ '" + "x" * 2000 + "' }}", 1, 1, "2008 characters is too long", ""),
]


@pytest.mark.parametrize(("text", "line", "column", "message", "hint"), REFUSED)
def test_what_is_not_allowed_is_refused_at_its_place(
    text: str, line: int, column: int, message: str, hint: str
) -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression(text, names=["name", "n", "x"])
    error = caught.value
    assert message in error.message
    assert hint in error.hint
    assert (error.line, error.column) == (line, column)


def test_an_error_says_where_and_what_to_do() -> None:
    with pytest.raises(ExpressionError) as caught:
        parse_expression("{{ name | trm }}")
    assert str(caught.value) == "1:11: there is no transform 'trm' (did you mean trim?)"


# Texts that break out of other template engines. Each is refused, or finds nothing in the data.
ESCAPES = [
    "{{ ''.__class__ }}",
    "{{ ''.__class__.__mro__[1].__subclasses__() }}",
    "{{ ''['__class__'] }}",
    "{{ name.__globals__ }}",
    "{{ name | attr('__class__') }}",
    "{{ [].append }}",
    "{{ [].append(1) }}",
    "{{ {}.items }}",
    "{{ tags.__len__ }}",
    "{{ tags['__class__']['__base__'] }}",
    "{{ tags['_' ~ '_class__'] }}",
    "{{ name['for' ~ 'mat'] }}",
    "{{ cycler }}",
    "{{ cycler.__init__.__globals__.os }}",
    "{{ lipsum.__globals__ }}",
    "{{ joiner }}",
    "{{ namespace }}",
    "{{ dict(a=1) }}",
    "{{ range }}",
    "{{ range(10**9) }}",
    "{{ self }}",
    "{{ self._TemplateReference__context }}",
    "{{ loop }}",
    "{{ caller }}",
    "{{ r }}",
    "{{ _xget }}",
    "{{ _xabsent }}",
    "{{ config }}",
    "{{ request.application }}",
    "{{ '{0.__class__}'.format(1) }}",
    "{{ '%s' % name }}",
    "{{ '{0.__class__}' | format(1) }}",
    "{{ 'a' * 1000000000 }}",
    "{{ tags * 1000000000 }}",
    "{{ 9 ** 9 ** 9 }}",
    "{{ 1 if (lambda: 1) else 2 }}",
    "{{ [x for x in tags] }}",
    "{{ (x := 1) }}",
    "{{ import('os') }}",
    "{{ 'a' | pad(1000000000) }}",
    "{{ tags | map('__class__') | first }}",
    "{{ 1.__class__ }}",
    "{% set x = ''.__class__ %}",
    "{% import 'os' as os %}",
    "{% include '/etc/passwd' %}",
    "{{ name | map(attribute='__class__') }}",
    "{{ name | select('x') }}",
    "{{ name | safe }}",
    "{{ name | xmlattr }}",
    "{{ name|e }}",
    "{{ tags | sort('__class__') | join('') | length }}",
    "# {{ n }}\nimport os",
]


@pytest.mark.parametrize("text", ESCAPES)
def test_nothing_escapes(text: str) -> None:
    try:
        found = parse_expression(text).call(RECORD)
    except (ExpressionError, RuleError):
        return
    assert found in (ABSENT, None, 3, "# 3\nimport os")


#: The methods of texts that stand for transforms, of values that are texts for sure.
INLINED = {"strip", "lower", "upper", "isascii", "split", "join"}


@pytest.mark.parametrize("text", [text for text, _ in VALUES])
def test_the_python_of_an_expression_looks_up_and_calls_helpers_only(text: str) -> None:
    found = parse_expression(text)
    kept = {node.target.id for node in ast.walk(found.node) if isinstance(node, ast.NamedExpr)}
    asked = {node for call in ast.walk(found.node) if isinstance(call, ast.Call) for node in call.args}
    for node in ast.walk(found.node):
        match node:
            case ast.Name(id=name):
                assert name in ("r", "it") or name in found.constants or name in kept
            case ast.Compare(left=ast.Attribute(attr="__class__"), comparators=[ast.Name(id=name)]):
                assert found.constants[name] in (str, dict, int, bool)
            case ast.Attribute(value=ast.Name(id=name), attr=attribute):
                assert attribute == "get" or (name in kept and attribute in INLINED)
            case ast.Attribute(value=ast.NamedExpr(), attr=attribute):
                assert attribute == "__class__"
            case ast.Call(func=function):
                assert isinstance(function, (ast.Name, ast.Attribute))
            case ast.Attribute(value=ast.Constant(), attr=attribute):
                assert attribute in INLINED
            case ast.Lambda() if node in asked:
                assert [argument.arg for argument in node.args.args] == ["it"]
            case ast.Attribute() | ast.Lambda() | ast.ListComp() | ast.Subscript() | ast.JoinedStr():
                pytest.fail(f"{type(node).__name__} in {ast.unparse(found.node)}")
    assert all(name.startswith("_x") for name in found.constants)
    assert all(name.startswith("_h") for name in kept)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("{{ n + city }}", "3 + 'Örebro' cannot be calculated"),
        ("{{ yes + 1 }}", "True + 1 cannot be calculated"),
        ("{{ city * 3 }}", "cannot be calculated"),
        ("{{ n / 0 }}", "3 / 0 cannot be calculated"),
        ("{{ price % 0 }}", "cannot be calculated"),
        ("{{ n < city }}", "3 and 'Örebro' cannot be compared by <"),
        ("{{ -city }}", "'Örebro' is not a number"),
        ("{{ n[:2] }}", "neither a text nor a list"),
        ("{{ tags ~ 'x' }}", "['a', 'b', 'c'] is not a text"),
        ("{{ " + " * ".join(["9" * 400] * 4) + " }}", "too large a number"),
        ("{{ long + long }}", "longer than 250000"),
        ("{{ long ~ long }}", "250000 are allowed"),
        ("{{ city | truncate(missing) }}", "ABSENT is not a count from 0"),
    ],
)
def test_a_value_that_does_not_fit_is_a_rule_error(text: str, message: str) -> None:
    with pytest.raises(RuleError) as caught:
        parse_expression(text).call({**RECORD, "long": "x" * 130_000})
    assert message in caught.value.message


@pytest.mark.parametrize(
    ("text", "expected"),
    [("{{ a }}", True), ("x {% if %}", True), ("{# c #}", True), ("a.b", False), ("{a}", False), ("", False)],
)
def test_an_expression_is_known_by_its_braces(text: str, expected: bool) -> None:
    assert is_expression(text) is expected


def test_transforms_of_ones_own_can_be_given() -> None:
    shout = Transform("shout", lambda value: f"{value}!", "Louder.", ())
    found = parse_expression("{{ city | shout }}", transforms={"shout": shout})
    assert found.call(RECORD) == "Örebro!"


def test_the_node_stands_for_itself() -> None:
    found = parse_expression("{{ name | trim or address.zip }}")
    code = compile(ast.fix_missing_locations(ast.Expression(found.node)), "generated", "eval")
    assert eval(code, dict(found.constants), {"r": RECORD}) == "ACME"


def test_one_name_stands_for_one_object_in_every_expression() -> None:
    seen: dict[str, Any] = {}
    for text, _ in VALUES:
        for name, value in parse_expression(text).constants.items():
            assert seen.setdefault(name, value) is value


@given(st.text(st.sampled_from("{}%#[]()|.,:~+-*/<>=!'\"_ \nabx01"), max_size=40))
def test_any_text_is_an_expression_or_an_expression_error(text: str) -> None:
    try:
        found = parse_expression(text)
    except ExpressionError as error:
        lines = text.split("\n")
        assert 1 <= error.line <= len(lines)
        assert 1 <= error.column <= len(lines[error.line - 1]) + 1
        return
    with suppress(RuleError):
        found.call({})


@given(st.text(st.sampled_from("()[].,:~+-*/<>= abn01'"), max_size=25))
def test_any_inner_text_is_an_expression_or_an_expression_error(text: str) -> None:
    try:
        found = parse_expression("{{ " + text + " }}")
    except ExpressionError as error:
        assert error.message
        return
    with suppress(RuleError):
        found.call({"a": 1, "b": "x", "n": {"a": [1]}})
