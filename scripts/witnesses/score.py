"""The score: each mutant is judged by its own witnesses, until the first exchange that contradicts it."""

import tomllib
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.witnesses.calls import Circumstance, Witness, Witnesses
from scripts.witnesses.document import REQUEST, Contract, Place
from scripts.witnesses.exchanges import Exchanges
from scripts.witnesses.judge import Answer, Judge
from scripts.witnesses.mutants import Mutant

SURVIVORS: Final = Path(__file__).with_name("survivors.toml")
"""The mutants of our contract that no exchange can contradict, each with the reason."""

LEAST: Final = 0.95
"""Of all mutants."""


@dataclass(frozen=True)
class Score:
    """What was noticed: for every mutant the first contradiction, or none."""

    verdicts: Mapping[Mutant, str | None]

    @property
    def survivors(self) -> list[str]:
        """The names of what was not noticed."""
        return [mutant.name for mutant, verdict in self.verdicts.items() if verdict is None]

    @property
    def share(self) -> float:
        """Of the mutants that were noticed."""
        return 1 - len(self.survivors) / len(self.verdicts)

    def table(self) -> str:
        """A line for each kind, and one for all."""
        every = Counter(mutant.kind for mutant in self.verdicts)
        seen = Counter(mutant.kind for mutant, verdict in self.verdicts.items() if verdict is not None)
        lines = [f"{kind:20} {count:5} {seen[kind]:5} {count - seen[kind]:5}" for kind, count in sorted(every.items())]
        return "\n".join([f"{'kind':20} {'all':>5} {'seen':>5} {'not':>5}", *lines])

    def line(self) -> str:
        """All of it in one line."""
        noticed = len(self.verdicts) - len(self.survivors)
        counts = f"mutants: {len(self.verdicts)}, noticed: {noticed} ({self.share:.1%})"
        return f"{counts}, survivors: {len(self.survivors)}"

    def reasons_to_fail(self, known: Mapping[str, str]) -> list[str]:
        """What differs from the survivors that are known, and whether too many are."""
        survivors = set(self.survivors)
        reasons = [f"not noticed, and not listed: {name}" for name in self.survivors if name not in known]
        reasons += [f"listed as a survivor, but noticed or gone: {name}" for name in known if name not in survivors]
        if self.share < LEAST:
            reasons.append(f"only {self.share:.1%} are noticed, {LEAST:.0%} must be")
        return reasons


def known_survivors(path: Path = SURVIVORS) -> dict[str, str]:
    """The survivors that are accepted, by name, with the reason of each."""
    by_reason = tomllib.loads(path.read_text(encoding="utf-8"))["survivors"]
    return {name: group["reason"] for group in by_reason for name in group["mutants"]}


class Run:
    """The witnesses of a contract against the service that keeps it, and the mutants against what came back."""

    def __init__(self, contract: Contract, exchanges: Exchanges) -> None:
        self._contract = contract
        self._exchanges = exchanges

    def contradictions(self) -> list[str]:
        """Everything in which the service contradicts its own contract: it has to be nothing."""
        operations = self._contract.operations.values()
        made = (each for operation in operations for each in Witnesses(self._contract, operation).all())
        witnesses = list(dict.fromkeys(made))
        self._exchanges.send(witnesses)
        judge = Judge(self._contract)
        return [
            f"{witness[0].shown}: {sentence}"
            for witness in witnesses
            for sentence in judge.contradictions(witness, self._exchanges.answers(witness))
        ]

    def score(self, mutants: Iterable[Mutant]) -> Score:
        """Judge every mutant."""
        return Score({mutant: self.verdict(mutant) for mutant in mutants})

    def verdict(self, mutant: Mutant) -> str | None:
        """The first contradiction of a mutant, or none."""
        contract = Contract(mutant.applied(self._contract.content))
        parts: dict[str, set[str]] = {}
        for operation_id, part in sorted(touched(self._contract, mutant)):
            parts.setdefault(operation_id, set()).add(part)
        found = (each for id_, touched in parts.items() for each in self._contradictions_of(contract, id_, touched))
        return next(found, None)

    def _contradictions_of(self, contract: Contract, operation_id: str, parts: Collection[str]) -> Iterator[str]:
        """What the mutant's own witnesses of an operation show, where the change can make a difference."""
        judge = Judge(contract)
        operation = contract.operations[operation_id]
        seen: set[Answer] = set()
        for witness in self._cheapest_first(Witnesses(contract, operation).all()):
            answers = self._exchanges.answers(witness)
            if REQUEST in parts:
                yield from judge.contradictions(witness, answers)
                continue
            for answer in answers:
                # An answer that came twice is judged once.
                if str(answer.status) in parts and answer not in seen:
                    seen.add(answer)
                    yield from judge.of_answer(operation, answer)

    def _cheapest_first(self, witnesses: Iterable[Witness]) -> Iterator[Witness]:
        """What was sent already, as it is made; what needs to be sent; what needs the service to be in trouble."""
        new: list[Witness] = []
        for witness in witnesses:
            if witness in self._exchanges.remembered:
                yield witness
            else:
                new.append(witness)
        yield from sorted(dict.fromkeys(new), key=lambda witness: witness[0].circumstance is not Circumstance.NONE)


def touched(contract: Contract, mutant: Mutant) -> set[Place]:
    """The operations and statuses of a contract that the change of a mutant can make a difference to."""
    section, name, *rest = map(str, mutant.place)
    if section == "components":
        return contract.reach.get((name, rest[0]), set())
    method, part, *more = rest
    operation_id = next(
        operation.id
        for operation in contract.operations.values()
        if (operation.template, operation.method.lower()) == (name, method)
    )
    return {(operation_id, more[0] if part == "responses" else REQUEST)}
