"""Bodies of contracts that are not ours: forms, files, texts, bytes. Spec: specs/toolchain/requests.md."""

import gc
import tempfile
from contextlib import suppress
from pathlib import Path
from typing import Any  # what is handed to a handler that is generated

import pytest
from pydantic import MISSING
from starlette.requests import ClientDisconnect

from backend.tests.contracts import Json
from backend.tests.imported import Foreign, contract
from scripts.compare import differences

FORM = "application/x-www-form-urlencoded"
PET: Json = {
    "type": "object",
    "required": ["name"],
    "additionalProperties": False,
    "properties": {
        "name": {"type": "string"},
        "age": {"type": "integer"},
        "tags": {"type": "array", "items": {"type": "string"}},
        "marks": {"type": "array", "items": {"$ref": "#/components/schemas/Mark"}},
        "owner": {"$ref": "#/components/schemas/Mark"},
        "raw": {"type": "object", "additionalProperties": {"type": "integer"}},
    },
}
NOTED: Json = {**PET, "properties": {**PET["properties"], "note": {}}}
MARK: Json = {"type": "object", "required": ["id"], "properties": {"id": {"type": "integer"}}}
OPEN: Json = {"type": "object", "additionalProperties": {"type": "integer"}}
UPLOAD: Json = {
    "description": "A photo with papers.",
    "type": "object",
    "additionalProperties": False,
    "required": ["photo", "words"],
    "properties": {
        "photo": {"type": "string"},
        "docs": {"type": "array", "maxItems": 2, "items": {}},
        "maybe": {"anyOf": [{"type": "string"}, {"type": "null"}]},
        "words": {"type": "string"},
        "meta": {"$ref": "#/components/schemas/Pet"},
        "userName": {"type": "integer", "default": 3},
    },
}
BASE: Json = {"type": "object", "properties": {"file": {}}}
DERIVED: Json = {
    "allOf": [{"$ref": "#/components/schemas/Base"}, {"type": "object", "properties": {"n": {"type": "integer"}}}]
}
REF = "#/components/schemas/"
P: Json = {"$ref": f"{REF}Pet"}


def operation(name: str, content: Json, *, required: bool = True) -> Json:
    """Write an operation that takes a body."""
    body = {"required": required, "content": content, "x-note": None}
    return {"post": {"operationId": name, "requestBody": body}}


CONTRACT = contract(
    {
        "/form": operation(
            "form",
            {
                FORM: {
                    "schema": {"$ref": f"{REF}Noted"},
                    "encoding": {
                        "tags": {"style": "spaceDelimited", "explode": False},
                        "raw": {"style": "deepObject", "explode": True},
                        "note": {"contentType": "application/json"},
                        "owner": {"style": "form", "explode": True},
                    },
                    "examples": {"one": {"$ref": "#/components/examples/one"}},
                }
            },
        ),
        "/plain": operation("plain", {FORM: {"schema": {"$ref": f"{REF}Open"}}}, required=False),
        "/same": operation(
            "same", {"application/json": {"schema": P}, FORM: {"schema": P}, "multipart/form-data": {"schema": P}}
        ),
        "/three": operation(
            "three",
            {
                "application/vnd.pet+json": {"schema": P, "example": {"name": None}},
                "application/xml": {"schema": P},
                "text/plain": {"schema": {"type": "string", "maxLength": 5}},
            },
        ),
        "/upload": operation(
            "upload",
            {
                "multipart/form-data": {
                    "schema": {"$ref": f"{REF}Upload"},
                    "encoding": {
                        "photo": {
                            "contentType": "image/png, image/jpeg",
                            "headers": {"X-A": {"schema": {"type": "string"}}},
                        },
                        "words": {"contentType": "text/plain"},
                        "maybe": {"contentType": "image/*"},
                    },
                }
            },
            required=False,
        ),
        "/derived": operation("derived", {"multipart/form-data": {"schema": {"$ref": f"{REF}Derived"}}}),
        "/ranges": operation(
            "ranges", {"*/*": {}, "image/*": {"schema": {"type": "string"}}, "image/png; q=1": {}}, required=False
        ),
        "/near": operation(
            "near",
            {
                "*/*": {},
                "text/*": {"schema": {"type": "string"}},
                "text/plain": {"schema": {"type": "boolean"}},
                "text/plain; version=2": {"schema": {"type": "integer"}},
            },
        ),
        "/any": operation("any", {"*/*": {"schema": P}}),
        "/text": operation("text", {"text/*": {"schema": {"type": "integer"}}}, required=False),
        "/words": operation("words", {"text/plain": {}}),
        "/free": operation("free", {"application/json": {}}),
        "/shared": {"post": {"operationId": "shared", "requestBody": {"$ref": "#/components/requestBodies/Shared"}}},
        "/listed": operation(
            "listed", {"application/json": {"schema": {"type": "array", "maxItems": 1, "items": {"type": "integer"}}}}
        ),
    },
    {"Pet": PET, "Noted": NOTED, "Mark": MARK, "Open": OPEN, "Upload": UPLOAD, "Base": BASE, "Derived": DERIVED},
    examples={"one": {"value": {"name": None}}},
    requestBodies={"Shared": {"description": "Bytes.", "content": {"application/octet-stream": {}}}},
)


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Foreign:
    """A service with bodies of all kinds."""
    return Foreign(tmp_path_factory.mktemp("bodies"), CONTRACT)


