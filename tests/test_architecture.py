"""The house as `CONTRIBUTING.md` draws it, proved on the source; each check is shown to fail on an invented tree."""

from __future__ import annotations

import ast
import importlib.util
import inspect
import os
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import pytest

import mapper

PACKAGE = Path(__file__).resolve().parents[1] / "mapper"

LAYERS = {
    "errors": 0,
    "records": 0,
    "plugins": 0,
    "log": 0,
    "spec": 1,
    "expr": 1,
    "compile": 2,
    "connect": 2,
    "state": 2,
    "sandbox": 2,
    "sync": 3,
    "mapper": 4,  # the package itself: what it hands on to those who embed it
    "cli": 5,
    "web": 5,
    "__main__": 5,
}
# `mapper serve` starts the pages, and `python -m mapper` the command; never the other way round.
BESIDES = {("cli", "web"), ("__main__", "cli")}

VENDORS = ("koban", "nicoka", "cirrus", "quillon")
VENDORS_ALLOWED = "sandbox"
MOST_LINES_OF_A_FILE = 400
MOST_LINES_OF_A_FUNCTION = 60

HEAVY = (
    "cerberus",
    "email_validator",
    "httpx",
    "jinja2",
    "jsonpath_ng",
    "orjson",
    "phonenumbers",
    "pycountry",
    "rich",
    "sqlalchemy",
    "stdnum",
    "waitress",
    "werkzeug",
    "yaml",
)


# The checks: each gives a list of violations, in words.


def wrong_imports(package: Path) -> list[str]:
    """Imports, at whatever depth of the code, of a module that is neither in a lower layer nor in the same folder."""
    found = []
    for path in modules(package):
        part = part_of(path, package)
        if part == package.name:
            continue
        if part not in LAYERS:
            found.append(f"{place(path, package)}: '{part}' has no layer")
            continue
        for line, name in imports(path, package):
            if not may_import(part, target_of(name, package)):
                found.append(f"{place(path, package)}:{line}: {part} imports {name}")
    return found


def named_vendors(package: Path) -> list[str]:
    found = []
    for path in files(package):
        relative = path.relative_to(package)
        if relative.parts[0] == VENDORS_ALLOWED:
            continue
        lines = [str(relative), *path.read_text(encoding="utf-8", errors="replace").splitlines()]
        for number, line in enumerate(lines):
            found += [f"{place(path, package)}:{number}: names {v}" for v in VENDORS if v in line.lower()]
    return found


def long_files(package: Path) -> list[str]:
    counts = {path: len(path.read_bytes().splitlines()) for path in files(package)}
    return [f"{place(path, package)}: {n} lines" for path, n in counts.items() if n > MOST_LINES_OF_A_FILE]


def long_functions(package: Path) -> list[str]:
    found = []
    for path in modules(package):
        for node in ast.walk(parse(path)):
            if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
                count = (node.end_lineno or node.lineno) - node.lineno + 1
                if count > MOST_LINES_OF_A_FUNCTION:
                    found.append(f"{place(path, package)}:{node.lineno}: {node.name} has {count} lines")
    return found


def heavy_imports(module: str, folder: Path) -> list[str]:
    """The heavy libraries that a bare `import` of the module brings in."""
    code = f"import sys, {module}; print(*sys.modules)"
    command = [sys.executable, "-c", code]
    env = {**os.environ, "PYTHONPATH": str(folder)}
    done = subprocess.run(command, cwd=folder, env=env, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    return sorted(set(HEAVY) & set(done.stdout.split()))


def undocumented(module: ModuleType) -> list[str]:
    """Public names without words of their own; plain data cannot carry any, so the module's docstring names it."""
    found = []
    for name in module.__all__:
        value = getattr(module, name)
        if inspect.isclass(value) or inspect.isroutine(value) or inspect.ismodule(value):
            doc = value.__doc__ or ""
            generated = doc.startswith(f"{name}(")  # what a dataclass writes where nobody else did
            documented = bool(doc.strip()) and not generated
        else:
            documented = name in (module.__doc__ or "") or name == "__version__"
        if not documented:
            found.append(name)
    return found


# What the checks look at.


def files(package: Path) -> list[Path]:
    return sorted(p for p in package.rglob("*") if p.is_file() and "__pycache__" not in p.parts)


def modules(package: Path) -> list[Path]:
    return [path for path in files(package) if path.suffix == ".py"]


def parse(path: Path) -> ast.Module:
    return ast.parse(path.read_text(encoding="utf-8"), str(path))


def place(path: Path, package: Path) -> str:
    return path.relative_to(package.parent).as_posix()


def part_of(path: Path, package: Path) -> str:
    """The folder or the ground module that a file belongs to; the package's own name for its `__init__`."""
    first = path.relative_to(package).parts[0].removesuffix(".py")
    return package.name if first == "__init__" else first


def target_of(name: str, package: Path) -> str:
    """The part that a dotted name belongs to; what is no module of a layer is handed on by the package itself."""
    second = name.split(".")[1:2]
    return second[0] if second and second[0] in LAYERS else package.name


def may_import(part: str, target: str) -> bool:
    ground = LAYERS[part] == LAYERS[target] == 0
    lower = LAYERS[target] < LAYERS[part]
    return part == target or ground or lower or (part, target) in BESIDES


def imports(path: Path, package: Path) -> Iterator[tuple[int, str]]:
    """Line and dotted name of every module of the package that a file imports, by whatever means."""
    here = [package.name, *path.relative_to(package).parts[:-1]]
    for node in ast.walk(parse(path)):
        match node:
            case ast.Import():
                found = [(node.lineno, alias.name) for alias in node.names]
            case ast.ImportFrom():
                base = here[: len(here) - node.level + 1] if node.level else []
                stem = [*base, node.module] if node.module else base
                # `from mapper import log` names its module last, and so does `from . import log`.
                found = [(node.lineno, ".".join([*stem, alias.name])) for alias in node.names]
            case ast.Call(args=[ast.Constant(value=str(name)), *_]) if "import_module" in ast.unparse(node.func):
                found = [(node.lineno, name)]
            case _:
                continue
        yield from ((line, name) for line, name in found if name.split(".")[0] == package.name)


# The house stands.


def test_every_module_imports_only_lower_layers_or_its_own_folder() -> None:
    assert wrong_imports(PACKAGE) == []


def test_no_vendor_is_named_outside_the_sandbox() -> None:
    assert named_vendors(PACKAGE) == []


def test_no_file_is_too_long() -> None:
    assert long_files(PACKAGE) == []


def test_no_function_is_too_long() -> None:
    assert long_functions(PACKAGE) == []


def test_the_command_starts_without_heavy_libraries() -> None:
    assert heavy_imports("mapper.cli", PACKAGE.parent) == []


def test_every_public_name_is_documented() -> None:
    assert undocumented(mapper) == []


# The checks can fail.


def tree(folder: Path, files: dict[str, str]) -> Path:
    """An invented package of these files."""
    package = folder / "mapper"
    for name, text in files.items():
        path = package / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(textwrap.dedent(text), encoding="utf-8")
    return package


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("log.py", "import mapper.spec.load"),
        ("spec/load.py", "from mapper.expr import paths"),
        ("expr/paths.py", "from mapper.sync.run import run"),
        ("compile/pairs.py", "from mapper import state"),
        ("connect/wire.py", "from mapper import load"),
        ("connect/wire.py", "import mapper"),
        ("state/links.py", "def f():\n    from mapper.connect import wire"),
        ("state/links.py", "from ..connect import wire"),
        ("state/links.py", "from .. import connect"),
        ("state/__init__.py", "from ..connect.wire import send"),
        ("sandbox/app.py", "import importlib\nimportlib.import_module('mapper.connect')"),
        ("sync/run.py", "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from mapper.cli import main"),
        ("sync/deep/run.py", "from ...web import app"),
        ("web/pages.py", "import mapper.cli"),
        ("attic/old.py", "import json"),
    ],
)
def test_an_import_from_beside_or_above_is_found(tmp_path: Path, name: str, source: str) -> None:
    assert len(wrong_imports(tree(tmp_path, {name: source}))) == 1


