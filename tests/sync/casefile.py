"""A mapping between two small vendors, in a folder, with the cases that a test wants to look at."""

from __future__ import annotations

from pathlib import Path

from mapper.sync.cases import CaseResult
from mapper.sync.suites import Suite, suites

CONNECTOR = """\
connector: {name}
about: A vendor for a test
settings: {{base_url: {{about: Where, required: true}}}}
auth: [{{name: none}}]
lists: {{kinds: {{values: {{1: Small, 2: Large}}}}, moods: {{path: moods}}}}
resources:
  things:
    key: id
    containers: {{more: {{codec: pairs, key: [k], value: v}}}}
    fields:
      id: {{readonly: true}}
      name: {{length: 10}}
      other: {{length: 10}}
      kind: {{type: list, list: kinds}}
      mood: {{type: list, list: moods}}
      size: {{type: number}}
      "at.city": text
    operations: {{list: {{path: things}}}}
"""

MAPPING = """\
entity: thing
about: A test
sides: {left: things, right: things}
fields:
  name: {left: name, right: name, required: true}
  kind: {type: choice, left: kind, right: kind, values: by label}
  size: {type: number, left: size, right: size}
  city: {left: at.city, right: at.city}
"""


def written(folder: Path, text: str) -> Path:
    """The file of a mapping, beside its two connectors."""
    (folder / "connectors").mkdir(exist_ok=True)
    for name in ("left", "right"):
        (folder / "connectors" / f"{name}.yaml").write_text(CONNECTOR.format(name=name), encoding="utf-8")
    path = folder / "thing.yaml"
    path.write_text(text, encoding="utf-8", newline="")
    return path


def suite(folder: Path, text: str) -> Suite:
    """The cases of a mapping and what became of them."""
    [found] = suites([str(written(folder, text))], None)
    return found


def results(folder: Path, text: str) -> list[CaseResult]:
    return list(suite(folder, text).results)
