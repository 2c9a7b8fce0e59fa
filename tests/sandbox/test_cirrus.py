"""Every rule of the Cirrus simulator, shown through a real HTTP client."""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.cirrus.table import Table

X_TOKEN = {"X-Token": "demo-cirrus-token"}
NAMES = {"sorting": "name_asc"}
ACCOUNT = {"name": "Acme", "typeid": 3, "userid": 1}

EMPTY_ADDRESS = {
    **dict.fromkeys(["careof", "name", "street", "zip", "city", "country", "email", "number", "letter"]),
    "coordinates": {"latitude": None, "longitude": None, "distance": None},
}


class Clock:
    """Unix seconds that move by hand."""

    now = 1_700_000_000.0

    def __call__(self) -> float:
        return self.now


def client_of(app: Cirrus, headers: Mapping[str, str] = X_TOKEN) -> httpx.Client:
    return httpx.Client(
        transport=httpx.WSGITransport(app=app), base_url="http://cirrus.example/rest", headers=dict(headers)
    )


def tenant(**switches: str) -> Cirrus:
    return Cirrus(switches=switches, tag_carrier=False)


def account(app: Cirrus, **fields: Any) -> int:
    return app.add("accounts", {**ACCOUNT, **fields})


def contact(app: Cirrus, accountid: int, **fields: Any) -> int:
    return app.add("contacts", {"name": "Karin", "surname": "Ek", "accountid": accountid, **fields})


def listed(client: httpx.Client, path: str = "accounts", **query: Any) -> list[Any]:
    answer = client.get(path, params={**NAMES, **query})
    assert answer.status_code == 200, answer.text
    return [item["id"] for item in answer.json()["items"]]


def one(client: httpx.Client, path: str) -> Any:
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.fixture
def app() -> Cirrus:
    return tenant()


@pytest.fixture
def client(app: Cirrus) -> httpx.Client:
    return client_of(app)


# --- login -----------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "headers",
    [{}, {"X-Token": ""}, {"X-Token": "wrong"}, {"Authorization": "Bearer nobody"}, {"Authorization": "Basic eDp5"}],
)
def test_calls_without_a_valid_login_are_refused(app: Cirrus, headers: dict[str, str]) -> None:
    answer = client_of(app, headers).get("users", params=NAMES)
    assert answer.status_code == 401
    assert list(answer.json()) == ["message"]


def token_answer(app: Cirrus, secret: str = "demo-cirrus-secret", **request: Any) -> httpx.Response:
    client = httpx.Client(transport=httpx.WSGITransport(app=app), auth=("demo-cirrus-client", secret))
    return client.post(
        "http://cirrus.example/oauth/token", **(request or {"data": {"grant_type": "client_credentials"}})
    )


def bearer(app: Cirrus) -> dict[str, str]:
    return {"Authorization": f"Bearer {token_answer(app).json()['access_token']}"}


def test_client_credentials_give_a_token() -> None:
    body = token_answer(tenant()).json()
    assert (sorted(body), body["token_type"], body["expires_in"]) == (
        ["access_token", "expires_in", "token_type"],
        "Bearer",
        3600,
    )


def test_a_bearer_token_opens_the_door(app: Cirrus) -> None:
    assert client_of(app, bearer(app)).get("users", params=NAMES).status_code == 200


def test_a_blank_x_token_passes_beside_a_bearer_token(app: Cirrus) -> None:
    assert client_of(app, {**bearer(app), "X-Token": ""}).get("users", params=NAMES).status_code == 200


def test_a_dead_bearer_token_is_refused_even_beside_a_good_x_token(app: Cirrus) -> None:
    assert client_of(app, {"Authorization": "Bearer old", **X_TOKEN}).get("users", params=NAMES).status_code == 401


@pytest.mark.parametrize(("life", "seconds"), [("long", 3600), ("short", 60)])
def test_a_token_dies_at_the_end_of_its_life(life: str, seconds: int) -> None:
    clock = Clock()
    app = Cirrus(switches={"token_life": life}, clock=clock)
    client = client_of(app, bearer(app))
    clock.now += seconds - 1
    before = client.get("users", params=NAMES).status_code
    clock.now += 1
    assert (before, client.get("users", params=NAMES).status_code) == (200, 401)


def test_revoked_tokens_are_refused(app: Cirrus) -> None:
    client = client_of(app, bearer(app))
    app.tokens.revoke()
    assert client.get("users", params=NAMES).status_code == 401


@pytest.mark.parametrize(
    ("secret", "request_", "status", "error"),
    [
        ("wrong", {"data": {"grant_type": "client_credentials"}}, 401, "invalid_client"),
        ("demo-cirrus-secret", {"data": {"grant_type": "password"}}, 400, "unsupported_grant_type"),
        ("demo-cirrus-secret", {"json": {"grant_type": "client_credentials"}}, 400, "invalid_request"),
    ],
)
def test_a_bad_token_request_is_refused(secret: str, request_: dict[str, Any], status: int, error: str) -> None:
    answer = token_answer(tenant(), secret, **request_)
    assert (answer.status_code, answer.json()["error"]) == (status, error)


def test_client_keys_in_the_form_are_not_a_login(app: Cirrus) -> None:
    form = {
        "grant_type": "client_credentials",
        "client_id": "demo-cirrus-client",
        "client_secret": "demo-cirrus-secret",
    }
    answer = client_of(app, {}).post("http://cirrus.example/oauth/token", data=form)
    assert answer.status_code == 401


def test_keys_are_those_given_to_the_constructor() -> None:
    app = Cirrus(x_token="a", client_id="b", client_secret="c")
    login = base64.b64encode(b"b:c").decode()
    form = {"grant_type": "client_credentials"}
    token = client_of(app, {"Authorization": f"Basic {login}"}).post("http://cirrus.example/oauth/token", data=form)
    assert (token.status_code, client_of(app, {"X-Token": "a"}).get("users", params=NAMES).status_code) == (200, 200)


# --- pages and sorting -----------------------------------------------------------------------------------------------

LISTS = [
    ("accounts", {}),
    ("contacts", {}),
    ("users", {}),
    ("dynamicfields/definitions", {}),
    ("dynamicfields/values", {"resourcetype": "account", "resourceid": 1002}),
]


@pytest.mark.parametrize(("path", "query"), LISTS)
def test_a_list_without_sorting_is_refused(path: str, query: dict[str, Any]) -> None:
    answer = client_of(Cirrus(samples=True)).get(path, params=query)
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "message": "Input payload validation failed",
            "errors": {"sorting": "Missing required parameter in the query string"},
        },
    )


@pytest.mark.parametrize(("path", "query"), LISTS)
def test_an_unknown_sorting_is_refused(path: str, query: dict[str, Any]) -> None:
    answer = client_of(Cirrus(samples=True)).get(path, params={**query, "sorting": "created_asc"})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, ["sorting"])


