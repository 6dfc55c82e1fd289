"""Words of a query, and the pieces of a text in which they stand."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from crm.choices import Found
from crm.rules.search import (
    Piece,
    answers,
    closeness,
    entry_id,
    excerpt,
    fold,
    searched,
    sounds,
    tokens,
    wanted,
    warmth,
    words_of,
)  # fmt: skip


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


def test_a_hit_is_marked_whatever_its_width_and_case():
    assert [piece.text for piece in excerpt("编号 ＹＨ－２０２２", words_of("yh-2022")) if piece.hit] == [
        "ＹＨ－２０２２"
    ]


# -------------------------------------------------------------------------------------------------------------- the index


def found_by_index(text, word, kind=Found.PROJECT):
    """What both databases do with the tokens: every token of one way is there, `:*` is a beginning."""
    there = tokens(kind, searched(text), sounds(text)).split()

    def holds(token):
        begun = token.removesuffix(":*")
        return any(one.startswith(begun) for one in there) if begun != token else token in there

    return any(all(map(holds, way)) for way in wanted(kind, word).ways)


@given(st.text(min_size=1, max_size=40), st.data())
def test_any_stretch_of_a_text_is_found(text, data):
    start = data.draw(st.integers(0, len(text) - 1))
    for word in words_of(text[start : data.draw(st.integers(start + 1, len(text)))]):
        assert found_by_index(text, word), word


@given(st.text(max_size=40))
def test_folding_keeps_every_character_in_its_place(text):
    assert len(fold(text)) == len(text)


@given(st.text(max_size=60))
def test_tokens_are_words_that_no_database_cuts(text):
    for token in tokens(Found.ACTIVITY, searched(text), sounds(text)).split():
        assert token.isascii() and token.isalnum() and token == token.lower()


@pytest.mark.parametrize(
    ("name", "word", "found"),
    [
        ("澜芯传动", "lxcd", True),
        ("澜芯传动", "xcd", True),
        ("澜芯传动", "lanxin", True),
        ("澜芯传动", "chuandong", True),
        ("澜芯传动", "anxin", False),
        ("澜芯传动", "lx", True),
        ("澜芯传动", "l", False),
        ("重庆南岸", "cqna", True),
        ("重庆南岸", "zqna", False),
        ("澜芯A9传动", "lxa9cd", False),
        ("Lager", "lag", True),
        ("Lager", "ag", True),
        ("澜芯", "芯澜", False),
        ("云湖", "%", False),
        ("完成100%", "0%", True),
    ],
)
def test_names_are_found_by_sound(name, word, found):
    assert found_by_index(name, word) is found


def test_phones_are_searched_from_four_digits_on_and_only_of_contacts():
    assert [len(wanted(Found.CONTACT, word).ways) for word in ("138", "1380", "a138")] == [1, 2, 1]
    assert len(wanted(Found.PROJECT, "13800000421").ways) == 1


def test_kinds_lie_side_by_side():
    ids = [entry_id(kind, row) for kind in Found for row in (1, 2**31 - 1)]
    assert ids == sorted(set(ids)) and max(ids) < 2**63


@pytest.mark.parametrize(
    ("title", "query", "expected"),
    [
        ("澜芯", "澜芯", 0),
        ("澜芯传动", "澜芯", 1),
        ("云湖澜芯", "澜芯", 2),
        ("传动澜芯", "澜芯 传动", 2),
        ("云湖", "澜芯", 3),
    ],
)
def test_closeness(title, query, expected):
    assert closeness(title, words_of(query)) == expected


@pytest.mark.parametrize(
    ("name", "query", "expected"),
    [
        ("记一笔", "", True),
        ("记一笔", "笔", True),
        ("记一笔", "jyb", True),
        ("记一笔", "登记", False),
        ("项目", "xm", True),
    ],
)
def test_pages_answer_to_their_names(name, query, expected):
    assert bool(answers(name, words_of(query))) is expected


def test_what_is_opened_often_cools_down():
    now = datetime(2022, 10, 20, tzinfo=UTC)
    ages = [warmth(3, now - timedelta(days=days), now) for days in (0, 3, 20, 200)]
    assert ages == sorted(ages, reverse=True) and ages[0] > ages[-1] > 0
