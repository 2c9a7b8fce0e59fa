"""Small changes of an expression or of a transform with arguments: another constant, another comparison, a negation."""

from __future__ import annotations

import re
from collections.abc import Iterator

_BRACES = re.compile(r"\{\{(.*?)\}\}", re.DOTALL)
_TOKEN = re.compile(
    r"""(?P<text>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|(?P<number>\d+(?:\.\d+)?)|(?P<word>[^\W\d]\w*)"""
    r"""|(?P<compare>==|!=|<=|>=|<|>)|(?P<other>//|\*\*|\S)"""
)
_COMPARED = {"==": "!=", "!=": "==", "<": ">=", ">=": "<", ">": "<=", "<=": ">"}
_WORDS = {"and": "or", "or": "and", "true": "false", "false": "true"}

#: A changed text, the offset of the change in the old one, and what was changed into what.
Changed = tuple[str, int, str]


def changes(text: str) -> Iterator[Changed]:
    """Every change of an expression; of a text without braces, of what it is given as arguments."""
    for start, end in [found.span(1) for found in _BRACES.finditer(text)] or [(0, len(text))]:
        yield from _within(text, start, end)


def negated(text: str) -> Changed:
    """A condition as a whole turned round."""
    found = _BRACES.fullmatch(text.strip())
    inner = found[1].strip() if found else text.strip()
    return f"{{{{ not ({inner}) }}}}", 0, "the condition is negated"


def _within(text: str, start: int, end: int) -> Iterator[Changed]:
    tokens = list(_TOKEN.finditer(text, start, end))
    for number, token in enumerate(tokens):
        word, before = token.group(), tokens[number - 1].group() if number else ""
        if token["text"]:
            new = word[0] + (word[1:-1] + "~" if len(word) > 2 else "~") + word[0]
        elif token["number"]:
            new = str(int(word) + 1) if word.isdecimal() else word + "1"
        elif word in _COMPARED:
            new = _COMPARED[word]
        # After a dot or a bar a word is a name.
        elif word in _WORDS and before not in (".", "|"):
            new = _WORDS[word]
        else:
            if word == "if":
                yield from _turned(text, tokens, number)
            continue
        yield text[: token.start()] + new + text[token.end() :], token.start(), f"{word} becomes {new}"


def _turned(text: str, tokens: list[re.Match[str]], number: int) -> Iterator[Changed]:
    """The condition between an `if` and its `else` turned round."""
    depth, start, end = 0, tokens[number].end(), tokens[-1].end()
    for token in tokens[number + 1 :]:
        word = token.group()
        depth += (word in "([{") - (word in ")]}") if len(word) == 1 else 0
        if depth < 0 or (depth == 0 and word == "else"):
            end = token.start()
            break
    inner = text[start:end].strip()
    yield f"{text[:start]} not ({inner}) {text[end:].lstrip()}", start + 1, f"`if {inner}` is negated"
