"""What the generated functions do with every kind of value, missing ones included."""

from __future__ import annotations

from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any

import pytest

from mapper.compile import CompiledMapping, StopRun
from mapper.records import ABSENT, CLEAR, Record
from tests.compile.build import HEAD, compiled, rows


def one(row: str, *, more: str = "") -> CompiledMapping:
    """A mapping of one row `v`."""
    return rows(f"  v: {{{row}}}\n{more}")


def read(mapping: CompiledMapping, native: Record, side: str = "a") -> Any:
    """The canonical value of `v`, or what does not fit."""
    canonical, problems = mapping.sides[side].read(native)
    return problems[0].message if problems else canonical.get("v", ABSENT)


def write(mapping: CompiledMapping, value: Any, *, create: bool = False, side: str = "b") -> Record | str:
    """What is written for a value of `v`, or what does not fit."""
    canonical = {} if value is ABSENT else {"v": value}
    native, problems = mapping.sides[side].write(canonical, None, create)
    return problems[0].message if problems else native


TABLE = "values: {x: {a: Client, b: Client}, y: {a: Prospect, b: Prospect}}"
#: type and path: (native, canonical, written)
TYPES: dict[str, tuple[str, str, Any, Any, Any]] = {
    "text": ("type: text", "name", " ACME ", "ACME", "ACME"),
    "number": ("type: number", "count", "42", 42, 42),
    "number as a text": ("type: number", "count_text", "42", 42, "42"),
    "decimal": ("type: decimal", "price", 12.5, Decimal("12.5"), 12.5),
    "decimal with a comma": ("type: decimal", "price_text", "1 234,50", Decimal("1234.50"), "1234,5"),
    "flag": ("type: flag", "active", 1, True, 1),
    "flag that is off": ("type: flag", "active", 0, False, 0),
    "date": ("type: date", "born", "2026-01-31", date(2026, 1, 31), "2026-01-31"),
    "date by day": ("type: date", "born_dmy", "31/01/2026", date(2026, 1, 31), "31/01/2026"),
    "moment by the wall": (
        "type: datetime", "seen", "2026-07-01 14:00:00", datetime(2026, 7, 1, 12, tzinfo=UTC), "2026-07-01 14:00:00",
    ),
    "moment in seconds": (
        "type: datetime", "seen_epoch", 1782907200, datetime(2026, 7, 1, 12, tzinfo=UTC), 1782907200,
    ),
    "email": ("type: email", "alias", "Anna@ACME.fr", "Anna@acme.fr", "Anna@acme.fr"),
    "phone": ("type: phone", "alias", "01 42 68 53 00", "+33142685300", "+33142685300"),
    "country": ("type: country", "alias", "Suède", "SE", "SE"),
    "language": ("type: language", "alias", "franska", "fr", "fr"),
    "currency": ("type: currency", "alias", "eur", "EUR", "EUR"),
    "siret": ("type: siret", "alias", "732 829 320 00074", "73282932000074", "73282932000074"),
    "siren": ("type: siren", "alias", "732 829 320", "732829320", "732829320"),
    "vat": ("type: vat", "alias", "FR 40 303 265 045", "FR40303265045", "FR40303265045"),
    "url": ("type: url", "alias", "ACME.fr/", "https://acme.fr", "https://acme.fr"),
    "choice by table": (f"type: choice, {TABLE}", "stage", 2, "x", 2),
    "choice by label": ("type: choice, values: by label", "stage", 2, "Client", 2),
    "choice as it is": ("type: choice", "stage_free", "PRO", "PRO", "PRO"),
    "set": ("type: set, values: by label", "marks", [1, 2], ["Prospect", "Client"], [1, 2]),
    "reference": ("type: ref, entity: thing", "parent", 17, "17", 17),
    "reference to a code": ("type: ref, entity: thing", "owner", "017", "017", "017"),
    "inside an object": ("type: text", "address.zip", "01234", "01234", "01234"),
    "deep inside": ("type: decimal", "address.geo.lat", 48.5, Decimal("48.5"), 48.5),
    "read and written in different places": ("type: number", "kind", 3, 3, 3),
    "custom field": ("type: number", "more.size", "7", 7, 7),
}  # fmt: skip


def nested(path: str, value: Any, *, writing: bool = False) -> Record:
    """A record that holds one value at a path of the made-up vendor."""
    place = {"kind": "kindid" if writing else "kind.id"}.get(path, path)
    record: Record = {}
    inner = record
    *above, last = place.split(".")
    for part in above:
        inner = inner.setdefault(part, {})
    inner[last] = value
    return record


