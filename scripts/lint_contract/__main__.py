"""`make lint-contract`: python -m scripts.lint_contract [contract]. Spec: LINT-1, LINT-3."""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from scripts.contract import CONTRACT, ROOT
from scripts.lint_contract.linting import RULES, Linted, lint


def main(arguments: Sequence[str] | None = None) -> int:
    return 0


if __name__ == "__main__":
    sys.exit(main())
