"""The image of the Dockerfile, made without an engine: its stages are executed in folders, their paths mapped there.

The same steps run: COPY of what .dockerignore lets through, RUN by the shell, ENV for all that follows, and at the end
CMD and the health check. What differs from an engine: the base image is a virtual environment of the Python that runs
the tests, all steps run as another user without rights where the tests run as root (else as the tests' own), and no
path but those of the image is out of reach. Nothing that was made may change afterwards, which the tests look at.
"""

import fcntl
import os
import pickle
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from string import Template
from types import MappingProxyType
from typing import IO

import pytest

from backend.embedded import unprivileged
from backend.settings import PROJECT
from backend.tests.dockerfile import Ignored, Instruction, Stage, parse

STAGES = parse((PROJECT / "Dockerfile").read_text(encoding="utf-8"))
IGNORED = Ignored.parse((PROJECT / ".dockerignore").read_text(encoding="utf-8"))

SYSTEM = ":/usr/bin:/bin"
"""Where the shell's own programs are."""

FOR_PIP = {
    name: value
    for name, value in os.environ.items()
    if re.fullmatch(r"PIP_\w+|HOME|SSL_CERT_FILE|\w+_PROXY", name, re.IGNORECASE)
}
"""The variables that say from where this machine installs packages; in `HOME` may be pip's own file."""


@dataclass
class Tree:
    """What a stage has made: files below `root`, and how processes are started there."""

    root: Path
    variables: dict[str, str]
    arguments: dict[str, str] = field(default_factory=dict)
    folder: str = "/"

    def inside(self, path: str) -> Path:
        """Where a path of the image is, relative ones from its WORKDIR."""
        return self.root / os.path.join(self.folder, path).lstrip("/")  # noqa: PTH118 # an absolute second path wins

    def mapped(self, text: str) -> str:
        """A text with each absolute path of the image mapped; what follows a letter, a colon or a slash is none."""
        return re.sub(r"(?<![\w:/.])/(?=\w)", f"{self.root}/", text)

    def value(self, text: str) -> str:
        """A value of ENV or LABEL with its variables, which have to be known."""
        return Template(self.mapped(text)).substitute(self.variables | self.arguments)

    @contextmanager
    def process(
        self, command: list[str], given: Mapping[str, str] = MappingProxyType({}), *, output: Path
    ) -> Iterator[subprocess.Popen[bytes]]:
        """A process in the tree, as another user; what it prints goes to a file. It does not outlive the block."""
        program = shutil.which(command[0], path=self.variables["PATH"]) or command[0]
        with (
            output.open("ab") as printed,
            subprocess.Popen(  # noqa: S603 # the Dockerfile's own commands
                unprivileged([program, *map(self.mapped, command[1:])], user_id=os.geteuid()),
                cwd=self.inside("."),
                env={**self.variables, **given},
                stdin=subprocess.DEVNULL,
                stdout=printed,
                stderr=subprocess.STDOUT,
            ) as process,
        ):
            try:
                yield process
            finally:
                process.kill()

    def run(self, command: list[str], given: Mapping[str, str] = MappingProxyType({})) -> tuple[int, str]:
        """The exit status of a command in the tree, and what it prints."""
        output = self.root.with_name(f"{self.root.name}.{os.getpid()}.printed")
        output.unlink(missing_ok=True)
        with self.process(command, given, output=output) as process:
            return process.wait(), output.read_text(encoding="utf-8")

    def listing(self) -> dict[str, tuple[int, int, int]]:
        """Each file and folder with mode, size and time of its last change."""
        return {
            str(path.relative_to(self.root)): (stat.st_mode, stat.st_size, stat.st_mtime_ns)
            for path in self.root.rglob("*")
            for stat in [path.lstat()]
        }


