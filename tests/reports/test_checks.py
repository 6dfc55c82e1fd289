from dataclasses import replace

import pytest

from reports.briefing.checks import findings
from reports.briefing.facts import Briefing, Line, LineFigures, Measure
from tests.reports.sample import empty, key_project, september, signed, with_projects

YI = 10**8


def without(briefing: Briefing, **changes: object) -> Briefing:
    return replace(briefing, **changes)  # type: ignore[arg-type]


def test_consistent_months_have_no_findings() -> None:
    assert findings(september()) == []
    assert findings(empty()) == []


@pytest.mark.parametrize(
    ("briefing", "parts"),
    [
        (without(september(), by_area=september().by_area[1:]), ["表5（按片区）"]),
        (without(september(), by_team=()), ["表6（按招商组）合计0个"]),
        (without(september(), months=september().months[1:]), ["表8缺少月份", "表8各月签约合计57个"]),
        (
            without(empty(), signed=(signed(total_yuan=3 * YI, foreign_usd=None),)),
            ["一览表为1个", "一览表总投资3.00亿元", "表2", "表3", "表4", "表5", "表6"],
        ),
        (without(empty(), lines=(LineFigures(Line.SIGNED, Measure(month=2)),)), ["表8当月签约0个，统计汇总本月为2个"]),
        (with_projects(key_project(month_yuan=2 * YI, done_yuan=YI)), ["本月完成投资大于本年累计完成"]),
        (with_projects(key_project(done_yuan=2 * YI, since_start_yuan=YI)), ["开工以来累计小于本年累计完成"]),
        (with_projects(key_project(since_start_yuan=900 * YI)), ["开工以来累计大于总投资"]),
    ],
)
def test_figures_that_disagree_are_named(briefing: Briefing, parts: list[str]) -> None:
    found = findings(briefing)
    assert len(found) == len(parts)
    for sentence, part in zip(found, parts, strict=True):
        assert part in sentence
