"""The project's page by keyboard alone: comment, name, quote, paste, pin, follow, done and next, putting back, two editors."""

from __future__ import annotations

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import PHONE, WIDE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

# A picture in the clipboard, as a browser hands it over.
PASTE = """(box) => {
  const canvas = document.createElement("canvas");
  canvas.width = canvas.height = 8;
  const bytes = Uint8Array.from(atob(canvas.toDataURL("image/png").split(",")[1]), (c) => c.charCodeAt(0));
  const held = new DataTransfer();
  held.items.add(new File([bytes], "截图.png", { type: "image/png" }));
  box.dispatchEvent(new ClipboardEvent("paste", { clipboardData: held, bubbles: true, cancelable: true }));
}"""
SELECT = """(text) => {
  const range = document.createRange();
  range.setStart(text.firstChild, 0);
  range.setEnd(text.firstChild, 6);
  document.getSelection().removeAllRanges();
  document.getSelection().addRange(range);
}"""


def sound(page: Page) -> None:
    """Nobody is kept out, nothing sticks out, nothing broke."""
    page.wait_for_load_state("networkidle")
    assert serious_faults(page) == [] and sideways(page) <= 0 and page.faults == []


def open_project(page: Page, name: str) -> str:
    """The address of a project of the demo, which the page then shows."""
    page.goto(f"/projects?q={name}")
    page.get_by_role("link", name=name).first.click()
    page.wait_for_load_state("networkidle")
    return page.url.partition("?")[0]  # the list it was found in is in the address too


def press(page: Page, locator) -> None:
    """Enter on a link or button, and the page that follows."""
    locator.focus()
    page.keyboard.press("Enter")
    page.wait_for_load_state("networkidle")


@pytest.mark.parametrize(("size", "dark"), [(WIDE, False), (PHONE, True)], ids=["1440", "390-dark"])
def test_a_comment_names_quotes_and_encloses(page_for, size, dark):
    page = page_for("顾清宁", size, dark=dark)
    open_project(page, "澜芯精密减速器总部基地")
    sound(page)
    box = page.locator("textarea[name=body]")
    box.focus()
    page.keyboard.type("@周以")
    page.get_by_role("option", name="周以恒").wait_for()
    sound(page)
    page.keyboard.press("Enter")
    expect(box).to_have_value("@周以恒 ")
    page.keyboard.type("请看这一句")

    text = page.locator("#timeline .tl .prose[data-quote]").first
    words = text.inner_text()[:6]
    text.evaluate(SELECT)
    page.locator(".quote-here").wait_for()
    press(page, page.locator(".quote-here"))
    expect(page.locator("[data-quoted] blockquote")).to_have_text(words)
    box.evaluate(PASTE)
    page.locator("[data-pasted] img").wait_for()
    sound(page)
    box.focus()
    page.keyboard.press("Control+Enter")
    page.get_by_text("已发表评论").wait_for()

    comment = page.locator("#timeline .tl > li[data-kind=comment]").first
    expect(comment.locator(".at")).to_have_text("@周以恒")
    expect(comment.locator("blockquote")).to_contain_text(words)
    press(page, comment.locator("[data-picture]"))
    picture = page.get_by_role("dialog").locator("img")
    assert picture.evaluate("picture => picture.decode().then(() => picture.naturalWidth)") == 8
    page.keyboard.press("Escape")
    press(page, comment.get_by_role("button", name="置顶"))
    expect(page.locator(".pinned")).to_contain_text("请看这一句")
    press(page, page.get_by_role("button", name="关注", exact=True))
    page.get_by_role("button", name="取消关注").wait_for()
    sound(page)
    press(page, page.get_by_role("button", name="取消关注"))
    press(page, page.locator(".pinned").get_by_role("button", name="删除"))
    page.get_by_text("评论已删除").wait_for()


def test_done_and_the_next_step_by_keyboard(page_for):
    page = page_for("顾清宁")
    open_project(page, "澜芯精密减速器总部基地")
    row = page.locator(".plan-row").filter(has_text="逾期").first
    what = row.locator("> span").nth(1).inner_text()
    row.locator(".menu-wide > summary").focus()
    page.keyboard.press("Enter")
    row.get_by_label("办得怎么样").focus()
    page.keyboard.type("已回复。")
    page.keyboard.press("Tab")
    page.keyboard.type("约评审会")
    row.get_by_label("哪一天").fill("2022-10-28")
    sound(page)
    row.get_by_label("下一步").focus()
    page.keyboard.press("Control+Enter")
    page.get_by_text("已记录").first.wait_for()
    expect(page.locator(".tl-plan")).to_contain_text("约评审会")
    expect(page.locator(".tl-plan")).not_to_contain_text(what)


def test_two_editors_choose_and_an_old_value_is_put_back(page_for):
    mine, theirs = page_for("顾清宁"), page_for("周以恒")
    address = open_project(mine, "澜芯精密减速器总部基地")
    for page, area in ((mine, "95"), (theirs, "90")):
        page.goto(f"{address}/edit")
        page.get_by_label("用地面积").fill(area)
    theirs.get_by_label("地块或载体").fill("B-13 地块")
    theirs.keyboard.press("Control+Enter")
    theirs.get_by_text("已保存").wait_for()
    mine.keyboard.press("Control+Enter")
    mine.get_by_text("两个人都改过").first.wait_for()
    mine.faults.clear()  # the browser's own word on a 409
    sound(mine)
    expect(mine.locator(".clash tbody tr")).to_have_count(1)  # what only the other changed is not asked
    mine.locator(".clash input[value=theirs]").focus()
    mine.keyboard.press("Space")
    mine.get_by_label("用地面积", exact=True).focus()
    mine.keyboard.press("Control+Enter")
    mine.wait_for_url(address)
    facts = mine.locator(".rec-facts").inner_text()
    assert "90 亩" in facts and "B-13 地块" in facts

    mine.goto(f"{address}?show=edits")
    row = mine.get_by_role("row", name="用地面积").first
    press(mine, row.get_by_role("button", name="恢复这个值"))
    expect(mine.locator(".rec-facts")).to_contain_text("86 亩")
    sound(mine)


def test_leaving_with_something_unsaved_asks(page_for):
    page = page_for("顾清宁")
    address = open_project(page, "澜芯精密减速器总部基地")
    page.goto(f"{address}/edit")
    asked = []
    page.on("dialog", lambda dialog: (asked.append(dialog.type), dialog.accept()))
    page.goto(address)
    assert asked == []
    page.goto(f"{address}/edit")
    page.get_by_label("用地面积").fill("99")
    page.goto(address)
    assert asked == ["beforeunload"]


def test_comments_without_scripts(page_for):
    page = page_for("顾清宁", scripts=False)
    page.goto("/projects?q=澜芯")
    page.get_by_role("link", name="澜芯精密减速器总部基地").first.click()
    page.locator("#timeline").get_by_role("link", name="引用").first.click()
    page.get_by_label("评论", exact=True).fill("没有脚本也能引用 @周以恒")
    page.get_by_role("button", name="发表评论").click()
    comment = page.locator("#timeline .tl > li[data-kind=comment]").first
    expect(comment).to_contain_text("@周以恒")
    expect(comment.locator("blockquote")).to_have_count(1)
