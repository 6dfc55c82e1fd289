"""重点项目推进情况表: groups, sums, and what blank, "—", 0 and 未报 mean."""

from dataclasses import replace
from decimal import Decimal
from fractions import Fraction
from io import BytesIO

import pytest
from openpyxl import load_workbook

from crm.choices import IndustryGroup, KeyList, Light
from crm.rules.figures import DASH
from reports.briefing.layout import Audience
from reports.briefing.render import render
from reports.briefing.sheets import key_projects, notes
from reports.sheet import Look
from tests.reports.sample import LONG, column, key_project, row_of, rows, september, sheet, with_projects


@pytest.mark.parametrize("key", ["total", "foreign", "plan", "month", "done", "since_start", "last_year"])
def test_groups_and_projects_add_up_to_the_total(key: str) -> None:
    found, at = sheet(september(), "重点项目推进情况表"), column(key)
    looks = {row: cell.style.look for (row, c), cell in found.canvas.cells.items() if c == 1}

    def sum_of(look: Look) -> Decimal:
        values = (found.canvas.cells[row, at].value for row, found_look in looks.items() if found_look is look)
        return sum((value for value in values if isinstance(value, Decimal)), Decimal(0))

    assert sum_of(Look.TOTAL) == sum_of(Look.GROUP) == sum_of(Look.BODY) > 0


def test_cells_show_the_figure_the_lights_judged() -> None:
    found = sheet(september(), "重点项目推进情况表")
    for project in september().key_projects:
        value = row_of(found, project.name)[column("deviation")]
        assert value == (project.deviation if project.done_yuan is not None else None)


def test_before_its_planned_month_a_project_has_a_plan_but_neither_figures_nor_light() -> None:
    row = row_of(sheet(september(), "重点项目推进情况表"), "峻嶂工业母机数控系统项目")
    assert row[column("plan")] == Decimal("0.6")
    assert [row[column(key)] for key in ("month", "done", "rate", "deviation", "since_start", "change")] == [None] * 6
    assert row[column("light")] == DASH


def test_what_is_owed_zero_absent_and_not_applicable_look_different() -> None:
    owed = row_of(sheet(september(), "重点项目推进情况表"), "溯源冷链智能装备项目")
    assert (owed[column("month")], owed[column("progress")]) == ("未报", "未报送")
    still = with_projects(
        key_project(name="静", month_yuan=0, done_yuan=0, foreign_usd=None, last_year_yuan=0, plan_yuan=None)
    )
    row = row_of(sheet(still, "重点项目推进情况表"), "静")
    assert (row[column("month")], row[column("foreign")]) == (0, None)
    assert [row[column(key)] for key in ("rate", "deviation", "last_year", "change")] == [DASH] * 4


def test_an_overridden_light_shows_both_and_an_own_curve_is_noted() -> None:
    changed = key_project(
        name="改", light=Light.YELLOW, system_light=Light.GREEN, has_own_curve=True, due_share=Fraction(3, 5)
    )
    row = row_of(sheet(with_projects(changed), "重点项目推进情况表"), "改")
    assert row[column("light")] == "绿→黄"
    assert "按本项目分月计划60.0%计算序时" in str(row[column("note")])
    said = " ".join(text for _, items in notes.chapters(with_projects(changed)) for _, text in items)
    assert "本期调整1个（改：系统绿→人工黄）" in said


def test_sums_owe_what_their_rows_owe_unless_the_month_was_frozen_before() -> None:
    own = key_project(name="甲", plan_yuan=10**8, done_yuan=6 * 10**7, due_share=Fraction(3, 5), has_own_curve=True)
    usual = key_project(name="乙", plan_yuan=10**8, done_yuan=75 * 10**6, due_share=Fraction(3, 4))
    before = with_projects(own, usual)
    for briefing, points, words in (
        (before, Decimal("-7.5"), "小计与合计按9÷12计算"),
        (replace(before, sums_follow_plans=True), Decimal("0.0"), "各项目应完成数（年度计划×各自序时）之和"),
    ):
        found = sheet(briefing, "重点项目推进情况表")
        assert row_of(found, "合计（2个，剔重）")[column("deviation")] == points
        assert any(words in str(value) for row in rows(found) for value in row.values())


def test_a_project_stands_in_its_highest_group_once() -> None:
    found = sheet(september(), "重点项目推进情况表")
    labels = [str(row[2]) for row in rows(found) if row.get(1) in ("一", "二", "三", "四")]
    assert labels == [
        "市重点项目（6个，其中新开工4个）",
        "区重点项目（2个，其中新开工1个）",
        "省集中开工项目（4个，其中2个已列市重点，本组列2个）",
        "经开区重点推进项目（8个，其中新开工6个）",
    ]
    names = [row.get(2) for row in rows(found)]
    assert all(names.count(project.name) == 1 for project in september().key_projects)


def test_a_list_shown_wholly_elsewhere_keeps_its_row() -> None:
    double = key_project(name="双", lists=(KeyList.CITY, KeyList.PROVINCE_BATCH))
    labels = [row.get(2) for row in rows(sheet(with_projects(double), "重点项目推进情况表"))]
    assert "省集中开工项目（1个，其中1个已列市重点，本组不重复列示）" in labels


@pytest.mark.parametrize(("count", "divided"), [(4, False), (5, True)])
def test_only_larger_groups_are_divided_by_industry(count: int, divided: bool) -> None:
    kinds = (IndustryGroup.LEAD, IndustryGroup.OTHER)
    projects = [key_project(name=f"甲{n}", industry_group=kinds[n % 2]) for n in range(count)]
    marks = [row.get(1) for row in rows(sheet(with_projects(*projects), "重点项目推进情况表"))]
    assert ("（一）" in marks) is divided
    assert [mark for mark in marks if isinstance(mark, int)][-count:] == list(range(1, count + 1))


def test_group_growth_counts_only_projects_with_a_base() -> None:
    based = key_project(done_yuan=120, last_year_yuan=100)
    new = key_project(done_yuan=999, last_year_yuan=None)
    values = key_projects.sums(september(), [based, new])
    assert values["change"] == Fraction(1, 5)
    assert key_projects.sums(september(), [new])["change"] == DASH


def test_texts_are_cut_for_print() -> None:
    row = row_of(sheet(with_projects(key_project(name="长", content=LONG, problem=LONG)), "重点项目推进情况表"), "长")
    assert len(str(row[column("content")])) <= 81
    assert len(str(row[column("problem")])) <= 61
    assert str(row[column("problem")]).endswith("……")


def test_only_the_office_copy_has_telephone_numbers() -> None:
    public, office = (render(september(), audience=audience) for audience in Audience)
    assert b"138****0101" not in _texts(public)
    assert b"138****0101" in _texts(office)


def _texts(content: bytes) -> bytes:
    book = load_workbook(BytesIO(content))
    return "\n".join(str(cell.value) for sheet in book for row in sheet.iter_rows() for cell in row).encode()
