"""The role that reads other users' tasks: every operation by every kind of caller (specs/features/admin.md)."""

import time
from collections.abc import Iterator
from typing import Any  # a claim is of any type, and so is a member of a line
from urllib.parse import unquote

import httpx
import jwt
import pytest

from backend.settings import Quota
from backend.tests.client import Client, code, fields, operations
from backend.tests.conftest import SECRET, LogLines, Service
from backend.tests.key_endpoint import publishing
from backend.tests.signers import signer
from backend.tests.test_access import SECURED, Operation, good_body, name, names_a_task, path_of, tables

ROLE = "support"
"""What the issuer calls the contract's `admin`."""

SAME = {"X-Request-Id": "same"}
READ = "read for another user"


@pytest.fixture(scope="module")
def administered(running: Service) -> Iterator[Service]:
    """The service, set to know the role."""
    with running.variant(admin_role=ROLE) as other:
        yield other


@pytest.fixture
def admin(service: Service, administered: Service) -> Iterator[Client]:
    """Is in the role."""
    del service  # which makes the database empty
    with client(administered, "admin", role=ROLE) as one:
        yield one


def client(service: Service, user: str, /, **claims: object) -> Client:
    """A client for a user whose token has these claims as well."""
    token = jwt.encode({"sub": user, "exp": time.time() + 3600, **claims}, SECRET, algorithm="HS256")
    return Client(service.url, user=user, token=token)


def told(response: httpx.Response) -> tuple[object, ...]:
    """An answer without what differs from one time to the next."""
    headers = {key: value for key, value in response.headers.items() if key not in {"date", "server-timing"}}
    return response.status_code, headers, response.content


def reads(lines: list[dict[str, Any]]) -> list[tuple[object, ...]]:
    """The lines about reading for another user."""
    return [
        tuple(line[member] for member in ("level", "operation_id", "user_id", "owner", "request_id"))
        for line in lines
        if line["message"] == READ
    ]


def test_the_contract_opens_reading_tasks_to_admins_and_nothing_else() -> None:  # ADMIN-1
    opened = {details["operationId"]: details["x-roles"] for _, _, details in operations() if "x-roles" in details}
    assert opened == {"listTasks": ["admin"], "getTask": ["admin"]}


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_an_admin_reads_what_the_owner_reads_and_does_nothing_else(
    operation: Operation, service: Service, admin: Client, alice: Client, bob: Client
) -> None:  # ADMIN-3, ADMIN-4, ADMIN-8
    method, template, details = operation
    theirs = bob.create("theirs", priority=3)
    body = good_body(details, theirs["id"])
    before = tables(service)
    for user in ("bob", "never%20seen"):
        path = path_of(template, user=user, task_id=theirs["id"])
        answer = admin.request(method, path, json=body, headers=SAME)
        if "x-roles" not in details:
            assert (answer.status_code, code(answer)) == (403, "forbidden")
            assert told(answer) == told(alice.request(method, path, json=body, headers=SAME))
        else:
            assert answer.status_code in {200, 404}
            with service.client(unquote(user)) as owner:
                assert told(answer) == told(owner.request(method, path, json=body, headers=SAME))
    assert tables(service) == before


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_on_their_own_path_an_admin_is_a_user_like_any_other(
    operation: Operation, admin: Client, bob: Client, log_lines: LogLines
) -> None:  # ADMIN-5, ADMIN-11
    method, template, details = operation
    mine, theirs = admin.create(), bob.create()
    done = admin.request(
        method, path_of(template, user="admin", task_id=mine["id"]), json=good_body(details, mine["id"])
    )
    assert done.is_success
    if names_a_task(operation):
        lost = admin.request(
            method, path_of(template, user="admin", task_id=theirs["id"]), json=good_body(details, theirs["id"])
        )
        assert (lost.status_code, code(lost)) == (404, "task_not_found")
        assert bob.read(theirs["id"]) == theirs
    assert reads(log_lines()) == []


@pytest.mark.parametrize("operation", SECURED, ids=name)
def test_a_service_that_is_not_set_to_know_admins_has_none(
    operation: Operation, service: Service, bob: Client, log_lines: LogLines
) -> None:  # ADMIN-2, ADMIN-11
    method, template, details = operation
    theirs = bob.create()
    for role in ("admin", "", "None", "null", None, ["admin"], ROLE):
        with client(service, "admin", role=role) as one:
            answer = one.request(
                method, path_of(template, user="bob", task_id=theirs["id"]), json=good_body(details, theirs["id"])
            )
            assert (answer.status_code, code(answer)) == (403, "forbidden")
    assert bob.read(theirs["id"]) == theirs
    assert reads(log_lines()) == []


