"""What the calls do that all objects share, and those of accounts, lists and tags."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.wrappers import Request, Response

from ..base import answer
from . import answers
from .desk import Desk
from .shapes import Entity, Row
from .tenant import ListValue, Tag
from .values import Refused, folded

Operation = Callable[[Desk, Request, Entity], Response]

_MOST_OBJECTS = 100
#: By how a batch is taken that has objects which are refused: what stands in its Result.
_RESULTS: dict[str, Callable[[list[str | None]], list[str | None] | None]] = {
    "atomic": lambda guids: None,
    "partial": lambda guids: guids,
    "dense": lambda guids: [guid for guid in guids if guid],
    "silent": lambda guids: None,
}
_SEARCHABLE = ("Extcode", "Email", "AccountingCode", "OtherCode", "OfficialNumber")


def _post_many(desk: Desk, request: Request, entity: Entity) -> Response:
    items = answers.body(request)
    if not isinstance(items, list):
        raise Refused("La liste des objets est illisible")
    if len(items) > _MOST_OBJECTS and desk.switches["over_hundred"] == "refuse":
        raise Refused(f"Le nombre d'objets est limité à {_MOST_OBJECTS}")
    if desk.switches["over_hundred"] == "cut":
        items = items[:_MOST_OBJECTS]
    guids: list[str | None] = []
    errors: list[str] = []
    result = _RESULTS[desk.switches["batch"]]
    with desk.batch() as take_back:
        for item in items:
            try:
                guids.append(_upserted(desk, request, entity, item)[0])
            except Refused as error:
                guids.append(None)
                errors.append(str(error))
        if errors and desk.switches["batch"] == "atomic":
            take_back()
    if not errors:
        return answers.envelope(desk, guids, 201)
    return answers.refused(desk, errors, many=True, result=result(guids))


def _post_one(desk: Desk, request: Request, entity: Entity) -> Response:
    guid, old = _upserted(desk, request, entity, answers.body(request), lenient=True)
    return answers.envelope(desk, guid, 201 if old is None else 200)


def _upserted(
    desk: Desk, request: Request, entity: Entity, item: Any, *, lenient: bool = False
) -> tuple[str, Row | None]:
    # Only orders are posted one by one without a key for the references inside.
    keys, inner = desk.uniques(entity, request.args, lenient=lenient and entity.name == "ncOrder")
    wanted = request.args.get("uniqueproperty", "")
    return desk.upsert(entity, item, desk.keys_for(wanted, keys, folded(item)), inner)


def _get_updated(desk: Desk, request: Request, entity: Entity) -> Response:
    rows = moved(desk, request, entity)
    if entity.name == "ncThird":
        _in_structure(desk, request)
        if desk.switches["closed"] == "left_out":
            rows = [row for row in rows if not row["Obsolete"]]
    return answers.listing(desk, request, rows, entity)


def _in_structure(desk: Desk, request: Request) -> None:
    """The structure whose accounts are wanted; all where it is empty, as the vendor's library sends it."""
    if desk.switches["structcode"] == "required":
        answers.text(request, "structcode")


def _get_one(desk: Desk, request: Request, entity: Entity) -> Response:
    return _one(desk, entity, "Guid", answers.text(request, "id"))


def moved(desk: Desk, request: Request, entity: Entity) -> Sequence[Row]:
    """The rows that moved since `updated`."""
    # `updated` is compared with the true moment, the stamps on read may be shifted: a client that takes a stamp for
    # its next `updated` loses records then, as it would wherever the vendor's stamps are local time.
    since = answers.number(request, "updated") + int(desk.switches["updated_shift"]) * 3600
    rows = desk.tables[entity.name].since(since)
    return rows if desk.switches["updated"] == "inclusive" else [row for row in rows if row["updated"] > since]


def _one(desk: Desk, entity: Entity, key: str, value: str) -> Response:
    row = desk.tables[entity.name].find(key, value)
    if row is None:
        return answer({}, 404)
    shown = desk.reader.object(entity, row)
    return answers.envelope(desk, shown) if desk.switches["enveloped"] == "all" else answer(shown)


# Accounts


def _from_email(desk: Desk, request: Request, entity: Entity) -> Response:
    body = folded(answers.body(request))
    if not body.get("email"):
        raise Refused("Le champ EMail est obligatoire")
    if desk.switches["creationtype"] == "required":
        answers.text(request, "creationtype")
    guid, old = desk.upsert(entity, body, ("EMail",), {})
    return answers.envelope(desk, guid, 201 if old is None else 200)


