"""`mapper quarantine`: records that could not be synced, why, and what a person decides about them."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mapper.cli import output
from mapper.cli.frame import NUMBER, Group, command, settings
from mapper.cli.remedies import REMEDIES

if TYPE_CHECKING:
    from mapper.sync.project import Project


@click.group("quarantine", cls=Group, examples=("mapper quarantine list", "mapper quarantine retry --all"))
def quarantine() -> None:
    """Records that could not be synced: list and show them, try them again, or forget them.

    Most come out by themselves, at the sync after their reason has gone.
    """


@command("list", examples=("mapper quarantine list", "mapper quarantine list --entity company --json"))
@click.option("--entity", help="Of this entity only.")
def list_(entity: str | None) -> None:
    """List what is in quarantine, oldest first."""
    with settings().load() as project:
        if entity is not None:
            project.mapping(entity)
        found = project.quarantine(entity)
    if settings().json:
        output.document({"quarantine": [asdict(record) for record in found]})
        return
    if not found:
        output.show("Nothing is in quarantine.")
        return
    rows = [
        (str(r.number), r.entity, r.side, r.key, r.title, f"{r.field}: {r.message}" if r.field else r.message)
        for r in found
    ]
    output.show_table(("number", "entity", "side", "key", "record", "why"), rows, right=(0,))


@command("show", examples=("mapper quarantine show 7", "mapper quarantine show 7 --record"))
@click.argument("number", type=NUMBER)
@click.option("--record", is_flag=True, help="Print the record as it was read; of a write, those it came from.")
def show(number: int, record: bool) -> None:
    """Show the whole reason why one record is in quarantine, and what to do.

    It tells where the rule stands that the record broke.
    """
    from mapper.sync import setaside

    with settings().load() as project:
        [row] = setaside.rows(project.store, [number])
        read = setaside.read_records(project.store, row) if record or settings().json else []
    if settings().json:
        names = [name for name in row if name not in ("native", "mapping", "id")]
        own = next((one["record"] for one in read if (one["side"], one["key"]) == (row["side"], row["key"])), None)
        output.document({"number": number, **{name: row[name] for name in names}, "record": own, "read": read})
        return
    tried = "once" if row["attempts"] == 1 else f"{row['attempts']} times"
    facts = [
        ("record", f"{row['side']} {row['key']}, {row['entity']}: {row['title'] or '–'}"),
        ("why", f"{row['field'] + ': ' if row['field'] else ''}{row['message']}"),
        ("where", row["place"]),
        ("cause", row["cause"]),
        ("what to do", REMEDIES.get(row["cause"], "").replace("NUMBER", str(number))),
        ("waits for", row["needs"]),
        ("first seen", f"{output.moment(row['first_seen'])}, run {row['first_run']}"),
        ("last seen", f"{output.moment(row['last_seen'])}, run {row['last_run']}; {tried}"),
    ]
    for name, text in facts:
        if text:
            output.show(f"{name + ':':12}{text}")
    if record and not read:
        output.say("note: the record itself was not kept; it is read anew when it is tried again")
    for one in read:
        of = " (no more was asked for than the mapping looks at)" if one["cut"] else ""
        output.show(f"\n{one['side']} {one['key']}, as it was read{of}:")
        click.echo(output.text_of(one["record"], pretty=True))


@command("retry", examples=("mapper quarantine retry 7 8", "mapper quarantine retry --all"))
@click.argument("numbers", nargs=-1, type=NUMBER, metavar="NUMBER...")
@click.option("--all", "everything", is_flag=True, help="All of them.")
def retry(numbers: tuple[int, ...], everything: bool) -> None:
    """Have the next sync try records again, even where a vendor refused them.

    A create whose outcome is not known is sent again as well: see first that the record is not there.
    """
    from mapper.sync import setaside

    with settings().load() as project:
        chosen = setaside.rows(project.store, _chosen(project, numbers, everything))
        setaside.retry(project.store, chosen)
    done = [row["id"] for row in chosen]
    if settings().json:
        output.document({"retried": done})
    else:
        output.show(f"{_records(len(done))} will be tried again by the next sync.")


@command("drop", examples=("mapper quarantine drop 7", "mapper quarantine drop --all --yes"))
@click.argument("numbers", nargs=-1, type=NUMBER, metavar="NUMBER...")
@click.option("--all", "everything", is_flag=True, help="All of them.")
@click.option("--yes", is_flag=True, help="Do not ask.")
def drop(numbers: tuple[int, ...], everything: bool, yes: bool) -> None:
    """Forget records in quarantine, and give up the writes that failed for them.

    A record that is changed again, or read again as a whole, may come back.
    """
    from mapper.sync import setaside

    with settings().load() as project:
        chosen = setaside.rows(project.store, _chosen(project, numbers, everything))
        if chosen:
            output.confirm(f"Forget {_records(len(chosen))}?", yes=yes)
        given_up = setaside.drop(project.store, chosen, project.clock())
    done = [row["id"] for row in chosen]
    if settings().json:
        output.document({"dropped": done, "writes_given_up": given_up})
    else:
        more = f", {given_up} failed writes given up" if given_up else ""
        output.show(f"{_records(len(done))} forgotten{more}.")


def _chosen(project: Project, numbers: tuple[int, ...], everything: bool) -> list[int]:
    if everything == bool(numbers):
        raise click.UsageError("give the numbers of records, or --all")
    return [record.number for record in project.quarantine()] if everything else list(dict.fromkeys(numbers))


def _records(number: int) -> str:
    return f"{number} record{'' if number == 1 else 's'}"


for _command in (list_, show, retry, drop):
    quarantine.add_command(_command)
