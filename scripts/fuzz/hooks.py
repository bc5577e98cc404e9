"""What Schemathesis cannot know of this service, loaded into its process; spec: specs/toolchain.md (FUZZ-3).

JSON Schema cannot say that an id names a task, that a tag or a version is that of the task, that there is room for more
metadata, that a cursor was signed by the service, that there is such a time zone, that two parameters exclude each
other or that an instant is in range once it is in UTC. So where the drawn value fits the contract, it is replaced by
one that fits the service as well. Values that break the contract are never touched, nor are the ids that links hand
over: a deleted task stays deleted.

A task that a scenario deletes first cannot be read, updated and toggled any more. So while that has not happened to it,
some deletions that links lead to take another task.

Where the user of the run would be deleted it is another one, who is there for it: all else would find nothing.

Also here: how to read the bodies that are text by contract, and a check that Schemathesis lacks: it takes a query
parameter that the contract does not name for harmless, this contract refuses it.
"""

import os
from typing import Any, cast
from urllib.parse import unquote

import httpx
import requests
import schemathesis
import yaml
from schemathesis import APIOperation, CheckContext, DeserializationContext, HookContext, Response
from schemathesis.core.media_types import YAML_MEDIA_TYPES
from schemathesis.core.parameters import ParameterLocation
from schemathesis.generation.meta import CaseMetadata, TestPhase

from scripts.fuzz import (
    headers,  # noqa: F401 - registers a hook, which runs before the one below
    scenarios,
)
from scripts.fuzz.names import LEAVER, LEAVER_TOKEN, TOKEN, URL, USER
from scripts.fuzz.report import STEPS, SUCCESS
from scripts.fuzz.supply import Supply
from scripts.fuzz.values import (
    faulty_parameters,
    fit_bulk,
    is_strange,
    is_task_id,
    keep_in_calendar,
    know_at_times,
    make_possible,
    make_room,
    matching,
    not_matching,
    number,
    read_again,
    shorten,
)

Case = schemathesis.Case[APIOperation[Any, Any, Any, Any]]  # Any: of whatever kind of schema

KEY = "Idempotency-Key"

USER_PATH = "/api/{user_id}"

CONTRACT_PATHS = ("/openapi.yaml", "/openapi.json")

UNKNOWN = "x-fuzz-unknown"
"""A query parameter that no operation has; each is asked once whether it accepts it."""

OWNER = {"Authorization": f"Bearer {os.environ[TOKEN]}"}

FAREWELL = {"Authorization": f"Bearer {os.environ[LEAVER_TOKEN]}"}

supply = Supply(httpx.Client(base_url=os.environ[URL], headers=OWNER, trust_env=False), os.environ[USER])
leaving = Supply(httpx.Client(base_url=os.environ[URL], headers=FAREWELL, trust_env=False), os.environ[LEAVER])
session = requests.Session()
asked: set[str] = set()


scenarios.lengthen()
scenarios.begin_with_creation()


@schemathesis.hook
def before_load_schema(context: HookContext, raw_schema: dict[str, Any]) -> None:  # noqa: ARG001 - their signature
    """Replaces what Schemathesis cannot draw values of."""
    scenarios.spell_out(raw_schema)


@schemathesis.hook
def before_call(context: HookContext, case: Case, kwargs: dict[str, object]) -> None:  # noqa: ARG001 - their signature
    """Replaces what is valid by contract and could not succeed."""
    meta = cast("CaseMetadata", case.meta)  # every drawn case has it, and the requests of checks do not come by here
    negative = {location for location, component in meta.components.items() if component.mode.is_negative}
    if ParameterLocation.HEADER in negative and len(negative) > 1:
        # Two faults at once: the 401 for a drawn token would keep the other from being seen.
        case.headers.update(OWNER)
    if "user_id" in case.path_parameters:
        _be_the_owner(case, meta, negative)
        if case.operation.path == USER_PATH and case.method == "DELETE":
            _be_the_leaver(case, meta, negative)
    if "id" in case.path_parameters and ParameterLocation.PATH not in negative:
        _name_a_task(case, meta)
        _fit_the_task(case, meta, negative)
    if case.operation.path in CONTRACT_PATHS:
        know_at_times(case.headers, are_bad=_has_bad_headers(meta, negative))
    shorten(case.query)
    if ParameterLocation.QUERY not in negative:
        make_possible(case.query)
        if "cursor" in case.query:
            _take_an_issued_cursor(case)
    if KEY in case.headers and not _has_bad_headers(meta, negative):
        # The key of an earlier request is refused with another body, and replays an answer that is no longer true.
        case.headers[KEY] = supply.unused_key(case.headers[KEY])
    _fit_the_body(case, meta, negative)


@schemathesis.hook
def after_call(context: HookContext, case: Case, response: Response) -> None:  # noqa: ARG001 - their signature
    """Learns which tasks there are."""
    if response.status_code == httpx.codes.CREATED:
        supply.created(response.headers.get("location", [""])[0])
    elif response.status_code == httpx.codes.NO_CONTENT and "id" in case.path_parameters:
        supply.deleted(number(case.path_parameters["id"]), remember=_is_stateful(case.meta))
    elif response.status_code in SUCCESS and "id" in case.path_parameters:
        supply.went_on(number(case.path_parameters["id"]), STEPS[case.operation.label])


