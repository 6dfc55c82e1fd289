"""Lists in styles nobody designed for: what the clerk wrote is what must be read."""

from __future__ import annotations

import csv
import io

import openpyxl
import pytest

from crm import sheets
from crm.rules.ledger import read_ledger, show
from tests.rules.ledger.clerks import Clerk
from tests.rules.ledger.grids import ledger


@pytest.mark.parametrize("seed", range(250))
def test_a_clerks_list_is_read_as_it_was_meant(seed):
    written = Clerk(seed).write()
    rows = [row for _, row in ledger(written.sheet).projects]
    assert [row.name for row in rows] == written.names
    assert sum(row.total.yuan or 0 for row in rows if row.total) == written.yuan
    assert sum(1 for row in rows if not row.total or not row.total.sure) == written.unsure


def as_xlsx(sheet):
    book = openpyxl.Workbook()
    for row in sheet.rows:
        book.active.append(row)
    for span in sheet.merged:
        book.active.merge_cells(None, span.top + 1, span.left + 1, span.bottom + 1, span.right + 1)
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


def as_csv(sheet):
    file = io.StringIO(newline="")
    csv.writer(file).writerows([show(cell) for cell in row] for row in sheet.rows)
    return file.getvalue().encode("gb18030")


@pytest.mark.parametrize("seed", range(20))
@pytest.mark.parametrize("saved", [as_xlsx, as_csv])
def test_a_clerks_list_comes_through_a_file(seed, saved):
    written = Clerk(seed).write()
    found = read_ledger(sheets.read(saved(written.sheet), "台账"))
    assert [row.name for _, row in found.projects] == written.names
    assert found.total_yuan == written.yuan
