"""The wiring: settings in, application out. Nothing happens at import.

`uvicorn --factory backend.app:main` serves what the environment describes (README.md, deployment).
"""

import gc
import time
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager, AsyncExitStack, asynccontextmanager
from typing import TYPE_CHECKING, Final

from fastapi import FastAPI
from starlette.staticfiles import StaticFiles
from starlette.types import Receive, Scope, Send
from typing_extensions import override

from backend import about, about_pages, edge, health, idempotency, logs, pages, problem_details, problems, tasks, users
from backend.application import Application
from backend.auth import Caller, Verifier, authorise
from backend.context import OwnerContext, PublicContext
from backend.db import STORE_SECONDS, Database, Reading, Writing
from backend.errors import Unauthenticated
from backend.limits import Limiter, warn_of_shared_addresses
from backend.paging import Cursors
from backend.settings import Settings, SettingsError, load_settings
from generated.gate import Attempt, Call, Credentials, Kept
from generated.interface import InterfaceMismatch
from generated.routes import register

if TYPE_CHECKING:
    from backend.telemetry import Telemetry


PAGES: Final = {
    "getDocs": about_pages.DOCS_POLICY,
    "getService": pages.POLICY,
    "listProblems": pages.POLICY,
    "getProblem": pages.POLICY,
}
"""What browsers are let do with the pages, by operation."""

PATIENCE: Final = {"deleteUser": users.DELETION_SECONDS}
"""The operations that may spend another time on the database than all others (backend/db.py), in seconds."""


def main() -> FastAPI:
    """The application that the environment describes.

    Raises:
        SystemExit: a setting is missing or wrong, or modules do not fit the contract. uvicorn would show any other
            exception with a traceback.
    """
    try:
        settings = load_settings()
        logs.configure(settings)
        app = create_app(settings)
    except (SettingsError, InterfaceMismatch) as error:
        raise SystemExit("; ".join(str(error).splitlines())) from None
    warn_of_shared_addresses(settings)
    return app


def create_app(
    settings: Settings, *, clock: Callable[[], float] = time.monotonic, seconds: float = STORE_SECONDS
) -> FastAPI:
    """The application for these settings; it connects to nothing before it is started.

    `clock` tells the rate limits in memory and the age of public keys seconds from any start. `seconds` is what a
    request may spend on the database.

    Raises:
        InterfaceMismatch: modules do not fit the contract.
        SettingsError: `TELEMETRY` asks for packages that are not installed, or development can keep no secret.
    """
    database = Database(settings, seconds=seconds)
    limiter = Limiter(settings, clock=clock)
    verifier = Verifier(settings, elapsed=clock)
    telemetry = None if settings.telemetry == "off" else _telemetry(settings, database, verifier)
    app = Application(
        edge=edge.middleware(
            settings,
            observers=[] if telemetry is None else [telemetry.observer],
            limiter=limiter,
            pages=PAGES,
        ),
        lifespan=_lifespan(database, limiter, verifier, telemetry),
        telemetry=None if telemetry is None else telemetry.fastapi,
    )
    app.state.database = database
    problem_details.install(app)
    gate = Gate(settings, database, limiter, verifier)
    register(app, gate, users=users, tasks=tasks, health=health, about=about, problems=problems)
    if settings.docs_enabled:
        app.mount("/docs/assets", Whole(directory=about.DOCS))
    return app


def _lifespan(
    database: Database, limiter: Limiter, verifier: Verifier, telemetry: "Telemetry | None"
) -> Callable[[FastAPI], AbstractAsyncContextManager[None]]:
    @asynccontextmanager
    async def lifespan(_app: FastAPI) -> AsyncIterator[None]:
        async with AsyncExitStack() as closing:  # each is closed whatever becomes of the others
            await database.open()
            closing.push_async_callback(database.close)
            if telemetry is not None:
                telemetry.start()
                closing.push_async_callback(telemetry.stop)
            closing.push_async_callback(limiter.close)
            verifier.start()
            closing.push_async_callback(verifier.close)
            # What exists now stays: the collector need not look at it again during requests.
            gc.freeze()
            # It looks for circles after so many new objects, as from Python 3.13 on. After 700, as before, that
            # takes 3 % of the instructions of a request.
            gc.set_threshold(2_000)
            yield

    return lifespan


def _telemetry(settings: Settings, database: Database, verifier: Verifier) -> "Telemetry":
    try:
        # Not at the top: where it is off, nobody needs what it imports.
        from backend.telemetry import Telemetry  # noqa: PLC0415 - see above
    except ModuleNotFoundError:
        raise SettingsError("TELEMETRY: otlp needs the packages of requirements-telemetry.lock") from None
    telemetry = Telemetry(settings)
    telemetry.watch(database)
    telemetry.watch_tokens(verifier)
    return telemetry


class Whole(StaticFiles):
    """Files that are never sent in part: Starlette's refusals of a Range are no problems.

    A server may ignore the header (RFC 9110, section 14.2).
    """

    @override
    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        headers = [(name, value) for name, value in scope["headers"] if name not in {b"range", b"if-range"}]
        await super().__call__({**scope, "headers": headers}, receive, send)


class Gate:
    """Who may pass, and what an operation finds behind: the backend's half of the generated plumbing."""

    def __init__(self, settings: Settings, database: Database, limiter: Limiter, verifier: Verifier) -> None:
        self._settings = settings
        self._database = database
        self._limiter = limiter
        self._verifier = verifier
        self._cursors = Cursors(settings.sealing_keys)
        self._require_if_match = settings.require_if_match

    async def authenticate(self, credentials: tuple[Credentials, ...], /) -> Caller:
        """The caller whose token was sent; 401 for everything else, and 429 where that or the caller is too much."""
        [token] = credentials  # the contract knows one scheme
        await self._limiter.admit_address()
        try:
            caller = await self._verifier.verify(token.values)
        except Unauthenticated as refused:
            await self._limiter.charge_address(is_guess=refused.is_guess)
            raise
        logs.note_user(caller.id)
        await self._limiter.charge_user(caller.id)
        return caller

    def authorise(self, call: Call, caller: Caller, owner: str, /) -> None:
        """Lets a caller act for themselves, or by a role. The one place that decides it (AUTH, ADMIN)."""
        authorise(call, caller, owner)

    def public(self, call: Call, /) -> PublicContext:
        """What public operations share, and what the client would read."""
        return PublicContext(self._settings, self._database, call.accept)

    def owned(self, call: Call, caller: Caller, owner: str, /) -> OwnerContext:
        """A connection of the owner's own: in a transaction unless the method only reads (RFC 9110, section 9.2.1)."""
        if call.method == "GET":
            block: Reading | Writing = self._database.reading()
        else:
            block = self._database.writing(seconds=PATIENCE.get(call.operation_id))
        return OwnerContext(caller, owner, block, self._cursors, self._require_if_match)

    async def recall(self, ctx: OwnerContext, attempt: Attempt, /) -> Kept | None:
        """What was answered to this request before (IDEM)."""
        return await idempotency.recall(ctx, attempt)

    async def keep(self, ctx: OwnerContext, attempt: Attempt, kept: Kept, /) -> None:
        """Keeps an answer, in the transaction of its write."""
        await idempotency.keep(ctx, attempt, kept)
