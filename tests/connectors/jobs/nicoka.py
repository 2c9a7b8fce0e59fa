"""What Nicoka's sandbox is put through under every choice that its documents leave."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

import httpx
import pytest
import yaml

from mapper.connect import Connection, Draft
from mapper.errors import AuthFailed, Missing, Rejected, RemoteError, Unclear
from mapper.sandbox.nicoka import Nicoka
from mapper.spec.document import parse
from mapper.spec.load import load_connector
from mapper.sync.agree import agree
from mapper.sync.project import Project, load
from tests.sync.world import Clock, Wire

SANDBOX = Nicoka
Said = dict[str, str]

TOKEN = {"api_token": "demo-nicoka-token"}
LOGIN = {"login": "demo", "password": "demo-nicoka-password"}
ENV = {"TOKEN": TOKEN["api_token"], "PASSWORD": LOGIN["password"]}
#: Short pages, so that a few records are a long list.
SHORT = """
common:
  listed: {operations: {list: {page: {per: 20}}}}
  changed: {operations: {changed: {page: {per: 20}}}}
  rows: {operations: {list: {page: {per: 20}}}}
lists: {employees: {page: {per: 1}}}
"""

COMPANY = """
entity: company
about: Companies of two accounts
sides:
  one: customers
  other: customers
match: [identification_number]
conflict: other
fields:
  name1: {one: name1, other: name1, required: true}
  identification_number: {one: identification_number, other: identification_number}
  email: {one: email, other: email}
  city: {one: city, other: city}
  sector: {type: choice, one: industry, other: industry, values: by label, otherwise: skip}
  tags: {type: set, one: tags, other: tags, values: by label, otherwise: skip}
  notes: {one: {path: comments, form: html}, other: {path: comments, form: html}}
"""

PERSON = """
entity: person
about: People of two accounts
sides:
  one: contacts
  other: contacts
match: [email]
fields:
  last_name: {one: last_name, other: last_name, required: true}
  email: {one: email, other: email}
  company: {type: ref, entity: company, one: customerid, other: customerid}
