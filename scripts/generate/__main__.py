"""`make generate` and `make check-generated`: python -m scripts.generate [--check]. Spec: GEN-1, GEN-5 to GEN-9."""

import argparse
import json
import os
import sys
from collections.abc import Sequence
from contextlib import nullcontext
from pathlib import Path

from scripts.contract import CONTRACT, GENERATED, ROOT
from scripts.generate import ledger, output, typescript
from scripts.generate.plan import plan
from scripts.generate.reader import Document, read
from scripts.generate.refusal import Refusal, written
from scripts.generate.render import render


def main(arguments: Sequence[str] | None = None) -> int:
    """Write `generated/`, or say with --check where it is stale; 1 if it is stale, refused, or only half done in CI."""
    options = _options(arguments)
    contract, folder = options.contract.resolve(), options.out.resolve()
    source = contract.relative_to(ROOT).as_posix() if contract.is_relative_to(ROOT) else contract.name
    missing = typescript.missing(ROOT)
    document = None
    try:
        with nullcontext() if missing else typescript.run(contract, ROOT) as types:
            document = read(contract)
            files = _python_half(document, source)
            files |= {typescript.FILE: types.finish(source)} if types else _as_it_is(folder)
    except Refusal as refusal:
        line = document.line(refusal.pointer) if document else refusal.line
        return _fail(f"{source}:{line}: {written(refusal.pointer)}: {refusal.feature}")
    except typescript.Failed as failure:
        return _fail(str(failure))
    if missing:
        print(f"{folder.name}/typescript is left as it is: {missing}", file=sys.stderr)
    if options.check:
        diffs = list(output.stale(folder, files))
        sys.stdout.writelines(diffs)
        return 1 if diffs or _in_ci(missing) else 0
    output.swap(folder, files)
    return 1 if _in_ci(missing) else 0


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
    files["openapi.json"] = json.dumps(document.content, indent=2, ensure_ascii=False) + "\n"
    files["losses.md"] = ledger.write(document, source)
    return files


def _as_it_is(folder: Path) -> dict[str, str]:
    types = folder / typescript.FILE
    return {typescript.FILE: types.read_text(encoding="utf-8")} if types.is_file() else {}


def _in_ci(missing: str | None) -> bool:
    """Say whether half a run must not pass: a build machine has everything, or is broken."""
    return missing is not None and "CI" in os.environ


def _fail(reason: str) -> int:
    print(reason, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main())
