"""Writes the generated parts of the documentation: `make docs`.

A generated part stands between `<!-- generated: NAME -->` and `<!-- end -->`; NAME is a key of `PARTS`. The test
`tests/test_docs.py` calls `fresh` on every file and compares.
"""

from __future__ import annotations

import dataclasses
import json
import re
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any, Literal, get_args, get_origin

import click
import yaml

from mapper import errors
from mapper.cli.root import main as command
from mapper.compile.checks import CHECKS
from mapper.expr import people
from mapper.expr.catalogue import SUBJECTS
from mapper.expr.dateforms import DIRECTIVES
from mapper.expr.transform import PASSED, Example, Transform
from mapper.expr.types import TYPES
from mapper.spec import (
    assumption,
    connector,
    example,
    flow,
    hooks,
    login,
    mapping,
    operation,
    project,
    shared,
    situations,
)
from mapper.spec.load import connector_names, load_connector
from mapper.spec.schema import hints, is_spec, key_of, plain

TOP = Path(__file__).resolve().parents[1]
_MARKED = re.compile(r"(<!-- generated: ([a-z-]+) -->\n).*?(<!-- end -->)", re.DOTALL)
_WIDTH = 100


def files() -> list[Path]:
    """The Markdown files that people read first."""
    return [TOP / "README.md", *sorted((TOP / "docs").glob("*.md"))]


def fresh(text: str) -> str:
    """The text with every generated part written anew; KeyError for a part that is not known."""
    return _MARKED.sub(lambda found: f"{found[1]}\n{PARTS[found[2]]().strip()}\n\n{found[3]}", text)


