"""`mapper replay`: a sync, an edit of the mapping, and what would have come out otherwise."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml

from tests.cli.shell import Shell

FILE = "mappings/company.yaml"


@pytest.fixture
def synced(shell: Shell) -> Shell:
    """A project whose run 1 created two companies and set a third aside."""
    shell.company("ACME", city="Paris")
    shell.company("Beta", city="Lyon")
    shell.company("Bad", siret="12345678900011")
    assert shell("sync", "company").exit_code == 3
    return shell


def upper(shell: Shell) -> None:
    shell.edit("koban: Address.City", "koban: {path: Address.City, read: upper}", FILE)


def test_with_the_same_mapping_nothing_differs(synced: Shell) -> None:
    result = synced("replay", "1")
    assert result.exit_code == 0
    assert result.stdout.endswith("run 1 of company: 3 records, 6 ways to other sides: nothing differs\n")


def test_what_fails_before_and_after_alike_is_told_with_the_first_reason(synced: Shell) -> None:
    words = "2 ways fail before and after alike; the first: siret: '12345678900011' is not a valid SIRET number"
    assert synced("replay", "1", "--live").stdout.splitlines()[:-1] == [words]
    hint = "(where a list of the catalogue is not complete: `mapper discover`, or --live)"
    assert synced("replay", "1").stdout.splitlines()[:-1] == [f"{words} {hint}"]


def test_what_fails_alike_is_counted_in_json_and_is_no_difference(synced: Shell) -> None:
    told = synced.json("replay", "1")
    assert (told["differing"], told["failing_alike"]) == (0, 2)
    assert told["first_failure"] == "siret: '12345678900011' is not a valid SIRET number"


def test_the_lists_of_the_catalogue_win_over_those_of_the_mapping(synced: Shell) -> None:
    whole = "lists:\n  values/202: {1: Prospect, 2: Client, 3: Fournisseur, 4: Partenaire}\n"
    (synced.folder / "catalogue").mkdir()
    (synced.folder / "catalogue/nicoka.yaml").write_text(whole, encoding="utf-8")
    draft = synced.folder / "draft.yaml"
    data = yaml.safe_load((synced.folder / FILE).read_text(encoding="utf-8"))
    assert "values/202" in data["lists"]["nicoka"]
    data["lists"]["nicoka"]["values/202"] = {"9": "Nothing else"}
    draft.write_text(yaml.safe_dump(data, allow_unicode=True), encoding="utf-8")
    told = synced.json("replay", "1", "--mapping", str(draft))
    assert (told["differing"], told["failing_alike"]) == (0, 2)


def test_one_record_and_one_way_are_told_as_one(shell: Shell) -> None:
    shell.company("ACME")
    assert shell("plan", "company").exit_code == 0
    assert "company: 1 record, 2 ways to other sides" in shell("replay", "last", "--entity", "company").stdout


def test_each_value_that_differs_is_told_with_its_rule(synced: Shell) -> None:
    upper(synced)
    result = synced("replay", "1")
    assert result.exit_code == 3
    assert 'city: "Paris" → "PARIS"  ' in result.stdout
    assert 'addresses.visiting.city: "Lyon" → "LYON"  ' in result.stdout
    assert "mappings/company.yaml:24:" in result.stdout
    assert "fields: city (4)\nrun 1 of company: 3 records, 6 ways to other sides: 4 differ\n" in result.stdout


def test_the_same_as_json(synced: Shell) -> None:
    upper(synced)
    told = synced.json("replay", "1", "--changes", "1", code=3)
    assert (told["records"], told["ways"], told["differing"], told["fields"]) == (3, 6, 4, {"city": 4})
    [row] = told["rows"]
    assert (row["source"], row["target"], row["before"], row["after"]) == ("koban", "nicoka", "written", "written")
    [difference] = row["differences"]
    assert (difference["path"], difference["before"], difference["after"]) == ("city", "Paris", "PARIS")


def test_an_edited_copy_is_compared_as_well(synced: Shell, tmp_path: Path) -> None:
    text = (synced.folder / FILE).read_text(encoding="utf-8")
    draft = tmp_path / "draft.yaml"
    draft.write_text(text.replace("nicoka: name1", "nicoka: {path: name1, write: lower}"), encoding="utf-8")
    told = synced.json("replay", "1", "--mapping", str(draft), code=3)
    assert told["fields"] == {"name": 2}
    assert synced("replay", "1").exit_code == 0


def test_a_record_that_fails_no_more_is_told(synced: Shell) -> None:
    synced.edit("siret: {type: siret", "siret: {type: text", FILE)
    result = synced("replay", "1")
    assert "    fails → written\n    before: siret: '12345678900011' is not a valid SIRET number\n" in result.stdout
    assert result.stdout.endswith(": 2 differ, 2 fail no more\n")


def test_a_record_that_fails_now_is_told_with_the_rule(synced: Shell) -> None:
    synced.edit("email: {type: email,", "email: {type: email, required: true,", FILE)
    told = synced.json("replay", "1", code=3)
    assert (told["failing_now"], told["failing_no_more"]) == (4, 0)
    problems = {problem for row in told["rows"] if row["before"] == "written" for problem in row["problems"]}
    assert all("mappings/company.yaml:" in words and "email: is required" in words for words in problems)


def test_a_record_that_is_left_alone_now_is_told(synced: Shell) -> None:
    synced.edit("koban: {resource: accounts}", "koban: {resource: accounts, where: \"{{ Label != 'ACME' }}\"}", FILE)
    told = synced.json("replay", "1", code=3)
    assert (told["left_now"], told["differing"]) == (2, 2)


def test_a_direction_that_goes_is_a_difference(synced: Shell) -> None:
    synced.edit("notes:", "notes:\n    direction: nicoka -> others", FILE)
    synced.edit("phone: {type: phone,", "phone: {type: phone, direction: cirrus -> others,", FILE)
    assert synced("replay", "1").exit_code == 0
    synced.edit("zip: {koban", "zip: {direction: cirrus -> others, koban", FILE)
    assert synced.json("replay", "1", code=3)["fields"] == {"zip": 4}


def test_the_records_of_a_plan_are_kept_too(shell: Shell) -> None:
    shell.company("ACME")
    assert shell("plan", "company").exit_code == 0
    upper(shell)
    assert shell.json("replay", "last", "--entity", "company", code=3)["records"] == 1


def test_a_replay_asks_no_vendor_and_writes_nothing(synced: Shell) -> None:
    upper(synced)
    before = [len(app.calls) for app in synced.sandboxes.values()]
    synced("replay", "1")
    assert [len(app.calls) for app in synced.sandboxes.values()] == before


def test_lists_may_be_asked_of_the_vendors(synced: Shell) -> None:
    result = synced("replay", "1", "--live")
    assert (result.exit_code, result.stderr) == (0, "")


def test_a_run_that_changed_nothing_kept_nothing(synced: Shell) -> None:
    synced.edit("siret: {type: siret", "siret: {type: text", FILE)
    for _ in range(2):
        synced("sync", "company")
    result = synced("replay", "3")
    assert result.exit_code == 2
    assert result.stderr.startswith("error: no records are kept of run 3: it changed nothing, or is older than ")


@pytest.mark.parametrize(
    ("args", "message"),
    [
        (("99",), "there is no run 99 (see `mapper runs`)"),
        (("one",), "'one' is no run (give its number, as in `mapper runs`, or `last`)"),
        (("last",), "`last` needs to be told of which entity (add --entity: company, person)"),
        (("last", "--entity", "person"), "no records are kept of any run of 'person'"),
        (("1", "--entity", "person"), "run 1 is about 'company', not 'person'"),
        (("1", "--entity", "compani"), "the project has no mapping of 'compani' (did you mean 'company'?)"),
        (("1", "--mapping", "none.yaml"), "none.yaml:1:1: cannot be read: No such file or directory"),
        (("1", "--mapping", "PERSON"), "run 1 is about 'company', and the mapping about 'person'"),
    ],
)
def test_wrong_use_is_told_with_what_to_do(synced: Shell, args: tuple[str, ...], message: str) -> None:
    given = [str(synced.folder / "mappings/person.yaml") if arg == "PERSON" else arg for arg in args]
    result = synced("replay", *given)
    assert (result.exit_code, result.stdout) == (2, "")
    assert result.stderr.startswith(f"error: {message}")


def test_a_mapping_with_a_mistake_is_told_at_its_place(synced: Shell) -> None:
    synced.edit("koban: Address.City", "koban: Address.Citty", FILE)
    result = synced("replay", "1")
    assert result.exit_code == 2
    assert "Address.Citty" in result.stderr
    assert "mappings/company.yaml:24:" in result.stderr
