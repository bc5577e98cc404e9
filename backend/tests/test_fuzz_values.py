"""What the hooks of the fuzzer put in the place of drawn values (FUZZ-3): valid ones that can succeed."""

from collections.abc import Iterator
from typing import Any  # JSON

from scripts.fuzz.values import (
    METADATA_ENTRIES,
    STRANGE,
    STRANGE_BODIES,
    fit_bulk,
    is_strange,
    know_at_times,
    make_room,
    name_existing,
    read_any_again,
    suit_all,
)

TASKS: list[dict[str, Any]] = [{"id": n, "version": n + 1, "metadata": {"mine": ""}} for n in (7, 8, 9)]
FULL: dict[str, str | None] = {str(n): "" for n in range(METADATA_ENTRIES)}


def bulk(ids: range, change: dict[str, Any]) -> dict[str, Any]:
    return {"items": [{"id": n, "version": 1} for n in ids], "change": change}


def usual(change: dict[str, Any]) -> range:
    """Ids with which a body is none of the strange ones."""
    several = (range(n, n + 5) for n in range(1, 10))
    return next(ids for ids in several if not is_strange(bulk(ids, change), STRANGE_BODIES))


def test_few_values_are_sent_as_drawn() -> None:
    assert 0 < sum(map(is_strange, range(20 * STRANGE))) < 60


def test_a_bulk_update_names_tasks_that_exist_once_and_in_their_versions() -> None:
    body = bulk(usual({}), {})
    name_existing(body, TASKS)
    assert sorted(item["id"] for item in body["items"]) == [7, 8, 9]
    assert all(item["version"] == item["id"] + 1 for item in body["items"])


def test_a_strange_bulk_update_names_what_was_drawn_in_no_version() -> None:
    several = (bulk(range(n, n + 2), {}) for n in range(1, 10 * STRANGE_BODIES))
    body = next(body for body in several if is_strange(body, STRANGE_BODIES))
    drawn = [item["id"] for item in body["items"]]
    assert len(drawn) == 2
    name_existing(body, TASKS)
    assert body["items"] == [{"id": n} for n in drawn]


def test_a_strange_bulk_update_names_no_task_twice() -> None:
    several: Iterator[dict[str, Any]] = (
        {"items": [{"id": n}, {"id": n}], "change": {}} for n in range(1, 10 * STRANGE_BODIES)
    )
    body = next(body for body in several if is_strange(body, STRANGE_BODIES))
    drawn = body["items"][0]
    name_existing(body, TASKS)
    assert body["items"] == [drawn]


def test_metadata_that_would_be_too_many_are_cleared() -> None:
    for entries, is_room in ((FULL, False), ({**FULL, "0": None}, True)):
        change: dict[str, Any] = {"metadata": entries}
        assert not is_strange(entries)
        make_room(change, TASKS)
        assert change == {"metadata": entries if is_room else None}
    unchanged: dict[str, Any] = {"title": "x"}
    make_room(unchanged, TASKS)
    assert unchanged == {"title": "x"}


def test_conditions_hold_for_whatever_is_named() -> None:
    headers: dict[str, Any] = {"If-Match": '"a"', "If-None-Match": "*", "X": "y"}
    suit_all(headers, are_bad=True)
    assert headers == {"If-Match": '"a"', "If-None-Match": "*", "X": "y"}
    suit_all(headers, are_bad=False)
    assert headers == {"If-Match": "*", "X": "y"}
    del headers["If-Match"]
    suit_all(headers, are_bad=False)
    assert headers == {"X": "y"}


def test_a_body_that_names_no_tasks_is_left_alone() -> None:
    body: dict[str, Any] = {"title": "x"}
    headers: dict[str, Any] = {"If-Match": '"a"'}
    fit_bulk(body, headers, lambda: TASKS, are_bad=False)
    assert (body, headers) == ({"title": "x"}, {"If-Match": '"a"'})
    body = {"items": [{"id": 1}], "change": {}}
    fit_bulk(body, headers, lambda: TASKS, are_bad=False)
    assert headers == {"If-Match": "*"}


def test_only_a_good_header_says_that_the_client_has_the_contract() -> None:
    other, bad = {"X": "y"}, {"If-None-Match": '"1"'}
    know_at_times(other, are_bad=False)
    know_at_times(bad, are_bad=True)
    assert (other, bad) == ({"X": "y"}, {"If-None-Match": '"1"'})
    sent = [{"If-None-Match": f'"{number}"'} for number in range(30)]
    for headers in sent:
        know_at_times(headers, are_bad=False)
    assert {"If-None-Match": "*"} in sent


def test_some_reads_of_the_contract_are_of_what_the_client_has() -> None:
    sent = [read_any_again(f'"{number}"') for number in range(300)]
    assert 60 < sent.count("*") < 140
    assert [tags for tags in sent if tags != "*"] == [f'"{n}"' for n in range(300) if sent[n] != "*"]
