"""Jinja2's compiled expressions, one a field, with filters of our own; paths by jsonpath-ng, all parsed beforehand."""

from __future__ import annotations

from datetime import date, datetime
from typing import Any
from unicodedata import normalize

from jinja2 import Environment
from jsonpath_ng.ext import parse

from benchmarks.translate import hand
from benchmarks.translate.peers import harness

Record = dict[str, Any]


def clean(value: Any) -> str | None:
    return normalize("NFC", value.strip()) or None if value else None


def label(value: Any, exact: dict[str, Any], folded: dict[str, Any]) -> Any:
    text = clean(value)
    return (exact.get(text) or folded[hand.fold(text)]) if text else None


def code(value: Any, table: dict[str, int]) -> int | None:
    return table[value] if value else None


def labels(values: list[str], exact: dict[str, Any], folded: dict[str, Any]) -> list[Any] | None:
    return [label(value, exact, folded) for value in values] or None


def dmy(text: str | None) -> str | None:
    return date(int(text[6:]), int(text[3:5]), int(text[:2])).isoformat() if text else None


def wall(text: str | None) -> str | None:
    if not text or (seconds := int(text[6:-2]) // 1000) < hand.YEAR_TWO:
        return None
    return datetime.fromtimestamp(seconds, hand.PARIS).isoformat(" ")[:19]


#: A field's paths and the expression over what stands there.
FIELDS = {
    "name1": (["Label"], "v | clean"),
    "name2": (["Address.Name"], "v | clean"),
    "reference": (["Extcode"], "v | clean"),
    "email": (["EMail"], "v | clean | low"),
    "phone": (["Phone", "Cell"], "v | clean or w | clean"),
    "website": (["Website"], "v | clean | low"),
    "identification_number": (["OfficialNumber"], "(v or '') | replace(' ', '') | clean"),
    "vat_reg_number": (["Vat"], "(v or '') | upper | clean"),
    "comments": (["Comments"], "v | clean"),
    "street": (["Address.Street", "Address.Compl"], "[v | clean, w | clean] | select | join(', ') or none"),
    "zipcode": (["Address.ZipCode"], "v | clean"),
    "city": (["Address.City"], "v | clean"),
    "country": (["Address.Country"], "v | label(COUNTRIES, COUNTRIES_FOLDED) or 'FR'"),
    "status": (["Status.Code"], "v | code(STATUS) or 1"),
    "type": (["Type.Code"], "v | code(TYPES)"),
    "sourceid": (["Origin.Code"], "v | code(ORIGINS)"),
    "owner_objectid": (["AssignedTo.EMail"], "v | code(OWNERS)"),
    "tags": (["Tags[?TagCategoryCode == 'INTERET'].Label"], "v | labels(INTERESTS, INTERESTS_FOLDED)"),
    "active": (["Obsolete"], "0 if v else 1"),
    "invoicing_email": (["InvoiceMail", "Status.Code"], "v | clean | low if w == 'CLI' else none"),
    "premium": (["MoreFields[?FieldId == 'premium'].Value"], "v | first | code(FLAGS)"),
    "contract_date": (["MoreFields[?FieldId == 'signature'].Value"], "v | first | dmy"),
    "credit_limit": (
        ["MoreFields[?FieldId == 'encours'].Value"],
        "v | first | replace(' ', '') | replace(',', '.') | float if v | first else none",
    ),
    "industry": (["MoreFields[?FieldId == 'secteur'].Value"], "v | first | label(SECTORS, SECTORS_FOLDED)"),
    "nb_of_employees": (["MoreFields[?FieldId == 'effectif'].Value"], "v | first | int if v | first else none"),
    "name3": (["MoreFields[?FieldId == 'surnom'].Value"], "v | first | clean"),
    "created_on": (["DCreated"], "v | wall"),
    "updated_on": (["DUpdated"], "v | wall"),
    "contacted_on": (["LastContact"], "v | wall"),
}


def compiled() -> list[tuple[str, list[tuple[Any, bool]], Any]]:
    environment = Environment()
    environment.filters |= {"clean": clean, "low": lambda text: text and text.lower(), "label": label, "code": code}
    environment.filters |= {"labels": labels, "dmy": dmy, "wall": wall}
    environment.globals |= {name: value for name, value in vars(hand).items() if name.isupper()}
    return [
        (name, [(parse(path), "[?" in path) for path in paths], environment.compile_expression(expression))
        for name, (paths, expression) in FIELDS.items()
    ]


def found(path: Any, many: bool, account: Record) -> Any:
    values = [match.value for match in path.find(account)]
    return values if many else values[0] if values else None


def main() -> None:
    fields = compiled()

    def translate(account: Record) -> Record:
        target: Record = {}
        for name, paths, expression in fields:
            values = [found(path, many, account) for path, many in paths]
            value = expression(v=values[0], w=values[-1])
            if value is not None:
                target[name] = value
        return target

    harness.run(translate, ["Jinja2", "jsonpath-ng"])


if __name__ == "__main__":
    main()
