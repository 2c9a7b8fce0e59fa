"""`mapper serve`: the door for what vendors tell and ask, until it is stopped."""

from __future__ import annotations

import click

from mapper.cli import output
from mapper.cli.frame import command, settings
from mapper.cli.sandbox import stopping


@command("serve", examples=("mapper serve", "mapper serve --sync --host 0.0.0.0 --port 8400"))
@click.option("--host", default="127.0.0.1", show_default=True, help="The address to listen on.")
@click.option("--port", default=8400, show_default=True, type=click.IntRange(0, 65535), help="0: a free one.")
@click.option("--sync", is_flag=True, help="Begin a run of a mapping when something was told of its records.")
@click.option("--pause", default=2.0, show_default=True, help="Seconds to wait for more before such a run begins.")
@click.option("--stop-with-stdin", is_flag=True, hidden=True, help="Stop when standard input ends.")
def serve(host: str, port: int, sync: bool, pause: float, stop_with_stdin: bool) -> None:
    """Open the door for what vendors tell by themselves, until Ctrl-C or SIGTERM.

    Each subscription of `mapper hooks` has a secret address below /hooks/. An event is kept in the state before it is
    answered, and taken up by the next run; with --sync, by one that begins at once. Put a reverse proxy with
    encryption before it, and write its address into mapper.yaml as `serve: {url: …}`. /health tells that it is up.
    """
    from mapper.web.door import Door
    from mapper.web.serving import Runs, Serving

    load = settings().load
    with load() as project, stopping(stop_with_stdin) as stopped:
        runs = Runs(load, pause=pause, say=output.say) if sync else None
        serving = Serving(Door(project, runs.want if runs else None), host, port)
        address = f"http://{serving.host}:{serving.port}"
        if settings().json:
            output.document({"address": address})
        else:
            output.show(f"listening on {address}")
        try:
            stopped.wait()
        finally:
            serving.close()
            if runs:
                runs.close()
    output.say("closed; what was told is in the inbox, for the next run")