def typed(media_type: str) -> Json:
    """Say what a body is."""
    return {"content-type": media_type}


def body_of(taken: Json) -> object:
    """Give the body that a handler got, as JSON."""
    body: Any = taken["body"]  # of a generated type
    return body.model_dump(exclude_unset=True) if hasattr(body, "model_dump") else body


def test_the_derived_document_says_the_same(served: Foreign) -> None:  # REQ-2
    assert differences(CONTRACT, served.routes.derived_document()) == []


def test_members_of_a_form_are_read_as_their_encoding_or_their_schema_says(served: Foreign) -> None:  # REQ-10
    sent = "name=a+b&age=5&tags=x%20y&raw[k]=1&note=%7B%22z%22%3Anull%7D&id=7"
    sent += "&marks=%7B%22id%22%3A1%7D&marks=%7B%22id%22%3A2%7D"
    assert body_of(served.taken("POST", "/form", typed(FORM), content=sent)) == {
        "name": "a b",
        "age": 5,
        "tags": ["x", "y"],
        "raw": {"k": 1},
        "note": {"z": None},
        "owner": {"id": 7},
        "marks": [{"id": 1}, {"id": 2}],
    }
    assert body_of(served.taken("POST", "/plain", typed(FORM), content="a=1&b=2")) == {"a": 1, "b": 2}
    whole = "name=a&tags=x&tags=y&owner=%7B%22id%22%3A3%7D&raw=%7B%22k%22%3A1%7D&marks=%5B%7B%22id%22%3A1%7D%5D"
    assert body_of(served.taken("POST", "/same", typed(FORM), content=whole)) == {
        "name": "a",
        "tags": ["x", "y"],
        "owner": {"id": 3},
        "raw": {"k": 1},
        "marks": [{"id": 1}],
    }


@pytest.mark.parametrize(
    ("path", "sent", "faults"),
    [
        ("/same", "age=1", [["body.name", "missing"]]),
        ("/same", "name=a&age=x", [["body.age", "type"]]),
        ("/same", "name=a&name=b", [["body.name", "repeated"]]),
        ("/same", "name=a&zip=4", [["body.zip", "unknown"]]),
        ("/same", "name=a&owner=%7B", [["body.owner", "type"]]),
        ("/same", "name=a&owner=%7B%7D", [["body.owner.id", "missing"]]),
        ("/form", "name=a&note=%7B", [["body.note", "format"]]),
        ("/form", "name=a&tags=a&tags=b", [["body.tags", "repeated"]]),
        ("/plain", "a=x", [["body.a", "type"]]),
        ("/plain", "a=1&a=2", [["body.a", "repeated"]]),
    ],
)
def test_what_is_wrong_in_a_form_is_told_by_its_member(
    served: Foreign, path: str, sent: str, faults: list[list[str]]
) -> None:  # REQ-11
    assert served.refused("POST", path, typed(FORM), content=sent) == faults


def test_a_form_that_is_no_form_is_a_400(served: Foreign) -> None:  # REQ-12
    for sent in ("name=%ff", b"name=\xff", "&".join(["a=1"] * 1001)):
        assert served.ask("POST", "/same", typed(FORM), content=sent).status_code == 400
    assert served.ask("POST", "/same", typed(FORM), content="a=1&" * 262_145).status_code == 413


def test_a_body_of_no_bytes_is_none(served: Foreign) -> None:  # REQ-13
    for headers in (None, typed(FORM), {**typed(FORM), "content-length": "0"}):
        assert served.taken("POST", "/plain", headers) == {"body": MISSING}
    assert served.call("POST", "/plain", headers={**typed(FORM), "transfer-encoding": "chunked"})[0] == 204
    assert served.seen.pop() == {"body": MISSING}
    assert served.refused("POST", "/words", typed("text/plain")) == [["body", "missing"]]


