"""The language as cases in YAML files: expressions, chains of transforms, and types in their forms."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from mapper.compile.chains import argued_step, transform_step
from mapper.errors import RuleError
from mapper.expr import TRANSFORMS, TYPES, ExpressionError, Form, parse_expression
from mapper.records import ABSENT, CLEAR
from tests.language.casefiles import OUTCOMES, Case, all_files, exact, given
from tests.language.mapping.reading import all_cases

LEAST = 1_500
#: By the key that tells the shape: all keys that a case may have besides `about` and its outcome.
SHAPES = {
    "expression": {"expression", "record", "names"},
    "chain": {"chain", "value"},
    "type": {"type", "form", "zone", "language", "country", "currency", "length", "read", "write", "back", "alike"}
    | {"unlike"},
}
OPTIONS = ("form", "zone", "language", "country", "currency", "length")
FILES = list(all_files())


def _cases(shape: str) -> list[Any]:
    found = [(file.name, case) for file in FILES for case in file.cases if shape in case]
    return [pytest.param(case, id=f"{name}: {case['about']}") for name, case in found]


def _outcome(run: Callable[[], Any]) -> Case:
    """What comes out, in the words of a case."""
    try:
        found = run()
    except RuleError as error:
        return {"fails": error.message}
    except ExpressionError as error:
        return {"refused": error.message, "at": f"{error.line}:{error.column}", "hint": error.hint}
    if found is ABSENT:
        return {"absent": True}
    return {"clears": True} if found is CLEAR else {"gives": exact(found)}


def _expected(case: Case, found: Case) -> Case:
    """The outcome that a case tells, as `_outcome` tells it; place and hint count where the case names them."""
    if "refused" in case:
        return {key: case.get(key, found.get(key)) for key in ("refused", "at", "hint")}
    return {key: exact(case[key]) if key == "gives" else case[key] for key in OUTCOMES if key in case}


@pytest.mark.parametrize("case", _cases("expression"))
def test_an_expression_gives_what_its_case_says(case: Case) -> None:
    found = _outcome(lambda: parse_expression(case["expression"], names=case.get("names")).call(case.get("record", {})))
    assert found == _expected(case, found)


def _steps(value: Any, chain: list[str]) -> Any:
    """The value after every step of a chain, as a cell applies them."""
    for text in chain:
        if text in TRANSFORMS:
            step = transform_step(TRANSFORMS[text], TRANSFORMS)
        else:
            step = argued_step(text, parse_expression("{{ value | " + text + " }}"), "value")
        if step.sees_missing or value not in (None, ABSENT):
            value = step.call(value)
    return value


@pytest.mark.parametrize("case", _cases("chain"))
def test_a_chain_gives_what_its_case_says(case: Case) -> None:
    found = _outcome(lambda: _steps(case.get("value", ABSENT), case["chain"]))
    assert found == _expected(case, found)


@pytest.mark.parametrize("case", _cases("chain"))
def test_a_chain_gives_the_same_as_an_expression(case: Case) -> None:
    record = {"value": case["value"]} if "value" in case else {}
    found = _outcome(lambda: parse_expression("{{ value | " + " | ".join(case["chain"]) + " }}").call(record))
    expected = _expected(case, found)
    assert found == (expected if "refused" not in found else {**expected, "at": found["at"]})


@pytest.mark.parametrize("case", _cases("type"))
def test_a_type_reads_and_writes_what_its_case_says(case: Case) -> None:
    kind = TYPES[case["type"]]
    form = Form(**{name: case[name] for name in OPTIONS if name in case})
    read, write = kind.reader(form), kind.writer(form)
    if "alike" in case:
        keys = [kind.key(read(value)) for value in case["alike"]]
        assert keys == [keys[0]] * len(keys)
    elif "unlike" in case:
        keys = [str(kind.key(read(value))) for value in case["unlike"]]
        assert len(set(keys)) == len(keys)
    elif "write" in case:
        found = _outcome(lambda: write(kind.load(case["write"])))
        assert found == _expected(case, found)
        if case.get("back"):
            assert kind.key(read(write(kind.load(case["write"])))) == kind.key(kind.load(case["write"]))
    else:
        found = _outcome(lambda: kind.dump(read(case.get("read", ABSENT))))
        assert found == _expected(case, found)
        if case.get("back"):
            assert exact(write(read(case["read"]))) == exact(case["read"])


@pytest.mark.parametrize("name", TYPES)
def test_an_absent_value_of_every_type_is_absent_when_it_is_written(name: str) -> None:
    assert TYPES[name].writer(Form())(ABSENT) is ABSENT


@pytest.mark.parametrize("file", [pytest.param(file, id=file.name) for file in FILES])
def test_every_case_of_a_file_is_of_a_known_shape(file: Any) -> None:
    assert file.feature and len(file.about) >= 40, "a file of cases explains its feature"
    repeated = [about for about, count in Counter(case["about"] for case in file.cases).items() if count > 1]
    assert not repeated, "two cases of one file claim the same"
    for case in file.cases:
        shape = next((name for name in SHAPES if name in case), "")
        outcomes = [key for key in OUTCOMES if key in case]
        assert shape, case
        assert set(case) - {"about", "at", "hint", *outcomes} <= SHAPES[shape], case
        assert len(outcomes) == (0 if "alike" in case or "unlike" in case else 1), case


def test_no_two_cases_try_the_same_thing() -> None:
    tried = Counter(given(case) for file in FILES for case in file.cases)
    assert [case for case, count in tried.items() if count > 1] == []


def test_there_are_as_many_cases_as_are_promised() -> None:
    assert sum(len(file.cases) for file in FILES) + len(all_cases()) >= LEAST


def _names(chain: list[str]) -> set[str]:
    return {text.partition("(")[0] for text in chain}


@pytest.mark.parametrize("name", TRANSFORMS)
def test_every_transform_has_cases_of_its_own_and_one_without_a_value(name: str) -> None:
    own = [case for file in FILES for case in file.cases if "chain" in case and _names(case["chain"]) == {name}]
    missing = [case for case in own if case.get("value") is None]
    assert len(own) >= 3 and missing


@pytest.mark.parametrize(("name", "form"), [(kind.name, form) for kind in TYPES.values() for form in kind.forms])
def test_every_form_of_every_type_has_cases_of_its_own(name: str, form: str) -> None:
    resolved = [
        TYPES[name].resolved(replace(Form(), form=case.get("form", ""))).form
        for file in FILES
        for case in file.cases
        if case.get("type") == name
    ]
    assert resolved.count(form) >= 3


@pytest.mark.parametrize("name", TYPES)
def test_every_type_has_a_case_of_null_and_one_of_absent(name: str) -> None:
    own = [case for file in FILES for case in file.cases if case.get("type") == name]
    assert [case for case in own if "read" in case and case["read"] is None]
    assert [case for case in own if "write" in case and case["write"] is None]
    assert [case for case in own if case.get("absent")]
