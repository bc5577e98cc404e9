"""What is sent as a body: media type, size, JSON, in this order and all after the token and the path's user."""

import json
import socket

import pytest

from backend.tests.client import Client, code
from backend.tests.conftest import Service

MEBIBYTE = 1024 * 1024
JSON = {"Content-Type": "application/json"}


@pytest.mark.parametrize(
    "raw",
    [
        b"{",
        b'{"title": "x",}',
        b"{'title': 'x'}",
        b'{"title": "x"} x',
        b'{"title": "x", "title": "y"}',
        b'{"title": "x", "t\\u0069tle": "y"}',
        b'{"title": "x", "priority": NaN}',
        b'{"title": "x", "priority": Infinity}',
        b'{"title": "x", "priority": -Infinity}',
        b'{"title": "x", "priority": 01}',
        b'{"title": "x", "priority": +1}',
        b'{"title": "x", "priority": .5}',
        b'{"title": "x\n"}',
        b'{"title": "\\x41"}',
        b'\xef\xbb\xbf{"title": "x"}',
        b'{"title": "\xff"}',
        b'{"title": "\xed\xa0\x80"}',
        '{"title": "x"}'.encode("utf-16"),
        '{"title": "x"}'.encode("utf-32-le"),
        b"\x00",
        b"   ",
        b"[" * 100_000,
        b'{"a":' * 100_000,
        b'{"title": "x"}//',
        b"title=x",
    ],
    ids=lambda raw: repr(raw[:30]),
)
def test_a_body_that_is_not_json_is_a_400_that_says_where(alice: Client, raw: bytes) -> None:
    response = alice.post(alice.tasks, content=raw, headers=JSON)
    assert (response.status_code, code(response)) == (400, "malformed_json")
    assert response.json()["detail"].startswith("The body is not valid JSON")
    assert alice.get(alice.tasks).json()["items"] == []


@pytest.mark.parametrize("depth", [50, 500, 5000])
def test_deeply_nested_json_is_refused_and_harms_nobody(alice: Client, depth: int) -> None:
    raw = b'{"title": ' + b"[" * depth + b"]" * depth + b"}"
    assert code(alice.post(alice.tasks, content=raw, headers=JSON)) in {"malformed_json", "invalid_request"}
    assert alice.get("/health").status_code == 200


@pytest.mark.parametrize(
    "number", ["9" * 5000, "-" + "9" * 5000, "1e400", "-1e400", "9" * 400 + ".0"], ids=lambda n: n[:6]
)
def test_a_number_that_nobody_can_hold_is_a_400_that_says_so(alice: Client, number: str) -> None:
    raw = f'{{"title": "x", "priority": {number}}}'.encode()
    response = alice.post(alice.tasks, content=raw, headers=JSON)
    assert code(response) == "malformed_json"
    assert "a number" in response.json()["detail"]


def test_a_number_that_is_nearly_nothing_is_nothing(alice: Client) -> None:
    assert alice.post(alice.tasks, content=b'{"title": "x", "priority": 1e-400}', headers=JSON).json()["priority"] == 0


@pytest.mark.parametrize(
    "content_type",
    [
        "text/plain",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=x",
        "application/jsonp",
        "application/merge-patch+json",
        "application/json, text/plain",
        "application/json; charset=latin-1",
        "json",
        "",
    ],
)
def test_another_media_type_is_a_415_that_names_the_right_one(alice: Client, content_type: str) -> None:
    response = alice.post(alice.tasks, content=b'{"title": "x"}', headers={"Content-Type": content_type})
    assert (response.status_code, code(response)) == (415, "unsupported_media_type")
    assert "application/json" in response.json()["detail"]


def test_a_body_without_a_media_type_is_a_415(alice: Client) -> None:
    assert code(alice.post(alice.tasks, content=b'{"title": "x"}')) == "unsupported_media_type"


@pytest.mark.parametrize(
    "content_type", ["application/json; charset=utf-8", "Application/JSON", 'application/json;charset="UTF-8"']
)
def test_the_right_media_type_may_be_written_in_its_ways(alice: Client, content_type: str) -> None:
    response = alice.post(alice.tasks, content=b'{"title": "x"}', headers={"Content-Type": content_type})
    assert response.status_code == 201


def test_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not(alice: Client) -> None:
    raw = json.dumps({"title": "x"}).encode()
    assert alice.post(alice.tasks, content=raw.ljust(MEBIBYTE), headers=JSON).status_code == 201
    response = alice.post(alice.tasks, content=raw.ljust(MEBIBYTE + 1), headers=JSON)
    assert (response.status_code, code(response)) == (413, "content_too_large")


def test_a_body_in_pieces_is_counted_too(alice: Client) -> None:
    pieces = (b" " * 65_536 for _ in range(17))
    assert code(alice.post(alice.tasks, content=pieces, headers=JSON)) == "content_too_large"


def test_checks_come_in_the_order_that_the_spec_gives(alice: Client, nobody: Client) -> None:  # EDGE-1
    large = b"{" * (MEBIBYTE + 1)
    text = {"Content-Type": "text/plain"}
    query = "?staus=x"
    assert code(nobody.post(f"/api/alice/nothing{query}", content=large, headers=text)) == "not_found"
    assert code(nobody.request("TRACE", f"{alice.tasks}{query}", headers=text)) == "method_not_allowed"
    assert code(nobody.post(f"{alice.tasks}{query}", content=large, headers=text)) == "unauthenticated"
    assert code(alice.post(f"/api/bob/tasks{query}", content=large, headers=text)) == "forbidden"
    assert code(alice.post(f"{alice.tasks}{query}", content=large, headers=text)) == "unsupported_media_type"
    assert code(alice.post(f"{alice.tasks}{query}", content=large, headers=JSON)) == "content_too_large"
    assert code(alice.post(f"{alice.tasks}{query}", content=b"{", headers=JSON)) == "malformed_json"
    assert code(alice.put(f"{alice.tasks}/1{query}", content=b"{}", headers=JSON)) == "invalid_request"
    assert code(alice.put(f"{alice.tasks}/1", content=b"{}", headers=JSON)) == "task_not_found"


def test_nothing_that_was_sent_is_repeated_in_a_refusal(alice: Client) -> None:
    marker = "s3cr3t-m4rk3r"
    for raw in (f'{{"title": 1, "{marker}x": 1', f'{{"title": ["{marker}"], "status": "{marker}"}}'):
        response = alice.post(f"{alice.tasks}?limit={marker}", content=raw.encode(), headers=JSON)
        assert marker not in response.text


def test_a_client_that_goes_away_in_the_middle_of_its_body_changes_nothing(service: Service, alice: Client) -> None:
    with socket.create_connection((service.host, service.port)) as connection:
        connection.sendall(
            f"POST {alice.tasks} HTTP/1.1\r\nHost: {service.host}\r\n{service.authorization('alice')}\r\n"
            'Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"title": "x"}'.encode()
        )
    assert alice.get(alice.tasks).json()["items"] == []
