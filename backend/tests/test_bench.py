"""`make bench` measures what it says; that it prints figures is tested, never how large they are."""

import json
import os
import platform
import re
import shlex
import subprocess
import sys
import time
import tomllib
from contextlib import ExitStack
from pathlib import Path

import pytest
from pydantic import SecretStr

from backend.tests.tools import require_tool
from scripts.bench import __main__ as bench
from scripts.bench import floors, load, systems
from scripts.bench.accounting import Family
from scripts.bench.dataset import Size
from scripts.bench.measurement import FULL, QUICK, Measured
from scripts.contract import ROOT

LITTLE = ["--quick", "--only", systems.TUTORIAL, "--workers", "1", "--rounds", "1", "--seconds", "1", "--users", "200"]
SURROUNDINGS = systems.Surroundings(SecretStr("postgresql://nowhere"), "secret", ROOT)


def test_a_small_run_measures_compares_prints_and_writes(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # BENCH-1, BENCH-4, BENCH-5, BENCH-9
    require_tool("wrk", "the load of the benchmark")
    assert bench.main([*LITTLE, "--operation", "mix", "--out", str(tmp_path)]) == 0
    printed = capsys.readouterr()
    assert "bench: 20,000 tasks of 200 users" in printed.err
    assert re.search(rf"^{systems.SERVICE} +- +- +- +- +\d+ +\d+ +\d+\.\d$", printed.out, re.MULTILINE)
    assert re.search(rf"^{systems.TUTORIAL} +- +- +- +- +\d+\.\d\d \(\d+\.\d\d\)", printed.out, re.MULTILINE)
    written = json.loads((tmp_path / "bench.json").read_text(encoding="utf-8"))
    assert {each["system"] for each in written["samples"]} == {systems.SERVICE, systems.TUTORIAL, "PostgreSQL alone"}
    assert {each["operation"] for each in written["samples"]} == {"mix"}
    assert all(each["requests"] for each in written["samples"])
    assert any(each["database_seconds"] for each in written["samples"])  # which is told in hundredths for a process
    assert written["conditions"]["python_build"].endswith(platform.python_compiler())
    assert (tmp_path / "bench.svg").read_text(encoding="utf-8").count('class="own"') == 1


def test_a_run_with_faults_is_no_result(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # BENCH-6
    assert bench.told(Measured("18", faults=["Fastify, get: 3 wrong answers"]), tmp_path, {}, []) == 1
    assert capsys.readouterr().err.splitlines() == [
        "bench: Fastify, get: 3 wrong answers",
        "bench: 1 faults: this run is no result",
    ]
    assert not list(tmp_path.iterdir())


def test_what_is_missing_is_named() -> None:  # BENCH-10
    command = [sys.executable, "-m", "scripts.bench"]
    ended = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, env=os.environ | {"PATH": "/nowhere"}, capture_output=True, text=True, check=False
    )
    assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", "bench: not installed: wrk\n")


def test_fastify_is_left_out_by_name_where_it_is_not_installed(tmp_path: Path) -> None:  # BENCH-10
    there, left_out = systems.available(tmp_path)
    assert systems.FASTIFY_PEER not in {system.name for system in there}
    assert left_out == ["Fastify (needs Node 20 or newer)"]
    (tmp_path / "node_modules").mkdir()
    assert systems.available(tmp_path) == (list(systems.SYSTEMS), [])


def test_a_system_that_does_not_start_stops_the_run_in_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # BENCH-10
    given = systems.Surroundings(SURROUNDINGS.database_url, "secret", tmp_path)
    program = [sys.executable, "-c", "print('no\\nluck')"]
    wrong = systems.System("Wrong", lambda _port, _workers: program, lambda _given: {})

    def run() -> Measured:
        with ExitStack() as stack:
            return Measured(str(stack.enter_context(systems.running(wrong, given, workers=1, path="/", token="token"))))

    assert bench.in_one_line(run) is None
    assert capsys.readouterr().err == "bench: Wrong does not start: no luck\n"


def test_who_stops_a_run_gets_one_line(capsys: pytest.CaptureFixture[str]) -> None:  # BENCH-10
    def run() -> Measured:
        raise KeyboardInterrupt

    assert bench.in_one_line(run) is None
    assert capsys.readouterr().err == "bench: stopped\n"


def test_what_is_said_of_a_machine_needs_no_program() -> None:
    assert bench.said("no-such-program") == "none"
    assert bench.said(sys.executable, "-c", "print('3.11')") == "3.11"


def test_what_asks_says_why_it_cannot(tmp_path: Path) -> None:  # BENCH-10
    require_tool("wrk", "the load of the benchmark")
    tokens = load.write_tokens(tmp_path, Size(users=1), "s" * 32)
    with pytest.raises(load.LoadFailed, match=r"^wrk: unable to connect"):
        load.put("http://127.0.0.1:1", tokens, "get", seconds=1, seed=1)
    with pytest.raises(floors.PgbenchFailed, match=r"^pgbench, get: .*connection to server"):
        floors.transactions(str(floors.program()), SecretStr("postgresql://127.0.0.1:1/"), "get", Size(), seconds=1)


def test_an_answer_to_another_question_is_a_fault(tmp_path: Path) -> None:  # BENCH-6
    require_tool("wrk", "the load of the benchmark")
    given = systems.Surroundings(SURROUNDINGS.database_url, "secret", tmp_path)
    tokens = load.write_tokens(tmp_path, Size(users=1), "s" * 32)
    [floor] = [system for system in systems.SYSTEMS if system.name == systems.FLOOR]
    with systems.running(floor, given, workers=1, path="/", token="token") as running:
        asked = {
            operation: load.put(running.url, tokens, operation, seconds=1, seed=1) for operation in ("get", "list")
        }
    assert asked["get"].faults(None) == []  # it looks like a task
    assert f"0 lists for {asked['list'].sent_list} requests" in asked["list"].faults(None)


def test_this_service_is_started_as_the_readme_deploys_it() -> None:  # BENCH-2
    readme = (ROOT / "README.md").read_text(encoding="utf-8")
    [told] = re.findall(r"^(uvicorn --factory (?:.*\\\n)*.*)$", readme, re.MULTILINE)
    deployed = shlex.split(told.replace("\\\n", " ").replace("0.0.0.0", "127.0.0.1").replace("8000", "4711"))  # noqa: S104 - compared
    [own] = [system for system in systems.SYSTEMS if system.name == systems.SERVICE]
    assert own.command(4711, 1) == [sys.executable, "-m", *deployed]
    assert own.command(4711, 2) == [sys.executable, "-m", *deployed, "--workers", "2"]
    assert own.variables(SURROUNDINGS).keys() == {
        "ENVIRONMENT", "DATABASE_URL", "BETTER_AUTH_SECRET", "RATE_LIMIT_USER"
    }  # fmt: skip # all else is its default
    assert own.variables(SURROUNDINGS)["ENVIRONMENT"] == "production"


def test_peers_have_uvloop_no_access_log_and_a_pool_of_their_own() -> None:  # BENCH-3
    for system in systems.SYSTEMS[1:]:
        command = " ".join(system.command(4711, 2))
        if system.name == systems.FASTIFY_PEER:
            assert command.endswith("contract.yaml 4711 2")
        else:
            assert "--loop uvloop --http httptools --no-access-log --port 4711 --workers 2" in command
        assert system.variables(SURROUNDINGS)["POOL_SIZE"] == "20"


def test_every_peer_and_every_statement_is_there() -> None:  # BENCH-3
    for system in systems.SYSTEMS[1:]:
        [module] = [part for part in system.command(1, 1) if part.endswith((":app", ".mjs"))]
        name = module.removesuffix(":app")
        folder = ROOT / "scripts" / "bench"
        assert (folder / "peers" / f"{name}.py").exists() or (folder / "fastify" / Path(name).name).exists()
    assert {path.stem for path in floors.STATEMENTS.iterdir()} == set(load.SHARES)


def test_the_mix_is_the_same_on_both_sides() -> None:  # BENCH-5
    text = Path(load.__file__).with_suffix(".lua").read_text(encoding="utf-8")
    told = re.search(r"SHARES = \{ get = (\d+), list = (\d+), create = (\d+) \}", text)
    assert told is not None
    get, get_list, create = map(int, told.groups())
    assert {"get": get, "list": get_list - get, "create": create - get_list, "toggle": 100 - create} == load.SHARES


def test_a_run_takes_less_than_its_time() -> None:  # BENCH-1
    servers = len(systems.SYSTEMS) - 1  # all but the floor
    for stages, minutes in ((FULL, 40), (QUICK, 5)):
        seconds = 60  # the tasks and the starts
        for stage in stages:
            each = stage.rounds * stage.seconds + stage.warm_up
            seconds += servers * len(stage.operations) * each + stage.rounds * stage.seconds * 5
        assert seconds < minutes * 60


def test_the_other_frameworks_are_in_no_other_lock() -> None:  # BENCH-11
    for lock in ROOT.glob("requirements*.lock"):
        has = {name: f"\n{name}==" in f"\n{lock.read_text(encoding='utf-8')}" for name in ("connexion", "litestar")}
        assert set(has.values()) == {lock.name == "requirements-bench.lock"}, lock.name
    assert "fastify" not in (ROOT / "package.json").read_text(encoding="utf-8")
    groups = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["dependency-groups"]
    assert {"include-group": "bench"} not in groups["dev"]


def test_the_account_is_of_a_process_and_all_that_it_started() -> None:  # BENCH-8
    burning = "import time\nwhile time.process_time() < {}: pass\n"
    both = (
        f"import subprocess, sys\nsubprocess.run([sys.executable, '-c', {burning.format(0.2)!r}])\nprint(flush=True)\n"
    )
    living = "subprocess.Popen([sys.executable, '-c', 'input()'])\nprint(flush=True)\ninput()"
    with subprocess.Popen([sys.executable, "-c", both + living], stdin=-1, stdout=-1) as process:  # noqa: S603 - our own
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.readline()
        family = Family(process.pid)
        assert family.cpu_seconds() >= 0.2  # of a child that has ended
        alone = int(Path(f"/proc/{process.pid}/statm").read_text(encoding="ascii").split()[1]) * os.sysconf(
            "SC_PAGE_SIZE"
        )
        assert 0 < family.memory() < 3 * alone
        process.kill()
    began = Family(os.getpid()).cpu_seconds()
    until = time.process_time() + 0.1
    while time.process_time() < until:
        pass
    assert Family(os.getpid()).cpu_seconds() >= began + 0.08  # the kernel counts in hundredths


def test_what_fastify_needs_is_pinned_and_runs_no_script() -> None:  # SEC-4
    folder = ROOT / "scripts" / "bench" / "fastify"
    packages = json.loads((folder / "package-lock.json").read_text(encoding="utf-8"))["packages"]
    assert [name for name, package in packages.items() if name and "integrity" not in package] == []
    assert (folder / ".npmrc").read_bytes() == (ROOT / ".npmrc").read_bytes()