def of(kind: str) -> tuple[CompiledMapping, str]:
    row, path, *_ = TYPES[kind]
    return one(f"{row}, a: {path}, b: {path}"), path


@pytest.mark.parametrize("kind", TYPES)
def test_a_value_is_read(kind: str) -> None:
    mapping, path = of(kind)
    assert read(mapping, nested(path, TYPES[kind][2])) == TYPES[kind][3]


@pytest.mark.parametrize("kind", TYPES)
def test_a_value_is_written(kind: str) -> None:
    mapping, path = of(kind)
    assert write(mapping, TYPES[kind][3]) == nested(path, TYPES[kind][4], writing=True)


@pytest.mark.parametrize("kind", TYPES)
def test_a_value_that_is_absent_stays_absent(kind: str) -> None:
    mapping, _ = of(kind)
    assert (read(mapping, {}), write(mapping, ABSENT)) == (ABSENT, {})


@pytest.mark.parametrize("kind", TYPES)
def test_null_is_read_as_no_value(kind: str) -> None:
    mapping, path = of(kind)
    assert read(mapping, nested(path, None)) == ([] if kind == "set" else None)


@pytest.mark.parametrize("kind", TYPES)
@pytest.mark.parametrize("blank", ["", "  "])
def test_a_blank_text_is_read_as_no_value(kind: str, blank: str) -> None:
    mapping, path = of(kind)
    assert read(mapping, nested(path, blank)) == ([] if kind == "set" else None)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "set"])
def test_no_value_empties_the_field(kind: str) -> None:
    mapping, path = of(kind)
    assert write(mapping, None) == nested(path, CLEAR, writing=True)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "set"])
def test_no_value_is_not_sent_with_a_new_record(kind: str) -> None:
    mapping, _ = of(kind)
    assert write(mapping, None, create=True) == {}


@pytest.mark.parametrize("kind", TYPES)
def test_a_value_is_kept_in_the_state_as_it_is(kind: str) -> None:
    mapping, _ = of(kind)
    canonical = {"v": TYPES[kind][3]}
    assert mapping.load(mapping.dump(canonical)) == canonical


@pytest.mark.parametrize("kind", TYPES)
def test_what_was_written_reads_back_as_what_was_meant(kind: str) -> None:
    mapping, _ = of(kind)
    canonical = {"v": TYPES[kind][3]}
    native = mapping.sides["b"].write(canonical, None, True)[0]
    settled = mapping.sides["b"].settle(native, canonical, {"v"}, create=True)
    assert mapping.base(settled) == mapping.base(canonical)


@pytest.mark.parametrize("kind", [kind for kind in TYPES if kind != "set"])
def test_no_value_and_some_value_have_different_fingerprints(kind: str) -> None:
    mapping, _ = of(kind)
    assert not mapping.same("v", mapping.fingerprint_of("v", TYPES[kind][3]), mapping.fingerprint_of("v", None))


@pytest.mark.parametrize("kind", TYPES)
def test_a_fingerprint_is_the_same_beside_a_value_that_its_type_would_not_give(kind: str) -> None:
    row, path, _, value, _ = TYPES[kind]
    mapping = one(f"{row}, a: {path}, b: {path}", more="  other: {type: choice, a: stage_free}\n")
    alone, beside = mapping.base({"v": value}), mapping.base({"v": value, "other": 5})
    assert alone["v"] == beside["v"]


# Objects


@pytest.mark.parametrize(
    ("native", "value"),
    [
        ({}, ABSENT),
        ({"address": None}, None),
        ({"address": {}}, ABSENT),
        ({"address": {"zip": None}}, None),
        ({"address": {"zip": ""}}, None),
        ({"address": "a text"}, ABSENT),
        ({"address": []}, ABSENT),
    ],
)
def test_an_object_that_is_null_holds_nulls_and_one_that_is_absent_nothing(native: Record, value: Any) -> None:
    assert read(one("a: address.zip, b: address.zip"), native) == value


@pytest.mark.parametrize(
    ("native", "value"),
    [({"address": None}, None), ({"address": {"geo": None}}, None), ({"address": {}}, ABSENT)],
)
def test_the_same_holds_for_an_object_inside_an_object(native: Record, value: Any) -> None:
    assert read(one("type: decimal, a: address.geo.lat, b: address.geo.lat"), native) == value


