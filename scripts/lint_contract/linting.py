"""Reads a contract and runs all rules over it. Spec: LINT-1."""

from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.generate.reader import name_of, read
from scripts.generate.refusal import Place, Refusal
from scripts.lint_contract import composition, operations, paths, patterns, schemas, structure, values
from scripts.lint_contract.places import Contract
from scripts.lint_contract.rules import Finding, Rule

READABLE: Final = Rule("readable", "fault", "A contract that cannot be read has no meaning to check.", lambda _: ())
READING: Final = Rule(
    "reading", "style", "What is read as something else than is written is better written.", lambda _: ()
)
RULES: Final[tuple[Rule, ...]] = (
    READABLE,
    READING,
    *structure.RULES,
    *operations.RULES,
    *paths.RULES,
    *schemas.RULES,
    *patterns.RULES,
    *composition.RULES,
    *values.RULES,
)
"""All rules, in the order in which `--rules` tells them."""


@dataclass(frozen=True, slots=True)
class Told:
    """A finding with its place, as it is printed."""

    finding: Finding
    place: Place

    def __str__(self) -> str:
        """Write it for editors that jump to the place: file:line: #/pointer: [rule] sentence."""
        return f"{self.place}: [{self.finding.rule}] {self.finding.message}"


def lint(path: Path) -> list[Told]:
    """Find every breach of every rule, in the order of the files."""
    try:
        document = read(path)
    except Refusal as refusal:
        found = Finding(refusal.pointer, READABLE.name, READABLE.severity, refusal.feature)
        return [Told(found, refusal.place or Place(name_of(path), 1, ()))]
    told = [Told(finding, document.place(finding.pointer)) for finding in findings(Contract(document.content))]
    told += [
        Told(Finding(reading.place.pointer, READING.name, READING.severity, reading.sentence), reading.place)
        for reading in document.readings
    ]
    return sorted(told, key=lambda each: (each.place.file, each.place.line, each.finding.rule, each.finding.message))


def findings(contract: Contract) -> list[Finding]:
    """Find every breach of every rule in a document that is read, each once."""
    found = [
        Finding(pointer, rule.name, rule.severity, message)
        for rule in RULES
        for pointer, message in rule.breaches(contract)
    ]
    return list(dict.fromkeys(found))
