"""Large answers are compressed for who accepts it (specs/features/edge.md)."""

import asyncio
import gzip
import json

import httpx
import pytest
from starlette.responses import Response
from starlette.types import Receive, Scope, Send

from backend.tests.around import LARGE, application, ask, with_headers


@pytest.mark.parametrize("accepted", ["gzip", "GZIP", "deflate, gzip;q=0.5", "gzip;q=1.0, br", "br,gzip ; q=1"])
def test_a_large_answer_is_compressed_for_who_accepts_it(accepted: str) -> None:  # EDGE-12
    response = with_headers(("Host", "localhost"), ("Accept-Encoding", accepted), path="/large")
    content = asyncio.run(raw_content(response))
    assert response.headers["content-encoding"] == "gzip"
    assert response.headers["vary"].startswith("Accept-Encoding")
    assert int(response.headers["content-length"]) == len(content)
    assert json.loads(gzip.decompress(content)) == LARGE


async def raw_content(response: httpx.Response) -> bytes:
    return b"".join([chunk async for chunk in response.aiter_raw()])


@pytest.mark.parametrize("accepted", ["", "br", "gzip;q=0", "gzip; q=0.000", "xgzip", "identity"])
def test_a_large_answer_is_not_compressed_for_others(accepted: str) -> None:  # EDGE-12
    response = with_headers(("Host", "localhost"), ("Accept-Encoding", accepted), path="/large")
    assert "content-encoding" not in response.headers
    assert response.headers["vary"].startswith("Accept-Encoding")


@pytest.mark.parametrize("path", ["/health", "/large/tagged", "/nothing"])
def test_small_answers_and_those_with_an_etag_are_not_compressed(path: str) -> None:  # EDGE-12
    assert "content-encoding" not in ask("GET", path, headers={"Accept-Encoding": "gzip"}).headers


@pytest.mark.parametrize("accepted", ["gzip", "br"])
@pytest.mark.parametrize(
    ("status", "headers"),
    [
        (200, {"Content-Encoding": "br"}),
        (206, {}),
        (200, {"Content-Type": "image/png"}),
        (200, {"Content-Type": "Video/MP4; x=y"}),
    ],
)
def test_what_is_encoded_dense_or_a_part_stays_as_it_is(accepted: str, status: int, headers: dict[str, str]) -> None:
    app = application()
    app.get("/dense")(lambda: Response(b"x" * 5_000, status, headers))
    response = with_headers(("Host", "localhost"), ("Accept-Encoding", accepted), app=app, path="/dense")
    assert asyncio.run(raw_content(response)) == b"x" * 5_000
    assert response.headers.get("content-encoding") == headers.get("Content-Encoding")
    assert response.headers["vary"] == "Origin"


@pytest.mark.parametrize(("accepted", "encoding"), [("gzip", "gzip"), ("br", None)])
def test_an_answer_in_parts_is_large(accepted: str, encoding: str | None) -> None:  # EDGE-12
    async def parts(_scope: Scope, _receive: Receive, send: Send) -> None:
        headers = [(b"vary", b"Accept-Language"), (b"content-type", b"text/plain")]
        await send({"type": "http.response.start", "status": 200, "headers": headers})
        for more in (True, True, False):
            await send({"type": "http.response.body", "body": b"x" * 500, "more_body": more})

    app = application()
    app.mount("/parts", parts)
    response = with_headers(("Host", "localhost"), ("Accept-Encoding", accepted), app=app, path="/parts/")
    content = asyncio.run(raw_content(response))
    assert response.headers.get("content-encoding") == encoding
    assert (gzip.decompress(content) if encoding else content) == b"x" * 1_500
    assert response.headers.get_list("vary") == ["Accept-Language, Accept-Encoding, Origin"]


@pytest.mark.parametrize(("length", "encoding"), [(1_000, None), (1_001, "gzip")])
def test_an_answer_of_more_than_1000_bytes_is_large(length: int, encoding: str | None) -> None:  # EDGE-12
    app = application()
    app.get("/sized")(lambda: Response(b"x" * length))
    assert ask("GET", "/sized", app, headers={"Accept-Encoding": "gzip"}).headers.get("content-encoding") == encoding


def test_a_response_that_is_sent_again_is_the_same_again() -> None:  # EDGE-12
    app = application()
    kept = Response(b"x" * 5_000, headers={"Vary": "Accept-Language"})
    app.get("/kept")(lambda: kept)
    first, again = (ask("GET", "/kept", app, headers={"Accept-Encoding": "gzip"}) for _ in range(2))
    assert first.content == again.content == kept.body
    for name in ("content-encoding", "content-length", "vary"):
        assert first.headers.get_list(name) == again.headers.get_list(name)
