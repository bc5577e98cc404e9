# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Which JSON texts are valid for certain: one expression for a part of what a schema allows, made of the schema itself.

It describes texts as pydantic and PostgreSQL write them: members in the order of the schema, no blanks, few escapes, few
digits, moments in UTC. What it matches is valid; of what it does not match nothing is known. A schema that says
anything which has no translation here gets no expression. As in `patterns.py` nothing is given back once it was taken.
"""

import json
import re
from collections.abc import Iterable, Mapping
from typing import Any, Final, TypeAlias

from .patterns import ANY, UNBOUNDED, Part, Untranslated, repeated, repeated_group, translated, width

Schema: TypeAlias = Mapping[str, Any]  # any JSON
Path: TypeAlias = tuple[str, ...]
"""The components that a schema is part of."""

_HERE: Final = "#/components/schemas/"
_ANNOTATIONS: Final = frozenset(
    {"$comment", "default", "deprecated", "description", "discriminator", "example", "examples", "externalDocs"}
    | {"readOnly", "title", "writeOnly", "xml"}
)
"""What the validator ignores, as it does what begins with `x-`."""
_BOUNDS: Final = frozenset({"exclusiveMaximum", "exclusiveMinimum", "maximum", "minimum"})
_MEMBERS: Final = frozenset({"additionalProperties", "maxProperties", "minProperties", "properties", "propertyNames"})
_OF_TEXTS: Final = frozenset({"format", "maxLength", "minLength", "pattern", "type"})
_KEYWORDS: Final[Mapping[str, frozenset[str]]] = {
    "array": frozenset({"items", "maxItems", "minItems"}),
    "boolean": frozenset(),
    "integer": _BOUNDS | {"format"},
    "null": frozenset(),
    "number": _BOUNDS | {"format"},
    "object": _MEMBERS | {"required"},
    "string": _OF_TEXTS,
}
"""What is known of each type."""
_TYPES: Final = {str: "string", bool: "boolean", int: "integer", type(None): "null"}
_LONGEST: Final = 100_000
"""Characters of an expression: schemas that refer to others twice double at each step."""
_DIGITS: Final = 15
_FEW: Final = 32
"""Integers that are listed one by one."""
_WIDTHS: Final = frozenset({"int32", "int64", "float", "double"})
"""Formats of numbers; the validator ignores them."""
_DAY: Final = (
    "[12][0-9]{3}-(?:(?:0[1-9]|1[0-2])-(?:[01][1-9]|[12]0|2[0-8])|(?:0[13-9]|1[0-2])-(?:29|30)|(?:0[13578]|1[02])-31)"
)
"""Without 29 February, which takes arithmetic. Alternatives of so few signs need not be atomic, which takes longer."""
_FORMATS: Final[Mapping[str, str]] = {
    "date": _DAY,
    "date-time": _DAY + r"T(?:[01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9](?:Z|\.[0-9]{1,6}+Z)",
    "uri-reference": repeated_group("/[A-Za-z0-9._~-]++", 1, UNBOUNDED),
}
"""A part of each format."""
_LATEST: Final = "([01][0-9]|2[0-3]):[0-5][0-9]"
_FROM_YEAR_1: Final = "(000[1-9]|00[1-9][0-9]|0[1-9][0-9]{2}|[1-9][0-9]{3})-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])"
_IMPLIED: Final[Mapping[str, list[list[Part]]]] = {
    "date": [translated("^[0-9]{4}-[0-9]{2}-[0-9]{2}$"), translated(f"^{_FROM_YEAR_1}$")],
    "date-time": [
        translated("^[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9]{2}:[0-9]{2}:[0-9]{2}(\\.[0-9]{1,6})?Z$"),
        translated(f"^{_FROM_YEAR_1}[Tt]{_LATEST}:[0-5][0-9](\\.[0-9]{{1,6}})?([Zz]|[+-]{_LATEST})$"),
    ],
}
"""Patterns that hold wherever that part does: to see that again took a tenth of a list's recognition."""
_KINDS_OF_TEXT: Final = frozenset({"date", "date-time", "other text"})
_BLANK: Final = " ?+"
"""What PostgreSQL writes behind colons and commas of `jsonb`."""
_MORE: Final = rf"(?>,{_BLANK}|(?=[}}\]]))"
"""What follows a part that may be the last one. No value ends as this does: `_END` is between the last and the bracket."""
_END: Final = "(?<![, ])"


