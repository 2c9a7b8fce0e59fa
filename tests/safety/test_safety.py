"""Every case of the corpus is refused when compiled, or bounded when run; nothing but our errors comes out."""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Callable
from datetime import date
from decimal import Decimal
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
import yaml

from mapper.errors import RuleError, SpecError
from mapper.expr import TRANSFORMS, TYPES, ExpressionError, Form, PathError, parse_expression, parse_path, patterns
from mapper.records import ABSENT, CLEAR
from mapper.spec import csvtable, document

HERE = Path(__file__).parent
KINDS = ("expression", "path", "transform", "type", "yaml", "csv")
EXPECTATIONS = ("refused", "error", "value", "bounded")
LONGEST_SECONDS = 0.1
#: What adding up half a million numbers takes on the machine that the bound is meant for.
USUAL_SECONDS = 0.008
MOST_BYTES = 50 * 2**20
ATTEMPTS = 10

Outcome = tuple[str, Any]


class Guarded:
    """An object that has no place in a record: any look at what it has is a hole."""

    secret = "reached"

    def __getattribute__(self, name: str) -> Any:
        # isinstance and the repr of a message look at the class, which tells nothing.
        if name in ("__class__", "__repr__", "__hash__", "__eq__"):
            return object.__getattribute__(self, name)
        raise AssertionError(f"the attribute {name} of a Python object was reached")


RECORD = {
    "text": "abc",
    "number": 5,
    "flag": True,
    "none": None,
    "price": Decimal("12.50"),
    "day": date(2026, 1, 31),
    "list": [1, 2, 3],
    "people": [{"name": "Ann", "type": "work"}, {"name": "Bo", "type": "home"}],
    "record": {"a": {"b": 1}},
    "object": Guarded(),
}


def cases() -> list[Any]:
    found = []
    for path in sorted(HERE.glob("*.yaml")):
        group = yaml.safe_load(path.read_text("utf-8"))
        shared = {key: group[key] for key in ("kind", "record") if key in group}
        found += [pytest.param({**shared, **case}, id=f"{path.stem}: {case['about']}") for case in group["cases"]]
    return found


CASES = cases()


def built(value: Any) -> Any:
    """A value of a case, with what a short word stands for written out."""
    if isinstance(value, list):
        return [built(item) for item in value]
    if not isinstance(value, dict):
        return value
    match value:
        case {"repeat": piece, "times": times, **rest} if not rest:
            return built(piece) * times
        case {"joined": pieces, **rest} if not rest:
            return "".join(built(piece) for piece in pieces)
        case {"nested": kind, "times": times, **rest} if not rest:
            return _nested(kind, times)
        case {"many": item, "times": times, **rest} if not rest:
            return [built(item) if "#" not in str(item) else str(item).replace("#", str(n)) for n in range(times)]
        case {"decimal": text, **rest} if not rest:
            return Decimal(text)
        case {"float": text, **rest} if not rest:
            return float(text)
        case {"power": [base, exponent], **rest} if not rest:
            return base**exponent
        case {"surrogates": times, **rest} if not rest:
            return "\ud800" * times
    return {key: built(item) for key, item in value.items()}


def _nested(kind: str, times: int) -> Any:
    value: Any = 1
    for _ in range(times):
        value = [value] if kind == "list" else {"a": value}
    return value


def prepare(case: dict[str, Any]) -> Callable[[], Any]:
    """Compile a case; what is returned runs it."""
    text = case["text"]
    match case["kind"]:
        case "expression":
            expression = parse_expression(text)
            return lambda: expression.call(case["record"])
        case "path":
            path = parse_path(text)
            return lambda: path.get(case["record"])
        case "transform":
            found, args = TRANSFORMS[case["transform"]], case["args"]
            return lambda: found.call(text, *args)
        case "type":
            read = TYPES[case["type"]].reader(Form(form=case.get("form", "")))
            return lambda: read(text)
        case "csv":
            data = _table(text)
        case _:
            data = document.parse(text, "bomb.yaml")
    data.raise_problems()
    return lambda: data.data


def _table(text: str) -> document.Document:
    """A document whose table is the CSV file with this text."""
    with TemporaryDirectory() as folder:
        (Path(folder) / "bomb.csv").write_text(text, "utf-8", newline="")
        found = document.parse("table: bomb.csv", "bomb.yaml")
        found.path = Path(folder) / "bomb.yaml"
        csvtable.fill(found, ("table",), ["crm", "erp"])
    return found


def outcome(case: dict[str, Any]) -> Outcome:
    """What becomes of a case: refused, error or value, with what was said or given."""
    parse_path.cache_clear()
    patterns._compiled.cache_clear()
    return attempt(written_out(case))


def written_out(case: dict[str, Any]) -> dict[str, Any]:
    """A case with its values written out, over the record that all cases share."""
    shared = RECORD if case["kind"] == "expression" else {k: v for k, v in RECORD.items() if k != "object"}
    texts: dict[str, Any] = {key: built(case[key]) for key in ("text", "args") if key in case}
    return {"args": [], **case, **texts, "record": {**shared, **built(case.get("record", {}))}}


def attempt(case: dict[str, Any]) -> Outcome:
    try:
        run = prepare(case)
    except (ExpressionError, PathError, SpecError) as error:
        return "refused", str(error)
    try:
        return "value", run()
    except RuleError as error:
        return "error", error.message


def is_data(value: Any) -> bool:
    """Whether a value consists of what a record may hold."""
    pending = [value]
    while pending:
        found = pending.pop()
        if isinstance(found, (list, tuple)):
            pending += found
        elif isinstance(found, dict):
            pending += [*found, *found.values()]
        elif not (found is None or found in (ABSENT, CLEAR) or isinstance(found, (str, int, float, Decimal, date))):
            return False
    return True


def test_the_corpus_is_well_formed() -> None:
    assert len(CASES) >= 250
    faults = [
        case.id
        for case in CASES
        if case.values[0]["kind"] not in KINDS or sum(word in case.values[0] for word in EXPECTATIONS) != 1
    ]
    assert not faults
    assert len({case.id for case in CASES}) == len(CASES)


@pytest.mark.parametrize("case", CASES)
def test_a_case_comes_to_what_is_expected(case: dict[str, Any]) -> None:
    how, found = outcome(case)
    if "value" in case:
        assert (how, found) == ("value", built(case["value"]))
    elif "bounded" in case:
        assert how in ("value", "error", "refused")
    else:
        assert how == ("refused" if "refused" in case else "error")
        assert str(case.get("refused") or case["error"]) in found
    assert how != "value" or is_data(found)


@pytest.mark.parametrize("case", CASES)
def test_a_case_takes_little_time_and_memory(case: dict[str, Any]) -> None:
    ready = written_out(case)
    assert any(_seconds(ready) < LONGEST_SECONDS * _slowness() for _ in range(ATTEMPTS))
    assert _bytes(ready) < MOST_BYTES


def _slowness() -> float:
    """How many times as long as usual the machine takes at the moment for the same work; 1 at least."""
    start = time.process_time()
    sum(range(500_000))
    return max(1.0, (time.process_time() - start) / USUAL_SECONDS)


def _seconds(case: dict[str, Any]) -> float:
    parse_path.cache_clear()
    patterns._compiled.cache_clear()
    start = time.process_time()
    attempt(case)
    return time.process_time() - start


def _bytes(case: dict[str, Any]) -> int:
    tracemalloc.start()
    try:
        attempt(case)
        return tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
