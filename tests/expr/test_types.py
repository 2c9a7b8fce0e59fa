"""Types read, write, compare and store; the tables say what and the properties say that nothing is lost."""

from __future__ import annotations

import json
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mapper.errors import RuleError
from mapper.expr import TYPES, Form, Type
from mapper.records import ABSENT, CLEAR

PARIS = "Europe/Paris"
STOCKHOLM = "Europe/Stockholm"
FORMS = [(found, form) for found in TYPES.values() for form in found.forms]
NAMES = [f"{found.name}-{form}" for found, form in FORMS]

each_type = pytest.mark.parametrize("found", TYPES.values(), ids=lambda found: found.name)
each_form = pytest.mark.parametrize(("found", "form"), FORMS, ids=NAMES)


def moment(*parts: int) -> datetime:
    return datetime(*parts, tzinfo=UTC)


def test_the_types_are_these() -> None:
    names = """text number decimal flag date datetime duration email phone country language currency
        siret siren vat iban url money person address choice set ref"""
    assert " ".join(TYPES) == " ".join(names.split())


@each_type
def test_a_type_reads_its_examples(found: Type) -> None:
    read = found.reader(Form())
    assert [read(native) for native, _ in found.examples] == [canonical for _, canonical in found.examples]


@each_form
@pytest.mark.parametrize(
    ("native", "canonical"),
    [(ABSENT, ABSENT), (None, None), ("", None), ("  ", None), ("\u00a0\n", None), (CLEAR, None)],
)
def test_a_missing_value_is_read_as_missing(found: Type, form: str, native: Any, canonical: Any) -> None:
    # A field for a cross is the one place where a blank says something.
    expected = False if (found.name, form) == ("flag", "x") and isinstance(native, str) else canonical
    assert found.reader(Form(form))(native) is expected


@each_form
def test_a_type_says_what_a_blank_means(found: Type, form: str) -> None:
    assert found.reader(Form(form))(" ") is found.blank(Form(form))


@each_form
@pytest.mark.parametrize(("canonical", "native"), [(ABSENT, ABSENT), (None, CLEAR), (CLEAR, CLEAR)])
def test_a_missing_value_is_written_as_missing(found: Type, form: str, canonical: Any, native: Any) -> None:
    assert found.writer(Form(form))(canonical) is native


@each_type
@pytest.mark.parametrize("missing", [ABSENT, None])
def test_a_missing_value_is_compared_and_stored_as_it_is(found: Type, missing: Any) -> None:
    assert (found.key(missing), found.dump(missing), found.load(missing)) == (missing, missing, missing)


@each_form
def test_a_form_may_be_named_or_left_out(found: Type, form: str) -> None:
    found.reader(Form(form))
    found.writer(Form(form))
    assert found.forms[0] in found.forms


@each_type
def test_an_unknown_form_is_refused(found: Type) -> None:
    with pytest.raises(ValueError, match=f"the type {found.name} has no form 'wrong'"):
        found.reader(Form("wrong"))


def test_a_misspelt_form_is_recognised() -> None:
    with pytest.raises(ValueError, match="did you mean msdate"):
        TYPES["date"].writer(Form("msdates"))


