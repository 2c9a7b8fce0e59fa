"""The probes of the shipped connectors settle an assumption as the account really is, and never settle it wrongly."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
import yaml

from mapper.sandbox.base import Fault, Sandbox
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import Koban
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.sandbox.nicoka import Nicoka
from mapper.spec.load import load_connector
from mapper.sync.doctor import Finding, examine
from mapper.sync.project import load
from tests.sync.world import ENV, Clock, Wire

CASES: list[dict[str, Any]] = yaml.safe_load(Path(__file__).with_name("probes.yaml").read_text(encoding="utf-8"))

SETTINGS = {
    "koban": {"base_url": "http://127.0.0.1:1/api/v1", "api_key": "${KEY}", "user_key": "${USER_KEY}"},
    "koban_immobilier": {"base_url": "http://127.0.0.1:1/api/v1", "api_key": "${KEY}", "user_key": "${USER_KEY}"},
    "cirrus": {"base_url": "http://127.0.0.1:1/rest", "x_token": "${X_TOKEN}", "owner_id": "1"},
    "nicoka": {"base_url": "http://127.0.0.1:1/api", "api_token": "${TOKEN}"},
}


def nicoka(clock: Clock, case: dict[str, Any]) -> Sandbox:
    app = Nicoka(clock=clock, switches=case.get("switches"), **case.get("options", {}))
    for name in () if case.get("empty") else ("First", "Second"):
        app.add("customers", {"name1": name})
        app.add("contacts", {"last_name": name})
        clock.sleep(90)
    return app


def koban(clock: Clock, case: dict[str, Any]) -> Sandbox:
    app = Koban(clock=clock, switches=case.get("switches"))
    for number, comments in enumerate(case.get("comments", ())):
        guid = app.add("ncThird", {"Label": f"N {number}", "Comments": comments})
        clock.sleep(90)
        if case.get("ended"):
            app.edit("ncThird", guid, {"Obsolete": True})
    return app


def immo(clock: Clock, case: dict[str, Any]) -> Sandbox:
    app = KobanImmobilier(clock=clock, switches=case.get("switches"))
    if not case.get("empty"):
        app.add_programme("Les Tilleuls", "TIL")
        app.add("ncDeal", {"Label": "Appartement 12", "Extcode": "L12", "Process": {"Code": "TIL"}})
    return app


def cirrus(clock: Clock, case: dict[str, Any]) -> Sandbox:
    app = Cirrus(clock=clock, switches=case.get("switches"), tag_carrier=False)
    for name in () if case.get("empty") else ("ACME", "Bolt"):
        made = app.add("accounts", {"name": name, "number": name, "typeid": 1, "userid": 1})
        if name == "ACME" and not case.get("bare"):
            app.set_dynamic("account", made, "Bransch", "Énergie")
        if case.get("retired"):
            app.add("contacts", {"name": "Eva", "surname": name, "accountid": made, "active": int(name == "ACME")})
    return app


Make = Callable[[Clock, dict[str, Any]], Sandbox]
MADE: dict[str, Make] = {"nicoka": nicoka, "koban": koban, "koban_immobilier": immo, "cirrus": cirrus}


def findings(folder: Path, case: dict[str, Any], assume: dict[str, str]) -> tuple[dict[str, Finding], Sandbox]:
    """What is found out of an account that is made as the case says."""
    clock, name = Clock(), case["connector"]
    app = MADE[name](clock, case)
    app.faults += [Fault(**fault) for fault in case.get("faults", ())]
    about = {"connector": name, "settings": SETTINGS[name], "assume": assume, "limits": {"per_second": 0}}
    (folder / "mapper.yaml").write_text(yaml.safe_dump({"connections": {"one": about}}))
    with load(folder, env=ENV, transports={"one": Wire(app)}, clock=clock, sleep=clock.sleep) as project:
        return {one.name: one for one in examine(project, "one", []) if one.what == "assumption"}, app


@pytest.mark.parametrize("case", CASES, ids=lambda case: " ".join(f"{k}={v}" for k, v in case.items()))
def test_a_probe_finds_out_how_the_account_is(tmp_path: Path, case: dict[str, Any]) -> None:
    found, app = findings(tmp_path, case, {})
    assert {name: found[name].answer for name in case["found"]} == case["found"]
    assert {call.method for call in app.calls} <= {"GET", *case.get("asks", ())}


def answers() -> Iterator[dict[str, Any]]:
    """The cases that are the first in which a probe comes to an answer, with these answers alone."""
    met: set[tuple[str, str, str | None]] = set()
    for case in CASES:
        found = {name: answer for name, answer in case["found"].items() if (case["connector"], name, answer) not in met}
        met |= {(case["connector"], name, answer) for name, answer in found.items()}
        if found:
            yield {**case, "found": found}


@pytest.mark.parametrize("case", list(answers()), ids=lambda case: " ".join(f"{k}={v}" for k, v in case.items()))
def test_what_is_assumed_is_confirmed_or_refuted_whichever_choice_it_is(tmp_path: Path, case: dict[str, Any]) -> None:
    known = load_connector(case["connector"]).spec.assumptions
    for name, answer in case["found"].items():
        for choice in known[name].choices:
            result = findings(tmp_path, case, {name: choice})[0][name].result
            assert result == ("cannot tell" if answer is None else "confirmed" if answer == choice else "refuted")


def test_every_probe_has_cases() -> None:
    wanted = {
        (name, key)
        for name in ("koban", "koban_immobilier", "nicoka", "cirrus")
        for key, assumption in load_connector(name).spec.assumptions.items()
        if assumption.probe
    }
    assert {(case["connector"], key) for case in CASES for key in case["found"]} == wanted
