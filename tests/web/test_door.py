"""The door: what is told is kept before it is answered, and nobody without a secret is let in."""

from __future__ import annotations

from typing import Any
from urllib.parse import urlencode

import httpx
import pytest
import sqlalchemy as sa

from mapper.state import forget, inbox
from mapper.state.tables import inbox as table
from mapper.web.door import Door
from mapper.web.serving import Serving
from tests.sync.world import World
from tests.web.conftest import REPLIES, Front

EVENT = {"sId": "a1", "Label": "ACME"}


def rows(front: Front) -> list[tuple[str | None, int]]:
    return [(row["key"], row["removed"]) for row in front.project.store.rows(sa.select(table).order_by(table.c.key))]


def test_an_event_is_kept_when_it_is_answered(front: Front) -> None:
    answer = front.post(json=EVENT)
    assert (answer.status_code, answer.json()) == (200, {"taken": True})
    assert front.waiting == {("company", "koban"): 1}
    assert front.heard == [frozenset({"company"})]


def test_each_event_of_a_list_is_kept(front: Front) -> None:
    front.post(json=[EVENT, {"sId": "a2", "Obsolete": True}])
    assert rows(front) == [("a1", 0), ("a2", 1)]


def test_the_same_told_twice_waits_once(front: Front) -> None:
    assert [front.post(json=EVENT).status_code for _ in range(2)] == [200, 200]
    assert front.waiting == {("company", "koban"): 1}


def test_what_differs_in_anything_waits_as_well(front: Front) -> None:
    front.post(json=EVENT)
    front.post(json={**EVENT, "Label": "ACME SA"})
    assert front.waiting == {("company", "koban"): 2}


@pytest.mark.parametrize(
    "body",
    [
        {"data": {"sId": "a1", "Label": "ACME"}},
        {"files": {"sId": (None, "a1"), "Label": (None, "ACME")}},
        {"data": {"payload": '{"sId": "a1", "Label": "ACME"}'}},
        {"content": b'[{"sId": "a1", "Label": "ACME"}]', "headers": {"Content-Type": "text/plain"}},
    ],
    ids=["form", "form in parts", "JSON in a form", "JSON of another type"],
)
def test_an_event_may_come_in_another_dress(front: Front, body: dict[str, Any]) -> None:
    answer = front.post(**body)
    assert (answer.status_code, rows(front)) == (200, [("a1", 0)])


@pytest.mark.parametrize("characters", ["utf-8", "windows-1252"])
def test_a_form_is_read_in_the_characters_in_which_it_was_written(front: Front, characters: str) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    front.post(content=urlencode({"sId": "Noël", "n": ""}, encoding=characters).encode(), headers=form)
    assert rows(front) == [("Noël", 0)]


def test_an_event_without_a_key_says_that_something_changed(front: Front) -> None:
    front.post(json={"Label": "ACME"})
    assert rows(front) == [(None, 0)]


def test_what_no_mapping_is_about_is_answered_and_not_kept(front: Front) -> None:
    assert front.post("leads", json=EVENT).status_code == 200
    assert (front.waiting, front.heard) == ({}, [])


@pytest.mark.parametrize("path", ["/hooks/" + "x" * 43, "/hooks/", "/hooks", "/", "/other/x"])
def test_without_a_secret_there_is_nothing_here(front: Front, path: str) -> None:
    answer = front.client.post(path, json=EVENT)
    assert (answer.status_code, answer.json()) == (404, {"error": "there is nothing here"})


def test_a_subscription_that_was_ended_is_answered_no_more(front: Front) -> None:
    inbox.unsubscribe(front.project.store, front.made["accounts"].number)
    assert front.post(json=EVENT).status_code == 404


def test_secrets_are_not_kept_as_they_are_and_are_long(front: Front) -> None:
    token = front.made["accounts"].url.rpartition("/")[2]
    digests = [row["digest"] for row in inbox.subscriptions(front.project.store)]
    assert token not in digests
    assert len(token) >= 43


def test_a_body_that_cannot_be_read_is_refused(front: Front) -> None:
    answer = front.post(content=b"{no json", headers={"Content-Type": "application/json"})
    assert (answer.status_code, front.waiting) == (400, {})


def test_an_event_of_another_shape_is_refused_in_the_vendors_words(front: Front) -> None:
    answer = front.post(json=["a1"])
    assert (answer.status_code, front.waiting) == (400, {})
    assert answer.json() == {"taken": False, "why": "an event is a table of names and values"}


