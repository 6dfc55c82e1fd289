"""The importer's pages: upload, match columns, check cell by cell, write, take back; with and without scripts."""

from __future__ import annotations

import re
from datetime import date
from html import unescape
from io import BytesIO

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import func, select

from crm.choices import BatchState, RowDecision
from crm.models import ImportBatch, ImportRow, Project
from crm.rules.importing.decision import OUT_OF_SIGHT
from tests import factories as make
from tests.actions.imported import COLUMNS, GUILIN, ledger, row
from tests.actions.test_imports import known_project

HTMX = {"HX-Request": "true"}


def text_of(answer) -> str:
    return re.sub(r"\s+", " ", answer.get_data(as_text=True))


def send(client, data: bytes, name: str = "台账.xlsx", **more):
    form = {"file": (BytesIO(data), name), **more}
    return client.post("/imports", data=form, content_type="multipart/form-data")


@pytest.fixture
def browser(client_for, statistician):
    """A statistician at work."""
    return client_for(statistician)


@pytest.fixture
def checked(session, browser):
    """`checked(data)` uploads and reads a ledger; the batch."""

    def go(data: bytes, name: str = "台账.xlsx", client=browser) -> ImportBatch:
        answer = send(client, data, name)
        assert answer.status_code == 303, text_of(answer)
        client.post(answer.headers["Location"] + "/read")
        return session.scalars(select(ImportBatch).order_by(ImportBatch.id.desc()).limit(1)).one()

    return go


def first_row(session, batch: ImportBatch) -> ImportRow:
    return session.scalars(select(ImportRow).where(ImportRow.batch_id == batch.id).order_by(ImportRow.id)).first()


# ---------------------------------------------------------------------------------------------------------- the steps


def test_from_the_file_to_the_register_and_back(session, browser):
    answer = send(browser, GUILIN.read_bytes(), GUILIN.name)
    assert answer.status_code == 303
    place = answer.headers["Location"]
    assert "读取台账" in text_of(browser.get(place))  # nothing is read by looking
    assert session.scalars(select(ImportBatch.state)).one() is BatchState.UPLOADED

    answer = browser.post(f"{place}/read")
    assert answer.headers["Location"] == f"{place}?step=columns"
    page = text_of(browser.get(answer.headers["Location"]))
    assert "52 个项目，总投资 697.97 亿元" in page and "没有当作项目的 19 行" in page

    page = text_of(browser.get(f"{place}?show=all"))
    assert "52 行写了阶段，但没有到那一步的日期" in page and "写入 52 行" in page and "桂林北综合客运枢纽" in page
    answer = browser.post(f"{place}/apply")
    assert answer.status_code == 303 and session.scalar(select(func.count(Project.id))) == 52

    page = text_of(browser.get(place))
    assert "已新增 52 行" in page and page.count("light-green") == 52
    browser.post(f"{place}/undo")
    assert session.scalar(select(func.count(Project.id))) == 0
    assert "整批撤销" in text_of(browser.get(place))


def test_scripts_get_told_where_to_go(session, browser):
    place = send(browser, ledger(row("甲项目"))).headers["Location"]
    waiting = browser.get(f"{place}/progress", headers=HTMX)
    assert "准备读取" in text_of(waiting) and "HX-Redirect" not in waiting.headers
    answer = browser.post(f"{place}/read", headers=HTMX)
    assert (answer.status_code, answer.headers["HX-Redirect"]) == (204, f"{place}?step=columns")
    # The page that asks how far it is may hear of the end before the reading's own answer comes: both lead to the same step.
    asking = re.search(r'hx-get="([^"]*/progress[^"]*)"', waiting.text).group(1)
    assert browser.get(asking, headers=HTMX).headers["HX-Redirect"] == f"{place}?step=columns"
    assert browser.get(f"{place}/progress", headers=HTMX).headers["HX-Redirect"] == place


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("空.xlsx", b"", "空"),
        ("锁.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(600), "Excel"),
        ("照片.xlsx", b"\x89PNG\r\n\x1a\n" + bytes(99), "图片"),
        ("断.xlsx", b"PK\x03\x04 cut off", "xlsx"),
    ],
)
def test_a_file_that_cannot_be_read_is_refused_at_its_field(session, browser, name, data, words):
    answer = send(browser, data, name)
    page = text_of(answer)
    assert answer.status_code == 422 and 'id="file-error"' in page and words in page
    assert not session.scalar(select(func.count(ImportBatch.id)))


