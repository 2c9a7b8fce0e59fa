"""All long proofs one after the other: `make soak`. Prints what each has found, and the command that repeats it.

    python -m tests.soak                  all; some hours
    python -m tests.soak crash walk       only these
    python -m tests.soak --short          a small number of each: some minutes

Exit code: 0 where all that was tried went well, else 1.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Proof:
    """What is proved, by which command, and by which where there is little time."""

    claim: str
    command: tuple[str, ...]
    short: tuple[str, ...]


def _soak(part: str, *words: str) -> tuple[str, ...]:
    return (f"tests.soak.{part}", *words)


PROOFS = {
    "crash": Proof("killed at every call and transaction", _soak("crash"), _soak("crash", "--small", "--points", "20")),
    "crash-postgres": Proof(
        "the same on PostgreSQL",
        _soak("crash", "--small", "--postgres"),
        _soak("crash", "--small", "--postgres", "--points", "12"),
    ),
    "twice": Proof("many processes at once, SQLite", _soak("twice", "--rounds", "50"), _soak("twice", "--rounds", "4")),
    "twice-postgres": Proof(
        "many processes at once, PostgreSQL",
        _soak("twice", "--rounds", "50", "--postgres"),
        _soak("twice", "--rounds", "4", "--postgres"),
    ),
    "faults": Proof("a fifth of all calls fails", _soak("faults", "--seeds", "100"), _soak("faults", "--seeds", "3")),
    "walk": Proof(
        "a random walk",
        _soak("walk", "--seeds", "20", "--walks", "10", "--steps", "60"),
        _soak("walk", "--walks", "3", "--steps", "40"),
    ),
    "million": Proof("memory over a million records", ("benchmarks", "million"), ("benchmarks", "memory")),
}


def main(words: Sequence[str] | None = None) -> int:
    parser = argparse.ArgumentParser(prog="python -m tests.soak")
    parser.add_argument("names", nargs="*", metavar="NAME", help=", ".join(PROOFS))
    parser.add_argument("--short", action="store_true", help="a small number of each: some minutes")
    asked = parser.parse_args(words)
    if unknown := set(asked.names) - PROOFS.keys():
        parser.error(f"there is no {', '.join(sorted(unknown))}; there are {', '.join(PROOFS)}")
    rows = [_proved(PROOFS[name], short=asked.short) for name in asked.names or PROOFS]
    print("\n| proof | found | seconds | command |\n|---|---|---:|---|")
    for row, _ in rows:
        print(f"| {' | '.join(row)} |")
    return 0 if all(good for _, good in rows) else 1


def _proved(proof: Proof, *, short: bool) -> tuple[list[str], bool]:
    command = ["python", "-m", *(proof.short if short else proof.command)]
    print(f"{proof.claim} …  ({' '.join(command)})", file=sys.stderr, flush=True)
    started = time.monotonic()
    done = subprocess.run([sys.executable, *command[1:]], stdout=subprocess.PIPE, text=True)
    print(done.stdout, end="", flush=True)
    lines = [line for line in done.stdout.splitlines() if line.strip()] or ["nothing was found out"]
    found = next((line for line in lines if line.startswith("Growth")), lines[-1])
    return [proof.claim, found, f"{time.monotonic() - started:.0f}", f"`{' '.join(command)}`"], done.returncode == 0


if __name__ == "__main__":
    sys.exit(main())
