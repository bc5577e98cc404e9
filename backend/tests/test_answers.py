"""What a service answers that was generated from a contract of another kind than ours (specs/toolchain/answers.md)."""

import asyncio
import sys
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import nullcontext
from types import SimpleNamespace
from typing import Any  # what is generated for a test has no types

import httpx
import pytest
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.tests.contracts import Json
from backend.tests.shop import SHOP, package
from scripts.compare import differences

Lines = list[tuple[str, str]]


class Refused(Exception):
    """A refusal of the gate."""

    status = 401


class Gate:
    """Lets in who shows what is good; contexts are what a handler sees."""

    async def authenticate(self, credentials: tuple[Any, ...], /) -> str:
        """Take every value that ends in good."""
        if not all(known.values and known.values[0].endswith("good") for known in credentials):
            raise Refused
        return " ".join(f"{known.scheme}{list(known.scopes)}" for known in credentials)

    public = staticmethod(nullcontext)

    def known(self, _call: object, caller: str, /) -> nullcontext[str]:
        """Tell who calls."""
        return nullcontext(caller)

    anyone = known


@pytest.fixture(scope="module")
def shop(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SimpleNamespace]:
    """The generated package."""
    with package(tmp_path_factory.mktemp("shop"), SHOP) as found:
        yield found


def asked(
    shop: SimpleNamespace, method: str, path: str, answer: Callable[[Any], object], headers: Json | Lines | None = None
) -> tuple[httpx.Response, list[object]]:
    """Send one request to handlers that all answer the same; give also the contexts that they saw."""
    seen: list[object] = []

    async def handle(ctx: object, /, **_: object) -> object:
        seen.append(ctx)
        return answer(shop.api)

    app = FastAPI(openapi_url=None)
    for operation in shop.routes.OPERATIONS:
        route = shop.routes.add_route(app, operation)
        route.serve(Gate(), SimpleNamespace(**{operation.function: handle}))

    async def told(_: Request, error: Exception) -> Response:
        return JSONResponse({"told": str(error)}, getattr(error, "status", 500))

    app.add_exception_handler(Exception, told)
    for kind in (Refused, shop.plumbing.ContractViolation):
        app.add_exception_handler(kind, told)

    async def send() -> httpx.Response:
        async with httpx.AsyncClient(transport=httpx.ASGITransport(app), base_url="http://x") as client:
            del client.headers["Accept"]
            return await client.request(method, path, headers=headers)

    return asyncio.run(send()), seen


@pytest.mark.parametrize("lines", [[], ["text/csv"], ["text/csv;q=0.5", "application/json, */*;q=0.1"], ["?"]])
def test_the_gate_is_told_what_the_client_would_read(shop: SimpleNamespace, lines: list[str]) -> None:  # ANSWER-10
    headers: Lines = [("Accept", line) for line in lines]
    _, [call] = asked(shop, "TRACE", "/files", lambda _: None, headers)
    assert isinstance(call, shop.plumbing.Call)
    assert call.accept == ", ".join(lines)


def test_the_document_is_the_contract(shop: SimpleNamespace) -> None:  # ANSWER-1
    assert differences(shop.contract, shop.routes.derived_document()) == []


async def chunks() -> AsyncIterator[bytes]:
    """Give a body bit by bit."""
    yield b"a"
    yield b"b"


def models(api: Any) -> Any:  # noqa: ANN401 - see above
    """The types of the same package."""
    return sys.modules[f"{api.__package__}.models"]


def thing(api: Any) -> object:  # noqa: ANN401 - see above
    """A good body."""
    return models(api).Thing(name="a")


def error(api: Any, reason: str) -> object:  # noqa: ANN401 - see above
    """A body of a failure."""
    return models(api).Error(reason=reason)


def found(api: Any, **changes: Any) -> object:  # noqa: ANN401 - see above
    """A good 200 of the thing, with some members changed."""
    return api.GetThingsThingIdOK(**{"body": thing(api), "x_sizes": [1, 2]} | changes)


def written(api: Any, raw: bytes, **changes: Any) -> object:  # noqa: ANN401 - see above
    """The 200 of the thing, whose body is written already."""
    return found(api, body=api.written.Json(raw), **changes)


