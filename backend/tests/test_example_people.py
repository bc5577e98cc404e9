"""Who uses the example front end: with a keyboard, a screen reader, a narrow screen, at night (EXAMPLE-15 to -17)."""

import re
from html.parser import HTMLParser
from urllib.parse import urlsplit

import httpx
import pytest
from playwright.sync_api import Page, expect
from typing_extensions import override

from backend.tests.better_auth import PASSWORD
from backend.tests.browser import Windows
from backend.tests.example import Example, Person, loaded


def press(page: Page, *keys: str) -> None:
    """Presses keys; what is longer than a key's name is typed."""
    for key in keys:
        if re.fullmatch(r"(Shift\+)?(Tab|Enter|Space|Escape|Home|ArrowDown|Delete)", key):
            page.keyboard.press(key)
        else:
            page.keyboard.type(key)


def focused(page: Page) -> str:
    """The accessible name of what has the focus, and that one can see it there."""
    focus = page.locator(":focus")
    expect(focus).to_have_count(1)
    assert focus.evaluate("element => getComputedStyle(element).outlineStyle") != "none"
    snapshot = focus.aria_snapshot()
    found = re.match(r'- \w+ "(.*?)"', snapshot)
    return found[1] if found else snapshot


def test_a_keyboard_is_enough(example: Example, windows: Windows) -> None:  # EXAMPLE-15
    page = windows.open(example.url)
    expect(page.get_by_label("E-mail")).to_be_focused()
    press(page, "Tab", "Tab", "Tab", "Enter")
    expect(page.get_by_label("Name")).to_be_focused()
    press(page, "Kim", "Tab", "kim@example.com", "Tab", PASSWORD, "Enter")
    loaded(page)
    expect(page.get_by_label("New task")).to_be_focused()
    press(page, "Buy milk", "Enter")
    expect(page.get_by_role("status")).to_have_text("Added: Buy milk")
    press(page, "Buy cheese", "Enter")
    expect(page.locator(".task .title")).to_have_text(["Buy cheese", "Buy milk"])
    names = []
    for _ in range(11):
        names.append(focused(page))
        press(page, "Tab")
    assert names == [
        *("New task", "Add", "Search", "Status", "Due", "Sort by"),
        *("Buy cheese", "Edit Buy cheese", "Delete Buy cheese", "Buy milk", "Edit Buy milk"),
    ]
    press(page, "Shift+Tab", "Enter")  # edits the milk
    expect(page.get_by_role("dialog").get_by_label("Title")).to_be_focused()
    for _ in range(20):
        press(page, "Tab")  # a modal dialog keeps the focus; Chromium's own controls count as outside the page
        assert page.evaluate("!document.activeElement.closest('main')")
    press(page, "Escape")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert focused(page) == "Edit Buy milk"
    press(page, "Enter")
    expect(page.get_by_role("dialog").get_by_label("Title")).to_be_focused()
    press(page, " and eggs", "Enter")
    expect(page.get_by_role("status")).to_have_text(re.compile("Saved: .*eggs"))
    press(page, "Shift+Tab", "Space")
    expect(page.get_by_role("status")).to_have_text(re.compile("Completed: .*eggs"))
    press(page, "Tab", "Tab", "Enter", "Tab", "Enter")  # deletes it, and says so again
    expect(page.locator(".task")).to_have_count(1)
    assert focused(page) == "Buy cheese"


def test_names_and_roles_say_what_is_there(ann: Person, windows: Windows) -> None:  # EXAMPLE-16
    ann.tasks.create("Buy milk", priority=2)
    ann.tasks.create("Buy cheese", status="completed")
    page = ann.open(windows)
    expect(page.locator("body")).to_match_aria_snapshot("""
      - banner:
        - heading "Tasks" [level=1]
        - button "Sign out"
      - main:
        - region "Your tasks":
          - text: New task
          - textbox "New task"
          - button "Add"
          - search "Filter tasks":
            - searchbox "Search"
            - combobox "Status"
            - combobox "Due"
            - combobox "Sort by"
          - text: 2 tasks
          - status
          - list "Tasks":
            - listitem:
              - checkbox "Buy cheese" [checked]
              - text: Completed
              - button "Edit Buy cheese"
              - button "Delete Buy cheese"
            - listitem:
              - checkbox "Buy milk"
              - text: Priority 2
              - button "Edit Buy milk"
              - button "Delete Buy milk"
    """)
    page.get_by_role("button", name="Edit Buy milk").click()
    expect(page.get_by_role("dialog")).to_match_aria_snapshot("""
      - dialog "Edit task":
        - heading "Edit task" [level=2]
        - textbox "Title": Buy milk
        - textbox "Description"
        - combobox "Status"
        - spinbutton "Priority, 0 to 5": "2"
        - textbox "Due on"
        - textbox "Time" [disabled]
        - button "Cancel"
        - button "Save"
    """)


