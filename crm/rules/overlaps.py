"""Key lists that overlap: how many projects stand on which lists together, so that lists less repetitions make the total.

`ListSet` is an exact combination: the projects that stand on all of these lists and on no other. Every figure of a list, of two
lists together and of the distinct total is a sum of some combinations, so they add up by construction (domain.md §10.6).
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from crm.choices import KeyList

BITS = {key_list: 1 << rank for rank, key_list in enumerate(KeyList)}
EVERY_SET = range(1, 1 << len(BITS))


@dataclass(frozen=True, slots=True)
class Sum:
    """How many projects and what they are to cost in all, whole yuan."""

    count: int
    yuan: int


def lists_of(bits: int) -> tuple[KeyList, ...]:
    """The lists of a combination, in order of rank."""
    return tuple(key_list for key_list, bit in BITS.items() if bits & bit)


@dataclass(frozen=True, slots=True)
class ListSet:
    """The projects on exactly these lists."""

    lists: tuple[KeyList, ...]
    count: int
    yuan: int


@dataclass(frozen=True, slots=True)
class Overlaps:
    """All combinations that somebody stands on."""

    sets: tuple[ListSet, ...]

    @property
    def lists(self) -> tuple[KeyList, ...]:
        """The lists that anybody stands on, in order of rank."""
        return tuple(key_list for key_list in KeyList if any(key_list in one.lists for one in self.sets))

    @property
    def distinct(self) -> Sum:
        """Every project once."""
        return _sum(self.sets)

    @property
    def listed(self) -> Sum:
        """The lists' own figures added up: a project counts as often as it stands on one."""
        return Sum(
            sum(len(one.lists) * one.count for one in self.sets), sum(len(one.lists) * one.yuan for one in self.sets)
        )

    @property
    def repeated(self) -> Sum:
        """What adding the lists up counts too often."""
        listed, distinct = self.listed, self.distinct
        return Sum(listed.count - distinct.count, listed.yuan - distinct.yuan)

    def on(self, *lists: KeyList) -> Sum:
        """On all of these lists, whatever other lists they stand on."""
        return _sum(one for one in self.sets if set(lists) <= set(one.lists))

    def only(self, key_list: KeyList) -> Sum:
        """On this list and no other."""
        return _sum(one for one in self.sets if one.lists == (key_list,))

    def on_number(self, number: int) -> Sum:
        """On so many lists at once."""
        return _sum(one for one in self.sets if len(one.lists) == number)

    @property
    def numbers(self) -> dict[int, Sum]:
        """How many stand on one list, on two at once ... as far as anybody does."""
        found = {number: self.on_number(number) for number in range(1, len(KeyList) + 1)}
        return {number: size for number, size in found.items() if size.count}

    @property
    def shared(self) -> tuple[ListSet, ...]:
        """The combinations of several lists, the largest first."""
        several = (one for one in self.sets if len(one.lists) > 1)
        return tuple(sorted(several, key=lambda one: (-one.count, -one.yuan, [BITS[name] for name in one.lists])))


def _sum(sets: Iterable[ListSet]) -> Sum:
    found = list(sets)
    return Sum(sum(one.count for one in found), sum(one.yuan for one in found))
