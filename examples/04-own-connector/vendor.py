"""A simulator of Quillon, a CRM that nobody sells: it does what quillon-api.md says, and refuses everything else.

python vendor.py [--port 8404]
"""

from __future__ import annotations

import argparse
import base64
import hashlib
import hmac
import json
import re
import time
from collections.abc import Iterable
from datetime import datetime
from typing import Any
from zoneinfo import ZoneInfo

from waitress import create_server
from werkzeug.wrappers import Request, Response

KEYS = {"QK-1": "demo-quillon-secret"}
PAGE = 3
FORM = "%Y%m%dT%H%M%S%z"
TEXTS = {"title": 60, "foreign": 40, "mail": 80, "tel": 20, "street": 80, "postcode": 10, "town": 40}
TIERS = {"B": "Bronze", "S": "Silver", "G": "Gold"}
SLOTS = {
    "s1": {"title": "Account manager", "holds": "text"},
    "s2": {"title": "Seats", "holds": "number"},
    "s3": {"title": "Customer since", "holds": "day"},
    "s4": {"title": "Newsletter", "holds": "yes"},
}
FITS = {
    "text": lambda value: isinstance(value, str) and value != "",
    "number": lambda value: isinstance(value, int | float) and not isinstance(value, bool),
    "day": lambda value: isinstance(value, str) and re.fullmatch(r"\d{8}", value) is not None,
    "yes": lambda value: value in ("yes", "no"),
}


