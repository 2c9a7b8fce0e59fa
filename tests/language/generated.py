"""Mappings of every kind over a made-up vendor, and records for them: what the property tests are about.

Row number 3 of a mapping uses fields of the vendor that end with 3, so that no two rows meet by accident.
"""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import yaml
from hypothesis import reject
from hypothesis import strategies as st

from mapper.compile import CompiledMapping, SideContext, compile_mapping
from mapper.errors import Problem, SpecError
from mapper.expr import TRANSFORMS
from mapper.expr.types import TYPES
from mapper.records import ListTable, Record
from mapper.spec.connector import Connector
from mapper.spec.load import load_connector, load_mapping
from mapper.spec.mapping import Mapping as MappingSpec
from mapper.spec.project import CustomField, Locale

ROWS = 5

#: The vendor's fields by the end of their names: what the connector says of them.
FIELDS: dict[str, dict[str, Any]] = {
    "text": {},
    "short": {"length": 4},
    "bytes": {"length": 5, "unit": "bytes"},
    "any": {"type": "any"},
    "num": {"type": "number"},
    "numtext": {"type": "number", "form": "text"},
    "dec": {"type": "decimal"},
    "deccomma": {"type": "decimal", "form": "comma"},
    "flag": {"type": "flag"},
    "flagword": {"type": "flag", "form": "on"},
    "date": {"type": "date"},
    "datedmy": {"type": "date", "form": "dmy"},
    "wall": {"type": "datetime"},
    "epoch": {"type": "datetime", "form": "epoch"},
    "ms": {"type": "datetime", "form": "msdate"},
    "list": {"type": "list", "list": "stages"},
    "label": {"type": "list", "list": "stages", "holds": "label"},
    "code": {"type": "list", "list": "words", "holds": "code"},
    "word": {"type": "list", "list": "words"},
    "free": {"type": "list"},
    "set": {"type": "set", "list": "stages"},
    "setlabel": {"type": "set", "list": "words", "holds": "label"},
    "setcsv": {"type": "set", "list": "stages", "form": "csv"},
    "setfree": {"type": "set"},
    "ref": {"type": "ref", "ref": "things"},
    "refcode": {"type": "ref", "ref": "words"},
    "once": {"write_once": True},
    "shown": {"readonly": True},
    "moved": {"read": "moved{}.id", "write": "movedid{}", "type": "number"},
    "picked": {"read": "items[kind=k{}].value", "write": "items[kind=k{}].value"},
    "picked_number": {"read": "items[rank={}].size.wide", "write": "items[rank={}].size.wide", "type": "number"},
    "picked_set": {"read": "marks[kind=k{}].id", "type": "set", "list": "stages", "readonly": True},
    "who.title": {},
    "who.first": {},
    "who.last": {},
    "home.street": {},
    "home.zip": {"length": 6},
    "home.city": {},
    "home.region": {},
    "home.country": {},
    "in.a": {},
    "in.deep.b": {"type": "number"},
    "in.deep.c": {},
}
#: The fields that a row may be held in, by its type.
PLACES: dict[str, tuple[str, ...]] = {
    "text": ("text", "short", "bytes", "any", "in.a", "in.deep.c", "picked", "once", "shown", "more", "listed", "need"),
    "number": ("num", "numtext", "in.deep.b", "text", "any", "moved", "picked_number", "more_number"),
    "decimal": ("dec", "deccomma", "num", "text", "any"),
    "flag": ("flag", "flagword", "num", "text", "any", "more_flag"),
    "date": ("date", "datedmy", "text", "any", "wall"),
    "datetime": ("wall", "epoch", "ms", "text", "any"),
    "duration": ("text", "num", "any"),
    "email": ("text", "any", "picked"),
    "phone": ("text", "in.a"),
    "country": ("text", "any", "short"),
    "language": ("text", "any"),
    "currency": ("text", "any"),
    "siret": ("text", "num"),
    "siren": ("text", "num"),
    "vat": ("text", "any"),
    "iban": ("text", "any"),
    "url": ("text", "any"),
    "money": ("text", "any"),
    "person": ("text", "any", "who"),
    "address": ("any", "home"),
    "choice": ("list", "label", "code", "word", "free", "text", "num", "more_list", "picked"),
    "set": ("set", "setlabel", "setcsv", "setfree", "groups", "text", "picked_set"),
    "ref": ("ref", "refcode", "num", "text"),
}
READ_ONLY = ("shown", "listed", "picked_set")
#: Paths that are not declared as fields with the row's number.
SPECIAL = {
    "more": "more.word{}",
    "more_number": "more.size{}",
    "more_list": "more.sector{}",
    "more_flag": "more.on{}",
    "groups": "groups.g{}",
    "listed": "many[{}].name",
}
STAGES = {"1": "Prospect", "2": "Client", "3": "Énergie  verte", "4": {"label": "Retired", "active": False}}
WORDS = {"a1": {"label": "Alpha", "code": "AL"}, "b2": {"label": "Beta b", "code": "BE"}, "c3": "prospect"}
LISTS = {"stages": STAGES, "words": WORDS}

