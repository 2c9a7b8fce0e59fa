"""Records in which every documented field is filled, in the shapes of the vendor's own samples."""

from __future__ import annotations

from typing import Any

from .dynamic import FIELDS, by_label
from .store import ACCOUNT_TEXTS, COORDINATES, KINDS, PARTS, TAGS, Store, empty_addresses, new_account, new_contact
from .table import Row


def add_tag_carrier(store: Store) -> None:
    """One inactive account that bears all tags: they have no list, so clients learn them from records."""
    store.accounts.add(
        {**new_account(), "name": "Tags", "typeid": 4, "userid": 1, "active": 0, "tags": list(TAGS)}, 1000
    )


def add_samples(store: Store) -> None:
    """An account with a parent, a group, followers, files and two contacts, one the other's superior."""
    parent = store.accounts.add({**new_account(), **_texts("Moderbolaget AB"), "typeid": 4, "userid": 1})
    account = store.accounts.add(
        {
            **new_account(),
            **_texts("Exempelbolaget AB"),
            "typeid": 1,
            "userid": 1,
            "alternateuserid": 2,
            "parentaccountid": parent,
            "uservisitintervalweeks": 4,
            "alternateuservisitintervalweeks": 8,
            "addresses": {**empty_addresses(), **{kind: _address(kind) for kind in KINDS}},
            "department": "Norr",
            "files": [{"id": 901, "name": "avtal.pdf"}],
            "followers": [2, 3],
            "accountgroups": [31],
            "tags": [101, 105],
            "dynamic": _values("account", "Énergie", "K-4711", "1", "AAA", "Ramavtal"),
        }
    )
    superior = store.contacts.add({**_contact("Karin", "Ek"), "accountid": account, "primarycontact": 1})
    store.contacts.add(
        {**_contact("Olof", "Alm"), "accountid": account, "superiorid": superior, "followers": [2], "tags": [106]}
    )


def _texts(name: str) -> Row:
    filled = {
        "name": name,
        "alt_name": f"{name} (alt)",
        "number": "A-1",
        "phone": "+4684650011",
        "cellphone": "+46701740611",
        "fax": "+4684650012",
        "email": "info@exempel.se",
        "url": "https://exempel.se",
        "vatno": "SE556677889901",
        "info": "Grundat 1987",
        "socialmedia_fb": "exempel",
        "socialmedia_tw": "exempel",
        "socialmedia_li": "exempel",
        "externalkey": f"ext-{name.split()[0].lower()}",
    }
    assert set(filled) == set(ACCOUNT_TEXTS)
    return filled


def _address(kind: str) -> Row:
    parts = dict.fromkeys(PARTS, "")
    filled = {"name": kind.title(), "street": "Storgatan", "number": "12", "zip": "11122", "city": "Stockholm"}
    place = dict(zip(COORDINATES, ("59.3293", "18.0686", "0.0"), strict=True))
    return {**parts, **filled, "country": "Sverige", "coordinates": place}


def _contact(name: str, surname: str) -> Row:
    return {
        **new_contact(),
        "name": name,
        "surname": surname,
        "function": "Inköp",
        "department": "Inköp",
        "email": f"{name}.{surname}@exempel.se".lower(),
        "officephone": "+4684650013",
        "cellphone": "+46701740612",
        "title": "Inköpschef",
        "street": "Storgatan 12",
        "city": "Stockholm",
        "zip": "11122",
        "socialmedia_fb": "exempel",
        "socialmedia_tw": "exempel",
        "socialmedia_li": "exempel",
        "idnumber": "1",
        "externalkey": f"ext-{name}-{surname}".lower(),
        "files": [{"id": 902, "name": "visitkort.png"}],
        "photo": {"avatar": "aGVq", "photo": "aGVq"},
        "dynamic": _values("contact", "Svenska", "Ring efter tio"),
    }


def _values(group: str, *labels: str) -> dict[int, Any]:
    fields = [field for field in FIELDS.values() if field.group == group]
    return {field.id: by_label(field, label) for field, label in zip(fields, labels, strict=True)}