def test_no_file_chosen(browser):
    answer = browser.post("/imports", data={"like": ""}, content_type="multipart/form-data")
    assert answer.status_code == 422 and "请选择台账文件" in text_of(answer)


def test_a_file_without_projects_says_so_and_offers_its_sheets(browser, checked):
    book = Workbook()
    book.worksheets[0].title = "目录"
    book.worksheets[0].append(["这里没有项目"])
    kept = BytesIO()
    book.save(kept)
    batch = checked(kept.getvalue())
    page = text_of(browser.get(f"/imports/{batch.id}?step=columns"))
    assert "没有找到项目清单" in page and 'value="目录"' in page
    assert browser.get(f"/imports/{batch.id}").status_code == 200


def test_a_lost_file_is_said_and_may_be_replaced(app, session, browser):
    place = send(browser, ledger(row("甲项目"))).headers["Location"]
    digest = session.scalars(select(ImportBatch.digest)).one()
    stored = app.extensions["crm_config"].files_dir / digest[:2] / digest
    stored.rename(stored.with_suffix(".away"))
    try:
        browser.post(f"{place}/read")
        page = text_of(browser.get(place))
    finally:
        stored.with_suffix(".away").rename(stored)
    assert "文件已不在数据目录里" in page and "换一个文件" in page


# ------------------------------------------------------------------------------------------------------------- columns


def columns_form(batch: ImportBatch, **changes: str) -> dict[str, object]:
    """What the columns page posts when nothing is touched, with some fields changed."""
    fields: dict[str, object] = {
        "mode": "both", "key": "", "as_of": "2022-10-20", "unit_id": "", "lead_id": "", "verified": "y",
        "sheet": [table["name"] for table in batch.counts["sheets"].values()],
    }  # fmt: skip
    for place, table in enumerate(batch.counts["sheets"].values()):
        fields |= {f"unit-{place}": table["unit"], f"header-{place}": ""}
        numbers = {*table["labels"], *table["mapping"], *table["samples"]}
        fields |= {f"column-{place}-{number}": table["mapping"].get(number, "") for number in numbers}
    return {**fields, **changes}


def test_nothing_is_read_again_when_nothing_is_different(session, browser, checked):
    batch = checked(ledger(row("甲项目", 总投资=3)))
    answer = browser.post(f"/imports/{batch.id}/columns", data=columns_form(batch))
    assert answer.status_code == 303 and session.get(ImportBatch, batch.id).state is BatchState.PREVIEWED


def test_another_unit_and_another_meaning_of_a_column(session, browser, checked):
    batch = checked(ledger(row("甲项目", 总投资=300, 产业="二期")))
    column = COLUMNS["产业"]
    form = columns_form(batch, **{"unit-0": "万元", f"column-0-{column}": "content"})
    browser.post(f"/imports/{batch.id}/columns", data=form)
    assert session.get(ImportBatch, batch.id).state is BatchState.UPLOADED
    answer = browser.post(f"/imports/{batch.id}/read")
    assert answer.headers["Location"] == f"/imports/{batch.id}"  # columns were matched: on to the check
    entry = first_row(session, batch).content["entry"]
    assert entry["total"] == [3_000_000, "CNY"] and entry["content"] == "二期" and "industry" not in entry


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"as_of": "2022-10-21"}, "不能晚于今天"),
        ({"as_of": "去年"}, "不是日期"),
        ({"sheet": ""}, "至少选一张工作表"),
        ({"header-0": "第一行"}, "请写成 4 或 4-5"),
        ({"header-0": "1-9"}, "最多 4 行"),
        ({f"column-0-{COLUMNS['产业']}": "total_investment"}, "“总投资”对应了 2 列"),
        ({"mode": "everything"}, ""),
    ],
)
def test_what_cannot_be_meant_is_said(session, browser, checked, changes, words):
    batch = checked(ledger(row("甲项目", 总投资=3)))
    form = columns_form(batch, **changes)
    if changes.get("sheet") == "":
        form["sheet"] = []
    answer = browser.post(f"/imports/{batch.id}/columns", data=form)
    assert answer.status_code == 422 and words in text_of(answer)
    assert session.get(ImportBatch, batch.id).state is BatchState.PREVIEWED


