"""`make fuzz`: fuzzes a running service, or its own, and judges what that reached. Spec: specs/toolchain.md."""

import argparse
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path

from pydantic import SecretStr
from schemathesis.checks import CHECKS, load_all_checks

from backend.settings import Settings, SettingsError, load_settings
from scripts.fuzz import gate
from scripts.fuzz.amount import Examples, Seconds
from scripts.fuzz.configuration import Target
from scripts.fuzz.own import DidNotStart, own_service
from scripts.fuzz.run import read_contract, run
from scripts.token import development_token

USER, STRANGER, LEAVER = "fuzz|owner", "fuzz|stranger", "fuzz|leaver"
"""Of the shape that many identity providers give to user ids; the bar has to be percent-encoded in a path."""

SECONDS = 300
SEED = 20261121
TOKEN_SECONDS = 24 * 3600
"""Longer than any run."""

load_all_checks()
CHECKED = frozenset({*CHECKS.get_all_names(), "closed_requests"})
"""All checks of Schemathesis, and the one that scripts/fuzz/hooks.py adds."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Fuzzes, prints a table and each reason to fail; returns the exit status."""
    parser = argparse.ArgumentParser(prog="fuzz", description="Fuzz a service against its contract.")
    parser.add_argument("--url", help="where the service listens; without it one is started for this run")
    time = parser.add_mutually_exclusive_group()
    time.add_argument("--seconds", type=int, default=SECONDS, help="the time to spend (default: %(default)s)")
    time.add_argument("--examples", type=int, help="one turn of each phase, so many requests per operation, instead")
    parser.add_argument("--seed", type=int, default=SEED, help="chooses the requests (default: %(default)s)")
    given = parser.parse_args(arguments)
    amount = Seconds(given.seconds) if given.examples is None else Examples(given.examples)
    try:
        with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
            folder = Path(name)
            with _target(given.url, folder) as target:
                report = run(target, folder, amount=amount, seed=given.seed)
    except (SettingsError, DidNotStart) as error:
        print(f"fuzz: {error}", file=sys.stderr)
        return 1
    expected = gate.expectations(read_contract())
    reasons = gate.reasons(report, expected, CHECKED, gate.Limits.of(amount))
    print(f"\n{gate.table(report, expected)}\nseed: {given.seed}")
    for reason in reasons:
        print(f"fuzz: {reason}", file=sys.stderr)
    return 1 if reasons else 0


@contextmanager
def _target(url: str | None, folder: Path) -> Iterator[Target]:
    """The service at `url`, whose secret is that of the environment, or one of its own."""
    if url is not None:
        yield _with_users(url.rstrip("/"), load_settings())
        return
    with own_service(folder) as (own_url, secret):
        yield _with_users(own_url, Settings(environment="development", better_auth_secret=SecretStr(secret)))


def _with_users(url: str, settings: Settings) -> Target:
    tokens = [development_token(settings, user=user, seconds=TOKEN_SECONDS) for user in (USER, STRANGER, LEAVER)]
    return Target(url=url, user=USER, token=tokens[0], stranger_token=tokens[1], leaver=LEAVER, leaver_token=tokens[2])


if __name__ == "__main__":
    sys.exit(main())
