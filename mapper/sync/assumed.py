"""The answers to assumptions noted in the project file, which otherwise stays as it was."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from operator import eq
from typing import Any

from mapper.errors import UsageError
from mapper.sync.doctor import Finding
from mapper.sync.project import Project
from mapper.sync.yamledit import CannotEdit, edit

Answers = dict[str, dict[str, str]]


def unnoted(project: Project, told: Mapping[str, Sequence[Finding]]) -> Answers:
    """By connection, the answers that were found and do not stand in the project file."""
    found: Answers = {}
    for name, findings in told.items():
        noted = project.spec.connections[name].assume
        new = {one.name: one.answer for one in findings if one.what == "assumption" and one.answer}
        if new := {key: answer for key, answer in new.items() if noted.get(key) != answer}:
            found[name] = new
    return found


def note(project: Project, answers: Answers) -> None:
    """Write the answers under `assume` of their connections; raises UsageError where the file cannot be rewritten."""
    document = project.loaded.document
    path = document.path
    assert path is not None
    changes: list[tuple[tuple[str, ...], Any]] = []
    for name, new in answers.items():
        connection = document.data["connections"][name]
        changes.append((("connections", name), {**connection, "assume": {**(connection.get("assume") or {}), **new}}))
    try:
        with path.open(encoding="utf-8", newline="") as file:
            before = file.read()
        after = edit(before, changes, eq)
        draft = path.with_suffix(".tmp")
        with draft.open("w", encoding="utf-8", newline="") as file:
            file.write(after)
        os.replace(draft, path)
    except OSError as error:
        raise UsageError(f"{path} cannot be written: {error.strerror}") from None
    except CannotEdit as error:
        raise UsageError(f"{path} cannot be rewritten: {error}", hint="write the answers there by hand") from None
