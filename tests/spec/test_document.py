"""YAML as people write it: nothing changes its value, everything has its place, hostile files end in one sentence."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from mapper.errors import SpecError
from mapper.spec.document import Document, nearest, parse, read


def problems_of(text: str) -> list[str]:
    """What is wrong with a text, whether it is refused at once or only noted."""
    try:
        return [str(problem) for problem in parse(text, "f.yaml").problems]
    except SpecError as error:
        return [str(problem) for problem in error.problems]


def only(path: Path) -> str:
    with pytest.raises(SpecError) as caught:
        read(path, name="f.yaml")
    [problem] = caught.value.problems
    return str(problem)


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("on", "on"),
        ("off", "off"),
        ("yes", "yes"),
        ("no", "no"),
        ("NO", "NO"),
        ("True", "True"),
        ("true", True),
        ("false", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("'null'", "null"),
        ("'true'", "true"),
        ("01234", "01234"),
        ("0", 0),
        ("-7", -7),
        ("+7", "+7"),
        ("'7'", "7"),
        ("1_000", "1_000"),
        ("0x1F", "0x1F"),
        ("0o17", "0o17"),
        ("12:30:45", "12:30:45"),
        ("1.50", Decimal("1.50")),
        ("1.", "1."),
        (".5", ".5"),
        ("1e3", "1e3"),
        (".inf", ".inf"),
        ("2024-02-30", "2024-02-30"),
        ("2024-02-29 10:00:00", "2024-02-29 10:00:00"),
        ("73282932000074", 73282932000074),
        ("732829320000741234567", "732829320000741234567"),
        ("!!str 7", "7"),
        ("!!python/name:os.system", ""),
        ("!!binary aGk=", "aGk="),
        ("=", "="),
        ("<<", "<<"),
    ],
)
def test_a_scalar_is_what_was_written(written: str, value: Any) -> None:
    found = parse(f"key: {written}", "f.yaml").data["key"]
    assert (found, type(found)) == (value, type(value))


@pytest.mark.parametrize("key", ["on", "no", "1", "01234", "1.5", "2024-01-01", "null", "true"])
def test_a_key_is_always_text(key: str) -> None:
    assert list(parse(f"{key}: x", "f.yaml").data) == [key]


PLACES = """\
sides:
  crm: accounts
list:
  - one
  - {two: 2}
quoted: "text"
block: |
  first
  second
