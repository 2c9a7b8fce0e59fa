"""The job of this folder's README by hand: straight-line Python, as fast as it can be made and still be read.

Everything else is measured against it. The record's members are fetched once, tables stand ready, names are bound to
locals, and there is a function call only where there is something to do.
"""

from __future__ import annotations

import re
from datetime import date, datetime
from typing import Any
from unicodedata import combining, normalize
from zoneinfo import ZoneInfo

Record = dict[str, Any]

PARIS = ZoneInfo("Europe/Paris")
#: Quicker than `isoformat`, which asks the zone for its offset once more, and than a format string.
WALL = "%04d-%02d-%02d %02d:%02d:%02d"
moment, check_date = datetime.fromtimestamp, date.fromisoformat
#: Dates up to the end of the year 1 say that there is none.
YEAR_TWO = -62_104_060_800

is_comma_number = re.compile(r"[+-]?(?:[0-9]{1,3}(?: [0-9]{3})+|[0-9]{1,40})(?:,[0-9]{1,40})?").fullmatch

FLAGS = {"true": 1, "false": 0}
STATUS = {"PRO": 1, "CLI": 2, "FOU": 3, "ANC": 4}
TYPES = {"PRO": 11, "PART": 12, "ADM": 13}
ORIGINS = {"WEB": 21, "SALON": 22, "RECO": 23, "TEL": 24}
OWNERS = {f"user{number}@koban.example": 500 + number for number in range(8)}
COUNTRIES = {
    "France": "FR", "Suède": "SE", "Belgique": "BE", "Espagne": "ES", "Norvège": "NO", "Suisse": "CH",
}  # fmt: skip
SECTORS = {"Bâtiment": 118, "Énergie": 119, "Santé": 120, "Logiciels": 121, "Commerce": 122, "Industrie": 123}
INTERESTS = {
    "Solaire": 301, "Rénovation": 302, "Pompe à chaleur": 303, "Isolation": 304, "Éolien": 305, "Conseil": 306,
    "Audit énergétique": 307,
}  # fmt: skip


def fold(text: str) -> str:
    """The label without accents and case."""
    return "".join(c for c in normalize("NFKD", text.casefold()) if not combining(c))


COUNTRIES_FOLDED = {fold(label): value for label, value in COUNTRIES.items()}
SECTORS_FOLDED = {fold(label): value for label, value in SECTORS.items()}
INTERESTS_FOLDED = {fold(label): value for label, value in INTERESTS.items()}


def translate(account: Record) -> Record:
    """The Nicoka customer of a Koban account; KeyError, ValueError or AttributeError where a value does not fit."""
    get = account.get
    address = (get("Address") or {}).get
    more = {field["FieldId"]: field["Value"] for field in get("MoreFields") or ()}.get
    out: Record = {}

    if not (text := get("Label")) or not (text := text.strip()):
        raise ValueError("Label is required")
    out["name1"] = text if text.isascii() else normalize("NFC", text)
    if (text := address("Name")) and (text := text.strip()):
        out["name2"] = text if text.isascii() else normalize("NFC", text)
    if (text := get("Extcode")) and (text := text.strip()):
        out["reference"] = text if text.isascii() else normalize("NFC", text)
    if (text := get("EMail")) and (text := text.strip()):
        out["email"] = text.lower() if text.isascii() else normalize("NFC", text.lower())
    if ((text := get("Phone")) and (text := text.strip())) or ((text := get("Cell")) and (text := text.strip())):
        out["phone"] = text if text.isascii() else normalize("NFC", text)
    if (text := get("Website")) and (text := text.strip()):
        out["website"] = text.lower() if text.isascii() else normalize("NFC", text.lower())
    if (text := get("OfficialNumber")) and (text := text.replace(" ", "")):
        out["identification_number"] = text if text.isascii() else normalize("NFC", text)
    if (text := get("Vat")) and (text := text.strip()):
        out["vat_reg_number"] = text.upper() if text.isascii() else normalize("NFC", text.upper())
    if (text := get("Comments")) and (text := text.strip()):
        out["comments"] = text if text.isascii() else normalize("NFC", text)

    if text := address("Street"):
        text = text.strip()
    if (more_text := address("Compl")) and (more_text := more_text.strip()):
        text = f"{text}, {more_text}" if text else more_text
    if text:
        out["street"] = text if text.isascii() else normalize("NFC", text)
    if (text := address("ZipCode")) and (text := text.strip()):
        out["zipcode"] = text if text.isascii() else normalize("NFC", text)
    if (text := address("City")) and (text := text.strip()):
        out["city"] = text if text.isascii() else normalize("NFC", text)
    if (text := address("Country")) and (text := text.strip()):
        out["country"] = COUNTRIES.get(text) or COUNTRIES_FOLDED[fold(text)]
    else:
        out["country"] = "FR"

    status = STATUS[code] if (below := get("Status")) and (code := below.get("Code")) else 1
    out["status"] = status
    if (below := get("Type")) and (code := below.get("Code")):
        out["type"] = TYPES[code]
    if (below := get("Origin")) and (code := below.get("Code")):
        out["sourceid"] = ORIGINS[code]
    if (below := get("AssignedTo")) and (code := below.get("EMail")):
        out["owner_objectid"] = OWNERS[code]
    if tags := [
        INTERESTS.get(label := tag["Label"]) or INTERESTS_FOLDED[fold(label)]
        for tag in get("Tags") or ()
        if tag["TagCategoryCode"] == "INTERET"
    ]:
        out["tags"] = tags
    out["active"] = 0 if get("Obsolete") else 1
    if status == 2 and (text := get("InvoiceMail")) and (text := text.strip()):
        out["invoicing_email"] = text.lower() if text.isascii() else normalize("NFC", text.lower())

    if text := more("premium"):
        out["premium"] = FLAGS[text]
    if text := more("signature"):
        check_date(text := f"{text[6:]}-{text[3:5]}-{text[:2]}")
        out["contract_date"] = text
    if text := more("encours"):
        if not is_comma_number(text):
            raise ValueError(text)
        out["credit_limit"] = float(text.replace(" ", "").replace(",", "."))
    if (text := more("secteur")) and (text := text.strip()):
        out["industry"] = SECTORS.get(text) or SECTORS_FOLDED[fold(text)]
    if text := more("effectif"):
        if not text.isdecimal():
            raise ValueError(text)
        out["nb_of_employees"] = int(text)
    if (text := more("surnom")) and (text := text.strip()):
        out["name3"] = text if text.isascii() else normalize("NFC", text)

    if text := get("DCreated"):
        if text[:6] != "/Date(" or text[-2:] != ")/":
            raise ValueError(text)
        if (seconds := int(text[6:-2]) // 1000) >= YEAR_TWO:
            m = moment(seconds, PARIS)
            out["created_on"] = WALL % (m.year, m.month, m.day, m.hour, m.minute, m.second)
    if text := get("DUpdated"):
        if text[:6] != "/Date(" or text[-2:] != ")/":
            raise ValueError(text)
        if (seconds := int(text[6:-2]) // 1000) >= YEAR_TWO:
            m = moment(seconds, PARIS)
            out["updated_on"] = WALL % (m.year, m.month, m.day, m.hour, m.minute, m.second)
    if text := get("LastContact"):
        if text[:6] != "/Date(" or text[-2:] != ")/":
            raise ValueError(text)
        if (seconds := int(text[6:-2]) // 1000) >= YEAR_TWO:
            m = moment(seconds, PARIS)
            out["contacted_on"] = WALL % (m.year, m.month, m.day, m.hour, m.minute, m.second)
    return out
