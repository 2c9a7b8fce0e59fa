"""What the server framework does with every call: query parameters, JSON bodies, the X-Fields mask, errors.

The framework checks a required parameter before it looks at its default, stops at the first bad parameter, but
reports all faults of a body at once; keys that a body's model does not know are dropped without a word.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from werkzeug.datastructures import MultiDict
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Request, Response

from ..base import answer

#: Checks one value of a body; adds what is wrong to `errors` under the value's dotted path.
Check = Callable[[Any, str, dict[str, str]], None]

INVALID = "Input payload validation failed"


class Refused(Exception):
    """A call that ends with an error answer."""

    def __init__(self, status: int, message: str, errors: Mapping[str, str] | None = None) -> None:
        super().__init__(f"{message} {dict(errors)}" if errors else message)
        self.status = status
        self.body = {"message": message, **({"errors": dict(errors)} if errors else {})}

    def answer(self) -> Response:
        """The answer to send."""
        return answer(self.body, self.status)


def invalid(errors: Mapping[str, str]) -> Refused:
    """The framework's refusal of parameters or of a body."""
    return Refused(400, INVALID, errors)


# --- query parameters ------------------------------------------------------------------------------------------------


@dataclass(frozen=True)
class Arg:
    """One query parameter; `many` means that its key may be repeated."""

    name: str
    read: Callable[[str], Any] = str
    required: bool = False
    default: Any = None
    choices: Sequence[Any] = ()
    many: bool = False


def positive(raw: str) -> int:
    """A whole number from 1."""
    number = int(raw)
    if number < 1:
        raise ValueError(f"{raw} is not a positive number")
    return number


def csv_ints(raw: str) -> frozenset[int]:
    """Comma-separated ids."""
    return frozenset(int(part) for part in raw.split(","))


def sorting(keys: Sequence[str]) -> Arg:
    """The required parameter of all lists here; the first of `keys`, ascending, is its documented default."""
    choices = [f"{key}_{way}" for key in keys for way in ("asc", "desc")]
    return Arg("sorting", required=True, default=choices[0], choices=choices)


def read_args(given: MultiDict[str, str], args: Sequence[Arg], *, lenient: bool = False) -> dict[str, Any]:
    """The values of the known parameters; unknown ones are ignored. Raises `Refused` at the first fault.

    A required parameter is asked for before its default is looked at, unless the server is `lenient`.
    """
    return {arg.name: _read_arg(given, arg, lenient=lenient) for arg in args}


def _read_arg(given: MultiDict[str, str], arg: Arg, *, lenient: bool) -> Any:
    raws = given.getlist(arg.name)
    if not raws:
        if arg.required and not (lenient and arg.default is not None):
            raise invalid({arg.name: "Missing required parameter in the query string"})
        return [] if arg.many else arg.default
    try:
        values = [arg.read(raw) for raw in (raws if arg.many else raws[:1])]
    except ValueError as error:
        raise invalid({arg.name: str(error)}) from None
    for value in values:
        if arg.choices and value not in arg.choices:
            raise invalid({arg.name: f"The value '{value}' is not a valid choice for '{arg.name}'."})
    return values if arg.many else values[0]


# --- bodies ----------------------------------------------------------------------------------------------------------


def json_body(request: Request, model: Mapping[str, Check], required: Sequence[str] = ()) -> dict[str, Any]:
    """The checked body, cut down to the keys of `model`."""
    if not request.is_json:
        raise Refused(
            415,
            "Did not attempt to load JSON data because the request Content-Type was not 'application/json'.",
        )
    try:
        body = request.get_json()
    except BadRequest:
        raise Refused(400, "The browser (or proxy) sent a request that this server could not understand.") from None
    if not isinstance(body, dict):
        raise invalid({"": f"{body!r} is not of type 'object'"})
    return checked(body, model, required)


def checked(body: Mapping[str, Any], model: Mapping[str, Check], required: Sequence[str] = ()) -> dict[str, Any]:
    """The keys of `body` that `model` knows. Raises `Refused` with every fault of them."""
    errors = {name: f"'{name}' is a required property" for name in required if name not in body}
    known = {name: value for name, value in body.items() if name in model}
    for name, value in known.items():
        model[name](value, name, errors)
    if errors:
        raise invalid(errors)
    return known


