"""What Koban is put through: two systems kept alike, and small jobs about one corner each."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.errors import AuthFailed, Missing, Nonsense, Rejected, RemoteError, Unreachable, UsageError
from mapper.records import Record
from mapper.sandbox.base import Fault
from mapper.sandbox.koban import Koban, tenant
from mapper.spec.load import load_connector
from mapper.sync.agree import agree
from mapper.sync.project import Project, load
from mapper.sync.subscriptions import subscribe, unsubscribe
from mapper.web.door import Door
from tests.sync.world import ENV, Clock, Wire

SANDBOX = Koban

Choices = dict[str, str]

_KEYS = {"api_key": "demo-koban-api", "user_key": "demo-koban-user"}
_SECTOR = "5583bc220dc3610a94746d3b"

_COMPANY = {
    "entity": "company",
    "about": "Companies, alike in both",
    "sides": {"koban": "accounts", "copy": "accounts"},
    "match": ["siret"],
    "conflict": "koban",
    "fields": {
        "name": {"koban": "Label", "copy": "Label", "required": True},
        "siret": {"koban": "OfficialNumber", "copy": "OfficialNumber"},
        "email": {"koban": "EMail", "copy": "EMail"},
        "notes": {"koban": "Comments", "copy": "Comments"},
        "website": {"koban": "Website", "copy": "Website"},
        "street": {"koban": "Address.Street", "copy": "Address.Street"},
        "city": {"koban": "Address.City", "copy": "Address.City"},
        "country": {"koban": "Address.Country", "copy": "Address.Country"},
        "status": {"koban": "Status.Code", "copy": "Status.Code"},
        "sector": {"type": "choice", "koban": "MoreFields.secteur", "copy": "MoreFields.secteur", "values": "by label"},
        "interests": {"type": "set", "koban": "Tags.INTERET", "copy": "Tags.INTERET"},
    },
}
_PERSON = {
    "entity": "person",
    "about": "People, alike in both",
    "sides": {"koban": "contacts", "copy": "contacts"},
    "match": ["email"],
    "conflict": "koban",
    "fields": {
        "name": {"koban": "Name", "copy": "Name", "required": True},
        "email": {"koban": "EMail", "copy": "EMail"},
        "company": {"type": "ref", "entity": "company", "koban": "Third.Guid", "copy": "Third.Guid"},
    },
}


class Pair:
    """A Koban that behaves as the switches say, and a usual one that is kept like it."""

    def __init__(self, folder: Path, switches: Choices, assume: Choices, *, gone: str = "ignore", **more: Any) -> None:
        self.clock = Clock()
        self.koban = Koban(clock=self.clock, switches=switches, **more)
        self.copy = Koban(clock=self.clock)
        catalogue = {"fields": {"accounts.MoreFields": {"secteur": {"id": _SECTOR, "type": "list"}}}}
        connections = {
            name: {
                "connector": "koban",
                "settings": {
                    "base_url": f"http://127.0.0.1:{port}/api/v1",
                    "api_key": "${KEY}",
                    "user_key": "${USER_KEY}",
                },
                "limits": {"per_second": 0},
                "catalogue": catalogue,
                "assume": said,
            }
            for name, port, said in (("koban", 8401, assume), ("copy", 8402, {}))
        }
        project = {"connections": connections, "mappings": ["company", "person"]}
        project["serve"] = {"url": "https://hooks.example.com"}
        (folder / "mappings").mkdir()
        company = {**_COMPANY, "situations": {"gone": gone}}
        for name, content in (("mapper", project), ("mappings/company", company), ("mappings/person", _PERSON)):
            (folder / f"{name}.yaml").write_text(json.dumps(content), encoding="utf-8")
        wires = {"koban": Wire(self.koban), "copy": Wire(self.copy)}
        self.project: Project = load(
            folder, env=ENV, state="sqlite://", transports=wires, clock=self.clock, sleep=self.clock.sleep
        )

    def __enter__(self) -> Pair:
        return self

    def __exit__(self, *_: object) -> None:
        self.project.close()

    def run(self, **options: Any) -> int:
        """Both entities once; the worse exit code."""
        codes = []
        for entity in ("company", "person"):
            self.clock.now += 60
            codes.append(self.project.sync(entity, **options).exit_code)
        return max(codes)

    def settle(self) -> None:
        """Nothing is left to do: both agree, and a further run writes nothing."""
        for app in (self.koban, self.copy):
            app.calls.clear()
        assert self.run() == 0
        assert [call for app in (self.koban, self.copy) for call in app.calls if call.method != "GET"] == []
        for entity in ("company", "person"):
            found = agree(self.project, entity)
            assert (found.agreeing, found.differing) == (len(stored(self.copy, _TABLES[entity])), 0)


_TABLES = {"company": "ncThird", "person": "ncContact"}


def stored(app: Koban, table: str) -> list[dict[str, Any]]:
    """The records as a Koban with the usual switches shows them."""
    switched = dict(app.switches)
    app.set_switches({name: choices[0] for name, choices in Koban.choices.items()})
    found = app.data().get(table, [])
    app.set_switches(switched)
    return found


@contextmanager
def opened(switches: Choices, assume: Choices, **settings: str) -> Iterator[tuple[Koban, Connection]]:
    """A connection to a Koban that behaves as the switches say; waiting takes no time."""
    clock = Clock()
    app = Koban(switches=switches, clock=clock)
    spec = load_connector("koban", assume=assume).spec
    given = {"base_url": "http://127.0.0.1/api/v1", **_KEYS, **settings}
    with Connection(
        "koban", spec, settings=given, assume=assume, transport=Wire(app), clock=clock, sleep=clock.sleep
    ) as connection:
        yield app, connection


def listed(connection: Connection, resource: str, since: float | None = None) -> list[Record]:
    return [record for page in connection.pages(resource, since=since) for record in page.records]


def written(connection: Connection, resource: str, **native: Any) -> str:
    (outcome,) = connection.write(resource, [Draft("create", native, stamp="project:1")])
    assert outcome.error is None
    return outcome.key


def changed(connection: Connection, resource: str, key: str, **native: Any) -> None:
    (outcome,) = connection.write(resource, [Draft("update", native, key)])
    assert outcome.error is None


# -- the main job


def sync(folder: Path, switches: Choices, assume: Choices) -> None:
    """A company and its person come, are changed elsewhere, and others come from there; what nobody maps stays."""
    with Pair(folder, switches, assume) as pair:
        guid = pair.koban.add("ncThird", _ACME)
        pair.koban.add("ncContact", {"Name": "Durand", "EMail": "marie@acme.example", "Third": {"Guid": guid}})
        assert pair.run() == 0
        (account,), (contact,) = stored(pair.copy, "ncThird"), stored(pair.copy, "ncContact")
        shown = {name: account[name] for name in ("Label", "Comments", "EMail")}
        assert shown == {"Label": "ACME", "Comments": "R&D <Lyon>", "EMail": "info@acme.example"}
        assert (account["Address"]["Country"], labels(account)) == ("FR", {"Cuisine"})
        assert contact["Third"]["Guid"] == account["Guid"]
        tags = [{"TagCategoryCode": tenant.INTERESTS, "Label": label} for label in ("Cuisine", "Bricolage")]
        pair.koban.edit("ncThird", guid, {"Website": "https://acme.example"})
        edit = {"EMail": None, "Comments": "Rappeler M&M.", "Tags": tags, "Address": {"City": "Nice"}}
        pair.copy.edit("ncThird", account["Guid"], edit)
        pair.copy.edit("ncContact", contact["Guid"], {"Name": "Durand-Noël"})
        bolt = pair.copy.add(
            "ncThird", {"Label": "Bolt", "OfficialNumber": "55210055400013", "Status": {"Code": "CLI"}}
        )
        pair.copy.add("ncContact", {"Name": "Noël", "EMail": "noel@bolt.example", "Third": {"Guid": bolt}})
        assert pair.run() == 0
        websites = {row["Label"]: row["Website"] for row in stored(pair.copy, "ncThird")}
        assert websites == {"ACME": "https://acme.example", "Bolt": None}
        check_sides(pair, guid)
        pair.settle()


def check_sides(pair: Pair, guid: str) -> None:
    """What was changed and made elsewhere is here, once, and what nobody maps is as it was."""
    accounts = {row["Label"]: row for row in stored(pair.koban, "ncThird")}
    contacts = {row["Name"]: row for row in stored(pair.koban, "ncContact")}
    assert (sorted(accounts), sorted(contacts)) == (["ACME", "Bolt"], ["Durand-Noël", "Noël"])
    acme = accounts["ACME"]
    assert (acme["Guid"], acme["EMail"] or None, acme["Comments"]) == (guid, None, "Rappeler M&M.")
    assert labels(acme) == {"Cuisine", "Bricolage", "Salon de Lyon"}
    assert {"FieldId": tenant.NICKNAME, "Value": "Acmé"} in acme["MoreFields"]
    address = acme["Address"]
    assert [address[name] for name in ("Street", "Compl", "City", "Country")] == ["1 rue X", "Bât. B", "Nice", "FR"]
    assert contacts["Noël"]["Third"]["Guid"] == accounts["Bolt"]["Guid"]


def labels(account: Record) -> set[str]:
    return {tag["Label"] for tag in account["Tags"] or ()}


#: A company of which a tag, a custom field and a part of the address stand in no mapping.
_ACME: Record = {
    "Label": "ACME",
    "OfficialNumber": "73282932000074",
    "EMail": "info@acme.example",
    "Comments": "R&D <Lyon>",
    "Status": {"Code": "PRO"},
    "Address": {"Street": "1 rue X", "Compl": "Bât. B", "City": "Lyon", "Country": "FR"},
    "Tags": [
        {"TagCategoryCode": tenant.FAIRS, "Label": "Salon de Lyon"},
        {"TagCategoryCode": tenant.INTERESTS, "Label": "Cuisine"},
    ],
    "MoreFields": [{"FieldId": tenant.NICKNAME, "Value": "Acmé"}, {"FieldId": tenant.SECTOR, "Value": "SAN"}],
}


# -- wrong keys, limits, refusals


def keys(folder: Path, switches: Choices, assume: Choices) -> None:
    """A refused login is told as one, at once, and a page that only passes by is not."""
    with opened(switches, assume, api_key="" if "missing" in switches else "wrong") as (app, connection):
        with pytest.raises(RemoteError) as caught:
            listed(connection, "accounts")
        words = "Clé API" if switches.get("refusal") == "200" else ""
        expected = Rejected if words else AuthFailed
        assert isinstance(caught.value, expected) and words in str(caught.value)
        assert [call.method for call in app.calls if call.path.startswith("/api/")] == ["GET"]
    if switches.get("ip_filter") != "refuses":
        with opened(switches, assume) as (app, connection):
            assert listed(connection, "accounts") == []


def html_page(folder: Path, switches: Choices, assume: Choices) -> None:
    """A page of HTML in the place of JSON ends the run without a write; the next one finds all as it was."""
    told = Nonsense if assume["html_page"] == "nonsense" else AuthFailed
    if switches.get("refusal") == "page":
        with opened(switches, assume, api_key="wrong") as (app, connection), pytest.raises(told):
            listed(connection, "accounts")
    with opened(switches, assume) as (app, connection):
        key = written(connection, "accounts", Label="ACME")
        app.faults.append(Fault("html", status=200))
        with pytest.raises(told):
            listed(connection, "accounts")
        assert [record["Guid"] for record in listed(connection, "accounts")] == [key]


def throttled(folder: Path, switches: Choices, assume: Choices) -> None:
    """Calls that come too fast are waited out, and each is carried out once."""
    with opened(switches, assume) as (app, connection):
        made = [written(connection, "accounts", Label=f"N {number}", Extcode=f"{number}") for number in range(3)]
        assert [record["Guid"] for record in listed(connection, "accounts")] == made
        assert (429 in [call.status for call in app.calls]) == bool(switches)


def hundreds(folder: Path, switches: Choices, assume: Choices) -> None:
    """More objects than a call takes are all written, and all listed, once each, whatever becomes of the list."""
    with opened(switches, assume) as (app, connection):
        drafts = [Draft("create", {"Label": f"N {number}"}, stamp=f"project:{number}") for number in range(101)]
        outcomes = list(connection.write("accounts", drafts))
        assert [outcome.error for outcome in outcomes] == [None] * 101
        found = {record["Guid"]: record["Extcode"] for record in listed(connection, "accounts")}
        assert found == {outcome.key: f"project:{number}" for number, outcome in enumerate(outcomes)}


def refused(folder: Path, switches: Choices, assume: Choices) -> None:
    """An object that is refused stands alone: the others are written once, and it is, too, when it has been mended."""
    with opened(switches, assume) as (app, connection):
        natives = [
            {"Label": f"N {number}", "Status": {"Code": code}} for number, code in enumerate(["PRO", "?", "PRO"])
        ]
        drafts = [Draft("create", native, stamp=f"project:{number}") for number, native in enumerate(natives)]
        outcomes = list(connection.write("accounts", drafts))
        assert [type(outcome.error) for outcome in outcomes] == [type(None), Rejected, type(None)]
        if switches.get("reasons") != "none":
            assert "n'existe pas" in str(outcomes[1].error)
        assert {row["Extcode"]: row["Guid"] for row in stored(app, "ncThird")} == {
            "project:0": outcomes[0].key,
            "project:2": outcomes[2].key,
        }
        mended = Draft("create", {"Label": "N 1", "Status": {"Code": "CLI"}}, stamp="project:1")
        (outcome,) = connection.write("accounts", [mended])
        assert outcome.error is None
        (outcome,) = connection.write("accounts", [Draft("update", {"Status": {"Code": "?"}}, outcome.key)])
        assert isinstance(outcome.error, Rejected)
        assert [row["Status"]["Code"] for row in stored(app, "ncThird")] == ["PRO", "PRO", "CLI"]


def lacking(folder: Path, switches: Choices, assume: Choices) -> None:
    """What a tenant wants as well is told of the record that lacks it, and of no other; filled in, it is written."""
    stricter = switches.get("required") == "more"
    with opened(switches, assume) as (app, connection):
        natives: list[Record] = [{"Label": "ACME"}, {"Label": "Bolt", "Status": {"Code": "PRO"}}]
        drafts = [Draft("create", native, stamp=f"project:{number}") for number, native in enumerate(natives)]
        first, second = connection.write("accounts", drafts)
        assert (isinstance(first.error, Rejected), second.error) == (stricter, None)
        if stricter:
            assert "Status" in str(first.error)
            full = Draft("create", {"Label": "ACME", "Status": {"Code": "PRO"}}, stamp="project:0")
            assert [outcome.error for outcome in connection.write("accounts", [full])] == [None]
        assert sorted(row["Label"] for row in stored(app, "ncThird")) == ["ACME", "Bolt"]


def since(folder: Path, switches: Choices, assume: Choices) -> None:
    """What changed at the moment of the last run, or after it, is found by the next one, whatever the clocks say."""
    with opened(switches, assume) as (app, connection):
        assert connection.changes_by("accounts") == "filter"
        before = written(connection, "accounts", Label="ACME")
        moment = app.clock()
        edited = app.add("ncThird", {"Label": "Bolt", "Status": {"Code": "PRO"}})
        assert {before, edited} <= {record["Guid"] for record in listed(connection, "accounts", since=moment)}


# -- other objects


def other_lists(folder: Path, switches: Choices, assume: Choices) -> None:
    """Leads, deals, processes and open actions are listed whole, whatever shape their lists have."""
    with opened(switches, assume) as (app, connection):
        for controller in ("ncLead", "ncDeal", "ncDealProcess", "ncAction"):
            for number in range(45):
                body: Record = {"Label": f"N {number}", "Name": f"N {number}"}
                app.add(controller, body | ({"DStart": 1_500_000_000 + number} if controller == "ncAction" else {}))
        if switches.get("pending_leads") == "own":
            app.add("ncLead", {"Name": "Hugo", "AssignedTo": {"Extcode": "EM"}})
        for resource in ("leads", "deals", "deal_processes", "actions"):
            assert len({record["Guid"] for record in listed(connection, resource)}) == 45


def lead(folder: Path, switches: Choices, assume: Choices) -> None:
    """A lead is written, changed and read where a project says so, and refused by itself otherwise."""
    with opened(switches, assume) as (app, connection):
        if assume.get("lead_writes") == "no":
            (outcome,) = connection.write("leads", [Draft("create", {"Name": "Hugo"})])
            assert "no operation that can create leads" in str(outcome.error)
            assert (app.calls, app.data().get("ncLead")) == ([], None)
            return
        key = written(connection, "leads", Name="Hugo", Tags={"INTERET": ["Musique"]})
        changed(connection, "leads", key, Phone="01")
        (found,) = listed(connection, "leads")
        assert (found["Guid"], found["Phone"], found["Extcode"]) == (key, "01", "project:1")


def process(folder: Path, switches: Choices, assume: Choices) -> None:
    """A process is written and found again where a project says so, and refused by itself otherwise."""
    with opened(switches, assume) as (app, connection):
        native = {"Label": "Ventes", "Steps": [{"Label": "A", "Extcode": "A"}]}
        if assume["process_writes"] == "no":
            (outcome,) = connection.write("deal_processes", [Draft("create", native)])
            assert "no operation that can create deal_processes" in str(outcome.error)
            assert app.calls == []
            return
        key = written(connection, "deal_processes", **native)
        assert [(row["Guid"], row["Steps"][0]["Label"]) for row in listed(connection, "deal_processes")] == [(key, "A")]


def action(folder: Path, switches: Choices, assume: Choices) -> None:
    """The time of an action is written and read as the moment that it is."""
    spec = load_connector("koban", assume=assume).spec.resources["actions"].fields["DStart"]
    start: Any = 1_500_000_000
    if spec.form == "iso":
        start = "2017-07-14T02:40:00Z"
    with opened(switches, assume) as (app, connection):
        key = written(connection, "actions", Label="Appel", DStart=start)
        assert [(row["Guid"], row["Start"]) for row in listed(connection, "actions")] == [(key, 1_500_000_000)]


def envelopes(folder: Path, switches: Choices, assume: Choices) -> None:
    """Records are read one by one, found and changed, in an envelope or without."""
    with opened(switches, assume) as (app, connection):
        invoice = written(connection, "invoices", Number="F1", Lines=[{"Label": "Pose", "Ht": 36.5}])
        assert connection.get("invoices", invoice)["Amount"] == "3650"
        changed(connection, "invoices", invoice, Status="CLOSED")
        assert connection.get("invoices", invoice)["Status"] == "CLOSED"
        account = written(connection, "accounts", Label="ACME", Address={"Street": "1 rue X", "City": "Lyon"})
        assert [found["Guid"] for found in connection.find("accounts", "Extcode", "project:1")] == [account]
        assert connection.find("accounts", "Extcode", "project:2") == []
        changed(connection, "accounts", account, Address={"City": "Nice"})
        assert connection.get("accounts", account)["Address"]["Street"] == "1 rue X"
        contact = written(connection, "contacts", Name="Durand")
        changed(connection, "contacts", contact, Name="Durand-Noël")
        assert connection.get("contacts", contact)["Name"] == "Durand-Noël"
        with pytest.raises(Missing):
            connection.get("accounts", "0" * 24)


def lost_contact(folder: Path, switches: Choices, assume: Choices) -> None:
    """A contact whose creation was not answered is there once."""
    with opened(switches, assume) as (app, connection):
        app.faults.append(Fault("lost", method="POST"))
        key = written(connection, "contacts", Name="Durand")
        assert [row["Guid"] for row in stored(app, "ncContact")] == [key]


def contact(folder: Path, switches: Choices, assume: Choices) -> None:
    """A contact is changed, and stays one; one that cannot be named is refused by itself."""
    with opened(switches, assume) as (app, connection):
        key = written(connection, "contacts", Name="Durand")
        changed(connection, "contacts", key, Name="Durand-Noël")
        bare = app.add("ncContact", {"Name": "Hugo"})
        (outcome,) = connection.write("contacts", [Draft("update", {"Phone": "01"}, bare)])
        known = assume["contact_key"] == "yes"
        assert (outcome.error is None) == known
        rows = {row["Guid"]: (row["Name"], row["Phone"]) for row in stored(app, "ncContact")}
        assert rows == {key: ("Durand-Noël", None), bare: ("Hugo", "01" if known else None)}


def by_email(folder: Path, switches: Choices, assume: Choices) -> None:
    """The call that finds an account by its e-mail address creates and updates one."""
    with opened(switches, assume) as (app, connection):
        said = {"creation": "API"} if switches.get("creationtype") == "required" else {}
        for label in ("ACME", "ACME SA"):
            record = {"Label": label, "EMail": "info@acme.example", "Status": {"Code": "PRO"}}
            connection.call("accounts.save_by_email", {"record": record, **said})
        assert [row["Label"] for row in stored(app, "ncThird")] == ["ACME SA"]


def delivery(folder: Path, switches: Choices, assume: Choices) -> None:
    """Delivery addresses are written as a list, and what is read is the same address."""
    with opened(switches, assume) as (app, connection):
        key = written(connection, "accounts", Label="ACME", DelivAddress=[{"City": "Lyon"}])
        shown = connection.get("accounts", key)["DelivAddress"]
        (address,) = shown if isinstance(shown, list) else [shown]
        assert address["City"] == "Lyon"
        changed(connection, "accounts", key, Phone="01")
        (row,) = stored(app, "ncThird")
        assert [one["City"] for one in row["DelivAddress"]] == ["Lyon"]


def one_account(folder: Path, switches: Choices, assume: Choices) -> None:
    """An account that one has made already is joined or not, as is said; one's own is never made twice."""
    with opened(switches, assume) as (app, connection):
        theirs = app.add("ncThird", {"Label": "ACME", "EMail": "info@acme.example"})
        keys = [written(connection, "accounts", Label="ACME", EMail="info@acme.example") for _ in range(2)]
        assert keys[0] == keys[1]
        joins = assume.get("create_key") == "ExtcodeThenEmail" and switches.get("then_email") != "empty"
        assert (keys[0] == theirs, len(stored(app, "ncThird"))) == (joins, 1 if joins else 2)
        changed(connection, "accounts", keys[0], Phone="01")
        assert connection.get("accounts", keys[0])["Phone"] == "01"


