from __future__ import annotations

import base64
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.sandbox.nicoka import Nicoka
from mapper.sandbox.nicoka.checks import Refused

TOKEN = "demo-nicoka-token"
#: what the vendor's pages print: one list, one creation and one get of each resource
PAGES: dict[str, Any] = json.loads(Path(__file__).with_name("nicoka_pages.json").read_text(encoding="utf-8"))

#: 2025-09-15 13:37:44 in Paris, the moment of the first creation in the vendor's pages
MOMENT = 1757936264.0


class Clock:
    """A clock that stands still until it is moved."""

    def __init__(self, now: float = MOMENT) -> None:
        self.now = now

    def __call__(self) -> float:
        return self.now


def client(app: Nicoka, token: str = TOKEN) -> httpx.Client:
    return httpx.Client(
        transport=httpx.WSGITransport(app=app),
        base_url="http://nicoka.test/api",
        headers={"Authorization": f"Bearer {token}"},
    )


def room(clock: Callable[[], float] | None = None, /, **switches: str) -> tuple[Nicoka, httpx.Client]:
    app = Nicoka(clock=clock or Clock(), switches=switches)
    return app, client(app)


def names(answer: httpx.Response) -> list[str]:
    return [row["label"] for row in answer.json()["data"]]


def refusal(answer: httpx.Response) -> tuple[int, int]:
    """The HTTP status and the code in the body; also proves the shape of an error."""
    body = answer.json()
    assert set(body) == {"error", "code"}
    assert isinstance(body["error"], str)
    assert body["error"]
    return answer.status_code, body["code"]


# The vendor's own pages


def test_customer_creation_is_the_one_in_the_pages() -> None:
    app = Nicoka(clock=Clock(), samples=True)
    answer = client(app).post("/customers", json={"name1": "Noé IT"})
    assert answer.status_code == 200
    assert answer.json() == PAGES["customers"]["create"]
    assert list(answer.json()["object"]) == list(PAGES["customers"]["create"]["object"])


def test_contact_creation_is_the_one_in_the_pages_but_for_its_random_uid() -> None:
    app = Nicoka(clock=Clock(1757939320), samples=True)
    answer = client(app).post("/contacts", json={"last_name": "Chartier"})
    body = answer.json()
    printed = json.dumps(PAGES["contacts"]["create"])
    uid = PAGES["contacts"]["create"]["object"]["uid"]
    assert body["object"]["uid"][:12] == uid[:12]
    assert len(body["object"]["uid"]) == len(uid)
    assert body == json.loads(printed.replace(uid, body["object"]["uid"]))
    assert list(body["object"]) == list(PAGES["contacts"]["create"]["object"])


@pytest.mark.parametrize("resource", ["customers", "contacts", "opportunities"])
def test_list_holds_the_printed_rows_under_the_printed_keys(resource: str) -> None:
    body = client(Nicoka(samples=True)).get(f"/{resource}").json()
    printed = PAGES[resource]["list"]
    assert list(body) == list(printed)
    assert body["data"] == printed["data"]
    assert [list(row) for row in body["data"]] == [list(row) for row in printed["data"]]


@pytest.mark.parametrize("resource", list(PAGES))
def test_get_answers_the_printed_record(resource: str) -> None:
    printed = PAGES[resource]["get"]
    body = client(Nicoka(samples=True)).get(f"/{resource}/{printed['id']}").json()
    assert body == printed
    assert list(body) == list(printed)


@pytest.mark.parametrize(
    ("resource", "extra"),
    [
        ("customers", ["updateLink"]),
        (
            "contacts",
            [
                "initials",
                "consent_management_link",
                "unsubscribe_link",
                "portal_registering_link",
                "name",
                "updateLink",
            ],
        ),
    ],
)
def test_get_has_keys_that_the_list_has_not(resource: str, extra: list[str]) -> None:
    api = client(Nicoka(samples=True))
    row = api.get(f"/{resource}").json()["data"][0]
    assert [key for key in api.get(f"/{resource}/{row['id']}").json() if key not in row] == extra


def test_account_without_samples_is_empty() -> None:
    _, api = room()
    body = api.get("/customers").json()
    assert (body["total"], body["limit"], body["pages"], body["page"], body["data"]) == (0, 0, 0, 1, [])


def test_data_holds_the_list_form_of_every_resource() -> None:
    data = Nicoka(samples=True).data()
    assert list(data) == list(PAGES)
    for name in ("customers", "contacts", "opportunities"):
        assert data[name] == PAGES[name]["list"]["data"]


# Keys


@pytest.mark.parametrize("header", ["", "Bearer wrong", "Basic demo-nicoka-token", "demo-nicoka-token", "Bearer a.b.c"])
def test_call_without_a_good_token_is_refused(header: str) -> None:
    app, _ = room()
    api = httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://nicoka.test/api")
    assert refusal(api.get("/customers", headers={"Authorization": header})) == (401, 401)


@pytest.mark.parametrize("form", ["json", "params"])
def test_login_gives_a_token_that_opens_the_account(form: str) -> None:
    app, api = room()
    keys = {"login": "demo", "password": "demo-nicoka-password"}
    answer = api.post("/login", json=keys) if form == "json" else api.post("/login", params=keys)
    assert client(app, answer.json()["token"]).get("/customers").status_code == 200


def test_login_token_looks_like_a_signed_jwt() -> None:
    _, api = room()
    token = api.post("/login", json={"login": "demo", "password": "demo-nicoka-password"}).json()["token"]
    head, claims = (json.loads(base64.urlsafe_b64decode(part + "==")) for part in token.split(".")[:2])
    assert head == {"typ": "JWT", "alg": "HS256"}
    assert claims == {"sub": "54", "exp": int(MOMENT) + 86_400}


def test_login_needs_no_token() -> None:
    app, _ = room()
    answer = client(app, "wrong").post("/login", json={"login": "demo", "password": "demo-nicoka-password"})
    assert answer.status_code == 200


