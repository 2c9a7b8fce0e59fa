"""The Koban sandbox against the vendor's documents: every rule by a call through a real client."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from mapper.sandbox.koban import Koban
from mapper.sandbox.koban.samples import ACCOUNTS

KEYS = {"X-ncApi": "demo-koban-api", "X-ncUser": "demo-koban-user"}
SECTOR, PREMIUM = "5583bc220dc3610a94746d3b", "5583bc220dc3610a94746d3c"
SIGNED, STAFF = "5583bc220dc3610a94746d3d", "5583bc220dc3610a94746d3e"
START = 1_500_000_000.25
GUID = re.compile("[0-9a-f]{24}")
CONTACT_QUERY = "uniqueproperty=Extcode&thirduniqueproperty=Extcode"


class Clock:
    def __init__(self) -> None:
        self.now = START

    def __call__(self) -> float:
        return self.now


class Api:
    """The sandbox through a client, with the calls of these tests spelled out."""

    def __init__(self, **given: Any) -> None:
        self.clock = Clock()
        self.app = Koban(clock=self.clock, **given)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app), base_url="http://koban.example/api/v1", headers=KEYS
        )

    def get(self, path: str, **params: Any) -> httpx.Response:
        return self.http.get(path, params=params or None)

    def post(self, path: str, body: Any) -> httpx.Response:
        return self.http.post(path, json=body)

    def put(self, *bodies: dict[str, Any], key: str = "Extcode") -> list[str]:
        """Post accounts that must succeed; their Guids."""
        answer = self.post(f"ncThird/PostMany?uniqueproperty={key}", list(bodies)).json()
        assert answer["Success"], answer
        guids: list[str] = answer["Result"]
        return guids

    def refused(self, body: dict[str, Any], query: str = "uniqueproperty=Extcode", path: str = "ncThird") -> str:
        """Post one object that must be refused; the vendor's text."""
        answer = self.post(f"{path}/PostMany?{query}", [body]).json()
        assert (answer["Success"], answer["Result"]) == (False, None), answer
        return " ".join([answer["Message"] or "", *(answer["Errors"] or [])])

    def one(self, guid: str, path: str = "ncThird") -> dict[str, Any]:
        found: dict[str, Any] = self.get(f"{path}/GetOne", id=guid).raise_for_status().json()
        return found

    def labels(self, path: str = "ncThird/GetUpdated", **params: Any) -> list[str]:
        return [row["Label"] for row in self.get(path, **{"updated": 0, "l": 100, **params}).json()["List"]]


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with api.http:
        yield api


@pytest.fixture
def sampled() -> Iterator[Api]:
    api = Api(samples=True)
    with api.http:
        yield api


def account(code: str = "1", **more: Any) -> dict[str, Any]:
    return {"Label": "ACME", "Extcode": code, **more}


# -- the dialogue on the vendor's own page


def test_the_vendors_own_sample_gives_the_vendors_own_answer(api: Api) -> None:
    response = api.post("ncThird/PostMany?uniqueproperty=ExtcodeThenEmail", ACCOUNTS)
    answer = response.json()
    assert response.status_code == 201
    assert list(answer) == ["Result", "Success", "Message", "Errors"]
    assert (answer["Success"], answer["Message"], answer["Errors"]) == (True, None, None)
    assert len(answer["Result"]) == 3 and all(GUID.fullmatch(guid) for guid in answer["Result"])


def test_the_result_stands_in_the_order_of_the_request(api: Api) -> None:
    guids = api.put(*ACCOUNTS, key="ExtcodeThenEmail")
    assert [api.one(guid)["Label"] for guid in guids] == ["DURAND", "DUPOND", "ACME"]


def test_the_same_dialogue_twice_makes_three_accounts(api: Api) -> None:
    first = api.put(*ACCOUNTS, key="ExtcodeThenEmail")
    assert api.put(*ACCOUNTS, key="ExtcodeThenEmail") == first
    assert api.get("ncThird/GetUpdated", updated=0).json()["Length"] == 3


def test_the_samples_are_there_on_request(sampled: Api) -> None:
    assert sampled.labels() == ["DURAND", "DUPOND", "ACME"]
    assert sampled.labels("ncContact/GetUpdated") == ["maxime@evotion.fr"]


# -- keys, paths, verbs, bodies


@pytest.mark.parametrize("headers", [{}, {"X-ncApi": "demo-koban-api"}, {**KEYS, "X-ncUser": "other"}])
def test_a_call_without_both_keys_is_refused_in_an_envelope(headers: dict[str, str]) -> None:
    with httpx.Client(transport=httpx.WSGITransport(app=Koban()), base_url="http://koban.example") as http:
        response = http.get("/api/v1/ncThird/GetUpdated?updated=0", headers=headers)
    assert (response.status_code, response.json()["Success"]) == (401, False)


def test_other_keys_can_be_given() -> None:
    app = Koban(api_key="a", user_key="u")
    with httpx.Client(transport=httpx.WSGITransport(app=app), headers={"X-ncApi": "a", "X-ncUser": "u"}) as http:
        assert http.get("http://koban.example/api/v1/ncThird/GetUpdated?updated=0").status_code == 200


@pytest.mark.parametrize(
    ("choice", "status", "kind"), [("403", 403, "application/json"), ("login", 302, "text/html; charset=utf-8")]
)
def test_wrong_keys_may_be_refused_in_other_ways(api: Api, choice: str, status: int, kind: str) -> None:
    api.app.set_switches({"refusal": choice})
    response = api.http.get("ncThird/GetUpdated?updated=0", headers={"X-ncApi": "wrong"})
    assert (response.status_code, response.headers["Content-Type"]) == (status, kind)


@pytest.mark.parametrize("path", ["ncThird/GetUpdated", "NCTHIRD/getupdated", "ncthird/GETUPDATED"])
def test_paths_are_matched_whatever_their_case(api: Api, path: str) -> None:
    assert api.get(path, updated=0).status_code == 200


