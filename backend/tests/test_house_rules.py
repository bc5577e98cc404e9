"""The rules of the house that a reader cannot be asked to keep in mind, held by looking at the code."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.tests.client import CONTRACT_PATH, contract

PROJECT = Path(__file__).parents[2]
BACKEND = PROJECT / "backend"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "base", "manager", "service_layer", "crud", "deps"}


def modules(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "node_modules" not in path.parts)


def handwritten() -> list[Path]:
    return [*modules(BACKEND), *modules(PROJECT / "scripts")]


def relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def calls(tree: ast.AST, *names: str) -> list[ast.Call]:
    return [
        node
        for node in ast.walk(tree)
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in names
    ]


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def test_every_query_of_tasks_starts_from_what_its_owner_may_see() -> None:
    tree = ast.parse((BACKEND / "tasks.py").read_text(encoding="utf-8"))
    queries = [
        call
        for call in calls(tree, "select", "update", "delete")
        if any(isinstance(argument, ast.Name) and argument.id == "tasks" for argument in call.args)
    ]
    scoped = {
        id(node.func.value)
        for node in ast.walk(tree)
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Attribute)
        and node.func.attr == "where"
        and calls(ast.Module(body=[ast.Expr(argument) for argument in node.args], type_ignores=[]), "_visible")
    }
    assert len(queries) >= 4
    assert all(id(query) in scoped for query in queries), "a query of tasks without .where(_visible(ctx), ...)"


def test_only_the_tasks_module_and_the_migrations_touch_the_tasks_table() -> None:
    for path in modules(BACKEND):
        if "tests" in path.parts or "migrations" in path.parts or path.name in {"tasks.py", "models.py"}:
            continue
        text = path.read_text(encoding="utf-8")
        assert not re.search(r"models import .*\b(tasks|TaskRow)\b", text), relative(path)


def test_operations_know_no_web_framework_and_never_commit() -> None:
    for name in ("tasks.py", "health.py", "service.py", "context.py", "paging.py", "models.py"):
        tree = ast.parse((BACKEND / name).read_text(encoding="utf-8"))
        assert not imported(tree) & {"fastapi", "starlette", "uvicorn"}, name
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not attributes & {"commit", "rollback", "begin"}, name


def test_the_environment_is_read_by_the_settings_alone() -> None:
    for path in modules(BACKEND):
        if "tests" in path.parts or path.name == "settings.py":
            continue
        assert not re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8")), relative(path)


def test_the_interface_that_people_read_imports_no_framework() -> None:
    for name in ("api.py", "models.py"):
        tree = ast.parse((PROJECT / "generated" / name).read_text(encoding="utf-8"))
        assert not imported(tree) & {"fastapi", "starlette", "backend", "sqlalchemy"}, name


def test_generated_code_never_imports_handwritten_code() -> None:
    for path in modules(PROJECT / "generated"):
        assert not imported(ast.parse(path.read_text(encoding="utf-8"))) & {"backend", "scripts"}, relative(path)


@pytest.mark.parametrize("path", handwritten(), ids=relative)
def test_a_module_has_a_docstring_a_subject_and_a_bearable_length(path: Path) -> None:
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert path.stem not in FORBIDDEN_NAMES, "a name that says nothing"
    assert len(text.splitlines()) <= 420, "longer than about 400 lines"


@pytest.mark.parametrize("path", handwritten(), ids=relative)
def test_a_suppression_gives_its_reason_on_its_line(path: Path) -> None:
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for match in re.finditer(r"# (type: ignore|noqa|pyrefly: ignore)(?P<rest>.*)", line):
            assert re.match(r"(\[[\w, -]+\]|: [A-Z0-9, ]+?) *[#-] \w", match["rest"]), f"line {number}: {line.strip()}"
        assert "pragma: no" + " cover" not in line, f"line {number}"


def test_no_blanket_except_and_no_http_exception_outside_the_edge() -> None:
    for path in modules(BACKEND):
        if "tests" in path.parts or path.name in {"edge.py", "errors.py"}:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, relative(path)
                assert not (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}), (
                    relative(path)
                )
        assert "HTTPException" not in path.read_text(encoding="utf-8"), relative(path)


def test_every_operation_has_a_test_file() -> None:
    shared = {"patch_task": "update_task"}  # two methods, one semantics, one file
    for item in contract()["paths"].values():
        for method, operation in item.items():
            if method == "parameters" or "tasks" not in operation["tags"]:
                continue
            function = re.sub(r"([A-Z])", r"_\1", operation["operationId"]).lower()
            assert (BACKEND / "tests" / f"test_{shared.get(function, function)}.py").exists(), function


def test_every_claim_that_a_test_cites_is_made_by_a_spec() -> None:
    claims = set()
    for spec in (PROJECT / "specs").rglob("*.md"):
        claims.update(re.findall(r"\b[A-Z]+-\d+\b", spec.read_text(encoding="utf-8")))
    cited = set()
    for path in handwritten():
        cited.update(
            re.findall(
                r"(?:#|\(|\[) ?((?:API|AUTH|CONN|DATA|DOCS|EDGE|EMBED|ERR|FUZZ|GEN|HEALTH|HOUSE|LIST|LOG|RUN|SET|TASK)-\d+)",
                path.read_text(encoding="utf-8"),
            )
        )
    assert cited <= claims, f"cited but claimed nowhere: {sorted(cited - claims)}"


def test_the_contract_says_every_code_that_the_service_can_answer() -> None:
    from backend import errors  # noqa: PLC0415 # only this test looks at the code instead of over HTTP

    def leaves(error: type[errors.ApiError]) -> Iterator[type[errors.ApiError]]:
        for subclass in error.__subclasses__():
            yield subclass
            yield from leaves(subclass)

    declared = {
        schema["allOf"][1]["properties"]["code"]["const"]: schema["allOf"][1]["properties"]["status"]["const"]
        for name, schema in contract()["components"]["schemas"].items()
        if name.endswith("Problem")
    }
    assert declared == {error.code: error.status for error in leaves(errors.ApiError) if "code" in vars(error)}
    examples = {
        example["value"]["code"]
        for example in contract()["components"]["examples"].values()
        if "code" in example["value"]
    }
    assert examples == set(declared)


def test_no_tracked_file_names_a_machine() -> None:
    others = [path for path in handwritten() if path != Path(__file__)]
    for path in [*others, CONTRACT_PATH, *PROJECT.glob("*.lock"), PROJECT / "package-lock.json", PROJECT / "Makefile"]:
        text = path.read_text(encoding="utf-8")
        assert not re.search(
            r"(^|[\s\"'=])/(root|home|work)/|--index-url|registry\.npmjs|pypi\.org|files\.pythonhosted", text
        ), relative(path)
