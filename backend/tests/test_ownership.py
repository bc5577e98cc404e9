"""Nothing of another's is read, changed, counted or noticed: every operation of the contract, every pair of users.

Spec: specs/features/ownership.md. What is tried is derived from the contract in backend/tests/neighbours.py.
"""

import http.client
import itertools
import json
import re
from collections.abc import Iterator, Sequence
from contextlib import closing
from typing import Any  # a plan, as JSON

import httpx
import pytest

from backend.tests.client import code, fields
from backend.tests.conftest import Service
from backend.tests.neighbours import (
    CAST,
    OWNED,
    TWINS,
    Attempt,
    Neighbour,
    Operation,
    Undeclared,
    about,
    attempts,
    name,
    names_tasks,
    settled,
    use_key,
)
from backend.tests.test_plans import nodes

NAMING = [operation for operation in OWNED if names_tasks(operation)]
READING = [operation for operation in OWNED if operation[0] == "GET"]
LIST, CREATE = (next(each for each in OWNED if name(each) == wanted) for wanted in ("listTasks", "createTask"))
BULK = next(each for each in OWNED if name(each) == "updateTasks")

Seen = tuple[int, list[tuple[str, str]], bytes]


def seen(answer: httpx.Response) -> Seen:
    """An answer byte for byte, but for what differs between any two requests: when, how long, and the path sent."""
    headers = [(key, value) for key, value in answer.headers.multi_items() if key not in {"date", "content-length"}]
    told = [(key, re.sub(r"dur=[\d.]+", "dur", value) if key == "server-timing" else value) for key, value in headers]
    return answer.status_code, sorted(told), re.sub(rb'"instance":\s*"[^"]*"', b"", answer.content)


def blank(statement: str) -> str:
    """A statement without the values in it."""
    return re.sub(r"'(?:[^']|'')*'|(?: ?-)?\b\d+\b|::int[248]\b", "?", statement)


def stored(service: Service) -> dict[tuple[str, str], list[tuple[object, ...]]]:
    """Every row, by table and user: what it says, where it lies, who wrote it and who has locked it.

    A new table is looked at too, if it says in `user_id` whose its rows are.
    """
    found: dict[tuple[str, str], list[tuple[object, ...]]] = {}
    tables = service.rows("SELECT relname FROM pg_stat_user_tables WHERE relname <> 'alembic_version'")
    for (table,) in tables:
        owner = "id" if table == "users" else "user_id"
        query = f"SELECT {owner}, ctid::text, xmin::text, xmax::text, t::text FROM {table} t"  # noqa: S608 - our names
        for user, *row in service.rows(query):
            found.setdefault((str(table), str(user)), []).append(tuple(row))
    return found


def but_for(user: str, rows: dict[tuple[str, str], list[tuple[object, ...]]]) -> dict[tuple[str, str], object]:
    return {key: value for key, value in rows.items() if key[1] != user}


def pairs(neighbours: Sequence[Neighbour]) -> Iterator[tuple[Neighbour, Neighbour]]:
    return itertools.permutations(neighbours, 2)


def reaching(
    operation: Operation, caller: Neighbour, ids: tuple[int, ...], others: Sequence[Neighbour]
) -> list[Attempt]:
    """Under the caller's own path, reaching for each of the others; what is the same for two of them is there once."""
    return list(dict.fromkeys(a for other in others for a in attempts(operation, caller.name, ids, other)))


def never(neighbours: Sequence[Neighbour]) -> int:
    """An id that no task ever had."""
    return max(task for each in neighbours for task in (*each.tasks, *each.gone)) + 1000


def untouched(service: Service, caller: Neighbour) -> tuple[object, ...]:
    """What a refused request leaves as it is: of others, even locks; of the caller's own, what is stored; all ids."""
    rows = stored(service)
    own = [text for (_, user), several in rows.items() if user == caller.name for (*_, text) in several]
    return but_for(caller.name, rows), own, last_id(service)


def last_id(service: Service) -> list[tuple[object, ...]]:
    return service.rows("SELECT last_value FROM tasks_id_seq")


