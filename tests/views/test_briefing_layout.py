"""简报版式: who may, drafts that lose nothing, versions, two editors, the template; and that issues stay as they were."""

from __future__ import annotations

import io
import re
from datetime import date
from html import unescape

import pytest
from openpyxl import Workbook, load_workbook
from sqlalchemy import select

from crm.guards import Fixed
from crm.models import AuditEvent, BriefingIssue, BriefingLayout, BriefingTemplate
from crm.queries import briefings as queries
from tests import factories as make

ROOT = "/settings/briefing-layout"
SHEET = f"{ROOT}/key_projects"


@pytest.fixture
def month(session, officer):
    """September with a key project that is signed."""
    project = make.make_project(session, "澜芯减速器总部基地（演示）", lead=officer)
    make.sign(session, project, date(2022, 9, 15), 1_200_000_000)
    make.make_listing(session, project)
    make.make_plan(session, project, 50_000_000)
    session.commit()
    return project


def fields(page):
    """What the form of a page sends when nothing is changed: names and values, boxes that are ticked."""
    found = []
    text = page.text
    inside = text[text.index('id="arrange"') : text.index('id="shown"')] if 'id="shown"' in text else text
    for tag in re.findall(r"<input[^>]*>|<textarea.*?</textarea>|<option[^>]*selected[^>]*>", inside, re.S):
        name = re.search(r'\bname="([^"]*)"', tag)
        if not name or name[1] == "csrf_token" or ('type="checkbox"' in tag and " checked" not in tag):
            continue
        if tag.startswith("<textarea"):
            value = re.search(r">(.*)</textarea>", tag, re.S)[1]
        else:
            value = (re.search(r'\bvalue="([^"]*)"', tag) or ["", ""])[1]
        found.append((unescape(name[1]), unescape(value)))
    return found


def send(client, address, pairs, do="save", **changes):
    kept = [(name, value) for name, value in pairs if name not in changes]
    data = {}
    for name, value in [*kept, *changes.items(), ("do", do)]:
        data.setdefault(name, []).extend(value if isinstance(value, list) else [value])
    return client.post(address, data=data)


def order_of(page):
    return [value for name, value in fields(page) if name == "order"]


def tabs(data):
    return load_workbook(io.BytesIO(data)).sheetnames


@pytest.mark.parametrize("address", [ROOT, SHEET, f"{ROOT}/cover", f"{ROOT}/template", f"{ROOT}/template/sample.xlsx"])
@pytest.mark.parametrize(
    ("login", "status"),
    [("statistician", 200), ("admin", 200), ("officer", 403), ("team_lead", 403), ("leader", 403), ("auditor", 403)],
)
def test_who_may(client_for, session, address, login, status):
    assert client_for(make.person(session, login)).get(address).status_code == status


def test_a_page_that_is_sent_as_it_is_changes_nothing(client_for, session, statistician):
    client = client_for(statistician)
    for key in (
        "key_projects",
        "signed",
        "negotiations",
        "waiting",
        "assignments",
        "outings",
        "adjustments",
        "cover",
        "notes",
    ):
        answer = send(client, f"{ROOT}/{key}", fields(client.get(f"{ROOT}/{key}")))
        assert answer.status_code == 422 and "没有要保存的改动" in answer.text, key
    assert not session.scalars(select(BriefingLayout)).all()


