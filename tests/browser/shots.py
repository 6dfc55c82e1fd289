"""`python -m tests.browser.shots`: the screenshots of README and user guide, taken from the real pages of a fresh demo."""

from __future__ import annotations

import sys
import tempfile
from pathlib import Path

from playwright.sync_api import Browser, Page

from tests.browser.conftest import PHONE, ROOT, WIDE, demo_server, open_browser
from tests.servers import chromium_path

FOLDER = ROOT / "docs" / "img"
LEDGER = ROOT / "tests" / "data" / "ledgers" / "guilin2022_preliminary_projects.xlsx"

# name of the picture: (person, size, address)
PAGES = {
    "cockpit": ("程望山", WIDE, "/cockpit?month=2022-09"),
    "cockpit-phone": ("程望山", PHONE, "/cockpit?month=2022-09"),
    "today": ("顾清宁", WIDE, "/today"),
    "today-phone": ("顾清宁", PHONE, "/today"),
    "projects": ("方致远", WIDE, "/projects"),
    "board": ("周以恒", WIDE, "/projects/board"),
    "queue": ("方致远", WIDE, "/claims"),
    "activity": ("顾清宁", WIDE, "/activities/new"),
    "companies": ("方致远", WIDE, "/companies"),
    "meetings": ("许若彤", WIDE, "/meetings"),
    "figures": ("方致远", WIDE, "/figures?month=2022-09"),
    "briefing": ("程望山", WIDE, "/briefings/2022-09"),
    "settings": ("方致远", WIDE, "/settings"),
}


def sign_in(browser: Browser, server: str, name: str, size: dict[str, int]) -> Page:
    """A page of somebody of the demo cast."""
    page = browser.new_context(viewport=size, locale="zh-CN", base_url=server).new_page()
    page.goto("/sign-in")
    page.get_by_role("button", name=name).first.click()
    page.wait_for_load_state("networkidle")
    return page


def keep(page: Page, name: str, size: dict[str, int]) -> None:
    """Save what a person sees first; a phone's picture is two screens long."""
    height = size["height"] if size is WIDE else size["height"] * 2
    page.set_viewport_size({"width": size["width"], "height": height})
    page.wait_for_timeout(400)
    page.screenshot(path=FOLDER / f"{name}.png")


def project_page(page: Page) -> None:
    """A project under review, one thing short of its signing."""
    page.goto("/projects?q=澜芯精密减速器")
    page.get_by_role("link", name="澜芯精密减速器总部基地").first.click()
    page.wait_for_load_state("networkidle")


def import_page(page: Page) -> None:
    """A really published ledger, read and waiting for its check."""
    page.goto("/imports")
    page.locator("input[type=file]").first.set_input_files(LEDGER)
    page.locator("form:has(input[type=file]) button[type=submit]").first.click()
    page.get_by_role("button", name="按这样检查").click()
    page.get_by_text("逐格检查").wait_for()


def main() -> int:
    """Take them all."""
    path = chromium_path()
    if path is None:
        sys.exit("no Chromium to be had: no pictures taken")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, demo_server(Path(folder)) as server, open_browser(path) as browser:
        for name, (person, size, address) in PAGES.items():
            page = sign_in(browser, server, person, size)
            page.goto(address)
            page.wait_for_load_state("networkidle")
            keep(page, name, size)
        for name, person, go in (("project", "顾清宁", project_page), ("import", "方致远", import_page)):
            page = sign_in(browser, server, person, WIDE)
            go(page)
            keep(page, name, WIDE)
    return 0


if __name__ == "__main__":
    sys.exit(main())
