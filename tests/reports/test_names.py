"""What an office calls its sheets and columns is what every text of the workbook calls them."""

from __future__ import annotations

import re
import zipfile
from dataclasses import replace
from io import BytesIO
from typing import Any

import pytest
from openpyxl import Workbook

from crm.choices import Light
from reports.briefing import checks
from reports.briefing.changes import layout_of
from reports.briefing.default_layout import DEFAULT
from reports.briefing.facts import Briefing
from reports.briefing.layout import Audience
from reports.briefing.render import file_name, render, sheets, title
from reports.briefing.template import fill
from reports.briefing.text import overview
from tests.reports.sample import empty, key_project, september
from tests.reports.test_passages import made

NAMED = {f"第{number}号表": sheet.key for number, sheet in enumerate(DEFAULT.sheets)}
RENAMED: dict[str, Any] = {
    "sheets": {key: {"tab": name, "title": f"{name}的题目"} for name, key in NAMED.items()}
    | {"custom_1": {"tab": "红灯", "title": "红灯"}},
    "custom": [{"key": "custom_1", "source": "key_projects", "filters": {"light": ["red"]}}],
}


def full() -> Briefing:
    """A month with so much of everything that every sentence that names a sheet is said."""
    month = september()
    red = tuple(key_project(name=f"红灯{n}", light=Light.RED, system_light=Light.RED, reported=n > 1) for n in range(8))
    return replace(month, key_projects=(*month.key_projects, *red), adjustments=month.adjustments * 6)


def texts(data: bytes) -> str:
    """Every part of a workbook: strings, names, references of charts, properties."""
    with zipfile.ZipFile(BytesIO(data)) as packed:
        return "\n".join(packed.read(name).decode() for name in packed.namelist() if name.endswith((".xml", ".rels")))


def default_names() -> set[str]:
    named = {part for sheet in DEFAULT.sheets for part in (sheet.tab, re.sub(r"（.*?）|\{.*?\}", "", sheet.title))}
    return named | {"附表1"}


def said(briefing: Briefing, document: dict[str, Any], audience: Audience = Audience.ALL) -> str:
    found = sheets(briefing, layout_of(document), audience)
    return "\n".join(str(cell.value) for sheet in found for cell in sheet.canvas.cells.values())


@pytest.mark.parametrize("audience", list(Audience))
@pytest.mark.parametrize("briefing", [full(), empty()], ids=["full", "empty"])
def test_no_sheet_keeps_its_default_name_anywhere(briefing: Briefing, audience: Audience) -> None:
    document = {**RENAMED, "order": ["adjustments", "statistics", "custom_1", "key_projects"]}
    found = texts(render(briefing, layout_of(document), audience))
    assert [name for name in default_names() if name in found] == []
    for name in NAMED:
        assert f'name="{name}"' in found


def test_texts_send_to_the_renamed_sheets() -> None:
    words = said(full(), {**RENAMED, "order": ["adjustments", "statistics", "custom_1", "key_projects"]})
    names = {key: name for name, key in NAMED.items()}
    assert f"逐项列入“{names['adjustments']}”" in words
    assert f"项见“{names['adjustments']}”" in words
    assert f"补报后列入下期{names['adjustments']}。" in words
    assert f"补报后在“{names['notes']}”列调整" in words
    assert f"汇率见“{names['notes']}”" in words
    assert f"与{names['signed']}“进展”栏不作勾稽" in words
    assert re.search("其余[0-9]+个见附表6。", words)  # what is not named in the order stands behind its neighbour
    assert f"6.\u00a0{names['key_projects']}" in words


def test_nobody_is_sent_to_a_sheet_that_is_hidden() -> None:
    hidden = {key: {"visible": False} for key in ("adjustments", "signed", "key_projects")}
    words = said(full(), {"sheets": hidden})
    for name in ("调整说明", "签约项目一览表", "附表1。", "不作勾稽"):
        assert name not in words
    assert re.search("；另有[0-9]+个。", words)
    assert re.search("；另有[0-9]+项。往期简报不改动", words)
    assert "补报后列入下期“对往期调整”。" in words


