"""The main job on each kind of Cirrus's records; under every choice it is done in tests/connectors/test_unknowns.py."""

from __future__ import annotations

import pytest

from mapper.connect import Draft
from mapper.sandbox.cirrus import Cirrus
from mapper.spec.load import load_connector
from tests.connectors.jobs.cirrus import KINDS, created, listed, opened


@pytest.mark.parametrize("kind", [kind for kind, (native, _, _) in KINDS.items() if "externalkey" in native])
def test_a_create_that_says_no_id_is_found_by_its_external_key(kind: str) -> None:
    app = Cirrus(samples=True, switches={"create_reply": "null"})
    with opened(app) as connection:
        outcome = created(connection, kind)
        assert (outcome.error, connection.get(kind, outcome.key)["externalkey"]) == (
            None,
            KINDS[kind][0]["externalkey"],
        )


@pytest.mark.parametrize("kind", ["activities", "articles", "leads", "opportunities", "orders", "quotes", "objects"])
def test_tags_are_replaced_whole(kind: str) -> None:
    with opened(Cirrus(samples=True)) as connection:
        listed(connection, "accounts")
        [record] = listed(connection, kind)
        key = connection.key_of(kind, record)
        [outcome] = connection.write(kind, [Draft("update", {"tags": ["Logiciel"]}, key=key)])
        assert outcome.error is None
        assert connection.get(kind, key)["tags"] == ["106"]


def test_every_list_of_choices_is_read() -> None:
    with opened(Cirrus(samples=True)) as connection:
        listed(connection, "accounts")
        for name in load_connector("cirrus").spec.lists:
            assert connection.table("accounts", name).labels, name
