"""The words that recur on every sheet: spans of time, who reports, footers, numerals."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from datetime import date

from crm.choices import Light
from crm.rules.days import Month, day_of
from crm.rules.figures import percent, printed
from crm.rules.lights import Thresholds
from reports.briefing.facts import Briefing, KeyProject
from reports.sheet import Footer

SPACE = "\u3000"  # a full-width space: indents a paragraph, parts the items of a line
NUMERALS = "一二三四五六七八九"
LIGHTS = (Light.BLUE, Light.GREEN, Light.YELLOW, Light.ORANGE, Light.RED)


def numeral(number: int) -> str:
    """1 to 99 in Chinese: 一, 十二, 二十."""
    tens, ones = divmod(number, 10)
    head = "" if tens == 0 else "十" if tens == 1 else f"{NUMERALS[tens - 1]}十"
    return head + (NUMERALS[ones - 1] if ones else "")


def span(month: Month) -> str:
    """The months of the year to date: 1–9月; in January simply 1月."""
    return "1月" if month.number == 1 else f"1–{month.number}月"


def span_of_year(month: Month) -> str:
    """2022年1–9月."""
    return f"{month.year}年{span(month)}"


def long_day(day: date | None) -> str:
    """2022年9月30日; blank for None."""
    return f"{day.year}年{day.month}月{day.day}日" if day else ""


def short_day(day: date) -> str:
    """9月30日."""
    return f"{day.month}月{day.day}日"


def days(first: date, last: date) -> str:
    """9月6日, 9月2日—4日, 8月30日—9月2日."""
    if first == last:
        return short_day(first)
    tail = f"{last.day}日" if (first.year, first.month) == (last.year, last.month) else short_day(last)
    return f"{short_day(first)}—{tail}"


def edition(briefing: Briefing) -> str:
    """2022年第9期（总第21期）, or that it is not issued yet."""
    issue = briefing.edition
    if issue.number is None:
        return f"{briefing.month.label}（预览，未签发）"
    total = f"（总第{issue.total_number}期）" if issue.total_number else ""
    return f"{briefing.month.year}年第{issue.number}期{total}"


def footer(briefing: Briefing) -> Footer:
    """The mark of demo data (or 内部资料) left, the issue right."""
    issue = briefing.edition.number
    right = f"{briefing.month.year}年第{issue}期" if issue else f"{briefing.month.label} 预览"
    return Footer("演示数据·不作为任何统计依据" if briefing.is_demo else "内部资料", right)


def reporter(briefing: Briefing) -> str:
    """填报单位."""
    return f"填报单位：{briefing.office.zone}{briefing.office.bureau}"


def cut_off(briefing: Briefing) -> str:
    """统计截止."""
    return f"统计截止：{long_day(briefing.month.last)}"


def due(briefing: Briefing) -> str:
    """序时进度75.0%."""
    return f"序时进度{percent(briefing.due_share)}"


def signature(briefing: Briefing) -> str:
    """The line under every table; a name not known leaves room to sign."""
    office = briefing.office
    parts = (
        ("单位负责人", office.head),
        ("审核人", office.reviewer),
        ("填表人", office.compiler),
        ("联系电话", office.phone),
        ("报出日期", long_day(briefing.edition.issued_on)),
    )
    return (SPACE * 5).join(f"{label}：{value or SPACE * 4}" for label, value in parts)


def frozen_on(briefing: Briefing) -> str:
    """2022年10月3日: what was verified before that day begins is known."""
    return long_day(day_of(briefing.frozen_at))


def set_by_hand(row: KeyProject) -> bool:
    """Whether a person set another light than was computed."""
    return row.system_light is not None and row.system_light is not row.light


def light_marks(marks: Thresholds) -> list[tuple[str, str]]:
    """(light, from which distance on) as the tables say it: 蓝 ≥＋10, 绿 ≥-5, 黄 -5至-15, 红 ＜-15."""
    ahead, normal, behind = (printed(p) for p in (marks.ahead_points, marks.normal_points, marks.behind_points))
    if marks.serious_points is None:
        short = [("黄", f"{normal}至{behind}")]
    else:
        serious = printed(marks.serious_points)
        short = [("黄", f"{normal}至{serious}"), ("橙", f"{serious}至{behind}")]
    return [("蓝", f"≥＋{ahead}"), ("绿", f"≥{normal}"), *short, ("红", f"＜{behind}")]


def light_counts(lights: Iterable[Light], *, space: str = SPACE) -> str:
    """蓝1　绿4　黄1　未亮灯1: only the lights that occur."""
    counts = Counter(lights)
    shown = [f"{light.label}{counts[light]}" for light in LIGHTS if counts[light]]
    return space.join(shown + ([f"未亮灯{counts[Light.NONE]}"] if counts[Light.NONE] else []))


def listed(names: Iterable[str], most: int, unit: str = "个") -> str:
    """甲、乙、丙等5个: at most so many names, then how many there are in all."""
    every = list(names)
    shown = "、".join(every[:most])
    return f"{shown}等{len(every)}{unit}" if len(every) > most else shown
