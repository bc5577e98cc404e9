"""Writes the pages about problems from the contract: what is shown is what is promised.

Spec: specs/features/problems.md.
"""

import json
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from html import escape
from http import HTTPStatus
from typing import Any, Final  # Any: an OpenAPI document is any JSON

from backend.pages import document, prose

METHODS: Final = ("get", "put", "post", "delete", "patch")

PHRASES: Final = {413: "Content Too Large", 414: "URI Too Long", 422: "Unprocessable Content"}
"""As RFC 9110 has them. Python says the same from 3.13 on."""

RETRY: Final = {
    "later": ("later", "The same request may succeed later."),
    "keyed": (
        "later, or under its key",
        "Repeat it later. What takes an <code>Idempotency-Key</code> only under one, because it may have been done.",
    ),
    "corrected": ("when corrected", "The same request would be refused again. Correct it first."),
    "authenticated": ("with a new token", "The same request may succeed with a new token."),
}
"""When a request may be sent again, for each `x-retry`: in a few words, and in a sentence or two of HTML."""

WAITED_FOR: Final = {"later", "keyed"}
"""The rules that `Retry-After` belongs to, where the answer has it."""


@dataclass(slots=True)
class _Problem:
    """What the contract says of one code, over all answers that may have it."""

    code: str
    status: int
    retry: str
    texts: list[str]
    """The paragraphs of its description; the first says what happened."""
    members: dict[str, str]
    """What it has beside the members of every problem, with descriptions."""
    headers: dict[str, str] = field(default_factory=dict)
    waits: bool = False
    """Whether `Retry-After` is declared for it."""
    examples: dict[str, dict[str, Any]] = field(default_factory=dict)
    operations: dict[str, tuple[str, str]] = field(default_factory=dict)
    """By operationId: method and path, and the place on the documentation page."""

    @property
    def title(self) -> str:
        return next(str(example["title"]) for example in self.examples.values())


def write(contract: Mapping[str, Any], *, docs: bool) -> dict[str, str]:
    """The page of each code, and under the empty name the one that lists them all.

    `contract` is an OpenAPI document whose problems are put together as ours are; `docs` says whether its operations
    are shown at `/docs`.
    """
    problems = sorted(_problems(contract), key=lambda problem: problem.status)
    name = contract["info"]["title"]
    return {"": _index(problems, name)} | {problem.code: _page(problem, name, docs=docs) for problem in problems}


def _problems(contract: Mapping[str, Any]) -> Iterable[_Problem]:
    found: dict[str, _Problem] = {}
    for method, path, operation in _operations(contract):
        for answer in operation["responses"].values():
            response = _resolved(contract, answer)
            content = response.get("content", {}).get("application/problem+json", {})
            for problem in _choices(contract, content.get("schema", {"oneOf": []})):
                known = found.setdefault(problem.code, problem)
                place = f"/docs#/{operation['tags'][0]}/{operation['operationId']}"
                known.operations[operation["operationId"]] = (f"{method.upper()} {path}", place)
                _note(contract, known, response, content["examples"])
    return found.values()


def _operations(contract: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, item in contract["paths"].items():
        for method in METHODS:
            if method in item:
                yield method, path, item[method]


def _choices(contract: Mapping[str, Any], schema: Mapping[str, Any]) -> Iterator[_Problem]:
    """The problems that an answer may have; they have no examples or operations yet."""
    for choice in schema.get("oneOf", [schema]):
        target = _resolved(contract, choice)
        own = target["allOf"][-1]["properties"]  # the other part is what all problems have
        members = {name: _resolved(contract, member) for name, member in own.items()}
        yield _Problem(
            code=members.pop("code")["const"],
            status=members.pop("status")["const"],
            retry=target["x-retry"],
            texts=target["description"].strip().split("\n\n"),
            members={name: member["description"] for name, member in members.items()},
        )


def _note(
    contract: Mapping[str, Any], problem: _Problem, response: Mapping[str, Any], examples: Mapping[str, Any]
) -> None:
    """Keeps what an answer says of one of its problems: its own headers, and examples."""
    for name, node in response["headers"].items():
        header = _resolved(contract, node)
        if name == "Retry-After" and problem.retry in WAITED_FOR:
            problem.waits = True
        if header.get("required") and not header.get("x-edge"):
            problem.headers[name] = header["description"]
    for node in examples.values():
        example = _resolved(contract, node)
        if example["value"]["code"] == problem.code:
            problem.examples[example["summary"]] = example["value"]


def _resolved(contract: Mapping[str, Any], node: Mapping[str, Any]) -> Mapping[str, Any]:
    """The node with what it refers to; what stands beside a reference comes first."""
    if "$ref" not in node:
        return node
    target: Any = contract
    for part in node["$ref"].removeprefix("#/").split("/"):
        target = target[part]
    return {**_resolved(contract, target), **node}


def _index(problems: Iterable[_Problem], name: str) -> str:
    lead = (
        "What this service answers when it does not do what it is asked for. Programs switch on <code>code</code>. "
        "Beside each: when the request may be sent again."
    )
    lines = "".join(
        f'<li><span class="status">{problem.status}</span>'
        f' <a href="/problems/{escape(problem.code)}"><code>{escape(problem.code)}</code></a>'
        f' <span class="hint {escape(problem.retry)}">{RETRY[problem.retry][0]}</span>'
        f"<p>{prose(problem.texts[0])}</p></li>"
        for problem in problems
    )
    return document("Problems", f'<p>{lead}</p><ul class="codes">{lines}</ul>', name=name, above=_breadcrumb(name))


def _page(problem: _Problem, name: str, *, docs: bool) -> str:
    _, sentence = RETRY[problem.retry]
    if problem.waits:
        sentence += " Wait for as many seconds as <code>Retry-After</code> says."
    phrase = PHRASES.get(problem.status) or HTTPStatus(problem.status).phrase
    operations = "".join(
        f'<li><a href="{escape(place)}">{escape(operation)}</a> <code>{escape(path)}</code></li>'
        if docs
        else f"<li>{escape(operation)} <code>{escape(path)}</code></li>"
        for operation, (path, place) in problem.operations.items()
    )
    examples = "".join(
        f"<h3>{prose(summary)}</h3><pre><code>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</code></pre>"
        for summary, value in problem.examples.items()
    )
    content = (
        f'<p class="status"><code>{escape(problem.code)}</code> &middot; {problem.status} {escape(phrase)}</p>'
        f"<p>{prose(problem.texts[0])}</p>"
        f'<p class="retry {escape(problem.retry)}"><span>{sentence}</span></p>'
        + "".join(f"<p>{prose(text)}</p>" for text in problem.texts[1:])
        + _terms("Members of this problem", problem.members)
        + _terms("Headers of the answer", problem.headers)
        + f"<section><h2>Example</h2>{examples}</section>"
        + f'<section><h2>Operations that may answer with it</h2><ul class="operations">{operations}</ul></section>'
    )
    above = _breadcrumb(name, ' / <a href="/problems">Problems</a>')
    return document(problem.title, content, name=name, above=above)


def _breadcrumb(name: str, more: str = "") -> str:
    return f'<nav aria-label="Breadcrumb"><a href="/">{escape(name)}</a>{more}</nav>\n'


def _terms(title: str, terms: Mapping[str, str]) -> str:
    if not terms:
        return ""
    entries = "".join(
        f"<div><dt><code>{escape(term)}</code></dt><dd>{prose(text)}</dd></div>" for term, text in terms.items()
    )
    return f"<section><h2>{title}</h2><dl>{entries}</dl></section>"