CUSTOM = {
    name: field
    for n in range(ROWS)
    for name, field in {
        f"word{n}": CustomField(id=f"w{n}"),
        f"size{n}": CustomField(id=f"s{n}", type="number"),
        f"on{n}": CustomField(id=f"o{n}", type="flag"),
        f"sector{n}": CustomField(id=f"l{n}", type="list", options={"a": "Bâtiment", "b": "Santé"}),
    }.items()
}


def declared(required: str | None) -> dict[str, Any]:
    """The fields of a resource; one of them may be needed for a create."""
    fields: dict[str, Any] = {"id": {"type": "number", "readonly": True}}
    for number in range(ROWS):
        for name, said in FIELDS.items():
            first, dot, rest = name.partition(".")
            numbered = {k: v.format(number) if k in ("read", "write") else v for k, v in said.items()}
            fields[f"{first}{number}{dot}{rest}"] = numbered
    if required:
        fields[required] = {"required": True}
    else:
        fields["need0"] = {}
    return fields


@cache
def vendor() -> Connector:
    containers = {
        "more": {"codec": "pairs", "key": ["field"], "value": "value"},
        "groups": {"codec": "groups", "key": ["category"], "value": "label"},
    }
    operations = {
        "list": {"path": "things"},
        "create": {"method": "POST", "path": "things"},
        "update": {"method": "PUT", "path": "things/{{ key }}"},
    }
    many = {name: {"type": "any"} for name in ("many", "items", "marks")}
    common = {"key": "id", "containers": containers, "operations": operations}
    text = {
        "connector": "tiny",
        "about": "A vendor that exists in these tests only.",
        "settings": {"base_url": {"about": "The address.", "required": True}},
        "auth": [{"name": "none"}],
        "wire": {"timezone": "Europe/Paris", "forms": {"datetime": "wall", "flag": "int"}},
        "lists": {"stages": {"values": {"1": "Prospect"}}, "words": {"values": {"a1": "Alpha"}}},
        "resources": {
            "things": {**common, "fields": {**declared(None), **many}},
            "strict": {**common, "fields": {**declared("need0"), **many}},
            "words": {"key": "code", "fields": {"code": {}}, "operations": {"list": {"path": "words"}}},
        },
    }
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "tiny.yaml"
        path.write_text(_dumped(text), encoding="utf-8")
        return load_connector("tiny.yaml", folder=Path(folder)).spec