@pytest.mark.parametrize("keys", [{}, {"login": "demo"}, {"login": "demo", "password": "guess"}])
def test_wrong_login_is_refused(keys: dict[str, str]) -> None:
    _, api = room()
    assert refusal(api.post("/login", json=keys)) == (401, 401)


@pytest.mark.parametrize(("form", "good"), [("json", "json"), ("query", "params")])
def test_login_may_take_one_form_only(form: str, good: str) -> None:
    _, api = room(login_form=form)
    keys = {"login": "demo", "password": "demo-nicoka-password"}
    statuses = {"json": api.post("/login", json=keys), "params": api.post("/login", params=keys)}
    assert {name: answer.status_code == 200 for name, answer in statuses.items()} == {
        "json": good == "json",
        "params": good == "params",
    }


@pytest.mark.parametrize(("life", "after", "status"), [("short", 59, 200), ("short", 60, 401), ("long", 3600, 200)])
def test_login_token_expires_by_the_given_clock(life: str, after: int, status: int) -> None:
    clock = Clock()
    app, api = room(clock, token_life=life)
    token = api.post("/login", json={"login": "demo", "password": "demo-nicoka-password"}).json()["token"]
    clock.now += after
    assert client(app, token).get("/customers").status_code == status


def test_forged_expiry_is_refused() -> None:
    app, api = room()
    token = api.post("/login", json={"login": "demo", "password": "demo-nicoka-password"}).json()["token"]
    head, _, signature = token.split(".")
    claims = base64.urlsafe_b64encode(b'{"sub":"54","exp":99999999999}').decode().rstrip("=")
    assert client(app, f"{head}.{claims}.{signature}").get("/customers").status_code == 401


@pytest.mark.parametrize(("switch", "header"), [("absent", None), ("present", "1")])
def test_fifth_call_in_a_second_is_too_many(switch: str, header: str | None) -> None:
    app = Nicoka(clock=Clock(), rate=4, switches={"retry_after": switch})
    answers = [client(app).get("/customers") for _ in range(5)]
    assert [answer.status_code for answer in answers] == [200, 200, 200, 200, 429]
    assert refusal(answers[4]) == (429, 429)
    assert answers[4].headers.get("Retry-After") == header


# Paging


def filled(count: int, **switches: str) -> tuple[Nicoka, httpx.Client]:
    app, api = room(**switches)
    for number in range(count):
        app.add("customers", {"name1": f"C{number:03}"})
    return app, api


@pytest.mark.parametrize("path", ["/customers", "/customers/", "/customers/2679", "/customers/2679/"])
def test_trailing_slash_makes_no_difference(path: str) -> None:
    _, api = filled(1)
    assert api.get(path).status_code == 200


def test_list_stands_newest_first_by_default() -> None:
    _, api = filled(3)
    assert names(api.get("/customers")) == ["C002", "C001", "C000"]


@pytest.mark.parametrize(
    ("params", "length", "limit"),
    [
        ({}, 100, 100),
        ({"limit": 7}, 7, 7),
        ({"limit": 200}, 200, 200),
        ({"limit": 500}, 200, 200),
        ({"limit": 0}, 100, 100),
        ({"limit": "many"}, 100, 100),
    ],
)
def test_page_length_is_100_unless_asked_and_200_at_most(params: dict[str, Any], length: int, limit: int) -> None:
    _, api = filled(205)
    body = api.get("/customers", params=params).json()
    assert (len(body["data"]), body["limit"], body["total"]) == (length, limit, 205)


def test_envelope_limit_is_the_total_when_that_is_less() -> None:
    _, api = filled(3)
    assert api.get("/customers", params={"limit": 50}).json()["limit"] == 3


def test_limit_above_200_may_be_an_error() -> None:
    _, api = filled(1, limit_over_200="error")
    assert refusal(api.get("/customers", params={"limit": 201})) == (422, 422)


@pytest.mark.parametrize(
    ("params", "found", "place"),
    [
        ({"offset": 0}, ["C004", "C003"], (0, 1, 3)),
        ({"offset": 2}, ["C002", "C001"], (2, 2, 3)),
        ({"offset": 4}, ["C000"], (4, 3, 3)),
        ({"offset": 6}, [], (6, 4, 3)),
        ({"page": 2}, ["C002", "C001"], (2, 2, 3)),
        ({"page": 3, "offset": 0}, ["C004", "C003"], (0, 1, 3)),
    ],
)
def test_pages_by_offset_or_number(params: dict[str, int], found: list[str], place: tuple[int, int, int]) -> None:
    _, api = filled(5)
    answer = api.get("/customers", params={"limit": 2, **params})
    body = answer.json()
    assert names(answer) == found
    assert (body["offset"], body["page"], body["pages"]) == place


def test_pages_of_a_stored_query() -> None:
    _, api = filled(5)
    uid = api.get("/customers", params={"limit": 2, "orderBy": "id:ASC"}).json()["queryUid"]
    assert len(uid) == 32
    pages = [api.get("/customers", params={"queryUid": uid, "queryPage": page}) for page in (2, 3)]
    assert [names(page) for page in pages] == [["C002", "C003"], ["C004"]]
    assert [page.json()["queryUid"] for page in pages] == [uid, uid]


def test_unknown_stored_query_is_not_found() -> None:
    _, api = room()
    assert refusal(api.get("/customers", params={"queryUid": "0" * 32, "queryPage": 2})) == (404, 404)


def test_stored_query_is_forgotten_after_many_others() -> None:
    _, api = filled(5)
    first = api.get("/customers", params={"limit": 2}).json()["queryUid"]
    for number in range(256):
        api.get("/customers", params={"city": number})
    assert refusal(api.get("/customers", params={"queryUid": first, "queryPage": 2})) == (404, 404)


def test_long_lists_in_many_orders_stay_right() -> None:
    app, api = filled(200)
    fields = list(api.get("/customers/2679").json())[:20]
    for _ in range(2):
        for name in fields:
            assert api.get("/customers", params={"orderBy": f"{name}:ASC"}).json()["total"] == 200
    assert names(api.get("/customers", params={"orderBy": "id:ASC", "limit": 1})) == ["C000"]


