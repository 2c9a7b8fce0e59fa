"""The first stage: what each side holds, as canonical records; only what moved is spooled."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any

from mapper.compile import CompiledSide, Reference
from mapper.connect import Page, shows_ended
from mapper.errors import UNREADABLE, Missing, Rejected, RuleError
from mapper.records import ABSENT, Record
from mapper.state.keys import kept_as, why_unkept
from mapper.state.tables import GONE, RETIRED
from mapper.sync import merges, similar
from mapper.sync.context import BACK, LEFT, Context, pack, unlinked, unpack
from mapper.sync.cursors import Reached, reached, tells
from mapper.sync.cutdown import note_cut
from mapper.sync.gone import RETURNED, Walk, leave
from mapper.sync.keeping import squeeze
from mapper.sync.tally import Tally

#: Quarantine causes whose record is kept and read again, because what was missing may be there by now.
KEPT = ("rule", "ambiguous", "new", "similar", "reference", "conflict")

#: Those of them that are asked for anew, as nothing of them is kept.
_ASKED = ("ambiguous", "new", "similar")


def read_side(context: Context, side: str, *, since: float | None, restage: bool) -> Reached:
    """Read a side, whole or since a moment; gives how far it was read."""
    connection = context.connections[side]
    resource = context.resource(side)
    connection.use(resource, context.mapping.sides[side].containers)
    context.tally.begin(side)
    started = context.clock()
    done = 0
    pages, whole = _pages(context, side, since)
    walk = Walk.of(context, side, whole=whole)
    for page in pages:
        if page.cut and not context.counts[side].cut:
            note_cut(context, side)
        walk.take(page)
        process(context, side, page.records, restage=restage, tally=context.tally)
        done += len(page.records)
        context.counts[side].read += len(page.records)
        context.emit("read", side, done, page.total)
    walk.end()
    _note_way(context, side)
    far = reached(context, side, started, whole=whole)
    context.tally.end(side, whole=far.whole)
    return far


def _note_way(context: Context, side: str) -> None:
    """Note how the side was read, and why so."""
    counts, way = context.counts[side], context.connections[side].way(context.resource(side))
    counts.by, counts.because, counts.values = way.by, counts.whole or way.because, way.values
    counts.members = way.members


def _pages(context: Context, side: str, since: float | None) -> tuple[Iterator[Page], bool]:
    """A side's pages, and whether they are all of it: so it is read where the vendor refuses the cursor."""
    connection, resource = context.connections[side], context.resource(side)
    members = context.mapping.sides[side].members
    pages = connection.pages(resource, since=since, members=members)
    if since is None or not tells(context, side):
        return pages, True
    try:
        first = next(pages)
    except (Rejected, Missing) as error:
        context.counts[side].whole = f"the vendor refused its cursor ({error.message})"
        return connection.pages(resource, members=members), True
    return chain([first], pages), False


def learns(context: Context, side: str) -> bool:
    """Whether the values of a list that is written are known from the side's own records only, and not known yet."""
    for cell in context.mapping.sides[side].cells.values():
        native = cell.native
        if native is None or cell.target is None or not native.field.list:
            continue
        source = context.mapping.sides[side].context.connector.lists.get(native.field.list.partition("/")[0])
        if source is not None and source.harvest and not native.table:
            return True
    return False


def note_kept(context: Context) -> None:
    """Remember what is in quarantine, to know afterwards which records of it were not read anew."""
    rows = context.store.quarantined(entity=context.entity)
    context.aside = {(row["side"], row["key"]): row["cause"] for row in rows}
    context.unseen = {(row["side"], row["key"]) for row in rows if row["cause"] in KEPT}


def reread_kept(context: Context) -> None:
    """Look again at quarantined records that were not read anew: their reason may have gone."""
    for side in context.mapping.sides:
        rows = context.store.quarantined(entity=context.entity, side=side, cause=KEPT)
        waiting = [row for row in rows if (side, row["key"]) in context.unseen]
        asked = [row["key"] for row in waiting if row["cause"] in _ASKED]
        process(context, side, _fetch(context, side, asked), restage=True)
        kept = [unpack(row["native"]) for row in waiting if row["cause"] not in _ASKED and row["native"]]
        process(context, side, [native for native in kept if "spooled" not in native], restage=True)
        _stage_again(context, side, [native["spooled"] for native in kept if "spooled" in native])


def _fetch(context: Context, side: str, keys: list[str]) -> list[Record]:
    """The records as they are now: what a person had to decide may be decided, by a merge or a removal."""
    found = []
    for key in keys:
        try:
            found.append(context.connections[side].get(context.resource(side), key))
        except Missing:
            context.store.forget(context.entity, side, key)
            context.release(side, key)
        except UNREADABLE:
            # It stays where it is, and is asked for again by the next run.
            continue
    return found


