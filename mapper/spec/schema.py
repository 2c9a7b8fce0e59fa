"""What Cerberus says of a file: the rules of a spec class, its errors as problems at their places, and the objects."""

from __future__ import annotations

import dataclasses
from decimal import Decimal
from functools import cache
from typing import Any, Literal, get_args, get_origin

from mapper.spec.classes import hints, is_spec, key_of, plain
from mapper.spec.document import Document, Steps, nearest

_SCALARS: dict[Any, list[str]] = {
    str: ["string", "integer", "decimal"],
    int: ["integer"],
    float: ["integer", "decimal"],
    bool: ["boolean"],
}
_SHOWN = {"string": "text", "integer": "a whole number", "decimal": "a number", "boolean": "true or false",
          "dict": "a table (key: value)", "list": "a list"}  # fmt: skip


def rules_for(tp: Any) -> dict[str, Any]:
    """The Cerberus rules of a type."""
    tp, optional = plain(tp)
    rules: dict[str, Any] = {"nullable": True} if optional else {}
    origin = get_origin(tp)
    if isinstance(tp, tuple):
        names = [name for part in tp for name in _type_names(part)]
        # Cerberus looks into a table only where the value is one.
        inner = [{"schema": _schema_rules(part)} for part in tp if is_spec(part)]
        return {**rules, "type": sorted(set(names)), **(inner[0] if inner else {})}
    if tp in _SCALARS:
        rules["type"] = _SCALARS[tp]
    elif origin is Literal:
        # Without a type, Cerberus takes a list of allowed words for an allowed word.
        rules |= {"type": ["string", "integer", "decimal", "boolean"], "allowed": list(get_args(tp))}
    elif origin is tuple:
        rules |= {"type": "list", "schema": rules_for(get_args(tp)[0])}
    elif origin is dict:
        rules |= {"type": "dict", "valuesrules": rules_for(get_args(tp)[1])}
    elif is_spec(tp):
        rules |= {"type": "dict", "schema": _schema_rules(tp)}
    elif tp is Any:
        rules["nullable"] = True
    return rules


def _type_names(tp: Any) -> list[str]:
    if tp in _SCALARS:
        return _SCALARS[tp]
    return ["list"] if get_origin(tp) is tuple else ["dict"]


def _schema_rules(cls: type) -> Any:
    """The rules of a class, or where it holds itself, its name in Cerberus's registry."""
    if not any(_holds(part, cls) for part in hints(cls).values()):
        return spec_rules(cls)
    name = f"{cls.__module__}.{cls.__qualname__}"
    if name not in _OWN_RULES:
        _OWN_RULES[name] = {}
        _OWN_RULES[name].update(spec_rules(cls))
    return name


#: The rules of classes that hold themselves, by their name.
_OWN_RULES: dict[str, dict[str, Any]] = {}


def _holds(tp: Any, cls: type) -> bool:
    return tp is cls or any(_holds(part, cls) for part in get_args(tp))


@cache
def spec_rules(cls: type) -> dict[str, Any]:
    """The Cerberus schema of a spec class."""
    schema = {}
    for field in dataclasses.fields(cls):
        if field.name == "pos":
            continue
        rules = rules_for(hints(cls)[field.name])
        rules["required"] = field.default is dataclasses.MISSING and field.default_factory is dataclasses.MISSING
        schema[key_of(field.name)] = rules
    return schema


def expand(tp: Any, data: Any, document: Document, steps: Steps) -> Any:
    """The data with shorthands written out."""
    tp, _ = plain(tp)
    origin = get_origin(tp)
    if data is None and origin is Literal and "null" in get_args(tp):
        return "null"  # the word, which YAML takes for its own null
    if is_spec(tp):
        short = getattr(tp, "__shorthand__", "")
        if short and data is not None and not isinstance(data, dict):
            document.repeat(steps, short)
            data = {short: data}
        if isinstance(data, dict):
            known = {key_of(name): part for name, part in hints(tp).items()}
            return {key: expand(known.get(key, Any), value, document, (*steps, key)) for key, value in data.items()}
    elif isinstance(tp, tuple) and isinstance(data, dict):
        return expand(next((part for part in tp if is_spec(part)), Any), data, document, steps)
    elif origin is tuple and not isinstance(data, list | dict) and data is not None:
        document.repeat(steps, 0)
        return [expand(get_args(tp)[0], data, document, (*steps, 0))]
    elif origin is tuple and isinstance(data, list):
        return [expand(get_args(tp)[0], value, document, (*steps, i)) for i, value in enumerate(data)]
    elif origin is dict and isinstance(data, dict):
        return {key: expand(get_args(tp)[1], value, document, (*steps, key)) for key, value in data.items()}
    return data


