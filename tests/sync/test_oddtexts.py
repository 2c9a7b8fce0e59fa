"""Names that databases stumble over: very long ones, and such with a NUL character."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.sync.world import PROJECT, World

COMPANY = """
entity: ENTITY
about: Companies of one system, in another.
sides:
  koban: {resource: accounts, role: source}
  nicoka: {resource: customers}
match: [name]
conflict: newest
fields:
  name: {koban: Label, nicoka: name1, required: true}
  email: {type: email, koban: EMail, nicoka: email}
"""


def odd(folder: Path, state: str, *, entity: str = "company") -> World:
    """Two systems, of which the first tells its records by their names."""
    world = World(folder, state=state)
    key = 'user_key: "${USER_KEY}"}'
    named = f"{key}\n    override: {{resources: {{accounts: {{key: Label}}}}}}"
    world.write("mapper.yaml", PROJECT.replace(key, named).replace("[company, person]", f"[{entity}]"))
    world.write(f"mappings/{entity}.yaml", COMPANY.replace("ENTITY", entity))
    return world


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("N" * 501, "its key has 501 characters, and the state keeps no more than 500 of one"),
        ("AC\x00ME", "its key has a NUL character in it, which no database keeps"),
    ],
    ids=["long", "NUL"],
)
def test_a_record_whose_key_cannot_be_kept_is_set_aside_and_the_others_go_on(
    tmp_path: Path, lasting_url: str, name: str, words: str
) -> None:
    world = odd(tmp_path, lasting_url)
    for one in ("First", name, "Last"):
        world.company(one)
    for _ in range(2):
        world.sync()
        assert world.causes() == [("koban", "rule", words)]
    assert sorted(row["name1"] for row in world.customers()) == ["First", "Last"]


def test_a_key_of_hundreds_of_characters_is_one_as_any_other(tmp_path: Path, lasting_url: str) -> None:
    world = odd(tmp_path, lasting_url)
    world.company("é" * 500)
    assert [world.sync().sides["nicoka"].created for _ in range(2)] == [1, 0]
    assert world.causes() == []


def test_an_entity_may_have_a_long_name(tmp_path: Path, lasting_url: str) -> None:
    entity = "company_" * 9
    world = odd(tmp_path, lasting_url, entity=entity)
    world.company("ACME")
    assert [world.sync(entity).sides["nicoka"].created for _ in range(2)] == [1, 0]
