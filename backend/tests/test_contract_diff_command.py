"""`make contract-diff` reads files and git refs, says what changed, exits as the version allows (DIFF-1, DIFF-12)."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from backend.tests.contract_changes import API, GET, OK, THING
from backend.tests.contracts import REMOVED, Json, changed
from backend.tests.tools import require_tool
from scripts.contract import CONTRACT, ROOT
from scripts.contract_diff.__main__ import main

BREAKING: Json = {f"{GET} operationId": "readThing"}
UNCLEAR: Json = {f"{GET} parameters 0 schema default": "x"}
COMPATIBLE: Json = {f"{GET} deprecated": True}


def put(folder: Path, name: str, changes: Json) -> str:
    folder.mkdir(exist_ok=True)
    path = folder / name
    path.write_text(json.dumps(changed(changes, API), indent=1), encoding="utf-8")
    return str(path)


@pytest.mark.parametrize(
    ("changes", "flags", "code"),
    [
        ({}, [], 0),
        (COMPATIBLE, [], 0),
        (UNCLEAR, [], 1),
        (UNCLEAR, ["--allow-unclear"], 0),
        (BREAKING, ["--allow-unclear"], 1),
        (BREAKING | {"info version": "1.1.0"}, [], 1),
        (BREAKING | {"info version": "2.0"}, [], 0),
        (BREAKING | {"info version": "next"}, [], 1),
    ],
)
def test_the_command_fails_for_what_breaks_clients(  # DIFF-1, DIFF-12
    tmp_path: Path, capsys: pytest.CaptureFixture[str], changes: Json, flags: list[str], code: int
) -> None:
    assert main([put(tmp_path, "a.yaml", {}), put(tmp_path, "b.yaml", changes), *flags]) == code
    output = capsys.readouterr().out
    assert ("allowed: 2.0 is a major version after 1.0.0" in output) == ("2.0" in changes.values())
    assert ("raise `info.version`" in output) == bool(changes and "info version" not in changes)


@pytest.mark.parametrize(("after", "code"), [("0.1.0", 1), ("0.1.9", 1), ("0.2.0", 0), ("0.0.9", 1)])
def test_before_one_a_minor_version_may_break(  # DIFF-12
    tmp_path: Path, capsys: pytest.CaptureFixture[str], after: str, code: int
) -> None:
    before = put(tmp_path, "a.yaml", {"info version": "0.1.0"})
    assert main([before, put(tmp_path, "b.yaml", BREAKING | {"info version": after})]) == code
    assert ("raise `info.version`" in capsys.readouterr().out) == (after <= "0.1.0")


def test_a_finding_is_a_line_with_everything(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # DIFF-2
    after = {f"{THING} properties name": {"type": "string", "maxLength": 3}, f"{OK} links": REMOVED}
    before, path = put(tmp_path, "a.yaml", {}), put(tmp_path, "b.yaml", after)
    assert main([before, path]) == 1
    lines = capsys.readouterr().out.splitlines()
    number = 1 + next(n for n, line in enumerate(Path(path).read_text().splitlines()) if '"maxLength"' in line)
    assert lines[1] == (
        f"b.yaml:{number}: #/components/schemas/Thing/properties/name/maxLength: breaking: "
        "PUT /things/{id} request body (application/json).name: maxLength went from none to 3: "
        "requests that were accepted are refused [request-length-narrowed]"
    )
    assert lines[0].startswith("a.yaml:")
    assert ": breaking: GET /things/{id} 200 link next: the link is gone: " in lines[0]
    assert lines[-2] == "2 breaking, 0 unclear, 1 compatible since a.yaml"
    assert main([before, path, "--json"]) == 1
    document = json.loads(capsys.readouterr().out)
    assert document["before"] == {"file": "a.yaml", "version": "1.0.0"}
    assert document["allowed"] is None
    compatible = document["findings"][-1]
    assert compatible["level"] == "compatible"
    assert compatible["where"] == ["GET /things/{id} 200 body (application/json).name", "webhook made post body.name"]
    assert compatible["line"] == number


def test_what_cannot_be_read_is_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # DIFF-1
    good = put(tmp_path, "a.yaml", {})
    (tmp_path / "bad.yaml").write_text("openapi: 2.0\n", encoding="utf-8")
    nowhere = put(tmp_path, "nowhere.yaml", {f"{GET} responses 404 $ref": "#/components/responses/No"})
    endless = put(tmp_path, "endless.yaml", {f"{THING}": {"$ref": "#/components/schemas/Thing"}})
    for text, said in (
        (str(tmp_path / "bad.yaml"), "bad.yaml:1: #/openapi: "),
        (nowhere, "the reference #/components/responses/No leads to nothing"),
        (endless, "endless.yaml:"),
        ("no-such-thing", "git archive: "),
    ):
        assert main([text, good]) == 1
        assert said in capsys.readouterr().err


def git(folder: Path, *arguments: str) -> None:
    program = require_tool("git", "a comparison with a release")
    identity = ["-c", "user.name=A", "-c", "user.email=a@example.org"]
    subprocess.run([program, *identity, "-C", str(folder), *arguments], check=True, capture_output=True)  # noqa: S603 - our own words


@pytest.fixture
def repository(tmp_path: Path) -> Path:
    """A repository with a contract of one commit; the contract's path."""
    path = Path(put(tmp_path / "openapi", "api.yaml", {}))
    git(tmp_path, "init", "--quiet")
    git(tmp_path, "add", ".")
    git(tmp_path, "commit", "--quiet", "-m", "one")
    return path


def test_a_git_ref_is_a_contract(repository: Path, capsys: pytest.CaptureFixture[str]) -> None:  # DIFF-13
    put(repository.parent, repository.name, BREAKING)
    assert main(["HEAD", str(repository)]) == 1
    assert "1 breaking, 0 unclear, 0 compatible since HEAD:api.yaml" in capsys.readouterr().out
    other = put(repository.parent, "other.yaml", {})
    assert main(["HEAD", other]) == 1
    assert "HEAD has no other.yaml" in capsys.readouterr().err


def test_without_a_contract_the_last_release_is_taken(
    repository: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:  # DIFF-14
    put(repository.parent, repository.name, BREAKING)
    arguments = ["--contract", str(repository)]
    assert main(arguments) == 0
    assert capsys.readouterr().out.startswith("no release to compare with: git describe: ")
    assert main([*arguments, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == {"before": None, "findings": []}
    git(repository.parent, "tag", "v1.0.0")
    git(repository.parent, "tag", "other")
    assert main(arguments) == 1
    assert "since v1.0.0:api.yaml" in capsys.readouterr().out
    monkeypatch.setenv("PATH", "")
    assert main(arguments) == 0
    assert capsys.readouterr().out == "no release to compare with: git is not installed\n"


def test_our_contract_is_compatible_with_itself() -> None:  # DIFF-8
    command = [sys.executable, "-m", "scripts.contract_diff", str(CONTRACT)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)  # noqa: S603 - our own words
    assert done.stdout == "0 breaking, 0 unclear, 0 compatible since openapi/tasks.yaml\n"
