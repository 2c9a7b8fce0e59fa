"""These tests read files anew, but for those that are about the cache."""

from __future__ import annotations

import pytest

from mapper.spec import cache


@pytest.fixture(autouse=True)
def no_cache(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(cache.VARIABLE, "off")