def test_an_officer_is_not_offered_verified_history(session, client_for, officer, checked):
    client = client_for(officer)
    batch = checked(ledger(row("甲项目")), client=client)
    page = text_of(client.get(f"/imports/{batch.id}?step=columns"))
    assert 'name="verified"' not in page and "待综合统计核定" in page
    client.post(f"/imports/{batch.id}/columns", data=columns_form(batch, verified="y", mode="create"))
    assert session.get(ImportBatch, batch.id).options["settings"]["verified"] is False


def test_settings_go_over_to_the_next_file(session, browser, checked):
    batch = checked(ledger(row("甲项目", 总投资=300)))
    browser.post(f"/imports/{batch.id}/columns", data=columns_form(batch, **{"unit-0": "万元"}))
    page = text_of(browser.get(f"/imports?like={batch.id}"))
    assert "沿用“台账.xlsx”的设置" in page
    place = send(browser, ledger(row("乙项目", 总投资=500)), "九月.xlsx", like=str(batch.id)).headers["Location"]
    browser.post(f"{place}/read")
    later = session.scalars(select(ImportBatch).where(ImportBatch.filename == "九月.xlsx")).one()
    assert first_row(session, later).content["entry"]["total"] == [5_000_000, "CNY"]


# --------------------------------------------------------------------------------------------------------------- rows


def test_a_cell_is_corrected_in_place(session, browser, checked):
    batch = checked(ledger(row("甲项目", 总投资=26000), row("乙园", 总投资=2)))
    line = first_row(session, batch)
    column = COLUMNS["总投资（亿元）"]
    page = text_of(browser.get(f"/imports/{batch.id}"))
    assert f'name="c{column}" value="26000"' in page and "是否误填" in page and "乙园" not in page
    place = f"/imports/{batch.id}/rows/{line.id}"
    answer = browser.post(place, data={f"c{column}": "2.6", "back": f"/imports/{batch.id}?show=all"}, headers=HTMX)
    fragment = text_of(answer)
    assert fragment.lstrip().startswith("<tr") and "原为 26000" in fragment and "写入 2 行" in fragment
    assert 'id="sumbar"' in fragment and 'hx-swap-oob="true"' in fragment
    answer = browser.post(place, data={"take": f"{column}:3亿元", "back": f"/imports/{batch.id}?show=all"})
    assert answer.headers["Location"] == f"/imports/{batch.id}?show=all#row-{line.id}"
    assert first_row(session, batch).content["entry"]["total"] == [300_000_000, "CNY"]


def test_a_correction_that_leaves_no_project_is_refused_at_its_row(session, browser, checked):
    batch = checked(ledger(row("甲项目", 总投资=26000), row("乙园"), row("丙园"), row("丁园")))
    line = first_row(session, batch)
    answer = browser.post(
        f"/imports/{batch.id}/rows/{line.id}",
        data={f"c{COLUMNS['项目名称']}": "合计", f"c{COLUMNS['投资方']}": ""},
        headers=HTMX,
    )
    assert answer.status_code == 422 and "请保留项目名称" in text_of(answer)
    assert first_row(session, batch).corrections == {}


def test_any_row_can_be_opened_and_skipped(session, browser, checked):
    batch = checked(ledger(row("甲项目")))
    line = first_row(session, batch)
    place = f"/imports/{batch.id}/rows/{line.id}"
    fragment = text_of(browser.get(place, headers=HTMX))
    assert fragment.count("<input class=") == len(COLUMNS) - 1
    answer = browser.get(place)  # without scripts: within its page
    assert f"edit={line.id}" in answer.headers["Location"]
    assert 'value="甲项目"' in text_of(browser.get(answer.headers["Location"]))
    assert "跳过" in text_of(browser.post(f"{place}/choice", data={"choice": "skip"}, headers=HTMX))
    assert first_row(session, batch).decision is RowDecision.SKIP
    browser.post(f"{place}/choice", data={"choice": ""})
    assert first_row(session, batch).decision is RowDecision.CREATE


