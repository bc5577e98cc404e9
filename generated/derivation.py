# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""The document that FastAPI derives from the routes, completed (FastAPI's documented override of `app.openapi`).

It reads the routes and the types that serve requests, never the contract. `ATTACHED` is all that it adds, where,
and why.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any, Final

from fastapi import FastAPI
from fastapi.dependencies.utils import get_flat_params
from fastapi.openapi.utils import get_openapi
from fastapi.params import Param
from pydantic_core import to_jsonable_python

from .declarations import IDEMPOTENCY_KEY, OWNER, Operation, Scheme
from .parameters import sent_as
from .plumbing import ContractRoute
from .published import Schemas, named_types, referring, under_authored_names

Json = dict[str, Any]  # a document: any JSON below

_OPERATION: Final = "/paths/[^/]+/[a-z]+"
ATTACHED: Final[Mapping[str, str]] = {
    "/(info|servers|tags|externalDocs|webhooks|x-[^/]+)(/.+)?": "FastAPI's models rewrite or refuse addresses",
    "/paths/[^/]+": "FastAPI matches names of parameters that are names in Python, and those of a path may be others",
    "/paths/[^/]+/(summary|description|servers|x-[^/]+)(/.+)?": "FastAPI has no argument for what is said of a path",
    "/components/(callbacks|pathItems)(/.+)?": "FastAPI has no argument for them",
    "/components/schemas(/.+)?": "FastAPI's encoder drops nulls (in examples, as defaults), and it titles everything",
    "/components/securitySchemes(/.+)?": "FastAPI leaves out what no operation asks for, and its encoder drops nulls",
    f"{_OPERATION}/(operationId|summary|description|deprecated|tags)(/.+)?": "FastAPI makes up what is not said",
    f"{_OPERATION}/security(/.+)?": "FastAPI knows alternatives of one scheme each, and no optional ones",
    f"{_OPERATION}/(servers|externalDocs|callbacks|x-[^/]+)(/.+)?": "FastAPI's encoder drops nulls",
    f"{_OPERATION}/parameters/[0-9]+/schema(/.+)?": "FastAPI writes the parameter's description and a title here too",
    f"{_OPERATION}/parameters/[0-9]+/(x-.+|style|explode|allow.+|examples?(/.+)?|content(/.+)?)": (
        "FastAPI has no argument for styles, content and extensions of parameters, and its encoder drops nulls"
    ),
    f"{_OPERATION}/requestBody/(description|x-.+)": "FastAPI has no argument for it",
    f"{_OPERATION}/requestBody/content/.+": "FastAPI documents one media type, and its encoder drops nulls",
    f"{_OPERATION}/responses/[^/]+/description": "FastAPI writes its own where it is empty",
    f"{_OPERATION}/responses/[^/]+/links/.+": "FastAPI's encoder drops nulls",
    f"{_OPERATION}/responses(/(200|422|default)(/.+)?)?": "FastAPI adds them where they are not declared",
    f"{_OPERATION}/responses/[^/]+/headers/[^/]+/(schema|x-[^/]+|examples?)(/.+)?": "FastAPI derives none for headers",
    f"{_OPERATION}/responses/[^/]+/content/[^/]+/schema(/.+)?": "FastAPI derives one media type's",
    f"{_OPERATION}/responses/[^/]+/content/[^/]+/(x-[^/]+|examples?)(/.+)?": "FastAPI's encoder drops nulls",
    f"{_OPERATION}/responses/[^/]+/x-[^/]+(/.+)?": "FastAPI's encoder drops nulls",
}
"""Why something is attached or taken away, by regular expressions of where (JSON pointers, RFC 6901)."""
_ANNOTATED: Final[Any] = Annotated  # type checkers know it in annotations only; here one is built at run time


@dataclass(frozen=True)
class Facts:
    """What a document says about itself; no request depends on it."""

    openapi: str
    document: Mapping[str, Any]  # any JSON
    paths: Mapping[str, Any]  # any JSON
    components: Mapping[str, Any]  # any JSON


def derive(app: FastAPI, facts: Facts, schemes: Sequence[Scheme]) -> Json:
    """Derive the document of an app that has the contract's routes."""
    info = facts.document["info"]
    document = get_openapi(
        openapi_version=facts.openapi,
        title=info["title"],
        version=info["version"],
        routes=app.routes,
        separate_input_output_schemas=False,
    )
    document |= facts.document
    routes = [route for route in app.routes if isinstance(route, ContractRoute)]
    parameters = {id(route): dict(_parameters(route)) for route in routes}
    schemas = Schemas(
        [
            *named_types(),
            *(annotation for route in routes for annotation in _annotations(route)),
            *(annotation for known in parameters.values() for annotation, _, _ in known.values()),
        ],
    )
    document["components"] = _components(document.get("components", {}), facts, schemas, schemes)
    paths: Json = {path: dict(said) for path, said in facts.paths.items()}
    for route in routes:
        method = route.operation.method.lower()
        described = document["paths"][route.path_format][method]
        _complete_operation(described, route.operation)
        _complete_parameters(described, parameters[id(route)], schemas)
        _complete_body(described, route, schemas)
        _complete_answers(described, route.operation, schemas)
        paths.setdefault(route.operation.path, {})[method] = described
    document["paths"] = paths
    return under_authored_names(document)