def test_a_body_that_is_too_large_is_refused_unread(front: Front) -> None:
    answer = front.post(json={**EVENT, "Comments": "x" * 3000})
    assert (answer.status_code, front.waiting) == (413, {})


def test_a_caller_who_calls_too_often_is_told_when_to_come_back(front: Front) -> None:
    codes = [front.post(json={"sId": str(number)}).status_code for number in range(61)]
    assert codes == [200] * 60 + [429]
    assert front.post(json=EVENT).headers["retry-after"] == "1"
    front.world.clock.now += 1
    assert front.post(json=EVENT).status_code == 200


def test_the_rate_of_one_subscription_does_not_hold_up_another(front: Front) -> None:
    for number in range(61):
        front.post(json={"sId": str(number)})
    assert front.post("leads", json=EVENT).status_code == 200


def test_another_verb_is_refused(front: Front) -> None:
    answer = front.client.get(front.made["accounts"].url)
    assert (answer.status_code, answer.headers["allow"]) == (405, "POST")


def test_what_cannot_be_kept_is_not_said_to_be(front: Front) -> None:
    with front.project.store.transaction() as connection:
        connection.execute(sa.text("drop table inbox"))
    answer = front.post(json=EVENT)
    assert (answer.status_code, answer.json()) == (503, {"taken": False, "why": "it could not be kept"})


def test_without_the_state_nobody_is_answered_well(front: Front) -> None:
    with front.project.store.transaction() as connection:
        connection.execute(sa.text("drop table hooks"))
    answer = front.post(json=EVENT)
    assert (answer.status_code, answer.json()) == (503, {"error": "it cannot be answered now"})


def test_where_the_vendor_has_no_form_for_a_refusal_the_reason_is_given_alone(front: Front) -> None:
    answer = front.post("leads", json=["a1"])
    assert (answer.status_code, answer.json()) == (400, {"error": "an event is a table of names and values"})


def test_that_it_is_up_is_told_to_anybody(front: Front) -> None:
    assert front.client.get("/health").json() == {"status": "ok"}


# Behind a reverse proxy


@pytest.mark.parametrize("left", ["/crm", ""], ids=["left standing", "taken away"])
def test_the_path_before_the_doors_address_may_stand_or_not(world: World, left: str) -> None:
    text = (world.folder / "mapper.yaml").read_text()
    world.write("mapper.yaml", text.replace("https://hooks.example.com", "https://hooks.example.com/crm"))
    front = Front(world, world.project())
    host, path = front.made["accounts"].url.split("/crm")
    assert front.client.post(f"{host}{left}{path}", json=EVENT).status_code == 200
    assert front.client.get(f"{host}{left}/health").status_code == 200
    assert front.client.post(f"{host}/other{path}", json=EVENT).status_code == 404


@pytest.mark.parametrize(("proxies", "caller"), [(0, "127.0.0.1"), (1, "192.0.2.7"), (2, "198.51.100.9")])
def test_as_many_proxies_are_believed_as_the_project_says(
    world: World, caplog: pytest.LogCaptureFixture, proxies: int, caller: str
) -> None:
    text = (world.folder / "mapper.yaml").read_text()
    world.write("mapper.yaml", text.replace("serve: {", f"serve: {{proxies: {proxies}, "))
    with world.project() as project:
        serving = Serving(Door(project), "127.0.0.1", 0)
        # The first is what the caller himself made up, or a proxy further out said.
        headers = {"X-Forwarded-For": "203.0.113.5, 198.51.100.9, 192.0.2.7", "X-Forwarded-Host": "a.example"}
        with caplog.at_level("INFO", logger="mapper"):
            answer = httpx.post(f"http://127.0.0.1:{serving.port}/hooks/x", headers=headers)
        serving.close()
    assert answer.status_code == 404
    assert [r.getMessage() for r in caplog.records] == [f"the door: nothing is at the address that {caller} asked for"]


# Questions


@pytest.fixture
def asked(world: World) -> Front:
    """A door behind which one company is known; its vendor cannot be reached any more."""
    world.company("ACME", siret="73282932000074")
    world.sync()

    def down() -> None:
        raise httpx.ConnectError("down")

    world.before_call = down
    return Front(world, world.project())


