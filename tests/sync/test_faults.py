"""Vendors that fail, lie and change their minds: the next run, at the latest, makes everything right."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.errors import AuthFailed, MapperError, Nonsense, RemoteError, Throttled
from mapper.sandbox.base import Fault
from mapper.sandbox.nicoka import Nicoka
from mapper.sync.project import load
from mapper.sync.report import Report
from tests.sync.world import ENV, PROJECT, Wire, World

SYSTEMS = ("koban", "nicoka", "cirrus")
SIRET = "73282932000074"
LOGINS = PROJECT.replace('api_token: "${TOKEN}"', 'login: demo, password: "${PASSWORD}"').replace(
    'x_token: "${X_TOKEN}"',
    'client_id: demo-cirrus-client, client_secret: "${SECRET}", token_url: "http://127.0.0.1:8403/oauth/token"',
)
PASSWORDS = {"PASSWORD": "demo-nicoka-password", "SECRET": "demo-cirrus-secret"}


def with_logins(world: World) -> None:
    world.write("mapper.yaml", LOGINS)
    world.write(".env", "".join(f"{name}={value}\n" for name, value in PASSWORDS.items()))


def with_assumption(world: World, system: str, assume: str) -> None:
    line = f"    connector: {system}\n"
    world.write("mapper.yaml", PROJECT.replace(line, f"{line}    {assume}\n"))


def sizes(world: World) -> list[int]:
    return [len(world.accounts()), len(world.customers()), len(world.cirrus_accounts())]


def silent(world: World, entity: str = "company") -> bool:
    """Whether a further run writes nothing."""
    world.forget_calls()
    world.sync(entity)
    return world.writes() == dict.fromkeys(SYSTEMS, 0)


def one_of_each(world: World) -> None:
    """A company that is known to one system only, for each of the three."""
    world.company("From the first", phone="01 42 68 53 00", sector="Santé", interests=["Cuisine"])
    world.nicoka.add("customers", {"name1": "From the second", "zipcode": "75001", "city": "Paris"})
    world.cirrus.add("accounts", {"name": "From the third", "url": "https://third.example"})


PASSING = {
    "429": Fault("status", status=429),
    "429 with Retry-After": Fault("status", status=429, retry_after=7),
    "500": Fault("status", status=500),
    "502 as a page": Fault("html", status=502),
    "cut before": Fault("reset"),
    "cut in the middle": Fault("truncated"),
    "503 three times": Fault("status", status=503, times=3),
}


def like(fault: Fault, **more: Any) -> Fault:
    facts = {name: value for name, value in vars(fault).items() if name != "seen"}
    return Fault(**{**facts, **more})


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("what", PASSING)
def test_a_fault_that_passes_while_reading_is_not_felt(world: World, system: str, what: str) -> None:
    one_of_each(world)
    world.sandboxes[system].faults.append(like(PASSING[what], method="GET"))
    report = world.sync()
    assert (report.exit_code, sizes(world)) == (0, [3, 3, 3])


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("what", PASSING)
def test_a_fault_that_passes_while_writing_doubles_nothing(world: World, system: str, what: str) -> None:
    one_of_each(world)
    world.sandboxes[system].faults.append(like(PASSING[what], method="POST"))
    world.sync()
    world.sync()
    assert (sizes(world), world.causes(), silent(world)) == ([3, 3, 3], [], True)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("what", PASSING)
def test_a_fault_that_passes_during_updates_leaves_all_sides_alike(world: World, system: str, what: str) -> None:
    guid = world.company("ACME", email="old@acme.example")
    world.sync()
    if system == "koban":
        world.nicoka.edit("customers", world.customers()[0]["id"], {"email": "new@acme.example"})
    else:
        world.koban.edit("ncThird", guid, {"EMail": "new@acme.example"})
    world.sandboxes[system].faults.append(like(PASSING[what], path="ncThird|customers|accounts", after=1))
    world.sync()
    world.sync()
    held = [world.accounts()[0]["EMail"], world.customers()[0]["email"], world.cirrus_accounts()[0]["email"]]
    assert (held, world.causes()) == (["new@acme.example"] * 3, [])


@pytest.mark.parametrize("system", SYSTEMS)
def test_the_wait_that_a_vendor_asks_for_is_kept(world: World, system: str) -> None:
    one_of_each(world)
    world.sandboxes[system].faults.append(Fault("status", method="GET", status=429, retry_after=20))
    before = world.clock.now
    world.sync()
    assert world.clock.now - before >= 60 + 20


@pytest.mark.parametrize("system", SYSTEMS)
def test_a_wait_longer_than_allowed_ends_the_run_and_says_so(world: World, system: str) -> None:
    one_of_each(world)
    world.sandboxes[system].faults.append(Fault("status", method="GET", status=429, retry_after=86_400))
    with pytest.raises(Throttled, match=f"^{system} .*429") as caught:
        world.sync()
    assert caught.value.exit_code == 5


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", ["status", "html", "reset"])
def test_a_vendor_that_stays_away_while_reading_leaves_everything_for_the_next_run(
    world: World, system: str, kind: str
) -> None:
    one_of_each(world)
    world.sandboxes[system].faults.append(Fault(kind, times=1000))
    with pytest.raises(RemoteError, match=f"^{system} ") as caught:
        world.sync()
    assert (caught.value.exit_code, sizes(world)) == (5, [1, 1, 1])
    world.sandboxes[system].faults.clear()
    world.sync()
    assert (sizes(world), silent(world)) == ([3, 3, 3], True)


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("kind", ["status", "html", "reset"])
def test_a_vendor_that_goes_away_while_writing_gets_the_rest_in_the_next_run(
    world: World, system: str, kind: str
) -> None:
    for number in range(4):
        world.company(f"Company {number}")
    world.nicoka.add("customers", {"name1": "Another", "zipcode": "75001"})
    world.sandboxes[system].faults.append(Fault(kind, method="POST", times=1000, after=2 if system != "koban" else 0))
    try:
        world.sync()
    except RemoteError as error:
        assert error.exit_code == 5
    world.sandboxes[system].faults.clear()
    world.sync()
    world.sync()
    assert (sizes(world), silent(world)) == ([5, 5, 5], True)


def test_a_run_that_failed_is_told_as_failed_with_its_reason(world: World) -> None:
    one_of_each(world)
    world.nicoka.faults.append(Fault("status", times=1000))
    with pytest.raises(RemoteError):
        world.sync()
    with world.project() as project:
        run = project.store.runs()[0]
    assert (run["outcome"], run["message"].split(" ")[0]) == ("failed", "nicoka")


# Tokens


def test_tokens_that_end_in_the_middle_of_a_run_are_bought_anew(world: World) -> None:
    with_logins(world)
    world.nicoka.set_switches({"token_life": "short"})
    world.cirrus.set_switches({"token_life": "short"})
    for number in range(6):
        world.company(f"Company {number}", sector="Santé")
    world.before_call = lambda: world.clock.sleep(9)
    report = world.sync()
    calls = [*world.nicoka.calls, *world.cirrus.calls]
    logins = [call.path for call in calls if call.path.endswith(("/login", "/token"))]
    assert (report.exit_code, sizes(world)) == (0, [6, 6, 6])
    assert len(logins) > 4


def test_a_token_that_is_taken_back_in_the_middle_of_a_run_is_bought_anew(world: World) -> None:
    with_logins(world)
    for number in range(3):
        world.company(f"Company {number}")
    world.cirrus.faults.append(Fault("hook", method="POST", path="accounts", after=1, hook=world.cirrus.tokens.revoke))
    report = world.sync()
    assert (report.exit_code, sizes(world)) == (0, [3, 3, 3])


@pytest.mark.parametrize(
    ("name", "connection"), [("PASSWORD", "nicoka"), ("SECRET", "cirrus")], ids=["password", "client secret"]
)
def test_a_wrong_password_is_told_without_showing_it(world: World, name: str, connection: str) -> None:
    with_logins(world)
    world.write(".env", "".join(f"{n}={v if n != name else 'wrong-one'}\n" for n, v in PASSWORDS.items()))
    world.company("ACME")
    with pytest.raises(AuthFailed, match=f"^{connection} login: signing in was refused") as caught:
        world.sync()
    assert "wrong-one" not in str(caught.value)


@pytest.mark.parametrize("refusal", ["401", "403", "login"])
def test_refused_keys_are_told_as_such(world: World, refusal: str) -> None:
    world.koban.set_switches({"refusal": refusal})
    world.write("mapper.yaml", PROJECT.replace('"${KEY}"', '"${TOKEN}"'))
    with pytest.raises(AuthFailed, match="^koban "):
        world.sync()


# Pages


def test_pages_that_repeat_are_noticed_before_anything_is_written(world: World) -> None:
    for number in range(201):
        world.nicoka.add("customers", {"name1": f"Company {number}", "zipcode": "75001"})
    world.nicoka.set_switches({"paging": "page"})
    with pytest.raises(Nonsense, match="nicoka customers.list.*ignores paging"):
        world.sync()
    assert sizes(world) == [0, 201, 0]


def test_a_record_that_slips_to_the_next_page_is_read_once(world: World) -> None:
    """Something is added at the head of the list after its first page was read."""
    for number in range(60):
        world.cirrus.add("accounts", {"name": f"Company {number}", "number": f"B-{number:03}"})
    arrives = Fault("hook", path="rest/accounts$", after=1, hook=lambda: add_first(world))
    world.cirrus.faults.append(arrives)
    world.sync()
    world.sync()
    assert (sizes(world), silent(world)) == ([61, 61, 61], True)


def add_first(world: World) -> None:
    world.cirrus.add("accounts", {"name": "Early", "number": "A-000"})


def test_a_record_that_slips_out_between_two_pages_is_found_by_the_next_run(world: World) -> None:
    """Something is removed from the head of the list after its first page was read."""
    first = world.cirrus.add("accounts", {"name": "Leaves", "number": "A-000"})
    for number in range(60):
        world.cirrus.add("accounts", {"name": f"Company {number}", "number": f"B-{number:03}"})
    world.cirrus.faults.append(
        Fault("hook", path="rest/accounts$", after=1, hook=lambda: world.cirrus.remove("accounts", first))
    )
    world.sync()
    world.sync()
    assert {row["Label"] for row in world.accounts()} >= {f"Company {number}" for number in range(60)}
    assert len(world.cirrus_accounts()) == 60


# Answers that make no sense


class Liar(httpx.BaseTransport):
    """Gives one and the same answer to the calls that fit, and lets the others through."""

    def __init__(self, wire: httpx.BaseTransport, fits: Callable[[httpx.Request], bool], body: Any) -> None:
        self.wire, self.fits, self.body = wire, fits, body

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        if self.fits(request):
            return httpx.Response(200, json=self.body, request=request)
        return self.wire.handle_request(request)


LISTS = {"koban": "GetUpdated", "nicoka": "/customers", "cirrus": "/accounts"}


def lied_to(world: World, system: str, body: Any, *, verb: str = "GET") -> Report:
    """A run in which one vendor's list, or its answers to creates, are always this body."""

    def fits(request: httpx.Request) -> bool:
        path = "PostMany" if system == "koban" and verb == "POST" else LISTS[system]
        return request.method == verb and request.url.path.endswith(path)

    transports: dict[str, httpx.BaseTransport] = {name: Wire(app) for name, app in world.sandboxes.items()}
    transports[system] = Liar(transports[system], fits, body)
    world.clock.now += 60
    with load(world.folder, env=ENV, transports=transports, clock=world.clock, sleep=world.clock.sleep) as project:
        return project.sync("company")


