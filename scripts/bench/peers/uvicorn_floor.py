"""What no Python server on uvicorn comes below: one fixed answer, of a task's size, to whatever is asked.

A floor of `make bench` (specs/toolchain/benchmarks.md).
"""

from starlette.types import Receive, Scope, Send

BODY = b'{"version":1,"title":"' + b"x" * 350 + b'"}'
HEADERS = [(b"content-type", b"application/json"), (b"content-length", str(len(BODY)).encode())]


async def app(scope: Scope, _receive: Receive, send: Send) -> None:
    """Answer at once."""
    if scope["type"] == "http":
        await send({"type": "http.response.start", "status": 200, "headers": HEADERS})
        await send({"type": "http.response.body", "body": BODY})
