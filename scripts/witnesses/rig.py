"""The service under judgement, and how things befall it that no request can bring about.

The service runs in threads of this process, so that coverage sees it, as `make serve` runs it, on a database that
belongs to the rig.
"""

import secrets
import threading
import time
from collections.abc import Callable, Coroutine, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from http.client import HTTPConnection
from pathlib import Path
from typing import ClassVar, Final, NoReturn

import psycopg
import uvicorn
from fastapi import FastAPI
from psycopg import sql
from pydantic import SecretStr

from backend import migrations
from backend.app import create_app
from backend.embedded import running_server
from backend.protocol import BoundedProtocol, Phase
from backend.settings import Quota, Settings
from generated.plumbing import ContractRoute
from scripts.token import development_token
from scripts.witnesses.calls import ADMIN, LEAVER, OWNER, Circumstance

Address = tuple[str, int]

_TOKEN_SECONDS: Final = 24 * 3600
"""Longer than any run."""

_EMAIL: Final = "someone@example.com"
"""In the tokens, so that answers show one."""

_FIRST_OWN_ID: Final = 1000

_HOUR: Final = 3600
_PLENTY: Final = Quota(1_000_000, 1)
"""Answers tell of the limit, and no request meets it."""


class Hurried(BoundedProtocol):
    """The service's protocol with a patience that a run can wait for."""

    seconds: ClassVar[dict[Phase, float]] = dict.fromkeys(Phase, 0.3)


class Fault(Exception):
    """What nobody expects a handler to raise."""


class Faulty:
    """Stands for the module of a tag: whatever it is asked to do, it fails."""

    def __getattr__(self, _name: str) -> Callable[..., Coroutine[None, None, NoReturn]]:
        """Any handler."""

        async def fail(*_: object, **__: object) -> NoReturn:
            raise Fault

        return fail


