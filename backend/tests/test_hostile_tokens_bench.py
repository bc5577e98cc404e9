"""`make bench-tokens` measures what it says; that it prints ratios is tested, never how large they are."""

import asyncio
import re
import subprocess
import sys

import pytest

from backend.auth import Verifier
from scripts.bench import hostile_tokens
from scripts.bench.hostile_tokens import Cost
from scripts.contract import ROOT
from scripts.hostile.endpoint import published
from scripts.hostile.issuer import ALGORITHMS
from scripts.hostile.table import SUBJECTS, knowing


def test_it_prints_the_good_tokens_and_the_most_expensive_hostile_ones() -> None:  # AUTH-98
    command = [sys.executable, "-m", "scripts.bench.hostile_tokens", "--times", "1"]
    command += ["--subject", "kid", "--subject", "EdDSA"]
    ended = subprocess.run(  # noqa: S603 - our own program
        command, cwd=ROOT, capture_output=True, text=True, check=True, timeout=300
    )
    lines = ended.stdout.splitlines()
    good = [line.split()[-1] for line in lines if line.startswith("good ")]
    again = [line.split()[-1] for line in lines if line.startswith("again ")]
    assert good == again == list(ALGORITHMS)
    assert len([line for line in lines if re.match(r"hostile +\d+\.\d us  \d+\.\d\d  \w", line)]) == 10
    [count] = [re.search(r"; (\d+) hostile ones", line) for line in lines if line.startswith("ratios")]
    [waiting] = [re.match(r"(\d+) more name an unknown key", line) for line in lines if " more " in line]
    assert count is not None
    assert waiting is not None
    with published() as endpoint:
        table = [*SUBJECTS["kid"](endpoint.issuer), *SUBJECTS["EdDSA"](endpoint.issuer)]
    assert int(count[1]) + int(waiting[1]) == len(table)


def test_ratios_are_to_the_most_expensive_good_token() -> None:  # AUTH-98
    kept = [Cost("HS256", 10), Cost("ES512", 400)]
    refused = [Cost("a", 500), Cost("b", 20, checks=0), Cost("c", 300), Cost("d", 1500, checks=0, fetched=True)]
    assert hostile_tokens.told(kept, [Cost("HS256", 1.25)], refused) == [
        "good       10.0 us        HS256",
        "good      400.0 us        ES512",
        "again       1.2 us        HS256",
        "hostile   500.0 us  1.25  a",
        "hostile   300.0 us  0.75  c",
        "hostile    20.0 us  0.05  b",
        "ratios are to the most expensive good token; 3 hostile ones, median 300.0 us, at most 500.0 us",
        "1 of them without a check of a signature, median 20.0 us, at most 20.0 us",
        "1 more name an unknown key and wait for a fetch that they share, median 1500.0 us, at most 1500.0 us",
    ]


def test_where_nothing_waits_there_is_nothing_to_tell() -> None:  # AUTH-98
    lines = hostile_tokens.told([Cost("HS256", 10)], [], [Cost("a", 5)])
    assert lines[-2:] == [
        "0 of them without a check of a signature, at no cost",
        "0 more name an unknown key and wait for a fetch that they share, at no cost",
    ]


def test_what_is_measured_is_what_was_meant() -> None:
    async def measure() -> None:
        with published() as endpoint:
            verifier = Verifier(knowing(endpoint, url=False), remembers=0)
            await hostile_tokens.cost(verifier, endpoint, "good", "a.b.c", times=1, user="alice")

    with pytest.raises(hostile_tokens.UnexpectedVerdict, match="good"):
        asyncio.run(measure())