@schemathesis.check
def closed_requests(ctx: CheckContext, response: Response, case: Case) -> None:  # noqa: ARG001 - their signature
    """A query parameter that is unknown, repeated or empty is refused (LIST-17), also by an operation without any."""
    request = response.request
    if response.status_code >= httpx.codes.BAD_REQUEST or request.method != case.operation.method.upper():
        return
    accepted = faulty_parameters(str(request.url), {parameter.name for parameter in case.operation.query})
    if case.operation.label not in asked:
        asked.add(case.operation.label)
        again = request.copy()
        again.prepare_url(str(request.url), {UNKNOWN: "1"})
        accepted += [UNKNOWN] if session.send(again).status_code < httpx.codes.BAD_REQUEST else []
    if accepted:
        raise AssertionError(f"Accepted query parameters that are unknown, repeated or empty: {', '.join(accepted)}")


@schemathesis.deserializer("text/html")
def read_html(context: DeserializationContext, response: Response) -> str:  # noqa: ARG001 - their signature
    """HTML is text to the contract."""
    return response.content.decode()


@schemathesis.deserializer(*YAML_MEDIA_TYPES)
def read_yaml(context: DeserializationContext, response: Response) -> str:  # noqa: ARG001 - their signature
    """The contract promises a text here, not the data in it; it has to be YAML all the same."""
    text = response.content.decode()
    yaml.safe_load(text)
    return text


def _be_the_owner(case: Case, meta: CaseMetadata, negative: set[ParameterLocation]) -> None:
    """Puts the token's user into the path where the dictionary does not, but for requests that are about the user."""
    if ParameterLocation.PATH in negative:
        # Of two faults the 403 would hide the other one, see above.
        about_the_user = is_task_id(case.path_parameters.get("id", 1))
    else:
        listed = meta.phase.name in {TestPhase.EXAMPLES, TestPhase.COVERAGE}  # the phases that know no dictionary
        about_the_user = not listed or meta.phase.data.parameter == "user_id"
    if not about_the_user:
        case.path_parameters["user_id"] = os.environ[USER]


def _be_the_leaver(case: Case, meta: CaseMetadata, negative: set[ParameterLocation]) -> None:
    """Has another user deleted than the one whose tasks everything else is about, and something of theirs to delete."""
    about_the_user = ParameterLocation.PATH in negative or meta.phase.name is TestPhase.COVERAGE
    if about_the_user and unquote(str(case.path_parameters["user_id"])) != os.environ[USER]:
        return
    case.path_parameters["user_id"] = os.environ[LEAVER]
    if case.headers.get("Authorization") == OWNER["Authorization"]:
        case.headers.update(FAREWELL)
        leaving.create("Left behind")


def _name_a_task(case: Case, meta: CaseMetadata) -> None:
    drawn = number(case.path_parameters["id"])
    pooled = any(draw.parameter_name == "id" for draw in meta.pool_draws)
    linked = _is_stateful(meta) and supply.was_issued(drawn) and not pooled
    bound_of_id = meta.phase.name is TestPhase.COVERAGE and meta.phase.data.parameter == "id"
    if linked and case.method == "DELETE":
        task_id = supply.instead(drawn)
    elif linked or bound_of_id or is_strange(drawn) or supply.is_alive(drawn):
        return
    else:
        task_id = supply.existing(drawn)
    if task_id is not None:
        case.path_parameters["id"] = task_id


def _fit_the_task(case: Case, meta: CaseMetadata, negative: set[ParameterLocation]) -> None:
    """Lets conditions hold and metadata be merged, where there is such a task: else 404 comes first."""
    conditions = set() if _has_bad_headers(meta, negative) else {"If-Match", "If-None-Match"} & set(case.headers)
    change = case.body.get("metadata") if isinstance(case.body, dict) else None
    if not conditions and not isinstance(change, dict):
        return
    task = supply.task(case.path_parameters["id"])
    if task is None:
        return
    for name in conditions:
        _meet(case, name, task["etag"], sent_as_shown=meta.phase.name is TestPhase.EXAMPLES)
    if isinstance(case.body, dict) and isinstance(change, dict) and ParameterLocation.BODY not in negative:
        make_room(case.body, [task])


def _fit_the_body(case: Case, meta: CaseMetadata, negative: set[ParameterLocation]) -> None:
    if not isinstance(case.body, dict):
        return
    keep_in_calendar(case.body, "due_date")
    if ParameterLocation.BODY not in negative:
        fit_bulk(case.body, case.headers, supply.tasks, are_bad=_has_bad_headers(meta, negative))


def _has_bad_headers(meta: CaseMetadata, negative: set[ParameterLocation]) -> bool:
    """Whether headers break the contract; the coverage phase says so of good ones too, see scripts/fuzz/headers.py."""
    return ParameterLocation.HEADER in negative and meta.generation.mode.is_negative


def _meet(case: Case, name: str, own: str, *, sent_as_shown: bool) -> None:
    sent = str(case.headers[name])
    if name == "If-Match":
        case.headers[name] = matching(sent, own)
    elif case.method != "GET":
        if not_matching(sent, own) is None:  # it would refuse the write
            del case.headers[name]
    elif not sent_as_shown:
        case.headers[name] = read_again(sent, own)


def _is_stateful(meta: CaseMetadata | None) -> bool:
    return meta is not None and meta.phase.name is TestPhase.STATEFUL


def _take_an_issued_cursor(case: Case) -> None:
    cursor = supply.export_cursor() if case.operation.path == USER_PATH else supply.cursor(case.query)
    if cursor is None:
        del case.query["cursor"]
    else:
        case.query["cursor"] = cursor
