"""The bell and what lies behind it, by keyboard alone; the day's work from the first page; settings without scripts."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def test_a_notice_is_read_by_keyboard_and_leads_to_its_row(page_for):
    page = page_for("陆思远")
    page.goto("/today")
    bell = page.get_by_role("link", name=re.compile("通知，.+ 条未读"))
    before = int(bell.inner_text())
    bell.focus()
    page.keyboard.press("Enter")
    page.wait_for_url("**/notices")
    page.locator(".notice-new").first.focus()
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/(projects|activities|meetings/actions|claims|digest)"))
    expect(page.get_by_role("link", name=re.compile(f"通知，{before - 1} 条未读"))).to_be_visible()


def test_the_first_page_starts_with_what_is_late_and_puts_it_off(page_for):
    page = page_for("顾清宁", PHONE, dark=True)
    page.goto("/today")
    expect(page.locator("main section h2").first).to_have_text("逾期")
    first = page.locator("section[aria-labelledby=late] li").filter(has=page.get_by_role("link", name="延期")).first
    what = first.locator(".todo-name").inner_text()
    first.get_by_role("link", name="延期").click()
    page.get_by_label("延期到").fill("2022-10-01")
    page.get_by_role("button", name="改到这一天").click()
    expect(page.locator(".field-error")).to_contain_text("已经过去")
    assert serious_faults(page) == []
    page.get_by_label("延期到").fill("2022-10-22")
    page.get_by_role("button", name="改到这一天").click()
    page.wait_for_url("**/today")
    expect(page.locator("section[aria-labelledby=ahead]")).to_contain_text(what)
    assert sideways(page) <= 0


def test_reminders_are_set_without_scripts(page_for):
    page = page_for("沈亦舟", scripts=False)
    page.goto("/me/reminders")
    page.get_by_label("计划节点：提前天数").fill("14")
    page.get_by_label("久未联系：提醒").uncheck()
    page.get_by_role("button", name="保存提醒设置").click()
    expect(page.locator("[role=status]").first).to_contain_text("提醒设置已保存")
    expect(page.get_by_label("计划节点：提前天数")).to_have_value("14")
    assert not page.get_by_label("久未联系：提醒").is_checked()