@pytest.mark.parametrize(
    ("verb", "path", "status"),
    [
        ("GET", "ncThird/GetAll", 404),
        ("GET", "ncThird", 404),
        ("GET", "ncDelivery/GetUpdated", 404),
        ("GET", "../v2/ncThird/GetUpdated", 404),
        ("POST", "ncThird/GetUpdated", 405),
        ("GET", "ncThird/PostMany", 405),
        ("DELETE", "ncThird/GetOne", 405),
    ],
)
def test_an_unknown_path_or_verb_is_not_found(api: Api, verb: str, path: str, status: int) -> None:
    assert api.http.request(verb, path).status_code == status


@pytest.mark.parametrize(
    ("content_type", "content", "status"), [("text/plain", b"[]", 415), ("application/json", b"[{", 400)]
)
def test_a_body_that_is_no_json_is_refused(api: Api, content_type: str, content: bytes, status: int) -> None:
    url = "ncThird/PostMany?uniqueproperty=Extcode"
    response = api.http.post(url, content=content, headers={"Content-Type": content_type})
    assert (response.status_code, response.json()["Success"]) == (status, False)


# -- PostMany and PostOne


def test_a_batch_of_one_hundred_is_taken(api: Api) -> None:
    assert len(set(api.put(*(account(str(n)) for n in range(100))))) == 100


def test_a_batch_above_one_hundred_is_refused_and_nothing_written(api: Api) -> None:
    response = api.post("ncThird/PostMany?uniqueproperty=Extcode", [account(str(n)) for n in range(101)])
    assert (response.status_code, response.json()["Success"], response.json()["Result"]) == (200, False, None)
    assert api.labels() == []


def test_an_empty_batch_is_taken(api: Api) -> None:
    assert api.put() == []


def test_many_is_another_name_for_postmany(api: Api) -> None:
    response = api.post("ncThird/Many?uniqueproperty=Extcode", [account()])
    assert (response.status_code, response.json()["Success"]) == (201, True)


@pytest.mark.parametrize("body", [{"Label": "ACME"}, "ACME", None, [1], [["ACME"]]])
def test_a_batch_that_is_no_list_of_objects_is_refused(api: Api, body: Any) -> None:
    assert api.post("ncThird/PostMany?uniqueproperty=Extcode", body).json()["Success"] is False


def test_postone_answers_201_on_create_and_200_on_update(api: Api) -> None:
    first, second = (api.post("ncThird/PostOne?uniqueproperty=Extcode", account()) for _ in range(2))
    assert (first.status_code, second.status_code) == (201, 200)
    assert first.json()["Result"] == second.json()["Result"]


def test_a_bad_object_takes_the_whole_batch_with_it(api: Api) -> None:
    api.put(account("1", Phone="old"))
    batch = [account("1", Phone="new"), account("2"), {"Extcode": "3"}]
    response = api.post("ncThird/PostMany?uniqueproperty=Extcode", batch)
    assert response.json() == {
        "Result": None,
        "Success": False,
        "Message": None,
        "Errors": ["Le champ Label est obligatoire"],
    }
    assert [row["Phone"] for row in api.get("ncThird/GetUpdated", updated=0).json()["List"]] == ["old"]


def test_a_batch_taken_back_leaves_the_keys_as_they_were(api: Api) -> None:
    (guid,) = api.put(account("1"))
    api.post("ncThird/PostMany?uniqueproperty=Guid", [{"Guid": guid, "Extcode": "9"}, {"Extcode": "x"}])
    assert api.get("ncThird/GetOneByExtcode", extcode="9").status_code == 404
    assert api.get("ncThird/GetOneByExtcode", extcode="1").json()["Guid"] == guid


def test_a_partial_batch_writes_the_good_objects_and_says_null_for_the_others() -> None:
    api = Api(switches={"batch": "partial"})
    answer = api.post("ncThird/PostMany?uniqueproperty=Extcode", [account("1"), {"Extcode": "2"}, account("3")]).json()
    assert [bool(guid) for guid in answer["Result"]] == [True, False, True]
    assert (answer["Success"], len(answer["Errors"]), len(api.labels())) == (False, 1, 2)


@pytest.mark.parametrize("status", ["200", "201"])
def test_a_refusal_looks_like_success_to_those_who_read_the_status(status: str) -> None:
    api = Api(switches={"failure_status": status})
    response = api.post("ncThird/PostOne?uniqueproperty=Extcode", {})
    assert (response.status_code, response.json()["Success"]) == (int(status), False)


def test_two_objects_of_one_batch_with_one_key_are_one_record(api: Api) -> None:
    first, second = api.put(account("1", Phone="a"), account("1", Fax="b"))
    assert first == second
    assert (api.one(first)["Phone"], api.one(first)["Fax"]) == ("a", "b")


# -- uniqueproperty


@pytest.mark.parametrize("query", ["", "?uniqueproperty=", "?uniqueproperty=EMail", "?uniqueproperty=extcode"])
def test_an_unknown_unique_property_of_accounts_is_refused(api: Api, query: str) -> None:
    assert api.post(f"ncThird/PostMany{query}", [account()]).json()["Success"] is False


@pytest.mark.parametrize(
    "query", ["uniqueproperty=Guid", "uniqueproperty=ExtcodeThenEmail", "uniqueproperty=Email&thirduniqueproperty=X"]
)
def test_an_unknown_unique_property_of_contacts_is_refused(api: Api, query: str) -> None:
    assert "n'est pas valide" in api.refused({"Name": "Noël"}, query, "ncContact")


ADDRESS = {"ZipCode": "44000"}
FULL = {
    "Label": "ACME",
    "Extcode": "1",
    "EMail": "a@acme.example",
    "OtherCode": "o",
    "AccountingCode": "411",
    "OfficialNumber": "732829320",
    "Address": ADDRESS,
}


