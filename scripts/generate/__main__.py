"""`make generate` and `make check-generated`: python -m scripts.generate [--check]. Spec: GEN-1, GEN-5 to GEN-9.

Another contract than ours (READ-17, READ-18) is also told how it was read, and its TypeScript half may be missing.
"""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from scripts.contract import CONTRACT, GENERATED, ROOT
from scripts.generate import ledger, output, typescript
from scripts.generate.package import FOLDER, package
from scripts.generate.plan import plan
from scripts.generate.reader import Document, name_of, read, told
from scripts.generate.refusal import Refusal
from scripts.generate.render import render


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `generated/`, or say with --check where it is stale; 1 if it is stale, refused, or only half done in CI."""
    options = _options(arguments)
    contract, folder = options.contract.resolve(), options.out.resolve()
    is_ours = contract == CONTRACT
    missing = typescript.missing(ROOT)
    document = None
    try:
        output.check(folder)
        document = read(contract)
        source = name_of(contract)
        with nullcontext() if missing else typescript.run(document.content, ROOT) as types:
            files = _python_half(document, source)
            if types:
                missing = _finish(types, files, document, must=is_ours)
            if is_ours and not missing:  # what is published has the notice that the licence asks for
                files[f"{FOLDER}/LICENSE"] = (ROOT / "LICENSE").read_text(encoding="utf-8")
    except Refusal as refusal:
        return _fail(told(refusal, document))
    except (output.Unusable, typescript.Failed) as failure:
        return _fail(str(failure))
    for reading in document.readings:
        print(f"read with care: {reading}", file=sys.stderr)
    if missing:
        files |= _as_it_is(folder)
        print(f"{folder.name}/typescript is left as it is: {missing}", file=sys.stderr)
    result = _check(folder, files) if options.check else _write(folder, files, is_ours=is_ours)
    return 1 if is_ours and _in_ci(missing) else result


def _finish(types: typescript.Run, files: dict[str, str], document: Document, *, must: bool) -> str | None:
    """Add the package to the files; say why not, where it is no `must`."""
    try:
        files |= package(document, name_of(document.path), types.finish())
    except typescript.Failed as failure:
        if must:
            raise
        return str(failure)
    return None


def _check(folder: Path, files: dict[str, str]) -> int:
    diffs = list(output.stale(folder, files))
    sys.stdout.writelines(diffs)
    return 1 if diffs else 0


def _write(folder: Path, files: dict[str, str], *, is_ours: bool) -> int:
    try:
        output.swap(folder, files)
    except OSError as error:
        return _fail(f"{folder.name} cannot be written: {error.strerror}")
    if not is_ours:
        print(f"{folder.name}/losses.md says how each kind of fact is carried", file=sys.stderr)
    return 0


def _options(arguments: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m scripts.generate", description="Generate code from the contract.")
    parser.add_argument(
        "--check", action="store_true", help="write nothing; fail with a diff where the output is stale"
    )
    parser.add_argument("--contract", type=Path, default=CONTRACT, help="the OpenAPI document")
    parser.add_argument("--out", type=Path, default=GENERATED, help="the folder to write; its content is replaced")
    return parser.parse_args(arguments)


def _python_half(document: Document, source: str) -> dict[str, str]:
    files = render(plan(document, source))
    files["openapi.json"] = json.dumps(document.authored, indent=2, ensure_ascii=False) + "\n"
    files["losses.md"] = ledger.write(document, source)
    return files


def _as_it_is(folder: Path) -> dict[str, str]:
    return {name: text for name, text in output.present(folder).items() if name.startswith(f"{FOLDER}/")}


def _in_ci(missing: str | None) -> bool:
    """Say whether half a run must not pass: a build machine has everything, or is broken."""
    return missing is not None and "CI" in os.environ


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
