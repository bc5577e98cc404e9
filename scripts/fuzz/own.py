"""A service to fuzz when there is none: started as `make serve` does, on a database of its own that is thrown away."""

import os
import secrets
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from backend.embedded import running_server
from scripts.contract import ROOT

START_SECONDS = 60
"""A start is about two seconds; a machine with much else to do may need more."""

ANNOUNCEMENT = "Serving  "
"""What scripts/serve.py prints before the address."""


class DidNotStart(Exception):
    """The service ended, or was not there in time; the text is the last line that it said."""


@contextmanager
def own_service(folder: Path) -> Iterator[tuple[str, str]]:
    """The address of a service and the secret that signs its tokens, for as long as the block lasts.

    Args:
        folder: an empty one, for its data and its log.

    Raises:
        DidNotStart: it did not.
    """
    secret = secrets.token_urlsafe(48)
    log = folder / "service.log"
    with running_server(folder / "postgres", options=["fsync=off"]) as url, log.open("wb") as output:
        environment = os.environ | {
            "ENVIRONMENT": "development",
            "DATABASE_URL": url.get_secret_value(),
            "BETTER_AUTH_SECRET": secret,
            "HOST": "127.0.0.1",
            "PORT": "0",
            "WORKERS": "1",
            # What is refused for its number is not tried.
            "RATE_LIMIT_USER": "off",
            "RATE_LIMIT_ADDRESS": "off",
        }
        command = [sys.executable, "-m", "scripts.serve"]
        process = subprocess.Popen(command, cwd=ROOT, env=environment, stdout=output, stderr=output)  # noqa: S603 # our own words
        try:
            yield _address(process, log), secret
        finally:
            process.terminate()
            process.wait()


def _address(process: subprocess.Popen[bytes], log: Path) -> str:
    deadline = time.monotonic() + START_SECONDS
    while process.poll() is None and time.monotonic() < deadline:
        for line in log.read_text(encoding="utf-8").splitlines():
            if line.startswith(ANNOUNCEMENT):
                return line.removeprefix(ANNOUNCEMENT)
        time.sleep(0.05)
    lines = log.read_text(encoding="utf-8").splitlines() or ["it said nothing"]
    raise DidNotStart(f"the service did not start: {lines[-1]}")
