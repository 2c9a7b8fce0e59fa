"""`mapper hooks`: subscriptions to what vendors tell by themselves."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from mapper.cli import output
from mapper.cli.frame import Group, command, settings

if TYPE_CHECKING:
    from mapper.sync.subscriptions import Subscription


@click.group("hooks", cls=Group, examples=("mapper hooks subscribe crm", "mapper hooks list"))
def hooks() -> None:
    """Subscriptions to what vendors tell by themselves; `mapper serve` is the door for it."""


@command("subscribe", examples=("mapper hooks subscribe crm", "mapper hooks subscribe crm accounts contacts"))
@click.argument("connection")
@click.argument("names", nargs=-1, metavar="[WEBHOOK]...")
@click.option("--url", help="The address under which the vendor reaches the door; else that of mapper.yaml.")
@click.option("--yes", is_flag=True, help="Do not ask before the vendor is told.")
def subscribe(connection: str, names: tuple[str, ...], url: str | None, yes: bool) -> None:
    """Have CONNECTION tell by itself what happens.

    All webhooks of its connector are meant, or the WEBHOOKs named; what is subscribed to already is left alone. Each
    subscription gets a secret address. Where the vendor cannot be told by its API, the address is printed, for a person
    to enter it there.
    """
    from mapper.sync.subscriptions import subscribe as run

    with settings().load() as project:
        project.connector(connection)
        output.confirm(f"{connection} will be told where to send what happens in its account. Go on?", yes=yes)
        made = run(project, connection, names, url)
    if settings().json:
        # Not masked: this once, a person needs the addresses.
        click.echo(json.dumps({"subscribed": [asdict(one) for one in made]}))
        return
    if not made:
        output.show("nothing new: all of it is subscribed to")
    for one in made:
        output.show(f"{one.number}  {_name(one)}")
        if not one.known:
            # Not masked: this once, a person needs it.
            click.echo(f"    enter this address at the vendor: {one.url}")


@command("list", examples=("mapper hooks list", "mapper hooks list --json"))
def list_() -> None:
    """List the subscriptions.

    It tells when each was last heard of, and what waits to be taken up.
    """
    from mapper.state import inbox
    from mapper.sync.subscriptions import all_of

    with settings().load() as project:
        found = all_of(project)
        waiting = inbox.waiting(project.store)
    if settings().json:
        facts = [{key: value for key, value in asdict(one).items() if key != "url"} for one in found]
        counts = [{"entity": entity, "side": side, "events": n} for (entity, side), n in waiting.items()]
        output.document({"subscriptions": facts, "waiting": counts})
        return
    if not found:
        output.show("There are no subscriptions: `mapper hooks subscribe CONNECTION` makes them.")
    else:
        rows = [
            (str(one.number), one.connection, _name(one), "by us" if one.known else "by hand", output.moment(one.heard))
            for one in found
        ]
        output.show_table(("number", "connection", "webhook", "subscribed", "last heard"), rows, right=(0,))
    for (entity, side), count in sorted(waiting.items()):
        output.show(f"{count} waiting: {entity} of {side}; the next sync takes them up")


@command("unsubscribe", examples=("mapper hooks unsubscribe 3", "mapper hooks unsubscribe 3 --yes"))
@click.argument("number", type=int)
@click.option("--yes", is_flag=True, help="Do not ask.")
def unsubscribe(number: int, yes: bool) -> None:
    """End a subscription, at the vendor and here.

    Its address is answered no more.
    """
    from mapper.sync.subscriptions import unsubscribe as run

    with settings().load() as project:
        output.confirm(f"subscription {number} will be ended. Go on?", yes=yes)
        ended = run(project, number)
    if settings().json:
        output.document({"ended": ended.number})
        return
    output.show(f"ended: {ended.connection} {_name(ended)}")
    if not ended.known:
        output.say("it was entered at the vendor by hand: take it out there, too")


def _name(one: Subscription) -> str:
    return f"{one.hook} {one.event}".strip()


for _part in (subscribe, list_, unsubscribe):
    hooks.add_command(_part)
