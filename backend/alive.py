"""`python -m backend.alive`: whether the service that this environment describes is alive (a container's health check).

Spec: specs/features/deployment.md.
"""

import sys
from contextlib import closing
from http.client import HTTPConnection, HTTPException

from backend.listener import from_here
from backend.settings import Settings, SettingsError, load_settings

SECONDS = 3
"""How long an answer may take. It asks nobody else for anything: a process that needs longer serves no one."""


def main() -> int:
    """Asks `GET /health` from this machine; returns 0 for a 200. Anything else is one line and 1."""
    try:
        status = _asked(load_settings())
    except (SettingsError, OSError, HTTPException) as error:
        sys.stderr.write(f"alive: {error}\n")
        return 1
    if status != 200:  # noqa: PLR2004 - OK
        sys.stderr.write(f"alive: GET /health was answered {status}\n")
        return 1
    return 0


def _asked(settings: Settings) -> int:
    # By a name that is served here, whatever ALLOWED_HOSTS lists: `*` is any, `*.example.com` any below it.
    name = settings.allowed_hosts[0].replace("*", "localhost")
    with closing(HTTPConnection(from_here(settings.host), settings.port, timeout=SECONDS)) as connection:
        connection.request("GET", "/health", headers={"Host": name})
        return connection.getresponse().status


if __name__ == "__main__":
    sys.exit(main())
