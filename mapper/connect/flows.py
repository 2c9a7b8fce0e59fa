"""Flows: operations that are several calls, each decided upon by what the ones before have answered."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from mapper.connect.account import Account
from mapper.connect.operations import Call, Operations, operations_of
from mapper.connect.templates import Render, expression, template
from mapper.errors import Missing, Rejected, RemoteError, RuleError, UsageError
from mapper.records import ABSENT, Record
from mapper.spec.connector import Connector
from mapper.spec.flow import Step
from mapper.spec.operation import Operation

Carry = Callable[[str, Mapping[str, Any]], Any]


def writes_of(connector: Connector, operation: Operation) -> str:
    """How an operation may change something, in words; empty for one that only reads."""
    if not operation.steps:
        return f"is a {operation.method}" if operation.changes else ""
    known = operations_of(connector)
    names = [step.call for step in operation.steps if step.call and writes_of(connector, known[step.call])]
    return f"may carry out {', '.join(names)}" if names else ""


class _Compiled:
    """A step, compiled."""

    def __init__(self, number: int, step: Step) -> None:
        self.number = number
        self.spec = step
        self.when = expression(step.when, step.pos) if step.when else None
        self.words = template(step.refuse, step.pos)
        self.given = template(step.with_, step.pos)


class Flows:
    """Carries out the flows of one connection; `carry` carries out one operation by hand."""

    def __init__(self, account: Account, operations: Operations, clock: Callable[[], float], carry: Carry) -> None:
        self._account = account
        self._operations = operations
        self._clock = clock
        self._carry = carry
        self._compiled: dict[str, list[_Compiled]] = {}

    def run(self, call: Call, args: Mapping[str, Any]) -> Any:
        """What a flow comes to: its result, or the answer to its last call.

        Raises Rejected where a step refuses, and whatever a call ends in, named with the flow; what may have been
        written before is told in the hint.
        """
        if call.name not in self._compiled:
            self._compiled[call.name] = [_Compiled(number, step) for number, step in enumerate(call.spec.steps, 1)]
        names = dict.fromkeys(call.spec.params)
        scope: Record = {**self._account.scope, **names, "now": int(self._clock()), **args}
        last: Any = None
        done: list[str] = []
        for step in self._compiled[call.name]:
            if step.when is not None and not self._decided(call, step, step.when, scope, done):
                if step.spec.as_:
                    scope.setdefault(step.spec.as_, None)
                continue
            if step.spec.refuse is not None:
                raise self._refusal(call, str(self._decided(call, step, step.words, scope, done)), done)
            last = self._call(call, step, scope, done)
            name = str(step.spec.call)
            if writes_of(self._account.spec, self._operations.need("", name).spec):
                done.append(name)
            if step.spec.as_:
                scope[step.spec.as_] = last
        if call.spec.result is None:
            return last
        return self._decided(call, None, template(call.spec.result, call.spec.pos), scope, done)

    def _call(self, call: Call, step: _Compiled, scope: Record, done: list[str]) -> Any:
        given = self._decided(call, step, step.given, scope, done)
        args = {name: value for name, value in given.items() if value is not None and value is not ABSENT}
        name = str(step.spec.call)
        try:
            return self._carry(name, args)
        except Missing as error:
            if self._operations.need("", name).spec.missing_is_empty:
                return None
            raise _told(error, call, name, done) from None
        except RemoteError as error:
            raise _told(error, call, name, done) from None
        except UsageError as error:
            raise self._refusal(call, f"its step {step.number}, {name}: {error.message}", done) from None

    def _decided(self, call: Call, step: _Compiled | None, render: Render, scope: Record, done: list[str]) -> Any:
        """An expression's value; one that has none ends the flow, as whatever it decides would be decided wrongly."""
        try:
            return render(scope)
        except RuleError as error:
            where = f"its step {step.number}" if step else "its result"
            raise self._refusal(call, f"{where}: {error.message}", done) from None

    def _refusal(self, call: Call, words: str, done: list[str]) -> Rejected:
        return Rejected(words, connection=self._account.name, operation=call.name, hint=_before(done))


def _told(error: RemoteError, call: Call, name: str, done: list[str]) -> RemoteError:
    """The error of a call, with the flow in which it was made and what was carried out before."""
    error.operation = f"{call.name} > {name}"
    error.hint = "; ".join(part for part in (error.hint, _before(done)) if part)
    return error


def _before(done: list[str]) -> str:
    return f"carried out before: {', '.join(done)}" if done else ""
