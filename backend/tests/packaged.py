"""A PostgreSQL of the system's packages, for tests that need pg_trgm and btree_gin (DATA-15)."""

from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr

from backend.tests.postgres import OPTIONS
from scripts.growth.packaged import DEBIAN, programs, running_server


@contextmanager
def packaged_server(folder: Path, versions: Path = DEBIAN) -> Iterator[SecretStr]:
    """The URL of a server of the newest version that is installed, with its data in `folder`, which is made."""
    from backend.tests.tools import not_run  # noqa: PLC0415 # pytest wants to load its plugins before anybody does

    installed = programs(versions)
    if not installed:
        not_run(f"search with an index needs a PostgreSQL with pg_trgm in {versions}, which is not installed")
    with running_server(folder, installed[0], OPTIONS) as url:
        yield url
