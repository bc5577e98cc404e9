"""What the example front end does when two people change one task, or when something does not answer.

In a browser, with the real service and Better Auth (specs/features/example.md).
"""

import json

from playwright.sync_api import Locator, Page, Request, Response, Route, expect

from backend.tests.better_auth import PASSWORD
from backend.tests.browser import Windows
from backend.tests.example import Person, loaded
from backend.tests.waiting import until


def conflict(page: Page) -> Locator:
    """The dialog about two changes of one task."""
    return page.get_by_role("dialog", name="This task has changed meanwhile")


def row(page: Page, label: str) -> Locator:
    """What that dialog says of a field: before, theirs, yours."""
    return conflict(page).get_by_role("row").filter(has=page.get_by_role("rowheader", name=label)).get_by_role("cell")


def spoil(route: Route) -> None:
    """Sends a token that is no longer good."""
    route.continue_(headers={**route.request.headers, "authorization": "Bearer expired"})


def test_two_windows_toggle_and_the_second_takes_theirs(ann: Person, windows: Windows) -> None:  # EXAMPLE-11
    task = ann.tasks.create("Buy milk")
    first, second = ann.open(windows), ann.open(windows)
    first.get_by_role("button", name="Edit Buy milk").click()
    first.get_by_label("Title").fill("Buy oat milk")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("status")).to_have_text("Saved: Buy oat milk")
    second.get_by_role("checkbox", name="Buy milk").click()
    expect(conflict(second)).to_be_visible()
    assert row(second, "Title").all_text_contents() == ["Buy milk", "Buy oat milk", "unchanged"]
    assert row(second, "Status").all_text_contents() == ["To do", "unchanged", "Completed"]
    second.get_by_role("button", name="Take theirs").click()
    expect(second.get_by_role("checkbox", name="Buy oat milk")).not_to_be_checked()
    expect(second.get_by_role("checkbox", name="Buy oat milk")).to_be_focused()
    assert ann.tasks.read(task["id"])["version"] == 2
    second.get_by_role("checkbox", name="Buy oat milk").click()
    expect(second.get_by_role("status")).to_have_text("Completed: Buy oat milk")


def test_two_windows_edit_and_the_second_keeps_its_own(ann: Person, windows: Windows) -> None:  # EXAMPLE-11
    task = ann.tasks.create("Buy milk", priority=1)
    first, second = ann.open(windows), ann.open(windows)
    for page in (first, second):
        page.get_by_role("button", name="Edit Buy milk").click()
    first.get_by_label("Title").fill("Buy oat milk")
    first.get_by_label("Priority").fill("4")
    first.get_by_role("button", name="Save").click()
    expect(first.get_by_role("status")).to_have_text("Saved: Buy oat milk")
    second.get_by_label("Title").fill("Buy cheese")
    second.get_by_role("button", name="Save").click()
    expect(conflict(second)).to_be_visible()
    assert row(second, "Title").all_text_contents() == ["Buy milk", "Buy oat milk", "Buy cheese"]
    assert row(second, "Priority").all_text_contents() == ["1", "4", "unchanged"]
    second.keyboard.press("Escape")
    expect(conflict(second)).to_be_hidden()
    expect(second.get_by_label("Title")).to_have_value("Buy cheese")
    second.get_by_role("button", name="Save").click()
    second.get_by_role("button", name="Keep mine").click()
    expect(second.get_by_role("dialog")).to_be_hidden()
    now = ann.tasks.read(task["id"])
    assert (now["title"], now["priority"], now["version"]) == ("Buy cheese", 4, 3)
    expect(second.locator(".task")).to_contain_text("Priority 4")


def test_a_change_meanwhile_keeps_a_task_from_being_deleted(ann: Person, windows: Windows) -> None:  # EXAMPLE-11
    task = ann.tasks.create("Buy milk")
    page = ann.open(windows)
    path = f"{ann.tasks.tasks}/{task['id']}"
    for choice, left in (("Take theirs", 200), ("Keep mine", 404)):
        ann.tasks.patch(path, json={"description": choice})
        page.get_by_role("button", name="Delete").click()
        page.get_by_role("dialog").get_by_role("button", name="Delete").click()
        expect(conflict(page)).to_contain_text("it is deleted all the same")
        page.get_by_role("button", name=choice).click()
        expect(page.get_by_role("dialog")).to_be_hidden()
        expect(page.locator(".task")).to_have_count(1 if left == 200 else 0)
        assert ann.tasks.get(path).status_code == left


