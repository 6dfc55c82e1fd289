import re
from dataclasses import replace
from datetime import date
from fractions import Fraction

import pytest

from crm.choices import IssueClass, KeyList, Light
from crm.rules.days import Month
from reports.briefing import text
from reports.briefing.facts import Briefing, Line, LineFigures, Measure, Outlook, Remark, Section, Touch
from reports.briefing.grammar import Figure
from reports.briefing.say_projects import first_clause
from reports.briefing.text import overview
from tests.reports.sample import LONG, empty, huge, key_project, september, signed, with_projects


def said(briefing: Briefing, section: Section) -> str:
    chapter = next(chapter for chapter in overview(briefing) if chapter.section is section)
    return "\n".join(paragraph.text for paragraph in chapter.paragraphs)


def line(**measures: Measure) -> tuple[LineFigures, ...]:
    return (LineFigures(Line.SIGNED, **measures),)


@pytest.mark.parametrize("briefing", [september(), empty(), empty(Month(2023, 12)), huge(40, 50)])
def test_every_section_says_something_in_whole_sentences(briefing: Briefing) -> None:
    chapters = overview(briefing)
    assert [chapter.heading for chapter in chapters][0:2] == ["一、总体情况", "二、招商引资"]
    assert len(chapters) == 7
    for chapter in chapters:
        assert chapter.paragraphs
        for paragraph in chapter.paragraphs:
            assert paragraph.text.endswith("。")
            assert not re.search(r"None|—|，，|、、|，。|：。|；。|。。|\{|\}", paragraph.text)


def test_every_figure_names_rows_that_the_page_knows() -> None:
    documented = set(re.findall(r"[a-z_]+", text.__doc__ or ""))
    documented |= {f"{line.value}_{span}" for line in Line for span in ("month", "year")}
    documented |= {f"{touch.value}_year" for touch in Touch}
    for briefing in (september(), huge(40, 50)):
        keys = {
            part.key for c in overview(briefing) for p in c.paragraphs for part in p.parts if isinstance(part, Figure)
        }
        assert keys <= documented


def test_the_model_month_reads_as_an_official_would_write_it() -> None:
    assert said(september(), Section.INVESTMENT).startswith(
        "9月新签约项目9个，总投资41.50亿元。1–9月累计签约62个，总投资229.70亿元，同比分别增长14.8%、21.8%，"
        "完成年度目标的77.5%、82.0%；其中外资项目11个，合同外资37,400万美元，同比增长52.7%。\n"
        "分产业看，智能制造、生物医药、先进材料签约额居前，分别为76.10亿元、34.20亿元、33.90亿元，合计占62.8%。"
        "总投资10亿元以上项目3个，最大项目为瀚屿储能变流器智能工厂项目（18.00亿元）。"
    )
    assert "省集中开工4个（与市重点重叠2个）" in said(september(), Section.OVERALL)
    assert "占年度计划的75.2%，超序时0.2个百分点" in said(september(), Section.OVERALL)
    assert "线上视频会104场，外出招商31批次，到访北京、上海、长沙、厦门等地" in said(september(), Section.MEETINGS)


def test_without_base_or_target_the_clauses_are_left_out() -> None:
    bare = replace(empty(Month(2023, 3)), lines=line(count=Measure(2, 5), total_yuan=Measure(10**8, 5 * 10**8)))
    assert (
        said(bare, Section.INVESTMENT)
        == "3月新签约项目2个，总投资1.00亿元。1–3月累计签约5个，总投资5.00亿元。\n本月无在谈项目。"
    )


def test_a_month_without_signings_in_a_year_with_some() -> None:
    quiet = replace(empty(Month(2023, 3)), lines=line(count=Measure(0, 5, 10), total_yuan=Measure(0, 10**8, 10**8)))
    assert said(quiet, Section.INVESTMENT).startswith(
        "3月无新签约项目。1–3月累计签约5个，总投资1.00亿元，个数同比下降50.0%、金额与上年同期持平。"
    )


def test_january_does_not_say_the_same_twice() -> None:
    row = key_project(plan_yuan=12 * 10**8, month_yuan=10**8, done_yuan=10**8, due_share=Fraction(1, 12))
    january = replace(with_projects(row), month=Month(2023, 1))
    assert "1月当月完成投资1.00亿元，占年度计划的8.3%，与序时进度持平。" in said(january, Section.OVERALL)


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ([(date(2022, 3, 1), date(2022, 3, 31))], "按计划应开工的1个项目全部按期开工。"),
        ([(date(2022, 3, 1), date(2022, 4, 1))], "按计划应开工的1个项目中，逾期开工1个。"),
        ([(date(2022, 9, 1), None)], "按计划应开工的1个项目中，尚未开工1个。"),
        (
            [(date(2022, 2, 1), date(2022, 1, 5)), (date(2022, 3, 1), None), (date(2022, 3, 1), date(2022, 5, 1))],
            "按计划应开工的3个项目中，按期开工1个、逾期开工1个、尚未开工1个。",
        ),
        ([(date(2022, 10, 1), None), (date(2021, 5, 1), date(2021, 5, 3)), (None, None)], ""),
    ],
)
def test_all_on_time_is_said_only_when_all_were(starts: list[tuple[date | None, date | None]], expected: str) -> None:
    rows = [key_project(planned_start_on=planned, started_on=started) for planned, started in starts]
    words = said(replace(with_projects(*rows), previous=None), Section.OVERALL)
    assert words.endswith(expected)
    assert ("应开工" in words) is bool(expected)