@pytest.mark.parametrize(
    ("name", "source"),
    [
        ("log.py", "import mapper.errors"),
        ("spec/load.py", "from mapper.spec.schema import build"),
        ("spec/load.py", "from . import schema"),
        ("spec/deep/load.py", "from ..schema import build"),
        ("compile/pairs.py", "from mapper import errors, expr"),
        ("sync/run.py", "import mapper.connect.wire, httpx"),
        ("cli/serve.py", "def serve():\n    from mapper.web import app"),
        ("cli/main.py", "from mapper import load"),
        ("__init__.py", "from mapper.sync.run import run"),
        ("__main__.py", "from mapper.cli import main"),
    ],
)
def test_an_import_from_below_or_from_the_same_folder_is_allowed(tmp_path: Path, name: str, source: str) -> None:
    assert wrong_imports(tree(tmp_path, {name: source})) == []


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("connect/wire.py", "# as KOBAN does"),
        ("web/page.html", "<p>Cirrus 2</p>"),
        ("web/Nicoka.css", ""),
        ("data/one.json", '{"from": "nicoka"}'),
    ],
)
def test_a_vendor_named_outside_the_sandbox_is_found(tmp_path: Path, name: str, text: str) -> None:
    assert len(named_vendors(tree(tmp_path, {name: text}))) == 1


def test_a_vendor_named_in_the_sandbox_is_allowed(tmp_path: Path) -> None:
    assert named_vendors(tree(tmp_path, {"sandbox/cirrus/koban.py": "nicoka = 1"})) == []


def test_a_file_that_is_too_long_is_found(tmp_path: Path) -> None:
    package = tree(tmp_path, {"log.py": "\n" * 400, "page.html": "\n" * 401})
    assert long_files(package) == ["mapper/page.html: 401 lines"]


def test_a_function_that_is_too_long_is_found(tmp_path: Path) -> None:
    line = "\n    pass"
    package = tree(tmp_path, {"log.py": f"def short():{line * 59}\n\n\nasync def long():{line * 60}"})
    assert long_functions(package) == ["mapper/log.py:63: long has 61 lines"]


def test_a_heavy_library_behind_an_import_is_found(tmp_path: Path) -> None:
    package = tree(tmp_path, {"__init__.py": "", "cli.py": "import mapper.below", "below.py": "import yaml"})
    assert heavy_imports("mapper.cli", package.parent) == ["yaml"]


def test_a_public_name_without_words_is_found(tmp_path: Path) -> None:
    source = '''
        """An invented package; CLEAR empties a field."""
        from dataclasses import dataclass

        __all__ = ["CLEAR", "OTHER", "Bare", "Said", "bare", "said"]
        CLEAR = OTHER = 1

        @dataclass
        class Bare:
            name: str

        @dataclass
        class Said:
            """It says what it is."""

        def bare(): ...

        def said():
            """It says what it does."""
    '''
    module = loaded(tree(tmp_path, {"__init__.py": source}) / "__init__.py")
    assert undocumented(module) == ["OTHER", "Bare", "bare"]


def loaded(path: Path) -> ModuleType:
    spec = importlib.util.spec_from_file_location("invented", path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module
