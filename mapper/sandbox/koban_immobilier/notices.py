"""What the module tells a remote system, and what it asks it: one check by GET, and forms that are posted."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from .stock import DATA

CHECK = "option_check"
EVENTS = (CHECK, *DATA["notices"])

#: Makes a call: verb, address, and for a post its form; gives the status (0: no answer) and the text of the answer.
Door = Callable[[str, str, bytes | None], tuple[int, str]]

_TIMEOUT = 5.0
#: A person is a lead or an account; all other members are always sent, if need be empty.
_EITHER = ("Lead_Guid", "Third_Guid")
_FORM = "application/x-www-form-urlencoded; charset=utf-8"


@dataclass(frozen=True)
class Notice:
    """A notification that was sent, and what came back; `well`: the remote system said yes."""

    event: str
    method: str
    url: str
    fields: Mapping[str, str]
    status: int
    answer: Any
    well: bool


def over_http(method: str, url: str, form: bytes | None) -> tuple[int, str]:
    """Make a call over the network."""
    import httpx

    headers = {"Content-Type": _FORM} if form is not None else {}
    try:
        response = httpx.request(method, url, content=form, headers=headers, timeout=_TIMEOUT, trust_env=False)
    except httpx.HTTPError:
        return 0, ""
    return response.status_code, response.text


class Notices:
    """Sends to the addresses that the administrator has set, by event, and keeps what was answered."""

    def __init__(self, switches: Mapping[str, str], door: Door) -> None:
        self.urls: dict[str, str] = {}
        self.sent: list[Notice] = []
        self._switches = switches
        self._door = door

    def check(self, lot_code: str) -> tuple[bool, int | None]:
        """Ask whether an option may be placed, and at which rank the remote system would; yes where nobody is asked."""
        url = self.urls.get(CHECK)
        if url is None:
            return True, None
        query = urlencode({"extcode": lot_code})
        address = f"{url}{'&' if '?' in url else '?'}{query}"
        status, text = self._door("GET", address, None)
        answer = _read(text)
        garbage = not 200 <= status < 300 or not isinstance(answer, dict) or not isinstance(answer.get("status"), bool)
        well = self._switches["check_failure"] == "allowed" if garbage else answer["status"]
        self.sent.append(Notice(CHECK, "GET", address, {"extcode": lot_code}, status, answer, well))
        rank = None if garbage else answer.get("rank")
        return well, rank if rank in (1, 2) else None

    def tell(self, event: str, about: Mapping[str, Any]) -> bool:
        """Post the form of an event, its members in the vendor's order; True where it was taken, or nobody listens."""
        url = self.urls.get(event)
        if url is None:
            return True
        fields: dict[str, str] = {}
        for name in DATA["notices"][event]:
            if name in about or name not in _EITHER:
                fields |= self._texts(name, about.get(name))
        form = urlencode(fields, encoding=self._switches["notice_charset"], errors="replace")
        status, text = self._door("POST", url, form.encode())
        answer = _read(text)
        well = 200 <= status < 300 and isinstance(answer, dict) and answer.get("success") is True
        self.sent.append(Notice(event, "POST", url, fields, status, answer, well))
        return well

    def moment(self, seconds: float) -> int:
        """A time stamp of a form, in the unit that is switched."""
        return int(seconds * 1000) if self._switches["notice_dates"] == "milliseconds" else int(seconds)

    def _texts(self, name: str, value: Any) -> dict[str, str]:
        if isinstance(value, list) and self._switches["notice_arrays"] == "indexed":
            return {f"{name}[{i}][{key}]": str(part[key]) for i, part in enumerate(value) for key in part}
        if isinstance(value, list):
            return {name: json.dumps(value, ensure_ascii=False)}
        if isinstance(value, bool):
            return {name: "true" if value else "false"}
        return {name: "" if value is None else str(value)}


def _read(text: str) -> Any:
    try:
        return json.loads(text)
    except ValueError:
        return text
