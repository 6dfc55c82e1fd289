"""A meeting is written down, confirmed, issued and printed by hand in a real browser, on a wide screen and on a phone."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE
from tests.browser.test_register_walks import assert_sound

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]


def hold(page, title):
    """Record a meeting of yesterday with two points, which 林牧川 chairs; its address."""
    page.goto("/meetings/new")
    page.get_by_label("会议名称").fill(title)
    page.locator("#held_at").fill("2022-10-19T14:00")
    chair = page.locator("#chair_id option", has_text="林牧川")
    page.locator("#chair_id").select_option(chair.get_attribute("value"))
    for number, words in enumerate(("园区供电", "园区排水")):
        page.locator(f"#agenda-{number}-title").fill(words)
    page.get_by_role("button", name="保存会议").click()
    page.wait_for_url(re.compile(r"/meetings/\d+$"))
    return page.url


@pytest.mark.parametrize("size", [WIDE, PHONE], ids=["wide", "phone"])
def test_written_confirmed_issued_and_printed(page_for, size, tmp_path):
    page = page_for("许若彤", size)
    address = hold(page, f"基础设施协调会（{size['width']}）")
    page.get_by_role("link", name="记纪要").first.click()
    page.wait_for_url(re.compile("/minutes$"))
    first, second = (page.locator(".min-point").nth(place) for place in (0, 1))
    first.get_by_label("情况").fill("双回路尚未接通。")
    first.get_by_label("议定").fill("供电公司10月底前接通双回路。")
    first.get_by_label("议定").press("Control+Enter")
    first.get_by_text("已保存").wait_for()
    expect(first.get_by_label("议定")).to_have_value("供电公司10月底前接通双回路。")
    second.get_by_label("情况").fill("管网方案待比选。")
    second.get_by_label("移交下次会议").check()
    second.get_by_role("button", name="保存这一项").click()
    second.get_by_text("已保存").wait_for()
    page.get_by_role("button", name="没登记的都记到会").click()
    page.locator("[role=status]", has_text="已保存到会情况").wait_for()
    assert_sound(page)
    page.set_viewport_size(size)
    page.get_by_role("button", name="送主持人确认").click()
    page.locator("[role=status]", has_text="已送主持人确认").wait_for()

    chair = page_for("林牧川", size)
    chair.goto(f"{address}/minutes")
    chair.get_by_role("link", name="送审稿").click()
    expect(chair.locator(".minutes-paper")).to_contain_text("供电公司10月底前接通双回路。")
    assert_sound(chair)
    chair.go_back()
    chair.get_by_label("理由").fill("写明责任人")
    chair.get_by_role("button", name="退回修改").click()
    chair.locator("[role=status]", has_text="已退回修改").wait_for()
    assert_sound(chair)

    page.goto(f"{address}/minutes")
    expect(page.locator("#way")).to_contain_text("退回：写明责任人")
    first.get_by_label("议定").fill("供电公司王建国10月底前接通双回路。")
    first.get_by_role("button", name="保存这一项").click()
    first.get_by_text("已保存").wait_for()
    page.get_by_role("button", name="送主持人确认").click()
    page.locator("[role=status]", has_text="已送主持人确认").wait_for()
    chair.goto(f"{address}/minutes")
    chair.get_by_role("button", name="确认", exact=True).click()
    chair.locator("[role=status]", has_text="已确认").wait_for()
    page.reload()
    page.get_by_role("button", name="编号印发").click()
    page.locator("[role=status]", has_text="已印发").wait_for()
    assert_sound(page)

    page.goto(f"{address}/minutes/paper")
    paper = page.locator(".minutes-paper").inner_text()
    number = re.search(r"会议纪要〔2022〕第\d+号", paper)
    assert number and "供电公司王建国10月底前接通双回路。" in paper and "一、园区供电" in paper
    expect(page.get_by_role("button", name="打印或存为 PDF")).to_be_visible()
    assert_sound(page)
    printed = page.pdf(prefer_css_page_size=True)
    assert printed.startswith(b"%PDF") and re.search(rb"/MediaBox \[0 0 59[45]", printed)
    page.goto(address)
    expect(page.locator("main")).to_contain_text(number[0])


@pytest.mark.parametrize("dark", [False, True], ids=["light", "dark"])
def test_the_projector_by_keys_and_without_scripts(page_for, dark):
    page = page_for("许若彤", dark=dark)
    address = hold(page, f"投影协调会（{'深' if dark else '浅'}）")
    page.goto(f"{address}/present")
    page.locator("[data-clock]").wait_for()
    expect(page.locator(".slide-of")).to_have_text("1 / 2")
    page.keyboard.press("ArrowRight")
    page.locator(".slide-of", has_text="2 / 2").wait_for()
    expect(page.locator(".slide-name")).to_have_text("园区排水")
    page.wait_for_url("**at=2**")
    assert_sound(page)
    other = page_for("许若彤")
    other.goto(f"{address}/minutes")
    point = other.locator(".min-point").nth(1)
    point.get_by_label("议定").fill("先行比选管网方案。")
    point.get_by_role("button", name="保存这一项").click()
    page.locator(".slide-decided", has_text="先行比选管网方案。").wait_for()
    page.keyboard.press("ArrowLeft")
    page.locator(".slide-of", has_text="1 / 2").wait_for()
    page.keyboard.press("Escape")
    page.wait_for_url(re.compile("/minutes#"))
    plain = page_for("许若彤", scripts=False)
    plain.goto(f"{address}/present")
    plain.get_by_role("link", name="下一项").click()
    expect(plain.locator(".slide-name")).to_have_text("园区排水")
    expect(plain.locator(".slide-decided")).to_contain_text("先行比选管网方案。")


def test_of_two_at_one_point_only_what_both_changed_is_asked(page_for):
    one, other = page_for("许若彤"), page_for("许若彤")
    address = hold(one, "两人同记协调会")
    for page in (one, other):
        page.goto(f"{address}/minutes")
    texts = ((one, "一致同意。", ""), (other, "原则同意。", "补充的情况。"))
    for page, decided, situation in texts:
        point = page.locator(".min-point").first
        point.get_by_label("议定").fill(decided)
        if situation:
            point.get_by_label("情况").fill(situation)
        point.get_by_role("button", name="保存这一项").click()
        point.locator("[role=status], [role=alert]").first.wait_for()
    point = other.locator(".min-point").first
    expect(point).to_contain_text("有 1 处两个人都改过")
    other.faults.clear()  # the browser reports the 409 that was asked for
    assert_sound(other)
    point.get_by_role("radio", name=re.compile("对方")).check()
    point.get_by_role("button", name="保存这一项").click()
    point.get_by_text("已保存").wait_for()
    expect(point.get_by_label("议定")).to_have_value("一致同意。")
    expect(point.get_by_label("情况")).to_have_value("补充的情况。")
