"""Secrets are masked wherever words leave the program."""

from __future__ import annotations

import logging
from collections.abc import Iterator

import pytest

from mapper import log as logs
from mapper.log import hide, log, mask, setup


@pytest.fixture(autouse=True)
def quiet() -> Iterator[None]:
    """The logger as it was."""
    kept = log.handlers[:], log.propagate, log.level
    yield
    log.handlers[:], log.propagate, log.level = kept


def test_a_hidden_text_is_masked_everywhere_in_a_text() -> None:
    hide("first-secret")
    assert mask("key=first-secret&again=first-secret.") == "key=•••&again=•••."


def test_a_secret_inside_another_leaves_nothing_of_the_longer_one() -> None:
    hide("second")
    hide("second-and-more")
    assert mask("second-and-more second") == "••• •••"


def test_what_was_never_hidden_stays() -> None:
    assert mask("an ordinary text") == "an ordinary text"


@pytest.mark.parametrize("text", ["", "a", "abc"])
def test_very_short_texts_are_not_masked(text: str) -> None:
    hide(text)
    assert mask("abcabc a b c") == "abcabc a b c"


def test_a_secret_may_hold_any_signs() -> None:
    hide(r"a.*+?[](){}^$|\b")
    assert mask(r"<a.*+?[](){}^$|\b> and aXXb") == "<•••> and aXXb"


def test_hiding_twice_is_hiding_once() -> None:
    hide("third-secret")
    before = logs._pattern
    hide("third-secret")
    assert logs._pattern is before


def test_log_lines_are_masked_with_their_arguments_and_their_errors(capsys: pytest.CaptureFixture[str]) -> None:
    hide("fourth-secret")
    setup()
    try:
        raise ValueError("fourth-secret")
    except ValueError:
        log.warning("sent %s", "fourth-secret", exc_info=True)
    found = capsys.readouterr()
    assert ("fourth-secret" in found.err, "sent •••" in found.err, found.out) == (False, True, "")


@pytest.mark.parametrize(("verbose", "shown"), [(False, ["warning"]), (True, ["warning", "info", "debug"])])
def test_warnings_are_always_shown_the_rest_on_request(
    capsys: pytest.CaptureFixture[str], verbose: bool, shown: list[str]
) -> None:
    setup(verbose=verbose)
    for level in (logging.WARNING, logging.INFO, logging.DEBUG):
        log.log(level, logging.getLevelName(level).lower())
    assert [line.split()[-1] for line in capsys.readouterr().err.splitlines()] == shown


def test_setting_up_twice_does_not_double_the_lines(capsys: pytest.CaptureFixture[str]) -> None:
    setup()
    setup()
    log.warning("once")
    assert len(capsys.readouterr().err.splitlines()) == 1


def test_a_line_begins_with_its_moment_and_level(capsys: pytest.CaptureFixture[str]) -> None:
    setup()
    log.warning("words")
    moment, level, words = capsys.readouterr().err.split()
    assert (len(moment), moment[10], level, words) == (19, "T", "WARNING", "words")
