"""What was read before is the same when it is remembered, and nothing is remembered where it would not be safe."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from mapper.spec import cache
from mapper.spec.document import Document, read
from mapper.spec.load import load_connector, load_mapping, shipped

FILES = [*sorted(shipped("connectors").glob("*.yaml")), *sorted(shipped("mappings").glob("*.yaml"))]
ODD = """\
exact: [1.50, {a: 0.10}]
block: |
  first
    second
quoted: 'a'
key: {null: , "": x}
2.5: "é"
"""


@pytest.fixture
def folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder for the cache, which is not there yet."""
    monkeypatch.setenv(cache.VARIABLE, str(tmp_path / "made" / "cache"))
    return tmp_path / "made" / "cache"


def written(folder: Path, text: str) -> Path:
    path = folder / "f.yaml"
    path.write_text(text, encoding="utf-8")
    return path


def facts(document: Document) -> object:
    return document.data, document.positions, document.values, document.folds, document.file, document.path


@pytest.mark.parametrize("path", FILES, ids=lambda path: path.stem)
def test_a_shipped_file_is_the_same_when_it_is_remembered(folder: Path, path: Path) -> None:
    first = facts(read(path, cached=True))
    assert len(list(folder.iterdir())) == 1
    assert facts(read(path, cached=True)) == first == facts(read(path))


def test_an_odd_file_is_the_same_when_it_is_remembered(folder: Path, tmp_path: Path) -> None:
    path = written(tmp_path, ODD)
    first = read(path, cached=True)
    again = read(path, cached=True)
    assert facts(again) == facts(first)
    assert str(again.data) == str(first.data)


def test_a_file_is_really_taken_from_what_is_remembered(folder: Path, tmp_path: Path) -> None:
    path = written(tmp_path, "a: one\n")
    read(path, cached=True)
    [entry] = folder.iterdir()
    entry.write_text(entry.read_text().replace("one", "two"))
    assert read(path, cached=True).data == {"a": "two"}


def test_a_changed_file_is_read_anew(folder: Path, tmp_path: Path) -> None:
    read(written(tmp_path, "a: 1\n"), cached=True)
    assert read(written(tmp_path, "a: 2\n"), cached=True).data == {"a": 2}


def test_a_remembered_file_is_named_as_it_is_called_now(folder: Path, tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\n")
    read(path, name="one.yaml", cached=True)
    assert str(read(path, name="two.yaml", cached=True).at(("a",))) == "two.yaml:1:1"


@pytest.mark.parametrize("content", [b"", b"{", b"[]", b"{}", b'{"data": 1}', b"\xff", b'{"data": {}, "places": [1]}'])
def test_a_broken_entry_is_read_anew_and_mended(folder: Path, tmp_path: Path, content: bytes) -> None:
    path = written(tmp_path, "a: 1\n")
    first = facts(read(path, cached=True))
    [entry] = folder.iterdir()
    good = entry.read_bytes()
    entry.write_bytes(content)
    assert facts(read(path, cached=True)) == first
    assert entry.read_bytes() == good


def test_a_file_with_a_problem_is_not_remembered(folder: Path, tmp_path: Path) -> None:
    path = written(tmp_path, "a: 1\na: 2\n")
    assert len(read(path, cached=True).problems) == len(read(path, cached=True).problems) == 1
    assert list(folder.iterdir()) == []


def test_a_file_is_remembered_only_where_that_is_asked_for(folder: Path, tmp_path: Path) -> None:
    read(written(tmp_path, "a: 1\n"))
    assert not folder.exists()


def test_only_the_newest_entries_are_kept(folder: Path, tmp_path: Path) -> None:
    for number in range(cache.MOST + 5):
        read(written(tmp_path, f"a: {number}\n"), cached=True)
    assert len(list(folder.iterdir())) == cache.MOST


def test_the_folder_and_its_files_are_closed_to_others(folder: Path, tmp_path: Path) -> None:
    read(written(tmp_path, "a: 1\n"), cached=True)
    [entry] = folder.iterdir()
    assert (folder.stat().st_mode & 0o777, entry.stat().st_mode & 0o777) == (0o700, 0o600)


def test_a_folder_that_others_can_write_is_not_used(folder: Path, tmp_path: Path) -> None:
    path = written(tmp_path, "a: one\n")
    read(path, cached=True)
    [entry] = folder.iterdir()
    entry.write_text(entry.read_text().replace("one", "two"))
    folder.chmod(0o770)
    assert read(path, cached=True).data == {"a": "one"}


def test_a_link_in_place_of_the_folder_is_not_used(folder: Path, tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir(mode=0o700)
    folder.parent.mkdir()
    folder.symlink_to(tmp_path / "elsewhere")
    read(written(tmp_path, "a: 1\n"), cached=True)
    assert list((tmp_path / "elsewhere").iterdir()) == []


@pytest.mark.parametrize("chosen", ["off", "OFF", "relative/folder", os.devnull, os.path.join(os.devnull, "below")])
def test_without_a_folder_files_are_read_as_ever(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, chosen: str) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv(cache.VARIABLE, chosen)
    assert read(written(tmp_path, "a: 1\n"), cached=True).data == {"a": 1}
    assert [path.name for path in tmp_path.iterdir()] == ["f.yaml"]


def test_without_a_choice_the_folder_is_that_of_the_users_caches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv(cache.VARIABLE)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "caches"))
    read(written(tmp_path, "a: 1\n"), cached=True)
    assert len(list((tmp_path / "caches" / "mapper").iterdir())) == 1


def test_connectors_and_mappings_are_remembered(folder: Path, tmp_path: Path) -> None:
    load_connector(str(shipped("connectors").joinpath("koban.yaml")), folder=tmp_path)
    first = load_mapping(shipped("mappings") / "company.yaml")
    again = load_mapping(shipped("mappings") / "company.yaml")
    assert (again.spec, again.document.positions) == (first.spec, first.document.positions)
    assert list(folder.iterdir()) != []
