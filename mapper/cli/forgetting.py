"""`mapper forget`: one person is erased from everything that the state holds."""

from __future__ import annotations

from typing import TYPE_CHECKING

import click

from mapper.cli import output
from mapper.cli.frame import command, settings

if TYPE_CHECKING:
    from mapper.sync.forgetting import Forgotten, Person


@command(
    "forget",
    examples=(
        "mapper forget person 4711               the record with this key, on whatever side",
        "mapper forget person crm:4711 --yes     do not ask",
    ),
)
@click.argument("entity")
@click.argument("key")
@click.option("--side", metavar="SIDE", help="The side whose key it is.")
@click.option("--yes", is_flag=True, help="Do not ask, and forget also what a vendor still holds.")
def forget(entity: str, key: str, side: str | None, yes: bool) -> None:
    """Erase one record, and all that is linked with it, from the state: links, writes with their values, what is in
    quarantine, and records as they were read. Then the whole state is searched for what is left.

    It is for after the person was erased at the vendors, each of which is asked once: what one of them still holds is
    read again by the next sync, and created again on the other sides. Nothing is changed at any vendor.
    KEY is the record's key on any side, SIDE:KEY, or the id of a link.
    """
    from mapper.sync.forgetting import erase, person

    with settings().load() as project:
        who = person(project, entity, key, side)
        if not yes:
            for line in _warning(who):
                output.say(line)
            output.confirm(f"Forget this {entity}?", yes=yes)
        done = erase(project, who)
    if settings().json:
        facts = {"erased": done.erased, "values": done.values, "elsewhere": done.elsewhere, "copies": list(done.copies)}
        output.document({"forgotten": entity, "vendors": who.held, **facts})
        return
    for line in _told(done):
        output.show(line)


def _warning(who: Person) -> list[str]:
    told = [f"{place}: {word}" for place, word in who.held.items()]
    if who.still_held:
        told.append("What a vendor still holds, the next sync reads again and creates anew: erase it there first.")
    return told


def _told(done: Forgotten) -> list[str]:
    words = {"runs": "blanked (messages of runs)"}
    lines = [f"{table:14}  {count} {words.get(table, 'erased')}" for table, count in sorted(done.erased.items())]
    lines.append("The whole state was searched: no row of this person is left.")
    if done.elsewhere:
        rows = ", ".join(f"{count} in {table}" for table, count in sorted(done.elsewhere.items()))
        lines.append(f"Rows of other records that hold one of the same values, such as a shared address: {rows}.")
    elif done.values:
        lines.append(f"None of {done.values} values by which the person is recognised is left anywhere.")
    for file in done.copies:
        lines.append(f"{file}, which an upgrade left, was not searched and may hold the person: delete it.")
    for place in done.person.still_held:
        lines.append(f"{place}: {done.person.held[place]}; the next sync reads what is there again.")
    return lines
