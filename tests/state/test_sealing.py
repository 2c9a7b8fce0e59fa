"""A state with a key: nothing of any person can be read without it, and everything works as it does without."""

from __future__ import annotations

import subprocess
import sys
from base64 import b64encode
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from mapper.errors import MapperError, StateError
from mapper.state import Store, exclusive
from mapper.state import links as queries
from mapper.state.history import titled
from mapper.state.rekey import AsItLies, rekey
from mapper.state.sealing import Cipher, Matched, Sealed, SealedBytes
from mapper.state.tables import likenesses, metadata
from tests.databases import raw_engine

KEY = b64encode(bytes(range(32))).decode()
OTHER = b64encode(bytes(range(1, 33))).decode()

NAME, EMAIL, PHONE, SIRET = "Jacqueline Aubépine", "j.aubepine@exemple.fr", "+33612345678", "73282932000074"
SECRETS = [NAME, "Aubépine", EMAIL, PHONE, SIRET, "aubepine"]

#: Texts that hold no value of any record: names of ours, moments, digests of mappings, addresses of records.
HARMLESS = {
    "alerts.channel", "alerts.entity", "terms.fingerprint", "terms.parts", "watched.entity", "watched.name",
    "watched.side", "quota.connection", "quota.day",
    "quarantine_left.cause", "quarantine_left.entity", "quarantine_left.field", "quarantine_left.key",
    "quarantine_left.place", "quarantine_left.side",
    "changes.entity", "changes.key", "changes.kind", "changes.link", "changes.side", "changes.stamp", "changes.status",
    "cursors.entity", "cursors.side", "forgotten.digest", "kept.entity", "kept.key", "kept.side",
    "kept_mappings.entity", "kept_mappings.mapping", "leases.name", "leases.owner", "leases.token", "mapper_meta.name",
    "mapper_meta.value", "matchkeys.entity", "matchkeys.key", "matchkeys.side", "quarantine.cause", "quarantine.entity",
    "quarantine.field", "quarantine.key", "quarantine.mapping", "quarantine.needs", "quarantine.place",
    "quarantine.side", "records.entity", "records.key", "records.link", "records.side", "runs.counts", "runs.entity",
    "likenesses.entity", "likenesses.key", "likenesses.side", "missing.entity", "missing.key", "missing.side",
    "records.mark", "seen.key", "seen.side", "spool.mark",
    "hooks.connection", "hooks.digest", "hooks.event", "hooks.hook", "hooks.remote", "inbox.digest", "inbox.entity",
    "inbox.hook", "inbox.key", "inbox.side",
    "runs.kind", "runs.mapping", "runs.outcome", "spool.key", "spool.link", "spool.origin", "spool.side",
}  # fmt: skip


def fill(store: Store) -> None:
    """Everything that a state may hold of a person."""
    text = f'{{"name":"{NAME}","email":"{EMAIL}","phone":"{PHONE}","siret":"{SIRET}"}}'
    run = store.start_run("person", "sync", "m", 1.0)
    spooled = {"run": run, "side": "a", "key": "1", "link": "L1", "fresh": 1, "stamp": None, "digest": "d" * 32}
    spooled |= {"base": text, "canonical": text, "origin": None, "native": text.encode()}
    change = {"run": run, "entity": "person", "link": "L1", "side": "b", "kind": "create", "key": None}
    change |= {"status": "owed", "fields": text, "before": text, "title": NAME, "reason": EMAIL, "stamp": "a:1"}
    aside = {"entity": "person", "side": "a", "key": "1", "cause": "rule", "field": "email", "title": NAME}
    aside |= {"message": f"{EMAIL} will not do", "place": "", "needs": None, "native": text, "mapping": "m"}
    aside |= {"first_run": run, "last_run": run, "first_seen": 1.0, "last_seen": 1.0, "attempts": 1}
    with store.transaction() as connection:
        store.stage([spooled])
        store.plan([{**change, "attempts": 0, "done_by": None}])
        store.set_aside([aside])
        store.settle_spool(run, "person", loose=["a"], held=[])
        store.save_matchkeys("person", "a", {"1": [f"0:{SIRET}", f"1:{EMAIL}"]})
        row = {"run": run, "side": "a", "key": "1", "entity": "person", "native": text.encode()}
        store.upsert(connection, metadata.tables["kept"], [row])
    store.finish_run(run, "failed", "{}", f"{EMAIL} would not do", 2.0)


