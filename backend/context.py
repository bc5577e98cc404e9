"""What an operation is handed besides its parameters: who asks, whose tasks, and the way to the database.

The plumbing opens a context before it calls an operation and closes it - which commits - before it answers
(specs/decisions/0001). Operations never commit and never look at a request.
"""

from dataclasses import dataclass

from backend.auth import Caller
from backend.db import Connection, Database
from backend.paging import Cursors
from backend.settings import Settings


@dataclass(frozen=True, slots=True)
class PublicContext:
    """For operations without security. It holds no caller, so that none can be asked for.

    Attributes:
        accept: the request's header, as it was sent; backend/negotiation.py reads it.
    """

    settings: Settings
    database: Database
    accept: str


@dataclass(frozen=True, slots=True)
class OwnerContext:
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
    connection: Connection
    cursors: Cursors
    require_if_match: bool