READS = [
    ("text", Form(), "  a  b \n", "a  b"),
    ("text", Form(), "e\u0301te\u0301", "été"),
    ("text", Form(), 42, "42"),
    ("text", Form(), 2.50, "2.5"),
    ("text", Form(), 3.0, "3"),
    ("text", Form("html"), "<p>a &amp; b</p><p>c</p>", "a & b\nc"),
    ("text", Form("html"), "<p>&nbsp;</p>", None),
    ("text", Form("escaped"), " R&amp;D &lt;Lyon&gt;\n", "R&D <Lyon>"),
    ("text", Form("escaped"), "&nbsp;", None),
    ("number", Form(), 7, 7),
    ("number", Form(), 7.0, 7),
    ("number", Form(), Decimal("7.0"), 7),
    ("number", Form(), " -07 ", -7),
    ("number", Form("text"), "7", 7),
    ("decimal", Form(), 1, Decimal(1)),
    ("decimal", Form(), 0.1, Decimal("0.1")),
    ("decimal", Form(), 3240.000244140625, Decimal("3240.000244140625")),
    ("decimal", Form(), "12.50", Decimal("12.50")),
    ("decimal", Form(), Decimal("1.1"), Decimal("1.1")),
    ("decimal", Form("cents"), 3240.000244140625, Decimal("3240.00")),
    ("decimal", Form("cents"), 0.125, Decimal("0.13")),
    ("decimal", Form("cents"), -0.125, Decimal("-0.13")),
    ("decimal", Form("comma"), "1 234,56", Decimal("1234.56")),
    ("decimal", Form("comma"), "1\u202f234\u00a0567,5", Decimal("1234567.5")),
    ("decimal", Form("comma"), "-1234,56", Decimal("-1234.56")),
    ("decimal", Form("comma"), 12.5, Decimal("12.5")),
    *[("flag", Form(), native, True) for native in (True, 1, 1.0, "1", "true", "TRUE", "oui", "ja", "yes", "O", "on")],
    *[("flag", Form(), native, False) for native in (False, 0, "0", "false", "non", "Nej", "no", "N", "off")],
    ("date", Form(), "2026-01-31", date(2026, 1, 31)),
    ("date", Form(zone=PARIS), "2026-01-30T23:30:00Z", date(2026, 1, 31)),
    ("date", Form(zone=PARIS), "2026-01-31T00:00:00", date(2026, 1, 31)),
    ("date", Form(), date(2026, 1, 31), date(2026, 1, 31)),
    ("date", Form(zone=PARIS), moment(2026, 1, 30, 23, 30), date(2026, 1, 31)),
    ("date", Form(), "0001-01-01T00:00:00", None),
    ("date", Form(), "0000-00-00", None),
    ("date", Form("dmy"), "31/01/2026", date(2026, 1, 31)),
    ("date", Form("dmy"), "00/00/0000", None),
    ("date", Form("dmy"), "01/01/0001", None),
    ("date", Form("dmy"), date(2026, 1, 31), date(2026, 1, 31)),
    ("date", Form("epoch", zone=PARIS), 1769814000, date(2026, 1, 31)),
    ("date", Form("epoch"), 0, None),
    ("date", Form("msdate", zone=PARIS), "/Date(1769814000000)/", date(2026, 1, 31)),
    ("date", Form("msdate", zone=PARIS), "/Date(-62135600400000)/", None),
    ("datetime", Form(), "2026-01-31T14:30:00Z", moment(2026, 1, 31, 14, 30)),
    ("datetime", Form(), "2026-01-31T14:30:00.123456789Z", moment(2026, 1, 31, 14, 30, 0, 123456)),
    ("datetime", Form(), "2026-01-31T14:30:00.5+0100", moment(2026, 1, 31, 13, 30, 0, 500000)),
    ("datetime", Form(), "2026-01-31 14:30+01", moment(2026, 1, 31, 13, 30)),
    ("datetime", Form(zone=PARIS), "2026-01-31T14:30:00", moment(2026, 1, 31, 13, 30)),
    ("datetime", Form(zone=PARIS), "2026-01-31", moment(2026, 1, 30, 23)),
    ("datetime", Form(), "0001-01-01T00:00:00", None),
    ("datetime", Form(), "0000-00-00 00:00:00", None),
    ("datetime", Form("wall", zone=STOCKHOLM), "2026-06-30 14:30:00", moment(2026, 6, 30, 12, 30)),
    ("datetime", Form("wall", zone=STOCKHOLM), "0000-00-00 00:00:00", None),
    # Clocks go forward at 02:00: 02:30 does not exist and is 03:30. They go back at 03:00: 02:30 is there twice.
    ("datetime", Form("wall", zone=PARIS), "2026-03-29 02:30:00", moment(2026, 3, 29, 1, 30)),
    ("datetime", Form("wall", zone=PARIS), "2026-10-25 02:30:00", moment(2026, 10, 25, 0, 30)),
    ("datetime", Form("epoch"), 1452170049, moment(2016, 1, 7, 12, 34, 9)),
    ("datetime", Form("epoch"), 1452170049.655, moment(2016, 1, 7, 12, 34, 9, 655000)),
    ("datetime", Form("epoch"), 0.0, None),
    ("datetime", Form("epoch"), -62135596800, None),
    ("datetime", Form("epoch_ms"), 1452170049655, moment(2016, 1, 7, 12, 34, 9, 655000)),
    ("datetime", Form("msdate"), "/Date(1452170049655)/", moment(2016, 1, 7, 12, 34, 9, 655000)),
    ("datetime", Form("msdate"), r"\/Date(1452170049655+0100)\/", moment(2016, 1, 7, 12, 34, 9, 655000)),
    ("datetime", Form("msdate"), "/Date(-3600000)/", moment(1969, 12, 31, 23)),
    ("datetime", Form("msdate"), "/Date(-62135596800000)/", None),
    ("datetime", Form("wall"), moment(2026, 1, 1), moment(2026, 1, 1)),
    ("datetime", Form(zone=PARIS), datetime(2026, 1, 1), moment(2025, 12, 31, 23)),
    ("number", Form("fr"), "1\u202f234", 1234),
    ("number", Form("de"), "-1.234", -1234),
    ("decimal", Form("fr"), "1\u00a0234,56", Decimal("1234.56")),
    ("decimal", Form("sv"), "\u22121234,5", Decimal("-1234.5")),
    ("decimal", Form("de"), "1.234,56", Decimal("1234.56")),
    ("decimal", Form("de"), "1.234", Decimal(1234)),
    ("decimal", Form("en"), "1,234.56", Decimal("1234.56")),
    ("decimal", Form("en"), "1234.56", Decimal("1234.56")),
    *[("flag", Form(), native, True) for native in ("x", "X", "vrai", "V", "sant", "t", "j", "✓")],
    *[("flag", Form(), native, False) for native in ("faux", "F", "falskt")],
    ("flag", Form("x"), "", False),
    ("date", Form("%d.%m.%Y"), "1.2.2026", date(2026, 2, 1)),
    ("date", Form("%Y%m%d"), "20260201", date(2026, 2, 1)),
    ("date", Form("%d/%m/%y"), "01/02/69", date(1969, 2, 1)),
    ("date", Form("%d/%m/%y"), "01/02/68", date(2068, 2, 1)),
    ("date", Form("%Y-%j"), "2026-032", date(2026, 2, 1)),
    ("date", Form("%d/%m/%Y %H:%M", zone=PARIS), "01/02/2026 00:30", date(2026, 2, 1)),
    ("date", Form("%d/%m/%Y"), "00/00/0000", None),
    ("date", Form("%d/%m/%Y"), date(2026, 2, 1), date(2026, 2, 1)),
    ("date", Form("%d/%m/%Y", zone=PARIS), moment(2026, 1, 31, 23, 30), date(2026, 2, 1)),
    ("datetime", Form("%d/%m/%Y %H:%M", zone=PARIS), "01/02/2026 01:00", moment(2026, 2, 1)),
    ("datetime", Form("%d/%m/%Y %I:%M %p"), "01/02/2026 12:30 am", moment(2026, 2, 1, 0, 30)),
    ("datetime", Form("%Y-%m-%dT%H:%M%z", zone=PARIS), "2026-02-01T01:00+0200", moment(2026, 1, 31, 23)),
    ("datetime", Form("%Y-%m-%d %H:%M:%S.%f"), "2026-02-01 00:00:00.5", moment(2026, 2, 1, 0, 0, 0, 500000)),
    # As above: the hour that clocks skip, and the hour that they show twice.
    ("datetime", Form("%d/%m/%Y %H:%M", zone=PARIS), "29/03/2026 02:30", moment(2026, 3, 29, 1, 30)),
    ("datetime", Form("%d/%m/%Y %H:%M", zone=PARIS), "25/10/2026 02:30", moment(2026, 10, 25, 0, 30)),
    ("duration", Form(), "PT90M", 5400),
    ("duration", Form(), "pt0.5h", 1800),
    ("duration", Form(), "P2W", 1_209_600),
    ("duration", Form("clock"), "1:30", 5400),
    ("duration", Form("clock"), "01:30:05", 5405),
    ("duration", Form("clock"), "-100:00", -360_000),
    ("duration", Form("hours"), 1.6666666667, 6000),
    ("duration", Form("hours"), "1.5", 5400),
    ("duration", Form("minutes"), 90, 5400),
    ("duration", Form("seconds"), 0.5, 1),
    ("iban", Form(), "fr14 2004 1010 0505 0001 3m02 606", "FR1420041010050500013M02606"),
    ("money", Form(), "1234.56 EUR", {"amount": Decimal("1234.56"), "currency": "EUR"}),
    ("money", Form(), "sek 100", {"amount": Decimal(100), "currency": "SEK"}),
    ("money", Form(), "€ 12,50", {"amount": Decimal("12.50"), "currency": "EUR"}),
    ("money", Form(), "1 234,50 €", {"amount": Decimal("1234.50"), "currency": "EUR"}),
    ("money", Form(), "1.234,50 EUR", {"amount": Decimal("1234.50"), "currency": "EUR"}),
    ("money", Form(), "1,234.50 USD", {"amount": Decimal("1234.50"), "currency": "USD"}),
    ("money", Form(), "1,234,567 USD", {"amount": Decimal(1234567), "currency": "USD"}),
    ("money", Form("amount", currency="SEK"), 12.5, {"amount": Decimal("12.5"), "currency": "SEK"}),
    ("money", Form("minor"), 1250, {"amount": Decimal("12.50"), "currency": "EUR"}),
    ("money", Form("minor", currency="JPY"), "1250", {"amount": Decimal(1250), "currency": "JPY"}),
    ("money", Form("minor", currency="KWD"), 1250, {"amount": Decimal("1.250"), "currency": "KWD"}),
    ("money", Form("object"), {"amount": "1.5", "currency": "sek"}, {"amount": Decimal("1.5"), "currency": "SEK"}),
    ("money", Form("object", currency="SEK"), {"amount": 1}, {"amount": Decimal(1), "currency": "SEK"}),
    ("money", Form("object"), {"amount": None, "currency": "EUR"}, None),
    ("address", Form(), {"zip": 75002, "city": " ", "country": "Suède", "x": 1}, {"zip": "75002", "country": "SE"}),
    ("address", Form(), {"street": "", "x": 1}, None),
    ("email", Form(), " Anna.B@ACME.FR ", "Anna.B@acme.fr"),
    ("email", Form(), "a@acme.test", "a@acme.test"),
    ("email", Form(), "a@acme.example", "a@acme.example"),
    ("phone", Form(), "01.42.68.53.00", "+33142685300"),
    ("phone", Form(country="SE"), "08-508 290 00", "+46850829000"),
    ("phone", Form(), "0046 8 508 290 00", "+46850829000"),
    ("country", Form(), "fr", "FR"),
    ("country", Form("name"), "SWE", "SE"),
    ("country", Form(), "etats-unis", "US"),
    ("country", Form(), "Förenta Staterna", "US"),
    ("country", Form(), "UK", "GB"),
    ("country", Form(), "Côte d’Ivoire", "CI"),
    ("country", Form(), "Pays Bas", "NL"),
    ("country", Form(), "Tyskland", "DE"),
    ("country", Form(), "Republic of Korea", "KR"),
    ("language", Form(), "FR", "fr"),
    ("language", Form(), "sv-SE", "sv"),
    ("language", Form(), "swe", "sv"),
    ("language", Form("name"), "Anglais", "en"),
    ("currency", Form(), "sek", "SEK"),
    ("currency", Form(), "€", "EUR"),
    ("siret", Form(), "732 829 320 00074", "73282932000074"),
    ("siret", Form(), 73282932000074, "73282932000074"),
    ("siren", Form(), "732\u00a0829\u00a0320", "732829320"),
    ("vat", Form(), "fr 40 303 265 045", "FR40303265045"),
    ("vat", Form(), "SE556703748501", "SE556703748501"),
    ("url", Form(), "ACME.fr", "https://acme.fr"),
    ("url", Form(), "http://ACME.fr/", "http://acme.fr"),
    ("url", Form(), "https://acme.fr/Page/?q=A#x", "https://acme.fr/Page/?q=A#x"),
    ("url", Form("bare"), "acme.fr:8080/x", "https://acme.fr:8080/x"),
    ("url", Form(), "//acme.fr", "https://acme.fr"),
    ("url", Form(), "http://[::1]:80/", "http://[::1]"),
    ("choice", Form(), " Client ", "Client"),
    ("choice", Form(), 3, "3"),
    ("set", Form(), ["Vente", " vente", None, "", "Achat", 3], ["Vente", "Achat", "3"]),
    ("set", Form(), "Vente", ["Vente"]),
    ("set", Form(), [], []),
    ("ref", Form(), 17, "17"),
]


