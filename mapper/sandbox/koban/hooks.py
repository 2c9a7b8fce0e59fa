"""Subscriptions to events, and the notifications that are sent to them, in the vendor's database names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from hashlib import sha256
from importlib import resources
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

from werkzeug.wrappers import Request, Response

from ...spec import document
from ..base import answer
from . import answers
from .calls import Operation, filled
from .desk import Desk
from .shapes import ENTITIES, Entity, Row
from .values import Refused, folded

_PAYLOADS = document.read(Path(str(resources.files("mapper.sandbox"))) / "data" / "koban" / "payloads.yaml").data

#: The moment that the vendor sends where there was none: the first of January of the year 1.
NEVER = "/Date(-62135596800000)/"

#: Delivers a notification: verb, address, headers, body; gives the status of the answer.
Post = Callable[[str, str, Mapping[str, str], bytes], int]

_EVENTS = {
    "object": ("account", "contact", "deal"),
    "verbs": tuple(f"{name}.{verb}" for name in ("account", "contact", "deal") for verb in ("create", "update")),
}


@dataclass(frozen=True)
class Subscription:
    url: str
    event: str
    guid: str


def subscribe(desk: Desk, request: Request, entity: Entity) -> Response:
    """Register an address for an event; the same twice is one subscription."""
    body = folded(answers.body(request))
    url, event = filled(body, "url"), filled(body, "event")
    if not url.startswith(("http://", "https://")):
        raise Refused(f"L'adresse {url} n'est pas valide")
    if event not in _EVENTS.get(desk.switches["hook_events"], (event,)):
        raise Refused(f"L'évènement {event} n'existe pas")
    found = enter(desk, url, event)
    if desk.switches["hook_answer"] == "object":
        return answer({"Guid": found.guid, "Url": url, "Event": event}, 201)
    return answers.envelope(desk, found.guid if desk.switches["hook_answer"] == "envelope" else True, 201)


def enter(desk: Desk, url: str, event: str) -> Subscription:
    """The subscription of an address to an event, made where there is none."""
    known = next((one for one in desk.subscriptions.values() if (one.url, one.event) == (url, event)), None)
    found = known or Subscription(url, event, desk.new_guid())
    desk.subscriptions[found.guid] = found
    return found


def unsubscribe(desk: Desk, request: Request, entity: Entity) -> Response:
    """End a subscription, named by its Guid or by its address and event."""
    body = folded(answers.body(request))
    guid, named = body.get("guid"), (body.get("url"), body.get("event"))
    ends = desk.switches["hook_end"]
    gone = [
        one
        for one in desk.subscriptions.values()
        if (ends != "address" and one.guid == guid) or (ends != "id" and (one.url, one.event) == named)
    ]
    if not gone:
        raise Refused("L'abonnement indiqué n'existe pas")
    for one in gone:
        del desk.subscriptions[one.guid]
    if desk.switches["hook_answer"] == "object":
        return answer({"Guid": gone[0].guid})
    return answers.envelope(desk, True)


BEHAVIOURS: dict[str, tuple[str, Operation]] = {
    "subscribe": ("POST", subscribe),
    "unsubscribe": ("POST", unsubscribe),
}
OTHERS = {"nchook/subscribe": "subscribe", "nchook/unsubscribe": "unsubscribe"}


def send(desk: Desk, post: Post, resource: str, guid: str, event: str) -> list[int]:
    """Notify every subscription to an event of one record; the statuses of the answers.

    Raises KeyError for an unknown record, or an object of which there are no notifications.
    """
    row = desk.tables[resource].rows[guid]
    if desk.switches["hook_state"] == "before":
        row = desk.before.get(guid, row)
    known = desk.switches["hook_objects"] == "three" or resource in _PAYLOADS
    body = payload(desk, ENTITIES[resource], row) if known else {"sId": guid, "ExternalCode": row.get("Extcode")}
    text = json.dumps([body], ensure_ascii=False)
    if desk.switches["hook_form"] == "form":
        kind, content = "application/x-www-form-urlencoded", urlencode({"payload": text}).encode()
    else:
        kind, content = {"text": "text/plain"}.get(desk.switches["hook_form"], "application/json"), text.encode()
    headers = {"Content-Type": kind}
    if desk.switches["hook_signature"] == "header":
        headers["X-nc-Signature"] = sha256(content).hexdigest()
    listening = [one for one in desk.subscriptions.values() if one.event == event]
    times = {"never": 0, "twice": 2}.get(desk.switches["hook_sends"], 1)
    return [post(desk.switches["hook_method"], one.url, headers, content) for one in listening * times]


def payload(desk: Desk, entity: Entity, row: Row) -> dict[str, Any]:
    """One record as a notification shows it."""
    about: Mapping[str, Any] = _PAYLOADS[entity.name]
    shown = desk.reader.object(entity, row)
    out: dict[str, Any] = dict(about["fixed"])
    out |= {name: shown[name] for name in (*about["same"], *about.get("full_name", ()))}
    out |= {name: shown[source] for name, source in about["from"].items()}
    out |= {name: _entry(desk, entity, source, row) for name, source in about.get("entry", {}).items()}
    out |= {name: _link(shown[source]) for name, source in about.get("link", {}).items()}
    out |= {name: _date(row[source]) for name, source in about["date"].items()} | dict.fromkeys(
        about.get("never", ()), NEVER
    )
    for name, source in about.get("cents", {}).items():
        euro = {"Symbol": "€", "Label": "Euro", "Code": "EUR"}
        out[name] = {"Currency": euro, "cent": round((row[source] or 0) * 100)}
    if about.get("process"):
        out |= _process(desk, row)
    plain = [field for field in shown["MoreFields"] if not field["FieldId"].endswith("_lb")]
    return out | _owner(desk, entity, row) | {"Tags": shown["Tags"], "MoreFields": plain}


def _entry(desk: Desk, entity: Entity, name: str, row: Row) -> dict[str, Any] | None:
    prop = next(prop for prop in entity.properties if prop.name == name)
    value = desk.tenant.lists[prop.of].get(row[name] or "")
    return {"ExternalCode": value.code, "Label": value.label, "sId": value.guid} if value else None


def _link(shown: Mapping[str, Any] | None) -> dict[str, Any] | None:
    return {"Label": shown["Label"], "GridLabel": shown["Label"], "sId": shown["Guid"]} if shown else None


def _owner(desk: Desk, entity: Entity, row: Row) -> dict[str, Any]:
    user = desk.tenant.user_by_guid(row["AssignedTo"] or "")
    ident = {} if entity.name == "ncDeal" else {"AssignedToId": user.guid if user else None}
    if user is None:
        return {"oAssignedToIdUser": None, **ident}
    named: dict[str, Any] = {"FullName": user.full_name, "sId": user.guid}
    if entity.name == "ncDeal":
        named["ExternalCode"] = user.code
    else:
        named |= {"Label": user.full_name, "Name": user.name, "Login": f"{user.code.lower()}@koban.example"}
        named |= dict.fromkeys(("Mobile", "AvatarThumbnail", "AvatarThumbnailUrl"))
    return {"oAssignedToIdUser": named, **ident}


def _process(desk: Desk, row: Row) -> dict[str, Any]:
    process = desk.tables["ncDealProcess"].rows.get(row["Process"] or "")
    steps = process["Steps"] if process else []
    step = next((step for step in steps if step["Guid"] == row["Status"]), None)
    return {
        "oDealProcess": process
        and {
            "Label": process["Label"],
            "ExternalCode": process["Extcode"],
            "OtherCode": None,
            "sId": process["Guid"],
        },
        "oDealProcessStep": step and {"Label": step["Label"], "sId": step["Guid"]},
    }


def _date(moment: float | None) -> str:
    return f"/Date({round(moment * 1000)})/" if moment else NEVER


def over_http(method: str, url: str, headers: Mapping[str, str], content: bytes) -> int:
    """Deliver a notification as the vendor does; 0 where nobody answers."""
    import httpx

    try:
        return httpx.request(method, url, content=content, headers=dict(headers), timeout=10.0).status_code
    except httpx.HTTPError:
        return 0