def test_stored_query_of_another_resource_is_not_found() -> None:
    _, api = filled(1)
    uid = api.get("/customers").json()["queryUid"]
    assert refusal(api.get("/contacts", params={"queryUid": uid})) == (404, 404)


def test_stored_query_keeps_its_rows_while_offset_sees_the_new_ones() -> None:
    app, api = filled(4)
    uid = api.get("/customers", params={"limit": 2}).json()["queryUid"]
    app.add("customers", {"name1": "new"})
    app.edit("customers", 2679, {"name1": "moved"})
    assert names(api.get("/customers", params={"queryUid": uid, "queryPage": 2})) == ["C001", "C000"]
    assert names(api.get("/customers", params={"limit": 2, "offset": 2})) == ["C002", "C001"]


def test_offset_may_be_ignored() -> None:
    _, api = filled(5, paging="page")
    pages = [api.get("/customers", params={"limit": 2, "offset": offset}) for offset in (0, 2)]
    assert names(pages[0]) == names(pages[1])


def test_next_link_is_absent_by_default() -> None:
    _, api = filled(5)
    assert "@odata.nextLink" not in api.get("/customers", params={"limit": 2}).json()


def test_next_links_lead_through_all_pages() -> None:
    _, api = filled(5, next_link="on")
    body, seen = api.get("/customers", params={"limit": 2}).json(), []
    first = body["@odata.nextLink"]
    while True:
        seen += [row["label"] for row in body["data"]]
        if "@odata.nextLink" not in body:
            break
        body = api.get(body["@odata.nextLink"]).json()
    assert seen == ["C004", "C003", "C002", "C001", "C000"]
    assert first.startswith("http://nicoka.test/api/customers?queryUi=")


def test_ten_thousand_records_are_walked_in_fifty_calls() -> None:
    app, api = filled(10_000)
    seen: set[int] = set()
    for offset in range(0, 10_000, 200):
        seen |= {row["id"] for row in api.get("/customers", params={"limit": 200, "offset": offset}).json()["data"]}
    assert len(seen) == 10_000
    assert app.by_method() == {"GET": 50}


def test_unmoved_list_is_not_sorted_again_for_each_page() -> None:
    app, _ = filled(200)
    table = app.account.tables["customers"]
    rows = table.remembered("all", table.newest_first)
    assert table.remembered("all", table.newest_first) is rows
    app.edit("customers", 2679, {"name1": "moved"})
    assert table.remembered("all", table.newest_first) is not rows


# Order and filters


@pytest.mark.parametrize(
    ("order", "found"),
    [
        ("name1:ASC", ["Amers", "Brume", "Cime"]),
        ("name1:DESC", ["Cime", "Brume", "Amers"]),
        ("credit_limit:ASC", ["Amers", "Brume", "Cime"]),
        ("credit_limit:DESC", ["Cime", "Brume", "Amers"]),
        ("name1:asc", ["Brume", "Amers", "Cime"]),
        ("name1", ["Brume", "Amers", "Cime"]),
        ("nothing:ASC", ["Brume", "Amers", "Cime"]),
        ("updateLink:ASC", ["Brume", "Amers", "Cime"]),
    ],
)
def test_order_by_one_known_field(order: str, found: list[str]) -> None:
    app, api = room()
    for name, credit in (("Cime", 20), ("Amers", None), ("Brume", 3)):
        app.add("customers", {"name1": name, "credit_limit": credit})
    assert names(api.get("/customers", params={"orderBy": order})) == found


def test_order_may_be_ignored() -> None:
    _, api = filled(2, order_by="ignored")
    assert names(api.get("/customers", params={"orderBy": "id:ASC"})) == ["C001", "C000"]


def dated() -> tuple[Nicoka, httpx.Client]:
    clock = Clock()
    app, api = room(clock)
    for name, day in (("Amers", 0), ("Brume", 1), ("Cime", 2), ("Dune", 3)):
        clock.now = MOMENT + day * 86_400
        app.add("customers", {"name1": name, "city": "Angers" if day % 2 else "Paris", "status": day + 1})
    return app, api


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ("city=Angers", ["Dune", "Brume"]),
        ("status=2", ["Brume"]),
        ("id=2679", ["Amers"]),
        ("customerid=2680", ["Brume"]),
        ("city=angers", []),
        ("city=", []),
        ("email=null", []),
        ("city=Angers&status=4", ["Dune"]),
        ("city=Angers&status=1", []),
        ("name1[]=Amers&name1[]=Cime", ["Cime", "Amers"]),
        ("name1=Amers&name1=Cime", ["Cime"]),
        ("udate=2025-09-16,2025-09-17", ["Cime", "Brume"]),
        ("udate=2025-09-16,2025-09-16", ["Brume"]),
        ("udate=2025-09-16 13:37:44,2025-09-16 13:37:44", ["Brume"]),
        ("udate=2025-09-16 13:37:45,2025-09-17 13:37:43", []),
        ("udate=2099-01-01,2099-01-02", []),
        ("udate=2025-09-16 13:37:44", ["Brume"]),
        ("udate=2025-09-16", []),
        ("udate=2025-09-16,", []),
        ("first_invoice_date=2025-01-01,2025-12-31", []),
        ("city=Angers&udate=2025-09-16,2025-09-17", ["Brume"]),
        ("city=Angers,Paris", []),
        ("search=Amers", ["Dune", "Cime", "Brume", "Amers"]),
        ("udate_after=2025-09-16", ["Dune", "Cime", "Brume", "Amers"]),
    ],
)
def test_filters(query: str, found: list[str]) -> None:
    _, api = dated()
    assert names(api.get(f"/customers?{query}")) == found


def test_range_may_be_ignored() -> None:
    app, api = dated()
    app.set_switches({"range_filter": "ignored"})
    assert len(names(api.get("/customers?udate=2099-01-01,2099-01-02"))) == 4


