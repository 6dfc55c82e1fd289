"""How a meeting repeats: the days of a series, what is wrong with it, and the sentence that says what it comes to."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from itertools import islice

from crm.choices import OffDay, Repeat, Word, listed
from crm.rules.days import Month
from crm.rules.workdays import ONE_DAY, Calendar

MOST_TIMES = 260  # a working year of daily meetings
LONGEST = timedelta(days=2 * 366)
WEEKDAYS = (Word("周一"), Word("周二"), Word("周三"), Word("周四"), Word("周五"), Word("周六"), Word("周日"))
LAST = -1


@dataclass(frozen=True, slots=True)
class Pattern:
    """A rule: `every` counts days, weeks or months; `weekdays` are 0 (Monday) to 6; `nth` of the month, LAST for the last.

    It ends with the day `until_on` (included) or after so many `times`; times that are skipped do not count.
    """

    repeat: Repeat
    first_on: date
    every: int = 1
    weekdays: tuple[int, ...] = ()
    nth: int = 1
    off_days: OffDay = OffDay.AFTER
    until_on: date | None = None
    times: int | None = None

    @property
    def on_weekdays(self) -> tuple[int, ...]:
        """The days of the week it falls on; that of its first day where none were chosen."""
        return tuple(sorted(set(self.weekdays))) or (self.first_on.weekday(),)


@dataclass(frozen=True, slots=True)
class Occurrence:
    """One time of a series: the day the rule gives, and the day it really falls on."""

    ruled_on: date
    on: date

    @property
    def is_moved(self) -> bool:
        """Whether a day off moved it."""
        return self.on != self.ruled_on


@dataclass(frozen=True, slots=True)
class Course:
    """All times of a series, and the days that fell out because they are off."""

    times: tuple[Occurrence, ...]
    skipped: tuple[date, ...] = ()


def problem(pattern: Pattern) -> tuple[str, str] | None:
    """(field, sentence) of the first thing to mend, or None."""
    return next(_problems(pattern), None)


def _problems(pattern: Pattern) -> Iterator[tuple[str, str]]:
    if not 1 <= pattern.every <= 52:
        yield "every", Word("间隔应在 1 到 52 之间。")
    if pattern.repeat is Repeat.MONTHLY and len(pattern.on_weekdays) != 1:
        yield "weekdays", Word("每月重复只能选一个星期几。")
    if pattern.until_on is None and pattern.times is None:
        yield "until_on", Word("请写到哪一天为止，或一共几次。")
    if pattern.until_on is not None and pattern.times is not None:
        yield "times", Word("截止日期和次数只填一个。")
    if pattern.times is not None and not 1 <= pattern.times <= MOST_TIMES:
        yield "times", Word("次数应在 1 到 %(most)d 之间。", most=MOST_TIMES)
    if pattern.until_on is not None and pattern.until_on < pattern.first_on:
        yield "until_on", Word("截止日期早于第一次（%(day)s），请改晚。", day=pattern.first_on)
    if pattern.until_on is not None and pattern.until_on > pattern.first_on + LONGEST:
        yield "until_on", Word("重复会议最多排两年，请把截止日期改到 %(day)s 以前。", day=pattern.first_on + LONGEST)


def course(pattern: Pattern, calendar: Calendar) -> Course:
    """The days of the series in order. Two that fall on one day by being moved are one; `problem` has been asked."""
    times: dict[date, Occurrence] = {}
    skipped = []
    for ruled_on in _ruled(pattern, calendar):
        if len(times) == (pattern.times or MOST_TIMES):
            break
        if pattern.off_days is OffDay.KEEP or calendar.is_working(ruled_on):
            times.setdefault(ruled_on, Occurrence(ruled_on, ruled_on))
        elif pattern.off_days is OffDay.SKIP:
            skipped.append(ruled_on)
        else:
            on = calendar.next_working(ruled_on)
            times.setdefault(on, Occurrence(ruled_on, on))
    ordered = tuple(times[on] for on in sorted(times))
    return Course(ordered, tuple(day for day in skipped if ordered and day < ordered[-1].on))


def _ruled(pattern: Pattern, calendar: Calendar) -> Iterator[date]:
    last = pattern.until_on or pattern.first_on + LONGEST
    days = {
        Repeat.DAILY: _daily,
        Repeat.WORKDAY: lambda pattern: _working(pattern, calendar),
        Repeat.WEEKLY: _weekly,
        Repeat.MONTHLY: _monthly,
    }[pattern.repeat](pattern)
    for day in days:
        if day > last:
            return
        if day >= pattern.first_on:
            yield day


def _daily(pattern: Pattern) -> Iterator[date]:
    day = pattern.first_on
    while True:
        yield day
        day += timedelta(days=pattern.every)


def _working(pattern: Pattern, calendar: Calendar) -> Iterator[date]:
    day = calendar.next_working(pattern.first_on)
    while True:
        yield day
        day = calendar.after(day, pattern.every)


def _weekly(pattern: Pattern) -> Iterator[date]:
    monday = pattern.first_on - timedelta(days=pattern.first_on.weekday())
    while True:
        yield from (monday + timedelta(days=weekday) for weekday in pattern.on_weekdays)
        monday += timedelta(weeks=pattern.every)


def _monthly(pattern: Pattern) -> Iterator[date]:
    """The nth such weekday; a month without a fifth one has none."""
    month, weekday = Month.of(pattern.first_on), pattern.on_weekdays[0]
    while True:
        if pattern.nth == LAST:
            yield month.last - timedelta(days=(month.last.weekday() - weekday) % 7)
        else:
            day = month.first + timedelta(days=(weekday - month.first.weekday()) % 7, weeks=pattern.nth - 1)
            if day <= month.last:
                yield day
        month = month.shifted(pattern.every)


# -------------------------------------------------------------------------------------------------------- what it comes to


def rule_words(pattern: Pattern) -> Word:
    """每周一、周三；每 2 周的周五；每月第一个周二；每个工作日."""
    days = listed(WEEKDAYS[weekday] for weekday in pattern.on_weekdays)
    every = pattern.every
    match pattern.repeat:
        case Repeat.DAILY:
            return Word("每天") if every == 1 else Word("每 %(n)d 天", n=every)
        case Repeat.WORKDAY:
            return Word("每个工作日") if every == 1 else Word("每 %(n)d 个工作日", n=every)
        case Repeat.WEEKLY:
            return Word("每%(days)s", days=days) if every == 1 else Word("每 %(n)d 周的%(days)s", n=every, days=days)
        case _:
            values = {"n": every, "nth": NTHS[pattern.nth], "day": days}
            return (
                Word("每月%(nth)s%(day)s", **values) if every == 1 else Word("每 %(n)d 个月的%(nth)s%(day)s", **values)
            )


NTHS = {
    1: Word("第一个"), 2: Word("第二个"), 3: Word("第三个"), 4: Word("第四个"), 5: Word("第五个"), LAST: Word("最后一个"),
}  # fmt: skip


def caption(pattern: Pattern, found: Course, calendar: Calendar) -> list[Word]:
    """The sentences under a series: how many, from when to when, what the days off do to it; one where there is no time."""
    if not found.times:
        return [Word("这样排一次也开不成：每次都在放假日，请改星期几或放假时的办法。")]
    first, last = found.times[0].on, found.times[-1].on
    values = {"rule": rule_words(pattern), "n": len(found.times), "first": said(first), "last": said(last)}
    sentences = [Word("%(rule)s，共 %(n)d 次：首次 %(first)s，末次 %(last)s。", **values)]
    if first != pattern.first_on:
        sentences.append(
            Word("注意：首次不是 %(typed)s，而是 %(first)s。", typed=said(pattern.first_on), first=said(first))
        )
    moved = [time for time in found.times if time.is_moved]
    if moved:
        days = listed(short(time.ruled_on) for time in islice(moved, 3))
        sentences.append(Word("%(n)d 次因放假顺延（%(days)s%(more)s）。", n=len(moved), days=days, more=_more(moved)))
    if found.skipped:
        days = listed(short(day) for day in islice(found.skipped, 3))
        sentences.append(
            Word("%(n)d 次因放假跳过（%(days)s%(more)s）。", n=len(found.skipped), days=days, more=_more(found.skipped))
        )
    if pattern.times and len(found.times) < pattern.times:
        sentences.append(Word("两年之内只排得下 %(n)d 次，其余没有排。", n=len(found.times)))
    unknown = unknown_years(found, calendar)
    if unknown:
        years = listed(Word("%(year)d年", year=year) for year in unknown)
        sentences.append(Word("%(years)s的放假安排还没有登记，暂按周六、周日休息排。", years=years))
    return sentences


def _more(days: Sequence[object]) -> str:
    return Word(" 等") if len(days) > 3 else ""


def said(day: date) -> Word:
    """2022年10月24日（周一）."""
    return Word(
        "%(year)d年%(month)d月%(day)d日（%(weekday)s）",
        year=day.year, month=day.month, day=day.day, weekday=WEEKDAYS[day.weekday()],
    )  # fmt: skip


def short(day: date) -> Word:
    """10月24日."""
    return Word("%(month)d月%(day)d日", month=day.month, day=day.day)


def unknown_years(found: Course, calendar: Calendar) -> list[int]:
    """Years of the series for which the calendar knows no holiday yet."""
    known = {day.year for day in calendar.exceptions}
    return sorted({time.on.year for time in found.times} - known)


def days_between(first: date, last: date) -> Iterator[date]:
    """Every day from the first to the last, both included."""
    while first <= last:
        yield first
        first += ONE_DAY
