"""Custom fields and tags: how they are read and written, codec by codec."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from mapper.connect import Draft
from mapper.errors import Nonsense, Rejected, UsageError
from mapper.records import CLEAR
from mapper.spec.project import Catalogue, CustomField
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor, say


def decoded(connect: Connect, **members: Any) -> Any:
    return connect().decode("accounts", {"id": 1, **members})


def sent(connect: Connect, vendor: Vendor, native: Any, *, kind: Any = "create", **options: Any) -> Any:
    """What is sent for a draft."""
    if kind == "update":
        vendor.add(name="A")
    (outcome,) = connect(**options).write("accounts", [Draft(kind, native, key="1" if kind == "update" else "")])
    assert outcome.error is None
    return vendor.seen[-1].body


# Fields among the record's own


def test_fields_of_users_are_told_by_their_places_without_those_of_the_file(connect: Connect, vendor: Vendor) -> None:
    rows = [
        {"key": "name", "title": "Name"},
        {"key": "x_size", "title": "Size", "kind": "INT"},
        {"key": "x_form", "title": "Form", "kind": "TEXT", "picks": [{"value": "S", "label": "Small"}, "Large"]},
    ]
    vendor.on("GET /api/mine", say({"fields": rows}))
    own = "definitions: mine, describe: {id: key, label: title, type: kind, options: picks}, types: {INT: number}"
    listed = "mine: {path: mine, items: fields}"
    connection = connect(f"resources: {{accounts: {{own_fields: {{{own}}}, operations: {{{listed}}}}}}}")
    told = connection.own_fields("accounts")
    assert {name: (one.label, one.type, one.options) for name, one in told.items()} == {
        "x_size": ("Size", "number", {}),
        "x_form": ("Form", "list", {"S": "Small", "Large": "Large"}),
    }


def test_without_an_operation_nothing_is_told_of_fields_of_users(connect: Connect, vendor: Vendor) -> None:
    assert connect().own_fields("accounts") == {}
    assert vendor.seen == []


# Pairs


@pytest.mark.parametrize(
    ("wire", "values"),
    [
        ([{"field": "f1", "value": "x"}], {"sector": "x", "size": None}),
        ([{"field": "f1", "value": "guid"}, {"field": "f1_lb", "value": "Retail"}], {"sector": "Retail", "size": None}),
        ([{"field": "f1_lb", "value": "Retail"}, {"field": "f1", "value": "guid"}], {"sector": "Retail", "size": None}),
        ([{"field": "f9", "value": 1}, {"field": None, "value": 2}, 5], {"sector": None, "size": None, "f9": 1}),
        ([], {"sector": None, "size": None}),
        (None, None),
        ({"sector": "x"}, {"sector": "x"}),
    ],
)
def test_pairs_are_read_by_name(connect: Connect, wire: Any, values: Any) -> None:
    assert decoded(connect, more=wire)["more"] == values


def test_pairs_are_written_by_id(connect: Connect, vendor: Vendor) -> None:
    body = sent(connect, vendor, {"more": {"sector": "x", "f9": "y", "size": CLEAR}})
    assert body["more"] == [
        {"field": "f1", "value": "x"},
        {"field": "f9", "value": "y"},
        {"field": "f2", "value": ""},
    ]


# Groups


@pytest.mark.parametrize(
    ("wire", "values"),
    [
        ([{"category": "A", "label": "x"}, {"category": "A", "label": "y"}], {"A": ["x", "y"]}),
        ([{"category": None, "alias": "B", "label": "x"}], {"B": ["x"]}),
        ([{"category": "A", "label": None}, {"label": "x"}], {}),
        ([], {}),
        (None, None),
        ({"A": ["x"]}, {"A": ["x"]}),
    ],
)
def test_groups_are_read_by_category(connect: Connect, wire: Any, values: Any) -> None:
    assert decoded(connect, tags=wire)["tags"] == values


def test_a_category_that_the_catalogue_knows_is_empty_where_nothing_is_in_it(connect: Connect) -> None:
    catalogue = Catalogue(fields={"accounts.tags": {"interest": CustomField(id="INT", type="set")}})
    connection = connect(catalogue=catalogue)
    assert connection.decode("accounts", {"tags": []})["tags"] == {"interest": []}


def test_groups_are_written_with_what_stands_beside(connect: Connect, vendor: Vendor) -> None:
    assert sent(connect, vendor, {"tags": {"A": ["x", "y"], "B": "z"}})["tags"] == [
        {"category": "A", "label": "x", "by": "mapper"},
        {"category": "A", "label": "y", "by": "mapper"},
        {"category": "B", "label": "z", "by": "mapper"},
    ]


@pytest.mark.parametrize("value", [CLEAR, [], None])
def test_a_group_that_only_adds_says_nothing_of_an_empty_category(connect: Connect, vendor: Vendor, value: Any) -> None:
    assert "tags" not in sent(connect, vendor, {"name": "A", "tags": {"A": value}})


def test_a_group_that_replaces_is_sent_empty(connect: Connect, vendor: Vendor) -> None:
    change = "{resources: {accounts: {containers: {tags: {removes: null}}}}}"
    assert sent(lambda: connect(change), vendor, {"name": "A", "tags": {"A": CLEAR}})["tags"] == []


def test_labels_are_taken_away_by_a_call_of_its_own(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    draft = Draft("update", {"tags": {"A": ["new"]}}, key="1", removed={"tags.A": ["x", "y"], "tags.B": ["z"]})
    (outcome,) = connect().write("accounts", [draft])
    assert (outcome.error, outcome.failed) == (None, {})
    assert vendor.lines() == ["PUT /api/accounts/1", "POST /api/accounts/1/untag"]
    assert [(e["category"], e["label"]) for e in vendor.seen[-1].body] == [("A", "x"), ("A", "y"), ("B", "z")]


def test_labels_are_taken_away_without_an_empty_update(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    list(connect().write("accounts", [Draft("update", {"tags": {"A": []}}, key="1", removed={"tags.A": ["x"]})]))
    assert vendor.lines() == ["POST /api/accounts/1/untag"]


def test_labels_that_cannot_be_taken_away_are_a_failed_part(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.on("POST /api/accounts/1/untag", say({"message": "not yours"}, 403))
    draft = Draft("update", {"name": "B"}, key="1", removed={"tags.A": ["x"]})
    (outcome,) = connect().write("accounts", [draft])
    assert outcome.error is None
    assert list(outcome.failed) == ["tags.A"]
    assert "not yours" in outcome.failed["tags.A"]


# Ids


@pytest.mark.parametrize(
    ("wire", "values"),
    [
        ([{"id": 5, "name": "Customer"}, {"id": 6, "label": "VIP"}], ["5", "6"]),
        ([5, "6"], ["5", "6"]),
        ([{"name": "nameless"}], []),
        ([], []),
        (None, None),
    ],
)
def test_ids_are_read_as_text(connect: Connect, wire: Any, values: Any) -> None:
    assert decoded(connect, labels=wire)["labels"] == values


def test_labels_are_learnt_from_records(connect: Connect, vendor: Vendor) -> None:
    vendor.add(labels=[{"id": 6, "name": "VIP"}])
    connection = connect()
    table = connection.table("accounts", "labels")
    list(connection.pages("accounts"))
    assert (table.find("vip"), table.find("customer")) == ("6", "5")


def test_a_label_that_cannot_be_chosen_any_more_stays_so_when_a_record_bears_it(connect: Connect) -> None:
    connection = connect()
    table = connection.table("accounts", "labels")
    table.add(6, "VIP", active=False)
    connection.decode("accounts", {"labels": [{"id": 6, "name": "VIP"}]})
    assert table.inactive == {"6"}


def test_a_label_that_was_renamed_is_learnt_anew(connect: Connect) -> None:
    connection = connect()
    for name in ("VIP", "Key account"):
        connection.decode("accounts", {"labels": [{"id": 6, "name": name}]})
    assert connection.table("accounts", "labels").labels["6"] == "Key account"


@pytest.mark.parametrize(("labels", "ids"), [(["Customer"], [5]), (["5"], [5]), ([], []), (CLEAR, []), (None, [])])
def test_ids_are_written_by_label_or_id(connect: Connect, vendor: Vendor, labels: Any, ids: Any) -> None:
    assert sent(connect, vendor, {"labels": labels})["labels"] == [{"id": ident} for ident in ids]


def test_an_id_is_written_in_the_form_in_which_it_was_read(connect: Connect, vendor: Vendor) -> None:
    connection = connect()
    connection.decode("accounts", {"labels": [{"id": "0x7", "name": "Odd"}]})
    list(connection.write("accounts", [Draft("create", {"labels": ["odd"]})]))
    assert vendor.seen[-1].body["labels"] == [{"id": "0x7"}]


def test_an_unknown_label_is_rejected_by_name_and_nothing_is_sent(connect: Connect, vendor: Vendor) -> None:
    (outcome,) = connect().write("accounts", [Draft("create", {"labels": ["Nobody"]})])
    assert isinstance(outcome.error, Rejected)
    assert "'Nobody'" in str(outcome.error)
    assert vendor.seen == []


# Decoding as a whole


PAGE: list[dict[str, Any]] = [
    {"more": [{"field": "f1_lb", "value": "Retail"}, {"field": "f1", "value": "guid"}], "tags": None},
    {"more": None, "tags": [{"category": "A", "label": "x"}, {"category": None, "alias": "B", "label": "y"}]},
    {"tags": []},
    {"more": {"sector": "x"}, "tags": [5, {"category": 5, "label": "x"}]},
    {"more": [{"field": "f1", "value": 1}, {"field": "f1"}, {"field": "f9"}, {"field": ["f1"], "value": 2}]},
    {"more": [], "labels": [{"id": 5}]},
]


@pytest.mark.parametrize("catalogue", [None, Catalogue()], ids=["a catalogue", "no catalogue"])
def test_a_page_is_decoded_as_its_records_are_by_themselves(
    connect: Connect, vendor: Vendor, catalogue: Catalogue | None
) -> None:
    connection = connect(**({"catalogue": catalogue} if catalogue else {}))
    added = [vendor.add(**members) for members in PAGE]
    alone = [connection.decode("accounts", dict(one)) for one in added]
    assert [record for page in connection.pages("accounts") for record in page.records] == alone


def test_the_callers_record_is_left_as_it_is(connect: Connect) -> None:
    item = {"id": 1, "tags": [{"category": "A", "label": "x"}]}
    connect().decode("accounts", item)
    assert item == {"id": 1, "tags": [{"category": "A", "label": "x"}]}


def test_decoding_twice_is_decoding_once(connect: Connect) -> None:
    connection = connect()
    item = {"more": [{"field": "f1", "value": 1}], "tags": [{"category": "A", "label": "x"}], "labels": [{"id": 5}]}
    once = connection.decode("accounts", item)
    assert connection.decode("accounts", once) == once


def test_a_record_without_containers_passes_as_it_is(connect: Connect) -> None:
    item = {"id": 1}
    assert connect().decode("accounts", item) is item


def test_a_container_may_stand_inside_a_member(connect: Connect) -> None:
    change = "{resources: {accounts: {containers: {'deep.more': {codec: pairs, key: [k], value: v}}}}}"
    item = {"deep": {"more": [{"k": "a", "v": 1}], "other": 2}}
    assert connect(change).decode("accounts", item) == {"deep": {"more": {"a": 1}, "other": 2}}
    assert item["deep"]["more"] == [{"k": "a", "v": 1}]


# Containers with calls of their own

EXTRAS = "GET /api/accounts/1/extras"
OPTIONS = [{"id": 1, "fieldid": 7, "label": "Retail"}, {"id": 2, "fieldid": 7, "label": "Énergie"}]
VALUES = [
    {"id": 7, "selected": OPTIONS[:1], "unselected": OPTIONS[1:]},
    {"id": 8, "selected": [{"id": 3, "label": "Chess"}], "unselected": [{"id": 4, "label": "Golf"}]},
    {"id": 9, "value": "plain", "selected": [], "unselected": []},
]


@pytest.fixture
def extras(vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.answers[EXTRAS] = VALUES


def test_such_values_are_not_asked_for_unless_they_are_used(connect: Connect, vendor: Vendor, extras: None) -> None:
    list(connect().pages("accounts"))
    assert vendor.lines() == ["GET /api/accounts"]


def test_such_values_are_folded_into_every_record_where_they_are_used(
    connect: Connect, vendor: Vendor, extras: None
) -> None:
    connection = connect()
    connection.use("accounts", {"extras": None, "tags": None})
    (page,) = connection.pages("accounts")
    assert page.records[0]["extras"] == {"branch": "Retail", "hobbies": ["Chess"], "9": "plain"}
    assert connection.get("accounts", "1")["extras"]["branch"] == "Retail"


def test_calls_for_such_values_are_foretold(connect: Connect, extras: None) -> None:
    connection = connect()
    connection.use("accounts", {"extras": None})
    assert connection.page_calls("accounts", 4) == 2 + 4


def test_a_choice_with_nothing_chosen_is_null_and_a_set_is_empty(
    connect: Connect, vendor: Vendor, extras: None
) -> None:
    vendor.answers[EXTRAS] = [{"id": 7, "selected": [], "unselected": OPTIONS},
                              {"id": 8, "selected": [], "unselected": OPTIONS}]  # fmt: skip
    connection = connect()
    connection.use("accounts", {"extras": None})
    assert connection.get("accounts", "1")["extras"] == {"branch": None, "hobbies": []}


def test_a_record_that_went_away_after_the_list_was_read_stays_without_such_values(
    connect: Connect, vendor: Vendor, extras: None
) -> None:
    vendor.on(EXTRAS, say({}, 404))
    connection = connect()
    connection.use("accounts", {"extras": None})
    (page,) = connection.pages("accounts")
    assert page.records == [{"id": 1, "name": "A"}]


def test_a_value_without_its_fields_id_is_nonsense(connect: Connect, vendor: Vendor, extras: None) -> None:
    vendor.answers[EXTRAS] = [{"value": 1}]
    connection = connect()
    connection.use("accounts", {"extras": None})
    with pytest.raises(Nonsense):
        connection.get("accounts", "1")


def test_a_new_choice_takes_the_place_of_the_earlier_one(connect: Connect) -> None:
    connection = connect()
    connection.use("accounts", {"extras": None})
    connection.use("accounts", {"more": None})
    assert connection.fold == set()


def test_a_container_that_there_is_none_of_cannot_be_used(connect: Connect) -> None:
    with pytest.raises(UsageError, match=r"no container accounts.nothing"):
        connect().use("accounts", {"nothing": None})


def test_each_changed_value_is_written_by_one_call(connect: Connect, vendor: Vendor, extras: None) -> None:
    connection = connect()
    connection.use("accounts", {"extras": None})
    connection.get("accounts", "1")
    vendor.seen.clear()
    native = {"extras": {"branch": "énergie", "hobbies": ["Chess", "Golf"], "9": "new"}}
    (outcome,) = connection.write("accounts", [Draft("update", native, key="1")])
    assert (outcome.error, outcome.failed) == (None, {})
    assert vendor.lines() == [f"PUT /api/accounts/1/extras/{field}" for field in (7, 8, 9)]
    assert [seen.body for seen in vendor.seen] == [
        {"selected": OPTIONS[1:], "unselected": OPTIONS[:1]},
        {"selected": [{"id": 3, "label": "Chess"}, {"id": 4, "label": "Golf"}], "unselected": []},
        {"value": "new"},
    ]


def test_a_template_may_take_such_a_value_apart(connect: Connect, vendor: Vendor, extras: None) -> None:
    body = "{chosen: '{{ selected }}', text: '{{ value }}', of: '{{ resource }}/{{ key }}/{{ field }}'}"
    change = f"{{resources: {{accounts: {{operations: {{set_extra: {{body: {body}}}}}}}}}}}"
    list(connect(change).write("accounts", [Draft("update", {"extras": {"branch": "Retail"}}, key="1")]))
    assert vendor.seen[-1].body == {"chosen": OPTIONS[:1], "text": "Retail", "of": "accounts/1/7"}


@pytest.mark.parametrize(
    ("value", "text"),
    [(True, "1"), (False, "0"), (7, "7"), (0.5, "0.5"), (1e16, "10000000000000000"), (Decimal("1.50E+3"), "1500")],
)
def test_a_flag_or_a_number_goes_as_a_text_where_the_call_takes_one(
    connect: Connect, vendor: Vendor, extras: None, value: Any, text: str
) -> None:
    change = "{resources: {accounts: {operations: {set_extra: {params: {value: {type: text, in: body}}}}}}}"
    list(connect(change).write("accounts", [Draft("update", {"extras": {"9": value}}, key="1")]))
    assert vendor.seen[-1].body == {"value": text}


def test_options_that_no_record_has_shown_are_read_once(connect: Connect, vendor: Vendor, extras: None) -> None:
    connection = connect()
    drafts = [Draft("update", {"extras": {"branch": label}}, key="1") for label in ("Retail", "Énergie")]
    list(connection.write("accounts", drafts))
    assert vendor.lines() == [EXTRAS, *["PUT /api/accounts/1/extras/7"] * 2]


@pytest.mark.parametrize("value", [CLEAR, None, [], ""])
def test_a_choice_is_emptied_by_leaving_all_unchosen(
    connect: Connect, vendor: Vendor, extras: None, value: Any
) -> None:
    list(connect().write("accounts", [Draft("update", {"extras": {"branch": value}}, key="1")]))
    assert vendor.seen[-1].body == {"selected": [], "unselected": OPTIONS}


def test_a_text_is_emptied_by_an_empty_text(connect: Connect, vendor: Vendor, extras: None) -> None:
    list(connect().write("accounts", [Draft("update", {"extras": {"9": CLEAR}}, key="1")]))
    assert vendor.seen[-1].body == {"value": ""}


def test_a_part_that_fails_leaves_the_rest_written(connect: Connect, vendor: Vendor, extras: None) -> None:
    vendor.on("PUT /api/accounts/1/extras/9", say({"message": "too long"}, 400))
    native = {"name": "B", "extras": {"9": "x", "branch": "Nowhere", "hobbies": ["Golf"]}}
    (outcome,) = connect().write("accounts", [Draft("update", native, key="1")])
    assert outcome.error is None
    assert vendor.accounts["1"]["name"] == "B"
    assert "too long" in outcome.failed.pop("extras.9")
    assert outcome.failed == {"extras.branch": "'Nowhere' is not among the options"}
    assert vendor.lines()[-1] == "PUT /api/accounts/1/extras/8"


def test_values_are_written_after_the_create(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[EXTRAS] = VALUES
    (outcome,) = connect().write("accounts", [Draft("create", {"name": "A", "extras": {"branch": "Retail"}})])
    assert vendor.lines() == ["POST /api/accounts", EXTRAS, "PUT /api/accounts/1/extras/7"]
    assert "extras" not in vendor.seen[0].body
    assert outcome.key == "1"


DROPS = "resources: {accounts: {containers: {tags: {drops: true}}}}"


def test_a_value_that_the_vendor_passes_over_is_told(connect: Connect, vendor: Vendor) -> None:
    vendor.answers["GET /api/accounts/1"] = {"id": 1, "tags": [{"category": "I", "label": "Golf"}]}
    (outcome,) = connect(DROPS).write("accounts", [Draft("create", {"name": "A", "tags": {"I": ["Golf", "Chess"]}})])
    assert (outcome.error, outcome.failed) == (None, {"tags.I": "the vendor passed over Chess, which it does not know"})


def test_where_the_vendor_will_not_show_what_it_took_that_is_told(connect: Connect, vendor: Vendor) -> None:
    vendor.on("GET /api/accounts/1", say({"message": "closed"}, 403))
    (outcome,) = connect(DROPS).write("accounts", [Draft("create", {"name": "A", "tags": {"I": ["Golf"]}})])
    assert outcome.error is None
    assert "closed" in outcome.failed["tags.I"]


# Definitions

DEFINITIONS = "GET /api/extras/definitions"


def test_fields_come_from_the_catalogue(connect: Connect, vendor: Vendor) -> None:
    assert {name: field.id for name, field in connect().custom("accounts", "more").items()} == {
        "sector": "f1",
        "size": "f2",
    }
    assert vendor.seen == []


def test_fields_come_from_the_vendor_where_the_catalogue_has_none(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[DEFINITIONS] = [
        {"id": 7, "name": "Branch", "type": {"id": 3, "label": "choice"}, "options": OPTIONS},
        {"id": 8, "name": "Branch", "type": "day", "readonly": True},
        {"id": 9},
    ]
    change = "{resources: {accounts: {containers: {extras: {types: {day: date, choice: list}}}}}}"
    connection = connect(change, catalogue=Catalogue())
    found = connection.custom("accounts", "extras")
    assert {name: (field.id, field.type, field.readonly) for name, field in found.items()} == {
        "Branch": ("7", "list", False),
        "Branch (8)": ("8", "date", True),
        "9": ("9", "text", False),
    }
    assert found["Branch"].options == {"1": "Retail", "2": "Énergie"}
    assert connection.custom("accounts", "extras") == found
    assert vendor.lines() == [DEFINITIONS]


def test_names_from_definitions_are_used_from_then_on(connect: Connect, vendor: Vendor) -> None:
    vendor.add(name="A")
    vendor.answers |= {DEFINITIONS: [{"id": 9, "label": "Motto"}], EXTRAS: VALUES[2:]}
    connection = connect(catalogue=Catalogue())
    connection.custom("accounts", "extras")
    connection.use("accounts", {"extras": None})
    assert connection.get("accounts", "1")["extras"] == {"Motto": "plain"}


def test_a_connector_may_say_where_a_definition_holds_what(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[DEFINITIONS] = {"fields": [{"code": "f", "text": {"fr": "Devise"}, "pick": [{"value": "EUR"}]}]}
    change = """
    resources:
      accounts:
        containers: {extras: {describe: {id: code, label: text.fr, options: pick}}}
        operations: {extra_fields: {items: fields}}
    """
    (field,) = connect(change, catalogue=Catalogue()).custom("accounts", "extras").values()
    assert (field.id, field.label, field.options, field.type) == ("f", "Devise", {"EUR": "EUR"}, "list")


def test_a_definition_without_an_id_is_nonsense(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[DEFINITIONS] = [{"label": "x"}]
    with pytest.raises(Nonsense):
        connect(catalogue=Catalogue()).custom("accounts", "extras")


def test_a_container_without_definitions_has_no_fields(connect: Connect) -> None:
    assert connect(catalogue=Catalogue()).custom("accounts", "more") == {}


TYPED = """
resources:
  accounts: {containers: {more: {label_suffix: REMOVED, values: {text: text, number: count, flag: yes_no}}}}
"""


def test_a_value_may_stand_in_a_member_of_its_type(connect: Connect, vendor: Vendor) -> None:
    wire = [{"field": "f1", "text": "x"}, {"field": "f2", "count": 0}, {"field": "f9", "yes_no": False}]
    assert connect(TYPED).decode("accounts", {"id": 1, "more": wire})["more"] == {"sector": "x", "size": 0, "f9": False}


def test_a_value_is_written_into_the_member_of_its_type(connect: Connect, vendor: Vendor) -> None:
    (outcome,) = connect(TYPED).write("accounts", [Draft("create", {"more": {"sector": CLEAR, "size": 5}})])
    assert outcome.error is None
    assert vendor.seen[-1].body["more"] == [{"field": "f1", "text": None}, {"field": "f2", "count": 5}]
