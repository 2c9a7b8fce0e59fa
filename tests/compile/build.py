"""A made-up vendor with a field of every kind, and mappings compiled from a text."""

from __future__ import annotations

import tempfile
from collections.abc import Callable, Mapping
from functools import cache
from pathlib import Path

from mapper.compile import CompiledMapping, SideContext, compile_mapping
from mapper.errors import Problem, SpecError
from mapper.records import ListTable
from mapper.spec.connector import Connector
from mapper.spec.load import load_connector, load_mapping
from mapper.spec.project import CustomField

#: Where a problem is expected, in the text of a mapping.
HERE = "‸"

VENDOR = """
connector: tiny
about: A vendor that exists in these tests only.
settings: {base_url: {about: The address., required: true}}
auth: [{name: none}]
wire: {timezone: Europe/Paris, forms: {datetime: wall, flag: int}}
lists:
  stages: {values: {"1": Prospect, "2": Client, "3": Énergie  verte}}
  tags: {harvest: true, key: [id], label: [name]}
resources:
  things:
    key: id
    stamp_key: origin
    changes: {by: filter, stamp: moved}
    fields:
      id: {type: number, readonly: true}
      name: {length: 12}
      alias: {}
      origin: {}
      moved: {type: datetime, readonly: true}
      count: {type: number}
      count_text: {type: number, form: text}
      price: {type: decimal}
      price_text: {type: decimal, form: comma}
      active: {type: flag}
      born: {type: date}
      born_dmy: {type: date, form: dmy}
      seen: {type: datetime}
      seen_epoch: {type: datetime, form: epoch}
      stage: {type: list, list: stages}
      stage_label: {type: list, list: stages, holds: label}
      stage_free: {type: list}
      marks: {type: set, list: stages}
      marks_json: {type: set, list: stages, form: json}
      marks_csv: {type: set, list: stages, form: csv}
      marks_text: {type: set, list: stages, form: jsontext}
      parent: {type: ref, ref: things}
      owner: {type: ref, ref: others}
      address.street: {}
      address.zip: {}
      address.geo.lat: {type: decimal}
      kind: {read: kind.id, write: kindid, type: number}
      serial: {write_once: true}
      shown: {readonly: true}
    containers:
      more: {codec: pairs, key: [field], value: value}
      groups: {codec: groups, key: [category], value: label}
      tags: {codec: ids, list: tags}
    operations:
      list: {path: things}
      get: {path: "things/{{ key }}"}
      create: {method: POST, path: things}
      update: {method: PUT, path: "things/{{ key }}"}
  others:
    key: code
    fields:
      code: {readonly: true}
      title: {required: true}
      note: {}
    operations: {list: {path: others}, create: {method: POST, path: others}}
  owned:
    key: id
    write_defaults: {owner: "1"}
    fields:
      id: {readonly: true}
      owner: {required: true}
      note: {}
    operations: {list: {path: owned}, create: {method: POST, path: owned}}
"""

CUSTOM = {
    "things.more": {
        "sector": CustomField(id="f1", type="list", options={"a": "Bâtiment", "b": "Santé"}),
        "size": CustomField(id="f2", type="number"),
        "locked": CustomField(id="f3", readonly=True),
    }
}

HEAD = "entity: thing\nabout: Things.\nsides: {a: {resource: things}, b: {resource: things}}\n"


@cache
def vendor() -> Connector:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.yaml"
        path.write_text(VENDOR, encoding="utf-8")
        return load_connector("tiny.yaml", folder=Path(folder)).spec


def table_of(name: str) -> ListTable | None:
    fixed = vendor().lists[name].values
    return ListTable(name, {int(key): label for key, label in fixed.items()}) if fixed else None


def compiled(
    text: str,
    *,
    table: Callable[[str], ListTable | None] = table_of,
    custom: Mapping[str, Mapping[str, CustomField]] = CUSTOM,
    files: Mapping[str, str] | None = None,
    told: list[Problem] | None = None,
) -> CompiledMapping:
    """The mapping of a text, with the made-up vendor on every side and files beside it; raises SpecError."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.yaml"
        for name, content in {**(files or {}), path.name: text}.items():
            (Path(folder) / name).write_text(content, encoding="utf-8")
        loaded = load_mapping(path)
    contexts = {
        name: SideContext(
            name,
            vendor(),
            side.resource,
            side.role,
            table=table,
            custom=lambda container, resource=side.resource: custom.get(f"{resource}.{container}"),
        )
        for name, side in loaded.spec.sides.items()
    }
    return compile_mapping(loaded.spec, loaded.document, contexts, told=told)


def rows(text: str, *, head: str = HEAD) -> CompiledMapping:
    """A mapping between two sides of the vendor, from the text of its rows."""
    return compiled(f"{head}fields:\n{text}")


def problems(text: str) -> list[Problem]:
    """What is wrong with a mapping; the mark of the expected place is taken out first."""
    try:
        compiled(text.replace(HERE, ""))
    except SpecError as error:
        return error.problems
    return []


def findings(text: str, *, files: Mapping[str, str] | None = None) -> list[Problem]:
    """All that the static checks say of a mapping: problems, warnings and notes."""
    told: list[Problem] = []
    try:
        compiled(text.replace(HERE, ""), files=files, told=told)
    except SpecError as error:
        told += error.problems
    return sorted(told)


def place(text: str) -> tuple[int, int]:
    """Line and column of the mark."""
    before = text[: text.index(HERE)]
    return before.count("\n") + 1, len(before) - (before.rfind("\n") + 1) + 1