def test_a_likely_double_stands_beside_what_it_may_be(session, browser, checked):
    project = known_project(session, "澜芯精密减速器总部基地", "澜芯传动科技（上海）有限公司", total_yuan=1_200_000_000)
    batch = checked(ledger(row("澜芯减速器总部项目", "澜芯传动科技（上海）", 总投资=12), row("乙园")))
    page = text_of(browser.get(f"/imports/{batch.id}"))
    assert "疑似重复 1/1" in page and "相似 90%：名称相近（77%），投资方相同，总投资相同" in page
    assert re.search(
        r'<button class="btn btn-primary" type="submit" disabled aria-describedby="why-not">写入 1 行', page
    )
    line = first_row(session, batch)
    browser.post(f"/imports/{batch.id}/rows/{line.id}/choice", data={"choice": f"same:{project.id}", "whole": "1"})
    assert (first_row(session, batch).decision, first_row(session, batch).match_id) == (RowDecision.UPDATE, project.id)
    assert browser.post(f"/imports/{batch.id}/apply").status_code == 303


def test_all_doubles_at_once(session, browser, checked):
    batch = checked(ledger(*(row("甲项目") for _ in range(4))))
    assert browser.post(f"/imports/{batch.id}/apply").status_code == 422
    assert browser.post(f"/imports/{batch.id}/rest", data={"choice": "nonsense"}).status_code == 422
    browser.post(f"/imports/{batch.id}/rest", data={"choice": "skip"})
    browser.post(f"/imports/{batch.id}/apply")
    assert session.scalar(select(func.count(Project.id))) == 1


def test_of_a_secret_project_a_page_tells_only_that_there_is_one(
    session, client_for, officer, leader, browser, checked
):
    secret = known_project(session, "翰翎机载处理机项目", None, is_secret=True, content="机密内容")
    make.make_member(session, secret, officer)
    mine = client_for(officer)
    named = checked(ledger(row("翰翎机载处理机项目", None, 总投资=3)), client=mine)
    assert secret.code in text_of(mine.get(f"/imports/{named.id}?show=all"))
    for page in (
        text_of(browser.get(f"/imports/{named.id}?show=all")),  # a statistician looks at the officer's batch
        text_of(browser.get(f"/imports/{checked(ledger(row('翰翎机载处理机项目', None))).id}?show=all")),
    ):
        assert OUT_OF_SIGHT in page and secret.code not in page and "机密内容" not in page and "3.50 亿元" not in page


def test_what_clerks_typed_is_shown_as_text(browser, checked):
    batch = checked(ledger(row("<script>alert(1)</script>项目", '"><img src=x>公司', 总投资="<b>3</b>")))
    page = browser.get(f"/imports/{batch.id}?show=all").get_data(as_text=True)
    assert "<script>alert" not in page and "<img" not in page and "<b>3" not in page


# ------------------------------------------------------------------------------------------------- files, who may what


def test_the_workbook_given_back_is_marked_and_harmless(browser, checked):
    book = load_workbook(BytesIO(ledger(row("甲项目", 总投资=26000), row("乙园", 总投资=2))))
    book.worksheets[0]["K3"] = "=1+1"
    book.worksheets[0]["L3"] = '=HYPERLINK("http://example.invalid","看")'
    kept = BytesIO()
    book.save(kept)
    batch = checked(kept.getvalue())
    answer = browser.get(f"/imports/{batch.id}/marked.xlsx")
    assert answer.headers["Content-Disposition"].startswith("attachment")
    sheet = load_workbook(BytesIO(answer.data)).worksheets[0]
    cell = sheet.cell(2, COLUMNS["总投资（亿元）"] + 1)
    assert cell.value == 26000 and cell.fill.fgColor.rgb == "00FCECEA" and "是否误填" in cell.comment.text
    assert not [c.value for line in sheet.iter_rows() for c in line if c.data_type == "f"]


def test_a_csv_comes_back_as_a_list_of_its_rows(browser, checked):
    data = "序号,项目名称,投资方,总投资（亿元）\n1,甲项目,=cmd|' /C calc'!A0,26000\n2,乙园,乙公司,2\n".encode("gb18030")
    batch = checked(data, "台账.csv")
    sheet = load_workbook(BytesIO(browser.get(f"/imports/{batch.id}/marked.xlsx").data)).worksheets[0]
    lines = [[cell.value for cell in line] for line in sheet.iter_rows()]
    assert lines[0][:3] == ["工作表", "行", "项目名称"] and len(lines) == 2 and "是否误填" in lines[1][-1]
    assert {cell.data_type for line in sheet.iter_rows() for cell in line} <= {"s", "n"}


def test_the_evidence_can_be_fetched_as_it_was(browser, checked):
    data = ledger(row("甲项目"))
    batch = checked(data, "在谈台账（8月）.xlsx")
    answer = browser.get(f"/imports/{batch.id}/file")
    assert answer.data == data and "attachment" in answer.headers["Content-Disposition"]


