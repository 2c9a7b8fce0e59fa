"""Records that are asked for without the members that nobody looks at, once it is proved that no other is lost.

What a vendor makes of a mask is believed only as far as it shows. The first page of a list is read whole, and then once
more with the mask: of each record the members that are wanted must be the same, to the last one. A member that is empty
on the whole page proves something only where the vendor does not show a name that nobody has.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping
from typing import Any

import orjson

from mapper.connect.operations import Call, Only, Operations
from mapper.connect.paging import Cut, first_page
from mapper.errors import Missing, Nonsense, NotAllowed, Rejected

#: Paths of members; of what stands above another all is meant.
Members = Collection[tuple[str, ...]]

#: The members of a record by name, with those within; nothing within: all that is there.
Tree = dict[str, Any]

#: So many pages a list must have, as the proof costs one call more.
_PAGES = 10
#: At most this share of the first page may be wanted.
_SHARE = 2 / 3
#: A name that no vendor has.
_NOBODYS = "mapper_no_such_member"
_NAME = re.compile(r"[A-Za-z_][\w-]*", re.ASCII)


class Masks:
    """Finds out for the lists of one connection whether records can be cut down."""

    def __init__(self, operations: Operations) -> None:
        self._operations = operations

    def prove(self, call: Call, args: Mapping[str, Any], cut: Cut, members: Members, apart: Iterable[str]) -> Only:
        """What the pages after this first one are to be asked for; its `because` is empty where no mask pays off.

        `apart` are members that are read by calls of their own, unless the records show them.
        """
        items = [item for item in cut.items if isinstance(item, dict)]
        if call.mask is None or cut.last or not items or (cut.total or 0) < _PAGES * len(items):
            return Only()
        if strange := sorted({name for path in members for name in path if not _NAME.fullmatch(name)}):
            return _whole(f"a mask cannot name '{strange[0]}'")
        if shown := [name for name in apart if any(isinstance(item.get(name), dict) for item in items)]:
            return _whole(f"the vendor shows {shown[0]} in the list")
        tree = _widened(_tree(members), items)
        if unknown := next(_unshown(tree, items, filled=False), None):
            return _whole(f"no record of the first page shows {unknown}")
        wanted = _text([_cut(tree, item) for item in items])
        share = len(wanted) / len(_text(items))
        if share > _SHARE:
            return _whole(f"{share:.0%} of the first page is in use")
        return self._proved(call, args, tree, cut, wanted, share)

    def _proved(self, call: Call, args: Mapping[str, Any], tree: Tree, cut: Cut, wanted: bytes, share: float) -> Only:
        """The mask, where the first page comes with it as it came without."""
        only = Only(_spelled({**tree, _NOBODYS: {}}))
        try:
            body = self._operations.asking(call, args, only=only)(first_page(call.spec.page))()
            again = self._operations.pager(call, "").take(body)
        except (Missing, Nonsense, NotAllowed, Rejected) as error:
            return _whole(f"the vendor refuses the mask ({error.message})")
        found = again.items
        # Without its counts a list would be read less surely to its end.
        counted = (again.total, again.last) == (cut.total, cut.last)
        if not counted or _text([_cut(tree, item) for item in found]) != wanted:
            return _whole("the first page came otherwise with the mask")
        if _text(found) == _text(cut.items):
            return _whole("the vendor takes no notice of the mask")
        shows_all = any(isinstance(item, dict) and _NOBODYS in item for item in found)
        if shows_all and (empty := next(_unshown(tree, cut.items, filled=True), None)):
            return _whole(f"no record of the first page has a value in {empty}")
        because = f"records cut down to the members in use, {share:.0%} of the first page, which came alike both ways"
        return Only(_spelled(tree), because)


def _whole(because: str) -> Only:
    return Only("", f"records whole: {because}")


def _tree(members: Members) -> Tree:
    tree: Tree = {}
    for path in sorted(members, key=lambda path: (len(path), path)):
        here = tree
        for number, name in enumerate(path):
            if name in here and not here[name]:
                break
            here = here.setdefault(name, {})
            if number == len(path) - 1:
                here.clear()
    return tree


def _widened(tree: Tree, items: list[Any]) -> Tree:
    """The tree without the members of what no record shows as an object: of that all is asked for."""
    found = {}
    for name, inner in tree.items():
        below = list(_objects(item.get(name) for item in items))
        found[name] = _widened(inner, below) if inner and below else {}
    return found


def _unshown(tree: Tree, items: list[Any], *, filled: bool, above: str = "") -> Iterator[str]:
    """The members that no record shows, or shows with a value where they are to be `filled`."""
    for name, inner in tree.items():
        values = [item[name] for item in items if name in item]
        if not any(value not in (None, "", [], {}) for value in values) if filled else not values:
            yield above + name
        elif inner:
            yield from _unshown(inner, list(_objects(values)), filled=filled, above=f"{above}{name}.")


def _objects(values: Iterable[Any]) -> Iterator[Any]:
    for value in values:
        if isinstance(value, list):
            yield from _objects(value)
        elif isinstance(value, dict):
            yield value


def _cut(tree: Tree, value: Any) -> Any:
    """What the mask is to leave of a value."""
    if isinstance(value, list):
        return [_cut(tree, item) for item in value]
    if not tree or not isinstance(value, dict):
        return value
    return {name: _cut(inner, value[name]) for name, inner in tree.items() if name in value}


def _spelled(tree: Tree) -> str:
    return ",".join(f"{name}{{{_spelled(inner)}}}" if inner else name for name, inner in tree.items())


def _text(value: Any) -> bytes:
    return orjson.dumps(value, default=str, option=orjson.OPT_SORT_KEYS | orjson.OPT_NON_STR_KEYS)
