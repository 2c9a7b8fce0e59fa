"""What a list of activities shows beside the record: the decoration of the vendor's own screens."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from .catalogue import Row

_COLOURS = {2: "#f2b134", 3: "#7bd148"}
_ICONS = {2: "fa fa-phone", 3: "fa fa-envelope"}
_INVOICE, _CONTACT = 1540, 250
_MAIL = 3


def decorated(shown: Row, row: Row, now: float) -> Row:
    """The shown row with an HTML label and what the screens need to draw it; `now` is in Unix seconds."""
    ident, kind = row["id"], row["type"]
    colour, mail = _COLOURS.get(kind, "#9a9cff"), kind == _MAIL
    what = "Message" if mail else row["label"]
    message = row["messageid"]
    extra: Row = {
        "modelid": kind,
        "icon": _ICONS.get(kind, "fa fa-circle"),
        "color": colour,
        "actions": [],
        "isEmail": mail,
        "label": f'<b>{what}</b> envoyé par <span class="ui-author bold">{row["author"]}</span>',
        "replyLink": f"?route=crm/activities/reply/&activityid={ident}",
        "showViewsLink": f"?route=messages/views/&messageid={message}",
        "showViewsTitle": "Afficher les vues",
        "nbOfViews": 0,
        "preview": f"?route=inbox/messages/viewer/&messageid={message}",
        "editable": message is None,
        "editActivity": "Editer l'activité en double cliquant",
        "dateTooltip": f"{_days(row['date'], now)} jours",
        "dateLabel": _label(row["date"]),
        "bg_color": colour,
        "tos": [{**to, "link": f"?route=contacts/main&contactid={to['id']}"} for to in _json(row["inline_targets"])],
        "relatedLink": _related_link(row),
        "relatedIcon": "far fa-file-invoice-dollar" if row["related_entityid"] == _INVOICE else "far fa-user",
        "files": [_file(file) for file in _json(row["inline_files"])],
        "uri": f"?route=crm/activities/&inlineid={ident}&xvtrs=1",
        "updateLink": None,
        "deleteLink": f"?route=crm/activities/delete&inlineid={ident}&xvtrs=1",
        "pinLink": f"?route=crm/api/&request=activities--{ident}",
        "pinAuthorization": True,
        "listPinActivities": [],
        "objectId": row["related_objectid"],
        "viewActivities": "",
        "activityUid": f"263__{ident}",
        "changeRelatedLink": f"?route=crm/activities/link/&activityid={ident}",
    }
    return {**{name: value for name, value in shown.items() if name != "label"}, **extra}


def _json(text: Any) -> list[Row]:
    return json.loads(text) if isinstance(text, str) and text.startswith("[") else []


def _file(file: Row) -> Row:
    name = str(file["file"])
    short = name.rpartition(".")[0]
    return {**file, "filename": name, "icon": "far fa-file-pdf", "short": short, "isAudio": False}


def _related_link(row: Row) -> str:
    ident = row["related_objectid"]
    if row["related_entityid"] == _INVOICE:
        return f"?route=sales/invoices/invoice&invoiceid={ident}"
    return f"?route=contacts/main&contactid={ident}" if row["related_entityid"] == _CONTACT else ""


def _label(moment: Any) -> str:
    """A moment as the screens write it: `DD/MM/YYYY HH:MM`."""
    return datetime.strptime(str(moment), "%Y-%m-%d %H:%M:%S").strftime("%d/%m/%Y %H:%M")


def _days(moment: Any, now: float) -> int:
    then = datetime.strptime(str(moment), "%Y-%m-%d %H:%M:%S").replace(tzinfo=UTC)
    return max(0, (datetime.fromtimestamp(now, UTC) - then).days)
