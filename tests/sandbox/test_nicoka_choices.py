"""What Nicoka's sandbox does under the rarer choices of its switches, as a client of its API sees it."""

from __future__ import annotations

from typing import Any

import pytest

from tests.sandbox.test_nicoka import Clock, client, filled, names, refusal, room

LOGIN = {"login": "demo", "password": "demo-nicoka-password"}
WAYS: dict[str, dict[str, Any]] = {
    "offset": {"offset": 2},
    "page": {"page": 2},
    "query": {"queryUid": "", "queryPage": 2},
    "link": {"queryUi": "", "queryPage": 2},
}


@pytest.mark.parametrize("way", WAYS)
def test_only_one_way_of_paging_may_be_understood(way: str) -> None:
    _, api = filled(5, paging=way)
    uid = api.get("/customers", params={"limit": 2}).json()["queryUid"]
    led = {}
    for other, params in WAYS.items():
        asked = {name: value or uid for name, value in params.items()}
        led[other] = names(api.get("/customers", params={"limit": 2, **asked})) == ["C002", "C001"]
    assert led == {other: other == way for other in WAYS}


def test_where_addresses_lead_on_envelopes_have_them() -> None:
    _, api = filled(3, paging="link")
    assert "@odata.nextLink" in api.get("/customers", params={"limit": 2}).json()


def test_a_list_by_offset_may_stand_still_from_its_first_page_on() -> None:
    app, api = filled(4, snapshot="frozen")
    assert names(api.get("/customers", params={"limit": 2})) == ["C003", "C002"]
    app.add("customers", {"name1": "new"})
    assert names(api.get("/customers", params={"limit": 2, "offset": 2})) == ["C001", "C000"]
    assert names(api.get("/customers", params={"limit": 2})) == ["new", "C003"]


def test_a_page_may_hold_20_where_no_limit_is_asked_for() -> None:
    _, api = filled(25, default_limit="20")
    assert len(api.get("/customers").json()["data"]) == 20


@pytest.mark.parametrize(("ends", "count"), [("included", 3), ("excluded", 1)])
def test_a_range_may_leave_its_ends_out(ends: str, count: int) -> None:
    clock = Clock()
    app, api = room(clock, range_ends=ends)
    for _ in range(3):
        app.add("customers", {"name1": "C"})
        clock.now += 86_400
    assert api.get("/customers", params={"udate": "2025-09-15,2025-09-17"}).json()["total"] == count


@pytest.mark.parametrize(("switches", "status", "code"), [({}, 422, 422), ({"error_codes": "own"}, 422, 404)])
def test_codes_of_errors_may_be_the_accounts_own(switches: dict[str, str], status: int, code: int) -> None:
    _, api = room(**switches)
    assert refusal(api.post("/customers", json={})) == (status, code)


def test_a_refused_login_may_be_a_text() -> None:
    _, api = room(login_refusal="text")
    answer = api.post("/login", json={**LOGIN, "password": "wrong"})
    assert (answer.status_code, answer.headers["content-type"].split(";")[0]) == (401, "text/plain")


def test_a_token_may_keep_its_end_to_itself() -> None:
    clock = Clock()
    app, api = room(clock, token_life="unsaid")
    token = api.post("/login", json=LOGIN).json()["token"]
    statuses = []
    for seconds in (59, 1):
        clock.now += seconds
        statuses.append(client(app, token).get("/customers").status_code)
    assert (token.count("."), statuses) == (0, [200, 401])
    assert client(app, f"54-99999999999:{token.rpartition(':')[2]}").get("/customers").status_code == 401


@pytest.mark.parametrize(("window", "served"), [("sliding", [4, 0, 0]), ("calendar", [4, 4, 0]), ("minute", [6, 6, 6])])
def test_calls_may_be_counted_in_several_ways(window: str, served: list[int]) -> None:
    clock = Clock(1_757_936_264.9)
    app, api = room(clock, rate_window=window)
    app.rate = 4
    counts = []
    for _ in range(3):
        counts.append(sum(api.get("/customers").status_code == 200 for _ in range(6)))
        clock.now += 0.2
    assert counts == served


def test_too_many_calls_may_be_told_by_a_text() -> None:
    app, api = room(throttled_body="text")
    app.rate = 0
    assert api.get("/customers").text == "Trop de requêtes"


@pytest.mark.parametrize(("udate", "by_api", "by_person"), [("by_people", False, True), ("still", False, False)])
def test_not_every_save_may_move_udate(udate: str, by_api: bool, by_person: bool) -> None:
    clock = Clock()
    app, api = room(clock, udate=udate)
    app.add("customers", {"name1": "C"})
    moved = []
    for change in (
        lambda: api.post("/customers/2679", json={"city": "Lyon"}),
        lambda: app.edit("customers", 2679, {"city": "Nice"}),
    ):
        before = api.get("/customers/2679").json()["udate"]
        clock.now += 60
        change()
        moved.append(api.get("/customers/2679").json()["udate"] != before)
    assert moved == [by_api, by_person]


