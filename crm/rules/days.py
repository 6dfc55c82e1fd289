"""Days and months as the business means them: in China, whatever zone the server runs in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from zoneinfo import ZoneInfo

from crm.choices import Word

CHINA = ZoneInfo("Asia/Shanghai")
FIRST_YEAR, LAST_YEAR = 1980, 2100  # what people type as a day lies between


def day_of(instant: datetime) -> date:
    """The calendar day in China on which an aware instant falls."""
    return instant.astimezone(CHINA).date()


def start_of(day: date) -> datetime:
    """The instant (UTC) at which a day begins in China."""
    return datetime.combine(day, time.min, CHINA).astimezone(UTC)


def at(day: date, clock: time) -> datetime:
    """The instant (UTC) of a wall clock reading in China."""
    return datetime.combine(day, clock, CHINA).astimezone(UTC)


def local(instant: datetime) -> datetime:
    """The same instant with the wall clock of China."""
    return instant.astimezone(CHINA)


@dataclass(frozen=True, order=True)
class Month:
    """A calendar month; `first` and `last` are its days, `after` the first day that no longer belongs to it."""

    year: int
    number: int

    def __post_init__(self) -> None:
        if not 1 <= self.number <= 12:
            raise ValueError(f"{self.number} is not a month")

    @classmethod
    def parse(cls, text: str) -> Month:
        """From "2022-09"; raises ValueError for anything else."""
        year, _, number = text.partition("-")
        figures = text.isascii() and len(year) == 4 and year.isdigit() and len(number) == 2 and number.isdigit()
        if not (figures and 1900 <= int(year) <= LAST_YEAR):
            raise ValueError(f"“{text}”不是 2022-09 这样的月份")
        return cls(int(year), int(number))

    @classmethod
    def of(cls, day: date) -> Month:
        """The month a day falls in."""
        return cls(day.year, day.month)

    def __str__(self) -> str:
        return f"{self.year:04d}-{self.number:02d}"

    @property
    def first(self) -> date:
        """Its first day."""
        return date(self.year, self.number, 1)

    @property
    def last(self) -> date:
        """Its last day."""
        return self.after - timedelta(days=1)

    @property
    def after(self) -> date:
        """The first day of the next month."""
        return self.shifted(1).first

    @property
    def label(self) -> str:
        """2022年9月."""
        return Word("%(year)d年%(month)d月", year=self.year, month=self.number)

    def shifted(self, months: int) -> Month:
        """The month so many months later (earlier, if negative)."""
        year, month0 = divmod(self.year * 12 + self.number - 1 + months, 12)
        return Month(year, month0 + 1)

    def last_year(self) -> Month:
        """The same month a year before."""
        return Month(self.year - 1, self.number)


@dataclass(frozen=True)
class Period:
    """Days from `first` to `last`, both included."""

    first: date
    last: date

    def __contains__(self, day: date) -> bool:
        return self.first <= day <= self.last

    @classmethod
    def month(cls, month: Month) -> Period:
        """A whole month."""
        return cls(month.first, month.last)

    @classmethod
    def year_to(cls, month: Month) -> Period:
        """From the first of January to the end of the month."""
        return cls(date(month.year, 1, 1), month.last)

    @classmethod
    def all_to(cls, month: Month) -> Period:
        """Everything up to the end of the month."""
        return cls(date.min, month.last)

    def last_year(self) -> Period:
        """The same days a year before; 29 February becomes 28 February."""
        return Period(_year_before(self.first), _year_before(self.last))


def _year_before(day: date) -> date:
    if day == date.min:
        return day
    month = Month.of(day).last_year()
    # The end of February stays the end of February, also when last year had one day less or more.
    return month.last if day == Month.of(day).last else day.replace(year=day.year - 1)


def minute(value: datetime) -> Word:
    """9月30日 14:00 on China's clock: when somebody else was there first."""
    there = local(value)
    return Word("%(month)d月%(day)d日 %(time)s", month=there.month, day=there.day, time=f"{there:%H:%M}")