NONSENSE: dict[str, Any] = {
    "a text": "hello",
    "a number": 17,
    "an object without a list": {"ok": True},
    "a list of numbers": [1, 2, 3],
    "an object in place of the list": {"List": {"a": 1}, "data": {"a": 1}, "items": {"a": 1}},
    "a text in place of the list": {"List": "none", "data": "none", "items": "none"},
    "records without a key": {"List": [{"a": 1}], "data": [{"a": 1}], "items": [{"a": 1}], "total": 1, "Length": 1},
    "nulls as records": {"List": [None], "data": [None], "items": [None], "total": 1, "Length": 1, "pages": 1},
    "an empty page of a list that is not empty": {
        "List": [], "data": [], "items": [], "total": 5, "Length": 5, "pages": 1, "page": 1,
    },
    "no list in the place of a list that is not empty": {
        "List": None, "data": None, "items": None, "total": 5, "Length": 5, "pages": 1, "page": 1,
    },
}  # fmt: skip


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("what", NONSENSE)
def test_a_list_that_makes_no_sense_ends_the_run_before_anything_is_written(
    world: World, system: str, what: str
) -> None:
    one_of_each(world)
    with pytest.raises(Nonsense, match=f"^{system} ") as caught:
        lied_to(world, system, NONSENSE[what])
    assert (caught.value.exit_code, sizes(world)) == (5, [1, 1, 1])