@pytest.mark.parametrize(("path", "query"), LISTS)
def test_a_list_is_a_bare_page_of_ten_by_default(path: str, query: dict[str, Any]) -> None:
    body = client_of(Cirrus(samples=True)).get(path, params={**query, **NAMES}).json()
    assert (list(body), body["page"], body["per_page"]) == (["page", "pages", "per_page", "total", "items"], 1, 10)


def test_a_page_can_be_wrapped_in_an_array() -> None:
    body = client_of(tenant(wrap_pages="on")).get("users", params=NAMES).json()
    assert [page["total"] for page in body] == [3]


@pytest.mark.parametrize(
    ("query", "name"),
    [
        ({"per_page": 51}, "per_page"),
        ({"per_page": 0}, "per_page"),
        ({"page": 0}, "page"),
        ({"page": "x"}, "page"),
        ({"userid": "x"}, "userid"),
        ({"typeids": "1,x"}, "typeids"),
        ({"active": 3}, "active"),
        ({"active": "true"}, "active"),
    ],
)
def test_a_bad_parameter_is_refused_by_name(client: httpx.Client, query: dict[str, Any], name: str) -> None:
    answer = client.get("accounts", params={**NAMES, **query})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_a_page_of_fifty_is_the_largest(client: httpx.Client) -> None:
    assert client.get("accounts", params={**NAMES, "per_page": 50}).json()["per_page"] == 50


def test_a_larger_page_can_be_clamped() -> None:
    assert client_of(tenant(big_page="clamp")).get("users", params={**NAMES, "per_page": 99}).json()["per_page"] == 50


def test_pages_hold_each_record_once(app: Cirrus, client: httpx.Client) -> None:
    ids = [account(app, name=f"Bolag {n % 7}") for n in range(23)]
    pages = [listed(client, page=page, per_page=10) for page in (1, 2, 3)]
    assert ([len(page) for page in pages], sorted(sum(pages, []))) == ([10, 10, 3], ids)


def test_the_counters_of_a_page_fit(app: Cirrus, client: httpx.Client) -> None:
    for _ in range(11):
        account(app)
    body = client.get("accounts", params={**NAMES, "page": 2, "per_page": 5}).json()
    assert {name: body[name] for name in ("page", "pages", "per_page", "total")} == {
        "page": 2,
        "pages": 3,
        "per_page": 5,
        "total": 11,
    }


def test_a_page_after_the_last_is_empty(client: httpx.Client) -> None:
    body = client.get("users", params={**NAMES, "page": 2}).json()
    assert (body["items"], body["total"], body["page"]) == ([], 3, 2)


def test_a_page_after_the_last_can_be_missing() -> None:
    answer = client_of(tenant(past_end="404")).get("users", params={**NAMES, "page": 2})
    assert (answer.status_code, list(answer.json())) == (404, ["message"])


def test_the_first_page_of_an_empty_list_is_never_missing() -> None:
    assert listed(client_of(tenant(past_end="404"))) == []


def test_unknown_parameters_are_ignored(app: Cirrus, client: httpx.Client) -> None:
    assert listed(client, updated_since="2024-01-01") == listed(client)


@pytest.mark.parametrize(
    ("sorting", "order"),
    [
        ("name_asc", "abc"),
        ("name_desc", "cba"),
        ("number_asc", "bca"),
        ("userid_desc", "cba"),
        ("postaladdress_number_asc", "acb"),
        ("postaladdress_odd_asc", "abc"),
        ("postaladdress_even_asc", "cab"),
    ],
)
def test_accounts_come_in_the_order_asked_for(app: Cirrus, client: httpx.Client, sorting: str, order: str) -> None:
    for name, number, user, street_number in (("a", "3", 1, "1"), ("B", "1", 2, "9"), ("c", "2", 3, "2")):
        account(app, name=name, number=number, userid=user, addresses={"postal": {"number": street_number}})
    items = client.get("accounts", params={"sorting": sorting}).json()["items"]
    assert "".join(item["name"].lower() for item in items) == order


@pytest.mark.parametrize(
    ("sorting", "order"),
    [("surname_asc", ["Ek", "Öst"]), ("email_desc", ["Ek", "Öst"]), ("primarycontact_asc", ["Ek", "Öst"])],
)
def test_contacts_come_in_the_order_asked_for(
    app: Cirrus, client: httpx.Client, sorting: str, order: list[str]
) -> None:
    owner = account(app)
    contact(app, owner, surname="Öst", email="a@x.se", primarycontact=1)
    contact(app, owner, surname="Ek", email="b@x.se")
    assert [item["surname"] for item in client.get("contacts", params={"sorting": sorting}).json()["items"]] == order


def test_the_order_follows_an_update(app: Cirrus, client: httpx.Client) -> None:
    first, second = account(app, name="a"), account(app, name="b")
    listed(client)
    client.put(f"accounts/{first}", json={"name": "z"})
    assert listed(client) == [second, first]


# --- X-Fields --------------------------------------------------------------------------------------------------------


def page_with(mask: str) -> httpx.Response:
    return client_of(Cirrus(samples=True), {**X_TOKEN, "X-Fields": mask}).get("users", params=NAMES)


@pytest.mark.parametrize(
    ("mask", "left"),
    [
        ("{id,name}", {}),
        ("{}", {}),
        ("{total}", {"total": 3}),
        ("total", {"total": 3}),
        ("{total,nothing}", {"total": 3}),
        ("{page,items{id}}", {"page": 1, "items": [{"id": 1}, {"id": 2}, {"id": 3}]}),
        ("page, items{id}", {"page": 1, "items": [{"id": 1}, {"id": 2}, {"id": 3}]}),
        ("{items{id,roles{id}}}", {"items": [{"id": n, "roles": [{"id": 7}]} for n in (1, 2, 3)]}),
        ("{*,items{id}}", {"page": 1, "pages": 1, "per_page": 10, "total": 3, "items": [{"id": n} for n in (1, 2, 3)]}),
    ],
)
def test_the_mask_is_laid_on_the_page(mask: str, left: dict[str, Any]) -> None:
    assert page_with(mask).json() == left


@pytest.mark.parametrize("mask", ["{id", "{items{id}", "id}}", "items{id", "{,id}", "{{id}}", "{items{id}}}"])
def test_an_unbalanced_mask_is_refused(mask: str) -> None:
    answer = page_with(mask)
    assert (answer.status_code, list(answer.json())) == (400, ["message"])


def test_the_mask_of_a_plain_array_is_laid_on_each_element() -> None:
    answer = client_of(tenant(), {**X_TOKEN, "X-Fields": "{id}"}).get("accounts/accounttypes")
    assert answer.json() == [{"id": 1}, {"id": 2}, {"id": 3}, {"id": 4}]


