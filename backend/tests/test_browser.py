"""The browser of the tests sees what no page may do: without that, tests of pages would pass whatever these do."""

import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Browser
from typing_extensions import override

from backend.tests.browser import opened


class _Bare(BaseHTTPRequestHandler):
    """A page that forbids its scripts nothing, and nothing beside it."""

    def do_GET(self) -> None:
        self.send_response(200 if self.path == "/" else 404)
        self.send_header("Content-Type", "text/html")
        self.end_headers()
        self.wfile.write(b'<!doctype html><link rel="icon" href="data:,"><title>Bare</title>')

    @override
    def log_message(self, format: str, *_: object) -> None:
        pass


@pytest.fixture(scope="module")
def bare() -> Iterator[str]:
    """The address of that page."""
    with ThreadingHTTPServer(("127.0.0.1", 0), _Bare) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/"
        server.shutdown()
        thread.join()


@pytest.mark.parametrize(
    ("script", "fault"),
    [
        ("console.error('oh')", "console: oh"),
        ("console.warn('hm')", "console: hm"),
        ("setTimeout(() => { throw new Error('late') }); await new Promise(setTimeout)", "uncaught: late"),
        (
            "await fetch('http://example.com/x', {mode: 'no-cors'}).catch(() => {})",
            "another host: http://example.com/x",
        ),
        ("const i = new Image(); i.src = '/none.png'; await i.decode().catch(() => {})", "missing: http.*/none.png"),
    ],
)
def test_a_page_that_misbehaves_fails_its_test(browser: Browser, bare: str, script: str, fault: str) -> None:
    with pytest.raises(AssertionError, match=fault), opened(browser) as windows:
        windows.open(bare).evaluate(f"async () => {{ {script} }}")


def test_a_page_may_be_refused_what_it_asks_for(browser: Browser, bare: str) -> None:
    with opened(browser) as windows:
        assert windows.open(bare).evaluate("async () => (await fetch('/nothing')).status") == 404
