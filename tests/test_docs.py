"""The documentation tells the truth: generated parts are fresh, nothing is left out, every example runs."""

from __future__ import annotations

import doctest
import importlib.util
import re
from collections.abc import Iterator
from pathlib import Path
from types import ModuleType

import click
import pytest
import yaml

import mapper
from mapper.cli.root import main as command
from mapper.sandbox import registry
from mapper.sandbox.project import systems, write_project
from mapper.sandbox.server import serve
from mapper.spec.load import load_mapping, load_shared
from mapper.state.tables import metadata
from mapper.sync.cases import run_cases
from mapper.sync.check import check_files
from mapper.sync.functioncases import run_functions
from mapper.sync.offline import alone, compile_offline

TOP = Path(__file__).resolve().parents[1]
TEXTS = sorted([TOP / "README.md", *TOP.glob("docs/*.md"), *TOP.glob("examples/*/README.md")])
NAMES = [path.relative_to(TOP).as_posix() for path in TEXTS]

FENCE = re.compile(r"^```([^\n`]*)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
LINK = re.compile(r"\[[^\]]*\]\(([^)\s]+)\)")
COMMAND = re.compile(r"(?:^|[ $(])mapper ([a-z][a-z-]*)", re.MULTILINE)
KINDS = ("mapping", "connector", "project", "shared", "cases")


def text_of(name: str) -> str:
    return (TOP / name).read_text(encoding="utf-8")


def blocks(name: str) -> Iterator[tuple[str, str]]:
    """The mark and the text of each block."""
    for found in FENCE.finditer(text_of(name)):
        yield found[1].strip(), found[2]


def maker() -> ModuleType:
    spec = importlib.util.spec_from_file_location("docs_make", TOP / "docs" / "make.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


MAKE = maker()


def known_commands() -> dict[str, list[str]]:
    """Every command and its own commands."""
    assert isinstance(command, click.Group)
    context = click.Context(command, info_name="mapper")
    found = {}
    for name in command.list_commands(context):
        inner = command.get_command(context, name)
        found[name] = inner.list_commands(context) if isinstance(inner, click.Group) else []
    return found


@pytest.mark.parametrize("name", NAMES)
def test_generated_parts_are_fresh(name: str) -> None:
    assert MAKE.fresh(text_of(name)) == text_of(name), "run `make docs`"


def test_every_generated_part_stands_somewhere() -> None:
    marked = re.findall(r"<!-- generated: ([a-z-]+) -->", "".join(map(text_of, NAMES)))
    assert sorted(marked) == sorted(MAKE.PARTS)


def test_every_command_is_documented() -> None:
    text = text_of("docs/cli.md")
    wanted = [f"mapper {name}" for name in known_commands()]
    wanted += [f"mapper {name} {inner}" for name, group in known_commands().items() for inner in group]
    assert [title for title in wanted if not re.search(rf"^#+ {title}$", text, re.MULTILINE)] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_command_that_is_named_exists(name: str) -> None:
    known = known_commands()
    code = "\n".join(
        re.findall(r"`([^`\n]+)`", text_of(name)) + [b for m, b in blocks(name) if m in ("console", "text")]
    )
    assert [verb for verb in COMMAND.findall(code) if verb not in known] == []


def test_every_public_name_has_an_example() -> None:
    sections = re.split(r"^## ", text_of("docs/embedding.md"), flags=re.MULTILINE)
    examples = {part.partition("\n")[0]: "".join(block for _, block in FENCE.findall(part)) for part in sections}
    assert [name for name in mapper.__all__ if f"mapper.{name}" not in examples.get(name, "")] == []


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """The tutorial's project `mine` with its sandboxes running."""
    place = tmp_path_factory.mktemp("embedding")
    apps = {name: registry.make(name) for name in systems()}
    registry.fill(apps["koban"], 5, 6, 1)
    with serve(apps) as running:
        write_project(place / "mine", systems(), running.urls)
        yield place


def test_the_examples_of_embedding_run(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(folder)
    text = "\n".join(block for mark, block in blocks("docs/embedding.md") if mark == "python")
    examples = doctest.DocTestParser().get_doctest(text, {}, "embedding.md", "docs/embedding.md", 0)
    told: list[str] = []
    runner = doctest.DocTestRunner(optionflags=doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE, verbose=False)
    runner.run(examples, out=told.append)
    assert "".join(told) == ""


def test_the_program_in_the_readme_runs(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(folder)
    [program] = [block for mark, block in blocks("README.md") if mark == "python"]
    exec(compile(program.replace("/srv/crm", "mine"), "README.md", "exec"), {})
    assert "nicoka" in capsys.readouterr().out


def test_every_table_of_the_state_is_described() -> None:
    text = text_of("docs/operations.md")
    assert [name for name in metadata.tables if f"| `{name}` |" not in text] == []


@pytest.mark.parametrize("name", NAMES)
def test_every_yaml_block_is_yaml(name: str) -> None:
    for mark, block in blocks(name):
        if mark.split()[:1] == ["yaml"]:
            assert yaml.safe_load(block) is not None


def lay_out(name: str, folder: Path) -> None:
    """The files of a page: the blocks whose marks end in a path."""
    for mark, block in blocks(name):
        if len(mark.split()) == 3:
            path = folder / mark.split()[2]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block, encoding="utf-8")


MARKED = [
    pytest.param(mark.split()[1], block, name, id=f"{name} {number}")
    for name in NAMES
    for number, (mark, block) in enumerate(blocks(name))
    if mark.split()[:1] == ["yaml"] and mark.split()[1:2] and mark.split()[1] in KINDS
]


@pytest.mark.parametrize(("kind", "block", "page"), MARKED)
def test_a_marked_yaml_block_passes_the_checker(kind: str, block: str, page: str, tmp_path: Path) -> None:
    lay_out(page, tmp_path)
    path = tmp_path / ("mapper.yaml" if kind == "project" else f"{kind}.yaml")
    path.write_text(block, encoding="utf-8")
    checked = check_files([path], None)
    assert [str(problem) for problem in checked.problems + checked.warnings] == []


@pytest.mark.parametrize(("block", "page"), [param.values[1:] for param in MARKED if param.values[0] == "mapping"])
def test_a_mapping_that_is_shown_passes_its_own_tests(block: str, page: str, tmp_path: Path) -> None:
    lay_out(page, tmp_path)
    path = tmp_path / "mapping.yaml"
    path.write_text(block, encoding="utf-8")
    loaded = load_mapping(path)
    mapping, problems = compile_offline(loaded, alone(loaded, tmp_path), own=True)
    assert problems == []
    assert mapping is not None
    results = run_cases(loaded, mapping)
    assert results
    assert [difference for result in results for difference in result.differences] == []


@pytest.mark.parametrize(("block", "page"), [param.values[1:] for param in MARKED if param.values[0] == "shared"])
def test_functions_that_are_shown_pass_their_own_tests(block: str, page: str, tmp_path: Path) -> None:
    path = tmp_path / "shared.yaml"
    path.write_text(block, encoding="utf-8")
    results = run_functions(load_shared(path))
    assert results
    assert [difference for result in results for difference in result.differences] == []


def test_each_kind_of_file_is_shown_somewhere() -> None:
    assert {param.values[0] for param in MARKED} == set(KINDS)


def anchors(path: Path) -> set[str]:
    """The anchors of a text's headings, as they are made on the usual sites."""
    titles = re.findall(r"^#+ (.+)$", FENCE.sub("", path.read_text(encoding="utf-8")), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", title.lower()).replace(" ", "-") for title in titles}


@pytest.mark.parametrize("name", NAMES)
def test_every_link_leads_somewhere(name: str) -> None:
    broken = []
    for target in LINK.findall(FENCE.sub("", text_of(name))):
        if "://" in target:
            continue
        place, _, anchor = target.partition("#")
        path = (TOP / name).parent / place if place else TOP / name
        if not path.exists() or (anchor and anchor not in anchors(path)):
            broken.append(target)
    assert broken == []
