"""What people install: the wheel holds all that the checkout holds, and the lock fits what the package asks for."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tomllib
import zipfile
from email.parser import Parser
from pathlib import Path
from typing import Any

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from mapper.spec.load import connector_names

TOP = Path(__file__).resolve().parents[1]


@pytest.fixture(scope="module")
def unpacked(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the wheel's contents, built from this checkout with the tools at hand, so without a network."""
    folder = tmp_path_factory.mktemp("wheel")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder), str(TOP)]
    done = subprocess.run(build, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stdout + done.stderr
    [wheel] = folder.glob("*.whl")
    with zipfile.ZipFile(wheel) as archive:
        archive.extractall(folder / "unpacked")
    return folder / "unpacked"


def run_outside(unpacked: Path, folder: Path, code: str) -> Any:
    """What a program prints as JSON when the unpacked wheel is all that it has of this project."""
    env = {**os.environ, "PYTHONPATH": str(unpacked)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=folder, env=env, capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def names(folder: Path) -> list[str]:
    return sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*.yaml"))


@pytest.mark.parametrize("kind", ["connectors", "mappings"])
def test_the_wheel_carries_every_shipped_file(unpacked: Path, kind: str) -> None:
    shipped = names(TOP / kind)
    assert shipped
    assert names(unpacked / "mapper" / "shipped" / kind) == shipped


def test_the_wheel_carries_every_file_of_the_package(unpacked: Path) -> None:
    ours = {p.relative_to(TOP) for p in (TOP / "mapper").rglob("*") if p.is_file() and "__pycache__" not in p.parts}
    theirs = {p.relative_to(unpacked) for p in unpacked.rglob("*") if p.is_file()}
    assert ours - theirs == set()


def test_the_wheel_holds_nothing_but_the_package_and_its_description(unpacked: Path) -> None:
    assert sorted(re.sub(r"-.*", "", path.name) for path in unpacked.iterdir()) == ["mapper", "mapper_sync"]


def test_the_wheel_is_marked_as_typed(unpacked: Path) -> None:
    assert (unpacked / "mapper" / "py.typed").is_file()


def test_the_wheel_brings_a_command_that_loads(unpacked: Path, tmp_path: Path) -> None:
    code = f"""if True:
        import json
        from importlib.metadata import distributions
        [ours] = [d for d in distributions(path=[{str(unpacked)!r}]) if d.name == "mapper-sync"]
        [command] = ours.entry_points.select(group="console_scripts")
        print(json.dumps([command.name, callable(command.load())]))
    """
    assert run_outside(unpacked, tmp_path, code) == ["mapper", True]


def test_postgresql_and_encryption_are_extras_of_the_wheel(unpacked: Path) -> None:
    [metadata] = unpacked.glob("*.dist-info/METADATA")
    assert Parser().parsestr(metadata.read_text(encoding="utf-8")).get_all("Provides-Extra") == [
        "encryption",
        "postgres",
    ]


def test_every_shipped_connector_is_found_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    code = """if True:
        import json, mapper
        from mapper.spec.load import connector_names, load_connector
        found = [load_connector(name).document and name for name in connector_names()]
        print(json.dumps({"package": mapper.__path__[0], "connectors": found}))
    """
    seen = run_outside(unpacked, tmp_path, code)
    # Files on which connectors build are no connectors.
    assert seen == {"package": str(unpacked / "mapper"), "connectors": connector_names()}
    assert {"cirrus", "koban", "nicoka"} <= set(seen["connectors"])


def test_every_shipped_mapping_is_found_from_the_wheel_alone(unpacked: Path, tmp_path: Path) -> None:
    code = """if True:
        import json
        from mapper.spec.load import load_mapping, shipped
        found = sorted(shipped("mappings").rglob("*.yaml"))
        print(json.dumps([load_mapping(path).document and path.name for path in found]))
    """
    assert run_outside(unpacked, tmp_path, code) == [Path(name).name for name in names(TOP / "mappings")]


def project() -> dict[str, Any]:
    return tomllib.loads((TOP / "pyproject.toml").read_text(encoding="utf-8"))


def lock() -> dict[str, str]:
    """Names and versions; any line of another form fails, so the lock holds no hash, address or option."""
    lines = (TOP / "requirements.lock").read_text(encoding="utf-8").splitlines()
    pinned = [line for line in lines if not line.startswith("#")]
    assert [line for line in pinned if not re.fullmatch(r"[a-z0-9-]+==[0-9a-z.]+", line)] == []
    return dict(line.split("==") for line in pinned)


@pytest.mark.parametrize(
    "text",
    [
        *project()["build-system"]["requires"],
        *project()["project"]["dependencies"],
        *project()["dependency-groups"]["dev"],
    ],
)
def test_the_lock_fits_what_the_project_asks_for(text: str) -> None:
    wanted = Requirement(text)
    assert wanted.specifier.contains(lock()[canonicalize_name(wanted.name)])
