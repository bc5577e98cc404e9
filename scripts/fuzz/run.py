"""One run of Schemathesis, in a process of its own, and what it reached."""

import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import IO, Any  # the contract is JSON

from scripts.contract import CONTRACT, ROOT
from scripts.fuzz import report
from scripts.fuzz.amount import Amount
from scripts.fuzz.configuration import STRANGER, Target, write_configuration
from scripts.fuzz.names import LEAVER, LEAVER_TOKEN, TOKEN, URL, USER
from scripts.generate.reader import read


def read_contract() -> dict[str, Any]:
    """The contract as authored."""
    return read(CONTRACT).content


def run(
    target: Target,
    folder: Path,
    *,
    amount: Amount,
    seed: int,
    options: Sequence[str] = (),
    contract: Path = CONTRACT,
    output: IO[bytes] | None = None,
) -> report.Report:
    """Send Schemathesis against `target`; its output goes to `output`, or where this process's goes.

    Args:
        target: the service and its users.
        folder: an empty one, for the files of the run.
        amount: how much to do.
        seed: the same seed sends the same first requests to a service in the same state (FUZZ-8).
        options: more of `schemathesis run`, like a filter of operations.
        contract: what the service is held to.
        output: a file for what Schemathesis says.
    """
    configuration = write_configuration(folder, read(contract).content, target, amount)
    events, verdict = folder / "events.ndjson", folder / "verdict.json"
    command = [sys.executable, "-m", "schemathesis.cli", "--config-file", str(configuration), "run", str(contract)]
    command += [f"--url={target.url}", f"--seed={seed}", *amount.options]
    command += [f"--report-ndjson-path={events}", f"--report-json-path={verdict}", *options]
    environment = os.environ | {USER: target.user, TOKEN: target.token, URL: target.url}
    environment |= {LEAVER: target.leaver, LEAVER_TOKEN: target.leaver_token}
    environment["HYPOTHESIS_STORAGE_DIRECTORY"] = str(folder / "hypothesis")
    subprocess.run(command, cwd=ROOT, env=environment, stdout=output, stderr=output, check=False)  # noqa: S603 - our own arguments
    return report.read_report(events, verdict, STRANGER)
