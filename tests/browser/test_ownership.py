"""Giving a project away and taking one, offering and accepting, merging: by hand in a real browser."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import serious_faults

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def _own(page, action):
    """Open one of the person's smaller projects that offers an action, and the action; other walks use the large ones."""
    page.goto("/projects?view=mine")
    links = [link.get_attribute("href") for link in page.locator("table a.main-link").all()]
    for link in reversed(links):
        page.goto(link)
        if page.get_by_role("link", name=action).count():
            page.get_by_role("link", name=action).click()
            return link.partition("?")[0]
    raise AssertionError(f"no project of the demo offers {action}")


def test_released_by_one_and_picked_by_another(page_for):
    page = page_for("顾清宁")
    link = _own(page, "释放到公共池")
    page.get_by_role("button", name="释放到公共池").click()
    expect(page.locator("main")).to_contain_text("请写明释放原因")
    page.get_by_label("释放原因").fill("投资方三个月没有回应")
    page.keyboard.press("Tab")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")  # 不释放, 释放到公共池
    page.wait_for_url(f"**{link}")
    expect(page.locator("main")).to_contain_text("在公共池")
    other = page_for("沈亦舟")
    other.goto("/pool")
    assert serious_faults(other) == []
    other.get_by_role("button", name="领取").first.click()
    other.wait_for_url("**/projects/*")
    expect(other.locator("[role=status]").first).to_contain_text("已领取")


def test_offered_by_one_and_accepted_by_another(page_for):
    page = page_for("顾清宁")
    _own(page, "发起流转")
    page.locator("#to_user").select_option(label="沈亦舟 · 招商二组")
    page.get_by_label("流转原因").fill("落地在对方片区，由对方跟进更合适")
    assert serious_faults(page) == []
    page.get_by_role("button", name="发起流转").click()
    page.wait_for_url("**/projects/*")
    other = page_for("沈亦舟")
    other.goto("/transfers")
    other.locator("table a.main-link").first.click()
    expect(other.locator("main")).to_contain_text("接收之前只看到概要")
    assert serious_faults(other) == []
    other.get_by_role("button", name="接收", exact=True).click()
    other.wait_for_url("**/transfers")
    expect(other.locator("table")).to_contain_text("已接收")


def test_the_preview_of_a_merge_is_reached_and_sound(page_for):
    page = page_for("方致远")
    page.goto("/companies")
    page.locator("table a.main-link").first.click()
    page.get_by_role("link", name="合并重复企业").click()
    page.get_by_label("企业名称或信用代码").fill("公司")
    page.get_by_role("button", name="查找").click()
    page.locator(".list-plain a.main-link").last.click()
    expect(page.locator("h1")).to_contain_text("并入")
    assert serious_faults(page) == []
    page.goto("/merges")
    expect(page.locator("h1")).to_have_text("合并记录")
    assert serious_faults(page) == []
