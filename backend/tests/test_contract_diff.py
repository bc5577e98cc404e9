"""What breaks clients is told from what does not: one pair of contracts per rule and direction (DIFF-1 to DIFF-11)."""

from pathlib import Path
from typing import Any  # a contract is any JSON

import pytest

from backend.tests.contract_cases import SAME, SPECIAL
from backend.tests.contract_changes import API, CHANGES
from backend.tests.contract_pairs import OPAQUE, PAIRS, Schema, holding, ref, text
from backend.tests.contracts import Json, changed
from scripts.contract import CONTRACT
from scripts.contract_diff.findings import RULES, Findings, Level, Way
from scripts.contract_diff.operations import compare
from scripts.contract_diff.side import Side
from scripts.generate.reader import Document, read

FINE = Level.COMPATIBLE


def side(content: Json) -> Side:
    return Side(Document(Path("contract.yaml"), content, {(): 1}))


def found(before: Json, after: Json) -> Findings:
    return compare(side(before), side(after))


def rules(before: Json, after: Json) -> set[str]:
    return {finding.rule for finding in found(before, after)}


def both_ways(pairs: list[tuple[str, Schema, Schema]]) -> list[object]:
    return [
        pytest.param(way, *pair, id=f"{way}-{pair[0]}-{number}") for number, pair in enumerate(pairs) for way in Way
    ]


@pytest.mark.parametrize(("way", "facet", "wide", "narrow"), both_ways(PAIRS))
def test_a_schema_that_allows_less_is_told_from_one_that_allows_more(
    way: Way, facet: str, wide: Schema, narrow: Schema
) -> None:  # DIFF-4
    assert rules(holding(way, wide), holding(way, narrow)) == {f"{way}-{facet}-narrowed"}
    assert rules(holding(way, narrow), holding(way, wide)) == {f"{way}-{facet}-widened"}


@pytest.mark.parametrize(("way", "facet", "one", "other"), both_ways(OPAQUE))
def test_what_cannot_be_decided_is_unclear(way: Way, facet: str, one: Schema, other: Schema) -> None:  # DIFF-9
    for before, after in ((one, other), (other, one)):
        harmful = [finding for finding in found(holding(way, before), holding(way, after)) if finding.level is not FINE]
        assert {finding.rule for finding in harmful} == {f"{way}-{facet}-unclear"}


@pytest.mark.parametrize(
    ("forth", "back", "changes"),
    CHANGES,
    ids=[f"{'-'.join(sorted(forth))}-{n}" for n, (forth, _, _) in enumerate(CHANGES)],
)
def test_a_change_of_an_operation_has_its_rule_forth_and_back(
    forth: set[str], back: set[str], changes: Json
) -> None:  # DIFF-3, DIFF-6, DIFF-7, DIFF-10
    after = changed(changes, API)
    assert rules(API, after) == forth
    assert rules(after, API) == back


@pytest.mark.parametrize(
    ("way", "before", "after", "expected"), [row[1:] for row in SPECIAL], ids=[row[0] for row in SPECIAL]
)
def test_a_special_case_has_its_rules(way: str, before: Schema, after: Schema, expected: set[str]) -> None:  # DIFF-5
    assert rules(holding(way, before), holding(way, after)) == expected


@pytest.mark.parametrize(("one", "other"), SAME)
@pytest.mark.parametrize("way", Way)
def test_two_ways_to_write_the_same_are_no_change(way: Way, one: Schema, other: Schema) -> None:  # DIFF-8
    assert rules(holding(way, one), holding(way, other)) == set()
    assert rules(holding(way, other), holding(way, one)) == set()


def test_every_rule_has_a_pair_that_shows_it() -> None:  # DIFF-11
    shown = {rule for forth, back, _ in CHANGES for rule in forth | back}
    shown |= {rule for *_, expected in SPECIAL for rule in expected}
    shown |= {f"{way}-{facet}-{change}" for facet, *_ in PAIRS for way in Way for change in ("narrowed", "widened")}
    shown |= {f"{way}-{facet}-unclear" for facet, *_ in OPAQUE for way in Way}
    shown |= {"request-unevaluated-unclear", "answer-unevaluated-unclear"}
    assert sorted(RULES.keys() - shown) == []
    assert sorted(shown - RULES.keys()) == []


@pytest.mark.parametrize("way", Way)
def test_a_component_that_changes_is_seen_through_those_that_did_not(way: Way) -> None:  # DIFF-9
    before, after = ref("Holder"), holding(way, ref("Holder"), {"Short": text(maxLength=2)})
    (finding,) = found(holding(way, before), after)
    assert finding.rule == f"{way}-length-narrowed"
    assert finding.pointer == ("components", "schemas", "Short", "maxLength")
    assert [place.rpartition("body")[2] for place in finding.places] == [".held"]


def test_data_that_looks_like_a_reference_is_none() -> None:  # DIFF-9
    data = {"$ref": "#/nowhere"}
    schema = {"properties": {"default": text(), "value": text()}, "default": data, "examples": [data], "enum": [data]}
    content = changed({"components schemas Data": schema}, API)
    assert rules(API, content) == set()


def renamed(value: Any) -> Any:  # noqa: ANN401 - any part of a contract
    """The same with other names of schemas and other texts."""
    if isinstance(value, list):
        return [renamed(item) for item in value]
    if not isinstance(value, dict):
        return f"{value}Renamed" if str(value).startswith("#/components/schemas/") else value
    texts = {"summary", "description"} & {name for name, item in value.items() if isinstance(item, str)}
    return {name: "Other words." if name in texts else renamed(item) for name, item in value.items()}


def test_names_of_schemas_and_texts_are_no_change() -> None:  # DIFF-8
    before: Json = read(CONTRACT).content
    after = renamed(before)
    after["components"]["schemas"] = {f"{name}Renamed": item for name, item in after["components"]["schemas"].items()}
    assert rules(before, after) == rules(after, before) == set()
