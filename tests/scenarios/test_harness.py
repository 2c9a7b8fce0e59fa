"""The harness itself: a wrong expectation goes red and says where, and a scenario that says nothing is refused."""

from __future__ import annotations

from pathlib import Path

import pytest

from mapper.errors import SpecError
from mapper.spec.document import parse
from tests.scenarios.format import Mistake, Scenario, scenarios
from tests.scenarios.play import play
from tests.scenarios.runner import Wrong

FRAME = """\
about: One
mapping: pair
scenarios:
  - name: One
    steps:
{steps}
"""
CREATE = """
      - add: {{koban: {{acme: {{Label: ACME, Address.City: Lyon}}}}}}
      - sync: company
        expect: {{{expect}}}
"""
EDIT = """
      - add: {{koban: {{acme: {{Label: ACME, Address.City: Lyon}}}}}}
      - sync: company
      - edit: {{koban: {{acme: {{Address.City: Paris, EMail: info@acme.example}}}}}}
      - sync: company
        expect: {{{expect}}}
"""
CONFLICT = """
      - add: {{koban: {{acme: {{Label: ACME, Address.City: Lyon}}}}}}
      - sync: company
      - edit: {{koban: {{acme: {{Address.City: Paris}}}}, nicoka: {{acme: {{city: Nantes}}}}}}
      - sync: company
        expect: {{{expect}}}
"""
UNDONE = (
    EDIT.replace("expect: {{{expect}}}", "called: moved")
    + """
      - edit: {{nicoka: {{acme: {{city: Nantes}}}}}}
      - undo: {run}
        expect: {{{expect}}}
"""
)
PLANNED = """
      - add: {{koban: {{acme: {{Label: ACME, Address.City: Lyon}}}}}}
      - plan: company
        file: monday
      - {then}
      - sync: company
        file: monday
        expect: {{{expect}}}
"""


def read(text: str) -> Scenario:
    return scenarios(parse(text, "wrong.yaml"))[0]


def framed(steps: str) -> Scenario:
    return read(FRAME.format(steps=steps.strip("\n")))


WRONG = [
    (CREATE, "exit: 3", "exit: expected 3, found 0"),
    (CREATE, "error: no key", "error: expected 'no key', found 'no error'"),
    (CREATE, "writes: none", "writes: did not expect nicoka create ACME"),
    (CREATE, "writes: [nicoka create ACME, cirrus create ACME]", "writes: expected 'cirrus create ACME'"),
    (CREATE, "writes: [nicoka create ACME: {city: Paris}]", "city: expected 'Paris', found [None, 'Lyon']"),
    (CREATE, "writes: [nicoka create ACME: [phone]]", "expected phone, found ['city', 'name']"),
    (CREATE, "silent: true", "silent: expected no write, found nicoka POST /api/customers"),
    (CREATE, "calls: {nicoka: {POST: 2}}", "calls: nicoka: expected 2 × POST, found 1"),
    (CREATE, "calls: {koban: 0}", "calls: koban: expected 0, found 1"),
    (CREATE, "report: {nicoka: {created: 2}}", "report: nicoka: created: expected 2, found 1"),
    (CREATE, "outcome: planned", "outcome: expected planned, found done"),
    (CREATE, "killed: true", "the run was not cut off"),
    (CREATE, "links: {acme: koban}", "links: acme: expected koban, found ['koban nicoka']"),
    (CREATE, "sides: {nicoka: 2}", "sides: nicoka: expected 2, found 1 records"),
    (CREATE, "sides: {nicoka: [{city: Paris}]}", "city: expected 'Paris', found 'Lyon'"),
    (CREATE, "sides: {nicoka: [{city: null}]}", "city: expected None, found 'Lyon'"),
    (CREATE, "sides: {nicoka: [{city: Lyon}, {city: Lyon}]}", "no record is left"),
    (CREATE, "sides: {nicoka: {acme: {city: Paris}}}", "sides: nicoka: acme: city: expected 'Paris', found 'Lyon'"),
    (CREATE, "sides: {nicoka: {acme: gone}}", "sides: nicoka: acme is still there"),
    (CREATE, "sides: {nicoka: {other: {city: Lyon}}}", "sides: nicoka: there is no other"),
    (EDIT, "writes: [nicoka update ACME: [city]]", "expected the fields ['city']"),
    (EDIT, "writes: [nicoka update ACME: {city: Nantes, email: info@acme.example}]", "city: expected 'Nantes'"),
    (CONFLICT, "silent: true", "exit: expected 0, found 3"),
    (CONFLICT, "exit: 3, quarantine: none", "quarantine: did not expect koban conflict"),
    (CONFLICT, "exit: 3, quarantine: [koban conflict, nicoka rule]", "quarantine: expected 'nicoka rule'"),
    (CONFLICT, "exit: 3, quarantine: [koban conflict: Lyon, nicoka conflict]", "expected 'koban conflict' 'Lyon'"),
    (CREATE, "warnings: [a list]", "warnings: expected 'a list', found nothing else"),
    (CREATE, "told: [well quarantine]", "told: expected 'well quarantine', found nothing else"),
    (CREATE, "erased: [Lyon, Nantes]", "erased: 'Lyon' stands in the state still"),
    (CREATE, "refused: [city]", "refused: expected 'city', found nothing else"),
]