@pytest.mark.parametrize(("name", "form", "native", "canonical"), READS)
def test_a_value_is_read(name: str, form: Form, native: Any, canonical: Any) -> None:
    found = TYPES[name].reader(form)(native)
    assert (found, type(found)) == (canonical, type(canonical))


WRITES = [
    ("text", Form(), "a & b", "a & b"),
    ("text", Form("html"), "a & b\nc", "a &amp; b<br>c"),
    ("text", Form("escaped"), "a & b", "a & b"),
    ("text", Form(length=3), "abc", "abc"),
    ("number", Form(), 7, 7),
    ("number", Form("text"), 7, "7"),
    ("decimal", Form(), Decimal("12.50"), 12.5),
    ("decimal", Form(), Decimal("12.00"), 12),
    ("decimal", Form("text"), Decimal("1.50E+3"), "1500"),
    ("decimal", Form("comma"), Decimal("-1234.560"), "-1234,56"),
    ("decimal", Form("cents"), Decimal("0.125"), 0.13),
    ("flag", Form(), True, True),
    ("flag", Form("int"), True, 1),
    ("flag", Form("text"), False, "false"),
    ("flag", Form("on"), False, "off"),
    ("date", Form(), date(2026, 1, 31), "2026-01-31"),
    ("date", Form("dmy"), date(926, 1, 31), "31/01/0926"),
    ("date", Form("epoch", zone=PARIS), date(2026, 1, 31), 1769814000),
    ("date", Form("msdate", zone=PARIS), date(2026, 1, 31), "/Date(1769814000000)/"),
    ("datetime", Form(), moment(2026, 1, 31, 14, 30), "2026-01-31T14:30:00Z"),
    ("datetime", Form(), moment(2026, 1, 31, 14, 30, 0, 500000), "2026-01-31T14:30:00.500000Z"),
    ("datetime", Form("wall", zone=STOCKHOLM), moment(2026, 6, 30, 12, 30), "2026-06-30 14:30:00"),
    ("datetime", Form("epoch"), moment(2016, 1, 7, 12, 34, 9), 1452170049),
    ("datetime", Form("epoch"), moment(2016, 1, 7, 12, 34, 9, 655000), 1452170049.655),
    ("datetime", Form("epoch_ms"), moment(2016, 1, 7, 12, 34, 9, 655999), 1452170049655),
    ("datetime", Form("msdate"), moment(1969, 12, 31, 23), "/Date(-3600000)/"),
    ("email", Form(), "Anna@acme.fr", "Anna@acme.fr"),
    ("phone", Form(), "+33142685300", "+33142685300"),
    ("phone", Form("international"), "+33142685300", "+33 1 42 68 53 00"),
    ("phone", Form("national"), "+33142685300", "01 42 68 53 00"),
    ("phone", Form("national", country="SE"), "+33142685300", "+33 1 42 68 53 00"),
    ("country", Form(), "SE", "SE"),
    ("country", Form("alpha3"), "SE", "SWE"),
    ("country", Form("name"), "SE", "Suède"),
    ("country", Form("name", language="sv"), "FR", "Frankrike"),
    ("country", Form("name", language="en"), "KR", "South Korea"),
    ("language", Form("name", language="sv"), "fr", "Franska"),
    ("url", Form("bare"), "https://acme.fr/x", "acme.fr/x"),
    ("set", Form(), ["b", "a"], ["b", "a"]),
    ("number", Form("fr"), 1234567, "1 234 567"),
    ("decimal", Form("fr"), Decimal("1234.50"), "1 234,5"),
    ("decimal", Form("sv"), Decimal("-123456"), "-123 456"),
    ("decimal", Form("de"), Decimal("1234.56"), "1.234,56"),
    ("decimal", Form("en"), Decimal("1234567.8"), "1,234,567.8"),
    ("flag", Form("oui"), True, "oui"),
    ("flag", Form("ja"), False, "nej"),
    ("flag", Form("yes"), False, "no"),
    ("flag", Form("Y"), True, "Y"),
    ("flag", Form("x"), True, "x"),
    ("flag", Form("x"), False, ""),
    ("date", Form("%d.%m.%Y"), date(926, 2, 1), "01.02.0926"),
    ("date", Form("%d/%m/%Y 100%%"), date(2026, 2, 1), "01/02/2026 100%"),
    ("datetime", Form("%d/%m/%Y %I:%M %p", zone=PARIS), moment(2026, 2, 1, 12), "01/02/2026 01:00 PM"),
    ("datetime", Form("%Y-%m-%dT%H:%M%z", zone=PARIS), moment(2026, 2, 1), "2026-02-01T01:00+0100"),
    ("duration", Form(), 5400, "PT1H30M"),
    ("duration", Form(), 0, "PT0S"),
    ("duration", Form(), -90000, "-PT25H"),
    ("duration", Form("clock"), 5400, "01:30:00"),
    ("duration", Form("hours"), 6000, 1.6667),
    ("duration", Form("minutes"), 5400, 90),
    ("iban", Form("spaced"), "FR1420041010050500013M02606", "FR14 2004 1010 0505 0001 3M02 606"),
    ("money", Form(), {"amount": Decimal("12.50"), "currency": "EUR"}, "12.5 EUR"),
    ("money", Form("amount"), {"amount": Decimal("12.50"), "currency": "EUR"}, 12.5),
    ("money", Form("minor"), {"amount": Decimal("12.50"), "currency": "EUR"}, 1250),
    ("money", Form("object"), {"amount": Decimal("12.50"), "currency": "EUR"}, {"amount": 12.5, "currency": "EUR"}),
    (
        "address",
        Form(),
        {"zip": "75002", "country": "FR"},
        {"street": None, "zip": "75002", "city": None, "region": None, "country": "FR"},
    ),
]


