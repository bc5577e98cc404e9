"""The contract keeps the style that makes it exact, and every breach is told with file, line and pointer (LINT-1)."""

import copy
import json
import subprocess
import sys
from pathlib import Path

import pytest

from backend.tests.contracts import REMOVED, Json, changed
from backend.tests.contracts import written as write_changed
from scripts.contract import CONTRACT, ROOT
from scripts.generate.reader import read
from scripts.lint_contract.__main__ import main
from scripts.lint_contract.linting import RULES, findings, lint
from scripts.lint_contract.places import Contract
from scripts.lint_contract.rules import Finding
from scripts.lint_contract.seeded import score
from scripts.lint_contract.seeded.table import SOUND, Fault, faults
from scripts.lint_contract.texts import longest, shortest

TABLE = faults()
CREATE = "paths /pets post"
SCHEMAS = "components schemas"
BODY = "content application/json"
SOUND_CONTENT: Json = read(SOUND).content
TEXT: Json = {"type": "string", "maxLength": 9}


def found_in(changes: Json) -> list[Finding]:
    """What the linter finds in the sound contract with some changes."""
    return findings(Contract(changed(changes, SOUND_CONTENT)))


def rules_in(changes: Json) -> set[str]:
    return {finding.rule for finding in found_in(changes)}


def test_nothing_is_found_in_our_contract_and_in_the_sound_one() -> None:  # API-7, GEN-14, LINT-1
    assert lint(CONTRACT) == []
    assert lint(SOUND) == []


@pytest.mark.parametrize("number", range(len(TABLE)), ids=[fault.name for fault in TABLE])
def test_a_seeded_fault_is_found_by_its_rule_at_its_place(number: int, tmp_path: Path) -> None:
    # LINT-2, LINT-4, LINT-5, LINT-6, LINT-7, LINT-8, LINT-9, LINT-10, LINT-11, LINT-12, LINT-13, GEN-14
    fault = TABLE[number]
    content = fault.made(SOUND_CONTENT)
    path = tmp_path / "contract.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    assert score.sees(fault, path), [str(told) for told in lint(path)]
    if fault.rule != "readable":  # what the reader refuses, the rule sees too
        found = [each for each in findings(Contract(content)) if each.rule == fault.rule]
        assert any(each.pointer[: len(fault.at)] == fault.at for each in found), found


def test_every_rule_has_a_seeded_fault_and_a_name_of_its_own() -> None:  # LINT-13
    names = [rule.name for rule in RULES]
    assert {fault.rule for fault in TABLE} == set(names) - {"reading"}
    assert len(names) == len(set(names))
    assert len({fault.name for fault in TABLE}) == len(TABLE)


def test_a_fault_that_is_not_there_is_not_seen(tmp_path: Path) -> None:  # LINT-13
    fault = next(each for each in TABLE if each.rule == "range")
    path = tmp_path / "contract.yaml"
    path.write_text(json.dumps(SOUND_CONTENT), encoding="utf-8")
    assert not score.sees(fault, path)


