"""The sandbox of the real-estate module against the vendor's page: every rule by a call through a real client."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, parse_qsl

import httpx
import pytest
import yaml

from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.sandbox.koban_immobilier.notices import over_http

KEYS = {"X-ncApi": "demo-koban-api", "X-ncUser": "demo-koban-user"}
#: 2026-03-02 09:10 in UTC, and the half hour after three days.
START, LAPSE = 1772442600, 1772703000
FORMS: dict[str, list[str]] = yaml.safe_load(
    (Path(__file__).parent / "immobilier_forms.yaml").read_text(encoding="utf-8")
)
TAKEN = json.dumps({"success": True})


class Remote:
    """A remote system behind the addresses of the settings; answers as it is told to."""

    def __init__(self) -> None:
        self.answer: tuple[int, str] = (200, TAKEN)
        self.check: tuple[int, str] = (200, json.dumps({"status": True}))
        self.seen: list[tuple[str, str, dict[str, str]]] = []

    def __call__(self, method: str, url: str, form: bytes | None) -> tuple[int, str]:
        fields = dict(parse_qsl((form or b"").decode(), keep_blank_values=True))
        self.seen.append((method, url, fields))
        return self.check if method == "GET" else self.answer


class Api:
    """The sandbox through a client, with one programme, lots A to E and four prospects."""

    def __init__(self, switches: dict[str, str] | None = None, **given: Any) -> None:
        self.now = float(START)
        self.remote = Remote()
        self.app = KobanImmobilier(switches=switches, clock=lambda: self.now, door=self.remote, **given)
        self.http = httpx.Client(
            transport=httpx.WSGITransport(app=self.app), base_url="http://koban.example/api/v1", headers=KEYS
        )
        self.app.add_programme("Les Tilleuls", "TIL")
        for code in "ABCDE":
            self.app.add("ncDeal", {"Label": f"Lot {code}", "Extcode": code, "Process": {"Code": "TIL"}})
        names = ("Anne", "Luc", "Zoe", "Max")
        self.people = [
            self.app.add("ncThird", {"Label": name, "Extcode": f"X{name}", "EMail": f"{name}@example.com"})
            for name in names
        ]

    def post(self, path: str, body: Any) -> Any:
        return self.http.post(path, json=body).json()

    def option(self, lot: str, person: int = 0, rank: int = 1, **more: Any) -> Any:
        third, deal = {"Guid": self.people[person]}, {"Extcode": lot}
        body = {"Third": third, "Deal": deal, "DateOption": int(self.now), "Rank": rank}
        return self.post("ncOption/Add", body | more)

    def on_option(self, path: str, lot: str = "A", rank: int = 1, **more: Any) -> Any:
        return self.post(f"ncOption/{path}", {"Deal": {"Extcode": lot}, "Rank": rank, **more})

    def state(self, lot: str = "A") -> Any:
        return self.http.get("ncOption/GetLotStatus", params={"extcode": lot}).json()

    def reserve(self, lot: str = "A", person: int = 0, path: str = "Add", **more: Any) -> Any:
        third = {"Third": {"Guid": self.people[person]}, "ThirdId": self.people[person]}
        return self.post(
            f"ncPreresv/{path}", {"Deal": {"Extcode": lot}, **third, "PrixVente": 1, "Garantie": 1, **more}
        )

    def status(self, lot: str = "A") -> str:
        return next(row["Status"]["Code"] for row in self.app.data()["ncDeal"] if row["Extcode"] == lot)

    def listen(self) -> None:
        self.app.notices.urls |= {event: f"https://remote.example/{event}" for event in [*FORMS, "option_check"]}
        self.app.notices.urls |= {event: f"https://remote.example/{event}" for event in ("option_expired", "person")}

    def told(self) -> list[str]:
        return [url.rpartition("/")[2] for _, url, _ in self.remote.seen]


@pytest.fixture
def api() -> Api:
    return Api()


def code_of(answer: Any) -> tuple[bool, str | None]:
    return answer["success"], answer["errorcode"]


# Options


def test_a_lot_goes_from_no_option_to_two(api: Api) -> None:
    assert api.state() == {"Result": 0}
    assert api.option("A") == {"success": True}
    assert api.state() == {"Result": 1, "MaxRank": 1, "EndDate": "2026-03-05T09:30:00"}
    assert api.status() == "OPTION"
    assert api.option("A", 1, 2) == {"success": True}
    assert (api.state()["Result"], api.state()["MaxRank"]) == (1, 2)
    assert code_of(api.option("A", 2, 2)) == (False, "05")


def test_an_unknown_lot_and_a_reserved_one_are_told_by_their_numbers(api: Api) -> None:
    api.reserve("A")
    assert (api.state("Z"), api.state("A")) == ({"Result": -1}, {"Result": -2})


def test_a_prospect_has_three_options_at_most(api: Api) -> None:
    assert [api.option(lot)["success"] for lot in "ABC"] == [True, True, True]
    assert code_of(api.option("D")) == (False, "01")


def test_a_lot_that_is_not_free_takes_no_option(api: Api) -> None:
    api.app.stock.set_status(api.app.stock.lot("A") or {}, "BLOQUE")
    assert code_of(api.option("A")) == (False, "02")
    assert code_of(api.option("Z")) == (False, "02")


def test_the_user_of_the_api_has_a_limit() -> None:
    api = Api(option_limit=2)
    assert [api.option(lot, number)["success"] for number, lot in enumerate("AB")] == [True, True]
    assert code_of(api.option("C", 2)) == (False, "03")


def test_a_pre_reservation_stands_against_an_option(api: Api) -> None:
    api.reserve("A")
    assert code_of(api.option("A", 1)) == (False, "04")


@pytest.mark.parametrize(("first", "rank"), [([], 2), ([1], 1)])
def test_a_rank_that_is_not_next_is_refused_without_a_code(api: Api, first: list[int], rank: int) -> None:
    for one in first:
        api.option("A", 0, one)
    assert code_of(api.option("A", 1, rank)) == (False, None)


@pytest.mark.parametrize(
    "more",
    [
        {"DateOption": "tomorrow"},
        {"DateOption": 1772442600000},
        {"DateOption": None},
        {"DateOption": True},
        {"Rank": 3},
        {"Rank": "one"},
        {"Rank": True},
        {"Rank": None},
    ],
)
def test_a_member_of_a_wrong_kind_is_refused(api: Api, more: dict[str, Any]) -> None:
    assert api.option("A", **more)["Success"] is False
    assert api.state() == {"Result": 0}


@pytest.mark.parametrize("more", [{"Third": {"Guid": "0123456789abcdef01234567"}}, {"Part": {"Guid": "nobody"}}])
def test_nobody_unknown_places_an_option(api: Api, more: dict[str, Any]) -> None:
    assert code_of(api.option("A", **more)) == (False, None)


def test_an_option_lapses_at_the_half_hour_and_not_before(api: Api) -> None:
    api.option("A")
    api.now = LAPSE - 1
    assert api.state()["Result"] == 1
    api.now = LAPSE
    assert (api.state(), api.status()) == ({"Result": 0}, "LIBRE")


@pytest.mark.parametrize(
    ("placed", "until"),
    [
        ("2026-03-02T09:00:00", "2026-03-05T09:00:00"),
        ("2026-03-02T09:00:01", "2026-03-05T09:30:00"),
        ("2026-03-02T09:30:00", "2026-03-05T09:30:00"),
        ("2026-03-02T23:45:00", "2026-03-06T00:00:00"),
    ],
)
def test_the_end_of_an_option_is_moved_to_the_next_half_hour(api: Api, placed: str, until: str) -> None:
    api.option("A", DateOption=int(datetime.fromisoformat(placed).replace(tzinfo=UTC).timestamp()))
    assert api.state()["EndDate"] == until


def test_an_option_is_prolonged_once(api: Api) -> None:
    api.option("A")
    assert api.on_option("Prolong", DateProlongation=START + 864000) == {"success": True}
    assert api.state()["EndDate"] == "2026-03-12T09:30:00"
    assert code_of(api.on_option("Prolong", DateProlongation=START + 964000)) == (False, "02")
    assert code_of(api.on_option("Prolong", "B", DateProlongation=START + 964000)) == (False, "01")


def test_an_option_is_undone_by_lot_and_rank(api: Api) -> None:
    api.option("A")
    assert code_of(api.on_option("Undo", rank=2)) == (False, "01")
    assert api.on_option("Undo") == {"success": True}
    assert (api.state(), api.status()) == ({"Result": 0}, "LIBRE")


def test_while_the_second_option_lives_the_lot_stays_under_option(api: Api) -> None:
    api.option("A")
    api.option("A", 1, 2)
    api.on_option("Undo")
    assert (api.status(), api.state()["MaxRank"]) == ("OPTION", 2)


@pytest.mark.parametrize(
    ("switch", "choice", "expected"),
    [
        ("two_options", "minus_three", {"Result": -3}),
        ("rank_two", "moves_up", {"Result": 1, "MaxRank": 1, "EndDate": "2026-03-05T09:30:00"}),
    ],
)
def test_two_options_are_told_as_switched(switch: str, choice: str, expected: Any) -> None:
    api = Api({switch: choice})
    api.option("A")
    api.option("A", 1, 2)
    if switch == "rank_two":
        api.on_option("Undo")
    assert api.state() == expected


@pytest.mark.parametrize(
    ("form", "value"),
    [
        ("iso", "2026-03-05T09:30:00"),
        ("msdate", f"/Date({LAPSE}000)/"),
        ("seconds", LAPSE),
        ("milliseconds", LAPSE * 1000),
    ],
)
def test_the_end_of_an_option_stands_in_the_form_that_is_switched(form: str, value: Any) -> None:
    api = Api({"end_date": form})
    api.option("A")
    assert api.state()["EndDate"] == value


def test_codes_are_numbers_where_that_is_switched() -> None:
    assert code_of(Api({"errorcode": "number"}).option("Z")) == (False, 2)


def test_an_end_is_rounded_down_where_that_is_switched() -> None:
    api = Api({"expiry": "down"})
    api.option("A")
    assert api.state()["EndDate"] == "2026-03-05T09:00:00"


def test_a_prolongation_is_added_where_that_is_switched() -> None:
    api = Api({"prolongation": "adds"})
    api.option("A")
    api.on_option("Prolong", DateProlongation=START + 86400)
    assert api.state()["EndDate"] == "2026-03-06T09:30:00"


@pytest.mark.parametrize(("choice", "get", "post"), [("both", 200, 200), ("get", 200, 405), ("post", 405, 200)])
def test_a_lot_is_asked_for_by_the_verb_that_is_switched(choice: str, get: int, post: int) -> None:
    api = Api({"status_verb": choice})
    assert api.http.get("ncOption/GetLotStatus?extcode=A").status_code == get
    assert api.http.post("ncOption/GetLotStatus", json={"extcode": "A"}).status_code == post


def test_names_with_dots_are_members_only_where_that_is_switched() -> None:
    flat = {"Third.Guid": "", "Deal.Extcode": "A", "DateOption": START, "Rank": 1}
    for choice, done in (("flat", True), ("nested", False)):
        api = Api({"names": choice})
        assert api.post("ncOption/Add", {**flat, "Third.Guid": api.people[0]})["success"] is done
        assert api.option("B")["success"] is not done


def test_without_keys_nothing_is_done(api: Api) -> None:
    answer = api.http.get("ncOption/GetLotStatus?extcode=A", headers={"X-ncApi": "wrong"})
    assert (answer.status_code, answer.json()["Success"]) == (401, False)


# Lots


def lots(api: Api, *bodies: dict[str, Any]) -> Any:
    return api.post("ncDeal/PostMany?uniqueproperty=Extcode&thirduniqueproperty=Extcode", list(bodies))


SECONDARY = {"Label": "Box", "Extcode": "P", "Type": "SECONDARY", "Link": "A"}


def test_a_secondary_lot_is_written_by_a_code_and_read_by_a_guid(api: Api) -> None:
    assert lots(api, SECONDARY)["Success"]
    shown = {lot["Extcode"]: lot for lot in api.app.data()["ncDeal"]}
    assert (shown["P"]["Type"], shown["P"]["Link"]) == ("Secondary", shown["A"]["Guid"])


def test_in_one_call_the_main_lot_has_to_come_first(api: Api) -> None:
    main, box = {"Label": "Main", "Extcode": "M"}, {**SECONDARY, "Link": "M"}
    assert lots(api, box, main) == {
        "Result": None, "Success": False, "Message": None, "Errors": ["Le lot principal M n'existe pas"],
    }  # fmt: skip
    assert lots(api, main, box)["Success"]


@pytest.mark.parametrize(
    ("choice", "by_code", "by_guid"), [("both", True, True), ("extcode", True, False), ("guid", False, True)]
)
def test_a_main_lot_is_named_as_switched(choice: str, by_code: bool, by_guid: bool) -> None:
    api = Api({"link": choice})
    guid = (api.app.stock.lot("A") or {})["Guid"]
    assert lots(api, SECONDARY)["Success"] is by_code
    assert lots(api, {**SECONDARY, "Link": guid})["Success"] is by_guid


def test_a_secondary_lot_stands_alone_where_that_is_switched() -> None:
    api = Api({"missing_main": "orphan"})
    assert lots(api, {**SECONDARY, "Link": "Z"})["Success"]
    assert api.app.data()["ncDeal"][-1]["Link"] is None


def test_the_tags_of_lots_are_declared(api: Api) -> None:
    tags = [{"TagCategoryCode": "NBPIECES", "Label": "3"}, {"TagCategoryCode": "TPLOG", "Label": "Maison"}]
    assert lots(api, {"Label": "T", "Extcode": "T", "Tags": tags})["Success"]
    assert [tag["Label"] for tag in api.app.data()["ncDeal"][-1]["Tags"]] == ["3", "Maison"]


def test_a_status_is_a_bare_code_where_that_is_switched() -> None:
    api = Api({"lot_status": "code"})
    assert lots(api, {"Label": "S", "Extcode": "S", "Process": {"Code": "TIL"}, "Status": "BLOQUE"})["Success"]
    assert api.app.data()["ncDeal"][-1]["Status"] == "BLOQUE"


# Reservation files


def test_a_file_is_opened_validated_and_withdrawn(api: Api) -> None:
    assert api.reserve() == {"success": True}
    assert api.status() == "PRERESV"
    assert api.reserve(path="AddValid", Apport_cent=100, Res2="N", CanalVente="CGP") == {"success": True}
    assert api.status() == "RESV"
    assert api.reserve(path="Desist") == {"success": True}
    assert api.status() == "LIBRE"


@pytest.mark.parametrize("path", ["Add", "AddValid", "Desist"])
def test_files_are_of_known_lots_and_prospects(api: Api, path: str) -> None:
    assert code_of(api.reserve("Z", path=path)) == (False, "01")
    nobody = {"Third": {"Guid": "nobody"}, "ThirdId": "nobody"}
    assert code_of(api.reserve(path=path, **nobody)) == (False, "02")


@pytest.mark.parametrize(
    ("path", "more"),
    [
        ("Add", {"PrixVente": "dear"}),
        ("Add", {"Garantie": -1}),
        ("Add", {"Part": {"Guid": "nobody"}}),
        ("AddValid", {"Apport_cent": 1.5}),
        ("AddValid", {"PTZ": "yes"}),
        ("AddValid", {"NatureAchat": "CADEAU"}),
    ],
)
def test_a_file_with_a_wrong_member_is_refused(api: Api, path: str, more: dict[str, Any]) -> None:
    answer = api.reserve(path=path, **more)
    assert answer.get("success", answer.get("Success")) is False
    assert api.status() == "LIBRE"


@pytest.mark.parametrize("path", ["Add", "AddValid"])
def test_a_lot_has_one_file(api: Api, path: str) -> None:
    api.reserve(path="AddValid")
    assert code_of(api.reserve(path=path, person=1)) == (False, None)


def test_only_a_file_that_is_there_is_withdrawn(api: Api) -> None:
    assert code_of(api.reserve(path="Desist")) == (False, None)


def test_a_file_ends_the_option_that_it_comes_from(api: Api) -> None:
    api.option("A")
    api.reserve()
    assert api.app.options.live == {}


# Denunciations


def denounce(api: Api, path: str = "CheckDenonc", **body: Any) -> Any:
    return api.post(f"ncDenonc/{path}", {"ProcessCode": "TIL", **body})


def test_a_prospect_is_denounced_once_for_a_programme(api: Api) -> None:
    anne = {"EMail": "anne@example.com"}
    assert denounce(api, **anne) == {"Activated": True, "IsDenonced": False, "Exists": True}
    assert denounce(api, "Create", **anne, By=api.people[1]) == {"success": True}
    assert denounce(api, **anne)["IsDenonced"] is True
    assert "existe déjà" in denounce(api, "Create", **anne)["Message"]
    api.app.add_programme("Le Clos", "CLO")
    assert denounce(api, **anne, ProcessCode="CLO")["IsDenonced"] is False


@pytest.mark.parametrize(
    ("body", "words"),
    [
        ({"EMail": "new@example.com"}, "Le prospect n'existe pas"),
        ({"EMail": "anne@example.com", "ProcessCode": "NON"}, "Le programme NON n'existe pas"),
        ({"EMail": "anne@example.com", "By": "nobody"}, "L'apporteur nobody n'existe pas"),
        ({"Name": "Anne"}, "must be given"),
    ],
)
def test_what_cannot_be_denounced_is_refused(api: Api, body: dict[str, Any], words: str) -> None:
    assert words in denounce(api, "Create", **body)["Message"]
    assert api.app.denunciations.made == []


def test_a_module_that_is_off_says_so() -> None:
    api = Api({"denunciations": "off"})
    assert denounce(api, EMail="new@example.com")["Activated"] is False
    assert "activé" in denounce(api, "Create", EMail="anne@example.com")["Message"]


def test_a_denunciation_is_answered_by_an_envelope_where_that_is_switched() -> None:
    api = Api({"denunciation_answer": "envelope"})
    assert denounce(api, "Create", EMail="anne@example.com")["Success"] is True


@pytest.mark.parametrize(
    ("names", "body"),
    [
        ("person", {"ProcessCode": "TIL", "Mobile": "0612"}),
        ("account", {"Process": {"Code": "TIL"}, "Cell": "0612"}),
    ],
)
def test_only_the_names_of_members_that_are_switched_are_known(names: str, body: dict[str, Any]) -> None:
    api = Api({"denounced": names})
    api.app.edit("ncThird", api.people[0], {"Cell": "0612"})
    assert api.post("ncDenonc/CheckDenonc", body)["Exists"] is True
    assert api.post("ncDenonc/CheckDenonc", {"ProcessCode": "TIL", "Cell": "0612"}).get("Exists") is None


def test_a_check_is_answered_in_an_envelope_where_that_is_switched() -> None:
    found = denounce(Api({"check_answer": "envelope"}), EMail="anne@example.com")
    assert (found["Success"], found["Result"]["Exists"]) == (True, True)


@pytest.mark.parametrize(
    ("form", "good", "bad"),
    [
        ("any", 1772409600, "02.03.2026"),
        ("dmy", "02/03/2026", "2026-03-02"),
        ("iso", "2026-03-02", "02/03/2026"),
        ("seconds", 1772409600, "1772409600"),
        ("msdate", "/Date(1772409600000)/", 1772409600),
    ],
)
def test_a_date_of_a_file_has_the_form_that_is_switched(form: str, good: Any, bad: Any) -> None:
    api = Api({"file_dates": form})
    assert "must be a date" in api.reserve(path="AddValid", PreresaDate=bad)["Message"]
    assert api.reserve(path="AddValid", PreresaDate=good) == {"success": True}


def test_amounts_are_cents_where_that_is_switched() -> None:
    api = Api({"price_unit": "cents"})
    api.reserve(PrixVente=25000050)
    assert [file.price for file in api.app.files.live.values()] == [250000.5]


@pytest.mark.parametrize(("choice", "get", "post"), [("both", 200, 200), ("get", 200, 405), ("post", 405, 200)])
def test_other_calls_are_made_by_the_verb_that_is_switched(choice: str, get: int, post: int) -> None:
    api = Api({"write_verb": choice, "check_verb": choice})
    member = {"EMail": "anne@example.com", "ProcessCode": "TIL"}
    for path, given in (("ncDenonc/CheckDenonc", member), ("ncOption/Undo", {"Deal.Extcode": "A", "Rank": "1"})):
        assert api.http.get(path, params=given).status_code == get
    assert api.http.post("ncDenonc/CheckDenonc", json=member).status_code == post


# Notifications


def test_every_form_has_exactly_the_members_of_the_vendors_page(api: Api) -> None:
    api.listen()
    api.option("A")
    api.on_option("Prolong", DateProlongation=START + 864000)
    api.on_option("Undo")
    api.reserve(path="AddValid", CanalOrigine="SALON")
    api.reserve(path="Desist")
    assert {url.rpartition("/")[2]: list(fields) for _, url, fields in api.remote.seen} == FORMS
    assert all(method == "POST" for method, _, _ in api.remote.seen)


def test_a_form_says_what_was_done(api: Api) -> None:
    api.listen()
    api.option("A")
    fields = api.remote.seen[0][2]
    lot = api.app.stock.lot("A") or {}
    told = {"Deal_Extcode": "A", "Deal_Guid": lot["Guid"], "Third_Extcode": "XAnne", "Third_Guid": api.people[0]}
    assert {name: fields[name] for name in told} == told
    assert (fields["Rank"], fields["ExpDate"], fields["Third_Name"]) == ("1", str(LAPSE), "Anne")


def test_an_option_that_lapses_is_told_without_a_rank(api: Api) -> None:
    api.listen()
    api.option("A")
    api.now = LAPSE
    api.state()
    assert api.told() == ["option_added", "option_expired"]
    assert list(api.remote.seen[1][2]) == ["Deal_Extcode", "Deal_Guid", "Third_Extcode", "Third_Guid"]


def test_a_click_asks_first_and_tells_afterwards(api: Api) -> None:
    api.listen()
    assert api.app.place("A", api.people[0]) is not None
    assert [method for method, _, _ in api.remote.seen] == ["GET", "POST"]
    assert parse_qs(api.remote.seen[0][1].partition("?")[2]) == {"extcode": ["A"]}


def test_the_rank_of_the_remote_system_counts(api: Api) -> None:
    api.listen()
    api.option("A")
    api.remote.check = (200, json.dumps({"status": True, "rank": 2}))
    option = api.app.place("A", api.people[1])
    assert option is not None
    assert option.rank == 2


@pytest.mark.parametrize(
    ("status", "text"), [(200, json.dumps({"status": False})), (200, "<html>"), (500, "{}"), (0, ""), (200, "{}")]
)
def test_what_the_remote_system_does_not_allow_is_not_placed(api: Api, status: int, text: str) -> None:
    api.listen()
    api.remote.check = (status, text)
    assert api.app.place("A", api.people[0]) is None
    assert (api.app.notices.sent[0].well, api.state()) == (False, {"Result": 0})


def test_a_check_that_is_not_answered_allows_where_that_is_switched() -> None:
    api = Api({"check_failure": "allowed"})
    api.listen()
    api.remote.check = (0, "")
    assert api.app.place("A", api.people[0]) is not None


@pytest.mark.parametrize(("choice", "left"), [("keep", 1), ("roll_back", 0)])
def test_an_option_that_is_refused_afterwards_stays_or_goes_as_switched(choice: str, left: int) -> None:
    api = Api({"notice_failure": choice})
    api.listen()
    api.remote.answer = (200, json.dumps({"success": False, "error": {"message": "no", "code": "1"}}))
    api.option("A")
    api.app.place("B", api.people[1])
    assert len(api.app.options.live) == left * 2


@pytest.mark.parametrize("path", ["Prolong", "Undo"])
def test_a_change_that_is_refused_afterwards_is_taken_back_where_that_is_switched(path: str) -> None:
    api = Api({"notice_failure": "roll_back"})
    api.option("A")
    before = api.state()
    api.listen()
    api.remote.answer = (500, "")
    assert code_of(api.on_option(path, DateProlongation=START + 864000)) == (False, None)
    assert (api.state(), api.status()) == (before, "OPTION")


def test_what_the_api_does_is_not_told_where_that_is_switched() -> None:
    api = Api({"own_notices": "silent"})
    api.listen()
    api.option("A")
    assert api.told() == []


def test_moments_are_milliseconds_where_that_is_switched() -> None:
    api = Api({"notice_dates": "milliseconds"})
    api.listen()
    api.option("A")
    assert api.remote.seen[0][2]["ExpDate"] == f"{LAPSE}000"


@pytest.mark.parametrize(
    ("choice", "members"),
    [
        ("json", {"Tags": '[{"TagCategoryCode": "PROGRAMME", "Label": "Le Clos"}]'}),
        ("indexed", {"Tags[0][TagCategoryCode]": "PROGRAMME", "Tags[0][Label]": "Le Clos"}),
    ],
)
def test_the_wishes_of_a_person_are_told_as_switched(choice: str, members: dict[str, str]) -> None:
    api = Api({"notice_arrays": choice})
    api.listen()
    assert api.app.request_of(api.people[0], [{"TagCategoryCode": "PROGRAMME", "Label": "Le Clos"}], [])
    fields = api.remote.seen[0][2]
    assert {name: fields[name] for name in members} == members
    assert (fields["Contact_Type"], fields["Third_Guid"], "Lead_Guid" in fields) == ("Third", api.people[0], False)


def test_the_control_door_sets_addresses_clicks_and_shows_what_was_answered(api: Api) -> None:
    door = "http://koban.example/_sandbox"
    assert api.http.post(f"{door}/notices", json={"option_added": "https://r.example/a"}).status_code == 200
    assert "no event 'option_adde'" in api.http.post(f"{door}/notices", json={"option_adde": "x"}).json()["error"]
    clicked = api.http.post(f"{door}/click", json={"lot": "A", "prospect": api.people[0]}).json()
    assert clicked["option"]["rank"] == 1
    assert "error" in api.http.post(f"{door}/click", json={"lot": "Z", "prospect": api.people[0]}).json()
    [sent] = api.http.get(f"{door}/notices").json()["sent"]
    assert (sent["event"], sent["answer"], sent["well"]) == ("option_added", {"success": True}, True)


class Door(BaseHTTPRequestHandler):
    """Answers with what it was asked."""

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"] or 0)).decode()
        self._say(f"{self.headers['Content-Type']} {body}")

    def do_GET(self) -> None:
        self._say(self.path)

    def _say(self, text: str) -> None:
        self.send_response(200)
        self.end_headers()
        self.wfile.write(text.encode())

    def log_message(self, *words: object) -> None:
        pass


@pytest.fixture
def address() -> Iterator[str]:
    server = HTTPServer(("127.0.0.1", 0), Door)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/door"
    server.shutdown()
    server.server_close()
    thread.join()


def test_notifications_go_over_the_network_as_forms_in_utf_8(address: str) -> None:
    assert over_http("GET", f"{address}?extcode=A", None) == (200, "/door?extcode=A")
    sent = over_http("POST", address, b"Third_Name=No%C3%A9")
    assert sent == (200, "application/x-www-form-urlencoded; charset=utf-8 Third_Name=No%C3%A9")


def test_an_address_where_nobody_answers_is_no_answer(address: str) -> None:
    port = address.rpartition(":")[2].partition("/")[0]
    assert over_http("GET", address.replace(port, "1"), None) == (0, "")
