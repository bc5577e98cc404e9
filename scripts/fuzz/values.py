"""Rules of the contract about values that it cannot say, or that the hooks need before a request is sent."""

import re
import zlib
from collections import Counter
from collections.abc import Callable, Collection, Mapping, MutableMapping, Sequence
from datetime import UTC, datetime
from typing import Any
from urllib.parse import parse_qsl, quote, urlsplit
from zoneinfo import available_timezones

LARGEST_ID = 2**53 - 1
"""`TaskId` in openapi/tasks.yaml."""

METADATA_ENTRIES = 50
"""`Metadata` there."""

TAGS_LENGTH = 4096
"""`EntityTags` there, in code points."""

TARGET_ROOM = 6000
"""Bytes of one parameter that leave room for the rest of a target (8192)."""

SHORTENED = 300
"""Code points: more than any text of a query may have, and few enough in bytes."""

STRANGE = 50
"""One in so many drawn ids and changes is sent as drawn, so that 404 and 409 are reached as well."""

STRANGE_BODIES = 200
"""The same for bulk updates, of which one and the same body is sent many times, with other headers."""

FRESH = 3
"""One in so many reads with a tag has the task's own, so that 304 is reached."""

Json = Mapping[str, Any]  # Any: a task, as the service shows it

ANY_INSTANT = "2026-12-24T17:00:00.25+01:00"

ZONES = ("Europe/Berlin", "America/Sao_Paulo", "Asia/Kolkata", "Pacific/Apia", "Etc/GMT+12")
"""Time zones of many kinds, for names that are none."""


def number(task_id: object) -> int:
    """The id in a valid path: a number, or its digits when they are ready to be sent."""
    return int(str(task_id))


def is_task_id(value: object) -> bool:
    """Whether it keeps to `TaskId` in openapi/tasks.yaml."""
    return re.fullmatch("[1-9][0-9]{0,15}", str(value)) is not None and number(value) <= LARGEST_ID


def keep_in_calendar(values: dict[str, Any], *names: str) -> None:  # Any: JSON values, or values of parameters
    """Replace what is an instant before the year 1 or after 9999 in UTC, which no pattern can tell."""
    for name in names:
        value = values.get(name)
        if isinstance(value, str) and len(value) > len("2026-12-24"):  # a whole day is no instant
            try:
                datetime.fromisoformat(value.upper()).astimezone(UTC)
            except OverflowError:
                values[name] = ANY_INSTANT
            except ValueError:
                pass  # not an instant at all, and drawn for that


def make_possible(query: dict[str, Any]) -> None:  # Any: as above
    """Replace in the parameters of a list what keeps to the contract's patterns and is refused all the same."""
    keep_in_calendar(query, "due_after", "due_before")
    if "tz" in query and query["tz"] not in available_timezones():
        query["tz"] = ZONES[zlib.crc32(str(query["tz"]).encode()) % len(ZONES)]
    if "cursor" in query and "offset" in query:
        del query["cursor" if int(query["offset"]) % 2 == 0 else "offset"]


def shorten(query: dict[str, Any]) -> None:  # Any: as above
    """Cut texts that would make the target too long: they are too long all the same, and Schemathesis knows no 414."""
    for name, value in query.items():
        if isinstance(value, str) and len(quote(value, safe="")) > TARGET_ROOM:
            query[name] = value[:SHORTENED]


def matching(tags: str, own: str) -> str:
    """The tags of a condition, with the task's own among them."""
    if tags == "*":
        return tags
    added = f"{tags}, {own}"
    return added if len(added) <= TAGS_LENGTH else own


def not_matching(tags: str, own: str) -> str | None:
    """The tags of a condition, or none where the task is among them."""
    return None if tags == "*" or own.strip('"') in tags else tags


def read_again(tags: str, own: str) -> str:
    """The tags of a read, at times with the task's own among them."""
    return matching(tags, own) if zlib.crc32(tags.encode()) % FRESH == 0 else tags


def read_any_again(tags: str) -> str:
    """The tags of a read of what has a tag that nobody knows, at times whatever it is."""
    return "*" if zlib.crc32(tags.encode()) % FRESH == 0 else tags


def know_at_times(headers: MutableMapping[str, Any], *, are_bad: bool) -> None:  # Any: Schemathesis' type for values
    """Say in some requests that the client has what it asks for, so that 304 is reached."""
    if "If-None-Match" in headers and not are_bad:
        headers["If-None-Match"] = read_any_again(str(headers["If-None-Match"]))


def fit_bulk(
    body: dict[str, Any],  # Any: JSON
    headers: MutableMapping[str, Any],  # Any: Schemathesis' type for values
    tasks: Callable[[], Sequence[Json]],
    *,
    are_bad: bool,
) -> None:
    """Let a bulk update name tasks which there are, under conditions that hold for them; leave other bodies alone."""
    if "items" in body:
        name_existing(body, tasks())
        suit_all(headers, are_bad=are_bad)


def suit_all(headers: MutableMapping[str, Any], *, are_bad: bool) -> None:  # Any: Schemathesis' type for values
    """Let conditions hold for whatever tasks a bulk update names, unless they were drawn to break the contract."""
    if are_bad:
        return
    if "If-Match" in headers:
        headers["If-Match"] = "*"
    headers.pop("If-None-Match", None)


def name_existing(body: dict[str, Any], tasks: Sequence[Json]) -> None:  # Any: JSON
    """Let a bulk update name tasks which there are, none twice, in their versions; no more of them than there are.

    But not in some requests, so that 404 is reached as well.
    """
    keep_in_calendar(body["change"], "due_date")
    if is_strange(body, STRANGE_BODIES):
        # Not a version of a task that there may be: 412 is no answer to what shall be valid.
        body["items"] = [{"id": each} for each in dict.fromkeys(item["id"] for item in body["items"])]
        return
    left = list(tasks)
    named: list[Json] = []
    for item in body["items"][: len(left)]:
        task = left.pop(int(item["id"]) % len(left))
        named.append({name: task[name] for name in item})
    body["items"] = named
    ids = {item["id"] for item in named}
    make_room(body["change"], [task for task in tasks if task["id"] in ids])


def make_room(change: dict[str, Any], tasks: Sequence[Json]) -> None:  # Any: JSON
    """Clear metadata instead of filling it up, but in some requests, so that 409 is reached as well."""
    entries = change.get("metadata")
    if isinstance(entries, dict) and not _is_room_for(entries, tasks) and not is_strange(entries):
        change["metadata"] = None


def is_strange(drawn: object, one_in: int = STRANGE) -> bool:
    """Whether a drawn value is one of the few that are sent as drawn."""
    return zlib.crc32(repr(drawn).encode(errors="backslashreplace")) % one_in == 0


def _is_room_for(change: Mapping[str, object], tasks: Sequence[Json]) -> bool:
    """Whether no task has too many entries once a change of metadata is merged with what it has."""
    merged = [{**task["metadata"], **change} for task in tasks]
    return all(sum(value is not None for value in entries.values()) <= METADATA_ENTRIES for entries in merged)


def faulty_parameters(url: str, known: Collection[str]) -> list[str]:
    """The query parameters of a request that are unknown, empty or repeated, by name."""
    sent = parse_qsl(urlsplit(url).query, keep_blank_values=True)
    counts = Counter(name for name, _ in sent)
    return [name for name, value in sent if name not in known or not value or counts[name] > 1]
