"""What settings of the limits make of a start (specs/features/rate-limits.md, settings)."""

import json
import os
import subprocess
import sys

import pytest

from backend.settings import Settings

BEHIND = "FORWARDED_ALLOW_IPS"
DEPLOYED = {"ENVIRONMENT": "production", "DATABASE_URL": "postgresql://127.0.0.1/none", "BETTER_AUTH_SECRET": "s" * 32}


@pytest.mark.parametrize(
    ("variables", "told"),
    [
        (DEPLOYED, 1),
        (DEPLOYED | {"ENVIRONMENT": "staging", BEHIND: ""}, 1),
        (DEPLOYED | {BEHIND: "127.0.0.1"}, 0),
        (DEPLOYED | {"RATE_LIMIT_ADDRESS": "off"}, 0),
        (DEPLOYED | {"ENVIRONMENT": "development"}, 0),
    ],
)
def test_who_deploys_without_naming_proxies_is_told_that_clients_may_share_an_address(
    variables: dict[str, str], told: int
) -> None:  # LIMIT-23
    lines = [json.loads(line) for line in run("from backend.app import main; main()", variables).splitlines()]
    assert [line["level"] for line in lines] == ["warning"] * told
    assert all(BEHIND in line["message"] for line in lines)


def run(code: str, variables: dict[str, str]) -> str:
    """What a process of its own prints that has these variables and no other of ours."""
    ours = {name.upper() for name in Settings.model_fields}
    inherited = {name: value for name, value in os.environ.items() if name not in ours}
    return subprocess.run(  # noqa: S603 - our own program
        [sys.executable, "-c", code], env=inherited | variables, stdout=subprocess.PIPE, text=True, check=True
    ).stdout


@pytest.mark.parametrize(("limit", "loaded"), [("off", False), ("1/1", True)])
def test_without_limits_nobody_waits_for_redis(limit: str, loaded: bool) -> None:  # LIMIT-14 # noqa: FBT001 - of a table
    off = {"RATE_LIMIT_USER": "off", "RATE_LIMIT_ADDRESS": limit, "REDIS_URL": "redis://127.0.0.1:1", BEHIND: "::1"}
    code = "import sys; from backend.app import main; main(); print('backend.shared_buckets' in sys.modules)"
    assert run(code, DEPLOYED | off).strip() == str(loaded)