@pytest.mark.parametrize(
    ("key", "found"),
    [
        ("Extcode", {"Extcode": "1"}),
        ("Email", {"EMail": "a@acme.example"}),
        ("ExtcodeThenEmail", {"Extcode": "1", "EMail": "other@acme.example"}),
        ("ExtcodeThenEmail", {"EMail": "a@acme.example"}),
        ("ExtcodeThenEmail", {"Extcode": "unknown", "EMail": "a@acme.example"}),
        ("ExtcodeThenEmailLead", {"EMail": "a@acme.example"}),
        ("GuidThenExtcode", {"Guid": "unknown", "Extcode": "1"}),
        ("GuidThenExtcodeThenEMail", {"EMail": "a@acme.example"}),
        ("GuidThenAccountingcode", {"AccountingCode": "411"}),
        ("AccountingCode", {"AccountingCode": "411"}),
        ("OtherCode", {"OtherCode": "o"}),
        ("OtherCodeThenEMailThenNameAddress", {"Label": "ACME", "Address": ADDRESS}),
        ("NameAddress", {"Label": "ACME", "Address": ADDRESS}),
        ("OfficialNumber", {"OfficialNumber": "732829320"}),
    ],
)
def test_an_account_is_found_by_its_key(api: Api, key: str, found: dict[str, Any]) -> None:
    guids = api.put(FULL)
    assert api.put({"Label": "ACME", **found}, key=key) == guids


def test_an_account_is_found_by_its_guid(api: Api) -> None:
    guids = api.put(FULL)
    assert api.put({"Guid": guids[0]}, key="Guid") == guids


@pytest.mark.parametrize(
    ("key", "body"),
    [
        ("Extcode", {"Label": "ACME"}),
        ("Extcode", {"Label": "ACME", "Extcode": None}),
        ("Extcode", {"Label": "ACME", "Extcode": ""}),
        ("Extcode", {"Label": "ACME", "Extcode": "2"}),
        ("Email", {"Label": "ACME", "Extcode": "1"}),
        ("Guid", {"Label": "ACME", "Guid": "5502afe50dc3610e8c5fd661"}),
        ("NameAddress", {"Label": "ACME"}),
        ("NameAddress", {"Label": "ACME", "Address": {"ZipCode": "75011"}}),
    ],
)
def test_a_key_that_is_missing_or_unknown_creates_each_time(api: Api, key: str, body: dict[str, Any]) -> None:
    first = api.put(FULL)
    assert api.put(body, key=key) != first


def test_the_oldest_of_several_with_the_same_key_is_taken(api: Api) -> None:
    first, _ = api.put(account("1", EMail="a@acme.example"), account("2", EMail="a@acme.example"))
    assert api.put({"EMail": "a@acme.example", "Phone": "1"}, key="Email") == [first]


# -- required properties, declared lists, types


@pytest.mark.parametrize("body", [{}, {"Label": None}, {"Label": "  "}])
def test_an_account_needs_a_label(api: Api, body: dict[str, Any]) -> None:
    assert "Label" in api.refused({"Extcode": "1", **body})


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"Status": {"Code": "XXX"}}, "XXX"),
        ({"Status": {"Code": "cli"}}, "cli"),
        ({"Status": {"Label": "Client"}}, "Status"),
        ({"Status": {}}, "Status"),
        ({"Status": "CLI"}, "Objet invalide"),
        ({"Status": {"Guid": "000000000000000000000000"}}, "Status"),
        ({"Type": {"Code": "CLI"}}, "CLI"),
        ({"Origin": {"Code": "SALON"}}, "SALON"),
        ({"Gender": "Monsieur"}, "Monsieur"),
        ({"AssignedTo": {"Extcode": "ZZ"}}, "ZZ"),
        ({"AssignedTo": {"FullName": "Kobanne Guillaume"}}, "Kobanne Guillaume"),
        ({"AssignedTo": {"Guid": "5502a6d30dc361046cba4b1e"}}, "utilisateur"),
        ({"AccountToInvoice": {"Extcode": "nobody"}}, "compte"),
        ({"Address": {"Country": "France"}}, "France"),
        ({"Address": {"Country": "fr"}}, "fr"),
        ({"Address": "1 rue Neuve"}, "Objet invalide"),
        ({"Phone": {"Number": "1"}}, "Phone"),
        ({"Phone": True}, "Phone"),
        ({"Optin": "true"}, "Optin"),
        ({"TaxRate": "20"}, "TaxRate"),
        ({"Tags": {"Label": "Cuisine"}}, "Tags"),
        ({"MoreFields": {SECTOR: "Santé"}}, "MoreFields"),
    ],
)
def test_a_value_that_is_not_declared_or_of_another_type_is_refused(api: Api, body: dict[str, Any], text: str) -> None:
    assert text in api.refused(account(**body))


def test_lists_are_written_by_code_and_read_as_full_objects(api: Api) -> None:
    (guid,) = api.put(account(Status={"Code": "CLI"}))
    assert api.one(guid)["Status"] == {
        "Label": "Client",
        "Code": "CLI",
        "Guid": "5502afe50dc3610e8c5fd661",
        "DCreated": 0.0,
        "Created": "0001-01-01T00:00:00",
        "DUpdated": 0.0,
        "Updated": "0001-01-01T00:00:00",
    }


def test_lists_are_written_by_guid_too(api: Api) -> None:
    (guid,) = api.put(account(Status={"Guid": "5502afe50dc3610e8c5fd661"}))
    assert api.one(guid)["Status"]["Code"] == "CLI"


def test_a_gender_is_written_as_a_code_and_read_as_a_label(api: Api) -> None:
    (guid,) = api.put(account(Gender="MME"))
    assert api.one(guid)["Gender"] == "Madame"


@pytest.mark.parametrize("user", [{"Extcode": "EM"}, {"FullName": "Élodie Marchand"}])
def test_a_user_is_written_by_code_or_full_name_and_read_in_full(api: Api, user: dict[str, str]) -> None:
    (guid,) = api.put(account(AssignedTo=user))
    read = api.one(guid)["AssignedTo"]
    assert (read["FullName"], read["Extcode"], read["EMail"]) == ("Élodie Marchand", "EM", None)


