"""Records as a vendor sends them, decoded without a connection: what a saved answer needs before it can be tried."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from mapper.compile import SideContext
from mapper.connect.codecs import Ids, Names, codec_of
from mapper.expr.paths import parse_path
from mapper.records import ABSENT, ListTable, Record
from mapper.spec.connector import Container


def decoder(context: SideContext) -> Callable[[Record], Record]:
    """What decodes the containers of a side's records; the names of custom fields are those of the catalogue.

    Values that a vendor gives in calls of their own are not in a record, and so are not there afterwards.
    """
    known = []
    for member, spec in context.resource.containers.items():
        codec = codec_of(spec, Names(dict(context.custom(member) or {})), partial(_ids, spec, member))
        if codec is not None:
            known.append((parse_path(member), codec))

    def decode(record: Record) -> Record:
        decoded = record
        for path, codec in known:
            value = path.get(decoded)
            if value is not ABSENT:
                if decoded is record:
                    decoded = _copy(record)
                path.put(decoded, codec.decode(value))
        return decoded

    return decode


def _ids(spec: Container, member: str) -> Ids:
    learnt = ListTable(spec.list or member)
    return Ids(spec, learnt, lambda: learnt)


def _copy(record: Record) -> Record:
    """The record with the tables in it copied, so that the caller's own is left as it is."""
    return {name: _copy(part) if isinstance(part, dict) else part for name, part in record.items()}
