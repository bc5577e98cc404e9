"""The pages in Chromium: `/`, those about problems, and `/docs`, where operations are tried.

Specs: specs/features/health-and-docs.md and problems.md. Whatever a page says on its console, or asks of another host,
fails its test (backend/tests/browser.py).
"""

from typing import Literal

import pytest
from playwright.sync_api import Locator, Page, expect

from backend.tests.browser import Windows, browser, windows
from backend.tests.client import operations
from backend.tests.conftest import LogLines, Service
from backend.tests.contrast import contrast

__all__ = ["browser", "windows"]

Colors = Literal["light", "dark"]
COLORS: tuple[Colors, ...] = ("light", "dark")

TEXTS = """() => {
    const pair = (part) => Number(part).toString(16).padStart(2, "0");
    const hex = (colour) => "#" + colour.match(/\\d+/g).slice(0, 3).map(pair).join("");
    const ground = (element) => {
        const own = getComputedStyle(element).backgroundColor;
        if (own !== "rgba(0, 0, 0, 0)") return own;
        return element.parentElement ? ground(element.parentElement) : "rgb(255, 255, 255)";
    };
    return [...document.querySelectorAll("body *")]
        .filter((element) => !element.closest(".swagger-ui") && !["SCRIPT", "NOSCRIPT"].includes(element.tagName))
        .filter((element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim()))
        .map((element) => [element.tagName, hex(getComputedStyle(element).color), hex(ground(element))]);
}"""
"""Every element with text of its own, its colour and what it stands on; Swagger UI has colours of its own."""


def operation(page: Page, name: str, tag: str = "tasks") -> Locator:
    return page.locator(f"#operations-{tag}-{name}")


def execute(shown: Locator) -> str:
    """Tries an operation and gives the status that the page shows."""
    shown.get_by_role("button", name="Execute").click()
    answer = shown.locator(".live-responses-table tbody .response-col_status").first
    expect(answer).to_be_visible()
    return answer.inner_text().split()[0]


def authorize(page: Page, token: str) -> None:
    page.get_by_role("button", name="Authorize", exact=True).click()
    dialog = page.locator(".modal-ux")
    dialog.get_by_role("textbox").fill(token)
    dialog.get_by_role("button", name="Apply credentials").click()
    dialog.get_by_role("button", name="Close").last.click()


def outlined(page: Page) -> float:
    """How thick the outline of what has the focus is, in CSS pixels."""
    width: str = page.evaluate(
        "() => { const style = getComputedStyle(document.activeElement);"
        " return style.outlineStyle === 'none' ? '0' : style.outlineWidth; }"
    )
    return float(width.removesuffix("px"))


def overflow(page: Page) -> float:
    """By how many CSS pixels the page, or what is in it, is wider than its window."""
    pixels: float = page.evaluate(
        "() => Math.max(document.documentElement.scrollWidth, ...[...document.querySelectorAll('body *')]"
        ".map((element) => element.getBoundingClientRect().right)) - innerWidth"
    )
    return pixels


def test_the_documentation_shows_every_operation(service: Service, windows: Windows) -> None:  # DOCS-4
    page = windows.open(f"{service.url}/docs")
    for _, _, known in operations():
        expect(operation(page, known["operationId"], known["tags"][0])).to_be_visible()
    expect(page.locator(".opblock")).to_have_count(len(list(operations())))
    page.get_by_role("button", name="Schemas").click()
    for name in ("Task", "TaskCreate", "InvalidRequestProblem"):
        expect(page.locator(".models").get_by_text(name, exact=True)).to_be_visible()
    page.get_by_text("What holds for every operation").click()
    expect(page.get_by_text("Requests are closed")).to_be_visible()


def test_an_address_leads_to_an_operation_and_its_problems(service: Service, windows: Windows) -> None:  # DOCS-13
    page = windows.open(f"{service.url}/problems/forbidden")
    page.get_by_role("link", name="listTasks").click()
    shown = operation(page, "listTasks")
    for parameter in ("user_id", "status", "cursor"):
        expect(shown.locator(f'tr[data-param-name="{parameter}"]')).to_be_visible()
    expect(shown).to_be_in_viewport()
    expect(shown.get_by_text('"/problems/forbidden"')).to_be_visible()


