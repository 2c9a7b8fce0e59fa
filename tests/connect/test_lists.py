from __future__ import annotations

from typing import Any

import pytest

from mapper.errors import Missing, Nonsense, UsageError
from mapper.spec.project import Catalogue
from tests.connect.conftest import Connect
from tests.connect.vendor import Vendor, say

VALUES = "GET /api/lists/202/values"
ANSWERS = [
    [{"id": 1, "label": "Prospect"}, {"id": 2, "name": "Client"}],
    {"1": "Prospect", "2": "Client"},
]


@pytest.mark.parametrize("body", ANSWERS)
def test_a_list_is_asked_for_in_the_shape_in_which_it_comes(connect: Connect, vendor: Vendor, body: Any) -> None:
    vendor.answers[VALUES] = body
    table = connect().table("accounts", "values/202")
    assert (table.find("client"), table.labels) == ("2", {"1": "Prospect", "2": "Client"})


def test_a_list_is_asked_for_once(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[VALUES] = ANSWERS[0]
    connection = connect()
    assert connection.table("accounts", "values/202") is connection.table("contacts", "values/202")
    assert vendor.lines() == [VALUES]


def test_the_form_of_an_id_is_kept(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[VALUES] = [{"id": 1, "label": "A"}, {"id": "2", "label": "B"}]
    assert connect().table("accounts", "values/202").wire == {"1": 1, "2": "2"}


def test_codes_are_found_too(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[VALUES] = [{"id": 1, "label": "Prospect", "code": "PRO"}]
    assert connect().table("accounts", "values/202").find("pro") == "1"


@pytest.mark.parametrize(("said", "inactive"), [(0, {"1"}), ("false", {"1"}), (1, set()), (None, set()), ("?", set())])
def test_a_value_may_say_that_it_cannot_be_chosen_any_more(
    connect: Connect, vendor: Vendor, said: Any, inactive: set[str]
) -> None:
    vendor.answers[VALUES] = [{"id": 1, "label": "Old", "enabled": said}, {"id": 2, "label": "New"}]
    assert connect("{lists: {values: {active: [enabled]}}}").table("accounts", "values/202").inactive == inactive


def test_bare_values_are_their_own_labels(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[VALUES] = ["EUR", "SEK"]
    assert connect().table("accounts", "values/202").labels == {"EUR": "EUR", "SEK": "SEK"}


def test_values_may_stand_in_the_answer_and_come_in_pages(connect: Connect, vendor: Vendor) -> None:
    first, second = ({"rows": [{"id": n, "label": str(n)}], "n": 2} for n in (1, 2))
    vendor.on(VALUES, say(first), say(second))
    change = "{lists: {values: {items: rows, page: {style: page, start: p, size: s, per: 1, total: n}}}}"
    assert connect(change).table("accounts", "values/202").labels == {"1": "1", "2": "2"}


def test_fixed_values_come_from_the_file(connect: Connect, vendor: Vendor) -> None:
    table = connect().table("accounts", "colours")
    assert (table.find("red"), table.wire) == ("1", {"1": 1, "2": 2})
    assert vendor.seen == []


def test_the_projects_values_are_known_too(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[VALUES] = [{"id": 1, "label": "New name"}]
    catalogue = Catalogue(lists={"values/202": {"1": "Old name", "7": {"label": "Rare", "code": "R"}, "007": "Bond"}})
    table = connect(catalogue=catalogue).table("accounts", "values/202")
    assert table.labels == {"1": "New name", "7": "Rare", "007": "Bond"}
    assert table.find("r") == "7"
    assert table.wire == {"1": 1, "7": 7, "007": "007"}


@pytest.mark.parametrize("status", [403, 404])
def test_the_projects_values_serve_where_the_vendor_gives_none(connect: Connect, vendor: Vendor, status: int) -> None:
    vendor.on(VALUES, say({}, status))
    catalogue = Catalogue(lists={"values/202": {"1": "A"}})
    assert connect(catalogue=catalogue).table("accounts", "values/202").labels == {"1": "A"}


def test_a_list_that_the_vendor_does_not_have_is_missing(connect: Connect) -> None:
    with pytest.raises(Missing):
        connect().table("accounts", "values/9")


def test_an_unknown_list_is_refused_with_those_that_there_are(connect: Connect) -> None:
    with pytest.raises(UsageError, match="no list 'sizes'.*colours, labels, values"):
        connect().table("accounts", "sizes")


def test_an_answer_that_is_no_list_is_nonsense(connect: Connect, vendor: Vendor) -> None:
    vendor.answers[VALUES] = 5
    with pytest.raises(Nonsense):
        connect().table("accounts", "values/202")


def test_lists_are_asked_for_anew_once_they_are_renewed(connect: Connect, vendor: Vendor) -> None:
    vendor.on("GET /api/lists/202/values", say([{"id": 1, "label": "Old"}, {"id": 2, "label": "Gone"}]))
    vendor.on("GET /api/lists/202/values", say([{"id": 1, "label": "New"}, {"id": 3, "label": "More"}]))
    made = connect()
    before = made.table("accounts", "values/202")
    made.renew()
    now = made.table("accounts", "values/202")
    assert (now.labels, now.find("Gone"), now.find("Old"), now is before) == (
        {"1": "New", "3": "More"},
        None,
        None,
        True,
    )


def test_values_that_records_have_taught_outlive_a_renewal(connect: Connect, vendor: Vendor) -> None:
    vendor.add(labels=[{"id": 7, "name": "Taught"}])
    made = connect()
    list(made.pages("accounts"))
    made.renew()
    assert made.table("accounts", "labels").find("Taught") == "7"


def test_custom_fields_are_asked_for_anew_once_they_are_renewed(connect: Connect, vendor: Vendor) -> None:
    line = "GET /api/extras/definitions"
    vendor.on(line, say([{"id": 1, "label": "old"}]), say([{"id": 1, "label": "new"}]))
    made = connect(catalogue=Catalogue())
    assert list(made.custom("accounts", "extras")) == ["old"]
    assert list(made.custom("accounts", "extras")) == ["old"]
    made.renew()
    assert list(made.custom("accounts", "extras")) == ["new"]
    assert vendor.lines().count(line) == 2


def test_custom_fields_of_the_catalogue_outlive_a_renewal(connect: Connect, vendor: Vendor) -> None:
    made = connect()
    made.renew()
    assert list(made.custom("accounts", "extras")) == ["branch", "hobbies"]
    assert vendor.seen == []
