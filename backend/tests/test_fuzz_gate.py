"""What the gate of the fuzzing reads and how it judges, on reports made by hand (FUZZ-2 to FUZZ-6)."""

import json
import tomllib
from collections import Counter
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path

import httpx
import pytest

from backend.tests.conftest import Service
from scripts.fuzz import gate
from scripts.fuzz.amount import LONG_RUN, Examples, Seconds
from scripts.fuzz.configuration import Target, free_text, write_configuration
from scripts.fuzz.gate import Expectation, Limits
from scripts.fuzz.nasty import NASTY
from scripts.fuzz.report import NO_BODY, Report, Tally, read_report
from scripts.fuzz.run import read_contract
from scripts.fuzz.supply import STOCK, Supply
from scripts.fuzz.values import (
    ANY_INSTANT,
    TAGS_LENGTH,
    faulty_parameters,
    is_task_id,
    keep_in_calendar,
    make_possible,
    matching,
    not_matching,
    read_again,
    shorten,
)

LIMITS = Limits(successes=30, refusals=5, unauthenticated=3)
READ = Expectation(
    name="GET /things/{id}",
    operation_id="getThing",
    successes=frozenset({200}),
    secured=True,
    ruled=True,
    refused=True,
    media=frozenset({NO_BODY}),
    accepted=0.9,
)
TARGET = Target("http://127.0.0.1:1", "ann", "owner's", "stranger's", "zoe", "leaver's")


def verdict(**changes: object) -> dict[str, object]:
    nothing: list[object] = []
    said: dict[str, object] = {"failures": nothing, "errors": nothing, "warnings": {"missing_auth": nothing}}
    return {"complete": True, "phases": {phase: {"status": "success"} for phase in gate.PHASES}} | said | changes


def good_report() -> Report:
    tally = Tally(valid=Counter({200: 30}), all=Counter({200: 30, 422: 5, 401: 3}), media={NO_BODY})
    return Report(tallies={READ.name: tally}, checks={"check"}, strangers=Counter({403: 1}), lives=1, verdict=verdict())


def judged(report: Report) -> list[str]:
    return gate.reasons(report, [READ], ["check"], LIMITS)


def test_a_run_that_reached_everything_passes() -> None:
    assert judged(good_report()) == []


def test_a_run_that_reached_nothing_fails_for_every_reason() -> None:  # FUZZ-2, FUZZ-4, FUZZ-9
    report = Report(verdict=verdict())
    assert judged(report) == [
        "the check check judged nothing",
        "getThing: never answered 200",
        "getThing: never accepted a request with no body",
        "getThing: 0 valid requests got a 2xx, fewer than 30",
        "getThing: 0 requests got a 422, fewer than 5",
        "getThing: 0 requests got a 401, fewer than 3",
        "stateful: no scenario created, read, updated, toggled and deleted one task",
        "object_level_authorization: no request was sent as the second user",
    ]


def test_a_304_is_as_good_as_a_200_and_has_to_be_reached() -> None:  # FUZZ-2, FUZZ-3
    report = good_report()
    report.tallies[READ.name].valid += Counter({304: 10, 404: 4})
    assert judged(report) == []
    cached = replace(READ, successes=frozenset({200, 304}))
    assert gate.reasons(report, [cached], ["check"], LIMITS) == ["getThing: never answered 304"]
    expected = {expectation.operation_id: expectation for expectation in gate.expectations(read_contract())}
    assert expected["getTask"].successes == {200, 304}


def test_too_many_refused_valid_requests_fail_the_run() -> None:  # FUZZ-3
    report = good_report()
    report.tallies[READ.name].valid[404] = 4
    assert judged(report) == ["getThing: 30 of 34 valid requests got a 2xx, less than 90%"]


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"complete": False}, "Schemathesis did not finish; see its output"),
        (
            {"failures": [{"code": "ST101", "title": "Server error", "count": 2, "operations": ["GET /b", "GET /a"]}]},
            "failure ST101 Server error (2): GET /a, GET /b",
        ),
        ({"errors": [{"title": "Network Error", "count": 1}]}, "error Network Error (1)"),
        ({"warnings": {"missing_auth": ["GET /a"]}}, "warning missing_auth: GET /a"),
        ({"phases": {phase: {"status": "skip"} for phase in gate.PHASES}}, "phase examples: skip"),
    ],
    ids=["unfinished", "failure", "error", "warning", "phase"],
)
def test_what_schemathesis_says_fails_the_run(changes: dict[str, object], reason: str) -> None:
    report = good_report()
    report.verdict = verdict(**changes)
    assert judged(report)[0] == reason


def test_phases_that_are_missing_from_the_verdict_did_not_run() -> None:
    report = good_report()
    report.verdict = verdict(phases=None)
    assert judged(report) == [f"phase {phase}: did not run" for phase in gate.PHASES]