def test_media_types_of_different_types_are_told_to_the_handler(served: Foreign) -> None:  # REQ-14
    pet = served.taken("POST", "/three", typed("Application/vnd.pet+json"), content='{"name": "x"}')
    assert (body_of(pet), pet["media_type"]) == ({"name": "x"}, "application/vnd.pet+json")
    assert served.taken("POST", "/three", typed("application/xml"), content="<a/>") == {
        "body": b"<a/>",
        "media_type": "application/xml",
    }
    for content_type, raw in (
        ("text/plain", "\u00e9".encode()),
        ("text/plain; charset=utf-8", "\u00e9".encode()),
        ("text/plain; charset=ISO-8859-1", b"\xe9"),
    ):
        taken = served.taken("POST", "/three", typed(content_type), content=raw)
        assert taken == {"body": "\u00e9", "media_type": "text/plain"}
    assert served.taken("POST", "/same", typed("application/json"), content='{"name": "x"}').keys() == {"body"}
    api = (Path(served.routes.__file__).parent / "api.py").read_text(encoding="utf-8")
    assert "body: Pet | bytes | str,\n" in api
    assert 'media_type: Literal["application/vnd.pet+json", "application/xml", "text/plain"],\n' in api


def test_texts_are_checked_and_bytes_are_not_looked_into(served: Foreign) -> None:  # REQ-15
    assert served.refused("POST", "/three", typed("text/plain"), content="123456") == [["body", "too_long"]]
    assert served.taken("POST", "/text", typed("text/csv"), content="12") == {"body": 12}
    assert served.refused("POST", "/text", typed("text/csv"), content="x") == [["body", "type"]]
    assert served.ask("POST", "/three", typed("text/plain"), content=b"\xe9").status_code == 400
    assert served.taken("POST", "/words", typed("text/plain"), content="a") == {"body": "a"}
    assert served.taken("POST", "/shared", typed("application/octet-stream"), content=b"\xff\x00") == {
        "body": b"\xff\x00"
    }
    assert served.ask("POST", "/shared", typed("application/octet-stream"), content=b"x" * 1_048_577).status_code == 413
    assert served.taken("POST", "/free", typed("application/json"), content="[null]") == {"body": [None]}
    assert served.refused("POST", "/listed", typed("application/json"), content="[1, 2]") == [["body", "too_many"]]


def test_the_nearest_media_type_is_taken(served: Foreign) -> None:  # REQ-16
    for content_type in ("image/png; q=1", "image/png", "video/mp4"):
        taken = served.taken("POST", "/ranges", typed(content_type), content="1")
        assert taken == {"body": b"1"}
    for content_type, sent, body, media_type in (
        ("video/mp4", "5", b"5", "video/mp4"),
        ("text/csv", "5", "5", "text/csv"),
        ("text/plain", "true", True, "text/plain"),
        ("text/plain; Version=2", "5", 5, "text/plain; version=2"),
    ):
        taken = served.taken("POST", "/near", typed(content_type), content=sent)
        assert taken == {"body": body, "media_type": media_type}
    assert body_of(served.taken("POST", "/any", typed("application/x-new"), content='{"name": "x"}')) == {"name": "x"}


@pytest.mark.parametrize(
    ("path", "content_type"),
    [
        ("/three", "text/html"),
        ("/three", "text/plain; charset=utf-16"),
        ("/three", "text/plain; charset=utf-8; charset=latin-1"),
        ("/same", "multipart/mixed; boundary=x"),
        ("/same", f"{FORM}; charset=iso-8859-1"),
        ("/text", "texts/csv"),
        ("/text", "nonsense"),
    ],
)
def test_another_media_type_is_a_415(served: Foreign, path: str, content_type: str) -> None:  # REQ-16
    assert served.ask("POST", path, typed(content_type), content="x").status_code == 415


def test_a_body_that_does_not_say_what_it_is_is_a_415(served: Foreign) -> None:  # REQ-16
    assert served.ask("POST", "/text", content="x").status_code == 415


PHOTO = ("photo", ("a.png", b"PNG" * 1000, "image/png"))
COPY = ("words", (None, "c"))


def test_files_are_handed_over_with_what_the_client_says_of_them(served: Foreign) -> None:  # REQ-17
    files = [
        PHOTO,
        ("docs", ("b", b"x")),
        ("docs", ("c", b"\xff")),
        ("meta", ("blob", b'{"name": "z"}', "application/json")),
        COPY,
        ("userName", (None, "5")),
    ]
    taken = served.taken("POST", "/upload", files=files)
    form: Any = taken["body"]  # of a generated type
    assert taken["photo"] == ("a.png", "image/png", 3000, b"PNG" * 1000)
    assert [(doc.filename, doc.content_type, doc.size) for doc in form.docs] == [
        ("b", "application/octet-stream", 1),
        ("c", "application/octet-stream", 1),
    ]
    assert (form.meta.name, form.words, form.user_name) == ("z", "c", 5)
    assert served.taken("POST", "/upload") == {"body": MISSING}
    same = served.taken("POST", "/same", files=[("name", (None, "x")), ("age", (None, "3")), ("tags", (None, "q"))])
    assert body_of(same) == {"name": "x", "age": 3, "tags": ["q"]}
    derived: Any = served.taken("POST", "/derived", files=[("file", ("f", b"1")), ("n", (None, "3"))])["body"]
    assert (derived.n, derived.file.filename) == (3, "f")


