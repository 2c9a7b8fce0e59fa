"""Spec classes: frozen descriptions of one concept each, which are their own checks, JSON Schema and builder.

A spec class is decorated by `spec`, and its fields are made by `item`. `__shorthand__` names the field that a bare
value stands for (`name1` for `{path: name1}`). Every spec object carries `pos`, its place in the file, which tells no
object from another.
"""

from __future__ import annotations

import dataclasses
import sys
import types
import typing
from functools import cache
from typing import Any, TypeVar, Union, get_args, get_origin

T = TypeVar("T")


def item(about: str, *, default: Any = dataclasses.MISSING, example: Any = None) -> Any:
    """A field of a spec class: what it means, its default (required without), an example."""
    metadata = {"about": about, "example": example}
    if isinstance(default, dict):
        return dataclasses.field(default_factory=lambda: dict(default), metadata=metadata)
    if callable(default):
        return dataclasses.field(default_factory=default, metadata=metadata)
    return dataclasses.field(default=default, metadata=metadata)


@typing.dataclass_transform(frozen_default=True, kw_only_default=True, field_specifiers=(item,))
def spec(cls: type[T]) -> type[T]:
    """A frozen dataclass, keyword-only; its methods are closures, because to generate forty classes' takes 40 ms."""
    made = dataclasses.dataclass(init=False, repr=False, eq=False, kw_only=True)(cls)
    fields = dataclasses.fields(typing.cast(Any, made))
    known = {field.name for field in fields}
    fresh = {f.name: f.default_factory for f in fields if f.default_factory is not dataclasses.MISSING}
    fixed = {f.name: f.default for f in fields if f.default is not dataclasses.MISSING}
    required = known - fresh.keys() - fixed.keys()
    compared = [field.name for field in fields if field.name != "pos"]

    def init(self: Any, **values: Any) -> None:
        if not required <= values.keys() <= known:
            wrong = sorted((required - values.keys()) | (values.keys() - known))
            raise TypeError(f"{cls.__name__} is missing, or does not know: {', '.join(wrong)}")
        held = self.__dict__
        held.update(fixed)
        for name, factory in fresh.items():
            if name not in values:
                held[name] = factory()
        held.update(values)

    def facts(self: Any) -> list[Any]:
        return [self.__dict__[name] for name in compared]

    def equal(self: Any, other: Any) -> Any:
        return facts(self) == facts(other) if type(other) is type(self) else NotImplemented

    def shown(self: Any) -> str:
        return f"{cls.__name__}({', '.join(f'{name}={self.__dict__[name]!r}' for name in compared)})"

    def refuse(self: Any, name: str, *value: Any) -> None:
        raise dataclasses.FrozenInstanceError(f"cannot change '{name}'")

    methods = {
        "__init__": init,
        "__eq__": equal,
        "__hash__": lambda self: hash(tuple(facts(self))),
        "__repr__": shown,
        "__setattr__": refuse,
        "__delattr__": refuse,
    }
    for name, method in methods.items():
        setattr(made, name, method)
    return made


@cache
def hints(cls: type) -> dict[str, Any]:
    """The resolved types of a spec class's fields, without `pos`."""
    texts = {name: text for name, text in cls.__annotations__.items() if name != "pos" and name[:2] != "__"}
    known = _resolved.setdefault(cls.__module__, {})
    # Most fields are of few types, and to resolve one takes long: each is resolved once in a module.
    unknown = types.SimpleNamespace(__annotations__={text: text for text in texts.values() if text not in known})
    known.update(typing.get_type_hints(unknown, globalns=vars(sys.modules[cls.__module__])))
    return {name: known[text] for name, text in texts.items()}


_resolved: dict[str, dict[str, Any]] = {}


def is_spec(tp: Any) -> bool:
    return isinstance(tp, type) and dataclasses.is_dataclass(tp)


def plain(tp: Any) -> tuple[Any, bool]:
    """The type without `| None`, and whether None was allowed."""
    if get_origin(tp) in (Union, types.UnionType):
        inner = [arg for arg in get_args(tp) if arg is not type(None)]
        optional = len(inner) < len(get_args(tp))
        return (inner[0] if len(inner) == 1 else tuple(inner)), optional
    return tp, False


def key_of(name: str) -> str:
    """The YAML key of an attribute: `is_` and `from_` avoid Python's own words."""
    return name.rstrip("_")
