"""What is sent as a body: media type, size, JSON, in this order and all after the token and the path's user."""

import gzip
import json
import socket

import pytest

from backend.tests.client import Client, code, fields
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
def test_a_body_that_is_not_json_is_a_400_that_says_where(alice: Client, raw: bytes) -> None:  # ERR-9
    response = alice.post(alice.tasks, content=raw, headers=JSON)
    assert (response.status_code, code(response)) == (400, "malformed_json")
    assert response.json()["detail"].startswith("The body is not valid JSON")
    assert alice.get(alice.tasks).json()["items"] == []


@pytest.mark.parametrize(
    ("levels", "refusal"), [(64, "invalid_request"), (65, "malformed_json"), (5000, "malformed_json")]
)
def test_deeply_nested_json_is_refused_and_harms_nobody(alice: Client, levels: int, refusal: str) -> None:  # ERR-9
    raw = b'{"title": ' + b"[" * (levels - 1) + b"]" * (levels - 1) + b"}"
    assert code(alice.post(alice.tasks, content=raw, headers=JSON)) == refusal
    assert alice.get("/health").status_code == 200


@pytest.mark.parametrize(
    "number", ["9" * 5000, "-" + "9" * 5000, "1e400", "-1e400", "9" * 400 + ".0"], ids=lambda n: n[:6]
)
def test_a_number_that_nobody_can_hold_is_a_400_that_says_so(alice: Client, number: str) -> None:  # ERR-9
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
        "application/json; charset=utf-8; charset=latin-1",
        "application/json; x*=1; x*0=2; charset",
        "application/json" + ";" + " ;" * 9_000 + "!!",
        "application/json" + "; " * 9_000 + "=",
        "json",
        "",
    ],
    ids=lambda text: text[:60],
)
def test_another_media_type_is_a_415_that_names_the_right_one(alice: Client, content_type: str) -> None:  # ERR-10
    response = alice.post(alice.tasks, content=b'{"title": "x"}', headers={"Content-Type": content_type})
    assert (response.status_code, code(response)) == (415, "unsupported_media_type")
    assert "application/json" in response.json()["detail"]


def test_a_body_without_a_media_type_is_a_415(alice: Client) -> None:  # ERR-10
    assert code(alice.post(alice.tasks, content=b'{"title": "x"}')) == "unsupported_media_type"


@pytest.mark.parametrize("headers", [{"Content-Length": "00"}, {"Transfer-Encoding": "chunked"}], ids=str)
def test_a_body_that_turns_out_empty_needs_no_media_type(alice: Client, headers: dict[str, str]) -> None:  # TASK-39
    path = f"{alice.tasks}/{alice.create()['id']}/complete"
    assert alice.patch(path, content=iter([b""]), headers=headers).json()["completed"] is True
    assert code(alice.patch(path, content=iter([b"", b"{}"]))) == "unsupported_media_type"


def test_a_coded_body_is_a_415(alice: Client) -> None:  # ERR-10
    coded = JSON | {"Content-Encoding": "gzip"}
    assert code(alice.post(alice.tasks, content=gzip.compress(b"{}"), headers=coded)) == "unsupported_media_type"
    twice = [*JSON.items(), ("Content-Encoding", "identity"), ("Content-Encoding", "gzip")]
    assert code(alice.post(alice.tasks, content=b"{}", headers=twice)) == "unsupported_media_type"


@pytest.mark.parametrize(
    "content_type",
    [
        "application/json; charset=utf-8",
        "Application/JSON",
        'application/json;charset="UTF-8"',
        "application/json ;x=1;",
        "application/json; charset*=a; charset*0=b",
    ],
)
def test_the_right_media_type_may_be_written_in_its_ways(alice: Client, content_type: str) -> None:
    response = alice.post(alice.tasks, content=b'{"title": "x"}', headers={"Content-Type": content_type})
    assert response.status_code == 201