@pytest.mark.parametrize(
    "claim", [ROLE, f"user,{ROLE}", f"{ROLE},user", f"{ROLE},{ROLE}", [ROLE], ["user", ROLE]], ids=str
)
@pytest.mark.usefixtures("service")
def test_a_claim_that_holds_the_role_makes_an_admin(administered: Service, claim: object) -> None:  # ADMIN-9
    with client(administered, "admin", role=claim) as one:
        assert one.get("/api/bob/tasks").json()["items"] == []


NO_ROLES: list[object] = [
    # other texts
    "",
    ",",
    "user",
    "admin",  # which is what the contract calls it
    ROLE.upper(),
    ROLE.title(),
    f" {ROLE}",
    f"{ROLE} ",
    f"{ROLE}\n",
    f"user, {ROLE}",
    f"user;{ROLE}",
    f"{ROLE}er",
    ROLE[:-1],
    f"[{ROLE!r}]".replace("'", '"'),
    # other lists
    [],
    ["user"],
    [f"user,{ROLE}"],
    [ROLE.upper()],
    [[ROLE]],
    [ROLE, 1],
    [ROLE, None],
    # other forms
    None,
    True,
    False,
    0,
    1,
    {},
    {ROLE: True},
    {"role": ROLE},
]


@pytest.mark.usefixtures("service")
@pytest.mark.parametrize("claim", NO_ROLES, ids=repr)
def test_any_other_claim_makes_a_user_like_any_other(
    administered: Service, log_lines: LogLines, claim: object
) -> None:  # ADMIN-9, ADMIN-10, ADMIN-11
    with client(administered, "alice", role=claim) as one:
        assert code(one.get("/api/bob/tasks")) == "forbidden"
        assert one.get(one.tasks).json()["items"] == []
    assert reads(log_lines()) == []


@pytest.mark.usefixtures("service")
def test_roles_are_in_the_one_claim_that_is_set(running: Service, administered: Service) -> None:  # ADMIN-9
    claim = "https://example.com/roles"
    with running.variant(admin_role=ROLE, admin_role_claim=claim) as other:
        cases: list[tuple[Service, dict[str, object], int]] = [
            (other, {claim: ROLE}, 200),
            (other, {"role": ROLE}, 403),
            (administered, {"role": ROLE}, 200),
            (administered, {"roles": ROLE, "Role": ROLE, "user": {"role": ROLE}, claim: ROLE}, 403),
            (administered, {}, 403),
        ]
        for service, claims, status in cases:
            with client(service, "admin", **claims) as one:
                assert one.get("/api/bob/tasks").status_code == status


@pytest.mark.usefixtures("service")
def test_the_role_counts_however_the_token_is_signed(running: Service) -> None:  # ADMIN-9
    issuer = signer()
    with (
        publishing(issuer.jwk()) as endpoint,
        running.variant(admin_role=ROLE, better_auth_url=endpoint.origin) as both,
    ):
        for role, status in ((f"user,{ROLE}", 200), ("user", 403)):
            claims = {"sub": "admin", "exp": time.time() + 60, "iss": endpoint.origin, "aud": endpoint.origin}
            token = issuer.token({**claims, "role": role})
            with Client(both.url, user="admin", token=token) as one:
                assert one.get("/api/bob/tasks").status_code == status


def pages(client: Client, path: str, **parameters: str) -> Iterator[dict[str, Any]]:
    """Walk a list, two tasks at a time."""
    cursor: dict[str, str] = {}
    while True:
        page: dict[str, Any] = client.get(path, params={"limit": 2, **parameters, **cursor}).json()
        yield page
        if page["next_cursor"] is None:
            return
        cursor = {"cursor": page["next_cursor"]}


def test_an_admin_walks_the_pages_of_another_user(service: Service, admin: Client, bob: Client) -> None:  # ADMIN-6
    for user in ("admin", "bob", "carol"):
        service.fill(user, 5)
    walked = list(pages(admin, bob.tasks, sort="title"))
    assert walked == list(pages(bob, bob.tasks, sort="title"))
    assert [len(page["items"]) for page in walked] == [2, 2, 1]
    assert {task["user_id"] for page in walked for task in page["items"]} == {"bob"}
    theirs, mine, carols = (
        next(pages(admin, f"/api/{user}/tasks"))["next_cursor"] for user in ("bob", "admin", "carol")
    )
    for path, cursor in ((bob.tasks, mine), (bob.tasks, carols), (admin.tasks, theirs), (admin.tasks, carols)):
        assert fields(admin.get(path, params={"limit": 2, "cursor": cursor})) == ["query.cursor"]


