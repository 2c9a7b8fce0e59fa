"""A look at a live account by harmless reads: does it let us in, does it answer, and which assumptions hold there."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any, Literal

from mapper.connect import Connection
from mapper.connect.operations import operations_of
from mapper.connect.templates import expression, template, value_of
from mapper.errors import UNREADABLE, AuthFailed, MapperError, Missing, RemoteError, Unreachable
from mapper.records import Record
from mapper.spec.assumption import Assumption, Probe
from mapper.sync.accounts import open_connection
from mapper.sync.project import Project

Result = Literal["ok", "failed", "confirmed", "refuted", "cannot tell", "either way"]


@dataclass(frozen=True)
class Finding:
    """What one look came to; `answer` is the choice that holds, where an assumption could be settled."""

    what: Literal["login", "resource", "assumption"]
    name: str
    result: Result
    words: str
    answer: str | None = None


def examine(project: Project, name: str, resources: list[str]) -> Iterator[Finding]:
    """Sign in, read one page of each of these resources, then try each assumption's probe; nothing is written.

    Raises UsageError for an unknown connection, SpecError where its settings are wrong.
    """
    connector = project.connector(name).spec
    with _opened(project, name) as connection:
        try:
            proved = connection.login()
        except RemoteError as error:
            yield Finding("login", name, "failed", _advised(connection, error))
            return
        if proved:
            yield Finding("login", name, "ok", "the account lets us in")
        for resource in resources:
            found, failure = _page(connection, resource)
            shut = isinstance(failure, AuthFailed | Unreachable)
            if not proved:
                # Its keys go with every call: the first one proves them.
                proved = True
                if shut:
                    yield Finding("login", name, "failed", found.words)
                    return
                well = failure is None
                words = "its keys are accepted" if well else "its keys go with each call, and the first one failed"
                yield Finding("login", name, "ok" if well else "cannot tell", words)
            yield found
            if shut:
                return
        for key, assumption in connector.assumptions.items():
            held = project.spec.connections[name].assume.get(key, assumption.default)
            yield _assumption(project, connection, key, assumption, held)


def _opened(project: Project, name: str, **assume: str) -> Connection:
    return open_connection(project, name, project.catalogue(name), assume)


def _page(connection: Connection, resource: str) -> tuple[Finding, MapperError | None]:
    if "list" not in connection.spec.resources[resource].operations:
        return Finding("resource", resource, "ok", "it has no list to look at"), None
    try:
        page = next(iter(connection.pages(resource)), None)
        for record in page.records if page else ():
            connection.key_of(resource, record)
    except MapperError as error:
        return Finding("resource", resource, "failed", _advised(connection, error)), error
    if page is None or not page.records:
        return Finding("resource", resource, "ok", "it answers, and there are no records"), None
    count = f"{len(page.records)} of {page.total}" if page.total is not None else str(len(page.records))
    return Finding("resource", resource, "ok", f"a page was read: {count} records"), None


def _advised(connection: Connection, error: MapperError) -> str:
    """A failure of what should go well, with what to look at first."""
    base_url = connection.scope["base_url"]
    if isinstance(error, AuthFailed) and not error.hint:
        keys = [
            name for name, setting in connection.spec.settings.items() if setting.secret and name in connection.scope
        ]
        return f"{error} (check {' and '.join(keys)} of this connection)"
    if isinstance(error, Unreachable):
        return f"{error} (check base_url, {base_url}, and whether this machine may reach it)"
    if isinstance(error, Missing):
        return f"{error} (check base_url, {base_url}: nothing is at the address of this list)"
    return str(error)


def _assumption(project: Project, connection: Connection, key: str, assumption: Assumption, held: str) -> Finding:
    if assumption.either is not None:
        return Finding("assumption", key, "either way", assumption.either)
    if assumption.probe is None:
        return _open(key, held, assumption)
    try:
        answer, words = _probe(project, connection, key, assumption, assumption.probe)
    except MapperError as error:
        return _open(key, held, assumption, str(error))
    if answer is None:
        return _open(key, held, assumption, words)
    told = Finding("assumption", key, "confirmed", f"it is '{answer}', as assumed", answer)
    return told if answer == held else replace(told, result="refuted", words=f"it is '{answer}', not '{held}'")


def _open(key: str, held: str, assumption: Assumption, because: str = "") -> Finding:
    """What has to be asked; `because` says why a read that might have settled it has not."""
    words = f"'{held}' is assumed{f', as {because}' if because else ''}. {assumption.question}"
    return Finding("assumption", key, "cannot tell", words)


def _probe(
    project: Project, connection: Connection, key: str, assumption: Assumption, probe: Probe
) -> tuple[str | None, str]:
    """The choice that holds, or None with the reason."""
    record: Record = {}
    if probe.of:
        page = next(iter(connection.pages(probe.of)), None)
        if page is None or not page.records:
            return None, f"there are no {probe.of} to look at"
        record = page.records[0]
    if probe.answer is not None:
        try:
            scope = _read(connection, probe, record)
        except Missing:
            scope = {**connection.scope, "record": record, "body": None}
        found = value_of(expression(probe.answer, probe.pos), scope)
        return (found, "") if found in assumption.choices else (None, f"what {probe.call} answers does not tell")
    holds = []
    for choice in assumption.choices:
        with _opened(project, connection.name, **{key: choice}) as trial:
            try:
                _read(trial, probe, record)
            except (Missing, *UNREADABLE):
                continue
            holds.append(choice)
    if len(holds) == 1:
        return holds[0], ""
    return None, f"{probe.call} answers with {' and '.join(holds)} alike" if holds else f"{probe.call} fails with each"


def _read(connection: Connection, probe: Probe, record: Record) -> dict[str, Any]:
    """What was answered: `body`, and by its name what came before."""
    scope: dict[str, Any] = {**connection.scope, "record": record}
    for step in probe.before:
        scope[step.as_ or ""] = _ask(connection, str(step.call), template(dict(step.with_), step.pos)(scope))
    return {**scope, "body": _ask(connection, probe.call, template(dict(probe.with_), probe.pos)(scope))}


def _ask(connection: Connection, operation: str, args: Record) -> Any:
    try:
        return connection.call(operation, args)
    except Missing:
        if operations_of(connection.spec)[operation].missing_is_empty:
            return None
        raise
