"""The cheapest way to learn what changed at a vendor."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from datetime import UTC, datetime
from typing import Any, Literal, cast
from zoneinfo import ZoneInfo

from mapper.connect.account import Account
from mapper.connect.paging import Cut
from mapper.connect.templates import parameter, place, template
from mapper.errors import RuleError, UsageError
from mapper.expr.forms import Convert, Form
from mapper.expr.types_dates import DATETIME
from mapper.spec.connector import Connector, Resource
from mapper.spec.spans import FORM, is_span

By = Literal["filter", "sorted", "walk"]
Told = Callable[[str], None]
#: Forms whose values follow one another as their moments do.
_PLAIN = ("epoch", "wall", "iso")
_WAYS = ("filter", "sorted", "walk")


def way_of(spec: Connector, name: str, assume: Mapping[str, str]) -> By:
    """How the changes of a resource are learnt, with a connection's answers to assumptions; asks nobody."""
    return _way(spec, name, {"assume": {key: assume.get(key, one.default) for key, one in spec.assumptions.items()}})


def _way(spec: Connector, name: str, scope: Mapping[str, Any]) -> By:
    about = spec.resources[name].changes
    by = template(about.by, about.pos)(scope)
    if by not in _WAYS:
        raise UsageError(f"{spec.connector}: {name} learns of changes by {by!r}", hint=f"known are {', '.join(_WAYS)}")
    return cast(By, by)


class Changed:
    """How the changes of one resource are learnt."""

    def __init__(self, account: Account, name: str, about: Resource) -> None:
        spec = about.changes
        self.by = _way(account.spec, name, account.scope)
        self._spec = spec
        self._scope = account.scope
        self._reverse = template(spec.reverse, spec.pos)
        self._zone = ZoneInfo(account.spec.wire.timezone)
        try:
            self._form = moment_form(spec.since, account.spec.wire.timezone)
        except ValueError as error:
            raise UsageError(f"{account.spec.connector}: {name} is asked since a moment: {error}") from None
        self._stamp = place(spec.stamp, spec.pos)
        if spec.keeps is not None and not is_span(spec.keeps):
            raise UsageError(
                f"{account.spec.connector}: {name} keeps '{spec.keeps}', which is no span of time", hint=FORM
            )
        if self.by == "sorted" and self._stamp is None:
            raise UsageError(f"{account.spec.connector}: {name} is sorted by changes, but has no stamp")

    def cursor(self, since: float) -> int | str:
        """The moment (Unix seconds), with the overlap taken off, in the vendor's form."""
        # Stamps of whole seconds may equal the cursor, and a vendor may leave out what equals the moment asked for.
        moment = since - max(1.0, self._spec.overlap)
        match self._spec.since:
            case "wall":
                return datetime.fromtimestamp(moment, self._zone).strftime("%Y-%m-%d %H:%M:%S")
            case "iso":
                return datetime.fromtimestamp(moment, UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
            case "epoch":
                return int(moment // 1)
        found: int | str = self._form[1](datetime.fromtimestamp(moment // 1, UTC))
        return found

    def oldest_first(self) -> dict[str, Any]:
        """The query parameters that turn the order round; none where it is believed as it is."""
        query: dict[str, Any] = self._reverse(self._scope)
        return query if any(parameter(value) for value in query.values()) else {}

    def until(self, since: float, cuts: Iterator[Cut], turned: Callable[[], Any], told: Told) -> Iterator[Cut]:
        """The pages of a list that is newest first, down to the moment.

        Where the list turns out not to be in that order, all of it is read, and `told` why. `turned` gives the first
        record of the list the other way round; a list that begins alike from both ends is in no order.
        """
        newest: Any = None
        mark = self._comparable(self.cursor(since))
        before: Any = None
        ordered = True
        for cut in cuts:
            stamps = [self._read(item) for item in cut.items]
            for stamp in stamps:
                if stamp is None:
                    continue
                newest = stamp if newest is None else newest
                if ordered and before is not None and not _falls(before, stamp):
                    ordered = False
                    told("what came is not newest first")
                before = stamp
            below = ordered and any(_below(stamp, mark) for stamp in stamps)
            if below and not cut.last and self.oldest_first() and not _below(self._read(turned()), newest):
                below = ordered = False
                told("the order of the list does not turn round, so that it may be none")
            if not below:
                yield cut
                continue
            pairs = zip(cut.items, stamps, strict=True)
            kept = [item for item, stamp in pairs if not _below(stamp, mark)]
            yield Cut(kept, cut.total, True)
            return

    def _read(self, item: Any) -> Any:
        """A record's stamp, comparable with the moment; None where it has none."""
        return self._comparable(self._stamp.get(item) if self._stamp else None)

    def _comparable(self, value: Any) -> Any:
        if isinstance(value, bool) or not isinstance(value, int | float | str) or value == "":
            return None
        if self._spec.since == "epoch" and isinstance(value, str):
            try:
                return float(value)
            except ValueError:
                return value
        if self._spec.since in _PLAIN:
            return value.rstrip("Z") if isinstance(value, str) else value
        # Texts with an offset, or with the day first, do not follow one another as their moments do.
        try:
            moment = self._form[0](value)
        except RuleError:
            return None
        return None if moment is None else moment.timestamp()


def moment_form(form: str, zone: str) -> tuple[Convert, Convert]:
    """How a moment is read from a form and written in it; raises ValueError for a form that nobody knows."""
    said = Form(form=form, zone=zone)
    return DATETIME.reader(said), DATETIME.writer(said)


def _below(stamp: Any, mark: Any) -> bool:
    """Whether a stamp lies before the moment; one that is missing or of another kind does not count as such."""
    return stamp is not None and not _falls(stamp, mark) and _falls(mark, stamp)


def _falls(first: Any, second: Any) -> bool:
    """Whether the second stamp is not above the first; stamps of two kinds are in no order."""
    try:
        return bool(second <= first)
    except TypeError:
        return False
