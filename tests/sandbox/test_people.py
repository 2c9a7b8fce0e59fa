from __future__ import annotations

from collections import Counter
from typing import Any

import phonenumbers
import pytest
from email_validator import validate_email
from stdnum.be import vat as belgian_vat
from stdnum.fr import siret
from stdnum.fr import tva as french_vat
from stdnum.se import vat as swedish_vat

from mapper.records import fold
from mapper.sandbox.koban import Koban
from mapper.sandbox.people import INTERESTS, SECTORS, companies, persons

COMPANIES = list(companies(5000))
PERSONS = list(persons(5000, COMPANIES))
VAT = {"FR": french_vat, "SE": swedish_vat, "BE": belgian_vat}


def known(records: list[dict[str, Any]], key: str) -> list[Any]:
    return [record[key] for record in records if key in record]


def test_the_same_seed_gives_the_same_companies() -> None:
    assert list(companies(50, seed=3)) == list(companies(50, seed=3))


def test_another_seed_gives_other_companies() -> None:
    assert not {c["name"] for c in companies(50, seed=3)} & {c["name"] for c in companies(50, seed=4)}


def test_a_longer_list_begins_with_the_shorter_one() -> None:
    assert list(companies(50)) == COMPANIES[:50]


def test_the_same_seed_gives_the_same_persons() -> None:
    assert list(persons(50, COMPANIES)) == PERSONS[:50]


@pytest.mark.parametrize("key", ["siret", "vat", "email", "website", "phone"])
def test_what_identifies_a_company_is_unique(key: str) -> None:
    values = known(COMPANIES, key)
    assert len(set(values)) == len(values)


def test_names_differ_even_without_accents_and_case() -> None:
    assert len({fold(c["name"]) for c in COMPANIES}) == len(COMPANIES)


@pytest.mark.parametrize("key", ["email", "mobile"])
def test_what_identifies_a_person_is_unique(key: str) -> None:
    values = known(PERSONS, key)
    assert len(set(values)) == len(values)


def test_siret_numbers_are_valid() -> None:
    assert all(siret.is_valid(number) for number in known(COMPANIES, "siret"))


def test_vat_numbers_are_valid_in_their_country() -> None:
    assert all(VAT[c["country"]].is_valid(c["vat"]) for c in COMPANIES if "vat" in c)


def test_a_french_vat_number_ends_in_the_siren() -> None:
    french = [c for c in COMPANIES if "siret" in c and "vat" in c]
    assert all(c["vat"][4:] == c["siret"][:9] for c in french)


def test_phones_are_valid_and_french_ones_in_national_form() -> None:
    for number in [*known(COMPANIES, "phone"), *known(PERSONS, "phone"), *known(PERSONS, "mobile")]:
        assert phonenumbers.is_valid_number(phonenumbers.parse(number, "FR")), number
        assert number.startswith(("+46", "+32", "0"))


def test_mobiles_are_mobile_numbers() -> None:
    kinds = {phonenumbers.number_type(phonenumbers.parse(number, "FR")) for number in known(PERSONS, "mobile")}
    assert kinds == {phonenumbers.PhoneNumberType.MOBILE}


def test_emails_are_valid_and_on_a_reserved_domain() -> None:
    for email in [*known(COMPANIES, "email")[:300], *known(PERSONS, "email")[:300]]:
        assert validate_email(email, check_deliverability=False).domain.endswith(".example")


def test_all_three_countries_and_both_statuses_occur() -> None:
    assert {(c["country"], c["status"]) for c in COMPANIES} == {
        (country, status) for country in VAT for status in ("prospect", "client")
    }


def test_sectors_and_interests_are_the_declared_ones() -> None:
    labels = {label for labels in known(COMPANIES, "interests") for label in labels}
    assert (set(known(COMPANIES, "sector")), labels) == (set(SECTORS), set(INTERESTS))


@pytest.mark.parametrize(
    "key",
    ["vat", "email", "phone", "website", "sector", "interests", "notes", "newsletter", "premium", "signed", "staff"],
)
def test_an_optional_property_is_missing_in_some_companies(key: str) -> None:
    missing = 1 - len(known(COMPANIES, key)) / len(COMPANIES)
    assert 0.04 < missing < 0.55


def test_some_persons_have_no_company_and_the_others_an_existing_one() -> None:
    employed = known(PERSONS, "company")
    assert 0.8 < len(employed) / len(PERSONS) < 1.0
    assert all(0 <= index < len(COMPANIES) for index in employed)


def test_persons_without_any_company_are_possible() -> None:
    assert all("company" not in person for person in persons(20, []))


def flaw(company: dict[str, Any], sirets: Counter[str]) -> str:
    """What is wrong with a company, if anything."""
    number = company.get("siret", "")
    if number and not siret.is_valid(number):
        return "siret"
    if company.get("phone") == "06 12":
        return "phone"
    if "@" not in company.get("email", "@"):
        return "email"
    return "twice" if sirets[number] > 1 else ""


def test_flaws_of_every_kind_are_spread_over_the_list() -> None:
    flawed = list(companies(200, flaws=8))
    sirets = Counter(known(flawed, "siret"))
    found = {index: kind for index, company in enumerate(flawed) if (kind := flaw(company, sirets))}
    # Of a SIRET that occurs twice, the first owner is a good record.
    assert Counter(found.values()) == {"siret": 2, "phone": 2, "email": 2, "twice": 4}
    assert min(found) < 50 and max(found) > 150


def test_flaws_leave_the_other_records_alone() -> None:
    changed = [a for a, b in zip(companies(200, flaws=8), companies(200), strict=True) if a != b]
    assert len(changed) == 8


def test_a_vendor_takes_them_all_flawed_or_not() -> None:
    app = Koban()
    made = list(companies(300, flaws=12))
    guids = [app.add_company(company) for company in made]
    for person in persons(300, made):
        app.add_person(person, guids[person["company"]] if "company" in person else None)
    assert {name: len(rows) for name, rows in app.data().items()} == {"ncThird": 300, "ncContact": 300}
