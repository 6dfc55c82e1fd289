"""The project list by keyboard alone: a cell changed and left, rows ticked, a view kept and changed, the next page."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious_faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def focused(page, what="textContent"):
    """Of the element that has the focus."""
    return page.evaluate(f"document.activeElement.{what}")


def press_on(page, name, key="Enter"):
    """Put the focus on a control by its name, and press a key."""
    page.get_by_role("button", name=name).or_(page.get_by_role("link", name=name)).first.focus()
    page.keyboard.press(key)


def test_a_cell_is_changed_and_left_by_keyboard(page_for):
    page = page_for("顾清宁")
    page.goto("/projects?view=mine&cols=name,jobs,source")
    page.locator("table .main-link").first.focus()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    expect(page.locator(".cell-form [name=jobs_count]")).to_be_focused()
    assert serious_faults(page) == []
    page.keyboard.press("Control+a")
    page.keyboard.type("321")
    page.keyboard.press("Enter")
    page.locator("tbody td", has_text="321").first.wait_for()
    page.locator(".cell-edit:focus").wait_for()
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".cell-form select").wait_for()
    page.keyboard.press("Escape")
    page.locator(".cell-edit:focus").wait_for()
    expect(page.locator(".cell-form")).to_have_count(0)
    assert "cell/source" in focused(page, "getAttribute('hx-get')")
    assert page.faults == []


def test_a_cell_left_as_soon_as_it_opens_leads_nowhere_else(page_for):
    """What was put into a page is htmx's at once: a quick Escape must not follow the link meant for pages without scripts."""
    page = page_for("顾清宁")
    page.goto("/projects?view=mine&cols=name,jobs,source")
    address = page.url
    page.locator("table .main-link").first.focus()
    page.evaluate(
        """() => new MutationObserver((_changes, watch) => {
            const cancel = document.querySelector(".cell-form [data-cancel]");
            if (cancel) { watch.disconnect(); cancel.click(); }
        }).observe(document.querySelector("tbody"), { childList: true, subtree: true })"""
    )
    page.keyboard.press("ArrowRight")
    page.keyboard.press("Enter")
    page.locator(".cell-edit:focus").and_(page.locator("td[data-fresh] > *")).wait_for()
    expect(page.locator(".cell-form")).to_have_count(0)
    assert page.url == address and page.faults == []


def test_a_refused_value_stays_in_the_cell(page_for):
    page = page_for("顾清宁")
    page.goto("/projects?view=mine&cols=name,total")
    page.locator("tbody td").first.dblclick()
    page.locator(".cell-form").wait_for()
    page.keyboard.press("Control+a")
    page.keyboard.type("90000")
    page.keyboard.press("Enter")
    page.locator(".field-error").wait_for()
    expect(page.get_by_label("金额无误，按此保存")).to_be_visible()
    expect(page.locator(".cell-form input[name=total_yuan]")).to_have_value("90000")
    assert serious_faults(page) == []


def test_rows_are_ticked_and_done_at_once(page_for):
    page = page_for("顾清宁")
    page.goto("/projects?view=mine")
    for box in page.locator('input[name="ids"]').all()[:2]:
        box.focus()
        page.keyboard.press("Space")
    expect(page.locator("[data-chosen]")).to_have_text("已选 2 个")
    press_on(page, "批量处理所选")
    page.wait_for_url("**/projects/bulk?*")
    expect(page.locator("main")).to_contain_text("选中 2 个")
    assert "csrf_token" not in page.url
    page.go_back()
    with page.expect_download() as kept:
        press_on(page, "导出所选（当前列）")
    assert kept.value.suggested_filename.endswith(".xlsx")


def test_a_view_is_kept_changed_and_put_back_and_the_next_page_read(page_for):
    page = page_for("周以恒")
    page.goto("/projects?view=every")
    press_on(page, "另存为视图")
    page.wait_for_url("**/views?*")
    page.get_by_label("视图名称").focus()
    page.keyboard.type("键盘走查")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects?v=*")
    page.locator("th a.sort", has_text="项目").focus()
    page.keyboard.press("Enter")
    page.get_by_text("有未保存的改动").wait_for()
    press_on(page, "还原")
    page.get_by_text("有未保存的改动").wait_for(state="detached")
    first = page.locator("table .main-link").first.inner_text()
    press_on(page, "下一页")
    page.wait_for_url("**after=**")
    expect(page.locator("table .main-link").first).not_to_have_text(first)
    assert page.faults == []