def validate(schema: dict[str, Any], data: Any, document: Document, steps: Steps = ()) -> bool:
    """Check data with Cerberus; every error becomes a problem at its exact place. True if there was none."""
    if not isinstance(data, dict):
        document.problem(steps, f"expected a table (key: value), found {_describe(data)}", value=True)
        return False
    validator = _validator()(schema, schema_registry=_registry())
    if validator.validate(data, normalize=False):
        return True
    for error in validator._errors:
        _report(error, schema, document, steps)
    return False


@cache
def _validator() -> Any:
    from cerberus import TypeDefinition, Validator

    own = {
        "decimal": TypeDefinition("decimal", (Decimal,), ()),
        # To Python true is 1; to a person it is not.
        "integer": TypeDefinition("integer", (int,), (bool,)),
    }
    return type("Checked", (Validator,), {"types_mapping": {**Validator.types_mapping, **own}})


def _registry() -> Any:
    from cerberus import schema_registry

    schema_registry.extend(_OWN_RULES)
    return schema_registry


_UNKNOWN_FIELD = 0x03


def _report(error: Any, schema: dict[str, Any], document: Document, base: Steps) -> None:
    if error.child_errors:
        for child in error.child_errors:
            _report(child, schema, document, base)
        return
    steps: Steps = (*base, *error.document_path)
    name = steps[-1] if steps else ""
    if error.code == _UNKNOWN_FIELD:
        known = _known_keys(schema, error.document_path[:-1])
        document.problem(steps, f"unknown key '{name}'", nearest(str(name), known))
        document.surplus.append(steps)
    elif error.rule == "required":
        document.problem(steps[:-1], f"'{name}' is missing")
    elif error.rule == "allowed":
        choices = [str(c) for c in error.constraint]
        document.problem(steps, f"'{name}' cannot be {error.value!r}", nearest(str(error.value), choices), value=True)
    elif error.rule in ("type", "nullable"):
        wanted = error.constraint if error.rule == "type" else None
        document.problem(steps, _type_message(str(name), wanted, error.value), value=True)
    else:
        document.problem(steps, f"'{name}' breaks the rule {error.rule} ({error.constraint})", value=True)


def _known_keys(schema: dict[str, Any], path: Steps) -> list[str]:
    """The keys that the schema knows at a place."""
    rules: dict[str, Any] = {"schema": schema}
    for step in path:
        inner = rules.get("schema", {})
        inner = _OWN_RULES[inner] if isinstance(inner, str) else inner
        if isinstance(step, int):
            rules = inner
        elif "valuesrules" in rules:
            rules = rules["valuesrules"]
        else:
            rules = inner.get(step, {})
    last = rules.get("schema", {})
    return list(_OWN_RULES[last] if isinstance(last, str) else last)


def _type_message(name: str, wanted: Any, value: Any) -> str:
    if wanted is None:
        return f"'{name}' has no value"
    names = [wanted] if isinstance(wanted, str) else list(wanted)
    if "string" in names:
        names = [n for n in names if n not in ("integer", "decimal", "boolean")]
    elif "decimal" in names:
        names = [n for n in names if n != "integer"]
    shown = " or ".join(dict.fromkeys(_SHOWN.get(n, n) for n in names))
    return f"'{name}' must be {shown}, found {_describe(value)}"


def _describe(value: Any) -> str:
    if value is None:
        return "nothing"
    if isinstance(value, dict):
        return "a table"
    if isinstance(value, list):
        return "a list"
    text = repr(value) if isinstance(value, str) else str(value).lower()
    return text if len(text) <= 40 else text[:37] + "…"


def build(tp: Any, data: Any, document: Document, steps: Steps = ()) -> Any:
    """Spec objects from checked data."""
    tp, _ = plain(tp)
    origin = get_origin(tp)
    if data is None:
        return None
    if tp is str or (isinstance(tp, tuple) and not isinstance(data, dict)):
        return data if isinstance(data, str) else str(data)
    if tp is float:
        return float(data)
    if origin is tuple:
        return tuple(build(get_args(tp)[0], value, document, (*steps, i)) for i, value in enumerate(data))
    if origin is dict:
        return {key: build(get_args(tp)[1], value, document, (*steps, key)) for key, value in data.items()}
    if is_spec(tp):
        known = hints(tp)
        values = {
            name: build(part, data[key_of(name)], document, (*steps, key_of(name)))
            for name, part in known.items()
            if data.get(key_of(name)) is not None
        }
        return tp(**values, pos=document.at(steps))
    return data
