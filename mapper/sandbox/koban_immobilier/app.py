"""The door of the module: its calls beside those of the CRM, and what a person does on its screens."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict
from typing import Any

from werkzeug.routing import Rule
from werkzeug.wrappers import Request, Response

from ..base import answer
from ..koban import Koban, answers
from ..koban.values import Refused, folded
from .denunciations import Denunciations
from .files import Files
from .notices import EVENTS, Door, Notices, over_http
from .options import Option, Options
from .stock import LotReader, LotWriter, NoAnswer, Stock, inside, typed

_Run = Callable[["KobanImmobilier", Mapping[str, Any]], Response]


class KobanImmobilier(Koban):
    """A Koban tenant with the real-estate module: the switches of Koban, and these, the default first.

    status_verb       both | get | post      how ncOption/GetLotStatus is asked
    check_verb        both | get | post      how ncDenonc/CheckDenonc is asked
    write_verb        both | get | post      how all other calls of the module are made
    status_name       extcode | Deal.Extcode the name of the lot's code in ncOption/GetLotStatus
    names             nested | flat          {"Deal": {"Extcode": ...}}, or {"Deal.Extcode": ...}
    errorcode         text | number          "01", or 1
    two_options       max_rank | minus_three how GetLotStatus says that two options are live
    end_date          iso | msdate | seconds | milliseconds   the form of EndDate
    expiry            up | down              to which half hour the end of an option is moved
    prolongation      replaces | adds        what DateProlongation does to the end
    rank_two          keeps | moves_up       the second option when the first one ends
    freed             libre | stays          the status of a lot whose last option has ended
    lot_status        object | code          how the status of a lot stands
    secondary         Secondary | SECONDARY  how the type of a secondary lot is spelled on read
    link              both | extcode | guid  by what a secondary lot names its main lot on write
    lot_account       both | extcode         what `thirduniqueproperty` may be on lots
    missing_main      refuse | orphan        a secondary lot whose main lot is not known
    denunciations     on | off               whether the module is activated
    denounced         plain | person | account   the names of members of ncDenonc: see `denunciations`
    check_answer      bare | envelope        the answer to ncDenonc/CheckDenonc
    denunciation_answer  immo | envelope     the answer to ncDenonc/Create
    valid_answer      immo | envelope        the answer to ncPreresv/AddValid
    price_unit        euros | cents          PrixVente and Garantie
    file_dates        any | dmy | iso | seconds | msdate   the dates of a reservation file; any: as they were given
    notice_failure    keep | roll_back       what an option does that the remote system refuses afterwards
    check_failure     refused | allowed      a check that is answered with garbage, or not at all
    notice_dates      seconds | milliseconds ExpDate and PrgDate in notifications
    notice_arrays     json | indexed         Tags and MoreFields in notifications
    notice_charset    utf-8 | windows-1252   the characters of notifications
    own_notices       sent | silent          whether what the API does is notified as well

    `option_days` is the lifetime of options that the administrator has set, `option_limit` how many the API's user may
    have live, `door` makes the calls of notifications in the place of the network.
    """

    name = "koban_immobilier"
    choices: Mapping[str, tuple[str, ...]] = {
        **Koban.choices,
        "status_verb": ("both", "get", "post"),
        "check_verb": ("both", "get", "post"),
        "write_verb": ("both", "get", "post"),
        "status_name": ("extcode", "Deal.Extcode"),
        "names": ("nested", "flat"),
        "errorcode": ("text", "number"),
        "two_options": ("max_rank", "minus_three"),
        "end_date": ("iso", "msdate", "seconds", "milliseconds"),
        "expiry": ("up", "down"),
        "prolongation": ("replaces", "adds"),
        "rank_two": ("keeps", "moves_up"),
        "freed": ("libre", "stays"),
        "lot_status": ("object", "code"),
        "secondary": ("Secondary", "SECONDARY"),
        "link": ("both", "extcode", "guid"),
        "lot_account": ("both", "extcode"),
        "missing_main": ("refuse", "orphan"),
        "denunciations": ("on", "off"),
        "denounced": ("plain", "person", "account"),
        "check_answer": ("bare", "envelope"),
        "denunciation_answer": ("immo", "envelope"),
        "valid_answer": ("immo", "envelope"),
        "price_unit": ("euros", "cents"),
        "file_dates": ("any", "dmy", "iso", "seconds", "msdate"),
        "notice_failure": ("keep", "roll_back"),
        "check_failure": ("refused", "allowed"),
        "notice_dates": ("seconds", "milliseconds"),
        "notice_arrays": ("json", "indexed"),
        "notice_charset": ("utf-8", "windows-1252"),
        "own_notices": ("sent", "silent"),
    }

    def __init__(self, *, option_days: float = 3, option_limit: int = 10, door: Door = over_http, **base: Any) -> None:
        super().__init__(**base)
        desk = self._desk
        desk.writer = LotWriter(desk.tenant, desk.tables, self.switches, desk.new_guid)
        desk.reader = LotReader(desk.tenant, desk.tables, self.switches)
        self.stock = Stock(desk)
        self.notices = Notices(self.switches, door)
        self.options = Options(self.stock, self.notices, days=option_days, limit=option_limit)
        self.files = Files(self.stock, self.options)
        self.denunciations = Denunciations(self.stock)

    def add_programme(self, label: str, code: str) -> str:
        """Type in a programme; its Guid."""
        with self._lock:
            return self.stock.add_programme(label, code)

    def rules(self) -> Iterable[Rule]:
        yield from super().rules()
        yield Rule("/_sandbox/notices", endpoint=self._notices, methods=["GET", "POST"])
        yield Rule("/_sandbox/click", endpoint=self._click, methods=["POST"])

    def _dispatch(self, request: Request, root: str, version: str, controller: str, action: str = "") -> Response:
        self.options.expire()
        known = (root.lower(), version.lower()) == ("api", "v1")
        run = _CALLS.get(f"{controller}/{action}".lower()) if known else None
        if run is None:
            key = request.args.get("thirduniqueproperty", "Extcode")
            if controller.lower() == "ncdeal" and key != "Extcode" and self.switches["lot_account"] == "extcode":
                return answers.failure(f"La propriété {key} n'est pas une clé", status=400)
            return super()._dispatch(request, root, version, controller, action)
        verb = self.switches[_VERBS.get(run, "write_verb")]
        if request.method not in (("GET", "POST") if verb == "both" else (verb.upper(),)):
            return answer({"Message": f"The requested resource does not support http method '{request.method}'."}, 405)
        try:
            return run(self, self._body(request))
        except NoAnswer as error:
            if run is _reserve_valid and self.switches["valid_answer"] == "envelope":
                return answers.failure(str(error), status=int(self.switches["failure_status"]))
            code: Any = error.code or None
            if code and self.switches["errorcode"] == "number":
                code = int(code)
            return answer({"success": False, "errorcode": code, "message": str(error)})
        except answers.Bad as error:
            return answers.failure(str(error), status=error.status)
        except Refused as error:
            return answers.failure(str(error), status=int(self.switches["failure_status"]))

    def _body(self, request: Request) -> Mapping[str, Any]:
        """The members of a call, of its body or of its query, objects nested."""
        given = {name: typed(name, text) for name, text in request.args.items()}
        body = folded(given if request.method == "GET" else answers.body(request))
        if request.method != "GET" and self.switches["names"] == "nested":
            return body
        found: dict[str, Any] = {}
        for name, value in body.items():
            outer, dot, inner = name.partition(".")
            if dot:
                found.setdefault(outer, {})[inner] = value
            elif not isinstance(value, dict):
                found[name] = value
        return found

    def tell(self, event: str, about: Mapping[str, Any]) -> bool:
        """Notify of what the API did; False where it has to be taken back."""
        if self.switches["own_notices"] == "silent":
            return True
        return self.notices.tell(event, about) or self.switches["notice_failure"] == "keep"

    # What a person does on the screens

    def place(self, lot: str, prospect: str) -> Option | None:
        """Click on the button that places an option: the remote system is asked before and told afterwards.

        None where it does not allow it, or refuses it afterwards and the switch takes it back. Raises NoAnswer.
        """
        with self._lock:
            self.options.expire()
            allowed, rank = self.notices.check(lot)
            if not allowed:
                return None
            found = self.stock.lot(lot)
            taken = len(self.options.of_lot(found["Guid"])) if found else 0
            body = {"deal": {"Extcode": lot}, "third": {"Guid": prospect}, "dateoption": self.clock()}
            option = self.options.add({**body, "rank": rank or min(taken + 1, 2)}, placed_by_api=False)
            well = self.notices.tell("option_added", self.options.about(option))
            if not well and self.switches["notice_failure"] == "roll_back":
                self.options.undo({"deal": {"Extcode": lot}, "rank": option.rank})
                return None
            return option

    def request_of(self, prospect: str, tags: list[dict[str, str]], fields: list[dict[str, str]]) -> bool:
        """A person asks for something on the customer's site: the remote system is told; whether it took it."""
        with self._lock:
            row = self._desk.tables["ncThird"].rows[prospect]
            names = {"Name": "Label", "FirstName": "FirstName", "EMail": "EMail", "Phone": "Phone", "Mobile": "Cell"}
            told: dict[str, Any] = {name: row[member] for name, member in names.items()}
            told |= {"Contact_Type": "Third", "Third_Guid": prospect, "Tags": tags, "MoreFields": fields}
            return self.notices.tell("person", told | {"Optin": bool(row["Optin"]), "Comments": row["Comments"]})

    def _click(self, request: Request) -> Response:
        asked = request.get_json()
        try:
            option = self.place(asked["lot"], asked["prospect"])
        except (NoAnswer, KeyError) as error:
            return answer({"error": str(error)}, 400)
        return answer({"option": asdict(option) if option else None})

    def _notices(self, request: Request) -> Response:
        if request.method == "POST":
            urls = request.get_json()
            unknown = sorted(set(urls) - set(EVENTS))
            if unknown:
                return answer({"error": f"no event {unknown[0]!r}; there are {', '.join(EVENTS)}"}, 400)
            self.notices.urls.update(urls)
        return answer({"urls": self.notices.urls, "sent": [asdict(one) for one in self.notices.sent]})


