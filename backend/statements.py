"""Statements of SQLAlchemy as what PostgreSQL takes: compiled once, with values each time (specs/decisions/0072).

Building and compiling an expression takes ten times as long as PostgreSQL needs to execute it. So a function under
`@once` builds its statement when it is first called, of placeholders; from then on it only says the values. Any other
statement can be executed as well, and is compiled every time.
"""

import hashlib
import threading
from collections import namedtuple
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from functools import partial, wraps
from typing import (
    TYPE_CHECKING,
    Any,
    Final,
    NamedTuple,
    ParamSpec,
    TypeAlias,
)  # Any: values of columns and rows are of every type

import psycopg
from psycopg.adapt import AdaptersMap, Dumper, PyFormat, Transformer
from psycopg.pq import Format
from pydantic_core import to_json
from sqlalchemy import JSON, ClauseElement, bindparam, text
from sqlalchemy.dialects.postgresql import psycopg as driver
from sqlalchemy.types import TypeEngine
from typing_extensions import override

if TYPE_CHECKING:
    from psycopg.abc import Buffer
    from psycopg.pq.abc import PGresult

P = ParamSpec("P")

Row: TypeAlias = Any
"""A named tuple, of names that are known when the first result is there."""

DIALECT: Final = driver.dialect(paramstyle="numeric_dollar")  # type: ignore[no-untyped-call] # SQLAlchemy's own

MADE = 1000
"""Statements that are kept of one function, of 4 kB each: who sends all combinations of filters gets no more memory."""

_NAME: Final = 16
"""Hexadecimal digits of a hash."""


class _Hexadecimal(Dumper):
    """Bytes as PostgreSQL writes them. psycopg's own way depends on a connection's settings, and here is none."""

    @override
    def dump(self, obj: bytes) -> bytes:
        return b"\\x" + obj.hex().encode()


_TEXT: Final[Any] = psycopg.adapters.get_loader(psycopg.adapters.types["text"].oid, Format.TEXT)
"""psycopg's own, in C: one of ours would be called for each row."""


class _Context:
    """How values are read and written: as psycopg does, but for `json` and bytes."""

    def __init__(self) -> None:
        self.adapters = AdaptersMap(psycopg.adapters)
        # What the database has written as JSON is for an answer, and nobody reads it here; what it stores is `jsonb`.
        self.adapters.register_loader("json", _TEXT)
        self.adapters.register_dumper(bytes, _Hexadecimal)
        self.connection: None = None


_CONTEXT: Final = _Context()
_transformer: Final = Transformer(_CONTEXT)
"""For values, of which it remembers nothing."""


class _Reader(threading.local):
    """Reads rows of any result. To find anew how each column is read would take as long as to read them.

    One for each thread: services in two would mix their results up.
    """

    def __init__(self) -> None:
        self._transformer = Transformer(_CONTEXT)

    def rows(self, result: "PGresult", first: int, end: int, make: Callable[[Sequence[Any]], Row]) -> list[Row]:
        transformer = self._transformer
        transformer.set_pgresult(result)
        rows = transformer.load_rows(first, end, make)
        transformer.set_pgresult(None)  # else it would be kept until the next one is read
        return rows


_reader: Final = _Reader()


class Rows:
    """What a statement has returned: rows, whose members have the names of the columns. Each is read when asked for."""

    __slots__ = ("_make", "_result")

    def __init__(self, result: "PGresult", make: Callable[[Sequence[Any]], Row]) -> None:
        self._result = result
        self._make = make

    def __len__(self) -> int:
        return self._result.ntuples

    def __getitem__(self, index: int) -> Row:
        if not 0 <= index < len(self):
            raise IndexError(index)
        [row] = _reader.rows(self._result, index, index + 1, self._make)
        return row

    def __iter__(self) -> Iterator[Row]:
        return iter(_reader.rows(self._result, 0, len(self), self._make))

    def written(self, most: int) -> list[bytes]:
        """The first members of the first rows, at most so many, as the database has written them; none is null."""
        value = self._result.get_value
        return [value(row, 0) or b"" for row in range(min(most, len(self)))]

    def one_or_none(self) -> Row:
        """The only row, if there is one.

        Raises:
            ValueError: there are more.
        """
        if self._result.ntuples == 0:
            return None
        [row] = self
        return row

    def scalar_one(self) -> Any:  # noqa: ANN401 - a value
        """The first member of the only row.

        Raises:
            ValueError: there is none, or there are more.
        """
        [row] = self
        return row[0]


class Query(NamedTuple):
    """A statement with the values of its parameters, as the server reads them."""

    statement: "Statement"
    parameters: Sequence["Buffer | None"]