def test_unknown_parameter_may_be_an_error() -> None:
    app, api = dated()
    app.set_switches({"unknown_params": "error"})
    assert refusal(api.get("/customers?search=Amers")) == (422, 422)


def test_filter_follows_a_changed_value() -> None:
    app, api = dated()
    assert names(api.get("/customers?city=Angers")) == ["Dune", "Brume"]
    app.edit("customers", 2680, {"city": "Nantes"})
    app.edit("customers", 2679, {"city": "Angers"})
    assert names(api.get("/customers?city=Angers")) == ["Dune", "Amers"]


# Creating and updating


def test_create_answer_has_types_that_the_record_has_not_later() -> None:
    _, api = room()
    new = api.post("/customers", json={"name1": "Amers"}).json()["object"]
    later = api.get("/customers/2679").json()
    odd = {key: (new[key], later[key]) for key in new if type(new[key]) is not type(later[key])}
    assert odd == {
        "id": ("2679", 2679),
        "customerid": ("2679", 2679),
        "active": (True, 1),
        "assignment_type": ("1", 1),
    }


@pytest.mark.parametrize(
    ("resource", "changes", "success"),
    [
        ("customers", {"name1": "Brume"}, "Compte <b>Brume</b> a été modifié"),
        ("contacts", {"first_name": "Léa"}, "Contact <b>Léa Petit</b> a été modifié"),
    ],
)
def test_update_answers_the_whole_record_as_a_get_shows_it(
    resource: str, changes: dict[str, str], success: str
) -> None:
    app, api = room()
    ident = app.add(resource, {"name1": "Amers"} if resource == "customers" else {"last_name": "Petit"})
    answer = api.post(f"/{resource}/{ident}", json=changes)
    assert answer.status_code == 200
    assert answer.json() == {"success": success, "object": api.get(f"/{resource}/{ident}").json()}


def test_update_leaves_the_other_fields_alone() -> None:
    app, api = room()
    ident = app.add("customers", {"name1": "Amers", "city": "Angers", "phone": "1"})
    row = api.post(f"/customers/{ident}", json={"phone": "2"}).json()["object"]
    assert (row["name1"], row["city"], row["phone"]) == ("Amers", "Angers", "2")


def test_update_moves_version_change_date_and_user() -> None:
    clock = Clock()
    app, api = room(clock)
    ident = app.add("customers", {"name1": "Amers"})
    before = api.get(f"/customers/{ident}").json()
    clock.now += 61
    after = api.post(f"/customers/{ident}", json={"name1": "Amers"}).json()["object"]
    stamps = ["versi", "cdate", "cname", "udate", "uname"]
    assert [before[key] for key in stamps] == [1, "2025-09-15 13:37:44", 46, "2025-09-15 13:37:44", 46]
    assert [after[key] for key in stamps] == [2, "2025-09-15 13:37:44", 46, "2025-09-15 13:38:45", 54]


@pytest.mark.parametrize(
    ("moment", "wall"),
    [
        (1735689600.9, "2025-01-01 01:00:00"),
        (1751328000.0, "2025-07-01 02:00:00"),
        (1761438600.0, "2025-10-26 02:30:00"),
        (1761442200.0, "2025-10-26 02:30:00"),
    ],
)
def test_dates_are_the_wall_clock_of_paris_to_the_second(moment: float, wall: str) -> None:
    _, api = room(Clock(moment))
    assert api.post("/customers", json={"name1": "Amers"}).json()["object"]["udate"] == wall


def test_zone_of_the_account_can_be_another() -> None:
    app = Nicoka(clock=Clock(), zone="UTC")
    assert client(app).post("/customers", json={"name1": "A"}).json()["object"]["cdate"] == "2025-09-15 11:37:44"


def test_status_date_moves_with_the_status_only() -> None:
    clock = Clock()
    app, api = room(clock)
    ident = app.add("customers", {"name1": "Amers"})
    clock.now += 60
    api.post(f"/customers/{ident}", json={"city": "Angers"})
    assert api.get(f"/customers/{ident}").json()["status_udate"] == "2025-09-15 13:37:44"
    api.post(f"/customers/{ident}", json={"status": 2})
    assert api.get(f"/customers/{ident}").json()["status_udate"] == "2025-09-15 13:38:44"


@pytest.mark.parametrize(
    ("name", "slug"),
    [("Noé IT", "noe-it"), ("Entreprise Machin", "entreprise-machin"), ("  L'Été & Cie. ", "l-ete-cie")],
)
def test_keyname_is_a_slug_of_the_name(name: str, slug: str) -> None:
    _, api = room()
    assert api.post("/customers", json={"name1": name}).json()["object"]["keyname"] == slug


@pytest.mark.parametrize(
    ("fields", "label", "initials"),
    [
        ({"last_name": "Chartier"}, " Chartier", " C"),
        ({"last_name": "PETIT", "first_name": "Olivier"}, "Olivier PETIT", "O P"),
    ],
)
def test_contact_is_labelled_by_first_and_last_name(fields: dict[str, str], label: str, initials: str) -> None:
    _, api = room()
    body = api.post("/contacts", json=fields).json()["object"]
    assert (body["label"], body["name"], body["initials"]) == (label, label, initials)


@pytest.mark.parametrize(
    ("resource", "sent"),
    [
        ("customers", {}),
        ("customers", {"city": "Angers"}),
        ("customers", {"name1": ""}),
        ("customers", {"name1": None}),
        ("contacts", {"first_name": "Léa"}),
    ],
)
def test_record_without_its_mandatory_field_is_refused(resource: str, sent: dict[str, Any]) -> None:
    _, api = room()
    assert refusal(api.post(f"/{resource}", json=sent)) == (422, 422)
    assert api.get(f"/{resource}").json()["total"] == 0


def test_mandatory_field_cannot_be_cleared() -> None:
    app, api = room()
    ident = app.add("customers", {"name1": "Amers"})
    assert refusal(api.post(f"/customers/{ident}", json={"name1": ""})) == (422, 422)