@pytest.mark.parametrize("colors", ["light", "dark"])
def test_it_fits_a_narrow_screen_and_can_be_read(ann: Person, windows: Windows, colors: str) -> None:  # EXAMPLE-17
    ann.tasks.create("W" * 200, description="x" * 400, priority=5, due_date="2026-01-02T03:04:05Z")
    page = ann.open(windows, width=320, height=640, colors=colors)
    assert_fits(page)
    page.get_by_role("button", name="Edit").click()
    expect(page.get_by_role("dialog")).to_be_visible()
    assert_fits(page)
    [task] = ann.tasks.get(ann.tasks.tasks).json()["items"]
    ann.tasks.patch(f"{ann.tasks.tasks}/{task['id']}", json={"title": "M" * 200})
    page.get_by_label("Title").fill("Y" * 199)
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("button", name="Keep mine")).to_be_visible()
    assert_fits(page)


def assert_fits(page: Page) -> None:
    """Nothing is wider than the screen, and every text stands out from what is behind it (WCAG 1.4.3, 1.4.10)."""
    assert page.evaluate("document.scrollingElement.scrollWidth") == 320
    assert (
        page.evaluate("Math.max(...[...document.querySelectorAll('dialog[open]')].map(d => d.scrollWidth), 0)") <= 320
    )
    assert page.evaluate(FAINT) == []


FAINT = """() => {
  const canvas = document.createElement("canvas").getContext("2d", { willReadFrequently: true });
  const rgb = (color) => {
    canvas.clearRect(0, 0, 1, 1); canvas.fillStyle = color; canvas.fillRect(0, 0, 1, 1);
    return [...canvas.getImageData(0, 0, 1, 1).data];
  };
  const light = (color) => rgb(color).slice(0, 3).map((part) => part / 255)
    .map((part) => part <= 0.04045 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4)
    .reduce((sum, part, index) => sum + part * [0.2126, 0.7152, 0.0722][index], 0);
  const behind = (element) => {
    for (let e = element; e; e = e.parentElement) {
      const color = getComputedStyle(e).backgroundColor;
      if (rgb(color)[3] === 255) return color;
    }
    return getComputedStyle(document.documentElement).backgroundColor;
  };
  const hasText = (element) => [...element.childNodes].some((node) => node.nodeType === 3 && node.data.trim());
  return [...document.querySelectorAll("body *")]
    .filter((e) => e.checkVisibility() && hasText(e) && !e.matches(":disabled, option"))
    .filter((e) => {
      const [high, low] = [light(getComputedStyle(e).color), light(behind(e))].sort((a, b) => b - a);
      return (high + 0.05) / (low + 0.05) < 4.5;
    }).map((e) => e.outerHTML.slice(0, 80));
}"""
"""The elements whose own text has a contrast below 4.5."""


class _Inline(HTMLParser):
    """Scripts and styles that stand in a page itself."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.policy = ""

    @override
    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        is_inline = tag == "style" or (tag == "script" and "src" not in given) or {"style", "onload"} & given.keys()
        self.found += [tag] if is_inline else []
        if given.get("http-equiv") == "Content-Security-Policy":
            self.policy = given.get("content") or ""


def test_the_built_page_needs_nothing_inline_and_allows_none(example: Example) -> None:  # EXAMPLE-3
    page = _Inline()
    page.feed(httpx.get(example.url).text)
    assert not page.found
    allowed = dict(directive.split(" ", 1) for directive in page.policy.split("; "))
    assert (allowed["default-src"], allowed["script-src"], allowed["style-src"]) == ("'none'", "'self'", "'self'")
    assert allowed["connect-src"].split() == ["'self'", example.service.url, example.auth.url]
    assert all(urlsplit(source).hostname in {"127.0.0.1", "localhost"} for source in allowed["connect-src"].split()[1:])