def test_a_finding_is_a_line_with_file_line_pointer_and_rule(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # LINT-1, LINT-3
    contract = write_changed(tmp_path, {f"{SCHEMAS} PetId minimum": 2**53}, SOUND_CONTENT)
    assert main([str(contract)]) == 1
    captured = capsys.readouterr()
    line = next(line for line in captured.out.splitlines() if "[range]" in line)
    name, number, rest = line.split(":", 2)
    assert name == "contract.yaml"
    assert rest.startswith(" #/components/schemas/PetId/minimum: [range] no number lies between ")
    assert '"minimum": 9007199254740992' in contract.read_text(encoding="utf-8").splitlines()[int(number) - 1]
    faults_told = sum("(style)" not in line for line in captured.out.splitlines())
    assert captured.err == f"contract.yaml: {faults_told} faults, 0 breaches of style\n"


def test_style_binds_our_contract_and_only_warns_of_a_foreign_one(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # LINT-3
    contract = write_changed(tmp_path, {"paths /status get summary": REMOVED}, SOUND_CONTENT)
    assert main([str(contract)]) == 0
    assert "#/paths/~1status/get: [operation-described] summary is missing (style)\n" in capsys.readouterr().out
    assert main([str(contract), "--strict"]) == 1
    assert "summary is missing\n" in capsys.readouterr().out


def test_the_command_succeeds_on_our_contract_and_fails_on_what_is_none(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # LINT-1, LINT-2
    done = subprocess.run(
        [sys.executable, "-m", "scripts.lint_contract"], cwd=ROOT, check=True, capture_output=True, text=True
    )
    assert (done.stdout, done.stderr) == ("", "")
    (tmp_path / "a.yaml").write_text("a: 1\n", encoding="utf-8")
    assert main([str(tmp_path / "a.yaml")]) == 1
    assert "a.yaml:1: #" in capsys.readouterr().out


def test_the_rules_are_printed_with_their_reasons(capsys: pytest.CaptureFixture[str]) -> None:  # LINT-3
    assert main(["--rules"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == len(RULES) + 2
    assert "| range | fault | Bounds that leave nothing between them refuse everything. |" in lines


def test_the_score_names_who_sees_what(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:  # LINT-13
    seen = [next(each for each in TABLE if each.name == name) for name in ("no tag", "one operationId twice")]
    monkeypatch.setattr(score, "faults", lambda: seen)
    monkeypatch.setattr(score, "REDOCLY", tmp_path / "absent")
    assert main(["--seeded"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].split() == ["no", "tag", "yes", "-"]
    assert lines[2].split()[-2:] == ["yes", "yes"]
    assert lines[3:] == ["ours: 2 of 2", "openapi-spec-validator: 1 of 2"]


def test_a_fault_that_ours_misses_fails_the_score(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # LINT-13
    table = [Fault("nothing at all", "range", ("paths",), {}, [])]
    monkeypatch.setattr(score, "faults", lambda: table)
    monkeypatch.setattr(score, "tools", lambda: {"ours": score.ours})
    assert main(["--seeded"]) == 1
    assert "ours: 0 of 1" in capsys.readouterr().out


def test_what_openapi_spec_validator_fails_on_counts_as_seen(tmp_path: Path) -> None:  # LINT-13
    path = tmp_path / "contract.yaml"
    path.write_text("openapi: 3.1.0\npaths: {1: {}}\n", encoding="utf-8")
    assert score.validator([], [path, path]) == [True]


def test_redocly_is_asked_about_all_files_at_once_and_again_after_one_that_stops_it(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:  # LINT-13
    tool = tmp_path / "redocly"
    tool.write_text(
        f"#!{sys.executable}\n"
        "import json, pathlib, sys\n"
        "for name in sys.argv[4:]:\n"
        "    text = pathlib.Path(name).read_text()\n"
        "    if '4.0.0' in text: sys.exit(1)\n"
        "    print(json.dumps({'totals': {'errors': 0, 'warnings': int('summary' not in text)}}))\n",
        encoding="utf-8",
    )
    tool.chmod(0o755)
    names = ("a version of OpenAPI that there is not", "no tag")
    table = [next(each for each in TABLE if each.name == name) for name in names]
    monkeypatch.setattr(score, "faults", lambda: table)
    monkeypatch.setattr(score, "REDOCLY", tool)
    assert main(["--seeded"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert [line.split()[-1] for line in lines[1:3]] == ["yes", "-"]
    assert lines[-2:] == ["Redocly: 1 of 2", "all others together: 1 of 2"]


@pytest.mark.parametrize(
    ("changes", "rules"),
    [
        ({f"{SCHEMAS} Pet": True}, {"component-used"}),
        ({"paths /cats": {"get": {"$ref": "#/paths/~1pets/get"}}}, {"structure"}),
        ({"paths": 1, "components": [], "tags": {}}, {"structure"}),
        ({"paths": REMOVED, "components": REMOVED, "tags": REMOVED}, {"structure"}),
        ({"components headers Location schema": {"items": {"items": {}}}}, set()),
        ({"info": [], "servers": [1]}, {"structure"}),
        ({"paths /pets get parameters": [1, {"$ref": "#/nowhere"}, {"$ref": 1}]}, {"structure"}),
        ({f"{SCHEMAS} PetCreate properties name": {"$ref": "other.yaml#/Name"}}, set()),
        ({"components parameters PetId": {"$ref": "#/components/parameters/PetId"}}, set()),
        ({f"{SCHEMAS} Name examples": "Rex", f"{SCHEMAS} Name pattern": 1}, {"keyword-valid"}),
        ({f"{SCHEMAS} Tags minItems": "many"}, {"keyword-valid"}),
        ({f"{SCHEMAS} Food discriminator": "kind"}, {"structure"}),
        (
            {"webhooks": {"adopted": {"post": {"responses": {"200": {"$ref": "#/components/responses/Problem"}}}}}},
            set(),
        ),
        ({"paths x-internal": 1, "paths /status get responses x-more": 1, "x-all": 1}, set()),
        ({"paths /pets/{id} delete responses 401": REMOVED, "paths /pets/{id} delete responses default": TEXT}, set()),
        ({f"{SCHEMAS} Size": {"$ref": "#/components/schemas/Size", "pattern": "("}}, {"finite", "pattern-valid"}),
        ({f"{SCHEMAS} Size": {"type": ["integer", "string"], "enum": [1.0, 2.5, "a"]}}, {"enum-fits"}),
        ({f"{SCHEMAS} Cat": {"allOf": [1]}}, {"keyword-valid", "structure"}),
        ({f"{SCHEMAS} PetId minimum": 10**400}, {"range"}),
        ({"paths /pets get parameters 1 name": ["a"]}, {"structure"}),
        ({f"{SCHEMAS} PetId minimum": True}, {"keyword-valid"}),
        ({f"{SCHEMAS} PetId maximum": float("inf"), f"{SCHEMAS} PetId minimum": float("-inf")}, set()),
        (
            {f"{SCHEMAS} Status patternProperties": {"x": {"const": 1}}, f"{SCHEMAS} Status required": ["y"]},
            {"pattern-anchored"},
        ),
        ({"components links GetPet": {"operationRef": "other.yaml#/paths/~1pets/get"}}, set()),
        ({"components securitySchemes token": {"$ref": "other.yaml#/token"}}, set()),
        ({f"{SCHEMAS} Food discriminator mapping fish": "other.yaml#/Fish"}, {"oneof-discriminated"}),
        ({f"{SCHEMAS} PetUpdate properties next": {"$ref": "#/components/schemas/PetUpdate"}}, set()),
        ({"components examples Pet": {"externalValue": "https://example.org/rex.json"}}, set()),
        ({"components schemas Status properties up": {"$ref": "#/components/schemas"}}, {"finite"}),
    ],
)
def test_a_contract_full_of_surprises_ends_in_findings(changes: Json, rules: set[str]) -> None:  # LINT-14
    assert rules <= rules_in(changes)


RECURSIVE: Json = {
    "type": "object",
    "additionalProperties": {"$ref": "#/components/schemas/Status"},
    "maxProperties": 3,
    "minProperties": 1,
    "properties": {"up": {"type": "boolean"}},
}


TEXT_HEADER: Json = {"schema": {"$ref": "#/components/schemas/Name"}, "example": "Rex"}
ONE_PET: Json = {"value": {"id": 1, "name": "Rex"}}
HALF: Json = {"type": "number", "exclusiveMinimum": 0, "exclusiveMaximum": 1}
PAGE: Json = {"type": "integer", "format": "int32", "minimum": 1}


@pytest.mark.parametrize(
    "changes",
    [
        {f"{SCHEMAS} Status": RECURSIVE},
        {f"{SCHEMAS} Status properties up": {"allOf": [{"type": "boolean"}], "description": "Whether."}},
        {"components headers Location": {"content": {"text/plain": TEXT_HEADER}}},
        {"paths /pets get parameters 0 schema": PAGE, "paths /pets get parameters 0 examples": REMOVED},
        {f"{SCHEMAS} Name maxLength": REMOVED, f"{SCHEMAS} Name pattern": "^[A-Z][a-z]{1,9}$"},
        {f"{SCHEMAS} Tags items": {"type": "string", "format": "uuid"}, "components examples Pet": ONE_PET},
        {
            f"{SCHEMAS} Weight": HALF,
            "components examples Pet": ONE_PET,
            "components examples PetUpdate value weight": 0.5,
        },
    ],
)
def test_what_is_right_is_not_found(changes: Json) -> None:  # LINT-7, LINT-10, LINT-11
    assert found_in(changes) == []


def test_an_example_may_leave_out_what_is_only_read() -> None:  # LINT-12
    since: Json = {"type": "string", "format": "date", "readOnly": True}
    changes = {f"{SCHEMAS} Status required": ["up", "since"], f"{SCHEMAS} Status properties since": since}
    assert rules_in(changes) == set()
    del since["readOnly"]
    assert rules_in(changes) == {"example-valid"}


def test_a_subtype_is_used_if_its_base_has_a_discriminator() -> None:  # LINT-2
    cat = {"allOf": [{"$ref": "#/components/schemas/Status"}], "description": "A state of cats."}
    assert "component-used" in rules_in({f"{SCHEMAS} Cats": cat})
    changes = {f"{SCHEMAS} Cats": cat, f"{SCHEMAS} Status discriminator": {"propertyName": "up"}}
    assert "component-used" not in rules_in(changes)


@pytest.mark.parametrize(
    "schema",
    [
        {"allOf": [{"type": "integer", "minimum": 3}, {"type": "number", "minimum": 5, "maximum": 9}, {"maximum": 7}]},
        {"allOf": [{"type": "number", "minimum": 2}, {"type": "integer", "exclusiveMaximum": 4}], "not": {"const": 0}},
        {"allOf": [{"enum": ["a", "b"]}, {"const": "b"}, {"enum": ["b", "c"]}]},
        {"allOf": [{"type": "array", "minItems": 1, "items": {"type": "integer"}}, {"items": {"minimum": 4}}]},
        {
            "allOf": [{"title": "A", "properties": {"a": {"const": 1}}}, {"title": "B", "required": ["a"]}],
            "type": "object",
        },
        {
            "allOf": [{"properties": {"a": {"minimum": 3}}}, {"properties": {"a": {"type": "integer"}}}],
            "type": "object",
            "required": ["a"],
        },
        {"type": "object", "minProperties": 2, "patternProperties": {"^x[0-9]+$": {}}, "additionalProperties": False},
        {"type": "object", "required": ["y"], "patternProperties": {"^x$": False, "^y$": {"const": 4}}},
        {
            "type": "object",
            "required": ["z"],
            "patternProperties": {"^x$": False},
            "additionalProperties": {"const": 1},
        },
        {"type": "object", "minProperties": 3, "propertyNames": {"pattern": "^k"}, "properties": {"a": False}},
        {
            "type": "object",
            "required": ["a"],
            "properties": {"a": {"enum": [1, 2]}},
            "not": {"properties": {"a": {"const": 1}}},
        },
        {"type": "object", "properties": {"a": {"type": "integer"}, "b": False}, "not": {"maxProperties": 0}},
        {"type": "array", "contains": {"const": 3}, "minItems": 2, "items": {"type": "integer"}},
        {"type": "array", "prefixItems": [{"const": 1}, {"type": "string"}], "items": False, "minItems": 2},
        {"type": "array", "uniqueItems": True, "minItems": 5, "items": {"type": "integer"}},
        {"type": "array", "uniqueItems": True, "minItems": 5, "items": {"type": "string"}},
        {"type": "array", "uniqueItems": True, "minItems": 2, "items": {"type": "boolean"}},
        {"type": "integer", "multipleOf": 7, "minimum": 10},
        {"type": "number", "multipleOf": 0.25, "exclusiveMinimum": 1, "exclusiveMaximum": 2},
        {"type": "string", "pattern": r"^\p{L}$", "examples": ["a"]},
        {"type": "string", "pattern": "^a+$", "minLength": 7, "maxLength": 9},
        {"type": "string", "format": "email", "maxLength": 20},
        {"if": {"type": "object"}, "then": {"required": ["a"]}, "type": "object"},
        {"anyOf": [{"type": "string"}, False], "oneOf": [True]},
        {"$ref": "#/components/schemas/Food", "properties": {"kind": {"const": "fish"}}},
        {"$id": "urn:a", "not": {"type": "string"}},
        {"enum": [3.0, 2.5, "a"]},
        {"type": "string", "maxLength": 3, "not": {"$ref": "#/components/schemas/Name"}},
        {"anyOf": [{"$ref": "#/components/schemas/Status"}, {"type": "null"}]},
    ],
)
def test_an_instance_is_found_where_there_is_one(schema: Json) -> None:  # LINT-11
    assert rules_in({f"{SCHEMAS} Status properties up": schema}) & {"satisfiable", "instance-found", "finite"} == set()


@pytest.mark.parametrize(
    "schema",
    [
        False,
        {"type": "array", "minItems": 1, "items": False},
        {"type": "object", "required": ["a"], "properties": {"a": False}},
        {"$ref": "#/components/schemas/Name", "type": "integer"},
        {"$ref": "#/components/schemas/Name", "allOf": [{"$ref": "#/components/schemas/PetId"}], "minimum": 1},
        {"not": {}},
        {"enum": [1], "not": {"enum": [1, 2]}},
        {"type": "object", "minProperties": 1, "propertyNames": False},
    ],
)
def test_a_schema_without_an_instance_is_named(schema: Json) -> None:  # LINT-11
    assert "satisfiable" in rules_in({f"{SCHEMAS} Status properties up": schema})


def test_a_schema_without_a_known_instance_is_told_apart_from_one_without_any() -> None:  # LINT-11
    schema = {"type": "string", "pattern": "^(?=ab)a[^a]c$"}
    rules = rules_in({f"{SCHEMAS} Size": schema, f"{SCHEMAS} PetCreate properties size default": "abc"})
    assert "instance-found" in rules
    assert "satisfiable" not in rules


def test_a_large_contract_is_judged_by_the_parts_of_its_schemas() -> None:  # LINT-11
    content = copy.deepcopy(SOUND_CONTENT)
    for number in range(300):  # each refers to each, so that a validator of one would hold all
        content["components"]["schemas"][f"S{number}"] = {
            "type": "object",
            "properties": {f"p{other}": {"$ref": f"#/components/schemas/S{other}"} for other in range(0, 300, 7)},
        }
    assert {finding.rule for finding in findings(Contract(content))} == {"component-used"}


@pytest.mark.parametrize(
    ("pattern", "more", "text"),
    [
        ("^[A-Z]{2}-[0-9]+$", 0, "A" * 2 + "-0"),
        ("^(?:ab|cd)x?$", 0, "ab"),
        ("^(?:ab|cd)x?$", 1, "cdx"),
        ("^[^a0A]*$", 2, "--"),
        ("^a.[^b]$", 0, "aaa"),
        ("^[\u03b1-\u03c9]+?\u00e9$", 1, "\u03b1\u03b1\u00e9"),
        ("^[xyz]$", 0, "x"),
        ("^[^ab]c$", 0, "0c"),
        (r"^[\d]\d[\W]$", 0, "00-"),
        (r"^(?>a)$", 0, "a"),
        ("^[^\u0000-\uffff]$", 0, ""),
        ("(", 0, ""),
    ],
)
def test_a_pattern_has_a_shortest_text(pattern: str, more: int, text: str) -> None:  # LINT-11
    assert shortest(pattern, more) == text


@pytest.mark.parametrize(
    ("pattern", "length"),
    [("^a{1,3}b$", 4), ("^a*$", None), ("a{3}", None), ("^a|b$", None), ("^(a|bc)$", 2), ("^[$", None)],
)
def test_a_pattern_has_a_longest_text_if_it_is_anchored_and_ends(pattern: str, length: int | None) -> None:  # LINT-7
    assert longest(pattern) == length