"""


@pytest.mark.parametrize(
    ("steps", "key", "value"),
    [
        (("sides",), (1, 1), (2, 3)),
        (("sides", "crm"), (2, 3), (2, 8)),
        (("list", 0), (4, 5), (4, 5)),
        (("list", 1, "two"), (5, 6), (5, 11)),
        (("quoted",), (6, 1), (6, 10)),
        (("block",), (7, 1), (8, 3)),
        (("sides", "missing"), (1, 1), (1, 1)),
        ((), (1, 1), (1, 1)),
    ],
)
def test_every_key_and_value_has_its_place(
    steps: tuple[str | int, ...], key: tuple[int, int], value: tuple[int, int]
) -> None:
    document = parse(PLACES, "f.yaml")
    found = [(place.line, place.column) for place in (document.at(steps), document.value_at(steps))]
    assert found[0] == key
    if steps != ("sides", "missing"):
        assert found[1] == value


def test_of_a_duplicate_key_the_first_value_is_kept() -> None:
    assert parse("a: 1\nb: 2\na: {c: 3}\n", "f.yaml").data == {"a": 1, "b": 2}


def test_each_duplicate_key_is_a_problem_at_its_place() -> None:
    text = "a: {x: 1, x: 2}\nb: 1\nb: [1, {c: 1, c: 2}]\n"
    assert problems_of(text) == [
        "f.yaml:1:11: 'x' is given twice, first at line 1",
        "f.yaml:3:1: 'b' is given twice, first at line 2",
        "f.yaml:3:15: 'c' is given twice, first at line 3",
    ]


def test_what_stands_below_a_duplicate_key_does_not_move_the_first() -> None:
    document = parse("a: {x: 1}\na: {x: 2}\n", "f.yaml")
    assert document.at(("a", "x")).line == 1


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("a: &x [1]\nb: *x\n", "f.yaml:2:4: aliases (*name) are not supported here (write the value out)"),
        ("a: 1\n---\nb: 2\n", "f.yaml:2:1: holds more than one document (use one file each)"),
        ("? [a, b]\n: 1\n", "f.yaml:1:3: a key must be plain text"),
        ("[" * 100, "f.yaml:1:41: is nested more than 40 levels deep"),
        ("[" * 100_000, "f.yaml:1:41: is nested more than 40 levels deep"),
        ("".join(f"{' ' * i}a:\n" for i in range(60)), "f.yaml:41:41: is nested more than 40 levels deep"),
    ],
)
def test_a_text_that_cannot_be_read_is_one_problem(text: str, problem: str) -> None:
    assert problems_of(text) == [problem]


@pytest.mark.parametrize(
    ("text", "start"),
    [
        ("a: [1, 2\nb: 3\n", "f.yaml:2:2: is not YAML: "),
        ("a: 'open\n", "f.yaml:2:1: is not YAML: "),
        ("a: 1\n\tb: 2\n", "f.yaml:2:1: is not YAML: "),
        ("a: b: c\n", "f.yaml:1:5: is not YAML: "),
        ("a: \x00\n", "f.yaml:1:1: is not YAML: "),
    ],
)
def test_a_text_that_is_no_yaml_is_one_problem_in_the_parsers_words(text: str, start: str) -> None:
    [problem] = problems_of(text)
    assert problem.startswith(start)


def test_a_bomb_of_aliases_is_refused_at_the_first() -> None:
    bomb = "a: &a [x, x]\n" + "".join(f"{n}: &{n} [*{p}, *{p}]\n" for p, n in zip("abcdefgh", "bcdefghi", strict=True))
    assert problems_of(bomb) == ["f.yaml:2:8: aliases (*name) are not supported here (write the value out)"]


def test_a_file_that_is_not_there_is_one_problem(tmp_path: Path) -> None:
    assert only(tmp_path / "none.yaml") == "f.yaml:1:1: cannot be read: No such file or directory"


def test_a_folder_in_place_of_a_file_is_one_problem(tmp_path: Path) -> None:
    assert only(tmp_path) == "f.yaml:1:1: cannot be read: Is a directory"


def test_a_file_in_another_encoding_is_one_problem_at_its_line(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes("a: 1\nb: Énergie\n".encode("latin-1"))
    assert only(path) == "f.yaml:2:1: is not UTF-8 text (save the file as UTF-8)"


def test_a_binary_file_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(bytes(range(256)))
    assert only(path) == "f.yaml:2:1: is not UTF-8 text (save the file as UTF-8)"


def test_a_huge_file_is_one_problem(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"#" * 2_000_001)
    assert only(path) == "f.yaml:1:1: is larger than 2,000,000 bytes"


def test_a_byte_order_mark_is_no_part_of_the_first_key(tmp_path: Path) -> None:
    path = tmp_path / "f.yaml"
    path.write_bytes(b"\xef\xbb\xbfa: 1\n")
    assert read(path).data == {"a": 1}


def test_an_empty_file_holds_nothing() -> None:
    assert parse("", "f.yaml").data is None


@pytest.mark.parametrize(
    ("word", "known", "hint"),
    [
        ("nmae", ["name", "zip"], "did you mean 'name'?"),
        ("LABEL", ["Label"], "did you mean 'Label'?"),
        ("zzz", ["b", "a"], "known here: a, b"),
        ("zzz", [f"n{i:02}" for i in range(14)], "known here: " + ", ".join(f"n{i:02}" for i in range(12)) + ", …"),
        ("zzz", [], ""),
    ],
)
def test_an_unknown_word_gets_the_nearest_known_one(word: str, known: list[str], hint: str) -> None:
    assert nearest(word, known) == hint


def test_problems_that_were_noted_are_raised_together() -> None:
    document = Document("f.yaml")
    document.problem((), "two")
    document.problem((), "one")
    with pytest.raises(SpecError, match="^f.yaml:1:1: one\nf.yaml:1:1: two$"):
        document.raise_problems()


#: A value, and in it the place of each X by its line and column in the text.
SPELLED = [
    ("a: bX", (1, 2), (1, 5)),
    ("a: 'it''s X'", (1, 6), (1, 11)),
    (r'a: "\"q\" X"', (1, 5), (1, 11)),
    (r'a: "\u00e9\x41 X"', (1, 4), (1, 16)),
    (r'a: "b\tX"', (1, 3), (1, 8)),
    ('a: "b\\\n  cX"', (1, 3), (2, 4)),
    ("a: b\n  c X", (1, 5), (2, 5)),
    ("a: 'b\n\n  c X'", (2, 3), (3, 5)),
    ("a: |\n  b\n    X", (2, 3), (3, 5)),
    ("a: >-\n  b\n  c\n  X", (1, 5), (4, 3)),
    ("a: >\n  b\n\n  c X", (2, 3), (4, 5)),
    ("a:\n  - >-\n    b\n    X", (1, 3), (4, 5)),
]


@pytest.mark.parametrize(("text", "there", "here"), SPELLED, ids=[repr(case[0]) for case in SPELLED])
def test_a_place_in_a_text_is_where_its_letter_stands_in_the_file(
    text: str, there: tuple[int, int], here: tuple[int, int]
) -> None:
    document = parse(text, "f.yaml")
    steps: tuple[str | int, ...] = ("a", 0) if isinstance(document.data["a"], list) else ("a",)
    value = document.data["a"][0] if len(steps) == 2 else document.data["a"]
    assert value.splitlines()[there[0] - 1][there[1] - 1] == "X"
    place = document.within(steps, *there)
    assert (place.line, place.column) == here
    assert text.splitlines()[here[0] - 1][here[1] - 1] == "X"


def test_a_place_behind_a_text_is_behind_its_last_letter() -> None:
    place = parse("a: >-\n  b\n  c", "f.yaml").within(("a",), 1, 4)
    assert (place.line, place.column) == (3, 4)
