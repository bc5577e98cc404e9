"""The specs are kept: tables say what the contract says, claims and decisions have the form that they promise."""

import json
import re
from collections import Counter
from pathlib import Path
from typing import Any  # a node of the contract is any JSON

import pytest

from backend.settings import Settings
from backend.tests.client import contract, fault_types, operations, resolve
from generated.fault_types import SENTENCES

PROJECT = Path(__file__).parents[2]
SPECS = sorted((PROJECT / "specs").rglob("*.md"))
ENDPOINTS = (PROJECT / "specs" / "api" / "rest-endpoints.md").read_text(encoding="utf-8")
CLAIM = re.compile(r"^- \*\*([A-Z]+-\d+)\*\* ", re.MULTILINE)
EVERYWHERE = {"400", "405", "408", "414", "422", "431", "500"}


def table(*head: str) -> list[list[str]]:
    """The rows of the table with these columns, of all its occurrences; code marks are taken out."""
    found = re.findall(rf"^\| {re.escape(' | '.join(head))} \|\n\|[-|]+\|\n((?:\|.*\|\n)+)", ENDPOINTS, re.MULTILINE)
    assert found, head
    return [[cell.strip() for cell in line.replace("`", "").split("|")[1:-1]] for line in "".join(found).splitlines()]


def section(title: str) -> list[list[str]]:
    """The rows of the one table under a heading."""
    text = ENDPOINTS.partition(f"\n### {title}\n")[2].partition("\n#")[0]
    return [
        [cell.strip() for cell in line.replace("`", "").split("|")[1:-1]]
        for line in text.splitlines()
        if line[:3] == "| `"
    ]


def schemas() -> dict[str, Any]:
    named: dict[str, Any] = contract()["components"]["schemas"]
    return named


def parameters(operation: dict[str, Any]) -> list[dict[str, Any]]:
    return [resolve(parameter) for parameter in operation.get("parameters", [])]


def test_the_operations_are_those_of_the_contract() -> None:  # API-1, API-2
    told = {
        row[0]: (row[1], row[2], row[3], set(re.findall(r"\b\d{3}\b", row[4])) | EVERYWHERE | set(row[5].split()))
        for row in table("operationId", "method and path", "tag", "security", "success", "errors")
    }
    assert told == {
        operation["operationId"]: (
            f"{method} {path}",
            operation["tags"][0],
            "bearer" if operation["security"] else "none",
            set(operation["responses"]),
        )
        for method, path, operation in operations()
    }
    for _, _, operation in operations():
        for status, response in operation["responses"].items():
            if status[0] in "45":
                assert list(resolve(response)["content"]) == ["application/problem+json"], operation["operationId"]


def test_the_parameters_and_bodies_are_those_of_the_contract() -> None:  # API-3
    secured = [operation["operationId"] for _, _, operation in operations() if operation["tags"] == ["tasks"]]
    rows = table("operations", "parameter", "in", "required", "schema", "default")
    told = {
        (operation, row[1], row[2], row[3] == "yes")
        for row in rows
        for operation in (secured if row[0] == "all of tag tasks" else row[0].split())
    }
    assert told == {
        (operation["operationId"], parameter["name"], parameter["in"], parameter["required"])
        for _, _, operation in operations()
        for parameter in parameters(operation)
    }
    assert {
        row[0]: (row[1] == "yes", set(row[2].split(", ")))
        for row in table("operation", "required", "media types", "schema")
    } == {
        operation["operationId"]: (operation["requestBody"]["required"], set(operation["requestBody"]["content"]))
        for _, _, operation in operations()
        if "requestBody" in operation
    }


def test_the_codes_are_those_of_the_contract() -> None:  # API-4
    rows = table("code", "status", "title", "when", "what the client does")
    told = {row[0]: (int(row[1]), row[2]) for row in rows}
    examples = [
        example["value"] for example in contract()["components"]["examples"].values() if "code" in example["value"]
    ]
    assert told == {example["code"]: (example["status"], example["title"]) for example in examples}


