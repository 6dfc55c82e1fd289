"""The briefing arranged by mouse and by keyboard alone: nothing that was typed is lost, and what is not saved says so."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
ROOT = "/settings/briefing-layout"
TALKS = f"{ROOT}/negotiations"


def drag(page, name, onto):
    """Take a row by its handle and let it go upon another."""
    grip, end = page.locator(f'tr[data-row="{name}"] .grip'), page.locator(f'tr[data-row="{onto}"]')
    grip.evaluate("grip => grip.scrollIntoView({block: 'center', behavior: 'instant'})")  # clear of the bar
    start, there = grip.bounding_box(), end.bounding_box()
    page.mouse.move(start["x"] + start["width"] / 2, start["y"] + start["height"] / 2)
    page.mouse.down()
    page.mouse.move(start["x"] + start["width"] / 2 + 8, start["y"] + start["height"] / 2 + 6, steps=3)
    page.mouse.move(there["x"] + 40, there["y"] + there["height"] / 2, steps=8)
    page.mouse.up()


def order(page):
    return page.evaluate("[...document.querySelectorAll('#arrange tr[data-row]')].map(row => row.dataset.row)")


def test_columns_go_by_mouse_and_typed_words_stay(page_for):
    page = page_for("方致远")
    page.goto(TALKS)
    before = order(page)
    page.get_by_label("“投资方”的表头").fill("投资主体")
    page.keyboard.press("Tab")
    expect(page.locator("#unsaved")).to_contain_text("表头“投资方”改为“投资主体”")
    drag(page, "profile", "fixed")
    page.locator("#arrange-said", has_text="“投资方简介”现在排在第").wait_for(state="attached")
    after = order(page)
    assert after.index("profile") == after.index("fixed") - 1
    assert sorted(after) == sorted(before)
    expect(page.get_by_label("“投资方”的表头")).to_have_value("投资主体")
    expect(page.locator("#unsaved")).to_contain_text("调整列的先后")
    expect(page.locator("#unsaved")).to_contain_text("表头“投资方”改为“投资主体”")
    drag(page, "profile", "name")  # the first ones stay where they are
    assert order(page) == after
    assert serious_faults(page) == []
    assert page.faults == []
    page.reload()  # headless Chromium asks nobody: what was not saved is gone
    assert order(page) == before


def test_the_buttons_keep_the_focus_without_a_new_page(page_for):
    page = page_for("方致远")
    page.goto(TALKS)
    page.evaluate("window.same = true")
    before = order(page)
    page.get_by_role("button", name="下移“投资方”").focus()
    page.keyboard.press("Enter")
    page.locator("#arrange-said", has_text="“投资方”现在排在第").wait_for(state="attached")
    expect(page.locator(":focus")).to_have_attribute("aria-label", "下移“投资方”")
    assert order(page).index("investor") == before.index("investor") + 1
    for _press in range(2):  # the second one waits for the first
        page.keyboard.press("Enter")
    page.locator("#arrange-said", has_text=f"现在排在第 {before.index('investor') + 4} 位").wait_for(state="attached")
    page.get_by_role("button", name="加一个手工栏").click()
    page.locator('tr[data-row="free_1"] textarea:focus').wait_for()
    page.keyboard.type("领导批示")  # over the words it came with
    page.get_by_role("button", name="上移“手工栏").click()
    page.locator("#arrange-said", has_text="“手工栏”现在排在第").wait_for(state="attached")
    expect(page.locator('tr[data-row="free_1"] textarea')).to_have_value("领导批示")
    assert page.evaluate("window.same") is True
    page.get_by_role("button", name="各列恢复默认").click()
    expect(page.locator('tr[data-row="free_1"]')).to_have_count(0)
    assert order(page) == before
    expect(page.locator("#unsaved")).to_be_hidden()
    assert page.faults == []


def test_tables_go_by_mouse_and_are_kept(page_for):
    page = page_for("方致远")
    page.goto(ROOT)
    before = order(page)
    drag(page, "outings", "signed")
    expect(page.locator("#unsaved")).to_contain_text("调整各表的先后")
    wanted = order(page)
    assert wanted.index("outings") == wanted.index("signed") - 1
    page.get_by_role("button", name="保存先后和隐藏").click()
    page.get_by_text("已保存，下一次生成的简报按新的版式").wait_for()
    assert order(page) == wanted
    expect(page.locator("#unsaved")).to_be_hidden()
    page.get_by_role("button", name="恢复默认").click()
    page.get_by_text("已恢复，存为第").wait_for()
    assert order(page) == before
    assert page.faults == []


def test_a_phone_and_a_browser_without_scripts_have_the_buttons(page_for):
    phone = page_for("方致远", PHONE, dark=True)
    phone.goto(TALKS)
    expect(phone.locator(".grip").first).to_be_hidden()
    phone.get_by_role("button", name="下移“投资方”").click()
    phone.locator("#arrange-said", has_text="现在排在第").wait_for(state="attached")
    assert sideways(phone) <= 0
    assert serious_faults(phone) == []
    plain = page_for("方致远", scripts=False)
    plain.goto(TALKS)
    plain.get_by_role("button", name="下移“投资方”").click()
    expect(plain.locator("#unsaved")).to_contain_text("调整列的先后")