class _Dumper(yaml.SafeDumper):
    """Writes what stands in several places several times, as the language knows no aliases."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _dumped(data: dict[str, Any]) -> str:
    text: str = yaml.dump(data, Dumper=_Dumper, sort_keys=False, allow_unicode=True)
    return text


class Built:
    """A mapping in all its shapes; its text tells it in reports."""

    def __init__(
        self,
        text: str,
        spec: MappingSpec,
        contexts: dict[str, SideContext],
        compiled: CompiledMapping,
        told: list[Problem],
    ) -> None:
        self.text = text
        self.spec = spec
        self.contexts = contexts
        self.compiled = compiled
        #: What the static checks say of it, if they were asked.
        self.told = told

    def __repr__(self) -> str:
        # The words at the head are the same in all of them.
        return self.text[self.text.index("\nfields:") :]


def build(text: str, *, checked: bool = False) -> Built:
    """The mapping of a text; SpecError where it has problems. With `checked`, all static checks are made."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "m.yaml"
        path.write_text(text, encoding="utf-8")
        loaded = load_mapping(path)
    contexts = {
        name: SideContext(
            name,
            vendor(),
            side.resource,
            side.role,
            locale=Locale(language="sv", country="SE", currency="SEK") if name == "b" else Locale(),
            table=lambda name: ListTable.offline(name, LISTS[name]),
            custom=lambda _: CUSTOM,
        )
        for name, side in loaded.spec.sides.items()
    }
    told: list[Problem] = []
    compiled = compile_mapping(loaded.spec, loaded.document, contexts, told=told if checked else None)
    return Built(text, loaded.spec, contexts, compiled, told)


# Mappings

TEXT_STEPS = [
    "trim", "lower", "upper", "capitalize", "squeeze", "striptags", "html", "strip_accents", "digits", "slug",
    "text", "number", "length", "truncate(3)", "truncate_bytes(3)", "replace('a', 'b')", "replace('b', '')",
    "default('d')", "or('x')", "pad(3, '0')", "prefix('C-')", "remove_prefix('C-')", "regex_replace('[0-9]+', '#')",
    "split", "join(', ')", "first", "fail('no')", "twice", "decorated", "framed('<', '>')", "lookup('sectors')",
]  # fmt: skip
PLAIN_STEPS = sorted(
    name for name, found in TRANSFORMS.items() if found.complaint(0) is None and name not in ("now", "today")
)
STEPS = st.sampled_from(TEXT_STEPS) | st.sampled_from(TEXT_STEPS) | st.sampled_from(PLAIN_STEPS)
CHAINS = st.lists(STEPS, min_size=1, max_size=3)
#: Chains of reading that mostly have a way back.
WAYS = st.lists(
    st.sampled_from([
        "trim", "lower", "upper", "squeeze", "striptags", "html", "prefix('C-')", "remove_prefix('C-')", "suffix('.')",
        "text", "number", "split(';')", "strip_accents", "digits", "truncate(3)", "slug", "title",
    ]),
    min_size=1,
    max_size=2,
)  # fmt: skip

