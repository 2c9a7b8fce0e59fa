"""`mapper state`: where the state lies and what it holds, whether it is sound, a copy of it, and a fresh start."""

from __future__ import annotations

from contextlib import closing
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import Group, command, settings

if TYPE_CHECKING:
    from mapper.state import Row
    from mapper.state.upkeep import Holding, Untouched
    from mapper.sync.project import Project

_BROKEN = 2
_COUNTS = ("links", "linked", "unlinked", "owed", "quarantined", "kept")


@click.group("state", cls=Group, examples=("mapper state show", "mapper state check", "mapper state backup copy.db"))
def state() -> None:
    """Look after the state: what it holds, whether it is sound, a copy of it, and forgetting an entity."""


@command("show", examples=("mapper state show", "mapper state show --json"))
def show() -> None:
    """Show where the state lies, and how much it holds of each entity.

    It tells its version and size, too. Links join records; linked and unlinked count records, owed counts writes still
    to be done, kept counts records that are kept for `mapper replay`.
    """
    from mapper.state import upkeep
    from mapper.state.tables import SCHEMA

    with settings().load() as project, closing(_opened(project)) as store:
        found, size = upkeep.holdings(store, project.entities), upkeep.size(store)
        exists, shown, days = bool(store.tables), store.shown, project.spec.retention
        how = "encrypted" if (encrypted := store.key_id is not None) else "not encrypted"
    if settings().json:
        entities = {entity: _facts(held) for entity, held in found.items()}
        schema = int(SCHEMA) if exists else None
        about = {"schema": schema, "bytes": size, "encrypted": encrypted, "retention": days}
        output.document({"state": shown, "exists": exists, **about, "entities": entities})
        return
    output.show(f"state:   {shown}")
    if not exists:
        output.show("It is not there yet: the first sync makes it.")
        return
    output.show(f"schema:  {SCHEMA}")
    output.show(f"size:    {_size(size)}")
    output.show(f"values:  {how}, kept for {_number(days, 'day')} after a run")
    rows = [
        (entity, *(str(getattr(held, name) or output.NOTHING) for name in _COUNTS), _ended(held.last_run))
        for entity, held in found.items()
    ]
    output.show_table(("entity", *_COUNTS, "last run"), rows, right=range(1, 1 + len(_COUNTS)))
    for entity, held in found.items():
        if held.since is not None:
            since, gone = output.moment(held.since), output.moment(held.since + days * 86400)
            output.show(f"{entity}: values of runs since {since}; the oldest go with the first run after {gone}")
        if held.held_by:
            output.show(f"{entity}: {held.held_by} is at work")


@command("check", examples=("mapper state check", "mapper state check --json"))
def check() -> int:
    """Find what is wrong in the state, and say what to do about it.

    Nothing is changed. It looks at the database file itself (SQLite), at the tables and columns, at links with two
    records of one side, at writes owed to links that do not exist, at agreed values that cannot be read, at traces of
    what is gone, at quarantined records of entities that the project does not have, and at what ended runs left behind.
    It ends with 2 where something is broken, with 0 where all is sound, or untidy at most.
    """
    from mapper.state import upkeep

    with settings().load() as project, closing(_opened(project)) as store:
        found = upkeep.check(store, project.entities)
        exists, shown = bool(store.tables), store.shown
    broken = any(finding.broken for finding in found)
    if settings().json:
        facts = [{"kind": f.kind, "broken": f.broken, "message": f.message, "advice": f.advice} for f in found]
        output.document({"state": shown, "exists": exists, "broken": broken, "findings": facts})
    else:
        for finding in found:
            output.show(f"{'broken' if finding.broken else 'note'}: {finding}")
        if not exists:
            output.show(f"{shown} is not there yet: the first sync makes it.")
        elif not found:
            output.show(f"{shown} is sound.")
    return _BROKEN if broken else 0


@command("backup", examples=("mapper state backup copy.db", "mapper state backup /backup/crm.db --force"))
@click.argument("file", type=click.Path(path_type=Path))
@click.option("--force", is_flag=True, help="Overwrite FILE where it is there already.")
def backup(file: Path, force: bool) -> None:
    """Copy an SQLite state into FILE, while runs go on.

    The copy is one whole database, as it is at one moment, which can be put in the place of the state while no run is
    under way. A state in PostgreSQL is backed up with pg_dump.
    """
    from mapper.state import upkeep

    with settings().load() as project, closing(_opened(project)) as store:
        size, shown = upkeep.backup(store, file, force=force), store.shown
    if settings().json:
        output.document({"state": shown, "file": str(file), "bytes": size})
    else:
        output.show(f"{shown} is copied to {file} ({_size(size)}).")


