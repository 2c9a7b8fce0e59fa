"""Python for the common cases of transforms and types: what generated code does instead of calling them.

Each entry is an expression over `v`, by the exact class of the value; `S` is the function that it stands for, for what
it leaves to it. Nothing here decides anything: whatever an expression gives must be what the function gives.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping, Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, Final

from mapper.expr import scalars
from mapper.expr.forms import Form
from mapper.expr.moments import zone_named

# As many digits as a float holds exactly.
_PLAIN_COMMA = re.compile(r"[+-]?(?:[0-9]{1,3}(?: [0-9]{3}){1,2}|[0-9]{1,9})(?:,[0-9]{1,6})?")

#: What the expressions name besides `v` and `S`.
NAMES: Final[dict[str, Any]] = {
    "nfc": scalars.composed,
    "normalize": unicodedata.normalize,
    "FLAGS": {word: scalars.as_flag(word) for word in ("true", "false", "1", "0", "True", "False", "oui", "non")},
    "Decimal": Decimal,
    "moment": datetime.fromtimestamp,
    # Called so, they are asked of texts only.
    "STRIP": str.strip,
    "LOWER": str.lower,
    "UPPER": str.upper,
    "REPLACE": str.replace,
}


def _short_number(value: Decimal) -> int | float | None:
    """A decimal of few digits as JSON holds it."""
    text = str(value)
    if len(text) > 15 or "E" in text or "N" in text or "I" in text:
        return None
    number = float(text)
    return int(number) if number.is_integer() else number


NAMES["short_number"] = _short_number
NAMES["UTC"] = UTC
# True is found for 1, and False for 0.
NAMES["DIGIT"] = {word: int(flag) for word, flag in {**NAMES["FLAGS"], 1: True, 0: False}.items()}.get
NAMES["FLAG"] = NAMES["FLAGS"].get
NAMES["NO_DATE"] = -62_135_510_400_000
NAMES["TWO"] = tuple(f"{number:02}" for number in range(60))
NAMES["day_of"] = date.fromisoformat
NAMES["is_comma"] = _PLAIN_COMMA.fullmatch

#: What a text in another case becomes when it is read as a text, in one step; `CASE` is the function of the transform.
CASED: Final[dict[str, tuple[str, str, str]]] = {
    name: (
        "(v := STRIP(v))",
        f"{word}(v) if v.isascii() else normalize('NFC', CASE(v)) if len(v) < {scalars.SHORT} else S(v)",
        "True",
    )
    for name, word in (("lower", "LOWER"), ("upper", "UPPER"))
}

#: Of transforms without arguments; they are never asked for an empty text, which passes by.
TRANSFORMS: Final[dict[str, dict[type, str]]] = {
    "trim": {str: "v.strip()", object: "STRIP(v)"},
    "lower": {str: "v.lower() if v.isascii() else S(v)", object: "LOWER(v) if v.isascii() else S(v)"},
    "upper": {str: "v.upper() if v.isascii() else S(v)", object: "UPPER(v) if v.isascii() else S(v)"},
    "text": {str: "v"},
    "squeeze": {str: "' '.join(v.split()) if v.isascii() else S(v)"},
}


def argued(name: str, args: Sequence[Any]) -> Mapping[type, str]:
    """The common cases of a transform with constant arguments, which the expressions name A0, A1 …"""
    texts = all(isinstance(arg, str) for arg in args)
    if name == "replace" and texts and args and args[0] and len("".join(args[1:])) <= len(args[0]):
        new = "A1" if len(args) > 1 else "''"
        return {str: f"v.replace(A0, {new})", object: f"REPLACE(v, A0, {new})"}
    return {}


def _not_blank(code: str) -> str:
    return f"({code} if v else None)"


# A text is brought to NFC without a call of ours, unless it is so long that its marks must be counted first.
_COMPOSED = f"v if v.isascii() else normalize('NFC', v) if len(v) < {scalars.SHORT} else nfc(v)"
_TIDY = f"(({_COMPOSED}) if (v := v.strip()) else None)"
#: A text is read so, and written as it is.
TIDY: Final[dict[type, str]] = {str: _TIDY, object: _TIDY.replace("v.strip()", "STRIP(v)")}
_INTEGER = "(int(v) if v.isdecimal() and v.isascii() and len(v) < 19 else S(v))"
_COMMA = "(Decimal(v.replace(' ', '').replace(',', '.')) if is_comma(v) else S(v))"
_DMY = "(day_of(t) if len(v) == 10 and v[2] == '/' == v[5] and (t := f'{v[6:]}-{v[3:5]}-{v[:2]}') > '0002' else S(v))"
# As far as a float of seconds is sure to be right to the microsecond.
_MSDATE = (
    "(moment(n / 1000, UTC) if f'/Date({(n := int(v[6:-2]))})/' == v and 0 < n < 4_000_000_000_000"
    " else None if v == '/Date(-62135596800000)/' else S(v))"
)
# Two figures by a table take half the time of a format string, and isoformat asks the zone once more.
_DAY = "{m.year}-{TWO[m.month]}-{TWO[m.day]}"
_WALL = f"f'{_DAY} {{TWO[m.hour]}}:{{TWO[m.minute]}}:{{TWO[m.second]}}'"
_FLAG = "(FLAGS[v] if v in FLAGS else S(v))"

_READ: Final[dict[tuple[str, str], dict[type, str]]] = {
    ("text", "plain"): TIDY,
    ("number", ""): {int: "v if -10**18 < v < 10**18 else S(v)", str: _INTEGER},
    ("number", "text"): {int: "v if -10**18 < v < 10**18 else S(v)", str: _INTEGER},
    ("decimal", "comma"): {str: _COMMA},
    **{("flag", form): {bool: "v", str: _FLAG} for form in ("bool", "int", "text", "on")},
    ("date", "dmy"): {str: _DMY},
    ("datetime", "msdate"): {object: _MSDATE},
}

_WRITE: Final[dict[tuple[str, str], dict[type, str]]] = {
    ("text", "plain"): {str: "v"},
    ("number", ""): {int: "v if -10**18 < v < 10**18 else S(v)"},
    ("flag", "bool"): {bool: "v"},
    ("flag", "int"): {bool: "1 if v else 0"},
    ("flag", "text"): {bool: "'true' if v else 'false'"},
    ("flag", "on"): {bool: "'on' if v else 'off'"},
    ("date", "iso"): {date: f"(f'{_DAY.replace('m.', 'v.')}' if v.year > 1_000 else S(v))"},
    ("datetime", "wall"): {
        datetime: f"({_WALL} if v.tzinfo is not None and (m := v.astimezone(ZONE)).year > 1_000 else S(v))"
    },
    ("decimal", ""): {Decimal: "(S(v) if (n := short_number(v)) is None else n)"},
    **{
        (name, form): {str: "v"}
        for name, form in (
            ("email", ""), ("phone", "e164"), ("country", "code"), ("language", "code"), ("currency", ""), ("iban", ""),
            ("siret", ""), ("siren", ""), ("vat", ""), ("url", ""),
        )
    },
}  # fmt: skip

#: From one notation of a type to another without the value in the middle, by what reads and what writes, in three parts
#: as `Step.tested` has them.
TESTED: Final[dict[tuple[tuple[str, str], tuple[str, str]], tuple[str, str, str]]] = {
    (("text", "plain"), ("text", "plain")): ("(v := STRIP(v))", _COMPOSED, "True"),
    (("datetime", "msdate"), ("datetime", "wall")): (
        "f'/Date({(n := int(v[6:-2]))})/' == v and n > NO_DATE and (m := moment(n // 1000, ZONE)).year > 1_000",
        _WALL,
        "v == '/Date(-62135596800000)/'",
    ),
    (("date", "dmy"), ("date", "iso")): (
        "len(v) == 10 and v[2] == '/' == v[5] and day_of(t := f'{v[6:]}-{v[3:5]}-{v[:2]}') and t > '0002'",
        "t",
        "v == ''",
    ),
    (("decimal", "comma"), ("decimal", "")): (
        "is_comma(v)",
        "int(n) if (n := float(v.replace(' ', '').replace(',', '.'))).is_integer() else n",
        "v == ''",
    ),
    **{
        (("number", one), ("number", "")): ("v.isdecimal() and v.isascii() and len(v) < 19", "int(v)", "v == ''")
        for one in ("", "text")
    },
    **{
        (("flag", one), ("flag", "int")): ("(n := DIGIT(v)) is not None", "n", "v == ''")
        for one in ("bool", "int", "text", "on")
    },
}

#: Of reading alone.
READ_TESTED: Final[dict[tuple[str, str], tuple[str, str, str]]] = {
    ("text", "plain"): TESTED[("text", "plain"), ("text", "plain")],
    ("datetime", "msdate"): (
        "f'/Date({(n := int(v[6:-2]))})/' == v and 0 < n < 4_000_000_000_000",
        "moment(n / 1000, UTC)",
        "v == '/Date(-62135596800000)/'",
    ),
    ("date", "dmy"): (
        "len(v) == 10 and v[2] == '/' == v[5] and (t := f'{v[6:]}-{v[3:5]}-{v[:2]}') > '0002'",
        "day_of(t)",
        "v == ''",
    ),
    ("decimal", "comma"): ("is_comma(v)", "Decimal(v.replace(' ', '').replace(',', '.'))", "v == ''"),
    **{
        ("number", form): ("v.isdecimal() and v.isascii() and len(v) < 19", "int(v)", "v == ''")
        for form in ("", "text")
    },
    **{("flag", form): ("(n := FLAG(v)) is not None", "n", "v == ''") for form in ("bool", "int", "text", "on")},
}

#: What a fingerprint is made of where `READ_TESTED` holds, by what it leaves in its variables.
PRINTED: Final[dict[tuple[str, str], str]] = {
    ("datetime", "msdate"): "n // 1000",
    ("number", ""): "v",
    ("number", "text"): "v",
}

#: The same as one expression, by the exact class of the value.
BRIDGES: Final[dict[tuple[tuple[str, str], tuple[str, str]], dict[type, str]]] = {
    **{
        way: {object: f"(({value}) if {test} else None if {nothing} else S(v))"}
        for way, (test, value, nothing) in TESTED.items()
    },
    (("text", "plain"), ("text", "plain")): TIDY,
    **{
        way: {bool: "(1 if v else 0)", object: f"({value} if {test} else None if {nothing} else S(v))"}
        for way, (test, value, nothing) in TESTED.items()
        if way[1] == ("flag", "int")
    },
    (("number", ""), ("number", "")): {str: _not_blank(_INTEGER), int: "(v if -10**18 < v < 10**18 else S(v))"},
}

#: The class of everything that a form writes, where there is only one.
_WRITTEN: Final[dict[tuple[str, str], type]] = {
    ("number", ""): int,
    ("flag", "bool"): bool,
    ("flag", "int"): int,
    **dict.fromkeys(
        (
            ("text", "plain"), ("text", "html"), ("flag", "text"), ("flag", "on"), ("date", "iso"), ("date", "dmy"),
            ("datetime", "iso"), ("datetime", "wall"), ("datetime", "msdate"), ("email", ""), ("phone", "e164"),
            ("country", "code"), ("language", "code"), ("currency", ""), ("siret", ""), ("siren", ""), ("vat", ""),
            ("url", ""),
        ),
        str,
    ),
}  # fmt: skip

#: The class of every canonical value of a type, where there is only one.
CANONICAL: Final[dict[str, type]] = {
    **dict.fromkeys(("text", "email", "phone", "country", "language", "currency"), str),
    **dict.fromkeys(("siret", "siren", "vat", "iban", "url", "choice"), str),
    "flag": bool,
    "number": int,
    "decimal": Decimal,
    "date": date,
    "datetime": datetime,
    "set": list,
}


def reading(type_: str, form: str) -> Mapping[type, str]:
    """The common cases of a type's reader in a form; a blank text is null to all of them."""
    found = _READ.get((type_, form), {})
    return found if type_ == "text" else {cls: _not_blank(code) if cls is str else code for cls, code in found.items()}


def writing(type_: str, form: str) -> Mapping[type, str]:
    """The common cases of a type's writer in a form."""
    return _WRITE.get((type_, form), {})


def written(type_: str, form: str) -> type | None:
    """The class of everything that a type's writer gives in a form, where there is only one."""
    return _WRITTEN.get((type_, form))


def names_for(form: Form) -> dict[str, Any]:
    """The objects that the expressions name, for a side's form."""
    return {**NAMES, "ZONE": zone_named(form.zone)}
