"""Expectations rewritten in their files: afterwards every case holds, and nothing else has moved."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from mapper.errors import UsageError
from mapper.sync.caserewrite import Files
from mapper.sync.suites import suites
from tests.sync.casefile import MAPPING, results, suite, written


def update(path: Path) -> list[str]:
    """Run the cases, rewrite what differs, and give what stays to be done by hand."""
    [found] = suites([str(path)], None)
    files = Files(found.results)
    for changed in files.rewrite(found.results):
        changed.write()
    [again] = suites([str(path)], None)
    return [difference.message for result in again.results for difference in result.differences]


FULL = "{name: A, kind: 2, size: 3, at: {city: B}}"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        # In braces, on one line.
        (
            f"  - {{given: {{left: {FULL}}}, expect: {{right: {{name: B, size: 3}}}}}}  # why\n",
            f"  - {{given: {{left: {FULL}}}, expect: {{right: {{name: A, size: 3, kind: 2, at: {{city: B}}}}}}}}"
            "  # why\n",
        ),
        # In lines, with comments and with other keys behind.
        (
            "  - given: {left: {name: A, size: 3}}\n"
            "    expect:\n"
            "      # the right side\n"
            "      right:\n"
            "        name: 'B'  # once B\n"
            "        kind: 1  # goes\n"
            "\n"
            "    about: A case\n"
            "lists: {}\n",
            "  - given: {left: {name: A, size: 3}}\n"
            "    expect:\n"
            "      # the right side\n"
            "      right:\n"
            "        name: 'A'  # once B\n"
            "        size: 3\n"
            "\n"
            "    about: A case\n"
            "lists: {}\n",
        ),
        # Nested tables, four blanks deep.
        (
            "  -   given: {left: {name: A, at: {city: B}}}\n"
            "      expect:\n"
            "          right:\n"
            "              name: A\n"
            "              at:\n"
            '                  city: "C"   # a town\n',
            "  -   given: {left: {name: A, at: {city: B}}}\n"
            "      expect:\n"
            "          right:\n"
            "              name: A\n"
            "              at:\n"
            '                  city: "B"   # a town\n',
        ),
        # The record in the middle beside a side.
        (
            "  - given: {left: {name: A}}\n    expect: {canonical: {name: B}, right: {name: A}}\n",
            "  - given: {left: {name: A}}\n    expect: {canonical: {name: A}, right: {name: A}}\n",
        ),
        # A problem that is told in other words, one that is new, and one that is gone.
        (
            "  - given: {left: {size: 1}}\n    expect: {error: wrong}  # why\n",
            '  - given: {left: {size: 1}}\n    expect: {error: "name: is required, and there is no value"}  # why\n',
        ),
        (
            "  - given: {left: {size: 1}}\n    expect:\n      right: {name: A}\n",
            '  - given: {left: {size: 1}}\n    expect: {error: "name: is required, and there is no value"}\n',
        ),
        (
            "  - given: {left: {name: A}}\n    expect: {error: wrong}\n",
            "  - given: {left: {name: A}}\n    expect: {right: {name: A}}\n",
        ),
        (
            "  - given: {left: {size: x}}\n    expect: {error: {name: needed}}\n",
            '  - given: {left: {size: x}}\n    expect: {error: {name: "is required, and there is no value",'
            " size: \"'x' is not a whole number\"}}\n",
        ),
        # Two cases of which one holds.
        (
            "  - {given: {left: {name: A}}, expect: {right: {name:   A}}}\n"
            "  - {given: {left: {name: B}}, expect: {right: {name:   A}}}\n",
            "  - {given: {left: {name: A}}, expect: {right: {name:   A}}}\n"
            "  - {given: {left: {name: B}}, expect: {right: {name:   B}}}\n",
        ),
    ],
)
def test_an_expectation_is_rewritten_where_it_stands(tmp_path: Path, before: str, after: str) -> None:
    path = written(tmp_path, MAPPING + "tests:\n" + before)
    assert update(path) == []
    assert path.read_text(encoding="utf-8") == MAPPING + "tests:\n" + after


THREE = MAPPING.replace("right: things}", "right: things, more: {resource: things, connection: right}}")
THREE = THREE.replace("city: {left: at.city,", "city: {left: at.city, more: {path: name, write: lower, read: lower},")


@pytest.mark.parametrize("name", ["A", "ABCDEFGHIJKLMN", "null"])
@pytest.mark.parametrize("city", ["B", "ABCDEFGHIJKLMN"])
@pytest.mark.parametrize("size", ["1", "x"])
@pytest.mark.parametrize(
    "expect",
    [
        "{}",
        "{right: {name: X}}",
        "{right: {name: X}, more: {name: X}}",
        "{right: null, more: null, canonical: {name: X}}",
        "{canonical: {name: X}}",
        "{error: wrong}",
        "{error: {name: wrong}}",
        "{error: {name: wrong}, right: {name: X}}",
        "{more: {name: X}, error: wrong}",
    ],
)
def test_after_an_update_every_case_holds_and_another_changes_nothing(
    tmp_path: Path, name: str, city: str, size: str, expect: str
) -> None:
    rows = THREE.replace("right: at.city}", "right: at.city, direction: left -> others}")
    case = f"  - given: {{left: {{name: {name}, size: {size}, at: {{city: {city}}}}}}}\n    expect: {expect}  # why\n"
    path = written(tmp_path, rows + "tests:\n" + case)
    assert update(path) == []
    after = path.read_bytes()
    assert (update(path), path.read_bytes()) == ([], after)
    assert after.endswith(b"  # why\n")


def test_windows_line_ends_and_a_byte_order_mark_stay(tmp_path: Path) -> None:
    text = MAPPING + "tests:\n  - given: {left: {name: A, size: 1}}\n    expect:\n      right:\n        name: B\n"
    path = written(tmp_path, "")
    path.write_bytes(b"\xef\xbb\xbf" + text.replace("\n", "\r\n").encode())
    assert update(path) == []
    wanted = text.replace("name: B\n", "name: A\n        size: 1\n").replace("\n", "\r\n")
    assert path.read_bytes() == b"\xef\xbb\xbf" + wanted.encode()


def test_what_holds_is_not_written(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING + "tests:\n  - {given: {left: {name: A}}, expect: {right: {name: A}}}\n")
    before = path.stat().st_ino
    update(path)
    assert path.stat().st_ino == before


def test_a_case_that_is_wrong_itself_stays_as_it_is(tmp_path: Path) -> None:
    text = MAPPING + "tests:\n  - {given: {lft: {name: A}}, expect: {right: {name: A}}}\n"
    path = written(tmp_path, text)
    assert update(path) == ["'lft' is not a side (did you mean 'left'?)"]
    assert path.read_text(encoding="utf-8") == text


def test_a_file_of_cases_is_rewritten_in_its_own_place(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING + "cases: [more.yaml]\n")
    more = tmp_path / "more.yaml"
    more.write_text("# Cases\n- given: {left: {name: A}}\n  expect: {right: {name: B}}  # why\n", encoding="utf-8")
    before = path.read_bytes()
    assert update(path) == []
    assert (
        more.read_text(encoding="utf-8") == "# Cases\n- given: {left: {name: A}}\n  expect: {right: {name: A}}  # why\n"
    )
    assert path.read_bytes() == before


def test_json_lines_keep_their_spacing_and_all_other_lines(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING + "cases: [more.jsonl]\n")
    more = tmp_path / "more.jsonl"
    fine = '{ "given" : {"left": {"name": "A"}},  "expect": {"right": {"name": "A"}} }'
    tight = '{"given":{"left":{"name":"é","size":2}},"expect":{"right":{"name":"x"}},"about":"B"}'
    more.write_text(f"{fine}\n\n{tight}\n", encoding="utf-8")
    assert update(path) == []
    new = '{"given":{"left":{"name":"é","size":2}},"expect":{"right":{"name":"é","size":2}},"about":"B"}'
    assert more.read_text(encoding="utf-8") == f"{fine}\n\n{new}\n"


def test_a_line_that_yaml_cannot_read_is_written_anew(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING + "cases: [more.jsonl]\n")
    more = tmp_path / "more.jsonl"
    more.write_text('{"given":\t{"left":\t{"name": "A"}}, "expect": {"right": {"name": "x"}}}\n', encoding="utf-8")
    assert update(path) == []
    assert json.loads(more.read_text(encoding="utf-8"))["expect"] == {"right": {"name": "A"}}


def test_a_function_is_rewritten_in_the_file_that_it_stands_in(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING + "import: [shared.yaml]\n")
    shared = tmp_path / "shared.yaml"
    text = """\
