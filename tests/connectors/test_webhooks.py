"""What Koban tells by itself: from its sandbox through the door into the inbox, and from there into a run."""

from __future__ import annotations

import json
from collections.abc import Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.errors import RemoteError
from mapper.expr.paths import parse_path
from mapper.records import ABSENT
from mapper.sandbox.base import Fault
from mapper.sandbox.koban import Koban
from mapper.spec.connector import Connector
from mapper.spec.load import load_connector
from mapper.state import inbox
from mapper.state.tables import inbox as table
from mapper.sync.incoming import record_in
from mapper.sync.project import Project, load
from mapper.sync.subscriptions import all_of, subscribe, unsubscribe
from mapper.web.door import Door
from tests.sync.world import ENV, Clock, Wire

_FILE = Path(__file__).parents[1] / "transcripts" / "webhooks" / "koban.yaml"
SAMPLES: dict[str, Any] = yaml.safe_load(_FILE.read_text(encoding="utf-8"))
JSON = {"Content-Type": "application/json"}
TABLES = {"account": "ncThird", "contact": "ncContact", "deal": "ncDeal"}

PROJECT = """
serve: {{url: "https://hooks.example.com/crm"}}
connections:
  koban:
    connector: koban
    settings: {{base_url: "http://127.0.0.1:8401/api/v1", api_key: "${{KEY}}", user_key: "${{USER_KEY}}"}}
    assume: {assume}
  copy:
    connector: koban
    settings: {{base_url: "http://127.0.0.1:8402/api/v1", api_key: "${{KEY}}", user_key: "${{USER_KEY}}"}}
mappings: [account, contact, deal]
"""


def connector() -> Connector:
    return load_connector("koban").spec


def mapping(hook: str) -> str:
    """A mapping that looks at every field that a webhook's payload has."""
    spec = connector().webhooks[hook]
    fields = connector().resources[str(spec.resource)].fields
    rows = {}
    for number, name in enumerate(name for name in spec.record if name != "Tags"):
        kind = fields[name].type
        rows[f"f{number}"] = {"koban": name, "type": "text" if kind == "ref" else kind}
    rows["tags"] = {"koban": "Tags.INTERET", "type": "set"}
    sides = {
        "koban": {"resource": spec.resource, "role": "source"},
        "copy": {"resource": "accounts", "role": "target"},
    }
    label = next(name for name, row in rows.items() if row["koban"] in ("Label", "EMail"))
    rows[label]["copy"] = "Label"
    return yaml.safe_dump(
        {"entity": hook, "about": "All of it", "sides": sides, "match": [label], "fields": rows}, sort_keys=False
    )


class Scene:
    """A Koban that tells our door, and what waits behind it."""

    def __init__(self, folder: Path, *, assume: dict[str, str] | None = None, **switches: str) -> None:
        clock = Clock()
        self.sent: list[bytes] = []
        self.copy = Koban(clock=clock)
        self.koban = Koban(clock=clock, switches=switches, post=self.post)
        (folder / "mapper.yaml").write_text(
            PROJECT.format(assume=yaml.safe_dump(assume or {}, default_flow_style=True).strip())
        )
        (folder / "mappings").mkdir()
        for hook in TABLES:
            (folder / "mappings" / f"{hook}.yaml").write_text(mapping(hook))
        wires = {"koban": Wire(self.koban), "copy": Wire(self.copy)}
        self.project: Project = load(folder, env=ENV, transports=wires, clock=clock, sleep=clock.sleep)
        self.account = self.koban.add("ncThird", ACCOUNT)
        self.contact = self.koban.add("ncContact", CONTACT | {"Third": {"Guid": self.account}})
        process = {"Label": "Vente", "Extcode": "V", "Steps": [{"Label": "Découverte", "Extcode": "D"}]}
        self.koban.add("ncDealProcess", process)
        own = {"Third": {"Guid": self.account}, "Contact": {"Guid": self.contact}}
        self.deal = self.koban.add("ncDeal", DEAL | own)
        self.keys = {"account": self.account, "contact": self.contact, "deal": self.deal}

    def post(self, method: str, url: str, headers: Mapping[str, str], content: bytes) -> int:
        """The network between the vendor and the door."""
        self.sent.append(content)
        transport = httpx.WSGITransport(app=Door(self.project))
        with httpx.Client(transport=transport, base_url="https://hooks.example.com") as client:
            return client.request(method, url, content=content, headers=dict(headers)).status_code

    def tell(self, hook: str) -> list[int]:
        return self.koban.notify(TABLES[hook], self.keys[hook], hook)

    def read_by_api(self, hook: str) -> dict[str, Any]:
        resource = str(connector().webhooks[hook].resource)
        with self.project.connection("koban") as connection:
            return connection.get(resource, self.keys[hook])

    def canonical(self, hook: str, native: dict[str, Any]) -> dict[str, Any]:
        found, problems, _ = self.project.compiled(hook, live=False).readers["koban"](native)
        assert problems == []
        return found


