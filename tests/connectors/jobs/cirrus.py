"""What Cirrus is put through under every choice that its documents leave: companies and people kept alike with another
system, and each kind of record by itself.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.connect.shapes import Outcome
from mapper.errors import AuthFailed, MapperError, NotAllowed
from mapper.records import Record
from mapper.sandbox.base import Fault
from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import tenant
from mapper.spec.load import load_connector
from mapper.spec.project import Catalogue, CustomField
from mapper.sync.agree import agree
from mapper.sync.project import Project
from tests.sync.world import Clock, World

SANDBOX = Cirrus
Job = Callable[[Path, dict[str, str], dict[str, str]], None]

ACCOUNT, CONTACT, USER = 1002, 5002, 1

#: What is created of each kind, the member that is changed, and what it is changed to.
KINDS: dict[str, tuple[Record, str, Any]] = {
    "accounts": ({"name": "Nya AB", "typeid": 1, "userid": USER, "externalkey": "k-1"}, "info", "Ring"),
    "contacts": ({"name": "Eva", "surname": "Ask", "accountid": ACCOUNT, "externalkey": "k-2"}, "title", "VD"),
    "articles": ({"name": "Truck", "price": 9.5, "vat": 25, "number": "T-9", "externalkey": "k-3"}, "url1", "x.se"),
    "opportunities": (
        {
            "accountid": ACCOUNT,
            "contactid": CONTACT,
            "title": "Ny affär",
            "userid": USER,
            "statusid": 1,
            "typeid": 1,
            "estimatedenddate": "2024-07-31",
        },
        "phone",
        "+46701740605",
    ),
    "activities": ({"accountid": ACCOUNT, "typeid": 1, "userid": USER, "externalkey": "k-4"}, "result", "Klart"),
    "leads": ({"title": "Mässa", "value": 100}, "contactname", "Per"),
    "orders": (
        {
            "placedate": "2024-06-01T00:00:00Z",
            "account": {"id": ACCOUNT},
            "user": {"id": USER},
            "contact": {"id": CONTACT},
            "status": {"id": 51},
            "externalkey": "k-5",
            "rows": [{"quantityordered": 2, "price": 9.5, "article": {"id": 4001}}],
        },
        "marking",
        "Brådskande",
    ),
    "quotes": (
        {
            "placedate": "2024-06-01",
            "status": {"id": 121},
            "deliveryterm": {"id": 11},
            "paymentterm": {"id": 61},
            "deliverytype": {"id": 21},
            "account": {"id": ACCOUNT},
            "contact": {"id": CONTACT},
            "user": {"id": USER},
            "externalkey": "k-6",
            "rows": [{"quantity": 3, "article": {"id": 4001}}],
        },
        "marking",
        "Brådskande",
    ),
    "objects": ({"name": "Truck 18", "manufacturer": {"id": ACCOUNT}, "externalkey": "k-7"}, "url", "https://x.se"),
    "contracts": (
        {
            "number": "K-9",
            "start": "2024-01-01T00:00:00Z",
            "end": "2025-01-01T00:00:00Z",
            "contact": {"id": CONTACT},
            "responsible": {"id": USER},
            "reminderdays": 10,
            "externalkey": "k-8",
        },
        "description",
        "Förlängt",
    ),
    "users": (
        {"name": "Nils", "surname": "Ek", "cellphone": "+46701740605", "title": "Säljare", "roles": [{"id": 7}]},
        "phone",
        "+4684650050",
    ),
    "missions": ({"name": "Höst", "active": 1}, "description", "Kampanj"),
}
#: What is looked at under every choice; the other kinds are, where the vendor is as it is likeliest.
MAIN = {"accounts", "contacts", "opportunities", "activities", "articles", "orders", "missions"}


def once(job: Job) -> Job:
    """A job that is not done again for a case in which it has ended well: many choices mean the usual server."""
    done = set()

    @wraps(job)
    def work(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
        case = (*sorted(switches.items()), "", *sorted(assume.items()))
        if case not in done:
            job(folder, switches, assume)
            done.add(case)

    return work


# --- companies and people --------------------------------------------------------------------------------------------

PROJECT = """
connections:
  koban:
    connector: koban
    settings: {base_url: "http://127.0.0.1/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
    catalogue: {fields: {accounts.MoreFields: {secteur: {id: 5583bc220dc3610a94746d3b, type: list}}}}
  cirrus:
    connector: cirrus
    settings: {base_url: "http://127.0.0.1/rest", x_token: "${X_TOKEN}", owner_id: 1}
    limits: {per_second: 0}
    assume: {ASSUME}
    catalogue: {CATALOGUE}
mappings: [company, person]
"""
COMPANY = """
entity: company
about: Companies
sides: {koban: {resource: accounts}, cirrus: {resource: accounts, where: "{{ active == 1 }}"}}
match: [name]
conflict: koban
fields:
  name: {koban: Label, cirrus: name, required: true}
  email: {type: email, koban: EMail, cirrus: email}
  zip: {koban: Address.ZipCode, cirrus: addresses.visiting.zip}
  city: {koban: Address.City, cirrus: addresses.visiting.city}
  status:
    type: choice
    koban: Status.Code
    cirrus: typeid
    values: {prospect: {koban: PRO, cirrus: Prospekt}, client: {koban: CLI, cirrus: Kund}}
    default: prospect
  sector: {type: choice, koban: MoreFields.secteur, cirrus: dynamicfields.Bransch, values: by label}
  interests: {type: set, koban: Tags.INTERET, cirrus: tags, values: by label, otherwise: skip}
  notes: {koban: Comments, cirrus: info}
"""
PERSON = """
entity: person
about: People
sides: {koban: {resource: contacts}, cirrus: {resource: contacts, accepts: "{{ company }}"}}
match: [email]
conflict: koban
fields:
  last_name: {koban: Name, cirrus: surname, required: true}
  first_name: {koban: FirstName, cirrus: name}
  email: {type: email, koban: EMail, cirrus: email}
  company: {type: ref, entity: company, koban: Third.Guid, cirrus: accountid}
  function: {koban: Function, cirrus: function}
"""


def world_of(folder: Path, switches: dict[str, str], assume: dict[str, str], **mappings: str) -> World:
    """Koban and a Cirrus that is so, and a project between them that says so."""
    world = World(folder)
    said = ", ".join(f'{name}: "{choice}"' for name, choice in assume.items())
    types = "{lists: {account_types: {1: Kund, 3: Prospekt}}}" if switches.get("account_types") == "gone" else "{}"
    project = PROJECT.replace("{ASSUME}", f"{{{said}}}").replace("{CATALOGUE}", types)
    world.write("mapper.yaml", project.replace("[company, person]", f"[{', '.join(mappings)}]"))
    for name, text in mappings.items():
        world.write(f"mappings/{name}.yaml", text)
    world.cirrus.set_switches(switches)
    return world


def run(world: World, project: Project, told: str = "") -> None:
    """A run that sets nothing aside, but for a company of which these words are told."""
    for entity in ("company", "person"):
        world.clock.now += 60
        aside = bool(told) and entity == "company"
        assert project.sync(entity).exit_code == (3 if aside else 0)
        assert [told in one.message for one in project.quarantine(entity)] == [True] * aside


@once
def sync(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A company and a person of each system, created in the other, changed in both, and then left alone."""
    world = world_of(folder, switches, assume, company=COMPANY, person=PERSON)
    guid = world.company(email="info@acme.example", sector="Santé", interests=["Cuisine", "Bricolage"])
    world.koban.add_person({"last_name": "Durand", "first_name": "Marie", "email": "marie@acme.example"}, guid)
    bolt = world.cirrus.add("accounts", {"name": "Bolt", "email": "info@bolt.example", "tags": [{"id": 101}]})
    world.cirrus.set_dynamic("account", bolt, "Bransch", "Énergie")
    world.cirrus.set_dynamic("account", bolt, "Premium", "1")
    ask = {"name": "Eva", "surname": "Ask", "email": "eva@bolt.example", "title": "VD", "accountid": bolt}
    eva = world.cirrus.add("contacts", ask)
    with world.project() as project:
        run(world, project)
        data = world.cirrus.data()
        [acme] = [row for row in data["accounts"] if row["name"] == "ACME"]
        [marie] = [row for row in data["contacts"] if row["surname"] == "Durand"]
        assert [tag["name"] for tag in acme["tags"]] == ["Cuisine", "Bricolage"]
        assert (acme["dynamicfields"]["Bransch"], marie["account"]["id"]) == ("Santé", acme["id"])
        world.cirrus.edit("accounts", acme["id"], {"email": "ny@acme.example", "fax": "+4684650050"})
        world.cirrus.edit("contacts", eva, {"function": "Inköpare"})
        other = next(row for row in world.accounts() if row["Label"] == "Bolt")
        world.koban.edit("ncThird", other["Guid"], {"Comments": "Rappeler.", "EMail": None})
        world.koban.edit("ncThird", guid, {"Tags": [{"TagCategoryCode": tenant.INTERESTS, "Label": "Cuisine"}]})
        stays = "Bricolage" if switches.get("arrays") == "merge" else ""
        # What was refused is tried twice more, and then left to a person.
        for _ in range(3 if stays else 1):
            run(world, project, stays)
        world.forget_calls()
        assert [project.sync(entity).exit_code for entity in ("company", "person")] == [0, 0]
        assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
        found = [agree(project, entity) for entity in ("company", "person")]
    assert [(one.agreeing, one.differing) for one in found] == [(1, 1) if stays else (2, 0), (2, 0)]
    data = world.cirrus.data()
    accounts = {row["name"]: row for row in data["accounts"]}
    assert len(accounts) == len(data["accounts"]) == 3
    assert [tag["name"] for tag in accounts["ACME"]["tags"]] == ["Cuisine", *([stays] if stays else [])]
    assert (accounts["Bolt"]["info"], accounts["ACME"]["fax"]) == ("Rappeler.", "+4684650050")
    assert not accounts["Bolt"]["email"]
    assert accounts["Bolt"]["dynamicfields"]["Premium"] == "1"
    assert [(row["surname"], row["title"]) for row in data["contacts"]] == [("Ask", "VD"), ("Durand", marie["title"])]
    told = {row["Label"]: row for row in world.accounts()}
    assert (len(told), told["ACME"]["EMail"]) == (2, "ny@acme.example")
    assert [tag["Label"] for tag in told["ACME"]["Tags"]] == ["Cuisine"]
    assert [row["Function"] for row in world.koban.data()["ncContact"] if row["Name"] == "Ask"] == ["Inköpare"]


# --- each kind of record ---------------------------------------------------------------------------------------------


def opened(
    app: Cirrus, assume: dict[str, str] | None = None, catalogue: Catalogue | None = None, **settings: str
) -> Connection:
    return Connection(
        "cirrus",
        load_connector("cirrus", assume=assume).spec,
        settings={"base_url": "http://127.0.0.1/rest", **(settings or {"x_token": "demo-cirrus-token"})},
        assume=assume,
        catalogue=catalogue,
        transport=httpx.WSGITransport(app=app),
        clock=app.clock,
        sleep=getattr(app.clock, "sleep", lambda seconds: None),
    )


def created(connection: Connection, kind: str) -> Outcome:
    native, _, _ = KINDS[kind]
    [outcome] = connection.write(kind, [Draft("create", native, stamp=native.get("externalkey", ""))])
    return outcome


def listed(connection: Connection, kind: str) -> list[Record]:
    return [record for page in connection.pages(kind) for record in page.records]


@once
def walk(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Lists of several pages are read whole, also where they become shorter meanwhile."""
    app = Cirrus(switches=switches, tag_carrier=False)
    for number in range(51):
        account = app.add("accounts", {"name": f"N {number}", "number": str(number)})
        app.add("contacts", {"name": "Eva", "surname": f"N {number}", "email": f"n{number}@x.se", "accountid": account})
    gone = iter(sorted(app.data()["contacts"], key=lambda row: row["id"])[:1])
    app.faults.append(Fault("hook", path="contacts$", after=1, hook=lambda: app.remove("contacts", next(gone)["id"])))
    with opened(app, assume) as connection:
        assert len({row["id"] for row in listed(connection, "accounts")}) == 51
        assert len({row["id"] for row in listed(connection, "contacts")} - {5001}) == 50
    assert all("sorting" in call.query for call in app.calls)


@once
def kinds(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A record of each kind is created, found in its list, changed, and read back."""
    app = Cirrus(samples=True, switches=switches)
    with opened(app, assume) as connection:
        offered = connection.spec.resources.keys()
        for kind in sorted((MAIN if switches or assume else KINDS.keys()) & offered):
            if kind == "orders" and "orders_addon" in switches:
                continue
            native, member, value = KINDS[kind]
            before = {connection.key_of(kind, record) for record in listed(connection, kind)}
            outcome = created(connection, kind)
            [new] = [one for one in listed(connection, kind) if connection.key_of(kind, one) not in before]
            key = connection.key_of(kind, new)
            knows = "externalkey" in native or switches.get("create_reply") in ("object", "array", "location", "id")
            assert (outcome.key, outcome.error is None) == (key if knows else "", knows), kind
            [changed] = connection.write(kind, [Draft("update", {member: value}, key=key)])
            assert changed.error is None, kind
            found = connection.get(kind, key)
            assert found[member] == value, kind
            plain = [name for name in native if name in found and not isinstance(native[name], dict | list)]
            assert {name: found[name] for name in plain} == {name: native[name] for name in plain}
            assert "rows" not in native or found["rows"][0]["article"]["name"] == "Truck T1"


@once
def creates(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A new record is known by its id, or by its external key; one without either is set aside."""
    kinds(folder, switches, assume)
    sync(folder, switches, assume)


@once
def arrays(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Tags and rows of an update take the place of those that were there, or are not written so."""
    sync(folder, switches, assume)
    app = Cirrus(samples=True, switches=switches)
    with opened(app, assume) as connection:
        [order] = listed(connection, "orders")
        if connection.spec.resources["orders"].fields["rows"].write_once:
            return
        rows = [{"quantityordered": 5, "article": {"id": 4001}}]
        [outcome] = connection.write("orders", [Draft("update", {"rows": rows}, key=str(order["id"]))])
        assert outcome.error is None
        assert [row["quantityordered"] for row in connection.get("orders", str(order["id"]))["rows"]] == [5]


@once
def orders(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A tenant without orders says so, and nothing else suffers."""
    kinds(folder, switches, assume)
    with opened(Cirrus(samples=True, switches=switches), assume) as connection:
        if switches:
            with pytest.raises(MapperError):
                listed(connection, "orders")
        assert len(listed(connection, "quotes")) == 1


@once
def dynamic(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Dynamic fields are written and read on every kind that has them."""
    app = Cirrus(samples=True, switches=switches)
    catalogue = Catalogue(fields={f"{kind}.dynamicfields": fields for kind, fields in UNLISTED.items()})
    with opened(app, assume, catalogue=catalogue) as connection:
        for kind, key, field, label in DYNAMIC:
            connection.use(kind, {"dynamicfields": None})
            connection.custom(kind, "dynamicfields")
            [outcome] = connection.write(kind, [Draft("update", {"dynamicfields": {field: label}}, key=key)])
            assert (outcome.error, outcome.failed) == (None, {}), kind
            assert connection.get(kind, key)["dynamicfields"][field] == label, kind
        [outcome] = connection.write("accounts", [Draft("update", {"dynamicfields": {"Premium": True}}, key="1002")])
        assert outcome.failed == {}
    [account] = [row for row in app.data()["accounts"] if row["id"] == 1002]
    assert account["dynamicfields"]["Premium"] == "1"


#: What no definition tells, and a project has to.
UNLISTED = {
    "quotes": {"Projektnummer": CustomField(id="41")},
    "activities": {"Resultatkod": CustomField(id="61")},
}
DYNAMIC = [
    ("accounts", "1002", "Bransch", "Énergie"),
    ("orders", "2001", "Leverans", "Tåg"),
    ("quotes", "2501", "Projektnummer", "P-1"),
    ("opportunities", "8001", "Konkurrent", "Beta"),
    ("activities", "7001", "Resultatkod", "R-2"),
    ("articles", "4001", "Färg", "Blå"),
]


@once
def login(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A token is bought, renewed before it ends, and once after it was refused."""
    app = Cirrus(switches=switches, clock=Clock())
    keys = {"client_id": "demo-cirrus-client", "client_secret": "demo-cirrus-secret"}
    keys |= {"scope": "rest"} if switches.get("scope") == "needed" else {}
    with opened(app, assume, **keys, token_url="http://127.0.0.1/oauth/token") as connection:
        for _ in range(3):
            assert len(listed(connection, "accounts")) == 1
            app.clock.sleep(50)
        app.tokens.revoke()
        assert len(listed(connection, "accounts")) == 1
    with (
        opened(app, assume, **{**keys, "client_secret": "old"}, token_url="http://127.0.0.1/oauth/token") as connection,
        pytest.raises(AuthFailed),
    ):
        listed(connection, "accounts")


@once
def refusals(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A refused login ends all, a missing right that one thing, and too many calls nothing."""
    app = Cirrus(switches={**switches, "rate": "low"}, clock=Clock())
    other = app.add("accounts", {"name": "Bolt", "userid": 2})
    with opened(app, assume, x_token="old") as connection, pytest.raises(AuthFailed):
        listed(connection, "accounts")
    with opened(app, assume) as connection:
        if "hidden" in switches:
            with pytest.raises(NotAllowed):
                connection.get("accounts", str(other))
        if "orders_addon" in switches:
            with pytest.raises(NotAllowed):
                listed(connection, "orders")
        for _ in range(5):
            assert "1000" in {connection.key_of("accounts", row) for row in listed(connection, "accounts")}
    assert {401, 403} & {call.status for call in app.calls} and 429 in {call.status for call in app.calls}


@once
def unasked(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Lists are read whole: no question is put of which nobody knows what it asks."""
    app = Cirrus(samples=True, switches=switches)
    with opened(app, assume) as connection:
        for kind in KINDS:
            assert len(listed(connection, kind)) == len(app.data()[kind]), kind
            created(connection, kind)
    asked = {name for call in app.calls for name in parse_qs(call.query)}
    assert asked <= {"page", "per_page", "sorting", "active", "externalkey"}


@once
def refused(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A record that the vendor refuses is told in its words, and the others are written."""
    app = Cirrus(switches=switches)
    app.add("accounts", {"name": "ACME", "number": "7"})
    base = {"name": "Ny AB", "typeid": 1, "userid": USER}
    with opened(app, assume) as connection:
        told = {}
        for key, more in {"long": {"info": "x" * 300}, "taken": {"number": "7"}, "well": {"number": "8"}}.items():
            [outcome] = connection.write("accounts", [Draft("create", {**base, **more}, stamp=key)])
            told[key] = str(outcome.error or "")
    assert ("255" in told["long"], "another record's" in told["taken"], told["well"]) == (
        "lengths" in switches, "account_number" in switches, "",
    )  # fmt: skip
    assert [one for one, words in told.items() if words] == [
        one for one, switch in (("long", "lengths"), ("taken", "account_number")) if switch in switches
    ]


@once
def keys(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A record is found by the very key that it bears, also where the answer to its create was lost."""
    app = Cirrus(switches=switches)
    base = {"name": "Ny AB", "typeid": 1, "userid": USER}
    old = app.add("accounts", {**base, "externalkey": "K-1"})
    app.faults.append(Fault("lost", method="POST", path="accounts$", after=1))
    with opened(app, assume) as connection:
        for key in ("k-1", "k-2"):
            [outcome] = connection.write("accounts", [Draft("create", dict(base), stamp=key)])
            assert (outcome.error, outcome.key != str(old)) == (None, True)
            assert connection.get("accounts", outcome.key)["externalkey"] == key
    assert len(app.data()["accounts"]) == 4


@once
def sources(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A lead's source has the name that its list gives it, or no list gives it one."""
    app = Cirrus(samples=True, switches=switches)
    with opened(app, assume) as connection:
        [lead] = listed(connection, "leads")
        [outcome] = connection.write("leads", [Draft("update", {"source": {"id": 1}}, key=str(lead["id"]))])
        found = connection.get("leads", str(lead["id"]))["source"]
        name = connection.spec.resources["leads"].fields["source.id"].list
        assert (outcome.error, found["id"]) == (None, 1)
        assert name is None or connection.table("leads", name).labels["1"] == found["name"]


@once
def opportunities(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """All are read, whichever date they are sorted by."""
    app = Cirrus(samples=True, switches=switches)
    native = KINDS["opportunities"][0]
    for number in range(51):
        app.add("opportunities", {**native, "description": "", "title": f"N {number}"})
    with opened(app, assume) as connection:
        assert len({row["id"] for row in listed(connection, "opportunities")}) == 52


# --- what another system is told -------------------------------------------------------------------------------------

THING = """
entity: thing
about: What stands in Cirrus, as products of the other system
sides: {koban: {resource: products, role: target}, cirrus: {resource: RESOURCE}}
match: [reference]
fields:
  reference: {type: number, koban: Reference, cirrus: id}
  name: {koban: Label, cirrus: TITLE, required: true}
  notes: NOTES
"""


def told(
    folder: Path, switches: dict[str, str], assume: dict[str, str], resource: str, title: str, notes: str
) -> World:
    """A world in which one kind of Cirrus's records is told to the other system."""
    text = THING.replace("RESOURCE", resource).replace("TITLE", title).replace("NOTES", notes)
    world = world_of(folder, {}, assume, thing=text)
    world.cirrus = Cirrus(clock=world.clock, switches=switches, samples=True)
    return world


def notes_of(world: World) -> list[str]:
    with world.project() as project:
        assert project.sync("thing").exit_code == 0
    return [row["Comments"] for row in world.koban.data()["ncProduct"]]


@once
def clock(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A meeting at ten o'clock is at ten where the vendor's clock stands."""
    moment = "{type: datetime, koban: {path: Comments, form: iso}, cirrus: start}"
    world = told(folder, switches, assume, "activities", "description", moment)
    assert notes_of(world) == ["2024-05-31T10:00:00Z" if switches.get("zone") == "UTC" else "2024-05-31T08:00:00Z"]


@once
def unmoved(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A change that moves no stamp is seen: of a dynamic value, and of a tag."""
    rival = "{cirrus: dynamicfields.Konkurrent, koban: Comments}"
    world = told(folder, switches, assume, "opportunities", "title", rival)
    world.cirrus.set_dynamic("opportunity", 8001, "Konkurrent", "Alfa")
    assert notes_of(world) == ["Alfa"]
    world.cirrus.set_dynamic("opportunity", 8001, "Konkurrent", "Beta")
    assert notes_of(world) == ["Beta"]


@once
def amounts(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """An amount is the same in both systems, in whichever form it is shown, and is not sent again."""
    world = world_of(folder, switches, assume, product=PRODUCT)
    world.koban.add("ncProduct", {"Reference": "T-1", "Label": "Truck", "Ht": 9.999, "Vat": 20})
    world.cirrus.add("articles", {"number": "T-2", "name": "Lift", "price": 12.5, "vat": 25, "description": ""})
    with world.project() as project:
        for _ in range(3):
            world.forget_calls()
            assert project.sync("product").exit_code == 0
    assert world.writes() == {"koban": 0, "nicoka": 0, "cirrus": 0}
    assert {row["Reference"]: row["Ht"] for row in world.koban.data()["ncProduct"]} == {"T-1": 9.999, "T-2": 12.5}
    assert sorted(float(row["price"]) for row in world.cirrus.data()["articles"]) == [10.0, 12.5]


PRODUCT = """
entity: product
about: Products
sides: {koban: {resource: products}, cirrus: {resource: articles}}
match: [reference]
conflict: koban
fields:
  reference: {koban: Reference, cirrus: number}
  name: {koban: Label, cirrus: name, required: true}
  price: {type: decimal, koban: Ht, cirrus: price}
  vat: {type: decimal, koban: Vat, cirrus: vat}
"""

# --- records that end ------------------------------------------------------------------------------------------------

ENDS = "situations: {gone: deactivate}\n"


def retired(world: World, aside: int = 0) -> dict[str, bool]:
    """Which companies the other system has retired, after three runs that read everything; `aside` are set aside."""
    with world.project() as project:
        for _ in range(3):
            last = project.sync("company", full=True, allowed=("empty", "shrunk"))
        assert (last.exit_code, len(project.quarantine("company"))) == (0, aside)
    return {row["Label"]: bool(row["Obsolete"]) for row in world.accounts()}


@once
def rights(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """An account that the user may not see any more is not gone; one that is gone is, where every record is shown."""
    world = world_of(folder, switches, assume, company=COMPANY + ENDS)
    world.company("ACME")
    made = world.cirrus.add("accounts", {"name": "Bolt"})
    world.sync()
    if assume["rights"] == "all":
        world.cirrus.remove("accounts", made)
    else:
        world.cirrus.edit("accounts", made, {"userid": 2})
    assert retired(world) == {"ACME": False, "Bolt": assume["rights"] == "all"}


@once
def ended(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A deleted account is gone, and so is one that was merged into another; where that is seen, a person is told."""
    world = world_of(folder, switches, {**assume, "rights": "all"}, company=COMPANY + ENDS)
    made = {name: world.cirrus.add("accounts", {"name": name}) for name in ("ACME", "Bolt", "Cord", "Dahl")}
    world.sync()
    world.cirrus.remove("accounts", made["Dahl"])
    world.cirrus.merge(made["ACME"], made["Bolt"])
    seen = "merged" in switches
    assert retired(world, aside=int(seen)) == {"ACME": False, "Bolt": not seen, "Cord": False, "Dahl": True}


@once
def inactive(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A contact and an article that are made inactive are not gone."""
    world = world_of(folder, switches, {**assume, "rights": "all"}, company=COMPANY, person=PERSON + ENDS)
    guid = world.company("ACME")
    world.koban.add_person({"last_name": "Durand", "first_name": "Marie", "email": "marie@acme.example"}, guid)
    with world.project() as project:
        run(world, project)
        world.cirrus.edit("contacts", 5001, {"active": 0})
        for _ in range(3):
            assert project.sync("person", full=True, allowed=("empty",)).exit_code == 0
    assert [bool(row["Obsolete"]) for row in world.koban.data()["ncContact"]] == [False]
    assert len(world.cirrus.data()["contacts"]) == 1


JOBS: dict[str, Job] = {
    job.__name__: job
    for job in (
        sync, kinds, creates, arrays, walk, orders, dynamic, login, refusals, unasked, refused, keys, sources,
        opportunities, clock, unmoved, amounts, rights, ended, inactive,
    )
}  # fmt: skip
