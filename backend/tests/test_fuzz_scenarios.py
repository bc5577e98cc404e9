"""What leads scenarios through whole lives of a task (FUZZ-11), and what that may not change (FUZZ-12)."""

import copy
from itertools import product

import httpx
import pytest
from jsonschema_rs import validator_for

from backend.tests.conftest import Service
from scripts.fuzz.run import read_contract
from scripts.fuzz.scenarios import AGREED, spell_out
from scripts.fuzz.supply import PATIENCE, Supply

ABSENT = object()
STATUSES: list[object] = ["pending", "in_progress", "completed", "cancelled", "unknown", ABSENT]
COMPLETIONS: list[object] = [True, False, None, ABSENT]
EXTRAS: list[dict[str, object]] = [{}, {"unknown": 1}]


@pytest.mark.parametrize("name", AGREED)
def test_the_contract_that_is_drawn_from_allows_what_the_authored_one_does(name: str) -> None:  # FUZZ-12
    authored = read_contract()
    loaded = copy.deepcopy(authored)
    spell_out(loaded)
    assert loaded != authored
    before, after = (validator_for({**each, "$ref": f"#/components/schemas/{name}"}) for each in (authored, loaded))
    verdicts = []
    for status, completed, extra in product(STATUSES, COMPLETIONS, EXTRAS):
        given = {"title": "x", "status": status, "completed": completed, **extra}
        body = {member: value for member, value in given.items() if value is not ABSENT}
        verdicts.append(before.is_valid(body))
        assert after.is_valid(body) == verdicts[-1], body
    assert set(verdicts) == {True, False}


def test_a_task_is_spared_deletions_until_it_has_been_through_a_life_or_long_enough(
    service: Service,
) -> None:  # FUZZ-11
    with httpx.Client(base_url=service.url, headers={"Authorization": f"Bearer {service.token('ann')}"}) as client:
        supply = Supply(client, "ann")
        young, old = (supply.existing(drawn) or 0 for drawn in (1, 2))
        spared = [supply.instead(young) for _ in range(PATIENCE)]
        assert {young, None}.isdisjoint(spared)
        assert supply.instead(young) is None
        supply.went_on(old, "read")
        supply.went_on(old, "updated")
        assert supply.instead(old) is not None
        supply.went_on(old, "toggled")
        assert supply.instead(old) is None
        supply.deleted(spared[0] or 0, remember=True)
        assert supply.instead(spared[0] or 0) is None
