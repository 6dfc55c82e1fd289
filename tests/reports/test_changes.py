"""An office's layout as differences by key: what they make of the default, what is refused and at which field."""

from __future__ import annotations

import json
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import load_workbook

from crm.choices import KeyList, Light
from reports.briefing import changes, drafting
from reports.briefing.changes import layout_of, moved
from reports.briefing.default_layout import DEFAULT
from reports.briefing.drafting import Typed, told_of, typed_of
from reports.briefing.layout import SMALLEST_POINTS, SheetLayout, findings, numbered, prepared, put_in
from reports.briefing.render import render, sheets
from reports.briefing.selection import FILTERS
from reports.sheet import Look, Sheet
from tests.reports.sample import september

BASE = "基本情况"
BEFORE = [column.key for column in DEFAULT.sheet("key_projects").columns]
OFFICE: dict[str, Any] = {
    "sheets": {
        "key_projects": {
            "tab": "重点项目",
            "title": "{zone}重点项目（{month}）",
            "order": BEFORE[: BEFORE.index("builder") + 1] + ["content"] + [k for k in BEFORE[4:] if k != "content"],
            "groups": {BASE: "项目概况"},
            "free": ["free_1"],
            "columns": {
                "builder": {"head": "投资方", "width": 14.0},
                "code": {"visible": True},
                "years": {"visible": False},
                "site": {"visible": False},
                "plan": {"visible": False},
                "free_1": {"head": "领导批示"},
            },
        },
        "outings": {"visible": False},
        "waiting": {"columns": {"state": {"head": "原因", "twin": "进度"}}},
        "custom_1": {"tab": "红黄灯项目", "title": "红黄灯项目（{month}）"},
    },
    "order": [
        "signed",
        "key_projects",
        "negotiations",
        "waiting",
        "statistics",
        "assignments",
        "outings",
        "adjustments",
    ],
    "custom": [{"key": "custom_1", "source": "key_projects", "filters": {"light": ["red", "yellow"]}}],
}


def printed(document: dict[str, Any]) -> dict[str, Sheet]:
    return {sheet.name: sheet for sheet in sheets(september(), layout_of(document))}


def test_no_differences_are_the_default() -> None:
    assert layout_of({}).sheets == DEFAULT.sheets
    assert render(september(), layout_of({})) == render(september())


def test_the_document_survives_json_and_the_page() -> None:
    document = json.loads(json.dumps(OFFICE))
    assert layout_of(document) == layout_of(OFFICE)
    made = document
    for sheet in layout_of(document).sheets:
        base = changes.base(document, sheet.key)
        told, problems = told_of(base, typed_of(sheet, base), hidden=not sheet.visible)
        assert problems == {}
        made = changes.with_sheet(made, sheet.key, told)
    assert layout_of(made) == layout_of(OFFICE)


def test_an_office_renames_orders_hides_adds() -> None:
    book = printed(OFFICE)
    assert list(book) == [
        "封面综述", "签约项目一览表", "重点项目", "在谈项目情况表", "未开工未投产项目", "统计汇总", "问题与交办清单",
        "调整说明", "红黄灯项目", "编制说明",
    ]  # fmt: skip
    texts = [
        cell.value for cell in book["重点项目"].canvas.cells.values() if cell.style.look in (Look.HEAD, Look.SUBHEAD)
    ]
    assert {"项目概况", "投资方", "项目编号", "领导批示"} <= set(texts)
    assert not {BASE, "建设单位\n（投资方）", "年度\n计划\n投资"} & set(texts)
    assert "招商活动与外出" not in str(book["封面综述"].canvas.cells)
    keys = [column.key for column in prepared(layout_of(OFFICE).sheet("key_projects"))]
    assert keys[:5] == ["serial", "name", "code", "builder", "content"]
    assert keys[-1] == "free_1"
    twin = {column.key: column.head for column in layout_of(OFFICE).sheet("waiting").twin}
    assert twin["state"] == ("进度",)


def test_formulas_of_the_ordinals_follow_and_one_over_a_hidden_column_is_left_out() -> None:
    columns = prepared(layout_of(OFFICE).sheet("key_projects"))
    numbers = dict(zip((column.key for column in columns), numbered(columns, due="75.0"), strict=True))
    assert isinstance(numbers["rate"], int)
    assert numbers["deviation"] == f"{int(numbers['rate']) + 1}={numbers['rate']}−75.0"


@pytest.mark.parametrize("document", [{}, OFFICE], ids=["default", "office"])
def test_groups_add_up_to_the_total_and_nothing_is_a_formula(document: dict[str, Any]) -> None:
    layout = layout_of(document)
    sheet = layout.sheet("key_projects")
    found = next(one for one in sheets(september(), layout) if one.name == sheet.tab)
    keys = [column.key for column in prepared(sheet)]
    for key in ("total", "month", "done"):
        column = keys.index(key) + 1
        sums = {
            look: sum(
                cell.value or 0
                for (_row, at), cell in found.canvas.cells.items()
                if at == column and cell.style.look is look and not isinstance(cell.value, str)
            )
            for look in (Look.TOTAL, Look.GROUP)
        }
        assert sums[Look.TOTAL] == sums[Look.GROUP] != 0
    book = load_workbook(BytesIO(render(september(), layout)))
    assert not [cell for tab in book for row in tab.iter_rows() for cell in row if cell.data_type == "f"]


