"""Parameters as FastAPI is told and as a handler gets them. Spec: specs/toolchain/requests.md."""

from dataclasses import dataclass
from typing import Final

import jsonschema_rs

from scripts.generate import disjoint
from scripts.generate.annotations import Annotations
from scripts.generate.components import Components
from scripts.generate.design import Annotation, Parameter
from scripts.generate.python import invoke, literal, table
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import Rewritten, items, members

_PLACES: Final = {"path": "Path", "query": "Query", "header": "HeaderParameter", "cookie": "Cookie"}
_STYLES: Final = {
    "path": ("simple", "label", "matrix"),
    "query": ("form", "spaceDelimited", "pipeDelimited", "deepObject"),
    "header": ("simple",),
    "cookie": ("form",),
}
IGNORED: Final = frozenset({"accept", "content-type", "authorization"})
"""Headers whose parameters only document (OpenAPI 3.1.1, section 4.8.12.2)."""
_SCALARS: Final = frozenset({"string", "integer", "number", "boolean", "null"})
OWNER: Final = "x-owner"
KEY: Final = "x-idempotency-key"
_TOLD: Final = frozenset({"title", "description", "deprecated"})
"""What FastAPI would take from a schema for its parameter."""
_SAID: Final = ("allowReserved", "allowEmptyValue", "example")


@dataclass(frozen=True)
class Parameters:
    """Writes the parameters of one document."""

    rewritten: Rewritten
    components: Components

    def parameter(self, reference: Json, pointer: Pointer, name: str) -> Parameter:
        """Write one parameter, which is `name` in Python."""
        value = self.components.resolve(reference)
        _check(value, pointer)
        schema, place, media_type = _schema(value, pointer)
        self._check_style(value, schema, pointer)
        self._check_key(value, schema, pointer)
        wire, where = str(value["name"]), str(value["in"])
        given = self._default(value, schema)
        default = None if value.get("required") is True else "MISSING" if given is None else literal(given)
        typed = self._annotation(schema, place, or_missing=default == "MISSING")
        is_natural = given is None or (isinstance(given, (str, int, float)) and self._is_scalar(schema, plain=True))
        full = typed.full
        if "default" in members(schema) and given is None:  # it is said, and nothing that may be handed over
            full = f"Annotated[{full}, Field(json_schema_extra={literal({'default': members(schema)['default']})})]"
        if not (full == typed.full and is_natural and self._is_taken(where, schema)):
            full = f"object, As({full})"
        arguments = {"alias": literal(wire)} if wire != name or where == "header" else {}
        if where == "header" and "_" in wire:
            arguments["convert_underscores"] = "False"  # else FastAPI tells of another header
        arguments |= {fact: literal(value[fact]) for fact in ("description", "deprecated") if fact in value}
        owner, is_key = value.get(OWNER) is True, value.get(KEY) is True
        parts = (full, self._sent(value, media_type), "OWNER" if owner else "", "IDEMPOTENCY_KEY" if is_key else "")
        return Parameter(
            name=name,
            path=wire if where == "path" else "",
            bare=typed.bare,
            annotation=f"Annotated[{', '.join(part for part in parts if part)}, {invoke(_PLACES[where], arguments)}]",
            default=default,
            text=str(value.get("description", "")),
            owner=owner,
            offered=default if is_natural else "...",
            is_handed=not owner and not is_key and not (where == "header" and wire.lower() in IGNORED),
            is_key=is_key,
        )

    def _sent(self, value: Object, media_type: str | None) -> str:
        """Write how a parameter is sent, where it is not sent as FastAPI thinks."""
        facts: dict[str, str] = {fact: literal(value[fact]) for fact in ("style", "explode") if fact in value}
        if media_type is not None:
            facts["content"] = literal(media_type)
            if media_said := told(self.components, members(members(value, "content").get(media_type)), "example"):
                facts["content_said"] = table(media_said)
        if more := told(self.components, value, *_SAID):
            facts["said"] = table(more)
        return invoke("Sent", facts) if facts else ""

    def _annotation(self, schema: Json, pointer: Pointer, *, or_missing: bool) -> Annotation:
        missing = " | MISSING" if or_missing else ""
        return Annotation(
            Annotations(self.rewritten.schemas).write(schema, pointer).bare + missing,
            Annotations(self.rewritten.schemas, "models.").write(schema, pointer).full + missing,
        )

    def _default(self, value: Object, schema: Json) -> Json:
        """Give the default if it can be handed over: it is valid, and the parameter may be left out; else None."""
        default = members(schema).get("default")
        if default is None or value.get("required") is True:
            return None
        document = {"allOf": [schema], "components": {"schemas": dict(self.rewritten.schemas)}}
        validator = jsonschema_rs.Draft202012Validator(document, validate_formats=True)
        return default if validator.is_valid(default) else None

    def _is_taken(self, where: str, schema: Json) -> bool:
        """Say whether FastAPI takes the type in this place, and nothing of it for its own: else it is told `object`."""
        if _TOLD & members(schema).keys():
            return False
        resolved = disjoint.resolve(self.rewritten.schemas, schema)
        if where != "path" and resolved.get("type") == "array":
            return self._is_scalar(resolved.get("items"))
        return self._is_scalar(schema)

    def _is_scalar(self, schema: Json, *, plain: bool = False) -> bool:
        """Say whether a schema has no arrays or objects; none that Python writes otherwise than JSON if `plain`."""
        resolved = disjoint.resolve(self.rewritten.schemas, schema)
        for keyword in ("oneOf", "anyOf"):
            if keyword in resolved:
                return all(self._is_scalar(branch, plain=plain) for branch in items(resolved[keyword]))
        if plain and resolved.get("type") == "string" and "format" in resolved:
            return False
        values = resolved.get("enum", [resolved["const"]] if "const" in resolved else None)
        if values is not None:
            return not any(isinstance(item, (dict, list)) for item in items(values))
        named = resolved.get("type")
        return bool(named) and {str(name) for name in (named if isinstance(named, list) else [named])} <= _SCALARS

    def _check_style(self, value: Object, schema: Json, pointer: Pointer) -> None:
        style, where = value.get("style"), str(value["in"])
        if style is not None and style not in _STYLES[where]:
            raise Refusal((*pointer, "style"), f"the style {style} in {where}")
        is_object = disjoint.resolve(self.rewritten.schemas, schema).get("type") == "object"
        if style in ("spaceDelimited", "pipeDelimited") and value.get("explode") is True and is_object:
            raise Refusal((*pointer, "explode"), f"an exploded object of the style {style}, which OpenAPI leaves open")

    def _check_key(self, value: Object, schema: Json, pointer: Pointer) -> None:
        if value.get(KEY) is not True:
            return
        if value["in"] != "header" or disjoint.resolve(self.rewritten.schemas, schema).get("type") != "string":
            raise Refusal((*pointer, KEY), f"{KEY} on a parameter that is not a header of the type string")
        if "default" in members(schema):
            raise Refusal((*pointer, KEY), f"{KEY} on a parameter with a default: all requests would share the key")


