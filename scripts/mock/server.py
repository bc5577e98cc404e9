"""Serves the mock, and says where (MOCK-8)."""

import signal
import sys

import uvicorn
from fastapi import FastAPI

from backend import logs
from backend.listener import CannotListen, address, listening, stop
from backend.protocol import BoundedProtocol
from generated import routes
from scripts.mock.application import SETTINGS, create_app, sample, unanswerable


def run(contract: str, host: str, port: int) -> int:
    """Serve until stopped; returns the exit status."""
    signal.signal(signal.SIGTERM, stop)
    app = create_app()
    try:
        with listening(host, port) as listener:
            reached = address(listener)
            print(f"Mock     {reached}")
            print(f"Answers  the {len(routes.OPERATIONS)} operations of {contract}; any bearer token is taken")
            print(f"Try      curl {sample(app, reached)}")
            sys.stdout.flush()
            for line in unanswerable():
                print(f"mock: {line}", file=sys.stderr)
            uvicorn.Server(_configuration(app)).run(sockets=[listener])
    except CannotListen as error:
        print(f"mock: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        pass
    return 0


def _configuration(app: FastAPI) -> uvicorn.Config:
    return uvicorn.Config(
        app,
        http=BoundedProtocol,
        ws="none",
        lifespan="off",
        access_log=False,  # one line for each request is backend/edge.py's
        log_config=logs.config(SETTINGS),
        server_header=False,
    )