def test_the_mask_of_a_wrapped_page_is_laid_on_the_page() -> None:
    client = client_of(tenant(wrap_pages="on"), {**X_TOKEN, "X-Fields": "{total}"})
    assert client.get("users", params=NAMES).json() == [{"total": 3}]


def test_a_missing_nested_object_stays_null_under_a_mask() -> None:
    app = tenant(empty_object="null")
    client = client_of(app, {**X_TOKEN, "X-Fields": "{alternateuser{id}}"})
    assert one(client, f"accounts/{account(app)}") == {"alternateuser": None}


def test_unknown_names_can_come_back_as_null_under_a_mask() -> None:
    client = client_of(tenant(masked_unknown="null"), {**X_TOKEN, "X-Fields": "{total,nothing}"})
    assert client.get("users", params=NAMES).json() == {"total": 3, "nothing": None}


# --- paths and verbs -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["nothing", "accounts/99", "contacts/99", "accounts/abc", "accounts/-1", "users/99"])
def test_unknown_paths_and_records_are_missing(client: httpx.Client, path: str) -> None:
    answer = client.get(path)
    assert (answer.status_code, list(answer.json())) == (404, ["message"])


@pytest.mark.parametrize(
    ("verb", "path"),
    [
        ("DELETE", "accounts/1"),
        ("DELETE", "contacts/1"),
        ("PATCH", "accounts/1"),
        ("POST", "projects"),
        ("POST", "accounts/accounttypes"),
        ("GET", "dynamicfields/values/11/1"),
        ("GET", "accounts/1/merge/2"),
    ],
)
def test_wrong_verbs_are_not_allowed(client: httpx.Client, verb: str, path: str) -> None:
    answer = client.request(verb, path)
    assert (answer.status_code, list(answer.json())) == (405, ["message"])


@pytest.mark.parametrize("path", ["accounts/", "users/", "accounts/accounttypes/", "dynamicfields/definitions/11/"])
def test_a_slash_at_the_end_is_a_wrong_path(client: httpx.Client, path: str) -> None:
    assert client.get(path, params=NAMES).status_code == 404


def test_collections_can_redirect_to_the_slash() -> None:
    answer = client_of(tenant(trailing_slash="redirect")).get("users", params=NAMES)
    assert (answer.status_code, answer.headers["Location"]) == (
        308,
        "http://cirrus.example/rest/users/?sorting=name_asc",
    )


def test_a_redirected_create_keeps_its_verb_and_body() -> None:
    client = client_of(tenant(trailing_slash="redirect", create_reply="id"))
    client.follow_redirects = True
    created = client.post("accounts", json=ACCOUNT).json()["id"]
    assert one(client, f"accounts/{created}")["name"] == "Acme"


def test_items_never_have_a_slash() -> None:
    app = tenant(trailing_slash="redirect")
    client, made = client_of(app), account(app)
    assert [client.get(f"accounts/{made}{slash}").status_code for slash in ("", "/")] == [200, 404]


# --- creates and updates ---------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("reply", "text", "location"),
    [("null", "null", False), ("empty", "", False), ("location", "null", True), ("id", '{"id": 1001}', False)],
)
def test_a_create_answers_as_the_switch_says(reply: str, text: str, location: bool) -> None:
    answer = client_of(tenant(create_reply=reply)).post("accounts", json=ACCOUNT)
    assert (answer.status_code, answer.text) == (201, text)
    assert answer.headers.get("Location") == ("http://cirrus.example/rest/accounts/1001" if location else None)


def test_a_create_can_answer_with_the_object_under_its_mask() -> None:
    client = client_of(tenant(create_reply="object"), {**X_TOKEN, "X-Fields": "{id,name}"})
    answer = client.post("accounts", json=ACCOUNT)
    assert (answer.status_code, answer.json()) == (201, {"id": 1001, "name": "Acme"})


def test_an_update_answers_with_nothing(app: Cirrus, client: httpx.Client) -> None:
    answer = client.put(f"accounts/{account(app)}", json={"phone": "1"})
    assert (answer.status_code, answer.content) == (204, b"")


def test_an_update_can_answer_with_the_object() -> None:
    app = tenant(update_reply="object")
    answer = client_of(app).put(f"accounts/{account(app)}", json={"phone": "1"})
    assert (answer.status_code, answer.json()["phone"]) == (200, "1")


@pytest.mark.parametrize(
    ("path", "fields"),
    [("accounts", ["name", "typeid", "userid"]), ("contacts", ["name", "surname", "accountid"])],
)
def test_every_missing_required_field_is_named(client: httpx.Client, path: str, fields: list[str]) -> None:
    answer = client.post(path, json={})
    assert (answer.status_code, answer.json()) == (
        400,
        {
            "message": "Input payload validation failed",
            "errors": {name: f"'{name}' is a required property" for name in fields},
        },
    )


BAD_VALUES: list[tuple[dict[str, Any], str]] = [
    ({"name": ""}, "name"),
    ({"name": 5}, "name"),
    ({"phone": None}, "phone"),
    ({"externalkey": 7}, "externalkey"),
    ({"typeid": "1"}, "typeid"),
    ({"typeid": True}, "typeid"),
    ({"typeid": 1.0}, "typeid"),
    ({"typeid": 9}, "typeid"),
    ({"userid": 9}, "userid"),
    ({"alternateuserid": "2"}, "alternateuserid"),
    ({"alternateuserid": 9}, "alternateuserid"),
    ({"parentaccountid": 9}, "parentaccountid"),
    ({"active": True}, "active"),
    ({"active": 2}, "active"),
    ({"tags": {"id": 101}}, "tags"),
    ({"tags": [101]}, "tags.0"),
    ({"tags": [{"name": "Cuisine"}]}, "tags.0.id"),
    ({"tags": [{"id": "101"}]}, "tags.0.id"),
    ({"tags": [{"id": 101}, {"id": 999}]}, "tags.1.id"),
    ({"accountgroups": [{"id": 99}]}, "accountgroups.0.id"),
    ({"addresses": []}, "addresses"),
    ({"addresses": {"visiting": "Lyon"}}, "addresses.visiting"),
    ({"addresses": {"visiting": {"city": 5}}}, "addresses.visiting.city"),
    ({"addresses": {"postal": {"coordinates": {"latitude": 59.3}}}}, "addresses.postal.coordinates.latitude"),
]


@pytest.mark.parametrize(("body", "name"), BAD_VALUES)
def test_a_create_with_a_bad_value_is_refused_by_name(client: httpx.Client, body: dict[str, Any], name: str) -> None:
    answer = client.post("accounts", json={**ACCOUNT, **body})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


@pytest.mark.parametrize(("body", "name"), BAD_VALUES)
def test_an_update_with_a_bad_value_changes_nothing(
    app: Cirrus, client: httpx.Client, body: dict[str, Any], name: str
) -> None:
    made = account(app)
    before = one(client, f"accounts/{made}")
    assert client.put(f"accounts/{made}", json={"phone": "1", **body}).status_code == 400
    assert one(client, f"accounts/{made}") == before


