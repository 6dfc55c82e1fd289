"""公共池: who may pick a project from it, and how little of a project shows while it lies there (domain.md §2.5, 6)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, timedelta

from crm.choices import Labelled, Stage, Status, Word

LAST_STAGE = Stage.REVIEW  # a signed project belongs to whoever signed it
YI = 100_000_000


class Band(Labelled):
    """How large a project is, without saying its amount."""

    UNKNOWN = "unknown", "金额未填"
    SMALL = "small", "1 亿元以下"
    MEDIUM = "medium", "1—5 亿元"
    LARGE = "large", "5—10 亿元"
    HUGE = "huge", "10 亿元以上"


BOUNDS = {Band.SMALL: (0, YI), Band.MEDIUM: (YI, 5 * YI), Band.LARGE: (5 * YI, 10 * YI), Band.HUGE: (10 * YI, None)}


def band(total_yuan: int | None) -> Band:
    """The band of an amount in yuan; the lower bound belongs to it."""
    if total_yuan is None:
        return Band.UNKNOWN
    return next(found for found, (_, high) in BOUNDS.items() if high is None or total_yuan < high)


@dataclass(frozen=True)
class PickLimits:
    """The office's rules of picking."""

    daily: int = 3
    capacity: int = 30
    rest_days: int = 30


@dataclass(frozen=True)
class Picker:
    """How much somebody has picked today, holds already, and when he last held this very project."""

    picked_today: int = 0
    live: int = 0
    held_until_on: date | None = None


def pick_problem(picker: Picker, limits: PickLimits, today: date) -> str | None:
    """Why this person may not pick now; None if he may."""
    if picker.picked_today >= limits.daily:
        return Word("你今天已领取 %(n)d 个，每人每天最多 %(n)d 个，请明天再领。", n=limits.daily)
    if picker.live >= limits.capacity:
        return Word(
            "你主办的在库线索已有 %(n)d 个，达到上限 %(most)d 个；请先推进、释放或流转一些。",
            n=picker.live, most=limits.capacity,
        )  # fmt: skip
    if picker.held_until_on and today < (free_on := picker.held_until_on + timedelta(days=limits.rest_days)):
        return Word(
            "你曾主办这个项目，释放或到期后 %(n)d 天内不能领回，%(month)d月%(day)d日起可以。",
            n=limits.rest_days, month=free_on.month, day=free_on.day,
        )  # fmt: skip
    return None


@dataclass(frozen=True)
class Releasable:
    """What decides whether a project may be given into the pool."""

    stage: Stage = Stage.LEAD
    status: Status = Status.ACTIVE
    is_secret: bool = False
    is_duplicate: bool = False
    is_pooled: bool = False
    transfers: int = 0
    collisions: int = 0
    waiting: int = 0


def release_problem(facts: Releasable) -> str | None:
    """Why a project cannot be given into the public pool; None if it can."""
    reasons = (
        (facts.is_pooled, Word("项目已在公共池。")),
        (facts.is_secret, Word("涉密项目不进公共池；请用流转交给指定的人。")),
        (
            facts.stage > LAST_STAGE,
            Word("项目已到“%(stage)s”，签约以后的项目不进公共池，请用流转。", stage=facts.stage.label),
        ),
        (facts.status is not Status.ACTIVE, Word("项目现在处于“%(status)s”，不进公共池。", status=facts.status.label)),
        (facts.is_duplicate, Word("项目已并入或重复于另一个项目，不进公共池。")),
        (bool(facts.transfers), Word("项目正在流转，请先等对方答复或撤回流转。")),
        (bool(facts.collisions), Word("项目的撞单还没有裁定，请先裁定。")),
        (bool(facts.waiting), Word("项目有报送待核定，请等核定后再释放。")),
    )
    return next((sentence for holds, sentence in reasons if holds), None)


def shown_name(name: str, alias: str, industry: str | None, shows_names: bool) -> str:
    """What a pooled project is called for those who may not see it: its alias, else its industry alone."""
    if shows_names:
        return name
    if alias:
        return alias
    return Word("某%(industry)s项目", industry=industry) if industry else Word("某项目（产业未填）")