"""


class Pair:
    """Two accounts in a project: `one` behaves as the switches say, `other` as it does when nothing is said."""

    def __init__(self, folder: Path, switches: Said, assume: Said, *, path: str = "api", more: str = "") -> None:
        self.folder = folder
        self.more = more
        self.clock = Clock()
        self.one = Nicoka(clock=self.clock, switches=switches)
        self.other = Nicoka(clock=self.clock)
        place = f"http://127.0.0.1:1/{path}"
        self.about: dict[str, dict[str, Any]] = {
            "one": {"settings": {"base_url": place, "api_token": "${TOKEN}"}, "assume": {**assume}},
            "other": {"settings": {"base_url": "http://127.0.0.1:1/api", "api_token": "${TOKEN}"}},
        }

    def opened(self) -> Project:
        (self.folder / "mappings").mkdir(exist_ok=True)
        for name, text in (("company", COMPANY + self.more), ("person", PERSON)):
            (self.folder / f"mappings/{name}.yaml").write_text(text, encoding="utf-8")
        connections = {
            name: {"connector": "nicoka", "limits": {"per_second": 0}, **about} for name, about in self.about.items()
        }
        text = yaml.safe_dump({"connections": connections, "mappings": ["company", "person"]})
        (self.folder / "mapper.yaml").write_text(text, encoding="utf-8")
        wires = {"one": Wire(self.one), "other": Wire(self.other)}
        return load(self.folder, env=ENV, state="sqlite://", transports=wires, clock=self.clock, sleep=self.clock.sleep)

    def run(self, project: Project, *entities: str, code: int = 0, **options: Any) -> None:
        for entity in entities or ("company", "person"):
            self.clock.now += 60
            assert project.sync(entity, **options).exit_code == code

    def rows(self, resource: str) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
        """What stands in the two accounts, whatever the API shows of it."""
        found = [list(app.account.tables[resource].rows.values()) for app in (self.one, self.other)]
        return found[0], found[1]

    def row(self, side: Nicoka, name: str) -> dict[str, Any]:
        (found,) = [row for row in side.account.tables["customers"].rows.values() if row["name1"] == name]
        return found

    def is_silent(self, project: Project, code: int = 0) -> bool:
        """Whether a further run writes nothing."""
        self.one.calls.clear()
        self.other.calls.clear()
        self.run(project, "company", "person", code=code)
        calls = [*self.one.calls, *self.other.calls]
        return {call.method for call in calls if not call.path.endswith("/login")} == {"GET"}


def sync(folder: Path, switches: Said, assume: Said) -> None:
    """A company with its person is made on one side, edited on both, and found again without a double."""
    work(Pair(folder, switches, assume))


def work(pair: Pair) -> None:
    with pair.opened() as project:
        there = pair.other.add(
            "customers",
            {"name1": "ACME", "identification_number": "73282932000074", "email": "info@acme.example",
             "tags": ["1"], "industry": 120, "comments": "Rappeler.<br>Vite."},
        )  # fmt: skip
        pair.other.add("contacts", {"last_name": "Durand", "email": "marie@acme.example", "customerid": there})
        own = pair.one.add("customers", {"name1": "Bolt", "identification_number": "55210055400013", "capital": "10"})
        pair.run(project)
        customer, (contact,) = pair.row(pair.one, "ACME"), pair.rows("contacts")[0]
        assert (customer["tags"], customer["industry"], contact["customerid"]) == (["1"], 120, customer["id"])
        pair.one.edit("customers", customer["id"], {"tags": _two(pair.one), "city": "Lyon"})
        pair.one.edit("contacts", contact["id"], {"last_name": "Durand-Noël"})
        pair.other.edit("customers", there, {"email": None, "industry": None, "comments": "Fait."})
        pair.other.edit("customers", pair.row(pair.other, "Bolt")["id"], {"city": "Angers"})
        pair.run(project)
        theirs, (person,) = pair.row(pair.other, "ACME"), pair.rows("contacts")[1]
        assert (theirs["city"], theirs["tags"], theirs["comments"]) == ("Lyon", ["1", "2"], "Fait.")
        assert (person["last_name"], person["customerid"]) == ("Durand-Noël", there)
        customer, bolt = pair.row(pair.one, "ACME"), pair.row(pair.one, "Bolt")
        assert (customer["email"], customer["industry"], customer["comments"]) == (None, None, "Fait.")
        assert (bolt["id"], bolt["city"], bolt["capital"]) == (own, "Angers", "10")
        assert [len(rows) for rows in pair.rows("customers")] == [2, 2]
        assert pair.is_silent(project)
        told = agree(project, "company")
        assert (told.agreeing, told.differing) == (2, 0)


def _two(app: Nicoka) -> Any:
    """Two tags, as the account wants to have them."""
    return {"json": '["1","2"]', "csv": "1,2"}.get(app.switches["multi_writes"], ["1", "2"])


def with_login(folder: Path, switches: Said, assume: Said) -> None:
    """The main job where a token has to be bought, in runs that lie further apart than it may live."""
    pair = Pair(folder, switches, assume)
    pair.about["one"]["settings"] = {"base_url": "http://127.0.0.1:1/api", "login": "demo", "password": "${PASSWORD}"}
    work(pair)


def trial(folder: Path, switches: Said, assume: Said) -> None:
    work(Pair(folder, switches, assume, path="api/demo" if switches else "demo/api"))


def changes(folder: Path, switches: Said, assume: Said) -> None:
    """An edit is found in a list of several pages, and so is one that is made right after a run."""
    pair = Pair(folder, switches, assume)
    pair.about["one"]["override"] = yaml.safe_load(SHORT.replace("20", "2"))
    for number in range(5):
        pair.one.add("customers", {"name1": f"C {number}", "identification_number": str(number)})
        pair.clock.now += 90
    with pair.opened() as project:
        pair.clock.now += 7200
        pair.run(project, "company")
        for number in (1, 3):
            for city in ("Lyon", "Nice"):
                pair.one.edit("customers", pair.row(pair.one, f"C {number}")["id"], {"city": city})
                pair.run(project, "company")
                assert pair.row(pair.other, f"C {number}")["city"] == city
            pair.clock.now += 7200
            pair.run(project, "company")
        cities = {row["name1"]: row["city"] for row in pair.rows("customers")[1]}
        assert cities == {"C 0": None, "C 1": "Nice", "C 2": None, "C 3": "Nice", "C 4": None}


def ranges(folder: Path, switches: Said, assume: Said) -> None:
    changes(folder, switches, {"changes": "filter", **assume})


def removed(folder: Path, switches: Said, assume: Said) -> None:
    """What is deleted on one side is retired on the other, in lists that show all of the records."""
    pair = Pair(folder, switches, {**assume, "rights": "all"}, more="situations: {gone: deactivate}\n")
    for name, number in (("ACME", "73282932000074"), ("Bolt", "55210055400013")):
        pair.other.add("customers", {"name1": name, "identification_number": number})
    with pair.opened() as project:
        pair.run(project, "company", full=True)
        pair.one.remove("customers", pair.row(pair.one, "ACME")["id"])
        for _ in range(2):
            pair.run(project, "company", full=True)
        assert [pair.row(pair.other, name)["active"] for name in ("ACME", "Bolt")] == [0, 1]
        assert [len(rows) for rows in pair.rows("customers")] == [2, 2]


def doubles(folder: Path, switches: Said, assume: Said) -> None:
    """Two companies with one e-mail address: where the second is refused it is told, and the first goes on."""
    pair = Pair(folder, switches, assume)
    for name, number in (("ACME", "73282932000074"), ("Bolt", "55210055400013")):
        pair.other.add("customers", {"name1": name, "identification_number": number, "email": "info@acme.example"})
    refuses = bool(switches)
    with pair.opened() as project:
        pair.run(project, "company", code=3 if refuses else 0)
        assert len(pair.rows("customers")[0]) == (1 if refuses else 2)
        pair.other.edit("customers", pair.row(pair.other, "Bolt")["id"], {"email": "bolt@acme.example"})
        pair.run(project, "company")
        assert {row["name1"] for row in pair.rows("customers")[0]} == {"ACME", "Bolt"}
        assert len(pair.rows("customers")[0]) == 2


def too_long(folder: Path, switches: Said, assume: Said) -> None:
    """A text beyond its declared length is not sent, a record beyond the largest is told; the others go on."""
    pair = Pair(folder, switches, assume)
    phone = "  phone: {one: phone, other: phone}\n"
    pair.more = phone
    pair.other.add("customers", {"name1": "Long", "identification_number": "1", "phone": "1" * 40})
    pair.other.add("customers", {"name1": "Large", "identification_number": "2", "comments": "x" * 70_000})
    pair.other.add("customers", {"name1": "Well", "identification_number": "3", "phone": "1" * 35})
    small = "body_limit" in switches
    with pair.opened() as project:
        pair.run(project, "company", code=3)
        found = {row["name1"]: row for row in pair.rows("customers")[0]}
        assert found.keys() == ({"Well"} if small else {"Well", "Large"})
        assert found["Well"]["phone"] == "1" * 35
        causes = {one.key: one.cause for one in project.quarantine("company")}
        assert len(causes) == (2 if small else 1)


def merged(folder: Path, switches: Said, assume: Said) -> None:
    """Two customers become one: where that is told a person hears of it, else the lost one counts as gone."""
    pair = Pair(folder, switches, {"rights": "all", **assume}, more="situations: {gone: deactivate}\n")
    for name, number in (("ACME", "73282932000074"), ("Bolt", "55210055400013")):
        pair.other.add("customers", {"name1": name, "identification_number": number})
    told = assume.get("merging_log") == "losers"
    with pair.opened() as project:
        pair.run(project, "company", full=True)
        pair.one.merge("customers", pair.row(pair.one, "ACME")["id"], pair.row(pair.one, "Bolt")["id"])
        for _ in range(2):
            pair.clock.now += 60
            project.sync("company", full=True)
        assert {one.cause for one in project.quarantine("company")} == ({"merged"} if told else set())
        assert [len(rows) for rows in pair.rows("customers")] == [2, 2]
        assert [pair.row(pair.other, name)["active"] for name in ("ACME", "Bolt")] == [1, int(told)]


def rights(folder: Path, switches: Said, assume: Said) -> None:
    """What a user may not see ends nothing and empties nothing on the other side."""
    pair = Pair(folder, switches, assume, more="situations: {gone: deactivate}\n")
    there = {"name1": "ACME", "identification_number": "1", "email": "info@acme.example", "city": "Nice"}
    pair.other.add("customers", there)
    for name in ("Bolt", "Core"):
        pair.other.add("customers", {"name1": name, "identification_number": name})
    with pair.opened() as project:
        pair.run(project, "company", full=True)
        customer = pair.row(pair.one, "ACME")
        pair.one.edit("customers", customer["id"], {"city": "Lyon", "email": "own@acme.example"})
        pair.run(project, "company", full=True)
        pair.one.edit("customers", customer["id"], {"assignment_type": 2})
        for _ in range(2):
            pair.run(project, "company", full=True)
        row = pair.row(pair.other, "ACME")
        email = "info@acme.example" if switches.get("rights") == "some" else "own@acme.example"
        assert (row["active"], row["city"], row["email"]) == (1, "Lyon", email)
        pair.one.remove("customers", pair.row(pair.one, "Bolt")["id"])
        for _ in range(2):
            pair.run(project, "company", full=True)
        assert pair.row(pair.other, "Bolt")["active"] == (assume.get("rights") != "all")
        assert [len(rows) for rows in pair.rows("customers")] == [3, 3]


def moved_person(folder: Path, switches: Said, assume: Said) -> None:
    """A person who goes to another company does so on both sides."""
    pair = Pair(folder, switches, assume)
    first, second = (pair.other.add("customers", {"name1": n, "identification_number": n}) for n in ("ACME", "Bolt"))
    person = pair.other.add("contacts", {"last_name": "Durand", "email": "m@acme.example", "customerid": first})
    with pair.opened() as project:
        pair.run(project)
        pair.other.edit("contacts", person, {"customerid": second})
        pair.run(project)
        (contact,) = pair.rows("contacts")[0]
        assert contact["customerid"] == pair.row(pair.one, "Bolt")["id"]
        assert pair.is_silent(project)


def own_fields(folder: Path, switches: Said, assume: Said) -> None:
    """A tenant's own fields, which nobody maps, are still there when the record was written."""
    pair = Pair(folder, switches, assume)
    tell = {"cf_102": "Or"} if switches["custom_fields"] == "some" else {}
    own = pair.one.add("customers", {"name1": "ACME", "identification_number": "1", **tell})
    with pair.opened() as project:
        pair.run(project, "company")
        pair.other.edit("customers", pair.row(pair.other, "ACME")["id"], {"city": "Lyon"})
        pair.run(project, "company")
        row = pair.row(pair.one, "ACME")
        assert (row["id"], row["city"], row["cf_102"]) == (own, "Lyon", tell.get("cf_102"))
        assert pair.is_silent(project)


