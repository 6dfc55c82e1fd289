"""Two editors of one row: whose value of a column stands, and where somebody has to choose."""

from __future__ import annotations

from collections.abc import Set
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from typing import TypeVar

from crm.choices import Labelled

Mark = TypeVar("Mark")


class Side(Labelled):
    """Whose value of a column is kept."""

    MINE = "mine", "我的"
    THEIRS = "theirs", "对方"
    ORIGINAL = "original", "原值"


@dataclass(frozen=True, slots=True)
class Values:
    """A column's value (as history keeps it) when the form was opened, as it stands now, and as it was typed."""

    original: str | None
    theirs: str | None
    mine: str | None


def side(values: Values, choice: Side | None = None) -> Side | None:
    """Whose value stands: of two only one may have changed it; None where both did and nobody has chosen."""
    if same(values.mine, values.theirs) or same(values.theirs, values.original):
        return Side.MINE
    return Side.THEIRS if same(values.mine, values.original) else choice


def both(original: Set[Mark], theirs: Set[Mark], mine: Set[Mark]) -> frozenset[Mark]:
    """Marks that two people ticked: what either added is there, what either took away is not; nothing to choose."""
    return frozenset((theirs | (mine - original)) - (original - mine))


def same(one: str | None, other: str | None) -> bool:
    """Whether two kept texts mean the same: 86 and 86.00 do, and one instant on two clocks."""
    if one == other or one is None or other is None:
        return one == other
    return _same_number(one, other) or _same_instant(one, other)


def _same_number(one: str, other: str) -> bool:
    try:
        return Decimal(one) == Decimal(other)
    except InvalidOperation:
        return False


def _same_instant(one: str, other: str) -> bool:
    try:
        return datetime.fromisoformat(one) == datetime.fromisoformat(other)
    except ValueError:
        return False