OWNER = {"AssignedTo": {"Extcode": "EM"}}
ACCOUNT = {
    "Label": "ACME", "FirstName": "Marie", "Gender": "MME", "Extcode": "a1", "OtherCode": "o1", "Phone": "04",
    "Website": "https://acme.example", "OfficialNumber": "73282932000074", "Vat": "FR44732829320", "Cell": "06",
    "Comments": "Fidèle", "AccountingCode": "411", "Fax": "05", "EMail": "a@acme.example", "Optin": True,
    "Status": {"Code": "CLI"}, "Type": {"Code": "PRO"}, "Origin": {"Code": "WEB"}, "ModeRglt": "CHQ",
    "Tags": [{"TagCategoryCode": "INTERET", "Label": "Cuisine"}], **OWNER,
}  # fmt: skip
CONTACT = {
    "Name": "Noël", "FirstName": "Anne", "Function": "Achats", "Extcode": "c1", "EMail": "anne@acme.example",
    "Cell": "06", "Phone": "04", "CanDecide": True, "ToSync": True, "Origin": {"Code": "WEB"},
}  # fmt: skip
DEAL = {
    "Label": "Cuisine", "Extcode": "d1", "Description": "Îlot", "Amountprev": 1200.5, "Process": {"Code": "V"},
    "Status": {"Code": "D"}, "Result": "WON", "DResult": 1_750_000_000, **OWNER,
}  # fmt: skip


@pytest.mark.parametrize("hook", TABLES)
def test_what_is_told_of_a_record_waits_as_a_hint_for_it(tmp_path: Path, hook: str) -> None:
    scene = Scene(tmp_path)
    subscribe(scene.project, "koban")
    assert scene.tell(hook) == [200]
    [row] = inbox.take(scene.project.store, hook, 1)
    assert (row["key"], row["record"], row["removed"]) == (scene.keys[hook], None, 0)


@pytest.mark.parametrize("hook", TABLES)
@pytest.mark.parametrize("form", ["json", "form"])
def test_a_payload_that_is_whole_comes_to_the_record_that_the_api_answers(tmp_path: Path, hook: str, form: str) -> None:
    scene = Scene(tmp_path, assume={"hook_payload": "whole"}, hook_form=form)
    subscribe(scene.project, "koban")
    scene.tell(hook)
    [row] = inbox.take(scene.project.store, hook, 1)
    with scene.project.connection("koban") as connection:
        told = connection.decode(str(connector().webhooks[hook].resource), yaml.safe_load(row["record"]))
    assert scene.canonical(hook, told) == scene.canonical(hook, scene.read_by_api(hook))
    assert len(scene.canonical(hook, told)) > 15


@pytest.mark.parametrize("hook", SAMPLES)
def test_the_payload_that_the_vendor_prints_is_read_under_the_names_of_the_api(tmp_path: Path, hook: str) -> None:
    scene = Scene(tmp_path)
    [made] = subscribe(scene.project, "koban", [hook])
    scene.post("POST", made.url, JSON, json.dumps(SAMPLES[hook]["payload"]).encode())
    [row] = inbox.take(scene.project.store, hook, 1)
    spec, [event] = connector().webhooks[hook], SAMPLES[hook]["payload"]
    found = record_in(spec, {"event": event})
    assert row["key"] == event["sId"]
    shown = {name: parse_path(name).get(found) for name in SAMPLES[hook]["expect"]}
    assert {name: str(v) if isinstance(v, Decimal) else v for name, v in shown.items()} == SAMPLES[hook]["expect"]
    assert [name for name in spec.record if parse_path(name).get(found) is ABSENT] == []