# The calls


def _status(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    nested = door.switches["status_name"] == "Deal.Extcode"
    code = inside(body, "Deal", "Extcode") if nested else body.get("extcode")
    if not code or not isinstance(code, str):
        raise answers.Bad(f"No value for the parameter '{door.switches['status_name']}'.")
    return answer(door.options.status(code))


def _add(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    option = door.options.add(body)
    if not door.tell("option_added", door.options.about(option)):
        door.options.undo(body)
        raise NoAnswer("", "Le système distant a refusé l'option")
    return answer({"success": True})


def _prolong(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    before, option = door.options.prolong(body)
    if not door.tell("option_prolonged", door.options.about(option)):
        door.options.put_back(before)
        raise NoAnswer("", "Le système distant a refusé la prolongation")
    return answer({"success": True})


def _undo(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    option = door.options.undo(body)
    if not door.tell("option_undone", door.options.about(option)):
        door.options.put_back(option)
        raise NoAnswer("", "Le système distant a refusé l'annulation")
    return answer({"success": True})


def _reserve(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    door.files.add(body)
    return answer({"success": True})


def _reserve_valid(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    found = door.files.add_valid(body)
    door.tell("reservation_validated", door.files.about(found))
    if door.switches["valid_answer"] == "envelope":
        return answers.envelope(door._desk, found.guid, 201)
    return answer({"success": True})


def _withdraw(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    found = door.files.withdraw(body)
    door.tell("reservation_withdrawn", door.files.about(found))
    return answer({"success": True})


def _check(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    told = door.denunciations.check(body)
    return answers.envelope(door._desk, told) if door.switches["check_answer"] == "envelope" else answer(told)


def _denounce(door: KobanImmobilier, body: Mapping[str, Any]) -> Response:
    made = door.denunciations.create(body)
    if door.switches["denunciation_answer"] == "envelope":
        return answers.envelope(door._desk, made.prospect, 201)
    return answer({"success": True})


_CALLS: Mapping[str, _Run] = {
    "ncoption/getlotstatus": _status,
    "ncoption/add": _add,
    "ncoption/prolong": _prolong,
    "ncoption/undo": _undo,
    "ncpreresv/add": _reserve,
    "ncpreresv/addvalid": _reserve_valid,
    "ncpreresv/desist": _withdraw,
    "ncdenonc/checkdenonc": _check,
    "ncdenonc/create": _denounce,
}
#: The switch that says by which verb a call is made; "write_verb" for all others.
_VERBS: Mapping[_Run, str] = {_status: "status_verb", _check: "check_verb"}
