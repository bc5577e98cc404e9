"""Where a server listens, and how it is told to stop. Specs: specs/features/{deployment,commands}.md."""

import errno
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from types import FrameType


class CannotListen(Exception):  # a fact, like the errors of the service
    """The address cannot be had; the text is one line that names the setting."""


@contextmanager
def listening(host: str, port: int) -> Iterator[socket.socket]:
    """The socket, taken before anything else: a taken port is told at once, and early clients wait.

    Raises:
        CannotListen: the address cannot be had.
    """
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        if error.errno == errno.EADDRINUSE:
            raise CannotListen(f"PORT: {port} on {host} is taken; stop what has it, or set PORT") from None
        raise CannotListen(f"HOST: cannot listen on {host}, port {port}: {error.strerror}") from None
    with listener:
        yield listener


def address(listener: socket.socket) -> str:
    """The address under which a socket is reached from here."""
    host, port = listener.getsockname()[:2]
    return url(host, port)


def url(host: str, port: int) -> str:
    """The address under which what listens there is reached from here: every address has the local one."""
    host = {"0.0.0.0": "127.0.0.1", "::": "::1"}.get(host, host)  # noqa: S104 - compared, not bound
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"


def stop(_number: int, _frame: FrameType | None) -> None:
    """End as Ctrl-C does; a handler of signals."""
    raise KeyboardInterrupt
