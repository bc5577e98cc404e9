"""Where contracts come from: a file, or the same file at a git ref; and the last release. Spec: DIFF-13, DIFF-14."""

import io
import shutil
import subprocess
import tempfile
import zipfile
from dataclasses import dataclass
from pathlib import Path

from scripts.contract import ROOT
from scripts.contract_diff.side import Side
from scripts.generate.reader import read, told
from scripts.generate.refusal import Pointer, Refusal, written

_RELEASES = "v*"
"""The tags of releases."""


class Unreadable(Exception):
    """What is no contract that can be read; the message is one line for whoever asked."""


@dataclass(frozen=True)
class Source:
    """A contract and what messages call its file."""

    side: Side
    name: str

    def place(self, pointer: Pointer) -> tuple[str, int, str]:
        """Give the file, the line and the written pointer of a place."""
        found = self.side.document.place(pointer)
        return (
            self.name if found.file == self.side.document.path.name else found.file,
            found.line,
            written(found.pointer),
        )


def source(text: str, contract: Path) -> Source:
    """Read the contract that `text` names: a file, else a git ref, at which it is where `contract` is."""
    path = Path(text)
    if path.is_file():
        return _read(path.resolve(), _shown(path.resolve()))
    prefix = f"--prefix={contract.parent.name}/"
    packed = _git(contract.parent, "archive", "--format=zip", prefix, "--end-of-options", text)
    with tempfile.TemporaryDirectory() as folder:
        with zipfile.ZipFile(io.BytesIO(packed)) as archive:
            archive.extractall(folder)
        found = Path(folder) / contract.parent.name / contract.name
        if not found.is_file():
            raise Unreadable(f"{text} has no {_shown(contract)}")
        return _read(found, f"{text}:{_shown(contract)}")


def last_release(contract: Path) -> str:
    """Give the tag of the last release before the commit at hand."""
    return _git(contract.parent, "describe", "--tags", "--abbrev=0", "--match", _RELEASES).decode().strip()


def _read(path: Path, name: str) -> Source:
    document = None
    try:
        document = read(path)
        return Source(Side(document), name)
    except Refusal as refusal:
        raise Unreadable(f"{name}: {told(refusal, document)}") from None


def _shown(path: Path) -> str:
    return path.relative_to(ROOT).as_posix() if path.is_relative_to(ROOT) else path.name


def _git(folder: Path, command: str, *arguments: str) -> bytes:
    """Run git in a folder; raise `Unreadable` with the last thing that it said."""
    program = shutil.which("git")
    if program is None:
        raise Unreadable("git is not installed")
    done = subprocess.run(  # noqa: S603 - the ref is one argument, and options end before it
        [program, "-C", str(folder), command, *arguments], capture_output=True, check=False
    )
    if done.returncode != 0:
        said = done.stderr.decode(errors="replace").strip().splitlines()
        raise Unreadable(f"git {command}: {said[-1] if said else 'it failed'}")
    return done.stdout