# -- tags that nobody has declared


def undeclared(folder: Path, switches: Choices, assume: Choices) -> None:
    """A tag that Koban does not know is told of, stays where it is, and comes when it has been declared."""
    with Pair(folder, switches, assume) as pair:
        pair.koban.add("ncThird", _ACME)
        pair.run()
        new = {"category": tenant.INTERESTS, "label": "Neuf"}
        pair.project.connection("copy").call("declare_tag", new)
        (account,) = stored(pair.copy, "ncThird")
        tags = [{"TagCategoryCode": tenant.INTERESTS, "Label": label} for label in ("Cuisine", "Neuf")]
        pair.copy.edit("ncThird", account["Guid"], {"Tags": tags})
        for _ in range(2):
            assert pair.run() == 3
            assert "Neuf" in pair.project.quarantine()[0].message
        assert labels(stored(pair.copy, "ncThird")[0]) == {"Cuisine", "Neuf"}
        pair.project.connection("koban").call("declare_tag", new)
        assert pair.run() == 0
        assert labels(stored(pair.koban, "ncThird")[0]) == {"Cuisine", "Neuf", "Salon de Lyon"}
        pair.settle()


# -- records that end


def ended(folder: Path, switches: Choices, assume: Choices) -> None:
    """A record that a person deletes ends elsewhere where that can be known; it is never made anew."""
    with Pair(folder, switches, assume, gone="deactivate") as pair:
        guid = pair.koban.add("ncThird", _ACME)
        pair.koban.add("ncThird", {"Label": "Bolt", "OfficialNumber": "55210055400013", "Status": {"Code": "CLI"}})
        for _ in range(2):
            assert pair.run(full=True) == 0
        pair.koban.delete("ncThird", guid)
        known = switches.get("deletion") != "gone" and assume.get("obsolete") != "kept"
        for _ in range(2):
            assert pair.run(full=True) == 0
        account, bolt = sorted(stored(pair.copy, "ncThird"), key=lambda row: str(row["Label"]))
        assert (account["Obsolete"], bolt["Obsolete"]) == (known, False)
        if switches.get("deletion") == "gone":
            for edit in ({"Label": "ACME SA"}, {"Address": {"City": "Nice"}}, {"Comments": "Rappeler."}):
                pair.copy.edit("ncThird", account["Guid"], edit)
                pair.run()
            assert [row["Label"] for row in stored(pair.koban, "ncThird")] == ["Bolt"]
            assert sorted(row["Label"] for row in stored(pair.copy, "ncThird")) == ["ACME SA", "Bolt"]