def test_a_number_is_taken_as_an_external_code(api: Api) -> None:
    (guid,) = api.put({"Label": "ACME", "Extcode": 10001})
    assert api.one(guid)["Extcode"] == "10001"
    assert api.put({"Label": "ACME", "Extcode": 10001}) == [guid]


def test_names_are_matched_whatever_their_case(api: Api) -> None:
    (guid,) = api.put({"label": "ACME", "EXTCODE": "1", "Email": "a@acme.example"})
    assert (api.one(guid)["Extcode"], api.one(guid)["EMail"]) == ("1", "a@acme.example")


@pytest.mark.parametrize("name", ["Mobile", "Nonsense", "DCreated", "Coutry"])
def test_unknown_and_read_only_names_are_ignored(api: Api, name: str) -> None:
    (guid,) = api.put(account(**{name: "06 44 86 48 55"}))
    assert "06 44 86 48 55" not in str(api.one(guid))


def test_an_account_to_invoice_is_found_by_its_code(api: Api) -> None:
    mother, daughter = api.put(account("1"), account("2", AccountToInvoice={"Extcode": "1"}))
    assert api.one(daughter)["AccountToInvoice"]["Guid"] == mother


# -- absent, null, empty, nested


def test_what_an_update_does_not_mention_stays(api: Api) -> None:
    (guid,) = api.put(account(Phone="1", Optin=True, Status={"Code": "CLI"}))
    api.put({"Extcode": "1", "Fax": "2"})
    read = api.one(guid)
    assert (read["Phone"], read["Fax"], read["Optin"], read["Status"]["Code"]) == ("1", "2", True, "CLI")


NULLS = {"Phone": None, "Optin": None, "Status": None, "Address": None}


def test_null_changes_nothing_by_default(api: Api) -> None:
    (guid,) = api.put(account(Phone="1", Optin=True, Status={"Code": "CLI"}, Address={"City": "Nantes"}))
    before = api.one(guid)
    api.put({"Extcode": "1", **NULLS})
    assert {name: api.one(guid)[name] for name in NULLS} == {name: before[name] for name in NULLS}


def test_null_clears_when_switched() -> None:
    api = Api(switches={"null_on_update": "clears"})
    (guid,) = api.put(account(Phone="1", Optin=True, Status={"Code": "CLI"}, Address={"City": "Nantes"}))
    api.put({"Extcode": "1", **NULLS})
    assert {name: api.one(guid)[name] for name in NULLS} == {**NULLS, "Optin": False}


def test_a_required_property_cannot_be_cleared() -> None:
    api = Api(switches={"null_on_update": "clears"})
    api.put(account())
    assert "Label" in api.refused(account(Label=None))


def test_an_empty_text_is_a_value(api: Api) -> None:
    (guid,) = api.put(account(Phone="1"))
    api.put(account(Phone=""))
    assert api.one(guid)["Phone"] == ""


@pytest.mark.parametrize(("choice", "street"), [("replace", None), ("merge", "1 rue Neuve")])
def test_members_of_an_address_that_are_not_sent(choice: str, street: str | None) -> None:
    api = Api(switches={"nested_update": choice})
    (guid,) = api.put(account(Address={"Street": "1 rue Neuve", "City": "Nantes", "Country": "FR"}))
    api.put(account(Address={"City": "Rezé"}))
    address = api.one(guid)["Address"]
    assert (address["Street"], address["City"]) == (street, "Rezé")


def test_members_of_an_address_that_are_null_are_cleared_when_switched() -> None:
    api = Api(switches={"nested_update": "merge", "null_on_update": "clears"})
    (guid,) = api.put(account(Address={"Street": "1 rue Neuve", "City": "Nantes"}))
    api.put(account(Address={"City": None}))
    address = api.one(guid)["Address"]
    assert (address["Street"], address["City"]) == ("1 rue Neuve", None)


def test_an_address_is_read_with_all_its_members(api: Api) -> None:
    (guid,) = api.put(account(Address={"City": "Nantes"}))
    assert api.one(guid)["Address"] == {
        **dict.fromkeys(("Reference", "Name", "FirstName", "Phone", "Compl", "Street", "ZipCode")),
        "City": "Nantes",
        "Country": None,
    }


@pytest.mark.parametrize("sent", [{"City": "Nantes"}, [{"City": "Nantes"}]])
def test_delivery_addresses_are_read_as_a_list(api: Api, sent: Any) -> None:
    (guid,) = api.put(account(DelivAddress=sent))
    assert [address["City"] for address in api.one(guid)["DelivAddress"]] == ["Nantes"]


def test_the_country_may_be_misspelled_on_read() -> None:
    api = Api(switches={"country_key": "Coutry"})
    (guid,) = api.put(account(Address={"Country": "SE"}))
    address = api.one(guid)["Address"]
    assert (address.get("Coutry"), "Country" in address) == ("SE", False)


# -- tags


def tag(label: str, category: str = "INTERET") -> dict[str, str]:
    return {"TagCategoryCode": category, "Label": label}


def tags(api: Api, guid: str) -> list[str]:
    return [tag["Label"] for tag in api.one(guid)["Tags"]]


def test_tags_are_null_until_there_are_some(api: Api) -> None:
    (guid,) = api.put(account())
    assert api.one(guid)["Tags"] is None


def test_posted_tags_are_added_and_never_replace(api: Api) -> None:
    (guid,) = api.put(account(Tags=[tag("Cuisine"), tag("Énergie")]))
    for posted in ([tag("Poterie"), tag("Cuisine")], [], None):
        api.put(account(Tags=posted))
    assert tags(api, guid) == ["Cuisine", "Énergie", "Poterie"]


@pytest.mark.parametrize("wrong", [tag("cuisine"), tag("Energie"), tag("Cuisine", "AUTRE"), {"Label": "Cuisine"}, {}])
def test_a_tag_that_is_not_declared_is_refused(api: Api, wrong: dict[str, str]) -> None:
    assert "n'existe pas" in api.refused(account(Tags=[tag("Cuisine"), wrong]))