def wrong_values(folder: Path, switches: Said, assume: Said) -> None:
    """A value that the list does not have is not sent, and a link to nothing is not made."""
    pair = Pair(folder, switches, assume)
    pair.other.account.lists["143"]["999"] = "Pas ailleurs"
    there = pair.other.add("customers", {"name1": "ACME", "identification_number": "1", "industry": 999})
    pair.other.add("contacts", {"last_name": "Durand", "email": "m@acme.example", "customerid": there})
    with pair.opened() as project:
        pair.run(project)
        customer, (contact,) = pair.row(pair.one, "ACME"), pair.rows("contacts")[0]
        assert (customer["industry"], contact["customerid"]) == (None, customer["id"])
        assert pair.row(pair.other, "ACME")["industry"] == 999
        assert pair.is_silent(project)


# Without a sync


def account(switches: Said, count: int = 0, resource: str = "customers", **options: Any) -> Nicoka:
    app = Nicoka(clock=Clock(), switches=switches, **options)
    contact = app.add("contacts", {"last_name": "Petit"}) if resource == "crmActivities" else None
    for number in range(count):
        activity = {"type": 1, "contactid": contact, "subject": f"A {number}"}
        app.add(resource, activity if contact else {"name1": f"C {number}"})
    app.calls.clear()
    return app


