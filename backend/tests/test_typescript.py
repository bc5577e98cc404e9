"""Three generators make clients of the contract that compile strictly, lose nothing and work (generators.md, CONSUMER).

`scripts/consumer/check.mjs` generates and compiles; a copy of what it made, with seeded faults, shows what it sees.
"""

import json
import os
import re
import shutil
import subprocess
from dataclasses import dataclass
from functools import reduce
from pathlib import Path
from typing import Any, Final  # Any: a contract is any JSON

import pytest
import yaml

from backend.tests.conftest import Service
from backend.tests.tools import require_tool

PROJECT: Final = Path(__file__).parents[2]
SPEC: Final = PROJECT / "specs" / "toolchain" / "generators.md"
CHECK: Final = PROJECT / "scripts" / "consumer" / "check.mjs"
GENERATORS: Final = ("openapi-typescript", "hey-api", "orval")
USER: Final = "ann|1%2F?#ü"
"""Each character of the middle would lead elsewhere in a path that is not encoded."""
Json = dict[str, Any]
Types = dict[str, dict[str, list[str]]]
"""By operation and place, the names of the types that may stand there."""

# What would go to another machine is written down, and fails.
WATCH: Final = """
const { Socket } = require("node:net");
const { appendFileSync } = require("node:fs");
const connect = Socket.prototype.connect;
Socket.prototype.connect = function (...given) {
  const { host, path } = [given].flat(2).find((part) => typeof part === "object") ?? {};
  if (path || host === "127.0.0.1") return connect.apply(this, given);
  appendFileSync(process.env.WATCH, `${host}\\n`);
  throw new Error("the network is out of reach");
};
"""


@dataclass(frozen=True)
class Consumer:
    """A folder with the clients of all generators, and what the check of it said."""

    folder: Path
    status: int
    lines: list[str]

    def run(self, tool: str, *arguments: str, cwd: Path | None = None) -> subprocess.CompletedProcess[str]:
        """Runs a program of Node, under watch; npm is not to look for newer versions."""
        watch = {"NODE_OPTIONS": f"--require={self.folder}/watch.cjs", "WATCH": str(self.network)}
        return subprocess.run(  # noqa: S603 - our own
            [require_tool(tool, "the TypeScript consumers"), *arguments],
            cwd=cwd or self.folder, env=os.environ | watch | {"npm_config_offline": "true"},
            check=False, capture_output=True, text=True,
        )  # fmt: skip # one argument a line says no more

    @property
    def network(self) -> Path:
        """Where each attempt to reach another machine is written down."""
        return self.folder / "network"

    def checked(self, contract: str) -> "Consumer":
        """The same after a check; the contract `-` leaves the clients as they are."""
        result = self.run("node", str(CHECK), contract, str(self.folder))
        assert not result.stderr
        return Consumer(self.folder, result.returncode, result.stdout.splitlines())

    def types(self, generator: str) -> Types:
        """What `operations.ts` of a generator says; names in camel case are taken back."""
        found: Types = json.loads((self.folder / "types.json").read_text(encoding="utf-8"))[generator]
        return {
            operation: {place.replace(".userId", ".user_id"): names for place, names in places.items()}
            for operation, places in found.items()
        }


@pytest.fixture(scope="module")
def consumer(tmp_path_factory: pytest.TempPathFactory) -> Consumer:
    """The clients of the contract."""
    require_tool("node", "the TypeScript consumers")
    folder = tmp_path_factory.mktemp("consumer")
    (folder / "node_modules").symlink_to(PROJECT / "node_modules")
    shutil.copy(PROJECT / "package.json", folder)
    (folder / "watch.cjs").write_text(WATCH, encoding="utf-8")
    return Consumer(folder, 0, []).checked(str(PROJECT / "openapi" / "tasks.yaml"))


def test_every_generator_makes_a_client_that_compiles_strictly(consumer: Consumer) -> None:  # CONSUMER-1
    assert (consumer.status, consumer.lines) == (0, [])
    # CONSUMER-8
    assert not consumer.network.exists()
    assert consumer.run("node", "-e", "fetch('http://192.0.2.1')").returncode != 0
    assert consumer.network.read_text(encoding="utf-8") == "192.0.2.1\n"
    consumer.network.unlink()


