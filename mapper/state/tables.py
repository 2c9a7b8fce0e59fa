"""The tables of the state, for SQLite and PostgreSQL alike.

A *record* row remembers one record of one side: its link, the digest of all its values as they were last agreed, the
fingerprint of each (`base`), and, where the project keeps them, the values themselves (`image`). A *change* row is one
planned write: once a run has committed, it is an outbox that any later run drains, so a crash loses nothing; `wrote`
holds what its side made of the values, where that is something else. *Spool* rows hold what a run has read until it is
decided. *Kept* rows are the native records that led to a run's changes or to its quarantine, compressed, and its
mapping: for a replay.
*Terms* are digests of what runs worked by, *watched* what the next run compares itself with, *alerts* what was told. A
*quarantine_left* row says that a record was in quarantine and why, without any of its values.
*Hooks* are the subscriptions to what vendors tell by themselves, *inbox* rows what was told and no run has taken up
yet; of those with `taken` a run is doing so, and those that are `KEPT` or `TOLD` stay.
*Seen* rows are the keys that a run's complete listing shows, until it is over; *missing* rows are the linked records
that the last complete listing lacked. *Likenesses* are the texts that approximate match rules compare.

Whatever may hold a value of a record is `Sealed`, `SealedBytes` or `Matched`: encrypted, where the state has a key.
"""

from __future__ import annotations

from sqlalchemy import Column, Float, Index, Integer, LargeBinary, MetaData, String, Table, Text
from sqlalchemy.types import TypeEngine

from mapper.state.sealing import Matched, Sealed, SealedBytes

#: The version of these tables. An older state is brought up to it, step by step, by what is in `migrations`.
SCHEMA = "5"

metadata = MetaData()


def free(length: int) -> TypeEngine[str]:
    """A text whose length vendors and projects determine. SQLite takes no notice of one, and so keeps what it had."""
    return String(length).with_variant(Text(), "postgresql")


#: Marks of a record: it is gone from its vendor, a run has retired it there, the mapping is no longer about it.
GONE, RETIRED, LEAVING = "gone", "retired", "leaving"

meta = Table(
    "mapper_meta", metadata, Column("name", String(40), primary_key=True), Column("value", Text, nullable=False)
)

records = Table(
    "records",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("key", free(200), primary_key=True),
    Column("link", String(32)),
    Column("digest", Sealed),
    Column("base", Sealed),
    Column("image", Sealed),
    Column("mark", String(10)),
    Index("records_link", "entity", "link"),
)

