"""The TypeScript package as its users have it: built, packed, and installed in a folder of theirs (CLIENT-7)."""

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path

from backend.settings import PROJECT
from backend.tests.tools import require_tool

BUILD = PROJECT / "scripts" / "client" / "build.mjs"
TSC = PROJECT / "node_modules" / "typescript" / "bin" / "tsc"
_ALWAYS = ("--strict", "--skipLibCheck", "false", "--target", "es2022", "--lib", "es2022,dom,dom.iterable", "--noEmit")
STRICT = (*_ALWAYS, "--exactOptionalPropertyTypes", "--noUncheckedIndexedAccess", "--module", "nodenext")
USUAL = (*_ALWAYS, "--module", "esnext", "--moduleResolution", "bundler")
"""As Vite and Next.js set up a project: a member that is left out may be `undefined` there."""
PATIENCE = 120
"""Seconds for what takes a few on a quiet machine."""


@dataclass(frozen=True)
class Installed:
    """Where it was built and packed, and the folder in which it is installed."""

    built: Path
    packed: Path
    folder: Path
    said: str


def node(folder: Path, *arguments: str | Path) -> subprocess.CompletedProcess[str]:
    """What Node makes of a program, run in a folder."""
    command = [require_tool("node", "the TypeScript client"), *map(str, arguments)]
    return subprocess.run(  # noqa: S603 - our own words
        command, cwd=folder, check=False, capture_output=True, text=True, timeout=PATIENCE
    )


def copied(folder: Path, *, generated: Path = PROJECT / "generated") -> Path:
    """The package in a folder of its own, without what was built in it, beside what it is built with."""
    copy = folder / "typescript"
    shutil.copytree(generated / "typescript", copy, ignore=shutil.ignore_patterns("dist"))
    (folder / "node_modules").symlink_to(PROJECT / "node_modules")
    return copy


def built(folder: Path) -> subprocess.CompletedProcess[str]:
    """What `make client` says of a copy of the package, which it packs into `packed`."""
    return node(PROJECT, BUILD, copied(folder), folder / "packed")


def installed(folder: Path) -> Installed:
    """Builds it and installs it, from packed files alone and without any network."""
    making, using = folder / "making", folder / "using"
    making.mkdir()
    using.mkdir()
    building = built(making)
    assert building.returncode == 0, building.stdout + building.stderr
    (using / "package.json").write_text('{"private": true, "type": "module"}', encoding="utf-8")
    needed = [PROJECT / "node_modules" / name for name in ("openapi-fetch", "openapi-typescript-helpers")]
    _npm(using, "pack", "--ignore-scripts", "--pack-destination", making / "packed", *needed)
    _npm(using, "install", "--offline", "--ignore-scripts", "--no-audit", *sorted((making / "packed").glob("*.tgz")))
    return Installed(making / "typescript", making / "packed", using, building.stdout)


def _npm(folder: Path, *arguments: str | Path) -> None:
    command = [require_tool("npm", "the TypeScript client"), *map(str, arguments)]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, timeout=PATIENCE)  # noqa: S603 - our own words