def test_filters_and_conditions_are_those_of_the_owner(admin: Client, bob: Client) -> None:  # ADMIN-3
    admin.create("milk")
    task = bob.create("milk")
    bob.create("bread")
    assert admin.get(bob.tasks, params={"search": "MILK", "include_total": "true"}).json() == {
        "items": [task],
        "next_cursor": None,
        "total": 1,
    }
    path = f"{bob.tasks}/{task['id']}"
    own = bob.get(path).headers["etag"]
    assert admin.get(path, headers={"If-None-Match": own}).status_code == 304
    assert admin.get(path, headers={"If-Match": own}).json() == task
    assert code(admin.get(path, headers={"If-Match": '"other"'})) == "precondition_failed"


def test_each_access_is_one_line_with_both_ids(admin: Client, bob: Client, log_lines: LogLines) -> None:  # ADMIN-11
    path = f"{bob.tasks}/{bob.create()['id']}"
    own = bob.get(path).headers["etag"]
    asked: list[tuple[str, str, str, str, dict[str, str], int]] = [
        ("GET", bob.tasks, "listTasks", "bob", {}, 200),
        ("HEAD", bob.tasks, "listTasks", "bob", {}, 200),
        ("GET", f"{bob.tasks}?staus=pending", "listTasks", "bob", {}, 422),
        ("GET", path, "getTask", "bob", {}, 200),
        ("GET", path, "getTask", "bob", {"If-None-Match": own}, 304),
        ("GET", path, "getTask", "bob", {"If-Match": '"other"'}, 412),
        ("GET", f"{bob.tasks}/{2**53 - 1}", "getTask", "bob", {}, 404),
        ("GET", f"{bob.tasks}/none", "getTask", "bob", {}, 422),
        ("GET", "/api/Zo%C3%AB%20%22%0A/tasks", "listTasks", 'Zoë "\n', {}, 422),
        ("GET", "/api/eve/tasks", "listTasks", "eve", {}, 200),
    ]
    expected = []
    for method, target, operation, owner, headers, status in asked:
        answer = admin.request(method, target, headers=headers)
        assert answer.status_code == status
        expected.append(("info", operation, "admin", owner, answer.headers["x-request-id"]))
    assert reads(log_lines()) == expected
    for method, target in (("DELETE", path), ("POST", bob.tasks), ("OPTIONS", path), ("GET", "/api/bob")):
        assert admin.request(method, target).status_code in {204, 403, 404, 405}
    assert reads(log_lines()) == expected


def test_what_looks_like_a_token_in_the_path_stays_out_of_the_line(admin: Client, log_lines: LogLines) -> None:
    # ADMIN-11, AUTH-26
    token = admin.headers["authorization"].removeprefix("Bearer ")
    admin.get(f"/api/{token}/tasks")
    [(_, _, caller, owner, _)] = reads(log_lines())
    assert (caller, owner) == ("admin", "[token]")


def test_a_user_that_nobody_can_be_is_cut_in_the_line(admin: Client, log_lines: LogLines) -> None:  # ADMIN-11, AUTH-26
    token = admin.headers["authorization"].removeprefix("Bearer ")
    longest = "x" * 128
    for sent in (longest, f"{longest}x", "x" * 6_000, f"{'x' * 100} {token}"):
        assert admin.get(f"/api/{sent}/tasks").status_code == (200 if sent == longest else 422)
    owners = [owner for _, _, _, owner, _ in reads(log_lines())]
    assert owners == [longest, f"{longest}[cut]", f"{longest}[cut]", f"{'x' * 100} [token]"]


@pytest.mark.usefixtures("service")
def test_an_admin_spends_their_own_requests(running: Service) -> None:  # ADMIN-7
    with (
        running.variant(admin_role=ROLE, rate_limit_user=Quota(2, 3_600)) as limited,
        client(limited, "admin", role=ROLE) as admin,
        limited.client("bob") as bob,
    ):
        left = [admin.get(bob.tasks).headers["ratelimit"].split(";")[1] for _ in range(2)]
        assert left == ["r=1", "r=0"]
        assert code(admin.get(bob.tasks)) == "rate_limited"
        assert bob.get(bob.tasks).headers["ratelimit"].split(";")[1] == "r=1"
