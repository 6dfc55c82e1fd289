"""Pages by key: a page begins after the last row of the one before, found in the index, however deep it lies.

An order is a sequence of keys, the last of which is unique. Blanks come last in either direction. A cursor is the values of a
row's keys, as text in the address; whatever is no cursor is the first page. Nothing is counted and nothing skipped over.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Any, Generic, TypeVar, cast

from sqlalchemy import ColumnElement, Row, Select, and_, bindparam, false, func, literal, or_, select, tuple_
from sqlalchemy.orm import Session

from crm.queries import compiled

T = TypeVar("T")
END = "end"
MOST_COUNTED = 1_000  # a count stops here and says so; sums are made unasked up to here
_LONGEST_CURSOR = 2_000
_MOST = 2**63


@dataclass(frozen=True)
class Key:
    """A column of an order; `kind` is what its values are."""

    column: Any
    kind: type[int] | type[str] | type[date] | type[datetime]
    descending: bool = False
    nullable: bool = False

    def turned(self) -> Key:
        """The same key, read from the other end."""
        return replace(self, descending=not self.descending)

    def sorted(self) -> Any:
        """For ORDER BY, where blanks need no word."""
        return self.column.desc() if self.descending else self.column.asc()

    def beyond(self, value: Any) -> ColumnElement[bool]:
        """What comes later than the value; blanks left aside."""
        later = self.column < self.bound(value) if self.descending else self.column > self.bound(value)
        return cast(ColumnElement[bool], later)

    def bound(self, value: Any) -> Any:
        """The value as the column's type sends it; the place of one as it is."""
        return value if compiled.is_bound(value) else literal(value, self.column.type)


@dataclass(frozen=True)
class Place:
    """Where a page begins: after a row or before one (None with `backward` is the end of the list)."""

    values: tuple[Any, ...] | None = None
    backward: bool = False


@dataclass(frozen=True)
class Page(Generic[T]):
    """The rows of a page, and cursors to its neighbours where there are any."""

    rows: Sequence[T]
    previous: str | None
    next: str | None


# ------------------------------------------------------------------------------------------------------------ the cursor


def written(values: Sequence[Any]) -> str:
    """A cursor for the address."""
    plain = [value.isoformat() if isinstance(value, date) else value for value in values]
    data = json.dumps(plain, ensure_ascii=False, separators=(",", ":")).encode()
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def read(text: str, order: Sequence[Key]) -> tuple[Any, ...] | None:
    """The values of a cursor, or None for whatever does not fit the order."""
    if not text or len(text) > _LONGEST_CURSOR or not text.isascii():
        return None
    try:
        plain = json.loads(base64.urlsafe_b64decode(text + "=" * (-len(text) % 4)))
        if not isinstance(plain, list) or len(plain) != len(order):
            return None
        return tuple(_typed(value, key) for value, key in zip(plain, order, strict=True))
    except (ValueError, TypeError, binascii.Error, RecursionError):
        return None


def _typed(value: Any, key: Key) -> Any:
    if value is None and key.nullable:
        return None
    if key.kind is int:
        if type(value) is not int or not -_MOST < value < _MOST:
            raise ValueError(value)
        return value
    if not isinstance(value, str) or not value.isprintable():
        raise ValueError(value)
    if key.kind is datetime:
        found = datetime.fromisoformat(value)
        if found.tzinfo is None or not 1900 < found.year < 9000:
            raise ValueError(value)
        return found
    return date.fromisoformat(value) if key.kind is date else value


def place(after: str, before: str, order: Sequence[Key]) -> Place:
    """What the address asks for; `before=end` is the last page."""
    if before == END:
        return Place(None, True)
    if before and (values := read(before, order)) is not None:
        return Place(values, True)
    return Place(read(after, order))


# ------------------------------------------------------------------------------------------------------------- the pages


def _later(order: Sequence[Key], values: Sequence[Any], blanks_last: bool) -> ColumnElement[bool]:
    """What comes after these values."""
    if not order:
        return false()
    plain = all(not key.nullable and key.descending == order[0].descending for key in order)
    if plain and len(order) > 1:  # one comparison of rows, which an index answers from the middle
        mine = tuple_(*(key.column for key in order))
        theirs = tuple_(*(key.bound(value) for key, value in zip(order, values, strict=True)))
        return mine < theirs if order[0].descending else mine > theirs
    key, value, rest = order[0], values[0], _later(order[1:], values[1:], blanks_last)
    blank = key.column.is_(None)
    if value is None:
        return and_(blank, rest) if blanks_last else or_(~blank, and_(blank, rest))
    same = or_(key.beyond(value), and_(key.column == key.bound(value), rest))
    return or_(same, blank) if key.nullable and blanks_last else same