def test_a_long_run_has_to_reach_more() -> None:
    assert Limits.of(Seconds(LONG_RUN)) == Limits(successes=30, refusals=10, unauthenticated=3)
    assert Limits.of(Seconds(LONG_RUN - 1)) == Limits.of(Examples(1000)) == LIMITS


def test_what_has_to_be_reached_is_what_the_contract_says() -> None:
    expected = {expectation.operation_id: expectation for expectation in gate.expectations(read_contract())}
    assert expected["getHealth"] == Expectation(
        name="GET /health",
        operation_id="getHealth",
        successes=frozenset({200}),
        secured=False,
        ruled=False,
        refused=False,
        media=frozenset({NO_BODY}),
        accepted=0.9,
    )
    assert expected["createTask"].media == {"application/json"}
    assert expected["patchTask"].media == {"application/json", "application/merge-patch+json"}
    assert expected["toggleTask"].media == {"application/json", NO_BODY}
    assert expected["deleteTask"] == Expectation(
        name="DELETE /api/{user_id}/tasks/{id}",
        operation_id="deleteTask",
        successes=frozenset({204}),
        secured=True,
        ruled=True,
        refused=True,
        media=frozenset({NO_BODY}),
        accepted=0.6,
    )
    assert (expected["deleteUser"].accepted, expected["deleteUser"].ruled) == (0.9, True)
    assert [name for name, each in expected.items() if each.ruled and not each.refused] == ["deleteUser"]


def test_the_table_has_a_line_for_every_operation() -> None:
    assert gate.table(good_report(), [READ, READ]).splitlines() == [
        "operation  requests  valid  2xx  accepted  422  401  statuses",
        "getThing         38     30   30      100%    5    3  200:30 401:3 422:5",
        "getThing         38     30   30      100%    5    3  200:30 401:3 422:5",
        "whole lives of a task: 1; requests as a stranger: 1",
    ]
    assert gate.table(Report(), [READ]).splitlines()[1].split() == ["getThing", "0", "0", "0", "-", "0", "0"]


def case(method: str, path: str, mode: str = "positive", **more: object) -> dict[str, object]:
    parameters = {"user_id": "ann", "id": 5} if path.endswith(("{id}", "complete")) else {"user_id": "ann"}
    value = {"method": method, "path": f"/api/{{user_id}}/tasks{path}", "path_parameters": parameters}
    return {"value": value | {"meta": {"generation": {"mode": mode}}} | more}


def answer(status: int, *, location: str | None = None, body: bool = False) -> dict[str, object]:
    headers = {"location": [location or ""]}
    request = {"body": {"$base64": "e30="}} if body else {"method": "GET"}
    return {"request": request, "response": {"status_code": status, "headers": headers}}


def write_run(folder: Path, cases: Mapping[str, object], interactions: Mapping[str, object]) -> Report:
    checks = {"1": [{"name": "seen", "status": "success"}, {"name": "found", "status": "failure"}]}
    recorder = {"label": "stateful", "cases": cases, "interactions": interactions, "checks": checks}
    lines = [{"EngineStarted": {"id": "1"}}, {"ScenarioFinished": {"phase": "stateful", "recorder": recorder}}]
    (folder / "events").write_text("\n".join(json.dumps(line, separators=(",", ":")) for line in lines))
    (folder / "verdict").write_text(json.dumps(verdict()))
    return read_report(folder / "events", folder / "verdict", "stranger")


def test_a_task_that_is_created_read_updated_toggled_and_deleted_has_lived(tmp_path: Path) -> None:
    cases = {
        "1": case("POST", "", media_type="application/json"),
        "2": case("GET", "/{id}"),
        "3": case("PATCH", "/{id}", media_type="application/merge-patch+json"),
        "4": case("PATCH", "/{id}/complete", media_type="application/json"),
        "5": case("DELETE", "/{id}"),
        "6": case("GET", "/{id}"),
        "7": case("GET", "", auth_identity="stranger"),
        "8": case("GET", ""),
        "9": case("GET", "/{id}") | {"parent_id": "2"},
        "10": case("PUT", "/{id}", mode="negative"),
    }
    interactions = {
        "1": answer(201, location="/api/ann/tasks/5", body=True),
        "2": answer(200),
        "3": answer(200, body=True),
        "4": answer(200),
        "5": answer(204),
        "6": answer(404),
        "7": answer(403),
        "9": answer(401),
        "10": answer(422),
    }
    report = write_run(tmp_path, cases, interactions)
    assert report.lives == 1
    assert report.strangers == {403: 1}
    assert (report.checks, report.failed_checks) == ({"seen", "found"}, {"found": 1})
    assert report.tallies["PATCH /api/{user_id}/tasks/{id}"].media == {"application/merge-patch+json"}
    assert report.tallies["PATCH /api/{user_id}/tasks/{id}/complete"].media == {NO_BODY}
    read = report.tallies["GET /api/{user_id}/tasks/{id}"]
    assert read.valid == {200: 1}, "neither the read of the deleted task nor the one without a token is a valid request"
    assert read.all == {200: 1, 404: 1, 401: 1}
    assert report.tallies["PUT /api/{user_id}/tasks/{id}"].valid == {}
    assert report.verdict == verdict()