def test_a_tag_that_is_not_declared_is_ignored_when_switched() -> None:
    api = Api(switches={"undeclared_tag": "ignore"})
    (guid,) = api.put(account(Tags=[tag("Opéra"), tag("Cuisine")]))
    assert tags(api, guid) == ["Cuisine"]


@pytest.mark.parametrize("posted", [{"ExternalCode": "CUI"}, {"TagCategoryCode": "INTERET", "ExternalCode": "CUI"}])
def test_a_tag_is_found_by_its_external_code(api: Api, posted: dict[str, str]) -> None:
    (guid,) = api.put(account(Tags=[posted]))
    assert tags(api, guid) == ["Cuisine"]


def test_a_category_without_a_code_goes_by_its_guid(api: Api) -> None:
    (guid,) = api.put(account(Tags=[tag("Salon de Lyon", "5704ffda0dc3640c748f8500")]))
    assert api.one(guid)["Tags"][0]["TagCategoryCode"] == "5704ffda0dc3640c748f8500"


def test_tags_can_be_removed_by_a_call_of_their_own(api: Api) -> None:
    (guid,) = api.put(account(Tags=[tag("Cuisine"), tag("Poterie")]))
    response = api.post(f"ncThird/RemoveTagsFromThird?id={guid}", [tag("Cuisine")])
    assert response.json() == {"Result": True, "Success": True, "Message": None, "Errors": None}
    assert tags(api, guid) == ["Poterie"]


def test_removing_a_tag_that_is_not_there_changes_nothing(api: Api) -> None:
    (guid,) = api.put(account())
    api.clock.now += 10
    assert api.post(f"ncThird/RemoveTagsFromThird?id={guid}", [tag("Cuisine")]).json()["Result"] is False
    assert api.one(guid)["DUpdated"] == START


def test_removing_tags_from_an_unknown_account_is_refused(api: Api) -> None:
    assert api.post("ncThird/RemoveTagsFromThird?id=0", [tag("Cuisine")]).json()["Success"] is False


def test_a_tag_can_be_declared_and_then_used(api: Api) -> None:
    declared = api.post("ncTag/PostAddToCategory", {**tag("Opéra"), "ExternalCode": "OPE"})
    assert (declared.status_code, declared.json()["Success"]) == (201, True)
    (guid,) = api.put(account(Tags=[{"ExternalCode": "OPE"}]))
    assert tags(api, guid) == ["Opéra"]


def test_declaring_a_tag_twice_gives_the_same_tag(api: Api) -> None:
    first, second = (api.post("ncTag/PostAddToCategory", tag("Opéra")).json()["Result"] for _ in range(2))
    assert first == second


@pytest.mark.parametrize("wrong", [tag("Opéra", "AUTRE"), tag(""), {"Label": "Opéra"}, []])
def test_a_tag_without_label_or_known_category_cannot_be_declared(api: Api, wrong: Any) -> None:
    assert api.post("ncTag/PostAddToCategory", wrong).json()["Success"] is False


# -- MoreFields


def field(ident: str, value: Any) -> dict[str, Any]:
    return {"FieldId": ident, "Value": value}


def fields(api: Api, guid: str) -> dict[str, str]:
    return {item["FieldId"]: item["Value"] for item in api.one(guid)["MoreFields"]}


@pytest.mark.parametrize("written", ["Énergie", "ENE"])
def test_a_list_field_is_written_by_label_or_code_and_read_as_two_entries(api: Api, written: str) -> None:
    (guid,) = api.put(account(MoreFields=[field(SECTOR, written)]))
    assert api.one(guid)["MoreFields"] == [
        field(SECTOR, "5583bc220dc3610a94746d41"),
        field(f"{SECTOR}_lb", "Énergie"),
    ]


@pytest.mark.parametrize(
    ("ident", "value"),
    [
        (PREMIUM, "false"),
        ("nl_5704ffda0dc3640c748f843a", "true"),
        (SIGNED, "29/02/2024"),
        (STAFF, "12.5"),
        (STAFF, "-3"),
        ("5583bc220dc3610a94746d3f", "n'importe"),
        (PREMIUM, ""),
    ],
)
def test_a_field_is_read_as_the_text_that_was_written(api: Api, ident: str, value: str) -> None:
    (guid,) = api.put(account(MoreFields=[field(ident, value)]))
    assert fields(api, guid) == {ident: value}


@pytest.mark.parametrize(
    ("ident", "value"),
    [
        ("ffffffffffffffffffffffff", "x"),
        (f"{SECTOR}_lb", "Énergie"),
        (SECTOR, "Energie"),
        (SECTOR, "5583bc220dc3610a94746d41"),
        (PREMIUM, "True"),
        (PREMIUM, "1"),
        (PREMIUM, True),
        (SIGNED, "2024-02-29"),
        (SIGNED, "1/2/2024"),
        (SIGNED, "30/02/2024"),
        (STAFF, "12,5"),
        (STAFF, "douze"),
        (STAFF, 12),
        (None, "x"),
    ],
)
def test_a_field_that_is_unknown_or_in_another_format_is_refused(api: Api, ident: str, value: Any) -> None:
    assert "champ" in api.refused(account(MoreFields=[field(ident, value)]))


def test_fields_are_merged_by_their_id(api: Api) -> None:
    (guid,) = api.put(account(MoreFields=[field(PREMIUM, "true"), field(STAFF, "1")]))
    api.put(account(MoreFields=[field(STAFF, "2")]), account(MoreFields=[]), account(MoreFields=None))
    assert fields(api, guid) == {PREMIUM: "true", STAFF: "2"}


def test_an_empty_value_empties_a_list_field(api: Api) -> None:
    (guid,) = api.put(account(MoreFields=[field(SECTOR, "ENE")]))
    api.put(account(MoreFields=[field(SECTOR, "")]))
    assert fields(api, guid) == {SECTOR: "", f"{SECTOR}_lb": ""}


