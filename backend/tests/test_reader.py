"""A file of a contract: scalars as JSON has them, lines, one line for what is no YAML (READ-1 to READ-4)."""

import json
import time
from pathlib import Path

import pytest

from backend.tests.contracts import THING, Json, changed
from scripts.contract import CONTRACT
from scripts.generate.reader import read, told
from scripts.generate.refusal import Refusal

HEAD = "openapi: 3.1.0\ninfo: {title: t, version: '1'}\npaths: {}\n"


def written(folder: Path, text: str | bytes) -> Path:
    path = folder / "contract.yaml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    return path


def refused(path: Path) -> str:
    with pytest.raises(Refusal) as refusal:
        read(path)
    return told(refusal.value)


def data(folder: Path, text: str) -> object:
    """What an extension of a contract holds, which is any data."""
    return read(written(folder, f"{HEAD}x-data:\n{text}\n")).content["x-data"]


def test_our_contract_needs_no_readings_and_is_served_as_it_is() -> None:  # READ-1
    document = read(CONTRACT)
    assert document.readings == ()
    assert json.dumps(document.content) == json.dumps(document.authored)
    place = document.place(("components", "schemas", "Task", "properties", "id", "nowhere"))
    assert place.file == "openapi/tasks.yaml"
    assert CONTRACT.read_text(encoding="utf-8").splitlines()[place.line - 1].strip().startswith("id:")


@pytest.mark.parametrize(
    ("scalar", "value"),
    [
        ("null", None),
        ("~", None),
        ("Null", None),
        ("", None),
        ("true", True),
        ("True", True),
        ("FALSE", False),
        ("12", 12),
        ("-0", 0),
        ("1.50", 1.5),
        (".5", 0.5),
        ("-.5", -0.5),
        ("1e3", 1000.0),
        ("-1.5E+2", -150.0),
        ("!!str 200", "200"),
        ("!!int '3'", 3),
        *((text, text) for text in ("yes", "No", "on", "2026-12-24", "2026-12-24T10:00:00Z", "12:30", "1.", "nullx")),
        *((text, text) for text in ("+1", "0x10", "010", "0o10", "1_000", ".inf", ".", "1e", "=")),
    ],
)
def test_a_plain_scalar_is_what_json_says(scalar: str, value: object, tmp_path: Path) -> None:  # READ-3
    found = data(tmp_path, f"  a: {scalar}")
    assert found == {"a": value}
    assert isinstance(found, dict)
    assert type(found["a"]) is type(value)


def test_keys_are_text(tmp_path: Path) -> None:  # READ-3
    assert data(tmp_path, "  200: a\n  true: b\n  null: c\n  2026-12-24: d\n  '<<': e") == {
        "200": "a",
        "true": "b",
        "null": "c",
        "2026-12-24": "d",
        "<<": "e",
    }


def test_anchors_and_merges_are_unfolded(tmp_path: Path) -> None:  # READ-2
    text = """
  one: &one {a: 1, b: 1}
  two: &two {<<: *one, b: 2, c: 2}
  both: {<<: [*one, *two], d: 3}
  alias: *two
"""
    found = data(tmp_path, text)
    assert isinstance(found, dict)
    assert found["two"] == found["alias"] == {"a": 1, "b": 2, "c": 2}
    assert found["both"] == {"a": 1, "b": 1, "c": 2, "d": 3}
    document = read(written(tmp_path, f"{HEAD}x-data:\n{text}"))
    assert document.place(("x-data", "both", "c")).line == 7


def test_a_byte_order_mark_and_windows_lines_do_no_harm(tmp_path: Path) -> None:  # READ-2
    raw = b"\xef\xbb\xbf" + HEAD.replace("\n", "\r\n").encode() + b"x-data: a\r\n"
    document = read(written(tmp_path, raw))
    assert document.content["x-data"] == "a"
    assert document.place(("x-data",)).line == 4


@pytest.mark.parametrize("indent", [None, 1, "\t"])
def test_json_is_read_however_it_is_indented(indent: int | str | None, tmp_path: Path) -> None:  # READ-2
    content = changed({"x-data": {"a": "\u20ac \U0001f600 \\ud83d\\ude00 \\", "b": "a/b\t\x7f"}})
    text = json.dumps(content, indent=indent).replace("a/b", r"a\/b")
    assert r"\ud83d\ude00" in text
    assert read(written(tmp_path, f"\t{text}\n")).content == content


