"""The application of the mock: the generated routes behind the edge of the service, without a database (MOCK-1, -6).

It is imported only once the package `generated` of the contract is the first on the path: ours is the default.
"""

from collections.abc import Iterator
from typing import Any, Final  # Any: see `create_app`
from urllib.parse import quote

from fastapi import FastAPI
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import Response

from backend import edge, errors, problem_details
from backend.settings import Settings
from generated import routes
from generated.strict_json import MalformedBody
from scripts.generate.reader import Object
from scripts.generate.rewriting import items, members
from scripts.mock.answers import Declared, Preferring, answer, first_success, sent
from scripts.mock.gate import Gate
from scripts.mock.instances import Instances, NoInstance
from scripts.mock.stand_ins import stand_ins

SETTINGS: Final = Settings.model_construct(environment="development", cors_origins=(), allowed_hosts=("*",))
"""The environment is the service's: a mock needs none of it and stumbles over none of it."""

PAGES: Final = Middleware(
    CORSMiddleware, allow_origins=["*"], allow_methods=["*"], allow_headers=["*"], expose_headers=["*"]
)
"""Pages of every origin may call, and with any header: which ones a foreign contract has, the service cannot know."""


def create_app() -> FastAPI:
    """The application: every operation of the contract, open to pages of every origin."""
    app = FastAPI(
        middleware=[PAGES, *edge.middleware(SETTINGS), Middleware(Preferring)],
        openapi_url=None,
        redirect_slashes=False,
    )
    problem_details.install(app)
    app.add_exception_handler(Declared, sent)
    app.add_exception_handler(MalformedBody, _refuse_form)
    gate: Any = Gate()  # of whatever contract: it has more methods than ours asks for
    routes.register(app, gate, **stand_ins(routes.OPERATIONS, answer))
    return app


class MalformedForm(errors.ApiError):
    """A form that cannot be read: ours has none, so that the service has no error for it."""

    status = 400
    code = "malformed_form"
    title = "Malformed form"


async def _refuse_form(request: Request, error: Exception) -> Response:
    return problem_details.problem(request.scope, MalformedForm(f"The body is no form that can be read: {error}."))


def unanswerable() -> Iterator[str]:
    """Name the operations whose answer has no example and for which no instance is found."""
    for operation in routes.OPERATIONS:
        try:
            answer(operation)
        except NoInstance:
            status = first_success(operation)
            yield f"{operation.id} answers 500: give its {status} an example, none could be made"


def sample(app: FastAPI, address: str) -> str:
    """Give the arguments of a curl command that works: for a read operation, a secured one if there is one."""
    document = app.openapi()
    schemas = members(members(document, "components"), "schemas")
    instances = Instances({name: members(schema) for name, schema in schemas.items()})
    reads = sorted(_reads(document), key=lambda read: "security" not in read[1])
    path, told = reads[0] if reads else ("/", {})
    for parameter in map(members, items(told.get("parameters"))):
        said = [members(example).get("value") for example in members(parameter, "examples").values()]
        value = said[0] if said else instances.full(parameter.get("schema"))
        path = path.replace(f"{{{parameter['name']}}}", quote(str(value), safe=""))
    schemes = members(members(document, "components"), "securitySchemes")
    ways = items(told.get("security"))
    shown = [_shown(members(schemes[name])) for name in members(ways[0])] if ways else []
    options = "".join(f"{option} " for option in shown if option[0] == "-")
    queries = "&".join(option for option in shown if option[0] != "-")
    return f"{options}'{address}{path}?{queries}'" if queries else f"{options}{address}{path}"


def _shown(scheme: Object) -> str:
    """Write what curl shows for a scheme: an option, or a query parameter."""
    where, name = scheme.get("in"), scheme.get("name")
    if scheme.get("scheme") == "basic":
        return "-u anyone:anything"
    if scheme.get("type") != "apiKey":
        return "-H 'Authorization: Bearer anything'"
    return {"query": f"{name}=anything", "cookie": f"-b {name}=anything"}.get(str(where), f"-H '{name}: anything'")


def _reads(document: Object) -> Iterator[tuple[str, Object]]:
    """Find the operations that can be called with a path alone."""
    for path, item in members(document, "paths").items():
        told = members(members(item).get("get"))
        needed = [parameter for parameter in map(members, items(told.get("parameters"))) if parameter.get("required")]
        if told and all(parameter.get("in") == "path" for parameter in needed):
            yield path, told
