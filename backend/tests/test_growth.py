"""`make growth` measures what it says; that it prints figures is tested, never how large they are."""

import contextlib
import json
import os
import re
import resource
import subprocess
import sys
import threading
from collections.abc import Iterator
from dataclasses import replace
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import ClassVar

import pytest
from typing_extensions import override

from backend.tests.tools import not_run, require_tool
from scripts.bench.accounting import Family
from scripts.bench.dataset import Size
from scripts.bench.systems import SERVICE, SYSTEMS
from scripts.contract import ROOT
from scripts.growth import __main__ as growth
from scripts.growth import crowd, endurance, goals, measurement, pages, searches, table
from scripts.growth.asking import Cost, Line, NoResult, Scene
from scripts.growth.endurance import MemorySample
from scripts.growth.measurement import FULL, QUICK, Measured
from scripts.growth.packaged import DEBIAN, programs
from scripts.growth.pages import PageSample
from scripts.growth.searches import SearchSample

LITTLE = ["--quick", "--users", "12", "--tasks", "300", "--rounds", "1", "--seconds", "0.05"]
LITTLE += ["--requests", "50", "--run-seconds", "3", "--connections", "20"]


def test_a_small_run_measures_prints_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # BENCH-12, BENCH-13, BENCH-14, BENCH-15, BENCH-16, BENCH-17
    require_tool("wrk", "the load of the growth")
    _ = programs() or not_run(f"searches with their index need a PostgreSQL with pg_trgm in {DEBIAN}")
    assert growth.main([*LITTLE, "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "growth: 2,510 tasks of 15 users, 300 of them of one" in printed.err
    assert "not measured" not in printed.out
    written = json.loads((tmp_path / "growth.json").read_text(encoding="utf-8"))
    few, many = "user with 10 tasks", "user with 1,000 tasks"
    names = ["page 1", "page 5", few, many, "user with 300 tasks"]
    assert [each["name"] for each in written["pages"]] == names
    assert [each["name"] for each in written["page_samples"]] == names
    searched = [(each["indexed"], each["name"]) for each in written["searches"]]
    assert searched == [(indexed, name) for indexed in (False, True) for name in searches.TEXTS]
    assert all(each["cost"]["requests"] for each in written["searches"])
    read = {index for each in written["searches"] for index in each["indexes"]}
    assert all(index.startswith("tasks_") for index in read)
    assert [each["connections"] for each in written["crowd"]] == [20]
    assert min(each["megabytes"] for each in written["memory_samples"]) > 10
    assert {each["met"] for each in written["goals"]} <= {True, False}
    assert re.search(r"^memory with 20 idle connections +300 +\d+\.\d\d  MB  met$", printed.out, re.MULTILINE)


def test_what_is_missing_is_named() -> None:  # BENCH-10
    command, nowhere = [sys.executable, "-m", "scripts.growth"], os.environ | {"PATH": "/nowhere"}
    ended = subprocess.run(command, cwd=ROOT, env=nowhere, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "growth: not installed: wrk\n")


def test_a_run_that_fails_writes_nothing(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # BENCH-18
    require_tool("wrk", "the load of the growth")
    there = tmp_path / "growth.json"
    there.write_text("the last result", encoding="utf-8")
    assert growth.main(["--connections", "1000000000", "--out", str(tmp_path)]) == 1
    line = r"growth: 1,000,000,000 connections: 1,000,000,500 open files are needed, and [\d,]+ are allowed"
    assert re.fullmatch(rf"{line}: this run is no result\n", capsys.readouterr().err)
    assert there.read_text(encoding="utf-8") == "the last result"


def test_as_many_files_are_allowed_as_connections_need() -> None:  # BENCH-16
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    crowd.allow_files(20)
    soft, hard = resource.getrlimit(resource.RLIMIT_NOFILE)
    assert soft >= 20 + crowd.SPARE
    assert hard == before[1]
    resource.setrlimit(resource.RLIMIT_NOFILE, before)


def test_page_2000_is_reached_and_is_not_the_last() -> None:  # BENCH-13
    for extent in (FULL, QUICK):
        assert extent.size.grown == (10, 1_000, 100_050)
        assert extent.size.tasks == 1_000_000
        assert extent.connections == 10_000
    assert (FULL.requests, QUICK.requests) == (1_000_000, 50_000)
    assert -(-FULL.size.grown[-1] // pages.PAGE) == 2_001


def test_idle_connections_are_kept_for_longer_than_it_takes_to_open_them() -> None:  # BENCH-16
    [deployed] = [system for system in SYSTEMS if system.name == SERVICE]
    patient = measurement.patient(deployed)
    assert patient.command(4711, 1) == [*deployed.command(4711, 1), "--timeout-keep-alive", "600"]
    assert replace(patient, command=deployed.command) == deployed


class Liar(BaseHTTPRequestHandler):
    """Answers with what is in store, in turn; then it hangs up."""

    protocol_version = "HTTP/1.1"
    store: ClassVar[list[tuple[int, bytes]]]
    closing: ClassVar[bool]

    def do_GET(self) -> None:
        """Gives the next answer."""
        if not self.store:
            self.close_connection = True
            return
        status, body = self.store.pop(0)
        self.send_response(status)
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Connection", "close" if self.closing else "keep-alive")
        self.end_headers()
        self.wfile.write(body)

    @override
    def log_message(self, format: str, *args: object) -> None:
        """Says nothing."""


@contextlib.contextmanager
def liar(*answers: tuple[int, bytes], closing: bool = False) -> Iterator[Scene]:
    """A scene whose service gives these answers, and closes the connection after each if it is `closing`."""

    class Own(Liar):
        store: ClassVar = list(answers)

    Own.closing = closing
    with ThreadingHTTPServer(("127.0.0.1", 0), Own) as server:
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        url = f"http://127.0.0.1:{server.server_port}"
        own = Family(os.getpid())
        try:
            with Line.to(url, "s" * 32) as line:
                yield Scene(url, "s" * 32, Size(users=1, grown=(10, 60)), line, own, own)
        finally:
            server.shutdown()
            thread.join()


def listed(tasks: int, cursor: str | None = "c") -> tuple[int, bytes]:
    return 200, json.dumps({"items": [{}] * tasks, "next_cursor": cursor}).encode()


def test_a_refused_request_is_no_result() -> None:  # BENCH-18
    with liar((503, b"{}")) as scene, pytest.raises(NoResult, match=r"^/api/alice/tasks\?limit=1: status 503$"):
        scene.line.tasks("alice", "limit=1")


def test_a_connection_that_breaks_is_no_result() -> None:  # BENCH-18
    with liar() as scene, pytest.raises(NoResult, match=r"^/api/alice/tasks\?limit=1: Remote end closed connection"):
        scene.line.tasks("alice", "limit=1")


def test_an_answer_that_changes_is_no_result() -> None:  # BENCH-18
    several = [listed(3), listed(3), listed(2)]
    with liar(*several) as scene, pytest.raises(NoResult, match=r"^alice, limit=3: another page than before$"):
        scene.cost("alice", "limit=3", 60)


def test_at_least_one_request_is_measured() -> None:
    with liar(listed(3), listed(3)) as scene:
        assert scene.cost("alice", "limit=3", 0).requests == 1


@pytest.mark.parametrize("page", [listed(49), listed(50, None)])
def test_a_page_that_is_too_short_or_the_last_is_no_result(page: tuple[int, bytes]) -> None:  # BENCH-18
    # Of the user with 60 tasks page 1 is the last but one, so that none has to be walked to; then three are warmed up.
    answers = [*[listed(50)] * 3, page]
    with liar(*answers) as scene, pytest.raises(NoResult, match=r"^page 1: (49|50) tasks, or no page behind them$"):
        pages.measure(scene, 1, 0)


def test_connections_that_stay_are_a_crowd() -> None:  # BENCH-16
    with liar(*[listed(1)] * 6) as scene:  # one before, two of the crowd, one late, an old one again, one at the end
        found = crowd.measure(scene, 2)
        with pytest.raises(NoResult):
            scene.line.tasks("alice", "limit=1")
    assert found.connections == 2
    assert min(found.before, found.meanwhile, found.afterwards) > 1


def test_a_connection_that_is_closed_is_no_result() -> None:  # BENCH-16, BENCH-18
    several = [listed(1)] * 4
    with liar(*several, closing=True) as scene, pytest.raises(NoResult, match=r"^2 of 2 connections were closed$"):
        crowd.measure(scene, 2)


def samples(megabytes: list[float]) -> list[MemorySample]:
    return [MemorySample(requests, each) for requests, each in enumerate(megabytes, 1)]


def test_memory_is_that_of_the_last_tenth_beside_the_second() -> None:  # BENCH-15
    warm_up, second, between, last = [1.0] * 9, [80.0, 90.0, 82.0, 82.0, 84.0] * 2, [500.0] * 70, [86.0] * 10 + [0.0]
    assert endurance.growth(samples([*warm_up, *second, *between, *last])) == (82, 4)


@pytest.mark.parametrize("several", [[], [80.0], [80.0] * 9])
def test_too_few_samples_are_no_result(several: list[float]) -> None:  # BENCH-18
    with pytest.raises(NoResult, match=rf"^memory: {len(several)} samples are too few$"):
        endurance.growth(samples(several))


def found() -> Measured:
    names = {"page 1": 100, "page 2,000": 125, "few": 40, "more": 51, "most": 40}
    measured = Measured()
    for number, times in enumerate((1, 2, 1), 1):  # the second round was slow for all
        measured.pages += [PageSample(name, number, Cost(10, us * times, us)) for name, us in names.items()]
    indexed = SearchSample(
        "15.18 (Debian)", indexed=True, name="no match", cost=Cost(10, 20_000, 50_000), indexes=("tasks_search",)
    )
    measured.searches = [
        replace(
            indexed,
            postgres="18.4",
            indexed=False,
            cost=Cost(10, 40_000, 50_000),
            indexes=("tasks_priority", "tasks_x"),
        ),
        indexed,
        replace(indexed, name="many", cost=Cost(10, 20_001, 50_000), indexes=()),
    ]
    measured.memory = samples([80.0] * 60 + [86.0] * 60)
    measured.crowd = [crowd.Crowd(10_000, 80.0, 299.0, 120.0)]
    return measured


def test_goals_are_met_or_missed() -> None:  # BENCH-17
    verdicts = {(each.name, each.at_most): (each.found, each.met) for each in goals.goals(found())}
    assert verdicts == {
        ("page 2,000 / page 1, database", 1.25): (1.25, True),
        ("page 2,000 / page 1, service", 1.25): (1.25, True),
        ("more / few, database", 1.25): (1.275, False),
        ("more / few, service", 1.25): (1.275, False),
        ("most / few, database", 1.25): (1, True),
        ("most / few, service", 1.25): (1, True),
        ("search, no match, database", 20): (20, True),
        ("search, many, database", 20): (20.001, False),
        ("memory, growth over 120 requests", 5): (6, False),
        ("memory with 10,000 idle connections", 300): (299, True),
    }


def test_the_table_has_all_figures() -> None:  # BENCH-17
    lines = [" ".join(line.split()) for line in table.lines(found())]
    assert lines[1:3] == ["page 1 100 100 30", "page 2,000 125 125 30"]
    assert "18.4, no match 10 40.00 tasks_priority, tasks_x" in lines
    assert "15.18, many 10 20.00 -" in lines
    assert "Memory: 80.0 MB in the second tenth of 120 requests, +6.0 in the last" in lines
    assert "10,000 idle connections: 80.0 MB before, 299.0 with them, 120.0 afterwards" in lines
    assert "more / few, service 1.25 1.27 times MISSED" in lines
    assert not any(line.startswith("not measured") for line in lines)
    alone = replace(found(), searches=found().searches[:1])
    assert "not measured: with an index, for no PostgreSQL with pg_trgm was found" in table.lines(alone)
    assert lines[-1] == "memory with 10,000 idle connections 300 299.00 MB met"
