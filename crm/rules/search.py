"""Words searched for, and the pieces of a text that show where they stand."""

from __future__ import annotations

import re
from dataclasses import dataclass

MOST_WORDS = 5
LONGEST_QUERY = 60
WIDTH = 80


@dataclass(frozen=True, slots=True)
class Piece:
    """A stretch of text, and whether it is what was searched for."""

    text: str
    hit: bool = False


def words_of(query: str) -> list[str]:
    """The words of a query; one character is enough, five words are plenty."""
    return list(dict.fromkeys(query[:LONGEST_QUERY].split()))[:MOST_WORDS]


def excerpt(text: str, words: list[str], width: int = WIDTH) -> list[Piece]:
    """About `width` characters of a text around the first word found, cut into pieces that are hits and pieces that are not."""
    flat = " ".join(text.split())
    if not words:
        return [Piece(_cut(flat, 0, width))]
    pattern = re.compile("|".join(re.escape(word) for word in sorted(words, key=len, reverse=True)), re.IGNORECASE)
    first = pattern.search(flat)
    shown = _cut(flat, max(0, first.start() - width // 4) if first else 0, width)
    pieces, end = [], 0
    for found in pattern.finditer(shown):
        if found.start() > end:
            pieces.append(Piece(shown[end : found.start()]))
        pieces.append(Piece(found[0], True))
        end = found.end()
    return [*pieces, Piece(shown[end:])] if end < len(shown) or not pieces else pieces


def _cut(text: str, start: int, width: int) -> str:
    if len(text) <= width:
        return text
    start = min(start, len(text) - width)
    end = start + width
    return ("…" if start else "") + text[start:end] + ("…" if end < len(text) else "")
