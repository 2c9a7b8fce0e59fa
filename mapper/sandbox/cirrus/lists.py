"""Filters and sort orders of the lists, as one table for each.

An empty value switches a text filter off: the lists answer with everything, as code that asks `if args["name"]` does.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Container, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from . import dynamic
from .store import KINDS, Store
from .table import Row, Table
from .wire import Arg, Refused, csv_ints, invalid, positive, sorting

PAGING = (Arg("page", positive, default=1), Arg("per_page", positive, default=10))
LARGEST_PAGE = 50

# There are no activities and missions here, and how a place is written is not documented.
_UNSIMULATED = (
    *("nearto", "distance", "missionid", "missionresult"),
    *("activity", "activity_user", "activity_closed", "activity_type"),
)

Get = Callable[[Row], Any]
Test = Callable[[Row], bool]


@dataclass(frozen=True)
class Filter:
    """One query parameter of a list.

    `mode`: equal, among (comma-separated ids), like (% as wildcard), holds (the column is a list of ids), ask (`ask`
    is given what is in the column and what is asked for).
    `column` is where it looks; `get` reads what is in no column. The value `off` switches the filter off.
    """

    arg: Arg
    mode: str
    column: str | None = None
    get: Get | None = None
    off: Any = None
    ask: Callable[[Any, Any], bool] | None = None

    def test(self, value: Any, *, fold: bool) -> Test:
        """The question that `value` puts to a row."""
        column, get = self.column or "", self.get or (lambda row: row[column])
        if (ask := self.ask) is not None:
            return lambda row: ask(get(row), value)
        if self.mode == "like":
            match = _like(value, fold=fold)
            return lambda row: match(get(row))
        if self.mode == "among":
            return lambda row: get(row) in value
        if self.mode == "holds":
            return lambda row: value in (get(row) or ())
        return lambda row: bool(get(row) == value)

    def exact(self, value: Any, *, fold: bool) -> bool:
        """Whether only rows with exactly this value can pass."""
        return self.mode == "equal" or (self.mode == "like" and "%" not in value and not fold)


@dataclass(frozen=True)
class Listing:
    """One list: its table, its parameters, and what `fulltext` searches."""

    name: str
    table: Table
    sorting: Arg
    filters: Sequence[Filter]
    fulltext: Callable[[Row], Sequence[str | None]]
    group: str = ""
    unsimulated: Sequence[str] = ()
    searchable: bool = True

    @property
    def args(self) -> list[Arg]:
        """All parameters."""
        pairs = [Arg("dynamicfield_id", int, many=True), Arg("dynamicfield_val", many=True)] if self.group else []
        return [*PAGING, *pairs, *(item.arg for item in self.filters), Arg("fulltext"), self.sorting]

    def ids(self, args: dict[str, Any], switches: Mapping[str, str]) -> list[int]:
        """The ids of all rows that the parameters ask for, in order; the list is shared, so it is not to be changed."""
        question = tuple((name, _frozen(value)) for name, value in args.items() if name not in ("page", "per_page"))
        key = (self.name, question, tuple(switches.values()))
        fold = switches["filter_case"] == "fold"
        tests, among = list[Test](), None
        for item in self.filters:
            value = args[item.arg.name]
            if value is None or value == "" or value == item.off:
                continue
            if item.exact(value, fold=fold) and self.table.indexed(item.column):
                among = self.table.where(item.column or "", value) if among is None else among
            tests.append(item.test(value, fold=fold))
        if args["fulltext"] and self.searchable:
            tests.append(self._fulltext(args["fulltext"], switches["fulltext"]))
        if self.group:
            tests += _dynamic_tests(self.group, args["dynamicfield_id"], args["dynamicfield_val"], switches)
        return self.table.view(key, args["sorting"] or "id_asc", tests, among)

    def refuse_unsimulated(self, given: Container[str]) -> None:
        """A filter that the vendor knows and the sandbox does not must not pass as ignored."""
        for name in self.unsimulated:
            if name in given:
                raise Refused(501, f"the sandbox does not simulate the filter {name!r}")

    def _fulltext(self, phrase: str, mode: str) -> Test:
        if mode == "wildcard":
            match = _like(phrase, fold=True)
            return lambda row: any(match(value) for value in self.fulltext(row))
        wanted = phrase.casefold().split() if mode == "words" else [phrase.casefold()]

        def test(row: Row) -> bool:
            held = [(value or "").casefold() for value in self.fulltext(row)]
            return all(any(word in text for text in held) for word in wanted)

        return test


def accounts(store: Store) -> Listing:
    """n=2: the only list that hides inactive records unless asked."""
    keys = ("name", "number", "userid", "postaladdress_number", "postaladdress_odd", "postaladdress_even")
    searched = [("postal", part) for part in ("street", "city", "zip")]
    searched += [("visiting", part) for part in ("careof", "street", "zip", "city")]
    searched += [(kind, part) for kind in ("delivery", "invoice") for part in ("name", "street", "zip", "city")]
    columns = ("name", "alt_name", "number", "phone", "cellphone", "email", "vatno")
    return Listing(
        "accounts",
        store.accounts,
        sorting(keys),
        [
            Filter(Arg("userid", int), "equal", "userid"),
            Filter(Arg("userids", csv_ints), "among", "userid"),
            Filter(Arg("accountnumber"), "equal", "number"),
            Filter(Arg("typeid", int), "equal", "typeid"),
            Filter(Arg("typeids", csv_ints), "among", "typeid"),
            Filter(Arg("active", int, default=1, choices=(0, 1, 2)), "equal", "active", off=2),
            *(Filter(Arg(name), "like", name) for name in ("name", "phone", "cellphone", "vatno")),
            Filter(Arg("postal_city"), "like", get=_address("postal", "city")),
            Filter(Arg("postal_street"), "like", get=_address("postal", "street")),
            *(Filter(Arg(f"{kind}address_city"), "like", get=_address(kind, "city")) for kind in KINDS[:3]),
            Filter(Arg("externalkey"), "equal", "externalkey"),
            Filter(Arg("followedby", int), "holds", "followers"),
        ],
        lambda row: [
            *(row[column] for column in columns),
            *(row["addresses"][kind].get(part) for kind, part in searched),
        ],
        group="account",
        unsimulated=_UNSIMULATED,
    )


def contacts(store: Store) -> Listing:
    """n=53; its filter on mail lost its name in the documents, `email` is where the alphabet puts it."""
    columns = ["name", "surname", "email", "officephone", "cellphone", "title", "idnumber", "street", "city", "zip"]
    liked = ("cellphone", "city", "email", "name", "officephone", "surname", "title")

    def of_account(column: str) -> Get:
        return lambda row: store.accounts.rows[row["accountid"]][column]

    return Listing(
        "contacts",
        store.contacts,
        sorting(("name", "surname", "email", "primarycontact")),
        [
            Filter(Arg("accountid", int), "equal", "accountid"),
            Filter(Arg("accounttypeids", csv_ints), "among", get=of_account("typeid")),
            Filter(Arg("accountuserids", csv_ints), "among", get=of_account("userid")),
            Filter(Arg("active", int, choices=(0, 1)), "equal", "active"),
            *(Filter(Arg(name), "like", name) for name in liked),
            Filter(Arg("externalkey"), "equal", "externalkey"),
            Filter(Arg("followedby", int), "holds", "followers"),
            Filter(Arg("primarycontact", int, choices=(0, 1)), "equal", "primarycontact"),
        ],
        lambda row: [row[column] for column in columns],
        group="contact",
    )


def _groups(raw: str) -> frozenset[str]:
    names = frozenset(part.strip() for part in raw.split(","))
    for name in names.difference(dynamic.GROUPS):
        raise ValueError(f"The value '{name}' is not a valid choice for 'groups'.")
    return names


DEFINITIONS = (
    *PAGING,
    Arg("groups", _groups),
    Arg("typeid", int),
    Arg("fieldname"),
    sorting(("sorting", "name", "groupname")),
)
VALUES = (
    *PAGING,
    Arg("resourcetype", required=True, choices=dynamic.RESOURCE_TYPES),
    Arg("resourceid", int, required=True),
    Arg("fieldname"),
    Arg("fieldids", int, many=True),
    sorting(("sorting", "name")),
)


def definitions(args: dict[str, Any]) -> list[dynamic.Field]:
    """n=66: the definitions that the parameters ask for."""
    groups, type_id = args["groups"], args["typeid"]
    return _fields(
        args,
        [
            field
            for field in dynamic.FIELDS.values()
            if (not groups or field.group in groups) and type_id in (None, field.type)
        ],
    )


def value_fields(args: dict[str, Any]) -> list[dynamic.Field]:
    """n=68: the fields of the record's kind that the parameters ask for."""
    group, ids = args["resourcetype"], args["fieldids"]
    return _fields(
        args, [field for field in dynamic.FIELDS.values() if field.group == group and (not ids or field.id in ids)]
    )


