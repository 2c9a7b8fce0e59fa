"""What happens to a record in each situation: the table that every mapping has, and may override."""

from __future__ import annotations

from typing import Literal

from mapper.errors import NOWHERE, Position
from mapper.spec.classes import item, spec

EndAction = Literal["ignore", "deactivate", "delete"]


@spec
class Ending:
    """What is done with a thing's other records when one of them has ended."""

    __shorthand__ = "others"

    others: EndAction = item(
        "What is done with the records on the other sides: nothing, or what the connector declares.", default="ignore"
    )
    sides: dict[str, EndAction] = item(
        "The same for single sides, by the side on which it is done.", default={}, example={"erp": "deactivate"}
    )
    pos: Position = NOWHERE

    def on(self, side: str) -> EndAction:
        """What is done with the record of a side."""
        return self.sides.get(side, self.others)


@spec
class Situations:
    """What happens in each situation. `ask` sets the record aside for a person, `ignore` leaves it alone."""

    found: Literal["link", "ask", "ignore"] = item(
        "A record that is not linked, and a stamp or rule finds one record of another side for it.", default="link"
    )
    new: Literal["create", "ask", "ignore"] = item(
        "A record that nothing is found for: it is created on the other sides, or not.", default="create"
    )
    several: Literal["ask", "ignore"] = item("A rule finds several records of one side.", default="ask")
    taken: Literal["ask", "ignore"] = item(
        "What a stamp or rule finds is linked to another record already.", default="ask"
    )
    similar: Literal["ask", "link", "create"] = item(
        "Only an approximate rule finds a record: a person is asked, it is linked if it is the only one, or the rule "
        "is not used.",
        default="ask",
    )
    changed: Literal["update", "ignore"] = item(
        "A linked record was changed on one side: the others are updated, or keep what they hold.", default="update"
    )
    clash: Literal["merge", "ask"] = item(
        "It was changed on several sides: merged by field, then `conflict` decides; or a person is asked at once.",
        default="merge",
    )
    gone: Ending = item("It is gone from one side.", default=Ending)
    edited: Literal["ask", "ignore"] = item(
        "It was edited on one side and is gone from another, and `gone` would end it: nothing is ended, and a person "
        "is told or not.",
        default="ask",
    )
    left: Ending = item("It is no longer one that `where` and `filter` are about.", default=Ending)
    back: Literal["link", "ask"] = item(
        "A record that was gone is there again, or one that a run has deactivated is in use again: it is linked as "
        "before, or a person is asked.",
        default="link",
    )
    pos: Position = NOWHERE
