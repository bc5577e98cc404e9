"""The folder `generated/`: compared with, or swapped in whole, so that it is never a mixture of two runs."""

import difflib
import tempfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from scripts.contract import GENERATED

Files = Mapping[str, str]
"""The text of every file of the folder, by its path in it."""

_IGNORED: Final = "__pycache__"
_BUILT: Final = ("typescript/dist/", "typescript/node_modules/")
"""What building the package adds, which is nobody's edit; the next run of the generator removes it."""
_LEDGER: Final = "losses.md"
_MARK: Final = b"<!-- Generated from "


class Unusable(Exception):
    """The output is no folder, or one of somebody's own files; the message says which."""


def check(folder: Path) -> None:
    """Raise `Unusable` unless a folder is missing, empty, the project's own, or one that was generated."""
    if not folder.exists() or folder == GENERATED:
        return
    if not folder.is_dir():
        raise Unusable(f"{folder.name} is no folder")
    ledger = folder / _LEDGER
    is_generated = ledger.is_file() and ledger.read_bytes().startswith(_MARK)
    if any(path.name != _IGNORED for path in folder.iterdir()) and not is_generated:
        raise Unusable(f"{folder.name} holds files that were not generated: name a folder that is missing or empty")


def present(folder: Path) -> dict[str, str]:
    """Give what is in `folder`, without what Python and a build of the package add to it."""
    names = {path: path.relative_to(folder).as_posix() for path in sorted(folder.rglob("*")) if path.is_file()}
    return {
        name: path.read_text(encoding="utf-8", errors="replace")
        for path, name in names.items()
        if _IGNORED not in path.parts and not name.startswith(_BUILT)
    }


def stale(folder: Path, files: Files) -> Iterator[str]:
    """Give a diff for every file of `folder` that is not as it should be: changed, missing, or nobody's."""
    found = present(folder)
    for name in sorted({*found, *files}):
        old, new = found.get(name, ""), files.get(name, "")
        if name not in found or name not in files or old != new:
            yield "".join(
                difflib.unified_diff(
                    old.splitlines(keepends=True),
                    new.splitlines(keepends=True),
                    f"{folder.name}/{name}" if name in found else "/dev/null",
                    f"{folder.name}/{name} (as generated)" if name in files else "/dev/null",
                ),
            )


def swap(folder: Path, files: Files) -> None:
    """Replace `folder` by one that holds `files` and nothing else; until the last moment the old one is whole."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(prefix=f".{folder.name}-", dir=folder.parent) as room:
        fresh = Path(room) / "fresh"
        for name, text in files.items():
            path = fresh / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, encoding="utf-8")
        if folder.exists():  # a folder cannot be renamed over one that is not empty: two renames, microseconds apart
            folder.rename(Path(room) / "replaced")
        fresh.rename(folder)