def table(headers: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table."""
    lines = [headers, ["---"] * len(headers), *rows]
    return "\n".join("| " + " | ".join(_cell(part) for part in line) + " |" for line in lines)


def _cell(text: str) -> str:
    return text.replace("\n", " ").replace("|", "\\|")


def code(text: Any) -> str:
    """A text as code; one with a backtick in it is fenced by two."""
    fence = "``" if "`" in str(text) else "`"
    return f"{fence}{text}{fence}"


# Keys of the files, from the spec classes.

_SIMPLE: dict[Any, str] = {str: "text", int: "whole number", float: "number", bool: "true or false", Any: "any"}


def keys(title: str, cls: type) -> str:
    """The table of a spec class's keys."""
    rows = []
    for field in dataclasses.fields(cls):
        if field.name == "pos" or (cls is mapping.Row and field.name == "cells"):
            continue
        about = field.metadata["about"]
        rows.append((code(key_of(field.name)), _kind(hints(cls)[field.name]), _default(field), about))
    words = (cls.__doc__ or "").splitlines()[0]
    short = getattr(cls, "__shorthand__", "")
    words += f" A bare value stands for {code('{' + short + ': …}')}." if short else ""
    return f"### {title}\n\n{words}\n\n{table(('key', 'holds', 'default', 'meaning'), rows)}\n"


def _kind(tp: Any) -> str:
    tp, _ = plain(tp)
    origin = get_origin(tp)
    if tp in _SIMPLE:
        return _SIMPLE[tp]
    if isinstance(tp, tuple):
        return " or ".join(_kind(part) for part in tp)
    if origin is Literal:
        return ", ".join(code(choice) for choice in get_args(tp))
    if origin is tuple:
        return f"list of {_kind(get_args(tp)[0])}"
    if origin is dict:
        return f"table of {_kind(get_args(tp)[1])}"
    if is_spec(tp):
        return f"[{_TITLES[tp]}](#{_TITLES[tp].replace(' ', '-')})" if tp in _TITLES else _ELSEWHERE[tp]
    raise TypeError(f"no words for {tp}")


def _default(field: dataclasses.Field[Any]) -> str:
    if field.default is dataclasses.MISSING:
        return "" if field.default_factory is not dataclasses.MISSING else "**required**"
    if field.default in (None, "", ()):
        return ""
    value = list(field.default) if isinstance(field.default, tuple) else field.default
    return code(json.dumps(value) if not isinstance(value, str) else value)


_MAPPING = {
    mapping.Mapping: "mapping",
    mapping.Side: "side",
    mapping.Row: "row",
    mapping.Cell: "cell",
    mapping.Condition: "condition",
    mapping.Expect: "expect",
    situations.Situations: "situations",
    situations.Ending: "ending",
    mapping.Case: "test",
    shared.Function: "function",
    shared.FunctionCase: "function test",
    shared.Shared: "shared file",
}
_PROJECT = {
    project.ProjectSpec: "project",
    project.ConnectionSpec: "connection",
    project.Catalogue: "catalogue",
    project.CustomField: "custom field",
    project.Locale: "locale",
    project.Guards: "guards",
    project.Alerts: "alerts",
    hooks.Door: "serve",
    hooks.Reply: "reply",
}
_CONNECTOR = {
    connector.Connector: "connector",
    connector.Setting: "setting",
    login.Auth: "auth",
    login.Exchange: "exchange",
    connector.Limits: "limits",
    connector.Retry: "retry",
    flow.ErrorRule: "error rule",
    connector.Wire: "wire",
    assumption.Assumption: "assumption",
    assumption.Probe: "probe of an assumption",
    connector.ListSource: "list source",
    connector.ListValue: "list value",
    connector.Resource: "resource",
    example.Example: "example",
    example.Turn: "turn",
    example.Sent: "sent",
    example.Answered: "answered",
    example.Gives: "gives",
    connector.Changes: "changes",
    connector.Field: "field",
    connector.Container: "container",
    connector.OwnFields: "own fields",
    operation.Operation: "operation",
    operation.Param: "parameter",
    flow.Step: "step",
    operation.Page: "page",
    operation.Batch: "batch",
    operation.Mask: "mask",
    hooks.Hook: "webhook",
}
_TITLES: dict[type, str] = {}
_ELSEWHERE: dict[type, str] = {
    project.CustomField: "[custom field](operations.md#custom-field)",
    connector.Limits: "[limits](connector.md#limits)",
    connector.ListValue: "[list value](connector.md#list-value)",
}


def _keys_of(classes: dict[type, str]) -> Callable[[], str]:
    def part() -> str:
        _TITLES.clear()
        _TITLES.update(classes)
        return "\n".join(keys(title, cls) for cls, title in classes.items())

    return part


# Types and transforms, from the catalogue.


def shown(value: Any) -> str:
    """A value of an example as a person writes it."""
    if isinstance(value, datetime | date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=shown)


def types() -> str:
    rows = []
    for kind in TYPES.values():
        forms = [*(code(form) for form in kind.forms if form), *(["a pattern"] if kind.patterns else [])]
        examples = "<br>".join(f"{code(shown(given))} → {code(shown(read))}" for given, read in kind.examples)
        parts = f"; parts {', '.join(map(code, kind.parts))}" if kind.parts else ""
        rows.append((code(kind.name), kind.summary + parts, ", ".join(forms), examples))
    head = table(("type", "what stands in the middle", "forms, the default first", "read"), rows)
    pattern = f"A pattern is made of {', '.join(map(code, DIRECTIVES))} and `%%`, as in Python's strptime."
    return f"{head}\n\n{pattern}\n\n### Names of people\n\n{(people.__doc__ or '').strip()}\n"


_WAYS_BACK = """\
The last column says how a value gets back. A named transform, with the same arguments, makes of what this one has
given something that is read as the same again. One that `settles` needs none: applied twice it gives the same as once,
so what it has given can be written as it is. What is lost cannot be got back.
"""


def transforms() -> str:
    parts = [_WAYS_BACK]
    for subject, module in SUBJECTS.items():
        found = [value for value in vars(module).values() if isinstance(value, Transform)]
        rows = [_transform(one) for one in found]
        header = ("transform", "what it gives", "from → to", "examples", "way back")
        parts.append(f"### {subject[0].upper()}{subject[1:]}\n\n{table(header, rows)}\n")
    return "\n".join(parts)


def _transform(one: Transform) -> tuple[str, str, str, str, str]:
    name = one.name + (f"({', '.join(one.params)})" if one.params else "")
    missing = "" if one.on_missing == PASSED else f" {one.on_missing}."
    examples = []
    for shot in one.examples:
        given = f" with {', '.join(code(shown(arg)) for arg in shot.args)}" if shot.args else ""
        examples.append(f"{code(shown(shot.input))}{given} → {_result(one, shot)}")
    return code(name), one.summary + missing, f"{one.takes} → {one.gives}", "<br>".join(examples), _back(one)


def _back(one: Transform) -> str:
    """The inverse of a transform, whether it settles a value, and what is lost."""
    words = [code(one.inverse)] if one.inverse else ["settles"] if one.normal else []
    return "; ".join([*words, *([f"loses {one.loses}"] if one.loses else [])])


def _result(one: Transform, example: Example) -> str:
    """What an example gives, or why it is refused."""
    try:
        if one.verify:
            one.verify(*example.args)
        one.call(example.input, *example.args)
    except errors.RuleError as error:
        return f"refused: {error.message}"
    return code(shown(example.output))


# The checks of mappings.

_SEVERITIES = {"problem": "Problems", "warning": "Warnings", "note": "Notes"}


def checks() -> str:
    """The checks by how grave they are, in the order of their list."""
    parts = []
    for severity, title in _SEVERITIES.items():
        found = [one for one in CHECKS if one.severity == severity]
        rows = [(code(one.code), one.summary, "<br>".join(map(code, one.example.split("\n")))) for one in found]
        parts.append(f"### {title}\n\n{table(('code', 'finds', 'in such as'), rows)}\n")
    return "\n".join(parts)


# Words of connectors: the choices are the spec's, so that a new one without a line here fails.

_CODECS = {
    "pairs": "`[{key: id, value: v}]` on the wire, `{name: v}` decoded. A mapping writes `MoreFields.name`. "
    "With `values` the member that holds the value depends on the field's type.",
    "groups": "`[{category: c, label: l}]` on the wire, `{category: [labels]}` decoded. A field of it is a `set`.",
    "ids": "`[{id, name}]` on the wire, the ids decoded; labels are learnt from the records that are read.",
    "per_record": "Not in the record at all: one call reads the values of one record, one call writes one value.",
}
_STYLES = {
    "offset": "The parameter `start` counts records. The next page begins after as many as were received.",
    "page": "The parameter `start` counts pages, from `first`.",
    "next": "Each answer has, at `next`, a token that is given back as the parameter `start`, or an address: then its "
    "parameters are given back. With `link` the header Link gives the address. Without one, the page is the last.",
    "none": "All records come in one answer.",
}
_WAYS = {
    "filter": "The vendor is asked for what changed since the cursor, less `overlap` seconds.",
    "sorted": "The list is read newest first and left where the stamp falls below the cursor, less `overlap`.",
    "walk": "The whole list is read; digests tell what moved.",
}


def _choices(cls: type, name: str, words: dict[str, str], header: str) -> str:
    choices = get_args(plain(hints(cls)[name])[0])
    return table((header, "meaning"), [(code(choice), words[choice]) for choice in choices])


def codecs() -> str:
    return table(("codec", "meaning"), [(code(name), words) for name, words in _CODECS.items()])


def page_styles() -> str:
    return _choices(connector.Page, "style", _STYLES, "style")


def ways() -> str:
    return table(("by", "meaning"), [(code(way), words) for way, words in _WAYS.items()])


# The shipped connectors.


def connectors() -> str:
    return "\n".join(_shipped(name) for name in connector_names())


def _shipped(name: str) -> str:
    spec = load_connector(name).spec
    ways_in = "; ".join(f"{code(auth.name)} with {', '.join(map(code, auth.needs))}" for auth in spec.auth)
    limits = spec.limits
    pace = f"{limits.per_second:g} calls a second, {limits.concurrency} at once" if limits.per_second else "none"
    settings = [(code(key), _traits(one), unmarked(one.about)) for key, one in spec.settings.items()]
    head = ("resource", "is", "key", "changes", "fields", "containers", "operations")
    parts = [
        f"### {name}",
        unmarked(spec.about),
        f"Written from: {unmarked(spec.documents or '')}.",
        f"Signing in, the first whose settings are given: {ways_in}. Limits: {pace}.",
        table(("setting", "", "meaning"), settings),
        table(head, _resources(spec)),
        table(("assumption", "question", "answers", "risk", "a read that settles it"), _assumptions(spec)),
        *([table(("webhook", "about", "it", "records", "subscribed to"), _webhooks(spec))] if spec.webhooks else []),
    ]
    return "\n\n".join(parts) + "\n"


def contracts() -> str:
    """The operations of the vendors' documents, as the contract tests call them."""
    parts, counts = [], []
    for path in sorted((TOP / "tests" / "connectors" / "contract").glob("*.yaml")):
        cases = yaml.safe_load(path.read_text(encoding="utf-8"))["cases"]
        rows = [
            (code(seed), code(operation))
            for operation, said in cases.items()
            for case in (said if isinstance(said, list) else [said])
            for seed in _several((case or {}).get("seed"))
        ]
        counts.append((path.stem, str(len({seed for seed, _ in rows})), str(len(cases)), *_printed(path.stem)))
        parts.append(f"## {path.stem}\n\n{table(('in the documents', 'operation'), rows)}")
    head = ("connector", "operations of the documents", "operations in all", "requests printed", "answers printed")
    return "\n\n".join([table(head, counts), *parts])


def _printed(name: str) -> tuple[str, str]:
    """How many requests and answers the vendor's documents print, each of which is in the tests."""
    tests = TOP / "tests"
    samples = tests / "connectors" / f"{name}_samples.json"
    if samples.exists():
        tried = list(json.loads(samples.read_text(encoding="utf-8")).values())
    else:
        paths = [*tests.glob("transcripts/*.yaml"), *tests.glob(f"transcripts/{name}/*.yaml")]
        found = [yaml.safe_load(path.read_text(encoding="utf-8")) for path in sorted(paths)]
        tried = [one for one in found if one.get("connector", name) == name and one.get("printed", True)]
    requests, answers = (sum(part in one for one in tried) for part in ("request", "answer"))
    return str(requests), str(answers)


def _several(value: Any) -> list[str]:
    return value if isinstance(value, list) else [value] if value else []


def unmarked(text: str) -> str:
    """The text without the marks of its sources, which the head of each connector file explains."""
    return re.sub(r"\s*\[[^\]]*\]", "", text)


def _assumptions(spec: connector.Connector) -> Iterator[tuple[str, ...]]:
    for key, one in spec.assumptions.items():
        answers = ", ".join(code(c) + (" (default)" if c == one.default else "") for c in one.choices)
        settled = code(one.probe.call) if one.probe else ""
        risk = one.risk or f"none, whichever is true: {one.either}"
        yield code(key), one.question, answers, unmarked(risk), settled


def _webhooks(spec: connector.Connector) -> Iterator[tuple[str, ...]]:
    for key, one in spec.webhooks.items():
        meant = [name for name in (one.resource, *one.also) if name]
        made = f"by {code(one.subscribe)}" if one.subscribe else "by hand, at the vendor"
        yield code(key), one.about or "", "asks" if one.method == "GET" else "tells", ", ".join(map(code, meant)), made


def _traits(setting: connector.Setting) -> str:
    words = [word for word in ("required", "secret") if getattr(setting, word)]
    return ", ".join(words) + (f"default {code(setting.default)}" if setting.default else "")


def _resources(spec: connector.Connector) -> Iterator[tuple[str, ...]]:
    for name, one in spec.resources.items():
        by = one.changes.by if "{{" not in one.changes.by else "as the assumption says"
        by = "told" if one.told else by
        about = one.about or one.label or ""
        fields = f"{len(one.fields)}, {sum(not f.readonly for f in one.fields.values())} writable"
        containers = ", ".join(f"{code(n)} ({c.codec})" for n, c in one.containers.items())
        yield code(name), about, code(one.key), by, fields, containers, ", ".join(map(code, one.operations))


# The command.


def commands() -> str:
    root = click.Context(
        command, info_name="mapper", help_option_names=["-h", "--help"], terminal_width=_WIDTH, max_content_width=_WIDTH
    )
    return "\n".join(_helps(command, root, 2))


def _helps(one: click.Command, context: click.Context, level: int) -> Iterator[str]:
    yield f"{'#' * level} {context.command_path}\n\n```text\n{_help(one, context)}\n```\n"
    if isinstance(one, click.Group):
        for name in one.list_commands(context):
            inner = one.get_command(context, name)
            assert inner is not None
            yield from _helps(inner, click.Context(inner, info_name=name, parent=context), min(level + 1, 4))


def _help(one: click.Command, context: click.Context) -> str:
    return "\n".join(line.rstrip() for line in one.get_help(context).splitlines()).strip()


def exit_codes() -> str:
    rows: dict[int, list[str]] = {0: ["All went well."]}
    for name in errors.__dict__:
        cls = getattr(errors, name)
        if isinstance(cls, type) and issubclass(cls, errors.MapperError) and "exit_code" in vars(cls):
            words = (cls.__doc__ or "").splitlines()[0].split(";")[0].rstrip(".")
            rows.setdefault(cls.exit_code, []).append(f"{words}.")
    rows[1] = ["A defect of mapper, or the system refused a file."]
    rows[3] = ["Done, but records were quarantined or refused, or a replay found what differs."]
    rows[130] = ["Stopped by Ctrl-C; the next run goes on from there."]
    return table(("code", "meaning"), [(code(number), " ".join(rows[number])) for number in sorted(rows)])


PARTS: dict[str, Callable[[], str]] = {
    "mapping-keys": _keys_of(_MAPPING),
    "project-keys": _keys_of(_PROJECT),
    "connector-keys": _keys_of(_CONNECTOR),
    "types": types,
    "transforms": transforms,
    "checks": checks,
    "codecs": codecs,
    "page-styles": page_styles,
    "changes": ways,
    "connectors": connectors,
    "contracts": contracts,
    "commands": commands,
    "exit-codes": exit_codes,
}


def main() -> None:
    """Write what is out of date."""
    for path in files():
        text = path.read_text(encoding="utf-8")
        made = fresh(text)
        if made != text:
            path.write_text(made, encoding="utf-8")
            print(f"wrote {path.relative_to(TOP)}", file=sys.stderr)


if __name__ == "__main__":
    main()
