"""Records that were read without what the mapping did not look at: whoever shows or uses them says so."""

from __future__ import annotations

import pytest
import yaml

from tests.cli.shell import Shell

PAGES = {"resources": {"accounts": {"operations": {"list": {"page": {"per": 2}}}}}}
MAPPING = """
entity: company
about: Companies in two systems
sides: {koban: {resource: accounts}, cirrus: {resource: accounts}}
match: [email]
fields:
  name: {koban: Label, cirrus: name, required: true}
  email: {type: email, koban: EMail, cirrus: email}
  city: {koban: Address.City, cirrus: addresses.visiting.city}
"""
FILE = "mappings/company.yaml"


@pytest.fixture
def synced(shell: Shell) -> Shell:
    """A project whose run 1 read twenty companies of the third system, cut down to three of their members."""
    project = shell.folder / "mapper.yaml"
    data = yaml.safe_load(project.read_text(encoding="utf-8"))
    data["connections"]["cirrus"]["override"] = PAGES
    project.write_text(yaml.safe_dump({**data, "mappings": ["company"]}), encoding="utf-8")
    (shell.folder / FILE).write_text(MAPPING, encoding="utf-8")
    for number in range(20):
        email = "nobody at all" if number == 19 else f"c{number:02}@acme.example"
        about = {"name": f"Company {number:02}", "info": "a remark", "number": f"{number:02}"}
        ident = shell.cirrus.add("accounts", about)
        shell.cirrus.edit("accounts", ident, {"email": email, "addresses": {"visiting": {"city": "Lyon"}}})
    done = shell("sync")
    assert done.exit_code == 3, done.stderr
    return shell


def test_a_plan_says_which_way_records_were_read(synced: Shell) -> None:
    words = synced("plan").stdout
    assert "cirrus: records cut down to the members in use, " in words
    assert " of the first page, which came alike both ways" in words


def test_a_replay_of_the_same_members_goes_on(synced: Shell) -> None:
    synced.edit("cirrus: addresses.visiting.city", "cirrus: {path: addresses.visiting.city, read: upper}", FILE)
    assert synced.json("replay", "1", code=3)["fields"] == {"city": 19}


def test_a_replay_with_a_field_that_was_not_read_is_refused(synced: Shell) -> None:
    synced.edit("  city:", "  notes: {koban: Comments, cirrus: info}\n  city:", FILE)
    result = synced("replay", "1")
    assert result.exit_code == 2
    assert "the records of run 1 were read on cirrus without info, which the mapping now looks at" in result.stderr


def test_coverage_does_not_count_fields_that_were_not_read(synced: Shell) -> None:
    found = synced.json("coverage", "company", "--run", "1")
    assert {one["path"]: one["held"] for one in found["loose"]["cirrus"]}["info"] is None
    assert {one["field"]: one["given"] for one in found["rows"] if one["side"] == "cirrus"}["city"] == 20
    words = synced("coverage", "company", "--run", "1").stdout
    assert "how often they held a value is not known: no more was read than the mapping looks at" in words


def test_a_record_in_quarantine_says_that_it_was_not_read_whole(synced: Shell) -> None:
    [row] = synced.json("quarantine", "list")["quarantine"]
    words = synced("quarantine", "show", str(row["number"]), "--record").stdout
    assert "as it was read (no more was asked for than the mapping looks at):" in words
    assert "nobody at all" in words and "a remark" not in words