def test_fields_of_one_object_are_written_together() -> None:
    mapping = rows("  v: {a: address.zip, b: address.zip}\n  w: {a: address.street, b: address.street}\n")
    written = mapping.sides["b"].write({"v": "1", "w": "2"}, None, True)[0]
    assert written == {"address": {"zip": "1", "street": "2"}}


# Changed fields


def test_only_fields_that_changed_are_written() -> None:
    mapping = rows("  v: {a: name, b: name}\n  w: {a: alias, b: alias}\n")
    assert mapping.sides["b"].write({"v": "1", "w": "2"}, frozenset({"w"}), False)[0] == {"alias": "2"}


def test_an_expression_is_written_when_any_field_that_it_reads_changed() -> None:
    mapping = rows("  v: {a: name, b: {path: name, write: '{{ v }} {{ w }}'}}\n  w: {a: alias}\n")
    assert mapping.sides["b"].write({"v": "1", "w": "2"}, frozenset({"w"}), False)[0] == {"name": "1 2"}


def test_a_read_expression_sees_the_native_record() -> None:
    mapping = one("a: {read: '{{ name }} / {{ address.zip }}'}, b: name")
    assert read(mapping, {"name": "A", "address": {"zip": "1"}}) == "A / 1"


def test_a_chain_is_carried_out_in_its_order() -> None:
    mapping = one("a: {path: name, read: [trim, upper]}, b: {path: name, write: [lower, truncate(3)]}")
    assert (read(mapping, {"name": " ab "}), len(str(write(mapping, "ABCDEF")["name"]))) == ("AB", 3)


# Default, required, when


@pytest.mark.parametrize("native", [{}, {"name": None}, {"name": " "}])
def test_a_rows_default_stands_in_for_a_missing_value(native: Record) -> None:
    assert read(one("default: none given, a: name, b: name"), native) == "none given"


@pytest.mark.parametrize("native", [{}, {"name": None}, {"name": " "}])
def test_a_missing_value_of_a_required_row_is_a_problem(native: Record) -> None:
    assert read(one("required: true, a: name, b: name"), native) == "is required, and there is no value"


def test_a_default_satisfies_a_required_row() -> None:
    assert read(one("required: true, default: x, a: name, b: name"), {}) == "x"


@pytest.mark.parametrize("value", [ABSENT, None])
def test_a_cells_default_is_written_with_new_records_only(value: Any) -> None:
    mapping = one("a: name, b: {path: name, default: none}")
    assert (write(mapping, value, create=True), write(mapping, ABSENT)) == ({"name": "none"}, {})


@pytest.mark.parametrize("when", ["{{ w == 1 }}", "w == 1"])
def test_a_cell_is_written_only_if_its_condition_holds(when: str) -> None:
    mapping = rows(f"  v: {{a: name, b: {{path: name, when: '{when}'}}}}\n  w: {{type: number, a: count}}\n")
    written = [mapping.sides["b"].write({"v": "x", "w": number}, None, False)[0] for number in (1, 2)]
    assert written == [{"name": "x"}, {}]


def test_a_rows_condition_holds_for_each_of_its_cells() -> None:
    mapping = rows("  v: {when: w == 1, a: name, b: {path: name, when: v != 'y'}}\n  w: {type: number, a: count}\n")
    given = ({"v": "x", "w": 1}, {"v": "y", "w": 1}, {"v": "x", "w": 2})
    assert [mapping.sides["b"].write(c, None, False)[0] for c in given] == [{"name": "x"}, {}, {}]


def test_a_condition_on_a_missing_field_does_not_hold() -> None:
    mapping = rows("  v: {a: name, b: {path: name, when: w}}\n  w: {a: alias}\n")
    assert mapping.sides["b"].write({"v": "x"}, None, False) == ({}, [])


# Values that do not fit

BAD = {"alias": "not an address"}


@pytest.mark.parametrize(
    ("otherwise", "value"),
    [
        ("quarantine", "'not an address' is not an e-mail address"),
        ("skip", ABSENT),
        ("null", None),
    ],
)
def test_a_value_that_does_not_fit_goes_the_way_that_its_row_says(otherwise: str, value: Any) -> None:
    found = read(one(f"type: email, otherwise: {otherwise}, a: alias, b: alias"), BAD)
    assert found == value or (otherwise == "quarantine" and "not an address" in str(found))


