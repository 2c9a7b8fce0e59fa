"""What the real-estate module is put through: the work of a sales office, lots kept alike, and what Koban tells."""

from __future__ import annotations

import json
from contextlib import suppress
from pathlib import Path
from typing import Any

import httpx
import pytest

from mapper.connect import Connection, Draft
from mapper.errors import MapperError
from mapper.sandbox.base import Fault
from mapper.sandbox.koban import Koban
from mapper.sandbox.koban_immobilier import KobanImmobilier
from mapper.spec.load import load_connector
from mapper.state import inbox
from mapper.sync.project import Project, load
from mapper.sync.subscriptions import subscribe
from mapper.web.door import Door
from tests.sync.world import ENV, Clock, Wire

#: 2026-03-02 09:10 in UTC.
NOW = 1772442600.0
HOUR = 3600
SETTINGS = {"base_url": "https://koban.example/api/v1", "api_key": "demo-koban-api", "user_key": "demo-koban-user"}


class SANDBOX:
    """The switches of the module. Those of the CRM are tried there; whether denunciations are on, Koban says itself."""

    choices = {
        name: choices
        for name, choices in KobanImmobilier.choices.items()
        if name not in Koban.choices and name != "denunciations"
    }


class Office:
    """A tenant and a connection to it."""

    def __init__(self, assume: dict[str, str], switches: dict[str, str]) -> None:
        self.now = NOW
        self.app = KobanImmobilier(switches=switches, clock=lambda: self.now)
        self.programme = self.app.add_programme("Les Tilleuls", "TIL")
        self.connection = Connection(
            "immo",
            load_connector("koban_immobilier", assume=assume).spec,
            settings=SETTINGS,
            assume=assume,
            transport=httpx.WSGITransport(app=self.app),
            sleep=lambda seconds: None,
            clock=lambda: self.now,
        )

    def call(self, name: str, **args: Any) -> Any:
        return self.connection.call(name, args)

    def refused(self, name: str, **args: Any) -> str:
        with pytest.raises(MapperError) as caught:
            self.call(name, **args)
        return str(caught.value)

    def prospect(self, name: str) -> str:
        native = {"Label": name, "EMail": f"{name}@example.com", "Cell": f"+33 6 {len(name)}"}
        [outcome] = self.connection.write("accounts", [Draft("create", native, stamp=f"x:{name}")])
        return outcome.key

    def lot(self, code: str, **more: Any) -> str:
        [outcome] = self.connection.write("lots", [lot(code, self.programme, **more)])
        assert outcome.error is None
        return outcome.key

    def lots(self) -> dict[str, dict[str, Any]]:
        return {lot["Extcode"]: lot for page in self.connection.pages("lots") for lot in page.records}

    def status(self, code: str) -> str:
        return self.app.stock.status(self.app.stock.lot(code) or {})


def lot(code: str, programme: str, **more: Any) -> Draft:
    return Draft("create", {"Label": f"Lot {code}", "Process": {"Guid": programme}, **more}, stamp=code)


