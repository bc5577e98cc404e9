"""What an operation is handed besides its parameters: who asks, whose tasks, and the way to the database.

The plumbing opens a context before it calls an operation and closes it - which commits - before it answers
(specs/decisions/0001). Operations never commit and never look at a request.

Contexts are named tuples, which nobody can change and which cost a quarter of a frozen dataclass (decisions/0067).
"""

from collections.abc import Coroutine
from types import TracebackType
from typing import Any, NamedTuple, Self  # Any: what coroutines are sent

from backend.auth import Caller
from backend.db import Database, Reading, Writing
from backend.paging import Cursors
from backend.settings import Settings


class PublicContext(NamedTuple):
    """For operations without security. It holds no caller, so that none can be asked for.

    Attributes:
        accept: the request's header, as it was sent; backend/negotiation.py reads it.
    """

    settings: Settings
    database: Database
    accept: str

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        """Nothing is held."""


class OwnerContext(NamedTuple):
    """For operations behind a token.

    Attributes:
        caller: whoever the token speaks for.
        owner: whose tasks these are: the user of the path, once the gate has allowed it to the caller. Queries use
            this id and no other.
        connection: where the operation's statements go; in a transaction if the operation may write.
        cursors: makes and reads the cursors of lists.
        require_if_match: whether a write has to say which version of a task it means (COND-9).
    """

    caller: Caller
    owner: str
    connection: Reading | Writing
    cursors: Cursors
    require_if_match: bool

    async def __aenter__(self) -> Self:
        return self

    def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> Coroutine[Any, Any, None]:
        """Commits, or rolls back, where there is a transaction."""
        return self.connection.__aexit__(kind, error, traceback)
