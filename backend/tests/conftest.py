"""The running service and its cast.

alice owns tasks, bob owns others, charlie's token has expired, the forger's is signed with a key of his own, nobody has
none. The service is real: uvicorn in a thread, over HTTP, on a migrated database of its own on a real PostgreSQL.
"""

import io
import json
import logging
import re
import secrets
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any  # a cell of a table is of any type

import jwt
import psycopg
import pytest
import uvicorn
from psycopg import sql
from pydantic import SecretStr

from backend import logs
from backend.app import create_app
from backend.db import STORE_SECONDS, Database
from backend.protocol import BoundedProtocol
from backend.settings import Settings
from backend.statements import Query
from backend.tests.client import Client
from backend.tests.packaged import packaged_server
from backend.tests.postgres import fresh_database, shared_server

pytest_plugins = ["backend.tests.tools", "backend.tests.browser", "backend.tests.example"]

SECRET = secrets.token_urlsafe(48)
BEHIND = "behind the service's back"
"""What the tests' own connections are called. There may be several to one database, and no outage ends them."""
LogLines = Callable[[], list[dict[str, Any]]]  # Any: JSON


@dataclass(frozen=True)
class Service:
    """A service that is running, and what a test may do behind its back."""

    settings: Settings
    host: str
    port: int
    database_url: SecretStr
    connection: psycopg.Connection[tuple[object, ...]] = field(repr=False)
    database: Database = field(repr=False)

    @property
    def url(self) -> str:
        """Where it is."""
        return f"http://{self.host}:{self.port}"

    def token(self, user: str, *, lifetime: float = 3600, secret: str = SECRET, email: str | None = None) -> str:
        """A token as teams sign it with Better Auth's secret; `lifetime` is in seconds."""
        claims: dict[str, Any] = {"sub": user, "exp": time.time() + lifetime}  # Any: claims are of every type
        if email is not None:
            claims["email"] = email
        return jwt.encode(claims, secret, algorithm="HS256")

    def authorization(self, user: str) -> str:
        """The header line of a member of the cast, for tests that write to a socket."""
        return f"Authorization: Bearer {self.token(user)}"

    def client(self, user: str, *, email: str | None = None) -> Client:
        """A client for a user, or for nobody where the user is empty."""
        return Client(self.url, user=user, token=self.token(user, email=email) if user else "")

    def rows(self, query: str) -> list[tuple[object, ...]]:
        """Executes SQL behind the service's back and returns what it gives."""
        cursor = self.connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []

    def empty(self) -> None:
        """Removes everything that is stored."""
        self.rows("DELETE FROM tasks; DELETE FROM users; DELETE FROM idempotency_keys")

    def fill(self, user: str, count: int, *, equal: bool = False) -> None:
        """Stores tasks for a user, faster than the API would: of every kind, or all equal in every sort key."""
        self.connection.execute("INSERT INTO users (id) VALUES (%s) ON CONFLICT DO NOTHING", [user])
        every_kind = b"""
            INSERT INTO tasks (user_id, title, status, priority, due_on, created_at, updated_at, completed_at)
            SELECT %s, md5(n::text), (ARRAY['pending', 'in_progress', 'cancelled', 'completed'])[n %% 4 + 1], n %% 6,
                CASE WHEN n %% 3 = 0 THEN NULL ELSE DATE '2026-01-01' + n END,
                now() - n * interval '1 minute', now() - n * interval '1 second', CASE WHEN n %% 4 = 3 THEN now() END
            FROM generate_series(1, %s) AS n"""
        one_kind = b"INSERT INTO tasks (user_id, title) SELECT %s, 't' FROM generate_series(1, %s)"
        self.connection.execute(one_kind if equal else every_kind, [user, count])

    @contextmanager
    def statements(self) -> Iterator[list[str]]:
        """The SQL that the service executes meanwhile, its parameters filled in."""
        seen: list[str] = []

        @contextmanager
        def note(asked: Query) -> Iterator[None]:
            written = [None if value is None else bytes(value).decode() for value in asked.parameters]
            literals = [quoted.as_string(self.connection) for quoted in map(sql.Literal, written)]
            seen.append(re.sub(r"\$(\d+)", lambda found: literals[int(found[1]) - 1], asked.statement.sql.decode()))
            yield

        before, self.database.observer = self.database.observer, SimpleNamespace(statement=note)
        try:
            yield seen
        finally:
            self.database.observer = before

    @contextmanager
    def outage(self) -> Iterator[None]:
        """The database hangs up and accepts no connection meanwhile; those of this class stay."""
        name = self.connection.info.dbname
        database = sql.Identifier(name)
        others = (
            "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE datname = %s AND application_name <> %s"
        )
        # A database cannot be closed from within.
        with psycopg.connect(self.database_url.get_secret_value(), dbname="postgres", autocommit=True) as outside:
            outside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS false").format(database))
            outside.execute(others, [name, BEHIND])
            try:
                yield
            finally:
                outside.execute(sql.SQL("ALTER DATABASE {} ALLOW_CONNECTIONS true").format(database))

    @contextmanager
    def variant(self, *, clock: Callable[[], float] = time.monotonic, **settings: object) -> Iterator["Service"]:
        """The same service with other settings, on the same database."""
        with served(self.settings.model_copy(update=settings), self.database_url, clock=clock) as other:
            yield other


