"""Words of a query, and the pieces of a text in which they stand."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.rules.search import Piece, excerpt, words_of


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("", []),
        ("  ", []),
        ("澜", ["澜"]),
        ("澜芯　供地 澜芯", ["澜芯", "供地"]),
        ("a b c d e f g", ["a", "b", "c", "d", "e"]),
    ],
)
def test_words(query, words):
    assert words_of(query) == words


@pytest.mark.parametrize(
    ("text", "words", "hits"),
    [
        ("澜芯精密减速器", ["澜芯"], ["澜芯"]),
        ("Lager lager LAGER", ["lager"], ["Lager", "lager", "LAGER"]),
        ("甲乙丙", ["丁"], []),
        ("100% 完成", ["%"], ["%"]),
        ("供地供电", ["供", "供地"], ["供地", "供"]),
    ],
)
def test_hits_are_marked(text, words, hits):
    assert [piece.text for piece in excerpt(text, words) if piece.hit] == hits


def test_a_long_text_is_shown_around_the_first_hit():
    pieces = excerpt("前" * 200 + "供地" + "后" * 200, ["供地"], 40)
    shown = "".join(piece.text for piece in pieces)
    assert len(shown) == 42 and shown.startswith("…") and shown.endswith("…")
    assert Piece("供地", True) in pieces


@given(st.text(max_size=200), st.text(min_size=1, max_size=10))
def test_nothing_is_lost_of_a_short_text(text, query):
    flat = " ".join(text.split())
    assert "".join(piece.text for piece in excerpt(text, words_of(query), 400)) == flat