@pytest.mark.parametrize("empty", [None, ""])
@pytest.mark.parametrize(
    "name", ["city", "status", "tags", "credit_limit", "country", "parentid", "first_invoice_date"]
)
def test_null_and_empty_text_both_store_null(name: str, empty: str | None) -> None:
    app, api = room()
    sent = {"city": "Angers", "status": 2, "tags": [1], "credit_limit": 5, "country": "FR"}
    ident = app.add("customers", {"name1": "Amers", **sent})
    assert api.post(f"/customers/{ident}", json={name: empty}).json()["object"][name] is None


@pytest.mark.parametrize(
    ("sent", "stored"),
    [
        ({"status": 2}, 2),
        ({"status": "2"}, 2),
        ({"country": "SE"}, "SE"),
        ({"currency": "SEK"}, "SEK"),
        ({"communication_language": "sv"}, "sv"),
        ({"credit_limit": "1500.5"}, 1500.5),
        ({"year_of_creation": "1999"}, 1999),
        ({"city": 12}, "12"),
        ({"lat": 47.5}, "47.50000000"),
        ({"cancellation_date": "2025-02-28"}, "2025-02-28"),
        ({"active": False}, 0),
        ({"compid": 1}, 1),
        ({"owner_objectid": "43"}, 43),
        ({"name3": "anything"}, "anything"),
        ({"profit_accounts": {"1": None}}, '{"1": null}'),
    ],
)
def test_sent_value_takes_the_type_of_its_field(sent: dict[str, Any], stored: Any) -> None:
    _, api = room()
    api.post("/customers", json={"name1": "Amers", **sent})
    shown = api.get("/customers/2679").json()[next(iter(sent))]
    assert (type(shown), shown) == (type(stored), stored)


BAD = [
    {"status": 99},
    {"status": "Client"},
    {"status": True},
    {"industry": 1},
    {"country": "France"},
    {"country": "fr"},
    {"currency": "€"},
    {"communication_language": "fr-FR"},
    {"parentid": 12},
    {"parentid": "Amers"},
    {"main_contactid": 1},
    {"compid": 7},
    {"tags": [1, 99]},
    {"tags": "Cuisine"},
    {"tags": {"1": 1}},
    {"year_of_creation": "about 1999"},
    {"year_of_creation": True},
    {"credit_limit": "much"},
    {"credit_limit": "inf"},
    {"credit_limit": [1]},
    {"lat": "north"},
    {"lat": "NaN"},
    {"cancellation_date": "28/02/2025"},
    {"cancellation_date": "2025-2-28"},
    {"active": "yes"},
    {"city": ["Angers"]},
    {"city": True},
]


@pytest.mark.parametrize("sent", BAD, ids=str)
def test_value_that_does_not_fit_is_refused_and_nothing_is_written(sent: dict[str, Any]) -> None:
    app, api = room()
    assert refusal(api.post("/customers", json={"name1": "Amers", **sent})) == (422, 422)
    ident = app.add("customers", {"name1": "Brume"})
    assert refusal(api.post(f"/customers/{ident}", json={"city": "Angers", **sent})) == (422, 422)
    assert [(row["city"], row["versi"]) for row in app.data()["customers"]] == [(None, 1)]


@pytest.mark.parametrize("sent", BAD, ids=str)
@pytest.mark.parametrize("form", ["json", "csv", "array"])
def test_value_that_does_not_fit_may_be_stored_as_it_is(sent: dict[str, Any], form: str) -> None:
    _, api = room(bad_values="stored", multi_values=form)
    assert api.post("/customers", json={"name1": "Amers", **sent}).status_code == 200
    name, value = next(iter(sent.items()))
    if name != "tags":
        assert api.get("/customers/2679").json()[name] == value


@pytest.mark.parametrize("customer", [7, "7", [7]])
def test_contact_with_a_dangling_customer_is_refused_or_stored_as_it_is(customer: Any) -> None:
    app, api = room()
    assert refusal(api.post("/contacts", json={"last_name": "Petit", "customerid": customer})) == (422, 422)
    app.set_switches({"bad_values": "stored"})
    answer = api.post("/contacts", json={"last_name": "Petit", "customerid": customer})
    assert answer.json()["object"]["customerid"] == customer


@pytest.mark.parametrize("sent", [{"nothing": 1}, {"udate": "2020-01-01 00:00:00"}, {"id": 5}, {"iban2": ""}])
def test_unknown_and_read_only_fields_are_passed_over_in_silence(sent: dict[str, Any]) -> None:
    app, api = room()
    ident = app.add("customers", {"name1": "Amers"})
    before = api.get(f"/customers/{ident}").json()
    body = api.post(f"/customers/{ident}", json=sent).json()["object"]
    assert {**body, "versi": 1, "uname": 46} == before


@pytest.mark.parametrize("name", ["nothing", "udate", "versi", "label", "updateLink", "business_activity_code"])
def test_unknown_and_read_only_fields_may_be_an_error(name: str) -> None:
    _, api = room(unknown_fields="error")
    assert refusal(api.post("/customers", json={"name1": "Amers", name: "1"})) == (422, 422)


@pytest.mark.parametrize(("choice", "outcome"), [("ignored", "0" * 36), ("error", (422, 422)), ("truncated", "0" * 35)])
def test_declared_length_of_a_text(choice: str, outcome: Any) -> None:
    _, api = room(lengths=choice)
    answer = api.post("/customers", json={"name1": "Amers", "phone": "0" * 36})
    assert outcome == (refusal(answer) if choice == "error" else answer.json()["object"]["phone"])


def test_text_of_the_declared_length_is_well() -> None:
    _, api = room(lengths="error")
    assert api.post("/customers", json={"name1": "Amers", "phone": "0" * 35}).status_code == 200


