"""The design becomes files: templates that only loop, then ruff, apart from the settings of the working directory."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

import jinja2

from scripts.generate.design import Design
from scripts.generate.python import doc, indented, literal, pascal

TEMPLATES: Final = Path(__file__).parents[1] / "templates"
_RUFF: Final = (sys.executable, "-m", "ruff")
_SETTINGS: Final = (
    "--isolated",
    "--no-cache",
    "--config=line-length=120",
    "--config=target-version='py311'",
    "--config=lint.isort.known-first-party=['generated']",  # also while generated/ does not exist
)


def render(design: Design) -> dict[str, str]:
    """Give the text of every Python file of `generated/`, by name."""
    environment = jinja2.Environment(  # noqa: S701 - it writes Python, there is no HTML to escape for
        undefined=jinja2.StrictUndefined,
        keep_trailing_newline=True,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    filters: dict[str, Callable[..., str]] = {"doc": doc, "indented": indented, "literal": literal, "pascal": pascal}
    environment.filters.update(filters)
    with TemporaryDirectory() as folder:
        for template in sorted(TEMPLATES.glob("*.py.jinja")):
            text = environment.from_string(template.read_text(encoding="utf-8")).render(design=design)
            if text.strip():  # uploads.py only where something is uploaded
                (Path(folder) / template.stem).write_text(_header(design) + text, encoding="utf-8")
        _ruff(folder, "check", "--fix", "--quiet", "--select=F401,I", "--exit-zero")
        _ruff(folder, "format", "--quiet")
        return {path.name: path.read_text(encoding="utf-8") for path in sorted(Path(folder).glob("*.py"))}


def _ruff(folder: str, command: str, *arguments: str) -> None:
    subprocess.run([*_RUFF, command, *_SETTINGS, *arguments, "."], cwd=folder, check=True)  # noqa: S603 - our own words


def _header(design: Design) -> str:
    return f"# Generated from {design.source} by `make generate`. Do not edit.\n"