def test_merged_heads_never_overlap_after_changes() -> None:
    for sheet in printed(OFFICE).values():
        places = [
            (row, column)
            for area in sheet.canvas.merges
            for row in range(area.top, area.bottom + 1)
            for column in range(area.left, area.right + 1)
        ]
        assert len(places) == len(set(places)), sheet.name
        assert max(column for _row, column in sheet.canvas.cells) <= len(sheet.canvas.widths)


def test_a_sheet_of_the_offices_own_selects_rows() -> None:
    lights = [row for row in september().key_projects if row.light in (Light.RED, Light.YELLOW)]
    names = {cell.value for cell in printed(OFFICE)["红黄灯项目"].canvas.cells.values()}
    assert {row.name for row in lights} <= names
    assert not {row.name for row in september().key_projects if row not in lights} & names
    assert f"合计（{len(lights)}个，剔重）" in names


@pytest.mark.parametrize("source", list(FILTERS))
def test_every_filter_answers_every_row(source: str) -> None:
    sheet = replace(DEFAULT.sheet(source), key="custom_9", source=source)
    rows = getattr(september(), source)
    for one in FILTERS[source]:
        wanted = [value for value, _label in one.choices] or [""]
        if one.name != "state":
            assert all(one.passes(row, wanted) for row in rows), one.name
        assert not one.passes(rows[0], ["没有这样的"])
    assert sheet.rows_of == source


def test_a_column_of_a_new_release_stands_where_the_release_puts_it() -> None:
    assert changes.ordered(["a", "new", "b", "c"], ["c", "b", "a"]) == ["c", "b", "a", "new"]
    assert changes.ordered(["new", "a", "b"], ["b", "a"]) == ["new", "b", "a"]
    assert changes.ordered(["a", "b"], ["gone", "b", "b"]) == ["a", "b"]


def test_what_a_release_no_longer_knows_is_passed_over_and_said() -> None:
    old = {
        "sheets": {
            "key_projects": {"columns": {"gone": {"head": "旧"}}, "groups": {"旧组": "新"}},
            "lost": {"tab": "旧表"},
        },
        "custom": [{"key": "custom_1", "source": "lost", "filters": {}}],
    }
    assert layout_of(old).sheets == DEFAULT.sheets
    said = "".join(changes.ignored(old))
    assert said.count("已略过") == 4
    assert "“gone”" in said
    assert "“lost”" in said
    assert changes.ignored(OFFICE) == []


def test_moves_keep_groups_together() -> None:
    columns = DEFAULT.sheet("key_projects").columns
    order = [column.key for column in columns]
    for start in order:
        for step in (-1, 1):
            found, steps = order, 0
            while steps < 12:
                found, steps = moved(columns, found, start, step), steps + 1
                sheet = replace(
                    DEFAULT.sheet("key_projects"), columns=tuple(sorted(columns, key=lambda c: found.index(c.key)))
                )
                assert findings(sheet) == [], (start, step)
                assert found[:2] == ["serial", "name"]
                assert sorted(found) == sorted(order)
    assert moved(columns, order, "nobody", 1) == order
    assert moved(columns, order, "note", 1) == order


def typed(key: str = "key_projects", **more: Any) -> tuple[SheetLayout, Typed]:
    base = DEFAULT.sheet(key)
    return base, replace(typed_of(base, base), **more)


@pytest.mark.parametrize(
    ("more", "field", "words"),
    [
        ({"tab": ""}, "tab", "表名"),
        ({"tab": "重点[项目]"}, "tab", "Excel"),
        ({"tab": "长" * 32}, "tab", "最多"),
        ({"tab": "History"}, "tab", "Excel"),
        ({"title": ""}, "title", "标题"),
        ({"title": "{谁}的表"}, "title", "不认识"),
        ({"heads": {"builder": ""}}, "head.builder", "不能空着"),
        ({"heads": {"builder": "长" * 41}}, "head.builder", "最多"),
        ({"heads": {"builder": "{month.__class__}"}}, "head.builder", "不认识"),
        ({"widths": {"builder": "0"}}, "width.builder", "列宽"),
        ({"widths": {"builder": "nan"}}, "width.builder", "列宽"),
        ({"widths": {"builder": "abc"}}, "width.builder", "列宽"),
        ({"groups": {BASE: ""}}, f"group.{BASE}", "不能空着"),
    ],
)
def test_what_is_wrong_is_told_at_its_field(more: dict[str, Any], field: str, words: str) -> None:
    _told, problems = told_of(*typed(**more))
    assert list(problems) == [field]
    assert words in problems[field]