GOOD: list[tuple[Callable[[Any], object], int, str | None, bytes, Json]] = [
    (found, 200, "application/json", b'{"name":"a"}', {"x-sizes": "1,2", "x-flags": None}),
    (
        lambda api: found(api, x_flags={"a": True, "b": False}),
        200,
        "application/json",
        b"",
        {"x-flags": "a=true,b=false"},
    ),
    (lambda api: found(api, body_2="text"), 200, "application/json", b"", {"body": "text"}),
    (lambda api: found(api, body="a,b", media_type="text/csv"), 200, "text/csv; charset=utf-8", b"a,b", {}),
    (lambda api: found(api, body=b"png", media_type="image/png"), 200, "image/png", b"png", {}),
    (lambda api: found(api, body=chunks(), media_type="image/png"), 200, "image/png", b"ab", {}),
    (lambda api: written(api, b'{ "name":"\\u0061"}'), 200, "application/json", b'{ "name":"\\u0061"}', {}),
    (lambda api: written(api, b'"a,b"', media_type="text/csv"), 200, "text/csv; charset=utf-8", b"a,b", {}),
    (lambda api: api.GetThingsThingIdNotFound(body=error(api, "lost")), 404, None, b'{"reason":"lost"}', {}),
    (lambda api: api.GetThingsThingId4XX(418, body=error(api, "late")), 418, None, b'{"reason":"late"}', {}),
    (lambda api: api.GetThingsThingIdDefault(503, body=error(api, "late")), 503, None, b"", {}),
]


@pytest.mark.parametrize(("answer", "expected"), [(known[0], known[1:]) for known in GOOD])
def test_a_result_is_written_as_its_status_media_type_and_headers_say(
    shop: SimpleNamespace, answer: Callable[[Any], object], expected: tuple[int, str | None, bytes, Json]
) -> None:  # ANSWER-2, ANSWER-11
    status, media_type, body, headers = expected
    response, _ = asked(shop, "GET", "/things/7", answer)
    assert response.status_code == status
    assert media_type is None or response.headers["content-type"] == media_type
    assert response.content == (body or response.content)
    assert {name: response.headers.get(name) for name in headers} == headers


WRONG: list[tuple[Callable[[Any], object], str]] = [
    (lambda api: found(api, media_type="text/html"), "a media type that is not declared"),
    (lambda api: found(api, body=7, media_type="image/png"), "is neither bytes nor text, but a int"),
    (
        lambda api: found(api, body="abcdef", media_type="text/csv"),
        "of the 200 is not what it declares: maxLength at /",
    ),
    (lambda api: written(api, b'{"name":1}'), "the body of the 200 is not what it declares: type at /name"),
    (lambda api: written(api, b'{"name":"a"'), "the body of the 200 is not JSON"),
    (lambda api: written(api, b'{"name":"a","more":NaN}'), "the body of the 200 is not JSON"),
    (lambda api: written(api, b"", media_type="image/png"), "is neither bytes nor text, but a Json"),
    (lambda api: found(api, body={"name": 1}), "the body of the 200 is not of the type that it declares"),
    (lambda api: found(api, body={"name": object()}), "the body of the 200 is not of the type that it declares"),
    (lambda api: found(api, x_sizes=["a"]), "the header X-Sizes is not what it declares"),
    (lambda api: api.GetThingsThingId4XX(500, body=error(api, "late")), "the status 500 is not one of 4XX"),
    (lambda api: api.GetThingsThingIdDefault(99, body=error(api, "late")), "99 is no status of an answer"),
    (lambda api: api.GetThingsThingIdDefault(200, body=error(api, "late")), "the status 200 is not one of default"),
    (lambda api: api.GetThingsThingId4XX(404, body=error(api, "late")), "the status 404 is not one of 4XX"),
    (lambda api: found(api, body=b"", media_type="image/png\r\nSet-Cookie: a=b"), "a media type that is not declared"),
    (lambda api: found(api, x_flags={"a,b": True}), "a part of a header has the comma that parts the others"),
    (lambda api: found(api, body_2="a\r\nb"), "the header Body has a character that no header can have"),
    (lambda api: api.GetThingsThingIdDefault("503", body=error(api, "late")), "'503' is no status of an answer"),
]


