"""Activities, opportunities and the entities around them, as the vendor's pages and others' clients show them."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mapper.sandbox.nicoka import Nicoka
from tests.sandbox.test_nicoka import PAGES, Clock, client, filled, refusal, room

#: the moments at which the vendor's pages make an activity and an opportunity, in Paris
MADE = {"crmActivities": 1764949567.0, "opportunities": 1762335016.0}


def with_known(app: Nicoka) -> Nicoka:
    """The account with the customer and the contact that the vendor's examples name."""
    crm = app.account.crm
    customer = {"id": 13917, "customerid": 13917, "name1": "Cabinet", "label": "Cabinet", "versi": 1}
    contact = {"id": 7900, "contactid": 7900, "customerid": 13917, "label": "Edouard LONGCHAMBON", "versi": 1}
    app.account.tables["customers"].put({**crm["customers"].blank(), **customer})
    app.account.tables["contacts"].put({**crm["contacts"].blank(), **contact})
    return app


def tenant(**switches: str) -> tuple[Nicoka, httpx.Client]:
    app, api = room(**switches)
    return with_known(app), api


@pytest.mark.parametrize("resource", list(MADE))
def test_creation_is_the_one_in_the_pages_but_for_its_user_and_its_random_uid(resource: str) -> None:
    app = with_known(Nicoka(clock=Clock(MADE[resource])))
    sent = {
        "crmActivities": {"contactid": 7900, "type": 2},
        "opportunities": {"label": "Prestation commerciale", "customerid": 13917, "stage": 3},
    }[resource]
    printed = PAGES[resource]["create"]
    body = client(app).post(f"/{resource}", json=sent).json()
    # The page's user is number 55, and its activity is dated a second after its row.
    own = {"cname": 54, "uname": 54, "uid": body["object"].get("uid")}
    if resource == "crmActivities":
        own = {**own, "objectid": 54, "made_by_uid": "1__54", "date": "2025-12-05 16:46:07", "label": "Appel"}
        body["object"]["label"] = "Appel"
    expected = {**printed["object"], **{name: value for name, value in own.items() if name in printed["object"]}}
    assert body == {"success": printed["success"], "object": expected}
    assert list(body["object"]) == list(printed["object"])


def test_listed_activity_has_the_members_of_the_page() -> None:
    rows = client(Nicoka(samples=True)).get("/crmActivities").json()
    assert [list(row) for row in rows] == [list(row) for row in PAGES["crmActivities"]["list"]]
    printed = PAGES["crmActivities"]["list"][0]
    # The page's list and its single record were made unrecognisable in two ways.
    same = {"id", "type", "date", "dateLabel", "activityUid", "deleteLink", "objectId", "relatedLink", "updateLink"}
    assert {name: rows[0][name] for name in same} == {name: printed[name] for name in same}


def test_label_of_a_listed_activity_is_html_and_of_a_single_one_is_text() -> None:
    api = client(Nicoka(samples=True))
    assert api.get("/crmActivities").json()[0]["label"].startswith("<b>Message</b>")
    assert api.get("/crmActivities/2919984").json()["label"] == "Courriel envoyé"


def activities(count: int, **switches: str) -> tuple[Nicoka, httpx.Client]:
    app, api = tenant(**switches)
    for _ in range(count):
        app.add("crmActivities", {"type": 1, "contactid": 7900})
    return app, api


@pytest.mark.parametrize(
    ("switches", "params", "length"),
    [
        ({}, {"limit": 2}, 2),
        ({}, {"limit": 2, "offset": 4}, 1),
        ({}, {"limit": 2, "offset": 5}, 0),
        ({"activity_paging": "ignored"}, {"limit": 2, "offset": 4}, 5),
    ],
)
def test_activities_come_as_a_bare_array(switches: dict[str, str], params: dict[str, int], length: int) -> None:
    _, api = activities(5, **switches)
    assert len(api.get("/crmActivities", params=params).json()) == length


def test_activities_may_come_in_an_envelope() -> None:
    _, api = activities(5, activities="envelope")
    body = api.get("/crmActivities", params={"limit": 2}).json()
    assert (body["total"], len(body["data"])) == (5, 2)


