"""The connections of a project: opening one, and the share of a vendor's daily calls that all runs keep to together."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from functools import partial
from typing import TYPE_CHECKING
from zoneinfo import ZoneInfo

from mapper.connect import Connection
from mapper.connect.account import daily_calls
from mapper.errors import Problem
from mapper.expr.paths import parse_path
from mapper.records import Record
from mapper.spec.project import Catalogue
from mapper.state import inbox, quota
from mapper.sync.context import unpack

if TYPE_CHECKING:
    from mapper.state import Store
    from mapper.sync.project import Project


def open_connection(
    project: Project, name: str, catalogue: Catalogue, assume: Mapping[str, str] | None = None
) -> Connection:
    """A connection of the project, with this catalogue; raises SpecError or UsageError.

    `assume` takes the place of answers to assumptions.
    """
    spec = project.spec.connections[name]
    same = not assume and catalogue is project.catalogue(name)
    return Connection(
        name,
        (project.connector(name) if same else project.connector_under(name, assume or {}, catalogue)).spec,
        settings=project.settings(name),
        assume={**spec.assume, **(assume or {})},
        limits=spec.limits,
        allow_http=spec.allow_http,
        catalogue=catalogue,
        transport=project.transports.get(name),
        sleep=project.sleep,
        clock=project.clock,
        quota=daily_share(project, name),
        recall=partial(told, project, name),
    )


def limit_problems(project: Project, name: str) -> Iterator[Problem]:
    """What is wrong with a connection's limits: they would stop every call, or not one."""
    limits, place = project.spec.connections[name].limits, ("connections", name, "limits")
    document = project.loaded.document
    for key in ("per_second", "per_day", "concurrency", "timeout"):
        value = getattr(limits, key)
        if value is not None and (value < 0 or (value == 0 and key == "timeout")):
            least = "more than 0" if key == "timeout" else "0 or more"
            yield Problem(document.value_at((*place, key)), f"'{key}' cannot be {value}: it is {least}")
    allowed = daily_calls(project.connector(name).spec.limits, limits)
    if limits.share and allowed is None:
        words = "'share' is a share of 'per_day', and nothing says how many calls that is"
        yield Problem(
            document.value_at((*place, "share")), words, "say how many the vendor allows, as `per_day: 20000`"
        )
    elif allowed == 0:
        key = "share" if limits.share else "per_day"
        yield Problem(document.value_at((*place, key)), "this share of the calls a day is not a single call")


def told(project: Project, name: str, resource: str) -> list[Record]:
    """What the vendor of a connection has told of the records of a resource that it shows in no other way."""
    places = [
        (entity, side)
        for entity, loaded in project.mappings.items()
        for side, spec in loaded.spec.sides.items()
        if (spec.connection or side, spec.resource) == (name, resource)
    ]
    where = parse_path(project.connector(name).spec.resources[resource].key)
    found: dict[str, Record] = {}
    for row in (row for place in places for row in inbox.told(project.store, *place)):
        where.put(found.setdefault(row["key"], unpack(row["record"])), row["key"])
    return list(found.values())


@dataclass(frozen=True)
class DailyShare:
    """What all runs on one state may ask of one connection in a day of its vendor's."""

    store: Callable[[], Store]
    connection: str
    allowed: int
    zone: ZoneInfo
    clock: Callable[[], float]

    def reserve(self, most: int) -> tuple[int, float]:
        return quota.reserve(self.store(), self.connection, self.day, most, self.allowed), self._midnight()

    def give_back(self, calls: int) -> None:
        quota.give_back(self.store(), self.connection, self.day, calls)

    def left(self) -> int:
        return max(0, self.allowed - self.used())

    def used(self) -> int:
        """How many calls are made, or set aside by runs that are under way."""
        return quota.used(self.store(), self.connection, self.day)

    @property
    def day(self) -> str:
        return self._now().date().isoformat()

    def _now(self) -> datetime:
        return datetime.fromtimestamp(self.clock(), self.zone)

    def _midnight(self) -> float:
        return datetime.combine(self._now().date() + timedelta(days=1), time(), self.zone).timestamp()


def daily_share(project: Project, name: str) -> DailyShare | None:
    """The daily share of a connection, if it has one."""
    connector = project.connector(name).spec
    allowed = daily_calls(connector.limits, project.spec.connections[name].limits)
    if allowed is None:
        return None
    return DailyShare(lambda: project.store, name, allowed, ZoneInfo(connector.wire.timezone), project.clock)