about: Shared
functions:
  shout:
    value: upper
    tests:
      - {given: a, expect: B}  # why
      - given: [b]
        error: refused
"""
    shared.write_text(text, encoding="utf-8")
    assert update(path) == []
    wanted = text.replace("expect: B", "expect: A").replace("error: refused", "expect: B")
    assert shared.read_text(encoding="utf-8") == wanted


def test_a_file_that_changed_since_the_cases_ran_is_refused(tmp_path: Path) -> None:
    text = MAPPING + "tests:\n  - {given: {left: {name: A}}, expect: {right: {name: B}}}\n"
    found = results(tmp_path, text)
    [changed] = Files(found).rewrite(found)
    path = tmp_path / "thing.yaml"
    path.write_text(text + "# one more line\n", encoding="utf-8")
    with pytest.raises(UsageError, match="has changed since it was read"):
        changed.write()
    assert path.read_text(encoding="utf-8") == text + "# one more line\n"
    assert sorted(os.listdir(tmp_path)) == ["connectors", "thing.yaml"]


def test_cases_that_changed_before_their_file_was_looked_at_are_refused(tmp_path: Path) -> None:
    text = MAPPING + "tests:\n  - {given: {left: {name: A}}, expect: {right: {name: B}}}\n"
    found = results(tmp_path, text)
    (tmp_path / "thing.yaml").write_text(text.replace("name: A}}, e", "name: C}}, e"), encoding="utf-8")
    with pytest.raises(UsageError, match="has changed since it was read"):
        Files(found).rewrite(found)


def test_the_rights_of_a_file_stay(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING + "tests:\n  - {given: {left: {name: A}}, expect: {right: {name: B}}}\n")
    path.chmod(0o640)
    update(path)
    assert path.stat().st_mode & 0o777 == 0o640


def test_a_link_to_a_file_stays_a_link(tmp_path: Path) -> None:
    path = written(tmp_path, MAPPING + "tests:\n  - {given: {left: {name: A}}, expect: {right: {name: B}}}\n")
    path.rename(tmp_path / "real.yaml")
    path.symlink_to("real.yaml")
    assert update(path) == []
    assert path.is_symlink()


def test_the_change_is_shown_as_a_diff(tmp_path: Path) -> None:
    text = MAPPING + "tests:\n  - given: {left: {name: A}}\n    expect: {right: {name: B}}\n"
    found = suite(tmp_path, text).results
    [changed] = Files(found).rewrite(found)
    assert [line for line in changed.diff() if line.startswith(("+ ", "- "))] == [
        "-    expect: {right: {name: B}}",
        "+    expect: {right: {name: A}}",
    ]
