"""The network between the service and its database, for tests that break it (specs/database/connection.md)."""

import asyncio
import re
import ssl
from contextlib import suppress
from typing import Self

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr

PROCESS = re.compile(rb"K\0\0\0\x0c(.{4})", re.DOTALL)
"""The beginning of the message that tells a client the number of its process."""


class Wire:
    """A TCP port in front of PostgreSQL's socket, whose cable can be pulled."""

    def __init__(self, url: SecretStr, tls: ssl.SSLContext | None = None) -> None:
        """With `tls` it is encrypted from the first byte on."""
        self._tls = tls
        self._target = conninfo_to_dict(url.get_secret_value())
        self._writers: list[asyncio.StreamWriter] = []
        self._fronts: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._holes: set[int] = set()
        self._heard = asyncio.Event()
        self._port = 0
        self.swallows_new = False
        self.renumbers = False  # tells clients another process's number, as poolers do
        self.connections = 0
        self.sent = 0  # pieces that clients have sent

    async def __aenter__(self) -> Self:
        await self.up()
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for task in self._tasks:
            task.cancel()
        await asyncio.gather(*self._tasks, return_exceptions=True)
        # At once, whatever could not be delivered: uvloop does not close a loop before its transports.
        for writer in self._writers:
            writer.transport.abort()
        await asyncio.sleep(0)

    @property
    def url(self) -> SecretStr:
        """The database's URL through this port."""
        how = "sslmode=disable" if self._tls is None else "sslmode=require&sslnegotiation=direct"
        return SecretStr(f"postgresql://postgres@127.0.0.1:{self._port}/{self._target['dbname']}?{how}")

    async def up(self) -> None:
        """Accepts connections, always on the same port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port, ssl=self._tls)
        self._port = self._server.sockets[0].getsockname()[1]

    def down(self) -> None:
        """Closes every connection and refuses new ones."""
        self._server.close()
        self.reset()

    def swallow(self) -> None:
        """From now on packets of the open connections vanish in both directions, and nobody is told."""
        self._holes.update(range(self.connections + 1))

    def reset(self) -> None:
        """Closes every connection, as a restarted server does."""
        for writer in self._writers:
            writer.close()

    async def next_piece(self) -> None:
        """Waits until a client sends something."""
        self._heard.clear()
        await self._heard.wait()

    def babble(self) -> None:
        """Sends to every client what is no message of PostgreSQL."""
        for writer in self._fronts:
            if not writer.is_closing():
                writer.write(b"\xff" * 100)

    def altered(self, _number: int, answer: bytes, /) -> bytes:
        """What a client gets of a piece of the database's answers."""
        return PROCESS.sub(b"K\0\0\0\x0c\0\0\0\1", answer) if self.renumbers else answer

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        if self.swallows_new:
            self._holes.add(number)
        self._writers.append(writer)
        self._fronts.append(writer)
        there, back = await asyncio.open_unix_connection(f"{self._target['host']}/.s.PGSQL.5432")
        self._writers.append(back)
        self._tasks.append(asyncio.create_task(self._copy(number, reader, back)))
        self._tasks.append(asyncio.create_task(self._copy(number, there, writer)))

    async def _copy(self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        is_answer = target in self._fronts
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if not is_answer:
                    self.sent += 1
                    self._heard.set()
                if number not in self._holes:
                    target.write(self.altered(number, data) if is_answer else data)
                    await target.drain()
        if number not in self._holes:
            target.close()