def test_activity_is_filtered_by_what_it_belongs_to() -> None:
    app, api = activities(2)
    app.add("crmActivities", {"type": 1, "contactid": app.add("contacts", {"last_name": "Petit"})})
    assert len(api.get("/crmActivities", params={"customerid": 13917}).json()) == 2


def test_activity_shows_in_what_it_belongs_to_without_being_an_edit() -> None:
    app, api = tenant()
    before = api.get("/customers/13917").json()
    ident = app.add("crmActivities", {"type": 1, "contactid": 7900})
    after = api.get("/customers/13917").json()
    assert (after["last_activityid"], after["udate"], after["versi"]) == (ident, before["udate"], before["versi"])


@pytest.mark.parametrize("given", [{"customerid": None}, {"customerid": 13917}])
def test_activity_takes_the_account_of_its_contact(given: dict[str, Any]) -> None:
    _, api = tenant()
    made = api.post("/crmActivities", json={"type": 2, "contactid": 7900, **given}).json()["object"]
    assert (made["customerid"], made["related"], made["start_time"]) == (13917, "250__7900", made["date"][11:16])


@pytest.mark.parametrize(("switch", "status"), [("open", 200), ("closed", 422)])
def test_sent_message_may_be_closed(switch: str, status: int) -> None:
    api = client(Nicoka(samples=True, switches={"sent_messages": switch}))
    assert api.post("/crmActivities/2919984", json={"subject": "Facture"}).status_code == status


@pytest.mark.parametrize(("mandatory", "status"), [("examples", 422), ("fewest", 200)])
def test_activity_without_a_contact_depends_on_the_tenant(mandatory: str, status: int) -> None:
    _, api = tenant(mandatory=mandatory)
    assert api.post("/crmActivities", json={"type": 2, "customerid": 13917}).status_code == status


def test_tenant_may_demand_more() -> None:
    api = client(Nicoka(clock=Clock(), required={"customers": ("name1", "zipcode")}))
    assert refusal(api.post("/customers", json={"name1": "Amers"})) == (422, 422)
    assert api.post("/customers", json={"name1": "Amers", "zipcode": "49100"}).status_code == 200


@pytest.mark.parametrize("lacking", ["label", "customerid", "stage"])
def test_opportunity_needs_what_the_example_sends(lacking: str) -> None:
    _, api = tenant()
    fields = {"label": "Audit", "customerid": 13917, "stage": 1}
    assert refusal(api.post("/opportunities", json={k: v for k, v in fields.items() if k != lacking})) == (422, 422)


def test_change_of_stage_keeps_the_stage_before() -> None:
    clock = Clock()
    app = with_known(Nicoka(clock=clock))
    ident = app.add("opportunities", {"label": "Audit", "customerid": 13917, "stage": 1})
    clock.now += 3600
    row = client(app).post(f"/opportunities/{ident}", json={"stage": 4}).json()["object"]
    assert (row["previous_stage"], row["stage"], row["stage_date"]) == (1, 4, row["udate"])


@pytest.mark.parametrize(
    ("sent", "triple"),
    [
        ({"assign_to_employeeid": 51}, (101, 51, 51, "Céline CH")),
        ({"assign_to_entityid": 101, "assign_to_objectid": 43}, (101, 43, 43, "Claire MARTIN")),
        ({"assign_to_employeeid": None}, (None, None, None, None)),
    ],
)
def test_owner_of_an_opportunity_is_kept_three_ways(sent: dict[str, Any], triple: tuple[Any, ...]) -> None:
    app, api = tenant()
    ident = app.add("opportunities", {"label": "Audit", "customerid": 13917, "stage": 1, "assign_to_employeeid": 35})
    row = api.post(f"/opportunities/{ident}", json=sent).json()["object"]
    names = ("assign_to_entityid", "assign_to_objectid", "assign_to_employeeid", "assign_to_name")
    assert tuple(row[name] for name in names) == triple


def test_update_names_an_activity_in_the_feminine() -> None:
    _, api = activities(1)
    assert api.post("/crmActivities/2909666", json={"subject": "x"}).json()["success"].endswith("a été modifiée")


# Switches that all four share


