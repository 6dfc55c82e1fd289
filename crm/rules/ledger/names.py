"""Project names: freed of markers and numbering, never of a part of the name."""

from __future__ import annotations

import re
from dataclasses import dataclass

from crm.rules.ledger.text import squeeze, tidy

# Markers that a list's footnote explains; ▪ and · stand inside names (桂林▪两江四湖) and stay.
_MARKERS = "▲△▼★☆●○◎◆◇■□※＊*⭐✱√"
_LEADING_MARKS = re.compile(rf"^[{_MARKERS}\s]+")
_TRAILING_MARKS = re.compile(rf"[{_MARKERS}\s]+$")
_BRACKETED_MARKS = re.compile(rf"[(（\[【][{_MARKERS}]+[)）\]】]")
_PROVISIONAL = re.compile(r"[(（\[【]\s*(?:暂定名?称?|暂名|名称暂定|名称待定|拟名|暂命名)\s*[)）\]】]")
_ASIAN = r"[\u3000-\u303f\u3400-\u9fff\uff00-\uffef]"
_INNER_BREAK = re.compile(rf"(?<={_ASIAN})\s+(?={_ASIAN})")

NUMBERING = re.compile(
    r"^(?:\d{1,4}(?:[、．]|\.(?!\d))|[(（]\d{1,4}[)）]|[①-⑳]|[一二三四五六七八九十]{1,3}、|[(（][一二三四五六七八九十]{1,3}[)）])\s*"
)
"""A number before a name: "1.", "（2）", "三、"; not "5G", "2022年", "1.5万吨"."""


@dataclass(frozen=True, slots=True)
class NameRead:
    """`marks`: what was taken off, in the order found: ▲, （暂定名）."""

    name: str
    marks: tuple[str, ...] = ()


def read_name(text: str, *, numbered: bool = False) -> NameRead:
    """A name to store. `numbered`: this sheet numbers its names within the cell, so the number goes."""
    name = tidy(text).replace("\n", " ")
    marks: list[str] = []
    for pattern in (_BRACKETED_MARKS, _PROVISIONAL, _LEADING_MARKS, _TRAILING_MARKS):
        marks.extend(squeeze(found) for found in pattern.findall(name) if found.strip())
        name = pattern.sub("", name).strip()
    if numbered:
        name = NUMBERING.sub("", name)
    return NameRead(_INNER_BREAK.sub("", name).strip(), tuple(marks))
