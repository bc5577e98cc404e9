"""Every query of the backend asks for one user's rows, in whichever module it stands: seen in its syntax tree.

Spec: specs/features/ownership.md, specs/database/schema.md (DATA-7). backend/tests/test_ownership.py shows it of the
statements that are executed; this also sees those that no test executes.

A statement under `@once` is built of placeholders, so that what it asks for is said where it is called: a parameter
named `owner` is the authorised owner, because nothing else is ever passed for one, and no other thing has that name.
"""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

from backend.tests.test_house_rules import BACKEND, modules, relative

QUERIES = {"select", "update", "delete", "insert"}
SCOPE = re.compile(
    r"(and_\()?(visible\(owner\)|tasks\.c\.user_id == owner|idempotency_keys\.c\.user_id == owner"
    r"|users\.c\.id == owner|tuple_\(\*_KEY\) == tuple_\(\*identity\))"
)
"""What a condition begins with that leaves one user's rows. `identity` begins with the caller (test below)."""

AUTHORISED = {"owner", "ctx.owner"}
IDENTITY = "_identity(ctx, attempt)"

Assigned = dict[str, list[str]]
"""What is assigned to each name."""

EXCEPTIONS: dict[str, dict[str, str]] = {
    "context.py": {"owner": "where the name is declared"},
    "tokens.py": {"logs.fields(": "a log line"},
    "changes.py": {
        "update(tasks).where(which)": "`which` is what it is called with, and that is looked at where it is"
    },
    "idempotency.py": {
        "insert(idempotency_keys).values(**{name: row[name] for name in _ROW}, **values)": "the caller's, see `strays`",
        "select(*_KEY).where(idempotency_keys.c.expires_at <= func.now())": "what has expired is nobody's (IDEM-11)",
        "delete(idempotency_keys).where(tuple_(*_KEY).in_(select(expired)))": "the same rows",
    },
    "listing.py": {"select(TASK, first.c.id": "`first` is made of the owner's, see `every`"},
    "pool.py": {"select(*(func.set_config(": "no table"},
    "projection.py": {
        "select(type_coerce(owner, Text), type_coerce(email, Text)).where(~known)": "no table; `known` is the owner",
        "insert(users).from_select(['id', 'email'], unknown)": "`unknown` is the owner",
    },
}
"""By module: the queries that are not scoped, as they begin, and why."""

OF_A_TABLE = QUERIES | {"join", "outerjoin", "alias", "tablesample", "lateral"}
"""What else a table or a query has; other things have methods of these names too."""
OTHER_NAMES = {"text", "table", "column", "literal_column", "aliased", "join", "outerjoin", "lateral", "TableClause"}
ANY_STATEMENT = {"fixed", "query", "Statement"}
MAY_WRITE_SQL = {
    "statements.py": "makes statements of SQL",
    "db.py": "begins, commits, asks for the schema's revision",
    "pool.py": "asks for the process, sets the session",
    "pipeline.py": "rolls back",
    "task_rows.py": "writes JSON, of columns that it is given",
}


def backend_modules() -> list[Path]:
    """All that may reach the database while it serves: the tables and the migrations are no queries."""
    apart = {"tests", "migrations"}
    return [path for path in modules(BACKEND) if path.name != "models.py" and not apart & set(path.parts)]


def unscoped(source: str, exceptions: dict[str, str], takers: Mapping[str, int | None] | None = None) -> list[str]:
    """What of a module could touch more than one user's rows, as it is written.

    `takers` are the functions of other modules that take an owner.
    """
    tree = ast.parse(source)
    assigned: Assigned = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Assign):
            assigned.setdefault(ast.unparse(node.targets[0]), []).append(ast.unparse(node.value))
    found = [ast.unparse(node) for node in ast.walk(tree) if hides_a_query(node) or is_another_way(node, assigned)]
    found += [ast.unparse(node) for node in strays(tree, assigned, {**(takers or {}), **owner_takers(tree)})]
    found += [ast.unparse(query) for query in queries(tree) if not is_scoped(query, assigned)]
    return [each for each in found if not any(each.startswith(exception) for exception in exceptions)]


def owner_takers(tree: ast.AST) -> dict[str, int | None]:
    """The functions that take an owner, and at which place; by name only where there is none."""
    found: dict[str, int | None] = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef):
            names = [each.arg for each in (*node.args.posonlyargs, *node.args.args) if each.arg != "self"]
            if "owner" in names:
                found[node.name] = names.index("owner")
            elif any(each.arg == "owner" for each in node.args.kwonlyargs):
                found[node.name] = None
    return found


