"""What Koban Immobilier tells and asks: from its sandbox through the door, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from mapper.state import inbox
from mapper.web.door import Door
from tests.connectors.jobs.koban_immobilier import Scene


def placed(scene: Scene) -> None:
    scene.call("options.ajouter", lot="L1", prospect=scene.anne, rang=1, date=int(scene.clock()))


def prolonged(scene: Scene) -> None:
    placed(scene)
    scene.call("options.prolonger", lot="L1", rang=1, date=int(scene.clock()) + 900_000)


def undone(scene: Scene) -> None:
    placed(scene)
    scene.call("options.annuler", lot="L1", rang=1)


def expired(scene: Scene) -> None:
    placed(scene)
    scene.clock.sleep(10 * 86_400)
    scene.call("options.etat", lot="L1")


def validated(scene: Scene) -> None:
    buyer = {"Res1Nom": "Noël", "Res2": "N", "PTZ": "O", "Apport_cent": 1_000_050, "CanalVente": "CGP"}
    scene.call("reservations.valider", lot="L1", prospect=scene.anne, PrixVente=250_000, Garantie=5_000, **buyer)


def withdrawn(scene: Scene) -> None:
    validated(scene)
    scene.call("reservations.desister", lot="L1", prospect=scene.anne)


def asked(scene: Scene) -> None:
    tags = [{"TagCategoryCode": "PROGRAMME", "Label": "Les Tilleuls"}, {"TagCategoryCode": "NBPIECES", "Label": "3"}]
    scene.immo.request_of(scene.anne, tags, [])


ACTS: dict[str, tuple[Callable[[Scene], None], tuple[str, ...]]] = {
    "option_added": (placed, ("lot", "buyer")),
    "option_prolonged": (prolonged, ("lot",)),
    "option_undone": (undone, ("lot",)),
    "option_expired": (expired, ("lot",)),
    "person": (asked, ("buyer",)),
    "reservation_validated": (validated, ("lot", "buyer")),
    "reservation_withdrawn": (withdrawn, ("lot",)),
}


@pytest.mark.parametrize("event", ACTS)
def test_a_notice_is_answered_with_success_and_waits_for_what_it_names(tmp_path: Path, event: str) -> None:
    scene = Scene(tmp_path)
    act, entities = ACTS[event]
    act(scene)
    sent = next(one for one in scene.immo.notices.sent if one.event == event)
    assert (sent.status, sent.answer, sent.well) == (200, {"success": True}, True)
    keys = {"lot": scene.lots["L1"], "buyer": scene.anne}
    for entity in keys:
        assert ((event, keys[entity]) in scene.waiting(entity)) is (entity in entities)


def test_every_notice_of_the_vendor_has_a_case(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    assert sorted(scene.immo.notices.urls) == sorted([*ACTS, "option_check"])


def test_a_request_of_a_lead_waits_for_no_account(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.immo.notices.tell("person", {"Contact_Type": "Lead", "Lead_Guid": "5" * 24, "Name": "X", "Third_Guid": None})
    assert (scene.immo.notices.sent[-1].well, scene.waiting("buyer")) == (True, [])


def test_what_cannot_be_read_is_refused_as_the_vendor_expects(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    with httpx.Client(transport=httpx.WSGITransport(app=Door(scene.project))) as client:
        answer = client.post(scene.immo.notices.urls["option_added"], data={"x": "[1]"})
    assert answer.json()["success"] is False
    assert answer.json()["error"]["message"] == "an event is a table of names and values"


def test_an_option_that_was_told_of_changes_the_lot_at_the_other_side(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.project.sync("lot")
    placed(scene)
    scene.immo.calls.clear()
    scene.project.sync("lot", hinted=True)
    shown = {row["OtherCode"]: row["Comments"] for row in scene.copy.data()["ncProduct"]}
    assert shown == {"L1": "OPTION", "L2": "OPTION", "L3": "BLOQUE"}
    assert [call.path for call in scene.immo.calls] == ["/api/v1/ncDeal/GetOne"]


# The question before an option


@pytest.mark.parametrize(
    ("lot", "answer"), [("L1", (True, 1)), ("L2", (True, None)), ("L3", (False, None)), ("L9", (False, None))]
)
def test_whether_an_option_may_be_placed_is_answered_from_the_state_without_a_call(
    tmp_path: Path, lot: str, answer: tuple[bool, int | None]
) -> None:
    scene = Scene(tmp_path)
    scene.project.sync("lot")
    scene.immo.calls.clear()
    scene.down = True
    assert scene.ask(lot) == answer
    assert scene.immo.calls == []


@pytest.mark.parametrize("switches", [{}, {"notice_dates": "milliseconds"}], ids=["seconds", "milliseconds"])
def test_the_options_that_were_told_of_are_counted(tmp_path: Path, switches: dict[str, str]) -> None:
    scene = Scene(tmp_path, **switches)
    luc = scene.immo.add("ncThird", {"Label": "Luc"})
    scene.project.sync("lot")
    answers = [scene.ask("L1")]
    scene.place(scene.anne, 1)
    scene.project.sync("lot", hinted=True)
    answers.append(scene.ask("L1"))
    scene.place(luc, 2)
    answers.append(scene.ask("L1"))
    scene.at("options.annuler", rang=2)
    answers.append(scene.ask("L1"))
    scene.place(luc, 2)
    answers.append(scene.ask("L1"))
    scene.at("options.prolonger", rang=1, date=int(scene.clock()) + 8 * 86_400)
    scene.clock.sleep(5 * 86_400)
    answers.append(scene.ask("L1"))
    assert answers == [(True, 1), (True, 2), (False, None), (True, 2), (False, None), (True, 2)]


def test_an_option_that_became_a_reservation_is_none_any_more(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.place(scene.anne, 1)
    scene.at("reservations.valider", prospect=scene.anne)
    scene.at("reservations.desister", prospect=scene.anne)
    scene.project.sync("lot")
    assert scene.ask("L1") == (True, 1)


def test_of_who_has_an_option_no_more_is_kept_than_that_he_is_another(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.place(scene.anne, 1)
    [row] = inbox.kept(scene.project.store, "lot", "immo", scene.lots["L1"])
    assert scene.anne not in row["record"] and "Noël" not in row["record"]


def test_a_click_on_the_vendors_button_asks_places_and_tells(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.project.sync("lot")
    option = scene.immo.place("L1", scene.anne)
    assert option and option.rank == 1
    assert [(one.event, one.well) for one in scene.immo.notices.sent] == [
        ("option_check", True),
        ("option_added", True),
    ]
    assert scene.immo.place("L3", scene.anne) is None


def test_without_an_answer_of_the_projects_no_option_is_placed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.project.spec.connections["immo"].replies.clear()
    assert scene.immo.place("L1", scene.anne) is None
    assert scene.immo.notices.sent[-1].answer == {"status": False}
