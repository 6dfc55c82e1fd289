"""How weighty a project is: A to D by amount, with bands of its own for foreign capital (domain.md §2.4)."""

from __future__ import annotations

from crm.choices import Word
from crm.rules.figures import YUAN_PER_YI

BANDS = (("A", 10 * YUAN_PER_YI, 100_000_000), ("B", 5 * YUAN_PER_YI, 50_000_000), ("C", YUAN_PER_YI, 10_000_000))
LABELS = {"A": Word("A 重大"), "B": Word("B 重点"), "C": Word("C 一般"), "D": Word("D 小型")}


def grade(total_yuan: int | None, foreign_usd: int | None = None, is_fortune_500: bool = False) -> str:
    """The letter; "" while no amount is known and the investor is no 世界500强."""
    if is_fortune_500:
        return "A"
    if total_yuan is None and foreign_usd is None:
        return ""
    for letter, least_yuan, least_usd in BANDS:
        if (total_yuan or 0) >= least_yuan or (foreign_usd or 0) >= least_usd:
            return letter
    return "D"
