"""What a connection's account defines by itself: custom fields and list values, kept in the project's catalogue."""

from __future__ import annotations

import os
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import yaml

from mapper.connect import Connection
from mapper.errors import Missing, NotAllowed, StateError
from mapper.records import ListTable
from mapper.spec.load import load_catalogue
from mapper.spec.project import Catalogue, CustomField
from mapper.sync.accounts import open_connection
from mapper.sync.project import Project

_HEAD = """\
# Custom fields and list values of the connection `{name}`, written by `mapper discover {name}`.
# It is written anew each time; what is to stay otherwise stands in mapper.yaml, under the connection's `catalogue`.
"""


@dataclass
class Discovery:
    """What was found, what of it is new, what is gone, and what could not be asked for."""

    path: Path
    fields: dict[str, dict[str, CustomField]] = field(default_factory=dict)
    lists: dict[str, dict[str, str]] = field(default_factory=dict)
    new: list[str] = field(default_factory=list)
    gone: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)


def discover(project: Project, name: str) -> Discovery:
    """Ask a connection for its custom fields and lists, and write them to `catalogue/<name>.yaml`.

    Raises UsageError for an unknown connection, RemoteError where the vendor cannot be asked.
    """
    connector = project.connector(name).spec
    found = Discovery(project.folder / "catalogue" / f"{name}.yaml")
    before = load_catalogue(found.path)
    asked: set[str] = set()
    with _fresh(project, name) as connection:
        for resource in resources(project, name):
            _fields(connection, resource, found)
            _lists(connection, resource, found, asked)
    if not (found.fields or found.lists):
        found.notes.append(f"{connector.connector} tells of no custom fields and no lists")
    _compare(before, found)
    if found.fields or found.lists or found.path.exists():
        _write(found, name)
    return found


def _fresh(project: Project, name: str) -> Connection:
    """The connection without any catalogue, so that the vendor is asked and not the file of last time."""
    return open_connection(project, name, Catalogue())


def resources(project: Project, name: str) -> list[str]:
    """The resources that the project's mappings use on this connection; all where none does."""
    sides = [(s, spec) for loaded in project.mappings.values() for s, spec in loaded.spec.sides.items()]
    used = [spec.resource for side, spec in sides if (spec.connection or side) == name]
    return list(dict.fromkeys(used)) or list(project.connector(name).spec.resources)


def _fields(connection: Connection, resource: str, found: Discovery) -> None:
    try:
        if own := connection.own_fields(resource):
            found.fields[resource] = dict(sorted(own.items()))
    except (Missing, NotAllowed) as error:
        found.notes.append(f"{resource}: {error}")
    for member, container in connection.spec.resources[resource].containers.items():
        if not container.definitions:
            continue
        try:
            fields = connection.custom(resource, member)
        except (Missing, NotAllowed) as error:
            found.notes.append(f"{resource}.{member}: {error}")
            continue
        if fields:
            found.fields[f"{resource}.{member}"] = dict(sorted(fields.items()))


def _lists(connection: Connection, resource: str, found: Discovery, asked: set[str]) -> None:
    about = connection.spec.resources[resource]
    names = {spec.list for spec in about.fields.values() if spec.list}
    names |= {spec.list for spec in about.containers.values() if spec.list}
    harvested = []
    for name in sorted(names - asked):
        asked.add(name)
        source = connection.spec.lists.get(name.partition("/")[0])
        if source is not None and source.harvest:
            harvested.append(name)
            continue
        try:
            _keep(found, name, connection.table(resource, name))
        except (Missing, NotAllowed) as error:
            found.notes.append(f"list {name}: {error}")
    if harvested:
        # No request lists these: their values are learnt from the records, of which one walk shows all.
        for _ in connection.pages(resource):
            pass
        for name in harvested:
            _keep(found, name, connection.table(resource, name))


def _keep(found: Discovery, name: str, table: ListTable) -> None:
    if len(table):
        found.lists[name] = dict(sorted(table.labels.items(), key=lambda item: (len(item[0]), item[0])))


def _compare(before: Catalogue, found: Discovery) -> None:
    old, now = _names(before.fields, before.lists), _names(found.fields, found.lists)
    found.new = [name for name in now if name not in old]
    found.gone = [name for name in old if name not in now]


def label_of(value: Any) -> Any:
    """The label of a list value as a file holds it."""
    return value.get("label") if isinstance(value, dict) else value


def _names(fields: dict[str, dict[str, CustomField]], lists: dict[str, dict[str, Any]]) -> dict[str, None]:
    """Every field and list value by a name for people."""
    names: list[str] = [f"{place}.{name}" for place, group in sorted(fields.items()) for name in group]
    names += [f"{name}: {label_of(value)}" for name, values in sorted(lists.items()) for value in values.values()]
    return dict.fromkeys(names)


def _write(found: Discovery, name: str) -> None:
    """Write the catalogue in one go, so that a crash leaves the old file or the new one."""
    data = {
        "fields": {place: {n: _plain(f) for n, f in group.items()} for place, group in sorted(found.fields.items())},
        "lists": dict(sorted(found.lists.items())),
    }
    text = _HEAD.format(name=name) + yaml.dump(data, Dumper=_Lines, sort_keys=False, allow_unicode=True, width=110)
    passing = found.path.with_suffix(".tmp")
    try:
        found.path.parent.mkdir(parents=True, exist_ok=True)
        passing.write_text(text, encoding="utf-8")
        os.replace(passing, found.path)
    except OSError as error:
        raise StateError(f"{found.path} cannot be written: {error.strerror}") from None


def _plain(spec: CustomField) -> dict[str, Any]:
    """A custom field as it stands in the file: what is not said is left out."""
    facts: dict[str, Any] = {
        "id": spec.id,
        "type": spec.type,
        "label": spec.label,
        "form": spec.form,
        "list": spec.list,
    }
    facts |= {"readonly": spec.readonly or None, "options": spec.options or None}
    return {key: value for key, value in facts.items() if value is not None}


class _Lines(yaml.SafeDumper):
    """Every text in quotes where a reader could take it for something else."""

    def ignore_aliases(self, data: Any) -> bool:
        return True