def test_people_try_operations_with_a_token_and_without(service: Service, windows: Windows) -> None:  # DOCS-12
    page = windows.open(f"{service.url}/docs#/tasks/listTasks")
    listed = operation(page, "listTasks")
    expect(listed.get_by_placeholder("user_id")).to_have_value("alice")
    assert execute(listed) == "401"
    expect(listed.locator(".live-responses-table")).to_contain_text('"unauthenticated"')
    authorize(page, service.token("alice"))
    with page.expect_response(lambda response: response.url.startswith(f"{service.url}/api/alice/tasks")):
        listed.get_by_role("button", name="Execute").click()
    expect(listed.locator(".live-responses-table")).to_contain_text('"items": []')
    page.get_by_role("button", name="post /api/{user_id}/tasks", exact=True).click()
    assert execute(operation(page, "createTask")) == "201"
    assert service.rows("SELECT user_id, title FROM tasks") == [("alice", "Buy milk")]


def test_the_keyboard_is_enough_to_authorize_and_to_try(service: Service, windows: Windows) -> None:  # DOCS-15
    page = windows.open(f"{service.url}/docs#/tasks/listTasks")
    focused = page.locator(":focus")

    def is_next(name: str) -> bool:
        page.keyboard.press("Tab")
        return name in {focused.inner_text().strip(), focused.get_attribute("aria-label")}

    def tab_to(name: str) -> None:
        assert any(is_next(name) for _ in range(60)), f"{name} is not reached"
        assert outlined(page) >= 2

    expect(operation(page, "listTasks")).to_be_visible()
    page.locator("h1").click()  # a deep link has scrolled on, but the keyboard begins at the top
    tab_to("Authorize")
    page.keyboard.press("Enter")
    expect(page.locator(".modal-ux")).to_be_visible()
    page.locator(".modal-ux").get_by_role("textbox").focus()
    assert outlined(page) >= 2
    page.keyboard.insert_text(service.token("alice"))
    page.keyboard.press("Enter")
    tab_to("Close")
    page.keyboard.press("Enter")
    expect(page.locator(".modal-ux")).to_have_count(0)
    tab_to("Execute")
    page.keyboard.press("Enter")
    expect(operation(page, "listTasks").locator(".live-responses-table")).to_contain_text('"items": []')


@pytest.mark.parametrize("colors", COLORS)
def test_the_documentation_is_as_light_and_as_wide_as_wanted(
    service: Service, windows: Windows, colors: Colors
) -> None:  # DOCS-14, PROB-11
    page = windows.open(f"{service.url}/docs#/tasks/createTask", colors=colors, width=390)
    expect(operation(page, "createTask").get_by_role("button", name="Execute")).to_be_visible()
    page.get_by_role("button", name="Schemas").click()
    expect(page.locator(".models").get_by_text("TaskCreate", exact=True)).to_be_visible()
    assert overflow(page) < 1
    ground = page.locator(".swagger-ui").first.evaluate("element => getComputedStyle(element).backgroundColor")
    html = page.locator("html").evaluate("element => getComputedStyle(element).backgroundColor")
    assert html == ("rgb(20, 24, 29)" if colors == "dark" else "rgb(255, 255, 255)")
    assert ground in {html, "rgba(0, 0, 0, 0)"}
    assert {text[0]: text for text in page.evaluate(TEXTS) if contrast(*text[1:]) < 4.5} == {}
    page.emulate_media(color_scheme="light" if colors == "dark" else "dark")
    expect(page.locator("html.dark-mode")).to_have_count(1 if colors == "light" else 0)


PAGES = ["/", "/problems", "/problems/precondition_failed", "/problems/invalid_request", "/problems/unavailable"]


@pytest.mark.parametrize("path", PAGES)
def test_a_page_is_read_in_any_light_and_any_window(
    service: Service, windows: Windows, path: str
) -> None:  # PROB-11, PROB-12
    page = windows.open(f"{service.url}{path}", width=320)
    expect(page.get_by_role("heading", level=1)).to_have_count(1)
    assert overflow(page) < 1
    grounds: set[str] = set()
    for colors in COLORS:
        page.emulate_media(color_scheme=colors)
        seen = page.evaluate(TEXTS)
        assert len(seen) > 10
        assert {text[0]: text for text in seen if contrast(*text[1:]) < 4.5} == {}
        grounds |= {text[2] for text in seen}
    assert {"#ffffff", "#14181d"} <= grounds
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.tagName") == "A"
    assert outlined(page) >= 2


@pytest.mark.parametrize(("path", "operation_id"), [("/", "getService"), ("/problems", "listProblems")])
def test_a_browser_asks_for_the_page_alone(
    service: Service, windows: Windows, log_lines: LogLines, path: str, operation_id: str
) -> None:  # DOCS-7, PROB-5, PROB-9
    page = windows.open(f"{service.url}{path}")
    page.wait_for_load_state("networkidle")
    # As the style says, and not as a browser shows a page without one.
    assert page.locator("body").evaluate("element => getComputedStyle(element).maxWidth") == "832px"
    asked = [line["operation_id"] for line in log_lines() if line["message"] == "request"]
    assert asked == [operation_id]