READS = [
    "text{n}", "text{n} ~ ' ' ~ num{n}", "in{n}.deep.c | default('x')", "num{n} + 1", "text{n} | trim | upper",
    "num{n} | number | catch(0)", "text{n} or ('no text' | fail)", "text{n} | lookup('sectors', 'a')",
    "text{n} | twice", "text{n} | framed(house, '>')", "house", "none", "any{n}", "any{n}.a", "set{n} | first",
    "items | map(it.value) | join(',')", "many | filter(it.name) | map(it.name)", "any{n} | length",
    "text{n} if flag{n} else none", "[text{n}, num{n}] | join('-')", "date{n}", "wall{n} | date",
]  # fmt: skip
WRITES = [
    "f{n}", "f{n} ~ ' ' ~ f{m}", "f{m} | default('x')", "f{n} + 1", "f{n} | upper | trim", "f{n} | number | catch(0)",
    "f{n} or ('no value' | fail)", "f{n} | lookup('sectors', 'b')", "f{n} | twice", "f{n} | framed(house, f{m})",
    "house", "none", "f{m}", "f{n}.a", "f{n} | first", "[f{n}, f{m}] | join('-')", "f{n} if f{m} else none",
    "f{n} | length", "[f{n}]", "''", "f{n} if f{m}",
]  # fmt: skip
CONDITIONS = [
    "f{n}", "f{m}", "not f{n}", "f{n} is defined", "f{m} is none", "f{m} is not none", "f{m} == 'abc'",
    "f{m} + 1 > 2", "f{n} | length", "house == 'H'", "f{m} | number > 3", "f{n} is empty", "f{m} in ['x', 'b']",
]  # fmt: skip
HEAD: dict[str, Any] = {
    "constants": {"house": "H", "limits": [1, 2]},
    "functions": {
        "twice": {"about": "The text two times.", "value": "{{ value ~ value }}"},
        "framed": {"about": "A text in a frame.", "args": ["left", "right"], "value": "{{ left ~ value ~ right }}"},
        "decorated": {"about": "In two steps.", "value": ["trim", "framed('*', '*')"]},
    },
    "tables": {
        "sectors": {
            "x": {"a": "Prospect", "b": ["Client", "PRO"]},
            "y": {"a": ["Client", "abc"], "b": "Prospect"},
            "Énergie": {"a": "abc d", "b": "1"},
            "only": {"a": "42"},
        },
        "favoured": {
            "x": {"a": "Prospect", "b": "Prospect"},
            "y": {"a": "prospect", "b": "Prospect", "preferred": True},
            "z": {"a": "Client", "b": "Retired"},
        },
    },
}
LISTED = {
    "v1": {"a": "Prospect", "b": "Prospect"},
    "v2": {"a": ["Client", "Énergie verte"], "b": "Client"},
    "v3": {"a": "Retired", "b": ["Énergie verte", "Retired"]},
    "v4": {"b": "4"},
}
WORDED = {"v1": {"a": "Alpha", "b": "AL"}, "v2": {"a": ["be", "c3"], "b": "b2"}, "v3": {"a": "prospect"}}
FREE = {"v1": {"a": "PRO", "b": "Alpha"}, "v2": {"a": ["CLI", "abc"], "b": ["1", "Beta b"]}, "v3": {"a": "x"}}
POLICIES = st.sampled_from(["always", "if empty", "on create", "never clear"])
OTHERWISE = ["quarantine", "skip", "null", "error"]
DEFAULTS: dict[str, list[Any]] = {
    "text": ["d", " d "], "number": [7, "8"], "decimal": ["1.50", 2], "flag": [True, "non"], "date": ["2026-02-01"],
    "datetime": ["2026-02-01T10:00:00Z"], "choice": ["v1", "other"], "set": [["v1"], []], "ref": ["9"],
    "email": ["d@acme.fr"], "country": ["Suède"], "url": ["acme.fr"],
}  # fmt: skip
FORMS = {
    name: [form for form in kind.forms if form and form != "object"]
    + (["%d/%m/%Y", "%Y.%m.%d"] if name == "date" else ["%d/%m/%Y %H:%M", "%H:%M %d.%m.%Y"] if kind.patterns else [])
    for name, kind in TYPES.items()
}


