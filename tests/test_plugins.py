"""Transforms and codecs that other packages bring: a real package, found through its own metadata."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

MODULE = """
from mapper.expr.transform import transform

@transform("The text backwards.", ("abc", "cba"))
def backwards(value):
    return value[::-1]

class Commas:
    def __init__(self, container, names):
        self.names = names

    def decode(self, value):
        return dict(part.split("=") for part in value.split(",")) if isinstance(value, str) else value

    def encode(self, value):
        return ",".join(f"{name}={content}" for name, content in value.items())

nothing = 3
"""


def run(folder: Path, points: str, program: str) -> subprocess.CompletedProcess[str]:
    """A program that finds an installed package with these entry points."""
    (folder / "extra.py").write_text(MODULE, encoding="utf-8")
    info = folder / "extra-1.0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: extra\nVersion: 1.0\n", encoding="utf-8")
    (info / "entry_points.txt").write_text(points, encoding="utf-8")
    top = Path(__file__).resolve().parents[1]
    env = {**os.environ, "PYTHONPATH": os.pathsep.join([str(folder), str(top)])}
    return subprocess.run([sys.executable, "-c", program], env=env, capture_output=True, text=True, timeout=60)


USE = """
from mapper.expr.catalogue import TRANSFORMS, add_installed
add_installed()
print(TRANSFORMS["backwards"].call("abc"))
"""

CODEC = """
from mapper.connect.codecs import Names, codec_of
from mapper.spec.connector import Container
codec = codec_of(Container(codec="commas"), Names({}), ids=None)
print(codec.decode("a=1,b=2"), codec.encode({"a": "1"}))
"""


def test_a_transform_of_another_package_is_used(tmp_path: Path) -> None:
    done = run(tmp_path, "[mapper.transforms]\nbackwards = extra:backwards\n", USE)
    assert (done.stdout, done.stderr) == ("cba\n", "")


@pytest.mark.parametrize(
    ("points", "words"),
    [
        ("backwards = extra:nothing", "mapper.transforms 'backwards' will not do"),
        ("trim = extra:backwards", "mapper.transforms 'trim' will not do"),
        ("backwards = missing:backwards", "'backwards' cannot be loaded: No module named 'missing'"),
    ],
)
def test_one_that_will_not_do_is_told(tmp_path: Path, points: str, words: str) -> None:
    assert words in run(tmp_path, f"[mapper.transforms]\n{points}\n", USE).stderr


def test_a_codec_of_another_package_is_used(tmp_path: Path) -> None:
    done = run(tmp_path, "[mapper.codecs]\ncommas = extra:Commas\n", CODEC)
    assert (done.stdout, done.stderr) == ("{'a': '1', 'b': '2'} a=1\n", "")


def test_an_unknown_codec_is_told_with_the_nearest(tmp_path: Path) -> None:
    done = run(tmp_path, "[mapper.codecs]\ncomas = extra:Commas\n", CODEC)
    assert "there is no codec 'commas' (did you mean 'comas'?)" in done.stderr
