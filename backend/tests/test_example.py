"""What the example front end does, in a browser, with the real service and Better Auth (specs/features/example.md)."""

import re
from collections.abc import Callable
from datetime import date, timedelta

from playwright.sync_api import Page, Request, Route, expect

from backend.tests.better_auth import PASSWORD
from backend.tests.browser import Windows
from backend.tests.example import Example, Person, loaded
from backend.tests.waiting import until


def titles(page: Page) -> list[str]:
    """What the list shows, from above."""
    return page.locator(".task .title").all_text_contents()


def said(page: Page) -> str:
    """What was told last, to those who do not see it, too."""
    return page.get_by_role("status").text_content() or ""


def writes(page: Page) -> list[Request]:
    """The writes that a page sends from now on."""
    sent: list[Request] = []

    def note(route: Route) -> None:
        if route.request.method in {"POST", "PATCH", "DELETE"}:
            sent.append(route.request)
        route.fallback()

    page.route("**/api/*/tasks**", note)  # Chromium shows bodies to routes, and not always to those who only listen
    return sent


def hold(page: Page, path: str, method: str) -> list[Route]:
    """Keeps requests from the service until `answer` lets them go."""
    held: list[Route] = []
    page.route(path, lambda route: held.append(route) if route.request.method == method else route.fallback())
    return held


def answer(page: Page, held: list[Route]) -> None:
    """Lets the first held request go, once it is there."""
    assert until(lambda: page.title() == "Tasks" and bool(held)), "asking the page lets its events come"
    held.pop(0).fallback()


def test_who_signs_up_out_and_in_sees_their_tasks_and_nobody_elses(example: Example, windows: Windows) -> None:
    # EXAMPLE-4
    page = windows.open(example.url)
    expect(page.get_by_role("heading", name="Sign in")).to_be_visible()
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Name").fill("Ann")
    page.get_by_label("E-mail").fill("ann@example.com")
    page.get_by_label("Password").fill("short")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_have_accessible_description("Password too short.")
    expect(page.get_by_label("Password")).to_be_focused()
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    loaded(page)
    page.get_by_label("New task").fill("Ann's own")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Added: Ann's own")
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    assert "Ann" not in page.locator("body").inner_text()
    assert page.locator(".task").count() == 0
    page.reload()
    page.get_by_label("E-mail").fill("ann@example.com")
    page.get_by_label("Password").fill("a wrong one")
    page.keyboard.press("Enter")
    expect(page.get_by_label("Password")).to_have_accessible_description("Invalid email or password.")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.locator(".task .title")).to_have_text(["Ann's own"])
    page.get_by_role("button", name="Sign out").click()
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Name").fill("Ben")
    page.get_by_label("E-mail").fill("ben@example.com")
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    loaded(page)
    expect(page.get_by_text("Nothing to do yet.")).to_be_visible()


def test_what_signing_up_lacks_is_told_in_plain_words(example: Example, windows: Windows) -> None:  # EXAMPLE-21
    page = windows.open(example.url)
    page.get_by_role("button", name="Sign up").click()
    page.get_by_label("Name").fill("  ")
    page.get_by_label("E-mail").fill("nobody")
    page.keyboard.press("Enter")
    told = {"Name": "Fill this in.", "E-mail": "This is no e-mail address.", "Password": "Fill this in."}
    for label, words in told.items():
        expect(page.get_by_label(label)).to_have_accessible_description(words)
    expect(page.get_by_label("Name")).to_be_focused()
    page.get_by_label("Name").fill("Kim")
    page.get_by_label("E-mail").fill("kim@home")  # an address to browsers and not to Better Auth
    page.get_by_label("Password").fill(PASSWORD)
    page.keyboard.press("Enter")
    expect(page.get_by_label("E-mail")).to_have_accessible_description(re.compile(r"^[^\[]+$"))
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(page.get_by_label("Name")).to_have_accessible_description("")


def test_what_is_refused_is_told_beside_its_field(ann: Person, windows: Windows) -> None:  # EXAMPLE-5
    page = ann.open(windows)
    for wrong, told in (("x" * 201, "Should have 200 or fewer characters."), ("  ", "Should")):
        page.get_by_label("New task").fill(wrong)
        page.get_by_role("button", name="Add").click()
        expect(page.get_by_label("New task")).to_have_accessible_description(re.compile(told))
        expect(page.get_by_label("New task")).to_have_attribute("aria-invalid", "true")
        expect(page.get_by_label("New task")).to_be_focused()
    page.get_by_label("New task").fill("Buy milk")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".task .title")).to_have_text(["Buy milk"])
    expect(page.get_by_label("New task")).not_to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("New task")).to_have_value("")