def recogniser(schema: Schema, components: Mapping[str, Schema]) -> re.Pattern[str] | None:
    """Make an expression whose full matches are JSON texts that the schema allows; references lead to `components`."""
    try:
        return re.compile(_Writer(components).value(schema, ()))
    except (Untranslated, RecursionError):
        return None


class _Writer:
    def __init__(self, components: Mapping[str, Schema]) -> None:
        self._components = components

    def value(self, schema: Schema, above: Path) -> str:
        """Write what values of a schema look like."""
        said, above = self._said(schema, above)
        alternatives = said.get("oneOf", said.get("anyOf"))
        if alternatives is None:
            written = self._typed(said, above)
        else:
            if len(said) > 1 or ("oneOf" in said and not self._are_apart(alternatives, above)):
                raise Untranslated
            written = _either(self.value(each, above) for each in alternatives)
        if len(written) > _LONGEST:
            raise Untranslated
        return written

    def _said(self, schema: Schema, above: Path) -> tuple[dict[str, Any], Path]:
        """Give the keywords by which values are judged, those of a component where the schema is a reference."""
        if not isinstance(schema, Mapping):  # true and false are schemas
            raise Untranslated
        said = {name: value for name, value in schema.items() if name not in _ANNOTATIONS and name[:2] != "x-"}
        if "$ref" not in said:
            return said, above
        name = str(said["$ref"]).removeprefix(_HERE)
        if len(said) > 1 or name in above or name not in self._components:
            raise Untranslated
        return self._said(self._components[name], (*above, name))

    def _are_apart(self, alternatives: Iterable[Schema], above: Path) -> bool:
        """Say whether no value can be of two of them, for each allows other kinds."""
        kinds = [self._kinds(each, above) for each in alternatives]
        return len(frozenset[str]().union(*kinds)) == sum(map(len, kinds))

    def _kinds(self, schema: Schema, above: Path) -> frozenset[str]:
        said, _ = self._said(schema, above)
        kinds = frozenset("number" if name == "integer" else name for name in _types(said))
        if "string" not in kinds:
            return kinds
        return (kinds - {"string"}) | (_KINDS_OF_TEXT & {said.get("format")} or _KINDS_OF_TEXT)

    def _typed(self, said: dict[str, Any], above: Path) -> str:
        types = _types(said)
        if "const" in said or "enum" in said:
            return _constants(said, types)
        if not said.keys() <= frozenset({"type"}).union(*(_KEYWORDS[name] for name in types)):
            raise Untranslated
        return _either(self._of_type(name, said, above) for name in types)

    def _of_type(self, name: str, said: dict[str, Any], above: Path) -> str:
        if name == "object":
            return self._object(said, above)
        if name == "array":
            return rf"\[{self._sequence(self.value(said.get('items', True), above), said, 'Items')}\]"
        if name == "string":
            return _text(said)
        return {"null": "null", "boolean": "(?>true|false)"}.get(name) or _integer(said)

    def _object(self, said: dict[str, Any], above: Path) -> str:
        members, required = said.get("properties", {}), said.get("required", [])
        if not members:
            # A name that comes twice is one member less: at least one stays.
            if required or said.get("minProperties", 0) > 1:
                raise Untranslated
            value = self.value(said.get("additionalProperties", True), above)
            return rf"\{{{self._sequence(f'{self._name(said, above)}:{_BLANK}{value}', said, 'Properties')}\}}"
        least, most = _bounds(said, "Properties")
        if "propertyNames" in said or least > len(required) or most < len(members) or not {*required} <= {*members}:
            raise Untranslated
        parts: list[str] = []
        after = _MORE
        for name, schema in reversed(members.items()):
            is_last = not parts and name in required
            part = f"{_exactly(name)}:{self.value(schema, above)}{'' if is_last else after}"
            parts.append(part if name in required else repeated_group(part, 0, 1))
            after = "," if name in required else after
        end = "" if next(reversed(members)) in required else _END
        return rf"\{{{''.join(reversed(parts))}{end}\}}"

    def _name(self, said: dict[str, Any], above: Path) -> str:
        names, _ = self._said(said.get("propertyNames", {}), above)
        if not names.keys() <= _OF_TEXTS or names.get("type", "string") != "string":
            raise Untranslated
        return _text(names)

    def _sequence(self, part: str, said: dict[str, Any], of: str) -> str:
        return repeated_group(part + _MORE, *_bounds(said, of)) + _END