def test_what_somebody_has_deleted_leaves_the_list(ann: Person, windows: Windows) -> None:  # EXAMPLE-12
    tasks = [ann.tasks.create(title) for title in ("One", "Two", "Three")]
    page = ann.open(windows)
    for task in tasks:
        ann.tasks.delete(f"{ann.tasks.tasks}/{task['id']}")
    page.get_by_role("checkbox", name="One").click()
    expect(page.get_by_role("status")).to_have_text("Somebody has deleted: One")
    page.get_by_role("button", name="Edit Two").click()
    expect(page.get_by_role("status")).to_have_text("Somebody has deleted: Two")
    page.get_by_role("button", name="Delete Three").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.get_by_text("Nothing to do yet.")).to_be_visible()
    expect(page.get_by_label("New task")).to_be_focused()


def lose(page: Page, path: str, count: int) -> list[str]:
    """Loses so many answers to writes of a path, which the service has carried out; gives the keys of all of them."""
    keys: list[str] = []

    def pass_on(route: Route) -> None:
        keys.append(route.request.headers["idempotency-key"])
        if len(keys) > count:
            route.fallback()
        else:
            assert route.fetch().ok
            route.abort()

    page.route(path, pass_on)
    return keys


def without_clock(page: Page) -> None:
    """Leaves it to who looks at the page to try again: by itself it does so each five seconds."""
    page.evaluate("() => { const own = setTimeout; setTimeout = (call, ms) => (ms === 5000 ? 0 : own(call, ms)) }")


def test_a_write_whose_answer_is_lost_is_done_once(ann: Person, windows: Windows) -> None:  # EXAMPLE-13
    task = ann.tasks.create("Buy milk")
    page = ann.open(windows)
    without_clock(page)
    toggled, created = lose(page, "**/complete", 4), lose(page, "**/tasks", 1)
    page.get_by_role("checkbox", name="Buy milk").click()
    expect(page.locator(".note")).to_contain_text("Not saved yet.")  # the client has given up
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_role("status")).to_have_text("Completed: Buy milk")
    assert (len(toggled), len(set(toggled))) == (5, 1)
    assert ann.tasks.read(task["id"])["version"] == 2
    page.get_by_label("New task").fill("Buy cheese")
    page.get_by_role("button", name="Add").click()
    expect(page.locator(".task .title")).to_have_text(["Buy cheese", "Buy milk"])
    assert (len(created), len(set(created))) == (2, 1)


def test_an_outage_is_told_and_what_was_wanted_is_done_after_it(ann: Person, windows: Windows) -> None:  # EXAMPLE-13
    task = ann.tasks.create("Buy milk")
    page = ann.open(windows)
    banner = page.get_by_role("alert").filter(has_text="not available")
    with ann.example.service.outage():
        page.get_by_role("checkbox", name="Buy milk").click()
        expect(banner).to_be_visible()
        expect(page.get_by_role("checkbox", name="Buy milk")).to_be_checked()
    expect(page.get_by_role("status")).to_have_text("Completed: Buy milk")
    expect(banner).to_be_hidden()
    assert ann.tasks.read(task["id"])["version"] == 2


def refuse(route: Route) -> None:
    """Answers that the service is away, for longer than anybody waits."""
    problem = {"status": 503, "code": "unavailable", "title": "Away", "detail": "It is away.", "request_id": "1"}
    headers = {"Content-Type": "application/problem+json", "Retry-After": "60"}
    for name, value in (("Origin", "*"), ("Headers", "*"), ("Methods", "*")):
        headers[f"Access-Control-Allow-{name}"] = value
    headers["Access-Control-Expose-Headers"] = "Retry-After"
    route.fulfill(status=503, headers=headers, body=json.dumps(problem))


def test_what_is_dropped_while_it_is_tried_again_is_not_tried_once_more(ann: Person, windows: Windows) -> None:
    # EXAMPLE-13
    task = ann.tasks.create("Buy milk")
    page = ann.open(windows)
    without_clock(page)
    held: list[Route] = []
    page.route("**/complete", lambda route: held.append(route))  # noqa: PLW0108 - Playwright marks what it is given
    page.route("**/complete", refuse, times=1)
    page.get_by_role("checkbox", name="Buy milk").click()
    expect(page.locator(".note")).to_contain_text("Not saved yet.")
    with page.expect_request("**/complete"):
        page.get_by_role("button", name="Try now").click()
    page.get_by_role("button", name="Discard").click()
    expect(page.get_by_role("checkbox", name="Buy milk")).not_to_be_checked()
    assert until(lambda: page.title() == "Tasks" and bool(held)), "asking the page lets its events come"
    with page.expect_response("**/complete"):
        refuse(held.pop())
    with page.expect_response("**/tasks?*"):  # nothing waits, so that the list is asked for
        page.get_by_role("button", name="Try now").click()
    loaded(page)
    expect(page.locator(".note")).to_be_hidden()
    assert ann.tasks.read(task["id"])["version"] == 1