def test_others_see_neither_the_batch_nor_its_parts(client_for, officer, other_officer, checked):
    batch = checked(ledger(row("甲项目")), client=client_for(officer))
    stranger = client_for(other_officer)
    for path in ("", "/progress", "/file", "/marked.xlsx", "/rows/1"):
        assert stranger.get(f"/imports/{batch.id}{path}").status_code == 404
    for path in ("/read", "/columns", "/undated", "/again", "/rows/1", "/rows/1/choice", "/rest", "/apply", "/undo"):
        assert stranger.post(f"/imports/{batch.id}{path}").status_code == 404


def test_a_statistician_looks_on_but_does_not_meddle(session, browser, client_for, officer, checked):
    batch = checked(ledger(row("甲项目", 总投资=26000)), client=client_for(officer))
    page = text_of(browser.get(f"/imports/{batch.id}"))
    assert "顾清宁 上传" in page and "检查本行" not in page and "/apply" not in page
    for path in ("/read", "/again", "/apply", "/rest"):
        assert browser.post(f"/imports/{batch.id}{path}", data={"choice": "skip"}).status_code == 403


@pytest.mark.parametrize("login", ["leader", "admin", "coordinator", "auditor"])
def test_who_may_not_import(session, client_for, login):
    client = client_for(make.person(session, login))
    assert client.get("/imports").status_code == 403
    assert send(client, ledger(row("甲"))).status_code == 403


def test_a_refusal_to_take_back_stands_on_the_result(session, browser, checked):
    batch = checked(ledger(row("甲项目")))
    browser.post(f"/imports/{batch.id}/apply")
    session.scalars(select(Project)).one().content = "后来改过"
    answer = browser.post(f"/imports/{batch.id}/undo")
    assert answer.status_code == 409 and "不能整批撤销，写入之后有人改过：“甲项目”" in text_of(answer)


def test_a_written_batch_is_not_written_again(browser, checked):
    batch = checked(ledger(row("甲项目")))
    assert browser.post(f"/imports/{batch.id}/apply").status_code == 303
    assert browser.post(f"/imports/{batch.id}/apply").status_code == 409
    assert browser.post(f"/imports/{batch.id}/again").status_code == 409


def test_pages_ask_as_much_of_the_database_for_many_rows_as_for_few(browser, checked, count_queries):
    sizes = []
    for count in (3, 60):
        rows = [
            row(f"演示项目{place}号", f"演示{place}公司", 总投资=26000 if place % 2 else 3) for place in range(count)
        ]
        batch = checked(ledger(*rows))
        with count_queries() as check:
            browser.get(f"/imports/{batch.id}?show=all")
        with count_queries() as columns:
            browser.get(f"/imports/{batch.id}?step=columns")
        browser.post(f"/imports/{batch.id}/apply")
        with count_queries() as result:
            browser.get(f"/imports/{batch.id}")
        sizes.append((len(check), len(columns), len(result)))
    assert sizes[0] == sizes[1] and max(sizes[0]) <= 10


def test_a_hundred_rows_a_page(browser, checked):
    batch = checked(ledger(*(row(f"演示项目{place}号", f"演示{place}公司") for place in range(130))))
    page = text_of(browser.get(f"/imports/{batch.id}?show=all"))
    assert page.count('<tr id="row-') == 100 and "共 130 条" in page
    following = unescape(re.search(r'href="([^"]*)" rel="next"', page).group(1))
    assert text_of(browser.get(following)).count('<tr id="row-') == 30


def test_the_list_of_batches(browser, checked, client_for, officer):
    batch = checked(ledger(row("甲项目")), "八月.xlsx")
    browser.post(f"/imports/{batch.id}/apply")
    page = text_of(browser.get("/imports"))
    assert "八月.xlsx" in page and "已写入" in page and "导出全部项目" in page
    assert "八月.xlsx" not in text_of(client_for(officer).get("/imports"))


def test_dates_of_the_ledger_reach_the_project(session, browser, checked):
    batch = checked(ledger(row("甲项目", 接洽="2022-03-15", 项目阶段="在谈")))
    browser.post(f"/imports/{batch.id}/apply")
    assert session.scalars(select(Project.stage_since_on)).one() == date(2022, 3, 15)
