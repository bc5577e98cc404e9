"""`make mutants`: the contract mutation score of the service. Spec: specs/toolchain/witnesses.md."""

import argparse
import logging
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import closing
from pathlib import Path
from typing import Final

from backend.settings import SettingsError
from scripts.contract import CONTRACT
from scripts.fuzz.own import DidNotStart
from scripts.generate.reader import read
from scripts.generate.refusal import Refusal
from scripts.witnesses.document import Contract
from scripts.witnesses.exchanges import Exchanges
from scripts.witnesses.fuzzing import fuzzed, sample
from scripts.witnesses.mutants import Mutation
from scripts.witnesses.rig import own_rig
from scripts.witnesses.score import SURVIVORS, Run, known_survivors

SECONDS: Final = 1800
"""Enough to send the fuzzer against fifty mutants."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Prints the score and each reason to fail; returns the exit status."""
    parser = argparse.ArgumentParser(prog="witnesses", description="Score how well exchanges tell contracts apart.")
    parser.add_argument("contract", nargs="?", type=Path, default=CONTRACT, help="a contract that this service keeps")
    parser.add_argument("--survivors", type=Path, default=SURVIVORS, help="the table of what cannot be noticed")
    parser.add_argument("--fuzz", type=int, metavar="MUTANTS", help="send the fuzzer instead, against so many")
    parser.add_argument("--seconds", type=float, default=SECONDS, help="with --fuzz: the time (default: %(default)s)")
    given = parser.parse_args(arguments)
    try:
        contract = Contract(read(given.contract).content)
        with tempfile.TemporaryDirectory(prefix="witnesses-") as folder:
            if given.fuzz is not None:
                return _fuzz(contract, Path(folder), count=given.fuzz, seconds=given.seconds)
            return _judge(contract, known_survivors(given.survivors), Path(folder))
    except (OSError, Refusal, SettingsError, DidNotStart) as error:
        print(f"witnesses: {error}", file=sys.stderr)
        return 1


def _judge(contract: Contract, known: dict[str, str], folder: Path) -> int:
    # The seeded failures are no news to anybody.
    logging.getLogger("backend").addHandler(logging.NullHandler())
    begin = time.monotonic()
    with own_rig(folder) as rig, closing(Exchanges(rig, contract)) as exchanges:
        run = Run(contract, exchanges)
        reasons = [f"the service contradicts its contract: {sentence}" for sentence in run.contradictions()]
        if not reasons:
            score = run.score(Mutation(contract).mutants())
            reasons = score.reasons_to_fail(known)
            print(score.table())
            for name in score.survivors:
                print(f"survivor: {name}: {known.get(name, 'not listed')}")
            print(f"{score.line()}; {len(exchanges.remembered)} witnesses, {time.monotonic() - begin:.0f} s")
    for reason in reasons:
        print(f"witnesses: {reason}", file=sys.stderr)
    return 1 if reasons else 0


def _fuzz(contract: Contract, folder: Path, *, count: int, seconds: float) -> int:
    chosen = sample(list(Mutation(contract).mutants()), count)
    begin = time.monotonic()
    score = fuzzed(contract, chosen, folder, seconds=seconds)
    print(score.table())
    for name in score.survivors:
        print(f"survivor: {name}")
    print(f"by the fuzzer: {score.line()}; {time.monotonic() - begin:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
