"""The text of an expression: its tokens with their exact places, and faults reported at those places."""

from __future__ import annotations

import re
from difflib import get_close_matches
from typing import Final

from jinja2 import Environment, nodes
from jinja2.exceptions import TemplateSyntaxError
from jinja2.lexer import TokenStream
from jinja2.parser import Parser

MAX_LENGTH: Final = 2_000
# So many digits of a float are the ones that were written.
_EXACT_DIGITS: Final = 15
MAX_NESTING: Final = 30

_ENVIRONMENT = Environment()
_AT = re.compile(r" at (\d+)$")
_GOT = re.compile(r"(?:got|^unexpected) '(.*)'", re.DOTALL)
_STATEMENT_HINTS = {
    "if": "write {{ a if condition else b }}",
    "for": "use a transform on the list, such as map, join or first",
    "set": "use a field of its own",
    "raw": "write the braces as a text: {{ '{{' }}",
}


class ExpressionError(ValueError):
    """A text that is not an allowed expression; line and column count from 1 within the text."""

    def __init__(self, message: str, line: int = 1, column: int = 1, hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.line = line
        self.column = column
        self.hint = hint

    def __str__(self) -> str:
        tail = f" ({self.hint})" if self.hint else ""
        return f"{self.line}:{self.column}: {self.message}{tail}"


def did_you_mean(name: str, known: list[str], otherwise: str = "") -> str:
    """A hint that names the nearest known word."""
    near = get_close_matches(name, known, 1) or [word for word in known if word.lower() == name.lower()]
    return f"did you mean {near[0]}?" if near else otherwise


class Source:
    """One text, parsed by Jinja; every node's `lineno` is the offset of its token in the text."""

    def __init__(self, text: str) -> None:
        # Jinja's lexer reads every line end as \n, and drops one at the end of the text.
        self.text = text.replace("\r\n", "\n").replace("\r", "\n").removesuffix("\n")
        if len(self.text) > MAX_LENGTH:
            raise self.error(f"an expression of {len(text)} characters is too long; {MAX_LENGTH} are allowed", 0)

    def error(self, message: str, offset: int, hint: str = "") -> ExpressionError:
        """A fault at an offset, ready to be raised."""
        offset = min(offset, len(self.text))
        line_start = self.text.rfind("\n", 0, offset) + 1
        return ExpressionError(message, self.text.count("\n", 0, offset) + 1, offset - line_start + 1, hint)

    def after(self, offset: int, word: str) -> int:
        """Where a word stands at or after an offset; the offset itself if nowhere."""
        found = self.text.find(word, offset)
        return offset if found < 0 else found

    def parse(self) -> list[nodes.Expr]:
        """The parts of the text in order: literal text as TemplateData, expressions as they are."""
        tokens = self._tokens()
        self._check_tokens(tokens)
        parser = Parser(_ENVIRONMENT, "")
        try:
            parser.stream = TokenStream(_ENVIRONMENT.lexer.wrap(iter(tokens), None, None), None, None)
            template = parser.parse()
        except TemplateSyntaxError as error:
            raise self._parse_error(error) from None
        except RecursionError:
            raise self.error("the expression is nested too deeply", 0) from None
        return [part for output in template.body if isinstance(output, nodes.Output) for part in output.nodes]

    def _tokens(self) -> list[tuple[int, str, str]]:
        tokens: list[tuple[int, str, str]] = []
        position = 0
        try:
            for _, kind, text in _ENVIRONMENT.lexer.tokeniter(self.text, None):
                offset = max(self.text.find(text, position), position)
                tokens.append((offset, kind, text))
                position = offset + len(text)
        except TemplateSyntaxError as error:
            found = _AT.search(error.message or "")
            raise self.error(_AT.sub("", error.message or ""), int(found[1]) if found else position) from None
        return tokens

    def _check_tokens(self, tokens: list[tuple[int, str, str]]) -> None:
        depth = 0
        for number, (offset, kind, text) in enumerate(tokens):
            if kind in ("block_begin", "raw_begin"):
                name = next((t for t in tokens[number:] if t[1] == "name"), (offset, kind, "raw"))
                hint = _STATEMENT_HINTS.get(name[2], "only {{ ... }} is allowed")
                raise self.error(f"statements such as {{% {name[2]} %}} are not allowed", offset, hint)
            if kind == "float" and len(re.sub("[eE].*|[^0-9]", "", text).lstrip("0")) > _EXACT_DIGITS:
                message = f"{text} has more than {_EXACT_DIGITS} digits, and would lose some"
                raise self.error(message, offset, f"write it as a text: '{text}' | decimal")
            if kind == "operator":
                depth += (text in "([{") - (text in ")]}")
            if depth > MAX_NESTING:
                raise self.error(f"the expression is nested more than {MAX_NESTING} deep", offset)

    def _parse_error(self, error: TemplateSyntaxError) -> ExpressionError:
        message = error.message or "not an expression"
        if "end of template" in message:
            return self.error("the expression is not finished", len(self.text), "is a }} missing?")
        found = _GOT.search(message)
        if not found:
            return self.error(message, error.lineno)
        if found[1] == "end of print statement":
            return self.error("the expression is not finished", error.lineno)
        return self.error(f"unexpected {found[1]!r}", error.lineno)