def test_a_mappings_otherwise_holds_for_rows_that_do_not_say() -> None:
    mapping = compiled(HEAD + "otherwise: skip\nfields:\n  v: {type: email, a: alias, b: alias}\n")
    assert read(mapping, BAD) is ABSENT


def test_a_value_that_must_stop_the_run_does() -> None:
    with pytest.raises(StopRun, match="not an address") as caught:
        read(one("type: email, otherwise: error, a: alias, b: alias"), BAD)
    assert (caught.value.field, caught.value.position.line) == ("v", 5)


def test_all_problems_of_a_record_are_found_with_their_fields_and_lines() -> None:
    mapping = rows("  v: {type: email, a: alias, b: alias}\n  w: {type: number, a: count, b: count}\n")
    problems = mapping.sides["a"].read({"alias": "x", "count": "y"})[1]
    assert [(p.field, p.position.line) for p in problems] == [("v", 5), ("w", 6)]


def test_a_skipped_value_is_not_known_and_therefore_not_cleared() -> None:
    mapping = one("type: email, otherwise: skip, a: alias, b: alias")
    canonical = mapping.sides["a"].read(BAD)[0]
    assert mapping.sides["b"].write(canonical, None, False)[0] == {}


@pytest.mark.parametrize(("value", "words"), [("x" * 13, "13 characters"), ("é" * 13, "13 characters")])
def test_a_text_that_is_too_long_for_the_field_is_a_problem(value: str, words: str) -> None:
    assert words in str(write(one("a: name, b: name"), value))


def test_the_length_counts_characters() -> None:
    assert write(one("a: name, b: name"), "é" * 12) == {"name": "é" * 12}


def test_what_an_expression_gives_must_fit_the_field_as_well() -> None:
    mapping = one("a: name, b: {path: name, write: '{{ v }}{{ v }}'}")
    assert "14 characters" in str(write(mapping, "seven77"))


# Policies


@pytest.mark.parametrize(
    ("policy", "update", "clear"),
    [
        ("always", {"name": "x"}, {"name": CLEAR}),
        ("if empty", {"name": "x"}, {"name": CLEAR}),
        ("on create", {}, {}),
        ("never clear", {"name": "x"}, {}),
    ],
)
@pytest.mark.parametrize("where", ["row", "cell", "mapping"])
def test_a_policy_says_when_a_cell_is_written(policy: str, update: Record, clear: Record, where: str) -> None:
    texts = {
        "row": f"fields:\n  v: {{policy: {policy}, a: name, b: name}}\n",
        "cell": f"fields:\n  v: {{a: name, b: {{path: name, policy: {policy}}}}}\n",
        "mapping": f"policy: {policy}\nfields:\n  v: {{a: name, b: name}}\n",
    }
    mapping = compiled(HEAD + texts[where])
    assert (write(mapping, "x", create=True), write(mapping, "x"), write(mapping, None)) == (
        {"name": "x"},
        update,
        clear,
    )


def test_the_cells_policy_is_stronger_than_the_rows_and_the_rows_than_the_mappings() -> None:
    text = "policy: on create\nfields:\n  v: {policy: never clear, a: alias, b: {path: alias, policy: always}}\n"
    mapping = compiled(HEAD + text)
    assert (write(mapping, None), write(mapping, None, side="a")) == ({"alias": CLEAR}, {})


def test_a_field_that_can_be_written_once_is_written_with_new_records_only() -> None:
    mapping = one("a: serial, b: serial")
    assert (write(mapping, "x", create=True), write(mapping, "x")) == ({"serial": "x"}, {})


@pytest.mark.parametrize(("value", "create"), [(None, True), (ABSENT, True), (None, False)])
def test_a_field_that_the_vendor_requires_is_never_left_without_a_value(value: Any, create: bool) -> None:
    sides = "sides: {a: {resource: things}, b: {resource: others}}"
    mapping = compiled(f"entity: t\nabout: T.\n{sides}\nfields:\n  v: {{a: name, b: title}}\n")
    assert "required there" in str(write(mapping, value, create=create))


# Choices


@pytest.mark.parametrize("value", [2, "2", "Client", "client", " CLIENT "])
def test_a_table_takes_an_id_in_any_form(value: Any) -> None:
    mapping = one("type: choice, values: {x: {a: 2, b: Client}}, a: stage, b: stage")
    found = read(mapping, {"stage": value})
    assert found == "x" if str(value) == "2" else "not in the row's table" in str(found)


