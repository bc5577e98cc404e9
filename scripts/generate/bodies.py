"""Request bodies as FastAPI is told and as a handler gets them. Spec: specs/toolchain/requests.md."""

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import BaseModel

from scripts.generate import disjoint
from scripts.generate.annotations import Annotations
from scripts.generate.components import Components
from scripts.generate.design import Annotation, Field, Form, Parameter
from scripts.generate.parameters import named_examples, told
from scripts.generate.python import call, identifier, invoke, literal, pack, pascal, table, unique
from scripts.generate.reader import Json, Object
from scripts.generate.refusal import Pointer, Refusal
from scripts.generate.rewriting import Rewritten, items, members

_JSON: Final = re.compile(r"[^/]+/([^/]+\+)?json")
_SAID: Final = frozenset(
    {"description", "title", "examples", "example", "deprecated", "default", "readOnly", "writeOnly", "externalDocs"},
)
_OF_FORMS: Final = _SAID | {"type", "properties", "required", "additionalProperties", "allOf"}
"""What a form with files may say: its class enforces it."""
_STYLES: Final = ("form", "spaceDelimited", "pipeDelimited", "deepObject")


@dataclass(frozen=True)
class Bodies:
    """Writes the request bodies of one document."""

    rewritten: Rewritten
    components: Components

    def arguments(self, operation: Object, pointer: Pointer, others: Sequence[Parameter]) -> list[Parameter]:
        """Give the body of an operation and its media type, as far as it has them, beside its other parameters."""
        if "requestBody" not in operation:
            return []
        taken = self._arguments(self.components.resolve(operation["requestBody"]), (*pointer, "requestBody"))
        if {parameter.name for parameter in others} & {parameter.name for parameter in taken}:
            raise Refusal((*pointer, "parameters"), "a parameter with the name of the body, or of its media type")
        return taken

    def _arguments(self, value: Object, pointer: Pointer) -> list[Parameter]:
        """Write a body as the parameter that FastAPI is told; one more tells a handler which type it is of."""
        content = members(value, "content")
        if not content:
            raise Refusal((*pointer, "content"), "a body without media types")
        default = None if value.get("required") is True else "MISSING"
        missing = "" if default is None else " | MISSING"
        typed = {name: self._typed(name, members(media), _at(pointer, name)) for name, media in content.items()}
        types = list(dict.fromkeys(typed.values()))
        media_type = next(iter(content))
        is_one = len(types) == 1 and "PublishedAs" not in types[0].full  # FastAPI would publish the class of a form too
        full = types[0].full if is_one else "object"
        body = Parameter(
            name="body",
            path="",
            bare=" | ".join(dict.fromkeys(item.bare for item in types)) + missing,
            annotation=f"Annotated[{full}{missing}, Body(media_type={literal(media_type)})]",
            default=default,
            text=str(value.get("description", "")),
            owner=False,
            offered=default,
        )
        if len({item.bare for item in types}) == 1:
            return [body]
        names = ", ".join(map(literal, content))
        kind = "str" if any("*" in name for name in content) else f"Literal[{names}]"
        text = "Which of its media types the body is of."
        kept = replace(
            body, name="media_type", bare=kind + missing, annotation="", text=text, is_handed=True, is_told=False
        )
        return [body, kept]

    def declared(self, value: Object, pointer: Pointer) -> str:
        """Write what FastAPI has no argument for, or the name of its constant."""
        content = members(value, "content")
        examples = {literal(name): named_examples(self.components, media) for name, media in content.items()}
        types = {name: self._typed(name, members(media), _at(pointer, name)) for name, media in content.items()}
        is_simple = len(set(types.values())) == 1
        media = {
            literal(name): self._media(name, item, types[name], (*pointer, "content", name))
            for name, item in ((name, members(item)) for name, item in content.items())
            if not (is_simple and "schema" in item and _reads(name, item["schema"]) == "json")
            or item.keys() - {"schema", "examples"}
        }
        facts = {"examples": table(examples), "description": literal(value.get("description"))}
        facts |= {"media": table(media)} if media else {}
        facts |= {"said": table(more)} if (more := told(self.components, value)) else {}
        return self.components.referred(value) or invoke("RequestBody", facts)

    def forms(self) -> tuple[Form, ...]:
        """Define the forms with files, each once, whichever operations take it."""
        found: dict[str, Form] = {}
        for value, pointer in self._bodies():
            for name, media in members(value, "content").items():
                if _reads(name, self._schema(media)) == "multipart" and self._files(media):
                    form = self._form(members(media), _at(pointer, name))
                    if found.setdefault(form.name, form) != form:
                        raise Refusal(_at(pointer, name), f"two different forms that would be named {form.name}")
        return tuple(found.values())

    def _bodies(self) -> Iterator[tuple[Object, Pointer]]:
        for name, value in self.components.section("requestBodies").items():
            yield members(value), ("components", "requestBodies", name)
        for path, item in members(self.rewritten.content, "paths").items():
            for method, operation in members(item).items():
                if "requestBody" in members(operation):
                    yield members(operation, "requestBody"), ("paths", path, method, "requestBody")

    def _media(self, name: str, media: Object, typed: Annotation, pointer: Pointer) -> str:
        encoding = members(media, "encoding")
        for member, value in encoding.items():
            style = members(value).get("style", "form")
            if style not in _STYLES:
                raise Refusal((*pointer, "encoding", member, "style"), f"the style {style} in a form")
        facts = {
            "reads": literal(_reads(name, media.get("schema"))),
            "annotation": typed.full if "schema" in media else "None",
        }
        if files := self._files(media):
            facts["files"] = pack(map(literal, files))
        if encoding:
            facts["encoding"] = literal(encoding)
        more = {key: value for key, value in media.items() if key != "examples"}
        if kept := told(self.components, more, "example"):
            facts["said"] = table(kept)
        return invoke("Media", facts)

    def _typed(self, name: str, media: Object, pointer: Pointer) -> Annotation:
        """Give the type of the body in one media type, for handlers and in full."""
        reads = _reads(name, media.get("schema"))
        schema = media.get("schema", {})
        bare = Annotations(self.rewritten.schemas).write(schema, pointer).bare
        full = self._full(schema, pointer)
        if reads == "bytes":
            return Annotation("bytes", f"Annotated[bytes, PublishedAs({full})]" if schema else "bytes")
        if reads == "multipart" and self._files(media):
            form = self._form_name(schema, pointer)
            return Annotation(form, f"Annotated[uploads.{form}, PublishedAs({full})]")
        if reads == "text" and not schema:
            return Annotation("str", "str")
        return Annotation(bare, full)

    def _full(self, schema: Json, pointer: Pointer) -> str:
        return Annotations(self.rewritten.schemas, "models.").write(schema, pointer).full

    def _form(self, media: Object, pointer: Pointer) -> Form:
        """Define the class of a form with files: `File` where the model of its schema would have text."""
        schema = disjoint.resolve(self.rewritten.schemas, media.get("schema"))
        for keyword in schema:
            if keyword not in _OF_FORMS and not keyword.startswith("x-"):
                raise Refusal((*pointer, keyword), f"`{keyword}` of a form with files")
        is_closed = schema.get("additionalProperties") is False
        required = disjoint.required(self.rewritten.schemas, schema)
        files = self._files(media)
        return Form(
            name=self._form_name(media.get("schema"), pointer),
            doc=str(schema.get("description", "")),
            config=call("ConfigDict", {"extra": "forbid"}) if is_closed else "",
            fields=tuple(self._fields(self._properties(schema), (*pointer, "properties"), files, required)),
        )

    def _fields(
        self, values: dict[str, Object], pointer: Pointer, files: tuple[str, ...], required: set[str]
    ) -> Iterator[Field]:
        taken = set(dir(BaseModel))
        for name, value in values.items():
            python = unique(identifier(name, "member"), taken)
            taken.add(python)
            full = _file(value) if name in files else self._full(value, (*pointer, name))
            if python != name:
                full = f"Annotated[{full}, Field(alias={literal(name)})]"
            if name in required:
                yield Field(python, full, None)
            elif "default" in value and name not in files:
                yield Field(python, full, literal(value["default"]))
            else:
                yield Field(python, f"{full} | MISSING", "MISSING")

    def _form_name(self, schema: Json, pointer: Pointer) -> str:
        reference = members(schema).get("$ref", "/".join(pointer[1:3]))
        return f"{pascal(str(reference).rpartition('schemas/')[2])}Form"

    def _files(self, media: Json) -> tuple[str, ...]:
        """Name the members of a form that are files."""
        schema = disjoint.resolve(self.rewritten.schemas, self._schema(media))
        return tuple(
            name
            for name, value in self._properties(schema).items()
            if _is_file(
                disjoint.resolve(self.rewritten.schemas, value),
                members(members(media, "encoding").get(name)).get("contentType"),
            )
        )

    def _properties(self, schema: Object) -> dict[str, Object]:
        """Give the members of an object with those that it inherits, as they are written."""
        parts = [disjoint.resolve(self.rewritten.schemas, part) for part in items(schema.get("allOf"))]
        inherited = {name: value for part in parts for name, value in self._properties(part).items()}
        return inherited | {name: members(value) for name, value in members(schema, "properties").items()}

    @staticmethod
    def _schema(media: Json) -> Json:
        return members(media).get("schema")


