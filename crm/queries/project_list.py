"""The list of projects: a page of rows in some order, how many there are, and the totals over the whole filter."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

from sqlalchemy import Integer, Select, bindparam, func, select, text
from sqlalchemy.orm import Session

from crm import policy
from crm.models import Claim, MoneyEntry, Project
from crm.policy import Act, Actor
from crm.queries import compiled, keyset
from crm.queries.keyset import MOST_COUNTED, Key, Place
from crm.queries.project_columns import order_of
from crm.queries.project_filters import ProjectFilter, matching
from crm.queries.project_rows import Alarm, Row, foreign_usd, shown, verified_arrivals

__all__ = [
    "MOST_COUNTED", "Alarm", "Row", "Totals", "neighbour", "one", "page_of", "stream", "totals",
]  # fmt: skip

BATCH = 1_000  # rows of an export held at a time


@dataclass(frozen=True)
class Totals:
    """Over the whole filter: foreign capital and arrivals stand apart from the total, never added in."""

    count: int
    total_yuan: int
    foreign_usd: int
    arrived_yuan: int
    without_total: int


@dataclass(frozen=True)
class Asked:
    """A list: who reads it, what it is narrowed to, on what day."""

    actor: Actor
    wanted: ProjectFilter
    today: date

    @property
    def shape(self) -> Asked:
        """What of it decides the text of a statement (queries/compiled.py)."""
        return Asked(compiled.reader(self.actor), self.wanted.shape(), self.today)

    @property
    def values(self) -> dict[str, Any]:
        """The values of its shape."""
        return compiled.values_of(self.actor) | self.wanted.values()

    def rows(self) -> Select[int]:
        """The ids of everything it holds."""
        return matching(self.actor, self.wanted, self.today)


def page_of(session: Session, asked: Asked, sort: tuple[str, ...], at: Place, size: int) -> keyset.Page[Row]:
    """One page of the list; one statement, two at the edge between the filled and the blank."""
    order, shape, values = order_of(sort), asked.shape, asked.values

    def read(place: Place) -> list[Any]:
        found: list[Any] = []
        for stretch in range(2 if keyset.reaches_blanks(order, place) else 1):
            if len(found) <= size:
                form = (shape, sort, keyset.pattern(place), stretch)
                most = {"most": size + 1 - len(found)}
                found += compiled.rows(session, _stretch, form, values | keyset.values_of(place) | most)
        return found[::-1] if place.backward else found

    return keyset.paged(read, order, at, size, Row._make)


_MOST: Any = bindparam("most", type_=Integer())


def _stretch(asked: Asked, sort: tuple[str, ...], form: keyset.Pattern, number: int) -> Select[*tuple[Any, ...]]:
    order = order_of(sort)
    rows = shown(asked.rows(), policy.project_rows(asked.actor, Act.EDIT_PROJECT, walked=True))
    return keyset.stretches(rows, order, keyset.place_of(form, order), _MOST)[number]


def one(session: Session, actor: Actor, rows: Select[int]) -> Row:
    """The only row of a list."""
    return Row._make(session.execute(shown(rows, policy.project_rows(actor, Act.EDIT_PROJECT))).one())


def stream(
    session: Session, rows: Select[int], order: Sequence[Key], only: Collection[str], size: int = BATCH
) -> Iterator[list[Row]]:
    """The whole list in batches, for export; of each row `only` these values, and its id.

    One statement that sees the register as it is at its start, read as it goes: memory holds one batch.
    """
    if (
        session.get_bind().dialect.name == "postgresql"
    ):  # all of it will be read: no plan that is quick at the beginning only
        session.execute(text("SET LOCAL cursor_tuple_fraction = 1"))
    statement = keyset.sorted_whole(shown(rows, only={"id", *only}), order)
    found = session.execute(statement, execution_options={"yield_per": size})
    for part in found.partitions():
        yield [Row._make(row) for row in part]


def neighbour(session: Session, rows: Select[int], order: Sequence[Key], at: Place) -> int | None:
    """The project next to a place in the list."""
    found = keyset.around(session, shown(rows).with_only_columns(Project.id), order, at, 1)
    return found[0][0] if found else None


def totals(session: Session, rows: Select[int]) -> Totals:
    """Over the whole filter; one statement."""
    return _summed(session.execute(_sums(rows)).one())


def totals_of(session: Session, asked: Asked) -> Totals:
    """Over a whole list; one statement."""
    return _summed(compiled.rows(session, _sums_of, (asked.shape,), asked.values)[0])


def totals_of_most(session: Session, asked: Asked) -> Totals:
    """How many a list holds, at most one more than MOST_COUNTED, and the sums over those; one statement.

    A list of words to find costs what finding them costs: so it is counted and summed up at once.
    """
    return _summed(compiled.rows(session, _sums_of_most, (asked.shape,), asked.values)[0])


def _summed(row: Sequence[Any]) -> Totals:
    number, total, foreign, with_total, arrived = row
    return Totals(number, int(total), int(foreign), int(arrived), number - with_total)


def _sums_of(asked: Asked) -> Select[*tuple[Any, ...]]:
    return _sums(asked.rows())


def _sums_of_most(asked: Asked) -> Select[*tuple[Any, ...]]:
    return _sums(asked.rows().order_by(None).limit(MOST_COUNTED + 1))


def _sums(rows: Select[int]) -> Select[*tuple[Any, ...]]:
    # Asked twice, found once: both databases keep what a CTE finds when it is named more than once.
    found = rows.with_only_columns(
        Project.id, Project.total_yuan.label("total_yuan"), foreign_usd().label("foreign_usd")
    ).cte("found")
    arrivals = (
        select(func.coalesce(func.sum(MoneyEntry.amount_yuan), 0))
        .join(Claim, Claim.id == MoneyEntry.claim_id)
        .where(MoneyEntry.project_id.in_(select(found.c.id)), *verified_arrivals())
        .scalar_subquery()
    )
    return select(
        func.count(),
        func.coalesce(func.sum(found.c.total_yuan), 0),
        func.coalesce(func.sum(found.c.foreign_usd), 0),
        func.count(found.c.total_yuan),
        arrivals,
    ).select_from(found)


def neighbours(
    session: Session, rows: Select[int], order: Sequence[Key], project_id: int
) -> tuple[int | None, int | None]:
    """The projects before and after one in a list; none for a project that the list does not hold. Five statements at most."""
    keys = shown(rows).with_only_columns(*(key.column for key in order)).order_by(None)
    values = session.execute(keys.where(Project.id == project_id)).first()
    if values is None:
        return None, None
    here = tuple(values)
    return neighbour(session, rows, order, Place(here, True)), neighbour(session, rows, order, Place(here))
