from dataclasses import replace
from decimal import Decimal

import pytest

from reports.briefing.default_layout import DEFAULT, KEY_PROJECTS
from reports.briefing.layout import (
    SMALLEST_POINTS,
    Audience,
    Column,
    SheetLayout,
    findings,
    numbered,
    prepared,
    printed_points,
)
from reports.fitting import pixels
from reports.sheet import Align, Format

TABLES = [sheet for sheet in DEFAULT.sheets if sheet.columns]


def layout(*columns: Column) -> SheetLayout:
    return SheetLayout("test", "测试", "测试", "", columns)


@pytest.mark.parametrize("sheet", TABLES, ids=lambda sheet: sheet.key)
@pytest.mark.parametrize("audience", list(Audience))
def test_every_default_column_has_a_head_and_prints_large_enough(sheet: SheetLayout, audience: Audience) -> None:
    columns = prepared(sheet, audience)
    assert findings(sheet) == []
    assert all(part.strip() for column in columns for part in column.head)
    assert printed_points(sheet, columns) >= SMALLEST_POINTS


def test_the_key_project_table_has_the_thirty_columns_as_thirty_one() -> None:
    numbers = numbered(prepared(KEY_PROJECTS), due="75.0")
    assert len(numbers) == 31
    assert numbers[14:16] == ["15=14÷12", "16=15−75.0"]
    assert numbers[17:19] == [18, Decimal("18.1")]
    assert numbers[-1] == 30


def test_hiding_a_column_renumbers_and_drops_formulas_over_it() -> None:
    kept = tuple(replace(c, visible=c.visible and c.key != "plan") for c in KEY_PROJECTS.columns)
    hidden = replace(KEY_PROJECTS, columns=kept)
    numbers = dict(zip((c.key for c in prepared(hidden)), numbered(prepared(hidden), due="75.0"), strict=True))
    assert numbers["month"] == 12
    assert numbers["rate"] == 14
    assert numbers["deviation"] == "15=14−75.0"


def test_freed_width_goes_to_the_text_columns() -> None:
    wide = layout(
        Column("serial", ("序号",), 5, Align.CENTER, locked=True),
        Column("a", ("甲",), 10),
        Column("b", ("乙",), 20),
        Column("n", ("数",), 8, Align.RIGHT, Format.COUNT),
        Column("gone", ("丙",), 12, visible=False),
    )
    columns = {column.key: column.width for column in prepared(wide)}
    assert (columns["serial"], columns["n"]) == (5, 8)
    assert columns["b"] == pytest.approx(2 * columns["a"], abs=0.05)
    assert sum(map(pixels, columns.values())) == pytest.approx(sum(pixels(c.width) for c in wide.columns), abs=1)


def test_the_office_copy_alone_shows_telephone_numbers_within_the_same_width() -> None:
    everyone, office = prepared(KEY_PROJECTS), prepared(KEY_PROJECTS, Audience.OFFICE)
    assert "phone" not in {column.key for column in everyone}
    assert "phone" in {column.key for column in office}
    width = sum(pixels(column.width) for column in everyone)
    assert sum(pixels(column.width) for column in office) == pytest.approx(width, abs=2)


@pytest.mark.parametrize(
    ("columns", "part"),
    [
        ((Column("a", ("甲",), 9), Column("a", ("乙",), 9)), "重复"),
        ((Column("a", ("",), 9),), "没有表头"),
        ((Column("a", ("甲",), 9, locked=True, visible=False), Column("b", ("乙",), 9)), "不能隐藏"),
        ((Column("a", ("组", "甲"), 9), Column("b", ("乙",), 9), Column("c", ("组", "丙"), 9)), "不相邻"),
        (tuple(Column(f"k{i}", (f"列{i}",), 12) for i in range(40)), "打印字号"),
    ],
)
def test_what_forbids_saving(columns: tuple[Column, ...], part: str) -> None:
    found = findings(layout(*columns))
    assert len(found) == 1
    assert part in found[0]