def test_names_columns_and_widths_are_kept_as_a_version_and_printed(client_for, session, statistician, month):
    client = client_for(statistician)
    pairs = fields(client.get(SHEET))
    shown = [value for name, value in pairs if name == "visible" and value not in ("years", "site")] + ["code"]
    answer = send(
        client, SHEET, pairs, tab="重点项目表", title="{开发区}重点项目（{月份}）", visible=shown, note="按领导要求",
        **{"head.builder": "投资方", "width.builder": "15", "group.基本情况": "项目概况"},
    )  # fmt: skip
    assert answer.status_code == 303
    row = session.scalars(select(BriefingLayout)).one()
    assert (row.number, row.note, row.made_by_id) == (1, "按领导要求", statistician.id)
    assert row.changes["sheets"]["key_projects"]["title"] == "{zone}重点项目（{month}）"
    book = load_workbook(io.BytesIO(client.get("/briefings/2022-09.xlsx").data))
    texts = {cell.value for line in book["重点项目表"].iter_rows(max_row=6) for cell in line}
    assert {"投资方", "项目概况", "项目编号"} <= texts and "建设\n起止\n年限" not in texts
    assert month.code in {cell.value for line in book["重点项目表"].iter_rows() for cell in line}
    assert "重点项目表" in client.get("/briefings/2022-09").text
    event = session.scalars(select(AuditEvent).where(AuditEvent.kind == "briefing_layout")).one()
    assert "表头“建设单位（投资方）”改为“投资方”" in event.detail
    assert "投资方" in client.get(f"{ROOT}/versions/1").text


def test_moves_and_blank_columns_live_in_the_draft(client_for, session, statistician):
    client = client_for(statistician)
    page = client.get(SHEET)
    moved = send(client, SHEET, fields(page), do="down:builder", title="改过的标题")
    assert moved.status_code == 200 and "改过的标题" in moved.text
    order = order_of(moved)
    assert order.index("builder") == order_of(page).index("builder") + 1
    added = send(client, SHEET, fields(moved), do="free")
    assert "free_1" in order_of(added) and ("visible", "free_1") in fields(added)
    saved = send(client, SHEET, fields(added), **{"head.free_1": "领导批示", "title": "改过的标题"})
    assert saved.status_code == 303, saved.text
    told = session.scalars(select(BriefingLayout)).one().changes["sheets"]["key_projects"]
    assert told["free"] == ["free_1"] and told["columns"]["free_1"]["head"] == "领导批示"
    dropped = send(client, SHEET, fields(client.get(SHEET)), do="drop:free_1")
    assert "free_1" not in order_of(dropped)
    restored = send(client, SHEET, fields(dropped), do="default")
    assert order_of(restored) == order_of(page)


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"tab": ""}, "请填表名"),
        ({"tab": "统计汇总"}, "已有一张表叫"),
        ({"head.builder": ""}, "的表头不能空着"),
        ({"width.builder": "很宽"}, "的列宽请填"),
        ({"title": "{{月份}}"}, None),
        ({"title": "{谁}"}, "不认识"),
    ],
)
def test_what_cannot_be_comes_back_with_what_was_typed(client_for, session, statistician, changes, words):
    client = client_for(statistician)
    answer = send(client, SHEET, fields(client.get(SHEET)), **{"head.content": "打字打到一半", **changes})
    if words is None:
        assert answer.status_code == 303
        return
    assert answer.status_code == 422 and words in answer.text and "打字打到一半" in answer.text
    assert not session.scalars(select(BriefingLayout)).all()


def test_too_small_a_print_is_refused_with_columns_to_hide(client_for, session, statistician):
    client = client_for(statistician)
    page = client.get(SHEET)
    answer = send(client, SHEET, fields(page), visible=order_of(page))
    assert answer.status_code == 422 and "打印字号" in answer.text and "请隐藏“" in answer.text


def test_of_two_editors_the_second_is_told_and_keeps_what_he_typed(client_for, session, statistician, admin):
    first, second = client_for(statistician), client_for(admin)
    early = fields(second.get(SHEET))
    assert send(first, SHEET, fields(first.get(SHEET)), title="先来的").status_code == 303
    late = send(second, SHEET, early, **{"head.builder": "后来的"})
    assert late.status_code == 409
    assert "第 1 版" in late.text and statistician.name in late.text and "后来的" in late.text
    again = send(second, SHEET, fields(late))
    assert again.status_code == 303
    assert [row.number for row in session.scalars(queries.layouts())] == [2, 1]


