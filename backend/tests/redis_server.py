"""Redis as the tests need it: a real one that can be killed, and peers that only listen like one."""

import re
import socket
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from time import monotonic, sleep

import redis
from redis.backoff import NoBackoff
from redis.retry import Retry

from backend.tests.tools import require_tool

COMMAND = re.compile(rb"\*[0-9]+\r\n\$")
"""How one begins."""

PATIENCE = 20
"""Seconds for a start on a busy machine."""


class RedisServer:
    """A redis-server on a Unix socket, which stores nothing on disk."""

    def __init__(self, folder: Path) -> None:
        self._program = require_tool("redis-server", "the limits that processes share")
        self._folder = folder
        self._path = folder / "redis.sock"
        self._process: subprocess.Popen[bytes] | None = None
        self.url = f"unix://{self._path}"

    def start(self) -> None:
        """Starts it, empty, and waits until it answers."""
        options = ["--port", "0", "--unixsocket", str(self._path), "--save", "", "--dir", str(self._folder)]
        self._process = subprocess.Popen(  # noqa: S603 - our own words
            [self._program, *options], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
        )
        deadline = monotonic() + PATIENCE
        while not self._answers():
            assert monotonic() < deadline, "redis-server did not start"
            sleep(0.01)

    def kill(self) -> None:
        """Ends it as a crash would."""
        assert self._process is not None
        self._process.kill()
        self._process.wait()
        self._path.unlink(missing_ok=True)

    @contextmanager
    def client(self) -> Iterator[redis.Redis]:
        """A way to look into it."""
        with redis.Redis(
            unix_socket_path=str(self._path), decode_responses=True, retry=Retry(NoBackoff(), 0)
        ) as client:
            yield client

    def _answers(self) -> bool:
        with self.client() as client:
            try:
                return bool(client.ping())
            except redis.ConnectionError:
                return False


@contextmanager
def redis_server(folder: Path) -> Iterator[RedisServer]:
    """A server that runs meanwhile."""
    server = RedisServer(folder)
    server.start()
    try:
        yield server
    finally:
        server.kill()


class Peer:
    """Accepts connections on 127.0.0.1 and answers every command that it receives with the same bytes, or never."""

    def __init__(self, answer: bytes) -> None:
        self._answer = answer
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._open: list[socket.socket] = []
        self.url = f"redis://127.0.0.1:{self._listener.getsockname()[1]}"
        self.connections = 0

    def serve(self) -> None:
        """Accepts until it is closed."""
        while True:
            try:
                connection, _ = self._listener.accept()
            except OSError:
                return
            self.connections += 1
            self._open.append(connection)
            threading.Thread(target=self._talk, args=[connection], daemon=True).start()

    def close(self) -> None:
        """Hangs up on everybody."""
        self._listener.shutdown(socket.SHUT_RDWR)
        self._listener.close()
        for connection in self._open:
            connection.close()

    def _talk(self, connection: socket.socket) -> None:
        try:
            while received := connection.recv(65_536):
                connection.sendall(self._answer * len(COMMAND.findall(received)))
        except OSError:
            pass


@contextmanager
def peer(answer: bytes = b"") -> Iterator[Peer]:
    """A network peer that is no Redis; without an answer it stays silent."""
    fake = Peer(answer)
    thread = threading.Thread(target=fake.serve)
    thread.start()
    try:
        yield fake
    finally:
        fake.close()
        thread.join()
