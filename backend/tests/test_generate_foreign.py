"""A contract that is not ours: what is told, what is served, what is never overwritten (READ-17, READ-18)."""

import json
import os
import shutil
from pathlib import Path

import pytest

from backend.tests.contracts import SCHEMAS, changed, written
from backend.tests.tools import require_tool
from scripts.generate.__main__ import main


def generate(contract: Path, out: Path, *options: str) -> int:
    return main(["--contract", str(contract), "--out", str(out), *options])


def test_readings_are_told_and_where_the_ledger_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # READ-17
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setenv("CI", "true")  # which needs no Node for a contract that is not ours
    changes = {"openapi": "3.0.3", f"{SCHEMAS} Problem": {"properties": {"code": {"type": "string"}}}}
    out = tmp_path / "out"
    assert generate(written(tmp_path, changes), out) == 0
    lines = capsys.readouterr().err.splitlines()
    assert lines[0].startswith("read with care: contract.yaml:")
    assert lines[0].endswith(": #/components/schemas/Problem: `properties` without a type: the type is object")
    assert lines[1:] == [
        "out/typescript is left as it is: node is missing",
        "out/losses.md says how each kind of fact is carried",
    ]
    assert not (out / "typescript").exists()
    assert json.loads((out / "openapi.json").read_bytes()) == changed(changes)
    assert generate(written(tmp_path, changes), out, "--check") == 0


def test_the_bundle_of_several_files_is_served(tmp_path: Path) -> None:  # READ-17
    (tmp_path / "name.yaml").write_text("type: string\nmaxLength: 9\ndescription: A name.\n", encoding="utf-8")
    contract = written(tmp_path, {f"{SCHEMAS} Name": {"$ref": "name.yaml"}})
    assert generate(contract, tmp_path / "out") == 0
    assert json.loads((tmp_path / "out" / "openapi.json").read_bytes()) == changed({})


def test_what_openapi_typescript_refuses_is_told_and_stops_only_our_contract(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # READ-17
    require_tool("node", "the TypeScript half")
    node = tmp_path / "node"
    node.write_text("#!/bin/sh\necho no such thing\nexit 1\n", encoding="utf-8")
    node.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}{os.pathsep}{os.environ['PATH']}")
    assert generate(written(tmp_path, {}), tmp_path / "out") == 0
    told = "out/typescript is left as it is: openapi-typescript: no such thing"
    assert told in capsys.readouterr().err.splitlines()
    assert not (tmp_path / "out" / "typescript").exists()
    assert main(["--check"]) == 1
    assert capsys.readouterr().err == "openapi-typescript: no such thing\n"


def test_a_folder_of_somebodys_files_is_never_replaced(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # READ-18
    contract, mine = written(tmp_path, {}), tmp_path / "mine"
    mine.mkdir()
    (mine / "__pycache__").mkdir()
    assert generate(contract, mine) == 0
    assert generate(contract, mine) == 0
    shutil.rmtree(mine)
    mine.mkdir()
    (mine / "thesis.md").write_text("<!-- Generated from coffee -->", encoding="utf-8")
    capsys.readouterr()
    for options in ((), ("--check",)):
        assert generate(contract, mine, *options) == 1
        said = capsys.readouterr().err
        assert said == "mine holds files that were not generated: name a folder that is missing or empty\n"
    assert [path.name for path in mine.iterdir()] == ["thesis.md"]


def test_a_file_is_no_output(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # READ-18
    contract = written(tmp_path, {})
    assert generate(contract, contract) == 1
    assert capsys.readouterr().err == "contract.yaml is no folder\n"
    assert generate(contract, contract / "out") == 1
    assert capsys.readouterr().err.splitlines()[-1] == "out cannot be written: File exists"


def test_a_contract_that_cannot_be_opened_is_one_line(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # READ-18
    assert generate(tmp_path / "none.yaml", tmp_path / "out") == 1
    assert capsys.readouterr().err == "none.yaml:1: #: this file cannot be read: No such file or directory\n"
    assert not (tmp_path / "out").exists()