CREATED: dict[str, Any] = {
    "null": None,
    "a text": "ok",
    "an empty list": [],
    "an empty object": {},
    "objects where ids belong": {"Result": [{}], "object": {"customerid": {}}, "id": {}},
    "more ids than records": {"Result": ["a", "b", "c"], "Success": True, "object": [1, 2], "id": [1, 2]},
}


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("what", CREATED)
def test_a_create_that_was_not_made_and_not_answered_sensibly_does_not_stop_the_run(
    world: World, system: str, what: str
) -> None:
    """The vendor made nothing, so the record is still to be made, or set aside for a person; the others go on."""
    if system == "koban":
        world.nicoka.add("customers", {"name1": "ACME", "zipcode": "69001"})
    else:
        world.company("ACME")
    lied_to(world, system, CREATED[what], verb="POST")
    world.sync()
    world.sync()
    there = dict(zip(SYSTEMS, sizes(world), strict=True))
    others = {name: count for name, count in there.items() if name != system}
    assert (set(others.values()), there[system] == 1 or bool(world.causes())) == ({1}, True)


# Batches


def undeclared(world: World, number: int) -> None:
    """A customer with a tag that the first system does not know, and refuses."""
    world.nicoka.account.lists["216"]["7"] = "Nowhere else"
    world.nicoka.add("customers", {"name1": f"Company {number:03}", "zipcode": "75001", "tags": '["7"]'})


