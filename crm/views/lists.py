"""Lists: the page asked for, and addresses that change one thing and keep the rest of the list's state."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar

from flask import request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select, func, select

from crm.choices import Labelled
from crm.rules.days import FIRST_YEAR, LAST_YEAR, Month, Period
from crm.views import web

T = TypeVar("T")
W = TypeVar("W", bound=Labelled)
PAGE_SIZE = 50


@dataclass(frozen=True)
class Pager:
    """Where a list stands: the page shown, of how many rows; a page past the end is the last one."""

    asked: int
    total: int
    size: int = PAGE_SIZE

    @property
    def pages(self) -> int:
        """How many pages there are, at least one."""
        return max(1, -(-self.total // self.size))

    @property
    def number(self) -> int:
        """The page shown, from 1."""
        return min(max(1, self.asked), self.pages)

    @property
    def offset(self) -> int:
        """How many rows come before this page."""
        return (self.number - 1) * self.size

    @property
    def previous(self) -> int | None:
        """The page before, if there is one."""
        return self.number - 1 if self.number > 1 else None

    @property
    def next(self) -> int | None:
        """The page after, if there is one."""
        return self.number + 1 if self.number < self.pages else None

    @property
    def words(self) -> str:
        """共 231 条 · 第 2/5 页."""
        if self.pages == 1:
            return str(_("共 %(total)d 条", total=self.total))
        words = _(
            "共 %(total)d 条 · 第 %(number)d/%(pages)d 页", total=self.total, number=self.number, pages=self.pages
        )
        return str(words)


def page_asked(name: str = "page") -> int:
    """The page of the address; whatever is no number is the first."""
    text = request.args.get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 8 else 1


def paged(rows: Select[T], total: int | None = None, size: int = PAGE_SIZE) -> tuple[Sequence[T], Pager]:
    """One page of a list and where it stands: two statements, one if the caller knows the total."""
    if total is None:
        total = web.session().scalar(select(func.count()).select_from(rows.order_by(None).subquery())) or 0
    pager = Pager(page_asked(), total, size)
    found = web.session().scalars(rows.limit(pager.size).offset(pager.offset))
    return found.unique().all(), pager


def address(**changes: Any) -> str:
    """This address with some of its arguments changed (None takes one away); any change but of the page begins anew."""
    kept: dict[str, Any] = {
        name: values for name, values in request.args.lists() if name != "page" or "page" in changes
    }
    arguments = {**kept, **changes, **(request.view_args or {})}
    return url_for(
        request.endpoint or "", **{name: value for name, value in arguments.items() if value not in (None, "")}
    )


def page_address(number: int) -> str:
    """This list, another page."""
    return address(page=number)


def sort_address(sort: str) -> str:
    """This list, sorted otherwise."""
    return address(sort=sort)


def number(name: str, source: Mapping[str, str] | None = None) -> int | None:
    """A key of another row in the address (or `source`); whatever is no key is nothing."""
    text = (request.args if source is None else source).get(name, "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else None


def day(name: str) -> date | None:
    """A day in the address, 2022-09-30; whatever is no day that a form would take is nothing."""
    try:
        found = date.fromisoformat(request.args.get(name, ""))
    except ValueError:
        return None
    return found if FIRST_YEAR <= found.year <= LAST_YEAR else None


def word(name: str, vocabulary: type[W]) -> W | None:
    """A word of a closed vocabulary in the address; an unknown one is nothing."""
    try:
        return vocabulary.parse(request.args.get(name, ""))
    except ValueError:
        return None


def periods(today: date) -> list[tuple[str, date, date]]:
    """(name, first day, last day) of the periods that people ask for."""
    month = Month.of(today)
    last, year = month.shifted(-1), Period.year_to(month)
    return [
        (_("本月"), month.first, month.last),
        (_("上月"), last.first, last.last),
        (_("今年"), year.first, year.last),
    ]
