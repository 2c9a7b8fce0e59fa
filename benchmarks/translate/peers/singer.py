"""The Singer SDK's inline stream maps: one expression a field, evaluated by simpleeval."""

from __future__ import annotations

import logging
import os
import time
from typing import Any

from singer_sdk.mapper import PluginMapper

from benchmarks.translate import hand
from benchmarks.translate.peers import harness


def text(expression: str) -> str:
    """A text without blanks at its ends, or null."""
    return f"(({expression}) or '').strip() or None"


def at(name: str) -> str:
    return f"record.get('{name}')"


def below(name: str, member: str) -> str:
    return f"(record.get('{name}') or {{}}).get('{member}')"


def custom(name: str) -> str:
    return f"([f['Value'] for f in record.get('MoreFields') or [] if f['FieldId'] == '{name}'] + [None])[0]"


def code(expression: str, table: str) -> str:
    return f"config['{table}'].get({expression})"


def label(expression: str, table: str) -> str:
    return f"config['{table}'].get((({expression}) or '').strip())"


def wall(name: str) -> str:
    seconds = f"int({at(name)}[6:-2]) // 1000"
    moment = f"datetime.datetime.fromtimestamp({seconds}).isoformat(' ')"
    return f"({moment} if {seconds} >= {hand.YEAR_TWO} else None) if {at(name)} else None"


SIGNATURE = custom("signature")
CREDIT = custom("encours")
MAP = {
    "__else__": None,
    "name1": text(at("Label")),
    "name2": text(below("Address", "Name")),
    "reference": text(at("Extcode")),
    "email": text(f"({at('EMail')} or '').lower()"),
    "phone": f"{text(at('Phone'))} or {text(at('Cell'))}",
    "website": text(f"({at('Website')} or '').lower()"),
    "identification_number": f"({at('OfficialNumber')} or '').replace(' ', '') or None",
    "vat_reg_number": text(f"({at('Vat')} or '').upper()"),
    "comments": text(at("Comments")),
    "street": (
        f"', '.join([part.strip() for part in [{below('Address', 'Street')}, {below('Address', 'Compl')}]"
        " if part and part.strip()]) or None"
    ),
    "zipcode": text(below("Address", "ZipCode")),
    "city": text(below("Address", "City")),
    "country": f"{label(below('Address', 'Country'), 'COUNTRIES')} or 'FR'",
    "status": f"{code(below('Status', 'Code'), 'STATUS')} or 1",
    "type": code(below("Type", "Code"), "TYPES"),
    "sourceid": code(below("Origin", "Code"), "ORIGINS"),
    "owner_objectid": code(below("AssignedTo", "EMail"), "OWNERS"),
    "tags": (
        "[config['INTERESTS'].get(t['Label']) for t in record.get('Tags') or []"
        " if t['TagCategoryCode'] == 'INTERET'] or None"
    ),
    "active": "0 if record.get('Obsolete') else 1",
    "invoicing_email": f"({text(at('InvoiceMail'))}) if {below('Status', 'Code')} == 'CLI' else None",
    "premium": code(custom("premium"), "FLAGS"),
    "contract_date": (
        f"datetime.date(int({SIGNATURE}[6:]), int({SIGNATURE}[3:5]), int({SIGNATURE}[:2])).isoformat()"
        f" if {SIGNATURE} else None"
    ),
    "credit_limit": f"float({CREDIT}.replace(' ', '').replace(',', '.')) if {CREDIT} else None",
    "industry": label(custom("secteur"), "SECTORS"),
    "nb_of_employees": f"int({custom('effectif')}) if {custom('effectif')} else None",
    "name3": text(custom("surnom")),
    "created_on": wall("DCreated"),
    "updated_on": wall("DUpdated"),
    "contacted_on": wall("LastContact"),
}


def main() -> None:
    # Its expressions know the machine's own time zone and no other.
    os.environ["TZ"] = "Europe/Paris"
    time.tzset()
    names = ("STATUS", "TYPES", "ORIGINS", "OWNERS", "FLAGS")
    config: dict[str, Any] = {name: getattr(hand, name) for name in names}
    config |= {name: harness.spelt(getattr(hand, name)) for name in ("COUNTRIES", "SECTORS", "INTERESTS")}
    mapper = PluginMapper({"stream_maps": {"accounts": MAP}, "stream_map_config": config}, logging.getLogger())
    mapper.register_raw_stream_schema("accounts", {"type": "object", "properties": {}}, [])
    (stream,) = mapper.stream_maps["accounts"]
    harness.run(
        lambda account: stream.transform(account) or {},
        ["singer-sdk"],
        lacks=[harness.NO_NFC, harness.SPELLINGS, harness.NULLS],
        same=harness.normalised,
    )


if __name__ == "__main__":
    main()
