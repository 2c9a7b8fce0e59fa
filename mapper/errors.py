"""Every error of mapper, as a tree of situations.

    MapperError                      exit code 1 unless a branch says otherwise
    ├── UsageError                   2  a command or a call that cannot be carried out as asked
    ├── SpecError                    2  a file has problems; carries all of them
    ├── StateError                   2  the state cannot be opened, read or written
    ├── RuleError                    3  a record broke a rule of its mapping; it is quarantined
    ├── GuardError                   4  the run stopped itself before it could do harm
    ├── RemoteError                  5  a vendor could not be reached, or refused
    │   ├── AuthFailed                  the keys or the token were refused
    │   ├── NotAllowed                  the account may not do this
    │   ├── Missing                     no such record
    │   ├── Rejected                    the vendor refused this one record
    │   ├── Throttled                   too many calls, even after waiting
    │   │   └── QuotaUsed               our own share of the vendor's daily calls is used up; nothing was sent
    │   ├── Unreachable                 no answer, and nothing can have been written
    │   ├── Unclear                     no usable answer, and something may have been written
    │   └── Nonsense                    an answer that this connector cannot read
    └── Locked                       6  another run of the same mapping is under way
        └── LeaseLost                   another run took over from this one, which had been out of touch too long

An error stores facts; `str()` renders one sentence for people. No error carries a secret.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import NamedTuple


class Position(NamedTuple):
    """Where something stands in a file; lines and columns count from 1."""

    file: str
    line: int = 1
    column: int = 1

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


NOWHERE = Position("", 0, 0)


@dataclass(frozen=True, slots=True, order=True)
class Problem:
    """One thing that is wrong in a file, with what to do about it.

    Its `severity` is "problem" (the file is refused), "warning" (it does what nobody can want) or "note" (worth
    knowing); `code` is the short name of the check that found it.
    """

    position: Position
    message: str
    hint: str = ""
    severity: str = field(default="problem", compare=False)
    code: str = field(default="file", compare=False)

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.position}: {self.message}{tail}"


class MapperError(Exception):
    """Anything that mapper raises on purpose; `hint` says what to do next."""

    exit_code = 1

    def __init__(self, message: str, *, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.hint = hint

    def __str__(self) -> str:
        if not self.hint:
            return self.message
        return f"{self.message} ({self.hint})" if self.hint[0].islower() else f"{self.message}. {self.hint}"


class UsageError(MapperError):
    """A command or a call that cannot be carried out as asked."""

    exit_code = 2


class SpecError(MapperError):
    """A file has problems; `problems` holds all of them, in the file's order."""

    exit_code = 2

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems = sorted(set(problems))
        super().__init__("\n".join(str(p) for p in self.problems))


class StateError(MapperError):
    """The state cannot be opened, read or written."""

    exit_code = 2


class RuleError(MapperError):
    """A value does not fit: raised by transforms and types, located by the compiled mapping.

    `field` and `position` are filled in where they are known.
    """

    exit_code = 3

    def __init__(self, message: str, *, field: str = "", position: Position = NOWHERE) -> None:
        super().__init__(message)
        self.field = field
        self.position = position

    def __str__(self) -> str:
        where = f"{self.position}: " if self.position.file else ""
        name = f"{self.field}: " if self.field else ""
        return f"{where}{name}{self.message}"


class GuardError(MapperError):
    """The run stopped itself before it could do harm; `flag` is the option that lifts this guard."""

    exit_code = 4

    def __init__(self, message: str, *, flag: str) -> None:
        super().__init__(message, hint=f"If this is what you want, run it again with {flag}")
        self.flag = flag


class RemoteError(MapperError):
    """A vendor could not be reached, or refused; says which connection, operation and status."""

    exit_code = 5

    def __init__(
        self,
        message: str,
        *,
        connection: str = "",
        operation: str = "",
        status: int | None = None,
        hint: str = "",
        retry_after: float | None = None,
    ) -> None:
        super().__init__(message, hint=hint)
        self.connection = connection
        self.operation = operation
        self.status = status
        self.retry_after = retry_after

    def __str__(self) -> str:
        where = " ".join(part for part in (self.connection, self.operation) if part)
        status = f" answered {self.status}" if self.status else ""
        head = f"{where}{status}: " if where else ""
        return head + super().__str__()


class AuthFailed(RemoteError):
    """The keys or the token were refused."""


class NotAllowed(RemoteError):
    """The account may not do this."""


class Missing(RemoteError):
    """No such record."""


class Rejected(RemoteError):
    """The vendor refused this one record."""


class Throttled(RemoteError):
    """Too many calls, even after waiting."""


class QuotaUsed(Throttled):
    """Our own share of the vendor's daily calls is used up; the call was not made."""


class Unreachable(RemoteError):
    """No answer, and nothing can have been written."""


class Unclear(RemoteError):
    """No usable answer, and something may have been written."""


class Nonsense(RemoteError):
    """An answer that this connector cannot read."""


#: How a vendor says that it will not show one record; nothing follows for others, nor whether the record is there.
UNREADABLE = (NotAllowed, Rejected, Nonsense)


class Locked(MapperError):
    """Another run of the same mapping is under way."""

    exit_code = 6


class LeaseLost(Locked):
    """Another run took over from this one, which had been out of touch with the state for too long."""
