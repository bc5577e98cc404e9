"""Serves contracts that are not ours: generated into a folder, imported from there, with handlers that record."""

import asyncio
import importlib
import importlib.util
import itertools
import sys
from collections.abc import Iterable, Iterator
from contextlib import nullcontext
from pathlib import Path
from types import ModuleType
from typing import Any  # modules that are made at run time, and what they are handed

import httpx
from fastapi import FastAPI
from starlette.requests import Request
from starlette.responses import JSONResponse, Response

from backend.tests.contracts import Json, designed
from scripts.generate.render import render

_NUMBERS = itertools.count()
NOTHING = {"204": {"description": "It is done."}}


def contract(paths: Json, schemas: Json | None = None, **components: Json) -> Json:
    """Write a contract around some paths; every operation is public, has the tag `things` and answers 204."""
    for item in paths.values():
        for operation in item.values():
            operation.setdefault("tags", ["things"])
            operation.setdefault("summary", "Do it")
            operation.setdefault("responses", NOTHING)
            operation.setdefault("security", [])
    return {
        "openapi": "3.1.0",
        "info": {"title": "Foreign", "version": "1.0.0"},
        "tags": [{"name": "things", "description": "All things."}],
        "paths": paths,
        "components": {"schemas": schemas or {}, **components},
    }


TEXT: Json = {"type": "string"}
LIST: Json = {"type": "array", "items": TEXT}


def operation(*parameters: Json) -> Json:
    """Write an operation with parameters; its id is made by the contract."""
    return {"get": {"parameters": list(parameters)}}


def parameter(where: str, schema: Json, name: str = "color", **facts: object) -> Json:
    """Write a parameter."""
    return {"name": name, "in": where, "schema": schema, **facts, **({"required": True} if where == "path" else {})}


def with_ids(paths: Json) -> Json:
    """Give every operation an id."""
    for number, item in enumerate(paths.values()):
        item["get"]["operationId"] = f"op{number}"
    return contract(paths)


def plain(value: Any) -> object:  # noqa: ANN401 - as above
    """Write what a handler got as JSON."""
    return value.model_dump() if hasattr(value, "model_dump") else value


class Foreign:
    """A foreign contract that is served: `seen` is what the handlers were handed, by the names of their arguments."""

    def __init__(self, folder: Path, content: Json) -> None:
        package = f"foreign_{next(_NUMBERS)}"
        place = folder / package
        place.mkdir()
        for name, text in render(designed({}, content)).items():
            (place / name).write_text(text, encoding="utf-8")
        spec = importlib.util.spec_from_file_location(
            package, place / "__init__.py", submodule_search_locations=[str(place)]
        )
        assert spec is not None
        sys.modules[package] = importlib.util.module_from_spec(spec)
        self.package = package
        self.routes = self.module("routes")
        self.seen: list[Json] = []
        self.app = FastAPI(openapi_url=None, redirect_slashes=False)
        self.routes.register(self.app, _Gate(), things=self._handlers())
        plumbing = self.module("plumbing")
        for refusal in ("InvalidRequest", "MalformedBody", "ContentTooLarge", "UnsupportedMediaType"):
            self.app.add_exception_handler(getattr(plumbing, refusal), _told)

    def module(self, name: str) -> Any:  # noqa: ANN401 - a module that is made at run time
        """Give one of the generated modules."""
        return importlib.import_module(f"{self.package}.{name}")

    def _handlers(self) -> ModuleType:
        handlers = ModuleType("things")
        for operation in self.routes.OPERATIONS:
            program = f"async def {operation.function}(ctx, /, {'*, ' if operation.arguments else ''}"
            program += f"{', '.join(operation.arguments)}):\n    return await answer(dict("
            program += f"{', '.join(f'{name}={name}' for name in operation.arguments)}))"
            result = next(iter(operation.returns.values())).result
            names: Json = {"answer": self._recorder(result)}
            exec(program, names)  # noqa: S102 - our own text
            names[operation.function].__module__ = handlers.__name__
            setattr(handlers, operation.function, names[operation.function])
        return handlers

    def _recorder(self, result: type) -> Any:  # noqa: ANN401 - a coroutine function
        async def answer(arguments: Json) -> object:
            body = arguments.get("body")
            for name, value in dict(vars(body)).items() if hasattr(body, "model_fields_set") else ():
                if hasattr(value, "read"):
                    arguments[name] = (value.filename, value.content_type, value.size, await value.read())
            self.seen.append(arguments)
            return result()

        return answer

    def ask(self, method: str, path: str, headers: Any = None, **sent: Any) -> httpx.Response:  # noqa: ANN401 - see httpx
        """Send one request."""

        async def send() -> httpx.Response:
            transport = httpx.ASGITransport(self.app)
            async with httpx.AsyncClient(transport=transport, base_url="http://x") as client:
                return await client.request(method, path, headers=headers, **sent)

        return asyncio.run(send())

    def call(
        self, method: str, path: str, query: str = "", headers: Json | None = None, chunks: Iterable[bytes | None] = ()
    ) -> tuple[int, bytes]:
        """Send what no client would: any length, any pieces; None is a client that goes away."""
        sent: list[Json] = []
        pieces: Iterator[bytes | None] = iter([*chunks, b""])

        async def receive() -> Json:
            piece = next(pieces)
            if piece is None:
                return {"type": "http.disconnect"}
            return {"type": "http.request", "body": piece, "more_body": piece != b""}

        async def send(message: Any) -> None:  # noqa: ANN401 - as ASGI has it
            sent.append(message)

        scope = {
            "type": "http",
            "method": method,
            "path": path,
            "raw_path": path.encode(),
            "query_string": query.encode(),
            "headers": [(name.lower().encode(), value.encode()) for name, value in (headers or {}).items()],
        }
        asyncio.run(self.app(scope, receive, send))
        return sent[0]["status"], b"".join(message.get("body", b"") for message in sent)

    def taken(self, method: str, path: str, headers: Any = None, **sent: Any) -> Json:  # noqa: ANN401 - as above
        """Send a request that is taken, and give what the handler was handed."""
        answer = self.ask(method, path, headers, **sent)
        assert answer.status_code == 204, answer.text
        return self.seen.pop()

    def refused(self, method: str, path: str, headers: Any = None, **sent: Any) -> list[list[str]]:  # noqa: ANN401 - as above
        """Send a request that is a 422, and give the field and the type of each fault."""
        answer = self.ask(method, path, headers, **sent)
        assert answer.status_code == 422, answer.text
        assert self.seen == []
        return [fault[:2] for fault in answer.json()["faults"]]


class _Gate:
    """Lets everybody in."""

    def public(self, call: Any, /) -> nullcontext[None]:  # noqa: ANN401 - of a module that is made at run time
        """Open nothing."""
        del call
        return nullcontext()


async def _told(_: Request, error: Exception) -> Response:
    faults = [(fault.field, fault.type, fault.message) for fault in getattr(error, "errors", ())]
    content = {"kind": type(error).__name__, "told": str(error), "faults": faults}
    return JSONResponse(content, getattr(error, "status", 500))
