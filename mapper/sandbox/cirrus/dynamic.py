"""Dynamic fields: their definitions, the values of one record, and the write of one value.

The values of a choice field are its selected options; every other field holds one text. No operation creates a
definition or an option. A field belongs to one kind of record, which is why a write names no resource type.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from .table import Row
from .wire import Check, array_of, integer, invalid, members, string

RESOURCE_TYPES = ("account", "contact", "order", "quote", "opportunity", "activity", "article")
GROUPS = ("account", "contact", "order", "opportunity", "article")

TYPES = {1: "text", 2: "select", 3: "checkbox"}
TEXT, SELECT, CHECKBOX = TYPES

STAMP = "2019-08-24T14:15:22Z"


@dataclass(frozen=True)
class Field:
    """One definition; `options` maps option ids to labels and is empty for all but choice fields."""

    id: int
    group: str
    name: str
    type: int
    sortorder: int
    options: Mapping[int, str]
    required: bool = False
    readonly: bool = False
    help: str = ""

    def option(self, option_id: int) -> Row:
        """One option in the shape that the vendor also uses for types."""
        return {
            "id": option_id,
            "fieldid": self.id,
            "label": self.options[option_id],
            "sortorder": list(self.options).index(option_id) + 1,
            "group": self.group,
        }

    def type_shape(self) -> Row:
        """The field's type, in the shape of an option."""
        return {"id": self.type, "fieldid": self.id, "label": TYPES[self.type], "sortorder": 0, "group": self.group}

    def split(self, value: Any) -> dict[str, list[Row]]:
        """The selected and the unselected options under a stored value."""
        chosen = value or ()
        return {
            "selected": [self.option(option_id) for option_id in self.options if option_id in chosen],
            "unselected": [self.option(option_id) for option_id in self.options if option_id not in chosen],
        }

    def text(self, value: Any, switches: Mapping[str, str] | None = None) -> str:
        """A stored value as the vendor's text; without `switches` as most vendors would tell it."""
        told = switches or {"choice_text": "label", "checks": "1"}
        if self.type == SELECT:
            form, chosen = told["choice_text"], value or ()
            return ", ".join(self.options[one] if form == "label" else str(one) for one in chosen if form != "empty")
        if self.type == CHECKBOX and told["checks"] == "true":
            return {"1": "true", "0": "false"}.get(value, "")
        return value or ""


def _options(first: int, *labels: str) -> dict[int, str]:
    return dict(enumerate(labels, first))


FIELDS = {
    field.id: field
    for field in (
        Field(
            11,
            "account",
            "Bransch",
            SELECT,
            1,
            _options(501, "Bâtiment", "Énergie", "Santé", "Logiciels", "Commerce", "Industrie"),
        ),
        Field(12, "account", "Kundnummer ERP", TEXT, 2, {}, help="Numret i affärssystemet"),
        Field(13, "account", "Premium", CHECKBOX, 3, {}, help="1 eller 0"),
        Field(14, "account", "Kreditbetyg", TEXT, 4, {}, readonly=True),
        Field(15, "account", "Avtalsform", TEXT, 5, {}, required=True),
        Field(21, "contact", "Språk", SELECT, 1, _options(551, "Svenska", "Franska", "Engelska")),
        Field(22, "contact", "Kommentar", TEXT, 2, {}),
        Field(31, "order", "Leverans", SELECT, 1, _options(571, "Bil", "Tåg")),
        Field(32, "order", "Projektnummer", TEXT, 2, {}),
        Field(41, "quote", "Projektnummer", TEXT, 1, {}),
        Field(51, "opportunity", "Konkurrent", SELECT, 1, _options(581, "Alfa", "Beta")),
        Field(52, "opportunity", "Anteckning", TEXT, 2, {}),
        Field(61, "activity", "Resultatkod", TEXT, 1, {}),
        Field(71, "article", "Färg", SELECT, 1, _options(591, "Röd", "Blå")),
    )
}


