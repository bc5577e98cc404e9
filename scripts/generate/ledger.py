"""The loss ledger: for every kind of fact that a contract has, how it is carried. Spec: GEN-9.

There is no class for lost facts: what would be one is refused.
"""

import re
from collections import Counter
from collections.abc import Iterator
from typing import Final

from scripts.generate.reader import Document, Json
from scripts.generate.vocabulary import REFERABLE, Carried, carried

_READ: Final = re.compile(
    r"[a-z]+/(?:[^;/]+\+)?json|text/|multipart/|application/x-www-form-urlencoded|[a-z*]+/\*|application/yaml",
    re.IGNORECASE,
)
"""The media types whose bodies are held against their schemas."""


def write(document: Document, source: str) -> str:
    """Write the ledger of a contract as Markdown."""
    counts = Counter(_facts(document.content, "document"))
    rows = [f"| {kind} | `{member}` | {how} | {times} |" for (kind, member, how), times in sorted(counts.items())]
    return "\n".join(
        (
            f"<!-- Generated from {source} by `make generate`. Do not edit. -->",
            "# How the facts of the contract are carried",
            "",
            "Enforced: a request or an answer that breaks it does not pass. Typed: a handler that breaks it does not",
            "type-check. Documented: clients read it, no request depends on it. What is not in the table is refused.",
            "",
            "| of a | fact | how | times |",
            "|---|---|---|---|",
            *rows,
            "",
        )
    )


def _facts(value: Json, kind: str) -> Iterator[tuple[str, str, str]]:
    """Name every fact below `value` by the kind of object that it is in; what is shared counts once."""
    if not isinstance(value, dict):
        return
    for name, child in value.items():
        if name == "$ref" and kind in REFERABLE:
            continue
        known = carried(kind, name, child) or Carried("documented")  # what nothing is known of has been refused
        yield kind, name, known.how
        yield from _below(child, known)


def _below(child: Json, known: Carried) -> Iterator[tuple[str, str, str]]:
    if not known.kind:
        return
    if known.shape == "one":
        yield from _facts(child, known.kind)
    elif known.kind == "media type" and isinstance(child, dict):
        for name, item in child.items():
            for kind, member, how in _facts(item, known.kind):
                # what a handler gives or gets as bytes nobody looks into
                yield kind, member, how if kind != "media type" or _READ.match(name) else "documented"
    else:
        items = child.values() if isinstance(child, dict) else child if isinstance(child, list) else ()
        for item in items:
            yield from _facts(item, known.kind)