def merged(folder: Path, switches: Choices, assume: Choices) -> None:
    """Of two accounts that became one the contacts are all there, each once, and follow the one that stays."""
    with Pair(folder, switches, assume, gone="deactivate") as pair:
        winner = pair.koban.add("ncThird", _ACME)
        loser = pair.koban.add(
            "ncThird", {"Label": "Bolt", "OfficialNumber": "55210055400013", "Status": {"Code": "CLI"}}
        )
        pair.koban.add("ncContact", {"Name": "Durand", "EMail": "marie@acme.example", "Third": {"Guid": loser}})
        for _ in range(2):
            assert pair.run(full=True) == 0
        pair.koban.merge(winner, loser)
        for _ in range(2):
            pair.run(full=True)
        accounts = {row["Label"]: row for row in stored(pair.copy, "ncThird")}
        (kept,) = stored(pair.copy, "ncContact")
        assert kept["Third"]["Guid"] == accounts["ACME"]["Guid"]
        assert [accounts[name]["Obsolete"] for name in ("ACME", "Bolt")] == [False, switches.get("merge") != "gone"]
        assert [row["Guid"] for row in stored(pair.koban, "ncThird") if not row["Obsolete"]] == [winner]


# -- notifications


def hooks(folder: Path, switches: Choices, assume: Choices) -> None:
    """What is told of a record brings it up to date elsewhere, once; a subscription that is ended is silent."""
    sent: list[int] = []

    def post(method: str, url: str, headers: Mapping[str, str], content: bytes) -> int:
        with httpx.Client(transport=httpx.WSGITransport(app=Door(pair.project))) as client:
            sent.append(client.request(method, url, headers=dict(headers), content=content).status_code)
        return sent[-1]

    with Pair(folder, switches, assume, post=post) as pair:
        guid = pair.koban.add("ncThird", _ACME)
        assert pair.run() == 0
        made = subscribe(pair.project, "koban", ["account"])
        if assume.get("hooks_made") == "screen":
            assert [one.known for one in made] == [False]
            pair.koban.enter(made[0].url, "account")
        event = "account.update" if assume.get("hook_events") == "verbs" else "account"
        pair.koban.edit("ncThird", guid, {"Label": "ACME SA"})
        told = {"never": 0, "twice": 2}.get(switches.get("hook_sends", ""), 1)
        assert pair.koban.notify("ncThird", guid, event) == [200] * told
        if switches.get("hook_objects") == "all":
            lead = pair.koban.add("ncLead", {"Name": "Hugo"})
            assert pair.koban.notify("ncLead", lead, event) == [200]
        assert pair.project.sync("company", hinted=True).exit_code == 0
        if not told:
            assert pair.run() == 0
        assert [row["Label"] for row in stored(pair.copy, "ncThird")] == ["ACME SA"]
        pair.settle()
        if assume.get("hooks_made") != "screen":
            for one in made:
                unsubscribe(pair.project, one.number)
            assert pair.koban.notify("ncThird", guid, event) == []


# -- how the server is reached


def reached(folder: Path, switches: Choices, assume: Choices) -> None:
    """A server is read and written by the scheme of base_url, or led to https; plain http has to be allowed."""
    for scheme in ("http", "https"):
        with opened(switches, assume, base_url=f"{scheme}://127.0.0.1/api/v1") as (app, connection):
            if (switches.get("scheme"), scheme) == ("http", "https"):
                with pytest.raises(Unreachable):
                    listed(connection, "accounts")
                continue
            key = written(connection, "accounts", Label="ACME")
            assert [record["Guid"] for record in listed(connection, "accounts")] == [key]
    with pytest.raises(UsageError, match="not encrypted"), opened({}, assume, base_url="http://koban.example/api/v1"):
        pass


JOBS: dict[str, Callable[[Path, Choices, Choices], None]] = {
    job.__name__: job
    for job in (
        *(sync, keys, html_page, throttled, hundreds, refused, lacking, since, other_lists, lead, process, action),
        *(envelopes, lost_contact, contact, by_email, delivery, one_account, undeclared, ended, merged, hooks, reached),
    )
}