@pytest.mark.parametrize("hook", SAMPLES)
def test_the_sandbox_tells_under_the_names_that_the_vendor_prints(tmp_path: Path, hook: str) -> None:
    scene = Scene(tmp_path)
    subscribe(scene.project, "koban", [hook])
    scene.tell(hook)
    assert sorted(json.loads(scene.sent[-1])[0]) == sorted(SAMPLES[hook]["payload"][0])


def test_a_retired_account_is_told_as_removed(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    subscribe(scene.project, "koban", ["account"])
    scene.koban.edit("ncThird", scene.account, {"Obsolete": True})
    scene.tell("account")
    assert [row["removed"] for row in inbox.take(scene.project.store, "account", 1)] == [1]


def test_what_is_told_whole_is_taken_up_without_a_read(tmp_path: Path) -> None:
    scene = Scene(tmp_path, assume={"hook_payload": "whole"})
    subscribe(scene.project, "koban", ["account"])
    scene.project.sync("account")
    scene.koban.edit("ncThird", scene.account, {"Label": "ACME SA"})
    scene.tell("account")
    scene.koban.calls.clear()
    scene.project.sync("account", hinted=True)
    assert [row["Label"] for row in scene.copy.data()["ncThird"]] == ["ACME SA"]
    assert scene.koban.calls == []


def test_what_lacks_a_field_that_is_mapped_is_read_anew(tmp_path: Path) -> None:
    scene = Scene(tmp_path, assume={"hook_payload": "whole"})
    [made] = subscribe(scene.project, "koban", ["account"])
    scene.project.sync("account")
    scene.koban.edit("ncThird", scene.account, {"Label": "ACME SA"})
    scene.tell("account")
    [event] = json.loads(scene.sent[-1])
    with scene.project.store.transaction() as connection:
        connection.execute(table.delete())
    del event["VatNumber"]
    scene.koban.calls.clear()
    assert scene.post("POST", made.url, JSON, json.dumps([event]).encode()) == 200
    scene.project.sync("account", hinted=True)
    assert [call.path for call in scene.koban.calls] == ["/api/v1/ncThird/GetOne"]


def test_a_hint_is_read_anew(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    subscribe(scene.project, "koban", ["account"])
    scene.project.sync("account")
    scene.koban.edit("ncThird", scene.account, {"Label": "ACME SA"})
    scene.tell("account")
    scene.koban.calls.clear()
    scene.project.sync("account", hinted=True)
    assert [row["Label"] for row in scene.copy.data()["ncThird"]] == ["ACME SA"]
    assert [call.path for call in scene.koban.calls] == ["/api/v1/ncThird/GetOne"]


@pytest.mark.parametrize("answer", ["envelope", "object"])
def test_a_subscription_is_made_and_ended_at_the_vendor(tmp_path: Path, answer: str) -> None:
    scene = Scene(tmp_path, hook_answer=answer)
    made = subscribe(scene.project, "koban")
    assert [(one.hook, one.event, one.known) for one in made] == [(hook, hook, True) for hook in TABLES]
    for one in made:
        unsubscribe(scene.project, one.number)
    assert [scene.tell(hook) for hook in TABLES] == [[], [], []]


def test_each_thing_that_happens_may_be_subscribed_to_by_itself(tmp_path: Path) -> None:
    scene = Scene(tmp_path, assume={"hook_events": "verbs"})
    assert [one.event for one in subscribe(scene.project, "koban", ["account"])] == ["account.create", "account.update"]
    assert scene.koban.notify("ncThird", scene.account, "account.update") == [200]


def test_where_a_person_enters_the_addresses_the_vendor_is_not_told(tmp_path: Path) -> None:
    scene = Scene(tmp_path, assume={"hooks_made": "screen"})
    assert [one.known for one in subscribe(scene.project, "koban")] == [False] * 3
    assert scene.koban.calls == []


def test_a_subscription_that_the_vendor_refuses_is_not_kept(tmp_path: Path) -> None:
    scene = Scene(tmp_path)
    scene.koban.faults.append(Fault("status", path="ncHook", times=9))
    with pytest.raises(RemoteError):
        subscribe(scene.project, "koban", ["account"])
    assert all_of(scene.project) == []