@pytest.mark.parametrize("name", ["Task", "TaskCreate", "TaskUpdate"])
def test_the_members_are_those_of_the_contract(name: str) -> None:  # API-5
    rows = section(name)
    assert {row[0] for row in rows} == set(schemas()[name]["properties"])
    told = {row[0] for row in rows if name == "Task" or (name == "TaskCreate" and row[2] == "yes")}
    assert told == set(schemas()[name].get("required", []))


def test_the_words_for_faults_are_those_of_the_contract() -> None:  # ERR-17
    told = {row[0] for row in table("type", "what is wrong at the field")}
    assert told == fault_types()
    assert told == {*SENTENCES, "cursor", "offset", "time_zone"}


def test_requests_are_closed_and_answers_open() -> None:  # API-6
    closed = {name for name, schema in schemas().items() if schema.get("additionalProperties") is False}
    sent = reached([operation["requestBody"] for _, _, operation in operations() if "requestBody" in operation])
    answers = [resolve(answer) for _, _, operation in operations() for answer in operation["responses"].values()]
    # Entries under keys of the client's choice are closed in their own way: `additionalProperties` says what they are.
    assert closed == {name for name in sent if "properties" in schemas()[name]}
    assert closed & reached([answer.get("content") for answer in answers]) == set()


def reached(node: Any) -> set[str]:  # noqa: ANN401 # a JSON value
    """The names of the schemas that a part of the contract refers to, by others as well."""
    found: set[str] = set()
    waiting = [node]
    while waiting:
        part = waiting.pop()
        if isinstance(part, list):
            waiting += part
        elif isinstance(part, dict):
            waiting += part.values()
            name = str(part.get("$ref", "")).removeprefix("#/components/schemas/")
            if name in schemas().keys() - found:
                found.add(name)
                waiting.append(schemas()[name])
    return found


def test_the_members_of_the_other_schemas_are_those_of_the_contract() -> None:  # API-5
    text = ENDPOINTS.partition("\n### Others\n")[2].partition("\n#")[0]
    cells = dict(re.findall(r"^\| `(\w+)` \| (.*) \|$", text, re.MULTILINE))
    constants = re.compile(r"\([^)]*\)")
    told: dict[str, set[str]] = {}
    optional: dict[str, set[str]] = {}
    for name, cell in cells.items():
        parts = constants.sub("", cell).split(";")
        told[name] = {member for part in parts for member in re.findall(r"`([a-z_]+)`", part)}
        told[name] |= {member for other in re.findall(r"as `(\w+)`", cell) for member in told[other]}
        optional[name] = {member for part in parts if "optional" in part for member in re.findall(r"`([a-z_]+)`", part)}
    assert told == {name: set(schemas()[name].get("properties", {})) for name in cells}
    assert {name: told[name] - optional[name] for name in cells} == {
        name: set(schemas()[name].get("required", [])) for name in cells
    }


def test_the_members_of_the_problems_are_those_of_the_contract() -> None:  # API-5
    text = " ".join(
        ENDPOINTS.partition("\nMedia type `application/problem+json`.")[2].partition(" `type` is")[0].split()
    )
    told: dict[str, set[str]] = {}
    for codes, member in re.findall(r"of (?:a bulk update's )?((?:`\w+`(?:, | and )?)+) also `(\w+)`", text):
        for code in re.findall(r"`(\w+)`", codes):
            told.setdefault(code, set()).add(member)
    own = {}
    for schema in schemas().values():
        [*_, part] = schema.get("allOf", [{}])
        members = part.get("properties", {})
        if "code" in members:
            own[members["code"]["const"]] = members.keys() - {"status", "code"}
            assert members.keys() - set(part["required"]) <= {"index"}
    assert told == {code: members for code, members in own.items() if members}


def test_every_schema_is_named_in_the_endpoints() -> None:  # API-5
    assert [name for name in schemas() if f"`{name}`" not in ENDPOINTS and not name.endswith("Problem")] == []