@st.composite
def cells(draw: st.DrawFn, type_: str, number: int, side: str, resource: str, *, both: bool) -> Any:
    """One side's cell of a row; only where all rows go `both` ways the first side is written."""
    unfit = {*(("need",) if number else ()), *(READ_ONLY if both or side == "b" else ())}
    place = draw(st.sampled_from([place for place in PLACES[type_] if place not in unfit]))
    if number == 0 and resource == "strict":
        place = "need"
    if place in ("who", "home"):
        return draw(composites(type_, number))
    first, dot, rest = place.partition(".")
    cell: dict[str, Any] = {"path": SPECIAL.get(place, f"{first}{{}}{dot}{rest}").format(number)}
    if place == "listed":
        cell["path"] = f"many[{number}].name"
    if FORMS[type_] and draw(st.integers(0, 3)) == 0:
        cell["form"] = draw(
            st.sampled_from(FORMS[type_]) | st.lists(st.sampled_from(FORMS[type_]), min_size=1, max_size=3, unique=True)
        )
    if type_ in ("country", "language") and draw(st.booleans()):
        cell["language"] = draw(st.sampled_from(["fr", "sv", "en"]))
    if both:
        if draw(st.integers(0, 3)) == 0:
            cell["read"] = draw(WAYS)
        return cell
    names = {"n": number, "m": draw(st.integers(0, number))}
    chance = st.integers(0, 7)
    if (way := draw(chance)) < 2:
        said = draw(CHAINS) if way else "{{ " + draw(st.sampled_from(READS)).format(**names) + " }}"
        cell["read"] = said
    if (way := draw(chance)) < 3:
        said = draw(CHAINS) if way else "{{ " + draw(st.sampled_from(WRITES)).format(**names) + " }}"
        if way == 2 and place in ("short", "bytes"):
            said = [*said[:1], "fit"]
        cell["write"] = said
    if draw(chance) == 0:
        cell["when"] = draw(st.sampled_from(CONDITIONS)).format(**names)
    if draw(chance) == 0:
        cell["policy"] = draw(POLICIES)
    if draw(chance) == 0:
        cell["default"] = draw(st.sampled_from(["D", 5, ["x"]]))
    return cell


@st.composite
def composites(draw: st.DrawFn, type_: str, number: int) -> dict[str, Any]:
    """A cell of parts, below a path or each with its own."""
    top = {"person": f"who{number}", "address": f"home{number}"}[type_]
    parts = draw(st.lists(st.sampled_from(sorted(TYPES[type_].parts)), min_size=1, unique=True))
    if draw(st.booleans()):
        return {"path": top, "parts": {part: part for part in parts}}
    found: dict[str, Any] = {part: {"path": f"{top}.{part}"} for part in parts}
    if "country" in found and draw(st.booleans()):
        found["country"] |= {"form": "name", "language": "sv"}
    return {"parts": found}


@st.composite
def rows(draw: st.DrawFn, number: int, resources: dict[str, str], *, both: bool) -> dict[str, Any]:
    """One row, on both sides or on one."""
    type_ = draw(st.sampled_from(["text", *PLACES, "text", "number", "choice", "set"]))
    if number == 0 and "strict" in resources.values():
        type_ = "text"
    row: dict[str, Any] = {"type": type_}
    if type_ == "ref":
        row["entity"] = "other"
    chance = st.integers(0, 7)
    if not both:
        if draw(chance) == 0:
            row["required"] = True
        if type_ in DEFAULTS and draw(chance) < 2:
            row["default"] = draw(st.sampled_from(DEFAULTS[type_]))
        if draw(chance) < 3:
            row["otherwise"] = draw(st.sampled_from([*OTHERWISE, *(["default"] if "default" in row else [])]))
        if draw(chance) == 0:
            row["when"] = draw(st.sampled_from(CONDITIONS)).format(n=number, m=draw(st.integers(0, number)))
        if draw(chance) == 0:
            row["policy"] = draw(POLICIES)
    for side, resource in resources.items():
        if both or draw(st.integers(0, 9)) or (number == 0 and resource == "strict"):
            row[side] = draw(cells(type_, number, side, resource, both=both))
    if type_ in ("choice", "set") and (values := draw(st.sampled_from(_tables_for(row, resources)))) is not None:
        row["values"] = values
    return row


