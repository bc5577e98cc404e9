"""One file of a contract: YAML as JSON has it, every place with its line. Spec: READ-2 to READ-4.

YAML 1.1 would turn `2026-12-24` into a date and `no` into false. Here a plain scalar is more than text only where JSON,
or both versions of YAML in wider writing (`True`, `.5`), say so; a repeated key is a fault and not the last one's
victory.
"""

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final, NoReturn, TypeAlias, cast

import yaml

from scripts.generate.refusal import Place, Pointer, Refusal

Json: TypeAlias = "dict[str, Json] | list[Json] | str | int | float | bool | None"
Object: TypeAlias = dict[str, Json]

_DEEPEST: Final = 128
"""More nesting than any contract has, and less than Python's stack: every later step is recursive."""
_LONGEST_NUMBER: Final = 400
"""Digits: more than a double has, and less than the 4300 at which Python refuses to read an integer."""
_LEAST_VALUES: Final = 100_000
"""A file without aliases has fewer values than characters; this many may come from aliases in any case."""
_TEXT: Final = "tag:yaml.org,2002:str"
_IMPLICIT: Final[tuple[tuple[str, str, tuple[str, ...]], ...]] = (
    ("tag:yaml.org,2002:null", r"null|Null|NULL|~|", (*"nN~", "")),
    ("tag:yaml.org,2002:bool", r"true|True|TRUE|false|False|FALSE", tuple("tTfF")),
    ("tag:yaml.org,2002:int", r"-?(0|[1-9][0-9]*)", tuple("-0123456789")),
    (
        "tag:yaml.org,2002:float",
        r"-?((0|[1-9][0-9]*)(\.[0-9]+)?|\.[0-9]+)([eE][-+]?[0-9]+)?",
        tuple("-.0123456789"),
    ),
)
_WRITTEN: Final = {tag: re.compile(regex) for tag, regex, _ in _IMPLICIT}
_PAIR: Final = re.compile(r"\\(?:u(d[89ab][0-9a-f]{2})\\u(d[c-f][0-9a-f]{2})|.)", re.IGNORECASE | re.DOTALL)


class _JsonLoader(yaml.CSafeLoader):
    """A YAML loader whose plain scalars are those of JSON."""


_JsonLoader.yaml_implicit_resolvers = {}  # not those of YAML 1.1, which the class has inherited
for _tag, _regex, _first in _IMPLICIT:
    _JsonLoader.add_implicit_resolver(_tag, re.compile(f"(?:{_regex})$"), list(_first))


@dataclass(frozen=True, eq=False)  # one file is one object, and a key
class Source:
    """One file: where it is, what people are shown as its name, its content, and the line of every place in it."""

    path: Path
    name: str
    content: Json
    lines: Mapping[Pointer, int]

    def place(self, pointer: Pointer) -> Place:
        """Give the place that a pointer means; its line may be that of the nearest place around it."""
        around = pointer
        while around not in self.lines:
            around = around[:-1]
        return Place(self.name, self.lines[around], pointer)


def load(path: Path, name: str) -> Source:
    """Read a file of YAML or JSON; raise `Refusal`, with its place, for what is neither, `OSError` without a file."""
    raw = path.read_bytes()
    try:
        text = raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        _refuse(name, raw.count(b"\n", 0, error.start) + 1, "this is not UTF-8")
    if text.lstrip()[:1] == "{":
        text = _PAIR.sub(_character, text.lstrip("\t"))
    try:
        root = yaml.compose(text, Loader=_JsonLoader)
    except yaml.MarkedYAMLError as error:
        line = error.problem_mark.line + 1 if error.problem_mark else 1
        _refuse(name, line, f"no YAML: {', '.join(filter(None, (error.context, error.problem)))}")
    except yaml.YAMLError as error:
        _refuse(name, 1, f"no YAML: {' '.join(str(error).split())}")
    lines: dict[Pointer, int] = {(): 1}
    values = _Values(name, lines, max(_LEAST_VALUES, len(text)))
    return Source(path, name, None if root is None else values.plain(root, ()), lines)


