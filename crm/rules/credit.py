"""Whose result it is: how a counted figure is split among those who brought the project so far (domain.md §6.3).

Where shares were agreed (流转, a ruling of 撞单), they are the split; otherwise the whole goes to who was in charge on the day.
Credits of one event always add up to one, so a leaderboard adds up to the figure it parts.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction

from crm.choices import MemberRole
from crm.rules.figures import Number

CREDITED = (MemberRole.LEAD, MemberRole.SUPPORT, MemberRole.FIRST_REPORTER)
WHOLE = 100


@dataclass(frozen=True, slots=True)
class Part:
    """Somebody's part in a project, from a day until before another; `share_percent` where a share was agreed."""

    user_id: int
    role: MemberRole
    share_percent: int | None
    from_on: date
    to_on: date | None = None


def split(parts: Collection[Part], on: date) -> Mapping[int | None, Fraction]:
    """User -> share of one, of what happened on the day; empty where nobody had a part that earns any."""
    begun = [part for part in parts if part.from_on <= on]
    stated = _without_passed_on([part for part in begun if part.share_percent])
    if stated:
        return _weighed([(part.user_id, part.share_percent or 0) for part in stated])
    for role in (MemberRole.LEAD, MemberRole.FIRST_REPORTER):
        held = [part.user_id for part in begun if part.role is role and (part.to_on is None or part.to_on > on)]
        if held:
            return _weighed([(user_id, 1) for user_id in sorted(set(held))])
    return {}


def _without_passed_on(parts: list[Part]) -> list[Part]:
    """A part handed over whole (actions/handover.py) is stated twice, by who had it and by who has it now: the former goes.

    A part split in a transfer ends on the same day too, but there both shares together are the whole.
    """
    if sum(part.share_percent or 0 for part in parts) <= WHOLE:
        return parts
    received = {(part.role, part.share_percent, part.from_on) for part in parts}
    return [part for part in parts if (part.role, part.share_percent, part.to_on) not in received]


def _weighed(weights: Sequence[tuple[int, int]]) -> Mapping[int | None, Fraction]:
    whole, found = sum(weight for _user, weight in weights), dict[int | None, Fraction]()
    for user_id, weight in weights:
        found[user_id] = found.get(user_id, Fraction(0)) + Fraction(weight, whole)
    return found


def ranks(keys: Sequence[tuple[Number | None, Number]]) -> list[int]:
    """The rank of each (完成率, amount), from 1: the higher rate first, then the larger amount; equals share a rank, and who has
    no rate comes after those who have one (domain.md §4.3)."""

    def order(key: tuple[Number | None, Number]) -> tuple[bool, Fraction, Fraction]:
        rate, amount = key
        return rate is not None, Fraction(rate or 0), Fraction(amount)

    ordered = sorted(map(order, keys), reverse=True)
    return [1 + ordered.index(order(key)) for key in keys]
