"""The TypeScript package: templates that only loop, with the types of openapi-typescript. Spec: specs/toolchain/client.md."""

import json
from collections.abc import Callable
from typing import Final

import jinja2

from scripts.generate.client import Facts
from scripts.generate.reader import Json, Object
from scripts.generate.render import TEMPLATES

FOLDER: Final = "typescript"
_TEMPLATES: Final = TEMPLATES / FOLDER
_COMMENTS: Final = {".ts": "// {}", ".md": "<!-- {} -->"}


def package(facts: Facts, source: str, types: str) -> dict[str, str]:
    """Give the text of every file of the package, by its path in `generated/`; `types` are those of the contract."""
    environment = jinja2.Environment(  # noqa: S701 - it writes TypeScript, there is no HTML to escape for
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {"json": _json, "object": _object}
    environment.filters.update(filters)
    files = {"schema.d.ts": types}
    for template in sorted(path for path in _TEMPLATES.rglob("*") if path.is_file()):
        name, text = template.relative_to(_TEMPLATES).as_posix(), template.read_text(encoding="utf-8")
        if template.suffix == ".jinja":
            name, text = name.removesuffix(".jinja"), environment.from_string(text).render(facts=facts)
        files[name] = text
    return {f"{FOLDER}/{name}": _marked(name, text, source) for name, text in files.items()}


def _marked(name: str, text: str, source: str) -> str:
    for suffix, comment in _COMMENTS.items():
        if name.endswith(suffix):
            said = comment.format(f"Generated from {source} by `make generate`. Do not edit.")
            return f"{said}\n{text}"
    return text


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _object(value: Object) -> str:
    return "{ " + ", ".join(f"{name}: {_json(item)}" for name, item in value.items()) + " }" if value else "{}"
