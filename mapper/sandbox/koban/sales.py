"""What the calls of leads, deals, actions, sales documents and products do."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from werkzeug.wrappers import Request, Response

from ..base import answer
from . import answers
from .calls import Operation, filled, moved
from .desk import Desk
from .shapes import ENTITIES, Entity, Row
from .tenant import API_USER, USERS
from .values import Refused, folded
from .write import match

# Leads, deals, actions


def _pending_leads(desk: Desk, request: Request, entity: Entity) -> Response:
    rows, start = desk.tables[entity.name].since(0), answers.number(request, "st", 0)
    if desk.switches["pending_leads"] == "own":
        rows = [row for row in rows if row["AssignedTo"] in (None, API_USER.guid)]
    show = partial(desk.reader.object, entity)
    return answers.page(desk, rows, show, start, int(desk.switches["lead_page"]), shape=desk.switches["leads"])


def _all_processes(desk: Desk, request: Request, entity: Entity) -> Response:
    shown = [desk.reader.object(entity, row) for row in desk.tables[entity.name].rows.values()]
    return answer(shown if desk.switches["processes"] == "array" else {"Length": len(shown), "List": shown})


def _updated_deals(desk: Desk, request: Request, entity: Entity) -> Response:
    return answers.listing(desk, request, moved(desk, request, entity), entity, shape=desk.switches["deals"])


def _deals_of_process(desk: Desk, request: Request, entity: Entity) -> Response:
    found = desk.tables["ncDealProcess"].find("Extcode", answers.text(request, "processcode"))
    process = found["Guid"] if found else ""
    rows = [row for row in moved(desk, request, entity) if row["Process"] == process]
    return answers.listing(desk, request, rows, entity, shape=desk.switches["deals"])


def _post_action(desk: Desk, request: Request, entity: Entity) -> Response:
    guid, _ = desk.upsert(entity, answers.body(request), (), {})
    return answer(desk.reader.object(entity, desk.tables[entity.name].rows[guid]), 201)


def _pending_actions(desk: Desk, request: Request, entity: Entity) -> Response:
    user = request.args.get("userid", "")
    if user and user not in [known.guid for known in USERS]:
        raise Refused(f"L'utilisateur {user} n'existe pas")
    since = answers.number(request, "updated", 0)
    begin, end = answers.number(request, "from", 0), answers.number(request, "to", 0)
    rows = [
        row
        for row in desk.tables[entity.name].since(since)
        if not row["DTerm"]
        and (not user or row["AssignedTo"] == user)
        and (not begin or (row["DStart"] or 0) >= begin)
        and (not end or (row["DStart"] or 0) <= end)
        and (request.args.get("ag") != "true" or _on_agenda(desk, row))
    ]
    if request.args.get("s", "").lower() == "from":
        rows.sort(key=lambda row: row["DStart"] or 0)
    start = answers.number(request, "st", 0)
    return answers.page(desk, rows, partial(_pending_action, desk, entity), start, shape="array")


def _on_agenda(desk: Desk, row: Row) -> bool:
    kind = desk.tenant.lists["TYPEACTION"].get(row["ActionType"] or "")
    return bool(getattr(kind, "on_agenda", False))


def _pending_action(desk: Desk, entity: Entity, row: Row) -> dict[str, Any]:
    """An open action: its times bear other names here, and it hangs on one other object at most."""
    shown = desk.reader.object(entity, row)
    shown["Start"], shown["End"] = shown.pop("DStart"), shown.pop("DEnd")
    holders = [name for name in ("Third", "Contact", "Lead") if shown[name]]
    return shown | dict.fromkeys(holders[1:])


# Sales documents


def _orders(desk: Desk, request: Request, entity: Entity) -> Response:
    filled, start = request.args.get("f") == "1", answers.number(request, "s", 0)
    rows = moved(desk, request, entity)
    return answers.page(desk, rows, partial(_order, desk, entity, filled), start, answers.number(request, "l", 20))


def _order(desk: Desk, entity: Entity, filled: bool, row: Row) -> dict[str, Any]:
    shown = desk.reader.object(entity, row)
    return shown if filled else shown | dict.fromkeys(("Third", "Deal", "Quote"))


def _orders_by_date(desk: Desk, request: Request, entity: Entity) -> Response:
    begin, end = answers.number(request, "from"), answers.number(request, "to")
    rows = [row for row in desk.tables[entity.name].since(0) if begin <= (row["Dateorder"] or 0) <= end]
    # Here `s` is the length, as nowhere else.
    start, length = answers.number(request, "st", 0), answers.number(request, "s", 20)
    return answers.page(desk, rows, partial(desk.reader.object, entity), start, length)


def _cancel_order(desk: Desk, request: Request, entity: Entity) -> Response:
    old = _known(desk, request, entity, answers.body(request))
    # What a cancelled order looks like is not said: it has moved, and is as it was.
    desk.store(entity, old, old)
    return answers.envelope(desk, old["Guid"])


def _order_from_shop(desk: Desk, request: Request, entity: Entity) -> Response:
    body = folded(answers.body(request))
    keys, inner = desk.uniques(entity, request.args)
    account = ENTITIES["ncThird"]
    customer_keys = inner["Third"]
    if customer_keys is None:
        raise Refused("Le paramètre thirduniqueproperty est obligatoire")
    with desk.batch() as take_back:
        try:
            customer, _ = desk.upsert(account, body.get("customer"), customer_keys, {})
            order = {**folded(body.get("order")), "third": {"Guid": customer}, **_tracked(body)}
            if body.get("eshop"):
                order["eshop"] = body["eshop"]
            guid, old = desk.upsert(entity, order, keys, {**inner, "Third": ("Guid",)})
        except Refused:
            take_back()
            raise
    return answers.envelope(desk, guid, 201 if old is None else 200)


def _track_order(desk: Desk, request: Request, entity: Entity) -> Response:
    body = folded(answers.body(request))
    old = _known(desk, request, entity, body.get("order"))
    tracked = _tracked(body)
    desk.store(entity, old, {**old, "UtmCampaign": tracked.get("utmcampaign", old["UtmCampaign"])})
    return answers.envelope(desk, old["Guid"])


def _tracked(body: Mapping[str, Any]) -> dict[str, Any]:
    track = folded(body.get("track") or {})
    return {"utmcampaign": track["utm_campaign"]} if track.get("utm_campaign") else {}


def _known(desk: Desk, request: Request, entity: Entity, body: Any) -> Row:
    keys, _ = desk.uniques(entity, request.args, lenient=True)
    found = match(desk.tables[entity.name], keys, folded(body))
    if found is None:
        raise Refused("La commande indiquée n'existe pas")
    return found


def _get_invoice(desk: Desk, request: Request, entity: Entity) -> Response:
    row = _invoice(desk, entity, answers.text(request, "id"))
    shown = desk.reader.object(entity, row)
    return answer(shown) if desk.switches["enveloped"] == "none" else answers.envelope(desk, shown)


def _in_problem(desk: Desk, request: Request, entity: Entity) -> Response:
    body = folded(answers.body(request))
    row = _invoice(desk, entity, body.get("id"))
    filled(body, "reason")
    desk.store(entity, row, {**row, "Status": "INPROBLEM"})
    return answers.envelope(desk, True)


def _generate_asset(desk: Desk, request: Request, entity: Entity) -> Response:
    row = _invoice(desk, entity, answers.text(request, "id"))
    lines = [_negated(line) for line in row["Lines"]]
    named = {"Number": f"AV-{row['Number']}", "Extcode": None, "IsAsset": True}
    desk.store(entity, None, {**row, **named, "Lines": lines})
    return answers.envelope(desk, True)


def _negated(line: Row) -> Row:
    return {name: -value if value and name in ("Ht", "Ttc", "Quantity") else value for name, value in line.items()}


def _invoice_pdf(desk: Desk, request: Request, entity: Entity) -> Response:
    if answers.text(request, "id") not in desk.tables[entity.name].rows:
        return answer({}, 404)
    return Response(b"%PDF-1.4\n% a demo invoice\n%%EOF\n", 200, mimetype="application/pdf")


def _invoice(desk: Desk, entity: Entity, guid: Any) -> Row:
    row = desk.tables[entity.name].rows.get(str(guid))
    if row is None:
        raise Refused("La facture indiquée n'existe pas")
    return row


# Products


def _search_products(desk: Desk, request: Request, entity: Entity) -> Response:
    return answers.listing(desk, request, _found(desk, request, entity), entity)


def _search_stock(desk: Desk, request: Request, entity: Entity) -> Response:
    rows = [row for row in _found(desk, request, entity) if row["StockMin"] is not None]
    return answers.listing(desk, request, rows, entity)


def _found(desk: Desk, request: Request, entity: Entity) -> Sequence[Row]:
    search = answers.text(request, "search").casefold()
    rows = desk.tables[entity.name].since(0)
    return [row for row in rows if any(search in (row[name] or "").casefold() for name in ("Label", "Reference"))]


BEHAVIOURS: dict[str, tuple[str, Operation]] = {
    "pending_leads": ("GET", _pending_leads),
    "all_processes": ("GET", _all_processes),
    "updated_deals": ("GET", _updated_deals),
    "deals_of_process": ("GET", _deals_of_process),
    "post_action": ("POST", _post_action),
    "pending_actions": ("GET", _pending_actions),
    "updated_orders": ("GET", _orders),
    "orders_by_date": ("GET", _orders_by_date),
    "cancel_order": ("POST", _cancel_order),
    "order_from_shop": ("POST", _order_from_shop),
    "track_order": ("POST", _track_order),
    "get_invoice": ("GET", _get_invoice),
    "invoice_in_problem": ("PUT", _in_problem),
    "generate_asset": ("POST", _generate_asset),
    "invoice_pdf": ("GET", _invoice_pdf),
    "search_products": ("GET", _search_products),
    "search_stock": ("GET", _search_stock),
}
