"""The calls of the old marketing plug-ins: forms, landing pages, unsubscribing, a site's feed."""

from __future__ import annotations

from collections.abc import Callable

from werkzeug.wrappers import Request, Response

from ..base import answer
from . import answers
from .calls import Operation
from .desk import Desk
from .shapes import Entity

#: One page of each kind: controller -> Guid, label.
_PAGES = {
    "ncform": ("56f0a1b20dc3610a94749001", "Contact"),
    "nclandingpage": ("56f0a1b20dc3610a94749002", "Salon de Lyon"),
    "nccalltoaction": ("56f0a1b20dc3610a94749003", "Demander une démonstration"),
}


def _all(controller: str) -> Operation:
    guid, label = _PAGES[controller]
    return lambda desk, request, entity: answer([{"Guid": guid, "Label": label}])


def _one(controller: str) -> Operation:
    guid, label = _PAGES[controller]

    def get(desk: Desk, request: Request, entity: Entity) -> Response:
        if answers.text(request, "id") != guid:
            return answer({}, 404)
        scheme = {"Y": "https", "N": "http"}.get(answers.text(request, "s"))
        if scheme is None:
            raise answers.Bad("The parameter 's' is Y or N.")
        return answer(
            f'<div class="koban"><h2>{label}</h2><script src="{scheme}://addin-koban.com/f.js"></script></div>'
        )

    return get


def _unsubscribe(desk: Desk, request: Request, entity: Entity) -> Response:
    email = answers.form(request, "email")
    found = False
    for name in ("ncThird", "ncContact"):
        table = desk.tables[name]
        while (row := table.find("EMail", email)) and not row["Unsuscribe"]:
            desk.store(table.entity, row, {**row, "Unsuscribe": True})
            found = True
    return answer(found)


def _site(desk: Desk, request: Request, entity: Entity) -> Response:
    desk.sites[answers.form(request, "url")] = answers.form(request, "feed")
    return answer(True)


def _named(make: Callable[[str], Operation], word: str) -> dict[str, tuple[str, Operation]]:
    return {f"{controller}/{word}": ("GET", make(controller)) for controller in _PAGES}


BEHAVIOURS: dict[str, tuple[str, Operation]] = {
    **_named(_all, "getall"),
    **_named(_one, "get"),
    "ncemailing/unsubscribe": ("POST", _unsubscribe),
    "ncsite/post": ("POST", _site),
}
OTHERS = {path: path for path in BEHAVIOURS}

#: The one call that no client signs.
UNSIGNED = "ncsite/post"
