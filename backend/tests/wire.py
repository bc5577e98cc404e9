"""The network between the service and its database, for tests that break it (specs/database/connection.md)."""

import asyncio
from contextlib import suppress
from typing import Self

from psycopg.conninfo import conninfo_to_dict
from pydantic import SecretStr


class Wire:
    """A TCP port in front of PostgreSQL's socket, whose cable can be pulled."""

    def __init__(self, url: SecretStr) -> None:
        self._target = conninfo_to_dict(url.get_secret_value())
        self._writers: list[asyncio.StreamWriter] = []
        self._tasks: list[asyncio.Task[None]] = []
        self._holes: set[int] = set()
        self._port = 0
        self.swallows_new = False
        self.connections = 0

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
        return SecretStr(f"postgresql://postgres@127.0.0.1:{self._port}/{self._target['dbname']}?sslmode=disable")

    async def up(self) -> None:
        """Accepts connections, always on the same port."""
        self._server = await asyncio.start_server(self._connected, "127.0.0.1", self._port)
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

    async def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.connections += 1
        number = self.connections
        if self.swallows_new:
            self._holes.add(number)
        self._writers.append(writer)
        there, back = await asyncio.open_unix_connection(f"{self._target['host']}/.s.PGSQL.5432")
        self._writers.append(back)
        self._tasks.append(asyncio.create_task(self._copy(number, reader, back)))
        self._tasks.append(asyncio.create_task(self._copy(number, there, writer)))

    async def _copy(self, number: int, source: asyncio.StreamReader, target: asyncio.StreamWriter) -> None:
        with suppress(ConnectionError):
            while data := await source.read(65536):
                if number not in self._holes:
                    target.write(data)
            if number not in self._holes:
                target.close()
