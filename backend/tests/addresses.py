"""Addresses of this machine: ports that tests may have, and whether anybody answers."""

import socket

import httpx

from backend.tests.waiting import PATIENCE


def free_port() -> int:
    """A port that nobody has at this moment, for commands that have to be told one."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port: int = listener.getsockname()[1]
        return port


def answers(url: str) -> bool:
    """Whether anybody answers there yet, be it with a refusal."""
    try:
        httpx.get(url, timeout=PATIENCE, trust_env=False)
    except httpx.TransportError:
        return False
    return True