@pytest.mark.parametrize("native", ["Client", "client", "CLIENT", 2, "2"])
def test_a_table_names_values_by_label_or_id(native: Any) -> None:
    mapping = one(f"type: choice, values: {{x: {{a: {native}, b: {native}}}}}, a: stage, b: stage")
    assert (read(mapping, {"stage": 2}), write(mapping, "x")) == ("x", {"stage": 2})


def test_accents_case_and_doubled_blanks_make_no_difference_in_labels() -> None:
    mapping = one("type: choice, values: by label, a: stage_free, b: stage")
    assert write(mapping, read(mapping, {"stage_free": "energie VERTE"})) == {"stage": 3}


def test_the_first_of_several_native_values_is_written_and_all_are_read() -> None:
    mapping = one("type: choice, values: {x: {a: [Client, Prospect], b: [Client, Prospect]}}, a: stage, b: stage")
    assert ([read(mapping, {"stage": n}) for n in (1, 2)], write(mapping, "x")) == (["x", "x"], {"stage": 2})


@pytest.mark.parametrize("values", [TABLE, "values: by label"])
@pytest.mark.parametrize("nothing", [0, "0", None, ""])
def test_zero_stands_for_nothing_where_the_list_has_no_such_id(values: str, nothing: Any) -> None:
    assert read(one(f"type: choice, {values}, a: stage, b: stage"), {"stage": nothing}) is None


@pytest.mark.parametrize("values", [TABLE, "values: by label"])
def test_a_value_that_is_in_no_list_is_a_problem(values: str) -> None:
    assert "99" in str(read(one(f"type: choice, {values}, a: stage, b: stage"), {"stage": 99}))


@pytest.mark.parametrize("values", [TABLE, "values: by label"])
def test_a_label_that_the_other_side_does_not_know_is_a_problem(values: str) -> None:
    assert "'Nobody'" in str(write(one(f"type: choice, {values}, a: stage, b: stage"), "Nobody"))


def test_a_field_that_holds_labels_is_read_and_written_by_label() -> None:
    mapping = one("type: choice, values: by label, a: stage_label, b: stage_label")
    assert (read(mapping, {"stage_label": "Client"}), write(mapping, "client")) == ("Client", {"stage_label": "Client"})


def test_options_of_a_custom_field_are_known_by_label() -> None:
    mapping = one("type: choice, values: by label, a: stage_free, b: more.sector")
    assert write(mapping, "sante") == {"more": {"sector": "Santé"}}


# Sets


@pytest.mark.parametrize(
    "value", [[1, 2], ["1", "2"], "[1, 2]", '["1", "2"]', "1,2", "1; 2", " 1 , 2 ", '{"1": "x", "2": "y"}']
)
def test_a_set_is_read_from_lists_json_and_separated_texts(value: Any) -> None:
    mapping = one("type: set, values: by label, a: marks, b: marks")
    assert read(mapping, {"marks": value}) == ["Prospect", "Client"]


@pytest.mark.parametrize("value", [None, "", " ", [], "[]", '""', '"[]"'])
def test_an_empty_set_is_empty_however_it_is_written(value: Any) -> None:
    assert read(one("type: set, values: by label, a: marks, b: marks"), {"marks": value}) == []


def test_one_value_by_itself_is_a_set_of_one() -> None:
    assert read(one("type: set, values: by label, a: marks, b: marks"), {"marks": 2}) == ["Client"]


@pytest.mark.parametrize(
    ("path", "written"), [("marks", [1, 3]), ("marks_json", [1, 3]), ("marks_csv", "1,3"), ("marks_text", "[1,3]")]
)
def test_a_set_is_written_in_the_form_of_its_field(path: str, written: Any) -> None:
    mapping = one(f"type: set, values: by label, a: marks, b: {path}")
    assert write(mapping, ["prospect", "Énergie verte"]) == {path: written}


@pytest.mark.parametrize(("path", "written"), [("marks", []), ("marks_csv", ""), ("marks_text", "[]")])
def test_an_empty_set_empties_the_field(path: str, written: Any) -> None:
    assert write(one(f"type: set, values: by label, a: marks, b: {path}"), []) == {path: written}


