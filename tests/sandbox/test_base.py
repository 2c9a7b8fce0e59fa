from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import httpx
import pytest
from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from mapper.sandbox.base import Fault, Sandbox, answer


class Notes(Sandbox):
    """The smallest vendor: a list of notes."""

    name = "notes"
    choices = {"mood": ("strict", "mild")}

    def __init__(self, **base: Any) -> None:
        super().__init__(**base)
        self.notes: list[dict[str, Any]] = []

    def rules(self) -> Iterable[Rule]:
        yield Rule("/notes", endpoint=self.read, methods=["GET"])
        yield Rule("/notes", endpoint=self.write, methods=["POST"])

    def data(self) -> dict[str, list[dict[str, Any]]]:
        return {"notes": self.notes}

    def edit(self, resource: str, key: Any, changes: Mapping[str, Any]) -> None:
        {"notes": self.notes}[resource][int(key)].update(changes)

    def authenticate(self, request: Request) -> Response | None:
        return None if request.headers.get("key") == "k" else answer({"message": "no key"}, 401)

    def read(self, _: Request) -> Response:
        return answer(self.notes)

    def write(self, request: Request) -> Response:
        self.notes.append(request.get_json())
        return answer({"ok": True}, 201)


def client(app: Sandbox, **headers: str) -> httpx.Client:
    return httpx.Client(transport=httpx.WSGITransport(app=app), base_url="http://notes.example", headers=headers)


@pytest.fixture
def app() -> Notes:
    return Notes()


@pytest.fixture
def http(app: Notes) -> Iterable[httpx.Client]:
    with client(app, key="k") as http:
        yield http


def test_a_call_reaches_its_route(app: Notes, http: httpx.Client) -> None:
    http.post("/notes", json={"a": "é"})
    assert http.get("/notes").json() == [{"a": "é"}]


def test_a_call_without_a_key_is_refused_by_the_vendors_answer(app: Notes) -> None:
    with client(app) as http:
        assert http.get("/notes").status_code == 401


@pytest.mark.parametrize(("verb", "path", "status"), [("GET", "/nothing", 404), ("DELETE", "/notes", 405)])
def test_an_unknown_path_or_verb_is_not_found(http: httpx.Client, verb: str, path: str, status: int) -> None:
    assert http.request(verb, path).status_code == status


def test_a_body_that_is_no_json_is_a_bad_request(http: httpx.Client) -> None:
    response = http.post("/notes", content=b"{", headers={"Content-Type": "application/json"})
    assert response.status_code == 400


# -- the log of calls


def test_every_call_is_logged_with_its_status(app: Notes, http: httpx.Client) -> None:
    http.get("/notes", params={"q": "1"})
    http.post("/notes", json={})
    http.get("/nothing")
    logged = [(call.method, call.path, call.query, call.status) for call in app.calls]
    assert logged == [("GET", "/notes", "q=1", 200), ("POST", "/notes", "", 201), ("GET", "/nothing", "", 404)]


def test_a_cut_connection_is_logged_with_status_zero(app: Notes, http: httpx.Client) -> None:
    app.faults.append(Fault("reset"))
    with pytest.raises(ConnectionResetError):
        http.get("/notes")
    assert [call.status for call in app.calls] == [0]


def test_calls_are_counted_by_verb(app: Notes, http: httpx.Client) -> None:
    for _ in range(3):
        http.get("/notes")
    http.post("/notes", json={})
    assert app.by_method() == {"GET": 3, "POST": 1}


# -- faults


@pytest.mark.parametrize(
    ("kind", "status", "content_type", "done"),
    [
        ("status", 503, "application/json", 0),
        ("html", 503, "text/html; charset=utf-8", 0),
        ("lost", 504, "text/html; charset=utf-8", 1),
        ("truncated", 201, "application/json", 1),
    ],
)
def test_a_fault_spoils_the_answer(
    app: Notes, http: httpx.Client, kind: str, status: int, content_type: str, done: int
) -> None:
    app.faults.append(Fault(kind))
    response = http.post("/notes", json={"n": 1})
    assert (response.status_code, response.headers["Content-Type"]) == (status, content_type)
    assert len(app.notes) == done


@pytest.mark.parametrize(("kind", "done"), [("reset", 0), ("lost_reset", 1)])
def test_a_reset_cuts_the_connection_before_or_after_the_effect(
    app: Notes, http: httpx.Client, kind: str, done: int
) -> None:
    app.faults.append(Fault(kind))
    with pytest.raises(ConnectionResetError):
        http.post("/notes", json={"n": 1})
    assert len(app.notes) == done


def test_a_truncated_answer_is_no_json(app: Notes, http: httpx.Client) -> None:
    app.faults.append(Fault("truncated"))
    with pytest.raises(ValueError, match="JSON|char"):
        http.post("/notes", json={}).json()


def test_a_hook_runs_before_the_call_takes_effect(app: Notes, http: httpx.Client) -> None:
    seen: list[int] = []
    app.faults.append(Fault("hook", hook=lambda: seen.append(len(app.notes))))
    assert http.post("/notes", json={"n": 1}).status_code == 201
    assert (seen, len(app.notes)) == ([0], 1)