@dataclass
class _Values:
    """Turns the nodes of one file into values, and notes their lines."""

    name: str
    lines: dict[Pointer, int]
    left: int
    merging: list[yaml.Node] = field(default_factory=list)

    def plain(self, node: yaml.Node, pointer: Pointer) -> Json:
        """Give the value of a node."""
        self.left -= 1
        if self.left < 0:
            self.refuse(node, pointer, "aliases unfold this file to more than its own size")
        if len(pointer) > _DEEPEST:
            self.refuse(node, pointer, f"values are nested more than {_DEEPEST} deep")
        self.lines.setdefault(pointer, node.start_mark.line + 1)
        if isinstance(node, yaml.ScalarNode):
            return self.scalar(node, pointer)
        kind = "map" if isinstance(node, yaml.MappingNode) else "seq"
        if node.tag != f"tag:yaml.org,2002:{kind}":
            self.refuse(node, pointer, f"YAML's type {node.tag.rpartition(':')[2]!r} is not JSON's")
        if isinstance(node, yaml.MappingNode):
            return {key: self.member(value, line, (*pointer, key)) for key, (value, line) in self.pairs(node, pointer)}
        sequence = cast("list[yaml.Node]", node.value)  # the third of YAML's three kinds of node
        return [self.plain(item, (*pointer, str(index))) for index, item in enumerate(sequence)]

    def member(self, node: yaml.Node, line: int, pointer: Pointer) -> Json:
        """Give the value of a member; its line is that of its key."""
        self.lines[pointer] = line
        return self.plain(node, pointer)

    def pairs(self, node: yaml.MappingNode, pointer: Pointer) -> "list[tuple[str, tuple[yaml.Node, int]]]":
        """List the members of a mapping with the lines of their keys, those that it merges first."""
        merged: dict[str, tuple[yaml.Node, int]] = {}
        own: dict[str, tuple[yaml.Node, int]] = {}
        for key, value in node.value:
            if isinstance(key, yaml.ScalarNode) and (key.value, key.style) == ("<<", ""):
                for name, pair in self.merged(value, pointer):
                    merged.setdefault(name, pair)
                continue
            if not isinstance(key, yaml.ScalarNode):
                self.refuse(key, pointer, "a key that is no text")
            name = str(key.value)
            if name in own:
                self.refuse(key, (*pointer, name), f"the key {name!r} is written twice")
            own[name] = (value, key.start_mark.line + 1)
        return list({**merged, **own}.items())

    def merged(self, node: yaml.Node, pointer: Pointer) -> "list[tuple[str, tuple[yaml.Node, int]]]":
        """List the members that `<<` takes over from a mapping, or from several, of which the first wins."""
        parts = node.value if isinstance(node, yaml.SequenceNode) else [node]
        found: list[tuple[str, tuple[yaml.Node, int]]] = []
        for part in parts:
            if not isinstance(part, yaml.MappingNode) or part in self.merging:
                self.refuse(node, (*pointer, "<<"), "`<<` merges mappings, and none into itself")
            self.merging.append(part)
            found += self.pairs(part, pointer)
            self.merging.pop()
        return found

    def scalar(self, node: yaml.ScalarNode, pointer: Pointer) -> Json:
        """Give the value of a scalar."""
        text, tag = str(node.value), str(node.tag)
        if tag == _TEXT:
            return text
        if tag not in _WRITTEN or not _WRITTEN[tag].fullmatch(text):
            self.refuse(node, pointer, f"YAML's type {tag.rpartition(':')[2]!r} is not JSON's")
        match tag.rpartition(":")[2]:
            case "null":
                return None
            case "bool":
                return text.lower() == "true"
            case _ if len(text) > _LONGEST_NUMBER or math.isinf(float(text)):
                return self.refuse(node, pointer, "a number that no computer's double holds")
            case "int":
                return int(text)
            case _:
                return float(text)

    def refuse(self, node: yaml.Node, pointer: Pointer, feature: str) -> NoReturn:
        """Refuse what a node is."""
        raise Refusal(pointer, feature, Place(self.name, node.start_mark.line + 1, pointer))


def _character(escape: re.Match[str]) -> str:
    """Write a character beyond 16 bits as itself: JSON escapes it as two halves, which YAML does not know."""
    high, low = escape.groups()
    if high is None:
        return escape[0]
    return chr(0x10000 + ((int(high, 16) - 0xD800) << 10) + int(low, 16) - 0xDC00)


def _refuse(name: str, line: int, feature: str) -> NoReturn:
    raise Refusal((), feature, Place(name, line, ()))