def named_examples(components: Components, value: Json) -> str:
    """Write a map of examples; those that are shared are named."""
    examples = members(value, "examples")
    return table(
        {literal(name): components.referred(members(item)) or literal(item) for name, item in examples.items()}
    )


def told(components: Components, value: Object, *names: str) -> dict[str, str]:
    """Write what is only published: some members, examples, and what begins with `x-`."""
    found = {
        literal(name): literal(item)
        for name, item in value.items()
        if name in names or (name.startswith("x-") and not (name in (OWNER, KEY) and item is True))
    }
    return found | ({literal("examples"): named_examples(components, value)} if "examples" in value else {})


def _schema(value: Object, pointer: Pointer) -> tuple[Json, Pointer, str | None]:
    """Give the schema of a parameter, its place, and its media type if it has one."""
    if "content" not in value:
        return value.get("schema", {}), (*pointer, "schema"), None
    content = members(value, "content")
    if len(content) != 1 or "schema" in value:
        raise Refusal((*pointer, "content"), "a parameter without exactly one schema or one media type")
    [(media_type, media)] = content.items()
    return members(media).get("schema", {}), (*pointer, "content", media_type, "schema"), media_type


def _check(value: Object, pointer: Pointer) -> None:
    where = value.get("in")
    if where == "path" and value.get("required") is not True:
        raise Refusal(pointer, "a path parameter that is not required")
    if where != "path" and OWNER in value:
        raise Refusal((*pointer, OWNER), f"{OWNER} on a parameter that is not in the path")
