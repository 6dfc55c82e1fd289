"""Text as clerks type it, made comparable: full-width, inner spaces, line breaks, Chinese numerals."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from functools import lru_cache

_INVISIBLE = dict.fromkeys(map(ord, "\u200b\u200c\u200d\u2060\ufeff\u00ad\u200e\u200f"))
_SPACES = re.compile(r"\s+")
_CR_ESCAPE = "_x000D_"

# What people write for "nothing": dashes of every width, slashes, 无.
_NOTHING = re.compile(r"[-‐‑‒–—―─━﹣－_/\\、.．…·*＊~～]*|无|暂无|没有|空|[nN]/?[aA]|null|NULL|None|#")

CHINESE_DIGITS = {
    **{character: value for value, character in enumerate("零一二三四五六七八九")},
    **{character: value for value, character in enumerate("零壹贰叁肆伍陆柒捌玖")},
    "〇": 0,
    "○": 0,
    "两": 2,
}
CHINESE_TENS = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1000, "仟": 1000}
CHINESE_NUMERALS = "".join(CHINESE_DIGITS) + "".join(CHINESE_TENS)


@lru_cache(maxsize=200_000)
def fold(text: str) -> str:
    """Half-width, without invisible characters, runs of white space as one space, ends trimmed."""
    if text.isascii() and " " not in text and text.isprintable():
        return text
    folded = unicodedata.normalize("NFKC", text.replace(_CR_ESCAPE, " ")).translate(_INVISIBLE)
    return _SPACES.sub(" ", folded).strip()


@lru_cache(maxsize=200_000)
def squeeze(text: str) -> str:
    """`fold`, and no white space at all: "项 目\\n名 称" and "项目名称" become one."""
    return fold(text).replace(" ", "")


@lru_cache(maxsize=200_000)
def is_nothing(text: str) -> bool:
    """Empty, or a sign that stands for nothing: "——", "/", "无"."""
    squeezed = squeeze(text)
    return not squeezed or _NOTHING.fullmatch(squeezed) is not None


def tidy(text: str) -> str:
    """Text to store: invisible characters gone, each line trimmed, empty lines dropped; widths as typed."""
    if text.isprintable() and "  " not in text and _CR_ESCAPE not in text:
        return text.strip()
    lines = text.replace(_CR_ESCAPE, "\n").translate(_INVISIBLE).splitlines()
    trimmed = (_SPACES.sub(" ", line).strip() for line in lines)
    return "\n".join(line for line in trimmed if line)


def chinese_number(text: str) -> Decimal | None:
    """一百二十, 三千, 两, 十五点六, 二〇二二 as a number below ten thousand (or digit by digit); None if it is not one."""
    whole, point, decimals = text.partition("点")
    if not whole or any(character not in CHINESE_NUMERALS for character in whole + decimals):
        return None
    value = _digit_by_digit(whole) if _only_digits(whole) else _with_tens(whole)
    if value is None or (point and not (decimals and _only_digits(decimals))):
        return None
    return Decimal(f"{value}.{_digit_by_digit(decimals)}") if point else Decimal(value)


def _only_digits(text: str) -> bool:
    return all(character in CHINESE_DIGITS for character in text)


def _digit_by_digit(text: str) -> str:
    return "".join(str(CHINESE_DIGITS[character]) for character in text)


def _with_tens(text: str) -> int | None:
    """一百二十 -> 120; None where the tens do not descend (十百)."""
    total, pending, last = 0, None, 10_000
    for character in text:
        if character in CHINESE_DIGITS:
            pending = CHINESE_DIGITS[character] or None
            continue
        tens = CHINESE_TENS[character]
        if tens >= last:
            return None
        total += (1 if pending is None else pending) * tens
        pending, last = None, tens
    return total + (pending or 0)
