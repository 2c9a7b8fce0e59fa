"""The Koban sandbox beyond accounts and contacts: leads, deals, actions, sales documents, products, subscriptions."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from mapper.sandbox.koban import Koban

KEYS = {"X-ncApi": "demo-koban-api", "X-ncUser": "demo-koban-user"}
STEPS = [{"Label": "Découverte", "Extcode": "DEC"}, {"Label": "Négociation", "Extcode": "NEG"}]
BUDGET = "5a0c1d2e0dc3610a94740001"
DEALS = "ncDeal/PostMany?uniqueproperty=Extcode&thirduniqueproperty=Extcode"
ORDERS = "ncOrder/PostMany?uniqueproperty=Number&thirduniqueproperty=Extcode&dealuniqueproperty=Extcode"
INVOICES = "ncInvoice/PostMany?uniqueproperty=Number&orderuniqueproperty=Number&thirduniqueproperty=Extcode"


class Api:
    """A tenant with one account (a1), one process (V) and one deal (d1)."""

    def __init__(self, **switches: str) -> None:
        self.sent: list[tuple[str, str, bytes]] = []
        self.app = Koban(clock=lambda: 1_500_000_000.5, switches=switches, post=self._take)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app), base_url="http://koban.example/api/v1", headers=KEYS
        )
        self.account = self.app.add("ncThird", {"Label": "ACME", "Extcode": "a1", "EMail": "a@acme.example"})
        self.process = self.app.add("ncDealProcess", {"Label": "Ventes", "Extcode": "V", "Steps": STEPS})
        deal = {"Label": "Projet", "Extcode": "d1", "Process": {"Code": "V"}, "Third": {"Extcode": "a1"}}
        self.deal = self.app.add("ncDeal", deal)

    def _take(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> int:
        self.sent.append((url, headers["Content-Type"], content))
        return 200

    def get(self, path: str) -> Any:
        return self.http.get(path).raise_for_status().json()

    def post(self, path: str, body: Any, verb: str = "POST") -> Any:
        answer = self.http.request(verb, path, json=body).json()
        assert answer.get("Success", True), answer
        return answer.get("Result", answer)

    def refused(self, path: str, body: Any, verb: str = "POST") -> str:
        answer = self.http.request(verb, path, json=body).json()
        assert answer["Success"] is False, answer
        return " ".join([answer["Message"] or "", *(answer["Errors"] or [])])

    def one(self, controller: str, guid: str) -> Any:
        return self.get(f"{controller}/GetOne?id={guid}")


@pytest.fixture
def api() -> Iterator[Api]:
    api = Api()
    with api.http:
        yield api


# -- deals


def test_a_deal_stands_at_the_first_step_of_its_process(api: Api) -> None:
    deal = api.one("ncDeal", api.deal)
    assert (deal["Process"]["Code"], deal["ProcessLabel"], deal["Status"]["Code"]) == ("V", "Ventes", "DEC")


@pytest.mark.parametrize("named", [{"Code": "NEG"}, {"Guid": ""}])
def test_a_deal_is_moved_to_a_step_by_code_or_guid(api: Api, named: dict[str, str]) -> None:
    if "Guid" in named:
        named = {"Guid": api.get("ncDealProcess/GetAll")["List"][0]["Steps"][1]["Guid"]}
    api.post(DEALS, [{"Extcode": "d1", "Status": named}])
    assert api.one("ncDeal", api.deal)["Status"]["Label"] == "Négociation"


@pytest.mark.parametrize(
    ("member", "text"),
    [
        ({"Process": {"Code": "X"}}, "X"),
        ({"Process": {}}, "processus"),
        ({"Status": {"Code": "X"}}, "étape"),
        ({"Third": {"Extcode": "nobody"}}, "compte"),
        ({"Contact": {"Extcode": "nobody"}}, "Contact"),
        ({"Result": "GAGNE"}, "GAGNE"),
        ({"Type": "Third"}, "Third"),
        ({"Link": "L0"}, "lot principal L0"),
        ({"Amountprev": "100"}, "Amountprev"),
        ({"DPrev": "2024-01-01"}, "DPrev"),
        ({"AssignedTo": {"Guid": "5502a6d30dc361046cba4b1f"}}, "utilisateur"),
        ({"Origin": {"Code": "SALON"}}, "SALON"),
        ({"Tags": [{"TagCategoryCode": "INTERET", "Label": "Opéra"}]}, "Opéra"),
        ({"MoreFields": [{"FieldId": BUDGET, "Value": "beaucoup"}]}, "beaucoup"),
    ],
)
def test_a_deal_with_a_value_that_is_not_known_is_refused(api: Api, member: dict[str, Any], text: str) -> None:
    assert text in api.refused(DEALS, [{"Label": "Autre", "Extcode": "d2", **member}])


def test_a_deal_needs_the_key_by_which_its_account_is_named(api: Api) -> None:
    words = api.refused("ncDeal/PostMany?uniqueproperty=Extcode", [{"Label": "x", "Third": {"Extcode": "a1"}}])
    assert "thirduniqueproperty" in words


def test_a_secondary_lot_may_follow_its_main_lot_in_one_call(api: Api) -> None:
    lots = [{"Label": "L1", "Extcode": "L1"}, {"Label": "P1", "Extcode": "P1", "Type": "SECONDARY", "Link": "L1"}]
    main, second = api.post(DEALS, lots)
    shown = api.one("ncDeal", second)
    assert (shown["Type"], shown["Link"]) == ("Secondary", main)


def test_deals_of_one_process_are_those_of_its_code(api: Api) -> None:
    api.app.add("ncDeal", {"Label": "Sans processus"})
    assert api.get("ncDeal/GetUpdated?updated=0")["Length"] == 2
    assert [row["Label"] for row in api.get("ncDeal/GetUpdatedProcess?updated=0&processcode=V")["List"]] == ["Projet"]
    assert api.get("ncDeal/GetUpdatedProcess?updated=0&processcode=X")["Length"] == 0


@pytest.mark.parametrize(
    ("switch", "path"),
    [
        ("deals", "ncDeal/GetUpdated?updated=0"),
        ("processes", "ncDealProcess/GetAll"),
        ("leads", "ncLead/GetPending?st=0&s="),
    ],
)
def test_a_list_of_unknown_shape_may_be_a_bare_array(switch: str, path: str) -> None:
    api = Api(**{switch: "array"})
    api.app.add("ncLead", {"Name": "Noël"})
    assert isinstance(api.get(path), list)
    api.app.set_switches({switch: "page"})
    assert api.get(path)["Length"] == len(api.get(path)["List"]) == 1


@pytest.mark.parametrize(
    ("switch", "path", "body"),
    [
        ("lead_writes", "ncLead/PostMany?uniqueproperty=Extcode", [{"Name": "Noël", "Extcode": "l1"}]),
        ("process_writes", "ncDealProcess/PostMany?uniqueproperty=Extcode", [{"Label": "Autre", "Extcode": "W"}]),
    ],
)
def test_a_write_that_nobody_describes_is_there_when_switched(switch: str, path: str, body: Any) -> None:
    api = Api()
    assert api.http.post(path, json=body).status_code == 404
    api.app.set_switches({switch: "on"})
    assert len(api.post(path, body)) == 1


# -- leads and actions


def test_a_lead_has_a_gender_object_and_a_mobile(api: Api) -> None:
    guid = api.app.add("ncLead", {"Name": "Noël", "Gender": {"Code": "MME"}, "Mobile": "06"})
    lead = api.one("ncLead", guid)
    assert (lead["Gender"]["Label"], lead["Mobile"]) == ("Madame", "06")


def test_pending_leads_come_by_twenty(api: Api) -> None:
    for number in range(21):
        api.app.add("ncLead", {"Name": str(number)})
    assert len(api.get("ncLead/GetPending?st=0&s=")["List"]) == 20
    assert [row["Name"] for row in api.get("ncLead/GetPending?st=20&s=")["List"]] == ["20"]


def test_an_action_is_answered_as_it_was_created(api: Api) -> None:
    body = {"Label": "Appel", "ExternalCode": "x1", "DStart": 1_500_000_000, "ActionType": "TEL", "Third": {}}
    body["Third"] = {"Guid": api.account}
    action = api.post("ncAction", body)
    assert (action["ExternalCode"], action["DStart"], action["ActionType"]["Color"]) == ("x1", 1.5e9, "#e9c46a")
    assert action["Third"]["Label"] == "ACME"


def test_an_action_is_found_by_its_external_code(api: Api) -> None:
    path, body = "ncAction/PostMany?uniqueproperty=Extcode", [{"Label": "Appel", "ExternalCode": "x1"}]
    assert api.post(path, body) == api.post(path, body)


@pytest.mark.parametrize(
    ("query", "labels"),
    [
        ("", ["tard", "tôt"]),
        ("s=From", ["tôt", "tard"]),
        ("from=1500000100", ["tard"]),
        ("to=1500000100", ["tôt"]),
        ("ag=true", ["tard"]),
        ("userid=5502a6d30dc361046cba4b20", ["tôt"]),
        ("updated=1500000001", []),
        ("st=1", ["tôt"]),
    ],
)
def test_open_actions_are_those_that_are_not_done(api: Api, query: str, labels: list[str]) -> None:
    api.app.add("ncAction", {"Label": "tard", "DStart": 1_500_000_200, "ActionType": {"Code": "RDV"}})
    api.app.add("ncAction", {"Label": "tôt", "DStart": 1_500_000_000, "AssignedTo": {"Extcode": "EM"}})
    api.app.add("ncAction", {"Label": "faite", "DTerm": 1_500_000_000})
    rows = api.get(f"ncAction/GetPending?{query}")
    assert [row["Label"] for row in rows] == labels
    assert all("DStart" not in row and "Start" in row for row in rows)


@pytest.mark.parametrize(
    ("choice", "taken", "refused"),
    [("number", 1_500_000_000, "2017-07-14T02:40:00Z"), ("text", "2017-07-14T02:40:00Z", 1_500_000_000)],
)
def test_the_times_of_an_action_may_be_taken_in_one_form_only(choice: str, taken: Any, refused: Any) -> None:
    api = Api(action_dates=choice)
    assert api.post("ncAction", {"Label": "x", "DStart": taken})["DStart"] == 1_500_000_000
    assert "DStart" in api.refused("ncAction", {"Label": "x", "DStart": refused})


# -- quotes, orders, invoices, payments


def quoted(api: Api) -> None:
    sections = [{"Label": "Lot 1", "Lines": [{"Label": "Pose", "Quantity": 2, "Ht": 10.0}]}]
    body = [
        {"Number": "Q1", "Deal": {"Extcode": "d1"}, "Status": "SENT", "Datesent": "2024-01-05", "Sections": sections}
    ]
    api.post("ncQuote/PostMany?uniqueproperty=Number&dealuniqueproperty=Extcode", body)


def quote(api: Api) -> Any:
    return api.get("ncQuote/GetUpdated?updated=0")["List"][0]


def test_a_quote_is_read_with_its_sections_and_deal(api: Api) -> None:
    quoted(api)
    shown = quote(api)
    assert (shown["Datesent"], shown["Deal"]["Extcode"]) == ("2024-01-05T00:00:00", "d1")
    assert "Vat" not in shown["Sections"][0]["Lines"][0]


@pytest.mark.parametrize("status", ["PENDING", "CLOSED"])
def test_an_order_that_goes_out_wins_its_quote_and_deal(api: Api, status: str) -> None:
    quoted(api)
    assert quote(api)["IsWon"] is False
    api.post(ORDERS, [{"Number": "O1", "Quote": {"Number": "Q1"}, "Status": status}])
    assert (quote(api)["IsWon"], quote(api)["Result"], api.one("ncDeal", api.deal)["Result"]) == (True, "WON", "WON")


def test_a_draft_order_wins_nothing(api: Api) -> None:
    api.post(ORDERS, [{"Number": "O1", "Deal": {"Extcode": "d1"}, "Status": "DRAFT"}])
    assert api.one("ncDeal", api.deal)["Result"] is None


def test_what_a_refused_batch_of_orders_won_is_taken_back(api: Api) -> None:
    good = {"Number": "O1", "Deal": {"Extcode": "d1"}, "Status": "CLOSED"}
    assert "FERME" in api.refused(ORDERS, [good, {"Number": "O2", "Status": "FERME"}])
    assert api.one("ncDeal", api.deal)["Result"] is None


def test_in_getbydate_s_is_the_length_and_st_the_start(api: Api) -> None:
    api.post(ORDERS, [{"Number": f"O{day}", "Dateorder": f"2024-01-0{day}"} for day in (1, 2, 3, 4)])
    page = api.get("ncOrder/GetByDate?from=1704153600&to=1704400000&st=1&s=2")
    assert (page["Length"], [row["Number"] for row in page["List"]]) == (3, ["O3", "O4"])


@pytest.mark.parametrize(("filled", "third"), [("1", "ACME"), ("0", None)])
def test_the_child_objects_of_orders_are_filled_on_demand(api: Api, filled: str, third: str | None) -> None:
    api.post(ORDERS, [{"Number": "O1", "Third": {"Extcode": "a1"}}])
    shown = api.get(f"ncOrder/GetUpdated?updated=0&f={filled}")["List"][0]["Third"]
    assert (shown and shown["Label"]) == third


@pytest.mark.parametrize(
    "written", ["2024-01-05", "05/01/2024", "2024-01-05T00:00:00Z", "2024-01-05T00:00:00.000Z", "2024-01-05 00:00:00"]
)
def test_a_date_is_taken_in_each_form_that_a_source_sends(api: Api, written: str) -> None:
    api.post(ORDERS, [{"Number": "O1", "Dateorder": written}])
    assert api.get("ncOrder/GetUpdated?updated=0")["List"][0]["Dateorder"] == "2024-01-05T00:00:00"


def test_an_order_is_posted_alone_cancelled_and_tracked(api: Api) -> None:
    guid = api.post("ncOrder/PostOne?uniqueproperty=Number", {"Number": "O1", "Third": {"Extcode": "a1"}})
    track = {"Order": {"Number": "O1"}, "Track": {"utm_campaign": "hiver"}}
    assert api.post("ncOrder/UpdateTrackingOrderFromShop?uniqueproperty=Number", track) == guid
    assert api.get("ncOrder/GetUpdated?updated=0")["List"][0]["UtmCampaign"] == "hiver"
    assert api.post("ncOrder/PostCancel?uniqueproperty=Number", {"Number": "O1"}) == guid
    assert "commande" in api.refused("ncOrder/PostCancel?uniqueproperty=Number", {"Number": "O9"})


SHOP = "ncOrder/PostOneFromeShop?uniqueproperty=Number&thirduniqueproperty=Email"


def test_an_order_of_a_shop_brings_its_customer(api: Api) -> None:
    body = {"Order": {"Number": "S1"}, "Customer": {"Label": "Zoé", "EMail": "z@z.example"}, "eShop": "boutique"}
    api.post(SHOP, body)
    order = api.get("ncOrder/GetUpdated?updated=0&f=1")["List"][0]
    assert (order["Third"]["Label"], order["eShop"]) == ("Zoé", "boutique")


def test_a_refused_order_of_a_shop_leaves_no_customer(api: Api) -> None:
    body = {"Order": {"Number": "S1", "Status": "?"}, "Customer": {"Label": "Zoé", "EMail": "z@z.example"}}
    api.refused(SHOP, body)
    assert [row["Label"] for row in api.app.data()["ncThird"]] == ["ACME"]


def invoiced(api: Api) -> str:
    lines = [{"Label": "Pose", "Quantity": 1, "Ht": 3600.0, "Ttc": 4320.0}]
    body = [{"Number": "F1", "InvoiceDate": "2024-01-05T00:00:00.000Z", "Third": {"Extcode": "a1"}, "Lines": lines}]
    (guid,) = api.post(INVOICES, body)
    return str(guid)


def test_an_invoice_is_read_in_an_envelope_with_sums_in_cents(api: Api) -> None:
    shown = api.get(f"ncInvoice/GetOne?id={invoiced(api)}")["Result"]
    assert (shown["Amount"], shown["AmountTtc"], shown["Lines"][0]["Ht"]) == ("360000", "432000", 3600.0)


def test_an_invoice_may_be_read_bare() -> None:
    api = Api(enveloped="none")
    assert api.get(f"ncInvoice/GetOne?id={invoiced(api)}")["Number"] == "F1"


def test_an_unknown_invoice_is_a_refusal_with_a_message(api: Api) -> None:
    assert "facture" in api.get("ncInvoice/GetOne?id=000000000000000000000000")["Message"]


def test_an_invoice_in_problem_says_so(api: Api) -> None:
    guid = invoiced(api)
    assert api.post("ncInvoice/InProblem", {"id": guid, "reason": "Litige"}, "PUT") is True
    assert api.get(f"ncInvoice/GetOne?id={guid}")["Result"]["Status"] == "INPROBLEM"


def test_a_credit_note_is_an_invoice_of_its_own(api: Api) -> None:
    assert api.post(f"ncInvoice/GenerateAsset?id={invoiced(api)}", None) is True
    assert [(row["IsAsset"], row["Amount"]) for row in api.app.data()["ncInvoice"]] == [
        (False, "360000"),
        (True, "-360000"),
    ]


def test_the_pdf_of_an_invoice_is_a_pdf_or_404(api: Api) -> None:
    response = api.http.get(f"ncInvoice/GetPDF?id={invoiced(api)}")
    assert (response.headers["Content-Type"], response.content[:4]) == ("application/pdf", b"%PDF")
    assert api.http.get("ncInvoice/GetPDF?id=1").status_code == 404


@pytest.mark.parametrize(("key", "same"), [("Extcode", True), ("Number", False)])
def test_a_payment_has_no_number_to_be_found_by(api: Api, key: str, same: bool) -> None:
    invoiced(api)
    path = f"ncPayment/PostMany?uniqueproperty={key}&invoiceuniqueproperty=Number"
    body = [{"Extcode": "p1", "Ttc": 100, "Invoice": {"Number": "F1"}, "ModeRglt": {"Code": "CHQ"}}]
    assert (api.post(path, body) == api.post(path, body)) is same


# -- products


PRODUCTS = "ncProduct/{}?uniqueproperty=Reference&catproductuniqueproperty=Reference"


@pytest.mark.parametrize("action", ["PostMany", "Many"])
def test_products_are_posted_in_batches_under_either_name(api: Api, action: str) -> None:
    api.post("ncCatproduct/PostOne?uniqueproperty=Reference", {"Reference": "C1", "Label": "Catalogue"})
    body = [{"Reference": "P1", "Label": "Porte", "Catproduct": {"Reference": "C1"}, "Packing": "CARTON"}]
    body[0]["Classification"] = "A"
    (guid,) = api.post(PRODUCTS.format(action), body)
    shown = api.one("ncProduct", guid)
    assert (shown["Catproduct"]["Label"], shown["Classification"]) == ("Catalogue", "Classe A")
    assert shown["Packing"] == "5502afe50dc3610e8c5fd690"


@pytest.mark.parametrize(("action", "found"), [("GetSearch", ["Porte", "Porte-clé"]), ("GetSearchForStock", ["Porte"])])
def test_products_are_searched_by_a_part_of_their_name(api: Api, action: str, found: list[str]) -> None:
    for label, more in (("Porte", {"StockMin": 2}), ("Porte-clé", {}), ("Vis", {"StockMin": 9})):
        api.post(PRODUCTS.format("PostOne"), {"Reference": label, "Label": label, **more})
    assert [row["Label"] for row in api.get(f"ncProduct/{action}?search=porte")["List"]] == found


def test_variants_and_their_values_get_ids(api: Api) -> None:
    variants = [{"Label": "Couleur", "Values": [{"Label": "Bleu", "BarCode": "1"}]}]
    guid = api.post(PRODUCTS.format("PostOne"), {"Reference": "P1", "Label": "Porte", "Declinaisons": variants})
    (variant,) = api.one("ncProduct", guid)["Declinaisons"]
    assert len(variant["Guid"]) == len(variant["Values"][0]["Guid"]) == 24


# -- marketing


@pytest.mark.parametrize("controller", ["ncForm", "ncLandingPage", "ncCallToAction"])
def test_a_page_is_a_text_of_html_in_json(api: Api, controller: str) -> None:
    (page,) = api.get(f"{controller}/GetAll")
    assert page["Label"] in api.get(f"{controller}/Get?id={page['Guid']}&s=Y")
    assert api.http.get(f"{controller}/Get?id={page['Guid']}&s=X").status_code == 400


def test_an_address_is_unsubscribed_by_a_form(api: Api) -> None:
    assert api.http.post("ncEMailing/Unsubscribe", data={"email": "a@acme.example"}).json() is True
    assert api.one("ncThird", api.account)["Unsuscribe"] is True
    assert api.http.post("ncEMailing/Unsubscribe", json={"email": "a@acme.example"}).status_code == 415


def test_a_site_is_posted_without_keys() -> None:
    with httpx.Client(transport=httpx.WSGITransport(app=Koban()), base_url="http://koban.example/api/v1") as http:
        form = {"url": "https://acme.example", "feed": "https://acme.example/feed"}
        assert http.post("ncSite/Post", data=form).json() is True


# -- notifications


DOOR = {"Url": "https://door.example/h/1", "Event": "account.update"}


def test_a_notification_is_an_array_of_one_under_database_names(api: Api) -> None:
    api.post("ncHook/Subscribe", DOOR)
    assert api.app.notify("ncThird", api.account, "account.update") == [200]
    ((url, kind, content),) = api.sent
    (body,) = json.loads(content)
    assert (url, kind) == (DOOR["Url"], "application/json")
    assert (body["sId"], body["ExternalCode"], body["GridLabel"]) == (api.account, "a1", "ACME")
    assert (body["LastUpdateDate"], body["LastQuoteSent"]) == ("/Date(1500000000500)/", "/Date(-62135596800000)/")


def test_a_deals_notification_tells_cents_and_the_step(api: Api) -> None:
    api.app.edit("ncDeal", api.deal, {"Amountprev": 100.5, "Result": "SLEEP"})
    api.post("ncHook/Subscribe", {**DOOR, "Event": "deal"})
    api.app.notify("ncDeal", api.deal, "deal")
    (body,) = json.loads(api.sent[0][2])
    assert (body["Amount"]["cent"], body["ResultCode"], body["oThird"]["sId"]) == (10050, "SLEEP", api.account)
    assert (body["oDealProcess"]["ExternalCode"], body["oDealProcessStep"]["Label"]) == ("V", "Découverte")


def test_a_contacts_notification_names_its_account(api: Api) -> None:
    guid = api.app.add("ncContact", {"Name": "Noël", "Cell": "06", "Third": {"Extcode": "a1"}})
    api.post("ncHook/Subscribe", {**DOOR, "Event": "contact"})
    api.app.notify("ncContact", guid, "contact")
    (body,) = json.loads(api.sent[0][2])
    assert (body["Label"], body["Mobile"], body["oActualThird"]["sId"]) == ("Noël", "06", api.account)


def test_a_notification_may_be_a_form(api: Api) -> None:
    api.app.set_switches({"hook_form": "form"})
    api.post("ncHook/Subscribe", DOOR)
    api.app.notify("ncThird", api.account, "account.update")
    assert json.loads(parse_qs(api.sent[0][2].decode())["payload"][0])[0]["sId"] == api.account


def test_only_those_who_subscribed_to_the_event_are_told(api: Api) -> None:
    api.post("ncHook/Subscribe", DOOR)
    assert api.app.notify("ncThird", api.account, "account.create") == []


@pytest.mark.parametrize("by", ["guid", "address"])
def test_a_subscription_ends_by_its_id_or_its_address(api: Api, by: str) -> None:
    guid = api.post("ncHook/Subscribe", DOOR)
    assert api.post("ncHook/Subscribe", DOOR) == guid
    assert api.post("ncHook/Unsubscribe", {"Guid": guid} if by == "guid" else DOOR) is True
    assert api.app.notify("ncThird", api.account, "account.update") == []
    assert "abonnement" in api.refused("ncHook/Unsubscribe", DOOR)


def test_a_subscription_may_be_answered_as_an_object() -> None:
    api = Api(hook_answer="object")
    assert api.post("ncHook/Subscribe", DOOR)["Url"] == DOOR["Url"]
    assert len(api.post("ncHook/Unsubscribe", DOOR)["Guid"]) == 24


@pytest.mark.parametrize("body", [{}, {"Url": DOOR["Url"]}, {**DOOR, "Url": "door"}])
def test_a_subscription_needs_an_address_and_an_event(api: Api, body: dict[str, str]) -> None:
    assert api.refused("ncHook/Subscribe", body) != ""
    assert api.app.notify("ncThird", api.account, "account.update") == []


def test_a_notification_is_asked_for_at_the_control_door(api: Api) -> None:
    with httpx.Client(transport=httpx.WSGITransport(app=api.app), base_url="http://koban.example") as http:
        asked = {"resource": "ncThird", "key": api.account, "event": "account.update"}
        assert http.post("/_sandbox/notify", json=asked).json() == {"statuses": []}
        assert http.post("/_sandbox/notify", json={**asked, "key": "x"}).status_code == 400


# -- the other switches


def test_tags_and_fields_that_are_not_sent_go_where_writes_replace() -> None:
    api = Api(containers="replace")
    tags = [{"TagCategoryCode": "INTERET", "Label": "Cuisine"}]
    for sent in (tags, [{"TagCategoryCode": "INTERET", "Label": "Poterie"}]):
        api.post("ncThird/PostMany?uniqueproperty=Extcode", [{"Extcode": "a1", "Tags": sent}])
    assert [tag["Label"] for tag in api.one("ncThird", api.account)["Tags"]] == ["Poterie"]


@pytest.mark.parametrize(("choice", "same"), [("both", True), ("empty", False)])
def test_an_email_may_count_only_where_the_code_is_empty(choice: str, same: bool) -> None:
    api = Api(then_email=choice)
    body = {"Label": "ACME", "Extcode": "unknown", "EMail": "a@acme.example"}
    assert (api.post("ncThird/PostMany?uniqueproperty=ExtcodeThenEmail", [body]) == [api.account]) is same


def test_an_object_without_its_key_may_be_refused() -> None:
    api = Api(empty_key="refuses")
    assert "Extcode" in api.refused("ncThird/PostMany?uniqueproperty=Extcode", [{"Label": "x"}])


def test_more_than_a_hundred_objects_may_be_taken() -> None:
    api = Api(over_hundred="accept")
    assert len(api.post("ncThird/PostMany?uniqueproperty=Extcode", [{"Label": str(n)} for n in range(101)])) == 101


def test_updated_may_leave_out_its_own_moment() -> None:
    api = Api(updated="exclusive")
    api.app.clock = lambda: 1_500_000_010.0
    api.app.edit("ncThird", api.account, {"Phone": "1"})
    lengths = [api.get(f"ncThird/GetUpdated?updated={moment}")["Length"] for moment in (1_500_000_009, 1_500_000_010)]
    assert lengths == [1, 0]


def test_lists_may_come_the_other_way_round() -> None:
    api = Api(order="newest")
    api.app.clock = lambda: 1_500_000_010.0
    api.app.add("ncThird", {"Label": "b"})
    assert [row["Label"] for row in api.get("ncThird/GetUpdated?updated=0")["List"]] == ["b", "ACME"]


def test_a_page_may_be_no_longer_than_twenty() -> None:
    api = Api(longest_page="20")
    for number in range(20):
        api.app.add("ncThird", {"Label": str(number)})
    page = api.get("ncThird/GetUpdated?updated=0&l=100")
    assert (page["Length"], len(page["List"])) == (21, 20)


@pytest.mark.parametrize(("choice", "shown"), [("list", [{"City": "Nantes"}]), ("object", {"City": "Nantes"})])
def test_delivery_addresses_may_be_read_as_one(choice: str, shown: Any) -> None:
    api = Api(delivery=choice)
    api.app.edit("ncThird", api.account, {"DelivAddress": {"City": "Nantes"}})
    read = api.one("ncThird", api.account)["DelivAddress"]
    assert (read[0] if choice == "list" else read)["City"] == "Nantes"
    assert isinstance(read, type(shown))


@pytest.mark.parametrize(("choice", "errors"), [("null", None), ("list", [])])
def test_no_errors_are_null_or_an_empty_list(choice: str, errors: Any) -> None:
    api = Api(errors=choice)
    response = api.http.post("ncThird/PostOne?uniqueproperty=Extcode", json={"Label": "x", "Extcode": "1"})
    assert response.json()["Errors"] == errors