def test_order_and_hidden_tables(client_for, session, statistician, month):
    client = client_for(statistician)
    page = client.get(ROOT)
    order = order_of(page)
    moved = send(client, ROOT, fields(page), do="up:signed")
    assert order_of(moved).index("signed") == order.index("signed") - 1
    shown = [value for name, value in fields(moved) if name == "visible" and value not in ("outings", "notes")]
    assert send(client, ROOT, fields(moved), visible=shown).status_code == 303
    names = tabs(client.get("/briefings/2022-09.xlsx").data)
    assert names[:3] == ["封面综述", "签约项目一览表", "重点项目推进情况表"]
    assert "招商活动与外出" not in names and names[-1] == "编制说明"


def test_a_table_of_ones_own_selects_rows_and_can_go(client_for, session, statistician, month):
    client = client_for(statistician)
    base = dict(fields(client.get(ROOT)))["base"]
    assert client.post(f"{ROOT}/sheets", data={"source": "waiting", "tab": "甲", "base": base}).status_code == 422
    taken = client.post(f"{ROOT}/sheets", data={"source": "signed", "tab": "统计汇总", "base": base})
    assert taken.status_code == 422 and "已有一张表叫" in taken.text
    made = client.post(f"{ROOT}/sheets", data={"source": "signed", "tab": "外资签约表", "base": base})
    assert made.status_code == 303 and made.location.endswith("/custom_1")
    address = f"{ROOT}/custom_1"
    pairs = fields(client.get(address))
    assert (
        send(client, address, pairs, **{"filter.capital": ["foreign"], "filter.industry": "智能、装备"}).status_code
        == 303
    )
    sheet = load_workbook(io.BytesIO(client.get("/briefings/2022-09.xlsx").data))["外资签约表"]
    names = {cell.value for line in sheet.iter_rows() for cell in line}
    assert month.name not in names
    page = client.get(address)
    assert ("filter.capital", "foreign") in fields(page) and "智能、装备" in page.text
    assert client.post(f"{address}/remove").status_code == 303
    assert "外资签约表" not in tabs(client.get("/briefings/2022-09.xlsx").data)
    assert client.get(address).status_code == 404
    assert client.post(f"{ROOT}/signed/remove").status_code == 404


def test_versions_are_gone_back_to_and_the_default_restored(client_for, session, statistician):
    client = client_for(statistician)
    for title in ("甲", "乙"):
        send(client, SHEET, fields(client.get(SHEET)), title=title)
    assert client.post(f"{ROOT}/versions/1/restore").status_code == 303
    assert client.post(f"{ROOT}/versions/0/restore").status_code == 303
    rows = {row.number: row.changes for row in session.scalars(queries.layouts())}
    assert rows[3] == rows[1] and rows[4] == {}
    page = client.get(f"{ROOT}/versions/2").text
    assert "恢复后与现用第 4 版比" in page and "改标题" in page
    assert client.get(f"{ROOT}/versions/9").status_code == 404
    assert client.post(f"{ROOT}/versions/9/restore").status_code == 404
    row = session.scalars(queries.layouts()).first()
    row.note = "改写历史"
    with pytest.raises(Fixed):
        session.flush()
    session.rollback()


def test_an_issue_and_a_checked_month_stay_as_they_were(app, session, client_for, statistician, leader, month):
    client = client_for(statistician)
    send(client, SHEET, fields(client.get(SHEET)), tab="甲表")
    assert client.post("/briefings/2022-09/check", data={"confirmed": "y"}).status_code == 303
    session.commit()
    checked = client.get("/briefings/2022-09.xlsx").data
    send(client, SHEET, fields(client.get(SHEET)), tab="乙表")
    assert client.get("/briefings/2022-09.xlsx").data == checked and "甲表" in tabs(checked)
    assert "乙表" in tabs(client.get("/briefings/2022-10.xlsx").data)
    assert client_for(leader).post("/briefings/2022-09/issue", data={"signer": str(leader.id)}).status_code == 303
    issued = client.get("/briefings/2022-09.xlsx").data
    assert "甲表" in tabs(issued)
    client.post(f"{ROOT}/versions/0/restore")
    assert client.get("/briefings/2022-09.xlsx").data == issued
    row = session.scalars(select(BriefingIssue)).one()
    assert session.get(BriefingLayout, row.layout_id).number == 1
    # Lost bytes are made again from what was kept: facts and layout.
    folder = app.extensions["crm_config"].files_dir
    (folder / row.digest[:2] / row.digest).unlink()
    assert client.get("/briefings/2022-09.xlsx").data == issued


