"""Boots the package `generated` that is first on the path, and says what is left of its contract (FOREIGN-2, -3).

`python -m scripts.try_contracts.boot CONTRACT`, in a working directory that holds the package: it is imported under
the name of the folder. Prints one line of JSON.
"""

import json
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final  # Any: see `main`

from fastapi import FastAPI

from generated import routes
from generated.plumbing import ContractRoute
from scripts.compare import Difference, differences, meaning, schema_names
from scripts.generate.reader import Json, Object, read
from scripts.generate.rewriting import members
from scripts.mock.stand_ins import stand_ins
from scripts.try_contracts.attempt import METHODS

SHOWN: Final = 20
"""Differences that are written out; more of them rarely say more."""


def main(arguments: Sequence[str]) -> None:
    """Boot the package, and compare the document that FastAPI derives with the contract."""
    contract = read(Path(arguments[0])).content
    app = FastAPI(openapi_url=None)
    gate: Any = Nobody  # of whatever contract
    routes.register(app, gate, **stand_ins(routes.OPERATIONS, lambda _operation: None))
    print(json.dumps(_compared(contract, app)))


class Nobody:
    """A gate that has all methods and is asked nothing: no request is sent."""

    authenticate = authorise = public = anyone = known = owned = recall = keep = None


def _compared(contract: Object, app: FastAPI) -> Object:
    found = differences(contract, app.openapi())
    facts = leaves(meaning(contract, schema_names(contract)))
    declared = declared_operations(contract)
    return {
        "operations": len(declared),
        "booted": len(declared & _served(app)),
        "facts": facts,
        "kept": facts - sum(lost(difference) for difference in found),
        "differences": len(found),
        "shown": [str(difference)[:300] for difference in found[:SHOWN]],
    }


def declared_operations(contract: Object) -> frozenset[tuple[str, str]]:
    """Name the operations of a contract by path and method."""
    paths = members(contract, "paths").items()
    return frozenset((path, method) for path, item in paths for method in METHODS & members(item).keys())


def _served(app: FastAPI) -> frozenset[tuple[str, str]]:
    operations = (route.operation for route in app.routes if isinstance(route, ContractRoute))
    return frozenset((operation.path, operation.method.lower()) for operation in operations)


def lost(difference: Difference) -> int:
    """Count the facts of the contract that one difference loses; what was only added loses none."""
    return 0 if difference.left is None else leaves(difference.left)


def leaves(value: Json) -> int:
    """Count the leaves of a document; an empty list or object is one."""
    if isinstance(value, (dict, list)) and value:
        return sum(leaves(item) for item in (value.values() if isinstance(value, dict) else value))
    return 1


if __name__ == "__main__":
    main(sys.argv[1:])