def opened(app: Nicoka, assume: Said, settings: Said = TOKEN, override: str = "", **options: Any) -> Connection:
    over = (parse(override, "mapper.yaml"), ()) if override else None
    assert isinstance(app.clock, Clock)
    return Connection(
        "nicoka",
        load_connector("nicoka", assume=assume, override=over).spec,
        settings={"base_url": "http://127.0.0.1/api", **settings},
        assume=assume,
        allow_http=["127.0.0.1"],
        transport=httpx.WSGITransport(app=app),
        sleep=app.clock.sleep,
        clock=app.clock,
        **options,
    )


def refused(_: Path, switches: Said, assume: Said) -> None:
    """Wrong keys are told as such."""
    with opened(account(switches), assume, {**LOGIN, "password": "wrong"}) as connection, pytest.raises(AuthFailed):
        connection.get("customers", "2679")


def errors(_: Path, switches: Said, assume: Said) -> None:
    """What is refused is told, never taken for done, and means no more than the account has said."""
    app = account(switches, 1)
    meant = assume.get("error_code") == "http" or switches.get("errors_with_200", "off") == "off"
    known = assume.get("not_found") == "error" or switches.get("not_found", "404") == "empty"
    with opened(app, assume) as connection:
        gone = Missing if (meant and switches.get("not_found") != "error200") or known else Rejected
        if assume.get("error_code") == "http":
            gone = Missing
        with pytest.raises(RemoteError) as caught:
            connection.get("customers", "9")
        assert type(caught.value) is gone
        [lost] = connection.write("customers", [Draft("update", {"city": "Lyon"}, "9")])
        assert type(lost.error) in (Missing, Rejected, Unclear)
        outcomes = connection.write(
            "customers", [Draft("update", {"country": "XX"}, "2679"), Draft("update", {"city": "Lyon"}, "2679")]
        )
        assert [type(one.error) for one in outcomes] == [Rejected, type(None)]
        assert connection.get("customers", "2679")["city"] == "Lyon"
    if switches.get("errors_with_200") != "all" or assume.get("error_code") == "http":
        with opened(app, assume, {"api_token": "wrong"}) as connection, pytest.raises(AuthFailed):
            connection.get("customers", "2679")