def test_what_is_typed_while_a_task_is_added_stays(ann: Person, windows: Windows) -> None:  # EXAMPLE-22
    page = ann.open(windows)
    held = hold(page, "**/tasks", "POST")
    page.get_by_label("New task").fill("Buy milk")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("Adding: Buy milk")
    expect(page.locator("#new-task")).to_have_attribute("aria-busy", "true")
    page.get_by_label("New task").fill("Buy cheese")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_have_text("The task before is still being added.")
    answer(page, held)
    expect(page.get_by_role("status")).to_have_text("Added: Buy milk")
    expect(page.get_by_label("New task")).to_have_value("Buy cheese")
    expect(page.locator("#new-task[aria-busy]")).to_have_count(0)


def test_only_the_last_edit_pressed_opens(ann: Person, windows: Windows) -> None:  # EXAMPLE-23
    for title in ("One", "Two"):
        ann.tasks.create(title)
    page = ann.open(windows)
    held = hold(page, "**/tasks/*", "GET")
    page.get_by_role("button", name="Edit One").click()
    expect(page.get_by_role("button", name="Edit One")).to_have_attribute("aria-busy", "true")
    page.get_by_role("button", name="Edit Two").click()
    answer(page, held)
    expect(page.locator(".edit[aria-busy]")).to_have_count(1)
    expect(page.get_by_role("dialog")).to_be_hidden()
    answer(page, held)
    expect(page.get_by_role("dialog").get_by_label("Title")).to_have_value("Two")


def test_the_address_keeps_the_filters(ann: Person, windows: Windows) -> None:  # EXAMPLE-6
    ann.tasks.create("Ants", priority=1, due_date=str(date.today() - timedelta(days=9)))  # noqa: DTZ011 - far enough
    ann.tasks.create("Bees", priority=3, status="in_progress")
    ann.tasks.create("Beetles", priority=2)
    page = ann.open(windows)
    assert titles(page) == ["Beetles", "Bees", "Ants"]
    page.get_by_label("Sort by").select_option("Priority")
    expect(page.locator(".task .title")).to_have_text(["Bees", "Beetles", "Ants"])
    page.get_by_label("Search").fill("bee")
    expect(page.locator(".task .title")).to_have_text(["Bees", "Beetles"])
    page.get_by_role("search").get_by_label("Status").select_option("To do")
    expect(page.locator(".task .title")).to_have_text(["Beetles"])
    page.reload()
    expect(page.locator(".task .title")).to_have_text(["Beetles"])
    expect(page.get_by_label("Search")).to_have_value("bee")
    assert page.url.endswith("/?search=bee&status=pending&sort=priority")
    page.go_back()
    expect(page.locator(".task .title")).to_have_text(["Bees", "Beetles"])
    page.get_by_label("Due", exact=True).select_option("Overdue")
    expect(page.get_by_text("No task is like that.")).to_be_visible()
    page.get_by_role("button", name="Clear the filters").click()
    expect(page.locator(".task")).to_have_count(3)
    assert page.url == f"{ann.example.url}/"
    page.get_by_label("Due", exact=True).select_option("Overdue")
    expect(page.locator(".task .title")).to_have_text(["Ants"])
    expect(page.locator(".task")).to_contain_text("Overdue")


def test_a_search_is_one_step_back(ann: Person, windows: Windows) -> None:  # EXAMPLE-6
    for title in ("Ants", "Bees"):
        ann.tasks.create(title)
    page = ann.open(windows)
    for typed, shown in (("e", ["Bees"]), ("a", ["Ants"]), ("an", ["Ants"])):
        page.get_by_label("Search").fill(typed)
        page.wait_for_url(f"**/?search={typed}")
        expect(page.locator(".task .title")).to_have_text(shown)
    page.go_back()
    expect(page.locator(".task .title")).to_have_text(["Bees", "Ants"])
    expect(page.get_by_label("Search")).to_have_value("")


def test_filters_that_are_none_are_passed_over_or_told(ann: Person, windows: Windows) -> None:  # EXAMPLE-6
    ann.tasks.create("Ants")
    page = ann.open(windows, "/?status=open&sort=&due=soon")
    assert titles(page) == ["Ants"]
    page.get_by_label("Search").fill("x" * 300)
    expect(page.get_by_label("Search")).to_have_attribute("aria-invalid", "true")
    expect(page.get_by_label("Search")).to_have_accessible_description(re.compile("characters"))