def test_who_signs_out_in_an_outage_is_told_of_it_no_longer(ann: Person, windows: Windows) -> None:  # EXAMPLE-13
    page = ann.open(windows)
    page.route("**/api/*/tasks**", refuse)
    page.get_by_label("New task").fill("Buy milk")
    page.get_by_role("button", name="Add").click()
    banner = page.get_by_role("alert").filter(has_text="not available")
    expect(banner).to_be_visible()
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_label("E-mail")).to_be_focused()
    expect(banner).to_be_hidden()


def test_the_list_is_read_again_after_an_outage(ann: Person, windows: Windows) -> None:  # EXAMPLE-19
    for title in ("One", "Two"):
        ann.tasks.create(title)
    page = ann.open(windows)
    page.context.set_offline(True)
    page.get_by_role("checkbox", name="One").click()
    page.get_by_role("search").get_by_label("Status").select_option("Completed")
    expect(page.get_by_text("The list could not be read.")).to_be_visible()
    expect(page.locator(".note").filter(has_text="Not saved yet.")).to_have_count(1)
    page.context.set_offline(False)
    expect(page.get_by_text("The list could not be read.")).to_be_hidden()
    expect(page.locator(".task .title")).to_have_text(["One"])


def test_without_a_network_nothing_is_lost(ann: Person, windows: Windows) -> None:  # EXAMPLE-13
    tasks = [ann.tasks.create(title) for title in ("One", "Two")]
    page = ann.open(windows)
    banner = page.get_by_role("alert").filter(has_text="no connection")
    sent: list[Request] = []
    page.on("request", lambda request: sent.append(request))  # noqa: PLW0108 - Playwright marks what it is given
    page.context.set_offline(True)
    page.get_by_label("New task").fill("Three")
    page.get_by_role("button", name="Add").click()
    expect(banner).to_be_visible()
    page.get_by_role("checkbox", name="One").click()
    page.get_by_role("checkbox", name="Two").click()
    expect(page.locator("#new-task .form-error")).to_contain_text("Not saved yet")
    expect(page.locator(".note").filter(has_text="Not saved yet.")).to_have_count(2)
    expect(page.get_by_role("button", name="Edit Two")).to_be_disabled()
    page.locator(".task").nth(0).get_by_role("button", name="Discard").click()
    expect(page.get_by_role("checkbox", name="Two")).not_to_be_checked()
    page.context.set_offline(False)
    expect(page.locator(".note").filter(has_text="Not saved yet.")).to_have_count(0)
    expect(banner).to_be_hidden()
    expect(page.locator(".task .title")).to_have_text(["Three", "Two", "One"])
    expect(page.locator("#new-task .form-error")).to_be_empty()
    keys = [request.headers["idempotency-key"] for request in sent if request.method == "POST"]
    assert len(keys) > 2
    assert len(set(keys)) == 1
    assert [ann.tasks.read(task["id"])["version"] for task in tasks] == [2, 1]


def test_a_token_that_is_no_longer_good_is_renewed_unseen(ann: Person, windows: Windows) -> None:  # EXAMPLE-14
    ann.tasks.create("Buy milk")
    page = ann.open(windows)
    answers: list[Response] = []
    page.on("response", lambda response: answers.append(response))  # noqa: PLW0108 - as above
    page.route("**/api/*/tasks/**", spoil, times=1)
    # Answers are told some time after the page has them.
    with page.expect_response(lambda answer: answer.status == 401), page.expect_response("**/api/auth/token"):
        page.get_by_role("checkbox", name="Buy milk").click()
        expect(page.get_by_role("status")).to_have_text("Completed: Buy milk")
    assert [answer.status for answer in answers].count(401) == 1
    assert [answer.url.endswith("/api/auth/token") for answer in answers].count(True) == 1


def test_what_waits_can_be_told_apart_from_what_is_done(ann: Person, windows: Windows) -> None:  # EXAMPLE-13
    task = ann.tasks.create("Buy milk")
    page = ann.open(windows)
    page.get_by_role("button", name="Edit Buy milk").click()
    page.context.set_offline(True)
    page.get_by_label("Title").fill("Buy oat milk")
    page.get_by_role("button", name="Save").click()
    expect(page.get_by_role("dialog")).to_contain_text("Not saved yet.")
    page.context.set_offline(False)
    expect(page.get_by_role("dialog")).to_be_hidden()
    expect(page.locator(".task .title")).to_have_text(["Buy oat milk"])
    page.context.set_offline(True)
    page.get_by_role("button", name="Delete").click()
    page.get_by_role("dialog").get_by_role("button", name="Delete").click()
    expect(page.locator(".note")).to_contain_text("Not deleted yet.")
    page.get_by_role("button", name="Keep the task").click()
    page.context.set_offline(False)
    expect(page.locator("#connection")).to_be_hidden()
    assert ann.tasks.read(task["id"])["version"] == 2


