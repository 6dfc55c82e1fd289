"""How alike what is being typed and a registered project are: four levels, a percentage, reasons in words (domain.md §0.4).

    code       the same credit code or project code
    named      the same name and the same investor
    likely     85 % and more, or the same investor under another project name
    possible   60 to 85 %, or a company of the same group

Names, investors and amounts are compared by rules/matching.py, the same as for ledgers; here the investor's kinship is added
(a company is also known by its short name and by its group) and what follows from it: whether it is a collision (撞单).
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import Enum, IntEnum

from crm.choices import Word
from crm.rules.matching import (
    LIKELY_PERCENT,
    POSSIBLE_PERCENT,
    Identity,
    MatchKey,
    compare,
    is_another_part,
)

ANOTHER_PART = Word("是另一期或另一部分")


class Kinship(Enum):
    """What the investor typed is to the investor registered."""

    SAME = "same"
    GROUP = "group"
    NONE = "none"


class Level(IntEnum):
    """How sure it is, the surest first."""

    CODE = 1
    NAMED = 2
    LIKELY = 3
    POSSIBLE = 4

    @property
    def label(self) -> str:
        """Its Chinese words."""
        return (Word("代码相同"), Word("同名同投资方"), Word("很可能相同"), Word("可能相同"))[self - 1]


@dataclass(frozen=True, slots=True)
class Verdict:
    """How alike two are. `collides`: the right of first report is touched, so it cannot simply be registered again."""

    level: Level
    percent: int
    reasons: tuple[str, ...]
    collides: bool = False


def judge(asked: Identity, known: Identity, kinship: Kinship) -> Verdict | None:
    """The verdict on a project being typed and a registered one; None when they have nothing to do with each other."""
    if kinship is Kinship.SAME:  # also by its short name, or where only one of them states a code
        asked = replace(asked, company_key=known.company_key, credit_code=asked.credit_code and known.credit_code)
    part = is_another_part(asked.name_key, known.name_key)
    found = None if part else compare(asked, known, 0, MatchKey.NAME_INVESTOR)
    percent = found.percent if found else 0
    floor = {Kinship.SAME: LIKELY_PERCENT, Kinship.GROUP: POSSIBLE_PERCENT, Kinship.NONE: 0}[kinship]
    percent = max(percent, floor)
    if percent < POSSIBLE_PERCENT:
        return None
    reasons = found.reasons if found else ((Word("投资方相同"),) if kinship is Kinship.SAME else ())
    if kinship is Kinship.GROUP:
        reasons = (*reasons, Word("同一集团"))
    return Verdict(
        _level(asked, known, kinship, percent),
        percent,
        (*reasons, ANOTHER_PART) if part else reasons,
        not part and (kinship is not Kinship.NONE or percent >= LIKELY_PERCENT),
    )


def _level(asked: Identity, known: Identity, kinship: Kinship, percent: int) -> Level:
    same_credit = bool(asked.credit_code) and asked.credit_code == known.credit_code
    if same_credit or (bool(asked.code) and asked.code == known.code):
        return Level.CODE
    if kinship is Kinship.SAME and asked.name_key == known.name_key:
        return Level.NAMED
    return Level.LIKELY if percent >= LIKELY_PERCENT else Level.POSSIBLE
