"""How a person at each vendor adds, edits and sees companies and people, in words that are the same for all three."""

from __future__ import annotations

from typing import Any

from tests.sync.world import World

SIDES = ("koban", "nicoka", "cirrus")
TABLE = {
    "company": {"koban": "ncThird", "nicoka": "customers", "cirrus": "accounts"},
    "person": {"koban": "ncContact", "nicoka": "contacts", "cirrus": "contacts"},
}
#: By kind of record, what may be typed into each field.
VALUES: dict[str, dict[str, list[str]]] = {
    "company": {
        "email": ["", "a@x.example", "b@x.example", "c@x.example"],
        "phone": ["", "+33142685300", "+33142685301"],
        "website": ["", "https://a.example", "https://b.example"],
        "city": ["", "Lyon", "Paris", "Nantes"],
        "status": ["prospect", "client", "supplier"],
        "sector": ["", "Santé", "Commerce", "Énergie"],
    },
    "person": {
        "function": ["", "Chief", "Buyer", "Clerk"],
        "mobile": ["", "+33612345678", "+33612345679"],
        "phone": ["", "+33142685300", "+33142685301"],
    },
}
TAGS = ("Cuisine", "Poterie", "Bricolage", "Jardinage")
TAG_IDS = {
    "nicoka": {"1": "Cuisine", "2": "Bricolage", "3": "Poterie", "4": "Jardinage"},
    "cirrus": {101: "Cuisine", 102: "Bricolage", 103: "Poterie", 104: "Jardinage"},
}
STATUS = {
    "koban": {"prospect": "PRO", "client": "CLI", "supplier": "FOU"},
    "nicoka": {"prospect": 1, "client": 2, "supplier": 3},
    "cirrus": {"prospect": 3, "client": 1, "supplier": 4},
}
SECTEUR = "5583bc220dc3610a94746d3b"
INDUSTRY = {"Énergie": 119, "Santé": 120, "Commerce": 122}
COLUMNS = {
    ("company", "koban"): {"email": "EMail", "phone": "Phone", "website": "Website"},
    ("company", "nicoka"): {"email": "email", "phone": "phone", "website": "website", "city": "city"},
    ("company", "cirrus"): {"email": "email", "phone": "phone", "website": "url"},
    ("person", "koban"): {"function": "Function", "mobile": "Cell", "phone": "Phone"},
    ("person", "nicoka"): {"function": "headline", "mobile": "phone2", "phone": "phone1"},
    ("person", "cirrus"): {"function": "function", "mobile": "cellphone", "phone": "officephone"},
}
NAME = {
    "company": {"koban": "Label", "nicoka": "name1", "cirrus": "name"},
    "person": {"koban": "Name", "nicoka": "last_name", "cirrus": "surname"},
}


def rows(world: World, kind: str, side: str) -> list[dict[str, Any]]:
    """The records that a person sees in the list of a vendor."""
    return [row for row in kept(world, kind, side) if not row.get("Obsolete") and row.get("active", 1)]


def kept(world: World, kind: str, side: str) -> list[dict[str, Any]]:
    """The records that a vendor still has, in use or not."""
    return world.sandboxes[side].data()[TABLE[kind][side]]


def key(row: dict[str, Any]) -> Any:
    return row.get("Guid") or row["id"]


def name(kind: str, side: str, row: dict[str, Any]) -> str:
    return str(row[NAME[kind][side]])


def seen(world: World, kind: str, side: str, *, ended: bool = False) -> dict[str, dict[str, str]]:
    """All records of a vendor, by name, field by field; what is empty is an empty text. No name may be double.

    Those that are in use, or those that have `ended`.
    """
    found: dict[str, dict[str, str]] = {}
    companies = {str(key(row)): name("company", side, row) for row in ever(world, "company", side)}
    used = rows(world, kind, side)
    for row in [row for row in kept(world, kind, side) if row not in used] if ended else used:
        called = name(kind, side, row)
        assert called not in found, f"{side} holds {kind} {called} twice"
        values = {field: _text(row[column]) for field, column in COLUMNS[kind, side].items()}
        if kind == "company":
            values |= _company(side, row)
        else:
            at = row["Third"] or {} if side == "koban" else row["account"] if side == "cirrus" else row
            values["company"] = companies.get(
                str(at.get("customerid") if side == "nicoka" else key(at) if at else ""), ""
            )
        found[called] = values
    return found


def ever(world: World, kind: str, side: str) -> list[dict[str, Any]]:
    """All records of a vendor, among them those that no list shows any more, as far as it has kept them."""
    if side == "nicoka":
        return list(world.nicoka.account.tables[TABLE[kind][side]].rows.values())
    return kept(world, kind, side)


def _text(value: Any) -> str:
    text = str(value or "")
    digits = text.replace(" ", "")
    return f"+33{digits[1:]}" if digits.startswith("0") and digits.isdigit() else text