@pytest.mark.parametrize(
    ("body", "name"),
    [
        ({"surname": ""}, "surname"),
        ({"accountid": 9}, "accountid"),
        ({"superiorid": 9}, "superiorid"),
        ({"primarycontact": "1"}, "primarycontact"),
        ({"email": None}, "email"),
        ({"tags": [{"id": 999}]}, "tags.0.id"),
    ],
)
def test_a_bad_contact_is_refused_by_name(app: Cirrus, client: httpx.Client, body: dict[str, Any], name: str) -> None:
    answer = client.post("contacts", json={"name": "a", "surname": "b", "accountid": account(app), **body})
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_an_account_can_not_be_its_own_parent(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    assert client.put(f"accounts/{made}", json={"parentaccountid": made}).status_code == 400


@pytest.mark.parametrize("verb", ["POST", "PUT"])
def test_a_body_without_json_content_type_is_refused(app: Cirrus, client: httpx.Client, verb: str) -> None:
    path = "accounts" if verb == "POST" else f"accounts/{account(app)}"
    answer = client.request(verb, path, content=json.dumps(ACCOUNT))
    assert (answer.status_code, list(answer.json())) == (415, ["message"])


@pytest.mark.parametrize("text", ["", "{", "[]", "null", '"name"'])
def test_a_body_that_is_no_json_object_is_refused(client: httpx.Client, text: str) -> None:
    answer = client.post("accounts", content=text, headers={"Content-Type": "application/json"})
    assert (answer.status_code, "message" in answer.json()) == (400, True)


def test_an_update_of_an_unknown_record_is_missing(client: httpx.Client) -> None:
    assert client.put("accounts/99", json={"name": "x"}).status_code == 404


def test_unknown_and_read_only_keys_of_a_body_are_dropped(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    assert client.put(f"accounts/{made}", json={"id": 5, "colour": "red", "department": "Syd"}).status_code == 204
    assert one(client, f"accounts/{made}")["department"] is None


def test_an_update_keeps_what_it_does_not_send(app: Cirrus, client: httpx.Client) -> None:
    made = account(app, phone="1", tags=[{"id": 101}])
    client.put(f"accounts/{made}", json={"fax": "2"})
    record = one(client, f"accounts/{made}")
    assert (record["phone"], record["fax"], len(record["tags"])) == ("1", "2", 1)


def test_an_update_can_reset_what_it_does_not_send() -> None:
    app = tenant(put_mode="full")
    client, made = client_of(app), account(app, phone="1", tags=[{"id": 101}], active=0)
    client.put(f"accounts/{made}", json={"fax": "2"})
    record = one(client, f"accounts/{made}")
    assert [record[name] for name in ("name", "phone", "fax", "tags", "active")] == ["Acme", None, "2", [], 1]


@pytest.mark.parametrize(("arrays", "left"), [("replace", [102]), ("merge", [101, 102])])
@pytest.mark.parametrize("resource", ["accounts", "contacts"])
def test_tags_on_update(arrays: str, left: list[int], resource: str) -> None:
    app = tenant(arrays=arrays)
    made = account(app, tags=[{"id": 101}])
    if resource == "contacts":
        made = contact(app, made, tags=[{"id": 101}])
    client_of(app).put(f"{resource}/{made}", json={"tags": [{"id": 102}]})
    assert [tag["id"] for tag in one(client_of(app), f"{resource}/{made}")["tags"]] == left


def test_a_text_is_cleared_by_an_empty_one(app: Cirrus, client: httpx.Client) -> None:
    made = account(app, phone="1")
    client.put(f"accounts/{made}", json={"phone": ""})
    assert one(client, f"accounts/{made}")["phone"] == ""


def test_an_address_kind_that_is_sent_is_replaced_whole(app: Cirrus, client: httpx.Client) -> None:
    made = account(app, addresses={"visiting": {"street": "a", "city": "b"}, "postal": {"city": "c"}})
    client.put(f"accounts/{made}", json={"addresses": {"visiting": {"city": "d"}}})
    addresses = one(client, f"accounts/{made}")["addresses"]
    assert (addresses["visiting"], addresses["postal"]["city"]) == ({**EMPTY_ADDRESS, "city": "d"}, "c")


def test_a_part_of_an_address_may_be_null(app: Cirrus, client: httpx.Client) -> None:
    made = account(app, addresses={"visiting": {"city": "b"}})
    assert client.put(f"accounts/{made}", json={"addresses": {"visiting": {"city": None}}}).status_code == 204


def test_a_contact_stays_at_its_account(app: Cirrus, client: httpx.Client) -> None:
    owner, other = account(app), account(app)
    made = contact(app, owner)
    answer = client.put(f"contacts/{made}", json={"accountid": other, "title": "VD"})
    record = one(client, f"contacts/{made}")
    assert (answer.status_code, record["account"]["id"], record["title"]) == (204, owner, "VD")


def test_two_records_may_have_the_same_external_key(app: Cirrus, client: httpx.Client) -> None:
    ids = [account(app, externalkey="k"), account(app, externalkey="k")]
    assert listed(client, externalkey="k") == ids


# --- what is read ----------------------------------------------------------------------------------------------------


def test_a_bare_account_shows_all_its_keys(app: Cirrus, client: httpx.Client) -> None:
    record = one(client, f"accounts/{account(app)}")
    texts = (
        "alt_name number phone cellphone fax email url vatno info socialmedia_fb socialmedia_tw socialmedia_li "
        "department externalkey uservisitintervalweeks alternateuservisitintervalweeks alternateuserid"
    )
    nobody = dict.fromkeys(["id", "name", "surname", "title", "email", "phone", "cellphone"])
    nothing = dict.fromkeys(["id", "name", "alt_name", "number", "email", "phone", "cellphone"])
    assert record == {
        **dict.fromkeys(texts.split()),
        "id": 1001,
        "name": "Acme",
        "active": 1,
        "addresses": dict.fromkeys(["visiting", "delivery", "invoice", "postal"], EMPTY_ADDRESS),
        "files": [],
        "type": {"id": 3, "name": "Prospekt"},
        "user": {
            "id": 1,
            "name": "Anna",
            "surname": "Lind",
            "title": "Säljchef",
            "email": "anna.lind@exempel.se",
            "phone": "+4684650050",
            "cellphone": "+46701740605",
        },
        "parentaccount": {**nothing, "coordinates": EMPTY_ADDRESS["coordinates"]},
        "contacts": [],
        "followers": [],
        "accountgroups": [],
        "tags": [],
        "alternateuser": nobody,
    }


def test_list_items_have_the_keys_of_single_reads() -> None:
    client = client_of(Cirrus(samples=True))
    for path, made in (("accounts", 1002), ("contacts", 5002)):
        item = next(item for item in client.get(path, params=NAMES).json()["items"] if item["id"] == made)
        assert item == one(client, f"{path}/{made}")


def test_what_was_written_as_ids_is_read_as_objects(app: Cirrus, client: httpx.Client) -> None:
    parent = account(app, name="Mor")
    made = account(
        app, typeid=1, alternateuserid=2, parentaccountid=parent, accountgroups=[{"id": 31}], tags=[{"id": 105}]
    )
    record = one(client, f"accounts/{made}")
    assert "typeid" not in record and "userid" not in record and "parentaccountid" not in record
    assert record["type"] == {"id": 1, "name": "Kund"}
    assert (record["alternateuserid"], record["alternateuser"]["surname"]) == ("2", "Berg")
    assert record["parentaccount"]["name"] == "Mor"
    assert record["accountgroups"] == [{"id": 31, "name": "Nyckelkunder"}]
    assert record["tags"] == [{"id": 105, "name": "Énergie", "type": "company"}]


def test_an_account_embeds_its_contacts_with_other_names(app: Cirrus, client: httpx.Client) -> None:
    owner = account(app)
    made = contact(app, owner, officephone="1", cellphone="2", email="k@x.se", title="VD", primarycontact=1)
    assert one(client, f"accounts/{owner}")["contacts"] == [
        {
            "id": made,
            "name": "Karin",
            "surname": "Ek",
            "email": "k@x.se",
            "phone": "1",
            "cellphone": "2",
            "title": "VD",
            "primary": 1,
        }
    ]


def test_a_contact_shows_its_account_and_superior(app: Cirrus, client: httpx.Client) -> None:
    owner = account(app)
    record = one(client, f"contacts/{contact(app, owner, superiorid=contact(app, owner, surname='Alm'))}")
    assert (record["account"]["name"], record["superior"]["surname"], record["superior"]["number"]) == (
        "Acme",
        "Alm",
        None,
    )


def test_missing_objects_can_be_null() -> None:
    app = tenant(empty_object="null")
    record = one(client_of(app), f"accounts/{account(app)}")
    assert (record["alternateuser"], record["parentaccount"]) == (None, None)


def test_texts_never_set_can_be_empty() -> None:
    app = tenant(unset_text="empty")
    assert one(client_of(app), f"accounts/{account(app)}")["phone"] == ""


def test_account_types_are_a_plain_array(client: httpx.Client) -> None:
    types = one(client, "accounts/accounttypes")
    assert {row["id"]: row["name"] for row in types} == {1: "Kund", 2: "Partner", 3: "Prospekt", 4: "Leverantör"}
    assert (types[0]["isdefault"], types[2]["typeisprospect"], len(types[0])) == (1, 1, 19)


def test_the_tag_carrier_bears_all_tags_and_is_inactive() -> None:
    client = client_of(Cirrus())
    carriers = client.get("accounts", params={**NAMES, "active": 0}).json()["items"]
    assert [tag["name"] for tag in carriers[0]["tags"]] == [
        "Cuisine",
        "Bricolage",
        "Poterie",
        "Jardinage",
        "Énergie",
        "Logiciel",
        "Urgent",
        "Stratégique",
        "Appartement",
        "Maison",
    ]


# --- filters ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"), [({}, "a"), ({"active": 1}, "a"), ({"active": 0}, "b"), ({"active": 2}, "ab")]
)
def test_inactive_accounts_are_hidden_unless_asked_for(
    app: Cirrus, client: httpx.Client, query: dict[str, Any], names: str
) -> None:
    ids = {"a": account(app, name="a"), "b": account(app, name="b", active=0)}
    assert listed(client, **query) == [ids[name] for name in names]


def two_accounts(app: Cirrus) -> dict[str, int]:
    first = account(
        app,
        name="Acme Cuisine",
        number="A1",
        phone="+33 1",
        cellphone="+33 6",
        vatno="FR83404833048",
        externalkey="k-1",
        typeid=1,
        userid=1,
        addresses={
            "postal": {"city": "Lyon", "street": "Rue Pasteur"},
            "visiting": {"city": "Paris", "careof": "Concierge"},
            "delivery": {"city": "Lille"},
            "invoice": {"city": "Nice"},
        },
    )
    second = account(app, name="Zeta", typeid=3, userid=2, externalkey="K-1")
    app.edit("accounts", first, {"followers": [2]})
    return {"acme": first, "zeta": second}


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"name": "Acme Cuisine"}, ["acme"]),
        ({"name": "Acme"}, []),
        ({"name": "acme cuisine"}, []),
        ({"name": "Acme%"}, ["acme"]),
        ({"name": "%Cuis%"}, ["acme"]),
        ({"name": "%e%a%"}, ["zeta"]),
        ({"name": "%.%"}, []),
        ({"name": ""}, ["acme", "zeta"]),
        ({"externalkey": "k-1"}, ["acme"]),
        ({"externalkey": "k-%"}, []),
        ({"externalkey": ""}, ["acme", "zeta"]),
        ({"vatno": "FR%"}, ["acme"]),
        ({"vatno": "FR83404833048"}, ["acme"]),
        ({"phone": "+33%"}, ["acme"]),
        ({"cellphone": "+33 6"}, ["acme"]),
        ({"accountnumber": "A1"}, ["acme"]),
        ({"typeid": 1}, ["acme"]),
        ({"typeids": "1,3"}, ["acme", "zeta"]),
        ({"typeids": "3"}, ["zeta"]),
        ({"userid": 2}, ["zeta"]),
        ({"userids": "1,2"}, ["acme", "zeta"]),
        ({"postal_city": "Ly%"}, ["acme"]),
        ({"postal_street": "Rue%"}, ["acme"]),
        ({"visitingaddress_city": "Paris"}, ["acme"]),
        ({"deliveryaddress_city": "Lille"}, ["acme"]),
        ({"invoiceaddress_city": "N%"}, ["acme"]),
        ({"followedby": 2}, ["acme"]),
        ({"fulltext": "CUISINE"}, ["acme"]),
        ({"fulltext": "concierge"}, ["acme"]),
        ({"fulltext": "Cuis%"}, []),
        ({"name": "Acme%", "typeid": 3}, []),
    ],
)
def test_account_filters(app: Cirrus, client: httpx.Client, query: dict[str, Any], found: list[str]) -> None:
    ids = two_accounts(app)
    assert listed(client, **query) == [ids[name] for name in found]