@pytest.mark.parametrize(("answer", "reason"), WRONG)
def test_what_is_not_declared_is_a_500(
    shop: SimpleNamespace, answer: Callable[[Any], object], reason: str
) -> None:  # ANSWER-3, ANSWER-11
    response, _ = asked(shop, "GET", "/things/7", answer)
    assert response.status_code == 500
    assert reason in response.json()["told"]
    assert response.json()["told"].startswith("GET /things/{thing-id}: ")


def test_an_object_made_around_its_checks_gets_nowhere(shop: SimpleNamespace) -> None:  # ANSWER-4
    lost = shop.models.Error.model_construct(reason="gone")
    response, _ = asked(shop, "GET", "/things/7", lambda api: api.GetThingsThingIdNotFound(lost))
    assert response.status_code == 500
    assert response.json()["told"].endswith("the body of the 404 is not what it declares: enum at /reason")


class Lost(Exception):
    """An error of a handler's."""

    status = 404


def test_only_problems_are_raised(shop: SimpleNamespace) -> None:  # ANSWER-5
    def lost(_: object) -> object:
        raise Lost

    response, _ = asked(shop, "GET", "/things/7", lost)
    assert response.json()["told"].endswith("the 404 is no problem: it is returned, not raised")
    response, _ = asked(shop, "DELETE", "/things/7?key=good", lost)
    assert response.json()["told"].endswith("status 404 is not declared")


@pytest.mark.parametrize(
    ("media_type", "status"), [("image/png", 299), ("text/plain", 500), ("image/*", 500), ("image/", 500)]
)
def test_a_range_of_media_types_is_one_of_them(shop: SimpleNamespace, media_type: str, status: int) -> None:  # ANSWER-2
    def odd(api: Any) -> object:  # noqa: ANN401 - see above
        return api.GetFileStatus299(b"x", media_type=media_type)

    assert asked(shop, "GET", "/files", odd, {"X-Key": "good"})[0].status_code == status
    if status == 299:
        file, _ = asked(shop, "GET", "/files", lambda api: api.GetFileOK(b"x"), {"X-Key": "good"})
        assert (file.status_code, file.headers["content-type"]) == (200, "application/json")


ADMITTED: list[tuple[str, str, Json, object]] = [
    ("GET", "/things/7", {}, None),
    ("GET", "/things/7", {"Authorization": "Bearer good"}, None),  # no credentials of its scheme
    ("GET", "/things/7", {"Authorization": "Basic good"}, "basic[]"),
    ("GET", "/things/7", {"Authorization": "Basic bad"}, 401),
    ("HEAD", "/things/7", {}, "HEAD"),
    ("DELETE", "/things/7", {}, 401),
    ("DELETE", "/things/7", {"X-Key": "good"}, 401),
    ("DELETE", "/things/7", {"X-Key": "good", "Cookie": "a=1; session=good"}, "key[] cookie[]"),
    ("DELETE", "/things/7?key=good", {"X-Key": "bad", "Cookie": "session=good"}, "query[]"),
    (
        "DELETE",
        "/things/7",
        {"X-Key": "bad", "Cookie": "session=good", "Authorization": "bearer good"},
        "oauth['write']",
    ),
    ("DELETE", "/things/7?key=bad", {"X-Key": "bad", "Cookie": "session=good"}, 401),
]


@pytest.mark.parametrize(("method", "path", "headers", "expected"), ADMITTED)
def test_any_of_the_ways_in_is_enough_and_all_of_its_credentials_are_needed(
    shop: SimpleNamespace, method: str, path: str, headers: Json, expected: object
) -> None:  # ANSWER-6
    def answer(api: Any) -> object:  # noqa: ANN401 - see above
        if method == "GET":
            return found(api)
        return api.RemoveThingResult() if method == "DELETE" else api.ClassResult()

    response, seen = asked(shop, method, path, answer, headers)
    if expected == 401:
        assert (response.status_code, seen) == (401, [])
    else:
        assert response.status_code < 300
        assert [getattr(ctx, "method", ctx) for ctx in seen] == [expected]