@pytest.mark.parametrize(
    ("clearing", "value", "city"),
    [
        ("both", None, None),
        ("both", "", None),
        ("null", None, None),
        ("null", "", "Angers"),
        ("empty", None, "Angers"),
        ("empty", "", None),
    ],
)
def test_what_empties_a_field(clearing: str, value: Any, city: str | None) -> None:
    app, api = filled(1, clearing=clearing)
    app.edit("customers", 2679, {"city": "Angers"})
    assert api.post("/customers/2679", json={"city": value}).json()["object"]["city"] == city


@pytest.mark.parametrize(
    ("form", "value", "good"),
    [
        ("json", "[1,5]", True),
        ("json", "1,5", False),
        ("json", [1, 5], False),
        ("csv", "1,5", True),
        ("csv", "[1,5]", False),
        ("array", [1, 5], True),
        ("array", "1,5", False),
    ],
)
def test_several_values_may_be_understood_in_one_form_only(form: str, value: Any, good: bool) -> None:
    _, api = filled(1, multi_writes=form)
    assert (api.post("/customers/2679", json={"tags": value}).status_code == 200) == good


@pytest.mark.parametrize(("switch", "count"), [("understood", 1), ("unknown", 0)])
def test_clock_times_in_a_range_may_be_unknown(switch: str, count: int) -> None:
    _, api = filled(1, range_times=switch)
    params = {"udate": "2025-09-15 00:00:00,2025-09-16 00:00:00"}
    assert api.get("/customers", params=params).json()["total"] == count
    assert api.get("/customers", params={"udate": "2025-09-15,2025-09-16"}).json()["total"] == 1


@pytest.mark.parametrize(
    ("keys", "value"),
    [
        ("id", {"id": 2, "label": "Client"}),
        ("value", {"value": 2, "text": "Client"}),
        ("code", {"code": 2, "name": "Client"}),
    ],
)
def test_values_of_a_list_may_have_other_names(keys: str, value: dict[str, Any]) -> None:
    _, api = room(values_keys=keys)
    assert value in api.get("/application/entities/202/values/").json()


def test_values_of_a_list_may_say_more() -> None:
    _, api = room(values_extras="some")
    assert api.get("/application/entities/202/values/").json()[0] == {
        "id": 1, "label": "Prospect", "parentid": None, "position": 0
    }  # fmt: skip


def test_errors_may_all_come_with_200() -> None:
    app, _ = room(errors_with_200="all")
    assert refusal(client(app, "wrong").get("/customers")) == (200, 401)


# Addresses


def at(app: Nicoka, path: str) -> int:
    transport = httpx.WSGITransport(app=app)
    headers = {"Authorization": "Bearer demo-nicoka-token"}
    with httpx.Client(transport=transport, base_url="http://nicoka.test", headers=headers) as http:
        return http.get(path).status_code


@pytest.mark.parametrize(
    ("path", "status"),
    [
        ("/api/customers", 200),
        ("/demo/api/customers", 200),
        ("/other/api/customers", 404),
        ("/api/demo/customers", 404),
    ],
)
def test_account_is_there_in_production_and_on_trial(path: str, status: int) -> None:
    assert at(room()[0], path) == status


def test_older_trial_address_may_be_there() -> None:
    assert at(room(older_trial_path="on")[0], "/api/demo/customers") == 200


def test_next_link_stays_on_trial() -> None:
    app, _ = filled(3, next_link="on")
    with httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://nicoka.test/demo/api") as http:
        body = http.get("/customers?limit=2", headers={"Authorization": "Bearer demo-nicoka-token"}).json()
    assert body["@odata.nextLink"].startswith("http://nicoka.test/demo/api/customers?")


# The entities around the CRM


@pytest.mark.parametrize("resource", ["employees", "candidates", "jobs", "quotations", "orders", "projects"])
def test_entity_is_listed_in_an_envelope(resource: str) -> None:
    _, api = room()
    body = api.get(f"/{resource}", params={"limit": 1}).json()
    key = {"quotations": "quotationid", "employees": "employeeid"}.get(resource, f"{resource[:-1]}id")
    assert (len(body["data"]), body["data"][0]["id"]) == (1, body["data"][0][key])


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "/jobs/301", 404),
        ("GET", "/orders/601", 404),
        ("POST", "/quotations", 405),
        ("POST", "/employees", 405),
        ("DELETE", "/employees/43", 405),
        ("GET", "/invoices", 404),
        ("GET", "/recrutement/job", 404),
    ],
)
def test_way_that_nobody_has_seen_is_not_there(verb: str, path: str, status: int) -> None:
    _, api = room()
    assert refusal(api.request(verb, path)) == (status, status)


