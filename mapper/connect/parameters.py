"""What a call by hand says, checked against the parameters of its operation before anything is sent."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal, InvalidOperation
from itertools import chain
from typing import Any

from mapper.connect.codecs import several
from mapper.connect.operations import Call
from mapper.connect.paging import first_page
from mapper.errors import UsageError
from mapper.expr.forms import Form
from mapper.expr.types import TYPES
from mapper.records import ABSENT, Record
from mapper.spec.connector import Connector
from mapper.spec.document import nearest
from mapper.spec.operation import Operation, Param

_WRITES = ("create", "update", "upsert")
_WHOLE = re.compile(r"[+-]?[0-9]+")
_SHOWN = {
    "text": "text", "number": "a whole number", "decimal": "a number", "flag": "true or false",
    "date": "a date such as 2024-05-31", "datetime": "a moment such as 2024-05-31T14:00:00Z",
    "object": "a table of members",
}  # fmt: skip


@dataclass
class Given:
    """What was given, by where it goes."""

    args: Record = field(default_factory=dict)
    query: Record = field(default_factory=dict)
    headers: Record = field(default_factory=dict)
    form: Record = field(default_factory=dict)
    members: Record = field(default_factory=dict)


def place_of(operation: Operation, name: str, in_path: Collection[str]) -> str:
    """Where a parameter stands: in the path, the query, the headers, the body or the form."""
    where = operation.params[name].in_
    return where or ("path" if name in in_path else "query" if operation.method == "GET" else "body")


def given_to(call: Call, args: Mapping[str, Any], searches: Collection[str] = ()) -> Given:
    """The arguments of a call by hand, each in its place; `searches` are query parameters that it also takes.

    Raises UsageError for one that is missing or unknown, or whose value is not allowed.
    """
    spec = call.spec
    named = _by_own_name(call, args)
    for name, param in spec.params.items():
        if param.required and param.default is not None and (param.name or name) not in spec.query:
            named.setdefault(name, param.default)
    query: Record = dict(first_page(spec.page))
    known = {*spec.params, *query, *searches, *call.path_names}
    known |= set() if spec.params else call.names
    if spec.method != "GET" and (call.body is None or "record" in call.names):
        known.add("record")
    _refuse_unknown(call, named, known)
    _refuse_missing(call, named)
    given = Given({name: value for name, value in named.items() if name not in spec.params})
    given.query = query | {name: given.args[name] for name in {*query, *searches} if name in given.args}
    for name in spec.params.keys() & named.keys():
        given.args[name] = value = _checked(call, name, named[name], typed=False)
        if name not in call.names:
            where = place_of(spec, name, call.path_names)
            parts = {"query": given.query, "header": given.headers, "form": given.form, "body": given.members}
            parts[where][spec.params[name].name or name] = value
    if "record" in named:
        _check_body(call, named["record"])
    return given


def _by_own_name(call: Call, args: Mapping[str, Any]) -> Record:
    """The arguments by the names that the connector gives them; that of the wire is understood as well."""
    wires = {param.name: name for name, param in reversed(call.spec.params.items()) if param.name}
    return {wires.get(name, name) if name not in call.spec.params else name: value for name, value in args.items()}


def _refuse_unknown(call: Call, args: Mapping[str, Any], known: Collection[str]) -> None:
    unknown = sorted(name for name in args if name not in known)
    if not unknown:
        return
    if unknown[0] == "record" and call.writes:
        raise UsageError(f"{call.name} takes no body of its own", hint="give its parameters by name")
    # Without declared parameters, whatever its expressions look at may be given.
    declared = [param.name or name for name, param in call.spec.params.items()]
    shown = [*(declared or sorted(call.names - {"assume", "record"})), *first_page(call.spec.page)]
    hint = nearest(unknown[0], shown) or (f"there are {', '.join(shown)}" if shown else "it takes none")
    raise UsageError(f"{call.name} has no parameter '{unknown[0]}'", hint=hint)


def _refuse_missing(call: Call, args: Mapping[str, Any]) -> None:
    """Whatever must be given; what stands in the body may stand in the record instead."""
    spec = call.spec
    record = args.get("record")
    inside = record if isinstance(record, Mapping) else {}
    missing = []
    for name, param in spec.params.items():
        where = place_of(spec, name, call.path_names)
        needed = param.required or where == "path"
        held = where == "body" and (param.name or name) in inside
        # An empty text is a value in a body, and none in an address.
        given = name in args and (where == "body" or args[name] not in (None, ""))
        said = where == "query" and (param.name or name) in spec.query and name not in call.names
        if needed and not (held or given or said):
            missing.append(param.name or name)
    if missing:
        raise UsageError(f"{call.name} needs {', '.join(missing)}")


def _check_body(call: Call, record: Any) -> None:
    """The members of a body that is given whole."""
    wires = {
        param.name or name: name
        for name, param in call.spec.params.items()
        if place_of(call.spec, name, call.path_names) == "body"
    }
    if not wires or call.body is not None:
        return
    if not isinstance(record, Mapping):
        raise UsageError(f"{call.name}: the body must be {_SHOWN['object']}")
    for member, value in record.items():
        if member not in wires:
            raise UsageError(f"{call.name} has no parameter '{member}'", hint=nearest(member, wires))
        _checked(call, wires[member], value, typed=True)


def _checked(call: Call, name: str, value: Any, *, typed: bool) -> Any:
    """The value as it is sent; where it is not `typed`, a text may stand for it. Raises UsageError."""
    param = call.spec.params[name]

    def refuse(wanted: str) -> UsageError:
        shown = "null" if value is None else repr(value)
        return UsageError(f"{call.name}: {param.name or name} must be {wanted}, not {shown}")

    if value is None or value is ABSENT:
        if param.nullable:
            return None
        raise refuse(_wanted(param))
    if not param.many:
        return _one(param, value, refuse, typed=typed)
    parts = value if typed or not isinstance(value, str) else _parts(value)
    if not isinstance(parts, list | tuple):
        raise refuse(_wanted(param))
    found = [_one(param, part, refuse, typed=typed) for part in parts]
    return param.join.join(map(str, found)) if param.join else found


def _wanted(param: Param) -> str:
    if param.choices:
        return f"one of {', '.join(param.choices)}"
    return f"a list of {param.type} values" if param.many else _SHOWN.get(param.type, "a value")


def _parts(text: str) -> Any:
    """Several values in one text: as JSON, or with commas between them."""
    if text.lstrip().startswith("["):
        with suppress(ValueError):
            return _json(text)
    return [part.strip() for part in text.split(",")] if text else []


def _one(param: Param, value: Any, refuse: Callable[[str], UsageError], *, typed: bool) -> Any:
    found = _READ[param.type](value, typed)
    if found is ABSENT:
        raise refuse(_wanted(param))
    if param.choices and str(found) not in param.choices:
        raise refuse(f"one of {', '.join(param.choices)}")
    if param.most is not None and found > param.most:
        raise refuse(f"at most {param.most}")
    if param.form and param.type == "date":
        return TYPES["date"].writer(Form(param.form))(TYPES["date"].reader(Form())(found))
    return found


def _text(value: Any, typed: bool) -> Any:
    if isinstance(value, str):
        return value
    plain = isinstance(value, int | float | Decimal) and not isinstance(value, bool)
    return str(value) if plain and not typed else ABSENT


def _number(value: Any, typed: bool) -> Any:
    if isinstance(value, int) and not isinstance(value, bool):
        return value
    return int(value) if isinstance(value, str) and not typed and _WHOLE.fullmatch(value) else ABSENT


def _decimal(value: Any, typed: bool) -> Any:
    if isinstance(value, int | float | Decimal) and not isinstance(value, bool):
        return value
    if isinstance(value, str) and not typed:
        with suppress(InvalidOperation):
            found = Decimal(value)
            return found if found.is_finite() else ABSENT
    return ABSENT


def _flag(value: Any, typed: bool) -> Any:
    if isinstance(value, bool):
        return value
    return {"true": True, "false": False}.get(value, ABSENT) if isinstance(value, str) and not typed else ABSENT


def _moment(read: Callable[[str], date]) -> Callable[[Any, bool], Any]:
    def check(value: Any, typed: bool) -> Any:
        if isinstance(value, date) and not typed:
            return value.isoformat()
        with suppress(ValueError, TypeError):
            read(value)
            return value
        return ABSENT

    return check


def _object(value: Any, typed: bool) -> Any:
    if isinstance(value, str) and not typed:
        with suppress(ValueError):
            value = _json(value)
    return value if isinstance(value, Mapping) else ABSENT


def _any(value: Any, typed: bool) -> Any:
    return value


def _json(text: str) -> Any:
    import orjson

    return orjson.loads(text)


_READ: dict[str, Callable[[Any, bool], Any]] = {
    "text": _text, "number": _number, "decimal": _decimal, "flag": _flag, "date": _moment(date.fromisoformat),
    "datetime": _moment(datetime.fromisoformat), "object": _object, "any": _any,
}  # fmt: skip


def warnings_of(name: str, operation: Operation) -> Iterator[str]:
    """What to know before an operation is used: that it goes away, or is not ready."""
    if operation.deprecated is not None:
        yield f"{name} is deprecated: {operation.deprecated}"
    if operation.unfinished is not None:
        yield f"{name} is unfinished: {operation.unfinished}"


def strange_members(connector: Connector, name: str, record: Any) -> Iterator[str]:
    """What a body names that the resource of a write does not have; the vendor may know it, or pass over it."""
    resource, _, operation = name.rpartition(".")
    about = connector.resources.get(resource)
    if about is None or operation not in _WRITES or about.operations[operation].params:
        return
    fields = [(path, one.write, one.create) for path, one in about.fields.items()]
    texts = [about.key, about.stamp_key, *about.containers, *chain.from_iterable(fields)]
    known = {text.partition(".")[0] for text in texts if text}
    for member in dict.fromkeys(chain.from_iterable(one for one in several(record) if isinstance(one, Mapping))):
        if member not in known:
            yield f"the connector knows no field '{member}' of {resource} ({nearest(member, known)})"