def _company(side: str, row: dict[str, Any]) -> dict[str, str]:
    if side == "koban":
        fields = {value["FieldId"]: value["Value"] for value in row["MoreFields"] or []}
        city, sector, status = (row["Address"] or {}).get("City"), fields.get(f"{SECTEUR}_lb"), row["Status"]["Code"]
        tags = {tag["Label"] for tag in row["Tags"] or []}
    elif side == "nicoka":
        city, status = row["city"], row["status"]
        sector = {number: label for label, number in INDUSTRY.items()}.get(row["industry"])
        tags = {label for number, label in TAG_IDS[side].items() if f'"{number}"' in (row["tags"] or "")}
    else:
        city, sector, status = row["addresses"]["visiting"]["city"], row["dynamicfields"]["Bransch"], row["type"]["id"]
        tags = {tag["name"] for tag in row["tags"]}
    word = next((word for word, code in STATUS[side].items() if code == status), str(status))
    return {"city": city or "", "sector": sector or "", "status": word} | {
        f"tag {tag}": "yes" if tag in tags else "" for tag in TAGS
    }


def type_in(world: World, kind: str, side: str, record: Any, field: str, value: str, tags: frozenset[str]) -> None:
    """One field of one record, as a person at that vendor writes it; of tags the whole set."""
    table, sandbox = TABLE[kind][side], world.sandboxes[side]
    column = COLUMNS[kind, side].get(field)
    if column:
        changes: dict[str, Any] = {column: value or ("" if side == "cirrus" else None)}
    elif field == "tags":
        changes = {"Tags": [{"TagCategoryCode": "INTERET", "Label": tag} for tag in sorted(tags)]}
        if side == "nicoka":
            numbers = [f'"{number}"' for number, tag in TAG_IDS[side].items() if tag in tags]
            changes = {"tags": f"[{','.join(numbers)}]" if numbers else None}
        elif side == "cirrus":
            changes = {"tags": [{"id": number} for number, tag in TAG_IDS[side].items() if tag in tags]}
    elif field == "status":
        code = STATUS[side][value]
        changes = {"Status": {"Code": code}} if side == "koban" else {"status" if side == "nicoka" else "typeid": code}
    elif field == "city":
        changes = (
            {"Address": {"City": value or None}} if side == "koban" else {"addresses": {"visiting": {"city": value}}}
        )
    elif side == "cirrus":
        world.cirrus.set_dynamic("account", record, "Bransch", value)
        return
    elif side == "nicoka":
        changes = {"industry": INDUSTRY.get(value)}
    else:
        changes = {"MoreFields": [{"FieldId": SECTEUR, "Value": value or None}]}
    sandbox.edit(table, record, changes)


def move(world: World, side: str, person: Any, company: Any) -> None:
    """Give a person another company, by the keys of that vendor."""
    column: dict[str, Any] = {"koban": {"Third": {"Guid": company}}, "nicoka": {"customerid": company},
                              "cirrus": {"accountid": company}}[side]  # fmt: skip
    world.sandboxes[side].edit(TABLE["person"][side], person, column)


def remove(world: World, kind: str, side: str, record: Any, *, for_good: bool) -> None:
    """Take a record away; the first vendor shows one as removed unless it was deleted for good."""
    sandbox: Any = world.sandboxes[side]
    if side == "koban" and not for_good:
        sandbox.edit(TABLE[kind][side], record, {"Obsolete": True})
    else:
        sandbox.remove(TABLE[kind][side], record)


def merge(world: World, kind: str, side: str, winner: Any, loser: Any) -> None:
    """Make one record of two, at the third vendor of companies only; who was at a company that goes is at the other."""
    if side == "nicoka":
        world.nicoka.merge(TABLE[kind][side], winner, loser)
    else:
        world.cirrus.merge(winner, loser)


def add(world: World, kind: str, side: str, called: str, at: Any = None, siret: str | None = None) -> None:
    """A new record; a person at the company with the key `at`."""
    if kind == "person":
        # Without an e-mail address the first vendor lets nobody change a contact that was typed in there.
        email = f"{called.replace(' ', '.')}@x.example"
        if side == "koban":
            world.koban.add_person({"last_name": called, "first_name": "Bo", "email": email}, at)
        elif side == "nicoka":
            values = {"last_name": called, "first_name": "Bo", "email": email, "customerid": at}
            world.nicoka.add("contacts", values)
        else:
            world.cirrus.add("contacts", {"surname": called, "name": "Bo", "email": email, "accountid": at})
    elif side == "koban":
        world.company(called, **({"siret": siret} if siret else {}))
    elif side == "nicoka":
        number = {"identification_number": siret} if siret else {}
        world.nicoka.add("customers", {"name1": called, "status": 1, **number})
    else:
        world.cirrus.add("accounts", {"name": called, "typeid": 3})