def test_a_task_that_nobody_created_has_not_lived(tmp_path: Path) -> None:  # FUZZ-5
    cases = {str(number): case(*step) for number, step in enumerate([("GET", "/{id}"), ("POST", "")])}
    report = write_run(tmp_path, cases, {"0": answer(200), "1": answer(500)})
    assert report.lives == 0


def test_a_run_that_wrote_nothing_has_an_empty_report(tmp_path: Path) -> None:
    (tmp_path / "verdict").touch()
    assert read_report(tmp_path / "events", tmp_path / "verdict", "stranger") == Report()
    assert read_report(tmp_path / "events", tmp_path / "missing", "stranger").verdict == {}


def test_every_nasty_string_reaches_the_configuration_of_every_free_text_field(tmp_path: Path) -> None:  # FUZZ-6
    path = write_configuration(tmp_path, read_contract(), TARGET, Examples(100))
    configuration = tomllib.loads(path.read_text(encoding="utf-8"))
    assert tuple(configuration["dictionaries"]["nasty"]["values"]) == NASTY
    assert configuration["dictionaries"]["own_path"]["values"] == ["ann"]
    assert configuration["phases"]["stateful"]["generation"] == {"max-examples": 40}
    texts = {"body.title", "body.description", "query.search"}
    assert {"path.user_id", *texts} == set(configuration["parameters"])
    users = json.loads(Path(configuration["auth"]["wfc"]["path"]).read_text(encoding="utf-8"))["auth"]
    assert [user["name"] for user in users] == configuration["auth"]["wfc"]["peers"]


def test_no_check_is_off_and_no_status_is_added(tmp_path: Path) -> None:
    path = write_configuration(tmp_path, read_contract(), TARGET, Seconds(60))
    configuration = tomllib.loads(path.read_text(encoding="utf-8"))
    assert "checks" not in configuration
    assert "baseline" not in configuration
    assert "operations" not in configuration
    assert configuration["warnings"] == {"fail-on": True}


def test_free_text_is_what_no_keyword_narrows() -> None:
    assert free_text(read_contract()) == ["body.description", "body.title", "query.search"]


def test_the_supply_hands_out_tasks_that_exist_and_cursors_that_work(service: Service) -> None:
    authorization = {"Authorization": f"Bearer {service.token('ann|1')}"}
    with httpx.Client(base_url=service.url, headers=authorization) as client:
        supply = Supply(client, "ann|1")
        first = supply.existing(0)
        assert first is not None
        assert supply.is_alive(first)
        assert client.get(f"/api/ann%7C1/tasks/{first}").is_success
        queries: list[dict[str, object]] = [
            {"sort": "created"},
            {"status": "pending", "sort": "title", "order": "desc"},
            {"completed": False, "search": "STOCK", "due": "none", "tz": "Asia/Tokyo"},
        ]
        for query in queries:
            cursor = supply.cursor(query | {"cursor": "drawn", "limit": 7})
            assert cursor is not None
            text = {name: str(value).replace("False", "false") for name, value in query.items()}
            assert client.get("/api/ann%7C1/tasks", params=text | {"cursor": cursor}).is_success
            assert supply.cursor(query) == cursor
        assert client.get("/api/ann%7C1", params={"cursor": supply.export_cursor() or ""}).is_success
        supply.created("/api/bob/tasks/9007199254740991")
        assert not supply.is_alive(9007199254740991)
        supply.deleted(first, remember=True)
        assert supply.was_issued(first)
        second = supply.existing(0)
        assert second not in {first, None}
        supply.deleted(second or 0, remember=False)
        assert not supply.was_issued(second or 0)
        assert len({supply.existing(drawn) for drawn in range(STOCK)}) == STOCK
        shown = supply.task(supply.existing(0))
        assert shown is not None
        assert (
            client.get(f"/api/ann%7C1/tasks/{shown['id']}", headers={"If-None-Match": shown["etag"]}).status_code == 304
        )
        assert {task["id"] for task in supply.tasks()} >= {supply.existing(drawn) for drawn in range(STOCK)}