def test_the_cast_has_what_one_could_reach_for(service: Service) -> None:
    with settled(service) as (alice, bob, carol, dave):
        assert all(len(each.tasks) == 3 and each.gone and each.cursors and each.tags for each in (alice, bob))
        assert (carol.tasks, len(carol.gone), dave.tasks, dave.gone) == ([], 1, [], [])
        assert {user for table, user in stored(service) if table == "users"} == {"alice", "bob", "carol"}
        assert {user for table, user in stored(service) if table == "tasks"} == {"alice", "bob"}
        assert {user for table, user in stored(service) if table == "idempotency_keys"} == {"alice", "bob", "carol"}
        [row] = stored(service)["users", "alice"]
        assert alice.marker in str(row)


@pytest.mark.parametrize("cast", [CAST, TWINS], ids=["cast", "twins"])
@pytest.mark.parametrize("operation", OWNED, ids=name)
def test_the_path_of_another_is_refused_unread_whatever_is_there(
    service: Service, operation: Operation, cast: Sequence[str]
) -> None:  # OWN-1, OWN-2, OWN-9
    with settled(service, cast) as neighbours:
        for each in neighbours:
            use_key(each, operation)
        before = stored(service), last_id(service)
        with service.statements() as statements:
            for caller in neighbours:
                answers: list[Seen] = []
                for other in neighbours:
                    if other is caller:
                        continue
                    for target in (*other.tasks[:1], *other.gone, *caller.tasks[:1], never(neighbours)):
                        plain = Attempt(operation, other.name, (target,))
                        answers.append(seen(plain.send(caller)))
                    tried = attempts(operation, other.name, (*other.tasks[:1], *other.gone, 1)[:1], other)
                    answers.extend(seen(attempt.send(caller)) for attempt in tried)
                assert all(answer == answers[0] for answer in answers), (caller.name, answers)
                assert answers[0][0] == 403
                assert b'"forbidden"' in answers[0][2]
        assert statements == []
        assert (stored(service), last_id(service)) == before


@pytest.mark.parametrize("cast", [CAST, TWINS], ids=["cast", "twins"])
@pytest.mark.parametrize("operation", NAMING, ids=name)
def test_the_task_of_another_is_as_one_that_never_was(
    service: Service, operation: Operation, cast: Sequence[str]
) -> None:  # OWN-4, OWN-5, OWN-9
    with settled(service, cast) as neighbours:
        for each in neighbours:
            use_key(each, operation)
        unused = never(neighbours)
        for caller, other in pairs(neighbours):
            before = untouched(service, caller)
            # Where a list of tasks is sent, the caller's own comes first, and is what a leak could change.
            outcomes = []
            for target in (unused, *other.tasks[:1], *other.gone):
                ids = (*caller.tasks[:1], target)
                outcomes.append([told(service, caller, a) for a in attempts(operation, caller.name, ids, other)])
            for outcome in outcomes[1:]:
                assert outcome == outcomes[0], (caller.name, other.name)
            for (status, _, body), _ in outcomes[0]:
                assert (status, b'"task_not_found"' in body) == (404, True)
            assert untouched(service, caller) == before


def told(service: Service, caller: Neighbour, attempt: Attempt) -> tuple[Seen, list[str]]:
    """What a caller can notice of an attempt, and the work that it makes."""
    with service.statements() as statements:
        answer = attempt.send(caller)
    return seen(answer), [blank(statement) for statement in statements]


@pytest.mark.parametrize("user", CAST)
@pytest.mark.parametrize("operation", OWNED, ids=name)
def test_under_ones_own_path_nothing_of_others_is_reached_or_changed(
    service: Service, operation: Operation, user: str
) -> None:  # OWN-7, OWN-11, OWN-14, OWN-17
    with settled(service) as neighbours:
        [caller] = [each for each in neighbours if each.name == user]
        others = [each for each in neighbours if each is not caller]
        for each in others:
            use_key(each, operation)
        ids = tuple(caller.tasks[:2]) or (never(neighbours),)
        before = but_for(user, stored(service))
        with service.statements() as statements:
            for attempt in reaching(operation, caller, ids, others):
                answer = attempt.send(caller)
                whole = f"{answer.headers} {answer.text}"
                assert not [each.name for each in others if each.marker in whole], attempt
                assert "idempotency-replayed" not in answer.headers, attempt
                assert answer.headers["cache-control"] in {"private, no-cache", "no-store"}, attempt
            assert but_for(user, stored(service)) == before
        for statement in {blank(each): each for each in statements if CLEANING not in each}.values():
            assert unscoped(service, statement, user) == [], statement