def definition(field: Field) -> Row:
    """A definition as it is read."""
    return {
        "id": field.id,
        "name": field.name,
        "group": field.group,
        "sortorder": field.sortorder,
        "size": 255 if field.type == TEXT else 1,
        "help": field.help,
        "required": field.required,
        "inoverview": field.sortorder == 1,
        "visible": True,
        "readonly": field.readonly,
        "options": [field.option(option_id) for option_id in field.options],
        "type": field.type_shape(),
        "fieldgroup": {
            "id": 1 + RESOURCE_TYPES.index(field.group),
            "name": f"Faktafält {field.group}",
            "created": STAMP,
            "updated": STAMP,
        },
        **field.split(None),
    }


def value_item(field: Field, value: Any, item_id: int, switches: Mapping[str, str]) -> Row:
    """One field of one record as it is read."""
    return {
        "id": item_id,
        "name": field.name,
        "required": field.required,
        "inoverview": field.sortorder == 1,
        "visible": True,
        "readonly": field.readonly,
        **field.split(value),
        "type": field.type_shape(),
        "value": field.text(value, switches),
    }


_OPTION = members(
    {"id": integer, "fieldid": integer, "label": string, "sortorder": integer, "group": string}, required=["id"]
)
MODEL: dict[str, Check] = {"selected": array_of(_OPTION), "unselected": array_of(_OPTION), "value": string}


def written(field: Field, body: Mapping[str, Any], old: Any, switches: Mapping[str, str]) -> Any:
    """The value to store after a write of `body`. Raises `Refused` where the field cannot take it."""
    if field.readonly:
        raise invalid({"fieldid": f"field {field.id} is readonly"})
    value: Any
    if field.type == SELECT:
        value = _written_options(field, body, old)
    else:
        value = _written_text(field, body, old, switches["checks"])
    if field.required and not value:
        raise invalid({"value": f"field {field.id} is required"})
    return value


def by_label(field: Field, label: str) -> Any:
    """The value to store for a label or a text, as a person would enter it. Raises ValueError."""
    if field.type != SELECT:
        return label
    chosen = tuple(option_id for option_id, known in field.options.items() if known == label)
    if label and not chosen:
        raise ValueError(f"dynamic field {field.name!r} has no option {label!r}")
    return chosen


def _written_text(field: Field, body: Mapping[str, Any], old: Any, checks: str) -> str:
    for name in ("selected", "unselected"):
        if body.get(name):
            raise invalid({name: f"field {field.id} has no options"})
    value: str = body.get("value", old or "")
    words = {"0": "0", "1": "1"} if checks == "1" else {"false": "0", "true": "1"}
    if field.type == CHECKBOX and value and value not in words:
        raise invalid({"value": f"'{value}' is not one of {list(words)}"})
    return words.get(value, "") if field.type == CHECKBOX else value


def _written_options(field: Field, body: Mapping[str, Any], old: Any) -> tuple[int, ...]:
    chosen, dropped = (_option_ids(field, body, name) for name in ("selected", "unselected"))
    # A text alone cannot say which option is meant; beside the lists it is the text that was read, and means nothing.
    if "value" in body and "selected" not in body and "unselected" not in body:
        raise invalid({"selected": f"field {field.id} is written by its options"})
    if chosen & dropped:
        raise invalid({"unselected": f"options {sorted(chosen & dropped)} are also selected"})
    if len(chosen) > 1:
        raise invalid({"selected": f"field {field.id} takes one option"})
    if "selected" in body:
        return tuple(chosen)
    return tuple(option_id for option_id in old or () if option_id not in dropped)


def _option_ids(field: Field, body: Mapping[str, Any], name: str) -> set[int]:
    for position, option in enumerate(body.get(name, ())):
        if option["id"] not in field.options or option.get("fieldid", field.id) != field.id:
            raise invalid({f"{name}.{position}": f"option {option['id']} does not belong to field {field.id}"})
    return {option["id"] for option in body.get(name, ())}