def _get_closed(desk: Desk, request: Request, entity: Entity) -> Response:
    _in_structure(desk, request)
    return answers.listing(desk, request, [row for row in moved(desk, request, entity) if row["Obsolete"]], entity)


def _get_status(desk: Desk, request: Request, entity: Entity) -> Response:
    _in_structure(desk, request)
    status, rows = answers.text(request, "status"), moved(desk, request, entity)
    return answers.listing(desk, request, [row for row in rows if row["Status"] == status], entity)


def _get_by_label(desk: Desk, request: Request, entity: Entity) -> Response:
    search = answers.text(request, "search").casefold()
    rows = desk.accounts.since(0)
    return answers.listing(desk, request, [row for row in rows if search in row["Label"].casefold()], entity)


def _get_by_extcode(desk: Desk, request: Request, entity: Entity) -> Response:
    return _one(desk, entity, "Extcode", answers.text(request, "extcode"))


def _get_by_key(desk: Desk, request: Request, entity: Entity) -> Response:
    key = answers.text(request, "uniqueproperty")
    if key not in _SEARCHABLE:
        raise Refused(f"La clé {key!r} n'est pas valide")
    return _one(desk, entity, entity.uniques[key][0], answers.text(request, "value"))


def _remove_tags(desk: Desk, request: Request, entity: Entity) -> Response:
    old = desk.accounts.rows.get(answers.text(request, "id"))
    if old is None:
        raise Refused("Le compte indiqué n'existe pas")
    unwanted = set(desk.writer.tag_guids(answers.body(request)))
    tags = old["Tags"] or []
    left = [guid for guid in tags if guid not in unwanted]
    if left != tags:
        desk.store(entity, old, {**old, "Tags": left})
    return answers.envelope(desk, left != tags)


# Lists and tags


def _get_values(desk: Desk, request: Request, entity: Entity) -> Response:
    values = desk.tenant.lists.get(answers.text(request, "code"))
    if values is None:
        return answer({}, 404)
    shown = [desk.reader.list_value(value) for value in values.values()]
    return answer({"Length": len(shown), "List": shown})


def _post_value(desk: Desk, request: Request, entity: Entity) -> Response:
    values, body = desk.tenant.lists.get(answers.text(request, "code")), folded(answers.body(request))
    if values is None:
        raise Refused("La liste indiquée n'existe pas")
    code, label = filled(body, "code"), filled(body, "label")
    known = values.get(code)
    values[code] = ListValue(code, label, known.guid if known else desk.new_guid())
    return answers.envelope(desk, values[code].guid, 200 if known else 201)


def _post_tag(desk: Desk, request: Request, entity: Entity) -> Response:
    body = folded(answers.body(request))
    category, label = filled(body, "tagcategorycode"), filled(body, "label")
    if category not in desk.tenant.categories:
        raise Refused(f"La catégorie {category} n'existe pas")
    known = desk.tenant.find_tag(category, label, "")
    if known:
        return answers.envelope(desk, known.guid)
    tag = Tag(category, label, body.get("externalcode") or None, desk.new_guid())
    desk.tenant.add_tag(tag)
    return answers.envelope(desk, tag.guid, 201)


def filled(body: dict[str, Any], name: str) -> str:
    """A text of a posted object that cannot be left out."""
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"Le champ {name} est obligatoire")
    return value


#: behaviour -> verb, what it does
BEHAVIOURS: dict[str, tuple[str, Operation]] = {
    "post_many": ("POST", _post_many),
    "post_one": ("POST", _post_one),
    "get_updated": ("GET", _get_updated),
    "get_one": ("GET", _get_one),
    "account_from_email": ("POST", _from_email),
    "closed_accounts": ("GET", _get_closed),
    "accounts_of_status": ("GET", _get_status),
    "accounts_by_label": ("GET", _get_by_label),
    "by_extcode": ("GET", _get_by_extcode),
    "account_by_key": ("GET", _get_by_key),
    "remove_tags": ("POST", _remove_tags),
    "get_values": ("GET", _get_values),
    "post_value": ("POST", _post_value),
    "post_tag": ("POST", _post_tag),
}

#: The calls of controllers that hold no records of their own.
OTHERS: dict[str, str] = {
    "nclist/getvalues": "get_values",
    "nclist/postone": "post_value",
    "nctag/postaddtocategory": "post_tag",
}
