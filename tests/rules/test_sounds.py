"""Sounds without tones: what sounds otherwise within a phrase is known, though only those phrases are loaded."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pypinyin import Style, lazy_pinyin
from pypinyin.constants import PHRASES_DICT, PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal
from pypinyin.phrases_dict import phrases_dict

from crm.rules.sounds import initials, of_each, syllables


@pytest.mark.parametrize(
    ("name", "sound"),
    [
        ("重庆长安汽车", "chong qing chang an qi che"),
        ("厦门银行", "xia men yin hang"),
        ("都江堰", "du jiang yan"),
        ("乐清", "yue qing"),
        ("澜芯传动", "lan xin chuan dong"),
    ],
)
def test_within_a_phrase(name, sound):
    assert syllables(name) == of_each(name) == sound.split()


def test_initials_and_what_is_no_chinese():
    assert initials("厦门重工") == "xmzg"
    assert syllables("3D打印") == ["3D", "da", "yin"]
    assert of_each("3D打") == ["3", "D", "da"]


def test_every_phrase_that_sounds_otherwise_is_loaded_and_no_other():
    """Reading them out of pypinyin's file as text finds what its own dictionary holds."""
    wanted = {
        phrase
        for phrase, readings in phrases_dict.items()
        if [to_normal(reading[0]) for reading in readings] != [_alone(character) for character in phrase]
    }
    assert set(PHRASES_DICT) == wanted
    assert 3_000 < len(wanted) < len(phrases_dict) / 10


def _alone(character):
    return to_normal(PINYIN_DICT.get(ord(character), "").split(",")[0])


_PART = st.one_of(
    st.sampled_from(sorted(map(chr, PINYIN_DICT))),
    st.sampled_from(sorted(PHRASES_DICT)),
    st.sampled_from(["A", "3", "-", "ⅱ", "🙂"]),
)


@given(st.lists(_PART, max_size=8).map("".join))
def test_one_by_one_is_what_pypinyin_says(name):
    assert syllables(name) == lazy_pinyin(name)
    assert of_each(name) == lazy_pinyin(name, Style.NORMAL, errors=list)
    assert initials(name) == "".join(lazy_pinyin(name, Style.FIRST_LETTER))