def test_the_next_page_is_one_button_away(ann: Person, windows: Windows) -> None:  # EXAMPLE-7
    ann.tasks.create()
    ann.example.service.fill(ann.user.id, 44)
    page = ann.open(windows)
    expect(page.get_by_text("20 of 45 tasks")).to_be_visible()
    page.get_by_role("button", name="Show more").press("Enter")
    expect(page.get_by_text("40 of 45 tasks")).to_be_visible()
    expect(page.locator(".task").nth(20).get_by_role("checkbox")).to_be_focused()
    assert said(page) == "20 more"
    page.get_by_role("button", name="Show more").click()
    expect(page.get_by_text("45 tasks", exact=True)).to_be_visible()
    expect(page.get_by_role("button", name="Show more")).to_be_hidden()
    assert len(set(titles(page))) == 45


def test_only_what_was_changed_is_sent(ann: Person, windows: Windows) -> None:  # EXAMPLE-8
    kept = ann.tasks.create("Two\nlines", description="More", due_date="2026-12-24T17:00:30.5Z", metadata={"a": "b"})
    page = ann.open(windows)
    sent = writes(page)
    page.get_by_role("button", name="Edit Two").click()
    editor = page.get_by_role("dialog", name="Edit task")
    editor.get_by_label("Priority").fill("9")
    editor.get_by_label("Description").fill("")
    editor.get_by_role("button", name="Save").click()
    expect(editor.get_by_label("Priority")).to_have_accessible_description(re.compile("5 or less"))
    editor.get_by_label("Priority").fill("5")
    editor.get_by_label("Status").select_option("In progress")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_be_hidden()
    assert [request.post_data_json for request in sent[1:]] == [
        {"description": None, "status": "in_progress", "priority": 5}
    ]
    changed = {"description": None, "status": "in_progress", "priority": 5}
    ignored = {"version", "updated_at"}
    now = ann.tasks.read(kept["id"])
    assert {name: now[name] for name in now if name not in ignored} == {
        name: value for name, value in (kept | changed).items() if name not in ignored
    }
    expect(page.get_by_role("button", name="Edit Two")).to_be_focused()
    page.keyboard.press("Enter")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_be_hidden()
    assert len(sent) == 2, "nothing was changed, nothing is sent"


def test_a_day_stays_a_day_and_a_moment_is_shown_where_one_is(ann: Person, windows: Windows) -> None:  # EXAMPLE-9
    day = ann.tasks.create("Day", due_date="2031-01-01")
    moment = ann.tasks.create("Moment", due_date="2031-01-01T03:30:00Z")
    page = ann.open(windows, time_zone="America/New_York")
    due = page.locator(".due")
    assert due.all_text_contents() == ["Due 31 Dec 2030, 22:30", "Due 1 Jan 2031"]
    page.get_by_role("button", name="Edit Moment").click()
    expect(page.get_by_label("Due on")).to_have_value("2030-12-31")
    expect(page.get_by_label("Time")).to_have_value("22:30")
    page.get_by_label("Time").fill("23:00")
    page.get_by_role("button", name="Save").click()
    expect(due.nth(0)).to_have_text("Due 31 Dec 2030, 23:00")
    assert ann.tasks.read(moment["id"])["due_date"] == "2031-01-01T04:00:00Z"
    page.get_by_role("button", name="Edit Day").click()
    expect(page.get_by_label("Time")).to_have_value("")
    page.get_by_label("Due on").fill("2031-02-03")
    page.get_by_role("button", name="Save").click()
    expect(due.nth(1)).to_have_text("Due 3 Feb 2031")
    assert ann.tasks.read(day["id"])["due_date"] == "2031-02-03"
    page.get_by_role("button", name="Edit Day").click()
    page.get_by_label("Due on").fill("")
    expect(page.get_by_label("Time")).to_be_disabled()
    page.get_by_role("button", name="Save").click()
    expect(due.nth(1)).to_be_hidden()
    assert ann.tasks.read(day["id"])["due_date"] is None


def test_what_is_half_typed_is_not_saved_as_nothing(ann: Person, windows: Windows) -> None:  # EXAMPLE-20
    task = ann.tasks.create("Buy milk", priority=3, due_date="2026-12-24T10:30:00Z")
    page = ann.open(windows)
    sent = writes(page)
    page.get_by_role("button", name="Edit").click()
    editor = page.get_by_role("dialog", name="Edit task")
    for label in ("Due on", "Time"):
        was = editor.get_by_label(label).input_value()
        editor.get_by_label(label).press("Backspace")
        editor.get_by_role("button", name="Save").click()
        expect(editor.get_by_label(label)).to_have_accessible_description(re.compile("or empty it"))
        expect(editor.get_by_label(label)).to_be_focused()
        editor.get_by_label(label).fill(was)
    for typed, told in (("--", "This is no number."), ("", "Fill this in.")):
        editor.get_by_label("Priority").fill("")
        editor.get_by_label("Priority").press_sequentially(typed)
        editor.get_by_role("button", name="Save").click()
        expect(editor.get_by_label("Priority")).to_have_accessible_description(told)
    editor.get_by_label("Priority").fill("3")
    editor.get_by_role("button", name="Save").click()
    expect(editor).to_be_hidden()
    assert not sent
    assert ann.tasks.read(task["id"]) == task


