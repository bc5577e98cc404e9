"""Every query of the backend asks for one user's rows, in whichever module it stands: seen in its syntax tree.

Spec: specs/features/ownership.md, specs/database/schema.md (DATA-7). backend/tests/test_ownership.py shows it of the
statements that are executed; this also sees those that no test executes.
"""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from backend.tests.test_house_rules import BACKEND, modules, relative

QUERIES = {"select", "update", "delete", "insert"}
SCOPE = re.compile(
    r"(and_\()?(_?visible\(ctx\)|tasks\.c\.user_id == ctx\.owner|idempotency_keys\.c\.user_id == ctx\.owner"
    r"|users\.c\.id == ctx\.owner|tuple_\(\*_KEY\) == identity)"
)
"""What a condition begins with that leaves one user's rows. `identity` begins with the caller (test below)."""

Assigned = dict[str, list[str]]
"""What is assigned to each name."""

EXCEPTIONS: dict[str, dict[str, str]] = {
    "changes.py": {
        "update(tasks).where(which)": "`which` is what it is called with, and that is looked at where it is"
    },
    "idempotency.py": {
        "insert(idempotency_keys).values(**dict(zip(names, identity, strict=True)), **values)": "the caller's",
        "select(*_KEY).where(idempotency_keys.c.expires_at <= func.now())": "what has expired is nobody's (IDEM-11)",
        "delete(idempotency_keys).where(tuple_(*_KEY).in_(select(expired)))": "the same rows",
    },
    "projection.py": {
        "select(literal(ctx.owner), literal(ctx.caller.email, Text)).where(~known)": "no table; `known` is the owner",
        "insert(users).from_select(['id', 'email'], unknown)": "`unknown` is the owner",
    },
}
"""By module: the queries that are not scoped, as they begin, and why."""

OF_A_TABLE = QUERIES | {"join", "outerjoin", "alias", "tablesample", "lateral"}
"""What else a table or a query has; other things have methods of these names too."""
OTHER_NAMES = {"text", "table", "column", "literal_column", "aliased", "join", "outerjoin", "lateral", "TableClause"}
MAY_WRITE_SQL = {"db.py": "asks for the schema's revision"}


def backend_modules() -> list[Path]:
    """All that may reach the database while it serves: the tables and the migrations are no queries."""
    apart = {"tests", "migrations"}
    return [path for path in modules(BACKEND) if path.name != "models.py" and not apart & set(path.parts)]


def unscoped(source: str, exceptions: dict[str, str]) -> list[str]:
    """What of a module could touch more than one user's rows, as it is written."""
    tree = ast.parse(source)
    assigned: Assigned = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            assigned.setdefault(ast.unparse(node.targets[0]), []).append(ast.unparse(node.value))
    found = [ast.unparse(node) for node in ast.walk(tree) if hides_a_query(node) or is_another_way(node, assigned)]
    for query in queries(tree):
        written = ast.unparse(query)
        if not any(written.startswith(exception) for exception in exceptions) and not is_scoped(query, assigned):
            found.append(written)
    return found