class Statement:
    """One text of SQL.

    Attributes:
        sql: with parameters `$1` and on, each cast to the type of its column.
        name: on the server. It is made of the text: under one name nobody ever finds another statement.
        operation: `SELECT`, `INSERT` and so on.
        keeps_plan: whether it is prepared. One whose best plan depends on the values is not: it is built with
            `.execution_options(keeps_plan=False)`, and planned each time.
    """

    __slots__ = ("_constants", "_formats", "_make", "_names", "_processed", "keeps_plan", "name", "operation", "sql")

    def __init__(self, source: ClauseElement, variables: Sequence[str]) -> None:
        """Compiles `source`, in which the `variables` are placeholders and all else stays as it is."""
        compiled: Any = source.compile(dialect=DIALECT, compile_kwargs={"render_postcompile": True})
        sql = str(compiled)
        self.sql: Final = sql.encode()
        self.name: Final = b"s_" + hashlib.sha256(self.sql).hexdigest()[:_NAME].encode()
        self.operation: Final = _operation(compiled, sql)
        self.keeps_plan: Final[bool] = compiled.execution_options.get("keeps_plan", True)
        self._make: Callable[[Sequence[Any]], Any] | None = None
        self._names: list[str] = compiled.positiontup or []
        self._formats = [PyFormat.TEXT] * len(self._names)
        processors = {name: process for name, bind in compiled.binds.items() if (process := _processor(bind.type))}
        named = [*enumerate(self._names)]
        self._processed = [(place, name, processors[name]) for place, name in named if name in processors]
        constants = {name: value for name, value in compiled.params.items() if name not in variables}
        dumped = self._dumped(constants)
        self._constants = [(place, dumped[place]) for place, name in named if name in constants]

    def of(self, values: Mapping[str, Any]) -> Query:  # Any: see above
        """The statement with these values.

        Raises:
            psycopg.DataError: PostgreSQL has no such value.
        """
        parameters = self._dumped(values)
        for place, constant in self._constants:
            parameters[place] = constant
        return Query(self, parameters)

    def _dumped(self, values: Mapping[str, Any]) -> list["Buffer | None"]:  # Any: see above
        """Values at the places of their names, and nulls at all others."""
        told = [*map(values.get, self._names)]
        for place, name, process in self._processed:
            if name in values:
                told[place] = process(values[name])
        return list(_transformer.dump_sequence(told, self._formats))

    def rows(self, result: "PGresult") -> Rows:
        """The rows of a result of this statement."""
        if self._make is None:
            names = [(result.fname(column) or b"").decode() for column in range(result.nfields)]
            row: Any = namedtuple("Row", names, rename=True)  # type: ignore[misc] # noqa: PYI024 # names are known only now
            # Its own `_make` is a function of Python, called for each row.
            self._make = partial(tuple.__new__, row)
        return Rows(result, self._make)


def once(build: Callable[P, ClauseElement]) -> Callable[P, Query]:
    """Makes a function that builds a statement one that builds it once.

    Parameters by name are values, for which it gets placeholders; one that is not passed is not there. Parameters by
    position say the rest of what the statement is like, and it gets them as they are. It is built once for each
    combination of these and of names, and again where there are more than `MADE`.
    """
    made: dict[Hashable, Statement] = {}

    @wraps(build)
    def built(*shape: P.args, **values: P.kwargs) -> Query:
        key = (shape, *values)
        statement = made.get(key)
        if statement is None:
            placeholders: dict[str, Any] = {name: bindparam(name, None) for name in values}
            statement = Statement(build(*shape, **placeholders), list(values))
            if len(made) == MADE:
                del made[next(iter(made))]  # the oldest
            made[key] = statement
        return statement.of(values)

    return built


def query(source: ClauseElement | Query, values: Mapping[str, Any] | None = None) -> Query:  # Any: see above
    """Any statement as a query: one that is none yet is compiled, with `values` for its placeholders."""
    if isinstance(source, Query):
        return source
    return Statement(source, list(values or ())).of(values or {})


def fixed(sql: str) -> Query:
    """A statement without values, as SQL."""
    return query(text(sql))


def _processor(type_: TypeEngine[Any]) -> Callable[[Any], Any] | None:
    """What makes a value of this type one that psycopg knows; None where it knows it already."""
    if isinstance(type_, JSON):
        # As text: the ways of SQLAlchemy and psycopg are wrappers around Python's own writer.
        return lambda value: to_json(value).decode()
    return type_.dialect_impl(DIALECT).bind_processor(DIALECT)


def _operation(compiled: Any, sql: str) -> str:  # noqa: ANN401 - SQLAlchemy's Compiled has these attributes in a subclass
    """What a statement does: its first word may be that of a part that it begins with."""
    for is_it, operation in (
        (compiled.isinsert, "INSERT"),
        (compiled.isupdate, "UPDATE"),
        (compiled.isdelete, "DELETE"),
    ):
        if is_it:
            return operation
    word = sql.split(maxsplit=1)[0].upper()
    return "SELECT" if word == "WITH" else word