@pytest.mark.parametrize(("steps", "expect", "words"), WRONG, ids=[expect for _, expect, _ in WRONG])
def test_a_wrong_expectation_goes_red_and_says_where(tmp_path: Path, steps: str, expect: str, words: str) -> None:
    with pytest.raises(Wrong) as caught:
        play(framed(steps.format(expect=expect)), tmp_path)
    text = str(caught.value)
    assert words in text
    assert text.startswith("wrong.yaml:") and "(sync) of 'One'" in text


ACTS = [
    (UNDONE.format(run="moved", expect="exit: 3, refused: none"), "refused: did not expect company ACME"),
    (UNDONE.format(run="last", expect="exit: 3, writes: none"), "writes: did not expect nicoka update ACME"),
    (UNDONE.format(run="last", expect="sides: {nicoka: 1}"), "exit: expected 0, found 3"),
    (UNDONE.format(run="other", expect="exit: 0"), "no run is called 'other'; there are last, moved"),
    (PLANNED.format(then="wait: 1 h", expect="refused: [city]"), "refused: expected 'city', found nothing else"),
    (PLANNED.format(then="spoil: {monday: [Lyon, Nice]}", expect="exit: 2"), "was changed or cut off since"),
    (PLANNED.format(then="spoil: {monday: [Nantes, Nice]}", expect="exit: 2"), "'Nantes' does not stand in the plan"),
    (PLANNED.format(then="values: {koban: {1: {2: x}}}", expect="exit: 0"), "only nicoka has lists"),
]


@pytest.mark.parametrize(("steps", "words"), ACTS, ids=[words for _, words in ACTS])
def test_a_wrong_expectation_of_what_an_operator_does_goes_red(tmp_path: Path, steps: str, words: str) -> None:
    with pytest.raises((Mistake, Wrong)) as caught:
        play(framed(steps), tmp_path)
    assert words in str(caught.value)


COMPARED = """
      - add: {koban: {acme: {Label: ACME, Address.City: Lyon}}}
      - sync: company
      - mapping: {fields: {city: {nicoka: county}}}
      - beside: last
        expect: {exit: 3, differs: none}
"""
FORGOTTEN = """
      - add: {koban: {acme: {Label: ACME}, beta: {Label: Beta}}}
      - sync: company
      - forget: koban acme
        expect: {erased: [ACME, Beta]}
"""
ALERTED = """
      - project: {alerts: {command: [sh, -c, "cat >> told.jsonl; echo >> told.jsonl"]}}
      - add: {koban: {acme: {Label: ACME, OfficialNumber: "12345678900011"}}}
      - sync: company
        expect: {exit: 3, told: none}
"""


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        (COMPARED, "differs: did not expect nicoka ACME"),
        (FORGOTTEN, "erased: 'Beta' stands in the state still"),
        (ALERTED, "told: did not expect well quarantine"),
    ],
)
def test_what_is_compared_forgotten_and_told_is_looked_at(tmp_path: Path, steps: str, words: str) -> None:
    with pytest.raises(Wrong) as caught:
        play(framed(steps), tmp_path)
    assert words in str(caught.value)
    assert "erased: 'ACME'" not in str(caught.value)


def test_a_double_that_a_run_made_goes_red(tmp_path: Path) -> None:
    steps = """
      - add: {koban: {acme: {Label: ACME, Address.ZipCode: "69001"}}}
      - sync: company
      - delete: {koban: acme}
      - lose: state
      - add: {koban: {again: {Label: ACME, Address.ZipCode: "69002"}}}
      - sync: company
        expect: {sides: {nicoka: 2}}
      - edit: {nicoka: {again: {zipcode: "69001"}}}
    """
    with pytest.raises(Wrong, match="unique: nicoka holds two records with the same name and zip"):
        play(framed(steps), tmp_path)


