"""Containers that have calls of their own: one to read the values of a record, one to write each value."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any

from mapper.connect.codecs import UnknownLabel, several
from mapper.connect.custom import Customs
from mapper.connect.operations import Operations
from mapper.connect.templates import path
from mapper.errors import RemoteError
from mapper.expr.scalars import plain
from mapper.records import ABSENT, CLEAR, Record, fold


class PerRecord:
    """Reads and writes such containers; remembers the options of each choice field as the vendor sends them."""

    def __init__(self, operations: Operations, customs: Customs) -> None:
        self._operations = operations
        self._customs = customs
        self._options: dict[tuple[str, str, str], list[Record]] = {}

    def renew(self) -> None:
        """Forget the options, to take them from what is read from now on."""
        self._options.clear()

    def read(self, resource: str, member: str, key: str) -> Record:
        """The values of one record by name; a choice is its label, a set the list of its labels."""
        spec = self._customs.container(resource, member)
        call = self._operations.need(resource, spec.reads or "reads")
        names = self._customs.names(resource, member)
        values: Record = dict.fromkeys(names.fields)
        for cut in self._operations.walk(call, {**spec.with_, "key": key, "container": member}, key="id"):
            for item in cut.items:
                ident = self._field_of(resource, member, item)
                if not ident:
                    raise self._operations.nonsense(call, "a value without the id of its field")
                options = [*_options(item, "selected"), *_options(item, "unselected")]
                self._options[resource, member, ident] = options
                name = names.by_id.get(ident, ident)
                known = names.fields.get(name)
                values[name] = _value(item, options, many=known is not None and known.type == "set")
        return values

    def _field_of(self, resource: str, member: str, item: Any) -> str:
        """The id of the field that a value belongs to: where the container says, or else by the field's name."""
        if not isinstance(item, dict):
            return ""
        spec, names = self._customs.container(resource, member), self._customs.names(resource, member)
        found = [path(text, spec.pos).get(item) for text in spec.key or ("id",)]
        idents = [str(ident) for ident in found if ident is not ABSENT and ident is not None]
        name = item.get("name")
        if name in names.fields and not any(ident in names.by_id for ident in idents):
            return names.fields[name].id
        return idents[0] if idents else ""

    def write(self, resource: str, member: str, key: str, values: Mapping[str, Any]) -> dict[str, Exception]:
        """Write values of one record, one call each; returns the dotted paths that failed, with the reason."""
        spec = self._customs.container(resource, member)
        call = self._operations.need(resource, spec.writes or "writes")
        names = self._customs.names(resource, member)
        taken = call.spec.params.get("value")
        failed: dict[str, Exception] = {}
        for name, value in values.items():
            try:
                ident = names.id_of(name)
                said = _as_text(value, spec.form) if taken and taken.type == "text" else value
                args = _parts(said, self._choices(resource, member, ident, key))
                encoded = args["encoded"]
                about = {**spec.with_, "field": ident, "key": key, "container": member, "record": encoded}
                self._operations.run(call, {**about, **args})
            except (RemoteError, UnknownLabel) as error:
                failed[f"{member}.{name}"] = error
        return failed

    def option_calls(self, resource: str, member: str, ident: str) -> int:
        """How many calls it takes to learn the options of a field before it is written."""
        known = (resource, member, ident) in self._options
        return int(not known and bool(self._customs.container(resource, member).reads))

    def _choices(self, resource: str, member: str, ident: str, key: str) -> list[Record]:
        """The options of a field; a record's values are read where no record has shown them yet."""
        place = (resource, member, ident)
        if place not in self._options and self._customs.container(resource, member).reads:
            self.read(resource, member, key)
            self._options.setdefault(place, [])
        if not self._options.get(place) and self._is_choice(resource, member, ident):
            # No record shows it, as the vendor lists filled fields only: the definition has the options too.
            self._options[place] = self._customs.options(resource, member, ident)
        return self._options.get(place, [])

    def _is_choice(self, resource: str, member: str, ident: str) -> bool:
        names = self._customs.names(resource, member)
        known = names.fields.get(names.by_id.get(ident, ""))
        return known is not None and known.type in ("list", "set")


def _options(item: Record, which: str) -> list[Record]:
    options = item.get(which)
    return [option for option in options if isinstance(option, dict)] if isinstance(options, list) else []


def _value(item: Record, options: list[Record], *, many: bool) -> Any:
    if not options:
        return item.get("value")
    labels = [label_of(option) for option in _options(item, "selected")]
    if many or len(labels) > 1:
        return labels
    return labels[0] if labels else None


def label_of(option: Record) -> Any:
    """What an option is called: its label, or else its id."""
    return next((option[name] for name in ("label", "name", "id") if option.get(name) is not None), None)


def _as_text(value: Any, forms: Mapping[str, str]) -> Any:
    """A flag or a number as the text that an operation takes; all else as it is."""
    if isinstance(value, bool):
        yes, no = ("true", "false") if forms.get("flag") == "text" else ("1", "0")
        return yes if value else no
    return plain(Decimal(str(value))) if isinstance(value, int | float | Decimal) else value


def _parts(value: Any, options: list[Record]) -> Record:
    """The arguments that say one value: the chosen and the other options of a choice, or the value itself."""
    if not options:
        text = "" if value is None or value is CLEAR else value
        return {"value": text, "selected": [], "unselected": [], "encoded": {"value": text}}
    chosen = []
    for label in several(value):
        wanted = fold(str(label))
        found = next((o for o in options if fold(str(label_of(o))) == wanted or str(o.get("id")) == str(label)), None)
        if found is None:
            raise UnknownLabel(f"'{label}' is not among the options")
        chosen.append(found)
    others = [option for option in options if not any(option is one for one in chosen)]
    encoded = {"selected": chosen, "unselected": others}
    return {"value": "; ".join(str(label_of(option)) for option in chosen), **encoded, "encoded": encoded}
