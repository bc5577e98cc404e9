"""What a client has to know of a contract, as the TypeScript package is told it. Spec: specs/toolchain/client.md."""

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Final

from scripts.generate.components import Components
from scripts.generate.objects import items, members, properties, target
from scripts.generate.operations import METHODS
from scripts.generate.reader import Document, Json, Object

_KEY: Final = "x-idempotency-key"
_RETRY: Final = "x-retry"
_RULES: Final = frozenset({"later", "keyed", "authenticated", "corrected"})
_OF_STATUSES: Final[Mapping[int, str]] = {
    401: "authenticated",
    408: "later",
    429: "later",
    502: "keyed",
    503: "keyed",
    504: "keyed",
}
"""What HTTP says (RFC 9110, section 15; RFC 6585) of answers whose contract says nothing, such as those of proxies."""
_BEARERS: Final = frozenset({"oauth2", "openIdConnect"})
"""The types of security schemes whose tokens are sent as bearer tokens; and `http` with the scheme `bearer`."""
_TEXTS: Final = frozenset({"application/yaml", "application/xml", "application/x-ndjson"})
_NAME: Final = re.compile(r"[A-Za-z_$][A-Za-z0-9_$]*")
_RESERVED: Final = frozenset(
    {"any", "bigint", "boolean", "never", "null", "number", "object", "string", "symbol", "undefined", "unknown"}
    | {"break", "case", "catch", "class", "const", "continue", "debugger", "default", "delete", "do", "else", "enum"}
    | {"export", "extends", "false", "finally", "for", "function", "if", "import", "in", "instanceof", "new", "return"}
    | {"super", "switch", "this", "throw", "true", "try", "typeof", "var", "void", "while", "with", "yield", "await"}
    | {"implements", "interface", "let", "package", "private", "protected", "public", "static", "components"},
)
"""What no type can be called, and what the file of the schemas imports."""
_CURSOR, _NEXT_CURSOR = "cursor", "next_cursor"
_SEMVER: Final = re.compile(r"(\d+\.\d+\.\d+)(-[0-9A-Za-z.-]+)?(\+[0-9A-Za-z.-]+)?")


