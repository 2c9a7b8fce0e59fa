"""What a sales office does through the connector that no open point is about; those are in `unknowns`."""

from __future__ import annotations

import httpx
import pytest

from mapper.connect import Connection
from mapper.errors import MapperError
from mapper.spec.load import load_connector
from tests.connectors.jobs.koban_immobilier import NOW, SETTINGS, Office, lot


def test_a_module_that_is_off_denounces_nobody() -> None:
    office = Office({}, {"denunciations": "off"})
    words = office.refused("prospects.denoncer", programme="TIL", nom="Neuf", email="neuf@example.com")
    assert words == "immo prospects.denoncer: Denunciations are not activated in this Koban."
    assert office.app.data()["ncThird"] == []


def test_the_option_days_of_the_customer_count() -> None:
    office = Office({}, {})
    connection = Connection(
        "immo",
        load_connector("koban_immobilier").spec,
        settings={**SETTINGS, "option_days": "7"},
        transport=httpx.WSGITransport(app=office.app),
        clock=lambda: NOW,
    )
    office.lot("L1")
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
    programme = office.programme
    [main] = office.connection.write("lots", [lot("M0", programme)])
    parkings = [lot(f"P{n}", programme, Type="Secondary", Link=f"M{n}" if n else main.key) for n in range(130)]
    mains = [lot(f"M{n}", programme) for n in range(1, 130)]
    outcomes = list(office.connection.write("lots", [*parkings, *mains]))
    assert [outcome.error for outcome in outcomes] == [None] * 259
    keys = {outcome.draft.stamp: outcome.key for outcome in outcomes} | {"M0": main.key}
    shown = office.lots()
    assert all(shown[f"P{n}"]["Link"] == keys[f"M{n}"] for n in range(130))
    assert [call.path for call in office.app.calls if call.method == "POST"] == ["/api/v1/ncDeal/PostMany"] * 4
