"""The same mutants before the fuzzer of `make fuzz`, for comparison: some of them, and for a bounded time."""

import json
import random
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from pydantic import SecretStr

from backend.settings import Settings
from scripts.fuzz.amount import Examples
from scripts.fuzz.configuration import Target
from scripts.fuzz.own import own_service
from scripts.fuzz.run import run
from scripts.token import development_token
from scripts.witnesses.calls import LEAVER, OWNER, STRANGER
from scripts.witnesses.document import Contract
from scripts.witnesses.mutants import Mutant
from scripts.witnesses.score import Score, touched

SEED: Final = 20261121
_EXAMPLES: Final = Examples(30)
"""Per operation and phase; `make fuzz` does as many in each of its turns."""

_TOKEN_SECONDS: Final = 24 * 3600
"""Longer than any run."""


def sample(mutants: Sequence[Mutant], count: int) -> list[Mutant]:
    """So many mutants, or all: the same ones every time."""
    return random.Random(SEED).sample(mutants, min(count, len(mutants)))  # noqa: S311 - guards nothing


def fuzzed(contract: Contract, mutants: Sequence[Mutant], folder: Path, *, seconds: float) -> Score:
    """Send the fuzzer against a service of its own, once for each mutant, at the operations that it touches.

    A failed check is a contradiction; a document that the fuzzer cannot use shows nothing.

    Args:
        contract: what the service was made for.
        mutants: at least one.
        folder: an empty one.
        seconds: when they are over, no other mutant is begun.
    """
    verdicts: dict[Mutant, str | None] = {}
    deadline = time.monotonic() + seconds
    with own_service(folder) as (url, secret):
        settings = Settings.model_validate({"environment": "development", "better_auth_secret": SecretStr(secret)})
        token, other, leaver = (
            development_token(settings, user=user, seconds=_TOKEN_SECONDS) for user in (OWNER, STRANGER, LEAVER)
        )
        target = Target(url=url, user=OWNER, token=token, stranger_token=other, leaver=LEAVER, leaver_token=leaver)
        for number, mutant in enumerate(mutants):
            verdicts[mutant] = _failed(contract, mutant, target, folder / str(number))
            if time.monotonic() > deadline:
                break
    return Score(verdicts)


def _failed(contract: Contract, mutant: Mutant, target: Target, folder: Path) -> str | None:
    """The checks that failed, or none."""
    folder.mkdir()
    document = folder / "mutant.json"
    document.write_text(json.dumps(mutant.applied(contract.content)), encoding="utf-8")
    operations = sorted({operation_id for operation_id, _ in touched(contract, mutant)})
    options = [f"--include-operation-id={operation_id}" for operation_id in operations]
    with (folder / "log").open("wb") as log:
        report = run(
            target,
            folder,
            amount=_EXAMPLES,
            seed=SEED,
            options=["--max-failures=1", *options],
            contract=document,
            output=log,
        )
    return ", ".join(sorted(report.failed_checks)) or None