@pytest.mark.parametrize(("choice", "value"), [("unchanged", "2"), ("clears", "")])
def test_a_null_value_of_a_field_follows_the_switch(choice: str, value: str) -> None:
    api = Api(switches={"null_on_update": choice})
    (guid,) = api.put(account(MoreFields=[field(STAFF, "2")]))
    api.put(account(MoreFields=[field(STAFF, None)]))
    assert fields(api, guid) == {STAFF: value}


# -- reading


def test_an_account_is_read_as_a_bare_object_with_null_for_what_is_not_filled_in(api: Api) -> None:
    (guid,) = api.put(account())
    read = api.one(guid)
    assert "Success" not in read
    assert (read["Guid"], read["Phone"], read["Obsolete"], read["Address"]) == (guid, None, False, None)
    assert (read["MoreFields"], read["DelivAddress"]) == ([], [])


@pytest.mark.parametrize(
    "path",
    [
        "ncThird/GetOne?id=5502afe50dc3610e8c5fd661",
        "ncThird/GetOneByExtcode?extcode=1",
        "ncThird/GetOneByKey?uniqueproperty=Email&value=a@acme.example",
        "ncContact/GetOne?id=5502afe50dc3610e8c5fd661",
        "ncList/GetValues?code=AUTRE",
    ],
)
def test_what_does_not_exist_is_404_with_an_empty_object(api: Api, path: str) -> None:
    response = api.get(path)
    assert (response.status_code, response.json()) == (404, {})


@pytest.mark.parametrize(
    "path",
    [
        "ncThird/GetOneByExtcode?extcode=1",
        "ncThird/GetOneByKey?uniqueproperty=Email&value=a@acme.example",
        "ncThird/GetOneByKey?uniqueproperty=OfficialNumber&value=732829320",
    ],
)
def test_an_account_is_read_by_another_key(api: Api, path: str) -> None:
    (guid,) = api.put(FULL)
    assert api.get(path).json()["Guid"] == guid


def test_reading_by_an_unknown_key_is_refused(api: Api) -> None:
    assert api.get("ncThird/GetOneByKey", uniqueproperty="Phone", value="1").json()["Success"] is False


def test_accounts_are_found_by_a_part_of_their_label(api: Api) -> None:
    api.put(account("1", Label="Électricité Noël"), account("2", Label="Boulangerie"))
    assert api.labels("ncThird/GetByLabel", search="électr") == ["Électricité Noël"]


@pytest.mark.parametrize(("choice", "read"), [("plain", "<b>a & b</b>"), ("escaped", "&lt;b&gt;a &amp; b&lt;/b&gt;")])
def test_comments_come_back_as_written_or_escaped(choice: str, read: str) -> None:
    api = Api(switches={"comments": choice})
    (guid,) = api.put(account(Comments="<b>a & b</b>"))
    assert api.one(guid)["Comments"] == read


# -- stamps


def test_a_guid_begins_with_the_second_of_its_creation(api: Api) -> None:
    (guid,) = api.put(account())
    assert int(guid[:8], 16) == int(START)


@pytest.mark.parametrize(
    ("hours", "number", "text"),
    [
        ("0", 1_500_000_000.25, "2017-07-14T02:40:00.250"),
        ("1", 1_500_003_600.25, "2017-07-14T03:40:00.250"),
        ("2", 1_500_007_200.25, "2017-07-14T04:40:00.250"),
    ],
)
def test_stamps_are_seconds_and_text_and_may_be_off_by_hours(hours: str, number: float, text: str) -> None:
    api = Api(switches={"stamp_shift": hours})
    (guid,) = api.put(account())
    read = api.one(guid)
    assert (read["DCreated"], read["Created"], read["DUpdated"], read["Updated"]) == (number, text, number, text)


def test_a_whole_second_has_no_milliseconds(api: Api) -> None:
    api.clock.now = 1_500_000_000
    (guid,) = api.put(account())
    assert (api.one(guid)["DUpdated"], api.one(guid)["Updated"]) == (1_500_000_000.0, "2017-07-14T02:40:00")


def test_newer_servers_answer_numbers_only() -> None:
    api = Api(switches={"stamps": "numbers"})
    (guid,) = api.put(account())
    assert ("DUpdated" in api.one(guid), "Updated" in api.one(guid)) == (True, False)


def test_an_update_moves_updated_and_keeps_created_even_if_nothing_differs(api: Api) -> None:
    (guid,) = api.put(account())
    api.clock.now += 5
    api.put(account())
    assert (api.one(guid)["DCreated"], api.one(guid)["DUpdated"]) == (START, START + 5)


# -- GetUpdated and its relatives


@pytest.fixture
def aged(api: Api) -> Api:
    """Accounts 0 to 149, a second apart; then account 0 is touched."""
    for number in range(150):
        api.clock.now = 1000 + number
        api.put(account(str(number), Label=f"A{number}"))
    api.clock.now = 2000
    api.put(account("0", Label="A0"))
    return api


def test_the_longest_unmoved_comes_first(aged: Api) -> None:
    first = aged.get("ncThird/GetUpdated", updated=0).json()
    last = aged.get("ncThird/GetUpdated", updated=0, s=149).json()
    assert (first["List"][0]["Label"], last["List"][0]["Label"]) == ("A1", "A0")


@pytest.mark.parametrize(
    ("asked", "given"), [({}, 20), ({"l": 7}, 7), ({"l": 100}, 100), ({"l": 101}, 100), ({"l": 0}, 20)]
)
def test_a_page_has_the_length_asked_for_up_to_one_hundred(aged: Api, asked: dict[str, int], given: int) -> None:
    page = aged.get("ncThird/GetUpdated", updated=0, **asked).json()
    assert (len(page["List"]), page["Length"]) == (given, 150)


def test_pages_follow_each_other_by_start_row(aged: Api) -> None:
    rows = [label for start in range(0, 200, 50) for label in aged.labels(s=start, l=50)]
    assert rows == [f"A{number}" for number in [*range(1, 150), 0]]


