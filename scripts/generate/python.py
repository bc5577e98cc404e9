"""Writes Python expressions and names."""

import keyword
import re
from collections.abc import Container, Iterable, Mapping
from typing import Final

from scripts.generate.source import Json

_RAW: Final = re.compile(r"[\x20-\x21\x23-\x7e]*[\x20-\x21\x23-\x5b\x5d-\x7e]")
"""Texts that a raw literal can hold: printable ASCII without `"`, not ending in a backslash."""


def literal(value: Json) -> str:
    """Write a JSON value as a Python expression; patterns as raw literals, because people read them."""
    match value:
        case str():
            return f'r"{value}"' if "\\" in value and _RAW.fullmatch(value) else repr(value)
        case list():
            return f"[{', '.join(literal(item) for item in value)}]"
        case dict():
            return "{" + ", ".join(f"{literal(name)}: {literal(item)}" for name, item in value.items()) + "}"
        case _:
            return repr(value)


def call(name: str, arguments: Mapping[str, Json]) -> str:
    """Write a call with keyword arguments that are values."""
    return invoke(name, {argument: literal(value) for argument, value in arguments.items()})


def invoke(name: str, arguments: Mapping[str, str]) -> str:
    """Write a call with keyword arguments that are expressions already."""
    return f"{name}({', '.join(f'{argument}={value}' for argument, value in arguments.items())})"


def pack(items: Iterable[str]) -> str:
    """Write a tuple of expressions."""
    return "(" + "".join(f"{item}, " for item in items) + ")"


def table(items: Mapping[str, str]) -> str:
    """Write a dict of expressions; the keys are expressions too."""
    return "{" + ", ".join(f"{key}: {value}" for key, value in items.items()) + "}"


def pascal(name: str) -> str:
    """Write a name of the contract as Python writes classes: `due_date` becomes `DueDate`, `listTasks` `ListTasks`."""
    return "".join(part[:1].upper() + part[1:] for part in re.split(r"[^0-9A-Za-z]+", name))


def snake(name: str) -> str:
    """Write a name of the contract as Python writes functions: `X-Request-Id` becomes `x_request_id`, `ETag` `etag`."""
    words = re.sub(r"(?<=[a-z0-9])(?=[A-Z][a-z])", "_", re.sub(r"[^0-9A-Za-z]+", "_", name))
    return words.strip("_").lower()


def identifier(name: str, fallback: str) -> str:
    """Write a name of the contract as a name that Python takes; `fallback` leads what has no letter to begin with."""
    found = snake(name)
    if not found.isidentifier():
        found = f"{fallback}_{found}".rstrip("_")
    return f"{found}_" if keyword.iskeyword(found) else found


def unique(name: str, taken: Container[str]) -> str:
    """Give the name, or the first of `name_2`, `name_3` ... that is not taken."""
    number = 1
    found = name
    while found in taken:
        number += 1
        found = f"{name}_{number}"
    return found


def doc(text: str) -> str:
    """Write a text so that it can stand between the quotes of a docstring."""
    written = text.strip().replace("\\", "\\\\")
    return written.replace('"', '\\"') if '"""' in written or written.endswith('"') else written


def indented(text: str, by: int) -> str:
    """Indent every line but the first, and leave empty lines empty."""
    return re.sub(r"\n(?=[^\n])", "\n" + " " * by, text)