@dataclass(frozen=True)
class Rig:
    """A service that runs already, its settings, and the database that it runs on."""

    settings: Settings
    address: Address
    database_url: SecretStr

    def token(self, user: str) -> str:
        """A token of a user, as the issuer would sign it; the admin's has the role."""
        role = ADMIN if user == ADMIN else None
        return development_token(self.settings, user=user, email=_EMAIL, role=role, seconds=_TOKEN_SECONDS)

    def keep(self, *identifiers: int) -> None:
        """Store a task of the owner's under each id, where the database takes such ids."""
        statement = b"""
            INSERT INTO tasks (id, user_id, title) OVERRIDING SYSTEM VALUE VALUES (%s, %s, 'kept')
            ON CONFLICT DO NOTHING"""
        with psycopg.connect(self.database_url.get_secret_value(), autocommit=True) as connection:
            connection.execute(b"INSERT INTO users (id) VALUES (%s) ON CONFLICT DO NOTHING", [OWNER])
            for identifier in identifiers:
                with suppress(psycopg.errors.CheckViolation, psycopg.errors.NumericValueOutOfRange):
                    connection.execute(statement, [identifier, OWNER])

    @contextmanager
    def under(self, circumstance: Circumstance) -> Iterator[Address]:
        """Where to send what is to happen under a circumstance, for as long as the block lasts."""
        if circumstance is Circumstance.OUTAGE:
            with self._outage():
                yield self.address
        elif circumstance is Circumstance.FAILING:
            with served(_failing(create_app(self.settings))) as address:
                yield address
        elif circumstance is Circumstance.SLOW:
            with served(create_app(self.settings), Hurried) as address:
                yield address
        elif circumstance is Circumstance.STRICT:
            with served(create_app(self.settings.model_copy(update={"require_if_match": True}))) as address:
                yield address
        elif circumstance is Circumstance.ROLES:
            with served(create_app(self.settings.model_copy(update={"admin_role": ADMIN}))) as address:
                yield address
        elif circumstance is Circumstance.CROWDED:
            with served(create_app(self.settings.model_copy(update={"rate_limit_user": Quota(1, _HOUR)}))) as address:
                self._ask_once(address)
                yield address
        elif circumstance is Circumstance.BUSY:
            with self._everything_locked(), served(create_app(self.settings)) as address:
                yield address
        elif circumstance is Circumstance.BARE:
            with served(create_app(self.settings.model_copy(update={"docs_enabled": False}))) as address:
                yield address
        else:
            yield self.address

    def _ask_once(self, address: Address) -> None:
        connection = HTTPConnection(*address)
        for user in (OWNER, LEAVER):
            headers = {"Authorization": f"Bearer {self.token(user)}"}
            connection.request("GET", f"/api/{user}/tasks", headers=headers)
            connection.getresponse().read()
        connection.close()

    @contextmanager
    def _everything_locked(self) -> Iterator[None]:
        """Whoever connects meanwhile is told that somebody else has every lock that can be tried for."""
        url = self.database_url.get_secret_value()
        with psycopg.connect(url, autocommit=True) as connection:
            name = sql.Identifier(connection.info.dbname)
            connection.execute(b"CREATE SCHEMA busy")
            connection.execute(
                b"CREATE FUNCTION busy.pg_try_advisory_xact_lock(bigint) RETURNS boolean LANGUAGE sql RETURN false"
            )
            path = sql.SQL("ALTER DATABASE {} SET search_path = busy, pg_catalog, public")
            connection.execute(path.format(name))
            try:
                yield
            finally:
                connection.execute(sql.SQL("ALTER DATABASE {} RESET search_path").format(name))
                connection.execute(b"DROP SCHEMA busy CASCADE")

    @contextmanager
    def _outage(self) -> Iterator[None]:
        """The database hangs up and accepts no connection meanwhile."""
        url = self.database_url.get_secret_value()
        with psycopg.connect(url) as inside:
            name = inside.info.dbname
        closed = sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS {}")
        # A database cannot be closed from within.
        with psycopg.connect(url, dbname="template1", autocommit=True) as outside:
            outside.execute(closed.format(sql.Identifier(name), sql.SQL("false")))
            outside.execute(b"SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s", [name])
            try:
                yield
            finally:
                outside.execute(closed.format(sql.Identifier(name), sql.SQL("true")))


@contextmanager
def served(app: FastAPI, protocol: type[BoundedProtocol] = BoundedProtocol) -> Iterator[Address]:
    """The address of an application that is served on a free port, for as long as the block lasts."""
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, loop="uvloop", http=protocol, ws="none", lifespan="on", log_config=None,
        access_log=False, server_header=False,
    )  # fmt: skip # one line of settings is easier to compare with backend/server.py
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            time.sleep(0.005)
        host, port = server.servers[0].sockets[0].getsockname()
        yield host, port
    finally:
        server.should_exit = True
        thread.join()


def _failing(app: FastAPI) -> FastAPI:
    for route in app.routes:
        if isinstance(route, ContractRoute):
            route.serve(route.gate, Faulty())
    return app


@contextmanager
def own_rig(folder: Path) -> Iterator[Rig]:
    """A service of one's own with a database of its own in an empty folder, for as long as the block lasts."""
    with running_server(folder / "postgres", options=["fsync=off"]) as url:
        migrations.upgrade(url)
        with psycopg.connect(url.get_secret_value(), autocommit=True) as connection:
            # The small ones are for `Rig.keep`: nobody else has them, and the service gives none a second time.
            connection.execute(b"SELECT setval('tasks_id_seq', %s)", [_FIRST_OWN_ID])
        # Validated, not called: the environment has no say in what is judged.
        settings = Settings.model_validate(
            {
                "environment": "development",
                "database_url": url,
                "better_auth_secret": secrets.token_urlsafe(48),
                "rate_limit_user": _PLENTY,
                "rate_limit_address": _PLENTY,
            }
        )
        with served(create_app(settings)) as address:
            yield Rig(settings, address, url)
