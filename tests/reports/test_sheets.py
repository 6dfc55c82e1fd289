"""What holds for every sheet, and the smaller tables."""

from collections import Counter
from dataclasses import replace
from datetime import date
from decimal import Decimal
from io import BytesIO

import pytest
from openpyxl import load_workbook

from crm.rules.days import Month
from crm.rules.figures import half_up, in_yi, printed
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing, Section
from reports.briefing.layout import Audience
from reports.briefing.render import file_name, render, sheets
from reports.briefing.sheets import cover, notes, outings, waiting
from reports.briefing.text import overview
from reports.fitting import pixels
from reports.sheet import Look, Value
from tests.reports.sample import (
    LONG,
    column,
    empty,
    huge,
    row_of,
    rows,
    september,
    sheet,
    signed,
)

ALL = [september(), empty(), huge(60, 90)]


@pytest.mark.parametrize("briefing", ALL, ids=["september", "empty", "huge"])
@pytest.mark.parametrize("audience", list(Audience))
def test_merged_areas_never_overlap_and_stay_on_the_sheet(briefing: Briefing, audience: Audience) -> None:
    for found in sheets(briefing, audience=audience):
        covered = Counter(
            (row, column)
            for area in found.canvas.merges
            for row in range(area.top, area.bottom + 1)
            for column in range(area.left, area.right + 1)
        )
        assert not [place for place, times in covered.items() if times > 1]
        assert max((column for _, column in covered), default=1) <= len(found.canvas.widths)


@pytest.mark.parametrize(
    "layout", [sheet for sheet in DEFAULT.sheets if len(sheet.head_heights) > 1], ids=lambda s: s.key
)
def test_heads_cover_every_column_at_every_level(layout: object) -> None:
    found = next(s for s in sheets(september()) if s.name == layout.tab)  # type: ignore[attr-defined]
    levels = range(3, 3 + len(layout.head_heights))  # type: ignore[attr-defined]
    looks = {found.canvas.cells[row, c].style.look for row in levels for c in range(1, len(found.canvas.widths) + 1)}
    assert looks == {Look.HEAD, Look.SUBHEAD}


@pytest.mark.parametrize("briefing", ALL, ids=["september", "empty", "huge"])
def test_every_printed_row_has_a_height_and_every_cell_a_column(briefing: Briefing) -> None:
    for found in sheets(briefing):
        assert set(found.canvas.heights) == set(range(1, found.canvas.last_row + 1))
        assert max(found.canvas.heights.values()) <= 400
        assert max(column for _, column in found.canvas.cells) <= len(found.canvas.widths)
        assert max(row for row, column in found.canvas.cells if column <= found.print_columns) <= found.canvas.last_row


def test_the_tabs_and_the_files_name() -> None:
    names = ["封面综述", "重点项目推进情况表", "签约项目一览表", "在谈项目情况表", "未开工未投产项目", "统计汇总"]
    assert [found.name for found in sheets(september())] == [
        *names,
        "问题与交办清单",
        "招商活动与外出",
        "调整说明",
        "编制说明",
    ]
    assert file_name(september()) == "演示经济技术开发区重点项目推进月度工作简报（2022年9月）.xlsx"


def test_signed_groups_add_up_to_the_total_without_the_frameworks() -> None:
    found, at = sheet(september(), "签约项目一览表"), column("total", "signed")
    sums: Counter[Look] = Counter()
    for (row, c), cell in found.canvas.cells.items():
        look = found.canvas.cells[row, 1].style.look
        if c == at and isinstance(cell.value, Decimal):
            sums[look] += cell.value  # type: ignore[assignment]
    assert sums[Look.TOTAL] == sums[Look.GROUP] == sums[Look.BODY] == Decimal("229.7")
    assert sums[Look.MUTED] == 28


def test_the_overview_states_the_figures_of_the_cells() -> None:
    book = load_workbook(BytesIO(render(september())))
    texts = {c.section: "".join(p.text for p in c.paragraphs) for c in overview(september())}
    totals = next(row for row in book["重点项目推进情况表"].iter_rows(values_only=True) if "合计" in str(row[1]))
    for key, places in (("total", 2), ("plan", 2), ("month", 2), ("done", 2)):
        figure = printed(Decimal(str(totals[column(key) - 1])), places)
        assert f"{figure}亿元" in texts[Section.OVERALL]
    assert f"占年度计划的{printed(Decimal(str(totals[column('rate') - 1])) * 100, 1)}%" in texts[Section.OVERALL]
    line = next(row for row in book["统计汇总"].iter_rows(values_only=True) if row[0] == "签约")
    for figure in (
        f"{line[1]}个",
        f"{line[2]}个",
        printed(Decimal(str(line[7])), 2),
        printed(Decimal(str(line[8])), 2),
    ):
        assert figure in texts[Section.INVESTMENT]
    for share in (line[4], line[6], line[10], line[12], line[16]):
        assert printed(Decimal(str(share)) * 100, 1) + "%" in texts[Section.INVESTMENT]
    board = next(str(row[1]) for row in book["问题与交办清单"].iter_rows(values_only=True) if "合计" in str(row[1]))
    assert board == "合计（16项：已办结5、办理中9、超期2；按期办结率71.4%）"
    assert "16项，已办结5项、办理中9项、超期2项" in texts[Section.PROBLEMS]