def test_same_record_can_be_created_twice() -> None:
    _, api = room()
    sent = {"name1": "Amers", "external_reference": "K1"}
    assert [api.post("/customers", json=sent).json()["object"]["id"] for _ in range(2)] == ["2679", "2680"]


@pytest.mark.parametrize(
    ("resource", "first", "second", "status"),
    [
        ("customers", {"name1": "A"}, {"name1": "A"}, 422),
        ("customers", {"name1": "A", "email": "a@b.fr"}, {"name1": "B", "email": "a@b.fr"}, 422),
        ("customers", {"name1": "A", "external_reference": "1"}, {"name1": "B", "external_reference": 1}, 422),
        ("customers", {"name1": "A"}, {"name1": "B"}, 200),
        ("contacts", {"last_name": "A"}, {"last_name": "A"}, 200),
        ("contacts", {"last_name": "A", "email": "a@b.fr"}, {"last_name": "B", "email": "a@b.fr"}, 422),
    ],
)
def test_duplicates_may_be_an_error(resource: str, first: dict[str, Any], second: dict[str, Any], status: int) -> None:
    app, api = room(duplicates="error")
    app.add(resource, first)
    assert api.post(f"/{resource}", json=second).status_code == status


def test_removed_record_is_no_duplicate() -> None:
    app, api = room(duplicates="error")
    app.remove("customers", app.add("customers", {"name1": "Amers"}))
    assert api.post("/customers", json={"name1": "Amers"}).status_code == 200


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b'"text"', b"null"])
def test_body_that_is_no_json_object_is_refused(content: bytes) -> None:
    _, api = room()
    answer = api.post("/customers", content=content, headers={"Content-Type": "application/json"})
    assert refusal(answer) == (400, 400)


def test_form_encoded_body_is_refused() -> None:
    _, api = room()
    assert refusal(api.post("/customers", data={"name1": "Amers"})) == (400, 400)


def test_owner_of_a_contact_fills_the_pair_beside_it() -> None:
    _, api = room()
    row = api.post("/contacts", json={"last_name": "Petit", "owner_employeeid": 43}).json()["object"]
    assert (row["owner_employeeid"], row["owner_entityid"], row["owner_id"]) == (43, 101, 43)
    row = api.post("/contacts/5281", json={"owner_employeeid": None}).json()["object"]
    assert (row["owner_employeeid"], row["owner_entityid"], row["owner_id"]) == (None, None, None)


# Several values in one field


@pytest.mark.parametrize("sent", [[1, 4], ["1", "4"], "[1,4]", '["1", "4"]', "1,4", "1;4", "1, 4", [1, 4, 1]], ids=repr)
@pytest.mark.parametrize(
    ("form", "shown"), [("json", '["1","4"]'), ("csv", "1,4"), ("array", ["1", "4"])], ids=["json", "csv", "array"]
)
def test_several_values_are_taken_in_any_form_and_shown_in_one(sent: Any, form: str, shown: Any) -> None:
    _, api = room(multi_values=form)
    assert api.post("/customers", json={"name1": "Amers", "tags": sent}).json()["object"]["tags"] == shown
    assert api.get("/customers").json()["data"][0]["tags"] == shown


@pytest.mark.parametrize(("sent", "shown"), [(3, '["3"]'), ("3", '["3"]'), ([], None), ("[]", None)])
def test_one_value_or_none_in_a_field_of_several(sent: Any, shown: str | None) -> None:
    _, api = room()
    assert api.post("/customers", json={"name1": "Amers", "tags": sent}).json()["object"]["tags"] == shown


@pytest.mark.parametrize(("query", "found"), [('tags=["1","4"]', ["Amers"]), ("tags=1", []), ("tags=1,4", [])])
def test_filter_compares_several_values_as_one_text(query: str, found: list[str]) -> None:
    app, api = room()
    app.add("customers", {"name1": "Amers", "tags": [1, 4]})
    assert names(api.get(f"/customers?{query}")) == found


def test_tags_of_contacts_have_other_ids_than_those_of_customers() -> None:
    _, api = room()
    assert refusal(api.post("/contacts", json={"last_name": "Petit", "tags": [1]})) == (422, 422)
    assert api.post("/contacts", json={"last_name": "Petit", "tags": [31]}).status_code == 200


# Contacts of a customer


def counted(**switches: str) -> tuple[Nicoka, httpx.Client, Callable[[], list[int]]]:
    app, api = room(**switches)
    for name in ("Amers", "Brume"):
        app.add("customers", {"name1": name})
    return app, api, lambda: [api.get(f"/customers/{ident}").json()["nb_of_contacts"] for ident in (2679, 2680)]


def test_contact_counter_follows_the_links() -> None:
    app, api, counts = counted()
    seen = [counts()]
    for sent in ({"customerid": 2679}, {"city": "Angers"}, {"customerid": "2680"}, {"customerid": None}):
        path = "/contacts/5281" if len(seen) > 1 else "/contacts"
        api.post(path, json={"last_name": "Petit", **sent})
        seen.append(counts())
    assert seen == [[0, 0], [1, 0], [1, 0], [0, 1], [0, 0]]


def test_contact_counter_forgets_a_removed_contact() -> None:
    app, _, counts = counted()
    ident = app.add("contacts", {"last_name": "Petit", "customerid": 2679})
    app.remove("contacts", ident)
    assert counts() == [0, 0]


@pytest.mark.parametrize(("choice", "udate"), [("quiet", "2025-09-15 13:37:44"), ("move_udate", "2025-09-15 13:38:44")])
def test_counter_moves_the_change_date_only_where_the_switch_says_so(choice: str, udate: str) -> None:
    clock = Clock()
    app, api = room(clock, counters=choice)
    ident = app.add("customers", {"name1": "Amers"})
    clock.now += 60
    app.add("contacts", {"last_name": "Petit", "customerid": ident})
    row = api.get(f"/customers/{ident}").json()
    assert (row["nb_of_contacts"], row["udate"], row["versi"]) == (1, udate, 1)


