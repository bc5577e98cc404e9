"""The program of docs/nextjs.md, compiled and run without Next.js (specs/features/better-auth.md)."""

import json
import re
import shutil
import subprocess
from pathlib import Path
from typing import Final

import pytest

from backend.settings import PROJECT, Settings
from backend.tests.better_auth import PATIENCE, environment, patient
from backend.tests.conftest import Service, served
from backend.tests.tools import require_tool

BROWSER: Final = Path(__file__).with_name("next_side.mjs")

DATABASE: Final = """import { memoryAdapter } from "better-auth/adapters/memory";
export const database = memoryAdapter({ user: [], session: [], account: [], verification: [], jwks: [] });
"""
"""What an application has of its own."""

OPTIONS: Final = (
    *("--module", "esnext", "--moduleResolution", "bundler", "--target", "es2022", "--lib", "es2022,dom,dom.iterable"),
    *("--types", "node", "--strict", "--skipLibCheck", "--outDir", "compiled"),
)
"""As Next.js sets them up, and somewhere to write to."""


def program() -> dict[str, str]:
    """The page's files, by their names."""
    page = (PROJECT / "docs" / "nextjs.md").read_text(encoding="utf-8")
    return dict(re.findall(r"^```ts\n// (\S+)\n(.*?)^```$", page, re.DOTALL | re.MULTILINE))


@pytest.fixture
def application(tmp_path: Path) -> Path:
    """The page's files in a folder, compiled."""
    node = require_tool("node", "the program of docs/nextjs.md")
    files = program() | {"database.ts": DATABASE}
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    assert (PROJECT / "generated" / "typescript" / "dist").exists(), "`make client` has to come before"
    shutil.copy(PROJECT / "package.json", tmp_path)
    shutil.copy(BROWSER, tmp_path)
    (tmp_path / "node_modules").symlink_to(PROJECT / "node_modules")
    command = [node, "node_modules/typescript/bin/tsc", *OPTIONS, *files]
    compilation = subprocess.run(  # noqa: S603 - our own
        command, cwd=tmp_path, check=False, capture_output=True, text=True, timeout=PATIENCE
    )
    assert compilation.returncode == 0, compilation.stdout
    for compiled in (tmp_path / "compiled").rglob("*.js"):  # Next.js finds files without their extension, Node does not
        named = re.sub(r'from "(\.[^"]*)"', r'from "\1.js"', compiled.read_text(encoding="utf-8"))
        compiled.write_text(named, encoding="utf-8")
    return tmp_path


def test_the_pages_application_shows_its_users_their_tasks(service: Service, application: Path) -> None:  # AUTH-85
    command = [require_tool("node", "the program of docs/nextjs.md"), BROWSER.name]
    settings = service.settings.model_dump(exclude={"better_auth_secret"}, exclude_unset=True)
    settings["auth_jwks_timeout_seconds"] = 30  # Better Auth is imported when it is first asked
    with (
        (application / "errors").open("w") as errors,
        subprocess.Popen(  # noqa: S603 - our own words
            command, cwd=application, env=environment(BETTER_AUTH_SECRET="n" * 32), text=True,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=errors,
        ) as process,
    ):  # fmt: skip # one line more
        assert process.stdout is not None
        with patient(process):
            settings["better_auth_url"] = process.stdout.readline().strip()
        with served(Settings.model_validate(settings), service.database_url) as api, patient(process):
            told, _ = process.communicate(f"{api.url}\n")
    assert process.returncode == 0, (application / "errors").read_text(encoding="utf-8")
    assert json.loads(told) == ["signed out", ["Buy milk"], 1, "signed out", []]