@dataclass(frozen=True)
class Facts:
    """The facts of one contract; none is made up."""

    document: Document

    @property
    def name(self) -> str:
        """Name the package after the title."""
        slug = re.sub(r"[^a-z0-9]+", "-", str(self._info.get("title")).lower()).strip("-")[:200]
        return "-".join(filter(None, (slug, "client")))

    @property
    def version(self) -> str:
        """Give the version of the contract as npm takes it: three numbers."""
        said = str(self._info.get("version"))
        if _SEMVER.fullmatch(said):
            return said
        if found := re.fullmatch(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?", said):
            return ".".join(str(int(number or 0)) for number in found.groups())
        return "0.0.0-" + (re.sub(r"[^0-9A-Za-z]+", "-", f"contract-{said}").strip("-"))

    @property
    def title(self) -> str:
        """Give the title of the contract."""
        return str(self._info.get("title"))

    @property
    def description(self) -> str:
        """Describe the package."""
        return f"TypeScript client of {self.title}, generated from its OpenAPI contract"

    @property
    def license(self) -> str:
        """Give the SPDX identifier of the contract's license; nothing where it is none."""
        license_ = members(self._info, "license")
        said = str(license_.get("identifier") or license_.get("name") or "")
        return said if re.fullmatch(r"[A-Za-z0-9.+-]+", said) else ""

    @cached_property
    def operations(self) -> dict[str, Object]:
        """Give by method and path what a call goes by."""
        return {f"{method.upper()} {path}": self._operation(*found) for path, method, found in self._all()}

    @property
    def key_header(self) -> str:
        """Name the header for idempotency keys."""
        names = [str(operation["key"]) for operation in self.operations.values() if "key" in operation]
        return names[0] if names else "Idempotency-Key"

    @cached_property
    def retry_by_code(self) -> dict[str, str]:
        """Give `x-retry` by the code of the problem."""
        found: dict[str, str] = {}
        for schema in self._schemas.values():
            rule = members(schema).get(_RETRY)
            code = members(properties(self._schemas, schema).get("code")).get("const")
            if rule in _RULES and isinstance(code, str):
                found[code] = str(rule)
        return found

    @property
    def retry_by_status(self) -> dict[int, str]:
        """Give the rule on which all problems of a status agree, and what HTTP says of those of which there are none."""
        found: dict[int, set[str]] = {}
        for schema in self._schemas.values():
            rule = members(schema).get(_RETRY)
            status = members(properties(self._schemas, schema).get("status")).get("const")
            if rule in _RULES and isinstance(status, int):
                found.setdefault(status, set()).add(str(rule))
        agreed = {status: rules.pop() for status, rules in found.items() if len(rules) == 1}
        rules = {status: rule for status, rule in _OF_STATUSES.items() if status not in found} | agreed
        return {status: rule for status, rule in sorted(rules.items()) if rule != "corrected"}

    @property
    def problems(self) -> list[str]:
        """Write the types of all errors in JSON."""
        found: dict[str, None] = {}
        for path, method, (operation, _) in self._all():
            for status, response in members(operation, "responses").items():
                if _is_error(status):
                    for type_, media in self._content(response).items():
                        if _is_json(type_):
                            place = (path, method, "responses", status, "content", type_)
                            found |= dict.fromkeys(self._types(members(media).get("schema"), place))
        return list(found)

    @property
    def roots(self) -> list[str]:
        """Name the types of openapi-typescript that `problems` are parts of."""
        return sorted({problem.partition("[")[0] for problem in self.problems})

    @property
    def paged(self) -> list[str]:
        """Give the paths that are read page by page."""
        return [
            path
            for path, method, (operation, parameters) in self._all()
            if method == "get"
            and any(parameter.get("in") == "query" and parameter.get("name") == _CURSOR for parameter in parameters)
            and any(
                _NEXT_CURSOR in properties(self._schemas, members(media).get("schema"))
                for type_, media in self._content(members(operation, "responses").get("200")).items()
                if _is_json(type_)
            )
        ]

    @property
    def schemas(self) -> list[str]:
        """Give the names of the schemas that can be names of types."""
        return [name for name in self._schemas if _NAME.fullmatch(name) and name not in _RESERVED]

    @property
    def _info(self) -> Object:
        return members(self.document.content, "info")

    @cached_property
    def _components(self) -> Components:
        return Components(self.document.content)

    @property
    def _schemas(self) -> Object:
        return self._components.section("schemas")

    def _all(self) -> Iterator[tuple[str, str, tuple[Object, list[Object]]]]:
        """Give all operations: path, method, the operation and its parameters."""
        for path, item in members(self.document.content, "paths").items():
            for method in METHODS:
                if method in members(item):
                    operation = members(item, method)
                    both = (*items(operation.get("parameters")), *items(members(item).get("parameters")))
                    yield path, method, (operation, [self._components.resolve(parameter) for parameter in both])

    def _operation(self, operation: Object, parameters: list[Object]) -> Object:
        found: Object = {}
        for parameter in parameters:
            if parameter.get(_KEY) is True:
                found["key"] = parameter.get("name")
        if self._is_secured(operation):
            found["isSecured"] = True
        responses = members(operation, "responses")
        successes = [self._content(response) for status, response in responses.items() if _is_success(status)]
        filled = [content for content in successes if content]
        types = _types(filled)
        if types and all(type_.startswith("text/") or type_ in _TEXTS for type_ in types):
            found["parseAs"] = "text"
        if types and all(self._content(answer) for status, answer in responses.items() if _has_body(status)):
            found["answers"] = [*types]
        errors = _types([self._content(response) for status, response in responses.items() if _is_error(status)])
        if errors:
            found["problems"] = [*errors]
        return found

    def _is_secured(self, operation: Object) -> bool:
        schemes = self._components.section("securitySchemes")
        required = items(operation.get("security", self.document.content.get("security")))
        found = [self._components.resolve(schemes.get(name)) for alternative in required for name in members(alternative)]
        return any(
            scheme.get("type") in _BEARERS or (scheme.get("type"), str(scheme.get("scheme")).lower()) == ("http", "bearer")
            for scheme in found
        )

    def _content(self, response: Json) -> Object:
        return members(self._components.resolve(response), "content")

    def _types(self, schema: Json, place: tuple[str, ...]) -> Iterator[str]:
        """Write the types of a schema: one for each alternative that has a name."""
        if name := target(schema):
            yield f'components["schemas"][{_quoted(name)}]'
            return
        branches = items(members(schema).get("oneOf")) or items(members(schema).get("anyOf"))
        if branches and all(target(branch) for branch in branches):
            for branch in branches:
                yield from self._types(branch, place)
            return
        yield "paths" + "".join(f"[{part if part.isdigit() else _quoted(part)}]" for part in place)


def _is_success(status: str) -> bool:
    return status.startswith("2")


def _has_body(status: str) -> bool:
    return _is_success(status) and status not in {"204", "205"}


def _is_error(status: str) -> bool:
    """Say whether openapi-fetch gives answers of a status as `error`."""
    return status.startswith(("4", "5", "default"))


def _is_json(type_: str) -> bool:
    return re.fullmatch(r"application/([^;]+\+)?json", _bare(type_)) is not None


def _types(contents: list[Object]) -> dict[str, None]:
    return dict.fromkeys(_bare(type_) for content in contents for type_ in content)


def _bare(type_: str) -> str:
    """Leave the parameters of a media type out."""
    return type_.partition(";")[0].strip().lower()


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)