matchkeys = Table(
    "matchkeys",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("value", Matched(300), primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("key", free(200), primary_key=True),
    # With the value, or the primary key, in which the value comes before, seems the better index to SQLite: a scan.
    Index("matchkeys_record", "entity", "side", "key", "value"),
)

seen = Table(
    "seen",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("side", free(40), primary_key=True),
    Column("key", free(200), primary_key=True),
)

missing = Table(
    "missing",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("key", free(200), primary_key=True),
    Column("run", Integer, nullable=False),
)

likenesses = Table(
    "likenesses",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("rule", Integer, primary_key=True, autoincrement=False),
    Column("block", Matched(300), primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("key", free(200), primary_key=True),
    Column("text", Sealed, nullable=False),
    Index("likenesses_record", "entity", "side", "key"),
)

cursors = Table(
    "cursors",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("since", Float, nullable=False),
    Column("walked", Float),
)

#: Calls by connection and day, made or set aside by runs that are under way.
quota = Table(
    "quota",
    metadata,
    Column("connection", free(60), primary_key=True),
    Column("day", String(10), primary_key=True),
    Column("calls", Integer, nullable=False),
)

runs = Table(
    "runs",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("entity", free(60), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("started", Float, nullable=False),
    Column("finished", Float),
    Column("outcome", String(20), nullable=False),
    Column("mapping", String(32), nullable=False),
    Column("counts", Text, nullable=False),
    Column("message", Sealed, nullable=False),
    Column("purged", Float),
    Column("warnings", Sealed),
    Index("runs_entity", "entity", "id"),
)

forgotten = Table(
    "forgotten", metadata, Column("digest", String(32), primary_key=True), Column("at", Float, nullable=False)
)

leases = Table(
    "leases",
    metadata,
    Column("name", free(60), primary_key=True),
    Column("fence", Integer, nullable=False),
    Column("owner", Text, nullable=False),
    Column("token", String(80), nullable=False),
    Column("since", Float, nullable=False),
    Column("until", Float, nullable=False),
)

terms = Table(
    "terms",
    metadata,
    Column("fingerprint", String(32), primary_key=True),
    Column("parts", Text, nullable=False),
)

watched = Table(
    "watched",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("name", free(200), primary_key=True),
    Column("value", Sealed, nullable=False),
)

alerts = Table(
    "alerts",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("channel", String(10), primary_key=True),
    Column("told", Sealed, nullable=False),
)

spool = Table(
    "spool",
    metadata,
    Column("run", Integer, primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("key", free(200), primary_key=True),
    Column("link", String(32)),
    Column("fresh", Integer, nullable=False),
    Column("stamp", Float),
    Column("digest", Sealed, nullable=False),
    Column("base", Sealed, nullable=False),
    Column("canonical", Sealed, nullable=False),
    Column("origin", free(300)),
    Column("native", SealedBytes),
    Column("mark", String(10)),
    Index("spool_link", "run", "link"),
)

kept = Table(
    "kept",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("side", free(40), primary_key=True),
    Column("key", free(200), primary_key=True),
    Column("entity", free(60), nullable=False),
    Column("native", SealedBytes, nullable=False),
    Index("kept_record", "entity", "side", "key"),
)

kept_mappings = Table(
    "kept_mappings",
    metadata,
    Column("run", Integer, primary_key=True, autoincrement=False),
    Column("entity", free(60), nullable=False),
    Column("mapping", LargeBinary, nullable=False),
)

#: What a change is before its run has committed, and while it is still to be sent or found out about. Of a record that
#: is left alone it is `later` before and `left` after; `done`, `merged` and `dropped` are the ends.
UNCOMMITTED = ("draft", "held", "later")
OPEN = ("owed", "sent", "failed")
KEEP_OPEN = (*OPEN, "left")

changes = Table(
    "changes",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("run", Integer, nullable=False),
    Column("entity", free(60), nullable=False),
    Column("link", String(32), nullable=False),
    Column("side", free(40), nullable=False),
    Column("kind", String(10), nullable=False),
    Column("key", free(200)),
    Column("status", String(10), nullable=False),
    Column("fields", Sealed, nullable=False),
    Column("before", Sealed, nullable=False),
    Column("title", Sealed, nullable=False),
    Column("reason", Sealed, nullable=False),
    Column("stamp", free(300)),
    Column("attempts", Integer, nullable=False),
    Column("done_by", Integer),
    Column("wrote", Sealed),
    Index("changes_open", "entity", "status", "side", "id"),
    Index("changes_run", "run", "id"),
    Index("changes_link", "entity", "link"),
)

quarantine = Table(
    "quarantine",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("entity", free(60), nullable=False),
    Column("side", free(40), nullable=False),
    Column("key", free(200), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("field", free(60), nullable=False),
    Column("title", Sealed, nullable=False),
    Column("message", Sealed, nullable=False),
    Column("place", Text, nullable=False),
    Column("needs", free(300)),
    Column("native", Sealed),
    Column("mapping", String(32), nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("last_run", Integer, nullable=False),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Index("quarantine_record", "entity", "side", "key", unique=True),
)

quarantine_left = Table(
    "quarantine_left",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("number", Integer, nullable=False),
    Column("entity", free(60), nullable=False),
    Column("side", free(40), nullable=False),
    Column("key", free(200), nullable=False),
    Column("cause", String(20), nullable=False),
    Column("field", free(60), nullable=False),
    Column("place", Text, nullable=False),
    Column("first_run", Integer, nullable=False),
    Column("last_run", Integer, nullable=False),
    Column("first_seen", Float, nullable=False),
    Column("last_seen", Float, nullable=False),
    Column("attempts", Integer, nullable=False),
    Column("dropped", Integer, nullable=False),
    Column("left_at", Float, nullable=False),
    Index("quarantine_left_record", "entity", "side", "key"),
)

hooks = Table(
    "hooks",
    metadata,
    Column("id", Integer, primary_key=True, autoincrement=True),
    Column("digest", String(64), nullable=False),
    Column("connection", free(60), nullable=False),
    Column("hook", free(60), nullable=False),
    Column("event", free(60), nullable=False),
    Column("url", Sealed, nullable=False),
    Column("remote", free(200)),
    Column("created", Float, nullable=False),
    Column("heard", Float),
    Index("hooks_digest", "digest", unique=True),
)

#: `taken` of what waits for a run, and of what none takes up: what is kept to be looked back at, and the last that was
#: told of a record that its vendor shows in no other way.
WAITING, KEPT, TOLD = 0, -1, -2

inbox = Table(
    "inbox",
    metadata,
    Column("entity", free(60), primary_key=True),
    Column("side", free(40), primary_key=True),
    Column("digest", String(64), primary_key=True),
    Column("taken", Integer, primary_key=True, autoincrement=False),
    Column("hook", free(60), nullable=False),
    Column("key", free(200)),
    Column("removed", Integer, nullable=False),
    Column("record", Sealed),
    Column("received", Float, nullable=False),
)

#: What is known of single records, by entity, side and key.
BY_RECORD = (records, matchkeys, kept, missing, likenesses)