def test_contact_without_customer_holds_null() -> None:
    app, api = room()
    ident = app.add("contacts", {"last_name": "Petit"})
    assert api.get(f"/contacts/{ident}").json()["customerid"] is None


# Gone records and wrong verbs


@pytest.mark.parametrize(
    ("choice", "status", "code"), [("404", 404, 404), ("error200", 200, 404), ("empty", 200, None)]
)
@pytest.mark.parametrize("verb", ["GET", "POST"])
def test_record_that_is_not_there(choice: str, status: int, code: int | None, verb: str) -> None:
    _, api = room(not_found=choice)
    answer = api.request(verb, "/customers/1", json={"name1": "Amers"})
    assert answer.status_code == status
    assert (answer.json()["code"] if answer.content else None) == code


def test_removed_record_is_hidden() -> None:
    app, api = filled(2)
    app.remove("customers", 2679)
    assert names(api.get("/customers")) == ["C001"]
    assert names(api.get("/customers?id=2679")) == []
    assert api.get("/customers/2679").status_code == 404
    assert api.post("/customers/2679", json={"city": "Angers"}).status_code == 404
    assert [row["id"] for row in app.data()["customers"]] == [2680]


def test_removed_record_may_be_shown_with_its_flag() -> None:
    app, api = filled(2, deleted="shown")
    app.remove("customers", 2679)
    assert [(row["id"], row["loekz"]) for row in api.get("/customers").json()["data"]] == [(2680, 0), (2679, 1)]
    assert api.get("/customers/2679").json()["loekz"] == 1


def test_removed_customer_can_no_longer_be_referred_to() -> None:
    app, api = filled(1)
    app.remove("customers", 2679)
    assert refusal(api.post("/contacts", json={"last_name": "Petit", "customerid": 2679})) == (422, 422)


def test_delete_is_refused() -> None:
    app, api = filled(1)
    assert refusal(api.delete("/customers/2679")) == (405, 405)
    assert len(app.data()["customers"]) == 1


def test_delete_may_set_the_flag() -> None:
    app, api = filled(1, delete="marks")
    assert api.delete("/customers/2679").json() == {"success": "Compte <b>C000</b> a été supprimé"}
    assert app.data()["customers"] == []
    assert refusal(api.delete("/customers/2679")) == (404, 404)


def test_put_is_refused() -> None:
    _, api = filled(1)
    assert refusal(api.put("/customers/2679", json={"city": "Angers"})) == (405, 405)


def test_put_may_update() -> None:
    _, api = filled(1, put="updates")
    assert api.put("/customers/2679", json={"city": "Angers"}).json()["object"]["city"] == "Angers"


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/invoices", 404),
        ("GET", "/customers/abc", 404),
        ("GET", "/application/entities/7/values/", 404),
        ("GET", "/application/entities/civility/values/", 404),
        ("PATCH", "/customers/2679", 405),
        ("GET", "/login", 405),
    ],
)
def test_unknown_path_or_verb(verb: str, path: str, status: int) -> None:
    _, api = room()
    assert refusal(api.request(verb, path)) == (status, status)


@pytest.mark.parametrize(
    ("verb", "path", "code"),
    [("POST", "/customers", 422), ("GET", "/customers/1", 404), ("DELETE", "/customers/1", 405)],
)
def test_errors_may_come_with_200(verb: str, path: str, code: int) -> None:
    _, api = room(errors_with_200="on")
    assert refusal(api.request(verb, path, json={})) == (200, code)


def test_refused_token_keeps_its_status_when_errors_come_with_200() -> None:
    app, _ = room(errors_with_200="on")
    assert refusal(client(app, "wrong").get("/customers")) == (401, 401)


# What a tenant sees


@pytest.mark.parametrize("path", ["/customers/2679", "/customers"])
def test_few_rights_take_the_keys_away(path: str) -> None:
    app, api = room(rights="some")
    app.add("customers", {"name1": "Amers", "email": "a@b.fr"})
    body = api.get(path).json()
    row = body["data"][0] if "data" in body else body
    assert "email" not in row
    assert "comments" not in row
    assert row["name1"] == "Amers"


def test_few_rights_do_not_write_what_they_do_not_see() -> None:
    app, api = room(rights="some")
    ident = app.add("customers", {"name1": "Amers", "email": "a@b.fr"})
    api.post(f"/customers/{ident}", json={"email": "other@b.fr"})
    app.set_switches({"rights": "all"})
    assert api.get(f"/customers/{ident}").json()["email"] == "a@b.fr"


def test_few_rights_do_not_filter_by_what_they_do_not_see() -> None:
    app, api = room(rights="some")
    app.add("customers", {"name1": "Amers", "email": "a@b.fr"})
    assert names(api.get("/customers?email=other@b.fr")) == ["Amers"]


def test_custom_fields_are_columns_behind_a_switch() -> None:
    app, api = room(custom_fields="some")
    sent = {"name1": "Amers", "cf_101": True, "cf_102": "Or"}
    row = api.post("/customers", json=sent).json()["object"]
    assert (row["cf_101"], row["cf_102"], row["cf_103"]) == (1, "Or", None)
    assert names(api.get("/customers?cf_102=Or")) == ["Amers"]
    assert refusal(api.post("/customers", json={"name1": "Brume", "cf_102": "Plomb"})) == (422, 422)
    app.set_switches({"custom_fields": "none"})
    assert not [key for key in api.get("/customers/2679").json() if key.startswith("cf_")]


@pytest.mark.parametrize(
    ("moment", "status"), [("2025-10-01 09:30:00", 200), ("2025-10-01T09:30:00", 422), ("2025-10-01", 422), (0, 422)]
)
def test_moment_is_written_as_the_vendor_shows_it(moment: Any, status: int) -> None:
    _, api = room(custom_fields="some")
    assert api.post("/customers", json={"name1": "Amers", "cf_104": moment}).status_code == status