@contextmanager
def served(
    settings: Settings,
    database_url: SecretStr,
    *,
    clock: Callable[[], float] = time.monotonic,
    seconds: float = STORE_SECONDS,
) -> Iterator[Service]:
    """Serves in a thread of this process, so that coverage sees it, on a free port of 127.0.0.1."""
    app = create_app(settings, clock=clock, seconds=seconds)
    config = uvicorn.Config(
        app, host="127.0.0.1", port=0, loop="uvloop", ws="none",
        http=BoundedProtocol, lifespan="on", log_config=None, access_log=False, server_header=False,
    )  # fmt: skip # one line of settings is easier to compare with backend/server.py
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run)
    thread.start()
    try:
        while not server.started:
            assert thread.is_alive(), "the service did not start"
            time.sleep(0.005)
        host, port = server.servers[0].sockets[0].getsockname()
        with psycopg.connect(database_url.get_secret_value(), autocommit=True, application_name=BEHIND) as connection:
            yield Service(settings, host, port, database_url, connection, app.state.database)
    finally:
        server.should_exit = True
        thread.join()


def settings_for(database_url: SecretStr) -> Settings:
    """The settings of the service under test."""
    return Settings(
        environment="development",
        database_url=database_url,
        better_auth_secret=SecretStr(SECRET),
        cors_origins=("https://app.example.com",),
        allowed_hosts=("127.0.0.1", "localhost"),
        rate_limit_user=None,  # tests ask faster than any user
        rate_limit_address=None,
    )


@pytest.fixture(scope="session")
def running(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Service]:
    """One service for all tests of a worker."""
    with (
        shared_server(tmp_path_factory) as server,
        fresh_database(server) as url,
        served(settings_for(url), url) as service,
    ):
        yield service


@pytest.fixture(scope="session")
def packaged(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    """The URL of a server with pg_trgm and btree_gin."""
    with packaged_server(tmp_path_factory.mktemp("packaged") / "postgres") as url:
        yield url


@pytest.fixture(scope="session")
def running_indexed(packaged: SecretStr) -> Iterator[Service]:
    """The same service on that server."""
    with fresh_database(packaged) as url, served(settings_for(url), url) as service:
        yield service


@pytest.fixture(params=["running", "running_indexed"], ids=["without pg_trgm", "with pg_trgm"])
def either_service(request: pytest.FixtureRequest) -> Service:
    """The service on either kind of server, with nothing stored in it."""
    service: Service = request.getfixturevalue(request.param)
    service.empty()
    return service


@pytest.fixture
def service(running: Service) -> Service:
    """The service, with nothing stored in it."""
    running.empty()
    return running


@pytest.fixture
def log_lines() -> Iterator[LogLines]:
    """What the service writes during a test, as production would."""
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(logs.JsonLines(all_messages=False))
    logger = logging.getLogger("backend")
    level = logger.level
    logger.addHandler(handler)
    logger.setLevel(logging.INFO)
    yield lambda: [json.loads(line) for line in stream.getvalue().splitlines()]
    logger.removeHandler(handler)
    logger.setLevel(level)


@pytest.fixture
def alice(service: Service) -> Iterator[Client]:
    """Owns tasks."""
    with service.client("alice") as client:
        yield client


@pytest.fixture
def bob(service: Service) -> Iterator[Client]:
    """Owns other tasks."""
    with service.client("bob") as client:
        yield client


@pytest.fixture
def charlie(service: Service) -> Iterator[Client]:
    """Was logged in until a moment ago."""
    with Client(service.url, user="charlie", token=service.token("charlie", lifetime=-1)) as client:
        yield client


@pytest.fixture
def forger(service: Service) -> Iterator[Client]:
    """Says he is alice, and signs it himself."""
    with Client(service.url, user="alice", token=service.token("alice", secret="f" * 32)) as client:
        yield client


@pytest.fixture
def nobody(service: Service) -> Iterator[Client]:
    """Has no token."""
    with service.client("") as client:
        yield client