def test_a_file_needs_no_name(served: Foreign) -> None:  # REQ-17
    taken = served.taken("POST", "/upload", files=[("photo", (None, b"\x89PNG", "image/png")), COPY])
    assert taken["photo"] == ("", "image/png", 4, b"\x89PNG")


@pytest.mark.parametrize(
    ("files", "faults"),
    [
        ([COPY], [["body.photo", "missing"]]),
        ([("photo", ("a.gif", b"GIF", "image/gif")), COPY], [["body.photo", "format"]]),
        ([PHOTO, PHOTO, COPY], [["body.photo", "repeated"]]),
        ([PHOTO, COPY, *[("docs", ("b", b"x"))] * 3], [["body.docs", "too_many"]]),
        ([PHOTO, COPY, ("other", ("b", b"x"))], [["body.other", "unknown"]]),
        ([PHOTO, COPY, ("userName", (None, "x"))], [["body.userName", "type"]]),
    ],
)
def test_what_is_wrong_with_files_is_told_by_their_member(
    served: Foreign, files: list[Any], faults: list[list[str]]
) -> None:  # REQ-11, REQ-17
    assert served.refused("POST", "/upload", files=files) == faults


HEAD = b'--x\r\nContent-Disposition: form-data; name="photo"; filename="a"\r\n\r\n'
MULTIPART = typed("multipart/form-data; boundary=x")


@pytest.mark.parametrize(
    ("headers", "content"),
    [
        (typed("multipart/form-data"), b"--x\r\n"),
        (MULTIPART, b"--y\r\n"),
        (MULTIPART, HEAD + b"abc"),
        (MULTIPART, HEAD + b"abc\r\n--x\r\n"),
        (MULTIPART, b"--x\r\nContent-Disposition: form-data\r\n\r\n1\r\n--x--\r\n"),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="userName"\r\n\r\n\xff\r\n--x--\r\n'),
        (MULTIPART, b'--x\r\nContent-Disposition: form-data; name="a"\r\n\r\n1\r\n' * 1001 + b"--x--\r\n"),
        (MULTIPART, b"--x\r\nContent-Disposition: form-data; name=words\r\n\r\n" + b"1" * 1_048_577 + b"\r\n--x--\r\n"),
        (
            MULTIPART,
            b"--x\r\nContent-Disposition: form-data; name=words; filename=f\r\n\r\n"
            + b"1" * 1_048_577
            + b"\r\n--x--\r\n",
        ),
    ],
    ids=range(9),
)
def test_a_multipart_form_that_breaks_off_or_has_too_much_is_a_400(
    served: Foreign, headers: Json, content: bytes
) -> None:  # REQ-12
    answer = served.ask("POST", "/upload", headers, content=content)
    assert (answer.status_code, answer.json()["kind"]) == (400, "MalformedBody")


def open_files() -> int:
    """Count the files of this process that are in the folder for temporary ones."""
    gc.collect()
    links = [link for link in Path("/proc/self/fd").iterdir() if link.exists() or link.is_symlink()]
    found = 0
    for link in links:
        with suppress(FileNotFoundError):  # the one that listed them
            found += str(link.readlink()).startswith(tempfile.gettempdir())
    return found


@pytest.mark.parametrize(
    ("chunks", "status"),
    [
        ([HEAD, b"1" * 2_000_000, b"\r\n--x--\r\n"], 422),
        ([HEAD, *[b"1" * 1_000_000] * 40], 413),
        ([HEAD, b"1" * 2_000_000], 400),
        ([HEAD, b"1" * 2_000_000, None], 0),
    ],
    ids=["refused", "too large", "broken off", "hung up"],
)
def test_no_file_outlives_its_request(served: Foreign, chunks: list[bytes | None], status: int) -> None:  # REQ-18
    before = open_files()
    try:
        found = served.call("POST", "/upload", headers=MULTIPART | {"transfer-encoding": "chunked"}, chunks=chunks)[0]
    except ClientDisconnect:
        found = 0
    assert (found, open_files()) == (status, before)


def test_files_are_closed_after_a_good_request_too(served: Foreign) -> None:  # REQ-18
    before = open_files()
    served.taken("POST", "/upload", files=[("photo", ("a.png", b"1" * 3_000_000, "image/png")), COPY])
    assert open_files() == before


def test_without_the_package_for_forms_nothing_starts(
    served: Foreign, monkeypatch: pytest.MonkeyPatch
) -> None:  # REQ-17
    monkeypatch.setattr(served.module("forms"), "find_spec", {}.get)
    with pytest.raises(RuntimeError, match="install python-multipart"):
        served.routes.derived_document()
