"""Where the contract and what is made of it are, wherever a command is run from."""

from pathlib import Path
from typing import Final

ROOT: Final = Path(__file__).parents[1]
SOURCE: Final = "openapi/tasks.yaml"
"""How messages and generated files name the contract."""

CONTRACT: Final = ROOT / SOURCE
GENERATED: Final = ROOT / "generated"