def _fields(args: dict[str, Any], fields: list[dynamic.Field]) -> list[dynamic.Field]:
    base, _, direction = args["sorting"].rpartition("_")
    keys: dict[str, Callable[[dynamic.Field], Any]] = {
        "name": lambda field: field.name.casefold(),
        "sorting": lambda field: (field.sortorder, field.id),
        "groupname": lambda field: (field.group, field.sortorder),
    }
    name = args["fieldname"]
    named = [field for field in fields if not name or field.name == name]
    return sorted(named, key=keys[base], reverse=direction == "desc")


def _address(kind: str, part: str) -> Get:
    return lambda row: row["addresses"][kind].get(part)


def _like(pattern: str, *, fold: bool) -> Callable[[str | None], bool]:
    regex = re.compile(".*".join(map(re.escape, pattern.split("%"))), re.DOTALL | (re.IGNORECASE if fold else 0))
    return lambda value: value is not None and regex.fullmatch(value) is not None


def _dynamic_tests(group: str, ids: list[int], values: list[str], switches: Mapping[str, str]) -> list[Test]:
    if len(ids) != len(values):
        raise invalid({"dynamicfield_id": "Each dynamicfield_id must be paired with a dynamicfield_val"})
    if switches["dynamic_filter"] == "ignored":
        return []
    by_id = switches["dynamic_filter"] == "id"
    return [_dynamic_test(group, field_id, value, by_id=by_id) for field_id, value in zip(ids, values, strict=True)]


def _dynamic_test(group: str, field_id: int, value: str, *, by_id: bool) -> Test:
    field = dynamic.FIELDS.get(field_id)
    if field is None or field.group != group:
        return lambda row: False
    if by_id and field.type == dynamic.SELECT:
        return lambda row: value in map(str, row["dynamic"].get(field_id, ()))
    return lambda row: field.text(row["dynamic"].get(field_id)) == value


def _frozen(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else value