@pytest.mark.parametrize(("name", "form", "canonical", "native"), WRITES)
def test_a_value_is_written(name: str, form: Form, canonical: Any, native: Any) -> None:
    found = TYPES[name].writer(form)(canonical)
    assert (found, type(found)) == (native, type(native))


REFUSED = [
    *[("text", Form(), native) for native in (True, {"a": 1}, ["a"], float("nan"))],
    ("text", Form(), "a" + "\u0315\u0300" * 20_000),
    *[("number", Form(), native) for native in (1.5, "1.5", "a", True, [1], "9" * 41, 10**40, float("inf"), "１２")],
    *[("number", Form(), native) for native in (Decimal("NaN"), Decimal("1E+999999"), "1_0")],
    *[("decimal", Form(), native) for native in ("1,5", "a", True, "NaN", float("nan"), "1e999", Decimal("sNaN"))],
    *[("decimal", Form("comma"), native) for native in ("1.234,56", "12 34,5", "1,2,3", ",5", "a")],
    *[("flag", Form(), native) for native in (2, "peut-être", [], 0.5)],
    *[("date", Form(), native) for native in ("31/01/2026", "2026-02-30", "2026-1-1", 20260131, "20260131", True)],
    *[("date", Form("dmy"), native) for native in ("2026-01-31", "1/1/2026", "31/02/2026", 5)],
    *[("date", Form("epoch"), native) for native in ("1452170049", True, "2026-01-31")],
    *[("datetime", Form(), native) for native in ("hier", "2026-01-31T25:00:00", 1452170049, "2026-02-30", "2026-01")],
    ("datetime", Form(), "2026-01-31T14:30:00+01:"),
    *[("datetime", Form("wall"), native) for native in ("2026-01-31T14:30:00", "2026-01-31", "2026-02-30 00:00:00")],
    *[("datetime", Form("epoch"), native) for native in ("5", True, float("nan"), float("inf"), 1e300, 10**500)],
    ("datetime", Form("epoch"), Decimal("1E+999999")),
    ("datetime", Form("epoch_ms"), 253402300800000),
    *[("datetime", Form("msdate"), native) for native in ("/Date(x)/", 5, "/Date(999999999999999)/", "Date(5)")],
    *[("email", Form(), native) for native in ("a", "a@localhost", "a b@acme.fr", "A <a@acme.fr>", "a@acme..fr", 5)],
    *[("phone", Form(), native) for native in ("12", "abc", "01 42 68 53 00 ext. 5", "+33", {"a": 1}, "9" * 500)],
    *[("country", Form(), native) for native in ("XX", "Atlantide", 5, "F", "FRX")],
    *[("language", Form(), native) for native in ("xx", "klingonska", "fr-", 5)],
    *[("currency", Form(), native) for native in ("EURO", "ZZZ", "$", "12")],
    *[("siret", Form(), native) for native in ("73282932000075", "732829320", "abc", True)],
    *[("siren", Form(), native) for native in ("732829321", "7328")],
    *[("vat", Form(), native) for native in ("40303265045", "FR40303265046", "XX1", "F", "US123")],
    *[("url", Form(), native) for native in ("acme", "javascript:alert(1)", "mailto:a@acme.fr", "a b.fr", "https://")],
    *[("url", Form(), native) for native in ("https://me:pw@acme.fr", "http://[", "http://a.fr:x", "x" * 3000 + ".fr")],
    *[("set", Form(), native) for native in ([{"a": 1}], [True], {"a": 1})],
    *[("decimal", Form("fr"), native) for native in ("1.234,56", "1 23,4", "12.5")],
    *[("decimal", Form("de"), native) for native in ("1.23", "1 234,5", "1.234.5", "1,234.5")],
    *[("decimal", Form("en"), native) for native in ("12,50", "1.234,5")],
    *[("date", Form("%d/%m/%Y"), native) for native in ("2026-02-01", "31/02/2026", "1/2/26", 5, "1/2/2026 x")],
    *[("date", Form("%Y%m%d"), native) for native in ("2026121", "2026-12-01")],
    *[("date", Form("%Y-%j"), native) for native in ("2026-366", "2026-000")],
    ("datetime", Form("%d/%m/%Y %I:%M %p"), "01/02/2026 13:00 pm"),
    *[("duration", Form(), native) for native in ("P1Y", "PT", "P", "1:30", 90, "PT1H30", "P1M", "PT999999999999H")],
    *[("duration", Form("clock"), native) for native in ("1:60", "1", "1:30:60", 90, "PT1H")],
    *[("duration", Form("hours"), native) for native in ("1:30", True, 10**12, "9" * 40)],
    *[("iban", Form(), native) for native in ("FR1520041010050500013M02606", "FR14", 5, "X" * 500)],
    *[("money", Form(), native) for native in (12.5, "12.5", "1,234 USD", "12.5 $", "12 kr", "EUR 5 EUR", "EUR")],
    *[("money", Form(), native) for native in ("1.2.3 EUR", "1,2,3 EUR", "5 XYZ", "1 23 EUR", {"amount": 1})],
    *[("money", Form("minor"), native) for native in (12.5, "a")],
    *[("money", Form("object"), native) for native in ("5 EUR", {"amount": 5, "currency": "x"}, {"amount": "a"})],
    *[("address", Form(), native) for native in ("1 rue de la Paix", [1], {"country": "Atlantide"}, {"zip": [1]})],
    ("choice", Form(), ["a"]),
    ("ref", Form(), {"id": 1}),
]


