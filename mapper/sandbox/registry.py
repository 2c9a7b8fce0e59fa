"""The simulators by name, filled as the demo wants them."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from ..errors import UsageError
from ..spec import document
from ..spec.document import nearest
from . import people
from .base import Sandbox
from .project import systems

#: Calls a second above which a simulator answers 429 where it is asked to keep to a limit.
MOST_CALLS = 4.0

_DATA = Path(__file__).parent / "data" / "project"


def served() -> tuple[str, ...]:
    """The names of all simulators: of the systems, and of their modules, which are served by name only."""
    return (*systems(), "koban_immobilier")


def make(name: str, *, switches: Mapping[str, str] | None = None, rate: float | None = None) -> Sandbox:
    """A simulator without companies and persons, a module with what it is about.

    Raises UsageError for an unknown name, switch or choice.
    """
    if name not in served():
        raise UsageError(f"there is no sandbox of '{name}'", hint=nearest(name, served()))
    known = choices(name)
    for switch, choice in (switches or {}).items():
        if switch not in known:
            hint = nearest(switch, known) or f"there are {', '.join(known)}"
            raise UsageError(f"the sandbox {name} has no switch '{switch}'", hint=hint)
        if choice not in known[switch]:
            hint = f"choose {' or '.join(known[switch])}"
            raise UsageError(f"the switch {name}.{switch} cannot be '{choice}'", hint=hint)
    return _MAKERS[name](switches=switches, rate=rate)


def choices(name: str) -> Mapping[str, tuple[str, ...]]:
    """The switches of a simulator with their choices, the default first."""
    return _MAKERS[name]().choices


def keys(name: str) -> dict[str, str]:
    """The demo credentials of a simulator, by the variables under which a project's `.env` has them."""
    found: dict[str, str] = document.read(_DATA / f"{name}.yaml").data["env"]
    return found


def fill(sandbox: Sandbox, companies: int, persons: int, flaws: int = 0) -> None:
    """Type in so many companies and persons; the persons work for the companies."""
    employers = list(people.companies(companies, flaws=flaws))
    _FILLERS[sandbox.name](sandbox, employers, list(people.persons(persons, employers)))


def _koban(*, switches: Mapping[str, str] | None = None, **options: Any) -> Sandbox:
    from .koban import Koban

    return Koban(switches=switches, **options)


def _immobilier(**options: Any) -> Sandbox:
    from .koban_immobilier import KobanImmobilier

    sandbox = KobanImmobilier(**options)
    sandbox.add_programme("Les Tilleuls", "TIL")
    for number in range(1, 13):
        lot = {"Process": {"Code": "TIL"}, "Amountprev": 180_000 + 5_000 * number}
        guid = sandbox.add("ncDeal", {**lot, "Label": f"Appartement {number}", "Extcode": f"L{number}"})
        if number <= 4:
            main = guid if sandbox.switches["link"] == "guid" else f"L{number}"
            box = {"Process": {"Code": "TIL"}, "Amountprev": 15_000, "Type": "Secondary", "Link": main}
            sandbox.add("ncDeal", {**box, "Label": f"Parking {number}", "Extcode": f"P{number}"})
    return sandbox


def _nicoka(**options: Any) -> Sandbox:
    from .nicoka import Nicoka

    return Nicoka(**options)


def _cirrus(**options: Any) -> Sandbox:
    from .cirrus import Cirrus

    # An account that bears all tags would be kept alike as if it were a company.
    return Cirrus(tag_carrier=False, **options)


_MAKERS: Mapping[str, Callable[..., Sandbox]] = {
    "koban": _koban, "nicoka": _nicoka, "cirrus": _cirrus, "koban_immobilier": _immobilier,
}  # fmt: skip


def _fill_koban(sandbox: Any, employers: list[dict[str, Any]], persons: list[dict[str, Any]]) -> None:
    guids = [sandbox.add_company(company) for company in employers]
    for person in persons:
        sandbox.add_person(person, guids[person["company"]] if "company" in person else None)


def _fill_nicoka(sandbox: Any, employers: list[dict[str, Any]], persons: list[dict[str, Any]]) -> None:
    status = {"prospect": 1, "client": 2}
    idents = []
    for company in employers:
        wires = {"name": "name1", "siret": "identification_number", "vat": "vat_reg_number", "notes": "comments"}
        wires |= {name: name for name in ("email", "phone", "website", "city", "country")} | {"zip": "zipcode"}
        fields = {wire: company[name] for name, wire in wires.items() if name in company}
        idents.append(sandbox.add("customers", {**fields, "status": status[company["status"]]}))
    for person in persons:
        wires = {"first_name": "first_name", "last_name": "last_name", "email": "email"}
        wires |= {"phone": "phone1", "mobile": "phone2", "function": "headline", "notes": "description"}
        fields = {wire: person[name] for name, wire in wires.items() if name in person}
        employer = {"customerid": idents[person["company"]]} if "company" in person else {}
        sandbox.add("contacts", {**fields, **employer})


def _fill_cirrus(sandbox: Any, employers: list[dict[str, Any]], persons: list[dict[str, Any]]) -> None:
    kinds = {"prospect": 3, "client": 1}
    idents = []
    for company in employers:
        wires = {"name": "name", "vat": "vatno", "email": "email", "phone": "phone", "website": "url", "notes": "info"}
        fields = {wire: company[name] for name, wire in wires.items() if name in company}
        visiting = {name: company[name] for name in ("street", "zip", "city", "country") if name in company}
        typed = {**fields, "addresses": {"visiting": visiting}, "typeid": kinds[company["status"]]}
        idents.append(sandbox.add("accounts", typed))
    for person in persons:
        if "company" not in person:
            continue
        wires = {"first_name": "name", "last_name": "surname", "email": "email", "function": "function"}
        wires |= {"phone": "officephone", "mobile": "cellphone"}
        fields = {wire: person[name] for name, wire in wires.items() if name in person}
        sandbox.add("contacts", {**fields, "accountid": idents[person["company"]]})


_FILLERS: Mapping[str, Callable[[Any, list[dict[str, Any]], list[dict[str, Any]]], None]] = {
    "koban": _fill_koban,
    "koban_immobilier": _fill_koban,
    "nicoka": _fill_nicoka,
    "cirrus": _fill_cirrus,
}
