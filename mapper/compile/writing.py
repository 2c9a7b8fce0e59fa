"""Straight-line Python that writes a canonical record to a side: what has changed of it, or a new one."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import cache

from mapper.compile.cells import CompiledCell
from mapper.compile.composites import Parts
from mapper.compile.emit import Code, Local
from mapper.compile.generate import needed, write_field
from mapper.compile.placing import NativePlace, nested
from mapper.errors import RuleError
from mapper.records import Record

Write = Callable[[Record, frozenset[str] | None, bool], tuple[Record, list[RuleError]]]
Create = Callable[[Record], tuple[Record, list[RuleError]]]


def generate_write(cells: Iterable[CompiledCell], title: str, create: Create) -> Write:
    """A function from (canonical record, names of changed fields or None for all, is it a create) to native."""
    cells = [cell for cell in cells if cell.target is not None]
    code = Code()
    code.globals["CREATE"] = create
    code.add("if create and changed is None:", "    return CREATE(c)", "o = {}", "p = []")
    for cell in cells:
        tests = [f"changed is None or not changed.isdisjoint({code.bind(cell.reads)})"]
        if cell.once or cell.policy == "on create":
            tests.append("create")
        write_field(code, cell, "c", f"c.get({code.constant(cell.name)}, ABSENT)", tests, create=None)
    code.add("return o, p")
    return code.function("def write(c, changed, create):", f"write {title}")


def generate_create(cells: Iterable[CompiledCell], title: str) -> Create:
    """A function from a canonical record to a new native one."""
    cells = [cell for cell in cells if cell.target is not None]
    code = Code()
    code.whole = True
    # Generated when it is first needed: most runs have no such record.
    one_by_one = cache(lambda: _one_by_one(cells, title))
    code.globals |= {"ONE_BY_ONE": one_by_one, "NEEDED": needed}
    code.add("try:")
    with code.deeper():
        code.add("o = {}", "get = c.get")
        code.methods["c"] = "get"
        for cell in cells:
            if is_plain(cell):
                code.add(f"v = get({code.constant(cell.name)})")
                place = NativePlace(cell, ["NEEDED()"] if cell.required else [])
                nested(code, cell.write[:1], place, Local("v", absent=False), sure=True)
            else:
                write_field(code, cell, "c", f"get({code.constant(cell.name)}, ABSENT)", [], create=True, whole=True)
        code.add("return o, []")
    # Some value does not fit: all problems are found field by field.
    code.add("except Exception:", "    return ONE_BY_ONE()(c)")
    return code.function("def create(c):", f"create {title}")


def _one_by_one(cells: Iterable[CompiledCell], title: str) -> Create:
    code = Code()
    code.add("o = {}", "p = []")
    for cell in cells:
        write_field(code, cell, "c", f"c.get({code.constant(cell.name)}, ABSENT)", [], create=True)
    code.add("return o, p")
    return code.function("def create(c):", f"create {title} field by field")


def is_plain(cell: CompiledCell) -> bool:
    """Whether nothing comes of a value that is missing, and the steps alone decide of any other."""
    asked = cell.value or cell.when or cell.default is not None or isinstance(cell.target, Parts)
    return bool(cell.write) and not asked and not any(step.sees_missing for step in cell.write)
