"""Rules about operations: what is said of them, what they take, what they answer. Spec: LINT-4, LINT-5."""

import re
from collections.abc import Iterator
from typing import Final

from scripts.lint_contract.places import Contract, Operation, Place, items, members, words
from scripts.lint_contract.rules import Breach, Rule, fault, rules_of, style

_PROBLEM: Final = "application/problem+json"
_OWN_HEADERS: Final = frozenset({"accept", "content-type", "authorization"})
_STATUS: Final = re.compile(r"[1-5](?:[0-9][0-9]|XX)|default")
_BODILESS: Final = re.compile(r"1..|204|205|304")
_EVERYWHERE: Final = frozenset({"405", "422", "500"})
"""422, because an unknown query parameter is refused everywhere."""
_SECURED: Final = frozenset({"401", "403", "503"})
_WITH_BODY: Final = frozenset({"400", "413", "415"})


@style("operation-id", "The operationId names the function, the test file and the client's method.")
def identified(contract: Contract) -> Iterator[Breach]:
    """Find operations without a name."""
    for operation in contract.served:
        if "operationId" not in operation.place.value:
            yield operation.place.pointer, "operationId is missing"


@fault("operation-id-unique", "Two operations of one name cannot be told apart.")
def told_apart(contract: Contract) -> Iterator[Breach]:
    """Find names that two operations have."""
    seen: set[str] = set()
    for operation in contract.operations:
        name = operation.place.value.get("operationId")
        if isinstance(name, str):
            if name in seen:
                yield operation.place.child("operationId"), f"another operation is {name} too"
            seen.add(name)


@style("operation-described", "Front ends read summary and description instead of the code.")
def described(contract: Contract) -> Iterator[Breach]:
    """Find operations that do not say what they are."""
    for operation in contract.served:
        for name in ("summary", "description"):
            if not operation.place.value.get(name):
                yield operation.place.pointer, f"{name} is missing"


@style("operation-tag", "The tag names the module that implements the operation: there is exactly one.")
def tagged(contract: Contract) -> Iterator[Breach]:
    """Find operations of no tag or of several."""
    for operation in contract.served:
        if len(items(operation.place.value.get("tags"))) != 1:
            yield operation.place.pointer, "an operation has exactly one tag"


@style("tag-declared", "A tag that `tags` does not declare has no description, and may be a slip of the pen.")
def declared(contract: Contract) -> Iterator[Breach]:
    """Find tags that are not declared."""
    known = {str(tag.value.get("name")) for tag in contract.of("tag")}
    for operation in contract.operations:
        for name in words(operation.place.value.get("tags")):
            if name not in known:
                yield operation.place.child("tags"), f"the tag {name} is not declared"


@fault("tag-unique", "The names of tags are unique (OpenAPI).")
def tags_differ(contract: Contract) -> Iterator[Breach]:
    """Find tags that are declared twice."""
    seen: set[object] = set()
    for tag in contract.of("tag"):
        if (name := str(tag.value.get("name"))) in seen:
            yield tag.pointer, f"the tag {name} is declared twice"
        seen.add(name)


@style("operation-succeeds", "An operation without a 2xx answer has no result type.")
def succeeds(contract: Contract) -> Iterator[Breach]:
    """Find operations that never succeed."""
    for operation in contract.served:
        if not any(status.startswith("2") for status in operation.responses):
            yield operation.place.pointer, "there is no 2xx answer"


@fault("status-valid", "An answer is declared under a status, a range like 4XX, or `default`.")
def statuses_valid(contract: Contract) -> Iterator[Breach]:
    """Find what is no status."""
    for operation in contract.operations:
        for status in operation.responses:
            if not _STATUS.fullmatch(status):
                yield operation.place.child("responses", status), f"{status} is no status"


