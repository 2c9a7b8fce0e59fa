from __future__ import annotations

import pytest

from mapper.spec.spans import is_span, seconds


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("0", 0), ("90", 90), ("90s", 90), ("1.5m", 90), ("10 min", 600), ("24h", 86_400), ("1 hour", 3_600),
        ("30 days", 2_592_000), ("2w", 1_209_600), (" 7d ", 604_800),
    ],
)  # fmt: skip
def test_a_span_is_a_number_and_its_unit(text: str, expected: float) -> None:
    assert (is_span(text), seconds(text)) == (True, expected)


@pytest.mark.parametrize("text", ["", "h", "24 o'clock", "-1h", "1h30m", "1 month", "١h"])
def test_anything_else_is_no_span(text: str) -> None:
    assert not is_span(text)
    with pytest.raises(ValueError, match="no span of time"):
        seconds(text)