class Fault(Exception):
    """What the answer says in place of a result."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.told = {"code": code, "text": text}


class Quillon:
    """The firms of one account, in memory."""

    def __init__(self) -> None:
        self.firms: dict[str, dict[str, Any]] = {}
        for title, town, extras in (
            ("Kontor Nordlicht", "Kiel", [{"slot": "s1", "text": "Inka Voss"}, {"slot": "s2", "number": 12}]),
            ("Brauhaus Silberstein", "Bamberg", [{"slot": "s3", "day": "20190401"}]),
            ("Fähre & Söhne", "Lübeck", []),
            ("Optik Wimmer", "Passau", [{"slot": "s4", "yes": "yes"}]),
        ):
            self.create({"title": title, "town": town, "extras": extras})

    def __call__(self, environ: dict[str, Any], start: Any) -> Iterable[bytes]:
        request = Request(environ)
        try:
            signed(request)
            told = {"ok": True, **self.answer(request)}
        except Fault as fault:
            told = {"ok": False, "fault": fault.told}
        response = Response(json.dumps(told, ensure_ascii=False), content_type="application/vnd.quillon+json")
        return response(environ, start)

    def answer(self, request: Request) -> dict[str, Any]:
        match request.method, request.path.strip("/").split("/"):
            case "GET", ["v2", "tiers"]:
                return {"result": [{"code": code, "name": name} for code, name in TIERS.items()]}
            case "GET", ["v2", "slots"]:
                return {"result": [{"slot": slot, **about} for slot, about in SLOTS.items()]}
            case "GET", ["v2", "firms"]:
                return self.page(dict(request.args))
            case "GET", ["v2", "firms", ref]:
                return {"result": self.firm(ref)}
            case "POST", ["v2", "firms"]:
                return {"result": {"ref": self.create(sent(request))["ref"]}}
            case "POST", ["v2", "firms", ref, "amend"]:
                self.amend(self.firm(ref), sent(request))
                return {"result": {"ref": ref}}
        raise Fault("UNKNOWN_CALL", f"there is no {request.method} {request.path}")

    def page(self, asked: dict[str, str]) -> dict[str, Any]:
        unknown = asked.keys() - {"count", "after", "touched_from", "foreign"}
        if unknown:
            raise Fault("INVALID", f"unknown parameter {sorted(unknown)[0]}")
        found = sorted(self.firms.values(), key=lambda firm: int(firm["ref"][2:]))
        if "foreign" in asked:
            found = [firm for firm in found if firm["foreign"] == asked["foreign"]]
        if "touched_from" in asked:
            since = moment(asked["touched_from"])
            found = [firm for firm in found if moment(firm["touched"]) >= since]
        if "after" in asked:
            last = int(base64.b32decode(asked["after"]))
            found = [firm for firm in found if int(firm["ref"][2:]) > last]
        count = int(asked.get("count", PAGE))
        if not 1 <= count <= PAGE:
            raise Fault("INVALID", f"count is 1 to {PAGE}")
        shown, more = found[:count], len(found) > count
        token = base64.b32encode(shown[-1]["ref"][2:].encode()).decode() if more else None
        return {"result": shown, "next": token}

    def firm(self, ref: str) -> dict[str, Any]:
        if ref not in self.firms:
            raise Fault("UNKNOWN_RECORD", f"there is no firm {ref}")
        return self.firms[ref]

    def create(self, given: dict[str, Any]) -> dict[str, Any]:
        if not given.get("title"):
            raise Fault("INVALID", "title is missing")
        empty = {**dict.fromkeys((*TEXTS, "tier", "founded")), "retired": "no", "extras": []}
        firm = {"ref": f"Q-{101 + len(self.firms)}", **empty}
        self.amend(firm, given)
        self.firms[firm["ref"]] = firm
        return firm

    def amend(self, firm: dict[str, Any], given: dict[str, Any]) -> None:
        """Members that are not named stay; null empties one, and a slot too."""
        for name, value in given.items():
            if not self.fits(name, value):
                raise Fault("INVALID", f"{name} cannot be {json.dumps(value)}")
        slots = {one["slot"]: one for one in firm["extras"]} | {one["slot"]: one for one in given.get("extras", [])}
        held = [one for slot, one in sorted(slots.items()) if one[SLOTS[slot]["holds"]] is not None]
        firm |= {**given, "extras": held, "touched": time_now()}

    def fits(self, name: str, value: Any) -> bool:
        if name == "extras":
            return isinstance(value, list) and all(map(fits_slot, value))
        if name in TEXTS:
            return value is None or (isinstance(value, str) and 0 < len(value) <= TEXTS[name])
        if name == "tier":
            return value is None or value in TIERS
        if name == "founded":
            return value is None or FITS["day"](value)
        return name == "retired" and value in ("yes", "no")


def fits_slot(entry: Any) -> bool:
    slot = entry.get("slot") if isinstance(entry, dict) else None
    if slot not in SLOTS or len(entry) != 2:
        return False
    holds = SLOTS[slot]["holds"]
    return holds in entry and (entry[holds] is None or FITS[holds](entry[holds]))


def signed(request: Request) -> None:
    """Refuse a call that is not signed as it should be; nothing else is looked at before."""
    key, told = request.headers.get("Quillon-Key", ""), request.headers.get("Quillon-Time", "")
    if key not in KEYS or not told.isdigit() or abs(int(told) - time.time()) > 300:
        raise Fault("SIGNATURE", "an unknown key, or a time that is 300 seconds off")
    path = request.full_path if request.query_string else request.path
    target = request.environ.get("REQUEST_URI", path)
    text = "\n".join((request.method, target, told, request.get_data(as_text=True)))
    wanted = hmac.new(KEYS[key].encode(), text.encode(), hashlib.sha256).hexdigest()
    if not hmac.compare_digest(wanted, request.headers.get("Quillon-Signature", "")):
        raise Fault("SIGNATURE", "the signature does not fit the call")


def sent(request: Request) -> dict[str, Any]:
    try:
        body = json.loads(request.get_data())
    except ValueError:
        body = None
    if not isinstance(body, dict) or body.keys() != {"firm"} or not isinstance(body["firm"], dict):
        raise Fault("INVALID", 'the body is {"firm": {...}}')
    return body["firm"]


def moment(text: str) -> datetime:
    try:
        return datetime.strptime(text, FORM)
    except ValueError:
        raise Fault("INVALID", f"{text} is no moment such as 20261122T101500+0100") from None


def time_now() -> str:
    return datetime.now(ZoneInfo("Europe/Berlin")).strftime(FORM)


def main() -> None:
    parser = argparse.ArgumentParser(description="A simulator of Quillon.")
    parser.add_argument("--port", type=int, default=8404, help="0 means a free one.")
    server = create_server(Quillon(), host="127.0.0.1", port=parser.parse_args().port, threads=2)
    print(f"Quillon answers at http://127.0.0.1:{server.effective_port}/v2", flush=True)
    try:
        server.run()
    except KeyboardInterrupt:
        server.close()


if __name__ == "__main__":
    main()
