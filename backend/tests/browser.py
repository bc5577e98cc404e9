"""Chromium for the tests of what people see: pages that fail a test by what their console says or whom they ask.

conftest.py takes over the fixtures.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, Literal
from urllib.parse import urlsplit

import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    ConsoleMessage,
    Page,
    Request,
    Response,
    expect,
    sync_playwright,
)

from backend.tests.tools import require_tool

HERE: Final = ("127.0.0.1", "localhost")
"""The only hosts that a page may ask."""

PATIENCE: Final = 60_000
"""Milliseconds for what a page does in a moment, on a busy machine."""

ARGUMENTS: Final = (
    "--no-sandbox",  # tests run as root in containers, too
    "--disable-background-networking",
    "--disable-component-update",
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1, EXCLUDE localhost",
)

ASKED_BY_SCRIPT: Final = ("fetch", "xhr", "document")
"""Kinds of requests that may well be refused: a page that shows the refusal is what is tested."""


class Windows:
    """Windows of a browser, each of somebody else: they share no cookie and no storage."""

    def __init__(self, browser: Browser) -> None:
        self._browser = browser
        self._contexts: list[BrowserContext] = []
        self.faults: list[str] = []
        """What no page may do: complain on its console, lack a file, ask another host."""

    def open(
        self,
        url: str = "about:blank",
        *,
        width: int = 1280,
        height: int = 800,
        colors: Literal["light", "dark"] = "light",
        motion: Literal["no-preference", "reduce"] = "reduce",
        time_zone: str = "UTC",
    ) -> Page:
        """A page of that size (in CSS pixels), before the eyes of somebody with those preferences."""
        context = self._browser.new_context(
            viewport={"width": width, "height": height},
            color_scheme=colors,
            reduced_motion=motion,
            timezone_id=time_zone,
            locale="en-GB",
        )
        self._contexts.append(context)
        context.set_default_timeout(PATIENCE)
        context.on("console", self._console)
        context.on("weberror", lambda error: self.faults.append(f"uncaught: {error.error.message}"))
        context.on("request", self._request)
        context.on("response", self._response)
        page = context.new_page()
        page.goto(url)
        return page

    def close(self) -> None:
        """Closes all."""
        for context in self._contexts:
            context.close()

    def _console(self, message: ConsoleMessage) -> None:
        # The browser itself says so of each answer from 400 on, also of those that a page is meant to show.
        if message.type in {"error", "warning"} and not message.text.startswith("Failed to load resource"):
            self.faults.append(f"console: {message.text}")

    def _request(self, request: Request) -> None:
        url = urlsplit(request.url)
        if url.scheme in {"http", "https", "ws", "wss"} and url.hostname not in HERE:
            self.faults.append(f"another host: {request.url}")

    def _response(self, response: Response) -> None:
        if response.status >= 400 and response.request.resource_type not in ASKED_BY_SCRIPT:
            self.faults.append(f"missing: {response.url}")


@contextmanager
def opened(browser: Browser) -> Iterator[Windows]:
    """Windows that are closed at the end, and have done nothing that no page may do."""
    windows = Windows(browser)
    try:
        yield windows
    finally:
        windows.close()
    assert not windows.faults, windows.faults


# Playwright's synchronous interface leaves an event loop running in this thread: nothing else may use asyncio here
# meanwhile, as tests of other modules do. So it lives as long as a module's tests and not as long as the session.
@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    """Chromium without a head."""
    chromium = require_tool("chromium", "what people see in a browser")
    expect.set_options(timeout=PATIENCE)
    with sync_playwright() as playwright:
        running = playwright.chromium.launch(executable_path=chromium, args=ARGUMENTS)
        yield running
        running.close()


@pytest.fixture
def windows(browser: Browser) -> Iterator[Windows]:
    """Windows for a test."""
    with opened(browser) as windows:
        yield windows
