"""A PostgreSQL of the system's packages: it has pg_trgm and btree_gin, which the embedded one lacks (DATA-15)."""

import os
import subprocess
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import quote

from pydantic import SecretStr

from backend.embedded import SOCKETS, unprivileged

DEBIAN = Path("/usr/lib/postgresql")
"""Debian's place for all its versions; contrib's extensions are in the server's package."""


@contextmanager
def packaged_server(folder: Path, versions: Path = DEBIAN) -> Iterator[SecretStr]:
    """The URL of a server of the newest version that is installed, with its data in `folder`, which is made."""
    from backend.tests.tools import not_run  # noqa: PLC0415 # pytest wants to load its plugins before anybody does

    found = sorted(versions.glob("*/bin/pg_ctl"), key=lambda path: int(path.parts[-3]))
    if not found:
        not_run(f"search with an index needs a PostgreSQL with pg_trgm in {versions}, which is not installed")
    programs = found[-1].parent
    with tempfile.TemporaryDirectory(prefix="postgres-", dir=SOCKETS) as sockets:
        locale = ("--encoding=UTF8", "--locale=C.UTF-8")
        _run(programs / "initdb", "-D", folder, "-U", "postgres", "--auth=trust", *locale, "--no-sync")
        settings = f"-c listen_addresses= -c unix_socket_directories={sockets} -c fsync=off -c max_connections=300"
        _run(programs / "pg_ctl", "start", "-w", "-D", folder, "-l", folder.with_suffix(".log"), "-o", settings)
        try:
            yield SecretStr(f"postgresql://postgres@/postgres?host={quote(sockets, safe='')}")
        finally:
            _run(programs / "pg_ctl", "stop", "-w", "-m", "immediate", "-D", folder)


def _run(program: Path, *arguments: Path | str) -> None:
    command = unprivileged([str(program), *map(str, arguments)], user_id=os.geteuid())
    environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
    # Not into a pipe: the server would keep it open.
    subprocess.run(command, env=environment, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True)  # noqa: S603 # our own arguments, no shell