def test_locked_columns_keep_their_head_their_place_and_stay() -> None:
    base, fields = typed(visible=frozenset(), heads={"name": "别的", "light": "灯"}, order=("light", "name", "serial"))
    made = changes.changed(base, told_of(base, fields)[0])
    shown = [column for column in made.columns if column.visible]
    assert [(column.key, column.head[-1]) for column in shown] == [
        ("serial", "序号"),
        ("name", "项目名称"),
        ("light", "亮灯"),
    ]


def test_small_print_is_refused_with_columns_to_hide() -> None:
    base, fields = typed(visible=frozenset(column.key for column in DEFAULT.sheet("key_projects").columns))
    made = changes.changed(base, told_of(base, fields)[0])
    assert drafting.points(made) < SMALLEST_POINTS
    said = drafting.sheet_problems(DEFAULT.sheets, made)[""]
    assert "打印字号" in said
    assert "请隐藏“" in said
    wide, _fields = typed("key_projects", widths={"note": "90"})
    told, _problems = told_of(wide, _fields)
    assert "请隐藏“" in drafting.sheet_problems(DEFAULT.sheets, changes.changed(wide, told)).get("", "请隐藏“")


def test_two_sheets_of_one_name_are_refused() -> None:
    base, fields = typed(tab="统计汇总")
    made = changes.changed(base, told_of(base, fields)[0])
    assert "已有一张表" in drafting.sheet_problems(DEFAULT.sheets, made)["tab"]


def test_longer_heads_get_the_height_they_need() -> None:
    base = DEFAULT.sheet("signed")
    made = changes.changed(base, {"columns": {"officer": {"head": "招商主办人\n及联系人\n和其所在\n的招商组"}}})
    assert sum(made.head_heights) > sum(base.head_heights)
    assert changes.changed(base, {"columns": {"investor": {"head": "投资方名称"}}}).head_heights == base.head_heights


def test_cover_and_notes_stay_and_print() -> None:
    document = changes.with_order({}, ["notes", "signed", "cover", "key_projects"], ["cover", "notes", "signed"])
    keys = [sheet.key for sheet in layout_of(document).sheets]
    assert (keys[0], keys[1], keys[-1]) == ("cover", "signed", "notes")
    assert [sheet.key for sheet in layout_of(document).sheets if not sheet.visible] == ["signed"]
    assert changes.with_order(document, [sheet.key for sheet in DEFAULT.sheets], []) == {}


def test_differences_are_told_in_words() -> None:
    said = changes.differences({}, OFFICE)
    for words in (
        "新增表“红黄灯项目”",
        "调整各表的先后",
        "“重点项目”：表头“基本情况”改为“项目概况”",
        "隐藏“年度计划投资”",
        "列出“项目编号”",
    ):
        assert any(words in sentence for sentence in said), words
    assert changes.differences(OFFICE, OFFICE) == []
    assert "删去表“红黄灯项目”" in changes.differences(OFFICE, changes.without_custom(OFFICE, "custom_1"))


def test_what_is_put_into_titles_is_words_alone() -> None:
    values = {"month": "2022年9月"}
    assert put_in("{月份}{{month}}{zone}{0}{month.year}", values) == "2022年9月2022年9月{zone}{0}{month.year}"


def test_lists_of_the_sample_have_the_zones_projects() -> None:
    document = changes.with_filters(OFFICE, "custom_1", {"list": [KeyList.ZONE.value], "light": []})
    names = {cell.value for cell in printed(document)["红黄灯项目"].canvas.cells.values()}
    for row in september().key_projects:
        assert (row.name in names) == (KeyList.ZONE in row.lists)


def test_a_column_taken_elsewhere_goes_as_steps_would() -> None:
    columns = DEFAULT.sheet("key_projects").columns
    order = [column.key for column in columns]

    def neighbours(keys: list[str], key: str) -> tuple[str, str]:
        place = keys.index(key)
        return keys[place - 1], keys[place + 1]

    within = changes.placed(columns, order, "content", "area")
    assert neighbours(within, "content") == ("industry_group", "area")
    assert changes.placed(columns, within, "content", "site") == order
    # beyond its group the whole group goes, and passes others whole
    beyond = changes.placed(columns, order, "planned_start", "plan")
    assert beyond.index("production") < beyond.index("plan")
    assert [key for key in beyond if key in ("planned_start", "started", "start_days", "finish", "production")] == [
        "planned_start", "started", "start_days", "finish", "production",
    ]  # fmt: skip
    for kept in (("serial", "plan"), ("plan", "name"), ("nobody", "plan"), ("plan", "nobody"), ("plan", "plan")):
        made = changes.placed(columns, order, *kept)
        assert sorted(made) == sorted(order)
        assert made[:2] == ["serial", "name"]
    assert changes.placed(columns, order, "nobody", "plan") == order
    for target in order[2:]:
        made = replace(DEFAULT.sheet("key_projects"), columns=tuple(
            {column.key: column for column in columns}[key] for key in changes.placed(columns, order, "light", target)
        ))  # fmt: skip
        assert findings(made) == []