@pytest.mark.parametrize(("name", "form", "native"), REFUSED)
def test_a_value_that_does_not_fit_is_refused(name: str, form: Form, native: Any) -> None:
    with pytest.raises(RuleError) as caught:
        TYPES[name].reader(form)(native)
    assert len(caught.value.message) < 250


@pytest.mark.parametrize(
    ("name", "form", "canonical", "message"),
    [
        ("text", Form(length=3), "abcd", "'abcd' has 4 characters, 3 are allowed"),
        ("text", Form("html", length=6), "a & b", "has 9 characters"),
        ("decimal", Form(), Decimal("1234567890123456.789"), "more digits than a JSON number keeps"),
        ("date", Form(), "2026-01-31", "is not a date"),
        ("datetime", Form(), datetime(2026, 1, 31), "is not a moment"),
        ("datetime", Form("wall", zone="Pacific/Auckland"), datetime.max.replace(tzinfo=UTC), "outside the calendar"),
        ("country", Form("alpha3"), "XX", "is not a country"),
        ("country", Form("name"), "XX", "is not a country"),
        ("language", Form("name"), "xx", "is not a language"),
        ("set", Form(), "a", "is not a list"),
        ("date", Form("%d/%m/%y"), date(1968, 1, 1), "the year 1968 cannot be written with two digits"),
        ("datetime", Form("%Y-%m-%d %H:%M%z", zone=PARIS), moment(1900, 1, 1), "not set by whole minutes"),
        ("money", Form("amount"), {"amount": 1, "currency": "SEK"}, "1 SEK cannot be written where amounts are in EUR"),
        ("money", Form("minor"), {"amount": Decimal("0.005"), "currency": "EUR"}, "no whole number of the smallest"),
        ("money", Form(), {"amount": 1}, "lacks its currency"),
        ("address", Form(), "x", "is not a record of parts"),
    ],
)
def test_a_value_that_cannot_be_written_is_refused(name: str, form: Form, canonical: Any, message: str) -> None:
    with pytest.raises(RuleError, match=message):
        TYPES[name].writer(form)(canonical)