def pace(_: Path, switches: Said, assume: Said) -> None:
    """At the connector's own pace nothing is refused; above it, what is refused is asked for once more."""
    app = account(switches, 1, rate=4)
    with opened(app, assume) as connection:
        for _number in range(12):
            connection.get("customers", "2679")
        assert [call.status for call in app.calls] == [200] * 12


def throttled(_: Path, switches: Said, assume: Said) -> None:
    app = account(switches, 1, rate=4)
    with opened(app, assume, override="limits: {per_second: 0}") as connection:
        for _number in range(12):
            connection.get("customers", "2679")
    assert 429 in {call.status for call in app.calls}


def pages(_: Path, switches: Said, assume: Said) -> None:
    """Long lists are read whole and once; what only counts up to 45 is several pages of 20."""
    for resource in ("customers", "crmActivities"):
        app = account(switches, 45, resource)
        with opened(app, assume, override=SHORT) as connection:
            read = [connection.key_of(resource, one) for page in connection.pages(resource) for one in page.records]
            assert len(connection.table("customers", "employees")) == len(app.account.tables["employees"].rows)
        assert sorted(map(int, read)) == sorted(app.account.tables[resource].rows)


def retired(folder: Path, switches: Said, assume: Said) -> None:
    """A value that can no longer be chosen stays where it is, and is not given to another record."""
    pair = Pair(folder, switches, assume)
    pair.one.account.retired = {"143": {"99": "Charbon"}}
    own = pair.one.add("customers", {"name1": "ACME", "identification_number": "1"})
    table = pair.one.account.tables["customers"]
    table.put({**table.rows[own], "industry": 99})
    pair.other.account.lists["143"]["77"] = "Charbon"
    pair.other.add("customers", {"name1": "Bolt", "identification_number": "2", "industry": 77})
    with pair.opened() as project:
        pair.run(project, "company")
        pair.other.edit("customers", pair.row(pair.other, "ACME")["id"], {"city": "Lyon"})
        pair.run(project, "company")
        assert [(row["city"], row["industry"]) for row in pair.rows("customers")[0]] == [("Lyon", 99), (None, None)]
        assert pair.row(pair.other, "Bolt")["industry"] == 77
        assert pair.is_silent(project)