def _reads(name: str, schema: Json) -> str:
    """Say what a body of a media type is read as."""
    kind = name.partition(";")[0].strip().lower()
    if _JSON.fullmatch(kind) or (kind in ("*/*", "application/*") and _is_json(schema)):
        return "json"
    if kind == "application/x-www-form-urlencoded":
        return "form"
    if kind == "multipart/form-data":
        return "multipart"
    return "text" if kind.startswith("text/") else "bytes"


def _is_json(schema: Json) -> bool:
    """Say whether a schema under a range of media types is of more than bytes."""
    said = members(schema)
    return bool(said) and said.get("type") != "string"


def _is_file(schema: Json, kind: Json) -> bool:
    """Say whether a member of a form is a file, or files (OpenAPI 3.1.1, section 4.8.14.4)."""
    value = members(schema)
    if value.get("type") == "array":
        return _is_file(value.get("items"), kind)
    branches = [
        branch for branch in items(value.get("anyOf", value.get("oneOf"))) if members(branch).get("type") != "null"
    ]
    if branches:
        return all(_is_file(branch, kind) for branch in branches)
    named = value.get("type")
    is_text = named in ("string", ["string", "null"]) or named is None
    if "contentEncoding" in value or not is_text or value.keys() & {"$ref", "enum", "const", "allOf"}:
        return False
    if value.get("format") == "binary" or "contentMediaType" in value:
        return True
    if isinstance(kind, str):
        return not any(_JSON.fullmatch(item.strip()) or item.strip().startswith("text/") for item in kind.split(","))
    return not value.keys() - _SAID


def _file(value: Object) -> str:
    """Write the type of a member that is a file, or a list of them."""
    if value.get("type") != "array":
        types = [members(branch).get("type") for branch in items(value.get("anyOf", value.get("oneOf")))]
        return "FileOfForm | None" if "null" in (*types, *items(value.get("type"))) else "FileOfForm"
    counts: Object = {
        python: value[name]
        for name, python in (("minItems", "min_length"), ("maxItems", "max_length"))
        if name in value
    }
    return f"Annotated[list[FileOfForm], {call('Field', counts)}]" if counts else "list[FileOfForm]"


def _at(pointer: Pointer, media_type: str) -> Pointer:
    return (*pointer, "content", media_type, "schema")
