"""`make example`: Better Auth, the service and the example front end, all on this machine (specs/features/example.md).

One command starts the three, says which address to open, and ends them when it is stopped or one of them ends. What
they print goes to files, for what matters is the address. Better Auth's users are kept beside the tasks.
"""

import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from backend.identity import kept_secret
from backend.listener import stop
from backend.settings import PROJECT, Settings

LOGS: Final = PROJECT / "build" / "example"

PORTS: Final = {"WEB_PORT": 5173, "AUTH_PORT": 3000, "PORT": 8000}
"""The variables of the front end's, Better Auth's and the service's port, and what they are without one."""

HIGHEST_PORT: Final = 65_535

START_SECONDS: Final = 120
"""Far more than a start takes, which makes the embedded database the first time."""
STOP_SECONDS: Final = 10
"""The service gives its requests 5, and its database a moment."""
POLL_SECONDS: Final = 0.05


class CannotRun(Exception):  # a fact, like the errors of the service
    """The text is one line for whoever typed the command."""


@dataclass(frozen=True)
class Part:
    """A program, and what it prints when it is ready."""

    name: str
    command: Sequence[str]
    variables: Mapping[str, str]
    ready: str


@dataclass(frozen=True)
class Running:
    """A program that is running, and where it prints to."""

    name: str
    process: subprocess.Popen[bytes]
    log: Path

    def check(self) -> None:
        """See whether it still runs.

        Raises:
            CannotRun: it has ended.
        """
        if self.process.poll() is not None:
            lines = self.log.read_text(encoding="utf-8", errors="replace").split("\n")
            last = next((line.strip() for line in reversed(lines) if line.strip()), "it said nothing")
            raise CannotRun(f"{self.name} has ended: {last}")


def main() -> int:
    """Run the example until it is stopped; return the exit status."""
    for number in (signal.SIGTERM, signal.SIGHUP):
        signal.signal(number, stop)
    try:
        node = _node()
        ports = {variable: _port(variable, usual) for variable, usual in PORTS.items()}
        logs = LOGS / str(ports["WEB_PORT"])  # another example may be running
        with ExitStack() as stack:
            running = [stack.enter_context(started(part, logs)) for part in _parts(node, ports, *_kept())]
            print(f"Open     {_page(ports)}\nLogs     {logs.relative_to(PROJECT)}/\nStop     Ctrl-C", flush=True)
            while True:
                for part in running:
                    part.check()
                time.sleep(POLL_SECONDS)
    except CannotRun as error:
        print(f"example: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        return 0


@contextmanager
def started(
    part: Part, logs: Path, *, patience: float = START_SECONDS, grace: float = STOP_SECONDS
) -> Iterator[Running]:
    """Run a program meanwhile, once it is ready; `patience` and `grace` are seconds for its start and its end.

    Raises:
        CannotRun: it ends instead, or does not become ready.
    """
    logs.mkdir(parents=True, exist_ok=True)
    log = logs / f"{part.name}.log"
    with log.open("wb") as output:
        process = subprocess.Popen(  # noqa: S603 - our own programs
            part.command, cwd=PROJECT, env={**os.environ, **part.variables}, stdin=subprocess.DEVNULL,
            stdout=output, stderr=subprocess.STDOUT,
            start_new_session=True,  # a terminal's Ctrl-C goes to whoever ends it in order
        )  # fmt: skip # one line a group
    try:
        running = Running(part.name, process, log)
        deadline = time.monotonic() + patience
        while part.ready not in log.read_text(encoding="utf-8", errors="replace"):
            running.check()
            if time.monotonic() > deadline:
                raise CannotRun(f"{part.name} is not ready after {patience:.0f} seconds; it prints to {log}")
            time.sleep(POLL_SECONDS)
        yield running
    finally:
        _end(process, grace)


def _end(process: subprocess.Popen[bytes], grace: float) -> None:
    # Whoever is impatient and presses Ctrl-C again would leave the others running.
    kept = {number: signal.signal(number, signal.SIG_IGN) for number in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)}
    process.terminate()
    try:
        process.wait(grace)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
    for number, handler in kept.items():
        signal.signal(number, handler)


def _kept() -> tuple[Path, str]:
    """The file of Better Auth's users and keys, and the secret that its private keys are encrypted with."""
    folder = Path(os.environ.get("DEVELOPMENT_FOLDER") or Settings.model_fields["development_folder"].default)
    try:
        return folder / "better-auth.json", kept_secret(folder / "secret").get_secret_value()
    except OSError as error:
        raise CannotRun(f"DEVELOPMENT_FOLDER: nothing can be kept there: {error.strerror}") from None


def _parts(node: str, ports: Mapping[str, int], state: Path, secret: str) -> list[Part]:
    auth, service = f"http://localhost:{ports['AUTH_PORT']}", f"http://127.0.0.1:{ports['PORT']}"
    vite = [node, "node_modules/vite/bin/vite.js", "--config", "scripts/example-frontend/vite.config.ts"]
    return [
        Part(
            "better-auth",
            [node, "scripts/better_auth/server.mjs"],
            {
                "PORT": str(ports["AUTH_PORT"]),
                "BETTER_AUTH_URL": auth,
                "BETTER_AUTH_SECRET": secret,  # whatever the environment says: with another one, no kept key can sign
                "BETTER_AUTH_SECRETS": "",
                "STATE_FILE": str(state),
            },
            "Better Auth at ",
        ),
        Part(
            "service",
            [sys.executable, "-m", "scripts.serve"],
            {
                "ENVIRONMENT": "development",
                "HOST": "127.0.0.1",
                "PORT": str(ports["PORT"]),
                "BETTER_AUTH_URL": auth,
                **({} if _has_secret() else {"BETTER_AUTH_SECRET": secret}),  # that of `make token`
                "CORS_ORIGINS": json.dumps([_page(ports)]),
            },
            "Serving ",
        ),
        Part(
            "front-end",
            [*vite, "--port", str(ports["WEB_PORT"]), "--strictPort"],
            {"VITE_API_URL": service, "VITE_AUTH_URL": auth, "NO_COLOR": "1"},
            "ready in ",
        ),
    ]


def _has_secret() -> bool:
    return any(os.environ.get(name) for name in ("BETTER_AUTH_SECRET", "BETTER_AUTH_SECRETS"))


def _page(ports: Mapping[str, int]) -> str:
    # Not 127.0.0.1: the cookie of Better Auth, which is at localhost, would be another site's.
    return f"http://localhost:{ports['WEB_PORT']}"


def _node() -> str:
    node = shutil.which("node")
    if node is None:
        raise CannotRun("Node 20 or newer is needed, and there is none")
    return node


def _port(variable: str, usual: int) -> int:
    text = os.environ.get(variable) or str(usual)
    if not (text.isdecimal() and 1 <= int(text) <= HIGHEST_PORT):
        raise CannotRun(f"{variable}: must be a whole number from 1 to {HIGHEST_PORT}")
    # Browsers look for localhost at ::1 first, where another server may be that leaves 127.0.0.1 free.
    if any(_is_taken(host, int(text)) for host in ("127.0.0.1", "::1")):
        raise CannotRun(f"{variable}: {text} is taken; stop what has it, or set {variable}")
    return int(text)


def _is_taken(host: str, port: int) -> bool:
    try:
        socket.create_connection((host, port), START_SECONDS).close()
    except OSError:
        return False
    return True


if __name__ == "__main__":
    sys.exit(main())
