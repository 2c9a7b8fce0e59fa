"""The kinds of Cirrus's records that are made of tables: lists, references, rows, stamps, and what is refused."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mapper.sandbox.cirrus import Cirrus

NOW = 1_717_400_000.0  # 2024-06-03T07:33:20Z


def client(**switches: str) -> httpx.Client:
    app = Cirrus(samples=True, switches=switches, clock=lambda: NOW)
    headers = {"X-Token": "demo-cirrus-token"}
    return httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://cirrus.example/rest", headers=headers)


@pytest.mark.parametrize(
    ("path", "query", "total"),
    [
        ("orders", {"sorting": "number_asc", "accountids": "1002,7"}, 1),
        ("orders", {"sorting": "number_asc", "accountids": "1001"}, 0),
        ("orders", {"sorting": "placedate_desc", "datespan_start": "2024-05-31", "datespan_end": "2024-05-31"}, 1),
        ("orders", {"sorting": "number_asc", "datespan_end": "2024-05-30"}, 0),
        ("orders", {"sorting": "number_asc", "altnumber": "A-100", "number": "2001"}, 1),
        ("quotes", {"sorting": "number_asc", "validtodate_start": "2024-06-16"}, 0),
        ("opportunities", {"sorting": "date_asc", "accounttypeids": "1", "estimated_enddate": "2024-06-30"}, 1),
        ("opportunities", {"sorting": "date_asc", "accounttypeids": "3"}, 0),
        ("activities", {"sorting": "date_desc", "contactid": 5002, "opportunityid": 8001, "location": "Stock%"}, 1),
        ("activities", {"sorting": "date_desc", "fulltext": "trucken"}, 1),
        ("leads", {"sorting": "age_desc", "created": "2024-06-03", "status": 181}, 1),
        ("leads", {"sorting": "age_desc", "created": "2024-06-02"}, 0),
        ("articles", {"sorting": "number_asc", "groupid": "201", "active": 1}, 1),
        ("articlegroups", {"sorting": "name_asc", "name": "Mas"}, 1),
        ("objects", {"manufacturerids": "1001", "serialnumber": "SN-17"}, 1),
        ("objects/categories", {"type": "contracttype"}, 1),
        ("contracts", {"financeaccountids": "1002", "statusids": "113"}, 1),
        ("files", {"accountid": 1002}, 1),
        ("missions", {"active": 0}, 0),
    ],
)
def test_the_filters_of_a_list(path: str, query: dict[str, Any], total: int) -> None:
    answer = client().get(path, params=query)
    assert (answer.status_code, answer.json().get("total")) == (200, total), answer.text


@pytest.mark.parametrize(
    ("switch", "choice", "path", "query", "total"),
    [
        ("leads_created", "since", "leads", {"sorting": "age_desc", "created": "2024-06-02"}, 1),
        ("datespan", "deliverydate", "orders", {"sorting": "number_asc", "datespan_start": "2024-01-01"}, 0),
        ("span_ends", "exclusive", "orders", {"sorting": "number_asc", "datespan_end": "2024-05-31"}, 0),
    ],
)
def test_a_filter_of_which_the_page_leaves_open_what_it_means(
    switch: str, choice: str, path: str, query: dict[str, Any], total: int
) -> None:
    assert client(**{switch: choice}).get(path, params=query).json()["total"] == total


@pytest.mark.parametrize(
    ("method", "path", "body", "errors"),
    [
        ("POST", "orders", {}, {"placedate", "account", "user", "contact", "status"}),
        ("PUT", "orders/2001", {"account": {"id": 9}}, {"account"}),
        ("PUT", "orders/2001", {"account": {}}, {"account.id"}),
        ("PUT", "orders/2001", {"price": "1"}, {"price"}),
        ("PUT", "orders/2001", {"placedate": "yesterday"}, {"placedate"}),
        ("PUT", "orders/2001", {"rows": [{"article": {"id": 9}}]}, {"rows.0.article"}),
        ("PUT", "orders/2001", {"tags": [{"id": 9}]}, {"tags.0.id"}),
        ("PUT", "orders/2001", {"tags": [{"name": "x"}]}, {"tags.0.id"}),
        ("PUT", "articles/4001", {"price": 1}, {"name", "description", "vat"}),
        ("PUT", "opportunities/8001", {"sourceid": 1}, {"sourceid"}),
        ("PUT", "contracts/11001", {"reminderdays": "x"}, {"reminderdays"}),
        ("POST", "services/creditcheck", {"person_number": "12"}, {"person_number"}),
    ],
)
def test_a_body_that_does_not_fit_is_refused_member_by_member(
    method: str, path: str, body: dict[str, Any], errors: set[str]
) -> None:
    answer = client().request(method, path, json=body)
    assert answer.status_code == 400
    assert errors <= answer.json()["errors"].keys()


def test_the_rows_of_an_order_are_replaced_or_merged_by_their_ids() -> None:
    for choice, count in (("replace", 1), ("merge", 2)):
        door = client(arrays=choice)
        assert door.put("orders/2001", json={"rows": [{"price": 1, "article": {"id": 4001}}]}).status_code == 204
        assert len(door.get("orders/2001").json()["rows"]) == count


@pytest.mark.parametrize(("choice", "moved"), [("fields", False), ("all", True)])
def test_whether_a_stamp_moves_with_tags(choice: str, moved: bool) -> None:
    app = Cirrus(samples=True, switches={"stamps": choice}, clock=lambda: NOW)
    door = httpx.Client(
        transport=httpx.WSGITransport(app=app),
        base_url="http://cirrus.example/rest",
        headers={"X-Token": "demo-cirrus-token"},
    )
    before = door.get("leads/6001").json()["updated"]
    app.clock = lambda: NOW + 60
    door.put("leads/6001", json={"tags": [{"id": 101}]})
    assert (door.get("leads/6001").json()["updated"] != before) is moved


def test_a_user_follows_and_leaves_a_record() -> None:
    door = client()
    for what, followers in (("follow", [3]), ("unfollow", [])):
        assert door.post(f"opportunities/{what}", json={"key": 8001, "userid": 3}).status_code == 204
        assert [user["id"] for user in door.get("opportunities/8001").json()["followers"]] == followers


def test_a_list_lacks_what_the_page_does_not_show_in_it() -> None:
    door = client()
    [first, _] = door.get("articlegroups", params={"sorting": "name_asc"}).json()["items"]
    assert ("sortorder" in first, "sortorder" in door.get("articlegroups/201").json()) == (False, True)


def test_a_filter_of_which_nothing_is_known_is_not_passed_over() -> None:
    assert client().get("orders", params={"sorting": "number_asc", "missionids": "1"}).status_code == 501


def test_operations_can_stand_at_other_paths() -> None:
    app = Cirrus(paths={59: ("GET", "/terms")})
    door = httpx.Client(
        transport=httpx.WSGITransport(app=app),
        base_url="http://cirrus.example/rest",
        headers={"X-Token": "demo-cirrus-token"},
    )
    assert door.get("terms", params={"sorting": "name_asc"}).json()["total"] == 2
    assert door.get("deliveryterms", params={"sorting": "name_asc"}).status_code == 405
