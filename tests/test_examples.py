"""The commands of the tutorial and of the examples, run as a reader would run them, against sandboxes on free ports.

In a block marked `console`, a line after `$ ` is run and the lines below it are what it must print (`...` stands for
anything). A block whose mark ends in a path is the text of that file. `mapper sandbox` runs in the background.
"""

from __future__ import annotations

import doctest
import json
import os
import re
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

TOP = Path(__file__).resolve().parents[1]
BLOCK = re.compile(r"^```([^\n`]+)\n(.*?)^```$", re.DOTALL | re.MULTILINE)
CHECKER = doctest.OutputChecker()
LENIENT = doctest.ELLIPSIS | doctest.NORMALIZE_WHITESPACE

#: The ports that the texts name; those of the sandboxes in a test are others.
PORTS = {"koban": 8401, "nicoka": 8402, "cirrus": 8403}
VENDOR = 8404


class Reader:
    """Somebody with a shell, who follows a text."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder / "work"
        self.folder.mkdir()
        self.ports: dict[int, int] = {}
        self.sandbox: subprocess.Popen[str] | None = None
        self.vendor: subprocess.Popen[str] | None = None
        self.code = 0
        self.printed: dict[str, str] = {}
        tools = folder / "bin"
        tools.mkdir()
        program(tools / "mapper", f'exec "{sys.executable}" -m mapper "$@"')
        program(tools / "python", f'exec "{sys.executable}" "$@"')
        kept = {key: value for key, value in os.environ.items() if not key.startswith(("KOBAN", "NICOKA", "CIRRUS"))}
        path = f"{tools}{os.pathsep}{os.environ['PATH']}"
        self.env = {**kept, "PATH": path, "PYTHONPATH": str(TOP), "PYTHONUNBUFFERED": "1", "PYTHONIOENCODING": "utf-8",
                    "MAPPER_CACHE": str(folder / "cache")}  # fmt: skip

    def run(self, line: str) -> str:
        """What a line prints, with the ports that the text names."""
        if line.startswith("cd "):
            self.folder = self.folder / line.removeprefix("cd ").split()[0]
            return ""
        if line.startswith("mapper sandbox"):
            self._serve(line)
            return ""
        if line == "python vendor.py":
            self._serve_vendor()
            return ""
        self._redirect()
        if given := re.match(r"(\w+)=\$\(", line):
            self.env[given[1]] = self._shell(f'{line}; printf %s "${given[1]}"')
            return ""
        said = self._translated(self._shell(line), {free: fixed for fixed, free in self.ports.items()})
        self.printed[line] = said
        return said

    def _shell(self, line: str) -> str:
        line = f"(exit {self.code}); {line}"
        done = subprocess.run(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            encoding="utf-8",
            check=False,
        )
        self.code = done.returncode
        return done.stdout

    def close(self) -> None:
        if self.sandbox is not None:
            self.sandbox.communicate()
        if self.vendor is not None:
            self.vendor.terminate()
            self.vendor.communicate()

    def _serve(self, line: str) -> None:
        line = f"exec {line.split('  ')[0]} --port-base 0 --json --stop-with-stdin"
        self.sandbox = subprocess.Popen(
            ["sh", "-c", line],
            cwd=self.folder,
            env=self.env,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self.sandbox.stdout is not None
        facts = json.loads(self.sandbox.stdout.readline())
        self.ports |= {PORTS[name]: int(fact["url"].rpartition(":")[2]) for name, fact in facts.items()}

    def _serve_vendor(self) -> None:
        """An example's own simulator, which prints its address when it is ready."""
        self.vendor = subprocess.Popen(
            [sys.executable, "vendor.py", "--port", "0"],
            cwd=self.folder,
            stdout=subprocess.PIPE,
            text=True,
            encoding="utf-8",
        )
        assert self.vendor.stdout is not None
        found = re.search(r"127\.0\.0\.1:(\d+)", self.vendor.stdout.readline())
        assert found is not None
        self.ports[VENDOR] = int(found[1])

    def _redirect(self) -> None:
        """The project asks the sandboxes of this test."""
        for file in [self.folder / "mapper.yaml", *self.folder.glob("*.py")]:
            if file.exists() and self.ports:
                text = file.read_text(encoding="utf-8")
                file.write_text(self._translated(text, self.ports), encoding="utf-8")

    def _translated(self, text: str, ports: dict[int, int]) -> str:
        return re.sub(r"127\.0\.0\.1:(\d+)", lambda m: f"127.0.0.1:{ports.get(int(m[1]), int(m[1]))}", text)


def program(path: Path, text: str) -> None:
    path.write_text(f"#!/bin/sh\n{text}\n", encoding="utf-8")
    path.chmod(0o755)


@pytest.fixture
def reader(tmp_path: Path) -> Iterator[Reader]:
    found = Reader(tmp_path)
    yield found
    found.close()


def blocks(text: str) -> Iterator[tuple[str, str]]:
    """The mark and the text of every block."""
    for found in BLOCK.finditer(text):
        yield found[1].strip(), found[2]