def context() -> Iterator[str]:
    """The files of the working folder, dirty as it is, that an engine would send to the builder."""
    for folder, folders, files in os.walk(PROJECT):
        inside = Path(folder).relative_to(PROJECT)
        folders[:] = [name for name in folders if IGNORED.may_hold((inside / name).as_posix())]
        yield from (path for name in files if (path := (inside / name).as_posix()) not in IGNORED)


def built(folder: Path) -> Tree:
    """The last stage, after all were executed in a new folder."""
    base = folder / "base"
    # `venv` makes its copy of the Python that runs here, as an engine would bring one.
    subprocess.run([sys.executable, "-m", "venv", base], check=True)  # noqa: S603 # our own arguments
    sent = folder / "context"
    for path in context():
        (sent / path).parent.mkdir(parents=True, exist_ok=True)
        shutil.copy2(PROJECT / path, sent / path)
    trees: dict[str, Tree] = {}
    for stage in STAGES:
        tree = Tree(folder / f"stage{len(trees)}", {"PATH": f"{base / 'bin'}{SYSTEM}"})
        tree.root.mkdir()
        _make(tree, stage, {"": Tree(sent, {}), **trees})
        trees[stage.name] = tree
    shutil.rmtree(sent)
    last = trees[STAGES[-1].name]
    subprocess.run(["chmod", "-R", "a-w", last.root], check=True)  # noqa: S603, S607 # our own arguments, from PATH
    return last


def _make(tree: Tree, stage: Stage, sources: dict[str, Tree]) -> None:
    for instruction in stage.instructions:
        match instruction.name:
            case "ARG":
                tree.arguments |= instruction.pairs
            case "ENV":
                tree.variables |= {name: tree.value(text) for name, text in instruction.pairs.items()}
            case "WORKDIR":
                tree.folder = instruction.text
                tree.inside(".").mkdir(parents=True, exist_ok=True)
            case "COPY":
                _copy(tree, instruction, sources[instruction.flags.get("from", "")])
            case "RUN":
                status, printed = tree.run(["/bin/sh", "-c", instruction.text], FOR_PIP | tree.arguments)
                assert status == 0, printed
            case _:
                pass  # says how it is started; the tests read it


def _copy(tree: Tree, instruction: Instruction, source: Tree) -> None:
    *names, target = instruction.text.split()
    there = tree.inside(target)
    for name in names:
        what = source.inside(name)
        if what.is_dir():
            shutil.copytree(what, there, symlinks=True, dirs_exist_ok=True)
        else:
            assert target.endswith("/"), f"{instruction.text}: the name of a file"
            there.mkdir(parents=True, exist_ok=True)
            shutil.copy2(what, there)


@contextmanager
def shared_image(factory: pytest.TempPathFactory) -> Iterator[Tree]:
    """The image of this run of the tests: the first worker makes it, the last one that uses it removes it.

    Not in pytest's folder, which is closed to other users.
    """
    own = factory.getbasetemp()
    run = own.parent if "PYTEST_XDIST_WORKER" in os.environ else own
    note = run / "image.pickle"
    with (run / "image.gate").open("a") as gate, (run / "image.users").open("a") as users:
        with _held(gate):
            if not note.exists():
                folder = Path(tempfile.mkdtemp(prefix="task-api-image-"))
                folder.chmod(0o755)
                note.write_bytes(pickle.dumps((folder, built(folder))))
            folder, tree = pickle.loads(note.read_bytes())  # noqa: S301 # our own
            fcntl.flock(users, fcntl.LOCK_SH)
        yield tree
        with _held(gate), suppress(BlockingIOError):
            fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
            note.unlink()
            subprocess.run(["chmod", "-R", "u+w", folder], check=True)  # noqa: S603, S607 # our own arguments, from PATH
            shutil.rmtree(folder)


@contextmanager
def _held(lock: IO[str]) -> Iterator[None]:
    fcntl.flock(lock, fcntl.LOCK_EX)
    try:
        yield
    finally:
        fcntl.flock(lock, fcntl.LOCK_UN)