def test_signed_this_month_comes_first_in_the_remark_and_a_supplement_is_no_new_project() -> None:
    new = signed(name="新", signed_on=date(2022, 9, 30), note="更名")
    old = signed(name="旧", signed_on=date(2022, 8, 31), note="")
    more = signed(name="增", signed_on=date(2022, 9, 1), counts=False, note="增资")
    found = sheet(replace(september(), signed=(new, old, more)), "签约项目一览表")
    at = column("note", "signed")
    assert [row_of(found, name)[at] for name in ("新", "旧", "增")] == ["本月新签约；更名", None, "增资"]
    assert any(str(row.get(2)).startswith("合计（2个") for row in rows(found))


@pytest.mark.parametrize(
    ("due", "expected"),
    [(None, "未约定"), (date(2022, 9, 30), "未到期"), (date(2022, 10, 1), "未到期"), (date(2022, 9, 1), 29)],
)
def test_days_past_the_promise(due: date | None, expected: Value) -> None:
    shown = waiting.overdue(due, date(2022, 9, 30))
    assert getattr(shown, "value", shown) == expected


def test_a_long_list_of_activities_comes_before_the_summary_and_repeats_its_head() -> None:
    many = replace(september(), outings=september().outings * 5)
    short, long = sheet(september(), "招商活动与外出"), sheet(many, "招商活动与外出")
    assert (short.page.repeat, long.page.repeat) == ((1, 2), (2, 3))
    assert long.canvas.cells[3, 1].value == "序号"
    assert [row[1] for row in rows(long)].index("序号") < [row[1] for row in rows(long)].index("类别")


def test_no_more_waiting_projects_are_listed_than_a_page_holds() -> None:
    queue = september().not_started
    long = replace(september(), not_started=replace(queue, rows=queue.rows * 9))
    found = sheet(long, "未开工未投产项目")
    assert found.page.one_page
    assert any("下列总投资前10位" in str(row.get(1)) for row in rows(found))


def test_activities_are_summed_with_dashes_for_what_does_not_apply() -> None:
    found = dict(outings.summary_rows(september()))
    assert found["合计"] == (56, 576, 457, 4470, 286, 98, 23)
    assert found["协调会/碰头会"][-3:] == (None, None, None)


def test_every_width_of_the_cover_carries_its_prose() -> None:
    found = sheet(september(), "封面综述")
    width = sum(map(pixels, found.canvas.widths))
    assert "".join(cover.pieces(LONG, width)) == LONG
    assert len(cover.pieces(LONG, width)) > 2
    assert cover.pieces("短。", width) == ["短。"]


def test_a_heading_never_ends_a_page_of_the_cover() -> None:
    for briefing in ALL:
        found = sheet(briefing, "封面综述")
        for last in found.canvas.breaks:
            assert found.canvas.cells[last, 1].style.look is not Look.PROSE_HEAD


def test_the_key_table_leaves_last_years_list_of_key_projects_out() -> None:
    names = {name: measure for name, measure, _ in cover.key_rows(september())}
    assert half_up(in_yi(names["重点项目投资"].year or 0), 2) == Decimal("25.43")
    assert names["重点项目投资"].last_year is None


def test_an_unissued_month_says_so_and_an_issued_one_its_number() -> None:
    preview, issued = (str(sheet(b, "封面综述").canvas.cells[3, 1].value) for b in (empty(), september()))
    assert preview == "2023年1月（预览，未签发）"
    assert issued == "2022年第9期（总第21期）"
    assert sheet(empty(), "编制说明").footer.left == "内部资料"
    assert sheet(september(), "编制说明").footer.left.startswith("演示数据")


@pytest.mark.parametrize("month", [Month(2023, 1), Month(2023, 12)])
def test_an_empty_month_says_that_there_is_nothing(month: Month) -> None:
    values = {cell.value for found in sheets(empty(month)) for cell in found.canvas.cells.values()}
    texts = {value for value in values if isinstance(value, str)}
    assert {"本年度暂无列入计划的重点项目", "本月无在谈项目", "本月无交办事项"} <= texts
    assert not {text for text in texts if "None" in text}


def test_the_notes_state_what_is_counted_beside() -> None:
    said = dict(item for _, items in notes.chapters(september()) for item in items)
    assert said["已报未核"] == "另有已报未核：签约2个（3.10亿元）、开工1个，均未计入各表。"
    assert "1美元＝7.10元人民币（2022-09-30，演示汇率）" in said["外资"]
    assert "由0.99亿元调整为0.97亿元" in said["对往期调整"]
    assert "溯源冷链智能装备项目9月进度未按时报送" in said["未报送"]
