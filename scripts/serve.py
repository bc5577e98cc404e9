"""`make serve`: migrates, says where the service is, and serves until it is stopped (specs/features/commands.md).

What keeps it from starting is one line on standard error and exit status 1.
"""

import logging
import signal
import socket
import sys

import uvicorn
from uvicorn.supervisors import Multiprocess

from backend import logs, migrations
from backend.app import create_app
from backend.db import located
from backend.protocol import BoundedProtocol
from backend.settings import Settings, SettingsError, load_settings
from generated.interface import InterfaceMismatch
from scripts.listener import CannotListen, address, listening, stop
from scripts.token import development_token

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 5
"""How long requests that are running may take when the service is stopped; orchestrators kill after 10 (Docker)."""


def main() -> int:
    """Serves as the environment says; returns the exit status."""
    # Unwinds as Ctrl-C does, also before uvicorn has handlers and after it has put these back.
    signal.signal(signal.SIGTERM, stop)
    try:
        settings = load_settings()
        create_app(settings)  # where modules do not fit, workers would be started again and again
        with listening(settings.host, settings.port) as listener, located(settings) as url:
            migrations.upgrade(url)
            _announce(settings, listener)
            _serve(settings, listener)
    except (SettingsError, InterfaceMismatch, CannotListen, migrations.MigrationFailed) as error:
        print(f"serve: {'; '.join(str(error).splitlines())}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _announce(settings: Settings, listener: socket.socket) -> None:
    reached = address(listener)
    print(f"Serving  {reached}")
    if settings.docs_enabled:
        print(f"Docs     {reached}/docs")
    if settings.environment == "development" and "HS256" not in settings.algorithms:
        print(f"Sign in  {settings.better_auth_url}")
    elif settings.environment == "development":
        token = development_token(settings, user="alice")
        print(f"Try      curl -H 'Authorization: Bearer {token}' {reached}/api/alice/tasks")
    sys.stdout.flush()


def configuration(settings: Settings) -> uvicorn.Config:
    """How uvicorn serves, but for the socket."""
    return uvicorn.Config(
        "backend.app:main",
        factory=True,
        workers=settings.workers,
        loop="uvloop",
        http=BoundedProtocol,
        ws="none",
        lifespan="on",
        # One line for each request is backend/edge.py's.
        access_log=False,
        log_config=logs.config(settings),
        server_header=False,
        proxy_headers=True,
        forwarded_allow_ips=settings.forwarded_allow_ips,
        timeout_graceful_shutdown=SHUTDOWN_SECONDS,
    )


def _serve(settings: Settings, listener: socket.socket) -> None:
    config = configuration(settings)
    has_limits = settings.rate_limit_user is not None or settings.rate_limit_address is not None
    if settings.workers > 1 and has_limits and settings.redis_url is None:
        log.warning("each worker counts requests alone: set REDIS_URL for limits that hold for all of them together")
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        Multiprocess(config, sockets=[listener]).run()


if __name__ == "__main__":
    sys.exit(main())