def _types(said: dict[str, Any]) -> list[str]:
    types = said.get("type", "")
    names: list[str] = types if isinstance(types, list) else [types]
    if not {*names} <= _KEYWORDS.keys():
        raise Untranslated
    return names


def _bounds(said: dict[str, Any], of: str) -> tuple[int, int]:
    """Give the least and the greatest number of items, members or characters."""
    least, most = said.get(f"min{of}", 0), said.get(f"max{of}", UNBOUNDED)
    if type(least) is not int or type(most) is not int:  # a float may be as good, and is rare
        raise Untranslated
    return least, min(most, UNBOUNDED)


def _either(choices: Iterable[str]) -> str:
    written = list(choices)
    if not written:
        raise Untranslated
    return written[0] if len(written) == 1 else f"(?>{'|'.join(written)})"


def _exactly(value: object) -> str:
    return re.escape(json.dumps(value, ensure_ascii=False))


def _constants(said: dict[str, Any], types: list[str]) -> str:
    values = said.get("enum", [said.get("const")])
    if len(said) > 2 or not {_TYPES.get(type(value)) for value in values} <= {*types}:  # noqa: PLR2004 - type and one
        raise Untranslated
    # The longest first: 1 is the beginning of 10.
    return _either(sorted(map(_exactly, values), key=len, reverse=True))


def _integer(said: dict[str, Any]) -> str:
    """Write integers from 0: all between narrow bounds, otherwise those with a number of digits that always fits."""
    bounds = [said[name] for name in _BOUNDS & said.keys()]
    if said.get("format", "int64") not in _WIDTHS or any(type(bound) is not int for bound in bounds):
        raise Untranslated
    low = max(0, said.get("minimum", 0), said.get("exclusiveMinimum", -1) + 1)
    high = min(said.get("maximum", 10**_DIGITS), said.get("exclusiveMaximum", 10**_DIGITS + 1) - 1)
    if high - low < _FEW:  # none at all, perhaps
        return _either(str(number) for number in range(high, low - 1, -1))
    fewest = len(str(max(low - 1, 0))) + (low > 1)
    most = len(str(high + 1)) - 1
    if fewest > most:
        raise Untranslated
    digits = f"[1-9][0-9]{{{fewest - 1},{most - 1}}}+"
    return digits if low else f"(?>0|{digits})"


def _text(said: dict[str, Any]) -> str:
    """Write a string; what has to hold besides looks ahead to its end, the first quotation mark."""
    least, most = _bounds(said, "Length")
    parts = translated(said["pattern"]) if "pattern" in said else [ANY._replace(least=0, most=UNBOUNDED)]
    ahead = ""
    if _is_one_among_others(parts):
        ahead, parts = f"(?={parts[0].text}*?{parts[1].text})", parts[:1]
    if len(parts) == 1 and parts[0].is_class:
        [part] = parts
        parts = [part._replace(least=max(part.least, least), most=min(part.most, most))]
        if "format" not in said:
            return _characters(parts[0], ahead)
    conditions = ["".join(part.written for part in parts)]
    if "format" in said:
        shape = _FORMATS.get(said["format"])
        if shape is None:
            raise Untranslated
        conditions = [shape] if parts in _IMPLIED.get(said["format"], ()) else [*conditions, shape]
    low, high = width(parts)
    if not (least <= low and high <= most):
        conditions.append(repeated(ANY.text, least, most))
    ahead += "".join(f'(?={condition}")' for condition in conditions[1:])
    return f'"{ahead}{conditions[0]}"'


def _characters(part: Part, ahead: str) -> str:
    """Write a string of characters of one class; escapes are looked for where there are some, and count twice."""
    plain = f'{part.written}"'
    if part.least > 1 or not part.escapes:
        return f'"{ahead}{plain}'
    length = repeated('[^"]', part.least, part.most)
    mixed = repeated_group(rf"{part.text}++|\\[{part.escapes}]", 1, UNBOUNDED)
    return f'"{ahead}(?>{plain}|(?={length}"){mixed}")'


def _is_one_among_others(parts: list[Part]) -> bool:
    """Say whether a pattern is that of a title that is not all white space: any of these, one of those, any of these."""
    if len(parts) != 3 or not all(part.is_class for part in parts):  # noqa: PLR2004 - as just said
        return False
    these, those, again = parts
    return these == again and (these.least, these.most) == (0, UNBOUNDED) and (those.least, those.most) == (1, 1)