def test_text_filters_can_ignore_case() -> None:
    app = tenant(filter_case="fold")
    ids = two_accounts(app)
    assert listed(client_of(app), name="acme cuisine") == [ids["acme"]]


@pytest.mark.parametrize("name", ["nearto", "missionid", "activity"])
def test_a_documented_filter_that_is_not_simulated_is_never_ignored(client: httpx.Client, name: str) -> None:
    assert client.get("accounts", params={**NAMES, name: "1"}).status_code == 501


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, ["ek", "alm"]),
        ({"active": 1}, ["ek"]),
        ({"active": 0}, ["alm"]),
        ({"primarycontact": 1}, ["ek"]),
        ({"email": "ek@%"}, ["ek"]),
        ({"email": "ek@x.se"}, ["ek"]),
        ({"surname": "Alm"}, ["alm"]),
        ({"name": "K%"}, ["ek", "alm"]),
        ({"officephone": "1"}, ["ek"]),
        ({"cellphone": "2"}, ["ek"]),
        ({"title": "V%"}, ["ek"]),
        ({"city": "Malmö"}, ["alm"]),
        ({"externalkey": "c-1"}, ["ek"]),
        ({"accounttypeids": "1"}, ["ek"]),
        ({"accountuserids": "2,3"}, ["alm"]),
        ({"fulltext": "malm"}, ["alm"]),
        ({"followedby": 3}, ["alm"]),
    ],
)
def test_contact_filters(app: Cirrus, client: httpx.Client, query: dict[str, Any], found: list[str]) -> None:
    accounts = two_accounts(app)
    ids = {
        "ek": contact(
            app,
            accounts["acme"],
            email="ek@x.se",
            officephone="1",
            cellphone="2",
            title="VD",
            externalkey="c-1",
            primarycontact=1,
        ),
        "alm": contact(app, accounts["zeta"], surname="Alm", city="Malmö", active=0),
    }
    app.edit("contacts", ids["alm"], {"followers": [3]})
    assert listed(client, "contacts", **query) == [ids[name] for name in found]


