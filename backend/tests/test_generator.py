"""`make generate`: the same bytes from the same contract, all or nothing, and nothing stale (GEN-1, GEN-5 to GEN-7)."""

import ast
import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

from backend.tests.contracts import GET, SCHEMAS, changed, written
from backend.tests.tools import require_tool
from scripts.contract import CONTRACT, GENERATED, ROOT
from scripts.fuzz import run
from scripts.generate import ledger, typescript
from scripts.generate.__main__ import main
from scripts.generate.reader import Document

OURS = ("__pycache__/", "typescript/dist/")
"""What Python and `make client` add to the folder."""


def files(folder: Path) -> dict[str, bytes]:
    return {path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()}


def generate(contract: Path, out: Path, *options: str) -> int:
    return main(["--contract", str(contract), "--out", str(out), *options])


def test_what_is_committed_is_what_the_contract_makes() -> None:  # GEN-1
    assert main(["--check"]) == 0


@pytest.mark.parametrize("seed", ["0", "1", "4711"])
def test_the_bytes_do_not_depend_on_hash_seed_directory_or_what_was_there(seed: str, tmp_path: Path) -> None:  # GEN-5
    require_tool("node", "the TypeScript half")
    out = tmp_path / "somewhere" / "generated"
    (tmp_path / "pyproject.toml").write_text("[tool.ruff]\nline-length = 40\n[tool.black]\nline-length = 40\n")
    subprocess.run(  # noqa: S603 - our own words
        [sys.executable, "-m", "scripts.generate", "--out", str(out)],
        cwd=tmp_path,
        env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(ROOT)},
        check=True,
    )
    committed = {name: raw for name, raw in files(GENERATED).items() if not name.startswith(OURS)}
    assert files(out) == committed


def test_a_second_run_replaces_the_folder_whole(tmp_path: Path) -> None:
    contract, out = written(tmp_path, {}), tmp_path / "out"
    assert generate(contract, out) == 0
    first = files(out)
    (out / "mine.py").write_text("kept = False\n", encoding="utf-8")
    (out / "api.py").write_text("edited = True\n", encoding="utf-8")
    assert generate(contract, out) == 0
    assert files(out) == first
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_check_shows_what_is_stale_and_writes_nothing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # RUN-6
    contract, out = written(tmp_path, {}), tmp_path / "out"
    generate(contract, out)
    (out / "models.py").write_text(
        (out / "models.py").read_text(encoding="utf-8").replace("max_length=9", "max_length=8")
    )
    (out / "mine.py").write_text("kept = True\n", encoding="utf-8")
    (out / "api.py").unlink()
    before = files(out)
    assert generate(contract, out, "--check") == 1
    diff = capsys.readouterr().out
    assert "max_length=8" in diff
    assert "max_length=9" in diff
    assert "--- out/mine.py" in diff
    assert "+++ out/api.py (as generated)" in diff
    assert files(out) == before


def test_what_is_built_of_the_package_is_no_edit_and_gone_after_the_next_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # CLIENT-6
    monkeypatch.setenv("PATH", str(tmp_path))
    contract, out = written(tmp_path, {}), tmp_path / "out"
    assert generate(contract, out) == 0
    for built in ("dist", "node_modules"):
        (out / "typescript" / built).mkdir(parents=True)
        (out / "typescript" / built / "index.js").write_text("export {};\n", encoding="utf-8")
    assert generate(contract, out, "--check") == 0
    assert generate(contract, out) == 0
    assert not (out / "typescript").exists()


def test_an_edit_of_the_contract_is_stale(tmp_path: Path) -> None:  # RUN-6, GEN-6
    out = tmp_path / "out"
    generate(written(tmp_path, {}), out)
    assert generate(written(tmp_path, {}), out, "--check") == 0
    assert generate(written(tmp_path, {f"{GET} summary": "Look at a thing"}), out, "--check") == 1


def test_every_file_says_where_it_comes_from(tmp_path: Path) -> None:  # GEN-6
    for name, raw in files(GENERATED).items():
        if not name.startswith(OURS) and not name.endswith((".json", "/LICENSE")):  # which have no comments
            assert b"Generated from openapi/tasks.yaml by `make generate`. Do not edit." in raw.splitlines()[0], name
    generate(written(tmp_path, {}), tmp_path / "out")
    assert (tmp_path / "out" / "api.py").read_text(encoding="utf-8").startswith("# Generated from contract.yaml by")


