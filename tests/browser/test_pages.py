"""Every main page in its readers' hands, wide and on a phone, light and dark: sound, and axe finds nothing serious."""

from __future__ import annotations

import pytest
from playwright.sync_api import expect

from tests.browser.conftest import PHONE, WIDE, serious_faults, sideways

pytestmark = [pytest.mark.browser, pytest.mark.xdist_group("browser")]

READERS = {
    "顾清宁": ("/today", "/projects", "/projects?view=mine", "/projects/new", "/projects/board?view=mine",
              "/activities", "/activities/new", "/companies", "/companies/new", "/search?q=澜", "/me",
              "/notices", "/digest", "/me/reminders", "/pool", "/transfers",
              "/transfers?show=sent", "/transfers/2", "/collisions/2", "/trash",
              "/projects?builder=1&g1=1&f1=stage&o1=is&v1=signed&new2=total", "/views?query=stage%3Dlead",
              "/projects/bulk?all=1&view=mine", "/monthly?month=2022-09", "/plans", "/projects/72/plans/2022",
              "/projects/72/plans/nodes/7"),
    "方致远": ("/claims", "/claims?state=verified&proof=missing", "/trash", "/me/access", "/figures?month=2022-09",
              "/figures/signed_count?month=2022-09", "/settings", "/monthly/review?month=2022-09",
              "/settings/targets", "/settings/targets?unit=2", "/projects/72/plans/2022",
              "/settings/rates", "/settings/calendar?year=2027", "/imports", "/merges",
              "/projects/1/merge", "/collisions", "/collisions?state=ruled", "/collisions/1", "/collisions/2"),
    "许若彤": ("/meetings", "/meetings/new", "/meetings/actions"),
    "程望山": ("/cockpit?month=2022-09", "/figures/rates?month=2022-09", "/figures/standings?month=2022-09",
              "/briefings", "/briefings/2022-09?figure=signed_month"),
    "季明川": ("/users", "/handover", "/users/1/hand-over", "/users/1/access", "/users/new", "/log"),
    "江予安": ("/today",),
}  # fmt: skip
VISITS = [(name, address) for name, addresses in READERS.items() for address in addresses]


@pytest.mark.parametrize(("name", "address"), VISITS, ids=[f"{name}-{address}" for name, address in VISITS])
def test_a_page_is_sound_wide_and_on_a_phone(page_for, name, address):
    for size, dark in ((WIDE, False), (PHONE, True)):
        page = page_for(name, size, dark=dark)
        answer = page.goto(address)
        assert answer.status == 200, address
        page.wait_for_load_state("networkidle")
        assert sideways(page) <= 0, (address, size)
        expect(page.locator("h1")).to_have_count(1)
        assert serious_faults(page) == []
        assert page.faults == []


def test_a_project_page_is_sound(page_for):
    page = page_for("顾清宁")
    page.goto("/projects?view=mine")
    page.locator("table a.main-link").first.click()
    page.wait_for_load_state("networkidle")
    assert serious_faults(page) == [] and sideways(page) <= 0 and page.faults == []
    phone = page_for("顾清宁", PHONE)
    phone.goto(page.url)
    assert serious_faults(phone) == [] and sideways(phone) <= 0


def test_the_sign_in_page_is_sound(page_for, server):
    page = page_for("顾清宁", PHONE)
    page.context.clear_cookies()
    page.goto("/sign-in")
    assert serious_faults(page) == [] and sideways(page) <= 0


def test_pages_work_without_scripts(page_for):
    page = page_for("顾清宁", scripts=False)
    page.goto("/activities/new")
    page.get_by_label("谈了什么").fill("没有脚本也能记：对方询问供地时间。")
    page.get_by_label("下次联系").fill("2022-10-28")
    page.get_by_role("button", name="保存记录").click()
    expect(page.locator("[role=status]").first).to_contain_text("已")
