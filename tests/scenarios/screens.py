"""What a person does and sees in the three systems, in each one's own words.

Values are the vendor's own. Only what no screen shows as it is on the wire has a short form: `Address.City` for a value
inside another, `MoreFields.secteur` and `dynamicfields.Bransch` for custom fields by their names, and a list of labels
for tags.
"""

from __future__ import annotations

import json
from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any

import httpx

from mapper.sandbox.cirrus import Cirrus
from mapper.sandbox.koban import Koban, tenant
from mapper.sandbox.nicoka import Nicoka
from tests.scenarios.format import Mistake
from tests.sync.world import ENV, World

Native = dict[str, Any]
Key = str | int


class Screen(ABC):
    """One table of one system: companies or people."""

    def __init__(self, table: str) -> None:
        self.table = table

    @abstractmethod
    def add(self, values: Mapping[str, Any]) -> Key:
        """Type a new record in; its key."""

    @abstractmethod
    def edit(self, key: Key, values: Mapping[str, Any]) -> None:
        """Change some values of a record."""

    @abstractmethod
    def delete(self, key: Key) -> None:
        """Take a record away for good."""

    @abstractmethod
    def rows(self) -> list[Native]:
        """Every record that is there."""

    @abstractmethod
    def key(self, row: Native) -> Key:
        """A record's key."""

    @abstractmethod
    def stamp(self, row: Native) -> str:
        """The key of another system that stands in a record, or nothing."""

    def active(self, row: Native) -> bool:
        """Whether a record is in use."""
        return True

    def merge(self, kept: Key, gone: Key) -> None:
        """Make one record of two."""
        raise Mistake(f"nobody can merge records in this table ({self.table})")

    def value(self, row: Native, path: str) -> Any:
        """A value of a record, by its short form."""
        return _step(row, path)


class KobanScreen(Screen):
    _FIELDS = {
        "secteur": tenant.SECTOR,
        "premium": tenant.PREMIUM,
        "signed": tenant.SIGNED,
        "staff": tenant.STAFF,
        "nickname": tenant.NICKNAME,
    }

    def __init__(self, sandbox: Koban, table: str) -> None:
        super().__init__(table)
        self.sandbox = sandbox

    def add(self, values: Mapping[str, Any]) -> Key:
        if self.table == "ncThird":
            key = self.sandbox.add_company({"name": values.get("Label", "")})
        else:
            key = self.sandbox.add_person({"last_name": values.get("Name") or "", "email": values.get("EMail") or ""})
        self.edit(key, values)
        return key

    def edit(self, key: Key, values: Mapping[str, Any]) -> None:
        body: Native = {}
        for path, value in values.items():
            container, _, name = path.partition(".")
            if container == "MoreFields":
                pair = {"FieldId": self._field(name), "Value": "" if value is None else value}
                body.setdefault("MoreFields", []).append(pair)
            elif path == "Tags":
                body["Tags"] = [{"TagCategoryCode": tenant.INTERESTS, "Label": label} for label in value or ()]
            else:
                _put(body, path, value)
        self.sandbox.edit(self.table, str(key), body)

    def delete(self, key: Key) -> None:
        self.sandbox.remove(self.table, str(key))

    def merge(self, kept: Key, gone: Key) -> None:
        """As the vendor's screen does: people go over, the other record is gone."""
        if self.table != "ncThird":
            super().merge(kept, gone)
        for person in self.sandbox.data()["ncContact"]:
            if (person["Third"] or {}).get("Guid") == gone:
                self.sandbox.edit("ncContact", person["Guid"], {"Third": {"Guid": kept}})
        self.sandbox.remove(self.table, str(gone))

    def rows(self) -> list[Native]:
        return self.sandbox.data()[self.table]

    def key(self, row: Native) -> Key:
        return str(row["Guid"])

    def stamp(self, row: Native) -> str:
        return row["Extcode"] or ""

    def active(self, row: Native) -> bool:
        return not row["Obsolete"]

    def value(self, row: Native, path: str) -> Any:
        container, _, name = path.partition(".")
        if container == "MoreFields":
            held = {pair["FieldId"]: pair["Value"] for pair in row["MoreFields"]}
            ident = self._field(name)
            return held.get(f"{ident}_lb", held.get(ident))
        if path == "Tags":
            return sorted(tag["Label"] for tag in row["Tags"] or ())
        return _step(row, path)

    def _field(self, name: str) -> str:
        if name not in self._FIELDS:
            raise Mistake(f"koban has no custom field {name!r}; there are {', '.join(self._FIELDS)}")
        return self._FIELDS[name]