def test_a_batch_with_one_refused_record_is_halved_until_it_stands_alone(world: World) -> None:
    for number in range(100):
        if number == 41:
            undeclared(world, number)
        else:
            world.nicoka.add("customers", {"name1": f"Company {number:03}", "zipcode": "75001"})
    report = world.sync()
    posts = sum(call.method == "POST" for call in world.koban.calls)
    assert (len(world.accounts()), report.sides["koban"].created, report.sides["koban"].failed) == (99, 99, 1)
    assert "Company 041" not in {row["Label"] for row in world.accounts()}
    assert [(side, cause) for side, cause, _ in world.causes()] == [("koban", "refused")]
    assert posts <= 1 + 2 * 7


def test_a_batch_of_which_parts_are_taken_is_told_part_by_part(world: World) -> None:
    world.koban.set_switches({"batch": "partial"})
    for number in range(6):
        if number == 2:
            undeclared(world, number)
        else:
            world.nicoka.add("customers", {"name1": f"Company {number:03}", "zipcode": "75001"})
    report = world.sync()
    assert (len(world.accounts()), report.sides["koban"].created) == (5, 5)
    assert [side for side, _, _ in world.causes()] == ["koban"]


@pytest.mark.parametrize(("count", "posts"), [(100, 1), (101, 2), (201, 3)])
def test_batches_are_filled(world: World, count: int, posts: int) -> None:
    for number in range(count):
        world.nicoka.add("customers", {"name1": f"Company {number:03}", "zipcode": "75001"})
    world.sync(sources=("nicoka",))
    assert (len(world.accounts()), sum(call.method == "POST" for call in world.koban.calls)) == (count, posts)


def test_a_first_run_makes_the_fewest_calls(world: World) -> None:
    """250 records, pages of 100 and 200: three pages read, one create each, lists asked for once."""
    for number in range(250):
        world.company(f"Company {number:03}")
    world.sync()
    lists = [call for call in world.nicoka.calls if "values" in call.path]
    assert sum(call.method == "GET" for call in world.koban.calls) == 3
    assert world.nicoka.by_method() == {"POST": 250, "GET": 1 + len({call.path for call in lists})}
    assert len(lists) == len({call.path for call in lists})


# Switches of the simulators: each choice is tried in tests/connectors/test_unknowns.py


def test_an_account_that_demands_more_is_synced(world: World) -> None:
    world.nicoka = Nicoka(clock=world.clock, required={"customers": ("name1", "zipcode")})
    guid = world.company("ACME", zip="69001")
    world.sync()
    world.nicoka.edit("customers", int(world.customers()[0]["id"]), {"city": "Nantes"})
    world.sync()
    account = next(row for row in world.accounts() if row["Guid"] == guid)
    assert (account["Address"]["City"], len(world.customers()), silent(world)) == ("Nantes", 1, True)


# Moments


def moment(text: str) -> float:
    return datetime.fromisoformat(text).replace(tzinfo=UTC).timestamp()


#: Before, during and after the hours that a wall clock in Paris has twice or not at all.
AROUND = {
    "autumn, an hour before": ("2025-10-25T23:30", 60),
    "autumn, in the first of the two hours": ("2025-10-26T00:30", 60),
    "autumn, from the first into the second": ("2025-10-26T00:59", 120),
    "autumn, in the second of the two hours": ("2025-10-26T01:20", 600),
    "spring, into the hour that is not there": ("2026-03-29T00:59", 120),
    "spring, right after": ("2026-03-29T01:00", 1),
    "a year's end": ("2025-12-31T22:59", 120),
}