def test_giving_a_month_back_frees_its_layout(client_for, session, statistician, month):
    client = client_for(statistician)
    send(client, SHEET, fields(client.get(SHEET)), tab="甲表")
    client.post("/briefings/2022-09/check", data={"confirmed": "y"})
    client.post(f"{ROOT}/versions/0/restore")
    client.post("/briefings/2022-09/reopen")
    assert session.scalars(select(BriefingIssue)).one().layout_id is None
    assert "甲表" not in tabs(client.get("/briefings/2022-09.xlsx").data)


def test_the_preview_is_the_circulated_copy_and_heads_alone_for_who_may_not_read_it(
    client_for, session, officer, statistician, admin, month
):
    make.make_listing(session, make.make_project(session, "绝密的", lead=officer, is_secret=True))
    for user, sees in ((statistician, True), (admin, False)):
        client = client_for(user)
        pairs = fields(client.get(SHEET))
        shown = send(client, SHEET, pairs, do="preview", month="2022-09", **{"head.builder": "预览的头"})
        assert shown.status_code == 200 and "预览的头" in shown.text.partition('id="shown"')[2]
        assert (month.name in shown.text) is sees and "绝密的" not in shown.text
        assert ("只显示表头" in shown.text) is not sees
        again = client.get(f"{SHEET}?preview=1&month=2022-09").text
        assert (month.name in again) is sees


# ------------------------------------------------------------------------------------------------------------- template


def workbook(text="{{月份}}签约{{指标:signed_count:本年}}个"):
    book = Workbook()
    sheet = book.active
    sheet.title = "本局月报"
    sheet["A1"], sheet["A2"], sheet["A3"], sheet["B3"] = text, "{{表:重点项目}}", "项目名称", "总投资"
    data = io.BytesIO()
    book.save(data)
    return data.getvalue()


def upload(client, data, name="本局模板.xlsx"):
    return client.post(f"{ROOT}/template", data={"file": (io.BytesIO(data), name), "note": ""})


def test_a_template_is_looked_through_kept_filled_and_taken_out(app, client_for, session, statistician, leader, month):
    client, reader = client_for(statistician), client_for(leader)
    assert reader.get("/briefings/2022-09/template.xlsx").status_code == 404
    refused = upload(client, workbook("{{没有的}}"))
    assert refused.status_code == 422 and "“本局月报”A1：不认识“没有的”" in refused.text
    assert upload(client, workbook()).status_code == 303
    page = client.get(f"{ROOT}/template").text
    assert "本局模板.xlsx" in page and "{{月份}}" in page and "签约项目（个），本年" in page
    assert "下载本单位模板" in reader.get("/briefings/2022-09").text
    answer = reader.get("/briefings/2022-09/template.xlsx")
    sheet = load_workbook(io.BytesIO(answer.data))["本局月报"]
    assert sheet["A1"].value == "2022年9月签约1个" and (sheet["A2"].value, sheet["B2"].value) == (month.name, 3.5)
    session.commit()
    told = app.test_cli_runner().invoke(args=["crm", "briefing", "2022-09", "--template", "--output", "/dev/stdout"])
    assert told.exit_code == 0
    assert client.get(f"{ROOT}/template/1.xlsx").status_code == 200
    assert client.post(f"{ROOT}/template/drop").status_code == 303
    assert reader.get("/briefings/2022-09/template.xlsx").status_code == 404
    assert client.post(f"{ROOT}/template/drop").status_code == 409
    assert client.get(f"{ROOT}/template/2.xlsx").status_code == 404
    assert [row.number for row in session.scalars(select(BriefingTemplate).order_by(BriefingTemplate.number))] == [1, 2]


