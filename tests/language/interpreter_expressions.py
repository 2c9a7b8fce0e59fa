"""A slow, obvious interpreter of expressions: it walks Jinja's syntax tree over a record, node by node.

It is what the compiler is held against, and so shares nothing with it but the transforms, which have their own tests.
Only expressions that `parse_expression` allows are given to it.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from decimal import Context, Decimal
from fractions import Fraction
from math import floor
from typing import Any

from jinja2 import Environment, nodes

from mapper.errors import RuleError
from mapper.expr import TRANSFORMS
from mapper.expr.transform import show
from mapper.records import ABSENT

LONGEST = 250_000
MOST = 100_000
LARGEST_BITS = 4096
SYMBOLS = {"lt": "<", "lteq": "<=", "gt": ">", "gteq": ">="}


@dataclass(frozen=True)
class Words:
    """What an expression may name besides the record's fields and the catalogue's transforms."""

    constants: Mapping[str, Any] = field(default_factory=dict)
    functions: Mapping[str, Callable[..., Any]] = field(default_factory=dict)
    tables: Mapping[str, Callable[..., Any]] = field(default_factory=dict)


def evaluate(text: str, record: Mapping[str, Any], words: Words | None = None) -> Any:
    """The value of an expression, or of a text with expressions in it; RuleError where it is refused."""
    # Jinja drops one line end at the end of a text.
    parts = [
        part for output in Environment().parse(text).body if isinstance(output, nodes.Output) for part in output.nodes
    ]
    while len(parts) > 1 and _is_margin(parts[0]):
        parts = parts[1:]
    while len(parts) > 1 and _is_margin(parts[-1]):
        parts = parts[:-1]
    interpreter = Interpreter(record, words or Words())
    if not parts:
        return ""
    if len(parts) == 1:
        return interpreter.value(parts[0])
    return joined([interpreter.value(part) for part in parts])


def _is_margin(part: nodes.Expr) -> bool:
    return isinstance(part, nodes.TemplateData) and part.data.isspace() and "\n" in part.data


def is_missing(value: Any) -> bool:
    return value is None or value is ABSENT


def is_number(value: Any) -> bool:
    return isinstance(value, (int, float, Decimal)) and not isinstance(value, bool)


def joined(values: list[Any]) -> str:
    """Values written one after the other."""
    text = ""
    for value in values:
        if is_missing(value):
            continue
        text += TRANSFORMS["text"].call(value) if not _is_empty_container(value) else _no_text(value)
    if len(text) > LONGEST:
        raise RuleError(f"the result would be a text of {len(text)} characters, {LONGEST} are allowed")
    return text


def _is_empty_container(value: Any) -> bool:
    return isinstance(value, (list, dict, tuple)) and not value


def _no_text(value: Any) -> str:
    raise RuleError(f"{show(value)} is not a text")


def fraction_of(value: Any) -> Any:
    """A number as a fraction, a float by its shortest form."""
    return Fraction(repr(value)) if isinstance(value, float) else Fraction(value)


def divided(left: Fraction, right: Fraction) -> Fraction:
    """A quotient; one that does not end in 200 digits is rounded to 15 of them, but not within its whole part."""
    found = left / right
    if decimal_of(found) is not None:
        return found
    exponent = 0
    while abs(found) >= Fraction(10) ** (exponent + 1):
        exponent += 1
    while abs(found) < Fraction(10) ** exponent:
        exponent -= 1
    scale = Fraction(10) ** max(0, 14 - exponent)
    return (-1 if found < 0 else 1) * floor(abs(found) * scale + Fraction(1, 2)) / scale


def decimal_of(value: Fraction) -> Decimal | None:
    """The decimal that a fraction is exactly, or None if it has more than 200 digits."""
    ten = value.denominator
    for prime in (2, 5):
        while ten % prime == 0:
            ten //= prime
    if ten != 1:
        return None
    places = 0
    while (value * 10**places).denominator != 1:
        places += 1
    whole = int(value * 10**places)
    digits = str(abs(whole)).rstrip("0")
    if len(digits) > 200 or abs(len(str(abs(whole))) - 1 - places) > 400:
        return None
    return Decimal(whole).scaleb(-places, Context(prec=2_000))


def equal(left: Any, right: Any) -> bool:
    """Whether two values are the same; a decimal and a float are by what is written, deep down as well."""
    if {type(left), type(right)} == {Decimal, float}:
        return bool(fraction_of(left) == fraction_of(right))
    if isinstance(left, list) and isinstance(right, list):
        return len(left) == len(right) and all(equal(one, other) for one, other in zip(left, right, strict=True))
    if isinstance(left, dict) and isinstance(right, dict):
        return set(left) == set(right) and all(equal(left[key], right[key]) for key in left)
    return bool(left == right)


class Interpreter:
    """Evaluates nodes over one record; within an argument over `it`, the item is known by that name."""

    def __init__(self, record: Mapping[str, Any], words: Words) -> None:
        self.record = record
        self.words = words
        self.items: list[Any] = []

    def value(self, node: Any) -> Any:
        """The value of one node."""
        return getattr(self, f"of_{type(node).__name__}")(node)

    # What is written, and what is looked up

    def of_TemplateData(self, node: nodes.TemplateData) -> Any:
        return node.data

    def of_Const(self, node: nodes.Const) -> Any:
        return node.value

    def of_List(self, node: nodes.List) -> Any:
        values = [self.value(item) for item in node.items]
        return [value for value in values if value is not ABSENT]

    of_Tuple = of_List

    def of_Dict(self, node: nodes.Dict) -> Any:
        pairs = [(self.value(pair.key), self.value(pair.value)) for pair in node.items]
        return {key: value for key, value in pairs if value is not ABSENT}

    def of_Name(self, node: nodes.Name) -> Any:
        if node.name == "it" and self.items:
            return self.items[-1]
        if node.name in self.words.constants:
            return self.words.constants[node.name]
        return self.record.get(node.name, ABSENT)

    def of_Getattr(self, node: nodes.Getattr) -> Any:
        return self.looked_up(self.value(node.node), node.attr)

    def of_Getitem(self, node: nodes.Getitem) -> Any:
        value = self.value(node.node)
        if isinstance(node.arg, nodes.Slice):
            return self.cut(value, node.arg)
        return self.looked_up(value, self.value(node.arg))

    def looked_up(self, value: Any, key: Any) -> Any:
        """The value at a key of a record, or at a position of a list or text."""
        if isinstance(value, dict):
            if isinstance(key, (str, int, float)) and key in value:
                return value[key]
            return ABSENT
        if isinstance(value, (list, tuple, str)) and isinstance(key, int) and not isinstance(key, bool):
            if 0 <= key < len(value):
                return value[key]
            if -len(value) <= key < 0:
                return value[len(value) + key]
        return ABSENT

    def cut(self, value: Any, part: nodes.Slice) -> Any:
        if is_missing(value):
            return value
        if not isinstance(value, (str, list, tuple)):
            raise RuleError(f"{show(value)} is neither a text nor a list, so no part can be cut from it")
        start, stop, step = (self.value(bound) if bound else None for bound in (part.start, part.stop, part.step))
        positions = range(*slice(start, stop, step).indices(len(value)))
        return "".join(value[p] for p in positions) if isinstance(value, str) else [value[p] for p in positions]

    # Logic

    def of_And(self, node: nodes.And) -> Any:
        left = self.value(node.left)
        return self.value(node.right) if left else left

    def of_Or(self, node: nodes.Or) -> Any:
        left = self.value(node.left)
        return left if left else self.value(node.right)

    def of_Not(self, node: nodes.Not) -> Any:
        return not self.value(node.node)

    def of_CondExpr(self, node: nodes.CondExpr) -> Any:
        if self.value(node.test):
            return self.value(node.expr1)
        return self.value(node.expr2) if node.expr2 else ABSENT

    # Calculations

    def of_Concat(self, node: nodes.Concat) -> Any:
        return joined([self.value(part) for part in node.nodes])

    def of_Neg(self, node: nodes.Neg) -> Any:
        value = self.value(node.node)
        if is_missing(value):
            return value
        if not is_number(value):
            raise RuleError(f"{show(value)} is not a number")
        return value.copy_negate() if isinstance(value, Decimal) else -value

    def of_Add(self, node: nodes.Add) -> Any:
        left, right = self.value(node.left), self.value(node.right)
        for side in (left, right):
            if is_missing(side):
                return side
        both_texts = isinstance(left, str) and isinstance(right, str)
        if both_texts or (isinstance(left, list) and isinstance(right, list)):
            longest = LONGEST if both_texts else MOST
            if len(left) + len(right) > longest:
                raise RuleError(f"the result would be longer than {longest}")
            return left + right
        return self.calculated(left, "+", right, lambda a, b: a + b)

    def of_Sub(self, node: nodes.Sub) -> Any:
        return self.calculated(self.value(node.left), "-", self.value(node.right), lambda a, b: a - b)

    def of_Mul(self, node: nodes.Mul) -> Any:
        return self.calculated(self.value(node.left), "*", self.value(node.right), lambda a, b: a * b)

    def of_Div(self, node: nodes.Div) -> Any:
        return self.calculated(self.value(node.left), "/", self.value(node.right), divided)

    def of_FloorDiv(self, node: nodes.FloorDiv) -> Any:
        return self.calculated(self.value(node.left), "//", self.value(node.right), lambda a, b: floor(a / b))

    def of_Mod(self, node: nodes.Mod) -> Any:
        return self.calculated(self.value(node.left), "%", self.value(node.right), lambda a, b: a - b * floor(a / b))

    def calculated(self, left: Any, symbol: str, right: Any, calculate: Callable[[Any, Any], Any]) -> Any:
        """A calculation with two numbers; a missing one makes the result missing."""
        for side in (left, right):
            if is_missing(side):
                return side
        refused = RuleError(f"{show(left)} {symbol} {show(right)} cannot be calculated")
        if not is_number(left) or not is_number(right):
            raise refused
        whole = isinstance(left, int) and isinstance(right, int)
        try:
            found = calculate(fraction_of(left), fraction_of(right))
        except ArithmeticError:
            raise refused from None
        if whole and found == int(found):
            if int(found).bit_length() > LARGEST_BITS:
                raise RuleError("the result is too large a number")
            return int(found)
        number = decimal_of(found)
        if number is None:
            raise refused
        return number

    # Comparisons and tests

    def of_Compare(self, node: nodes.Compare) -> Any:
        # Every operand is evaluated, also where an earlier comparison has decided.
        values = [self.value(node.expr), *(self.value(operand.expr) for operand in node.ops)]
        for number, operand in enumerate(node.ops):
            if not self.holds(values[number], operand.op, values[number + 1]):
                return False
        return True

    def holds(self, left: Any, name: str, right: Any) -> bool:
        if name == "eq":
            return equal(left, right)
        if name == "ne":
            return not equal(left, right)
        if name == "in":
            return self.within(left, right)
        if name == "notin":
            return not self.within(left, right)
        if is_missing(left) or is_missing(right):
            return False
        if is_number(left) and is_number(right) and Decimal in (type(left), type(right)):
            left, right = fraction_of(left), fraction_of(right)
        try:
            if name == "lt":
                return bool(left < right)
            if name == "lteq":
                return bool(left <= right)
            if name == "gt":
                return bool(left > right)
            return bool(left >= right)
        except TypeError:
            raise RuleError(f"{show(left)} and {show(right)} cannot be compared by {SYMBOLS[name]}") from None

    def within(self, value: Any, container: Any) -> bool:
        if isinstance(container, str):
            return isinstance(value, str) and value in container
        if isinstance(container, dict):
            return isinstance(value, (str, int, float)) and value in container
        if isinstance(container, (list, tuple)):
            return any(item is value or equal(item, value) for item in container)
        return False

    def of_Test(self, node: nodes.Test) -> Any:
        value = self.value(node.node)
        match node.name:
            case "defined":
                return value is not ABSENT
            case "none":
                return value is None
            case "string":
                return isinstance(value, str)
            case "number":
                return is_number(value)
            case "empty":
                return is_missing(value) or value in ("", [], {}, ())
            case "in":
                return self.within(value, self.value(node.args[0]))
        raise AssertionError(node.name)

    # Transforms

    def of_Filter(self, node: nodes.Filter) -> Any:
        if node.name == "catch":
            return self.caught(node)
        value = self.value(node.node)
        if node.name == "lookup":
            table, *sides = (self.value(part) for part in node.args)
            return self.words.tables[table](value, *sides)
        if node.name in self.words.functions:
            return self.words.functions[node.name](value, *(self.value(part) for part in node.args))
        transform = TRANSFORMS[node.name]
        arguments = [self.value(part) for part in node.args if not self.asks(transform, node, part)]
        asked = [self.question(part) for part in node.args if self.asks(transform, node, part)]
        options = {str(option.key): self.value(option.value) for option in node.kwargs}
        given = transform.in_order([*asked, *arguments], options, lambda default: default)
        return transform.call(value, *given)

    def asks(self, transform: Any, node: nodes.Filter, part: nodes.Expr) -> bool:
        """Whether an argument is an expression over `it`: the first one of some transforms, unless a constant."""
        return transform.each and part is node.args[0] and not isinstance(part, nodes.Const)

    def question(self, part: nodes.Expr) -> Callable[[Any], Any]:
        def ask(item: Any) -> Any:
            self.items.append(item)
            try:
                return self.value(part)
            finally:
                self.items.pop()

        return ask

    def caught(self, node: nodes.Filter) -> Any:
        # The other value is evaluated first, and may be refused itself.
        other = self.value(node.args[0]) if node.args else None
        try:
            return self.value(node.node)
        except RuleError:
            return other