def options(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Two options are placed, prolonged and taken back; none is placed where Koban takes none."""
    office = Office(assume, switches)
    office.lot("L1")
    anne, luc, zoe = (office.prospect(name) for name in ("anne", "luc", "zoe"))
    assert office.call("lots.etat-option", lot="L1") == {"lot": "L1", "possible": True, "rang": 1}
    placed = office.call("lots.deposer-option", lot="L1", prospect=anne)
    assert (placed["rang"], office.status("L1")) == (1, "OPTION")
    told = office.call("lots.etat-option", lot="L1")
    assert told == {"lot": "L1", "possible": True, "rang": 2, "echeance": placed["echeance"]}
    assert f"of rank 1 until {placed['echeance']}" in office.refused(
        "lots.deposer-option", lot="L1", prospect=luc, rang=1
    )
    assert office.call("lots.deposer-option", lot="L1", prospect=luc)["rang"] == 2
    assert "two live options already" in office.refused("lots.deposer-option", lot="L1", prospect=zoe)
    later = office.call("lots.prolonger-option", lot="L1", date=int(NOW) + 100 * HOUR)["echeance"]
    [end] = [office.app.options.end(one) for one in office.app.options.live.values() if one.rank == 1]
    assert later == (None if assume.get("prolongation") == "adds" else "2026-03-06T13:30:00Z")
    assert end == NOW + HOUR / 3 + 100 * HOUR + (72 * HOUR if later is None else 0)
    assert "prolonged already" in office.refused("lots.prolonger-option", lot="L1", date=int(NOW) + 200 * HOUR)
    office.call("lots.annuler-option", lot="L1", rang=2)
    office.call("lots.annuler-option", lot="L1", rang=1)
    assert "no option of this rank" in office.refused("lots.annuler-option", lot="L1")
    assert office.status("L1") == ("OPTION" if switches.get("freed") == "stays" else "LIBRE")
    assert office.call("lots.deposer-option", lot="L1", prospect=zoe)["rang"] == 1


def lapse(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Both sides let an option lapse at the same moment."""
    office = Office(assume, switches)
    office.lot("L1")
    until = office.call("lots.deposer-option", lot="L1", prospect=office.prospect("anne"))["echeance"]
    assert until == ("2026-03-05T09:00:00Z" if assume.get("expiry") == "previous" else "2026-03-05T09:30:00Z")
    assert office.call("lots.etat-option", lot="L1")["echeance"] == until
    [option] = office.app.options.live.values()
    office.now = office.app.options.end(option) - 1
    assert office.call("lots.etat-option", lot="L1")["rang"] == 2
    office.now += 1
    assert office.call("lots.etat-option", lot="L1")["rang"] == 1
    assert office.status("L1") == "LIBRE"


def files(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A reservation file is opened, validated and withdrawn."""
    office = Office(assume, switches)
    office.lot("L1")
    anne = office.prospect("anne")
    office.call("reservations.deposer", lot="L1", prospect=anne, prix="250000.50", garantie=12500)
    [file] = office.app.files.live.values()
    assert (file.price, file.deposit, office.status("L1")) == (250000.5, 12500, "PRERESV")
    assert "pre-reserved" in office.refused("lots.deposer-option", lot="L1", prospect=anne)
    days = {"PreresaDate": "2026-03-02", "Res1DateNaissance": "1980-07-14"}
    office.call("reservations.valider", lot="L1", prospect=anne, PrixVente=250001, Res2="N", Apport_cent=5000, **days)
    [file] = office.app.files.live.values()
    assert (file.price, file.valid, file.fields["Apport_cent"], office.status("L1")) == (250001, True, 5000, "RESV")
    forms = {
        "dmy": ("02/03/2026", "14/07/1980"),
        "iso": ("2026-03-02", "1980-07-14"),
        "seconds": (1772409600, 332380800),
        "msdate": ("/Date(1772409600000)/", "/Date(332380800000)/"),
    }
    assert tuple(file.fields[name] for name in days) == forms[assume.get("file_dates", "dmy")]
    assert "NOPE" in office.refused("reservations.valider", lot="L1", prospect=anne, CanalVente="NOPE")
    assert "lot" in office.refused("reservations.valider", lot="L9", prospect=anne)
    office.call("reservations.desister", lot="L1", prospect=anne)
    assert office.status("L1") == "LIBRE"


def denunciations(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """A prospect is made known once and denounced once, however he is recognized."""
    office = Office(assume, switches)
    introducer = office.call("apporteurs.creer", nom="Conseil", email="conseil@example.com")["Result"]
    new = {"programme": "TIL", "nom": "Neuf", "prenom": "Max", "email": "neuf@example.com"}
    assert office.call("prospects.denoncer", apporteur=introducer, **new)["nouveau"] is True
    assert "denounced already" in office.refused("prospects.denoncer", **new)
    assert [one.by for one in office.app.denunciations.made] == [introducer]
    anne = office.prospect("anne")
    by_mobile = office.call("prospects.denoncer", programme="TIL", nom="X", mobile="+33 6 4")
    assert by_mobile == {"programme": "TIL", "prospect": None, "nouveau": False}
    assert office.app.denunciations.made[-1].prospect == anne
    assert "NON" in office.refused("denonciations.creer", programme="NON", email="anne@example.com")
    assert len(office.app.data()["ncThird"]) == 3


def programmes(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Programmes are written where a project says so, and read in any case."""
    office = Office(assume, switches)
    [outcome] = office.connection.write("programmes", [Draft("create", {"Label": "Le Clos"}, stamp="p:1")])
    if assume["process_writes"] == "no":
        assert "no operation that can create programmes" in str(outcome.error)
        assert office.app.calls == []
        return
    [again] = office.connection.write(
        "programmes", [Draft("create", {"Label": "Le Clos", "Regroup": "Nord"}, stamp="p:1")]
    )
    assert (outcome.error, again.error, again.key) == (None, None, outcome.key)
    [page] = office.connection.pages("programmes")
    assert {one["Extcode"]: one["Regroup"] for one in page.records} == {"TIL": None, "p:1": "Nord"}


def list_of_lots(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """All lots are listed, page by page."""
    office = Office(assume, switches)
    for number in range(45):
        office.app.add("ncDeal", {"Label": "Lot", "Extcode": f"L{number}"})
    assert len(office.lots()) == 45


def list_of_programmes(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """All programmes are listed."""
    office = Office(assume, switches)
    office.app.add_programme("Le Clos", "CLO")
    found = [one["Extcode"] for page in office.connection.pages("programmes") for one in page.records]
    assert sorted(found) == ["CLO", "TIL"]


def all_calls(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Every call of the module is made; none that changes something is repeated by itself, whatever its verb."""
    for job in (options, files, denunciations):
        job(folder, switches, assume)
    office = Office(assume, switches)
    office.lot("L1")
    anne = office.prospect("anne")
    office.app.faults.append(Fault("lost", path=".*/ncOption/Add"))
    office.app.calls.clear()
    assert office.refused("lots.deposer-option", lot="L1", prospect=anne)
    assert len([call for call in office.app.calls if call.path.endswith("/ncOption/Add")]) == 1


def ranks(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """When the first option ends, what is told of the lot is what is done there."""
    office = Office(assume, switches)
    office.lot("L1")
    anne, luc = office.prospect("anne"), office.prospect("luc")
    for prospect in (anne, luc):
        office.call("lots.deposer-option", lot="L1", prospect=prospect)
    office.call("lots.annuler-option", lot="L1", rang=1)
    told = office.call("lots.etat-option", lot="L1")
    moved = switches["rank_two"] == "moves_up"
    assert (told["possible"], told["rang"]) == ((True, 2) if moved else (False, None))
    if told["possible"]:
        assert office.call("lots.deposer-option", lot="L1", prospect=anne)["rang"] == 2
    else:
        assert office.refused("lots.deposer-option", lot="L1", prospect=anne)
    assert [one.prospect for one in office.app.options.live.values()] == [luc, anne][: 1 + moved]
    scene = Scene(folder, assume, **switches)
    max_ = scene.immo.add("ncThird", {"Label": "Max"})
    scene.place(scene.anne, 1)
    scene.place(max_, 2)
    scene.at("options.annuler", rang=1)
    scene.project.sync("lot")
    allowed, rank = scene.ask("L1")
    assert allowed
    scene.place(scene.anne, rank)
    assert scene.ask("L1") == (False, None)


TENANT = """
    connector: koban_immobilier
    settings: {base_url: "http://127.0.0.1:1/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
    assume: ASSUME
"""
PROJECT = """
connections:
  agency: TENANT
  office: TENANT
mappings: [account, lot]
"""
ACCOUNTS = """
entity: account
about: Those who buy
sides: {agency: {resource: accounts}, office: {resource: accounts}}
match: [email]
fields:
  name: {agency: Label, office: Label}
  email: {type: email, agency: EMail, office: EMail}
"""
LOTS = """
entity: lot
about: The lots of two agencies
sides:
  agency: {resource: lots}
  office: {resource: lots, accepts: "{{ name != 'Secret' }}"}
match: [code]
fields:
  name: {agency: Label, office: Label, required: true}
  code: {agency: Extcode, office: Extcode}
  programme: {agency: Process.Code, office: Process.Code}
  status: {agency: Status.Code, office: Status.Code}
  kind:
    type: choice
    agency: Type
    office: Type
    values: {secondary: {agency: [Secondary, SECONDARY], office: [Secondary, SECONDARY]}}
  main: {type: ref, entity: lot, agency: Link, office: Link}
  buyer: {type: ref, entity: account, agency: Third.Guid, office: Third.Guid}
  price: {type: decimal, agency: Amountprev, office: Amountprev}
"""


class Stock:
    """Two tenants whose lots are kept alike."""

    def __init__(self, folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
        clock = self.clock = Clock()
        self.agency, self.office = (KobanImmobilier(clock=clock, switches=switches) for _ in range(2))
        (folder / "mappings").mkdir()
        said = PROJECT.replace("TENANT", TENANT).replace("ASSUME", json.dumps(assume))
        for name, text in (("mapper", said), ("mappings/account", ACCOUNTS), ("mappings/lot", LOTS)):
            (folder / f"{name}.yaml").write_text(text, encoding="utf-8")
        for app in (self.agency, self.office):
            app.add_programme("Les Tilleuls", "TIL")
        wires = {"agency": Wire(self.agency), "office": Wire(self.office)}
        self.project = load(folder, env=ENV, transports=wires, clock=clock, sleep=clock.sleep)

    def run(self) -> None:
        self.clock.now += 60
        for entity in ("account", "lot"):
            assert self.project.sync(entity).exit_code == 0

    def shown(self, app: KobanImmobilier) -> dict[str, tuple[Any, ...]]:
        """What stands in a tenant, whatever the forms of its answers."""
        rows = app._desk.tables["ncDeal"].rows
        codes = {guid: row["Extcode"] for guid, row in rows.items()}
        mails = {row["Guid"]: row["EMail"] for row in app.data()["ncThird"]}
        return {
            row["Extcode"]: (row["Label"], app.stock.status(row), codes.get(row["Link"]), mails.get(row["Third"]))
            for row in rows.values()
        }


def lots(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Lots of two tenants, with a main lot, a secondary one and a buyer, are kept alike both ways."""
    stock = Stock(folder, switches, assume)
    til = {"Process": {"Code": "TIL"}}
    anne = stock.agency.add("ncThird", {"Label": "Anne", "EMail": "anne@example.com", "Extcode": "A"})
    main = stock.agency.add(
        "ncDeal", {"Label": "Lot 1", "Extcode": "M1", "Status": {"Code": "BLOQUE"}, "Third": {"Guid": anne}, **til}
    )
    for code, label in (("P1", "Box 1"), ("P2", "Box 2")):
        link = stock.agency.add("ncDeal", {"Label": "Secret", "Extcode": f"S{code}"}) if code == "P2" else main
        key = (stock.agency.stock.lot("M1") if link == main else stock.agency.stock.lot(f"S{code}")) or {}
        named = key["Guid"] if switches.get("link") == "guid" else key["Extcode"]
        stock.agency.add("ncDeal", {"Label": label, "Extcode": code, "Type": "Secondary", "Link": named, **til})
    # So that the main lot comes last in lists.
    stock.clock.now += 5
    stock.agency.edit("ncDeal", main, {"Description": "Calme"})
    stock.run()
    assert stock.shown(stock.office) == {
        "M1": ("Lot 1", "BLOQUE", None, "anne@example.com"),
        "P1": ("Box 1", "LIBRE", "M1", None),
        "P2": ("Box 2", "LIBRE", None, None),
    }
    copy = stock.office.stock.lot("M1") or {}
    stock.office.edit("ncDeal", copy["Guid"], {"Label": "Lot 1 bis"})
    stock.agency.edit("ncDeal", main, {"Description": "Traversant"})
    stock.run()
    there = stock.agency._desk.tables["ncDeal"].rows[main]
    assert (there["Label"], there["Description"], len(stock.shown(stock.agency))) == ("Lot 1 bis", "Traversant", 4)
    assert len(stock.shown(stock.office)) == 3
    for app in (stock.agency, stock.office):
        app.calls.clear()
    stock.run()
    assert [call for app in (stock.agency, stock.office) for call in app.calls if call.method != "GET"] == []


TOLD = """
serve: {url: "https://hooks.example.com"}
connections:
  immo:
    connector: koban_immobilier
    assume: ASSUME
    settings: {base_url: "http://127.0.0.1:8401/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
    replies:
      option_check:
        entity: lot
        find: {code: "{{ query.extcode }}"}
        answer:
          status: "{{ record.status in ['LIBRE', 'OPTION'] and options | length < 2 }}"
          rank: "{{ 1 if record.status == 'LIBRE' and not options else next_rank }}"
  copy:
    connector: koban
    settings: {base_url: "http://127.0.0.1:8402/api/v1", api_key: "${KEY}", user_key: "${USER_KEY}"}
    limits: {per_second: 0}
mappings: NAMES
"""
PRODUCTS = """
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
BUYERS = """
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

    def __init__(
        self,
        folder: Path,
        assume: dict[str, str] | None = None,
        /,
        more: dict[str, str] | None = None,
        **switches: str,
    ) -> None:
        """`more` are further mappings, by name."""
        clock = self.clock = Clock()
        self.down = False
        #: Verbs by which nobody reaches our door.
        self.shut: set[str] = set()
        self.immo = KobanImmobilier(clock=clock, switches=switches, door=self.knock)
        self.copy = KobanImmobilier(clock=clock)
        (folder / "mappings").mkdir()
        mappings = {"lot": PRODUCTS, "buyer": BUYERS, **(more or {})}
        told = TOLD.replace("ASSUME", json.dumps(assume or {})).replace("NAMES", json.dumps(list(mappings)))
        for name, text in {"mapper": told, **{f"mappings/{name}": text for name, text in mappings.items()}}.items():
            (folder / f"{name}.yaml").write_text(text)
        wires = {"immo": Wire(self.immo, self.cut), "copy": Wire(self.copy)}
        self.project: Project = load(folder, env=ENV, transports=wires, clock=clock, sleep=clock.sleep)
        self.immo.add_programme("Les Tilleuls", "TIL")
        code = {"Process": {"Code": "TIL"}}
        self.lots = {
            name: self.immo.add("ncDeal", {"Label": name, "Extcode": name, **code, "Status": {"Code": status}})
            for name, status in (("L1", "LIBRE"), ("L2", "OPTION"), ("L3", "BLOQUE"))
        }
        self.anne = self.immo.add("ncThird", {"Label": "Noël", "EMail": "anne@example.com"})
        hooks = self.project.connector("immo").spec.webhooks
        own = [name for name in hooks if hooks[name].subscribe is None]
        self.immo.notices.urls = {one.hook: one.url for one in subscribe(self.project, "immo", own)}

    def knock(self, method: str, url: str, form: bytes | None) -> tuple[int, str]:
        """The network between the vendor and the door."""
        if method in self.shut:
            return 0, ""
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

    def at(self, operation: str, **args: Any) -> None:
        """A call about the first lot, a minute later."""
        self.clock.sleep(60)
        self.call(operation, lot="L1", **args)

    def place(self, prospect: str, rank: int) -> None:
        self.at("options.ajouter", prospect=prospect, rang=rank, date=int(self.clock()))

    def waiting(self, entity: str) -> list[tuple[str, str | None]]:
        return [(row["hook"], row["key"]) for row in inbox.take(self.project.store, entity, 1)]

    def ask(self, lot: str) -> Any:
        allowed, rank = self.immo.notices.check(lot)
        assert self.immo.notices.sent[-1].status == 200
        return allowed, rank


def notices(folder: Path, switches: dict[str, str], assume: dict[str, str]) -> None:
    """Whatever Koban tells, and whether it is heard or not, the other side ends as Koban is."""
    scene = Scene(folder, **switches)
    scene.project.sync("lot")
    scene.shut = {"POST"} if "notice_failure" in switches else {"GET"} if "check_failure" in switches else set()
    scene.immo.place("L1", scene.anne)
    with suppress(MapperError):
        scene.call("options.ajouter", lot="L2", prospect=scene.anne, rang=1, date=int(scene.clock()))
    scene.immo.request_of(scene.anne, [{"TagCategoryCode": "PROGRAMME", "Label": "Les Tilleuls"}], [])
    assert all(one.status == 200 for one in scene.immo.notices.sent if one.method not in scene.shut)
    scene.clock.sleep(60)
    scene.project.sync("lot")
    rows = scene.immo._desk.tables["ncDeal"].rows.values()
    status = {row["Extcode"]: scene.immo.stock.status(row) for row in rows}
    assert {row["OtherCode"]: row["Comments"] for row in scene.copy.data()["ncProduct"]} == status


JOBS = {
    "options": options,
    "lapse": lapse,
    "files": files,
    "denunciations": denunciations,
    "programmes": programmes,
    "list_of_lots": list_of_lots,
    "list_of_programmes": list_of_programmes,
    "all": all_calls,
    "ranks": ranks,
    "lots": lots,
    "notices": notices,
}