def test_an_issued_month_keeps_to_the_template_of_its_check(client_for, session, statistician, leader, month):
    client = client_for(statistician)
    upload(client, workbook("旧{{月份}}"))
    client.post("/briefings/2022-09/check", data={"confirmed": "y"})
    upload(client, workbook("新{{月份}}"))
    client_for(leader).post("/briefings/2022-09/issue", data={"signer": str(leader.id)})
    first = client.get("/briefings/2022-09/template.xlsx").data
    assert load_workbook(io.BytesIO(first))["本局月报"]["A1"].value == "旧2022年9月"
    assert client.get("/briefings/2022-09/template.xlsx").data == first
    now = client.get("/briefings/2022-10/template.xlsx").data
    assert load_workbook(io.BytesIO(now))["本局月报"]["A1"].value == "新2022年10月"


@pytest.mark.parametrize("login", ["agent", "liaison", "admin"])
def test_the_filled_template_is_under_the_rights_of_the_briefing(client_for, session, statistician, month, login):
    upload(client_for(statistician), workbook())
    assert client_for(make.person(session, login)).get("/briefings/2022-09/template.xlsx").status_code == 403


@pytest.mark.parametrize("address", [f"{ROOT}/nothing", f"{ROOT}/custom_7", f"{ROOT}/template/3.xlsx"])
def test_what_is_not_there_is_not_found(client_for, statistician, address):
    assert client_for(statistician).get(address).status_code == 404


def test_rows_taken_elsewhere_change_the_draft_alone_and_say_so(client_for, session, statistician):
    client = client_for(statistician)
    pairs = fields(client.get(f"{ROOT}/negotiations"))
    answer = send(client, f"{ROOT}/negotiations", pairs, do="place:profile:fixed", **{"head.investor": "投资主体"})
    assert answer.status_code == 200
    order = order_of(answer)
    assert order.index("profile") == order.index("fixed") - 1
    assert "还没有保存：表头“投资方”改为“投资主体”；调整列的先后。" in answer.text
    assert 'data-guard="changed"' in answer.text and "投资主体</textarea>" in answer.text
    for odd in ("place:", "place:profile", "place:nobody:fixed", "place:name:profile"):
        assert order_of(send(client, f"{ROOT}/negotiations", pairs, do=odd)) == order_of(
            client.get(f"{ROOT}/negotiations")
        )
    tables = client.get(ROOT)
    whole = [(name, value) for name, value in fields(tables) if name in ("order", "visible", "base", "note")]
    moved = send(client, ROOT, whole, do="place:outings:signed")
    found = re.findall(r'name="order" value="([^"]*)"', moved.text)
    assert found.index("outings") == found.index("signed") - 1
    assert "还没有保存：调整各表的先后。" in moved.text
    for odd in ("place:cover:signed", "place:signed:notes", "place:nobody:signed"):
        again = send(client, ROOT, whole, do=odd)
        assert re.findall(r'name="order" value="([^"]*)"', again.text) == re.findall(
            r'name="order" value="([^"]*)"', tables.text
        )
    assert not session.scalars(select(BriefingLayout)).all()


def test_a_name_that_is_taken_is_told_with_the_other_faults(client_for, session, statistician):
    client = client_for(statistician)
    answer = send(client, SHEET, fields(client.get(SHEET)), tab="统计汇总", **{"head.builder": ""})
    assert answer.status_code == 422
    assert "有 2 处要改" in answer.text
    assert "已有一张表叫“统计汇总”" in answer.text and "“建设单位（投资方）”的表头不能空着。" in answer.text
