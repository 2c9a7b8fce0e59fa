"""The Airbyte CDK's AddFields: one Jinja template a field, rendered to text and read back as a value."""

from __future__ import annotations

import os
import time
from typing import Any

from airbyte_cdk.sources.declarative.transformations import AddFields
from airbyte_cdk.sources.declarative.transformations.add_fields import AddedFieldDefinition

from benchmarks.translate import hand
from benchmarks.translate.peers import harness


def at(name: str) -> str:
    return f"(record.get('{name}') or '')"


def below(name: str, member: str) -> str:
    return f"((record.get('{name}') or {{}}).get('{member}') or '')"


def custom(name: str) -> str:
    values = f"(record.get('MoreFields') or []) | selectattr('FieldId', 'equalto', '{name}') | map(attribute='Value')"
    return f"(({values} | first) or '')"


def code(expression: str, table: str) -> str:
    return f"{{{{ config.{table}.get({expression}, '') }}}}"


def wall(name: str) -> str:
    moment = "str_to_datetime(format_datetime(seconds, '%Y-%m-%dT%H:%M:%SZ')).astimezone().isoformat(' ')[:19]"
    text = f"(record.get('{name}') or '/Date(-62135596800000)/')"
    return f"{{% set seconds = {text}[6:-2] | int // 1000 %}}{{{{ {moment} if seconds >= {hand.YEAR_TWO} }}}}"


#: Fields whose text is all digits stay texts only if that is said.
TEXTS = {
    "name1": f"{{{{ {at('Label')}.strip() }}}}",
    "name2": f"{{{{ {below('Address', 'Name')}.strip() }}}}",
    "reference": f"{{{{ {at('Extcode')}.strip() }}}}",
    "email": f"{{{{ {at('EMail')}.strip().lower() }}}}",
    "phone": f"{{{{ {at('Phone')}.strip() or {at('Cell')}.strip() }}}}",
    "website": f"{{{{ {at('Website')}.strip().lower() }}}}",
    "identification_number": f"{{{{ {at('OfficialNumber')}.replace(' ', '') }}}}",
    "vat_reg_number": f"{{{{ {at('Vat')}.strip().upper() }}}}",
    "comments": f"{{{{ {at('Comments')}.strip() }}}}",
    "street": (
        f"{{{{ [{below('Address', 'Street')}.strip(), {below('Address', 'Compl')}.strip()] | select | join(', ') }}}}"
    ),
    "zipcode": f"{{{{ {below('Address', 'ZipCode')}.strip() }}}}",
    "city": f"{{{{ {below('Address', 'City')}.strip() }}}}",
    "country": f"{{{{ config.COUNTRIES.get({below('Address', 'Country')}.strip(), 'FR') }}}}",
    "invoicing_email": f"{{{{ {at('InvoiceMail')}.strip().lower() if {below('Status', 'Code')} == 'CLI' }}}}",
    "contract_date": (
        f"{{% set text = {custom('signature')} %}}{{{{ text[6:] ~ '-' ~ text[3:5] ~ '-' ~ text[:2] if text }}}}"
    ),
    "name3": f"{{{{ {custom('surnom')}.strip() }}}}",
    "created_on": wall("DCreated"),
    "updated_on": wall("DUpdated"),
    "contacted_on": wall("LastContact"),
}
VALUES = {
    "status": f"{{{{ config.STATUS.get({below('Status', 'Code')}, 1) }}}}",
    "type": code(below("Type", "Code"), "TYPES"),
    "sourceid": code(below("Origin", "Code"), "ORIGINS"),
    "owner_objectid": code(below("AssignedTo", "EMail"), "OWNERS"),
    "tags": (
        "[{% for tag in (record.get('Tags') or []) if tag.TagCategoryCode == 'INTERET' %}"
        "{{ config.INTERESTS[tag.Label] }},{% endfor %}]"
    ),
    "active": "{{ 0 if record.get('Obsolete') else 1 }}",
    "premium": code(custom("premium"), "FLAGS"),
    "credit_limit": f"{{{{ {custom('encours')}.replace(' ', '').replace(',', '.') }}}}",
    "industry": code(f"{custom('secteur')}.strip()", "SECTORS"),
    "nb_of_employees": f"{{{{ {custom('effectif')} }}}}",
}


def main() -> None:
    # Its templates know the machine's own time zone and no other.
    os.environ["TZ"] = "Europe/Paris"
    time.tzset()
    names = ("STATUS", "TYPES", "ORIGINS", "OWNERS", "FLAGS")
    config: dict[str, Any] = {name: getattr(hand, name) for name in names}
    config |= {name: harness.spelt(getattr(hand, name)) for name in ("COUNTRIES", "SECTORS", "INTERESTS")}
    fields = [AddedFieldDefinition(["target", name], value, str, {}) for name, value in TEXTS.items()]
    fields += [AddedFieldDefinition(["target", name], value, None, {}) for name, value in VALUES.items()]
    add = AddFields(fields=fields, parameters={})

    def translate(account: dict[str, Any]) -> dict[str, Any]:
        record = dict(account)
        add.transform(record, config=config)
        target: dict[str, Any] = record["target"]
        return target

    harness.run(
        translate,
        ["airbyte-cdk"],
        lacks=[harness.NO_NFC, harness.SPELLINGS, harness.NO_CALENDAR, harness.NULLS],
        same=harness.normalised,
    )


if __name__ == "__main__":
    main()
