"""A vendor's own description of its API as a table of operations on which a connector builds.

Operations keep the names that the shipped connector gives them: where verb and path are the same, or else where the
title is, which moves an operation to the path that the vendor says.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any

from mapper.connect.listing import shown_path
from mapper.connect.openapi import Described, Description
from mapper.connect.operations import operations_of
from mapper.connect.parameters import place_of
from mapper.connect.templates import names_inside
from mapper.spec.connector import Connector
from mapper.spec.operation import Operation

_BRACED = re.compile(r"\{([^{}]+)\}")
_TITLE = re.compile(r"^(DEPRECATED[, ]*)|( TODO)$|( \[.*\])$", re.IGNORECASE)
_VERBS = {"POST": "create", "PUT": "update", "PATCH": "change", "DELETE": "delete"}
_KEPT = "The vendor's description does not have it; it stands here as it was."


def text_of(table: Mapping[str, Any], about: str) -> str:
    """The table as a connector file's text."""
    import yaml

    class Plain(yaml.SafeDumper):
        """Without anchors, which files of mapper do not have."""

        ignore_aliases = staticmethod(lambda data: True)

    told = "".join(f"# {line}\n" for line in about.splitlines())
    dumped: str = yaml.dump(
        dict(table), Dumper=Plain, sort_keys=False, allow_unicode=True, width=110, default_flow_style=None
    )
    return told + dumped


@dataclass
class Imported:
    """The table, and how it came about."""

    table: dict[str, Any]
    same: list[str] = field(default_factory=list)
    moved: list[str] = field(default_factory=list)
    new: list[str] = field(default_factory=list)
    kept: list[str] = field(default_factory=list)


def matches(found: Description, connector: Connector) -> int:
    """How many of the described operations a connector knows."""
    return len(_paired(found.operations, operations_of(connector), connector))


def table_of(found: Description, connector: Connector | None) -> Imported:
    """The table of operations that a description makes, by the names of the connector that builds on it."""
    known = operations_of(connector) if connector else {}
    paired = _paired(found.operations, known, connector) if connector else {}
    made = Imported({})
    resources: dict[str, Any] = {}
    actions: dict[str, Any] = {}
    taken = set(paired.values())
    login = {header.lower() for auth in connector.auth for header in auth.headers} if connector else set()
    for number, one in enumerate(found.operations):
        one.params = [param for param in one.params if param["in"] != "header" or param["name"].lower() not in login]
        name = paired.get(number)
        if name is None:
            name = _named(one, taken | known.keys())
            taken.add(name)
            made.new.append(name)
        else:
            same = connector is not None and _place(one.method, one.path) == _shown(known[name], connector)
            (made.same if same else made.moved).append(name)
        _put(resources, actions, connector, name, _operation(one, known.get(name)))
    for name, operation in known.items():
        if name not in taken and not operation.steps and connector:
            made.kept.append(name)
            _put(resources, actions, connector, name, _as_it_was(operation, connector))
    parts = {"resources": {name: {"operations": one} for name, one in resources.items()}, "actions": actions}
    made.table = {name: part for name, part in parts.items() if part}
    return made


def _paired(described: list[Described], known: Mapping[str, Operation], connector: Connector) -> dict[int, str]:
    """The connector's name of each described operation that it knows."""
    by_place: dict[tuple[str, str], str] = {}
    for name, operation in known.items():
        by_place.setdefault(_shown(operation, connector), name)
    found = {
        number: by_place[place]
        for number, one in enumerate(described)
        if (place := _place(one.method, one.path)) in by_place
    }
    rest = [number for number in range(len(described)) if number not in found]
    left = [name for name in known if name not in found.values()]
    for member in ("title", "ident"):
        ours = _only((_title(known[name].about), name) for name in left)
        theirs = _only((_title(getattr(described[number], member)), number) for number in rest)
        found |= {theirs[title]: ours[title] for title in theirs.keys() & ours.keys() if title}
        rest = [number for number in rest if number not in found]
        left = [name for name in left if name not in found.values()]
    return found


def _only(pairs: Iterable[tuple[str, Any]]) -> dict[str, Any]:
    """What is the only one of its title."""
    listed = list(pairs)
    count = Counter(title for title, _ in listed)
    return {title: one for title, one in listed if count[title] == 1}


def _title(text: str | None) -> str:
    return _TITLE.sub("", text or "").strip().casefold()


def _place(method: str, path: str) -> tuple[str, str]:
    """Verb and path, whatever the parameters in it are called."""
    return method, _BRACED.sub("{}", f"/{path.strip('/')}")


def _shown(operation: Operation, connector: Connector) -> tuple[str, str]:
    return _place(operation.method, shown_path(operation, connector))


