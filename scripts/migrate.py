"""`make migrate`: brings the database of DATABASE_URL to this build's schema, around a pooler (RUN-9)."""

import sys

from backend import migrations
from backend.db import located
from backend.settings import SettingsError, load_database_settings


def main() -> int:
    """Migrates; returns the exit status."""
    try:
        with located(load_database_settings()) as url:
            migrations.upgrade(url)
    except (SettingsError, migrations.MigrationFailed) as error:
        print(f"migrate: {error}", file=sys.stderr)
        return 1
    print(f"The schema is at revision {migrations.head()}.")
    return 0


if __name__ == "__main__":
    sys.exit(main())