def raw(url: str, tmp_path: Path) -> bytes:
    """All that somebody finds who has the database, but no key: the files, or every row."""
    if url.startswith("sqlite"):
        files = [path for path in tmp_path.iterdir() if path.name.startswith("state.db")]
        return b"".join(path.read_bytes() for path in files)
    engine = raw_engine(url)
    with engine.connect() as connection:
        names = sa.inspect(connection).get_table_names()
        rows = [tuple(row) for name in names for row in connection.exec_driver_sql(f"select * from {name}")]
    engine.dispose()
    return repr(rows).encode()


def readable(found: bytes) -> list[str]:
    return [secret for secret in SECRETS if secret.encode() in found or repr(secret.encode())[2:-1].encode() in found]


def as_seen(store: Store) -> Any:
    """What the state says of the person."""
    [change] = store.changes()
    [aside] = store.quarantined()
    known = store.known("person", "a", ["1"])["1"]
    [spooled] = store.spooled_links(1, after="")["L1"]
    keys = [(row["key"], row["value"]) for row in store.matching("person", [f"0:{SIRET}"])]
    return change, aside, known, spooled, keys, store.matchkeys_of("person", [("a", "1")]), store.run(1)


@pytest.fixture
def plain(other_url: str) -> Iterator[Store]:
    with closing(Store(other_url)) as store:
        fill(store)
        yield store


def test_without_the_key_nothing_of_a_person_can_be_read(lasting_url: str, tmp_path: Path) -> None:
    with closing(Store(lasting_url, key=KEY)) as store:
        fill(store)
        assert readable(raw(lasting_url, tmp_path)) == []
    assert readable(raw(lasting_url, tmp_path)) == []


def test_without_any_key_it_can_be_read(lasting_url: str, tmp_path: Path) -> None:
    with closing(Store(lasting_url)) as store:
        fill(store)
        assert set(readable(raw(lasting_url, tmp_path))) == set(SECRETS)


def test_with_the_key_everything_is_as_it_would_be_without(lasting_url: str, plain: Store) -> None:
    with closing(Store(lasting_url, key=KEY)) as store:
        fill(store)
        assert as_seen(store) == as_seen(plain)


def test_a_title_is_found_and_a_link_changed_in_what_is_encrypted(lasting_url: str) -> None:
    with closing(Store(lasting_url, key=KEY)) as store:
        fill(store)
        assert titled(store, "person", "jacque") == [("a", "1")]
        queries.repoint(store, {"73282932000074": "L2"})
        assert '"siret":"L2"' in store.changes()[0]["fields"]


@pytest.mark.parametrize(
    ("made", "opened", "said"),
    [
        (KEY, None, "is encrypted, and no key is given"),
        (KEY, OTHER, "is encrypted with another key"),
        (None, KEY, "is not encrypted, but a key is given"),
        (None, "short", "must be 32 random bytes in base64"),
    ],
)
def test_a_key_that_does_not_fit_is_told_in_one_sentence(
    lasting_url: str, made: str | None, opened: str | None, said: str
) -> None:
    Store(lasting_url, key=made).close()
    with pytest.raises(StateError, match=said) as caught:
        Store(lasting_url, key=opened)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(("old", "new"), [(None, KEY), (KEY, OTHER), (KEY, None)])
def test_the_key_is_changed_and_nothing_of_the_old_form_is_left(
    lasting_url: str, plain: Store, tmp_path: Path, old: str | None, new: str | None
) -> None:
    with closing(Store(lasting_url, key=old)) as store:
        fill(store)
    with closing(AsItLies(lasting_url)) as store:
        rekey(store, Cipher(old) if old else None, Cipher(new) if new else None)
    assert bool(readable(raw(lasting_url, tmp_path))) == (new is None)
    with closing(Store(lasting_url, key=new)) as store:
        assert as_seen(store) == as_seen(plain)


