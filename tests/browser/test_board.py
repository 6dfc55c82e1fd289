"""The board by mouse and by keyboard alone: a card asks what its move needs, and lies where it lay when nothing comes of it."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]
MINE = "/projects/board?view=mine"


def drag(page, card, lane):
    """Press on a card, go to another column, let go."""
    start, end = card.bounding_box(), lane.bounding_box()
    page.mouse.move(start["x"] + 60, start["y"] + 60)
    page.mouse.down()
    page.mouse.move(start["x"] + 80, start["y"] + 65, steps=3)
    page.mouse.move(end["x"] + 90, end["y"] + 60, steps=6)
    page.mouse.up()
    page.wait_for_selector("dialog[open] #move-title")


def lane_of(page, name):
    """The column in which a card stands."""
    return page.evaluate(
        "name => [...document.querySelectorAll('.card-name')].find(link => link.textContent === name)"
        ".closest('[data-lane]').dataset.lane",
        name,
    )


def test_a_drag_asks_and_cancelling_puts_the_card_back(page_for):
    page = page_for("顾清宁")
    page.goto(MINE)
    card = page.locator("[data-lane=negotiation] .pcard").first
    name = card.locator(".card-name").inner_text()
    drag(page, card, page.locator("section[data-lane=review]"))
    assert serious_faults(page) == []
    page.keyboard.press("Escape")
    page.locator("#board-said", has_text="放回原处").wait_for()
    assert lane_of(page, name) == "negotiation"
    expect(page.locator(":focus")).to_have_text(name)
    page.reload()
    assert lane_of(page, name) == "negotiation"
    assert page.faults == []


def test_a_move_by_keyboard_alone(page_for):
    page = page_for("周以恒")
    page.goto("/projects/board?lanes=preparation,started")
    page.locator("[data-lane=preparation] .card-name").first.focus()
    page.keyboard.press("ArrowRight")
    assert page.evaluate("document.activeElement.closest('[data-lane]').dataset.lane") == "started"
    page.keyboard.press("ArrowLeft")
    page.keyboard.press("m")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] #move-title")
    expect(page.locator("#move-title")).to_contain_text("开工")
    page.keyboard.press("Escape")
    page.locator(".card-name:focus").wait_for()
    assert page.faults == []


def test_a_finished_move_shows_on_both_columns(page_for):
    page = page_for("周以恒")
    page.goto("/projects/board?view=mine&lanes=negotiation,review")
    name = page.locator("[data-lane=review] .card-name").first.inner_text()
    page.locator("[data-lane=review] .card-name").first.focus()
    page.keyboard.press("m")
    page.locator("[data-lane=review] .pcard").first.locator("select").select_option("negotiation")
    page.keyboard.press("Tab")
    page.keyboard.press("Enter")
    page.wait_for_selector("dialog[open] textarea")
    page.keyboard.type("方案重做")
    page.keyboard.press("Control+Enter")
    page.locator("#board-said", has_text="已移到").wait_for()
    assert lane_of(page, name) == "negotiation"
    expect(page.locator(":focus")).to_have_text(name)
    assert page.faults == []


def test_a_phone_shows_one_column_and_works_without_scripts(page_for):
    page = page_for("顾清宁", PHONE, dark=True)
    page.goto(MINE)
    expect(page.locator(".lane:visible")).to_have_count(1)
    page.get_by_label("阶段", exact=True).select_option("review")
    page.wait_for_url("**at=review**")
    expect(page.locator(".lane:visible")).to_have_attribute("data-lane", "review")
    assert sideways(page) <= 0
    assert serious_faults(page) == []
    plain = page_for("顾清宁", scripts=False)
    plain.goto(MINE)
    plain.locator("[data-lane=negotiation] summary").first.click()
    plain.locator("[data-lane=negotiation] .pcard").first.get_by_role("button", name="移动", exact=True).click()
    expect(plain.locator("h1")).to_contain_text("移到“评审”")