def _named(one: Described, taken: Iterable[str]) -> str:
    """A name of its own: the path's words and what is done."""
    words = [re.sub(r"\W+", "_", part) for part in one.path.split("/") if part and not part.startswith("{")]
    ends = one.path.rstrip("/").endswith("}")
    verb = _VERBS.get(one.method) or ("list" if one.lists or not ends else "get")
    name = ".".join([*words, verb])
    inside = _BRACED.findall(one.path)
    if name in taken and inside:
        name = f"{name}_by_{_argument(inside[-1])}"
    number, first = 2, name
    while name in taken:
        name, number = f"{first}_{number}", number + 1
    return name


def _put(
    resources: dict[str, Any], actions: dict[str, Any], connector: Connector | None, name: str, said: dict[str, Any]
) -> None:
    resource, _, own = name.partition(".")
    if connector and resource in connector.resources and own in connector.resources[resource].operations:
        resources.setdefault(resource, {})[own] = said
    else:
        actions[name] = said


def _operation(one: Described, known: Operation | None) -> dict[str, Any]:
    """An operation as a connector file says it; its arguments keep the names that the connector gives them."""
    arguments = _arguments(one, known)
    path = _BRACED.sub(lambda found: f"{{{{ {arguments['path', found[1]]} }}}}", one.path.lstrip("/"))
    said: dict[str, Any] = {"about": one.title or None, "method": one.method, "path": path}
    if one.deprecated:
        said["deprecated"] = (known.deprecated if known else None) or "The vendor's description says so."
    elif known and known.deprecated:
        said["deprecated"] = known.deprecated
    if known and known.unfinished and known.unfinished != _KEPT:
        said["unfinished"] = known.unfinished
    params = {}
    for param in one.params:
        name = arguments[param["in"], param["name"]]
        about = {key: value for key, value in param.items() if key not in ("in", "name")}
        usual = "path" if param["in"] == "path" else "query" if one.method == "GET" else "body"
        about |= {"in": param["in"]} if param["in"] != usual else {}
        about |= {"name": param["name"]} if param["name"] != name else {}
        if param["in"] == "path":
            about.pop("required", None)
        params[name] = _short(about)
    said["params"] = params or None
    return _said(said)


def _short(param: dict[str, Any]) -> Any:
    """A parameter of which only the type is said is its type."""
    return param["type"] if param.keys() == {"type"} else param


def _said(said: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in said.items() if value is not None and (key, value) != ("method", "GET")}


def _arguments(one: Described, known: Operation | None) -> dict[tuple[str, str], str]:
    """The name of each parameter's argument, by its place and wire name."""
    ours: dict[tuple[str, str], str] = {}
    in_path: list[str] = []
    if known:
        inside = names_inside(known.path)
        in_path = [name for name in re.findall(r"\w+", known.path) if name in inside and name != "assume"]
        in_path = [name for name in dict.fromkeys(in_path) if name in known.params]
        ours = {(place_of(known, name, inside), about.name or name): name for name, about in known.params.items()}
    theirs = list(dict.fromkeys(_BRACED.findall(one.path)))
    if len(theirs) == len(in_path):
        ours |= {("path", name): own for name, own in zip(theirs, in_path, strict=True)}
    found: dict[tuple[str, str], str] = {}
    for param in sorted(one.params, key=lambda param: param["in"] != "path"):
        place = (param["in"], param["name"])
        own = _argument(param["name"]) if param["in"] == "path" else param["name"]
        name = ours.get(place, own)
        while name in found.values() or (place not in ours and param["in"] != "path" and name in theirs):
            name = f"{param['in']}_{name}"
        found[place] = name
    return found


def _argument(text: str) -> str:
    return re.sub(r"\W+", "_", text)


def _as_it_was(operation: Operation, connector: Connector) -> dict[str, Any]:
    """An operation that the description lacks, as the connector has it."""
    inside = names_inside(operation.path)
    arguments = {param.name or name: name for name, param in operation.params.items() if name in inside}
    path = shown_path(operation, connector).lstrip("/")
    said: dict[str, Any] = {"about": operation.about, "method": operation.method}
    said["path"] = _BRACED.sub(lambda found: f"{{{{ {arguments.get(found[1], found[1])} }}}}", path)
    said |= {"deprecated": operation.deprecated, "unfinished": operation.unfinished or _KEPT}
    params: dict[str, Any] = {}
    for name, param in operation.params.items():
        about: dict[str, Any] = {"type": param.type, "in": param.in_, "choices": list(param.choices)}
        for key in ("name", "many", "join", "required", "nullable", "default", "most", "about"):
            about[key] = getattr(param, key)
        params[name] = _short({key: value for key, value in about.items() if value})
    said["params"] = params or None
    return _said(said)
