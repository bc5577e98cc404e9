"""`make lint-contract`: python -m scripts.lint_contract [contract]. Spec: GEN-14."""

import argparse
import sys
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import Final

from scripts.contract import CONTRACT
from scripts.generate.reader import Document, Object, read, told
from scripts.generate.refusal import Refusal
from scripts.lint_contract import operations, schemas
from scripts.lint_contract.findings import Finding

RULES: Final[tuple[Callable[[Object], Iterable[Finding]], ...]] = (
    operations.complete,
    operations.statuses,
    operations.problems,
    operations.requests,
    operations.paths,
    operations.links,
    operations.used,
    schemas.bounded,
    schemas.patterns,
    schemas.ranges,
    schemas.defaults,
    schemas.examples,
    schemas.satisfiable,
    schemas.referred,
)


def lint(document: Document) -> list[Finding]:
    """Find every breach of every rule, in the order of the file."""
    found = [finding for rule in RULES for finding in rule(document.content)]
    return sorted(found, key=lambda finding: (document.line(finding.pointer), finding.rule, finding.message))


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each breach; 1 if there is one."""
    parser = argparse.ArgumentParser(prog="python -m scripts.lint_contract", description="Check the contract's style.")
    parser.add_argument("contract", nargs="?", type=Path, default=CONTRACT, help="the OpenAPI document")
    try:
        document = read(parser.parse_args(arguments).contract)
    except Refusal as refusal:
        print(told(refusal))
        return 1
    found = lint(document)
    for finding in found:
        print(f"{document.place(finding.pointer)}: {finding.message} [{finding.rule}]")
    return 1 if found else 0


if __name__ == "__main__":
    sys.exit(main())
