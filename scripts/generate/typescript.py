"""The TypeScript half: openapi-typescript turns the contract into types. The Python half needs no Node."""

import json
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.generate.reader import Object

CLI: Final = Path("node_modules/openapi-typescript/bin/cli.js")
OPTIONS: Final = (
    "--default-non-nullable=false",  # what has a default may be left out of a request
    "--empty-objects-unknown",  # an object of which nothing is said may hold anything, not nothing
)


class Failed(Exception):
    """openapi-typescript refused the contract; the message is its own."""


def missing(root: Path) -> str | None:
    """Name what openapi-typescript needs and is not here; `root` is where node_modules should be."""
    if shutil.which("node") is None:
        return "node is missing"
    return None if (root / CLI).is_file() else f"{CLI} is missing: run `npm ci`"


@dataclass(frozen=True)
class Run:
    """A run of openapi-typescript that goes on while the Python half is made."""

    process: "subprocess.Popen[str]"
    result: Path

    def finish(self) -> str:
        """Wait for it and give the text of the types; raise `Failed` with what it said."""
        said, _ = self.process.communicate()
        if self.process.returncode != 0:
            raise Failed(f"openapi-typescript: {said.strip()}")
        return self.result.read_text(encoding="utf-8")


@contextmanager
def run(content: Object, root: Path) -> Iterator[Run]:
    """Start openapi-typescript on a contract as it was read; leaving ends it, finished or not."""
    with tempfile.TemporaryDirectory() as folder:
        contract, result = Path(folder) / "contract.json", Path(folder) / "schema.d.ts"
        contract.write_text(json.dumps(content), encoding="utf-8")
        command = ("node", str(root / CLI), str(contract), "--output", str(result), *OPTIONS)
        with subprocess.Popen(  # noqa: S603 - our own words
            command,
            cwd=folder,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            try:
                yield Run(process, result)
            finally:
                process.kill()
