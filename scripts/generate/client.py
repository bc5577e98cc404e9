"""What a client has to know of a contract, as the TypeScript package is told it. Spec: specs/toolchain/client.md."""

import json
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from scripts.generate.components import Components
from scripts.generate.objects import items, members, properties, required, resolve, target
from scripts.generate.operations import METHODS
from scripts.generate.reader import Document, Json, Object

_KEY: Final = "x-idempotency-key"
_RETRY: Final = "x-retry"
_RULES: Final = frozenset({"later", "keyed", "authenticated", "corrected"})
_OF_STATUSES: Final[Mapping[str, str]] = {
    "401": "authenticated",
    "408": "later",
    "429": "later",
    "502": "keyed",
    "503": "keyed",
    "504": "keyed",
}
"""What HTTP says (RFC 9110, section 15; RFC 6585) where the contract says nothing, as of what proxies answer."""
_BEARERS: Final = frozenset({"oauth2", "openIdConnect"})
"""The types of security schemes whose tokens are sent as bearer tokens, beside `http` with the scheme `bearer`."""
_CURSOR, _NEXT_CURSOR = "cursor", "next_cursor"
_TEXTS: Final = re.compile(r"text/.*|application/(yaml|xml|x-ndjson|.*\+(yaml|xml))")
_JSON: Final = re.compile(r"application/(.*\+)?json")
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_RESERVED: Final = frozenset(
    {"any", "bigint", "boolean", "never", "null", "number", "object", "string", "symbol", "undefined", "unknown"}
    | {"break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum"}
    | {"export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "new", "return"}
    | {"super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield", "await"}
    | {"implements", "interface", "let", "package", "private", "protected", "public", "static", "components"},
)
"""What no type can be called, and what the file with the names imports."""


@dataclass(frozen=True)
class _Error:
    """One declared error in JSON: where openapi-typescript's `paths` has it, its status, its alternatives."""

    place: tuple[str, ...]
    status: str
    alternatives: tuple[Json, ...]


@dataclass(frozen=True)
class Facts:
    """The facts of one contract; none is made up."""

    document: Document

    @cached_property
    def operations(self) -> dict[str, Object]:
        """Give by method and path what a call goes by; `contract.ts` says what each fact means."""
        return {
            f"{method.upper()} {path}": self._operation(operation, parameters)
            for path, method, operation, parameters in self._all()
        }

    @property
    def has_keys(self) -> bool:
        """Say whether an operation takes an idempotency key."""
        return any("key" in operation for operation in self.operations.values())

    @property
    def key_header(self) -> str:
        """Name the header of `idempotencyKey()`: the first one, should operations differ."""
        names = (str(operation["key"]) for operation in self.operations.values() if "key" in operation)
        return next(names, "Idempotency-Key")

    @property
    def retry_by_code(self) -> dict[str, str]:
        """Give `x-retry` by the code of the problem."""
        found = ((self._code(schema), self._rule(schema)) for schema in self._schemas.values())
        return {code: rule for code, rule in found if code and rule}

    @property
    def retry_by_status(self) -> dict[str, str]:
        """Give the rule on which all problems of a status agree; what HTTP says, where they say nothing."""
        said: dict[str, set[str]] = {}
        for error in self._errors:
            said.setdefault(error.status, set()).update(self._rule(schema) for schema in error.alternatives)
        silent = {status: rule for status, rule in _OF_STATUSES.items() if not any(said.get(status, ()))}
        agreed = {status: rules.pop() for status, rules in said.items() if status.isdigit() and len(rules) == 1}
        return {status: rule for status, rule in sorted((agreed | silent).items()) if rule and rule != "corrected"}

    @property
    def problems(self) -> list[str]:
        """Write the types of all errors: those of their alternatives that have names, else of where they stand."""
        found: dict[str, None] = {}
        for error in self._errors:
            names = [target(schema) for schema in error.alternatives]
            types = (
                [_at("components", "schemas", name) for name in names] if all(names) else [_at("paths", *error.place)]
            )
            found |= dict.fromkeys(types)
        return list(found)

    @property
    def have_codes(self) -> bool:
        """Say whether every error is an object with a `code`."""
        schemas = [schema for error in self._errors for schema in error.alternatives]
        return bool(schemas) and all("code" in required(self._schemas, schema) for schema in schemas)

    @property
    def roots(self) -> list[str]:
        """Name the types of openapi-typescript that `problems` are parts of."""
        return sorted({problem.partition("[")[0] for problem in self.problems})

    @property
    def paged(self) -> list[str]:
        """Give the paths that are read page by page."""
        return [
            path
            for path, method, operation, parameters in self._all()
            if method == "get"
            and any(parameter.get("in") == "query" and parameter.get("name") == _CURSOR for parameter in parameters)
            and self._has_next(members(operation, "responses").get("200"))
        ]

    @property
    def example(self) -> Object:
        """Give a path with pages and values for its parameters, for a line that anybody can try; empty for none."""
        for path, method, _, parameters in self._all():
            needed = [parameter for parameter in parameters if parameter.get("required") is True]
            types = [resolve(self._schemas, parameter.get("schema")).get("type") for parameter in needed]
            names = [str(parameter["name"]) for parameter in needed if parameter["in"] == "path"]
            is_plain = len(names) == len(needed) and set(map(str, types)) <= {"string", "integer"}
            if method == "get" and path in self.paged and is_plain:
                values: Object = {
                    name: name if type_ == "string" else 1 for name, type_ in zip(names, types, strict=True)
                }
                return {"path": path, "parameters": values}
        return {}

    @property
    def schemas(self) -> list[str]:
        """Give the names of the schemas that can be names of types."""
        return [name for name in self._schemas if _NAME.fullmatch(name) and name not in _RESERVED]

    @cached_property
    def _components(self) -> Components:
        return Components(self.document.content)

    @property
    def _schemas(self) -> Object:
        return self._components.section("schemas")

    def _all(self) -> Iterator[tuple[str, str, Object, list[Object]]]:
        """Give all operations: path, method, the operation, its parameters."""
        for path, item in members(self.document.content, "paths").items():
            for method in METHODS:
                if method in members(item):
                    operation = members(item, method)
                    both = (*items(operation.get("parameters")), *items(members(item).get("parameters")))
                    yield path, method, operation, [self._components.resolve(parameter) for parameter in both]

    @cached_property
    def _errors(self) -> list[_Error]:
        return [
            _Error((path, method, "responses", status, "content", type_), status, _alternatives(members(media)))
            for path, method, operation, _ in self._all()
            for status, response in members(operation, "responses").items()
            if _is_error(status)
            for type_, media in self._content(response).items()
            if _JSON.fullmatch(_bare(type_))
        ]

    def _operation(self, operation: Object, parameters: list[Object]) -> Object:
        responses = members(operation, "responses")
        contents = {status: self._content(response) for status, response in responses.items()}
        filled = {status: content for status, content in contents.items() if status not in {"204", "205"}}
        answers = [content for status, content in filled.items() if status.startswith("2")]
        types = _types(answers)
        errors = _types(content for status, content in contents.items() if _is_error(status))
        keys = [parameter["name"] for parameter in parameters if parameter.get(_KEY) is True]
        found: Object = {"key": keys[0]} if keys else {}
        if self._is_secured(operation):
            found["isSecured"] = True
        if types and all(_TEXTS.fullmatch(type_) for type_ in types):
            found["parseAs"] = "text"
        if types and all(answers):
            found["answers"] = [*types]
        if errors:
            found["problems"] = [*errors]
        return found

    def _is_secured(self, operation: Object) -> bool:
        schemes = self._components.section("securitySchemes")
        alternatives = items(operation.get("security", self.document.content.get("security")))
        used = (self._components.resolve(schemes[name]) for one in alternatives for name in members(one))
        return any(scheme.get("type") in _BEARERS or str(scheme.get("scheme")).lower() == "bearer" for scheme in used)

    def _has_next(self, response: Json) -> bool:
        return any(
            _JSON.fullmatch(_bare(type_)) and _NEXT_CURSOR in properties(self._schemas, members(media).get("schema"))
            for type_, media in self._content(response).items()
        )

    def _content(self, response: Json) -> Object:
        return members(self._components.resolve(response), "content")

    def _code(self, schema: Json) -> str:
        code = members(properties(self._schemas, schema).get("code")).get("const")
        return code if isinstance(code, str) else ""

    def _rule(self, schema: Json) -> str:
        rule = resolve(self._schemas, schema).get(_RETRY)
        return str(rule) if rule in _RULES else ""


def _is_error(status: str) -> bool:
    """Say whether openapi-fetch gives answers of a status as `error`."""
    return status.startswith(("4", "5", "default"))


def _alternatives(media: Object) -> tuple[Json, ...]:
    schema = media.get("schema")
    return tuple(items(members(schema).get("oneOf")) or items(members(schema).get("anyOf")) or (schema,))


def _types(contents: Iterable[Object]) -> dict[str, None]:
    return dict.fromkeys(_bare(type_) for content in contents for type_ in content)


def _bare(type_: str) -> str:
    """Leave the parameters of a media type out."""
    return type_.partition(";")[0].strip().lower()


def _at(root: str, *place: str) -> str:
    """Write an indexed type."""
    return root + "".join(f"[{part if part.isdigit() else json.dumps(part, ensure_ascii=False)}]" for part in place)