@pytest.mark.parametrize(
    ("text", "line"),
    [
        (b"a: [\n", "2: #: no YAML: while parsing a flow node, did not find expected node content"),
        (b"a: b: c\n", "1: #: no YAML: mapping values are not allowed in this context"),
        (b"a: 1\nb: \x01\n", "1: #: no YAML: unacceptable character"),
        (b"a: 1\n---\nb: 1\n", "2: #: no YAML: expected a single document in the stream, but found another"),
        (b"a: *b\n", "1: #: no YAML: found undefined alias"),
        (b"a: 1\nb: \xff\n", "2: #: this is not UTF-8"),
        (b"a: 1\nb:\n  c: 1\n  c: 2\n", "4: #/b/c: the key 'c' is written twice"),
        (b"a: !!binary aaaa\n", "1: #/a: YAML's type 'binary' is not JSON's"),
        (b"a: !!int x\n", "1: #/a: YAML's type 'int' is not JSON's"),
        (b"a: !thing {b: 1}\n", "1: #/a: YAML's type '!thing' is not JSON's"),
        (b"a: !!set {b: 1}\n", "1: #/a: YAML's type 'set' is not JSON's"),
        (b"a:\n  ? [b, c]\n  : d\n", "2: #/a: a key that is no text"),
        (b"a: {<<: 1}\n", "1: #/a/<<: `<<` merges mappings, and none into itself"),
        (b"a: &a\n  <<: *a\n", "1: #/a/<<: `<<` merges mappings, and none into itself"),
        (b"a: &a [*a]\n", "1: #/a/0/0/0/0/0/0/0"),
        (b"a: " + b"9" * 401, "1: #/a: a number that no computer's double holds"),
        (b"a: 1e999\n", "1: #/a: a number that no computer's double holds"),
        (b"", "1: #: an OpenAPI document is an object"),
        (b"- a\n", "1: #: an OpenAPI document is an object"),
    ],
)
def test_what_is_no_json_in_yaml_is_refused_in_one_line(text: bytes, line: str, tmp_path: Path) -> None:  # READ-4
    said = refused(written(tmp_path, text))
    assert said.startswith(f"contract.yaml:{line}")
    assert "\n" not in said


def test_aliases_that_unfold_without_end_are_refused(tmp_path: Path) -> None:  # READ-4
    lines = ["a0: &a0 [1, 2]", *(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}]" for n in range(1, 40))]
    said = refused(written(tmp_path, "\n".join(lines)))
    assert said.endswith("aliases unfold this file to more than its own size")
    assert refused(written(tmp_path, "a: " + "[" * 200 + "]" * 200)).endswith("values are nested more than 128 deep")


def test_a_file_that_cannot_be_opened_is_one_line(tmp_path: Path) -> None:  # READ-18
    assert refused(tmp_path / "none.yaml") == "none.yaml:1: #: this file cannot be read: No such file or directory"
    assert refused(tmp_path).endswith(":1: #: this file cannot be read: Is a directory")


def large(size: int) -> Json:
    """A contract of about this many characters, every schema, parameter and answer of its own."""
    content = changed({})
    one = len(json.dumps(THING))
    for number in range(size // one):
        name = f"Thing{number}"
        for path, item in changed({})["paths"].items():
            for method in ("get", "put"):
                item[method]["operationId"] += str(number)
            content["paths"][f"/of{number}{path}"] = item
        schema = changed({})["components"]["schemas"]["Thing"]
        schema["properties"] |= {f"p{n}": {"type": ["string"], "maxLength": n} for n in range(9)}
        content["components"]["schemas"][name] = {"allOf": [{"$ref": "#/components/schemas/Thing"}, schema]}
    return content


def test_four_times_the_contract_does_not_take_sixteen_times_as_long(tmp_path: Path) -> None:  # READ-19
    path = tmp_path / "contract.json"
    took = []
    for size in (250_000, 1_000_000):
        path.write_text(json.dumps(large(size), indent=1), encoding="utf-8")
        assert path.stat().st_size > size
        begin = time.process_time()  # other tests run beside this one
        read(path)
        took.append(time.process_time() - begin)
    assert took[1] < 10 * took[0]