def _stage_again(context: Context, side: str, spooled: list[dict[str, Any]]) -> None:
    known = context.store.known(context.entity, side, [row["key"] for row in spooled])
    rows = []
    for row in spooled:
        found = known.get(row["key"])
        link = found["link"] if found else None
        rows.append({**row, "run": context.run, "link": link, "fresh": 0 if link else 1, "mark": None})
    context.store.stage(rows)


def process(
    context: Context, side: str, natives: Iterable[Record], *, restage: bool, tally: Tally | None = None
) -> None:
    """Compare records with what is known of them, and spool those that moved."""
    compiled = context.mapping.sides[side]
    resource = context.resource(side)
    connection = context.connections[side]
    keyed, unkept = {}, {}
    for native in natives:
        key = connection.key_of(resource, native)
        keyed[name := kept_as(key)] = native
        if name != key:
            unkept[name] = RuleError(why_unkept(key))
    merges.told(context, side, keyed)
    if compiled.where:
        outside = [key for key, native in keyed.items() if not compiled.where(native)]
        _leave(context, side, outside)
        for key in outside:
            del keyed[key]
    if not keyed:
        return
    reader = context.mapping.readers[side]
    read = {key: reader(native) for key, native in keyed.items()}
    read = _without_left_out(context, side, read, keyed)
    if tally:
        tally.add(side, (canonical for canonical, _, _ in read.values()), len(read))
    unlinked = resolve_refs(context, compiled, read)
    if compiled.refs:
        base_of = context.mapping.base
        read = {key: (canonical, problems, base_of(canonical)) for key, (canonical, problems, _) in read.items()}
    batch = _Batch(context, side, {key: base for key, (_, _, base) in read.items()}, restage)
    for key, (canonical, problems, base) in read.items():
        context.unseen.discard((side, key))
        if problems := [unkept[key]] if key in unkept else problems:
            title = context.mapping.title(canonical)
            context.quarantine(side, key, "rule", problems[0], title=title, native=keyed[key])
            continue
        batch.add(key, canonical, base, keyed[key], waiting=key in unlinked)
        if key not in unlinked:
            continue
        if unlinked[key][1].entity == context.entity and batch.holds(key):
            context.own_refs.setdefault(side, []).append(key)
        else:
            wait(context, side, key, canonical, unlinked[key], keyed[key])
    batch.save()


Read = dict[str, tuple[Record, list[RuleError], dict[str, Any]]]


def _without_left_out(context: Context, side: str, read: Read, keyed: dict[str, Record]) -> Read:
    """The records that the mapping is about; the others are counted by the reason, and left alone."""
    if not context.mapping.filters:
        return read
    kept, left = {}, context.counts[side].left
    outside = []
    for key, (canonical, problems, base) in read.items():
        try:
            because = None if problems else context.mapping.left_out(canonical)
        except RuleError as error:
            because, problems = None, [RuleError(error.message, field="filter")]
        if because is None:
            kept[key] = (canonical, problems, base)
            continue
        left[because] = left.get(because, 0) + 1
        outside.append(key)
    _leave(context, side, outside)
    return kept


def _leave(context: Context, side: str, keys: list[str]) -> None:
    """Leave alone what the mapping is not about, and ask nobody about it any more."""
    for key in keys:
        context.unseen.discard((side, key))
        context.release(side, key, *KEPT, RETURNED)
    leave(context, side, keys)