def test_a_key_that_is_not_the_states_changes_nothing(lasting_url: str, tmp_path: Path) -> None:
    with closing(Store(lasting_url, key=KEY)) as store:
        fill(store)
    with (
        closing(AsItLies(lasting_url)) as store,
        pytest.raises(MapperError, match="the old key given does not open it"),
    ):
        rekey(store, Cipher(OTHER), None)
    with closing(Store(lasting_url, key=KEY)) as store:
        assert as_seen(store)[0]["title"] == NAME


def test_a_run_that_had_the_state_open_writes_nothing_with_the_key_of_before(lasting_url: str) -> None:
    with closing(Store(lasting_url)) as before, closing(AsItLies(lasting_url)) as store:
        rekey(store, None, Cipher(KEY))
        with pytest.raises(StateError, match="has been given another key meanwhile"), exclusive(before, "person"):
            before.start_run("person", "sync", "m", 1.0)
        assert before.runs() == []


@pytest.mark.parametrize(("old", "new"), [(None, KEY), (KEY, OTHER), (KEY, None)])
def test_a_key_may_be_changed_again_where_the_first_time_left_traces(
    lasting_url: str, tmp_path: Path, old: str | None, new: str | None
) -> None:
    ciphers = (Cipher(old) if old else None, Cipher(new) if new else None)
    with closing(Store(lasting_url, key=old)) as store:
        fill(store)
    for _ in range(2):
        with closing(AsItLies(lasting_url)) as store:
            rekey(store, *ciphers)
    with closing(Store(lasting_url, key=new)) as store:
        assert as_seen(store)[0]["title"] == NAME


def test_without_any_key_there_is_nothing_to_be_done(lasting_url: str) -> None:
    with (
        closing(Store(lasting_url)),
        closing(AsItLies(lasting_url)) as store,
        pytest.raises(StateError, match="is not encrypted, and no key is given"),
    ):
        rekey(store, None, None)


def test_likenesses_are_given_another_key_block_by_block(lasting_url: str) -> None:
    """More rows than a page holds, several of each record."""
    rows = [
        {"entity": "person", "rule": rule, "block": f"b{rule}{n % 7}", "side": "a", "key": f"{n:04}", "text": f"t{n}"}
        for n in range(500)
        for rule in (0, 1)
    ]
    with closing(Store(lasting_url, key=KEY)) as store, store.transaction() as connection:
        store.upsert(connection, likenesses, rows)
    with closing(AsItLies(lasting_url)) as store:
        assert rekey(store, Cipher(KEY), Cipher(OTHER)) == 2 * len(rows)
    with closing(Store(lasting_url, key=OTHER)) as store:
        found = store.rows(sa.select(likenesses))
        assert sorted(map(repr, found)) == sorted(map(repr, rows))


@pytest.mark.parametrize("damaged", ["enc1:AAAA", "enc1:A", "enc1:" + "é" * 8])
@pytest.mark.parametrize("way", ["open", "open_match"])
def test_a_damaged_value_is_told_in_one_sentence(damaged: str, way: str) -> None:
    with pytest.raises(StateError, match="is damaged: it cannot be decrypted"):
        getattr(Cipher(KEY), way)(damaged)


def test_whatever_may_hold_a_value_is_encrypted() -> None:
    open_ = {
        f"{table.name}.{column.name}"
        for table in metadata.sorted_tables
        for column in table.c
        if not isinstance(column.type, sa.Integer | sa.Float | Sealed | SealedBytes | Matched)
    }
    assert open_ - HARMLESS == set()


def test_without_the_package_one_sentence_says_what_to_install(tmp_path: Path) -> None:
    code = (
        "import sys; sys.modules['cryptography'] = None\n"
        "from mapper.state import Store\n"
        "try: Store(sys.argv[1], key=sys.argv[2])\n"
        "except Exception as error: print(error)"
    )
    command = [sys.executable, "-c", code, f"sqlite:///{tmp_path / 'state.db'}", KEY]
    told = subprocess.run(command, capture_output=True, text=True, check=True).stdout
    assert "pip install 'mapper-sync[encryption]'" in told
