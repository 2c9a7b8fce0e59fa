"""What Koban Immobilier tells and asks: from its sandbox through the door, and how it is answered."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.state import inbox
from mapper.sync.project import Project, load
from mapper.sync.subscriptions import subscribe
from mapper.web.door import Door
from tests.sync.world import ENV, Clock, Wire

PROJECT = """
serve: {url: "https://hooks.example.com"}
connections:
  immo:
    connector: koban_immobilier
    settings: {base_url: "http://127.0.0.1:8401/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    replies:
      option_check:
        entity: lot
        find: {code: "{{ query.extcode }}"}
        answer:
          status: "{{ record.status in ['LIBRE', 'OPTION'] }}"
          rank: "{{ {'LIBRE': 1, 'OPTION': 2}[record.status] }}"
  copy:
    connector: koban
    settings: {base_url: "http://127.0.0.1:8402/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
mappings: [lot, buyer]
"""
LOT = """
entity: lot
about: Lots, as products of another system
sides:
  immo: {resource: lots, role: source}
  copy: {resource: products, role: target}
match: [code]
fields:
  code: {immo: Extcode, copy: OtherCode}
  name: {immo: Label, copy: Label}
  status: {immo: Status.Code, copy: Comments}
"""
BUYER = """
entity: buyer
about: Those who buy
sides:
  immo: {resource: accounts, role: source}
  copy: {resource: accounts, role: target}
match: [email]
fields:
  name: {immo: Label, copy: Label}
  email: {type: email, immo: EMail, copy: EMail}
"""


class Scene:
    """A real-estate account of three lots, whose administrator has entered the addresses of our door."""

    def __init__(self, folder: Path, **switches: str) -> None:
        clock = self.clock = Clock()
        self.down = False
        self.immo = KobanImmobilier(clock=clock, switches=switches, door=self.knock)
        self.copy = KobanImmobilier(clock=clock)
        (folder / "mappings").mkdir()
        for name, text in (("mapper", PROJECT), ("mappings/lot", LOT), ("mappings/buyer", BUYER)):
            (folder / f"{name}.yaml").write_text(text)
        wires = {"immo": Wire(self.immo, self.cut), "copy": Wire(self.copy)}
        self.project: Project = load(folder, env=ENV, transports=wires, clock=clock, sleep=clock.sleep)
        self.immo.add_programme("Les Tilleuls", "TIL")
        code = {"Process": {"Code": "TIL"}}
        self.lots = {
            name: self.immo.add("ncDeal", {"Label": name, "Extcode": name, **code, "Status": {"Code": status}})
            for name, status in (("L1", "LIBRE"), ("L2", "OPTION"), ("L3", "BLOQUE"))
        }
        self.anne = self.immo.add("ncThird", {"Label": "Martin", "EMail": "anne@example.com"})
        hooks = self.project.connector("immo").spec.webhooks
        own = [name for name in hooks if hooks[name].subscribe is None]
        self.immo.notices.urls = {one.hook: one.url for one in subscribe(self.project, "immo", own)}

    def knock(self, method: str, url: str, form: bytes | None) -> tuple[int, str]:
        """The network between the vendor and the door."""
        headers = {} if form is None else {"Content-Type": "application/x-www-form-urlencoded; charset=utf-8"}
        with httpx.Client(transport=httpx.WSGITransport(app=Door(self.project))) as client:
            answer = client.request(method, url, content=form, headers=headers)
        return answer.status_code, answer.text

    def cut(self) -> None:
        if self.down:
            raise httpx.ConnectError("down")

    def call(self, operation: str, **args: Any) -> Any:
        with self.project.connection("immo") as connection:
            return connection.call(operation, args)

    def waiting(self, entity: str) -> list[tuple[str, str | None]]:
        return [(row["hook"], row["key"]) for row in inbox.take(self.project.store, entity, 1)]

    def ask(self, lot: str) -> Any:
        allowed, rank = self.immo.notices.check(lot)
        assert self.immo.notices.sent[-1].status == 200
        return allowed, rank


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


OTHERWISE = {"notice_dates": "milliseconds", "notice_arrays": "indexed"}
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
@pytest.mark.parametrize(
    "switches", [{}, {"notice_dates": "milliseconds", "notice_arrays": "indexed"}], ids=["", "other"]
)
def test_a_notice_is_answered_with_success_and_waits_for_what_it_names(
    tmp_path: Path, event: str, switches: dict[str, str]
) -> None:
    scene = Scene(tmp_path, **switches)
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
    ("lot", "answer"), [("L1", (True, 1)), ("L2", (True, 2)), ("L3", (False, None)), ("L9", (False, None))]
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