def test_the_types_of_make_generate_are_those_of_openapi_typescript(consumer: Consumer) -> None:  # GEN-15
    ours = (PROJECT / "generated" / "typescript" / "schema.d.ts").read_text(encoding="utf-8")
    assert ours.split("\n", 1)[1] == (consumer.folder / "openapi-typescript/client/schema.d.ts").read_text("utf-8")


def test_a_contract_that_cannot_be_read_is_named(consumer: Consumer, tmp_path: Path) -> None:  # CONSUMER-10
    (tmp_path / "empty.yaml").write_text("nonsense: 1", encoding="utf-8")
    for contract, message in {"missing.yaml": "no such file", "empty.yaml": "takes no such contract"}.items():
        failed = consumer.run("node", str(CHECK), str(tmp_path / contract), str(tmp_path / "clients"))
        assert (failed.returncode, failed.stdout) == (1, "")
        assert message in failed.stderr.splitlines()[0]


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_program_does_all_that_a_front_end_does(service: Service, consumer: Consumer, generator: str) -> None:
    # CONSUMER-5
    # GEN-15
    program = f"compiled/{generator}/program.js"
    done = consumer.run("node", program, service.url, USER, service.token(USER))
    assert done.returncode == 0, done.stderr
    refused = consumer.run("node", program, service.url, USER, service.token("bob"))
    assert refused.returncode != 0, "it would exit with 0 whatever it is answered"
    assert "usage: " in consumer.run("node", program, service.url).stderr


CONTRACT: Final[Json] = yaml.safe_load((PROJECT / "openapi" / "tasks.yaml").read_text(encoding="utf-8"))
OPERATIONS: Final[list[Json]] = [operation for path in CONTRACT["paths"].values() for operation in path.values()]


def resolved(part: Json) -> Json:
    """What a reference of the contract leads to, or the part itself."""
    found: Json = reduce(lambda at, name: at[name], part["$ref"].split("/")[1:], CONTRACT) if "$ref" in part else part
    return found


def members(schema: Json) -> set[str]:
    """Names as the places have them, optional ones with a `?`."""
    return {name if name in schema.get("required", ()) else f"{name}?" for name in schema["properties"]}


def taken(operation: Json) -> set[str]:
    """The names of all parameters and of the members of the body."""
    parameters = map(resolved, operation.get("parameters", []))
    bodies = [resolved(media["schema"]) for media in operation.get("requestBody", {}).get("content", {}).values()]
    return {each["name"] if each["required"] else f"{each['name']}?" for each in parameters}.union(
        *map(members, bodies)
    )


def given(operation: Json) -> set[str]:
    """The names of the members of the success; an empty one for a text."""
    [success] = [response for status, response in operation["responses"].items() if status.startswith("2")]
    schemas = [resolved(media["schema"]) for media in success.get("content", {}).values()]
    return set().union(*(members(schema) if "properties" in schema else {""} for schema in schemas))


def codes(operation: Json) -> set[str]:
    """The codes of all problems that are declared."""
    contents = [resolved(response).get("content", {}) for response in operation["responses"].values()]
    problems = [
        content["application/problem+json"]["schema"] for content in contents if "application/problem+json" in content
    ]
    kinds = [resolved(kind) for problem in problems for kind in problem.get("oneOf", [problem])]
    return {part["properties"]["code"]["const"] for kind in kinds for part in kind["allOf"] if "properties" in part}


WITHOUT_TEXT: Final = {("hey-api", "getService")}
"""Of an answer that is JSON or a text, the type is that of the JSON."""


@pytest.mark.parametrize("generator", GENERATORS)
def test_the_types_of_every_operation_say_what_the_contract_says(consumer: Consumer, generator: str) -> None:
    types = consumer.types(generator)
    # CONSUMER-2
    assert {operation["operationId"] for operation in OPERATIONS} == types.keys()
    for operation in OPERATIONS:
        places = "\n".join(types[operation["operationId"]])
        assert set(re.findall(r"^\.input\.([^.\[\n]+)", places, re.MULTILINE)) == taken(operation)
        missing = {""} if (generator, operation["operationId"]) in WITHOUT_TEXT else set()
        assert set(re.findall(r"^\.data(?:$|\.([^.\[*\n]+))", places, re.MULTILINE)) == given(operation) - missing
        assert set(re.findall(r"^\.error<(\w+)>\.code$", places, re.MULTILINE)) == codes(operation)
        assert ".error." not in places
    # CONSUMER-3
    vague = {"any", "unknown", "{}", "object", "never"}
    unclear = {(name, place) for name, places in types.items() for place, names in places.items() if vague & {*names}}
    assert unclear == {("getContractJson", place) for place in (".data.*", ".data.info.*", ".data.paths.*")}
    # CONSUMER-4
    others = consumer.types("openapi-typescript")
    for _, operation_id in filter(lambda place: place[0] == generator, WITHOUT_TEXT):  # CONSUMER-7
        assert others[operation_id].pop(".data") == ["string"]
    assert types == others


