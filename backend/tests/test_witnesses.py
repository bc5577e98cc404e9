"""Exchanges tell our contract from those that differ in one fact (specs/toolchain/witnesses.md)."""

import copy
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # a contract is any JSON

import pytest

from scripts.contract import CONTRACT, ROOT
from scripts.generate.reader import read
from scripts.witnesses.__main__ import main
from scripts.witnesses.calls import Circumstance, Witness, Witnesses
from scripts.witnesses.document import Contract
from scripts.witnesses.fuzzing import sample
from scripts.witnesses.mutants import REMOVED, Mutation
from scripts.witnesses.score import Score, known_survivors
from scripts.witnesses.values import Values

Json = dict[str, Any]

CONTENT: Json = read(CONTRACT).content
MUTANTS = list(Mutation(Contract(CONTENT)).mutants())


def test_the_witnesses_notice_the_mutants_of_the_contract(
    capsys: pytest.CaptureFixture[str],
) -> None:  # WIT-4, WIT-6, WIT-7, WIT-9
    status = main([])
    said = capsys.readouterr()
    assert status == 0, said.out + said.err
    line = re.search(
        r"^mutants: (\d+), noticed: (\d+) \([0-9.]+%\), survivors: (\d+); \d+ witnesses", said.out, re.MULTILINE
    )
    assert line is not None, said.out
    every, noticed, survivors = map(int, line.groups())
    assert (every, noticed) == (len(MUTANTS), len(MUTANTS) - survivors)
    assert noticed >= 0.95 * every
    assert re.search(r"^status +(\d+) +\1 +0$", said.out, re.MULTILINE), "a status that nothing provokes"
    assert said.out.count("\nsurvivor: ") == survivors


def health(tmp_path: Path, **status: object) -> str:
    """The path of a contract that has `GET /health` alone; `status` is its schema of that member."""
    content = copy.deepcopy(CONTENT)
    content["paths"] = {"/health": content["paths"]["/health"]}
    content["components"]["schemas"]["Health"]["properties"]["status"] |= status
    path = tmp_path / "health.yaml"
    path.write_text(json.dumps(content), encoding="utf-8")
    return str(path)