def test_lights_name_five_and_count_the_rest() -> None:
    rows = [key_project(name=f"甲{n}项目", light=Light.YELLOW, light_reasons=("欠序时6.0个百分点",)) for n in range(8)]
    words = said(with_projects(*rows), Section.LIGHTS)
    assert "黄灯8个。" in words
    assert words.count("欠序时") == 5
    assert "其余3个见附表1。" in words
    assert words.endswith("本月无红灯项目。")


def test_an_unreported_month_and_a_supervision_letter_are_said() -> None:
    row = key_project(
        light=Light.RED,
        reported=False,
        month_yuan=None,
        light_reasons=("欠序时20.0个百分点",),
        supervision="已发督办函",
    )
    words = said(with_projects(row), Section.LIGHTS)
    assert "（商务局），9月未报送，累计沿用上月，欠序时20.0个百分点，已发督办函。" in words
    assert "（1个项目当月未报送，累计沿用上月核定数）" in said(with_projects(row), Section.OVERALL)


@pytest.mark.parametrize(
    ("problem", "clause"),
    [
        ("桩基检测返工，延误约40天；总包资金不足", "桩基检测返工，延误约40天"),
        ("因停电停工。正在协调", "停电停工"),
        ("", ""),
        (LONG, LONG.split("；")[0][:40]),
    ],
)
def test_the_first_clause_of_a_problem(problem: str, clause: str) -> None:
    assert first_clause(problem) == clause


def test_an_editors_words_take_the_place_of_the_generated_ones() -> None:
    generated = said(replace(september(), remarks=()), Section.PROBLEMS)
    typed = said(september(), Section.PROBLEMS)
    assert "一是土地类3项未办结" in generated
    assert "一是要素保障仍有堵点" in typed
    assert "土地类3项未办结" not in typed
    more = replace(september(), remarks=(Remark(Section.NEXT, "迎接省级考核。"),))
    assert said(more, Section.NEXT).endswith("\n迎接省级考核。")
    chapter = overview(more)[-1]
    assert [paragraph.edited for paragraph in chapter.paragraphs] == [False, True]


def test_open_items_are_said_by_the_class_with_the_most() -> None:
    left = tuple(replace(row, done_on=None) for row in september().assignments if row.kind is not IssueClass.OTHER)
    words = said(replace(september(), remarks=(), assignments=left), Section.PROBLEMS)
    assert words.index("一是土地类4项未办结") < words.index("二是") < words.index("三是")


def test_next_month_looks_forward() -> None:
    soon = key_project(name="新芽项目", planned_start_on=date(2022, 10, 8), started_on=None, light=Light.NONE)
    late = key_project(name="迟开项目", planned_start_on=date(2022, 8, 1), started_on=None, light=Light.RED)
    words = said(with_projects(soon, late), Section.NEXT)
    assert "（一）盯开工：确保新芽项目10月按期开工，督促迟开项目尽快开工。" in words
    assert "赶进度：红灯1个项目" in words
    december = replace(with_projects(replace(soon, planned_start_on=date(2023, 1, 5))), month=Month(2022, 12))
    assert "确保新芽项目1月按期开工" in said(december, Section.NEXT)


def test_a_supplement_is_never_the_largest_project() -> None:
    rows = (signed(name="甲项目", total_yuan=10**8), signed(name="乙增资", total_yuan=9 * 10**8, counts=False))
    words = said(replace(september(), signed=rows), Section.INVESTMENT)
    assert "最大项目为甲项目（1.00亿元）" in words
    assert "10亿元以上" not in words


def test_what_is_to_be_signed_is_counted() -> None:
    rows = tuple(replace(row, outlook=Outlook.FOLLOW, fixed_yuan=None) for row in september().negotiations)
    assert said(replace(september(), negotiations=rows), Section.INVESTMENT).endswith("在谈项目20个。")


def test_only_lists_with_projects_are_named_and_a_project_without_one_is_the_zones() -> None:
    assert "其中市重点1个，总投资" in said(with_projects(key_project(lists=(KeyList.CITY,))), Section.OVERALL)
    assert "其中经开区重点1个，总投资" in said(with_projects(key_project(lists=())), Section.OVERALL)