def test_the_links_are_those_that_are_told() -> None:  # API-9
    every = {"getTask", "updateTask", "patchTask", "toggleTask", "deleteTask"}
    for _, _, operation in operations():
        links: list[str] = []
        followed: set[str] = set()
        for answer in map(resolve, operation["responses"].values()):
            links += [resolve(link)["operationId"] for link in answer.get("links", {}).values()]
            if answer.get("content", {}).get("application/json", {}).get("schema") == {
                "$ref": "#/components/schemas/Task"
            }:
                followed = every - {operation["operationId"]}
        if operation["operationId"] == "listTasks":
            followed = {"getTask"}
        assert (set(links), len(links)) == (followed, len(followed)), operation["operationId"]


def test_every_claim_is_made_once_and_shown_by_a_test() -> None:  # HOUSE-11
    made = Counter(claim for spec in SPECS for claim in CLAIM.findall(spec.read_text(encoding="utf-8")))
    assert [claim for claim, times in made.items() if times > 1] == [], "made twice"
    nouns = "|".join(sorted({claim.partition("-")[0] for claim in made}))
    mentioned, shown = set(), set()
    for path in [*(PROJECT / "backend").rglob("*.py"), *(PROJECT / "scripts").rglob("*.py"), *SPECS]:
        text = path.read_text(encoding="utf-8")
        mentioned.update(re.findall(rf"\b(?:{nouns})-\d+\b", text))
        if path.name.startswith("test_"):
            # A citation is a comment that begins with the ids of what the test shows.
            for citation in re.findall(rf"# ((?:{nouns})-\d+(?:, (?:{nouns})-\d+)*)(?::|$)", text, re.MULTILINE):
                shown.update(citation.split(", "))
    assert sorted(mentioned - made.keys()) == [], "cited, but made by no spec"
    assert sorted(made.keys() - shown) == [], "shown by no test"


@pytest.mark.parametrize("decision", sorted((PROJECT / "specs" / "decisions").glob("*.md")), ids=lambda path: path.stem)
def test_a_decision_is_short_and_says_what_enforces_it(decision: Path) -> None:  # HOUSE-12
    lines = decision.read_text(encoding="utf-8").splitlines()
    assert lines[-1].startswith("Enforced by: ")
    assert len(lines) <= 40


PROSE = {
    "DATABASE_URL", "BETTER_AUTH_SECRET", "BETTER_AUTH_JWKS_URL", "BETTER_AUTH_ISSUER", "BETTER_AUTH_AUDIENCE",
    "DEVELOPMENT_FOLDER", "DOCS_ENABLED", "AUTH_JWT_ALGORITHMS", "AUTH_JWT_USER_ID_CLAIM",
}  # fmt: skip # one name a line says no more
"""Settings whose default is a sentence."""

EXAMPLES = {"DATABASE_URL", "CORS_ORIGINS", "ALLOWED_HOSTS", "DOCS_ENABLED"}
"""Settings for which `.env.example` has no default to show."""


def written(name: str, default: object) -> str:
    """A default as its variable would have it, empty where there is none."""
    if name in {"cors_origins", "allowed_hosts"}:
        return json.dumps(default)
    if isinstance(default, tuple):
        return ",".join(default)
    if isinstance(default, bool):
        return str(default).lower()
    return "" if default is None else str(default)


DEFAULTS = {name.upper(): written(name, field.default) for name, field in Settings.model_fields.items()}


@pytest.mark.parametrize("page", ["README.md", "specs/features/settings.md"])
def test_every_setting_is_documented_with_its_default(page: str) -> None:  # SET-10
    told = dict(
        re.findall(r"^\| `([A-Z_]+)` \| ([^|]+) \|", (PROJECT / page).read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert told.keys() == DEFAULTS.keys()
    for name in told.keys() - PROSE:
        assert told[name].replace("`", "").replace("none", "") == DEFAULTS[name], name


def test_the_example_environment_has_every_setting_with_its_default() -> None:  # SET-10
    example = (PROJECT / ".env.example").read_text(encoding="utf-8")
    told = dict(re.findall(r"^([A-Z_]+)=(.*)$", example, re.MULTILINE))
    assert told.keys() == DEFAULTS.keys()
    for name in told.keys() - EXAMPLES:
        assert told[name] in {DEFAULTS[name], ""}, name
