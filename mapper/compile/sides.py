"""What the compiler must know of a side, and what a path means on it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mapper.expr.paths import Path, PathError, parse_path
from mapper.records import ABSENT, ListTable
from mapper.spec.connector import Connector, Field, Resource
from mapper.spec.document import nearest
from mapper.spec.project import CustomField, Locale

#: The types whose values are looked up in a list; any other that names one holds its ids as they are.
LISTED = ("list", "set")


def _no_table(_: str) -> ListTable | None:
    return None


def _no_custom(_: str) -> Mapping[str, CustomField] | None:
    return None


@dataclass(frozen=True)
class SideContext:
    """One side's resource, and where its lists and custom fields are found; None where they are not known."""

    name: str
    connector: Connector
    resource_name: str
    role: str = "both"
    locale: Locale = field(default_factory=Locale)
    table: Callable[[str], ListTable | None] = _no_table
    custom: Callable[[str], Mapping[str, CustomField] | None] = _no_custom

    @property
    def resource(self) -> Resource:
        return self.connector.resources[self.resource_name]

    @property
    def roots(self) -> set[str]:
        """The members that a native record may have at its top."""
        names = {name.split(".")[0] for name in self.resource.fields}
        reads = {spec.read.split(".")[0].split("[")[0] for spec in self.resource.fields.values() if spec.read}
        return names | reads | set(self.resource.containers)


@dataclass(frozen=True)
class Native:
    """What a path means on a side: how it is read and written, and the field behind it.

    `grouped`: a group without members is not on the wire, so where its container is there, it is empty, not absent.
    """

    path: str
    read: Path
    write: Path | None
    field: Field
    container: str = ""
    table: ListTable | None = None
    grouped: bool = False


class UnknownPath(ValueError):
    """A path that leads to no field of the resource."""

    def __init__(self, message: str, hint: str = "") -> None:
        super().__init__(message)
        self.hint = hint


def resolve(side: SideContext, text: str) -> Native:
    """The meaning of a path; raises UnknownPath."""
    spec = side.resource.fields.get(text)
    if spec is not None:
        return _declared(side, text, spec)
    try:
        path = parse_path(text)
    except PathError as error:
        raise UnknownPath(str(error)) from None
    if not path.plain:
        root = path.text.removeprefix("$.").split(".")[0].split("[")[0]
        if root not in side.roots:
            raise _unknown(side, text, root)
        declared = side.resource.fields.get(root)
        fixed = not path.writable or bool(declared and declared.readonly)
        return Native(text, path, None if fixed else path, Field(type="any", readonly=fixed))
    if path.parts[0] in side.resource.containers:
        return _custom(side, text, path)
    dotted = ".".join(path.parts)
    if dotted in side.resource.fields:
        return _declared(side, dotted, side.resource.fields[dotted])
    raise _unknown(side, text)


def _unknown(side: SideContext, text: str, root: str = "") -> UnknownPath:
    known = side.roots if root else {*side.resource.fields, *side.resource.containers}
    where = f"{side.connector.connector} {side.resource_name}"
    return UnknownPath(f"{where} has no field '{text}'", nearest(root or text, known))


def below(record: Any, parts: Iterable[str]) -> Any:
    """What stands at a path: below an object that is null all is null, below what is not there nothing is known."""
    here = record
    for part in parts:
        if not isinstance(here, dict):
            return None if here is None else ABSENT
        here = here.get(part, ABSENT)
    return here


def _declared(side: SideContext, name: str, spec: Field) -> Native:
    write = None if spec.readonly else parse_path(spec.write or name)
    table = side.table(spec.list) if spec.list and spec.type in LISTED else None
    return Native(name, parse_path(spec.read or name), write, spec, "", table)


def _custom(side: SideContext, text: str, path: Path) -> Native:
    name = path.parts[0]
    container = side.resource.containers[name]
    if container.codec == "ids":
        spec = Field(type="set", list=container.list)
        return Native(text, path, path, spec, name, side.table(container.list) if container.list else None)
    if len(path.parts) != 2:
        raise UnknownPath(f"'{text}' needs the name of one of its fields", f"for example {name}.name")
    if container.codec == "groups":
        return Native(text, path, path, Field(type="set", holds="label"), name, grouped=True)
    known = side.custom(name)
    if known is None:
        spec = Field(type=container.type, holds="label", form=container.form.get(container.type))
        return Native(text, path, path, spec, name)
    found = known.get(path.parts[1])
    if found is None:
        hint = nearest(path.parts[1], known) if known else "give it an id in the project's catalogue"
        raise UnknownPath(f"the catalogue of '{side.name}' has no custom field '{path.parts[1]}' in {name}", hint)
    form = found.form or container.form.get(found.type)
    spec = Field(type=found.type, form=form, holds="label", readonly=found.readonly, list=found.list, pos=found.pos)
    return Native(text, path, None if found.readonly else path, spec, name, _options(side, text, found))


def _options(side: SideContext, text: str, found: CustomField) -> ListTable | None:
    if found.options:
        return ListTable(text, found.options)
    return side.table(found.list) if found.list else None


def wire_form(side: SideContext, native: Native, chosen: str | None) -> str:
    """The name of the form in which a field stands on the wire."""
    return chosen or native.field.form or side.connector.wire.forms.get(native.field.type) or ""