def test_notes_call_columns_by_their_names_and_leave_out_hidden_ones() -> None:
    def document(**columns: dict[str, Any]) -> dict[str, Any]:
        return {"sheets": {"key_projects": {"columns": columns}}}

    renamed = said(
        full(),
        document(
            lists={"head": "级\n别"}, note={"head": "附注"}, phone={"head": "手机"}, deviation={"head": "快慢(点)"}
        ),
    )
    assert "“级别”栏并列标注" in renamed
    assert "计算并在附注注明" in renamed
    assert "手机在传阅件中不予列示" in renamed
    assert "2. 快慢＝年度完成率－序时进度" in renamed
    hidden = said(full(), document(**{key: {"visible": False} for key in ("lists", "note", "phone", "change")}))
    for words in ("“项目级别”栏", "在备注注明", "在传阅件中不予列示", "同比记“—”，小计"):
        assert words not in hidden


def test_notes_of_the_other_tables_follow_too() -> None:
    columns = {
        "negotiations": {"columns": {"phone": {"visible": False}, "outlook": {"head": "意见"}}},
        "waiting": {"columns": {"overdue": {"head": "超期（天）"}}},
        "signed": {"columns": {"foreign": {"head": "外方（万美元）"}}, "groups": {"进展": "推进"}},
        "assignments": {"columns": {"due": {"head": "期限"}}},
    }
    words = said(full(), {"sheets": columns})
    assert "注：1. 基金类项目" in words
    assert "2. 30天以上未更新进度的项目由系统提示，意见为“暂缓”的" in words
    assert re.search("超期[0-9]+天以上列红色预警", words)
    assert "外方为总投资的其中项" in words
    assert "与签约项目一览表“推进”栏不作勾稽" in words
    assert "注：期限遇法定节假日顺延" in words


def test_a_sheet_of_the_offices_own_names_its_own_columns() -> None:
    document = {**RENAMED, "sheets": {**RENAMED["sheets"], "custom_1": {"tab": "红灯", "title": "红灯", "columns": {
        "lists": {"head": "等级"}}}}}  # fmt: skip
    found = {sheet.name: sheet for sheet in sheets(full(), layout_of(document))}
    told = "".join(str(cell.value) for cell in found["红灯"].canvas.cells.values())
    assert "“等级”栏并列标注" in told


def test_the_file_and_the_document_are_called_as_the_cover() -> None:
    layout = layout_of({"sheets": {"cover": {"title": "{开发区}项目月报/{月份}"}}})
    assert title(september(), layout) == "演示经济技术开发区项目月报/2022年9月"
    assert file_name(september(), layout) == "演示经济技术开发区项目月报2022年9月.xlsx"
    assert file_name(september(), own=True).endswith("（2022年9月）·本单位模板.xlsx")


def test_checks_name_the_sheets_as_the_page_does() -> None:
    wrong = replace(september(), signed=september().signed[1:])
    told = checks.findings(wrong, layout_of(RENAMED))
    assert told
    assert not [sentence for sentence in told if "签约项目一览表" in sentence or "统计汇总" in sentence]
    assert any(sentence.startswith("第2号表为") for sentence in told)


def test_an_own_workbook_is_sent_to_its_own_sheets_alone() -> None:
    month = full()
    alone = texts(fill(made(box="{{综述}}", cell="{{综述}}"), month))
    for name in ("调整说明", "附表", "重点项目推进情况表"):
        assert name not in alone
    assert "往期数据调整" in alone
    assert "；另有" in alone


def test_an_own_workbook_names_the_sheet_that_holds_the_table() -> None:
    book: Any = Workbook()
    book.active["A1"] = "{{综述}}"
    for tab, table in (("更正", "调整说明"), ("红绿灯", "重点项目")):
        sheet = book.create_sheet(tab)
        sheet["A1"], sheet["A2"] = f"{{{{表:{table}}}}}", "name"
    data = BytesIO()
    book.save(data)
    found = texts(fill(data.getvalue(), full()))
    assert "逐项列入“更正”" in found
    assert re.search("其余[0-9]+个见“红绿灯”", found)


def test_the_default_says_what_it_always_said() -> None:
    words = "".join(paragraph.text for chapter in overview(full()) for paragraph in chapter.paragraphs)
    assert "逐项列入“调整说明”，往期简报不改动。" in words
    assert re.search("其余[0-9]+个见附表1。", words)
    assert DEFAULT.place_of("nobody") == ""
