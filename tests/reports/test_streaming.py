"""Long workbooks: what they hold whatever was typed, and that memory holds one batch of them."""

from __future__ import annotations

import io
import shutil
import subprocess
import weakref
from datetime import date
from pathlib import Path

import openpyxl
import pytest

from crm.choices import CapitalKind, Stage, Status
from crm.queries.project_rows import Row
from crm.rules.days import start_of
from reports import ledgers
from reports.ledgers import PROJECT_COLUMNS, Beside

ON = date(2022, 10, 20)
NASTY = (
    "=HYPERLINK(1)", "+1", "a<b>&c\"'", " 前后 ", "两\n行", "回\r车", "控\x00制\x0b符", "_x0041_", "\ud800半", "\uffff", "表\t格",
    "𠮷" * 20_000, "\x01", "平常", "",
)  # fmt: skip


def make_row(number: int, **values):
    plain = {
        "id": number, "code": f"YH-{number}", "name": f"项目{number}", "company": "某公司", "stage": Stage.SIGNED,
        "stage_since_on": date(2022, 1, 31), "status": Status.ACTIVE, "capital_kind": CapitalKind.FOREIGN,
        "total_yuan": 123_456_789, "foreign_usd": 42_000_000, "unit": "一组", "registered_at": start_of(ON), "site": "",
    }  # fmt: skip
    return Row(**{**dict.fromkeys(Row._fields), **plain, **values})


def written(batches, keys=("code", "name", "total", "foreign", "since", "arrived")):
    file = io.BytesIO()
    count = ledgers.projects(file, batches, Beside(ON), "专员 & 导出", keys)
    return count, file.getvalue()


def cells(data):
    return list(openpyxl.load_workbook(io.BytesIO(data)).active.iter_rows(values_only=True))


def test_whatever_was_typed_is_text_and_the_sums_are_values():
    rows = [make_row(n, name=name, arrived_yuan=10**8 if n == 1 else None) for n, name in enumerate(NASTY, 1)]
    count, data = written([rows[:4], rows[4:]])
    sheet = openpyxl.load_workbook(io.BytesIO(data)).active
    assert count == len(NASTY) and sheet.max_row == count + 2
    names = [sheet.cell(line, 2) for line in range(2, count + 2)]
    assert all(cell.data_type in ("s", "inlineStr") or cell.value is None for cell in names)
    # A spreadsheet reads _x005F_ as the mark it is; openpyxl shows it.
    assert [cell.value or None for cell in names] == [
        "=HYPERLINK(1)", "+1", "a<b>&c\"'", " 前后 ", "两\n行", "回\n车", "控制符", "_x005F_x0041_", "半", None, "表\t格",
        "𠮷" * 16_383, None, "平常", None,
    ]  # fmt: skip
    assert sheet.cell(2, 3).value == 1.23456789 and sheet.cell(2, 4).value == 4200
    assert sheet.cell(2, 5).value.date() == date(2022, 1, 31) and sheet.cell(2, 5).number_format == "yyyy-mm-dd"
    last = [sheet.cell(count + 2, place).value for place in range(1, 7)]
    assert last == [f"合计 {count} 个", None, 123_456_789 * count / 10**8, 4200 * count, None, 1]
    assert sheet.freeze_panes == "C2" and sheet.auto_filter.ref == f"A1:F{count + 1}"
    assert sheet.column_dimensions["B"].width > 30 and sheet.print_title_rows == "$1:$1"


def test_an_empty_list_is_a_workbook_too():
    count, data = written([])
    assert count == 0 and cells(data)[1][0] == "合计 0 个"


def test_memory_holds_a_batch_or_two_however_many_there_are():
    class Rows(list):
        """A list one can watch."""

    made, alive = [], []

    def batches():
        for start in range(0, 80, 10):
            alive.append(sum(1 for rows in made if rows() is not None))
            rows = Rows(make_row(n) for n in range(start, start + 10))
            made.append(weakref.ref(rows))
            yield rows
            del rows

    assert written(batches())[0] == 80
    assert max(alive) == 1  # the last one, when the next is asked for


@pytest.mark.parametrize("key", PROJECT_COLUMNS)
def test_each_column_names_what_it_reads(key):
    column = PROJECT_COLUMNS[key]
    values = {
        "company": "甲", "country": "德国", "industry": "芯片", "lead": "张", "area": "东区", "site": "A1", "jobs_count": 5,
        "last_contact_on": date(2022, 1, 1), "planned_start_on": date(2022, 2, 1), "is_fortune_500": True, "fixed_yuan": 1,
        "expected_sign_on": ON, "planned_finish_on": ON, "protected_until_on": ON, "confidence_percent": 3,
        "arrived_yuan": 4,
    }  # fmt: skip
    whole = make_row(1, **values)
    needed = Row._make(value if name in column.reads else None for name, value in zip(Row._fields, whole, strict=True))
    assert column.value(needed, Beside(ON)) == column.value(whole, Beside(ON))


@pytest.mark.skipif(shutil.which("soffice") is None, reason="no LibreOffice")
def test_libreoffice_opens_it(tmp_path: Path):
    (tmp_path / "list.xlsx").write_bytes(written([[make_row(n) for n in range(3)]])[1])
    command = [
        "soffice",
        f"-env:UserInstallation=file://{tmp_path}/office",
        "--headless",
        "--convert-to",
        "csv",
        "list.xlsx",
    ]
    subprocess.run(command, cwd=tmp_path, check=True, capture_output=True, timeout=120)
    lines = (tmp_path / "list.csv").read_text(encoding="utf-8", errors="replace").splitlines()
    assert len(lines) == 5 and "2022-01-31" in lines[1] and "1.23" in lines[1]
