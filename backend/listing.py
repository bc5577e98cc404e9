"""The statements of listTasks: a page, and how many tasks there are; spec: specs/features/listing.md.

Where a text is searched for, the first thousand tasks of the list are looked at before all others. Most users have no
more, and a text that is frequent fills the page from them (specs/decisions/0076).
"""

from collections.abc import Mapping
from typing import Any, Final, TypeAlias  # Any: keys of an order are of every type

from sqlalchemy import ClauseElement, ColumnElement, and_, func, literal, or_, select

from backend.context import OwnerContext
from backend.filters import conditions
from backend.models import tasks
from backend.paging import ordered
from backend.statements import Rows, once
from backend.task_rows import TASK, visible
from generated.models import SortOrder, TaskSort

Order: TypeAlias = tuple[TaskSort, SortOrder]

FIRST: Final = 1000
"""Tasks that are looked at before all others, in half a millisecond."""
_FIRST: Final = literal(FIRST, literal_execute=True)
"""Written into the statement: not knowing it, PostgreSQL would plan for a tenth of all tasks, and keep no plan."""
FEW: Final = 3
"""With fewer matches among the first, more than 17,000 tasks would be read for a page of 50. An index takes less."""
TRIGRAM: Final = 3
"""Characters: an index finds no shorter text."""

_KEYS: Mapping[Order, ColumnElement[Any]] = {
    ("created", "asc"): tasks.c.created_at,
    ("created", "desc"): tasks.c.created_at,
    ("updated", "asc"): tasks.c.updated_at,
    ("updated", "desc"): tasks.c.updated_at,
    ("title", "asc"): tasks.c.title_key,
    ("title", "desc"): tasks.c.title_key,
    ("priority", "asc"): tasks.c.priority,
    ("priority", "desc"): tasks.c.priority,
    # Two keys, for a task without a due date comes last either way.
    ("due_date", "asc"): tasks.c.due_ascending,
    ("due_date", "desc"): tasks.c.due_descending,
}


async def page_rows(
    ctx: OwnerContext,
    order: Order,
    kinds: frozenset[str],
    /,
    **values: Any,  # noqa: ANN401 - of every type
) -> Rows:
    """The rows of a page: a task as JSON, its `id`, its `sort_key`, and the `total` if `kinds` has it.

    `values` are those of the filters, the `limit`, and where the page begins: an `offset` or a position.
    """
    if "pattern" in values and "total" not in kinds and "offset" not in values:
        rows = await ctx.connection.execute(_among_first(order, kinds, owner=ctx.owner, **values))
        if not rows or rows[len(rows) - 1].place < FIRST:
            return rows
        if len(rows) <= FEW and len(values["pattern"].strip("%")) >= TRIGRAM:
            kinds |= {"rare"}
    return await ctx.connection.execute(_page(order, kinds, owner=ctx.owner, **values))


@once
def _among_first(
    order: Order, kinds: frozenset[str], /, *, owner: str, limit: int, pattern: str, **values: object
) -> ClauseElement:
    """The page as far as the first tasks have it. A last row in place `FIRST` says that there may be others."""
    key, is_descending = _KEYS[order], order[1] == "desc"
    # As a query of its own: a plan that is kept would fold the pattern for each row.
    values["pattern"] = select(func.task_title_key(pattern)).scalar_subquery()
    place = func.row_number().over(order_by=[each.desc() if is_descending else each for each in (key, tasks.c.id)])
    is_listed = and_(*conditions(kinds, values)).label("is_listed")
    every = select(*tasks.c, is_listed, place.label("place")).where(visible(owner))
    every = ordered(every, key, tasks.c.id, descending=is_descending, after=_after(values)).limit(_FIRST)
    first = every.subquery("tasks")  # the table's name, by which a task's JSON is written
    first_key = first.c[str(key.key)]
    rows = select(TASK, first.c.id, first_key.label("sort_key"), first.c.place)
    rows = rows.where(or_(first.c.is_listed, first.c.place == _FIRST))
    return ordered(rows, first_key, first.c.id, descending=is_descending, after={}).limit(limit)


@once
def _page(
    order: Order,
    kinds: frozenset[str],
    /,
    *,
    owner: str,
    limit: int,
    offset: int | None = None,
    **values: object,
) -> ClauseElement:
    key = _KEYS[order]
    listed = _listed(kinds, values)
    query = select(TASK, tasks.c.id, key.label("sort_key")).where(visible(owner), *listed)
    is_descending, by_index = order[1] == "desc", "rare" not in kinds
    query = ordered(query, key, tasks.c.id, descending=is_descending, after=_after(values), by_index=by_index)
    if "total" in kinds:  # in the statement of the page, of the same moment, unless the page has no row to hold it
        count = select(func.count()).where(visible(owner), *listed)
        query = query.add_columns(count.scalar_subquery().label("total"))
    return query.limit(limit).offset(offset).execution_options(keeps_plan=not _searches(values))


@once
def tasks_count(kinds: frozenset[str], /, *, owner: str, **values: object) -> ClauseElement:
    """How many tasks pass the filters."""
    count = select(func.count()).where(visible(owner), *_listed(kinds, values))
    return count.execution_options(keeps_plan=not _searches(values))


def _listed(kinds: frozenset[str], values: Mapping[str, Any]) -> tuple[ColumnElement[bool], ...]:  # Any: see above
    """The conditions. The database folds a pattern before it plans, and sees whether the text is a frequent one."""
    if _searches(values):
        values = {**values, "pattern": func.task_title_key(values["pattern"])}
    return tuple(conditions(kinds, values))


def _after(values: Mapping[str, object]) -> Mapping[str, object]:
    return {name: value for name, value in values.items() if name.startswith("position_")}


def _searches(values: Mapping[str, object]) -> bool:
    """Whether the best plan is another for each text: whether one reads tasks in order or what the index finds."""
    return "pattern" in values
