"""Bodies of creates and updates: their models, and the columns that they change; merging and removing."""

from __future__ import annotations

from collections.abc import Callable, Container, Mapping
from dataclasses import dataclass
from typing import Any

from .store import (
    ACCOUNT_TEXTS,
    CONTACT_TEXTS,
    COORDINATES,
    KINDS,
    PARTS,
    TAGS,
    TYPES,
    Store,
    new_account,
    new_contact,
)
from .table import Row
from .wire import Check, array_of, filled, flag, integer, invalid, members, nullable_string, string

_ADDRESS = members(
    {
        **dict.fromkeys(PARTS, nullable_string),
        "coordinates": members(dict.fromkeys(COORDINATES, nullable_string)),
    }
)
_IDS = array_of(members({"id": integer}, required=["id"]))
_NAMED_IDS = array_of(members({"id": integer, "name": string}, required=["id"]))

_ACCOUNT: dict[str, Check] = {
    **dict.fromkeys(ACCOUNT_TEXTS, string),
    "name": filled,
    "typeid": integer,
    "userid": integer,
    "alternateuserid": integer,
    "parentaccountid": integer,
    "active": flag,
    "uservisitintervalweeks": integer,
    "alternateuservisitintervalweeks": integer,
    "addresses": members(dict.fromkeys(KINDS, _ADDRESS)),
    "accountgroups": _NAMED_IDS,
    "tags": _IDS,
}

# The update's model has no account: a contact that is sent with another accountid stays where it is, without a word.
_CONTACT: dict[str, Check] = {
    **dict.fromkeys(CONTACT_TEXTS, string),
    "name": filled,
    "surname": filled,
    "superiorid": integer,
    "primarycontact": flag,
    "active": flag,
    "tags": _IDS,
}
_NEW_CONTACT: dict[str, Check] = {**_CONTACT, "accountid": integer}

#: what an update in which missing keys lose their value cannot take away
_KEPT = ("name", "surname", "typeid", "userid")


@dataclass(frozen=True)
class Writing:
    """How one resource is written: the models of its bodies, and the columns that a checked body sets.

    `changes` takes the tenant, the row as it is and the body, and raises `Refused` for ids that do not exist.
    """

    new: Callable[[], Row]
    model: Mapping[str, Check]
    create_model: Mapping[str, Check]
    required: tuple[str, ...]
    changes: Callable[[Store, Row, Mapping[str, Any]], Row]
    update_required: tuple[str, ...] = ()
    kept: Container[str] = _KEPT

    def reset(self) -> Row:
        """What all keys become when an update that leaves them out takes their value away."""
        blank = self.new()
        return {column: blank[column] for column in self.model if column in blank and column not in self.kept}


def merge_accounts(store: Store, target: int, source: int) -> None:
    """Move what belongs to `source` to `target`; the source then is gone, without a trace in the lists."""
    for contact_id in store.contacts.where("accountid", source):
        store.contacts.change(contact_id, {"accountid": target})
    for child in store.accounts.where("parentaccountid", source):
        store.accounts.change(child, {"parentaccountid": None if child == target else target})
    store.accounts.remove(source)
    store.merged[source] = target


def remove_account(store: Store, account_id: int) -> None:
    """Take an account out, with its contacts."""
    for contact_id in store.contacts.where("accountid", account_id):
        remove_contact(store, contact_id)
    for child in store.accounts.where("parentaccountid", account_id):
        store.accounts.change(child, {"parentaccountid": None})
    store.accounts.remove(account_id)


def remove_contact(store: Store, contact_id: int) -> None:
    """Take a contact out."""
    for inferior in store.contacts.where("superiorid", contact_id):
        store.contacts.change(inferior, {"superiorid": None})
    store.contacts.remove(contact_id)


def _account_changes(store: Store, row: Row, body: Mapping[str, Any]) -> Row:
    users, accounts = store.users.rows, store.accounts.rows
    _references(
        row, body, {"typeid": TYPES, "userid": users, "alternateuserid": users}, own={"parentaccountid": accounts}
    )
    changes = dict(body)
    for column, known in (("tags", TAGS), ("accountgroups", store.tables["accounts/accountgroups"].rows)):
        if column in body:
            changes[column] = known_ids(column, known, row[column], body[column], store.switches["arrays"])
    if "addresses" in body:
        # Whether the parts of an address that are not sent keep their value is unknown. They are lost here, which is
        # the nastier of the two: a client that sends whole addresses is right either way.
        sent = {kind: dict(parts) for kind, parts in body["addresses"].items() if kind in KINDS}
        changes["addresses"] = {**row["addresses"], **sent}
    return changes


def _contact_changes(store: Store, row: Row, body: Mapping[str, Any]) -> Row:
    _references(row, body, {"accountid": store.accounts.rows}, own={"superiorid": store.contacts.rows})
    changes = dict(body)
    if "tags" in body:
        changes["tags"] = known_ids("tags", TAGS, row["tags"], body["tags"], store.switches["arrays"])
    return changes


def _references(
    row: Row, body: Mapping[str, Any], known: Mapping[str, Container[int]], own: Mapping[str, Container[int]]
) -> None:
    errors = {
        name: f"{body[name]} does not exist"
        for name, ids in {**known, **own}.items()
        if name in body and (body[name] not in ids or (name in own and body[name] == row.get("id")))
    }
    if errors:
        raise invalid(errors)


def known_ids(column: str, known: Container[int], old: list[int], sent: list[Row], arrays: str) -> list[int]:
    ids = list(dict.fromkeys(element["id"] for element in sent))
    for position, wanted in enumerate(ids):
        if wanted not in known:
            raise invalid({f"{column}.{position}.id": f"{wanted} does not exist"})
    return list(dict.fromkeys([*old, *ids])) if arrays == "merge" else ids


ACCOUNTS = Writing(new_account, _ACCOUNT, _ACCOUNT, ("name", "typeid", "userid"), _account_changes)
CONTACTS = Writing(new_contact, _CONTACT, _NEW_CONTACT, ("name", "surname", "accountid"), _contact_changes)