def ask(front: Front, siret: str) -> object:
    return front.client.get(front.made["free"].url, params={"siret": siret}).json()


def test_a_question_is_answered_from_the_state_though_the_vendor_is_down(asked: Front) -> None:
    assert ask(asked, "732 829 320 00074") == {"status": True, "name": "ACME"}


def test_a_question_about_what_is_unknown_is_answered_as_such(asked: Front) -> None:
    assert ask(asked, "55203253400646") == {"status": False}


def test_a_question_that_the_project_says_nothing_of_is_answered_by_the_connector(world: World) -> None:
    text = (world.folder / "mapper.yaml").read_text()
    world.write("mapper.yaml", text.replace(REPLIES, ""))
    assert ask(Front(world, world.project()), "73282932000074") == {"status": False}


def test_a_question_for_which_the_projects_answer_has_no_value_is_answered_by_the_connector(world: World) -> None:
    text = (world.folder / "mapper.yaml").read_text()
    world.write(
        "mapper.yaml",
        text.replace(REPLIES, REPLIES.partition("answer:")[0] + 'answer: {n: "{{ query.siret | date }}"}\n'),
    )
    assert ask(Front(world, world.project()), "73282932000074") == {"status": False}


# What is looked back at

KEPT = """\
          keeps: {how: "{{ event.n }}", never: "{{ event.nowhere }}"}
        leads:"""
KNOWN = """\
        free:
          method: GET
          known: {count: "{{ events | length }}", last: "{{ (events | last).how if count else 'nothing' }}"}
"""
ANSWER = 'answer: {count: "{{ count }}", last: "{{ last }}", hooks: "{{ events | map(it.hook) | unique }}"}'


@pytest.fixture
def recalling(world: World) -> Front:
    """A door whose answers look back at what was told of one company."""
    world.company("ACME", siret="73282932000074")
    world.sync()
    text = (world.folder / "mapper.yaml").read_text()
    text = text.replace("        leads:", KEPT).replace("        free: {method: GET, answer: {status: false}}\n", KNOWN)
    world.write("mapper.yaml", text.replace(REPLIES, REPLIES.partition("answer:")[0] + ANSWER + "\n"))
    return Front(world, world.project())


def tell(front: Front, *numbers: int) -> None:
    [account] = front.world.accounts()
    for number in numbers:
        assert front.post(json={"sId": account["Guid"], "n": number}).status_code == 200


def test_an_answer_looks_back_at_what_was_told_of_its_record_the_newest_last(recalling: Front) -> None:
    assert ask(recalling, "73282932000074") == {"count": 0, "last": "nothing", "hooks": []}
    tell(recalling, 1, 2)
    recalling.post(json={"sId": "another", "n": 3})
    assert ask(recalling, "73282932000074") == {"count": 2, "last": 2, "hooks": ["accounts"]}


def test_what_is_told_again_counts_as_told_now(recalling: Front) -> None:
    tell(recalling, 1, 2, 1)
    assert ask(recalling, "73282932000074") == {"count": 2, "last": 1, "hooks": ["accounts"]}


def test_what_is_looked_back_at_neither_waits_nor_is_taken_up_and_stays(recalling: Front) -> None:
    tell(recalling, 1)
    assert recalling.waiting == {("company", "koban"): 1}
    recalling.world.before_call = None
    recalling.world.sync(hinted=True)
    assert recalling.waiting == {}
    assert ask(recalling, "73282932000074") == {"count": 1, "last": 1, "hooks": ["accounts"]}


def test_what_was_told_longer_ago_than_anything_is_kept_is_looked_back_at_no_more(recalling: Front) -> None:
    tell(recalling, 1)
    recalling.world.clock.sleep(91 * 86_400)
    tell(recalling, 2)
    recalling.world.sync()
    assert ask(recalling, "73282932000074") == {"count": 1, "last": 2, "hooks": ["accounts"]}


def test_nothing_is_kept_of_events_where_no_question_is_answered(front: Front) -> None:
    front.post(json=EVENT)
    assert inbox.kept(front.project.store, "company", "koban", "a1") == []


def test_what_is_kept_goes_when_its_record_is_forgotten(recalling: Front) -> None:
    tell(recalling, 1)
    [account] = recalling.world.accounts()
    forget.erase(recalling.project.store, "company", [("koban", account["Guid"])], None, 0.0)
    assert inbox.kept(recalling.project.store, "company", "koban", account["Guid"]) == []
