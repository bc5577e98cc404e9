"""The index of `search`: where it is made, what it serves, and that its absence is no fault (DATA-15, LIST-25)."""

from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path
from uuid import uuid4

import psycopg
import pytest
from psycopg import sql
from pydantic import SecretStr

from backend import migrations
from backend.listing import FIRST
from backend.tests.conftest import Service
from backend.tests.packaged import packaged_server
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.test_plans import explained


@pytest.fixture
def empty(packaged: SecretStr) -> Iterator[SecretStr]:
    """A database on a server with pg_trgm, before any migration."""
    with fresh_database(packaged, migrated=False) as url:
        yield url


def rows(url: SecretStr, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.get_secret_value()) as connection:
        cursor = connection.execute(query.encode())
        return cursor.fetchall() if cursor.description else []


def has_index(url: SecretStr) -> bool:
    return bool(rows(url, "SELECT 1 FROM pg_indexes WHERE indexname = 'tasks_search'"))


EXTENSIONS = """SELECT extname, nspname FROM pg_extension JOIN pg_namespace n ON n.oid = extnamespace
WHERE extname <> 'plpgsql' ORDER BY extname"""

REFUSING = """
CREATE FUNCTION refuse() RETURNS event_trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'not here' USING ERRCODE = '{}'; END $$;
CREATE EVENT TRIGGER refusing ON ddl_command_start WHEN TAG IN ('CREATE EXTENSION') EXECUTE FUNCTION refuse()"""


def test_where_the_server_has_the_extensions_search_is_indexed(empty: SecretStr) -> None:  # DATA-15, DATA-10
    migrations.upgrade(empty)
    assert has_index(empty)
    migrations.check(empty)


def test_where_it_has_none_there_is_no_index_and_no_fault(
    tmp_path_factory: pytest.TempPathFactory,
) -> None:  # DATA-15, DATA-10
    with shared_server(tmp_path_factory) as server, fresh_database(server) as url:
        assert not has_index(url)
        migrations.check(url)


def test_an_extension_that_is_there_already_is_used_where_it_is(empty: SecretStr) -> None:  # DATA-15
    create = "CREATE EXTENSION pg_trgm SCHEMA extensions; CREATE EXTENSION btree_gin SCHEMA extensions"
    rows(empty, f"CREATE SCHEMA extensions; {create}")
    migrations.upgrade(empty)
    assert has_index(empty)
    assert rows(empty, EXTENSIONS) == [("btree_gin", "extensions"), ("pg_trgm", "extensions")]


# As who may not, as a provider that does not have it on its list, and as a package that lacks a file.
@pytest.mark.parametrize("state", ["42501", "0A000", "58P01"])
def test_a_server_that_refuses_an_extension_is_migrated_without_the_index(
    empty: SecretStr, state: str
) -> None:  # DATA-15, DATA-10
    rows(empty, REFUSING.format(state))
    migrations.upgrade(empty)
    assert not has_index(empty)
    assert rows(empty, EXTENSIONS) == []
    migrations.check(empty)


@pytest.mark.parametrize("there", [(), ("pg_trgm",), ("btree_gin",), ("pg_trgm", "btree_gin")])
def test_who_may_not_create_the_extensions_can_still_migrate(
    packaged: SecretStr, empty: SecretStr, there: tuple[str, ...]
) -> None:  # DATA-15
    role = f"limited_{uuid4().hex}"
    with psycopg.connect(packaged.get_secret_value(), autocommit=True) as connection:
        connection.execute(sql.SQL("CREATE ROLE {} LOGIN").format(sql.Identifier(role)))
    try:
        for extension in there:
            rows(empty, f"CREATE EXTENSION {extension}")
        rows(empty, f"GRANT CREATE, USAGE ON SCHEMA public TO {role}")
        theirs = SecretStr(empty.get_secret_value().replace("postgres@", f"{role}@"))
        migrations.upgrade(theirs)
        migrations.check(theirs)
        assert rows(empty, "SELECT version_num FROM alembic_version") == [(migrations.head(),)]
        assert has_index(empty) is (len(there) == 2)
        rows(empty, f"DROP OWNED BY {role}")
    finally:
        with psycopg.connect(packaged.get_secret_value(), autocommit=True) as connection:
            connection.execute(sql.SQL("DROP ROLE {}").format(sql.Identifier(role)))


