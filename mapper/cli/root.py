"""The group of all commands; each is imported when it is asked for."""

from __future__ import annotations

import click

from mapper.cli.frame import Root

# Where each command lives, and its help in one line: so that `mapper --help` imports none of them.
_HOMES = {
    "init": ("mapper.cli.starting:init", "Make a new project that runs against the sandboxes at once."),
    "check": ("mapper.cli.checking:check", "Find every problem in the project's files, offline."),
    "test": ("mapper.cli.testing:test", "Run the mappings' own tests, and tell what they leave out."),
    "try": ("mapper.cli.trying:try_", "Show what a mapping makes of records."),
    "coverage": ("mapper.cli.covering:coverage", "Show what a mapping leaves out, and what never happened."),
    "doctor": ("mapper.cli.doctor:doctor", "Look at a live account, and settle what is assumed of it."),
    "discover": ("mapper.cli.vendors:discover", "Fetch custom fields and list values into the catalogue."),
    "plan": ("mapper.cli.syncing:plan", "Show what a sync would write, and what it costs."),
    "sync": ("mapper.cli.syncing:sync", "Read what changed, and write what differs."),
    "undo": ("mapper.cli.undoing:undo", "Put back what a run changed, where nobody has edited it since."),
    "status": ("mapper.cli.history:status", "Show where each mapping stands."),
    "runs": ("mapper.cli.history:runs", "List the latest runs and plans."),
    "show": ("mapper.cli.history:show", "Show what a run did, field by field."),
    "why": ("mapper.cli.why:why", "Tell the whole story of one record over runs."),
    "replay": ("mapper.cli.replaying:replay", "Show what an edited mapping would have made of a run's records."),
    "links": ("mapper.cli.links:links", "Which records are one: list, show, set, remove."),
    "quarantine": ("mapper.cli.quarantine:quarantine", "Records that could not be synced: list, show, retry, drop."),
    "forget": ("mapper.cli.forgetting:forget", "Erase one person from the state, and prove it."),
    "state": ("mapper.cli.state:state", "Look after the state: show, check, backup, reset, rekey."),
    "hooks": ("mapper.cli.hooks:hooks", "What vendors tell by themselves: subscribe, list, unsubscribe."),
    "serve": ("mapper.cli.serving:serve", "Open the door for what vendors tell and ask."),
    "call": ("mapper.cli.vendors:call", "Carry out one operation of a connection by hand."),
    "connectors": ("mapper.cli.connectors:connectors", "The systems that are known, and all that each can be asked."),
    "sandbox": ("mapper.cli.sandbox:sandbox", "Serve the vendors' simulators on loopback."),
    "demo": ("mapper.cli.demo:demo", "See all of it in one go, on the sandboxes."),
    "schema": ("mapper.cli.schemas:schema", "Print the JSON Schema of a kind of file."),
}


def _version(context: click.Context, _: click.Parameter, asked: bool) -> None:
    if asked:
        import mapper

        click.echo(f"mapper {mapper.__version__}")
        context.exit()


@click.group(
    cls=Root,
    homes=_HOMES,
    examples=("mapper init mine", "mapper check", "mapper plan company", "mapper sync"),
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
)
@click.option("--version", is_flag=True, is_eager=True, expose_value=False, callback=_version, help="Show the version.")
def main() -> None:
    """Keep records alike in several business systems.

    Exit codes: 0 all well, 1 a defect of mapper, 2 wrong use or a file with problems, 3 done but records were
    quarantined, 4 a guard stopped the run, 5 a vendor could not be reached or refused, 6 another run is under way.
    """
