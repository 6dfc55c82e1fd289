"""Whose project it is, and what becomes of it: the walks of the register by hand in a real browser, each ending with axe."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def assert_sound(page):
    """Nothing serious for axe and nothing sideways, on a wide screen and on a phone."""
    for size in (PHONE, WIDE):
        page.set_viewport_size(size)
        assert sideways(page) <= 0, (page.url, size)
        assert serious_faults(page) == [], (page.url, size)
    assert page.faults == []


def register(page, name):
    """Register a lead that nobody else has; its page is open then."""
    page.goto("/projects/new")
    page.get_by_label("项目名称").fill(name)
    page.get_by_role("button", name="登记线索").click()
    page.wait_for_url(re.compile(r"/projects/\d+$"))
    return page.url


def test_a_masked_hit_while_typing_becomes_a_case_that_is_ruled(page_for):
    page = page_for("沈亦舟")
    page.goto("/projects/new")
    page.get_by_label("项目名称").press_sequentially("潆禾无菌灌装装备", delay=10)
    hit = page.locator("#alike li")
    hit.wait_for()
    expect(hit).to_contain_text("招商一组 已登记一个相近项目")
    expect(hit).not_to_contain_text("潆禾")
    page.get_by_label("怎么办").select_option("arbitrate")
    page.get_by_label("说明", exact=True).fill("九月已与企业签意向")
    assert_sound(page)
    page.get_by_role("button", name="登记线索").click()
    page.get_by_role("link", name="看撞单").click()
    expect(page.locator("main")).to_contain_text("这一方的登记不在你的可见范围")
    assert_sound(page)
    judge = page_for("方致远")
    judge.goto(page.url)
    judge.locator("#outcome").select_option("first")
    judge.locator("#reason").fill("登记在先，跟进没有中断。")
    judge.get_by_role("button", name="作出裁定").click()
    expect(judge.locator("[role=status]").first).to_contain_text("已裁定")
    assert_sound(judge)
    page.reload()
    expect(page.locator("main")).to_contain_text("归先报方")


def test_released_into_the_pool_and_picked_by_another(page_for):
    page = page_for("顾清宁")
    address = register(page, "珩砾齿轮箱再制造线索")
    page.get_by_role("link", name="释放到公共池").click()
    page.get_by_label("释放原因").fill("投资方三个月没有回应")
    assert_sound(page)
    page.get_by_role("button", name="释放到公共池").click()
    page.wait_for_url(address)
    other = page_for("裴照野")
    other.goto("/pool")
    assert_sound(other)
    other.get_by_role("button", name="领取").first.click()
    other.wait_for_url(address)
    expect(other.locator("[role=status]").first).to_contain_text("珩砾齿轮箱再制造线索")
    assert_sound(other)


def test_deleted_undone_deleted_again_and_restored_from_the_trash(page_for):
    page = page_for("顾清宁")
    address = register(page, "蘅屿光纤陀螺线索")
    for back in ("撤销", "恢复"):
        page.goto(address)
        page.get_by_role("link", name="删除项目").click()
        assert_sound(page)
        page.get_by_role("button", name="删除这个项目").click()
        page.get_by_role("button", name="撤销").wait_for()
        assert page.request.get(address).status == 404
        if back == "恢复":
            page.goto("/trash")
            assert_sound(page)
        page.get_by_role("button", name=back, exact=True).first.click()
        page.wait_for_load_state()
        expect(page.locator("main")).to_contain_text("已恢复项目“蘅屿光纤陀螺线索”")
        assert page.request.get(address).status == 200


def test_two_projects_merged_after_a_preview_and_parted_again(page_for):
    officer = page_for("顾清宁")
    kept, gone = (register(officer, name) for name in ("峤澜热管理模组线索", "茗舟会展器材线索"))
    page = page_for("方致远")
    page.goto(f"{kept}/merge?q=茗舟会展器材")
    assert_sound(page)
    page.get_by_role("link", name="茗舟会展器材线索").click()
    expect(page.locator("h1")).to_have_text("把“茗舟会展器材线索”并入“峤澜热管理模组线索”？")
    page.get_by_role("textbox", name="合并原因").fill("同一企业的两次登记")
    assert_sound(page)
    page.get_by_role("button", name="合并").last.click()
    page.locator("[role=status]", has_text="已合并").wait_for()
    page.goto(gone)
    page.get_by_role("link", name="查看或撤销合并").click()
    assert_sound(page)
    page.get_by_role("button", name="撤销合并").click()
    page.wait_for_load_state()
    page.goto(gone)
    expect(page.get_by_role("link", name="查看或撤销合并")).to_have_count(0)


def test_the_claims_queue_by_keyboard_alone(page_for):
    page = page_for("温知夏")
    page.goto("/claims")
    assert_sound(page)
    before = page.locator("main table .main-link").count()
    page.keyboard.press("j")
    page.keyboard.press("j")
    name = page.evaluate("document.activeElement.textContent")
    page.keyboard.press("k")
    assert page.evaluate("document.activeElement.textContent") != name
    page.keyboard.press("x")
    expect(page.locator("main table input:checked")).to_have_count(1)
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"/claims/\d+"))
    assert_sound(page)
    page.keyboard.press("a")
    page.locator("[role=status]").first.wait_for()
    page.goto("/claims")
    expect(page.locator("main table .main-link")).to_have_count(before - 1)