def _components(told: Json, facts: Facts, schemas: Schemas, schemes: Sequence[Scheme]) -> Json:
    """Give the components: of those that FastAPI tells it makes up some, for the 422 that it adds."""
    return {
        **told,
        "schemas": schemas.definitions,
        "securitySchemes": {scheme.scheme_name: scheme.told for scheme in schemes},
        **facts.components,
    }


def _complete_operation(described: Json, operation: Operation) -> None:
    told = {
        "operationId": operation.id if operation.is_named else None,
        "tags": list(operation.tags) or None,
        "summary": operation.summary,
        "description": operation.description,
        "deprecated": operation.deprecated,
    }
    for name, value in told.items():
        described.pop(name, None)
        if value is not None:
            described[name] = value
    described |= operation.said
    if operation.roles:
        described["x-roles"] = list(operation.roles)
    if any(len(way) != 1 for way in operation.security) or len(operation.security) > 1:
        described["security"] = [
            {demand.scheme.scheme_name: list(demand.scopes) for demand in way} for way in operation.security
        ]


def _annotations(route: ContractRoute) -> Iterator[Any]:  # any annotations
    yield from (medium.annotation for medium in route.body.media if medium.annotation is not None)
    for answer in route.operation.answers.values():
        yield from (content.annotation for content in answer.content if content.annotation is not None)
        yield from (header.annotation for header in answer.headers.values())


def _parameters(route: ContractRoute) -> Iterator[tuple[tuple[str, str], tuple[Any, Json, Param]]]:  # any annotations
    """Give for each parameter its type without what FastAPI adds, what its use adds to it, and what FastAPI was told."""
    for field in get_flat_params(route.dependant):
        info = field.field_info
        assert isinstance(info, Param)  # noqa: S101 - what the function above is for
        annotation = _ANNOTATED[(info.annotation, *info.metadata, None)]
        added: Json = {} if info.is_required() or not _is_json(info.default) else {"default": info.default}
        if info.examples:
            added["examples"] = info.examples
        if isinstance(info.json_schema_extra, dict):
            added |= referring(info.json_schema_extra)
        yield (info.in_.value, field.alias), (annotation, added, info)


def _complete_parameters(
    described: Json, known: Mapping[tuple[str, str], tuple[Any, Json, Param]], schemas: Schemas
) -> None:
    for parameter in described.get("parameters", []):
        annotation, added, info = known[(parameter["in"], parameter["name"])]
        del parameter["schema"]
        parameter.update(to_jsonable_python(sent_as(info).publish(schemas.of(annotation) | added)))
        if OWNER in info.metadata:
            parameter["x-owner"] = True
        if IDEMPOTENCY_KEY in info.metadata:
            parameter["x-idempotency-key"] = True


def _complete_body(described: Json, route: ContractRoute, schemas: Schemas) -> None:
    declared = route.operation.body
    if declared is None:
        return
    content: Json = {}
    for medium in route.body.media:
        content[medium.name] = {} if medium.annotation is None else {"schema": schemas.of(medium.annotation)}
        if examples := declared.examples[medium.name]:
            content[medium.name]["examples"] = to_jsonable_python(examples)
        if medium.media.encoding:
            content[medium.name]["encoding"] = dict(medium.media.encoding)
        content[medium.name] |= to_jsonable_python(medium.media.said)
    described["requestBody"] |= {"content": content} | to_jsonable_python(declared.said)
    if declared.description is not None:
        described["requestBody"]["description"] = declared.description


def _complete_answers(described: Json, operation: Operation, schemas: Schemas) -> None:
    answers = {str(status): answer for status, answer in operation.answers.items()}
    described["responses"] = {status: described["responses"][status] for status in answers}
    if operation.is_silent:
        del described["responses"]
        return
    for status, answer in answers.items():
        response = described["responses"][status]
        response |= {"description": answer.description} | dict(answer.said)
        if answer.links:
            response["links"] = dict(answer.links)
        for name, header in answer.headers.items():
            response["headers"][name] |= {"schema": schemas.of(header.annotation)} | dict(header.said)
        for content in answer.content:
            media = response["content"][content.media_type]
            media |= content.said
            if content.annotation is not None:
                media["schema"] = schemas.of(content.annotation)
            if content.examples:
                media["examples"] = to_jsonable_python(content.examples)


def _is_json(value: object) -> bool:
    return value is None or isinstance(value, (bool, int, float, str, list, dict))