@pytest.mark.parametrize("assume", ["sorted", "filter", "filter, range: moments"])
@pytest.mark.parametrize("when", AROUND)
def test_an_edit_around_the_change_of_the_clocks_is_found(world: World, when: str, assume: str) -> None:
    with_assumption(world, "nicoka", f"assume: {{changes: {assume}}}")
    start, gap = AROUND[when]
    world.clock.now = moment(start) - 3 * 86400
    world.company("ACME", siret=SIRET)
    world.sync()
    world.clock.now = moment(start) - 60
    world.sync()
    world.clock.now += gap
    world.nicoka.edit("customers", world.customers()[0]["id"], {"email": "new@acme.example"})
    world.sync()
    assert world.accounts()[0]["EMail"] == "new@acme.example"


@pytest.mark.parametrize("shift", ["0", "1", "2"])
@pytest.mark.parametrize("when", [when for when in AROUND if "into" in when])
def test_an_edit_is_found_whatever_the_vendors_clock_is_off_by(world: World, when: str, shift: str) -> None:
    world.koban.set_switches({"stamp_shift": shift})
    start, gap = AROUND[when]
    world.clock.now = moment(start) - 3 * 86400
    guid = world.company("ACME", siret=SIRET)
    world.sync()
    world.clock.now = moment(start) - 60
    world.sync()
    world.clock.now += gap
    world.koban.edit("ncThird", guid, {"EMail": "new@acme.example"})
    world.sync()
    assert world.customers()[0]["email"] == "new@acme.example"


def test_an_edit_while_the_list_is_being_read_is_found_by_the_next_run(world: World) -> None:
    guid = world.company("ACME")
    world.sync()
    world.koban.faults.append(Fault("hook", path="PostMany|GetUpdated", hook=lambda: world.clock.sleep(0.5)))
    world.cirrus.faults.append(
        Fault("hook", path="accounts$", hook=lambda: world.koban.edit("ncThird", guid, {"EMail": "new@acme.example"}))
    )
    world.sync()
    world.sync()
    assert world.customers()[0]["email"] == "new@acme.example"


# Secrets


def test_secrets_stand_in_no_message_report_log_or_state(
    world: World, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    with_logins(world)
    caplog.set_level("DEBUG")
    for number in range(3):
        world.company(f"Company {number}")
    world.nicoka.faults.append(Fault("status", method="POST", path="customers", status=422))
    world.cirrus.faults.append(Fault("lost", method="POST", path="accounts"))
    shown = [json.dumps(world.plan().as_dict()), json.dumps(world.sync().as_dict(), default=str)]
    world.nicoka.faults.append(Fault("status", status=500, times=50))
    with pytest.raises(MapperError) as caught:
        world.sync()
    shown += [str(caught.value), repr(caught.value), repr(vars(caught.value)), caplog.text, *capfd.readouterr()]
    shown += [str(cause) for cause in world.causes()]
    state = b"".join(file.read_bytes() for file in world.folder.glob("mapper.db*"))
    found = [s for s in secrets() for text in (*shown, state.decode("latin-1")) if s in text]
    assert (found, len(state) > 0) == ([], True)


def secrets() -> list[str]:
    return [*PASSWORDS.values(), ENV["KEY"], ENV["USER_KEY"], "eyJ"]


def test_a_secret_that_a_vendor_repeats_is_not_stored_or_shown(world: World) -> None:
    world.company("ACME")
    body = {"error": f"the key {ENV['TOKEN']} may not do this", "code": 9}
    report = lied_to(world, "nicoka", body, verb="POST")
    state = b"".join(file.read_bytes() for file in world.folder.glob("mapper.db*"))
    assert report.sides["nicoka"].failed == 1
    assert (ENV["TOKEN"].encode() in state, ENV["TOKEN"] in str(world.causes())) == (False, False)


# The machine


def test_a_stop_by_hand_leaves_nothing_that_the_next_run_does_not_put_right(world: World, tmp_path: Path) -> None:
    for number in range(4):
        world.company(f"Company {number}")
    left = iter(range(9))

    def interrupt() -> None:
        if next(left, None) is None:
            raise KeyboardInterrupt

    world.before_call = interrupt
    with pytest.raises(KeyboardInterrupt):
        world.sync()
    world.before_call = None
    world.sync()
    assert (sizes(world), world.causes(), silent(world)) == ([4, 4, 4], [], True)