NO_SUCH = "does not exist in type"
WRONG: Final = {
    "openapi-typescript": {
        "body: { title },": ("body: { titel: title },", NO_SUCH),
        "body: { completed: true },": ('body: { completed: "true" },', "not assignable to type 'boolean'"),
        "limit: 2 }": ("limt: 2 }", NO_SUCH),
        'status: "pending", search': ('status: "open", search', "not assignable to type"),
        '"If-Match": tag': ('"If-Match": 5', "not assignable to type 'string'"),
        '"Idempotency-Key": key': ('"Idempotency": key', NO_SUCH),
        'case "invalid_request":': ('case "invalid":', "not comparable to type"),
        '    case "idempotency_key_reused":\n      return `': ("      return `", "lacks ending return statement"),
        '    case "rate_limited":\n': ("", "lacks ending return statement"),
        'return "keyed";': ('return "later, perhaps";', "not assignable to type"),
        "error.errors.map": ("error.error.map", "Property 'error' does not exist"),
        "(data.title, title)": ("(data.titel, title)", "Property 'titel' does not exist"),
    },
    "hey-api": {
        "body: { title },": ("body: { titel: title },", NO_SUCH),
        "body: { completed },": ('body: { completed: "true" },', "not assignable to type 'boolean'"),
        "limit: 2 }": ("limt: 2 }", NO_SUCH),
        'status: "pending", search': ('status: "open", search', "not assignable to type"),
        '"If-Match": tag': ('"If-Match": 5', "not assignable to type"),
        'case "invalid_request":': ('case "invalid":', "not comparable to type"),
        '    case "idempotency_key_reused":\n      return problem.detail;\n': ("", "lacks ending return statement"),
        "problem.errors.map": ("problem.error.map", "Property 'error' does not exist"),
        "(data.title, title)": ("(data.titel, title)", "Property 'titel' does not exist"),
    },
    "orval": {
        "(mine, { title }, ": ("(mine, { titel: title }, ", NO_SUCH),
        "{ completed }, {": ('{ completed: "true" }, {', "not assignable to type 'boolean'"),
        "limit: 2 }": ("limt: 2 }", NO_SUCH),
        'status: "pending", search': ('status: "open", search', "not assignable to type"),
        '"If-Match": tag': ('"If-Match": 5', "not assignable to type 'string'"),
        '"Idempotency-Key": key': ('"Idempotency": key', NO_SUCH),
        'case "invalid_request":': ('case "invalid":', "not comparable to type"),
        '    case "idempotency_key_reused":\n      return problem.detail;\n': ("", "lacks ending return statement"),
        "problem.errors.map": ("problem.error.map", "Property 'error' does not exist"),
        "(data.title, title)": ("(data.titel, title)", "Property 'titel' does not exist"),
    },
}
"""What a front end may get wrong, and what the compiler says to it."""
LOOSE: Final = (("MetadataValue", "string"), ("SearchText", "string"), ("TaskVersion", "number"))
"""Schemas that become `any` in the faulty clients."""