@command("reset", examples=("mapper state reset company", "mapper state reset company --yes"))
@click.argument("entity")
@click.option("--yes", is_flag=True, help="Do not ask.")
def reset(entity: str, yes: bool) -> None:
    """Forget all that is known of ENTITY.

    Its links, agreed values, cursors, owed writes, quarantine and kept records go; the list of runs stays. Nothing
    changes at any vendor. The next sync reads every side whole, matches every record anew by stamp and rules, and
    creates what nothing matches.
    """
    from mapper.errors import UsageError
    from mapper.spec.document import nearest
    from mapper.state import upkeep

    with settings().load() as project, closing(_opened(project)) as store:
        known = upkeep.holdings(store, project.entities)
        if entity not in known:
            message = f"neither the project nor its state knows an entity '{entity}'"
            raise UsageError(message, hint=nearest(entity, known))
        if not yes:
            output.say(_consequences(entity, known[entity], upkeep.unanswered(store, entity)))
            output.confirm(f"Forget {_links(known[entity])} of '{entity}'?", yes=yes)
        gone = upkeep.reset(store, entity)
    if settings().json:
        output.document({"reset": entity, **{name: getattr(gone, name) for name in _COUNTS}})
    else:
        output.show(f"{_links(gone)} of '{entity}' forgotten. {_next(entity)}")


@command(
    "rekey",
    examples=(
        "mapper state rekey                 encrypt a state that was not, with the key of mapper.yaml",
        "mapper state rekey --old OLD_KEY   change the key; or, without one in mapper.yaml, decrypt",
    ),
)
@click.option("--old", metavar="NAME", help="The variable that holds the key of now, where the state is encrypted.")
def rekey(old: str | None) -> None:
    """Encrypt the state, change its key, or decrypt it.

    It is brought to the key that `state_key` in mapper.yaml names, or to none. It is done as a whole or not at all,
    while no run is under way, and nothing of the old form is left in the database. A key is made by `openssl rand
    -base64 32`. Without it the values cannot be read by anybody.
    """
    from mapper.errors import UsageError
    from mapper.state.rekey import AsItLies
    from mapper.state.rekey import rekey as change
    from mapper.state.sealing import Cipher
    from mapper.sync.stateaccess import address_of, key_of

    with settings().load() as project:
        if old is not None and old not in project.env:
            raise UsageError(f"the variable {old} is not set", hint="it holds the key that the state has now")
        before = Cipher(project.env[old]) if old is not None else None
        after = key_of(project)
        with closing(AsItLies(address_of(project), folder=project.folder)) as store:
            count, shown = change(store, before, Cipher(after) if after else None), store.shown
    if settings().json:
        output.document({"state": shown, "encrypted": after is not None, "values": count})
    else:
        output.show(
            f"{shown} is {'encrypted' if after else 'not encrypted'} now: {_number(count, 'value')} written anew."
        )


def _opened(project: Project) -> Untouched:
    from mapper.state.upkeep import Untouched
    from mapper.sync.stateaccess import address_of, key_of

    return Untouched(address_of(project), folder=project.folder, key=key_of(project))


def _consequences(entity: str, held: Holding, unanswered: int) -> str:
    """What a person should know before everything known of an entity goes."""
    told = [_next(entity)]
    if held.owed:
        told.append(f"{_number(held.owed, 'write')} still owed will not be sent.")
    if unanswered:
        told.append(
            f"{_number(unanswered, 'create')} may have been carried out without an answer: "
            "look at the vendor first, or such a record may be made twice."
        )
    return " ".join(told)


def _next(entity: str) -> str:
    return (
        f"The next sync of '{entity}' reads every side whole and matches every record anew, by stamp and rules; "
        "it creates what nothing matches, and where matched records differ the rules for conflicts decide."
    )


def _links(held: Holding) -> str:
    return f"{_number(held.links, 'link')} ({_number(held.linked + held.unlinked, 'record')})"


def _number(amount: int, word: str) -> str:
    return f"{amount} {word}{'' if amount == 1 else 's'}"


def _size(amount: int) -> str:
    """Bytes in a unit that a person reads."""
    if amount < 1_000_000:
        return f"{amount / 1000:.1f} kB"
    return f"{amount / 1_000_000:.1f} MB" if amount < 1_000_000_000 else f"{amount / 1_000_000_000:.1f} GB"


def _facts(held: Holding) -> dict[str, Any]:
    facts: dict[str, Any] = {name: getattr(held, name) for name in _COUNTS}
    names = ("kind", "started", "finished", "outcome")
    last = held.last_run
    facts |= {"values_since": held.since, "held_by": held.held_by or None}
    return {**facts, "last_run": {"run": last["id"], **{name: last[name] for name in names}} if last else None}


def _ended(run: Row | None) -> str:
    return f"{run['id']} ({run['kind']}, {run['outcome']}, {output.moment(run['started'])})" if run else "never"


for _command in (show, check, backup, reset, rekey):
    state.add_command(_command)