class _Batch:
    """The records of one page, sorted into unchanged and spooled."""

    def __init__(self, context: Context, side: str, bases: dict[str, dict[str, Any]], restage: bool) -> None:
        self.context = context
        self.side = side
        self.restage = restage
        digest = context.mapping.digest
        self.digests = {key: digest(base) for key, base in bases.items()}
        known = context.store.known
        # Most records are as they were: of those no more than the digest is asked for.
        agreed = {} if restage else known(context.entity, side, list(bases), "digest", "mark")
        same = {key for key, row in agreed.items() if row["digest"] == self.digests[key]}
        self.unchanged = {key for key in same if agreed[key]["mark"] not in (GONE, RETIRED)}
        self.known = known(context.entity, side, [key for key in bases if key not in self.unchanged])
        self.compiled = context.mapping.sides[side]
        self.staged: list[dict[str, Any]] = []
        self.touched: list[dict[str, Any]] = []
        self.matchkeys: dict[str, list[str]] = {}
        self.healthy: list[str] = []
        self.canonicals: dict[str, Record] = {}

    def add(self, key: str, canonical: Record, base: dict[str, Any], native: Record, *, waiting: bool) -> None:
        mapping = self.context.mapping
        digest = self.digests[key]
        if not waiting and (self.side, key) in self.context.aside:
            self.healthy.append(key)
        if key in self.unchanged:
            self.context.counts[self.side].unchanged += 1
            return
        row = self.known.get(key)
        retired = row is not None and row["mark"] == RETIRED
        ended = shows_ended(self.compiled.context.resource, native) if retired else None
        if ended:
            # Whatever is done to it there, it is out of use, as we have left it.
            self.context.counts[self.side].unchanged += 1
            self.context.release(self.side, key, RETURNED)
            return
        # What we have retired is back, too, where it shows that somebody has put it into use again.
        back = row is not None and (row["digest"] in (LEFT, BACK) or row["mark"] == GONE or ended is False)
        if row and row["link"] and not back and not self.restage and self._agrees(base, unpack(row["base"])):
            self.context.counts[self.side].unchanged += 1
            if retired:
                return
            image = pack(mapping.dump(canonical)) if self.context.images else None
            self.touched.append({**row, "digest": digest, "base": pack(base), "image": image})
            # What it holds is what was agreed: it takes no part in a conflict any more.
            self.context.release(self.side, key, "conflict")
            return
        if row is None:
            self.touched.append(unlinked(self.context.entity, self.side, key))
        self.matchkeys[key] = mapping.match_values(canonical)
        self.canonicals[key] = canonical
        resource = self.compiled.context.resource
        origin = native.get(resource.stamp_key) if resource.stamp_key else None
        self.staged.append(
            {
                "run": self.context.run,
                "side": self.side,
                "key": key,
                "link": row["link"] if row else None,
                "fresh": 0 if row and row["link"] else 1,
                "stamp": self.compiled.stamp(native),
                "digest": digest,
                "base": pack(base),
                "canonical": pack(mapping.dump(canonical)),
                "origin": str(origin) if origin else None,
                "native": squeeze(native),
                "mark": None,
            }
        )

    def holds(self, key: str) -> bool:
        """Whether the record that was added last goes on, and is this one."""
        return bool(self.staged) and self.staged[-1]["key"] == key

    def _agrees(self, base: dict[str, Any], then: dict[str, Any]) -> bool:
        """Whether nothing moved since the last agreement."""
        same = self.context.mapping.same
        return all(same(n, v, then[n]) if n in then else v in ("", []) for n, v in base.items())

    def save(self) -> None:
        store, entity = self.context.store, self.context.entity
        with store.transaction():
            store.save_records(self.touched)
            store.save_matchkeys(entity, self.side, self.matchkeys)
            similar.note(self.context, self.side, self.canonicals)
            store.stage(self.staged)
            for key in self.healthy:
                self.context.release(self.side, key, "rule", "reference")


Unlinked = dict[str, tuple[str, Reference, str]]


def resolve_refs(context: Context, compiled: CompiledSide, read: Read, *, spooled: bool = False) -> Unlinked:
    """Turn references into links; gives the records whose reference is not linked yet, as (field, target, key).

    With `spooled`, records of this mapping count as linked that are so in the spool only.
    """
    waiting: Unlinked = {}
    for name, target in compiled.refs.items():
        keys = sorted({kept_as(str(c[name])) for c, _, _ in read.values() if c.get(name) is not None})
        known = context.store.known(target.entity, target.side, keys)
        if spooled and target.entity == context.entity:
            found = context.store.spool_links(context.run, [(target.side, key) for key in keys])
            known |= {key: {"link": link} for (_, key), link in found.items() if link}
        kept = context.store.quarantined(entity=target.entity, side=target.side) if context.dry else []
        aside = {row["key"] for row in kept}
        for key, (canonical, _, _) in read.items():
            wanted = canonical.get(name, ABSENT)
            if wanted is ABSENT or wanted is None:
                continue
            row = known.get(str(wanted))
            if row and row["link"]:
                canonical[name] = row["link"]
            elif row and context.dry and str(wanted) not in aside:
                # A plan links nothing: what an earlier plan has seen will be linked by the time of the sync.
                canonical[name] = f"{target.side}:{wanted}"
            else:
                del canonical[name]
                if key not in waiting or waiting[key][1].entity == context.entity:
                    waiting[key] = (name, target, str(wanted))
    return waiting


def wait(
    context: Context, side: str, key: str, canonical: Record, needed: tuple[str, Reference, str], native: Record
) -> None:
    """Set a record aside until what it refers to is linked."""
    name, target, wanted = needed
    cell = context.mapping.sides[side].cells[name]
    message = f"waits for {target.entity} {wanted} of {target.side}, which is not linked"
    problem = RuleError(message, field=name, position=cell.position)
    title = context.mapping.title(canonical)
    context.quarantine(
        side, key, "reference", problem, title=title, native=native, needs=f"{target.entity}/{target.side}/{wanted}"
    )
