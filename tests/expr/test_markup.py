"""HTML becomes text and text becomes HTML."""

from __future__ import annotations

import pytest

from mapper.expr.markup import html_to_text, text_to_html


@pytest.mark.parametrize(
    ("source", "text"),
    [
        ("plain", "plain"),
        ("<p>a</p><p>b</p>", "a\nb"),
        ("<p>a</p>\n\n<p><br></p>\n<p>b</p>", "a\n\nb"),
        ("a<p>b</p>c", "a\nb\nc"),
        ("<div>a<div>b</div></div>", "a\nb"),
        ("<ul><li>a</li><li>b</li></ul>", "a\nb"),
        ("a<br>b<BR/>c<br />d", "a\nb\nc\nd"),
        ("a<br><br>b", "a\n\nb"),
        ("a<br><br><br><br>b", "a\n\nb"),
        ("  a \n\t b  ", "a b"),
        ("a <b>bold</b> word", "a bold word"),
        ("Caf&eacute; &amp; th&#233;&nbsp;!", "Café & thé !"),
        ("&lt;b&gt;", "<b>"),
        ("3 < 4 > 2", "3 < 4 > 2"),
        ("a <!-- hidden --> b", "a b"),
        ("a <!-- open", "a"),
        ("a<script>alert('<p>')</script>b", "ab"),
        ("a<SCRIPT>x</script >b", "ab"),
        ("a<style>x", "a"),
        ("<!DOCTYPE html><html><head><title>t</title></head><body>x</body></html>", "x"),
        ("an open <b tag", "an open <b tag"),
        ("<", "<"),
    ],
)
def test_html_is_read_as_text(source: str, text: str) -> None:
    assert html_to_text(source) == text


@pytest.mark.parametrize(
    "source", ["<" * 100_000, "<a " * 100_000, "<!--" * 100_000, "<script>" * 50_000, "</" * 100_000]
)
def test_a_hostile_text_takes_no_longer_than_another(source: str) -> None:
    assert len(html_to_text(source)) <= len(source)


@pytest.mark.parametrize("text", ["a & b < c", "a\nb\n\nc", "a  b   c", "&amp;", "<b>", 'it\'s "so"'])
def test_text_is_found_again_in_its_html(text: str) -> None:
    assert html_to_text(text_to_html(text)) == text