def test_a_run_after_the_end_that_still_writes_goes_red(tmp_path: Path) -> None:
    steps = """
      - add: {koban: {acme: {Label: ACME}}}
      - sync: company
        expect: {sides: {nicoka: 1}}
      - edit: {koban: {acme: {Label: Moved}}}
    """
    with pytest.raises(Wrong, match="silent: one more run still writes: nicoka POST"):
        play(framed(steps), tmp_path)


def test_an_exception_that_was_not_needed_goes_red(tmp_path: Path) -> None:
    text = FRAME.format(steps=CREATE.format(expect="sides: {nicoka: 1}").strip("\n"))
    scenario = read(text.replace("  - name: One", "  - name: One\n    unless: {silent: because it is so}"))
    with pytest.raises(Wrong, match="silent: holds after all: take it out of `unless`"):
        play(scenario, tmp_path)


MISTAKES = [
    ("- sync: company\n        expects: {silent: true}", "wrong.yaml:7: 'expects' is not known here"),
    ("- sync: company\n        expect: {silence: true}", "wrong.yaml:7: 'silence' is not known here"),
    ("- sync: company\n        expect: {}", "wrong.yaml:7: nothing is expected"),
    ("- sync: company", "wrong.yaml:4: the scenario 'One' expects nothing"),
    ("- sink: company", "wrong.yaml:6: a step has exactly one of the words"),
    ("- {sync: company, plan: company}", "wrong.yaml:6: a step has exactly one of the words"),
    ("- {fault: {sugar: {kind: lost}}, expect: {}}", "'expect' is not known here"),
    ("- fault: {koban: {kind: lost, path: x, often: 2}}", "'often' is not known here"),
    ("- fault: {koban: {path: x}}", "'kind' is missing"),
]


@pytest.mark.parametrize(("steps", "words"), MISTAKES)
def test_what_a_scenario_may_not_say_is_told_at_its_line(steps: str, words: str) -> None:
    with pytest.raises(Mistake) as caught:
        framed(f"      {steps}")
    assert words in str(caught.value)


@pytest.mark.parametrize(
    ("steps", "words"),
    [
        ("- edit: {koban: {acme: {Label: X}}}\n      - {sync: company, expect: {silent: true}}", "no record of koban"),
        ("- add: {sugar: {acme: {Label: X}}}\n      - {sync: company, expect: {silent: true}}", "no table 'sugar'"),
        ("- wait: a while\n      - {sync: company, expect: {silent: true}}", "'a while' is no time"),
        ("- sync: company\n        expect: {calls: {koban: {TAKE: 1}}}", "'TAKE' is no call"),
        ("- {sync: company, expect: {report: {koban: {stolen: 1}}}}", "koban has no 'stolen'"),
        ("- {sync: company, expect: {sides: {koban people: {}, sugar: 1}}}", "there is no table 'sugar'"),
        ("- {retry: all, expect: {exit: 0}}", "nothing is in quarantine"),
    ],
)
def test_what_cannot_be_played_is_told_with_its_step(tmp_path: Path, steps: str, words: str) -> None:
    with pytest.raises((Mistake, Wrong)) as caught:
        play(framed(f"      {steps}"), tmp_path)
    assert words in str(caught.value)
    assert str(caught.value).startswith("wrong.yaml:")


def test_a_key_that_is_given_twice_is_told() -> None:
    with pytest.raises(SpecError, match="given twice"):
        read("about: One\nabout: Two\nscenarios: []")


def test_a_name_that_is_given_twice_is_told() -> None:
    step = "    steps:\n      - {sync: company, expect: {silent: true}}\n"
    with pytest.raises(Mistake, match="the name 'One' is given twice"):
        read(f"about: x\nscenarios:\n  - name: One\n{step}  - name: One\n{step}")


def test_an_exception_is_given_with_its_reason() -> None:
    step = "    steps:\n      - {sync: company, expect: {silent: true}}\n"
    with pytest.raises(Mistake, match="say in a sentence why 'silent'"):
        read(f"about: x\nscenarios:\n  - name: One\n    unless: {{silent: so}}\n{step}")