@pytest.mark.parametrize(
    ("name", "form", "message"),
    [
        ("datetime", Form(zone="Mars/Olympus"), "no time zone 'Mars/Olympus'"),
        ("date", Form(zone="../etc/passwd"), "no time zone"),
        ("country", Form("name", language="de"), "names are known in fr, sv, en"),
        ("language", Form("name", language="xx"), "names are known in fr, sv, en"),
        ("date", Form("%d/%m"), "'%d/%m' names no day: it needs %Y, %m and %d"),
        ("date", Form("%d %B %Y"), "%B in '%d %B %Y' depends on a language; use numbers"),
        ("date", Form("%Y-%q"), "%q in '%Y-%q' is not a directive"),
        ("date", Form("%d/%m/%Y %d"), "%d stands twice"),
        ("date", Form("%Y-%m-%d" + "x" * 100), "more than 100 characters"),
        ("date", Form("%Y%y%m%d"), "says the same thing twice"),
        ("datetime", Form("%d/%m/%Y"), "names no time: it needs %H"),
        ("datetime", Form("%d/%m/%Y %I:%M"), "must have %I and %p together"),
        ("money", Form("amount", currency="EURO"), "'EURO' is not a currency code"),
    ],
)
def test_a_form_that_cannot_be_is_refused_at_once(name: str, form: Form, message: str) -> None:
    with pytest.raises(ValueError, match=message):
        TYPES[name].writer(form)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("text", "a\r\nb\rc", "a\nb\nc"),
        ("decimal", Decimal("12.50"), Decimal("12.5")),
        ("decimal", Decimal("-0.0"), Decimal(0)),
        ("datetime", moment(2026, 1, 31, 14, 30, 0, 999999), moment(2026, 1, 31, 14, 30)),
        ("email", "Anna@acme.fr", "anna@acme.fr"),
        ("url", "http://acme.fr/x/", "https://acme.fr/x"),
        ("choice", "Énergie  Verte", "energie verte"),
        ("set", ["B", "a"], ["A", "b"]),
        ("money", {"amount": Decimal("12.50"), "currency": "EUR"}, {"currency": "EUR", "amount": Decimal("12.5")}),
        ("address", {"city": "Paris", "zip": None}, {"city": "Paris"}),
        ("person", {"title": "M.", "last": "DUPONT"}, {"title": "m", "last": "Dupont", "first": None}),
    ],
)
def test_what_people_take_for_the_same_has_the_same_key(name: str, one: Any, other: Any) -> None:
    assert TYPES[name].key(one) == TYPES[name].key(other)


