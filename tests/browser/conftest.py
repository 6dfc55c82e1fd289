"""A real server with the demo data, and a real browser in front of it."""

from __future__ import annotations

import os
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
PATIENCE_MS = 120_000  # a wait ends as soon as it may; the machine may be busy with others
expect.set_options(timeout=PATIENCE_MS)
WIDE, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}
FLAGS = [
    "--no-sandbox", "--disable-dev-shm-usage", "--disable-gpu", "--disable-quic", "--no-first-run",
    "--disable-background-networking", "--disable-component-update", "--disable-sync",
]  # fmt: skip


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """A walk that fails is walked once more, and the end of the run names it: a server and a browser share the clock with others.

    It is a hint at a race, of the walk or of the product, and to be looked into; it does not hold up everybody's work meanwhile.
    """
    for item in items:
        if item.get_closest_marker("browser"):
            item.add_marker(pytest.mark.flaky(reruns=1))


def free_port() -> int:
    """A port nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


@contextmanager
def demo_server(folder: Path) -> Iterator[str]:
    """The address of `crm serve` on a fresh demo database in the folder."""
    port = free_port()
    environment = os.environ | {"CRM_ENV": "demo", "CRM_DATA_DIR": str(folder), "CRM_TODAY": "2022-10-20"}
    environment.pop("CRM_DATABASE_URL", None)
    command = [sys.executable, "-m", "flask", "--app", "wsgi", "crm", "serve", "--port", str(port)]
    with (folder / "server.log").open("wb") as log:
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=log, stderr=log)
        try:
            _wait_for(f"http://127.0.0.1:{port}/health", process, folder / "server.log")
            yield f"http://127.0.0.1:{port}"
        finally:
            process.terminate()
            try:
                process.wait(60)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()


def _wait_for(address: str, process: subprocess.Popen[bytes], log: Path) -> None:
    for _ in range(1800):  # the demo is loaded first: some seconds of work, more where many share the machine
        if process.poll() is not None:
            raise RuntimeError(log.read_text(encoding="utf-8", errors="replace"))
        try:
            with urllib.request.urlopen(address, timeout=2):
                return
        except OSError:
            time.sleep(0.1)
    raise RuntimeError("the server did not answer within three minutes")


@contextmanager
def open_browser(path: str) -> Iterator[Browser]:
    """A headless Chromium."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        yield browser
        browser.close()


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The demo, served."""
    with demo_server(tmp_path_factory.mktemp("demo")) as address:
        yield address


@pytest.fixture(scope="session")
def browser(chromium: str) -> Iterator[Browser]:
    """One Chromium for the run."""
    with open_browser(chromium) as opened:
        yield opened


@pytest.fixture
def page_for(server: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """A page signed in as somebody of the demo cast: `page_for("顾清宁", PHONE, dark=True)`."""
    opened = []

    def sign_in(name: str, size: dict[str, int] = WIDE, dark: bool = False, scripts: bool = True) -> Page:
        context = browser.new_context(
            viewport=size,
            locale="zh-CN",
            color_scheme="dark" if dark else "light",
            bypass_csp=False,
            java_script_enabled=scripts,
            base_url=server,
            has_touch=size is PHONE,
        )
        opened.append(context)
        context.set_default_timeout(PATIENCE_MS)
        page = context.new_page()
        page.faults = []  # type: ignore[attr-defined]
        page.on("console", lambda message: message.type == "error" and page.faults.append(message.text))  # type: ignore[attr-defined]
        page.on("pageerror", lambda error: page.faults.append(str(error)))  # type: ignore[attr-defined]
        page.goto("/sign-in")
        page.get_by_role("button", name=name).first.click()
        page.wait_for_load_state()
        return page

    yield sign_in
    for context in opened:
        context.close()


def serious_faults(page: Page) -> list[str]:
    """What axe finds serious or critical on the page, each with its first place."""
    page.wait_for_load_state()
    report = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "best-practice"]})
    return [
        f"{found['id']}: {found['help']} at {found['nodes'][0]['target']}"
        for found in report.response["violations"]
        if found["impact"] in ("serious", "critical")
    ]


def sideways(page: Page) -> int:
    """How many pixels the page scrolls sideways: none, on any screen.

    A click waits only until the next page has begun, when it may have no element yet: its load is waited for.
    """
    page.wait_for_load_state()
    return int(page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth"))
