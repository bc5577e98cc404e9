"""Contracts of several files, written into a folder and read."""

from pathlib import Path

import pytest

from scripts.generate.reader import Document, read, told
from scripts.generate.refusal import Refusal

HEAD = "info: {title: t, version: '1'}\n"
OK = "responses: {'200': {description: d}}"


def contract_of(folder: Path, text: str, version: str = "3.1.0", **files: str) -> Document:
    """Read a contract with files beside it; `__` in their names is a slash, and they are YAML."""
    for name, content in files.items():
        path = folder / (name.replace("__", "/") + ".yaml")
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content, encoding="utf-8")
    path = folder / "contract.yaml"
    path.write_text(f"openapi: {version}\n{HEAD}{text}", encoding="utf-8")
    return read(path)


def refused_of(folder: Path, text: str, version: str = "3.1.0", **files: str) -> str:
    with pytest.raises(Refusal) as refusal:
        contract_of(folder, text, version, **files)
    return told(refusal.value)