def identified(tree: ast.AST) -> set[str]:
    """The statements whose values say by themselves whose rows they are about: those of kept answers."""
    return {
        node.name
        for node in ast.walk(tree)
        if isinstance(node, ast.FunctionDef)
        and any(ast.unparse(each) == "once" for each in node.decorator_list)
        and "owner" not in {each.arg for each in node.args.kwonlyargs}
        and (node.args.kwarg or any(each.arg == "user_id" for each in node.args.kwonlyargs))
    }


def strays(tree: ast.AST, assigned: Assigned, takers: Mapping[str, int | None]) -> Iterator[ast.AST]:
    """Where another than the authorised owner could become one, or another than the caller have a kept answer."""
    by_identity = identified(tree)
    called = {id(node.func) for node in ast.walk(tree) if isinstance(node, ast.Call)}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else method(node)
            if not passes_the_owner(node, takers.get(name, None), is_taker=name in takers):
                yield node
            if name in by_identity and not passes_the_identity(node, assigned):
                yield node
        elif isinstance(node, ast.Name):
            is_bound = node.id == "owner" and not isinstance(node.ctx, ast.Load)
            is_passed_on = node.id in {*takers, *by_identity} and id(node) not in called
            if is_bound or is_passed_on:
                yield node
        elif isinstance(node, ast.arguments):
            defaulted = [*node.posonlyargs, *node.args][len(node.posonlyargs) + len(node.args) - len(node.defaults) :]
            named = [each for each, default in zip(node.kwonlyargs, node.kw_defaults, strict=True) if default]
            if any(each.arg == "owner" for each in (*defaulted, *named)):
                yield node
        elif isinstance(node, ast.Lambda | ast.alias | ast.ExceptHandler | ast.MatchAs) and is_named_owner(node):
            yield node


def passes_the_owner(call: ast.Call, place: int | None, *, is_taker: bool) -> bool:
    """Whether what a call passes as an owner is the authorised one; a function that takes one has to be given it."""
    passed = [keyword.value for keyword in call.keywords if keyword.arg == "owner"]
    if place is not None and not any(isinstance(each, ast.Starred) for each in call.args[: place + 1]):
        passed += call.args[place : place + 1]
    return all(ast.unparse(each) in AUTHORISED for each in passed) and (bool(passed) or not is_taker)


def passes_the_identity(call: ast.Call, assigned: Assigned) -> bool:
    """Whether the first of the values are the caller's identity; a second `user_id` would be an error of Python's."""
    first = ast.unparse(call.keywords[0].value) if call.keywords and call.keywords[0].arg is None else ""
    return first == IDENTITY or (first.isidentifier() and IDENTITY in assigned.get(first, []))


def is_named_owner(node: ast.Lambda | ast.alias | ast.ExceptHandler | ast.MatchAs) -> bool:
    """Whether something gets the name of the authorised owner in another way than by an assignment."""
    if isinstance(node, ast.Lambda):
        return any(each.arg == "owner" for each in ast.walk(node.args) if isinstance(each, ast.arg))
    if isinstance(node, ast.alias):
        return "owner" in {node.name, node.asname}
    return node.name == "owner"


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
        return any(each.arg in {"id", "user_id"} and ast.unparse(each.value) == "owner" for each in values)
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
    if called == "visible":
        return [ast.unparse(each) for each in node.args] != ["owner"]
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
    if node.module == "backend.statements":
        return any(each.name in ANY_STATEMENT for each in node.names)
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


@pytest.fixture(scope="module")
def takers() -> dict[str, int | None]:
    """The functions that take an owner and that other modules may call."""
    every = (owner_takers(ast.parse(path.read_text(encoding="utf-8"))) for path in backend_modules())
    return {name: place for found in every for name, place in found.items() if not name.startswith("_")}


@pytest.mark.parametrize("path", backend_modules(), ids=relative)
def test_every_query_asks_for_one_users_rows(path: Path, takers: dict[str, int | None]) -> None:  # DATA-7, OWN-15
    found = unscoped(path.read_text(encoding="utf-8"), EXCEPTIONS.get(path.name, {}), takers)
    assert [each for each in found if not (path.name in MAY_WRITE_SQL and each.startswith("from "))] == []


def test_the_key_of_an_answer_begins_with_who_has_sent_it() -> None:  # OWN-15
    source = (BACKEND / "idempotency.py").read_text(encoding="utf-8")
    assert "identity = (ctx.caller.id, attempt.call.method" in source
    assert "identity = (user_id, method, path, key)" in source
    assert '_ROW = ("user_id", "method", "path", "key")' in source
    assert "_KEY = tuple(idempotency_keys.primary_key.columns)" in source