CLEANING = "idempotency_keys.expires_at <= now()"
"""Answers that have expired are given to nobody, and whoever keeps a new one removes some of anybody's (IDEM-11)."""


def unscoped(service: Service, statement: str, user: str) -> list[str]:
    """The tables that a statement looks into without asking for this user's rows, or for one that it has of them."""
    # As in large tables: in one of a page the planner reads all of it, and asks afterwards.
    service.rows("SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off")
    looked = [node for node in explained(service, statement) if node["Node Type"] != "ModifyTable"]
    service.rows("RESET ALL")
    tables = [(node["Relation Name"], conditions(node)) for node in looked if "Relation Name" in node]
    keys = {"users": "id"}
    asked = {table: rf"\({keys.get(table, 'user_id')} = ('{user}'::text|\"?\w+\"?\.\w+)\)" for table, _ in tables}
    return [table for table, condition in tables if re.search(asked[table], condition) is None]


def conditions(node: dict[str, Any]) -> str:
    return " ".join(str(value) for key, value in node.items() if key.endswith(("Cond", "Filter")))


def explained(service: Service, statement: str) -> list[dict[str, Any]]:
    """The nodes of the plan of a statement, which is not executed."""
    [(plan,)] = service.rows(f"EXPLAIN (FORMAT JSON) {statement}")
    found = plan if isinstance(plan, list) else json.loads(str(plan))
    return nodes(found[0]["Plan"])


@pytest.mark.parametrize("operation", READING, ids=name)
def test_who_else_there_is_makes_no_difference_to_what_is_read(service: Service, operation: Operation) -> None:  # OWN-8
    for user in CAST:
        with settled(service) as neighbours:
            [caller] = [each for each in neighbours if each.name == user]
            others = [each for each in neighbours if each is not caller]
            ids = tuple(caller.tasks[:1]) or (never(neighbours),)
            asked = reaching(operation, caller, ids, others)
            among_others = [seen(attempt.send(caller)) for attempt in asked]
            for table, column in (("tasks", "user_id"), ("idempotency_keys", "user_id"), ("users", "id")):
                service.rows(f"DELETE FROM {table} WHERE {column} <> '{user}'")  # noqa: S608 - our names
            assert [seen(attempt.send(caller)) for attempt in asked] == among_others


LISTS: tuple[dict[str, str], ...] = (
    {},
    {"sort": "title", "order": "desc"},
    {"status": "pending", "include_total": "true"},
    {"search": "a", "due": "overdue", "tz": "Asia/Tokyo"},
)


@pytest.mark.parametrize("cast", [CAST, TWINS], ids=["cast", "twins"])
def test_a_cursor_leads_on_in_its_own_users_list_alone(service: Service, cast: Sequence[str]) -> None:  # OWN-1, OWN-10
    with settled(service, cast) as neighbours:
        for caller, other in pairs(neighbours):
            for query in LISTS:
                first = other.client.get(other.client.tasks, params={**query, "limit": "1"}).json()
                if not other.tasks:
                    assert first["next_cursor"] is None
                    continue
                further = {**query, "cursor": first["next_cursor"]}
                assert other.client.get(other.client.tasks, params=further).status_code == 200
                for sent in (further, {**further, "limit": "1"}, {"cursor": first["next_cursor"]}):
                    assert fields(caller.client.get(caller.client.tasks, params=sent)) == ["query.cursor"]
                    assert code(caller.client.get(other.client.tasks, params=sent)) == "forbidden"


@pytest.mark.parametrize("cast", [CAST, TWINS], ids=["cast", "twins"])
def test_the_same_key_of_two_users_is_two_keys(service: Service, cast: Sequence[str]) -> None:  # OWN-1, OWN-11
    headers, body = {"Idempotency-Key": "same"}, {"title": "the same"}
    with settled(service, cast) as neighbours:
        answers = [each.client.post(each.client.tasks, json=body, headers=headers) for each in neighbours]
        assert [answer.status_code for answer in answers] == [201] * len(cast)
        assert [answer.json()["user_id"] for answer in answers] == list(cast)
        assert len({answer.json()["id"] for answer in answers}) == len(cast)
        for caller, other in pairs(neighbours):
            refused = caller.client.post(other.client.tasks, json=body, headers=headers)
            assert (code(refused), "idempotency-replayed" in refused.headers) == ("forbidden", False)
        for each, answer in zip(neighbours, answers, strict=True):
            again = each.client.post(each.client.tasks, json=body, headers=headers)
            assert (again.headers["idempotency-replayed"], again.content) == ("true", answer.content)


