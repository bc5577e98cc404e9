"""`python -m backend`: serves what the environment describes, and nothing else. Spec: specs/features/deployment.md.

It migrates nothing: `python -m scripts.migrate` does, once per release, where there may be many of these.
"""

import sys

from backend.db import located
from backend.listener import listening
from backend.server import exit_status, run
from backend.settings import Settings


def serve(settings: Settings) -> None:
    """Serves at `HOST` and `PORT` until stopped."""
    # What development brings is started here, where a failure is one line: in the application it is a traceback.
    with listening(settings.host, settings.port) as listener, located(settings):
        run(settings, listener)


if __name__ == "__main__":
    sys.exit(exit_status("backend", serve))
