"""`mapper links`: which records are one, and what a person decides about it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import click

from mapper.cli import output
from mapper.cli.frame import Group, command, settings

if TYPE_CHECKING:
    from mapper.sync.links import Link


@click.group("links", cls=Group, examples=("mapper links list company", "mapper links set company crm:8f3a erp:17"))
def links() -> None:
    """Which records are one: list and show links, link records by hand, take one out."""


@command("list", examples=("mapper links list company", "mapper links list company --lacking erp --limit 0"))
@click.argument("entity")
@click.option("--lacking", metavar="SIDE", help="Only links without a record of this side.")
@click.option("--limit", default=50, show_default=True, type=click.IntRange(0), help="At most so many; 0: all.")
def list_(entity: str, lacking: str | None, limit: int) -> None:
    """List the linked records of an ENTITY.

    The oldest link comes first, each with its key on each side.
    """
    from mapper.state import links as queries
    from mapper.sync.links import known_side

    with settings().load() as project:
        sides = list(project.mapping(entity).spec.sides)
        if lacking is not None:
            known_side(project, entity, lacking)
        found = queries.first(project.store, entity, lacking=lacking, limit=limit)
        total = queries.count(project.store, entity, lacking=lacking)
    if settings().json:
        rows = [{"link": link, "records": keys} for link, keys in found.items()]
        output.document({"entity": entity, "links": rows, "links_in_all": total})
        return
    if not found:
        output.show(f"No link of {entity} lacks {lacking}." if lacking else f"Nothing of {entity} is linked.")
        return
    output.show_table(sides, [[keys.get(side, output.NOTHING) for side in sides] for keys in found.values()])
    if total > len(found):
        output.say(f"{total - len(found)} more; see them with --limit 0")


@command("show", examples=("mapper links show company 8f3a", "mapper links show company erp:17 --json"))
@click.argument("entity")
@click.argument("key", metavar="[SIDE:]KEY")
def show(entity: str, key: str) -> None:
    """Show the records that are one with the record of a KEY.

    It tells which of them wait for something.
    """
    from mapper.sync.links import of_record

    with settings().load() as project:
        found = of_record(project, entity, key)
    if settings().json:
        output.document(_facts(found))
        return
    rows = [(one.side, one.key, one.title or output.NOTHING, one.waits or output.NOTHING) for one in found.members]
    output.show_table(("side", "key", "record", "waits"), rows)
    if found.link is None:
        output.show("It is not linked.")


@command("set", examples=("mapper links set company crm:8f3a erp:17", "mapper links set person crm:1 shop:2"))
@click.argument("entity")
@click.argument("records", nargs=-1, required=True, metavar="SIDE:KEY...")
def set_(entity: str, records: tuple[str, ...]) -> None:
    """Say that records are one, whatever the match rules say.

    The links that they have already become one. The next sync compares them and writes what differs, by the mapping's
    conflict rule.
    """
    from mapper.sync.links import join

    with settings().load() as project:
        found = join(project, entity, records)
    if settings().json:
        output.document({**_facts(found), "changed": found.changed, "creates_given_up": found.given_up})
    elif not found.changed:
        output.show(f"{_names(found)} are one already; nothing was changed.")
    else:
        then = "The next sync compares them and writes what differs."
        output.show(f"{_names(found)} are one from now on. {then}")


@command("remove", examples=("mapper links remove company erp:17", "mapper links remove company erp:17 --yes"))
@click.argument("entity")
@click.argument("record", metavar="SIDE:KEY")
@click.option("--yes", is_flag=True, help="Do not ask.")
def remove(entity: str, record: str, yes: bool) -> None:
    """Take one record out of its link.

    The next sync matches it again; if nothing matches it, it is created on the other sides. To link it with another
    record, use `mapper links set` before that.
    """
    from mapper.sync.links import take_out, to_take_out, what_follows

    with settings().load() as project:
        whole = to_take_out(project, entity, record)
        side = record.partition(":")[0]
        then = what_follows(project.mapping(entity).spec, side)
        if not yes:
            output.say(then)
        output.confirm(f"Take {record} out of its link with {_names(whole, but=side)}?", yes=yes)
        rest = take_out(project, entity, record)
    if settings().json:
        output.document({"entity": entity, "removed": record, "left": _facts(rest), "next": then})
    else:
        output.show(f"{record} is taken out of its link with {_names(rest)}.")
        if yes:
            output.show(then)


def _names(link: Link, *, but: str = "") -> str:
    names = [f"{one.side}:{one.key}" for one in link.members if one.side != but]
    return " and ".join((", ".join(names[:-1]), names[-1]) if len(names) > 1 else names)


def _facts(link: Link) -> dict[str, Any]:
    from dataclasses import asdict

    return {"entity": link.entity, "link": link.link, "records": [asdict(one) for one in link.members]}


for _command in (list_, show, set_, remove):
    links.add_command(_command)
