"""What the lines of seed files refer to by name: units, people, industries, companies, projects, and rates by their day."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Callable, Iterable
from datetime import date
from decimal import Decimal
from difflib import get_close_matches

from sqlalchemy import select
from sqlalchemy.orm import Session

from crm.choices import Currency
from crm.models import Area, Company, ExchangeRate, Industry, Project, Room, SeedLine, Unit, User

AMBIGUOUS = -1
Named = Iterable[tuple[int, tuple[str, ...]]]


def _units(session: Session) -> Named:
    found = session.execute(select(Unit.id, Unit.name, Unit.short_name))
    return ((unit_id, (name, short_name)) for unit_id, name, short_name in found)


def _people(session: Session) -> Named:
    return (
        (user_id, (login, name)) for user_id, login, name in session.execute(select(User.id, User.login, User.name))
    )


def _industries(session: Session) -> Named:
    found = session.execute(select(Industry.id, Industry.name, Industry.code))
    return ((industry_id, (name, code)) for industry_id, name, code in found)


def _areas(session: Session) -> Named:
    return ((area_id, (name,)) for area_id, name in session.execute(select(Area.id, Area.name)))


def _companies(session: Session) -> Named:
    found = session.execute(select(Company.id, Company.name, Company.credit_code))
    return ((company_id, (name, credit_code or "")) for company_id, name, credit_code in found)


def _projects(session: Session) -> Named:
    found = session.execute(select(Project.id, Project.code, Project.name))
    return ((project_id, (code, name)) for project_id, code, name in found)


def _rooms(session: Session) -> Named:
    return ((room_id, (name,)) for room_id, name in session.execute(select(Room.id, Room.name)))


def _of_file(part: str, *names: str) -> Callable[[Session], Named]:
    """What the lines of these files became, by the lines' own numbers."""

    def lines(session: Session) -> Named:
        found = session.execute(select(SeedLine.key, SeedLine.made).where(SeedLine.file.in_(names)))
        return ((made[part], (key,)) for key, made in found if part in made)

    return lines


SOURCES: dict[str, Callable[[Session], Named]] = {
    "单位": _units,
    "人员": _people,
    "产业": _industries,
    "片区": _areas,
    "企业": _companies,
    "项目": _projects,
    "合同": _of_file("contract", "contracts.csv"),
    "报送记录": _of_file("claim", "contracts.csv", "milestones.csv", "money.csv"),
    "联系人": _of_file("contact", "contacts.csv"),
    "洽谈记录": _of_file("activity", "activities.csv"),
    "会议室": _rooms,
    "会议": _of_file("meeting", "meetings.csv"),
    "评论": _of_file("comment", "comments.csv"),
    "附件": _of_file("attachment", "evidence.csv"),
}
# Where people entered a namesake in the program, a seed file means the row that a seed file made.
OWN: dict[str, Callable[[Session], Named]] = {
    "人员": _of_file("user", "people.csv"),
    "企业": _of_file("company", "companies.csv"),
    "项目": _of_file("project", "projects.csv"),
}


class Known:
    """Ids by name, read from the database when first asked for and again after `forget`."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._ids: dict[str, dict[str, int]] = {}
        self._rates: dict[Currency, list[tuple[date, Decimal]]] | None = None

    def forget(self, kind: str) -> None:
        """Rows of this kind were written: read them anew."""
        self._ids.pop(kind, None)
        self._rates = None

    def find(self, kind: str, name: str) -> int | None:
        """The id of what bears the name, AMBIGUOUS where several do, None where nothing does."""
        return self._names(kind).get(name)

    def likely(self, kind: str, name: str) -> str | None:
        """The name that was perhaps meant."""
        return next(iter(get_close_matches(name, self._names(kind), n=1)), None)

    def rate(self, currency: Currency, on: date) -> tuple[date, Decimal] | None:
        """The newest rate of a currency on a day, with the day it was noted; None if there is none yet."""
        if self._rates is None:
            self._rates = {}
            found = select(ExchangeRate.currency, ExchangeRate.rate_on, ExchangeRate.rate).order_by(
                ExchangeRate.rate_on
            )
            for code, rate_on, rate in self._session.execute(found):
                self._rates.setdefault(code, []).append((rate_on, rate))
        rates = self._rates.get(currency, [])
        place = bisect_right(rates, on, key=lambda entry: entry[0])
        return rates[place - 1] if place else None

    def _names(self, kind: str) -> dict[str, int]:
        if kind not in self._ids:
            rows = [(row_id, {name for name in names if name}) for row_id, names in SOURCES[kind](self._session)]
            own_ids = {row_id for row_id, _ in OWN[kind](self._session)} if kind in OWN else set()
            ids = _by_name(rows)
            self._ids[kind] = ids | {
                name: row_id
                for name, row_id in _by_name([row for row in rows if row[0] in own_ids]).items()
                if ids[name] == AMBIGUOUS
            }
        return self._ids[kind]


def _by_name(rows: Iterable[tuple[int, set[str]]]) -> dict[str, int]:
    ids: dict[str, int] = {}
    for row_id, names in rows:
        for name in names:
            ids[name] = row_id if ids.get(name, row_id) == row_id else AMBIGUOUS
    return ids