@pytest.mark.parametrize(
    ("name", "one", "other"),
    [
        ("text", "a", "A"),
        ("number", 1, 2),
        ("decimal", Decimal("12.5"), Decimal("12.51")),
        ("flag", True, False),
        ("date", date(2026, 1, 31), date(2026, 2, 1)),
        ("datetime", moment(2026, 1, 31, 14, 30), moment(2026, 1, 31, 14, 30, 1)),
        ("url", "https://acme.fr/a", "https://acme.fr/A"),
        ("set", ["a"], ["a", "b"]),
        ("ref", "a", "A"),
        ("money", {"amount": Decimal(1), "currency": "EUR"}, {"amount": Decimal(1), "currency": "SEK"}),
        ("address", {"city": "Paris"}, {"city": "Paris", "zip": "75002"}),
        ("person", {"first": "Anna"}, {"last": "Anna"}),
    ],
)
def test_what_differs_has_another_key(name: str, one: Any, other: Any) -> None:
    assert TYPES[name].key(one) != TYPES[name].key(other)


# Properties

# Text in the form in which readers leave it: no blanks at the ends, no white space that HTML folds.
TEXTS = (
    st.text(st.characters(exclude_categories=["Cc", "Cs", "Zs", "Zl", "Zp", "Cf"]), min_size=1)
    .map(TYPES["text"].reader(Form()))
    .filter(lambda text: bool(text) and text != "\x00")
)
WORDS = st.lists(TEXTS, min_size=1, max_size=4).map(" ".join).map(TYPES["text"].reader(Form()))
DECIMALS = st.decimals(-(10**9), 10**9, places=4).map(lambda value: value + 0)
FIRST = datetime(1900, 1, 1)
SECONDS = st.datetimes(FIRST, datetime(2200, 1, 1), timezones=st.just(UTC)).map(
    lambda found: found.replace(microsecond=0)
)
MILLISECONDS = st.builds(lambda found, extra: found + timedelta(milliseconds=extra), SECONDS, st.integers(0, 999))
MICROSECONDS = st.builds(lambda found, extra: found + timedelta(microseconds=extra), SECONDS, st.integers(0, 999_999))
HOSTS = st.from_regex(r"[a-z]([a-z0-9-]{0,8}[a-z0-9])?(\.[a-z]{2,5}){1,2}", fullmatch=True)
CODES = {
    "country": ["FR", "SE", "GB", "KR", "CI", "RU", "RE", "BO"],
    "language": ["fr", "sv", "en", "el", "no", "zh"],
    "currency": ["EUR", "SEK", "USD"],
    "phone": ["+33142685300", "+46850829000", "+14155552671", "+262262123456"],
    "siret": ["73282932000074", "35600000049837"],
    "siren": ["732829320", "404833048"],
    "vat": ["FR40303265045", "SE556703748501", "EL094259216"],
    "iban": ["FR1420041010050500013M02606", "SE4550000000058398257466"],
}
AMOUNTS = st.decimals(-(10**9), 10**9, places=2)
PEOPLE = st.fixed_dictionaries(
    {"last": st.sampled_from(["Dupont", "de la Tour", "Berg-Lund", "O'Neil", "Ö"])},
    optional={"first": st.sampled_from(["Anna", "Jean-Paul"]), "title": st.sampled_from(["M.", "Mme", "Dr"])},
)
VALUES: dict[str, st.SearchStrategy[Any]] = {
    "text": WORDS,
    "number": st.integers(-(10**15), 10**15),
    "decimal": DECIMALS,
    "flag": st.booleans(),
    "date": st.dates(date(1900, 1, 2), date(2200, 1, 1)).filter(lambda day: day.year != 1970),
    "datetime": MICROSECONDS,
    "email": st.builds(lambda name, host: f"{name}@{host}", st.from_regex(r"[A-Za-z]{1,9}", fullmatch=True), HOSTS),
    "url": st.builds(lambda host, rest: f"https://{host}{rest}", HOSTS, st.sampled_from(["", "/a", "/A?b=c#d", "/a/"])),
    "choice": WORDS,
    "set": st.lists(st.sampled_from(["a", "b", "Été", "x y"]), unique=True),
    "ref": WORDS,
    "duration": st.integers(-(10**9), 10**9),
    "money": st.fixed_dictionaries({"amount": AMOUNTS, "currency": st.just("EUR")}),
    "person": PEOPLE,
    "address": st.fixed_dictionaries(
        {"street": WORDS}, optional={"zip": WORDS, "city": WORDS, "region": WORDS, "country": st.just("SE")}
    ),
    **{name: st.sampled_from(codes) for name, codes in CODES.items()},
}
NARROWER = {
    ("decimal", "cents"): st.decimals(-(10**9), 10**9, places=2),
    ("datetime", "wall"): SECONDS,
    ("datetime", "epoch"): MICROSECONDS.filter(lambda found: found.timestamp() != 0),
    ("datetime", "epoch_ms"): MILLISECONDS.filter(lambda found: found.timestamp() != 0),
    ("datetime", "msdate"): MILLISECONDS,
}
ZONES = st.sampled_from(["UTC", PARIS, "America/Sao_Paulo", "Pacific/Auckland"])


