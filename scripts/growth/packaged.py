"""A PostgreSQL of the system's packages: it has pg_trgm and btree_gin, which the embedded one lacks (DATA-15)."""

import os
import subprocess
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Final
from urllib.parse import quote

from pydantic import SecretStr

from backend.embedded import SOCKETS, unprivileged

DEBIAN: Final = Path("/usr/lib/postgresql")
"""Debian's place for all its versions; contrib's extensions are in the server's package."""


def programs(versions: Path = DEBIAN) -> list[Path]:
    """The folder with the programs of the newest version, if one is installed."""
    found = sorted(versions.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    return [path.parent for path in found[-1:]]


@contextmanager
def running_server(folder: Path, binaries: Path, options: Sequence[str]) -> Iterator[SecretStr]:
    """The URL of a server with its data in `folder`, which is made; it goes at the end."""
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=SOCKETS) as sockets:
        locale = ("--encoding=UTF8", "--locale=C.UTF-8")
        _run(binaries / "initdb", "-D", folder, "-U", "postgres", "--auth=trust", *locale, "--no-sync")
        settings = ["listen_addresses=", f"unix_socket_directories={sockets}", *options]
        flags = " ".join(f"-c {setting}" for setting in settings)
        _run(binaries / "pg_ctl", "start", "-w", "-D", folder, "-l", folder.with_suffix(".log"), "-o", flags)
        try:
            yield SecretStr(f"postgresql://postgres@/postgres?host={quote(sockets, safe='')}")
        finally:
            _run(binaries / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", folder)


def _run(program: Path, *arguments: Path | str) -> None:
    command = unprivileged([str(program), *map(str, arguments)], user_id=os.geteuid())
    environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
    # Not into a pipe: the server would keep it open.
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 # our own arguments, no shell
