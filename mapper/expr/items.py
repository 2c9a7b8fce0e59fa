"""Arguments that are asked of each item of a list: what they may ask, so that lists are not multiplied by lists."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from typing import Final

from jinja2 import nodes

#: The name of the item in an argument that is asked of each item of a list.
ITEM: Final = "it"
MAX_DEEP: Final = 3

# What they give is taken from the list before them, whatever their argument says.
_CHOOSING: Final = ("filter", "find", "sort", "unique")


def objection(node: nodes.Filter, *, each: bool, known: Collection[str]) -> tuple[str, str] | None:
    """What speaks against a transform within such an argument, and a hint; `known` are names of the mapping itself."""
    names = {name for name in _names(node.node) if name not in known}
    if each and names - {ITEM}:
        return "a list within an item is asked from `it`", f"write it.list | {node.name}(...)"
    if names and ITEM not in names:
        return f"{node.name} gives the same for every item here", "use it before the list is asked"
    return None


def of_the_item(node: nodes.Node) -> bool:
    """Whether a part of an argument depends on the item."""
    return ITEM in _names(node)


def _names(node: nodes.Node | None) -> Iterator[str]:
    """What a value may be taken from."""
    if node is None:
        return
    if isinstance(node, nodes.Name):
        yield node.name
    if isinstance(node, nodes.Filter) and node.name in _CHOOSING:
        yield from _names(node.node)
        return
    for child in node.iter_child_nodes():
        yield from _names(child)
