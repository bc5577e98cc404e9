import pytest
from playwright.sync_api import expect
from backend.tests.browser import Windows, browser, windows
from backend.tests.example import Example, example

def test_look(example: Example, windows: Windows) -> None:
    page = windows.open(example.url)
    page.wait_for_selector("#sign-in")
    page.screenshot(path="/tmp/shot-signin.png")
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Name").fill("Ann Example")
    page.get_by_label("E-mail").fill("ann@example.com")
    page.get_by_label("Password").fill("short")
    page.locator("#sign-in .main").click()
    expect(page.locator("#password-error")).not_to_be_empty()
    page.screenshot(path="/tmp/shot-signup.png")
    page.get_by_label("Password").fill("correct horse")
    page.locator("#sign-in .main").click()
    page.get_by_label("New task").fill("Buy milk")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".task")).to_have_count(1)
    page.get_by_label("New task").fill("x" * 201)
    page.get_by_role("button", name="Add").click()
    expect(page.locator("#new-title-error")).not_to_be_empty()
    page.screenshot(path="/tmp/shot-list.png")
