"""The group of all commands; each is imported when it is asked for."""

from __future__ import annotations

import click

from mapper.cli.frame import Root

_HOMES = {
    "init": "mapper.cli.starting:init",
    "check": "mapper.cli.files:check",
    "test": "mapper.cli.files:test",
    "try": "mapper.cli.trying:try_",
    "discover": "mapper.cli.vendors:discover",
    "call": "mapper.cli.vendors:call",
    "plan": "mapper.cli.syncing:plan",
    "sync": "mapper.cli.syncing:sync",
    "status": "mapper.cli.history:status",
    "runs": "mapper.cli.history:runs",
    "show": "mapper.cli.history:show",
    "quarantine": "mapper.cli.quarantine:quarantine",
    "sandbox": "mapper.cli.sandbox:sandbox",
    "demo": "mapper.cli.demo:demo",
    "schema": "mapper.cli.files:schema",
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
