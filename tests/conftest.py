"""Property tests look at the same examples in every run, and never fail because a machine is slow.

`pytest --hypothesis-profile=search` looks at new examples instead.
"""

from __future__ import annotations

import gc
import os

import pytest
from hypothesis import settings

from tests.databases import lasting_url, other_url, postgres, postgres_url, store, url

__all__ = ["lasting_url", "other_url", "postgres", "postgres_url", "store", "url"]

# What these assert is told as tests tell it, with what was found.
pytest.register_assert_rewrite("tests.connectors.jobs", "tests.scenarios.acts", "tests.soak")

# Nothing is written into the home of whoever runs the tests.
os.environ.setdefault("MAPPER_CACHE", "off")
# The workers, and the programs that tests start by the hundred, need not compile the same modules over and over.
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)

LONGEST = ("tests/test_examples.py", "tests/soak/")

settings.register_profile("repeatable", deadline=None, derandomize=True)
settings.register_profile("search", deadline=None, max_examples=1000)
settings.load_profile("repeatable")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What takes longest comes first: at the end no worker waits for one that has half a minute to go."""
    items.sort(key=lambda item: not item.nodeid.startswith(LONGEST))


def pytest_collection_finish() -> None:
    """What has been imported and collected stays for good: no collection of garbage need look at it."""
    gc.collect()
    gc.freeze()
