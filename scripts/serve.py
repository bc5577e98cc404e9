"""`make serve`: migrates, says where the service is, and serves until it is stopped (specs/features/commands.md).

What keeps it from starting is one line on standard error and exit status 1.
"""

import socket
import sys

from backend import migrations
from backend.db import located
from backend.listener import address, listening
from backend.server import exit_status, run
from backend.settings import Settings
from scripts.token import development_token


def serve(settings: Settings) -> None:
    """Serves at `HOST` and `PORT` until stopped, from the embedded database where the settings name none."""
    with listening(settings.host, settings.port) as listener, located(settings) as url:
        migrations.upgrade(url)
        _announce(settings, listener)
        run(settings, listener)


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


if __name__ == "__main__":
    sys.exit(exit_status("serve", serve))
