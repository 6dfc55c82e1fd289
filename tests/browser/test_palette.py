"""Finding and moving by keyboard alone, in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def shown(page):
    """The options of the open palette, once they are there."""
    options = page.locator("#palette-list [role=option]")
    options.first.wait_for()
    return options


def test_found_by_initials_and_opened(page_for):
    page = page_for("顾清宁")
    page.keyboard.press("/")
    shown(page)
    assert serious_faults(page) == []
    page.keyboard.type("lxjm")
    page.locator("dialog[open]").get_by_role("option", name="澜芯精密减速器总部基地").first.wait_for()
    assert serious_faults(page) == []
    page.keyboard.press("ArrowDown")
    page.keyboard.press("ArrowUp")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/*")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("Control+k")
    shown(page).filter(
        has_text="澜芯精密减速器总部基地"
    ).first.wait_for()  # opened, so offered; where depends on other walks
    page.keyboard.press("Escape")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert page.faults == []


def test_enter_before_the_answer_opens_what_was_typed(page_for):
    page = page_for("顾清宁")
    page.keyboard.press("Control+k")
    shown(page)
    page.keyboard.type("查无此词此物")
    page.keyboard.press("Enter")
    page.wait_for_url("**/search?q=*")
    expect(page.locator("main")).to_contain_text("没有找到")


def test_keys_go_make_and_step_but_never_while_typing(page_for):
    page = page_for("顾清宁")
    page.keyboard.press("?")
    page.get_by_role("dialog", name="快捷键").wait_for()
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    page.keyboard.press("g")
    page.keyboard.press("p")
    page.wait_for_url("**/projects")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("j")
    page.keyboard.press("j")
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    page.wait_for_url("**/projects/*")
    page.wait_for_load_state("networkidle")
    page.keyboard.press("n")
    page.keyboard.press("a")
    page.wait_for_url("**/activities/new*")
    page.wait_for_load_state("networkidle")
    box = page.locator("textarea").first
    box.focus()
    page.keyboard.type("g p / ?")
    expect(box).to_have_value("g p / ?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    assert "activities/new" in page.url
    assert page.faults == []


def test_single_keys_can_be_off_and_ctrl_k_stays(page_for):
    page = page_for("江予安")
    page.goto("/me")
    page.get_by_role("button", name="关闭单键快捷键").click()
    page.get_by_text("现在：关闭").wait_for()
    page.keyboard.press("/")
    page.keyboard.press("?")
    expect(page.locator("dialog[open]")).to_have_count(0)
    page.keyboard.press("Control+k")
    shown(page)
    page.keyboard.press("Escape")
    page.get_by_role("button", name="开启单键快捷键").click()
    page.get_by_text("现在：开启").wait_for()


def test_on_a_phone_it_opens_by_touch(page_for):
    page = page_for("顾清宁", PHONE)
    page.locator("[data-palette]").tap()
    shown(page)
    page.keyboard.type("减速")
    page.locator("#palette-list mark").first.wait_for()
    assert serious_faults(page) == [] and sideways(page) <= 0 and page.faults == []
