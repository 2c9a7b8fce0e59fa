"""The collector of garbage waits while files are read, and then is as it was."""

from __future__ import annotations

import gc

import pytest

from mapper.errors import UsageError
from mapper.spec.load import load_connector
from mapper.spec.uncollected import uncollected


@pytest.mark.parametrize("collects", [True, False])
def test_the_collector_is_left_as_it_was(collects: bool) -> None:
    before = gc.isenabled()
    try:
        (gc.enable if collects else gc.disable)()
        with uncollected():
            assert not gc.isenabled()
        assert gc.isenabled() is collects
    finally:
        (gc.enable if before else gc.disable)()


def test_a_file_that_cannot_be_read_leaves_it_running() -> None:
    with pytest.raises(UsageError):
        load_connector("nowhere.yaml")
    assert gc.isenabled()