def test_contacts_of_an_account(app: Cirrus, client: httpx.Client) -> None:
    owner, other = account(app), account(app)
    made = contact(app, owner)
    contact(app, other)
    assert listed(client, "contacts", accountid=owner) == [made]


def test_inactive_contacts_can_be_hidden_unless_asked_for() -> None:
    app = tenant(omitted_active="active")
    owner = account(app)
    ids = [contact(app, owner), contact(app, owner, active=0)]
    client = client_of(app)
    assert (listed(client, "contacts"), listed(client, "contacts", active=0)) == (ids[:1], ids[1:])


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({}, [1, 2, 3]),
        ({"active": 1}, [1, 2]),
        ({"active": 0}, [3]),
        ({"code": "U-BERG"}, [2]),
        ({"fulltext": "ANNA"}, [1]),
        ({"sorting": "surname_asc"}, [2, 3, 1]),
        ({"sorting": "active_desc"}, [2, 1, 3]),
    ],
)
def test_user_filters(app: Cirrus, client: httpx.Client, query: dict[str, Any], found: list[int]) -> None:
    app.edit("users", 3, {"active": 0})
    assert listed(client, "users", **query) == found


@pytest.mark.parametrize(
    ("pairs", "found"),
    [
        ([(11, "Énergie")], ["acme"]),
        ([(11, "energie")], []),
        ([(11, "502")], []),
        ([(12, "K-1")], ["acme", "zeta"]),
        ([(12, "K-1"), (11, "Énergie")], ["acme"]),
        ([(21, "Svenska")], []),
        ([(99, "x")], []),
    ],
)
def test_accounts_by_dynamic_fields(
    app: Cirrus, client: httpx.Client, pairs: list[tuple[int, str]], found: list[str]
) -> None:
    ids = two_accounts(app)
    app.set_dynamic("account", ids["acme"], "Bransch", "Énergie")
    for made in ids.values():
        app.set_dynamic("account", made, "Kundnummer ERP", "K-1")
    query: dict[str, Any] = {
        "dynamicfield_id": [pair[0] for pair in pairs],
        "dynamicfield_val": [pair[1] for pair in pairs],
    }
    assert listed(client, **query) == [ids[name] for name in found]


def test_choice_fields_can_be_filtered_by_option_id() -> None:
    app = tenant(dynamic_filter="id")
    made = account(app)
    app.set_dynamic("account", made, "Bransch", "Énergie")
    assert listed(client_of(app), dynamicfield_id=11, dynamicfield_val="502") == [made]


def test_a_dynamic_field_without_its_value_is_refused(client: httpx.Client) -> None:
    assert client.get("accounts", params={**NAMES, "dynamicfield_id": 11}).status_code == 400


# --- merging ---------------------------------------------------------------------------------------------------------


def test_a_merge_moves_the_contacts_and_drops_the_source(app: Cirrus, client: httpx.Client) -> None:
    target, source = account(app), account(app)
    moved = contact(app, source)
    answer = client.post(f"accounts/{target}/merge/{source}")
    assert (answer.status_code, client.get(f"accounts/{source}").status_code, listed(client)) == (204, 404, [target])
    assert one(client, f"contacts/{moved}")["account"]["id"] == target


def test_children_of_a_merged_account_get_the_target_as_parent(app: Cirrus, client: httpx.Client) -> None:
    source = account(app)
    target, child = account(app, parentaccountid=source), account(app, parentaccountid=source)
    client.post(f"accounts/{target}/merge/{source}")
    parents = [one(client, f"accounts/{made}")["parentaccount"]["id"] for made in (target, child)]
    assert parents == [None, target]


@pytest.mark.parametrize(("target", "source", "status"), [(1001, 99, 404), (99, 1001, 404), (1001, 1001, 400)])
def test_a_merge_needs_two_accounts(app: Cirrus, client: httpx.Client, target: int, source: int, status: int) -> None:
    account(app)
    assert client.post(f"accounts/{target}/merge/{source}").status_code == status


# --- dynamic fields --------------------------------------------------------------------------------------------------

BRANSCH, NUMMER, PREMIUM, KREDIT, AVTAL, SPRAK = 11, 12, 13, 14, 15, 21


def values_of(client: httpx.Client, record: int, kind: str = "account", **query: Any) -> list[Any]:
    params = {"resourcetype": kind, "resourceid": record, "sorting": "sorting_asc", **query}
    answer = client.get("dynamicfields/values", params=params)
    assert answer.status_code == 200, answer.text
    items: list[Any] = answer.json()["items"]
    return items


def put_value(client: httpx.Client, field: int, record: int, **body: Any) -> httpx.Response:
    return client.put(f"dynamicfields/values/{field}/{record}", json=body)


def test_a_definition_shows_its_options(client: httpx.Client) -> None:
    body = one(client, f"dynamicfields/definitions/{BRANSCH}")
    assert list(body) == [
        "id",
        "name",
        "group",
        "sortorder",
        "size",
        "help",
        "required",
        "inoverview",
        "visible",
        "readonly",
        "options",
        "type",
        "fieldgroup",
        "selected",
        "unselected",
    ]
    assert [option["label"] for option in body["options"]] == [
        "Bâtiment",
        "Énergie",
        "Santé",
        "Logiciels",
        "Commerce",
        "Industrie",
    ]
    assert body["options"][1] == {"id": 502, "fieldid": 11, "label": "Énergie", "sortorder": 2, "group": "account"}
    assert (body["selected"], body["unselected"], body["type"]["label"]) == ([], body["options"], "select")


