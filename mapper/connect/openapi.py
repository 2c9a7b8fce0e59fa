"""A vendor's own description of its API, Swagger 2 or OpenAPI 3, as operations with parameters."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from mapper.errors import UsageError

_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
_OTHERS = ("HEAD", "OPTIONS", "TRACE")
_JOINED = {"csv": ",", "ssv": " ", "pipes": "|", "tsv": "\t"}
_STYLES = {"form": ",", "simple": ",", "spaceDelimited": " ", "pipeDelimited": "|"}
_TYPES = {"integer": "number", "number": "decimal", "boolean": "flag", "string": "text", "object": "object"}
_FORMS = {"date": "date", "date-time": "datetime"}
#: So many references are followed one after another: more are a ring.
_DEEPEST = 30


@dataclass
class Described:
    """One operation of the document; `params` by their place and wire name."""

    method: str
    path: str
    title: str
    ident: str
    lists: bool
    deprecated: bool
    params: list[dict[str, Any]] = field(default_factory=list)


@dataclass
class Description:
    """What a document says, and what of it cannot be used."""

    title: str
    base: str
    operations: list[Described]
    notes: list[str]


def read(path: Path) -> Description:
    """A document in JSON or YAML; raises UsageError where it is none that is understood."""
    try:
        text = path.read_text(encoding="utf-8")
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except UnicodeDecodeError:
        raise UsageError(f"{path} is not UTF-8 text") from None
    return describe(_parsed(path, text), str(path))


def _parsed(path: Path, text: str) -> Any:
    import orjson
    import yaml

    if text.lstrip().startswith(("{", "[")):
        try:
            return orjson.loads(text)
        except ValueError as error:
            raise UsageError(f"{path} is not JSON: {error}") from None
    try:
        return yaml.safe_load(text)
    except yaml.YAMLError as error:
        where = getattr(error, "problem_mark", None)
        line = f" (line {where.line + 1})" if where else ""
        raise UsageError(f"{path} is neither JSON nor YAML{line}") from None


def describe(data: Any, name: str) -> Description:
    """What a parsed document says; raises UsageError where it is none that is understood."""
    version = data.get("swagger") or data.get("openapi") if isinstance(data, dict) else None
    if not isinstance(version, str | int | float) or str(version)[:1] not in "23":
        found = f"its version is {version}" if version else "it has neither `swagger` nor `openapi`"
        raise UsageError(f"{name} is no OpenAPI document: {found}", hint="Swagger 2 and OpenAPI 3 are understood")
    paths = data.get("paths")
    if not isinstance(paths, dict) or not paths:
        raise UsageError(f"{name} describes no paths: there is nothing to import")
    reader = _Reader(data)
    operations = list(reader.operations(paths))
    if not operations:
        raise UsageError(f"{name} describes no operation that can be called", hint="; ".join(reader.notes[:3]))
    info = data.get("info")
    title = str(info.get("title", "")) if isinstance(info, dict) else ""
    return Description(title, _base(data), operations, reader.notes)


def _base(data: Mapping[str, Any]) -> str:
    """The address that the document itself gives, if any."""
    servers = data.get("servers")
    if isinstance(servers, list) and servers and isinstance(servers[0], dict):
        return str(servers[0].get("url", ""))
    host, path = data.get("host", ""), data.get("basePath", "")
    return f"https://{host}{path}" if host else str(path)


class _Reader:
    """Reads the operations of one document, and notes what it cannot use."""

    def __init__(self, data: Mapping[str, Any]) -> None:
        self._data = data
        self.notes: list[str] = []

    def operations(self, paths: Mapping[str, Any]) -> Iterator[Described]:
        """Every operation, in the document's order."""
        for path, found in paths.items():
            item = self._meant(found, f"the path {path}")
            if not isinstance(item, dict):
                continue
            for word, said in item.items():
                method, place = word.upper(), f"{word.upper()} {path}"
                if method in _OTHERS:
                    self.notes.append(f"{place} is left out: mapper does not call {method}")
                if method not in _METHODS or not isinstance(said, dict):
                    continue
                yield self._operation(method, path, place, said, item.get("parameters"))

    def _operation(self, method: str, path: str, place: str, said: dict[str, Any], shared: Any) -> Described:
        summary, ident = str(said.get("summary") or ""), str(said.get("operationId") or "")
        made = Described(method, path, summary or ident, ident, self._lists(said), said.get("deprecated") is True)
        found: dict[tuple[str, str], dict[str, Any]] = {}
        for listed in (shared, said.get("parameters")):
            for one in listed if isinstance(listed, list) else ():
                param = self._meant(one, place)
                if isinstance(param, dict):
                    for made_param in self._param(param, place):
                        found[made_param["in"], made_param["name"]] = made_param
        for made_param in self._body(said.get("requestBody"), place):
            found[made_param["in"], made_param["name"]] = made_param
        for name in re.findall(r"\{([^{}]+)\}", path):
            found.setdefault(("path", name), {"in": "path", "name": name, "type": "text"})
        made.params = [param for (where, name), param in found.items() if where != "path" or f"{{{name}}}" in path]
        return made

    def _param(self, param: dict[str, Any], place: str) -> Iterator[dict[str, Any]]:
        name, where = param.get("name"), param.get("in")
        if where == "body":
            yield from self._members(self._meant(param.get("schema"), place), "body", place)
            return
        where = "form" if where == "formData" else where
        if not isinstance(name, str) or where not in ("path", "query", "header", "form"):
            self.notes.append(f"{place}: the parameter '{name}' in {where} is left out: mapper cannot send it")
            return
        if where == "header" and name.lower() in ("authorization", "accept", "content-type"):
            return
        schema = self._meant(param.get("schema", param), place)
        made = {"in": where, "name": name, **self._typed(schema, place)}
        if made.get("many") and (join := _join(param)):
            made["join"] = join
        if param.get("required") is True:
            made["required"] = True
        if text := param.get("description"):
            made["about"] = " ".join(str(text).split())
        yield made

    def _body(self, said: Any, place: str) -> Iterator[dict[str, Any]]:
        body = self._meant(said, place) if said is not None else None
        content = body.get("content") if isinstance(body, dict) else None
        if not isinstance(content, dict):
            return
        for media, where in (("json", "body"), ("x-www-form-urlencoded", "form")):
            for name, about in content.items():
                if media in name and isinstance(about, dict):
                    yield from self._members(self._meant(about.get("schema"), place), where, place)
                    return
        self.notes.append(f"{place}: its body ({', '.join(content)}) is left out: mapper sends JSON and forms")

    def _members(self, schema: Any, where: str, place: str) -> Iterator[dict[str, Any]]:
        """The members of a body, those of all its parts together."""
        parts = schema.get("allOf") if isinstance(schema, dict) else None
        if isinstance(parts, list):
            for part in parts:
                yield from self._members(self._meant(part, place), where, place)
        properties = schema.get("properties") if isinstance(schema, dict) else None
        if not isinstance(properties, dict):
            if not parts:
                self.notes.append(f"{place}: the members of its body are not told: they are not checked")
            return
        required = schema.get("required")
        for name, one in properties.items():
            member = self._meant(one, place)
            made = {"in": where, "name": name, **self._typed(member, place)}
            if isinstance(required, list) and name in required:
                made["required"] = True
            if isinstance(member, dict) and member.get("readOnly") is True:
                made["about"] = "Read-only: accepted, and ignored."
            yield made

    def _typed(self, schema: Any, place: str) -> dict[str, Any]:
        """The type of a value, with what limits it."""
        if not isinstance(schema, dict):
            return {"type": "any"}
        kind, made = schema.get("type"), dict[str, Any]()
        if isinstance(kind, list):
            made |= {"nullable": True} if "null" in kind else {}
            kind = next((word for word in kind if word != "null"), None)
        if schema.get("nullable") is True or schema.get("x-nullable") is True:
            made["nullable"] = True
        if kind == "array":
            inner = self._typed(self._meant(schema.get("items"), place), place)
            return {**inner, **made, "many": True}
        default = "object" if "properties" in schema or "allOf" in schema else "any"
        made["type"] = (
            _FORMS.get(str(schema.get("format")), "text") if kind == "string" else _TYPES.get(str(kind), default)
        )
        choices = schema.get("enum")
        if isinstance(choices, list) and choices:
            made["choices"] = [_word(one) for one in choices if one is not None]
        if isinstance(schema.get("default"), str | int | float | bool):
            made["default"] = _word(schema["default"])
        if isinstance(schema.get("maximum"), int):
            made["most"] = schema["maximum"]
        return made

    def _lists(self, said: Mapping[str, Any]) -> bool:
        """Whether the answer is several records: an array, or a page of them."""
        answers = said.get("responses")
        good = next((answers[code] for code in ("200", 200) if code in answers), None) if answers else None
        answer = self._meant(good, "") if good else None
        if not isinstance(answer, dict):
            return False
        content = answer.get("content")
        media = next(iter(content.values()), {}) if isinstance(content, dict) else answer
        schema = self._meant(media.get("schema"), "") if isinstance(media, dict) else None
        if not isinstance(schema, dict):
            return False
        inside = schema.get("properties")
        return schema.get("type") == "array" or (isinstance(inside, dict) and "items" in inside)

    def _meant(self, value: Any, place: str) -> Any:
        """What a reference stands for; None for one that leads out of the document, in a ring or nowhere."""
        for _ in range(_DEEPEST):
            if not isinstance(value, dict) or "$ref" not in value:
                return value
            text, value = str(value["$ref"]), self._data
            if not text.startswith("#/"):
                self._lost(place, text, "leads out of the document")
                return None
            for step in text[2:].split("/"):
                step = step.replace("~1", "/").replace("~0", "~")
                value = value.get(step) if isinstance(value, dict) else None
            if value is None:
                self._lost(place, text, "leads nowhere")
                return None
        self._lost(place, text, "leads in a ring")
        return None

    def _lost(self, place: str, text: str, why: str) -> None:
        if place:
            self.notes.append(f"{place}: the reference {text} {why}: what it stands for is not checked")


def _join(param: Mapping[str, Any]) -> str | None:
    """What stands between several values in one text; None where the name is repeated."""
    if "schema" not in param:
        return _JOINED.get(str(param.get("collectionFormat", "csv")))
    style = str(param.get("style", "simple" if param.get("in") in ("path", "header") else "form"))
    explode = param.get("explode", style == "form")
    return None if explode and style == "form" else _STYLES.get(style, ",")


def _word(value: Any) -> str:
    return ("true" if value else "false") if isinstance(value, bool) else str(value)