@pytest.mark.parametrize(("updated", "length"), [(1149, 2), (1150, 1), (2000, 1), (2001, 0)])
def test_updated_is_inclusive(aged: Api, updated: int, length: int) -> None:
    assert aged.get("ncThird/GetUpdated", updated=updated).json()["Length"] == length


def test_updated_is_the_true_moment_even_where_stamps_are_off(aged: Api) -> None:
    aged.app.set_switches({"stamp_shift": "2"})
    assert aged.get("ncThird/GetUpdated", updated=2001).json()["Length"] == 0


@pytest.mark.parametrize(
    "query", ["", "?updated=", "?updated=yesterday", "?updated=1.5", "?updated=0&s=x", "?updated=0&l=x"]
)
def test_a_parameter_that_is_no_whole_number_is_a_bad_request(api: Api, query: str) -> None:
    response = api.http.get(f"ncThird/GetUpdated{query}")
    assert (response.status_code, response.json()["Success"]) == (400, False)


@pytest.mark.parametrize("path", ["ncThird/GetOne", "ncThird/GetStatus?updated=0", "ncThird/GetByLabel"])
def test_a_missing_parameter_is_a_bad_request(api: Api, path: str) -> None:
    assert api.get(path).status_code == 400


def test_obsolete_accounts_stay_visible_with_their_flag(api: Api) -> None:
    api.put(account("1", Label="A", Obsolete=True), account("2", Label="B"))
    flags = {row["Label"]: row["Obsolete"] for row in api.get("ncThird/GetUpdated", updated=0).json()["List"]}
    assert flags == {"A": True, "B": False}


def test_closed_accounts_are_the_obsolete_ones(api: Api) -> None:
    api.put(account("1", Label="A", Obsolete=True), account("2", Label="B"))
    assert api.labels("ncThird/GetClosedUpdated") == ["A"]


def test_accounts_are_listed_by_status(api: Api) -> None:
    api.put(account("1", Label="A", Status={"Code": "PRO"}), account("2", Label="B", Status={"Code": "CLI"}))
    assert api.labels("ncThird/GetStatus", status="CLI") == ["B"]


# -- contacts


def person(code: str = "p1", **more: Any) -> dict[str, Any]:
    return {"Name": "Noël", "FirstName": "Zoé", "Extcode": code, **more}


def put_contact(api: Api, body: dict[str, Any], query: str = CONTACT_QUERY) -> str:
    answer = api.post(f"ncContact/PostMany?{query}", [body]).json()
    assert answer["Success"], answer
    return str(answer["Result"][0])


def test_a_contact_is_read_with_its_full_name_and_a_plain_status(api: Api) -> None:
    read = api.one(put_contact(api, person(Status="VIP")), "ncContact")
    assert (read["Label"], read["GridLabel"], read["Status"], read["Third"]) == ("Zoé Noël", "Zoé Noël", "VIP", None)


def test_the_account_of_a_contact_is_read_in_full_with_little_filled_in(api: Api) -> None:
    (company,) = api.put(account("c1", EMail="a@acme.example", Status={"Code": "CLI"}))
    third = api.one(put_contact(api, person(Third={"Extcode": "c1"})), "ncContact")["Third"]
    assert (third["Guid"], third["Label"], third["Extcode"]) == (company, "ACME", "c1")
    assert (third["EMail"], third["Status"], third["Optin"], third["DUpdated"]) == (None, None, False, 0.0)
    assert third["Created"] == "0001-01-01T00:00:00"


def test_the_account_of_a_contact_is_found_by_any_key_of_accounts(api: Api) -> None:
    (company,) = api.put(account("c1"))
    query = "uniqueproperty=Email&thirduniqueproperty=Guid"
    guid = put_contact(api, {"EMail": "z@acme.example", "Third": {"Guid": company}}, query)
    assert api.one(guid, "ncContact")["Third"]["Guid"] == company


@pytest.mark.parametrize(
    ("query", "third"),
    [
        (CONTACT_QUERY, {"Extcode": "nobody"}),
        (CONTACT_QUERY, {"Code": "c1"}),
        (CONTACT_QUERY, {}),
        (CONTACT_QUERY, "c1"),
        ("uniqueproperty=Extcode", {"Extcode": "c1"}),
    ],
)
def test_an_account_that_cannot_be_found_refuses_the_contact(api: Api, query: str, third: Any) -> None:
    api.put(account("c1"))
    assert api.refused(person(Third=third), query, "ncContact")


@pytest.mark.parametrize("body", [{}, {"FirstName": "Zoé"}, {"Name": " ", "EMail": ""}])
def test_a_contact_needs_a_name_or_an_email(api: Api, body: dict[str, str]) -> None:
    assert "Name" in api.refused(body, CONTACT_QUERY, "ncContact")


def test_a_contact_with_an_email_alone_is_labelled_by_it(api: Api) -> None:
    guid = put_contact(api, {"EMail": "z@acme.example"})
    assert api.one(guid, "ncContact")["Label"] == "z@acme.example"


@pytest.mark.parametrize(("key", "found"), [("Extcode", {"Extcode": "p1"}), ("Email", {"EMail": "z@acme.example"})])
def test_a_contact_is_found_by_its_key(api: Api, key: str, found: dict[str, str]) -> None:
    guid = put_contact(api, person(EMail="z@acme.example"))
    assert put_contact(api, {"Function": "Achats", **found}, f"uniqueproperty={key}") == guid


def test_a_contact_is_found_by_its_guid_when_switched() -> None:
    api = Api(switches={"contact_guid": "accept"})
    guid = put_contact(api, person())
    assert put_contact(api, {"Guid": guid, "Fax": "1"}, "uniqueproperty=Guid") == guid


