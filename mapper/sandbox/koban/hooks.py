"""Subscriptions to events, and the notifications that are sent to them, in the vendor's database names."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
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

#: Delivers a notification: address, media type, body; gives the status of the answer.
Post = Callable[[str, str, bytes], int]


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
    known = next((one for one in desk.subscriptions.values() if (one.url, one.event) == (url, event)), None)
    found = known or Subscription(url, event, desk.new_guid())
    desk.subscriptions[found.guid] = found
    if desk.switches["hook_answer"] == "object":
        return answer({"Guid": found.guid, "Url": url, "Event": event}, 201)
    return answers.envelope(desk, found.guid, 201)


def unsubscribe(desk: Desk, request: Request, entity: Entity) -> Response:
    """End a subscription, named by its Guid or by its address and event."""
    body = folded(answers.body(request))
    guid, named = body.get("guid"), (body.get("url"), body.get("event"))
    gone = [one for one in desk.subscriptions.values() if one.guid == guid or (one.url, one.event) == named]
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
    body = payload(desk, ENTITIES[resource], desk.tables[resource].rows[guid])
    text = json.dumps([body], ensure_ascii=False)
    if desk.switches["hook_form"] == "form":
        kind, content = "application/x-www-form-urlencoded", urlencode({"payload": text}).encode()
    else:
        kind, content = "application/json", text.encode()
    return [post(one.url, kind, content) for one in list(desk.subscriptions.values()) if one.event == event]


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


def over_http(url: str, kind: str, content: bytes) -> int:
    """Deliver a notification as the vendor does; 0 where nobody answers."""
    import httpx

    try:
        return httpx.post(url, content=content, headers={"Content-Type": kind}, timeout=10.0).status_code
    except httpx.HTTPError:
        return 0