SCOPED = """
from sqlalchemy import delete, func, insert, literal, select, update
from backend.models import tasks, users
async def export_user(ctx):
    await ctx.connection.execute(select(func.set_config("lock_timeout", "3s", True)))
    await ctx.connection.execute(_counted(owner=ctx.owner))
    await ctx.connection.execute(_gone("all", owner=ctx.owner, id=id))
    await ctx.connection.execute(_added(owner=ctx.owner))
async def recall(ctx, attempt):
    identity = _identity(ctx, attempt)
    await ctx.connection.execute(_kept(**identity))
    await ctx.connection.execute(_keeping(**_identity(ctx, attempt), **values))
@once
def _kept(*, user_id, key):
    return select(idempotency_keys.c.body).where(tuple_(*_KEY) == tuple_(*identity))
@once
def _keeping(**row):
    return update(idempotency_keys).where(tuple_(*_KEY) == tuple_(*identity))
@once
def _counted(*, owner):
    every = select(tasks.c.id).where(visible(owner)).order_by(tasks.c.id).with_for_update().subquery()
    select(func.count(every.c.id))
    select(every.c.id, literal(1))
    return select(func.count()).select_from(every)
@once
def _gone(kind, /, *, owner, **values):
    return limited(delete(users).where(users.c.id == owner), owner)
@once
def _added(*, owner):
    return insert(users).values(id=owner)
def limited(statement, owner):
    found = None
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
        "select(users.c.email).where(users.c.id == ctx.owner)",
        "select(tasks.c.id).where(tasks.c.user_id != owner)",
        "select(tasks.c.id).where(visible(body.user_id))",
        "delete(tasks)",
        "delete(users).where(users.c.id.in_(select(tasks.c.user_id)))",
        "delete(idempotency_keys).where(idempotency_keys.c.key == key)",
        "update(tasks).where(tasks.c.id == id).values(title='x')",
        "insert(tasks).values(user_id=body.user_id)",
        "insert(tasks).from_select(['user_id'], select(users.c.id).where(users.c.id == owner))",
        "changing(tasks.c.id == id, values)",
        "tasks.join(users)",
        "tasks.select()",
        "select(tasks.c.id).join(users).where(tasks.c.user_id == owner)",
        "exists().where(tasks.c.id == id)",
        "ctx.connection.exec_driver_sql('SELECT 1')",
        "visible(user_id)",
        "visible()",
    ],
)
def test_a_module_with_another_query_is_seen(added: str) -> None:  # OWN-15
    found = unscoped(f"{SCOPED}    found = {added}\n", {})
    assert [each in added for each in found] == [True] * (len(found) or 1)


@pytest.mark.parametrize(
    "called",
    [
        "_counted(owner=body.user_id)",
        "_counted(owner=ctx.caller.id)",
        "_counted(owner=owner or body.user_id)",
        "_counted(**values)",
        "_counted()",
        "_gone(owner, id=id)",
        "_gone('all', id=id, **{'owner': body.user_id})",
        "module._counted(owner=body.user_id)",
        "limited(statement, body.user_id)",
        "limited(*both)",
        "limited(statement, *rest)",
        "replace(ctx, owner=body.user_id)",
        "_counted",
        "partial(_counted, owner=owner)",
        "[_kept]",
        "_kept(user_id=body.user_id, key=key)",
        "_kept(key=key, **_identity(ctx, attempt))",
        "_kept(**values)",
        "_kept()",
        "_keeping(**values, **_identity(ctx, attempt))",
        "[1 for owner in owners]",
        "(owner := body.user_id)",
        "lambda owner: owner",
        "lambda *owner: owner",
    ],
)
def test_a_statement_that_is_given_another_than_the_owner_is_seen(called: str) -> None:  # OWN-15
    assert unscoped(f"{SCOPED}    found = {called}\n", {}) != []


@pytest.mark.parametrize(
    "bound",
    [
        "owner = body.user_id",
        "owner += 'x'",
        "for owner in owners: pass",
        "with user() as owner: pass",
        "import user as owner",
        "from users import owner",
        "def owned(*, owner=None): pass",
        "def owned(owner='bob'): pass",
        "try: pass\n    except KeyError as owner: pass",
        "match user:\n        case str() as owner: pass",
    ],
)
def test_another_thing_that_has_the_owners_name_is_seen(bound: str) -> None:  # OWN-15
    assert unscoped(f"{SCOPED}    {bound}\n", {}) != []


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
        "from backend.statements import fixed",
        "from backend.statements import Statement",
    ],
)
def test_a_module_that_could_hide_a_query_is_seen(imported: str) -> None:  # OWN-15
    assert unscoped(f"{imported}\n{SCOPED}", {}) == [imported]