@pytest.mark.parametrize(("versi", "status"), [("ignored", 200), ("checked", 409)])
def test_an_old_version_may_be_refused(versi: str, status: int) -> None:
    app, api = room(versi=versi)
    app.add("customers", {"name1": "C"})
    app.edit("customers", 2679, {"city": "Nice"})
    assert api.post("/customers/2679", json={"versi": 1, "city": "Lyon"}).status_code == status
    assert api.post("/customers/2679", json={"city": "Lyon"}).status_code == 200


@pytest.mark.parametrize(
    ("choice", "kept"),
    [
        ("kept", '<p onclick="x()">Oui</p><script>y()</script> 2 < 3'),
        ("filtered", "<p>Oui</p> 2 < 3"),
        ("stripped", "Oui 2 < 3"),
    ],
)
def test_of_markup_less_may_be_kept(choice: str, kept: str) -> None:
    _, api = room(markup=choice)
    text = '<p onclick="x()">Oui</p><script>y()</script> 2 < 3'
    answer = api.post("/customers", json={"name1": "C", "comments": text})
    assert answer.json()["object"]["comments"] == kept


def test_a_record_may_be_too_large() -> None:
    _, api = room(body_limit="64k")
    assert refusal(api.post("/customers", json={"name1": "C", "comments": "x" * 70_000})) == (413, 413)


@pytest.mark.parametrize(("field", "others", "value"), [("status", [None, ""], 0), ("city", [None], "")])
def test_0_may_empty_what_is_chosen_and_the_empty_text_all_else(field: str, others: list[Any], value: Any) -> None:
    _, api = room(clearing="zero")
    full = {"name1": "C", "status": 2, "city": "Lyon"}
    api.post("/customers", json=full)
    told = [api.post("/customers/2679", json={field: said}).json()["object"][field] for said in (*others, value)]
    assert told == [full[field] for _ in others] + [None]


def test_rows_that_others_may_see_are_not_there() -> None:
    app, api = filled(2, rows="some")
    app.edit("customers", 2679, {"assignment_type": 2})
    assert names(api.get("/customers")) == ["C001"]
    assert refusal(api.get("/customers/2679")) == (404, 404)


def test_a_flag_may_stand_in_rows_that_are_alive() -> None:
    _, api = filled(1, loekz="other")
    assert api.get("/customers").json()["data"][0]["loekz"] == 1


def test_a_merge_may_leave_numbers_that_are_no_losers() -> None:
    app, api = filled(2, merging_log="other")
    app.merge("customers", 2679, 2680)
    assert "2680" not in api.get("/customers/2679").json()["merging_log"]


def test_a_contact_may_belong_to_the_customer_of_before_as_well() -> None:
    app, api = filled(2, contact_links="several")
    person = app.add("contacts", {"last_name": "Petit", "customerid": 2679})
    app.edit("contacts", person, {"customerid": 2680})
    assert [row["nb_of_contacts"] for row in api.get("/customers").json()["data"]] == [1, 1]


@pytest.mark.parametrize(
    ("switches", "rows"),
    [
        ({"values_retired": "listed"}, [("Un", 1), ("Deux", 1), ("Trois", 0)]),
        ({"values_paging": "paged", "default_limit": "20"}, [("Un", None), ("Deux", None)]),
        ({"values_language": "english"}, [("Un", None), ("Deux", None)]),
    ],
)
def test_values_of_a_list_may_be_more_and_less(switches: dict[str, str], rows: list[Any]) -> None:
    app, api = room(**switches)
    app.account.lists["143"] = {"1": "Un", "2": "Deux"}
    app.account.retired = {"143": {"3": "Trois"}}
    told = api.get("/application/entities/143/values/").json()
    assert [(row["label"], row.get("active")) for row in told] == rows


def test_values_of_a_list_may_come_in_pages() -> None:
    _, api = room(values_paging="paged")
    told = [api.get("/application/entities/216/values/", params={"limit": 4, "offset": o}).json() for o in (0, 4, 8)]
    assert [len(rows) for rows in told] == [4, 2, 0]


@pytest.mark.parametrize(
    ("switches", "uid", "cdate"), [({}, "1-", "13"), ({"uid": "3", "wall_clock": "utc"}, "3-", "11")]
)
def test_a_uid_and_a_clock_may_be_others(switches: dict[str, str], uid: str, cdate: str) -> None:
    app, api = room(**switches)
    app.add("contacts", {"last_name": "Petit"})
    row = api.get("/contacts").json()["data"][0]
    assert (row["uid"][:2], row["cdate"][11:13]) == (uid, cdate)