def _tables_for(row: dict[str, Any], resources: dict[str, str]) -> list[Any]:
    """What a choice may say of its values, so that the lists of its fields know them."""
    paths = [row[side]["path"].rstrip("0123456789") for side in resources if side in row]
    if any(path in ("code", "word", "setlabel", "more.sector") for path in paths):
        known = all(path in ("code", "word", "setlabel", "free", "text") for path in paths)
        return [None, "by label", "by label", *([WORDED, WORDED] if known else [])]
    listed = [None, "by label", LISTED, LISTED, "favoured"]
    return (
        listed
        if any(path in ("list", "label", "set", "setcsv", "marks") for path in paths)
        else [*listed, FREE, "sectors"]
    )


@st.composite
def texts(draw: st.DrawFn, *, both: bool = False) -> str:
    """The text of a mapping file; where all rows go `both` ways, there are no expressions, defaults or policies."""
    resources = {side: draw(st.sampled_from(["things", "things", "things", "strict"])) for side in ("a", "b")}
    if both:
        resources = {"a": "things", "b": "things"}
    data: dict[str, Any] = {
        "entity": "thing",
        "about": "Things.",
        "sides": {side: {"resource": resource} for side, resource in resources.items()},
        **HEAD,
        # One way is allowed what two ways could not undo.
        **({} if both else {"direction": "a -> others"}),
        "fields": {
            f"f{number}": draw(rows(number, resources, both=both)) for number in range(draw(st.integers(1, ROWS)))
        },
    }
    if not both and draw(st.integers(0, 3)) == 0:
        data["otherwise"] = draw(st.sampled_from(OTHERWISE))
    if not both and draw(st.integers(0, 5)) == 0:
        data["policy"] = draw(POLICIES)
    return _dumped(data)


@st.composite
def mappings(draw: st.DrawFn, *, both: bool = False) -> Built:
    """A mapping without problems; where all rows go `both` ways, without any that the static checks find."""
    text = draw(texts(both=both))
    try:
        return build(text, checked=both)
    except SpecError:
        raise reject() from None


# Records

#: Values that fit, by the type of their row.
FITTING: dict[str, list[Any]] = {
    "text": ["abc", " ACME ", "Café  Noir", "e\u0301", "a\r\nb", "<b>x</b> &amp; y", "C-42", "x", 42, 1.5, "ééé"],
    "number": [0, 42, -3, "42", " 7 ", "007", 42.0, "1 234"],
    "decimal": [12.5, "12.50", "1 234,56", 0, "-3", "1,5", 0.1],
    "flag": [True, False, 0, 1, "oui", "nej", "on", "x", "0"],
    "date": ["2026-01-31", "31/01/2026", "2026.01.31", "0001-01-01T00:00:00", 1767225600, "/Date(1767225600000)/"],
    "datetime": [
        "2026-01-31T15:00:00+01:00", "2026-07-01 14:00:00", "2026-03-29 02:30:00", "2026-10-25 02:30:00",
        1767225600, "/Date(1767225600000)/", "31/01/2026 10:20", "10:20 31.01.2026", "0000-00-00 00:00:00",
    ],
    "duration": ["PT1H30M", "1:30", 90, "90", "1,5", "P1D", 1.5],
    "email": ["Anna@ACME.fr", "a@acme.fr ", "jose\u0301@exemple.fr"],
    "phone": ["01 42 68 53 00", "+33142685300", "08-508 290 00"],
    "country": ["FR", "Suède", "SWE", "Sverige", "fr"],
    "language": ["fr", "franska", "sv"],
    "currency": ["EUR", "eur", "€"],
    "siret": ["732 829 320 00074", 73282932000074],
    "siren": ["732 829 320", 732829320],
    "vat": ["FR 40 303 265 045"],
    "iban": ["FR14 2004 1010 0505 0001 3M02 606"],
    "url": ["ACME.fr/", "http://acme.fr/a?b=c#d", "https://acme.fr"],
    "money": ["12.50 EUR", "1 234,56 €", 12.5, "SEK 3", {"amount": "1.50", "currency": "EUR"}, "5"],
    "person": ["Anna Berg", "Mme Anna de la Tour", "Berg, Anna", "BERG Anna", {"first": "Anna", "last": "Berg"}],
    "address": [{"street": "1 rue", "zip": 75002, "country": "Suède"}, {"city": " Paris "}],
    "choice": [1, "2", 3, 4, "Prospect", "CLIENT", "energie verte", "PRO", "a1", "AL", "a", "Santé", "abc", 0, "0"],
    "set": [
        [1, 2], ["2", 2], ["Prospect", "Client"], "1,3", "[1, 2]", '"1"', ["a1", "Beta b"], [4], [], [0], 1, "x; y",
    ],
    "ref": [17, "17", "abc", 0, " 17 "],
}  # fmt: skip
#: Values of other classes, or of no class that a field holds.
ODD: list[Any] = [
    None, "", "  ", 0, 1, -1, 2**70, 1.5, 1e300, True, False, [], {}, [None], ["a", None], {"a": 1}, [[1]], [{}],
    "abc", "0", "12", "é" * 7, "\u00a0", [1, "x"], "[1", "{}", '{"a": 1}', "-", "+1", "١٢", "²", "1e5",
    {"value": "abc"}, "a" * 30,
]  # fmt: skip
NOT_THERE = object()


