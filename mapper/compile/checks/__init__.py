"""The static checks: everything that can be said of a mapping without a record and without asking a vendor.

`check_rows` and `check_targets` belong to compiling: what they find could not be carried out. The rest, in `check_all`,
finds what would be carried out and is hardly meant.
"""

from __future__ import annotations

from mapper.compile.checks.costs import check_costs
from mapper.compile.checks.findings import CHECKS, Check, Findings
from mapper.compile.checks.flow import directions
from mapper.compile.checks.kinds import check_kinds
from mapper.compile.checks.lengths import check_lengths
from mapper.compile.checks.rows import check_rows
from mapper.compile.checks.situations import check_idle, check_situations
from mapper.compile.checks.subject import Subject
from mapper.compile.checks.targets import check_targets
from mapper.compile.checks.uses import check_uses
from mapper.compile.checks.values import check_values
from mapper.compile.checks.ways import check_ways


def check_all(subject: Subject, *, whole: bool) -> None:
    """Note in the subject's findings whatever is wrong, doubtful or worth knowing.

    Unless the mapping is `whole`, nothing is said of what may be missing because of a problem elsewhere.
    """
    for check in (check_kinds, check_lengths, check_values, check_ways):
        check(subject)
    if whole:
        check_uses(subject)
        check_idle(subject)
        check_costs(subject)


__all__ = [
    "CHECKS",
    "Check",
    "Findings",
    "Subject",
    "check_all",
    "check_rows",
    "check_situations",
    "check_targets",
    "directions",
]
