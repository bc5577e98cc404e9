"""The table of seeded faults, which the tests and `make lint-score` share. Spec: LINT-13."""

import copy
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import yaml

from scripts.generate.reader import Json, Object, read
from scripts.generate.refusal import Pointer
from scripts.lint_contract.places import items, members, words

SOUND: Final = Path(__file__).with_name("contract.yaml")
_FAULTS: Final = Path(__file__).with_name("faults.yaml")


@dataclass(frozen=True, slots=True)
class Fault:
    """One seeded fault: what it is, the rule that has to see it and where, and how it is made."""

    name: str
    rule: str
    at: Pointer
    put: Mapping[str, Json]
    removed: Sequence[str]

    def made(self, sound: Object) -> Object:
        """Copy a contract, with the fault."""
        copied = copy.deepcopy(sound)
        for place, value in self.put.items():
            *path, name = place.split(" ")
            parent = _at(copied, path)
            if isinstance(parent, list):
                parent[int(name)] = value
            else:
                members(parent)[name] = value
        for place in self.removed:
            *path, name = place.split(" ")
            del members(_at(copied, path))[name]
        return copied


def faults() -> list[Fault]:
    """Read the table of faults."""
    return [_fault(row) for row in yaml.safe_load(_FAULTS.read_text(encoding="utf-8"))]


def write(folder: Path, table: Sequence[Fault]) -> list[Path]:
    """Write the sound contract into a folder, then one with each fault, in the order of the table; JSON is YAML."""
    sound = read(SOUND).content
    paths = []
    for number, content in enumerate([sound, *(fault.made(sound) for fault in table)]):
        paths.append(folder / f"{number}.yaml")
        paths[-1].write_text(json.dumps(content), encoding="utf-8")
    return paths


def _fault(row: Object) -> Fault:
    put, removed = members(row, "set"), words(row.get("remove"))
    place = str(row.get("at", [*put, *removed][0]))
    return Fault(str(row["fault"]), str(row["rule"]), tuple(place.split(" ")), put, removed)


def _at(content: Json, path: Sequence[str]) -> Json:
    for part in path:
        content = items(content)[int(part)] if isinstance(content, list) else members(content).setdefault(part, {})
    return content