def test_a_toggle_is_shown_before_the_service_has_answered(ann: Person, windows: Windows) -> None:  # EXAMPLE-10
    task = ann.tasks.create("Buy milk")
    page = ann.open(windows)
    held: list[Callable[[], None]] = []
    page.route("**/complete", lambda route: held.append(route.continue_))
    box = page.get_by_role("checkbox", name="Buy milk")
    sent = writes(page)
    box.press("Space")
    expect(page.locator(".task")).to_have_attribute("data-status", "completed")
    page.wait_for_function("() => document.querySelector('#status').textContent !== 'Completed: Buy milk'")
    assert not ann.tasks.read(task["id"])["completed"]
    assert until(lambda: page.title() == "Tasks" and bool(held)), "asking the page lets its events come"
    for _ in range(3):
        box.press("Space")  # what is wished last counts
    expect(box).not_to_be_checked()
    page.unroute("**/complete")
    held.pop()()
    expect(box).to_be_focused()
    expect(page.get_by_role("status")).to_have_text("To do again: Buy milk")
    assert [request.post_data_json for request in sent] == [{"completed": True}, {"completed": False}]
    assert all(request.header_value("if-match") for request in sent)
    assert ann.tasks.read(task["id"])["version"] == 3


def test_deleting_asks_first(ann: Person, windows: Windows) -> None:  # EXAMPLE-12
    for title in ("One", "Two", "Three"):
        ann.tasks.create(title)
    page = ann.open(windows)
    removal = page.get_by_role("dialog", name="Delete this task?")
    page.get_by_role("button", name="Delete Two").click()
    expect(removal).to_contain_text("Two")
    page.keyboard.press("Escape")
    expect(removal).to_be_hidden()
    expect(page.get_by_role("button", name="Delete Two")).to_be_focused()
    assert len(ann.tasks.get(ann.tasks.tasks).json()["items"]) == 3
    page.keyboard.press("Enter")
    removal.get_by_role("button", name="Delete").click()
    expect(page.locator(".task .title")).to_have_text(["Three", "One"])
    expect(page.get_by_role("status")).to_have_text("Deleted: Two")
    expect(page.get_by_role("checkbox", name="One")).to_be_focused()
    assert len(ann.tasks.get(ann.tasks.tasks).json()["items"]) == 2


def test_a_dialog_that_asks_again_at_once_takes_no_old_answer(ann: Person, windows: Windows) -> None:  # EXAMPLE-12
    for title in ("One", "Two"):
        ann.tasks.create(title)
    page = ann.open(windows)
    # In one go, so that the end of the first question is told when the second one is asked.
    page.evaluate("""() => {
        const [first, second] = document.querySelectorAll(".task button.delete");
        first.click();
        document.querySelector("#removal").close();
        second.click();
    }""")
    removal = page.get_by_role("dialog", name="Delete this task?")
    expect(removal).to_contain_text("One")
    page.evaluate("() => new Promise((resolve) => setTimeout(resolve))")  # the event has come
    removal.get_by_role("button", name="Delete").click()
    expect(page.locator(".task .title")).to_have_text(["Two"])


HOSTILE = "<img src=x onerror=\"document.title='hostile'\"> \u202e txt.exe <script>alert(1)</script>"


def test_what_people_write_is_never_markup(ann: Person, windows: Windows) -> None:  # EXAMPLE-18
    ann.tasks.create(HOSTILE, description="<b>bold</b>")
    page = ann.open(windows)
    assert titles(page) == [HOSTILE]
    expect(page.get_by_text("<b>bold</b>")).to_be_visible()
    page.get_by_role("button", name="Delete").click()
    expect(page.locator("#removal")).to_contain_text("onerror")
    page.keyboard.press("Escape")
    page.get_by_role("checkbox").click()
    expect(page.get_by_role("status")).to_contain_text("onerror")
    assert page.title() == "Tasks"
    assert page.locator(".task img, .task script, .task b, #status *, #removal img").count() == 0
