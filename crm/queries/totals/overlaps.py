"""Key lists that overlap, as figures: each list, every two of them, those on one list alone, and the distinct total.

All of them read one source whose rows are parted by the exact combination of lists a project stands on, so they add up, and
each of them opens its rows like any other figure (domain.md §7 #19, §10.6).
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from functools import reduce
from itertools import combinations

from crm.choices import KeyList, Word
from crm.queries.totals import listed
from crm.queries.totals.evaluate import Totals
from crm.queries.totals.registry import Figure, Source, Unit
from crm.rules.overlaps import EVERY_SET, ListSet, Overlaps, lists_of


def _together(lists: Iterable[KeyList]) -> str:
    labels: Iterable[str] = (each.label for each in lists)
    return reduce(lambda one, other: Word("%(one)s、%(other)s", one=one, other=other), labels)


LIST_SETS = Source(
    "list_sets", listed.list_sets, Word("列入日期"), {str(bits): _together(lists_of(bits)) for bits in EVERY_SET},
    at_end=True,
)  # fmt: skip
MEASURES = (("count", Unit.COUNT, "counts"), ("total_yuan", Unit.YUAN, "yuan"))


def _facets(*lists: KeyList) -> frozenset[str]:
    """The combinations that hold all of these lists."""
    return frozenset(str(bits) for bits in EVERY_SET if set(lists) <= set(lists_of(bits)))


def _on_number(number: int) -> frozenset[str]:
    return frozenset(str(bits) for bits in EVERY_SET if len(lists_of(bits)) == number)


def _parts() -> Iterator[tuple[str, str, str, frozenset[str] | None]]:
    """(key, name, definition, combinations) of every figure."""
    at_end = Word("统计截止日列入当年清单的项目；同一项目列入多个清单只计一次")
    yield "lists_distinct", Word("重点项目（剔重）"), at_end, None
    yield ("lists_shared", Word("同时列入多个清单的项目"), at_end,
           frozenset(str(bits) for bits in EVERY_SET if len(lists_of(bits)) > 1))  # fmt: skip
    for number in range(1, len(KeyList) + 1):
        yield f"lists_number_{number}", Word("列入 %(n)d 个清单的项目", n=number), at_end, _on_number(number)
    for one in KeyList:
        text = Word("统计截止日列入当年%(list)s清单的项目；可与其他清单重叠", list=one.label)
        yield f"lists_on_{one.value}", one.label, text, _facets(one)
        alone = frozenset(str(bits) for bits in EVERY_SET if lists_of(bits) == (one,))
        yield f"lists_only_{one.value}", Word("仅列入%(list)s", list=one.label), at_end, alone
    for one, other in combinations(KeyList, 2):
        both = Word("统计截止日同时列入当年%(lists)s清单的项目；不论是否还列入其他清单", lists=_together((one, other)))
        name = Word("同时列入%(lists)s", lists=_together((one, other)))
        yield f"lists_on_{one.value}-{other.value}", name, both, _facets(one, other)
    for bits in EVERY_SET:
        if len(lists_of(bits)) > 1:
            name = Word("恰好列入%(lists)s", lists=_together(lists_of(bits)))
            yield f"lists_set_{bits}", name, at_end, frozenset((str(bits),))


OF_LISTS: Mapping[str, Figure] = {
    f"{key}_{suffix}": Figure(f"{key}_{suffix}", name, unit, LIST_SETS, definition, measure, facets)
    for key, name, definition, facets in _parts()
    for suffix, unit, measure in MEASURES
}


def key_of(*lists: KeyList) -> str:
    """The beginning of the key of the figures of one list or of two together."""
    in_order = [each.value for each in KeyList if each in lists]
    return f"lists_on_{'-'.join(in_order)}"


def overlaps(totals: Totals) -> Overlaps:
    """The combinations of lists at the month's end; one statement."""
    found = totals.by_facet(LIST_SETS, totals.in_year)
    return Overlaps(tuple(ListSet(lists_of(bits), *found[str(bits)]) for bits in EVERY_SET if str(bits) in found))
