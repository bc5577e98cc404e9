# Generated from openapi/tasks.yaml by `make generate`. Do not edit.
"""Values of the contract's types that are written as JSON already: a database can write them, or a cache keep them."""

from typing import Generic, TypeVar

ValueT_co = TypeVar("ValueT_co", covariant=True)


class Json(Generic[ValueT_co]):
    """The JSON of a value, in UTF-8: as a body it is sent as it is, and checked as what the plumbing writes is.

    Of the names that an object has twice the last one is looked at, as most readers do; whoever writes it has none.
    """

    __slots__ = ("raw",)

    def __init__(self, raw: bytes) -> None:
        self.raw = raw
