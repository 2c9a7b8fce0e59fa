"""What each call of the API does."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

from werkzeug.wrappers import Request, Response

from ..base import answer
from . import answers
from .desk import Desk
from .shapes import ACCOUNT, CONTACT, Entity, Row
from .tenant import ListValue, Tag
from .write import Refused, folded

Operation = Callable[[Desk, Request], Response]

_MOST_OBJECTS = 100
_SEARCHABLE = ("Extcode", "Email", "AccountingCode", "OtherCode", "OfficialNumber")


def _post_many(desk: Desk, request: Request, entity: Entity) -> Response:
    items = answers.body(request)
    if not isinstance(items, list):
        raise Refused("La liste des objets est illisible")
    if len(items) > _MOST_OBJECTS:
        raise Refused(f"Le nombre d'objets est limité à {_MOST_OBJECTS}")
    keys, third_keys = _keys(desk, request, entity)
    guids: list[str | None] = []
    errors: list[str] = []
    before: list[tuple[str, Row | None]] = []
    for item in items:
        try:
            guid, old = desk.upsert(entity, item, keys, third_keys)
        except Refused as error:
            guids.append(None)
            errors.append(str(error))
        else:
            guids.append(guid)
            before.append((guid, old))
    if not errors:
        return answers.envelope(guids, 201)
    status = int(desk.switches["failure_status"])
    if desk.switches["batch"] == "partial":
        return answers.failure(None, errors, status=status, result=guids)
    for guid, old in reversed(before):
        desk.tables[entity.name].restore(guid, old)
    return answers.failure(None, errors, status=status)


def _post_one(desk: Desk, request: Request, entity: Entity) -> Response:
    guid, old = desk.upsert(entity, answers.body(request), *_keys(desk, request, entity))
    return answers.envelope(guid, 201 if old is None else 200)


def _keys(desk: Desk, request: Request, entity: Entity) -> tuple[tuple[str, ...], tuple[str, ...] | None]:
    args = request.args
    return desk.uniques(entity, args.get("uniqueproperty", ""), args.get("thirduniqueproperty"))


def _get_updated(desk: Desk, request: Request, entity: Entity) -> Response:
    return _listing(desk, request, entity, _moved(desk, request, entity))


def _get_one(desk: Desk, request: Request, entity: Entity) -> Response:
    return _one(desk, entity, "Guid", answers.text(request, "id"))


def _get_closed(desk: Desk, request: Request) -> Response:
    rows = _moved(desk, request, ACCOUNT)
    return _listing(desk, request, ACCOUNT, [row for row in rows if row["Obsolete"]])


def _get_status(desk: Desk, request: Request) -> Response:
    status, rows = answers.text(request, "status"), _moved(desk, request, ACCOUNT)
    return _listing(desk, request, ACCOUNT, [row for row in rows if row["Status"] == status])


def _get_by_label(desk: Desk, request: Request) -> Response:
    search = answers.text(request, "search").casefold()
    rows = desk.accounts.since(0)
    return _listing(desk, request, ACCOUNT, [row for row in rows if search in row["Label"].casefold()])


def _get_by_extcode(desk: Desk, request: Request) -> Response:
    return _one(desk, ACCOUNT, "Extcode", answers.text(request, "extcode"))


def _get_by_key(desk: Desk, request: Request) -> Response:
    key = answers.text(request, "uniqueproperty")
    if key not in _SEARCHABLE:
        raise Refused(f"La clé {key!r} n'est pas valide")
    return _one(desk, ACCOUNT, ACCOUNT.uniques[key][0], answers.text(request, "value"))


def _moved(desk: Desk, request: Request, entity: Entity) -> Sequence[Row]:
    # `updated` is compared with the true moment, the stamps on read may be shifted: a client that takes a stamp for
    # its next `updated` loses records then, as it would wherever the vendor's stamps are local time.
    return desk.tables[entity.name].since(answers.number(request, "updated"))


def _listing(desk: Desk, request: Request, entity: Entity, rows: Sequence[Row]) -> Response:
    return answers.listing(request, rows, lambda row: desk.reader.object(entity, row))


def _one(desk: Desk, entity: Entity, key: str, value: str) -> Response:
    row = desk.tables[entity.name].find(key, value)
    return answer(desk.reader.object(entity, row)) if row else answer({}, 404)


def _remove_tags(desk: Desk, request: Request) -> Response:
    old = desk.accounts.rows.get(answers.text(request, "id"))
    if old is None:
        raise Refused("Le compte indiqué n'existe pas")
    unwanted = set(desk.writer.tag_guids(answers.body(request)))
    tags = old["Tags"] or []
    left = [guid for guid in tags if guid not in unwanted]
    if left != tags:
        desk.store(ACCOUNT, old, {**old, "Tags": left})
    return answers.envelope(left != tags)


def _get_values(desk: Desk, request: Request) -> Response:
    values = desk.tenant.lists.get(answers.text(request, "code"))
    if values is None:
        return answer({}, 404)
    shown = [desk.reader.list_value(value) for value in values.values()]
    return answer({"Length": len(shown), "List": shown})


def _post_value(desk: Desk, request: Request) -> Response:
    values, body = desk.tenant.lists.get(answers.text(request, "code")), folded(answers.body(request))
    if values is None:
        raise Refused("La liste indiquée n'existe pas")
    code, label = _filled(body, "code"), _filled(body, "label")
    known = values.get(code)
    values[code] = ListValue(code, label, known.guid if known else desk.new_guid())
    return answers.envelope(values[code].guid, 200 if known else 201)


def _post_tag(desk: Desk, request: Request) -> Response:
    body = folded(answers.body(request))
    category, label = _filled(body, "tagcategorycode"), _filled(body, "label")
    if category not in desk.tenant.categories:
        raise Refused(f"La catégorie {category} n'existe pas")
    known = desk.tenant.find_tag(category, label, "")
    if known:
        return answers.envelope(known.guid)
    tag = Tag(category, label, body.get("externalcode") or None, desk.new_guid())
    desk.tenant.add_tag(tag)
    return answers.envelope(tag.guid, 201)


def _filled(body: dict[str, Any], name: str) -> str:
    value = body.get(name)
    if not isinstance(value, str) or not value.strip():
        raise Refused(f"Le champ {name} est obligatoire")
    return value


def _of(entity: Entity, run: Callable[[Desk, Request, Entity], Response]) -> Operation:
    return lambda desk, request: run(desk, request, entity)


#: lower-cased path below /api/v1/ -> verb, behaviour
OPERATIONS: dict[str, tuple[str, Operation]] = {
    "ncthird/postmany": ("POST", _of(ACCOUNT, _post_many)),
    "ncthird/many": ("POST", _of(ACCOUNT, _post_many)),
    "ncthird/postone": ("POST", _of(ACCOUNT, _post_one)),
    "ncthird/getupdated": ("GET", _of(ACCOUNT, _get_updated)),
    "ncthird/getone": ("GET", _of(ACCOUNT, _get_one)),
    "ncthird/getclosedupdated": ("GET", _get_closed),
    "ncthird/getstatus": ("GET", _get_status),
    "ncthird/getbylabel": ("GET", _get_by_label),
    "ncthird/getonebyextcode": ("GET", _get_by_extcode),
    "ncthird/getonebykey": ("GET", _get_by_key),
    "ncthird/removetagsfromthird": ("POST", _remove_tags),
    "nccontact/postmany": ("POST", _of(CONTACT, _post_many)),
    "nccontact/postone": ("POST", _of(CONTACT, _post_one)),
    "nccontact/getupdated": ("GET", _of(CONTACT, _get_updated)),
    "nccontact/getone": ("GET", _of(CONTACT, _get_one)),
    "nclist/getvalues": ("GET", _get_values),
    "nclist/postone": ("POST", _post_value),
    "nctag/postaddtocategory": ("POST", _post_tag),
}
