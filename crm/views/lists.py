"""Lists: the page asked for by key, and addresses that change one thing and keep the rest of the list's state."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any, TypeVar, cast
from urllib.parse import urlencode

from flask import g, request, url_for
from flask_babel import gettext as _
from sqlalchemy import Select

from crm.choices import Labelled
from crm.queries import keyset
from crm.queries.keyset import MOST_COUNTED, Key
from crm.rules.days import FIRST_YEAR, LAST_YEAR, Month, Period
from crm.views import web

T = TypeVar("T")
M = TypeVar("M")
W = TypeVar("W", bound=Labelled)
PAGE_SIZE = 50
PLAIN_IN_QUERIES = "!$'()*,/:;?@"  # as url_for writes them


def counted(total: int) -> str:
    """1,000+ where a count stopped, else the number."""
    return f"{MOST_COUNTED:,}+" if total > MOST_COUNTED else f"{total:,}"


@dataclass(frozen=True)
class Turn:
    """Where a list paged by key stands: how many rows it holds, as far as they were counted, and its neighbours."""

    total: int
    previous: str | None
    next: str | None
    exact: bool = False  # the total is known without counting, whatever it is

    @property
    def counted(self) -> str:
        """1,000+ where the count stopped, else the number."""
        return f"{self.total:,}" if self.exact else counted(self.total)

    @property
    def words(self) -> str:
        """共 1,000+ 条."""
        return str(_("共 %(total)s 条", total=self.counted))


def place(order: Sequence[Key]) -> keyset.Place:
    """Where the page of this address begins; whatever is no cursor is the first page."""
    return keyset.place(request.args.get("after", ""), request.args.get("before", ""), order)


def turned(
    rows: Select[T], order: Sequence[Key], total: int | None = None, size: int = PAGE_SIZE, *, exact: bool = False
) -> tuple[Sequence[T], Turn]:
    """One page of a list by key, and its neighbours; unless the caller knows the total, it is counted up to the limit."""
    return turned_into(rows, order, lambda row: row[0], total, size, exact=exact)


def turned_into(
    rows: Select[*tuple[Any, ...]],
    order: Sequence[Key],
    make: Callable[[Sequence[Any]], M],
    total: int | None = None,
    size: int = PAGE_SIZE,
    *,
    exact: bool = False,
) -> tuple[Sequence[M], Turn]:
    """As `turned`, for rows of columns: `make` gets them."""
    if total is None:
        total = keyset.count(web.session(), rows)
    page = keyset.page(web.session(), rows, order, place(order), size, make)
    return page.rows, Turn(total, page.previous, page.next, exact)


def turned_whole(
    rows: Sequence[M], key: Callable[[M], tuple[Any, ...]], order: Sequence[Key], size: int = PAGE_SIZE
) -> tuple[Sequence[M], Turn]:
    """As `turned`, for rows that are all read, as no column has their order: `key` gives it, `order` what it is made of."""
    keyed = sorted(((key(row), row) for row in rows), key=lambda pair: pair[0])

    def read(at: keyset.Place) -> list[tuple[Any, ...]]:
        if at.backward:
            found = [pair for pair in keyed if at.values is None or pair[0] < at.values][-size - 1 :]
        else:
            found = [pair for pair in keyed if at.values is None or pair[0] > at.values][: size + 1]
        return [(row, *values) for values, row in found]

    page = keyset.paged(read, order, place(order), size, lambda row: row[0])
    return page.rows, Turn(len(rows), page.previous, page.next, True)


def sums_asked(turn: Turn) -> bool:
    """Whether the sums over a whole list are made: unasked while it is short, on request (`totals=1`) for any length."""
    return turn.total <= MOST_COUNTED or request.args.get("totals") == "1"


_PAGES = ("after", "before")
_MOMENTARY = ("looks",)  # what was opened on the page, not what the list holds


def address(**changes: Any) -> str:
    """This address with some of its arguments changed (None takes one away); any change but of the page begins anew."""
    turns = any(name in changes for name in _PAGES)
    kept: dict[str, Any] = {
        name: values for name, values in request.args.lists() if turns or name not in (*_PAGES, *_MOMENTARY)
    }
    fixed = request.view_args or {}
    pairs = [
        (name, value)
        for name, value in {**kept, **changes}.items()
        if value not in (None, "", []) and name not in fixed
    ]
    query = urlencode(pairs, doseq=True, safe=PLAIN_IN_QUERIES)
    return f"{_here()}?{query}" if query else _here()


def _here() -> str:
    """The address of this page without arguments; a list asks for some forty of its own, each with others."""
    if "crm_here" not in g:
        g.crm_here = url_for(request.endpoint or "", **(request.view_args or {}))
    return cast(str, g.crm_here)


def staying(**changes: Any) -> str:
    """As `address`, on the same page of the list."""
    return address(**{name: request.args.get(name) for name in _PAGES}, **changes)


def number(name: str, source: Mapping[str, str] | None = None) -> int | None:
    """A key of another row in the address (or `source`); whatever is no key is nothing."""
    return key((request.args if source is None else source).get(name, ""))


def key(text: str) -> int | None:
    """The key of a row that a text states; whatever is no key is nothing."""
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
