"""How the service is served: by uvicorn, in one process or several, on a socket that is taken before.

Spec: specs/features/deployment.md. `python -m backend` does this alone, `make serve` more (scripts/serve.py).
"""

import logging
import signal
import socket
import sys
from collections.abc import Callable

import uvicorn
from uvicorn.supervisors import Multiprocess

from backend import logs, migrations
from backend.app import create_app
from backend.listener import CannotListen, stop
from backend.protocol import BoundedProtocol
from backend.settings import Settings, SettingsError, load_settings
from generated.interface import InterfaceMismatch

log = logging.getLogger(__name__)

SHUTDOWN_SECONDS = 5
"""How long requests that are running may take when the service is stopped; orchestrators kill after 10 (Docker)."""


def exit_status(name: str, serve: Callable[[Settings], None]) -> int:
    """Serves as the environment says, until stopped; what keeps it from starting is one line on standard error."""
    # Unwinds as Ctrl-C does, also before uvicorn has handlers and after it has put these back.
    signal.signal(signal.SIGTERM, stop)
    try:
        settings = load_settings()
        create_app(settings)  # where modules do not fit, workers would be started again and again
        serve(settings)
    except (SettingsError, InterfaceMismatch, CannotListen, migrations.MigrationFailed) as error:
        sys.stderr.write(f"{name}: {'; '.join(str(error).splitlines())}\n")
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def run(settings: Settings, listener: socket.socket) -> None:
    """Serves on that socket until stopped."""
    config = configuration(settings)
    has_limits = settings.rate_limit_user is not None or settings.rate_limit_address is not None
    if settings.workers > 1 and has_limits and settings.redis_url is None:
        log.warning("each worker counts requests alone: set REDIS_URL for limits that hold for all of them together")
    if settings.workers == 1:
        uvicorn.Server(config).run(sockets=[listener])
    else:
        Multiprocess(config, sockets=[listener]).run()


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
