"""The pieces by which a name is found again, written or spoken: pairs of characters, how it sounds, its initials.

澜芯传动 is found by 澜芯, 芯传 …, by `lanxin` and by `lx`. Pieces find candidates; rules/likeness.py judges them.
"""

from __future__ import annotations

from crm.rules.names import loose_company_key, plain, project_key
from crm.rules.sounds import initials, syllables

SOUND, INITIALS = "~", "^"  # what these pieces begin with; a name's key holds neither
LONGEST = 40
AFTER_ALL = "\x7f"  # sorts after every letter and digit: the end of a range that begins with a sound


def pairs(key: str) -> frozenset[str]:
    """The neighbouring pairs of characters of a key; of a single character, itself."""
    return frozenset(key[place : place + 2] for place in range(len(key) - 1)) or frozenset({key} if key else ())


def of_project(name: str) -> frozenset[str]:
    """Every piece a project's name is found by."""
    key = project_key(name)
    return pairs(key).union(*map(_spoken, {key, loose_company_key(key)}))


def of_company(name: str, short_name: str = "") -> frozenset[str]:
    """Every piece a company is found by: its trade name, wherever it sits, and its short name."""
    keys = {key for key in (loose_company_key(name), plain(short_name)) if key}
    return frozenset().union(*map(pairs, keys), *map(_spoken, keys | {plain(name)}))


def _spoken(key: str) -> frozenset[str]:
    if not key or key.isascii():
        return frozenset()
    return frozenset({SOUND + sound_of(key), INITIALS + initials(key)[:LONGEST]})


def sound_of(key: str) -> str:
    """A key in pinyin without tones: 澜芯 is lanxin."""
    return "".join(syllables(key))[:LONGEST]


def is_spoken(typed: str) -> bool:
    """Whether somebody may be typing pinyin or initials: at least two Latin letters and nothing else."""
    key = plain(typed)
    return len(key) >= 2 and key.isascii() and key.isalpha()


def spoken_ranges(typed: str) -> list[tuple[str, str]]:
    """The ranges of pieces (from, before) that begin as typed, as a sound and as initials."""
    key = plain(typed)[:LONGEST]
    return [(mark + key, mark + key + AFTER_ALL) for mark in (SOUND, INITIALS)]
