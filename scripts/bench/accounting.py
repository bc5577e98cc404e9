"""What processes have used, by the kernel's own account: CPU time and memory of a process with all that it started.

Spec: specs/toolchain/benchmarks.md. CPU time hardly depends on what else a machine does; requests per second do.
"""

from contextlib import suppress
from pathlib import Path

import psutil


class Family:
    """A process and all that came from it: a server with its workers, PostgreSQL with its sessions."""

    def __init__(self, pid: int) -> None:
        self._parent = psutil.Process(pid)

    def cpu_seconds(self) -> float:
        """User and system time until now, also of children that ended and were waited for."""
        own = self._parent.cpu_times()
        used = own.user + own.system + own.children_user + own.children_system
        for child in self._parent.children(recursive=True):
            with suppress(psutil.NoSuchProcess):  # ended just now: it is with its parent's, next time
                times = child.cpu_times()
                used += times.user + times.system
        return float(used)

    def memory(self) -> int:
        """Bytes of memory (PSS: what several processes share counts once)."""
        return sum(_pss(process.pid) for process in [self._parent, *self._parent.children(recursive=True)])


def _pss(pid: int) -> int:
    lines = Path(f"/proc/{pid}/smaps_rollup").read_text(encoding="ascii").splitlines()
    [kilobytes] = [line.split()[1] for line in lines if line.startswith("Pss:")]
    return int(kilobytes) * 1024
