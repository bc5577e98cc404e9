"""`make mock [CONTRACT=..] [PORT=..]`: python -m scripts.mock [--contract ..] [--host ..] [--port ..] (MOCK-1, -8)."""

import argparse
import importlib
import subprocess
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from scripts.contract import CONTRACT


def main(arguments: Sequence[str] | None = None) -> int:
    """Answer for a contract until stopped; 1, after one line, where it is refused or the address cannot be had."""
    options = _options(arguments)
    contract = options.contract.resolve()
    with tempfile.TemporaryDirectory() as room:
        if contract != CONTRACT:
            command = [sys.executable, "-m", "scripts.generate", "--contract", str(contract)]
            command += ["--out", str(Path(room) / "generated")]
            # In a process of its own: what the generator loads is not kept for as long as the mock runs.
            if status := subprocess.run(command, stdout=subprocess.DEVNULL, check=False).returncode:  # noqa: S603 - our own words
                return status
            sys.path.insert(0, room)
        # Only now: it imports the package `generated` that is the first on the path.
        server = importlib.import_module("scripts.mock.server")
        status = server.run(contract.name, options.host, options.port)
    return int(status)


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.mock", description="Answer with the contract's examples.")
    parser.add_argument("--contract", type=Path, default=CONTRACT, help="the OpenAPI document")
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
    parser.add_argument("--port", type=int, default=8000, help="0 takes any that is free")
    return parser.parse_args(arguments)


if __name__ == "__main__":
    sys.exit(main())