def values(type_: str) -> st.SearchStrategy[Any]:
    """Values that mostly fit."""
    fitting = st.sampled_from(FITTING[type_])
    return st.one_of(fitting, fitting, fitting, st.sampled_from(ODD), st.just(NOT_THERE))


@st.composite
def records(draw: st.DrawFn, built: Built, side: str) -> Record:
    """A native record of one side: something at most places that the mapping looks at."""
    record: Record = {}
    for number, row in enumerate(built.spec.fields.values()):
        cell = row.cells.get(side)
        if cell is None:
            continue
        inner = [".".join(p for p in (cell.path, part.path) if p) for part in cell.parts.values()]
        for path in inner or [cell.path or ""]:
            value = draw(values("text" if inner and not path.endswith("country") else row.type))
            if path.endswith("country"):
                value = draw(values("country"))
            _place(draw, record, path, number, value)
        if cell.read and "{{" in cell.read[0]:
            for name in (f"text{number}", f"num{number}", f"any{number}", f"flag{number}", f"date{number}"):
                _put(record, [name], draw(values(draw(st.sampled_from(["text", "number", "flag"])))))
    if draw(st.integers(0, 15)) == 0 and record:
        # Something above a value is null, or no object.
        record[draw(st.sampled_from(sorted(record)))] = draw(st.sampled_from([None, [], "x", {}, 5, [None, {}]]))
    return record


def _place(draw: st.DrawFn, record: Record, path: str, number: int, value: Any) -> None:
    picks: dict[str, tuple[str, dict[str, Any], list[str]]] = {
        "picked": ("items", {"kind": f"k{number}"}, ["value"]),
        "picked_number": ("items", {"rank": number}, ["size", "wide"]),
        "picked_set": ("marks", {"kind": f"k{number}"}, ["id"]),
    }
    pick = picks.get(path.rstrip("0123456789"))
    if path.startswith("many["):
        record["many"] = draw(st.lists(st.sampled_from([{"name": value if value is not NOT_THERE else 1}, {}, None])))
    elif pick is None:
        read = {"moved": [f"moved{number}", "id"]}.get(path.rstrip("0123456789"), path.split("."))
        if value is NOT_THERE and read[1:] and draw(st.booleans()):
            # The object that would hold it is there.
            _put(record, [*read[:-1], "unknown"], 1)
        _put(record, read, value)
    elif not isinstance(record.get(pick[0], []), list):
        return
    else:
        place, told, inner = pick
        items = record.setdefault(place, [])
        for item in draw(st.lists(st.sampled_from(["this", "this", "text", "other", "bare", "odd"]), max_size=4)):
            made: Any = {"this": {**told}, "other": {"kind": "z", "rank": 99}, "bare": {}}.get(item)
            if item == "text":
                made = {key: str(v) for key, v in told.items()}
            if item == "odd":
                made = draw(st.sampled_from([None, "x", 5, {"kind": None}, {"kind": ["k0"]}, {"rank": True}, []]))
            if isinstance(made, dict):
                single = value[0] if path.startswith("picked_set") and isinstance(value, list) and value else value
                _put(made, inner, draw(st.sampled_from([single, single, "abc", "x", 7, NOT_THERE])))
            items.append(made)


