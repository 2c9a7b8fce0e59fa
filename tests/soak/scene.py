"""What the proofs sync: companies and their people at three vendors, edited on every side; and what must come of it."""

from __future__ import annotations

import re
from typing import Any

from tests.sync.world import World

SECTORS = ("Santé", "Énergie", "Commerce")
INDUSTRIES = {"Santé": 120, "Énergie": 119, "Commerce": 122}
TABLES = {"koban": ("ncThird", "ncContact"), "nicoka": ("customers", "contacts"), "cirrus": ("accounts", "contacts")}

#: How many companies and people are linked at first, and how many come new on each side: 300 records in all.
WHOLE = {"companies": 45, "people": 45, "new_companies": 5, "new_people": 5}
#: The same scene, small: for points that are tried with every run of the tests.
SMALL = {"companies": 6, "people": 4, "new_companies": 2, "new_people": 2}

#: What a vendor gives by itself, and what counts the writes: no two ways to the same end have it alike.
VOLATILE = re.compile(r"^(Guid|id|D?Created|D?Updated|UpdatedBy|[cu]date|[cu]name|status_udate|versi|keyname|uid)$")


def build(world: World, sizes: dict[str, int]) -> None:
    """Everything linked and silent, then edited and added to on all three sides; nothing of that is synced yet."""
    companies = [
        world.company(f"Company {n}", sector=SECTORS[n % 3], interests=["Cuisine"]) for n in range(sizes["companies"])
    ]
    for n in range(sizes["people"]):
        person = {"first_name": "Ann", "last_name": f"Person {n}", "email": f"ann{n}@x.example"}
        world.koban.add_person(person, companies[n % len(companies)])
    for _ in range(2):
        world.sync("company")
        world.sync("person")
    world.clock.now += 10_000
    _edit(world, sizes["companies"], sizes["people"])
    _add(world, sizes["new_companies"], sizes["new_people"])
    world.clock.now += 10_000


def _edit(world: World, companies: int, people: int) -> None:
    """Every third record is edited, on each side in turn, by single values, lists of choices and tags in turn."""
    by_name = {side: {name_of(row): row for row in world.sandboxes[side].data()[TABLES[side][0]]} for side in TABLES}
    for n in range(0, companies, 3):
        name, side = f"Company {n}", list(TABLES)[n // 3 % 3]
        row = by_name[side][name]
        if side == "koban":
            tags = [{"TagCategoryCode": "INTERET", "Label": label} for label in ("Poterie", "Bricolage")]
            world.koban.edit("ncThird", row["Guid"], {"Website": f"https://{n}.example", "Tags": tags})
        elif side == "nicoka":
            world.nicoka.edit("customers", row["id"], {"city": "Nantes", "industry": 122, "phone": "+33142685300"})
        else:
            world.cirrus.edit("accounts", row["id"], {"email": f"c{n}@x.example"})
            world.cirrus.set_dynamic("account", row["id"], "Bransch", SECTORS[(n + 1) % 3])
    for n in range(0, people, 5):
        side = list(TABLES)[n % 2 + 1]
        row = next(r for r in world.sandboxes[side].data()["contacts"] if name_of(r) == f"Person {n}")
        column = "headline" if side == "nicoka" else "function"
        world.sandboxes[side].edit("contacts", row["id"], {column: f"Chief of {n}"})


def _add(world: World, companies: int, people: int) -> None:
    keys: dict[str, list[Any]] = {side: [] for side in TABLES}
    for n in range(companies):
        keys["koban"].append(world.company(f"Of koban {n}", sector=SECTORS[n % 3]))
        customer = {"name1": f"Of nicoka {n}", "zipcode": "75001", "city": "Paris", "industry": 120, "status": 2}
        keys["nicoka"].append(world.nicoka.add("customers", customer))
        keys["cirrus"].append(world.cirrus.add("accounts", {"name": f"Of cirrus {n}", "url": f"https://c{n}.example"}))
        world.cirrus.set_dynamic("account", keys["cirrus"][-1], "Bransch", SECTORS[n % 3])
    for n in range(people):
        at = {side: found[n % len(found)] for side, found in keys.items()}
        person = {"first_name": "Bo", "last_name": f"Of koban {n}", "mobile": "06 12 34 56 78"}
        world.koban.add_person(person, at["koban"])
        world.nicoka.add("contacts", {"last_name": f"Of nicoka {n}", "first_name": "Bo", "customerid": at["nicoka"]})
        world.cirrus.add("contacts", {"surname": f"Of cirrus {n}", "name": "Bo", "accountid": at["cirrus"]})


def name_of(row: dict[str, Any]) -> str:
    """The name by which a person knows a record at any of the vendors."""
    return str(row.get("Label") if "Label" in row and "Third" not in row else None or row.get("name1")
               or row.get("Name") or row.get("last_name") or row.get("surname") or row.get("name"))  # fmt: skip


def end_state(world: World) -> dict[str, list[str]]:
    """All that the three vendors hold, record by record in words; records are called by their names, not by ids."""
    held = {
        (side, kind): world.sandboxes[side].data()[table] for side in TABLES for kind, table in enumerate(TABLES[side])
    }
    names = {(kind, f"{side}:{key_of(row)}"): name_of(row) for (side, kind), rows in held.items() for row in rows}
    return {
        f"{side}.{TABLES[side][kind]}": sorted(str(_plain(row, side, kind, names)) for row in rows)
        for (side, kind), rows in held.items()
    }


def key_of(row: dict[str, Any]) -> Any:
    return row.get("Guid") or row["id"]


#: Where one kind of record speaks of the other.
KINDS = {"Third": 0, "account": 0, "parentaccount": 0, "customerid": 0, "contacts": 1, "contactid": 1}


def _plain(value: Any, side: str, kind: int, names: dict[tuple[int, str], str]) -> Any:
    if isinstance(value, dict):
        own = [names[place] for name in ("Guid", "id") if (place := (kind, f"{side}:{value.get(name)}")) in names]
        parts = {n: _plain(v, side, KINDS.get(n, kind), names) for n, v in value.items() if not VOLATILE.match(n)}
        return {n: v for n, v in sorted(parts.items()) if v} | ({"is": own[0]} if own else {})
    if isinstance(value, list):
        return sorted((_plain(part, side, kind, names) for part in value), key=str)
    return names.get((kind, str(value))) or names.get((kind, f"{side}:{value}")) or value