def queries(tree: ast.AST) -> Iterator[ast.Call]:
    """Every query with all the methods that are called on it where it stands."""
    outer = {id(node.value): node for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
    called = {id(node.func): node for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id in QUERIES:
            whole = node
            while id(whole) in outer and id(outer[id(whole)]) in called:
                whole = called[id(outer[id(whole)])]
            yield whole


def is_scoped(query: ast.Call, assigned: Assigned) -> bool:
    """Whether one of its conditions leaves one user's rows, or it has no table, or writes a row of the owner's own."""
    steps = [node for node in chain(query) if isinstance(node.func, ast.Attribute)]
    root = chain(query)[-1]
    conditions = [ast.unparse(argument) for step in steps if method(step) == "where" for argument in step.args]
    # A name is as good as all that is assigned to it anywhere in the module.
    if any(all(SCOPE.match(each) for each in assigned.get(condition, [condition])) for condition in conditions):
        return True
    if ast.unparse(root.func) == "insert":
        values = [keyword for step in steps if method(step) == "values" for keyword in step.keywords]
        return any(each.arg in {"id", "user_id"} and ast.unparse(each.value) == "ctx.owner" for each in values)
    return not conditions and all(has_no_table(argument, assigned) for argument in root.args)


def has_no_table(selected: ast.expr, assigned: Assigned) -> bool:
    """Whether this is a function of no column, or what another query has found, which is looked at by itself."""
    source = ast.unparse(selected)
    sources = [source] if source.isidentifier() else re.findall(r"(\w+)\.c\.", source)
    found = [query for each in sources for query in assigned.get(each, [""])]
    is_found = all(re.search(r"\.(cte|subquery)\(", query) for query in found)
    return is_found and (bool(found) or re.match(r"(func\.\w+|literal)\(", source) is not None)


def is_another_way(node: ast.AST, assigned: Assigned) -> bool:
    """Whether this leads to rows without a query of the four kinds, or to rows that the query does not tell of."""
    if not isinstance(node, ast.Call):
        return False
    called = ast.unparse(node.func)
    if called == "changing":
        return not SCOPE.match(ast.unparse(node.args[0]))
    if called == "exists":
        return not (node.args and re.match(r"select\(", ast.unparse(node.args[0])))
    if method(node) == "select_from":
        return not all(has_no_table(argument, assigned) for argument in node.args)
    is_of_a_table = re.match(r"(tasks|users|idempotency_keys)\.|(select|update|delete)\(", called) is not None
    return method(node) == "exec_driver_sql" or (is_of_a_table and method(node) in OF_A_TABLE)


def hides_a_query(node: ast.AST) -> bool:
    """Whether this brings in tables or queries under a name that is not looked for here."""
    if isinstance(node, ast.Import):
        return any(each.name in {"sqlalchemy", "backend.models"} for each in node.names)
    if not isinstance(node, ast.ImportFrom) or node.module is None:
        return False
    if node.module == "backend.models":
        return any(each.asname or each.name.endswith("Row") or each.name == "metadata" for each in node.names)
    if node.module.startswith("sqlalchemy"):
        return any(each.name in OTHER_NAMES or (each.asname and each.name in QUERIES) for each in node.names)
    return node.module == "backend" and any(each.name == "models" for each in node.names)


def chain(query: ast.Call) -> list[ast.Call]:
    """The calls of `select(...).where(...).limit(...)`, the last first."""
    calls = [query]
    while isinstance(calls[-1].func, ast.Attribute) and isinstance(calls[-1].func.value, ast.Call):
        calls.append(calls[-1].func.value)
    return calls


def method(call: ast.Call) -> str:
    return call.func.attr if isinstance(call.func, ast.Attribute) else ""


@pytest.mark.parametrize("path", backend_modules(), ids=relative)
def test_every_query_asks_for_one_users_rows(path: Path) -> None:  # DATA-7, OWN-15
    found = unscoped(path.read_text(encoding="utf-8"), EXCEPTIONS.get(path.name, {}))
    assert [each for each in found if not (path.name in MAY_WRITE_SQL and " text" in each)] == []


def test_the_key_of_an_answer_begins_with_who_has_sent_it() -> None:  # OWN-15
    source = (BACKEND / "idempotency.py").read_text(encoding="utf-8")
    assert "return ctx.caller.id, attempt.call.method" in source
    assert "_KEY = tuple(idempotency_keys.primary_key.columns)" in source


SCOPED = """
from sqlalchemy import delete, func, insert, literal, select, update
from backend.models import tasks, users
async def export_user(ctx):
    await ctx.connection.execute(select(func.set_config("lock_timeout", "3s", True)))
    every = select(tasks.c.id).where(visible(ctx)).order_by(tasks.c.id).with_for_update().subquery()
    await ctx.connection.execute(select(func.count()).select_from(every))
    await ctx.connection.execute(select(func.count(every.c.id)))
    await ctx.connection.execute(select(every.c.id, literal(1)))
    await ctx.connection.execute(delete(users).where(users.c.id == ctx.owner))
    await ctx.connection.execute(insert(users).values(id=ctx.owner))
"""


def test_a_module_whose_queries_are_scoped_may_be_added() -> None:  # OWN-15
    assert unscoped(SCOPED, {}) == []


@pytest.mark.parametrize(
    "added",
    [
        "select(tasks)",
        "select(tasks.c.id).where(tasks.c.id == id)",
        "select(*COLUMNS).where(tasks.c.id.in_(ids))",
        "select(COLUMNS)",
        "select(func.count()).where(*conditions)",
        "select(func.count()).select_from(tasks)",
        "select(func.max(tasks.c.id))",
        "select(literal(1)).where(tasks.c.id == id)",
        "select(users.c.email).where(users.c.id == body.user_id)",
        "select(users.c.email).where(users.c.id == ctx.caller.id)",
        "select(tasks.c.id).where(tasks.c.user_id != ctx.owner)",
        "delete(tasks)",
        "delete(users).where(users.c.id.in_(select(tasks.c.user_id)))",
        "delete(idempotency_keys).where(idempotency_keys.c.key == key)",
        "update(tasks).where(tasks.c.id == id).values(title='x')",
        "insert(tasks).values(user_id=body.user_id)",
        "insert(tasks).from_select(['user_id'], select(users.c.id).where(users.c.id == ctx.owner))",
        "changing(tasks.c.id == id, values)",
        "tasks.join(users)",
        "tasks.select()",
        "select(tasks.c.id).join(users).where(tasks.c.user_id == ctx.owner)",
        "exists().where(tasks.c.id == id)",
        "ctx.connection.exec_driver_sql('SELECT 1')",
    ],
)
def test_a_module_with_another_query_is_seen(added: str) -> None:  # OWN-15
    found = unscoped(f"{SCOPED}\n    found = {added}\n", {})
    assert [each in added for each in found] == [True] * (len(found) or 1)


@pytest.mark.parametrize(
    "imported",
    [
        "from backend.models import TaskRow",
        "from backend.models import metadata",
        "from backend.models import tasks as rows",
        "from backend import models",
        "import backend.models",
        "import sqlalchemy",
        "from sqlalchemy import select as choose",
        "from sqlalchemy import text",
        "from sqlalchemy.orm import aliased",
    ],
)
def test_a_module_that_could_hide_a_query_is_seen(imported: str) -> None:  # OWN-15
    assert unscoped(f"{imported}\n{SCOPED}", {}) == [imported]