def moving(_: Path, switches: Said, assume: Said) -> None:
    """A record that goes, and one that comes, while a long list is read: none of the others is passed over."""
    app = account(switches, 65)
    keep = set(app.account.tables["customers"].rows) - {2680}
    with opened(app, assume, override=SHORT) as connection:
        read: list[str] = []
        for number, page in enumerate(connection.pages("customers")):
            read += [connection.key_of("customers", record) for record in page.records]
            if number == 0:
                app.remove("customers", 2680)
                app.add("customers", {"name1": "New"})
    assert keep <= set(map(int, read))
    assert len(read) == len(set(read))


def delete(_: Path, switches: Said, assume: Said) -> None:
    """A record is updated by POST, and deleted where the account is said to know that."""
    app = account(switches, 1)
    removes = assume.get("delete") == "removes"
    with opened(app, assume) as connection:
        assert connection.can_end("customers", "delete") == removes
        for draft in (Draft("update", {"city": "Lyon"}, "2679"), Draft("delete", {}, "2679"))[: 1 + removes]:
            [outcome] = connection.write("customers", [draft])
            assert outcome.error is None
    row = app.account.tables["customers"].rows[2679]
    assert (row["city"], row["loekz"], "PUT" in app.by_method()) == ("Lyon", int(removes), False)


def values(_: Path, switches: Said, assume: Said) -> None:
    """The values of lists are read whole."""
    app = account(switches, 1)
    if assume.get("values_paging") == "paged":
        app.account.lists["143"] |= {str(key): f"Secteur {key}" for key in range(200, 450)}
    with opened(app, assume) as connection:
        sectors, countries = (connection.table("customers", f"values/{number}") for number in ("143", "13"))
    told = dict(app.account.lists["143"])
    if switches.get("values_language") == "english":
        told |= {"118": "Construction", "119": "Energy", "120": "Health"}
    assert sectors.labels == told
    assert countries.labels == app.account.lists["13"]


def mandatory(_: Path, switches: Said, assume: Said) -> None:
    """An activity without a contact is not sent where an example would have one."""
    app = account(switches)
    with opened(app, assume) as connection:
        needed = connection.spec.resources["crmActivities"].fields["contactid"].required
        native = {"type": 1, "subject": "Appeler"}
        if needed:
            native["contactid"] = app.add("contacts", {"last_name": "Petit"})
        [made] = connection.write("crmActivities", [Draft("create", native)])
        assert (made.error, needed) == (None, not switches)
        [deal] = connection.write("opportunities", [Draft("create", {"label": "Audit", **_deal(app, needed)})])
        assert deal.error is None


def _deal(app: Nicoka, needed: bool) -> dict[str, Any]:
    return {"customerid": app.add("customers", {"name1": "ACME"}), "stage": 1} if needed else {}


def message(_: Path, switches: Said, assume: Said) -> None:
    """A message that was sent is changed, or its refusal told, and the next activity is written in any case."""
    app = Nicoka(clock=Clock(), switches=switches, samples=True)
    [sent] = app.account.tables["crmActivities"].rows
    with opened(app, assume) as connection:
        [made] = connection.write(
            "crmActivities", [Draft("create", {"type": 1, "contactid": 5266, "subject": "Appeler"})]
        )
        outcomes = connection.write(
            "crmActivities", [Draft("update", {"subject": "Lu"}, key) for key in (str(sent), str(made.key))]
        )
    assert [type(one.error) for one in outcomes] == [Rejected if switches else type(None), type(None)]


def published(_: Path, switches: Said, assume: Said) -> None:
    app = account(switches)
    with opened(app, assume) as connection:
        jobs = connection.call("jobs.published", {})["data"]
    assert [job["published"] for job in jobs] == [1] * len(jobs)
    assert jobs


JOBS: dict[str, Callable[[Path, Said, Said], None]] = {
    "sync": sync,
    "with login": with_login,
    "trial": trial,
    "changes": changes,
    "ranges": ranges,
    "removed": removed,
    "doubles": doubles,
    "long": too_long,
    "merged": merged,
    "rights": rights,
    "moved person": moved_person,
    "own fields": own_fields,
    "wrong values": wrong_values,
    "refused": refused,
    "errors": errors,
    "pace": pace,
    "throttled": throttled,
    "pages": pages,
    "moving": moving,
    "delete": delete,
    "values": values,
    "retired": retired,
    "mandatory": mandatory,
    "message": message,
    "published": published,
}
