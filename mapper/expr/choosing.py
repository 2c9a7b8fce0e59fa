"""Transforms that ask whether there is a value, choose one where there is none, or refuse it."""

from __future__ import annotations

from typing import Any, NoReturn

from mapper.errors import RuleError
from mapper.expr.lists import many, missing
from mapper.expr.scalars import MAX_FOLDED, as_text, equal, folded
from mapper.expr.transform import show, transform


@transform(
    "How many characters or items there are.",
    ("abc", 3),
    ([1, 2], 2),
    ("", 0),
    (None, 0),
    (5, "has no length"),
    on_missing="ABSENT, null and empty give 0",
    loses="the value itself",
    gives="number",
)
def length(value: Any) -> int:
    if missing(value):
        return 0
    if not isinstance(value, (str, list, tuple, dict)):
        raise RuleError(f"{show(value)} has no length")
    return len(value)


@transform(
    "This value where there is none.",
    (None, "FR", "FR"),
    ("", "FR", "FR"),
    ("SE", "SE", "FR"),
    (0, 0, 1),
    on_missing="ABSENT, null and empty are replaced",
    normal=True,
    loses="whether there was a value",
    gives="any",
)
def default(value: Any, other: Any) -> Any:
    return other if missing(value) else value


@transform(
    "The first of these values that is there.",
    (None, "b", "", "b", "c"),
    ("a", "a", "b"),
    (None, None, ""),
    on_missing="ABSENT, null and empty are replaced; if all are missing, the value itself is kept",
    normal=True,
    loses="whether there was a value",
    gives="any",
)
def or_(value: Any, *others: Any) -> Any:
    return next((found for found in (value, *others) if not missing(found)), value)


@transform(
    "Refuses the value, with these words as the reason; without any, a text is itself the reason.",
    (None, "it has no name", "it has no name"),
    ("x", "it has no name", "it has no name"),
    ("it has no name", "it has no name"),
    on_missing="ABSENT, null and empty are refused like any other value",
    loses="every value",
)
def fail(value: Any, words: str | None = None) -> NoReturn:
    if words is None:
        words = value if isinstance(value, str) and value else "the value is refused"
    raise RuleError(as_text(words)[:200])


@transform(
    "Whether a text holds another one, or a list an item, accents and case aside.",
    ("Énergie verte", True, "energie"),
    (["A", "B"], True, "b"),
    ([1, 2], False, 3),
    ("", False, "a"),
    on_missing="ABSENT, null and empty give false",
    loses="the value itself",
    gives="flag",
)
def contains(value: Any, wanted: Any) -> bool:
    if missing(value) or missing(wanted):
        return False
    if isinstance(value, str):
        return folded(wanted) in folded(value)
    if not isinstance(wanted, str):
        return any(equal(item, wanted) for item in (value if isinstance(value, dict) else many(value)))
    texts = [item for item in (value if isinstance(value, dict) else many(value)) if isinstance(item, str)]
    if sum(map(len, texts)) > MAX_FOLDED:
        raise RuleError(f"the list is too long to be looked through: {MAX_FOLDED} characters are allowed in all")
    meant = folded(wanted)
    return any(folded(item) == meant for item in texts)