def test_a_fault_waits_strikes_and_ends(app: Notes, http: httpx.Client) -> None:
    app.faults.append(Fault("status", after=1, times=2))
    assert [http.get("/notes").status_code for _ in range(4)] == [200, 503, 503, 200]


def test_a_fault_strikes_only_the_verb_and_path_it_names(app: Notes, http: httpx.Client) -> None:
    app.faults.append(Fault("status", method="POST", path="^/notes$", status=500))
    statuses = [
        http.get("/notes").status_code,
        http.post("/other").status_code,
        http.post("/notes", json={}).status_code,
    ]
    assert statuses == [200, 404, 500]


@pytest.mark.parametrize("kind", ["status", "html"])
def test_a_fault_says_when_to_come_back(app: Notes, http: httpx.Client, kind: str) -> None:
    app.faults.append(Fault(kind, status=429, retry_after=1.5))
    response = http.get("/notes")
    assert (response.status_code, response.headers["Retry-After"]) == (429, "1.5")


def test_a_fault_of_an_unknown_kind_is_a_mistake() -> None:
    with pytest.raises(ValueError, match="no fault of kind 'fire'"):
        Fault("fire")


# -- switches


def test_the_first_choice_is_the_default(app: Notes) -> None:
    assert app.switches == {"mood": "strict"}


def test_a_switch_can_be_set_from_the_start() -> None:
    assert Notes(switches={"mood": "mild"}).switches == {"mood": "mild"}


@pytest.mark.parametrize("switches", [{"mood": "angry"}, {"colour": "red"}])
def test_an_unknown_switch_or_choice_is_a_mistake(switches: dict[str, str]) -> None:
    with pytest.raises(ValueError, match="sandbox notes: no choice"):
        Notes(switches=switches)


# -- the rate limit


def test_calls_above_the_rate_are_refused_until_a_second_has_passed() -> None:
    now = [100.0]
    app = Notes(clock=lambda: now[0], rate=2)
    with client(app, key="k") as http:
        statuses = [http.get("/notes").status_code for _ in range(3)]
        now[0] = 101.0
        statuses.append(http.get("/notes").status_code)
    assert statuses == [200, 200, 429, 200]


# -- the control door


def test_the_control_door_needs_no_key_and_is_not_counted(app: Notes) -> None:
    app.notes.append({"n": 1})
    with client(app) as http:
        assert http.get("/_sandbox/data").json() == {"notes": [{"n": 1}]}
    assert app.calls == []


def test_the_control_door_tells_the_calls(app: Notes, http: httpx.Client) -> None:
    http.get("/notes", params={"q": "1"})
    assert http.get("/_sandbox/calls").json() == {
        "total": 1,
        "by_method": {"GET": 1},
        "calls": [{"method": "GET", "path": "/notes", "query": "q=1", "status": 200}],
    }


def test_the_control_door_forgets_calls_and_faults(app: Notes, http: httpx.Client) -> None:
    app.faults.append(Fault("status", times=9))
    http.get("/notes")
    http.post("/_sandbox/reset")
    assert (app.calls, app.faults) == ([], [])


def test_the_control_door_plants_a_fault(http: httpx.Client) -> None:
    http.post("/_sandbox/faults", json={"kind": "status", "status": 502})
    assert http.get("/notes").status_code == 502


@pytest.mark.parametrize(
    "fault", [{"kind": "fire"}, {"kind": "status", "colour": "red"}, {"kind": "status", "path": "("}]
)
def test_the_control_door_refuses_a_fault_that_does_not_exist(
    app: Notes, http: httpx.Client, fault: dict[str, str]
) -> None:
    assert http.post("/_sandbox/faults", json=fault).status_code == 400
    assert app.faults == []


def test_the_control_door_sets_switches(app: Notes, http: httpx.Client) -> None:
    assert http.post("/_sandbox/switches", json={"mood": "mild"}).json() == {"mood": "mild"}
    assert app.switches == {"mood": "mild"}


def test_the_control_door_refuses_an_unknown_choice(http: httpx.Client) -> None:
    response = http.post("/_sandbox/switches", json={"mood": "angry"})
    assert (response.status_code, "mood" in response.json()["error"]) == (400, True)


def test_faults_do_not_strike_the_control_door(app: Notes, http: httpx.Client) -> None:
    app.faults.append(Fault("status", times=9))
    assert http.get("/_sandbox/calls").status_code == 200


def test_the_control_door_edits_as_a_person_would() -> None:
    notes = Notes()
    notes.notes.append({"text": "old"})
    client = httpx.Client(transport=httpx.WSGITransport(app=notes), base_url="http://127.0.0.1")
    done = client.post("/_sandbox/edit", json={"resource": "notes", "key": 0, "changes": {"text": "new"}})
    refused = client.post("/_sandbox/edit", json={"resource": "songs", "key": 0, "changes": {}})
    assert (done.status_code, notes.notes, refused.status_code) == (200, [{"text": "new"}], 400)
    assert notes.calls == []