def test_no_key_is_sent_twice_in_whatever_run(service: Service) -> None:  # FUZZ-3
    drawn = ["a", '"a, b"', "a", "k" * 255, f'"{"k" * 255}"']
    sent: list[str] = []
    for _ in range(2):
        with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {service.token('ann')}"}) as client:
            supply = Supply(client, "ann")
            sent += [supply.unused_key(key) for key in drawn]
            assert str(supply.existing(0)) in sent[-1]
    assert len({key.strip('"') for key in sent}) == len(sent)
    assert [key.startswith('"') for key in sent[:5]] == [False, True, False, False, True]
    assert {len(key.strip('"')) for key in sent[3:5]} == {255}
    assert sent[1].endswith('-2-a, b"')


def test_the_supply_of_a_service_that_refuses_is_empty(service: Service) -> None:
    with httpx.Client(base_url=service.url) as client:
        supply = Supply(client, "ann")
        assert supply.existing(0) is None
        assert supply.cursor({}) is supply.export_cursor() is None
        assert supply.task(1) is None
        assert supply.tasks() == []


@pytest.mark.parametrize("due_date", ["0001-01-01T00:00:00+00:01", "9999-12-31t23:59:59.999999-00:01"])
def test_a_due_date_that_leaves_the_calendar_in_utc_is_replaced(due_date: str) -> None:
    body: dict[str, object] = {"due_date": due_date}
    keep_in_calendar(body, "due_date")
    assert body == {"due_date": ANY_INSTANT}


@pytest.mark.parametrize("due_date", ["0001-01-01T00:00:00Z", "2026-02-30T00:00:00Z", "0001-01-01", None])
def test_any_other_due_date_stays_as_it_was_drawn(due_date: object) -> None:
    body: dict[str, object] = {"due_date": due_date}
    keep_in_calendar(body, "due_date", "title")
    assert body == {"due_date": due_date}


OWN = '"7-1-1.0.0"'


def test_a_text_that_makes_a_target_too_long_is_cut() -> None:
    query: dict[str, object] = {"search": "\U0001f600" * 1000, "cursor": "A" * 4097, "limit": 7}
    shorten(query)
    assert query == {"search": "\U0001f600" * 300, "cursor": "A" * 4097, "limit": 7}


def test_a_condition_gets_the_tag_of_its_task() -> None:
    assert matching("*", OWN) == "*"
    assert matching('W/"x"', OWN) == f'W/"x", {OWN}'
    assert matching(f'"{"x" * TAGS_LENGTH}"', OWN) == OWN


def test_a_condition_that_would_refuse_a_write_is_known() -> None:
    assert not_matching('"x"', OWN) == '"x"'
    assert [not_matching(tags, OWN) for tags in ("*", OWN, '"x", W/"7-1-1.0.0-gzip"')] == [None] * 3


def test_some_reads_and_not_all_have_the_tag_of_their_task() -> None:
    fresh = [OWN in read_again(f'"{number}"', OWN) for number in range(30)]
    assert 3 < sum(fresh) < 20


@pytest.mark.parametrize(
    ("drawn", "sent"),
    [
        ({}, {}),
        ({"tz": "Asia/Tokyo", "offset": "3", "limit": 7}, {"tz": "Asia/Tokyo", "offset": "3", "limit": 7}),
        ({"due_after": "0001-01-01T00:00:00+00:01"}, {"due_after": ANY_INSTANT}),
        ({"due_before": "9999-12-31T23:59:59-00:01"}, {"due_before": ANY_INSTANT}),
        ({"due_before": "9999-12-31", "due_after": "soon"}, {"due_before": "9999-12-31", "due_after": "soon"}),
        ({"cursor": "A", "offset": "0"}, {"offset": "0"}),
        ({"cursor": "A", "offset": 7}, {"cursor": "A"}),
    ],
)
def test_the_parameters_of_a_list_are_made_possible(
    drawn: dict[str, object], sent: dict[str, object]
) -> None:  # FUZZ-3
    make_possible(drawn)
    assert drawn == sent


def test_a_time_zone_that_is_none_becomes_one(service: Service) -> None:  # FUZZ-3
    with service.client("alice") as client:
        for name in ("A", "Mars/Olympus", "x+-/_"):
            query: dict[str, object] = {"tz": name}
            make_possible(query)
            assert client.get(client.tasks, params={"tz": str(query["tz"])}).is_success


@pytest.mark.parametrize(
    ("value", "fits"),
    [(1, True), ("9007199254740991", True), ("9007199254740992", False), ("01", False), (0, False), ("a", False)],
)
def test_a_task_id_is_known_by_its_digits(value: object, *, fits: bool) -> None:
    assert is_task_id(value) is fits


def test_a_faulty_parameter_is_unknown_empty_or_repeated() -> None:
    assert faulty_parameters("http://x/?status=all&limit=7", {"status", "limit"}) == []
    assert faulty_parameters("http://x/?staus=all&limit=7&limit=8&sort=", {"limit", "sort"}) == [
        "staus",
        "limit",
        "limit",
        "sort",
    ]
