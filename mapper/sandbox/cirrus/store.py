"""One tenant: its tables, its fixed lists, and the shapes in which its records are read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from .table import Row, Table, Views, text

ACCOUNT_TEXTS = [
    "name",
    "alt_name",
    "number",
    "phone",
    "cellphone",
    "fax",
    "email",
    "url",
    "vatno",
    "info",
    "socialmedia_fb",
    "socialmedia_tw",
    "socialmedia_li",
    "externalkey",
]
CONTACT_TEXTS = [
    "name",
    "surname",
    "function",
    "department",
    "email",
    "officephone",
    "cellphone",
    "title",
    "street",
    "city",
    "zip",
    "socialmedia_fb",
    "socialmedia_tw",
    "socialmedia_li",
    "idnumber",
    "externalkey",
]
KINDS = ("visiting", "delivery", "invoice", "postal")
PARTS = ("careof", "name", "street", "zip", "city", "country", "email", "number", "letter")
COORDINATES = ("latitude", "longitude", "distance")

#: id -> (name, is it the default, customer, prospect)
TYPES = {1: ("Kund", 1, 1, 0), 2: ("Partner", 0, 0, 0), 3: ("Prospekt", 0, 0, 1), 4: ("Leverantör", 0, 0, 0)}
TAGS = {
    101: "Cuisine",
    102: "Bricolage",
    103: "Poterie",
    104: "Jardinage",
    105: "Énergie",
    106: "Logiciel",
    107: "Urgent",
    108: "Stratégique",
    109: "Appartement",
    110: "Maison",
}
USERS = {1: ("Anna", "Lind", "Säljchef"), 2: ("Erik", "Berg", "Säljare"), 3: ("Sofia", "Dahl", "Säljare")}


def empty_addresses() -> dict[str, Row]:
    """The four kinds, with nothing in them."""
    return {kind: {} for kind in KINDS}


def new_account() -> Row:
    """The columns of an account of which nothing is known."""
    return {
        **dict.fromkeys(ACCOUNT_TEXTS),
        "typeid": None,
        "userid": None,
        "alternateuserid": None,
        "parentaccountid": None,
        "active": 1,
        "uservisitintervalweeks": None,
        "alternateuservisitintervalweeks": None,
        "addresses": empty_addresses(),
        "accountgroups": [],
        "tags": [],
        "department": None,
        "files": [],
        "followers": [],
        "dynamic": {},
    }


def new_contact() -> Row:
    """The columns of a contact of which nothing is known."""
    return {
        **dict.fromkeys(CONTACT_TEXTS),
        "accountid": None,
        "superiorid": None,
        "primarycontact": 0,
        "active": 1,
        "tags": [],
        "files": [],
        "followers": [],
        "photo": {"avatar": None, "photo": None},
        "dynamic": {},
    }


def _new_user(name: str, surname: str, title: str) -> Row:
    return {
        "active": 1,
        "cellphone": "+46701740605",
        "departments": [],
        "email": f"{name}.{surname}@exempel.se".lower(),
        "language": "sv",
        "lastactive": {},
        "name": name,
        "phone": "+4684650050",
        "presentation": None,
        "startpage": 0,
        "surname": surname,
        "title": title,
        "avatar_b64": None,
        "photo_b64": None,
        "settings": [],
        "roles": [{"id": 7, "name": "Säljare"}],
        "tags": [],
        "code": f"U-{surname.upper()}",
    }


def _street_number(row: Row) -> tuple[int, str]:
    number = row["addresses"]["postal"].get("number") or ""
    return (int(number) if number.isdecimal() else 0, number)


class Store:
    """The tables; `switches` are the sandbox's own, looked at with every read."""

    def __init__(self, switches: Mapping[str, str]) -> None:
        self.switches = switches
        views: Views = {}
        self.accounts = Table(
            first_id=1001,
            orders={
                "name": lambda row: text(row["name"]),
                "number": lambda row: text(row["number"]),
                "userid": lambda row: row["userid"],
                "postaladdress_number": _street_number,
                "postaladdress_odd": lambda row: (_street_number(row)[0] % 2 == 0, _street_number(row)),
                "postaladdress_even": lambda row: (_street_number(row)[0] % 2 == 1, _street_number(row)),
            },
            indexed=["externalkey", "name", "number", "vatno", "phone", "parentaccountid"],
            views=views,
        )
        self.contacts = Table(
            first_id=5001,
            orders={
                "name": lambda row: text(row["name"]),
                "surname": lambda row: text(row["surname"]),
                "email": lambda row: text(row["email"]),
                "primarycontact": lambda row: row["primarycontact"],
            },
            indexed=["externalkey", "email", "surname", "accountid", "superiorid"],
            views=views,
        )
        self.users = Table(
            first_id=10,
            orders={
                "name": lambda row: text(row["name"]),
                "active": lambda row: row["active"],
                "surname": lambda row: text(row["surname"]),
            },
            indexed=[],
            views=views,
        )
        for user_id, names in USERS.items():
            self.users.add(_new_user(*names), user_id)
        #: every kind of record by its path
        self.tables = {"accounts": self.accounts, "contacts": self.contacts, "users": self.users}
        self.views = views
        #: By the id of an account that was merged into another one, the id of that one.
        self.merged: dict[int, int] = {}

    # --- shapes ------------------------------------------------------------------------------------------------------

    def account(self, row: Row) -> Row:
        """An account as it is read, alone and in lists."""
        alternate = row["alternateuserid"]
        return {
            "id": row["id"],
            **{name: self.shown_text(row[name]) for name in ACCOUNT_TEXTS},
            "active": row["active"],
            "department": self.shown_text(row["department"]),
            "uservisitintervalweeks": row["uservisitintervalweeks"],
            "alternateuservisitintervalweeks": row["alternateuservisitintervalweeks"],
            "addresses": {kind: _address(row["addresses"][kind]) for kind in KINDS},
            "files": row["files"],
            "type": {"id": row["typeid"], "name": TYPES[row["typeid"]][0]},
            "user": self.listed_user(row["userid"]),
            "parentaccount": self.listed_account(row["parentaccountid"]),
            "contacts": [self._account_contact(contact) for contact in self.contacts.where("accountid", row["id"])],
            "followers": [self.listed_user(user_id) for user_id in row["followers"]],
            "accountgroups": [self._group(group_id) for group_id in row["accountgroups"]],
            "tags": self.shown_tags(row["tags"]),
            "alternateuserid": None if alternate is None else str(alternate),
            "alternateuser": self.listed_user(alternate),
        }

    def contact(self, row: Row) -> Row:
        """A contact as it is read, alone and in lists."""
        return {
            "id": row["id"],
            "account": self.listed_account(row["accountid"]),
            **{name: self.shown_text(row[name]) for name in CONTACT_TEXTS},
            "primarycontact": row["primarycontact"],
            "active": row["active"],
            "superior": self._listed_contact(row["superiorid"]),
            "files": row["files"],
            "followers": [self.listed_user(user_id) for user_id in row["followers"]],
            "photo": row["photo"],
            "tags": self.shown_tags(row["tags"]),
        }

    def listed_user(self, user_id: int | None) -> Row | None:
        """A user inside another record."""
        names = ["id", "name", "surname", "title", "email", "phone", "cellphone"]
        return self._nested(names, None if user_id is None else self.users.rows[user_id])

    def listed_account(self, account_id: int | None) -> Row | None:
        names = ["id", "name", "alt_name", "number", "email", "phone", "cellphone"]
        row = None if account_id is None else self.accounts.rows[account_id]
        shape = self._nested(names, row)
        if shape is not None:
            shape["coordinates"] = _coordinates(row["addresses"]["visiting"] if row else {})
        return shape

    def _listed_contact(self, contact_id: int | None) -> Row | None:
        names = ["id", "name", "surname", "title", "email", "officephone", "cellphone"]
        shape = self._nested(names, None if contact_id is None else self.contacts.rows[contact_id])
        return None if shape is None else {**shape, "number": None}

    def _nested(self, names: list[str], row: Row | None) -> Row | None:
        return self.nothing(names) if row is None else {name: row[name] for name in names}

    def nothing(self, names: Iterable[str]) -> Row | None:
        """What stands for an object that is not there: the framework fills its shape with nulls, unless told not to."""
        return None if self.switches["empty_object"] == "null" else dict.fromkeys(names)

    def _account_contact(self, contact_id: int) -> Row:
        row = self.contacts.rows[contact_id]
        shape = {name: self.shown_text(row[name]) for name in ("name", "surname", "email", "cellphone", "title")}
        return {
            "id": row["id"],
            **shape,
            "phone": self.shown_text(row["officephone"]),
            "primary": row["primarycontact"],
        }

    def shown_text(self, value: str | None) -> str | None:
        """A text as it is read."""
        return "" if value is None and self.switches["unset_text"] == "empty" else value

    def shown_moment(self, value: str) -> Any:
        """A moment that the page shows without a type."""
        form = self.switches["untyped_dates"]
        return value if form == "text" else moment_of(value) if form == "number" else {"date": value}

    def referred(self, resource: str, member: str, table: str) -> str:
        """The table that a member refers to: whether leads share the sources of opportunities is not said."""
        own = self.switches["lead_sources"] == "own" and (resource, member) == ("leads", "source")
        return "leads/sources" if own else table

    def shown_stamp(self, value: str) -> str:
        """A moment as documented members show it: with its zone, or as a clock of the tenant shows it."""
        if self.switches["moments"] == "Z":
            return value
        here = datetime.fromisoformat(value).astimezone(ZoneInfo(self.switches["zone"]))
        return here.strftime("%Y-%m-%dT%H:%M:%S")

    def shown_amount(self, value: Any) -> Any:
        """An amount as it is read."""
        form = self.switches["amounts"]
        if form == "number" or isinstance(value, str) or value is None:
            return value
        return f"{value:.2f}" if form == "two decimals" else str(value)

    def shown_tags(self, ids: Iterable[int]) -> list[Row]:
        """Tags as they are read; what else than `company` stands under their type is not known."""
        types = ("company", "user" if self.switches["tag_types"] == "several" else "company")
        return [{"id": tag_id, "name": TAGS[tag_id], "type": types[tag_id % 2]} for tag_id in ids]

    def _group(self, group_id: int) -> Row:
        return {"id": group_id, "name": self.tables["accounts/accountgroups"].rows[group_id]["name"]}


def account_type(type_id: int) -> Row:
    """An account type as it is read."""
    name, default, customer, prospect = TYPES[type_id]
    bounds = [
        f"{what}_{part}{end}"
        for what in ("turnover", "turnoverpotential")
        for part in ("", "volume1", "volume2")
        for end in ("from", "to")
    ]
    return {
        "id": type_id,
        "name": name,
        "defaulttab": "overview",
        "sortorder": type_id,
        "isdefault": default,
        **dict.fromkeys(bounds, 0),
        "typeiscustomer": customer,
        "typeisprospect": prospect,
    }


def moment_of(text: str) -> float:
    """Unix seconds of a moment as the vendor writes it."""
    return datetime.fromisoformat(text).timestamp()


def _address(parts: Row) -> Row:
    return {**{part: parts.get(part) for part in PARTS}, "coordinates": _coordinates(parts)}


def _coordinates(address: Row) -> Row:
    place = address.get("coordinates") or {}
    return {name: place.get(name) for name in COORDINATES}
