"""Keep companies alike from inside a program: progress, outcome, and what was set aside."""

from __future__ import annotations

import sys
from pathlib import Path

import mapper


def show(event: mapper.Event) -> None:
    """Tell when a stage of a side is complete."""
    if event.side and event.done == event.total:
        print(f"{event.stage} {event.side}: {event.done} of {event.total}")


def main() -> int:
    try:
        with mapper.load(Path(__file__).parent) as project:
            report = project.sync("company", on_event=show)
            created = sum(side.created for side in report.sides.values())
            updated = sum(side.updated for side in report.sides.values())
            print(f"run {report.run}: {report.outcome}, {created} created, {updated} updated")
            for record in project.quarantine("company"):
                print(f"set aside: {record.title} ({record.field}: {record.message})")
            return report.exit_code
    except mapper.Locked:
        return 0  # another run does the work already
    except mapper.MapperError as error:
        print(error, file=sys.stderr)
        return error.exit_code


if __name__ == "__main__":
    sys.exit(main())