def test_an_item_that_does_not_fit_is_left_out_where_the_row_says_so() -> None:
    mapping = one("type: set, values: by label, otherwise: skip, a: marks, b: marks")
    assert (read(mapping, {"marks": [1, 99]}), write(mapping, ["Client", "Nobody"])) == (["Prospect"], {"marks": [2]})


def test_an_item_that_does_not_fit_is_a_problem_elsewhere() -> None:
    mapping = one("type: set, values: by label, a: marks, b: marks")
    assert ("99" in str(read(mapping, {"marks": [1, 99]})), "Nobody" in str(write(mapping, ["Nobody"]))) == (True, True)


def test_text_that_looks_like_json_and_is_none_is_a_problem() -> None:
    assert "not a list" in str(read(one("type: set, values: by label, a: marks, b: marks"), {"marks": "[1, 2"}))


def test_sets_are_the_same_in_any_order_and_case() -> None:
    mapping = one("type: set, values: by label, a: marks, b: marks")
    prints = [mapping.fingerprint_of("v", value) for value in (["A", "b"], ["B", "a"], ["a"])]
    assert (mapping.same("v", prints[0], prints[1]), mapping.same("v", prints[0], prints[2])) == (True, False)


# References


@pytest.mark.parametrize("nothing", [0, "0", "", None])
def test_a_reference_to_nothing_is_null(nothing: Any) -> None:
    assert read(one("type: ref, entity: thing, a: parent, b: parent"), {"parent": nothing}) is None


@pytest.mark.parametrize(("path", "written"), [("parent", 17), ("owner", "17"), ("stage", 17)])
def test_a_reference_is_a_number_where_keys_are_numbers(path: str, written: Any) -> None:
    assert write(one(f"type: ref, entity: thing, a: {path}, b: {path}"), "17") == {path: written}


def test_a_key_with_a_nought_before_it_stays_a_text() -> None:
    assert write(one("type: ref, entity: thing, a: stage, b: stage"), "017") == {"stage": "017"}


# The rest


def test_match_values_leave_out_rules_that_a_record_cannot_serve() -> None:
    text = "match: [w, [v, w]]\nfields:\n  v: {a: name, b: name}\n  w: {a: alias, b: alias}\n"
    mapping = compiled(HEAD + text)
    given = ({"v": "x"}, {"w": "y"}, {"v": "x", "w": "y"})
    served = [[value.split(":")[0] for value in mapping.match_values(c)] for c in given]
    assert served == [[], ["0"], ["0", "1"]]


def test_match_values_are_the_same_whatever_case_and_accents() -> None:
    mapping = compiled(HEAD + "match: [v]\nfields:\n  v: {a: name, b: name}\n")
    assert mapping.match_values({"v": "Café  NOIR"}) == mapping.match_values({"v": "cafe noir"})


def test_two_fields_of_a_rule_do_not_run_into_each_other() -> None:
    mapping = compiled(HEAD + "match: [[v, w]]\nfields:\n  v: {a: name, b: name}\n  w: {a: alias, b: alias}\n")
    assert mapping.match_values({"v": "ab", "w": "c"}) != mapping.match_values({"v": "a", "w": "bc"})


@pytest.mark.parametrize(
    ("moved", "seconds"),
    [("2026-07-01 14:00:00", 1782907200.0), (None, None), ("", None), ("nonsense", None), (17, None)],
)
def test_the_stamp_of_a_record_is_its_moment_or_nothing(moved: Any, seconds: float | None) -> None:
    assert one("a: name, b: name").sides["a"].stamp({"moved": moved}) == seconds


def test_code_in_a_file_is_never_carried_out_as_code() -> None:
    mapping = one("default: \"'); raise SystemExit('x')\", a: name, b: name")
    assert read(mapping, {}) == "'); raise SystemExit('x')"


@pytest.mark.parametrize(
    ("row", "native", "before", "after"),
    [
        ("type: choice, values: by label, a: stage, b: stage", {"stage": 2}, "Client", "Customer"),
        ("type: set, values: by label, a: marks, b: marks", {"marks": [2]}, ["Client"], ["Customer"]),
    ],
)
def test_a_label_that_changes_while_records_are_read_is_read_as_it_is_now(
    row: str, native: Record, before: Any, after: Any
) -> None:
    mapping = one(row)
    reader, found = mapping.readers["a"], mapping.sides["a"].cells["v"].native
    assert reader(native)[0]["v"] == before
    assert found is not None and found.table is not None
    found.table.add(2, "Customer")
    assert reader(native)[0]["v"] == after
