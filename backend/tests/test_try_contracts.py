"""The command that tries contracts: its rows and its sums (FOREIGN-1 to FOREIGN-6)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backend.tests.contracts import written
from scripts.compare import Difference
from scripts.contract import CONTRACT
from scripts.try_contracts.__main__ import line, main, sums
from scripts.try_contracts.attempt import Row, attempt, found
from scripts.try_contracts.boot import leaves, lost

FOREIGN = Path(__file__).with_name("foreign")
PATIENCE = 120
"""Seconds for a contract on a busy machine."""


def program(text: str) -> tuple[str, str]:
    return "-c", text


def test_our_contract_boots_with_every_operation_and_every_fact(
    capsys: pytest.CaptureFixture[str],
) -> None:  # FOREIGN-1, FOREIGN-2, FOREIGN-3, FOREIGN-6
    assert main([str(CONTRACT), "--json"]) == 0
    (row,) = json.loads(capsys.readouterr().out)
    assert (row["name"], row["version"], row["outcome"]) == ("tasks.yaml", "3.1.0", "boots")
    assert row["booted"] == row["operations"] == 18
    assert row["kept"] == row["facts"] > 3000
    assert (row["differences"], row["shown"], row["reason"]) == (0, [], "")


def test_a_valid_contract_that_the_generator_does_not_write_is_refused_with_its_line(
    tmp_path: Path,
) -> None:  # FOREIGN-4
    said = "contract.yaml:9: #/paths/~1things: something that no generator carries"
    row = attempt("thing", written(tmp_path, {}), PATIENCE, program(f"import sys; sys.exit({said!r})"))
    assert (row.outcome, row.reason, row.operations, row.booted, row.facts) == ("refused", said, 2, 0, 0)


@pytest.mark.parametrize(
    "text",
    [
        'swagger: "2.0"\ninfo: {title: Old, version: "1"}\npaths: {}\n',
        "openapi: 3.1.0\npaths: {/x: 3}\n",
        '{"openapi": "3.0.3", "paths": 1}',
        "openapi: [",
    ],
)
def test_what_is_no_valid_contract_of_version_3_is_invalid(text: str, tmp_path: Path) -> None:  # FOREIGN-4
    path = tmp_path / "contract.yaml"
    path.write_text(text, encoding="utf-8")
    row = attempt("invalid", path, PATIENCE)
    assert (row.outcome, row.operations) == ("invalid", 0)
    assert row.reason
    assert "Traceback" not in row.reason


@pytest.mark.parametrize(
    ("does", "seconds", "reason"),
    [
        ("raise ValueError('a fault of ours')", PATIENCE, "ValueError: a fault of ours"),
        ("import time; time.sleep(60)", 0.3, "not done after 0 s"),
        ("", PATIENCE, "ImportError: cannot import name 'routes' from 'generated'"),
        ("bytearray(5 * 10**9)", PATIENCE, "MemoryError"),
        ("import os; os.kill(os.getpid(), 9)", PATIENCE, "it said nothing and ended with -9"),
    ],
    ids=["traceback", "too slow", "does not boot", "too large", "killed"],
)
def test_what_ends_in_a_traceback_or_not_in_time_is_a_failure_and_the_command_goes_on(
    does: str, seconds: float, reason: str, tmp_path: Path
) -> None:  # FOREIGN-5
    writes_nothing_useful = (
        "import pathlib, sys; p = pathlib.Path(sys.argv[-1]); p.mkdir(); (p / '__init__.py').touch()"
    )
    row = attempt("thing", written(tmp_path, {}), seconds, program(does or writes_nothing_useful))
    assert (row.outcome, row.reason[: len(reason)]) == ("FAILED", reason)


def test_in_a_folder_what_says_that_it_is_openapis_is_a_contract(tmp_path: Path) -> None:
    (tmp_path / "schemas").mkdir()
    (tmp_path / "schemas" / "Pet.yaml").write_text("type: object\nproperties: {openapi: {type: string}}\n")
    (tmp_path / "package.json").write_text('{"name": "openapi"}')
    (tmp_path / "notes.txt").write_text("openapi: 3.1.0\n")
    for name, text in {"a/openapi.json": '{\n  "openapi": "3.0.1"}', "a/b/openapi.yml": "swagger: '2.0'\n"}.items():
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text(text)
    assert [name for name, _ in found([tmp_path])] == ["a/b", "a"]
    assert [name for name, _ in found([tmp_path / "a"])] == ["b", "a"]
    assert [path.name for _, path in found([FOREIGN])] == ["album.yaml", "openapi.yaml", "outline.yaml"]


def test_the_table_has_a_line_for_each_contract_and_the_sums(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:  # FOREIGN-5, FOREIGN-6
    (tmp_path / "contract.yaml").write_text("openapi: 3.1.0\n", encoding="utf-8")
    assert main([str(tmp_path), "--seconds", "0.05"]) == 1
    head, row, *rest = capsys.readouterr().out.splitlines()
    assert head.split()[:2] == ["contract", "OpenAPI"]
    assert row.split()[:4] == ["contract.yaml", "3.1.0", "0.0", "0"]
    assert row.endswith("not done after 0 s")
    assert rest[1:] == [
        "boot with every operation: 0 of 1 (0.0 %) valid contracts",
        "facts kept by those that boot: 0 of 0 (100.0 %); all of them by 0 of 0",
        "refused: 0, invalid: 0, failed: 1",
    ]


def test_a_share_is_only_whole_where_nothing_is_missing() -> None:  # FOREIGN-6
    exact = Row("exact", "3.1.0", 2000, 4, "boots", 1.0, booted=4, facts=5000, kept=5000)
    near = Row("near", "3.0.3", 1000, 9, "boots", 2.0, booted=8, facts=5000, kept=4999, differences=1)
    invalid = Row("invalid", "2.0", 9, 1, "invalid", 0.1, "x.yaml:1: no")
    assert " 4/4 " in line(exact)
    assert " 100.0 " in line(exact)
    assert "  99.9 " in line(near)
    assert sums([exact, near, invalid])[1:] == [
        "boot with every operation: 1 of 2 (50.0 %) valid contracts",
        "facts kept by those that boot: 9999 of 10000 (99.9 %); all of them by 1 of 2",
        "refused: 0, invalid: 1, failed: 0",
    ]


def test_a_fact_is_a_leaf_and_what_was_only_added_loses_none() -> None:  # FOREIGN-3
    assert leaves({"a": [1, 2, {}], "b": {"c": None}, "d": []}) == 5
    assert lost(Difference(("a",), {"b": 1, "c": [2, 3]}, 4)) == 3
    assert lost(Difference(("a",), None, {"b": 1})) == 0


def test_what_is_not_there_is_told_in_one_line(tmp_path: Path) -> None:  # FOREIGN-6
    for place, reason in (
        (tmp_path, "no OpenAPI document there"),
        (tmp_path / "gone", f"no such place: {tmp_path}/gone"),
    ):
        command = [sys.executable, "-m", "scripts.try_contracts", str(place)]
        ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own program
        assert (ended.returncode, ended.stdout, ended.stderr) == (1, "", f"try_contracts: {reason}\n")
