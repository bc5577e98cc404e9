"""Reads the contract: YAML as JSON has it, every place with its line.

YAML 1.1 would turn `2026-12-24` into a date and `no` into false; here only what JSON knows is more than text, and a
repeated key is a fault and not the last one's victory.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final, TypeAlias, cast

import yaml

from scripts.generate.refusal import Pointer, Refusal

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, Json]

_IMPLICIT: Final[tuple[tuple[str, str, str], ...]] = (
    ("tag:yaml.org,2002:null", r"null|~|", "n~"),
    ("tag:yaml.org,2002:bool", r"true|false", "tf"),
    ("tag:yaml.org,2002:int", r"-?(0|[1-9][0-9]*)", "-0123456789"),
    ("tag:yaml.org,2002:float", r"-?(0|[1-9][0-9]*)(\.[0-9]+)?([eE][-+]?[0-9]+)?", "-0123456789"),
)


class _JsonLoader(yaml.CSafeLoader):
    """A YAML loader whose plain scalars are those of JSON."""


_JsonLoader.yaml_implicit_resolvers = {}  # not those of YAML 1.1, which the class has inherited
for _tag, _regex, _first in _IMPLICIT:
    _JsonLoader.add_implicit_resolver(_tag, re.compile(f"(?:{_regex})$"), list(_first))


@dataclass(frozen=True)
class Document:
    """A contract: its content, and where each place is written."""

    path: Path
    content: Object
    lines: Mapping[Pointer, int]

    def line(self, pointer: Pointer) -> int:
        """Give the line of a place, or of the nearest one around it that is written."""
        while pointer not in self.lines:
            pointer = pointer[:-1]
        return self.lines[pointer]


def read(path: Path) -> Document:
    """Read the contract at `path`; raise `Refusal`, with its line, for what is no OpenAPI 3.1 document."""
    lines: dict[Pointer, int] = {(): 1}
    try:
        root = yaml.compose(path.read_text(encoding="utf-8"), Loader=_JsonLoader)
    except (yaml.YAMLError, UnicodeDecodeError) as error:
        raise Refusal((), f"no YAML: {' '.join(str(error).split())}", 1) from None
    content = None if root is None else _plain(root, (), lines)
    if not isinstance(content, dict):
        raise Refusal((), "an OpenAPI document is an object", 1)
    version = content.get("openapi")
    if not isinstance(version, str) or not version.startswith("3.1."):
        raise Refusal(("openapi",), "only OpenAPI 3.1 is carried", lines.get(("openapi",), 1))
    return Document(path, content, lines)


def _plain(node: yaml.Node, pointer: Pointer, lines: dict[Pointer, int]) -> Json:
    lines[pointer] = node.start_mark.line + 1
    if isinstance(node, yaml.MappingNode):
        members: Object = {}
        for key_node, value_node in node.value:
            key = str(key_node.value)
            lines[(*pointer, key)] = key_node.start_mark.line + 1
            if key in members:
                raise Refusal((*pointer, key), f"the key {key!r} is written twice", key_node.start_mark.line + 1)
            members[key] = _plain(value_node, (*pointer, key), lines)
            lines[(*pointer, key)] = key_node.start_mark.line + 1
        return members
    if isinstance(node, yaml.SequenceNode):
        return [_plain(item, (*pointer, str(index)), lines) for index, item in enumerate(node.value)]
    return _scalar(cast("yaml.ScalarNode", node), pointer)  # the third of YAML's three kinds of node


def _scalar(node: yaml.ScalarNode, pointer: Pointer) -> Json:
    text = str(node.value)
    match node.tag.rpartition(":")[2]:
        case "str":
            return text
        case "null":
            return None
        case "bool":
            return text == "true"
        case "int":
            return int(text)
        case "float":
            return float(text)
        case other:
            raise Refusal(pointer, f"YAML's type {other!r} is not JSON's", node.start_mark.line + 1)
