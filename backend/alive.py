"""`python -m backend.alive`: whether the service that this environment describes is alive (a container's health check).

Spec: specs/features/deployment.md.
"""

import sys

import httpx

from backend.listener import url
from backend.settings import Settings, SettingsError, load_settings

SECONDS = 3
"""How long an answer may take. It asks nobody else for anything: a process that needs longer serves no one."""


def main() -> int:
    """Asks `GET /health` from this machine; returns 0 for a 200. Anything else is one line and 1."""
    try:
        status = _asked(load_settings())
    except (SettingsError, httpx.RequestError, httpx.InvalidURL) as error:
        sys.stderr.write(f"alive: {error}\n")
        return 1
    if status != 200:  # noqa: PLR2004 - OK
        sys.stderr.write(f"alive: GET /health was answered {status}\n")
        return 1
    return 0


def _asked(settings: Settings) -> int:
    where = url(settings.host, settings.port)
    # By a name that is served here, whatever ALLOWED_HOSTS lists: `*` is any, `*.example.com` any below it.
    name = settings.allowed_hosts[0].replace("*", "localhost")
    # Not the environment's proxy: it would look for the service on its own machine.
    return httpx.get(f"{where}/health", headers={"Host": name}, timeout=SECONDS, trust_env=False).status_code


if __name__ == "__main__":
    sys.exit(main())
