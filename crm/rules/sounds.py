"""How Chinese sounds, without tones: 重庆 is chong qing. The one place that knows pypinyin.

Its 47,000 phrases would take 45 MiB of every server and a second of every command. Nine tenths of them sound as their
characters do one by one, where tones do not matter; the others are picked out of its file as text, and the rest is never made.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from functools import lru_cache
from importlib.resources import files

os.environ.setdefault("PYPINYIN_NO_PHRASES", "true")  # its own way to be told, before it is imported

from pypinyin import Style, lazy_pinyin, load_phrases_dict
from pypinyin.constants import PINYIN_DICT
from pypinyin.contrib.tone_convert import to_normal

_PHRASE = re.compile(r'"([^"]+)": \[((?:\s*\[[^\]]*\],?)+)\s*\]')
_READINGS = re.compile(r'\[\s*"([^"]*)"')  # the first of each character


def syllables(text: str) -> list[str]:
    """Of each character its syllable; what is no Chinese stays, in stretches."""
    return _one_by_one(text) or lazy_pinyin(text)


def of_each(characters: str) -> list[str]:
    """As `syllables`, but one for every character of the text, whatever it is."""
    return _one_by_one(characters) or lazy_pinyin(characters, Style.NORMAL, errors=list)  # type: ignore[arg-type]


def initials(text: str) -> str:
    """重庆: cq."""
    sounded = _one_by_one(text)
    return "".join([each[0] for each in sounded] if sounded else lazy_pinyin(text, Style.FIRST_LETTER))


def _one_by_one(text: str) -> list[str] | None:
    """How each Chinese character sounds, where no odd phrase can begin: what pypinyin says, in a tenth of its time."""
    if any(text[place : place + 2] in _BEGINNINGS for place in range(len(text) - 1)):
        return None
    found = [_alone(character) for character in text]
    return found if all(found) else None


@lru_cache(3_000)
def _toneless(reading: str) -> str:
    return str(to_normal(reading))


def _alone(character: str) -> str:
    return _toneless(PINYIN_DICT.get(ord(character), "").partition(",")[0])


def _odd_phrases() -> Iterator[tuple[str, list[list[str]]]]:
    """The phrases that sound otherwise than their characters: some 3,400."""
    file = (files("pypinyin") / "phrases_dict.json").read_text("utf-8")
    for found in _PHRASE.finditer(file):
        phrase, readings = found[1], _READINGS.findall(found[2])
        if [_toneless(reading) for reading in readings] != [_alone(character) for character in phrase]:
            yield phrase, [[reading] for reading in readings]


_ODD = dict(_odd_phrases())
_BEGINNINGS = frozenset(phrase[:2] for phrase in _ODD)
load_phrases_dict(_ODD)