def test_a_list_of_ids_that_are_not_all_ones_own_changes_none(service: Service) -> None:  # OWN-12
    with settled(service) as (alice, bob, *_):
        path, change = f"{alice.client.tasks}/bulk", {"title": "changed", "metadata": {"a": "b"}}
        before = untouched(service, alice)
        for own_first in (True, False):
            answers = []
            for target in (1_000_000, *bob.tasks, *bob.gone, *alice.gone):
                ids = [*alice.tasks, target] if own_first else [target, *alice.tasks]
                items = [{"id": task_id} for task_id in ids]
                sent = {"items": items, "change": change}
                answers.append(alice.client.post(path, json=sent, headers={"X-Request-Id": "same"}))
            assert all(seen(answer) == seen(answers[0]) for answer in answers)
            assert (code(answers[0]), answers[0].json()["index"]) == ("task_not_found", 3 if own_first else 0)
        assert untouched(service, alice) == before


SPELLINGS = (
    *("BOB", "Bob", "bob%20", "%20bob", "bob%09", "bob%0A", "bob%00", "bob%00alice", "alice%00bob", "bob;"),
    *("%2562ob", "%2fbob", "bob%2F", "bob%2Ftasks%2F..", "alice%2F..%2Fbob", "alice%2f%2e%2e%2fbob", "%2e%2e%2fbob"),
    *("./bob", "../api/bob", "%2e/bob", "alice/../bob", "alice/%2e%2e/bob", "/bob", "alice//bob", "alice%5C..%5Cbob"),
    *("alice,bob", "alice%2Cbob", "alice&user_id=bob", "*", "%25", "_ob", "bob%EF%BB%BF", "bob%E2%80%8B"),
    *("%62ob", "b%6Fb", "%EF%BD%82ob", "%C1%A2ob", "b%D0%BEb", "bob%C2%A0", "bob%CC%88", "bob;alice", "null", "me"),
)
"""Of bob's id, as alice may write it: some of them are his, and the others nobody's."""


def sent_as_is(service: Service, caller: str, method: str, path: str) -> tuple[int, str]:
    """The status and the rest of the answer to a request whose path no client has made better."""
    connection = http.client.HTTPConnection(service.host, service.port, timeout=30)
    with closing(connection):
        connection.request(method, path, headers={"Authorization": f"Bearer {service.token(caller)}"})
        answer = connection.getresponse()
        return answer.status, f"{answer.headers}{answer.read()!r}"


@pytest.mark.parametrize("operation", OWNED, ids=name)
def test_no_spelling_of_a_path_leads_to_another(service: Service, operation: Operation) -> None:  # OWN-3, OWN-9
    with settled(service) as (_, bob, *_):
        before = stored(service)
        method, template, _ = operation
        target = str(bob.tasks[0])
        paths = [template.replace("{user_id}", user).replace("{id}", target) for user in SPELLINGS]
        if "{id}" in template:
            away = (f"..%2F..%2Fbob%2Ftasks%2F{target}", f"../../bob/tasks/{target}", f"{target}%2F..%2F{target}")
            paths += [template.replace("{user_id}", "alice").replace("{id}", task) for task in away]
        for path in paths:
            status, whole = sent_as_is(service, "alice", method, path)
            assert status in {403, 404, 422}, path
            assert bob.marker not in whole, path
        for path in (f"/api/{user}/tasks" for user in ("b%6Fb", "%62%6F%62")):
            assert sent_as_is(service, "bob", "GET", path)[0] == 200
        assert stored(service) == before


