"""The rules of the house that a reader cannot be asked to keep in mind, held by looking at the code."""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Any  # an operation of the contract, as JSON

import pytest

from backend.tests.client import contract, operations

PROJECT = Path(__file__).parents[2]
BACKEND = PROJECT / "backend"
FORBIDDEN_NAMES = {"utils", "helpers", "common", "core", "base", "manager", "service", "crud", "deps"}
SOURCE_FOLDERS = {"specs", "openapi", "generated", "backend", "scripts"}


def modules(folder: Path) -> Iterator[Path]:
    return (path for path in sorted(folder.rglob("*.py")) if "node_modules" not in path.parts)


def handwritten() -> list[Path]:
    return [*modules(BACKEND), *modules(PROJECT / "scripts")]


def relative(path: Path) -> str:
    return str(path.relative_to(PROJECT))


def imported(tree: ast.AST) -> set[str]:
    found: set[str] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            found.update(alias.name.partition(".")[0] for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            found.add(node.module.partition(".")[0])
    return found


def snake(operation_id: str) -> str:
    return re.sub(r"([A-Z])", r"_\1", operation_id).lower()


def of_tag(tag: str) -> list[dict[str, Any]]:
    return [operation for _, _, operation in operations() if tag in operation["tags"]]


def test_source_lies_in_five_folders() -> None:  # HOUSE-1
    ignored = {line.strip("/") for line in (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines()}
    entries = [entry for entry in PROJECT.iterdir() if entry.name not in ignored]
    folders = {entry.name for entry in entries if entry.is_dir() and not entry.name.startswith(".")}
    assert folders == SOURCE_FOLDERS | {"docs"}
    pages = [path for path in (PROJECT / "docs").rglob("*") if path.is_file()]
    assert {path.suffix for path in pages} <= {".md", ".diff", ".json", ".svg"}
    assert not [entry.name for entry in entries if entry.suffix in {".py", ".ts", ".js", ".sql"}]


OF_TASKS = {"tasks.py", "users.py", "task_rows.py", "changes.py", "filters.py", "listing.py", "models.py"}
"""The tags' modules, what they share, what an update changes, what a list leaves out and how it is read, the tables."""


def test_only_few_modules_and_the_migrations_touch_the_tasks_table() -> None:  # DATA-7
    for path in modules(BACKEND):
        if "tests" in path.parts or "migrations" in path.parts or path.name in OF_TASKS:
            continue
        names = {
            alias.name
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8")))
            if isinstance(node, ast.Import | ast.ImportFrom)
            for alias in node.names
            if isinstance(node, ast.Import) or node.module in {"backend.models", "backend"}
        }
        assert not names & {"backend.models", "models", "TaskRow"}, relative(path)
        assert "tasks" not in names or path.name == "app.py", relative(path)


def test_operations_know_no_web_framework_and_never_commit() -> None:  # HOUSE-5
    others = {"conditions.py", "context.py", "due.py", "filters.py", "paging.py", "projection.py"}
    for name in OF_TASKS | {"health.py", "about.py", "problems.py"} | others:
        tree = ast.parse((BACKEND / name).read_text(encoding="utf-8"))
        assert not imported(tree) & {"fastapi", "starlette", "uvicorn"}, name
        attributes = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not attributes & {"commit", "rollback", "begin"}, name


def test_the_environment_is_read_by_the_settings_alone() -> None:  # HOUSE-7
    for path in modules(BACKEND):
        if "tests" in path.parts or path.name == "settings.py":
            continue
        assert not re.search(r"os\.environ|getenv", path.read_text(encoding="utf-8")), relative(path)


def test_a_tags_public_functions_are_its_operations() -> None:  # HOUSE-9
    for tag in ("users", "tasks", "health", "about", "problems"):
        tree = ast.parse((BACKEND / f"{tag}.py").read_text(encoding="utf-8"))
        functions = [node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
        public = {function.name for function in functions if not function.name.startswith("_")}
        assert public == {snake(operation["operationId"]) for operation in of_tag(tag)}


def test_the_interface_that_people_read_imports_no_framework() -> None:  # HOUSE-5
    for name in ("api.py", "models.py"):
        tree = ast.parse((PROJECT / "generated" / name).read_text(encoding="utf-8"))
        assert not imported(tree) & {"fastapi", "starlette", "backend", "sqlalchemy"}, name


def test_generated_code_never_imports_handwritten_code() -> None:
    for path in modules(PROJECT / "generated"):
        assert not imported(ast.parse(path.read_text(encoding="utf-8"))) & {"backend", "scripts"}, relative(path)


@pytest.mark.parametrize("path", handwritten(), ids=relative)
def test_a_module_has_a_docstring_a_subject_and_a_bearable_length(path: Path) -> None:  # HOUSE-2, HOUSE-3, HOUSE-4
    text = path.read_text(encoding="utf-8")
    assert ast.get_docstring(ast.parse(text)), "no docstring"
    assert path.stem not in FORBIDDEN_NAMES, "a name that says nothing"
    if "tests" not in path.parts:
        classes = [node.name for node in ast.walk(ast.parse(text)) if isinstance(node, ast.ClassDef)]
        assert not [name for name in classes if name.endswith(("Service", "Manager"))]
    assert len(text.splitlines()) <= 420, "longer than about 400 lines"
    functions = [node for node in ast.walk(ast.parse(text)) if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)]
    assert [node.name for node in functions if (node.end_lineno or 0) - node.lineno >= 45] == []


@pytest.mark.parametrize("path", handwritten(), ids=relative)
def test_a_suppression_gives_its_reason_on_its_line(path: Path) -> None:  # HOUSE-10
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        for match in re.finditer(r"# (type: ignore|noqa|pyrefly: ignore)(?P<rest>.*)", line):
            assert re.match(r"(\[[\w, -]+\]|: [A-Z0-9, ]+?) *[#-] \w", match["rest"]), f"line {number}: {line.strip()}"
        assert "pragma: no" + " cover" not in line, f"line {number}"


@pytest.mark.parametrize("path", handwritten(), ids=relative)
def test_any_and_cast_give_their_reason(path: Path) -> None:  # HOUSE-10
    text = path.read_text(encoding="utf-8")
    tree, lines = ast.parse(text), ["", *text.splitlines()]
    imports = [node for node in tree.body if isinstance(node, ast.ImportFrom) and node.module == "typing"]
    if any("#" in line for node in imports for line in lines[node.lineno : (node.end_lineno or 0) + 1]):
        return  # one reason for the whole module
    for node in ast.walk(tree):
        if isinstance(node, ast.Name) and node.id in {"Any", "cast"}:
            assert "#" in lines[node.lineno - 1] + lines[node.lineno], f"line {node.lineno}: no reason"


def test_coverage_leaves_nothing_out() -> None:  # HOUSE-10
    coverage = tomllib.loads((PROJECT / "pyproject.toml").read_text(encoding="utf-8"))["tool"]["coverage"]
    assert coverage["run"].keys() & {"omit", "include"} == coverage["report"].keys() & {"omit", "include"} == set()
    assert not coverage["report"].keys() & {"exclude_lines", "exclude_also"}
    assert (coverage["run"]["branch"], coverage["report"]["fail_under"]) == (True, 100)


def test_no_blanket_except_and_no_http_exception_outside_the_edge() -> None:  # HOUSE-6
    for path in modules(BACKEND):
        if "tests" in path.parts or path.name in {"edge.py", "problem_details.py"}:
            continue
        tree = ast.parse(path.read_text(encoding="utf-8"))
        for node in ast.walk(tree):
            if isinstance(node, ast.ExceptHandler):
                assert node.type is not None, relative(path)
                assert not (isinstance(node.type, ast.Name) and node.type.id in {"Exception", "BaseException"}), (
                    relative(path)
                )
        assert "HTTPException" not in path.read_text(encoding="utf-8"), relative(path)


def test_every_operation_has_a_test_file() -> None:  # HOUSE-8
    shared = {"patch_task": "update_task"}  # two methods, one semantics, one file
    for operation in of_tag("users") + of_tag("tasks"):
        function = snake(operation["operationId"])
        assert (BACKEND / "tests" / f"test_{shared.get(function, function)}.py").exists(), function


def test_the_contract_says_every_code_that_the_service_can_answer() -> None:  # ERR-6
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
    # Other tests make errors of their own.
    ours = [error for error in leaves(errors.ApiError) if re.match(r"backend\.(?!tests\.)", error.__module__)]
    assert declared == {error.code: error.status for error in ours if "code" in vars(error)}
    examples = {
        example["value"]["code"]
        for example in contract()["components"]["examples"].values()
        if "code" in example["value"]
    }
    assert examples == set(declared)


def test_no_text_names_a_machine_or_a_registry() -> None:
    ours = ["*.py", "*.md", "*.jinja", "*.yaml", "*.yml", "*.ts", "*.toml", "*.json"]
    folders = [PROJECT / name for name in (*SOURCE_FOLDERS, "docs", ".ci", ".spec-kit")]
    texts = [path for folder in folders for pattern in [*ours, "run"] for path in folder.rglob(pattern)]
    texts += [path for path in PROJECT.iterdir() if path.is_file() and path.suffix != ".coverage"]
    for path in texts:
        if path != Path(__file__) and not path.name.startswith(".coverage"):
            text = path.read_text(encoding="utf-8")
            found = re.search(
                r"(^|[\s\"'=(])/(root|home|Users)/|--index-url|registry\.npmjs|pypi\.org|pythonhosted", text
            )
            assert found is None, relative(path)