def test_a_service_that_contradicts_the_contract_is_named_with_the_request(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:  # WIT-6
    assert main([health(tmp_path, const="fine")]) == 1
    said = capsys.readouterr()
    assert "witnesses: the service contradicts its contract: GET /health {} as None: the body breaks" in said.err
    assert said.out == ""


def test_a_survivor_that_is_not_listed_fails(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:  # WIT-8
    listed = tmp_path / "survivors.toml"
    listed.write_text('survivors = [{reason = "why", mutants = ["it is gone"]}]', encoding="utf-8")
    assert main([health(tmp_path), "--survivors", str(listed)]) == 1
    said = capsys.readouterr().err
    assert "not noticed, and not listed: maxLength #/components/schemas/Version/maxLength far" in said
    assert "listed as a survivor, but noticed or gone: it is gone" in said


def test_the_fuzzer_is_sent_against_a_sample_until_the_time_is_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:  # WIT-10
    monkeypatch.delenv("COVERAGE_PROCESS_CONFIG", raising=False)  # the service and the fuzzer are measured elsewhere
    contract = health(tmp_path)
    for count, seconds in ((1, 600), (2, 0)):
        assert main([contract, f"--fuzz={count}", f"--seconds={seconds}"]) == 0
        assert re.search(r"^by the fuzzer: mutants: 1, noticed: [01] ", capsys.readouterr().out, re.MULTILINE)
    mutants = list(Mutation(Contract(CONTENT)).mutants())
    assert sample(mutants, 50) == sample(mutants, 50)


def test_what_is_no_contract_is_refused_in_one_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    swagger = tmp_path / "swagger.yaml"
    swagger.write_text("swagger: '2.0'", encoding="utf-8")
    for path in (swagger, tmp_path / "nothing.yaml"):
        assert main([str(path)]) == 1
        assert len(capsys.readouterr().err.splitlines()) == 1


def test_too_few_noticed_fail_even_if_they_are_listed() -> None:  # WIT-7
    mutant = MUTANTS[0]
    assert Score({mutant: None}).reasons_to_fail({mutant.name: "why"}) == ["only 0.0% are noticed, 95% must be"]


def test_a_listed_survivor_that_is_noticed_fails() -> None:  # WIT-8
    mutant = MUTANTS[0]
    [reason] = Score({mutant: "a contradiction"}).reasons_to_fail({mutant.name: "why"})
    assert reason == f"listed as a survivor, but noticed or gone: {mutant.name}"


def test_every_survivor_has_a_reason() -> None:  # WIT-8
    assert all(known_survivors().values())


# The walk of this test knows nothing of that of the mutants.
BOUNDS = {"minLength", "maxLength", "minimum", "maximum", "minItems", "maxItems", "minProperties", "maxProperties"}
SINGLE = {"uniqueItems", "type", "format", "pattern", "const", "not", "default", "additionalProperties"}
SEVERAL = {"enum", "required", "oneOf", "anyOf"}
NO_FACTS = {
    "x-retry",
    "propertyNames",
    "$ref",
    "allOf",
    "x-opaque",
    "items",
    "properties",
    "description",
    "examples",
    "discriminator",
}
NAMED = {"properties"}


def schemas(node: object, place: tuple[str, ...] = ()) -> Iterator[tuple[tuple[str, ...], Json]]:
    """Every schema of the contract, the branch null aside, and where it is written."""
    if isinstance(node, list):
        for index, item in enumerate(node):
            yield from schemas(item, (*place, str(index)))
    if not isinstance(node, dict):
        return
    is_schema = "schema" in place[:-1] or place[-1:] == ("schema",) or place[:2] == ("components", "schemas")
    is_map = place[-1:] in {(name,) for name in (*NAMED, "mapping")} or place == ("components", "schemas")
    is_part = is_map or {"mapping", "discriminator"} & set(place)
    if is_schema and not is_part and node != {"type": "null"}:
        yield place, node
    for name, child in node.items():
        if name not in {"examples", "links"}:
            yield from schemas(child, (*place, name))


def pointer(place: tuple[str, ...]) -> str:
    return "#" + "".join("/" + part.replace("~", "~0").replace("/", "~1") for part in place)


def facts() -> Counter[str]:
    """The place of every constraint of a schema, and how many facts are written there."""
    found: Counter[str] = Counter()
    for place, schema in schemas(CONTENT):
        for keyword, value in schema.items():
            assert keyword in BOUNDS | SINGLE | SEVERAL | NO_FACTS, f"{keyword} has no mutants yet"
            if keyword == "additionalProperties" and isinstance(value, dict):
                continue  # it holds facts and is none
            if keyword in BOUNDS | SINGLE:
                found[pointer((*place, keyword))] = 1
            elif keyword in SEVERAL:
                found[pointer((*place, keyword))] = len(value)
    return found


def test_every_constraint_of_every_schema_has_its_mutants() -> None:  # WIT-1
    places = Counter(pointer(tuple(map(str, mutant.place))) for mutant in MUTANTS)
    branches = Counter(re.sub(r"/(oneOf|anyOf)/\d+$", r"/\1", place) for place in places.elements())
    expected = facts()
    assert sum(expected.values()) > 300
    assert {place: count for place, count in expected.items() if branches[place] < count} == {}


def test_every_other_fact_has_its_mutants() -> None:  # WIT-1
    kinds = Counter(mutant.kind for mutant in MUTANTS)
    operations = [item[method] for item in CONTENT["paths"].values() for method in item]
    answers = [answer for operation in operations for answer in operation["responses"].values()]
    written = [answer for answer in answers if "$ref" not in answer] + [*CONTENT["components"]["responses"].values()]
    bodies = [operation["requestBody"] for operation in operations if "requestBody" in operation]
    assert kinds["status"] == len(answers)
    names = [header["$ref"].rpartition("/")[2] for answer in written for header in answer["headers"].values()]
    assert kinds["header"] == len(names)
    assert kinds["header required"] == sum(CONTENT["components"]["headers"][name]["required"] for name in names)
    assert kinds["media type"] == sum(len(answer.get("content", ())) for answer in written)
    assert kinds["security"] == len(operations)
    owner = {"$ref": "#/components/parameters/UserId"}
    assert kinds["roles"] == sum(owner in operation.get("parameters", ()) for operation in operations)
    shared = CONTENT["components"]["parameters"].values()
    taken = [told for operation in operations for told in operation.get("parameters", ())]
    own = [told for told in taken if told.get("in") in {"query", "header"}]
    headers = [told for told in shared if told["in"] == "header"]
    named = [
        f"#/components/parameters/{name}"
        for name, told in CONTENT["components"]["parameters"].items()
        if told in headers
    ]
    assert kinds["parameter"] == len(own) + sum(told.get("$ref") in named for told in taken)
    assert kinds["parameter required"] == len(own) + len(headers)
    assert kinds["body required"] == len(bodies)
    assert kinds["body media type"] == sum(len(body["content"]) for body in bodies)
    assert kinds["closed"] == json.dumps(CONTENT).count('"additionalProperties": false')


def test_lists_of_different_things_become_lists_of_any_and_the_reverse() -> None:  # WIT-1
    assert mutants_of({"uniqueItems": True}, asked=True) == {"uniqueItems /uniqueItems": False}
    assert mutants_of({"uniqueItems": False}, asked=False) == {"uniqueItems /uniqueItems": True}


def test_entries_stand_under_good_and_bad_names_and_are_few_and_many() -> None:  # WIT-3
    contract = Contract(CONTENT)
    made = list(Witnesses(contract, contract.operations["createTask"]).all())
    entries = [value for value in sent(made, "metadata") if isinstance(value, dict)]
    assert {0, 1, 49, 50, 51} <= {len(value) for value in entries}
    assert {0, 1, 63, 64, 65} <= {len(name) for value in entries for name in value}
    assert {499, 500, 501} <= {len(text) for value in entries for text in value.values() if isinstance(text, str)}


def test_headers_are_sent_as_they_are_and_none_that_no_line_holds() -> None:  # WIT-3
    contract = Contract(CONTENT)
    made = list(Witnesses(contract, contract.operations["getTask"]).all())
    texts = [text for (call, *_) in made for name, text in call.headers if name == "If-None-Match"]
    assert {"*", "null"} <= set(texts)
    assert {4095, 4096, 4097} <= {len(text) for text in texts}
    assert all(text == text.strip() and text.isprintable() for text in texts)


def test_a_write_is_repeated_under_its_key_and_the_key_is_used_again() -> None:  # WIT-3
    contract = Contract(CONTENT)
    made = list(Witnesses(contract, contract.operations["createTask"]).all())
    [twins] = [witness for witness in made if len(witness) == 2 and witness[0].headers]
    assert twins[0] == twins[1]
    again = [call for (call, *rest) in made if not rest and call.headers == twins[0].headers]
    assert len({call.body for call in again} - {twins[0].body}) == 1


def test_a_mutant_differs_in_its_own_place_and_leaves_the_contract_alone() -> None:  # WIT-1
    before = json.dumps(CONTENT)
    assert len({mutant.name for mutant in MUTANTS}) == len(MUTANTS)
    for mutant in MUTANTS:
        changed = mutant.applied(CONTENT)
        assert changed != CONTENT or json.dumps(changed) != before, mutant.name
    assert json.dumps(CONTENT) == before


def mutants_of(schema: Json, *, asked: bool) -> dict[str, object]:
    """The mutants of a schema that a body has, or only an answer: by name, what is put in the place."""
    content = {"application/json": {"schema": {"$ref": "#/components/schemas/Thing"}}}
    operation: Json = {"responses": {"200": {"description": "x", "content": content}}}
    if asked:
        operation["requestBody"] = {"content": content}
    document = {"paths": {"/thing": {"post": operation}}, "components": {"schemas": {"Thing": schema}}}
    every = Mutation(Contract(document)).mutants()
    return {
        mutant.name.replace("#/components/schemas/Thing", "").strip(): mutant.value
        for mutant in every
        if mutant.place[:2] == ("components", "schemas")
    }


def test_a_bound_moves_a_step_both_ways_in_requests_and_all_the_way_in_answers() -> None:  # WIT-2
    schema = {"minLength": 0, "maxLength": 5}
    assert mutants_of(schema, asked=True) == {
        "minLength /minLength tighter": 1,
        "maxLength /maxLength tighter": 4,
        "maxLength /maxLength looser": 6,
    }
    assert mutants_of(schema, asked=False) == {"minLength /minLength far": 5, "maxLength /maxLength far": 0}
    assert mutants_of({"maxItems": 5}, asked=False) == {"maxItems /maxItems far": 0}


def test_what_only_answers_reach_is_narrowed() -> None:  # WIT-2
    schema: Json = {"pattern": "^a$", "required": ["b"], "not": {"const": True}, "additionalProperties": {"enum": [1]}}
    narrowed = mutants_of(schema, asked=False)
    assert narrowed == {
        "pattern /pattern": r"^(?![\s\S]*(?:^a$))",
        "required /required b": "b_changed",
        "not /not inverted": {
            **{name: each for name, each in schema.items() if name != "not"},
            "allOf": [schema["not"]],
        },
        "const /not/const": False,
        "enum /additionalProperties/enum 1": REMOVED,
    }
    assert [
        mutants_of(schema, asked=True)[name] for name in ("pattern /pattern", "required /required b", "not /not")
    ] == [REMOVED] * 3


def test_a_header_that_may_be_absent_is_not_required_by_another_name() -> None:  # WIT-1
    headers = {"Age": {"schema": {"type": "integer"}}}
    document = {"paths": {"/thing": {"get": {"responses": {"200": {"headers": headers}}}}}}
    every = Mutation(Contract(document)).mutants()
    assert [mutant.kind for mutant in every] == ["status", "header", "type"]


def test_the_command_says_how_it_is_used() -> None:
    command = [sys.executable, "-m", "scripts.witnesses", "--help"]
    assert "--survivors" in subprocess.run(command, cwd=ROOT, check=True, capture_output=True, text=True).stdout  # noqa: S603 - our own


def test_the_witnesses_are_the_same_every_time() -> None:  # WIT-3
    first, second = (
        list(Witnesses(contract, contract.operations["createTask"]).all())
        for contract in (Contract(CONTENT), Contract(CONTENT))
    )
    assert first == second
    assert len(first) > 300


def sent(witnesses: list[Witness], name: str) -> list[object]:
    """What bodies hold as a member."""
    bodies = [
        json.loads(call.body)
        for (call, *_) in witnesses
        if call.body and call.body.startswith(b'{"') and call.body.endswith(b"}") and b'"a": 2' not in call.body
    ]
    return [body[name] for body in bodies if name in body]


def test_witnesses_stand_on_both_sides_of_every_edge() -> None:  # WIT-3
    contract = Contract(CONTENT)
    made = list(Witnesses(contract, contract.operations["createTask"]).all())
    assert {-1, 0, 1, 4, 5, 6} <= {value for value in sent(made, "priority") if type(value) is int}
    assert {None, "1", 1.5} <= {value for value in sent(made, "priority") if not isinstance(value, (list, dict))}
    assert {1, 199, 200, 201} <= {len(value) for value in sent(made, "title") if isinstance(value, str)}
    assert {999, 1000, 1001} <= {len(value) for value in sent(made, "description") if isinstance(value, str)}
    assert {"pending", "in_progress", "completed", "cancelled", "PENDING"} <= {
        str(value) for value in sent(made, "status")
    }
    assert {"2026-12-24", "2026-02-30", None} <= {
        value for value in sent(made, "due_date") if not isinstance(value, (list, dict))
    }
    assert {call.caller for (call, *_) in made} >= {None, "alice", "bob"}
    assert {call.circumstance for (call, *_) in made} == set(Circumstance)
    assert {call.media_type for (call, *_) in made} >= {
        None,
        "application/json",
        "application/merge-patch+json",
        "text/plain",
    }


def test_the_witnesses_of_a_mutant_know_nothing_of_what_it_has_lost() -> None:  # WIT-7
    parameter: Json = {"name": "by", "in": "query", "schema": {"enum": ["size", "weight"]}}
    operation: Json = {"operationId": "list", "parameters": [parameter], "responses": {}}
    document = {"paths": {"/things": {"get": operation}}}
    [lost] = [mutant for mutant in Mutation(Contract(document)).mutants() if mutant.change == "weight"]
    queries: list[list[str]] = []
    for content in (document, lost.applied(document)):
        contract = Contract(content)
        made = Witnesses(contract, contract.operations["list"]).all()
        queries.append([text for witness in made for call in witness for _, text in call.query])
    assert [("size" in texts, "weight" in texts) for texts in queries] == [(True, True), (True, False)]


def test_values_of_arrays_stand_on_both_sides_of_their_bounds() -> None:  # WIT-3
    values = Values(Contract({"paths": {}}))
    for schema, lengths in (({"minItems": 2, "maxItems": 4}, {1, 2, 3, 4, 5}), ({"maxItems": 4}, {3, 4, 5})):
        made = values.of({"type": "array", "items": {"type": "string"}, **schema})
        assert lengths <= {len(value) for value in made if isinstance(value, list)}


def test_values_are_made_of_what_a_schema_inherits_and_of_objects_in_objects() -> None:  # WIT-3
    schema: Json = {"type": "object", "required": ["a"], "properties": {"a": {"type": "integer", "maximum": 9}}}
    inheriting = {"allOf": [schema, {"properties": {"b": {"type": "boolean"}}, "required": ["b"]}]}
    values = Values(Contract({"paths": {}}))
    assert values.sample(inheriting) == {"a": 9, "b": True}
    made = values.of(inheriting)
    assert [value for value in ({"a": 10, "b": True}, {"a": 9, "b": False}, {"b": True}) if value not in made] == []
    for _ in range(5):
        schema = {"type": "object", "required": ["deep"], "properties": {"deep": schema}}
    assert {"deep": None} in values.of(schema)


def test_maps_in_maps_are_varied_until_they_are_deep() -> None:
    schema: Json = {"type": "object", "additionalProperties": {"type": "integer"}}
    for _ in range(5):
        schema = {"type": "object", "additionalProperties": schema}
    made = [value for value in Values(Contract({"paths": {}})).of(schema) if isinstance(value, dict)]
    depths = {json.dumps(value).count("{") for value in made}
    assert depths >= {1, 2, 3}
