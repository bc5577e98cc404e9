"""`make lint-contract`: python -m scripts.lint_contract [contract]. Spec: LINT-1, LINT-3, LINT-13."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from scripts.contract import CONTRACT
from scripts.generate.reader import name_of
from scripts.lint_contract.linting import RULES, lint
from scripts.lint_contract.seeded.score import score


def main(arguments: Sequence[str] | None = None) -> int:
    """Print a line for each breach; 1 if there is a fault, or any breach in our own contract."""
    parser = argparse.ArgumentParser(prog="python -m scripts.lint_contract", description="Check a contract.")
    parser.add_argument(
        "contract", nargs="?", type=Path, default=CONTRACT, help="the OpenAPI document; without it, ours"
    )
    parser.add_argument(
        "--strict", action="store_true", help="let style count as faults do, as it does in our contract"
    )
    parser.add_argument("--rules", action="store_true", help="print the rules")
    parser.add_argument("--seeded", action="store_true", help="print who sees which of the seeded faults")
    given = parser.parse_args(arguments)
    if given.rules:
        return _tell_rules()
    if given.seeded:
        return score()
    contract = given.contract.resolve()
    return _judge(contract, is_binding=given.strict or contract == CONTRACT)


def _judge(contract: Path, *, is_binding: bool) -> int:
    found = lint(contract)
    for told in found:
        is_warning = told.finding.severity == "style" and not is_binding
        print(f"{told} (style)" if is_warning else told)
    faults = sum(told.finding.severity == "fault" for told in found)
    if found:
        print(f"{name_of(contract)}: {faults} faults, {len(found) - faults} breaches of style", file=sys.stderr)
    return 1 if faults or (is_binding and found) else 0


def _tell_rules() -> int:
    print("| rule | severity | why |", "|---|---|---|", sep="\n")
    for rule in RULES:
        print(f"| {rule.name} | {rule.severity} | {rule.reason} |")
    return 0


if __name__ == "__main__":
    sys.exit(main())
