"""Writes the pages about problems from the contract: what is shown is what is promised.

The pages load and run nothing. Their one style stands in them; browsers apply it by its hash.
Spec: specs/features/problems.md.
"""

import json
import re
from base64 import b64encode
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from html import escape
from http import HTTPStatus
from typing import Any, Final  # Any: an OpenAPI document is any JSON

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

STYLE: Final = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --faint: #57606a; --line: #d5dae0; --link: #0757ba;
  --box: #f5f7f9; --later: #0a6b3d; --keyed: #066470; --corrected: #8f4700; --authenticated: #6b3fb5; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e4e8ec; --faint: #9aa4af; --line: #343b44; --link: #78b4ff;
    --box: #1d232a; --later: #5cc98d; --keyed: #5bc2cf; --corrected: #eda660; --authenticated: #bd9df2; } }
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 3rem; max-width: 52rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
nav, footer { color: var(--faint); font-size: .9rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h1 { margin: 1.25rem 0 .25rem; font-size: 2rem; line-height: 1.2; }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.15rem; }
h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; font-weight: 500; color: var(--faint); }
a { color: var(--link); text-underline-offset: .2em; }
code { font: .92em ui-monospace, monospace; }
pre { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--box);
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9rem; }
ul, dl { margin: 0; padding: 0; list-style: none; }
li, dl div { padding: .7rem 0; border-top: 1px solid var(--line); }
li p, dd { margin: 0; }
dt { font-weight: 500; }
.status { margin: 0 0 1.5rem; color: var(--faint); } .codes .status { margin: 0; }
.codes { margin-top: 2rem; }
.codes li { display: grid; grid-template-columns: 2rem 1fr auto; gap: .1rem .9rem; align-items: baseline; }
.codes p { grid-column: 2 / -1; }
.codes a { text-decoration: none; } .codes a:is(:hover, :focus) { text-decoration: underline; }
.operations li { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between;
  align-items: baseline; }
.retry { margin: 1.25rem 0; padding: .75rem 1rem; border-left: .25rem solid; border-radius: .25rem;
  background: var(--box); }
.retry span { color: var(--ink); }
.hint { font-size: .85rem; white-space: nowrap; }
@media (max-width: 30rem) {
  .codes li { grid-template-columns: 2rem minmax(0, 1fr); } .codes .hint { grid-column: 2; order: 1; } }
.later { color: var(--later); } .keyed { color: var(--keyed); } .corrected { color: var(--corrected); }
.authenticated { color: var(--authenticated); }
"""

POLICY: Final = b"style-src 'sha256-%b'; img-src data:" % b64encode(sha256(STYLE.encode("utf-8")).digest())
"""What browsers are let do with the pages: apply the style, and take the icon, which is no file, for the icon."""


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
        f"<p>{_prose(problem.texts[0])}</p></li>"
        for problem in problems
    )
    return _document("Problems", name, f'<p>{lead}</p><ul class="codes">{lines}</ul>', nav="")


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
        f"<h3>{_prose(summary)}</h3><pre><code>{escape(json.dumps(value, indent=2, ensure_ascii=False))}</code></pre>"
        for summary, value in problem.examples.items()
    )
    content = (
        f'<p class="status"><code>{escape(problem.code)}</code> &middot; {problem.status} {escape(phrase)}</p>'
        f"<p>{_prose(problem.texts[0])}</p>"
        f'<p class="retry {escape(problem.retry)}"><span>{sentence}</span></p>'
        + "".join(f"<p>{_prose(text)}</p>" for text in problem.texts[1:])
        + _terms("Members of this problem", problem.members)
        + _terms("Headers of the answer", problem.headers)
        + f"<section><h2>Example</h2>{examples}</section>"
        + f'<section><h2>Operations that may answer with it</h2><ul class="operations">{operations}</ul></section>'
    )
    return _document(problem.title, name, content, nav=' / <a href="/problems">Problems</a>')


def _terms(title: str, terms: Mapping[str, str]) -> str:
    if not terms:
        return ""
    entries = "".join(
        f"<div><dt><code>{escape(term)}</code></dt><dd>{_prose(text)}</dd></div>" for term, text in terms.items()
    )
    return f"<section><h2>{title}</h2><dl>{entries}</dl></section>"


def _document(title: str, name: str, content: str, *, nav: str) -> str:
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{escape(title)} &middot; {escape(name)}</title>\n"
        # Without an icon of its own, browsers ask for /favicon.ico.
        f'<link rel="icon" href="data:,">\n<style>{STYLE}</style>\n</head>\n<body>\n'
        f'<nav aria-label="Breadcrumb"><a href="/">{escape(name)}</a>{nav}</nav>\n'
        f"<main>\n<h1>{escape(title)}</h1>\n{content}\n</main>\n"
        '<footer>Written from <a href="/openapi.yaml">the contract</a>.</footer>\n</body>\n</html>\n'
    )


def _prose(text: str) -> str:
    """A text of the contract, of which code marks are the one part of Markdown that is used here."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