def test_custom_fields_describe_themselves() -> None:
    app, api = room(custom_fields="some")
    fields = api.get("/customers/customFields/").json()["fields"]
    assert [field["id"] for field in fields] == ["cf_101", "cf_102", "cf_103", "cf_104"]
    assert [pick["value"] for pick in fields[1]["uiPickList"]] == ["Or", "Argent", "Bronze"]
    app.set_switches({"custom_fields": "none"})
    assert api.get("/customers/customFields/").json() == {"fields": []}


@pytest.mark.parametrize(
    ("resource", "count"), [("customers", 95), ("contacts", 81), ("crmActivities", 41), ("opportunities", 48)]
)
def test_schema_names_the_documented_attributes(resource: str, count: int) -> None:
    _, api = room()
    fields = api.get(f"/{resource}/schema/").json()["fields"]
    assert len(fields) == count
    assert {"id": "cdate", "label": "Créé le", "type": "datetime"} in fields


def test_numbers_may_all_be_quoted() -> None:
    _, api = filled(1, numbers="quoted")
    row = api.get("/customers/2679").json()
    assert (row["id"], row["status"], row["versi"], row["name2"]) == ("2679", "1", "1", None)


@pytest.mark.parametrize("path", ["/customers", "/customers/2679"])
def test_readable_companions_stand_beside_the_keys(path: str) -> None:
    app, api = room()
    app.add("customers", {"name1": "Amers", "industry": 119, "tags": [1, 5], "country": "SE", "parentid": None})
    body = api.get(path, params={"__hr": "1"}).json()
    row = body["data"][0] if "data" in body else body
    shown = [row[f"{name}__formated"] for name in ("industry", "tags", "country", "parentid", "cname")]
    assert shown == ["Energie", "Cuisine, Énergie", "Suède", None, "Claire MARTIN"]
    assert "name1__formated" not in row


def test_readable_companion_of_a_link_is_the_label_of_the_record() -> None:
    app, api = filled(1)
    app.add("contacts", {"last_name": "Petit", "customerid": 2679, "civility": 2})
    row = api.get("/contacts/5281?__hr=1").json()
    assert (row["customerid__formated"], row["civility__formated"]) == ("C000", "Mme")


def test_readable_companions_come_on_request_only() -> None:
    _, api = filled(1)
    assert not [key for key in api.get("/customers/2679").json() if key.endswith("__formated")]


# Drop-down lists

NUMBERS = (
    "2 5 9 13 14 41 60 65 93 103 104 112 141 143 181 201 202 214 216 218 219 251 252 262 264 267 277 279 462 856 "
    "1091 1100 1312 1481 1482 1488 1490 1510 1565 1566 1608 1625"
)


@pytest.mark.parametrize("number", NUMBERS.split())
def test_every_documented_list_has_values(number: str) -> None:
    _, api = room()
    values = api.get(f"/application/entities/{number}/values/").json()
    assert values
    assert all(set(value) == {"id", "label"} and value["label"] for value in values)


@pytest.mark.parametrize(
    ("number", "key", "label"),
    [(202, 2, "Client"), (143, 119, "Energie"), (216, 5, "Énergie"), (267, 35, "Énergie"), (13, "FR", "France")],
)
def test_list_values_have_numbers_or_codes_for_keys(number: int, key: Any, label: str) -> None:
    _, api = room()
    assert {"id": key, "label": label} in api.get(f"/application/entities/{number}/values/").json()


def test_list_values_may_come_in_an_envelope() -> None:
    _, api = room(values_shape="envelope")
    body = api.get("/application/entities/202/values/").json()
    assert body["total"] == len(body["data"]) == 5
    assert body["data"][1] == {"id": 2, "label": "Client"}


def test_list_values_may_come_as_a_map() -> None:
    _, api = room(values_shape="map")
    assert api.get("/application/entities/202/values/").json()["2"] == "Client"


# A person in the screens


def test_edit_by_a_person_names_her_and_moves_the_stamps() -> None:
    clock = Clock()
    app, api = room(clock)
    ident = int(api.post("/customers", json={"name1": "Amers"}).json()["object"]["id"])
    clock.now += 60
    app.edit("customers", ident, {"city": "Angers"})
    row = api.get(f"/customers/{ident}").json()
    assert (row["city"], row["udate"], row["versi"], row["cname"], row["uname"]) == (
        "Angers",
        "2025-09-15 13:38:44",
        2,
        54,
        46,
    )


@pytest.mark.parametrize("fields", [{}, {"name1": "Amers", "status": 99}])
def test_screens_refuse_what_the_api_refuses(fields: dict[str, Any]) -> None:
    app, _ = room()
    with pytest.raises(Refused):
        app.add("customers", fields)


def test_edit_of_an_unknown_record_is_a_mistake_of_the_caller() -> None:
    app, _ = room()
    with pytest.raises(KeyError):
        app.edit("customers", 1, {"city": "Angers"})


def test_merge_hides_the_loser_and_moves_its_contacts() -> None:
    app, api, counts = counted()
    contact = app.add("contacts", {"last_name": "Petit", "customerid": 2680})
    app.merge("customers", 2679, 2680)
    assert api.get("/customers/2680").status_code == 404
    assert api.get("/customers/2679").json()["merging_log"] == "[2680]"
    assert api.get(f"/contacts/{contact}").json()["customerid"] == 2679
    assert api.get("/customers/2679").json()["nb_of_contacts"] == 1


def test_merged_contact_counts_once() -> None:
    app, _, counts = counted()
    pair = [app.add("contacts", {"last_name": "Petit", "customerid": 2679}) for _ in range(2)]
    app.merge("contacts", *pair)
    assert counts() == [1, 0]


# The switches


def test_unknown_choice_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="multi_values"):
        Nicoka(switches={"multi_values": "xml"})


def test_employees_are_listed_in_an_envelope() -> None:
    _, api = room()
    body = api.get("/employees", params={"limit": 200, "offset": 0}).json()
    assert [row["employeeid"] for row in body["data"]] == [51, 43, 35]
    assert (body["total"], api.get("/employees", params={"offset": 3}).json()["data"]) == (3, [])
