"""References between records of one mapping that are new in the same run.

When they are read, none of them has a link yet. Once all are matched each has one, and a reference finds it: so what
is referred to can be written first, and the reference with the record. What is still not found waits as ever.
"""

from __future__ import annotations

from mapper.state import Row
from mapper.sync.context import Context, pack
from mapper.sync.keeping import unsqueeze
from mapper.sync.reading import resolve_refs, wait

_CHUNK = 500


def settle(context: Context) -> None:
    """Look again at the references of records that are in the spool."""
    for side, keys in context.own_refs.items():
        for start in range(0, len(keys), _CHUNK):
            _settle(context, side, keys[start : start + _CHUNK])
    context.own_refs.clear()


def _settle(context: Context, side: str, keys: list[str]) -> None:
    mapping, compiled = context.mapping, context.mapping.sides[side]
    # What is no longer there was set aside, for a reason of its own.
    rows: dict[str, Row] = {row["key"]: row for row in context.store.spool_whole(context.run, side, keys)}
    natives = {key: unsqueeze(row["native"]) for key, row in rows.items()}
    read = {key: mapping.readers[side](native) for key, native in natives.items()}
    unlinked = resolve_refs(context, compiled, read, spooled=True)
    staged = []
    with context.store.transaction():
        for key, (canonical, _, _) in read.items():
            if key in unlinked:
                wait(context, side, key, canonical, unlinked[key], natives[key])
                continue
            base = mapping.base(canonical)
            told = {"base": pack(base), "digest": mapping.digest(base), "canonical": pack(mapping.dump(canonical))}
            staged.append({**rows[key], **told})
            context.release(side, key, "reference")
        context.store.stage(staged)