def test_an_unknown_definition_is_missing(client: httpx.Client) -> None:
    assert client.get("dynamicfields/definitions/99").status_code == 404


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"groups": "contact"}, [22, 21]),
        ({"groups": "account,contact", "typeid": 2}, [11, 21]),
        ({"groups": "order"}, [31, 32]),
        ({"fieldname": "Premium"}, [13]),
        ({"typeid": 3}, [13]),
        ({"groups": "account", "sorting": "sorting_desc"}, [15, 14, 13, 12, 11]),
        ({"groups": "account", "sorting": "name_asc"}, [15, 11, 14, 12, 13]),
        ({"sorting": "groupname_desc"}, [41, 32, 31, 52, 51, 22, 21, 71, 61, 15]),
    ],
)
def test_definition_filters(client: httpx.Client, query: dict[str, Any], found: list[int]) -> None:
    assert listed(client, "dynamicfields/definitions", **query) == found


def test_an_unknown_group_of_definitions_is_refused(client: httpx.Client) -> None:
    assert client.get("dynamicfields/definitions", params={**NAMES, "groups": "lead"}).status_code == 400


def test_all_fields_of_a_record_are_listed_with_text_values(app: Cirrus, client: httpx.Client) -> None:
    items = values_of(client, account(app))
    assert [(item["id"], item["value"]) for item in items] == [(n, "") for n in (11, 12, 13, 14, 15)]


def test_empty_fields_can_be_hidden() -> None:
    app = tenant(empty_values="hidden")
    made = account(app)
    app.set_dynamic("account", made, "Premium", "1")
    assert [item["name"] for item in values_of(client_of(app), made)] == ["Premium"]


def test_a_value_can_have_an_id_of_its_own() -> None:
    app = tenant(value_id="own")
    made = account(app)
    item = values_of(client_of(app), made, fieldname="Bransch")[0]
    assert (item["id"], item["type"]["fieldid"]) == (made * 100 + 11, 11)


@pytest.mark.parametrize(
    ("query", "found"),
    [
        ({"fieldname": "Bransch"}, [11]),
        ({"fieldids": [11, 13]}, [11, 13]),
        ({"fieldids": 21}, []),
        ({"sorting": "name_desc"}, [13, 12, 14, 11, 15]),
    ],
)
def test_value_filters(app: Cirrus, client: httpx.Client, query: dict[str, Any], found: list[int]) -> None:
    assert [item["id"] for item in values_of(client, account(app), **query)] == found


@pytest.mark.parametrize(
    ("query", "status"),
    [
        ({"resourceid": 1001}, 400),
        ({"resourcetype": "account"}, 400),
        ({"resourcetype": "lead", "resourceid": 1001}, 400),
        ({"resourcetype": "account", "resourceid": "x"}, 400),
        ({"resourcetype": "account", "resourceid": 99}, 404),
        ({"resourcetype": "contact", "resourceid": 1001}, 404),
        ({"resourcetype": "order", "resourceid": 1001}, 404),
    ],
)
def test_values_of_a_bad_or_unknown_resource(
    app: Cirrus, client: httpx.Client, query: dict[str, Any], status: int
) -> None:
    account(app)
    assert client.get("dynamicfields/values", params={**NAMES, **query}).status_code == status