def _put(record: Record, parts: list[str], value: Any) -> None:
    if value is NOT_THERE:
        return
    *above, last = parts
    for part in above:
        record = record.setdefault(part, {})
        if not isinstance(record, dict):
            return
    record[last] = value


#: Rows that a random search meets too rarely, by what they are about.
RARE: dict[str, dict[str, Any]] = {
    "preferred": {"type": "choice", "values": "favoured", "a": "list0", "b": "label0"},
    "set by a table": {"type": "set", "values": "favoured", "a": "set0", "b": "setcsv0"},
    "groups": {"type": "set", "a": "groups.g0", "b": "groups.g0"},
    "needed groups": {"type": "set", "a": "groups.g0", "b": "groups.g0", "required": True},
    "choice by code": {"type": "choice", "values": "by label", "a": "code0", "b": "word0"},
    "code of a table": {"type": "choice", "values": WORDED, "a": "code0", "b": "code0"},
    "parts": {
        "type": "address",
        "a": {"path": "home0", "parts": {"street": "street", "zip": "zip", "city": "city"}},
        "b": {"path": "home0", "parts": {"street": "street", "zip": "zip", "city": "city"}},
    },
    "parts that are kept": {
        "type": "address",
        "policy": "never clear",
        "a": {"path": "home0", "parts": {"zip": "zip", "city": "city"}},
        "b": {"path": "home0", "parts": {"zip": "zip", "city": "city"}},
    },
    "made of nothing": {"type": "text", "a": {"path": "text0", "read": ["default('d')"]}, "b": "in0.deep.c"},
    "refusing condition": {"type": "text", "when": "f1 | number > 3", "b": "text0"},
    "bytes": {"type": "text", "a": "text0", "b": "bytes0"},
    "fitted bytes": {"type": "text", "a": "text0", "b": {"path": "bytes0", "write": ["fit"]}},
    "picked": {"type": "text", "a": "picked0", "b": "picked0"},
    "picked number": {"type": "number", "a": "picked_number0", "b": "picked_number0"},
    "below objects": {"type": "text", "a": "in0.deep.c", "b": "in0.a"},
    "of two fields": {"type": "text", "a": "text0", "b": {"path": "text0", "write": "{{ f0 ~ f1 }}"}},
    "several forms": {"type": "date", "a": {"path": "text0", "form": ["dmy", "%Y.%m.%d", "iso"]}, "b": "date0"},
    "on create": {"type": "text", "policy": "on create", "a": "text0", "b": "text0"},
    "never clear": {"type": "set", "policy": "never clear", "values": "by label", "a": "set0", "b": "set0"},
    "null": {"type": "number", "otherwise": "null", "a": "text0", "b": "num0"},
    "default": {
        "type": "number",
        "otherwise": "default",
        "default": 7,
        "a": "text0",
        "b": {"path": "num0", "default": 5},
    },
}


def rare(name: str) -> Built:
    """A mapping with a row of `RARE`, and one more."""
    data = {
        "entity": "thing",
        "about": "Things.",
        "sides": {"a": "things", "b": "things"},
        **HEAD,
        "direction": "a -> others",
        "fields": {"f0": RARE[name], "f1": {"a": "text1", "b": "text1"}},
    }
    return build(_dumped(data))