@style("status-declared", "What the framework or the plumbing can answer is declared, or clients meet it unprepared.")
def statuses(contract: Contract) -> Iterator[Breach]:
    """Find statuses that can be sent and are not declared."""
    limited = any("429" in operation.responses for operation in contract.served)
    for operation in contract.served:
        expected = set(_EVERYWHERE)
        if operation.place.value.get("security", contract.content.get("security")):
            expected |= _SECURED | ({"429"} if limited else set())
        if "requestBody" in operation.place.value:
            expected |= _WITH_BODY
        if operation.named("path"):
            expected |= {"404"}
        for status in sorted(expected):
            if not operation.responses.keys() & {status, f"{status[0]}XX", "default"}:
                yield operation.place.pointer, f"it can answer {status}, which is not declared"


@style("error-is-problem", "Clients read every error in the same way, as a problem (RFC 9457).")
def problems(contract: Contract) -> Iterator[Breach]:
    """Find errors that are not problems."""
    for operation, status, answer in _answers(contract):
        if (status >= "4" or status == "default") and list(members(answer.value, "content")) != [_PROBLEM]:
            yield operation.place.child("responses", status), f"an error is {_PROBLEM}"


@fault("status-without-body", "HTTP gives 1xx, 204, 205 and 304 no content.")
def without_body(contract: Contract) -> Iterator[Breach]:
    """Find content where HTTP has none."""
    for operation, status, answer in _answers(contract):
        if _BODILESS.fullmatch(status) and answer.value.get("content"):
            yield operation.place.child("responses", status), f"a {status} has no content"


@fault("body-has-meaning", "HTTP gives the body of a GET, HEAD or TRACE no meaning; intermediaries drop it.")
def bodies(contract: Contract) -> Iterator[Breach]:
    """Find bodies where HTTP has no meaning for them."""
    for operation in contract.operations:
        if operation.method in {"get", "head", "trace"} and "requestBody" in operation.place.value:
            yield operation.place.child("requestBody"), f"a {operation.method.upper()} has no body"


@style("delete-without-body", "HTTP gives the body of a DELETE no meaning, though some servers read it.")
def deletes(contract: Contract) -> Iterator[Breach]:
    """Find bodies of DELETE."""
    for operation in contract.operations:
        if operation.method == "delete" and "requestBody" in operation.place.value:
            yield operation.place.child("requestBody"), "a DELETE has no body"


@fault("header-is-parameter", "OpenAPI ignores parameters of these names: they have places of their own.")
def own_headers(contract: Contract) -> Iterator[Breach]:
    """Find headers that are security, bodies or media types."""
    for place in contract.of("parameter"):
        if place.value.get("in") == "header" and str(place.value.get("name")).lower() in _OWN_HEADERS:
            yield place.pointer, f"{place.value['name']} is ignored as a parameter"


@fault("parameter-unique", "A parameter that is declared twice has two meanings.")
def parameters_differ(contract: Contract) -> Iterator[Breach]:
    """Find parameters that one operation or path declares twice."""
    for owner in (*contract.of("path"), *contract.of("operation")):
        seen: set[tuple[str, str]] = set()
        for index, item in enumerate(items(owner.value.get("parameters"))):
            place = contract.resolved(item, owner.child("parameters", str(index)))
            if "name" not in place.value:
                continue
            location = str(place.value.get("in"))
            name = str(place.value["name"])
            key = (location, name.lower() if location == "header" else name)
            if key in seen:
                yield owner.child("parameters", str(index)), f"{location} {name} is declared twice"
            seen.add(key)


@style("body-named", "What has no name has no type: the schema of a body is a $ref, or a oneOf of them.")
def referred(contract: Contract) -> Iterator[Breach]:
    """Find bodies whose schema is written in place."""
    for media in contract.of("media type"):
        schema = members(media.value, "schema")
        branches = [members(branch) for branch in items(schema.get("oneOf"))] or [schema]
        if any("$ref" not in branch for branch in branches):
            yield media.child("schema"), "the schema of a body is a $ref, or a oneOf of them"


def _answers(contract: Contract) -> Iterator[tuple[Operation, str, Place]]:
    for operation in contract.served:
        for status, answer in operation.responses.items():
            yield operation, status, contract.resolved(answer, operation.place.child("responses", status))


RULES: Final[tuple[Rule, ...]] = rules_of(globals())
