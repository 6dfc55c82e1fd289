"""Key lists that overlap: whatever stands on whichever lists, lists less repetitions are the distinct total."""

from __future__ import annotations

from itertools import combinations

from hypothesis import given
from hypothesis import strategies as some

from crm.choices import KeyList
from crm.rules.overlaps import BITS, EVERY_SET, ListSet, Overlaps, Sum, lists_of

PROVINCE, CITY, BATCH = KeyList.PROVINCE, KeyList.CITY, KeyList.PROVINCE_BATCH


def test_each_list_has_a_bit_of_its_own():
    assert [lists_of(bit) for bit in BITS.values()] == [(one,) for one in KeyList]
    assert len({lists_of(bits) for bits in EVERY_SET}) == 2 ** len(KeyList) - 1


def test_a_project_on_two_lists_counts_in_both_and_once_in_all():
    found = Overlaps((ListSet((CITY,), 4, 400), ListSet((CITY, BATCH), 2, 90), ListSet((BATCH,), 1, 10)))
    assert found.lists == (CITY, BATCH)
    assert (found.on(CITY), found.on(BATCH), found.on(CITY, BATCH)) == (Sum(6, 490), Sum(3, 100), Sum(2, 90))
    assert (found.only(CITY), found.only(PROVINCE)) == (Sum(4, 400), Sum(0, 0))
    assert (found.listed, found.repeated, found.distinct) == (Sum(9, 590), Sum(2, 90), Sum(7, 500))
    assert found.numbers == {1: Sum(5, 410), 2: Sum(2, 90)}
    assert [one.lists for one in found.shared] == [(CITY, BATCH)]


def test_nobody_on_any_list():
    found = Overlaps(())
    assert (found.lists, found.shared, found.numbers) == ((), (), {})
    assert found.listed == found.repeated == found.distinct == Sum(0, 0)


@given(some.dictionaries(some.sampled_from(list(EVERY_SET)), some.integers(1, 9)))
def test_inclusion_and_exclusion_lead_to_the_distinct_total(sizes):
    found = Overlaps(tuple(ListSet(lists_of(bits), count, count * 10) for bits, count in sizes.items()))
    signed = sum(
        (-1) ** (number + 1) * found.on(*lists).count
        for number in range(1, len(KeyList) + 1)
        for lists in combinations(KeyList, number)
    )
    assert signed == found.distinct.count == sum(size.count for size in found.numbers.values())
    assert found.listed.count - found.repeated.count == found.distinct.count
    assert sum(number * size.count for number, size in found.numbers.items()) == found.listed.count
