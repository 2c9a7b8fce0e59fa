"""The work of a sales office through the connector, under every choice of its assumptions and of what it tolerates."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.errors import MapperError
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.spec.load import load_connector

#: 2026-03-02 09:10 in UTC.
NOW = 1772442600.0
HOUR = 3600
SETTINGS = {"base_url": "https://koban.example/api/v1", "api_key": "demo-koban-api", "user_key": "demo-koban-user"}

#: What is assumed, and how the vendor is: they agree in each.
WAYS: list[tuple[dict[str, str], dict[str, str]]] = [
    ({}, {}),
    ({"link_written": "Extcode"}, {"link": "extcode"}),
    ({"link_written": "Guid"}, {"link": "guid"}),
    ({"lot_status": "code"}, {"lot_status": "code"}),
    ({"lots_list": "array"}, {"deals": "array"}),
    ({"programmes_list": "array"}, {"processes": "array"}),
    ({"lot_account": "Guid"}, {}),
    ({"status_verb": "GET"}, {"status_verb": "get"}),
    ({"status_verb": "POST"}, {"status_verb": "post"}),
    ({"member_names": "flat"}, {"names": "flat"}),
    ({"expiry": "previous"}, {"expiry": "down"}),
    ({"prolongation": "adds"}, {"prolongation": "adds"}),
    ({}, {"errorcode": "number"}),
    ({}, {"two_options": "minus_three"}),
    ({}, {"end_date": "msdate"}),
    ({}, {"end_date": "seconds"}),
    ({}, {"end_date": "milliseconds"}),
    ({}, {"denunciation_answer": "envelope"}),
    ({}, {"failure_status": "201"}),
    ({}, {"batch": "partial"}),
]


class Office:
    """A tenant and a connection to it."""

    def __init__(self, assume: dict[str, str], switches: dict[str, str]) -> None:
        self.now = NOW
        self.app = KobanImmobilier(switches=switches, clock=lambda: self.now)
        self.app.add_programme("Les Tilleuls", "TIL")
        self.connection = Connection(
            "immo",
            load_connector("koban_immobilier", assume=assume).spec,
            settings=SETTINGS,
            assume=assume,
            transport=httpx.WSGITransport(app=self.app),
            sleep=lambda seconds: None,
            clock=lambda: self.now,
        )

    def call(self, name: str, **args: Any) -> Any:
        return self.connection.call(name, args)

    def refused(self, name: str, **args: Any) -> str:
        with pytest.raises(MapperError) as caught:
            self.call(name, **args)
        return str(caught.value)

    def prospect(self, name: str) -> str:
        [outcome] = self.connection.write(
            "accounts", [Draft("create", {"Label": name, "EMail": f"{name}@example.com"}, stamp=f"x:{name}")]
        )
        return outcome.key

    def lots(self) -> dict[str, dict[str, Any]]:
        return {lot["Extcode"]: lot for page in self.connection.pages("lots") for lot in page.records}

    def status(self, code: str) -> str:
        status = self.lots()[code]["Status"]
        return status if isinstance(status, str) else status["Code"]


def lot(code: str, programme: str, **more: Any) -> Draft:
    return Draft("create", {"Label": f"Lot {code}", "Process": {"Guid": programme}, **more}, stamp=code)


@pytest.fixture(params=WAYS, ids=lambda way: " ".join([*map("=".join, way[0].items()), *way[1].values()]) or "default")
def office(request: pytest.FixtureRequest) -> Office:
    return Office(*request.param)


def test_the_work_of_a_sales_office_goes_well_under_every_assumption(office: Office) -> None:
    [page] = office.connection.pages("programmes")
    programme = page.records[0]["Guid"]
    made = list(office.connection.write("lots", [lot("L1", programme), lot("L2", programme)]))
    [parking] = office.connection.write("lots", [lot("P1", programme, Type="Secondary", Link=made[0].key)])
    assert parking.error is None
    assert office.lots()["P1"]["Link"] == made[0].key
    anne, luc, zoe = (office.prospect(name) for name in ("anne", "luc", "zoe"))

    assert office.call("lots.deposer-option", lot="L1", prospect=anne)["rang"] == 1
    assert office.status("L1") == "OPTION"
    assert "only rank 2" in office.refused("lots.deposer-option", lot="L1", prospect=luc, rang="1")
    assert office.call("lots.deposer-option", lot="L1", prospect=luc)["rang"] == 2
    assert "two live options already" in office.refused("lots.deposer-option", lot="L1", prospect=zoe)
    office.call("lots.prolonger-option", lot="L1", date=int(NOW) + 100 * HOUR)
    assert "prolonged already" in office.refused("lots.prolonger-option", lot="L1", date=int(NOW) + 200 * HOUR)
    office.call("lots.annuler-option", lot="L1", rang=2)
    office.call("lots.annuler-option", lot="L1", rang=1)
    assert "no option of this rank" in office.refused("lots.annuler-option", lot="L1")
    assert office.status("L1") == "LIBRE"

    office.call("reservations.deposer", lot="L1", prospect=anne, prix="250000.50", garantie=12500)
    assert office.status("L1") == "PRERESV"
    assert "pre-reserved" in office.refused("lots.deposer-option", lot="L1", prospect=luc)
    office.call("reservations.valider", lot="L1", prospect=anne, PrixVente=250000, Res2="N")
    assert office.status("L1") == "RESV"
    office.call("reservations.desister", lot="L1", prospect=anne)
    assert office.status("L1") == "LIBRE"

    made_known = office.call("prospects.denoncer", programme="TIL", nom="Neuf", email="neuf@example.com")
    assert made_known["nouveau"] is True
    assert "denounced already" in office.refused(
        "prospects.denoncer", programme="TIL", nom="Neuf", email="neuf@example.com"
    )
    assert office.call("prospects.denoncer", programme="TIL", nom="anne", email="anne@example.com")["nouveau"] is False


def test_a_module_that_is_off_denounces_nobody() -> None:
    office = Office({}, {"denunciations": "off"})
    words = office.refused("prospects.denoncer", programme="TIL", nom="Neuf", email="neuf@example.com")
    assert words == "immo prospects.denoncer: Denunciations are not activated in this Koban."
    assert office.app.data()["ncThird"] == []


@pytest.mark.parametrize(
    ("assumed", "switch", "until"),
    [("next", "up", "2026-03-05T09:30:00Z"), ("previous", "down", "2026-03-05T09:00:00Z")],
)
def test_both_sides_let_an_option_lapse_at_the_same_moment(assumed: str, switch: str, until: str) -> None:
    office = Office({"expiry": assumed}, {"expiry": switch, "end_date": "iso"})
    [page] = office.connection.pages("programmes")
    list(office.connection.write("lots", [lot("L1", page.records[0]["Guid"])]))
    told = office.call("lots.deposer-option", lot="L1", prospect=office.prospect("anne"))
    assert told["echeance"] == until
    assert office.call("options.etat", lot="L1")["EndDate"] == until.removesuffix("Z")
    [option] = office.app.options.live.values()
    office.now = office.app.options.end(option) - 1
    assert office.call("lots.etat-option", lot="L1")["rang"] == 2
    office.now += 1
    assert office.call("lots.etat-option", lot="L1")["rang"] == 1
    assert office.status("L1") == "LIBRE"


def test_the_option_days_of_the_customer_count() -> None:
    office = Office({}, {})
    connection = Connection(
        "immo",
        load_connector("koban_immobilier").spec,
        settings={**SETTINGS, "option_days": "7"},
        transport=httpx.WSGITransport(app=office.app),
        clock=lambda: NOW,
    )
    [page] = office.connection.pages("programmes")
    list(office.connection.write("lots", [lot("L1", page.records[0]["Guid"])]))
    told = connection.call(
        "lots.deposer-option", {"lot": "L1", "prospect": office.prospect("anne"), "date": "1772442660"}
    )
    assert told["echeance"] == "2026-03-09T09:30:00Z"


def test_a_status_that_nobody_documents_places_no_option() -> None:
    office = Office({}, {})

    def odd(request: httpx.Request) -> httpx.Response:
        return httpx.Response(200, json={"Result": 7})

    spec = load_connector("koban_immobilier").spec
    connection = Connection("immo", spec, settings=SETTINGS, transport=httpx.MockTransport(odd))
    with pytest.raises(MapperError, match=r"something that its page does not explain \(Result 7\)"):
        connection.call("lots.deposer-option", {"lot": "L1", "prospect": "x"})
    assert office.app.options.live == {}


def test_secondary_lots_follow_their_main_lots_across_batches() -> None:
    office = Office({}, {})
    [page] = office.connection.pages("programmes")
    programme = page.records[0]["Guid"]
    [main] = office.connection.write("lots", [lot("M0", programme)])
    parkings = [lot(f"P{n}", programme, Type="Secondary", Link=f"M{n}" if n else main.key) for n in range(130)]
    mains = [lot(f"M{n}", programme) for n in range(1, 130)]
    outcomes = list(office.connection.write("lots", [*parkings, *mains]))
    assert [outcome.error for outcome in outcomes] == [None] * 259
    keys = {outcome.draft.stamp: outcome.key for outcome in outcomes} | {"M0": main.key}
    shown = office.lots()
    assert all(shown[f"P{n}"]["Link"] == keys[f"M{n}"] for n in range(130))
    assert [call.path for call in office.app.calls if call.method == "POST"] == ["/api/v1/ncDeal/PostMany"] * 4
