"""Data changed at random, by a seed, to ask two judges the same question."""

from __future__ import annotations

import copy
import random
from collections.abc import Iterator
from decimal import Decimal
from typing import Any

from mapper.errors import Position
from mapper.spec.document import Document, Steps

ODD: list[Any] = [
    None, True, False, 0, -7, Decimal("1.5"), "", "text", "both", "null", [], ["text"], [None], [["text"]], {},
    {"path": "a"}, {"label": "a"}, {"odd": 1}, {"": None}, 10**17, "1", ["both"], {"both": 1},
]  # fmt: skip


def placed(data: Any) -> Document:
    """A document of these data, in which every step has a place of its own."""
    document = Document("f.yaml", data)
    for number, steps in enumerate(all_steps(data, ())):
        document.positions[steps] = document.values[steps] = Position("f.yaml", number + 1)
    return document


def all_steps(data: Any, steps: Steps) -> Iterator[Steps]:
    yield steps
    if isinstance(data, dict | list):
        for step, value in data.items() if isinstance(data, dict) else enumerate(data):
            yield from all_steps(value, (*steps, step))


def mutated(data: Any, chance: random.Random) -> Any:
    """The data with one to three changes at random places."""
    data = copy.deepcopy(data)
    for _ in range(chance.randint(1, 3)):
        steps = chance.choice([steps for steps in all_steps(data, ()) if steps])
        holder = data
        for step in steps[:-1]:
            holder = holder[step]
        match chance.randrange(4):
            case 0:
                del holder[steps[-1]]
            case 1 if isinstance(holder, dict):
                holder[chance.choice(["odd", "path", "label", "type", "value", "about"])] = copy.deepcopy(
                    chance.choice(ODD)
                )
            case 2:
                holder[steps[-1]] = [holder[steps[-1]]]
            case _:
                holder[steps[-1]] = copy.deepcopy(chance.choice(ODD))
        if not data:
            break
    return data