def test_the_custom_fields_of_contacts_are_others_than_those_of_accounts(api: Api) -> None:
    language = put_contact(api, person(MoreFields=[field("57553c100dc361125c84e660", "Suédois")]))
    assert {"FieldId": "57553c100dc361125c84e660_lb", "Value": "Suédois"} in api.one(language, "ncContact")[
        "MoreFields"
    ]
    assert "champ" in api.refused(person(MoreFields=[field(SECTOR, "ENE")]), CONTACT_QUERY, "ncContact")


def test_one_contact_can_be_posted_alone(api: Api) -> None:
    response = api.post("ncContact/PostOne?uniqueproperty=Extcode", person())
    assert (response.status_code, GUID.fullmatch(response.json()["Result"]) is not None) == (201, True)


def test_contacts_are_listed_as_they_move(api: Api) -> None:
    put_contact(api, person("p1"))
    api.clock.now += 10
    put_contact(api, person("p2", FirstName="Léo"))
    assert api.labels("ncContact/GetUpdated", updated=int(START) + 1) == ["Léo Noël"]


# -- lists


def test_the_values_of_a_list_are_read_by_its_code(api: Api) -> None:
    page = api.get("ncList/GetValues", code="STATUT").json()
    assert (page["Length"], [value["Code"] for value in page["List"]]) == (3, ["PRO", "CLI", "FOU"])


def test_a_value_can_be_added_to_a_list_and_then_used(api: Api) -> None:
    added = api.post("ncList/PostOne?code=ORIGINE", {"Label": "Salon", "Code": "SAL"})
    assert (added.status_code, added.json()["Success"]) == (201, True)
    (guid,) = api.put(account(Origin={"Code": "SAL"}))
    assert api.one(guid)["Origin"]["Guid"] == added.json()["Result"]


def test_a_value_that_exists_is_renamed(api: Api) -> None:
    renamed = api.post("ncList/PostOne?code=SECTEUR", {"Label": "Énergies", "Code": "ENE"})
    assert (renamed.status_code, renamed.json()["Result"]) == (200, "5583bc220dc3610a94746d41")


@pytest.mark.parametrize(
    ("code", "body"), [("AUTRE", {"Label": "a", "Code": "A"}), ("ORIGINE", {"Label": "a"}), ("ORIGINE", {"Code": "A"})]
)
def test_a_value_without_list_label_or_code_is_refused(api: Api, code: str, body: dict[str, str]) -> None:
    assert api.post(f"ncList/PostOne?code={code}", body).json()["Success"] is False


# -- what people do on the vendor's screen


def test_a_company_typed_in_by_hand_has_no_external_code(api: Api) -> None:
    guid = api.app.add_company(
        {
            "name": "Énergies Noël",
            "siret": "73282932000074",
            "status": "client",
            "zip": "44000",
            "country": "FR",
            "sector": "Énergie",
            "interests": ["Poterie"],
            "signed": "2024-02-29",
            "newsletter": True,
        }
    )
    read = api.one(guid)
    assert (read["Label"], read["Extcode"], read["OfficialNumber"]) == ("Énergies Noël", None, "73282932000074")
    assert (read["Status"]["Code"], read["Address"]["ZipCode"], tags(api, guid)) == ("CLI", "44000", ["Poterie"])
    assert fields(api, guid) == {
        SECTOR: "5583bc220dc3610a94746d41",
        f"{SECTOR}_lb": "Énergie",
        "nl_5704ffda0dc3640c748f843a": "true",
        SIGNED: "29/02/2024",
    }


def test_a_person_typed_in_by_hand_belongs_to_a_company(api: Api) -> None:
    company = api.app.add_company({"name": "ACME"})
    guid = api.app.add_person({"first_name": "Zoé", "last_name": "Noël", "gender": "F", "mobile": "06"}, company)
    read = api.one(guid, "ncContact")
    assert (read["Third"]["Guid"], read["Gender"], read["Cell"]) == (company, "Madame", "06")


def test_an_edit_moves_the_stamp_and_keeps_the_rest(api: Api) -> None:
    guid = api.app.add_company({"name": "ACME", "phone": "1", "zip": "44000", "city": "Nantes"})
    api.clock.now += 60
    api.app.edit("ncThird", guid, {"Phone": None, "Address": {"City": "Rezé"}, "Status": {"Code": "CLI"}})
    read = api.one(guid)
    assert (read["Phone"], read["Address"]["City"], read["Address"]["ZipCode"]) == (None, "Rezé", "44000")
    assert (read["Status"]["Code"], read["DUpdated"], read["DCreated"]) == ("CLI", START + 60, START)


def test_an_edit_sets_the_tags_as_a_whole(api: Api) -> None:
    guid = api.app.add_company({"name": "ACME", "interests": ["Cuisine", "Poterie"]})
    api.app.edit("ncThird", guid, {"Tags": [tag("Musique")]})
    assert tags(api, guid) == ["Musique"]


def test_an_edit_of_an_unknown_record_is_a_mistake(api: Api) -> None:
    with pytest.raises(KeyError):
        api.app.edit("ncThird", "0", {})


def test_a_removed_account_is_gone_from_reads_lists_and_contacts(api: Api) -> None:
    company = api.app.add_company({"name": "ACME"})
    contact = api.app.add_person({"last_name": "Noël"}, company)
    api.app.remove("ncThird", company)
    assert api.get("ncThird/GetOne", id=company).status_code == 404
    assert (api.labels(), api.one(contact, "ncContact")["Third"]) == ([], None)


def test_data_tells_every_record_as_the_vendor_lists_it(sampled: Api) -> None:
    listed = sampled.get("ncThird/GetUpdated", updated=0).json()["List"]
    assert sampled.app.data()["ncThird"] == listed
    assert len(sampled.app.data()["ncContact"]) == 1


# -- size


def test_reading_thousands_page_by_page_sorts_them_once(api: Api) -> None:
    for number in range(5000):
        api.app.add_company({"name": f"A{number}"})
    table = api.app._desk.accounts
    first = table.since(0)[0]
    order = table._order
    for start in range(0, 5000, 1000):
        assert len(api.labels(s=start)) == 100
    assert table._order is order and table.since(0)[0] is first
