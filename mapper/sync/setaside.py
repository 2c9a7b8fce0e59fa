"""What a person decides about quarantined records: try them again, or forget them."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mapper.errors import UsageError
from mapper.state import Row, Store, kept
from mapper.state.tables import quarantine
from mapper.sync.context import unpack
from mapper.sync.cutdown import cut_sides
from mapper.sync.keeping import unsqueeze
from mapper.sync.planning import change_name


def rows(store: Store, numbers: Sequence[int]) -> list[Row]:
    """The quarantined records with these numbers; raises UsageError where one is not there."""
    found = [row for number in numbers for row in store.quarantined(number=number)]
    missing = sorted(set(numbers) - {row["id"] for row in found})
    if missing:
        names = ", ".join(map(str, missing))
        raise UsageError(f"nothing in quarantine has the number {names}", hint="see `mapper quarantine list`")
    return found


def read_records(store: Store, row: Row) -> list[dict[str, Any]]:
    """The native records behind an entry, as they were last read: its own, or, of a write, those it came from.

    Each is a dict of `side`, `key`, `record`, and whether it was `cut` down to what the mapping looks at; empty where
    none was kept.
    """
    if row["native"]:
        native = unpack(row["native"])
        if "spooled" not in native:
            cut = row["side"] in cut_sides(store, row["last_run"])
            return [{"side": row["side"], "key": row["key"], "record": native, "cut": cut}]
    known = store.known(row["entity"], row["side"], [row["key"]]).get(row["key"])
    link = row["key"].removeprefix("link:") if known is None else known["link"]
    places = [(row["side"], row["key"])]
    places += [(m["side"], m["key"]) for m in store.linked(row["entity"], [link] if link else []).get(link, [])]
    found = []
    for side, key in dict.fromkeys(places):
        if latest := kept.latest_of(store, row["entity"], side, key):
            run, data = latest
            found.append({"side": side, "key": key, "record": unsqueeze(data), "cut": side in cut_sides(store, run)})
    return found


def retry(store: Store, chosen: Sequence[Row]) -> None:
    """Have the next sync try these records again, whatever was the reason: no mapping has been tried on them."""
    with store.transaction() as connection:
        for row in chosen:
            connection.execute(quarantine.update().where(quarantine.c.id == row["id"]).values(mapping=""))


def drop(store: Store, chosen: Sequence[Row], now: float) -> int:
    """Forget these records, and give up the writes that failed for them; gives the number of such writes."""
    dropped = 0
    with store.transaction():
        for row in chosen:
            ids = _failed(store, row)
            store.mark(ids, status="dropped")
            store.drop_quarantined(row["id"], now)
            dropped += len(ids)
    return dropped


def _failed(store: Store, row: Row) -> list[int]:
    """The failed changes that a quarantine row speaks of."""
    ids: list[int] = []
    after = 0
    while found := store.changes(entity=row["entity"], side=row["side"], status="failed", after=after):
        after = found[-1]["id"]
        ids += [change["id"] for change in found if change_name(change) == row["key"]]
    return ids