def test_who_is_named_elsewhere_is_not_who_is_asked_for(service: Service) -> None:  # OWN-13
    headers = ("X-User-Id", "X-Forwarded-User", "X-Remote-User", "X-Original-URL", "X-Rewrite-URL", "From", "Cookie")
    with settled(service) as (alice, bob, *_):
        for method, path in ((LIST[0], alice.client.tasks), ("HEAD", f"{alice.client.tasks}/{alice.tasks[0]}")):
            usual = alice.client.request(method, path, headers={"X-Request-Id": "same"})
            for header in headers:
                value = bob.client.tasks if header.endswith("URL") else f"user_id={bob.name}"
                named = alice.client.request(method, path, headers={header: value, "X-Request-Id": "same"})
                assert seen(named) == seen(usual), header
        before = untouched(service, alice)
        for parameter in ("user_id", "owner", "id"):
            assert fields(alice.client.get(alice.client.tasks, params={parameter: "bob"})) == [f"query.{parameter}"]
            body = {"title": "for bob", parameter: "bob"}
            assert fields(alice.client.post(alice.client.tasks, json=body)) == [f"body.{parameter}"]
        assert untouched(service, alice) == before


def test_whether_another_has_a_task_makes_no_work(either_service: Service) -> None:  # OWN-6, DATA-16
    service = either_service
    service.rows("TRUNCATE tasks, users, idempotency_keys")
    with settled(service) as (alice, bob, *_):
        for user in ("alice", "bob"):
            service.fill(user, 2000)
        service.rows("VACUUM ANALYZE tasks")
        with service.statements() as statements:
            for operation in NAMING:
                for attempt in attempts(operation, "bob", (alice.tasks[0],), alice):
                    assert attempt.send(bob).status_code == 404
        looked = [node for each in dict.fromkeys(statements) for node in explained(service, each) if is_of_tasks(node)]
        assert len(looked) >= 4
        for node in looked:
            # What the index condition does not say is asked of the row, which then has been read.
            condition = node["Index Cond"]
            assert ("user_id = 'bob'" in condition, "(id = " in condition, "Filter" in node) == (True, True, False), (
                node
            )


def is_of_tasks(node: dict[str, Any]) -> bool:
    return node.get("Relation Name") == "tasks" and node["Node Type"] != "ModifyTable"


@pytest.mark.parametrize(
    ("parameter", "place", "kind", "told"),
    [
        ("since", "query", "string", "listThings: declare in REACHES .*'since'"),
        ("after", "query", "integer", "listThings: declare in REACHES .*'after'"),
        ("X-List", "header", "string", "listThings: declare in REACHES .*'X-List'"),
        ("cursor", "cookie", "string", "listThings: declare in REACHES .*'cursor'"),
        ("list_id", "path", "integer", "listThings: teach `Attempt` which 'list_id'"),
    ],
)
def test_what_a_new_operation_could_reach_has_to_be_said(
    service: Service, parameter: str, place: str, kind: str, told: str
) -> None:  # OWN-16
    declared = {"name": parameter, "in": place, "schema": {"type": kind}}
    operation = "GET", "/api/{user_id}/things", {"operationId": "listThings", "parameters": [declared]}
    with settled(service) as (alice, *_), pytest.raises(Undeclared, match=told):
        list(attempts(operation, "bob", (1,), alice))


def test_an_id_in_a_body_is_a_tasks_or_has_to_be_said() -> None:  # OWN-16
    def taking(schema: dict[str, Any]) -> Operation:
        return "POST", "/api/{user_id}/things", {"requestBody": {"content": {"application/json": {"schema": schema}}}}

    task_id = {"$ref": "#/components/schemas/TaskId"}
    assert names_tasks(taking({"properties": {"parent_id": task_id}}))
    assert names_tasks(taking({"properties": {"moved": {"items": {"properties": {"id": task_id}}}}}))
    assert not names_tasks(
        taking({"properties": {"valid": {"type": "boolean"}, "names": {"items": {"type": "string"}}}})
    )
    unknown: list[dict[str, Any]] = [
        {"list_id": {"type": "integer"}},
        {"a": {"properties": {"ids": {"items": {"type": "integer"}}}}},
    ]
    for properties in unknown:
        with pytest.raises(Undeclared, match="is named as an id: teach `about`"):
            names_tasks(taking({"properties": properties}))
    text = {"type": "string"}
    schema = {"properties": {"parent_id": task_id, "moved": {"items": task_id}, "names": {"items": text}, "a": text}}
    sent = {"parent_id": 7, "moved": [7], "names": ["x", "y"], "a": "z"}
    assert about(schema, sent, (1, 2)) == {"parent_id": 2, "moved": [1, 2], "names": ["x", "y"], "a": "z"}