def commands(block: str) -> Iterator[tuple[str, str]]:
    """Each command of a console block, and what it is to print."""
    for part in re.split(r"^\$ ", block, flags=re.MULTILINE)[1:]:
        line, _, wanted = part.partition("\n")
        while line.endswith("\\"):
            more, _, wanted = wanted.partition("\n")
            line = f"{line[:-1].rstrip()} {more.strip().removeprefix('> ')}"
        yield line, wanted


def follow(reader: Reader, text: str) -> str:
    """Run a text from its first line to its last; what went otherwise than it says."""
    wrong: list[str] = []
    for mark, block in blocks(text):
        if mark.startswith("console"):
            for line, wanted in commands(block):
                wrong += step(reader, line, wanted)
        elif len(mark.split()) == 3:
            path = reader.folder / mark.split()[2]
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(block, encoding="utf-8")
    return "\n".join(wrong)


def step(reader: Reader, line: str, wanted: str) -> list[str]:
    before = reader.code
    if before and line != "echo $?":
        return [f"ended with {before} before: {line}"]
    found = reader.run(line)
    if line == "echo $?":
        reader.code = 0
    if wanted.strip() and not CHECKER.check_output(wanted, found, LENIENT):
        return [f"$ {line}\n--- the text says\n{wanted}--- printed was\n{found}"]
    return []


def copied(name: str, reader: Reader) -> str:
    """An example in a folder of its own; the text of its README."""
    source = TOP / "examples" / name
    kept = shutil.ignore_patterns(".env", "mapper.db*", "__pycache__")
    shutil.copytree(source, reader.folder, dirs_exist_ok=True, ignore=kept)
    return (source / "README.md").read_text(encoding="utf-8")


def test_the_tutorial_goes_as_it_says(reader: Reader) -> None:
    text = (TOP / "docs" / "tutorial.md").read_text(encoding="utf-8")
    assert follow(reader, text) == ""
    assert reader.code == 0
    readme = (TOP / "README.md").read_text(encoding="utf-8")
    [sample] = [block for _, block in blocks(readme) if block.startswith("$ mapper plan company\n")]
    assert shape(sample.partition("\n")[2]) == shape(reader.printed["mapper plan company"])


def test_the_commands_about_the_language_print_what_its_page_says(reader: Reader) -> None:
    assert follow(reader, (TOP / "docs" / "mapping.md").read_text(encoding="utf-8")) == ""


def shape(plan: str) -> list[str]:
    """A plan without what differs from run to run: keys, times, and old values, which may not be known."""
    for pattern, word in ((r"[0-9a-f]{24}", "KEY"), (r"in [0-9.]+ s", "in … s"), (r": .* →", ": … →"), ("─+", "─")):
        plan = re.sub(pattern, word, plan)
    return plan.split()


@pytest.mark.parametrize("name", ["01-companies", "02-embedding", "04-own-connector", "05-language"])
def test_the_commands_of_an_example_do_what_its_readme_says(reader: Reader, name: str) -> None:
    assert follow(reader, copied(name, reader)) == ""
    assert reader.code == 0


@pytest.fixture
def mail(reader: Reader) -> Path:
    """Where the wrapper's mails go."""
    box = reader.folder.parent / "mail.txt"
    program(reader.folder.parent / "bin" / "mail", f'{{ printf "%s\\n" "$2 for $3"; cat; }} >> "{box}"')
    copied("03-cron", reader)
    return box


@pytest.mark.parametrize(
    ("code", "subject"),
    [
        (1, "the project or the machine needs a look"),
        (2, "the project or the machine needs a look"),
        (3, "records are in quarantine"),
        (4, "a guard stopped the run"),
        (5, "a vendor could not be reached or refused"),
        (6, "the run before is not done yet"),
    ],
)
def test_the_wrapper_mails_what_needs_a_person(reader: Reader, mail: Path, code: int, subject: str) -> None:
    program(reader.folder.parent / "bin" / "mapper", f'echo "said $*"; [ "$1" = quarantine ] || exit {code}')
    reader.run("./sync-and-mail /srv/crm --full")
    said = mail.read_text(encoding="utf-8").splitlines()
    assert reader.code == code
    assert said[:2] == [f"mapper in /srv/crm: {subject} for root", "said sync --project /srv/crm --full"]


def test_the_wrapper_lists_what_is_in_quarantine(reader: Reader, mail: Path) -> None:
    program(reader.folder.parent / "bin" / "mapper", 'echo "said $*"; [ "$1" = quarantine ] || exit 3')
    reader.run("./sync-and-mail /srv/crm")
    assert "said quarantine list --project /srv/crm" in mail.read_text(encoding="utf-8")


@pytest.mark.parametrize("line", ["./sync-and-mail /srv/crm", "MAIL_ON='3 4 5' ./sync-and-mail /srv/crm"])
def test_the_wrapper_mails_nothing_where_nobody_is_needed(reader: Reader, mail: Path, line: str) -> None:
    program(reader.folder.parent / "bin" / "mapper", f"exit {6 if 'MAIL_ON' in line else 0}")
    reader.run(line)
    assert not mail.exists()