def test_employee_is_got_and_updated() -> None:
    _, api = room()
    made = api.post("/employees/43", json={"email": "claire@acme.example"}).json()["object"]
    assert (made["email"], made["label"], made["versi"]) == ("claire@acme.example", "Claire MARTIN", 3)
    assert api.get("/employees/43").json()["email"] == "claire@acme.example"


def test_what_hangs_on_employees_has_composite_ids() -> None:
    _, api = room()
    assert [row["id"] for row in api.get("/employees/43/languages/").json()["data"]] == ["43:fr", "43:en"]
    assert len(api.get("/employees/skills/").json()["data"]) == 6
    assert refusal(api.get("/employees/9/skills")) == (404, 404)


def test_published_jobs_tell_where_to_apply() -> None:
    _, api = room()
    rows = api.get("/jobs/published").json()["data"]
    assert [(row["jobid"], row["applicationUrl"].endswith(f"/public/jobs/{row['uid']}/apply")) for row in rows] == [
        (301, True)
    ]


@pytest.mark.parametrize(("switch", "status"), [("token", 401), ("public", 200)])
def test_published_jobs_may_be_public(switch: str, status: int) -> None:
    app, _ = room(published_jobs=switch)
    assert client(app, "").get("/jobs/published").status_code == status


def test_contract_types_are_a_bare_array() -> None:
    _, api = room()
    assert {"id": 1, "label": "CDI"} in api.get("/jobs/contractTypes").json()


@pytest.mark.parametrize(
    ("params", "idents"),
    [({}, [802, 801]), ({"notFull": 1}, [801]), ({"start": "2025-11-01,2025-11-30"}, [802])],
)
def test_events_of_an_agency_are_filtered(params: dict[str, Any], idents: list[int]) -> None:
    _, api = room()
    assert [row["id"] for row in api.get("/locations/1/events", params=params).json()["data"]] == idents
    assert refusal(api.get("/locations/9/events")) == (404, 404)


@pytest.mark.parametrize("path", ["/jobs/301/apply/", "/jobs/unsolicitedApply/"])
def test_application_makes_a_candidate(path: str) -> None:
    _, api = room()
    document = {"base64content": "Q1Y=", "filename": "cv.pdf", "doctype": 10}
    body = api.post(path, json={"last_name": "Roy", "dataUsageConsent": 1, "documents": [document]}).json()
    assert body["candidateid"] in [row["candidateid"] for row in api.get("/candidates").json()["data"]]


@pytest.mark.parametrize("sent", [{"first_name": "Inès"}, {"last_name": "Roy", "documents": [{"filename": "cv.pdf"}]}])
def test_application_that_is_not_whole_is_refused(sent: dict[str, Any]) -> None:
    _, api = room()
    assert refusal(api.post("/jobs/unsolicitedApply", json=sent)) == (422, 422)


def test_address_of_a_candidate_is_added() -> None:
    _, api = room()
    made = api.post("/candidates/701/addresses", json={"type": 6, "street": "1 rue X", "city": "Angers"}).json()
    assert made["object"]["id"] == "701:1"
    assert api.get("/candidates/701/addresses").json()["data"] == [made["object"]]


@pytest.mark.parametrize("how", ["data", "json"])
def test_line_of_a_project_is_sent_as_a_form_or_as_json(how: str) -> None:
    _, api = room()
    sent = {"projectid": 401, "label": "Formation", "price": 850, "invoiceable": 1}
    made = (api.post("/projectItems", data=sent) if how == "data" else api.post("/projectItems", json=sent)).json()[
        "object"
    ]
    assert (made["projectid"], made["label"], made["price"]) == (401, "Formation", 850.0)


def test_line_of_an_unknown_project_is_refused() -> None:
    _, api = room()
    assert refusal(api.post("/projectItems", data={"projectid": "9", "label": "x"})) == (404, 404)
