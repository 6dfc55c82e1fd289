"""Words searched for: how texts are folded and cut into tokens for the index, and where a hit stands.

A token is a mark of its kind, then what is found by it. Texts give every pair of neighbouring characters and the last one
alone, so that any stretch of one or more characters is found: a pair by itself, one character as the beginning of a pair.
Names also give how they sound from each character on, whole (lanxinchuandong) and by initials (lxcd). Characters are written
as four digits, so that no database cuts or changes them. The index only narrows: the text itself always decides.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from functools import lru_cache
from itertools import pairwise

from crm.choices import Found
from crm.rules.sounds import of_each

MOST_WORDS = 5
LONGEST_QUERY = 60
LONGEST_TEXT = 20_000  # characters of one row that are searched
LONGEST_SOUND = 24
SHORTEST_PHONE = 4  # digits; fewer would find half of all contacts
WIDTH = 80
CHARACTERS = 10_000  # are remembered: more than an office writes

_NUMBERS = {kind.value: number for number, kind in enumerate(Found, 1)}  # never reorder: the keys of the index
_ROWS = 1 << 40  # more than a table has

_WEIGHTS = ((1, 100), (7, 70), (30, 40), (10**9, 10))  # days since the last visit, weight of each visit
_DIGITS = "0123456789abcdefghijklmnopqrstuvwxyz"
_LETTERS = re.compile(r"[a-z]{2,}")
_HEARD = re.compile(r"[a-z0-9\u3400-\u9fff]")
_HAN = re.compile(r"[\u3400-\u9fff]")


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether it is what was searched for."""

    text: str
    hit: bool = False


def fold(text: str) -> str:
    """Half-width and lower case, character by character: as long as before, so that places stay the same."""
    return "".join(_folded(character) for character in text)


@lru_cache(CHARACTERS)
def _folded(character: str) -> str:
    lower = unicodedata.normalize("NFKC", character).lower()
    return lower if len(lower) == 1 else character


def words_of(query: str) -> list[str]:
    """The folded words of a query; one character is enough, five words are plenty."""
    return list(dict.fromkeys(fold(query[:LONGEST_QUERY]).split()))[:MOST_WORDS]


# ------------------------------------------------------------------------------------------------------------- the index


def searched(*texts: str) -> str:
    """The texts of a row as they are searched, a line each."""
    return "\n".join(" ".join(fold(text).split()) for text in texts if text)[:LONGEST_TEXT]


def sounds(*names: str) -> str:
    """How names sound from each Chinese character on, whole and by initials; each behind a space."""
    heard: dict[str, None] = {}
    for name in names:
        characters = [character for character in fold(name) if _HEARD.match(character)]
        if not any(map(_HAN.match, characters)):
            continue
        spoken = of_each("".join(characters))
        whole = [syllable if syllable.isascii() else "" for syllable in spoken]  # characters that no dictionary has
        for place, character in enumerate(characters):
            if _HAN.match(character):
                heard["".join(whole[place:])[:LONGEST_SOUND]] = None
                heard["".join(syllable[:1] for syllable in whole[place:])[:LONGEST_SOUND]] = None
    return "".join(f" {sound}" for sound in heard if sound)


def entry_id(kind: Found, row_id: int) -> int:
    """The key of a row's entry: kinds lie side by side, within one the newest rows are last."""
    return _NUMBERS[kind] * _ROWS + row_id


def tokens(kind: Found, text: str, heard: str = "", phone: str = "") -> str:
    """What the index holds for a row: `text` as from `searched`, `heard` as from `sounds`."""
    marked = {_mark(kind, "t") + token for part in text.split() for token in _of_part(part)}
    marked |= {_mark(kind, "s") + sound for sound in heard.split()}
    marked |= {_mark(kind, "p") + token for part in phone.split() for token in _of_part(part)}
    return " ".join(sorted(marked))


def _mark(kind: Found, what: str) -> str:
    """Each kind has tokens of its own, so that the many of one never slow down the search for another."""
    return f"{what}{_NUMBERS[kind]}"


def _of_part(part: str) -> Iterable[str]:
    codes = [_code(character) for character in part]
    yield from (first + second for first, second in pairwise(codes))
    yield codes[-1]


@lru_cache(CHARACTERS)
def _code(character: str) -> str:
    number, digits = ord(character), ""
    for _ in range(4):
        number, digit = divmod(number, 36)
        digits = _DIGITS[digit] + digits
    return digits


@dataclass(frozen=True, slots=True)
class Wanted:
    """A folded word as it is asked of the index: every group of tokens is one way to find it, `:*` marks a beginning."""

    word: str
    ways: tuple[tuple[str, ...], ...]
    is_sound: bool
    is_phone: bool


def wanted(kind: Found, word: str) -> Wanted:
    """How a folded word is asked of the entries of a kind."""
    ways = [_as_text(kind, "t", word)]
    is_sound = bool(_LETTERS.fullmatch(word))
    if is_sound:
        ways.append((f"{_mark(kind, 's')}{word[:LONGEST_SOUND]}:*",))
    is_phone = kind is Found.CONTACT and word.isdigit() and len(word) >= SHORTEST_PHONE
    if is_phone:
        ways.append(_as_text(kind, "p", word))
    return Wanted(word, tuple(ways), is_sound, is_phone)


def _as_text(kind: Found, what: str, word: str) -> tuple[str, ...]:
    mark, codes = _mark(kind, what), [_code(character) for character in word]
    pairs = tuple(dict.fromkeys(f"{mark}{first}{second}" for first, second in pairwise(codes)))
    return pairs or (f"{mark}{codes[0]}:*",)


# --------------------------------------------------------------------------------------------------------------- ranking


def closeness(title: str, words: Sequence[str]) -> int:
    """How well a title answers: 0 it is the query, 1 it begins with it, 2 it holds every word, 3 something else does."""
    folded = fold(title)
    if words and folded == " ".join(words):
        return 0
    if words and folded.startswith(words[0]):
        return 1
    return 2 if all(word in folded for word in words) else 3


def answers(name: str, words: Sequence[str]) -> bool:
    """Whether a name holds every word, by its characters or its sound; with no words every name does."""
    folded, heard = fold(name), sounds(name)
    return all(word in folded or (_LETTERS.fullmatch(word) and f" {word}" in heard) for word in words)


def warmth(times: int, last_at: datetime, now: datetime) -> int:
    """How much a record is on somebody's mind: how often it was opened, weighed by how long ago the last time was."""
    days = (now - last_at).days
    return times * next(weight for limit, weight in _WEIGHTS if days <= limit)


def excerpt(text: str, words: list[str], width: int = WIDTH) -> list[Piece]:
    """About `width` characters of a text around the first word found, cut into pieces that are hits and pieces that are not."""
    flat = " ".join(text.split())
    if not words:
        return [Piece(_cut(flat, 0, width))]
    pattern = re.compile("|".join(re.escape(fold(word)) for word in sorted(words, key=len, reverse=True)))
    first = pattern.search(fold(flat))
    shown = _cut(flat, max(0, first.start() - width // 4) if first else 0, width)
    pieces, end = [], 0
    for found in pattern.finditer(fold(shown)):
        if found.start() > end:
            pieces.append(Piece(shown[end : found.start()]))
        pieces.append(Piece(shown[found.start() : found.end()], True))
        end = found.end()
    return [*pieces, Piece(shown[end:])] if end < len(shown) or not pieces else pieces


def _cut(text: str, start: int, width: int) -> str:
    if len(text) <= width:
        return text
    start = min(start, len(text) - width)
    end = start + width
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
