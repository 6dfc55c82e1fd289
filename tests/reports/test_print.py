"""The workbook as paper: printed by LibreOffice, read back from the PDF. Skipped where there is no LibreOffice."""

import shutil
import subprocess
from collections.abc import Callable
from dataclasses import replace

import pytest

from crm.choices import KeyList
from crm.rules.overlaps import ListSet
from reports.briefing.changes import layout_of
from reports.briefing.facts import Briefing
from reports.briefing.layout import Audience
from reports.briefing.render import render, sheets
from tests.reports.sample import empty, huge, september
from tests.reports.test_changes import OFFICE as OFFICE_LAYOUT

OFFICE = shutil.which("soffice") or shutil.which("libreoffice")
READER = shutil.which("pdftotext")

pytestmark = [
    pytest.mark.slow,
    pytest.mark.skipif(
        not OFFICE, reason="NOT RUN: no LibreOffice on this machine, so nobody saw the briefing on paper"
    ),
    pytest.mark.skipif(not READER, reason="NOT RUN: no pdftotext (poppler-utils) to read the printed briefing back"),
]

OVERLAPPING = (
    ListSet((KeyList.CITY,), 4, 10**9),
    ListSet((KeyList.CITY, KeyList.PROVINCE_BATCH), 2, 5 * 10**8),
    ListSet((KeyList.ZONE,), 12, 4 * 10**9),
)
Printer = Callable[[Briefing, Audience], list[str]]


@pytest.fixture(scope="module")
def printer(tmp_path_factory: pytest.TempPathFactory) -> Callable[[bytes], list[str]]:
    """The text of every printed page of a workbook."""
    folder = tmp_path_factory.mktemp("print")

    def to_pages(data: bytes) -> list[str]:
        file = folder / "briefing.xlsx"
        file.write_bytes(data)
        _run(str(OFFICE), f"-env:UserInstallation={(folder / 'profile').as_uri()}", "--headless", "--convert-to", "pdf",
             "--outdir", str(folder), str(file))  # fmt: skip
        text = _run(str(READER), "-layout", str(file.with_suffix(".pdf")), "-")
        return text.split("\f")[:-1]

    return to_pages


@pytest.fixture(scope="module")
def printed(printer: Callable[[bytes], list[str]]) -> Printer:
    """The text of every printed page."""
    return lambda briefing, audience: printer(render(briefing, audience=audience))


@pytest.fixture
def printed_layout(printer: Callable[[bytes], list[str]]) -> list[str]:
    """The pages of September as an office has it laid out."""
    return printer(render(september(), layout_of(OFFICE_LAYOUT)))


def _run(*command: str) -> str:
    return subprocess.run(command, check=True, capture_output=True, text=True, timeout=180).stdout


@pytest.mark.parametrize(
    ("briefing", "audience"),
    [
        (september(), Audience.ALL),
        (replace(september(), list_sets=OVERLAPPING), Audience.OFFICE),
        (empty(), Audience.ALL),
        (huge(), Audience.ALL),
    ],
    ids=["september", "office", "empty", "huge"],
)
def test_pages_end_where_they_were_meant_to(printed: Printer, briefing: Briefing, audience: Audience) -> None:
    pages = printed(briefing, audience)
    planned = [(sheet, len(sheet.canvas.breaks) + 1) for sheet in sheets(briefing, audience=audience)]
    assert len(pages) == sum(count for _, count in planned)
    assert not [number for number, page in enumerate(pages, 1) if "###" in page]
    first = 0
    for sheet, count in planned:
        for number, page in enumerate(pages[first : first + count], first + 1):
            assert f"第{number}页共{len(pages)}页" in page.replace(" ", "")
            assert sheet.footer.right.replace(" ", "") in page.replace(" ", "")
            assert _head(sheet.name) in page.replace(" ", "")
        first += count


def test_an_offices_own_layout_prints_as_planned(printed_layout: list[str]) -> None:
    planned = [(sheet.name, len(sheet.canvas.breaks) + 1) for sheet in sheets(september(), layout_of(OFFICE_LAYOUT))]
    assert len(printed_layout) == sum(count for _, count in planned)
    text = "".join(printed_layout).replace(" ", "")
    assert "###" not in text
    for words in ("项目概况", "领导批示", "红黄灯项目（2022年9月）"):
        assert words in text
    assert "招商活动与外出" not in text


def _head(name: str) -> str:
    """What stands on every page of a sheet: its repeated rows."""
    heads = {
        "封面综述": "",
        "重点项目推进情况表": "主要建设内容及规模",
        "签约项目一览表": "投资规模",
        "编制说明": "说明",
    }
    return heads.get(name, "填报单位")