def test_the_contract_is_there_as_json() -> None:
    assert json.loads((GENERATED / "openapi.json").read_bytes()) == yaml.safe_load(CONTRACT.read_bytes())


def test_the_fuzzer_reads_the_contract_as_the_generator_does(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    contract = tmp_path / "contract.yaml"
    contract.write_text("openapi: 3.1.0\ninfo: {title: no, version: 2026-12-24}\npaths: {}\n", encoding="utf-8")
    monkeypatch.setattr(run, "CONTRACT", contract)
    assert run.read_contract()["info"] == {"title": "no", "version": "2026-12-24"}  # YAML 1.1 has a bool and a date


def test_what_nobody_looks_into_is_only_documented() -> None:  # GEN-9
    schema = {"schema": {"$ref": "#/components/schemas/Thing"}}
    content = changed({f"{GET} responses 200 content": {"application/json": schema, "application/xml": schema}})
    told = ledger.write(Document(Path("contract.yaml"), content, {(): 1}), "contract.yaml")
    assert "| media type | `schema` | documented | 1 |" in told
    assert "| media type | `schema` | enforced | 4 |" in told


def test_the_interface_imports_no_framework() -> None:  # GEN-10
    imported = {
        (isinstance(node, ast.ImportFrom) and node.module) or node.names[0].name
        for node in ast.walk(ast.parse((GENERATED / "api.py").read_text(encoding="utf-8")))
        if isinstance(node, ast.ImportFrom | ast.Import)
    }
    assert imported <= {"collections.abc", "dataclasses", "datetime", "typing", "pydantic", "models", "written"}


def test_without_node_the_typescript_half_is_left_as_it_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # GEN-7, CLIENT-4
    out = tmp_path / "out"
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("CI", raising=False)
    (out / "typescript").mkdir(parents=True)
    (out / "typescript" / "schema.d.ts").write_text("kept\n", encoding="utf-8")
    (out / "losses.md").write_text("<!-- Generated from somewhere -->\n", encoding="utf-8")
    assert main(["--out", str(out)]) == 0
    assert "out/typescript is left as it is: node is missing" in capsys.readouterr().err
    assert files(out / "typescript") == {"schema.d.ts": b"kept\n"}
    monkeypatch.setenv("CI", "true")
    assert main(["--out", str(out)]) == 1
    assert main(["--out", str(out), "--check"]) == 1
    assert main(["--out", str(tmp_path / "empty")]) == 1
    assert not (tmp_path / "empty" / "typescript").exists()


def test_a_missing_package_is_named(tmp_path: Path) -> None:
    require_tool("node", "the TypeScript half")
    assert typescript.missing(tmp_path) == "node_modules/openapi-typescript/bin/cli.js is missing: run `npm ci`"


def test_a_new_schema_changes_few_lines(tmp_path: Path) -> None:
    out = tmp_path / "out"
    generate(written(tmp_path, {}), out)
    before = (out / "models.py").read_text(encoding="utf-8").splitlines()
    colour = {"type": "string", "enum": ["red"]}
    generate(written(tmp_path, {f"{SCHEMAS} Colour": colour}), out)
    after = (out / "models.py").read_text(encoding="utf-8").splitlines()
    assert len(after) - len(before) <= 3
    assert [line for line in before if line not in after and "import" not in line] == []


def occurrences(node: object, member: str) -> int:
    """How often the contract has a member whose value is no schema of that name."""
    if isinstance(node, list):
        return sum(occurrences(item, member) for item in node)
    if not isinstance(node, dict):
        return 0
    here = member in node and not isinstance(node[member], dict)
    return here + sum(occurrences(child, member) for name, child in node.items() if name not in {"examples", "not"})


def test_the_ledger_counts_every_constraint_and_calls_it_enforced() -> None:  # GEN-9
    rows = [line.split(" | ") for line in (GENERATED / "losses.md").read_text(encoding="utf-8").splitlines()]
    ledger = {(row[0][2:], row[1].strip("`")): (row[2], int(row[3][:-2])) for row in rows[8:]}
    contract = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    for keyword in ("minLength", "maxLength", "pattern", "minimum", "maximum", "maxItems", "minItems"):
        assert ledger["schema", keyword] == ("enforced", occurrences(contract, keyword))
    assert {how for how, _ in ledger.values()} == {"enforced", "typed", "documented"}
    documented = {member for (_, member), (how, _) in ledger.items() if how == "documented"}
    assert not documented & {"required", "security", "responses", "headers", "content", "enum", "const", "not"}