def test_without_tokens_signing_in_is_what_is_missing(ann: Person, windows: Windows) -> None:  # EXAMPLE-24
    ann.tasks.create("Buy milk")
    page = ann.open(windows)
    page.route("**/api/auth/token", lambda route: route.abort())
    page.reload()
    banner = page.get_by_role("alert").filter(has_text="The sign-in service cannot be reached.")
    expect(banner.first).to_be_visible()
    expect(page.get_by_text("The list could not be read. The sign-in service cannot be reached.")).to_be_visible()
    page.unroute("**/api/auth/token")
    page.get_by_role("button", name="Try now").click()
    expect(page.locator(".task .title")).to_have_text(["Buy milk"])
    expect(banner).to_have_count(0)


def test_a_service_that_hangs_is_not_waited_for_without_end(ann: Person, windows: Windows) -> None:  # EXAMPLE-25
    task = ann.tasks.create("Buy milk")
    page = ann.open(windows)
    page.evaluate("() => { const real = AbortSignal.timeout; AbortSignal.timeout = () => real.call(AbortSignal, 500) }")
    page.route("**/complete", lambda _: None)
    page.get_by_role("checkbox").click()
    expect(page.locator(".task[aria-busy=true]")).to_have_count(1)
    expect(page.get_by_role("alert").filter(has_text="no connection")).to_be_visible()
    expect(page.locator(".note")).to_contain_text("Not saved yet.")
    page.unroute("**/complete")
    page.get_by_role("button", name="Try now").click()
    expect(page.get_by_role("status")).to_have_text("Completed: Buy milk")
    expect(page.locator(".task[aria-busy=true]")).to_have_count(0)
    assert ann.tasks.read(task["id"])["version"] == 2


def test_who_signs_in_in_another_tab_is_who_is_shown(ann: Person, windows: Windows) -> None:  # EXAMPLE-26
    ann.tasks.create("Buy milk")
    page = ann.open(windows)
    with ann.example.person() as ben:
        ben.tasks.create("Ben's own")
        name, value = "better-auth.session_token", ben.user.cookies["session_token"]
        page.context.add_cookies([{"name": name, "value": value, "url": ann.example.auth.url}])
        page.route("**/api/*/tasks/**", spoil, times=1)  # so that a new token is asked for
        page.get_by_role("checkbox").click()
        expect(page.locator(".task .title")).to_have_text(["Ben's own"])
        assert "Buy milk" not in page.locator("body").inner_text()


def test_who_is_no_longer_signed_in_signs_in_again(ann: Person, windows: Windows) -> None:  # EXAMPLE-14
    ann.tasks.create("Buy milk")
    page = ann.open(windows, "/?sort=title")
    page.context.clear_cookies()
    page.route("**/api/*/tasks/**", spoil)
    page.get_by_role("button", name="Edit Buy milk").click()
    expect(page.get_by_text("Your session is over.")).to_be_visible()
    expect(page.get_by_label("E-mail")).to_be_focused()
    assert page.url.endswith("/?sort=title")
    assert "Buy milk" not in page.locator("body").inner_text()


def test_where_better_auth_does_not_answer_nobody_is_left_in_the_dark(ann: Person, windows: Windows) -> None:
    # EXAMPLE-4
    page = ann.open(windows)
    page.route("**/api/auth/**", lambda route: route.abort())
    page.get_by_role("button", name="Sign out").click()
    expect(page.get_by_role("status")).to_have_text("Signing out is not possible at the moment.")
    page.reload()
    expect(page.get_by_role("alert").filter(has_text="Signing in is not possible")).to_be_visible()
    page.get_by_label("E-mail").fill(ann.user.email)
    page.get_by_label("Password").fill(PASSWORD)
    with page.expect_event("requestfailed"):
        page.keyboard.press("Enter")
    expect(page.locator("#sign-in .main")).to_have_attribute("aria-busy", "false")  # before that, no other is sent
    expect(page.get_by_role("alert").filter(has_text="Signing in is not possible")).to_be_visible()
    page.unroute("**/api/auth/**")
    page.keyboard.press("Enter")
    loaded(page)