class NicokaScreen(Screen):
    def __init__(self, sandbox: Nicoka, table: str) -> None:
        super().__init__(table)
        self.sandbox = sandbox

    def add(self, values: Mapping[str, Any]) -> Key:
        return self.sandbox.add(self.table, self._typed(values))

    def edit(self, key: Key, values: Mapping[str, Any]) -> None:
        self.sandbox.edit(self.table, int(key), self._typed(values))

    def delete(self, key: Key) -> None:
        self.sandbox.remove(self.table, int(key))

    def merge(self, kept: Key, gone: Key) -> None:
        self.sandbox.merge(self.table, int(kept), int(gone))

    def rows(self) -> list[Native]:
        return self.sandbox.data()[self.table]

    def key(self, row: Native) -> Key:
        return int(row["id"])

    def stamp(self, row: Native) -> str:
        return row["external_reference"] or ""

    def value(self, row: Native, path: str) -> Any:
        if path == "tags":
            held = row["tags"]
            keys = json.loads(held) if isinstance(held, str) and held.startswith("[") else held or []
            keys = keys.split(",") if isinstance(keys, str) else keys
            return sorted(self._labels().get(str(key), str(key)) for key in keys)
        return _step(row, path)

    def _typed(self, values: Mapping[str, Any]) -> Native:
        typed = dict(values)
        if typed.get("tags"):
            keys = {label: key for key, label in self._labels().items()}
            typed["tags"] = [keys[label] for label in typed["tags"]]
        return typed

    def _labels(self) -> Mapping[str, str]:
        return self.sandbox.account.values("216")


class CirrusScreen(Screen):
    #: Known only by the people who bear it: it is there so that the tags can be learnt.
    _CARRIER = 1000
    _READ = {"typeid": "type.id", "userid": "user.id", "accountid": "account.id", "parentaccountid": "parentaccount.id"}

    def __init__(self, sandbox: Cirrus, table: str) -> None:
        super().__init__(table)
        self.sandbox = sandbox

    def add(self, values: Mapping[str, Any]) -> Key:
        body, dynamic = self._typed(values)
        key = self.sandbox.add(self.table, body)
        self._dynamic(key, dynamic)
        return key

    def edit(self, key: Key, values: Mapping[str, Any]) -> None:
        body, dynamic = self._typed(values)
        if body:
            self.sandbox.edit(self.table, int(key), body)
        self._dynamic(key, dynamic)

    def delete(self, key: Key) -> None:
        self.sandbox.remove(self.table, int(key))

    def merge(self, kept: Key, gone: Key) -> None:
        """The one thing that people do by the same call as programs; it does not count as one of ours."""
        if self.table != "accounts":
            super().merge(kept, gone)
        before = list(self.sandbox.calls)
        with httpx.Client(transport=httpx.WSGITransport(app=self.sandbox), base_url="http://cirrus/rest") as client:
            path = f"/accounts/{kept}/merge/{gone}"
            client.post(path, headers={"X-Token": ENV["X_TOKEN"]}).raise_for_status()
        self.sandbox.calls[:] = before

    def rows(self) -> list[Native]:
        return [row for row in self.sandbox.data()[self.table] if row["id"] != self._CARRIER]

    def key(self, row: Native) -> Key:
        return int(row["id"])

    def stamp(self, row: Native) -> str:
        return row["externalkey"] or ""

    def active(self, row: Native) -> bool:
        return bool(row["active"])

    def value(self, row: Native, path: str) -> Any:
        if path == "tags":
            return sorted(tag["name"] for tag in row["tags"])
        return _step(row, self._READ.get(path, path))

    def _typed(self, values: Mapping[str, Any]) -> tuple[Native, dict[str, str]]:
        body: Native = {}
        dynamic: dict[str, str] = {}
        for path, value in values.items():
            if path.startswith("dynamicfields."):
                dynamic[path.partition(".")[2]] = value or ""
            elif path == "tags":
                known = self._tags()
                body["tags"] = [{"id": known[label]} for label in value or ()]
            else:
                _put(body, path, value)
        return body, dynamic

    def _dynamic(self, key: Key, values: Mapping[str, str]) -> None:
        for name, value in values.items():
            self.sandbox.set_dynamic(self.table.removesuffix("s"), int(key), name, value)

    def _tags(self) -> dict[str, int]:
        carrier = next(row for row in self.sandbox.data()["accounts"] if row["id"] == self._CARRIER)
        return {tag["name"]: tag["id"] for tag in carrier["tags"]}


def screens(world: World) -> dict[str, Screen]:
    """The six tables: `koban` for its companies, `koban people` for its contacts, and so on."""
    return {
        "koban": KobanScreen(world.koban, "ncThird"),
        "koban people": KobanScreen(world.koban, "ncContact"),
        "nicoka": NicokaScreen(world.nicoka, "customers"),
        "nicoka people": NicokaScreen(world.nicoka, "contacts"),
        "cirrus": CirrusScreen(world.cirrus, "accounts"),
        "cirrus people": CirrusScreen(world.cirrus, "contacts"),
    }


def _put(body: Native, path: str, value: Any) -> None:
    *outer, last = path.split(".")
    for name in outer:
        body = body.setdefault(name, {})
    body[last] = value


def _step(row: Native, path: str) -> Any:
    value: Any = row
    names = path.split(".")
    for i, name in enumerate(names):
        if value is None:
            return None
        if name not in value:
            raise Mistake(f"there is no {'.'.join(names[: i + 1])!r} in the record; it has {', '.join(sorted(value))}")
        value = value[name]
    return value