@pytest.fixture(scope="module")
def faulty(consumer: Consumer, tmp_path_factory: pytest.TempPathFactory) -> Consumer:
    """The same with wrong programs, with an `any` in the clients, and with no file of a tool left unchecked."""
    folder = tmp_path_factory.mktemp("faulty") / "consumer"
    shutil.copytree(consumer.folder, folder, symlinks=True)
    settings = folder / "tsconfig.json"
    # The libraries have been checked with the good programs; it is half of the time.
    text = settings.read_text(encoding="utf-8").replace('"skipLibCheck": false', '"skipLibCheck": true')
    settings.write_text(text, encoding="utf-8")
    for generator, faults in WRONG.items():
        program = folder / generator / "program.ts"
        text = program.read_text(encoding="utf-8")
        for number, (right, (wrong, _)) in enumerate(faults.items()):
            assert right in text
            program.with_name(f"wrong{number}.ts").write_text(text.replace(right, wrong), encoding="utf-8")
    program = folder / "hey-api" / "program.ts"
    misspelt = program.read_text(encoding="utf-8").replace('"If-Match": tag', '"If-Macth": tag')
    program.with_name("misspelt.ts").write_text(misspelt, encoding="utf-8")
    clients = {"openapi-typescript": "schema.d.ts", "hey-api": "types.gen.ts", "orval": "tasks.ts"}
    for generator, name in clients.items():
        client = folder / generator / "client" / name
        text = client.read_text(encoding="utf-8")
        for schema, kind in LOOSE:
            text, count = re.subn(rf"(\b{schema}(?: =|:)) {kind};", r"\1 any;", text)
            assert count == 1, (generator, schema)
        client.write_text(text, encoding="utf-8")
    for client in (folder / "hey-api" / "client").rglob("*.ts"):
        client.write_text(client.read_text(encoding="utf-8").replace("// @ts-nocheck\n", ""), encoding="utf-8")
    return Consumer(folder, 0, []).checked("-")


@pytest.mark.parametrize("generator", GENERATORS)
def test_a_program_that_breaks_the_contract_does_not_compile(faulty: Consumer, generator: str) -> None:  # CONSUMER-6
    assert faulty.status == 1
    for number, (_, message) in enumerate(WRONG[generator].values()):
        start = f"{generator}/wrong{number}.ts("
        assert any(line.startswith(start) and message in line for line in faulty.lines), (number, faulty.lines)
    assert not [line for line in faulty.lines if line.startswith(f"{generator}/program.ts(")]


def test_an_any_in_the_types_of_an_operation_is_found_wherever_it_is(faulty: Consumer) -> None:  # CONSUMER-3
    found = {
        generator: {line.removeprefix(f"{generator}: ") for line in faulty.lines if line.startswith(f"{generator}: ")}
        for generator in GENERATORS
    }
    places = {
        "createTask.input.metadata?.*",
        "updateTasks.input.items[].version?",
        "listTasks.input.search?",
        "listTasks.data.items[].metadata.*",
        "updateTask.error<precondition_failed>.task.version",
    }
    assert {f"{place}: any" for place in places} < found["orval"]
    seeded = re.compile(r"\.(metadata\??\.\*|search\?|version\??): any$")
    assert all(seeded.search(line) for line in found["orval"])
    assert found["orval"] == {line.replace("user_id", "userId") for line in found["hey-api"]}
    assert found["orval"] == found["openapi-typescript"]


def test_what_the_configurations_go_around_is_still_there(faulty: Consumer) -> None:  # CONSUMER-7
    assert not [line for line in faulty.lines if line.startswith("hey-api/misspelt.ts")], (
        "hey-api knows its headers now"
    )
    files = {line.split("(")[0] for line in faulty.lines if line.startswith("hey-api/client/")}
    assert files, "hey-api compiles: it needs no @ts-nocheck any more"
    assert not [file for file in files if not file.startswith(("hey-api/client/client/", "hey-api/client/core/"))]
    orval = (faulty.folder / "orval" / "client" / "tasks.ts").read_text(encoding="utf-8")
    assert "/api/${userId}/tasks`" in orval, "orval encodes: the program needs no encodeURIComponent any more"


COMMANDS: Final = re.findall(r"`(npx [^`]+)`", SPEC.read_text(encoding="utf-8"))


@pytest.mark.parametrize("command", COMMANDS)
def test_a_generator_reads_the_contract_from_a_running_service(
    service: Service, consumer: Consumer, tmp_path: Path, command: str
) -> None:  # CONSUMER-9
    assert len(COMMANDS) == len(GENERATORS)
    npx, *arguments = command.replace("http://127.0.0.1:8000", service.url).split()
    (tmp_path / "node_modules").symlink_to(PROJECT / "node_modules")
    run = consumer.run(npx, "--no-install", *arguments, cwd=tmp_path)
    assert run.returncode == 0, run.stdout + run.stderr
    made = " ".join(file.read_text(encoding="utf-8") for file in (tmp_path / "src").rglob("*.ts"))
    assert all(re.search(rf"\b{operation}\b", made) for operation in consumer.types("orval"))
    # CONSUMER-8
    assert not consumer.network.exists()
