"""The main job in a real browser: ledger in, talk logged, signing reported, verified by somebody else, briefing out."""

from __future__ import annotations

import io
from pathlib import Path

import pytest
from openpyxl import Workbook, load_workbook
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def ledger(folder: Path, name: str) -> Path:
    """An office's ledger: title, unit row, two-row header, a section, a total, one bad date."""
    book = Workbook()
    sheet = book.active
    sheet.title = "在谈项目"
    rows = (
        ["云湖经开区在谈项目台账"],
        ["填报单位：招商一组", None, None, None, None, "单位：亿元"],
        ["序号", "项目名称", "投资方", "总投资", "招商人", "接洽日期", "项目阶段"],
        ["一、智能制造（2个）"],
        [1, f"{name}项目", f"{name[:2]}装备（演示）有限公司", 3.2, "顾清宁", "2022年8月15日", "在谈"],
        [2, f"{name[::-1]}中心", f"{name[1::-1]}仪器（演示）有限公司", "1.8亿", "顾清宁", "2022.13.5", "在谈"],
        [None, "合计", None, 5.0],
    )
    for row in rows:
        sheet.append(row)
    sheet.merge_cells("A1:G1")
    path = folder / "在谈台账.xlsx"
    book.save(path)
    return path


def sound(page: Page) -> None:
    """Nobody is kept out, nothing sticks out, nothing broke."""
    page.wait_for_load_state("networkidle")
    assert serious_faults(page) == [] and sideways(page) <= 0 and page.faults == []


@pytest.mark.parametrize(
    ("size", "name", "project"),
    [(WIDE, "沅衡伺服压机", "澜芯精密减速器总部基地"), (PHONE, "瑢屿低温储罐", "霏砚薄膜沉积设备部件项目")],
    ids=["1440", "390"],
)
def test_from_the_ledger_to_the_briefing(page_for, tmp_path, size, name, project):
    # The statistician uploads the office's ledger, looks at what was read, and writes the row that is sound.
    clerk = page_for("方致远", size)
    clerk.goto("/imports")
    clerk.locator("input[type=file]").first.set_input_files(ledger(tmp_path, name))
    clerk.locator("form:has(input[type=file]) button[type=submit]").first.click()
    clerk.wait_for_url("**step=columns*")
    sound(clerk)
    clerk.get_by_role("button", name="按这样检查").click()
    clerk.get_by_text("逐格检查").wait_for()
    sound(clerk)
    expect(clerk.locator("main")).to_contain_text("没有 13 月")
    clerk.get_by_role("button", name="写入 1 行").click()
    clerk.get_by_text("已新增").first.wait_for()
    sound(clerk)

    # The officer finds it and logs a talk.
    officer = page_for("顾清宁", size)
    officer.goto(f"/projects?q={name}")
    officer.get_by_role("link", name=f"{name}项目").first.click()
    officer.wait_for_load_state()
    officer.get_by_role("link", name="记录洽谈").first.click()
    officer.get_by_label("谈了什么").fill("对方确认首期设备清单，询问厂房交付时间。")
    officer.get_by_label("下次联系").fill("2022-10-27")
    officer.get_by_role("button", name="保存记录").click()
    officer.get_by_text("对方确认首期设备清单").first.wait_for()
    sound(officer)

    # A project under review lacks one thing; the box leads to the very field; then the signing is reported.
    officer.goto(f"/projects?q={project}")
    officer.get_by_role("link", name=project).first.click()
    officer.get_by_role("link", name="填写评审会议编号和结论").click()
    officer.get_by_label("评审").fill("联审会〔2022〕21号：同意签约")
    officer.get_by_role("button", name="保存").first.click()
    officer.locator(".gate").get_by_role("link", name="签约").first.click()
    officer.get_by_label("签约日期").fill("2022-10-18")
    officer.get_by_label("合同总投资").fill("12")
    officer.locator("main input[type=file]").set_input_files(
        {"name": "合同.pdf", "mimeType": "application/pdf", "buffer": b"%PDF-1.4\n%%EOF\n"}
    )
    sound(officer)
    officer.get_by_role("button", name="提交签约，等待核定").click()
    officer.get_by_text("待核定").first.wait_for()
    sound(officer)

    # Somebody else verifies it.
    clerk.goto("/claims")
    clerk.get_by_role("link", name=project).first.click()
    sound(clerk)
    clerk.get_by_role("button", name="核定", exact=False).first.click()
    clerk.get_by_text("从现在起计入统计").wait_for()

    # Leadership opens the month and takes the briefing home.
    leader = page_for("程望山", size)
    leader.goto("/cockpit?month=2022-10")
    sound(leader)
    leader.goto("/briefings/2022-10")
    sound(leader)
    with leader.expect_download() as waiting:
        leader.get_by_role("link", name="下载 Excel").click()
    data = Path(waiting.value.path()).read_bytes()
    assert waiting.value.suggested_filename == "云湖经开区重点项目推进月度工作简报（2022年10月）.xlsx"
    cells = [str(cell.value) for row in load_workbook(io.BytesIO(data))["签约项目一览表"].iter_rows() for cell in row]
    assert project in cells
