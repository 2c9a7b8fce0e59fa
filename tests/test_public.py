"""The names that `import mapper` gives: few, found when they are asked for, and nothing heavy before that."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

import mapper

ROOT = Path(__file__).parents[1]


@pytest.mark.parametrize("name", mapper.__all__)
def test_every_public_name_is_there(name: str) -> None:
    assert getattr(mapper, name).__name__ == name


def test_the_public_names_are_about_a_dozen() -> None:
    assert len(mapper.__all__) <= 16
    assert sorted(mapper.__all__) == mapper.__all__


def test_the_public_names_are_listed() -> None:
    assert {*mapper.__all__, "__version__"} == set(dir(mapper))


def test_the_version_is_a_text() -> None:
    assert mapper.__version__[0].isdigit()


def test_another_name_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="module 'mapper' has no attribute 'nothing'"):
        _ = mapper.nothing


def test_importing_mapper_imports_no_other_module_of_it() -> None:
    code = "import sys, mapper; print(*[name for name in sys.modules if name.startswith('mapper.')])"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True, check=True)
    assert done.stdout.split() == []
