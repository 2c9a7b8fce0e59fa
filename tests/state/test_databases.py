"""The tests' own PostgreSQL: a machine that has none has that of the test dependencies."""

from __future__ import annotations

import shutil
from contextlib import closing
from pathlib import Path

from mapper.state import Store
from tests.databases import Server, bundled


def works(server: Server) -> bool:
    try:
        with closing(Store(server.url)) as store:
            return store.start_run("company", "sync", "", 1.0) == 1
    finally:
        server.stop()


def test_the_server_that_the_set_up_installs_holds_a_state() -> None:
    assert works(Server(bundled()))


def test_a_server_whose_programs_are_closed_to_others_holds_a_state(tmp_path: Path) -> None:
    package = bundled().parents[1]
    for folder in (package, package.with_name(f"{package.name}.libs")):
        shutil.copytree(folder, tmp_path / folder.name, symlinks=True)
    tmp_path.chmod(0o700)
    assert works(Server(tmp_path / package.name / bundled().relative_to(package)))