@each_form
@given(data=st.data())
def test_what_is_written_is_read_as_it_was(found: Type, form: str, data: st.DataObject) -> None:
    value = data.draw(NARROWER.get((found.name, form), VALUES[found.name]))
    # A wall clock shows an hour of autumn twice, so that only a zone without summer time keeps every moment.
    zone = "UTC" if form == "wall" else data.draw(ZONES)
    side = Form(form, zone=zone, language=data.draw(st.sampled_from(["fr", "sv", "en"])))
    native = found.writer(side)(value)
    assert json.loads(json.dumps(native)) == native
    read = found.reader(side)(native)
    if form == "LAST First":  # capitals tell the last name, and are not kept
        assert found.key(read) == found.key(value)
    else:
        assert read == value
    longest = found.longest(side)
    assert longest is None or (len(native) if isinstance(native, str) else 0) <= longest


PATTERNS = {
    "date": ["%d/%m/%Y", "%Y%m%d", "%Y-%j", "%d.%m.%Y %H:%M"],
    "datetime": ["%Y-%m-%d %H:%M:%S.%f", "%Y%m%d%I%M%S%f%p", "%d/%m/%YT%H:%M:%S.%f%z"],
}


@pytest.mark.parametrize(("name", "pattern"), [(name, form) for name, forms in PATTERNS.items() for form in forms])
@given(data=st.data())
def test_what_is_written_by_a_pattern_is_read_as_it_was(name: str, pattern: str, data: st.DataObject) -> None:
    value = data.draw(VALUES[name])
    side = Form(pattern, zone=data.draw(ZONES) if name == "date" else "UTC")
    native = TYPES[name].writer(side)(value)
    assert TYPES[name].reader(side)(native) == value
    assert len(native) == TYPES[name].longest(side)


@each_type
def test_the_kinds_of_a_type_are_those_of_fields(found: Type) -> None:
    known = {"text", "number", "decimal", "flag", "date", "datetime", "list", "set", "ref", "object", "any"}
    assert "any" in found.kinds
    assert found.kinds <= known


@each_type
def test_every_part_has_a_type(found: Type) -> None:
    assert set(found.parts.values()) <= set(TYPES)
    assert set(found.widths) <= {*found.forms, "%"}


@each_type
@given(data=st.data())
def test_what_is_dumped_is_loaded_as_it_was(found: Type, data: st.DataObject) -> None:
    value = data.draw(VALUES[found.name])
    loaded = found.load(json.loads(json.dumps(found.dump(value))))
    assert (loaded, type(loaded)) == (value, type(value))


@each_type
@given(data=st.data())
def test_a_key_can_be_fingerprinted(found: Type, data: st.DataObject) -> None:
    key = found.key(data.draw(VALUES[found.name]))
    assert json.loads(json.dumps(key)) == key


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda below: st.lists(below, max_size=3) | st.dictionaries(st.text(), below, max_size=3),
    max_leaves=5,
)


@each_type
@given(data=st.data())
def test_whatever_is_read_fits_or_is_refused(found: Type, data: st.DataObject) -> None:
    native = data.draw(JSON | st.from_regex(r"[0-9 +,.:/TZ-]{1,24}", fullmatch=True))
    read = found.reader(Form(data.draw(st.sampled_from(found.forms))))
    try:
        found.key(read(native))
    except RuleError as error:
        assert error.message


HOSTILE = ["1" * 100_000, "1 " * 50_000, "1" + " " * 100_000 + "x", "a@" * 50_000, "a." * 50_000, "-" * 100_000]


@each_form
def test_a_long_text_takes_no_longer_than_another(found: Type, form: str) -> None:
    read = found.reader(Form(form))
    for native in (*HOSTILE, "\ufdfa" * 20_000, "P" + "1" * 100_000, "https://" + "a-" * 50_000):
        try:
            assert len(str(read(native))) < 500_000
        except RuleError as error:
            assert len(error.message) < 250
