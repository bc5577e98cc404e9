"""The generated types are what a strict front end compiles against, and its calls work (specs/toolchain.md, GEN-15)."""

import shutil
import subprocess
from pathlib import Path

import pytest

from backend.tests.conftest import Service
from backend.tests.tools import require_tool

PROJECT = Path(__file__).parents[2]
CONSUMER = Path("scripts/consumer/consumer.ts")
PROJECT_FILES = ("package.json", "scripts/consumer", "generated/typescript")


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """The TypeScript of the project and what it imports, in a folder of its own to compile into and to change."""
    require_tool("node", "the TypeScript consumer")
    for name in PROJECT_FILES:
        source, copy = PROJECT / name, tmp_path / name
        copy.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, copy)
        else:
            shutil.copy(source, copy)
    (tmp_path / "node_modules").symlink_to(PROJECT / "node_modules")
    return tmp_path


def node(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    command = [require_tool("node", "the TypeScript consumer"), *arguments]
    return subprocess.run(command, cwd=folder, check=False, capture_output=True, text=True)  # noqa: S603 - our own


def compiled(folder: Path) -> subprocess.CompletedProcess[str]:
    options = ["--project", "scripts/consumer", "--noEmit", "false", "--outDir", "compiled"]
    return node(folder, "node_modules/typescript/bin/tsc", *options)


def test_a_strict_consumer_compiles_and_does_all_that_a_front_end_does(
    service: Service, folder: Path
) -> None:  # GEN-15
    compilation = compiled(folder)
    assert compilation.returncode == 0, compilation.stdout
    done = node(folder, "compiled/consumer.js", service.url, "ann|1", service.token("ann|1"))
    assert done.returncode == 0, done.stderr
    refused = node(folder, "compiled/consumer.js", service.url, "ann|1", service.token("bob"))
    assert refused.returncode != 0, "it would exit with 0 whatever it is answered"
    assert "usage: " in node(folder, "compiled/consumer.js", service.url).stderr


WRONG = {
    "body: { title },": ("body: { titel: title },", "'titel' does not exist"),
    "body: { completed: true },": ('body: { completed: "true" },', "not assignable to type 'boolean'"),
    "limit: 2 }": ("limt: 2 }", "'limt' does not exist"),
    'case "invalid_request":': ('case "invalid":', "not comparable to type"),
    '    case "rate_limited":\n': ("", "lacks ending return statement"),
    'return "keyed";': ('return "later, perhaps";', "not assignable to type"),
    "error.errors.map": ("error.error.map", "Property 'error' does not exist"),
    "(data.title, title)": ("(data.titel, title)", "Property 'titel' does not exist"),
}
"""What a front end may get wrong, and what the compiler says to it."""


def test_a_consumer_that_breaks_the_contract_does_not_compile(folder: Path) -> None:
    text = (folder / CONSUMER).read_text(encoding="utf-8")
    for number, (right, (wrong, _)) in enumerate(WRONG.items()):
        assert right in text
        (folder / CONSUMER.with_name(f"wrong{number}.ts")).write_text(text.replace(right, wrong), encoding="utf-8")
    settings = folder / CONSUMER.with_name("tsconfig.json")
    settings.write_text(settings.read_text(encoding="utf-8").replace('"files": ["consumer.ts"]', '"include": ["*.ts"]'))
    lines = compiled(folder).stdout.splitlines()
    for number, (_, message) in enumerate(WRONG.values()):
        assert any(f"wrong{number}.ts" in line and message in line for line in lines), lines
    assert not [line for line in lines if "consumer.ts" in line]
