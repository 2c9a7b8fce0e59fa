"""The loop that a careful programmer would write: a line, a record, the hand-written function, a line."""

from __future__ import annotations

import sys

import orjson

from benchmarks.translate.hand import translate


def main() -> None:
    write, loads, dumps = sys.stdout.buffer.write, orjson.loads, orjson.dumps
    with open(sys.argv[1], "rb") as lines:
        for line in lines:
            write(dumps(translate(loads(line)), option=orjson.OPT_APPEND_NEWLINE))


if __name__ == "__main__":
    main()