def string(value: Any, path: str, errors: dict[str, str]) -> None:
    """A text; null is none."""
    if not isinstance(value, str):
        errors[path] = f"{value!r} is not of type 'string'"


def filled(value: Any, path: str, errors: dict[str, str]) -> None:
    """A text that may not be empty."""
    string(value, path, errors)
    if value == "":
        errors[path] = "This field can not be empty."


def nullable_string(value: Any, path: str, errors: dict[str, str]) -> None:
    """A text or null."""
    if value is not None and not isinstance(value, str):
        errors[path] = f"{value!r} is not of type 'string', 'null'"


def integer(value: Any, path: str, errors: dict[str, str]) -> None:
    """A whole number; true, "1" and 1.0 are none."""
    if not isinstance(value, int) or isinstance(value, bool):
        errors[path] = f"{value!r} is not of type 'integer'"


def flag(value: Any, path: str, errors: dict[str, str]) -> None:
    """0 or 1; a boolean is neither."""
    integer(value, path, errors)
    if path not in errors and value not in (0, 1):
        errors[path] = f"{value!r} is not one of [0, 1]"


def members(model: Mapping[str, Check], required: Sequence[str] = ()) -> Check:
    """An object with these members, others ignored."""

    def check(value: Any, path: str, errors: dict[str, str]) -> None:
        if not isinstance(value, dict):
            errors[path] = f"{value!r} is not of type 'object'"
            return
        for name in required:
            if name not in value:
                errors[f"{path}.{name}"] = f"'{name}' is a required property"
        for name, member in value.items():
            if name in model:
                model[name](member, f"{path}.{name}", errors)

    return check


def array_of(item: Check) -> Check:
    """An array of such items."""

    def check(value: Any, path: str, errors: dict[str, str]) -> None:
        if not isinstance(value, list):
            errors[path] = f"{value!r} is not of type 'array'"
            return
        for position, element in enumerate(value):
            item(element, f"{path}.{position}", errors)

    return check


# --- X-Fields --------------------------------------------------------------------------------------------------------

_TOKEN = re.compile(r"[{},]|[\w:\-*]+")

Mask = dict[str, Any]


def read_mask(text: str) -> Mask:
    """`{a,b{c}}` as {"a": {}, "b": {"c": {}}}, where {} stands for the whole value; the outer braces are optional."""
    text = text.replace("\n", "").strip()
    if text.startswith("{"):
        if not text.endswith("}"):
            raise _bad_mask("Missing closing bracket")
        text = text[1:-1]
    mask: Mask = {}
    current, outer, previous = mask, list[Mask](), ""
    for token in _TOKEN.findall(text):
        if token == "{":
            if previous not in current:
                raise _bad_mask("Unexpected opening bracket")
            outer.append(current)
            current = current[previous]
        elif token == "}":
            if not outer:
                raise _bad_mask("Unexpected closing bracket")
            current = outer.pop()
        elif token == ",":
            if previous in (",", "{", ""):
                raise _bad_mask("Unexpected comma")
        else:
            current[token] = {}
        previous = token
    if outer:
        raise _bad_mask("Missing closing bracket")
    return mask


def masked(mask: Mask, value: Any, *, unknown: str = "left out") -> Any:
    """What the mask leaves of a value: of each element of an array, of an object only the keys that it has.

    A key that it does not have is `left out`, or comes back as `null`.
    """
    if isinstance(value, list):
        return [masked(mask, element, unknown=unknown) for element in value]
    if not isinstance(value, dict):
        return value
    kept = {
        name: masked(inner, value.get(name), unknown=unknown) if inner else value.get(name)
        for name, inner in mask.items()
        if name in value or (unknown == "null" and name != "*")
    }
    return {**kept, **{name: rest for name, rest in value.items() if name not in kept}} if "*" in mask else kept


def _bad_mask(problem: str) -> Refused:
    return Refused(400, f"Mask parse error: {problem}")
