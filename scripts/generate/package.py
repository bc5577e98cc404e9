"""The TypeScript package: templates that only loop, and openapi-typescript's types. Spec: specs/toolchain/client.md."""

import json
import re
from collections.abc import Callable
from typing import Final

import jinja2

from scripts.generate.client import Facts
from scripts.generate.objects import members
from scripts.generate.reader import Document, Json, Object
from scripts.generate.render import TEMPLATES

FOLDER: Final = "typescript"
_TEMPLATES: Final = TEMPLATES / FOLDER
_COMMENTS: Final = {".ts": "// {}", ".md": "<!-- {} -->"}
_NUMBERS: Final = re.compile(r"v?(\d+)(?:\.(\d+))?(?:\.(\d+))?(-(?:[a-z][a-z0-9]*\.?)+)?")
"""A version of up to three numbers, perhaps with what comes before a release, such as `-beta.rc1`."""


def package(document: Document, source: str, types: str) -> dict[str, str]:
    """Give the text of every file of the package, by its path in `generated/`; `types` are those of the contract."""
    environment = jinja2.Environment(  # noqa: S701 - it writes TypeScript, there is no HTML to escape for
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {"json": _json, "object": _object}
    environment.filters.update(filters)
    known = {"facts": Facts(document), **_manifest(members(document.content, "info"))}
    files = {"schema.d.ts": types}
    for template in sorted(path for path in _TEMPLATES.rglob("*") if path.is_file()):
        name, text = template.relative_to(_TEMPLATES).as_posix(), template.read_text(encoding="utf-8")
        if template.suffix == ".jinja":
            name, text = name.removesuffix(".jinja"), environment.from_string(text).render(known)
        files[name] = text
    return {f"{FOLDER}/{name}": _marked(name, text, source) for name, text in files.items()}


def _manifest(info: Object) -> dict[str, str]:
    """Say what the package is called, as npm takes it."""
    title, version = str(info.get("title")), str(info.get("version"))
    slug = re.sub(r"[^a-z0-9]+", "-", title.lower())[:200].strip("-")
    *numbers, before = found.groups("") if (found := _NUMBERS.fullmatch(version)) else ("", "", "", "")
    license_ = members(info, "license")
    spdx = str(license_.get("identifier") or license_.get("name") or "")
    return {
        "name": f"{slug}-client" if slug else "client",
        "title": title,
        "version": ".".join(str(int(number or 0)) for number in numbers) + before.rstrip("."),
        "license": spdx if re.fullmatch(r"[A-Za-z0-9.+-]+", spdx) else "",
    }


def _marked(name: str, text: str, source: str) -> str:
    for suffix, comment in _COMMENTS.items():
        if name.endswith(suffix):
            return comment.format(f"Generated from {source} by `make generate`. Do not edit.") + f"\n{text}"
    return text


def _json(value: Json) -> str:
    return json.dumps(value, ensure_ascii=False)


def _object(value: Object) -> str:
    """Write an object in one line; names are quoted where they have to be."""
    said = (f"{name if name.isidentifier() else _json(name)}: {_json(item)}" for name, item in value.items())
    return f"{{ {', '.join(said)} }}" if value else "{}"
