"""统一社会信用代码 (GB 32100-2015): 18 characters without I, O, S, V and Z; the last one checks the other 17."""

from __future__ import annotations

import unicodedata

from crm.choices import Word

ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
LENGTH = 18


def normal(code: str) -> str:
    """Half-width capitals without spaces or hyphens."""
    return "".join(unicodedata.normalize("NFKC", code).upper().split()).replace("-", "")


def check_character(body: str) -> str:
    """The 18th character for the first 17; raises ValueError for a character that no code holds."""
    total = sum(ALPHABET.index(character) * pow(3, place, 31) for place, character in enumerate(body))
    return ALPHABET[-total % 31]


def problem(code: str) -> str | None:
    """Why a normal code cannot be right, in a sentence, or None."""
    if len(code) != LENGTH:
        looks = {15: Word("，像是旧的工商注册号"), 9: Word("，像是组织机构代码")}.get(len(code), "")
        return Word("信用代码应为 18 位，现在是 %(n)d 位%(looks)s，请照营业执照填写。", n=len(code), looks=looks)
    strange = sorted(set(code) - set(ALPHABET))
    if strange:
        return Word("信用代码里不会有 %(characters)s，请照营业执照核对。", characters="、".join(strange))
    if check_character(code[:-1]) != code[-1]:
        return "信用代码最后一位校验不符，多半有一位输错，请照营业执照核对。"
    return None
