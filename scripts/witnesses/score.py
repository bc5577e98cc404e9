"""The score: each mutant is judged by its own witnesses, until the first exchange that contradicts it."""

import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from scripts.witnesses.calls import Circumstance, Witness, Witnesses, unknown_methods
from scripts.witnesses.document import REQUEST, Contract, Place
from scripts.witnesses.exchanges import Exchanges
from scripts.witnesses.judge import Answer, Judge
from scripts.witnesses.mutants import Mutant, Mutation

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
        self._reach = contract.reach()
        self._by_place: dict[Place, list[tuple[Witness, tuple[Answer, ...]]]] = {}

    def contradictions(self) -> list[str]:
        """Everything in which the service contradicts its own contract: it has to be nothing."""
        witnesses = [witness for id_ in self._contract.operations for witness in _all(self._contract, id_)]
        witnesses += [(call,) for call in unknown_methods(self._contract)]
        self._exchanges.send(witnesses)
        judge = Judge(self._contract)
        found: list[str] = []
        for witness in dict.fromkeys(witnesses):
            answers = self._exchanges.answers(witness)
            found += [f"{sentence}: {witness[0]}" for sentence in judge.contradictions(witness, answers)]
            for call, answer in zip(witness, answers, strict=True):
                for operation in judge.judged_by(call):
                    place = operation.id, str(answer.status)
                    self._by_place.setdefault(place, []).append((witness, answers))
        return found

    def score(self, mutants: Sequence[Mutant] | None = None) -> Score:
        """Judge every mutant, or those that are given."""
        chosen = list(Mutation(self._contract).mutants()) if mutants is None else mutants
        return Score({mutant: self.verdict(mutant) for mutant in chosen})

    def verdict(self, mutant: Mutant) -> str | None:
        """The first contradiction of a mutant, or none."""
        contract = Contract(mutant.applied(self._contract.content))
        return next(self._contradictions_of(contract, sorted(self._touched(mutant))), None)

    def _contradictions_of(self, contract: Contract, places: Sequence[Place]) -> Iterator[str]:
        judge = Judge(contract)
        for operation_id, part in places:
            if part != REQUEST:
                operation = contract.operations[operation_id]
                for answer in self._answers(operation_id, part):
                    yield from judge.of_answer(operation, answer)
        for operation_id in (operation_id for operation_id, part in places if part == REQUEST):
            witnesses = list(dict.fromkeys(_all(contract, operation_id)))
            # What was sent already costs nothing.
            witnesses.sort(key=lambda witness: witness not in self._exchanges.remembered)
            for witness in witnesses:
                if witness[0].circumstance is Circumstance.NONE:
                    yield from judge.contradictions(witness, self._exchanges.answers(witness))

    def _answers(self, operation_id: str, status: str) -> Iterator[Answer]:
        """What an operation answered with a status, each different answer once."""
        known = self._by_place.get((operation_id, status), ())
        yield from dict.fromkeys(answer for _, answers in known for answer in answers if str(answer.status) == status)

    def _touched(self, mutant: Mutant) -> set[Place]:
        """The operations and statuses that a change can make a difference to."""
        section, name, *rest = map(str, mutant.place)
        if section == "components":
            return self._reach.get((name, rest[0]), set())
        method, part, *more = rest
        operation_id = next(
            operation.id
            for operation in self._contract.operations.values()
            if (operation.template, operation.method.lower()) == (name, method)
        )
        return {(operation_id, more[0] if part == "responses" else REQUEST)}


def _all(contract: Contract, operation_id: str) -> Iterator[Witness]:
    return Witnesses(contract, contract.operations[operation_id]).all()

