from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest

from reports.preview import Shown, as_printed, table
from reports.sheet import Format, Value
from tests.reports.sample import september, sheet


@pytest.mark.parametrize(
    ("value", "format_", "text"),
    [
        (Decimal("229.7"), Format.YI, "229.70"),
        (Decimal("-0.02"), Format.YI, "−0.02"),
        (37400, Format.COUNT, "37,400"),
        (Fraction(31, 40), Format.RATE, "77.5%"),
        (Fraction(-2, 11), Format.CHANGE, "−18.2%"),
        (Fraction(1, 9999), Format.CHANGE, "0.0%"),
        (Decimal("0.2"), Format.POINTS, "+0.2"),
        (date(2022, 3, 18), Format.MONTH, "2022.03"),
        (date(2022, 3, 18), Format.DAY, "2022-03-18"),
        ("未报", Format.YI, "未报"),
        (Decimal("18.1"), Format.TEXT, "18.1"),
        (0, Format.COUNT, "0"),
        (None, Format.YI, ""),
    ],
)
def test_values_read_as_excel_prints_them(value: Value, format_: Format, text: str) -> None:
    assert as_printed(value, format_) == text


def test_a_sheet_becomes_rows_of_a_table_without_holes() -> None:
    found = sheet(september(), "签约项目一览表")
    shown = table(found)
    assert shown[0] == [Shown("签约项目一览表（2022年1–9月）", "title", "center", 1, 17)]
    assert all(sum(cell.across for cell in row) == 17 for row in shown[4:])
    total = next(row for row in shown if len(row) > 1 and row[1].text.startswith("合计"))
    assert [cell.text for cell in total if cell.text] == [
        "合计（62个，其中外资11个）",
        "229.70",
        "37,400",
        "169.41",
        "578,000",
    ]
    assert {cell.look for cell in total} == {"total"}


def test_chart_data_beside_the_print_area_is_not_shown() -> None:
    texts = {cell.text for row in table(sheet(september(), "统计汇总")) for cell in row}
    assert "表2　签约项目按产业" in texts
    assert "图2数据" not in texts