def _parts(order: Sequence[Key], at: Place) -> list[tuple[list[ColumnElement[bool]], Sequence[Key]]]:
    """The stretches a page is read from, one after another: conditions and order of each.

    Blanks of the first key are a stretch of their own, so that each stretch is one walk along an index.
    """
    keys = [key.turned() for key in order] if at.backward else list(order)
    first, rest, values, last = keys[0], keys[1:], at.values, not at.backward
    if not first.nullable:
        return [([_later(keys, values, last)] if values else [], keys)]
    filled, blank = first.column.is_not(None), first.column.is_(None)
    there = replace(first, nullable=False)
    parts: list[tuple[list[ColumnElement[bool]], Sequence[Key]]] = [([filled], [there, *rest]), ([blank], rest)]
    if at.backward:
        parts.reverse()
    if values is None:
        return parts
    if values[0] is None:
        from_here = ([blank, _later(rest, values[1:], last)], rest)
        return [from_here, parts[1]] if at.backward else [from_here]
    edge = there.column <= there.bound(values[0]) if there.descending else there.column >= there.bound(values[0])
    from_here = ([filled, edge, _later([there, *rest], values, last)], [there, *rest])
    return [from_here] if at.backward else [from_here, parts[1]]


def stretches(
    rows: Select[*tuple[Any, ...]], order: Sequence[Key], at: Place, most: Any
) -> list[Select[*tuple[Any, ...]]]:
    """What a page from a place on is read from, one after the other: up to `most` rows, each followed by its keys' values."""
    keyed = rows.add_columns(*(key.column for key in order)).order_by(None)
    return [
        keyed.where(*conditions).order_by(*_ordered(keys, at.backward)).limit(most)
        for conditions, keys in _parts(order, at)
    ]


def reaches_blanks(order: Sequence[Key], at: Place) -> bool:
    """Whether a page from the place on may need a second stretch."""
    if not order[0].nullable:
        return False
    return at.values is None or (at.values[0] is None) == at.backward


# A place apart from its values (queries/compiled.py).


Pattern = tuple[bool, tuple[bool, ...] | None]  # read backward; which values are blank, none for an end of the list


def pattern(at: Place) -> Pattern:
    """What of a place decides the text of a statement."""
    return at.backward, None if at.values is None else tuple(value is None for value in at.values)


def place_of(form: Pattern, order: Sequence[Key]) -> Place:
    """A place of the pattern, with bound parameters for its values."""
    backward, blanks = form
    if blanks is None:
        return Place(None, backward)
    bound: list[Any] = [bindparam(f"at_{n}", type_=key.column.type) for n, key in enumerate(order)]
    return Place(tuple(None if blank else value for blank, value in zip(blanks, bound, strict=True)), backward)


def values_of(at: Place) -> dict[str, Any]:
    """The values of those parameters."""
    return {f"at_{n}": value for n, value in enumerate(at.values or ())}


def _ordered(keys: Sequence[Key], backward: bool) -> list[Any]:
    return [
        (key.sorted().nulls_first() if backward else key.sorted().nulls_last()) if key.nullable else key.sorted()
        for key in keys
    ]


def sorted_whole(rows: Select[*tuple[Any, ...]], order: Sequence[Key]) -> Select[*tuple[Any, ...]]:
    """All rows in the order of the list, for whoever reads them from end to end."""
    return rows.order_by(None).order_by(*_ordered(order, backward=False))


def around(
    session: Session, rows: Select[*tuple[Any, ...]], order: Sequence[Key], at: Place, size: int
) -> list[Row[*tuple[Any, ...]]]:
    """Up to `size` rows from a place on, in the order of the list, each followed by the values of its keys.

    One statement, two where the page reaches from what is filled into what is blank.
    """
    found: list[Row[*tuple[Any, ...]]] = []
    for stretch in stretches(rows, order, at, size):
        if len(found) < size:
            found += session.execute(stretch.limit(size - len(found))).unique().all()
    return found[::-1] if at.backward else found


def stretch(rows: Select[*tuple[Any, ...]], order: Sequence[Key], at: Place, size: int) -> Select[*tuple[Any, ...]]:
    """The rows from a place on as one selection, for lists put together from several; the first key is never blank."""
    ((conditions, keys),) = _parts(order, at)
    return rows.where(*conditions).order_by(None).order_by(*_ordered(keys, at.backward)).limit(size)


def page(
    session: Session,
    rows: Select[*tuple[Any, ...]],
    order: Sequence[Key],
    at: Place,
    size: int,
    make: Callable[[Sequence[Any]], T],
) -> Page[T]:
    """A page and its neighbours; `make` gets the columns of `rows`, without the keys. A place past the end is the beginning."""
    return paged(lambda place: around(session, rows, order, place, size + 1), order, at, size, make)


def paged(
    read: Callable[[Place], Sequence[Sequence[Any]]],
    order: Sequence[Key],
    at: Place,
    size: int,
    make: Callable[[Sequence[Any]], T],
) -> Page[T]:
    """`page` for one who reads `size` + 1 rows from a place on in a way of his own."""
    found = read(at)
    if not found and at.values is not None:
        at, found = Place(), read(Place())
    more, width = len(found) > size, len(order)
    kept = (found[1:] if at.backward else found[:-1]) if more else found
    if not kept:
        return Page((), None, None)
    before = more if at.backward else at.values is not None
    after = (at.values is not None) if at.backward else more
    previous = written(kept[0][-width:]) if before else None
    following = written(kept[-1][-width:]) if after else None
    return Page([make(row[:-width]) for row in kept], previous, following)


def count(session: Session, rows: Select[Any], most: int = MOST_COUNTED) -> int:
    """How many rows there are, at most one more than `most`: “1,000+”."""
    some = rows.order_by(None).limit(most + 1).subquery()
    return session.scalar(select(func.count()).select_from(some)) or 0
