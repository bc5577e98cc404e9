"""A mock in a process of its own, for tests."""

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.settings import Settings
from scripts.contract import ROOT

PATIENCE = 60
"""Seconds for a start on a busy machine."""


class Mock:
    """A running mock and what it has printed; the lines of requests come after that."""

    def __init__(self, process: subprocess.Popen[bytes], output: Path) -> None:
        deadline = time.monotonic() + PATIENCE
        while "Try" not in output.read_text() and process.poll() is None and time.monotonic() < deadline:
            time.sleep(0.05)
        lines = [line.partition(" ") for line in output.read_text().splitlines()]
        self.banner = {label: said.strip() for label, _, said in lines}
        self.process = process

    @property
    def url(self) -> str:
        """Where it says that it is."""
        return self.banner["Mock"]


@contextmanager
def mocking(folder: Path, *options: str) -> Iterator[Mock]:
    """A mock, which finds none of the settings of the service."""
    environment = {name: value for name, value in os.environ.items() if name.lower() not in Settings.model_fields}
    command = [sys.executable, "-m", "scripts.mock", "--port", "0", *options]
    output, errors = folder / "output", folder / "errors"
    with (
        output.open("wb") as out,
        errors.open("wb") as err,
        subprocess.Popen(command, cwd=ROOT, env=environment, stdout=out, stderr=err) as process,  # noqa: S603 - our own
    ):
        try:
            yield Mock(process, output)
        finally:
            process.send_signal(signal.SIGTERM)