def test_a_body_of_one_mebibyte_is_read_and_one_byte_more_is_not(alice: Client) -> None:  # ERR-11
    raw = json.dumps({"title": "x"}).encode()
    assert alice.post(alice.tasks, content=raw.ljust(MEBIBYTE), headers=JSON).status_code == 201
    response = alice.post(alice.tasks, content=raw.ljust(MEBIBYTE + 1), headers=JSON)
    assert (response.status_code, code(response)) == (413, "content_too_large")


def test_a_body_in_pieces_is_counted_too(alice: Client) -> None:  # ERR-11
    pieces = (b" " * 65_536 for _ in range(17))
    assert code(alice.post(alice.tasks, content=pieces, headers=JSON)) == "content_too_large"


def test_checks_come_in_the_order_that_the_spec_gives(alice: Client, nobody: Client) -> None:  # EDGE-1, ERR-7, AUTH-24
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
    task = f"{alice.tasks}/{alice.create(metadata=dict.fromkeys(map(str, range(50)), ''))['id']}"
    keyed = JSON | {"Idempotency-Key": "key"}
    full = b'{"metadata": {"one": "more"}}'
    other = keyed | {"If-Match": '"other"'}
    assert alice.put(task, content=b"{}", headers=keyed).status_code == 200
    assert code(alice.put(task, content=full, headers=other)) == "idempotency_key_reused"
    alice.delete(task)
    assert alice.put(task, content=b"{}", headers=keyed).status_code == 200
    task = f"{alice.tasks}/{alice.create(metadata=dict.fromkeys(map(str, range(50)), ''))['id']}"
    assert code(alice.put(task, content=full, headers=other)) == "precondition_failed"
    assert code(alice.put(task, content=full, headers=JSON)) == "metadata_full"


def test_nothing_that_was_sent_is_repeated_in_a_refusal(alice: Client) -> None:  # ERR-5
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


@pytest.mark.parametrize("expectation", ["", "Expect: 100-continue\r\n"])
@pytest.mark.parametrize("authorization", ["", "Authorization: Bearer x.y.z\r\n"])
def test_the_body_of_a_stranger_is_not_waited_for(
    service: Service, authorization: str, expectation: str
) -> None:  # EDGE-2
    with socket.create_connection((service.host, service.port), timeout=5) as connection:
        connection.sendall(
            f"POST /api/alice/tasks HTTP/1.1\r\nHost: {service.host}\r\n{authorization}{expectation}"
            "Content-Type: application/json\r\nContent-Length: 1000\r\n\r\n".encode()
        )
        # Whoever reads a body asks for it first, where the client expects to be asked.
        assert connection.recv(65_536).startswith(b"HTTP/1.1 401 ")


def test_faults_of_path_query_and_body_are_told_together(alice: Client) -> None:  # EDGE-3, ERR-4
    response = alice.put(f"{alice.tasks}/0?staus=x", json={"title": "", "due": None})
    assert fields(response) == ["body.due", "body.title", "path.id", "query.staus"]


def test_a_field_is_named_once_and_a_hundred_at_most(alice: Client) -> None:  # ERR-4
    [fault] = alice.post(alice.tasks, json={"title": "x", "due_date": "tomorrow"}).json()["errors"]
    assert fault.keys() == {"field", "message", "type"}
    body = {"title": "x"} | {f"x{number}": None for number in range(150)}
    assert len(alice.post(alice.tasks, json=body).json()["errors"]) == 100


@pytest.mark.parametrize(
    ("name", "written"),
    [
        ("a-Z.0_~", "a-Z.0_~"),
        ("x" * 64, "x" * 64),
        ("x" * 65, "?"),
        ("", "?"),
        ("a b", "?"),
        ("<b>", "?"),
        ("\u00e9", "?"),
    ],
)
def test_an_unknown_name_is_repeated_only_where_it_is_harmless(alice: Client, name: str, written: str) -> None:  # ERR-5
    response = alice.post(alice.tasks, params={name: "x"}, json={"title": "x", name: "x"})
    assert fields(response) == [f"body.{written}", f"query.{written}"]