def test_a_text_value_is_written_and_cleared(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    statuses, seen = [], []
    for value in ("K-1", ""):
        statuses.append(put_value(client, NUMMER, made, value=value).status_code)
        seen.append(values_of(client, made, fieldname="Kundnummer ERP")[0]["value"])
    assert (statuses, seen) == ([204, 204], ["K-1", ""])


def test_a_choice_is_written_by_its_options(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    item = values_of(client, made, fieldids=BRANSCH)[0]
    chosen = [option for option in item["unselected"] if option["label"] == "Santé"]
    rest = [option for option in item["unselected"] if option["label"] != "Santé"]
    assert put_value(client, BRANSCH, made, selected=chosen, unselected=rest).status_code == 204
    after = values_of(client, made, fieldids=BRANSCH)[0]
    assert (after["selected"], after["unselected"], after["value"]) == (chosen, rest, "Santé")


def test_a_choice_is_written_by_the_ids_of_options_alone(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    put_value(client, BRANSCH, made, selected=[{"id": 503}])
    assert values_of(client, made, fieldids=BRANSCH)[0]["value"] == "Santé"


@pytest.mark.parametrize("body", [{"selected": []}, {"unselected": [{"id": 503}]}, {"selected": [], "value": "Santé"}])
def test_a_choice_is_cleared_by_its_options(app: Cirrus, client: httpx.Client, body: dict[str, Any]) -> None:
    made = account(app)
    app.set_dynamic("account", made, "Bransch", "Santé")
    put_value(client, BRANSCH, made, **body)
    assert values_of(client, made, fieldids=BRANSCH)[0]["value"] == ""


def test_a_choice_keeps_its_option_when_others_are_unselected(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    app.set_dynamic("account", made, "Bransch", "Santé")
    put_value(client, BRANSCH, made, unselected=[{"id": 501}])
    assert values_of(client, made, fieldids=BRANSCH)[0]["value"] == "Santé"


@pytest.mark.parametrize(
    ("field", "body", "name"),
    [
        (BRANSCH, {"value": "Santé"}, "selected"),
        (BRANSCH, {"selected": [{"id": 551}]}, "selected.0"),
        (BRANSCH, {"selected": [{"id": 503, "fieldid": 21}]}, "selected.0"),
        (BRANSCH, {"unselected": [{"id": 999}]}, "unselected.0"),
        (BRANSCH, {"selected": [{"id": 501}, {"id": 502}]}, "selected"),
        (BRANSCH, {"selected": [{"id": 501}], "unselected": [{"id": 501}]}, "unselected"),
        (BRANSCH, {"selected": [{"label": "Santé"}]}, "selected.0.id"),
        (BRANSCH, {"selected": [503]}, "selected.0"),
        (NUMMER, {"value": 5}, "value"),
        (NUMMER, {"value": None}, "value"),
        (NUMMER, {"selected": [{"id": 501}]}, "selected"),
        (PREMIUM, {"value": "true"}, "value"),
        (KREDIT, {"value": "AAA"}, "fieldid"),
        (AVTAL, {"value": ""}, "value"),
    ],
)
def test_a_value_that_the_field_can_not_take_is_refused(
    app: Cirrus, client: httpx.Client, field: int, body: dict[str, Any], name: str
) -> None:
    answer = put_value(client, field, account(app), **body)
    assert (answer.status_code, list(answer.json()["errors"])) == (400, [name])


def test_a_write_to_a_contact_field_needs_a_contact(app: Cirrus, client: httpx.Client) -> None:
    owner = account(app)
    made = contact(app, owner)
    body = {"selected": [{"id": 551}]}
    assert [put_value(client, SPRAK, record, **body).status_code for record in (owner, made)] == [404, 204]
    assert values_of(client, made, "contact", fieldids=SPRAK)[0]["value"] == "Svenska"


def test_a_write_to_an_unknown_field_is_missing(app: Cirrus, client: httpx.Client) -> None:
    assert put_value(client, 99, account(app), value="x").status_code == 404


def test_a_value_update_can_answer_with_the_item() -> None:
    app = tenant(update_reply="object")
    answer = put_value(client_of(app), PREMIUM, account(app), value="1")
    assert (answer.status_code, answer.json()["value"]) == (200, "1")


# --- the helpers -----------------------------------------------------------------------------------------------------


def test_data_shows_records_with_their_dynamic_fields(app: Cirrus) -> None:
    made = account(app)
    app.set_dynamic("account", made, "Bransch", "Énergie")
    app.set_dynamic("account", made, "Kreditbetyg", "AAA")
    data = app.data()
    assert {"accounts", "contacts", "users", "orders", "accounttypes", "dynamicfields"} <= data.keys()
    assert data["accounts"][0]["dynamicfields"] == {
        "Bransch": "Énergie",
        "Kundnummer ERP": "",
        "Premium": "",
        "Kreditbetyg": "AAA",
        "Avtalsform": "",
    }


def test_the_control_door_shows_the_same_data() -> None:
    app = Cirrus(samples=True)
    answer = client_of(app, {}).get("http://cirrus.example/_sandbox/data")
    assert answer.json() == app.data()


def test_samples_fill_every_field_of_a_record() -> None:
    app = Cirrus(samples=True)
    filled = next(record for record in app.data()["accounts"] if record["id"] == 1002)
    assert [name for name, value in filled.items() if value in (None, "", [])] == []


def test_an_edit_changes_only_the_given_parts_of_an_address(app: Cirrus, client: httpx.Client) -> None:
    made = account(app, addresses={"visiting": {"street": "a", "city": "b"}})
    app.edit("accounts", made, {"addresses": {"visiting": {"city": "c"}}})
    address = one(client, f"accounts/{made}")["addresses"]["visiting"]
    assert (address["street"], address["city"]) == ("a", "c")


def test_an_edit_can_move_a_contact(app: Cirrus, client: httpx.Client) -> None:
    owner, other = account(app), account(app)
    made = contact(app, owner)
    app.edit("contacts", made, {"accountid": other})
    assert [contact_["id"] for contact_ in one(client, f"accounts/{other}")["contacts"]] == [made]


def test_a_removed_account_takes_its_contacts_along(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    child = account(app, parentaccountid=made)
    contact(app, made, superiorid=contact(app, made))
    app.remove("accounts", made)
    assert (listed(client), listed(client, "contacts"), client.get(f"accounts/{made}").status_code) == (
        [child],
        [],
        404,
    )


def test_a_removed_superior_leaves_no_trace(app: Cirrus, client: httpx.Client) -> None:
    owner = account(app)
    superior = contact(app, owner)
    inferior = contact(app, owner, superiorid=superior)
    app.remove("contacts", superior)
    assert one(client, f"contacts/{inferior}")["superior"]["id"] is None


@pytest.mark.parametrize(
    "mistake",
    [
        lambda app: app.add("accounts", {}),
        lambda app: app.add("accounts", {"name": "x", "typeid": 9}),
        lambda app: app.add("users", {"name": "x"}),
        lambda app: app.edit("accounts", 99, {"name": "x"}),
        lambda app: app.edit("accounts", 1001, {"colour": "red"}),
        lambda app: app.edit("accounts", 1001, {"id": 5}),
        lambda app: app.edit("accounts", 1001, {"userid": 9}),
        lambda app: app.remove("contacts", 99),
        lambda app: app.set_dynamic("account", 1001, "Språk", "Svenska"),
        lambda app: app.set_dynamic("account", 1001, "Bransch", "Fiske"),
        lambda app: app.set_dynamic("account", 99, "Premium", "1"),
    ],
)
def test_a_helper_tells_a_mistake_of_its_caller(app: Cirrus, mistake: Any) -> None:
    account(app)
    with pytest.raises(ValueError):
        mistake(app)


def test_an_account_added_without_type_and_user_gets_the_usual_ones(app: Cirrus, client: httpx.Client) -> None:
    record = one(client, f"accounts/{app.add('accounts', {'name': 'x'})}")
    assert (record["type"]["id"], record["user"]["id"]) == (1, 1)


# --- size ------------------------------------------------------------------------------------------------------------


def counting_table() -> tuple[Table, list[int]]:
    """Ten thousand rows, and the ids of the rows whose sort value was asked for since."""
    sorted_by: list[int] = []

    def sort_value(row: dict[str, Any]) -> Any:
        sorted_by.append(row["id"])
        return row["name"]

    table = Table(first_id=1, orders={"name": sort_value}, indexed=["key"], views={})
    for number in range(10_000):
        table.add({"name": f"{number * 7919 % 10_000:05}", "key": number})
    sorted_by.clear()
    return table, sorted_by


def test_a_list_that_is_asked_for_again_is_neither_sorted_nor_filtered_again() -> None:
    table, sorted_by = counting_table()
    looked_at: list[int] = []

    def passes(row: dict[str, Any]) -> bool:
        looked_at.append(row["id"])
        return True

    pages = [table.view("all", "name_asc", [passes]) for _ in range(200)]
    assert (len(pages[-1]), len(looked_at), len(sorted_by)) == (10_000, 10_000, 0)


def test_a_write_moves_only_its_own_row() -> None:
    table, sorted_by = counting_table()
    table.change(5, {"name": "99999"})
    assert (table.view("all", "name_asc", [])[-1], set(sorted_by)) == (5, {5})


def test_a_search_by_key_looks_at_its_hits_only() -> None:
    table, sorted_by = counting_table()
    assert (table.view("key", "name_asc", [], table.where("key", 7)), sorted_by) == ([8], [8])


def test_a_walk_over_many_accounts_meets_each_once(app: Cirrus, client: httpx.Client) -> None:
    ids = [account(app, name=f"Bolag {number % 9}") for number in range(1_000)]
    pages = [listed(client, page=page, per_page=50) for page in range(1, 21)]
    assert sorted(sum(pages, [])) == ids


def test_more_questions_than_are_kept_are_each_answered(app: Cirrus, client: httpx.Client) -> None:
    made = account(app)
    found = [listed(client, userid=1, externalkey="" if number % 2 else "k", typeid=number) for number in range(200)]
    assert [number for number, ids in enumerate(found) if ids == [made]] == [3]