def test_taking_it_back_leaves_the_extensions_to_others(empty: SecretStr) -> None:  # DATA-11, DATA-15
    migrations.upgrade(empty)
    migrations.downgrade(empty, "base")
    assert not has_index(empty)
    assert rows(empty, EXTENSIONS) == [("btree_gin", "public"), ("pg_trgm", "public")]
    migrations.upgrade(empty)
    assert has_index(empty)


def test_a_rare_text_is_found_by_the_index_whatever_others_have_written(
    running_indexed: Service,
) -> None:  # LIST-25, LIST-41
    service = running_indexed
    service.empty()
    service.fill("alice", 30_000)
    for n in range(14):
        service.fill(f"user{n}", 5_000)
    needles = [("A needle in the hay", ""), ("hay", "the Needle in it")]
    for user in ("alice", "user1"):
        with service.client(user) as client:
            for title, description in needles:
                client.create(title, description=description)
    service.fill("user2", 3000)
    service.rows("UPDATE tasks SET title = 'Needle' WHERE user_id = 'user2' AND id % 10 = 0")
    service.rows("VACUUM ANALYZE tasks")
    for user in ("alice", "user1"):
        with service.client(user) as client, service.statements() as statements:
            page = client.get(client.tasks, params={"search": "NEEDLE", "sort": "title"}).json()
        assert [(task["title"], task["description"]) for task in page["items"]] == needles
        assert {task["user_id"] for task in page["items"]} == {user}
        first, second = (explained(service, statement) for statement in statements)
        assert max(node["Actual Rows"] for node in first) <= FIRST + 1  # a row's place is told when the next is there
        plan = second
        used = [node for node in plan if node.get("Index Name") == "tasks_search"]
        assert sum(node["Actual Rows"] for node in used) == len(needles), plan
        assert {node["Index Name"] for node in plan if "Index Name" in node} == {"tasks_search"}, plan
        assert max(node["Actual Rows"] for node in plan) == len(needles), plan
        assert not any("user_id" in node.get("Filter", "") for node in plan), plan
    service.empty()


def test_what_others_write_often_is_looked_for_in_the_index(running_indexed: Service) -> None:  # LIST-44
    service = running_indexed
    service.empty()
    service.fill("alice", 10_000)
    for n in range(10):
        service.fill(f"user{n}", 5_000)
    # In every tenth task of others, and in two of alice's 10,000, which are her oldest.
    service.rows("UPDATE tasks SET title = 'Corner ' || id WHERE user_id <> 'alice' AND id % 10 = 0")
    service.rows("""UPDATE tasks SET description = 'around the corner' WHERE id IN (
        SELECT id FROM tasks WHERE user_id = 'alice' ORDER BY created_at, id LIMIT 2)""")
    service.rows("VACUUM ANALYZE tasks")
    for search, titles in (("corner", 2), ("corner 1", 0)):
        with service.client("alice") as client, service.statements() as statements:
            page = client.get(client.tasks, params={"search": search}).json()
        assert len(page["items"]) == titles
        assert page["next_cursor"] is None
        first, second = (explained(service, statement) for statement in statements)
        assert max(node["Actual Rows"] for node in first) <= FIRST + 1
        assert {node["Index Name"] for node in second if "Index Name" in node} == {"tasks_search"}, second
        assert max(node["Actual Rows"] for node in second) == titles, second
    service.empty()


def test_a_machine_without_such_a_server_says_what_was_not_run(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("CI", raising=False)
    with ExitStack() as stack, pytest.raises(pytest.skip.Exception, match=r"not run: search .* pg_trgm"):
        stack.enter_context(packaged_server(tmp_path, tmp_path))
