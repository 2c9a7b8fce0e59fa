"""What all commands share: the common options, an example in each help text, and the one place that catches errors."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from importlib import import_module
from io import TextIOWrapper
from typing import TYPE_CHECKING, Any, NoReturn

import click

from mapper.cli import output
from mapper.errors import MapperError, SpecError

if TYPE_CHECKING:
    from mapper.sync.project import Project

_STOPPED = 130

#: What to do next, where an error does not say it itself.
_NEXT = {
    "AuthFailed": "see that the secrets of this connection are right, in .env or in the environment",
    "NotAllowed": "ask for this right at the vendor",
    "QuotaUsed": "run it again tomorrow: it goes on from here",
    "Throttled": "run it again later: it goes on from here",
    "Unreachable": "see that base_url is right and that the vendor is up; the next run goes on from here",
    "Unclear": "run it again: it looks first whether the record was written",
    "Nonsense": "see that base_url is right, and the connector's assumptions",
}


@dataclass
class Settings:
    """The options that every command takes, before its name or after."""

    project: str = "."
    json: bool = False
    verbose: bool = False

    def load(self) -> Project:
        """The project that the command works on."""
        from mapper.sync.project import load

        return load(self.project)


def settings() -> Settings:
    """The settings of the command that is running."""
    found = click.get_current_context().find_object(Settings)
    assert found is not None
    return found


def _note(context: click.Context, option: click.Parameter, value: Any) -> None:
    if value and option.name:
        setattr(context.ensure_object(Settings), option.name, value)


class _Number(click.IntRange):
    """A whole number within bounds, called so in messages."""

    name = "integer"


#: The number of a run, or of something in quarantine: as large as a database counts.
NUMBER = _Number(0, 2**31 - 1)


def _options() -> list[click.Parameter]:
    shared: dict[str, Any] = {"expose_value": False, "callback": _note, "is_eager": True}
    return [
        click.Option(["--project"], metavar="DIR|FILE", help="The project's folder or its mapper.yaml.", **shared),
        click.Option(["--json"], is_flag=True, help="Print one JSON document on stdout, all else on stderr.", **shared),
        click.Option(["--verbose"], is_flag=True, help="Tell more on stderr: calls, waits, tracebacks.", **shared),
    ]


class _ReaderGone(Exception):
    """Whoever read our output has gone, as `head` does."""


class _Shown:
    """A command that shows examples at the end of its help."""

    examples: tuple[str, ...] = ()

    def format_epilog(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        if self.examples:
            with formatter.section("Examples"):
                for line in self.examples:
                    formatter.write(f"{'':>{formatter.current_indent}}{line}\n")


class Command(_Shown, click.Command):
    """A command with the common options and an example."""

    def __init__(self, *args: Any, examples: Sequence[str] = (), **more: Any) -> None:
        super().__init__(*args, **more)
        self.examples = tuple(examples)
        self.params.extend(_options())

    def invoke(self, ctx: click.Context) -> Any:
        from mapper import log

        log.setup(verbose=settings().verbose)
        for stream in (sys.stdout, sys.stderr):
            # A name in any script must not end a run on a terminal that cannot show it.
            if isinstance(stream, TextIOWrapper):
                stream.reconfigure(errors="backslashreplace")
        try:
            result = super().invoke(ctx)
            sys.stdout.flush()
        except BrokenPipeError:
            raise _ReaderGone from None
        return result


class Group(_Shown, click.Group):
    """Commands of one subject; `homes` says where those live that are imported only when they are asked for."""

    command_class = Command

    def __init__(
        self, *args: Any, examples: Sequence[str] = (), homes: dict[str, tuple[str, str]] | None = None, **more: Any
    ) -> None:
        super().__init__(*args, **more)
        self.examples = tuple(examples)
        self.homes = homes or {}
        self.params.extend(_options())

    def parse_args(self, context: click.Context, args: list[str]) -> list[str]:
        if not args and not context.resilient_parsing:
            output.say(context.get_help())
            context.exit(2)
        return super().parse_args(context, args)

    def list_commands(self, context: click.Context) -> list[str]:
        return [*self.homes, *(name for name in self.commands if name not in self.homes)]

    def get_command(self, context: click.Context, name: str) -> click.Command | None:
        home = self.homes.get(name)
        if home is None:
            return super().get_command(context, name)
        module, _, attribute = home[0].partition(":")
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def format_commands(self, context: click.Context, formatter: click.HelpFormatter) -> None:
        rows = [(name, about) for name, (_, about) in self.homes.items()]
        rows += [(name, command.get_short_help_str(80)) for name, command in self.commands.items()]
        with formatter.section("Commands"):
            formatter.write_dl(rows)

    def resolve_command(
        self, context: click.Context, args: list[str]
    ) -> tuple[str | None, click.Command | None, list[str]]:
        try:
            return super().resolve_command(context, args)
        except click.UsageError as error:
            from difflib import get_close_matches

            close = get_close_matches(args[0], self.list_commands(context), n=1)
            hint = f" (did you mean '{close[0]}'?)" if close else ""
            raise click.UsageError(f"there is no command '{args[0]}'{hint}", context) from error


class Root(Group):
    """The command itself: whatever goes wrong below ends here as one sentence and an exit code."""

    def main(
        self,
        args: Sequence[str] | None = None,
        prog_name: str | None = None,
        complete_var: str | None = None,
        standalone_mode: bool = True,
        **extra: Any,
    ) -> NoReturn:
        given = list(sys.argv[1:] if args is None else args)
        options = Settings(json="--json" in given, verbose="--verbose" in given)
        try:
            extra["obj"] = options
            result = super().main(given, prog_name or "mapper", complete_var, False, **extra)
            code = result if isinstance(result, int) else 0
        except _ReaderGone:
            # Nothing to say, and nothing that Python may say when it flushes at exit.
            os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
            code = 0
        except BaseException as error:
            code = _ended(error, options)
        sys.exit(code)

    __call__ = main


def _ended(error: BaseException, options: Settings) -> int:
    """Tell what ended the command; gives its exit code."""
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else 1
    if isinstance(error, click.exceptions.Exit):
        return error.exit_code
    if isinstance(error, KeyboardInterrupt | click.Abort):
        output.say("stopped; the next run goes on from here")
        return _STOPPED
    message, code, facts = describe(error)
    if options.json:
        output.document({"error": facts})
    output.say(message)
    if options.verbose:
        import traceback

        output.say("".join(traceback.format_exception(error)))
    return code


def describe(error: BaseException) -> tuple[str, int, dict[str, Any]]:
    """What an error is told as: words for people, the exit code, and facts for programs."""
    message, code = _words(error)
    return message, code, _facts(error, message, code)


def _words(error: BaseException) -> tuple[str, int]:
    if isinstance(error, SpecError):
        lines = [f"error: {problem}" for problem in error.problems]
        return "\n".join(lines), error.exit_code
    if isinstance(error, MapperError):
        then = "" if error.hint else _NEXT.get(type(error).__name__, "")
        return f"error: {error}{f' ({then})' if then else ''}", error.exit_code
    if isinstance(error, click.ClickException):
        hint = ""
        if isinstance(error, click.UsageError) and error.ctx is not None:
            hint = f"\nsee: {error.ctx.command_path} --help"
        # Of a choice that is missing, each value stands on a line of its own.
        return f"error: {' '.join(error.format_message().split())}{hint}", 2
    if isinstance(error, OSError) and error.strerror:
        where = f"{error.filename}: " if error.filename else ""
        return f"error: {where}{error.strerror}", 1
    first = str(error).strip().splitlines()[:1]
    said = f"error: a defect of mapper: {type(error).__name__}{': ' + first[0] if first else ''}"
    return f"{said}\nrun again with --verbose for details", 1


def _facts(error: BaseException, message: str, code: int) -> dict[str, Any]:
    facts: dict[str, Any] = {
        "kind": type(error).__name__,
        "message": message.removeprefix("error: "),
        "exit_code": code,
    }
    if isinstance(error, SpecError):
        facts["message"] = "\n".join(map(str, error.problems))
        facts["problems"] = [output.problem(problem) for problem in error.problems]
    for name in ("connection", "operation", "status", "flag"):
        if getattr(error, name, None):
            facts[name] = getattr(error, name)
    return facts


def command(name: str, *, examples: Sequence[str], **more: Any) -> Callable[[Callable[..., Any]], Command]:
    """Make a command of a function; a number that it returns is the exit code."""
    return click.command(name, cls=Command, examples=examples, **more)
