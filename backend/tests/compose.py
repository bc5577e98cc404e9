"""compose.yaml as Compose reads it, as far as ours goes: variables, environments, and what starts after what.

What is not known is refused. Rules: the Compose specification, "Interpolation" and "environment".
"""

import re
from collections.abc import Mapping
from typing import Any  # a document in YAML

import yaml

from backend.settings import PROJECT

REFERENCE = re.compile(r"\$(?:(\$)|\{(\w+)(?:(:-|:\?|\?)([^${}]*))?\}|.?)", re.DOTALL)


class Refused(Exception):  # a fact, like the errors of the service
    """Compose would start nothing, and say this."""


def services(variables: Mapping[str, str]) -> dict[str, dict[str, Any]]:  # Any: a document in YAML
    """The services, with the variables of the environment and of .env in place.

    Raises:
        Refused: a variable that is required is missing, or a reference has a form that is not known here.
    """
    document = yaml.safe_load((PROJECT / "compose.yaml").read_text(encoding="utf-8"))
    found: dict[str, dict[str, Any]] = interpolated(document["services"], variables)  # Any: a document in YAML
    return found


def environment(service: dict[str, Any], variables: Mapping[str, str]) -> dict[str, str]:  # Any: a document in YAML
    """What a service's processes find in their environment: a name without a value is handed on if there is one."""
    given = {name: variables.get(name) if value is None else value for name, value in service["environment"].items()}
    return {name: value for name, value in given.items() if value is not None}


def interpolated(node: Any, variables: Mapping[str, str]) -> Any:  # noqa: ANN401 # a document in YAML
    """A part of the document with its references replaced."""
    if isinstance(node, dict):
        return {name: interpolated(value, variables) for name, value in node.items()}
    if isinstance(node, list):
        return [interpolated(value, variables) for value in node]
    if isinstance(node, str):
        return REFERENCE.sub(lambda reference: _value(reference, variables), node)
    return node


def _value(reference: re.Match[str], variables: Mapping[str, str]) -> str:
    dollar, name, form, text = reference.groups()
    if dollar:
        return "$"
    if not name:
        raise Refused(f"{reference[0]}: a form that is not known here")
    value = variables.get(name)
    if form in {":?", "?"} and not (value if form == ":?" else value is not None):
        raise Refused(f"required variable {name} is missing a value: {text}")
    return value or (text if form == ":-" else "")
