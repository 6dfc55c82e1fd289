"""The yearly notice of holidays, pasted as it was published, or a list of days: read into days off and weekends worked.

“一、元旦：1月1日至3日放假调休，共3天。1月4日（星期日）上班。” and “2027-02-05 放假 春节” are both understood, line by line.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date, timedelta

from crm.choices import Word
from crm.errors import RuleBroken
from crm.rules.days import FIRST_YEAR, LAST_YEAR

MOST_DAYS = 31  # no holiday is longer; a longer span is a slip of the pen
_DAY = r"(?:(?P<y{n}>\d{{4}})年)?(?:(?P<m{n}>\d{{1,2}})月)?(?P<d{n}>\d{{1,2}})日(?:（[^）]*）|\([^)]*\))?"
_FIRST, _LAST = _DAY.format(n=1), _DAY.format(n=2)
_SPAN = re.compile(rf"{_FIRST}(?:\s*(?:至|到|—|–|-|~)\s*{_LAST})?")
_LISTED = re.compile(r"^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})[\s,，;；]+([^\s,，;；]+)(?:[\s,，;；]+([^\s,，;；]+))?\s*$")
_NAMED = re.compile(r"^(?:[一二三四五六七八九十]+、|\d+[.、])?\s*(?P<name>[^：:，。\d]{1,30})[：:](?P<rest>.+)$")
_WORDS = {
    "放假": False,
    "休": False,
    "休息": False,
    "否": False,
    "上班": True,
    "班": True,
    "是": True,
    "调休上班": True,
}


@dataclass(frozen=True, slots=True)
class Marked:
    """A day on which the calendar differs from the week."""

    day: date
    is_working: bool
    name: str


def read_notice(text: str, year: int) -> list[Marked]:
    """The days a pasted notice names, in order; `year` is the one its days without a year belong to.

    Raises RuleBroken (field "text") with the line that cannot be read, and for a text that names no day.
    """
    found: dict[date, Marked] = {}
    for line in filter(None, map(str.strip, text.splitlines())):
        for marked in _line(line, year):
            found[marked.day] = marked
    if not found:
        raise RuleBroken("没有读出放假或上班的日子，请粘贴放假通知原文，或每行写“2027-01-01 放假 元旦”。", "text")
    return [found[day] for day in sorted(found)]


def _line(line: str, year: int) -> Iterator[Marked]:
    listed = _LISTED.match(line)
    if listed:
        yield _listed(line, *listed.groups())
        return
    named = _NAMED.match(line)
    if not named:
        return  # the head, the greeting and the closing words of a notice
    name = named["name"].strip()
    for sentence in re.split(r"[。；;]", named["rest"]):
        works = "上班" in sentence
        if not works and "放假" not in sentence and "休" not in sentence:
            continue
        for day in _days(sentence, line, year):
            # A weekend within the holiday is off in any case; said all the same, as the notice says it.
            yield _marked(day, works, f"{name}调休上班" if works else name, line)


def _listed(line: str, year: str, month: str, day: str, word: str, name: str | None) -> Marked:
    if word not in _WORDS:
        raise RuleBroken(Word("“%(line)s”没有写明放假还是上班，请写成“2027-01-01 放假 元旦”。", line=line[:40]), "text")
    return _marked(_day(int(year), int(month), int(day), line), _WORDS[word], (name or "")[:30] or word, line)


def _marked(day: date, works: bool, name: str, line: str) -> Marked:
    if works and day.weekday() < 5:
        sentence = "“%(line)s”：%(day)s 是工作日，本来就上班，请核对年份。"
        raise RuleBroken(Word(sentence, line=line[:40], day=day), "text")
    return Marked(day, works, name)


def _days(sentence: str, line: str, year: int) -> Iterator[date]:
    """Every day of the spans of a sentence; a month or a year that is left out is the one before it."""
    month = 0
    for span in _SPAN.finditer(sentence):
        month = int(span["m1"] or month)
        first = _day(int(span["y1"] or year), month, int(span["d1"]), line)
        if not span["d2"]:
            yield first
            continue
        month = int(span["m2"] or month)
        last = _day(int(span["y2"] or (first.year + (month < first.month))), month, int(span["d2"]), line)
        if not 0 <= (last - first).days < MOST_DAYS:
            sentence = "“%(line)s”里 %(first)s 到 %(last)s 不像一段假期，请核对。"
            raise RuleBroken(Word(sentence, line=line[:40], first=first, last=last), "text")
        yield from (first + timedelta(days=n) for n in range((last - first).days + 1))


def _day(year: int, month: int, day: int, line: str) -> date:
    try:
        if not FIRST_YEAR <= year <= LAST_YEAR:
            raise ValueError(year)
        return date(year, month, day)
    except ValueError as error:
        sentence = "“%(line)s”里的 %(year)d年%(month)d月%(day)d日 不是日期，请核对。"
        raise RuleBroken(Word(sentence, line=line[:40], year=year, month=month, day=day), "text") from error
