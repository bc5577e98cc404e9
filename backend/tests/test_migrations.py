"""The schema: what the migrations make, and what the database refuses (specs/database/schema.md)."""

import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor

import psycopg
import pytest
from psycopg import errors
from psycopg.rows import DictRow, dict_row
from pydantic import SecretStr
from sqlalchemy import NullPool, create_engine

from backend import migrations
from backend.models import metadata
from backend.tests.postgres import fresh_database, shared_server
from backend.tests.waiting import until

BETTER_AUTH = ("user", "session", "account", "verification", "jwks")

SCHEMA = """
SELECT 'column', c.relname, a.attname, format_type(a.atttypid, a.atttypmod), a.attnotnull::text, a.attidentity::text,
       a.attgenerated::text, pg_get_expr(d.adbin, d.adrelid), a.attcollation::regcollation::text
FROM pg_attribute a JOIN pg_class c ON c.oid = a.attrelid
LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
WHERE c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND c.relkind = 'r' AND c.relname <> 'alembic_version'
UNION ALL
SELECT 'constraint', conrelid::regclass::text, conname, pg_get_constraintdef(oid), '', '', '', '', ''
FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND conrelid::regclass::text <> 'alembic_version'
UNION ALL
SELECT 'index', tablename, indexname, indexdef, '', '', '', '', ''
FROM pg_indexes WHERE schemaname = 'public' AND tablename <> 'alembic_version'
ORDER BY 1, 2, 3
"""

EVERYTHING = """
SELECT relname FROM pg_class WHERE relnamespace = 'public'::regnamespace AND relname NOT LIKE 'alembic_version%%'
UNION ALL SELECT proname FROM pg_proc WHERE pronamespace = 'public'::regnamespace
"""

WAITING = """
SELECT count(*)::int FROM pg_locks
WHERE NOT granted AND database = (SELECT oid FROM pg_database WHERE datname = current_database())
"""


@pytest.fixture(scope="module")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[SecretStr]:
    with shared_server(tmp_path_factory) as url:
        yield url


@pytest.fixture
def empty(server: SecretStr) -> Iterator[SecretStr]:
    with fresh_database(server, migrated=False) as url:
        yield url


@pytest.fixture(scope="module")
def migrated(server: SecretStr) -> Iterator[SecretStr]:
    with fresh_database(server) as url:
        yield url


@pytest.fixture
def alice(migrated: SecretStr) -> Iterator[psycopg.Connection[DictRow]]:
    """A connection to a database where alice is known; what is written is taken back."""
    with psycopg.Connection[DictRow].connect(migrated.get_secret_value(), row_factory=dict_row) as connection:
        connection.execute("INSERT INTO users (id) VALUES ('alice')")
        yield connection
        connection.rollback()


def rows(url: SecretStr, query: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url.get_secret_value()) as connection:
        return connection.execute(query.encode()).fetchall()


def add(connection: psycopg.Connection[DictRow], **values: object) -> DictRow:
    """Inserts a task of alice's and returns its row."""
    values = {"user_id": "alice", "title": "Buy milk", **values}
    columns, places = ", ".join(values), ", ".join(f"%({name})s" for name in values)
    statement = f"INSERT INTO tasks ({columns}) VALUES ({places}) RETURNING *"  # noqa: S608 - a test's own names
    row = connection.execute(statement.encode(), values).fetchone()
    assert row is not None
    return dict(row)


def test_the_migrations_lead_to_the_tables_of_the_models(empty: SecretStr, migrated: SecretStr) -> None:  # DATA-10
    migrations.check(migrated)
    # Alembic compares neither checks nor generated columns: build the models' own tables and compare everything.
    migrations.upgrade(empty)
    with psycopg.connect(empty.get_secret_value()) as connection:
        connection.execute("DROP TABLE tasks, users, idempotency_keys")
    engine = create_engine(
        "postgresql+psycopg://", creator=lambda: psycopg.connect(empty.get_secret_value()), poolclass=NullPool
    )
    metadata.create_all(engine)
    assert rows(empty, SCHEMA) == rows(migrated, SCHEMA)


def test_a_difference_is_noticed(empty: SecretStr) -> None:  # DATA-10
    migrations.upgrade(empty)
    with psycopg.connect(empty.get_secret_value()) as connection:
        connection.execute("ALTER TABLE tasks DROP COLUMN description")
    with pytest.raises(migrations.MigrationFailed, match="does not fit this build"):
        migrations.check(empty)


def test_up_down_to_nothing_and_up_again(empty: SecretStr) -> None:  # DATA-11
    migrations.upgrade(empty)
    first = rows(empty, SCHEMA)
    migrations.downgrade(empty, "base")
    assert rows(empty, EVERYTHING) == []
    migrations.upgrade(empty)
    assert rows(empty, SCHEMA) == first


def test_a_migration_at_the_head_changes_nothing(empty: SecretStr) -> None:
    migrations.upgrade(empty)
    with psycopg.connect(empty.get_secret_value()) as connection:
        connection.execute("INSERT INTO users (id) VALUES ('alice')")
    migrations.upgrade(empty)
    assert rows(empty, "SELECT id FROM users") == [("alice",)]
    assert rows(empty, "SELECT version_num FROM alembic_version") == [(migrations.head(),)]


def test_of_three_migrators_at_once_all_end_well(empty: SecretStr) -> None:  # DATA-12
    environment = {"ENVIRONMENT": "production", "DATABASE_URL": empty.get_secret_value()}
    several = [
        subprocess.Popen(
            [sys.executable, "-m", "scripts.migrate"], env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        )
        for _ in range(3)
    ]
    ended = [(*migrator.communicate(), migrator.returncode) for migrator in several]
    assert ended == [(f"The schema is at revision {migrations.head()}.\n".encode(), b"", 0)] * 3


def test_a_migrator_waits_for_the_one_before_it(empty: SecretStr) -> None:  # DATA-12
    with psycopg.connect(empty.get_secret_value()) as first:
        first.execute("SELECT pg_advisory_xact_lock(7461736573000001)")
        with subprocess.Popen(
            [sys.executable, "-m", "scripts.migrate"],
            env={"DATABASE_URL": empty.get_secret_value()},
            stdout=subprocess.DEVNULL,
        ) as second:
            assert until(lambda: rows(empty, WAITING) == [(1,)])
            with pytest.raises(subprocess.TimeoutExpired):
                second.wait(migrations.LOCK_SECONDS + 0.5)  # longer than it waits for others
            assert rows(empty, EVERYTHING) == []
            first.rollback()
            assert second.wait(20) == 0


def test_a_migration_gives_up_behind_a_reader_and_lets_pass_who_came_behind_it(empty: SecretStr) -> None:  # DATA-17
    migrations.upgrade(empty, "0004")
    with psycopg.connect(empty.get_secret_value()) as reader, ThreadPoolExecutor(1) as pool:
        reader.execute("SET idle_in_transaction_session_timeout = '30s'")  # or a migration that waits waits for ever
        reader.execute("SELECT FROM tasks")
        migration = pool.submit(migrations.upgrade, empty)
        assert until(lambda: migration.done() or rows(empty, WAITING) == [(1,)])
        assert rows(empty, "SELECT FROM tasks") == []
        with pytest.raises(migrations.MigrationFailed, match=r"^DATABASE_URL: .*run it again$"):
            migration.result()
    assert rows(empty, "SELECT version_num FROM alembic_version") == [("0004",)]
    migrations.upgrade(empty)
    assert rows(empty, "SELECT version_num FROM alembic_version") == [(migrations.head(),)]


def test_tables_of_better_auth_are_left_alone(empty: SecretStr) -> None:  # DATA-13
    with psycopg.connect(empty.get_secret_value()) as connection:
        for name in BETTER_AUTH:
            connection.execute(f'CREATE TABLE "{name}" AS SELECT 1 AS one'.encode())
    migrations.upgrade(empty)
    migrations.check(empty)
    migrations.downgrade(empty, "base")
    for name in BETTER_AUTH:
        assert rows(empty, f'TABLE "{name}"') == [(1,)]


@pytest.mark.parametrize(
    ("collations", "key"),
    [
        ({}, "strasse élan\u03c3"),
        ({"pg_unicode_fast": "gone"}, "straße élan\u03c3"),
        ({"pg_unicode_fast": "gone", "pg_c_utf8": "und-x-icu"}, "straße élan\u03c3"),
        ({"pg_unicode_fast": "gone", "pg_c_utf8": "gone too"}, "straße élan\u03c3"),
    ],
    ids=["18", "17", "before, with ICU", "before, without"],
)
def test_titles_are_folded_as_well_as_the_server_can(empty: SecretStr, collations: dict[str, str], key: str) -> None:
    with psycopg.connect(empty.get_secret_value()) as connection:
        # Makes a server of today look like an old one.
        connection.execute("SET allow_system_table_mods = on")
        for name, hidden in collations.items():
            connection.execute("UPDATE pg_collation SET collname = %s WHERE collname = %s", [hidden, name])
    migrations.upgrade(empty)
    assert rows(empty, "SELECT task_title_key('Straße ÉLANΣ')") == [(key,)]


def test_every_foreign_key_is_covered_by_an_index(migrated: SecretStr) -> None:  # DATA-9
    uncovered = """
    SELECT conname FROM pg_constraint WHERE contype = 'f' AND connamespace = 'public'::regnamespace
    AND NOT EXISTS (SELECT FROM pg_index WHERE indrelid = conrelid AND indkey[0] = conkey[1])
    """
    assert rows(migrated, uncovered) == []


@pytest.mark.parametrize(
    ("url", "told"),
    [
        ("postgresql://u:pa55word@127.0.0.1:1/x", "cannot be reached: Connection refused"),
        ("postgresql://u:pa55word@nowhere.invalid/x", "cannot be reached"),
    ],
)
def test_a_database_that_is_not_there_is_one_line_without_its_url(url: str, told: str) -> None:
    with pytest.raises(migrations.MigrationFailed, match=f"^DATABASE_URL: .*{told}") as caught:
        migrations.upgrade(SecretStr(url))
    assert "\n" not in str(caught.value)
    assert "pa55word" not in str(caught.value)
    assert "nowhere" not in str(caught.value)


def test_a_schema_of_a_later_build_is_left_alone(empty: SecretStr) -> None:
    migrations.upgrade(empty)
    with psycopg.connect(empty.get_secret_value()) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(migrations.MigrationFailed, match=r"^DATABASE_URL: .*9999"):
        migrations.upgrade(empty)
    assert rows(empty, "SELECT version_num FROM alembic_version") == [("9999",)]


def test_a_role_that_may_not_create_tables_is_told(empty: SecretStr) -> None:
    with psycopg.connect(empty.get_secret_value()) as connection:
        connection.execute("CREATE TABLE users (id int)")
    with pytest.raises(migrations.MigrationFailed, match=r'^DATABASE_URL: .*refuses.*"users" already exists'):
        migrations.upgrade(empty)


@pytest.mark.parametrize(
    ("host", "direct"),
    [
        ("ep-cool-1-pooler.eu-central-1.aws.neon.tech", "ep-cool-1.eu-central-1.aws.neon.tech"),
        ("ep-cool-1.eu-central-1.aws.neon.tech", "ep-cool-1.eu-central-1.aws.neon.tech"),
        ("db-pooler.example.com", "db-pooler.example.com"),
        ("localhost", "localhost"),
    ],
)
def test_migrations_go_around_the_pooler_of_neon(host: str, direct: str) -> None:  # RUN-9, CONN-1
    url = SecretStr(f"postgresql://user:p%40ss@{host}:5433/db?sslmode=require&channel_binding=require")
    found = psycopg.conninfo.conninfo_to_dict(migrations.direct(url).get_secret_value())
    assert found == psycopg.conninfo.conninfo_to_dict(url.get_secret_value()) | {"host": direct}


@pytest.mark.parametrize(
    ("column", "value"),
    [
        ("title", "x" * 200),
        ("title", "\U0001f600" * 200),
        ("title", "one\ttwo\nthree\u2028four"),
        ("description", None),
        ("description", ""),
        ("description", " \t\n" + "x" * 997),
        ("status", "cancelled"),
        ("priority", 5),
        ("due_at", "0001-01-01 00:00:00+00"),
        ("due_at", "9999-12-31 23:59:59.999999+00"),
        ("due_on", "0001-01-01"),
        ("due_on", "9999-12-31"),
    ],
)
def test_what_the_contract_allows_is_stored(alice: psycopg.Connection[DictRow], column: str, value: object) -> None:
    row = add(alice, **{column: value})
    assert row["version"] == 1
    assert row["created_at"] == row["updated_at"]
    assert row["completed_at"] is None
    if isinstance(value, str) and column in {"title", "description"}:
        assert row[column] == value


@pytest.mark.parametrize(
    ("values", "constraint"),
    [
        ({"title": ""}, "tasks_title_length"),
        ({"title": "x" * 201}, "tasks_title_length"),
        *(
            ({"title": space + "x"}, "tasks_title_trimmed")
            for space in "\t\n \x85\xa0\u1680\u2000\u200a\u2028\u3000\ufeff"
        ),
        *(
            ({"title": "x" + space}, "tasks_title_trimmed")
            for space in "\t\n \x85\xa0\u1680\u2000\u200a\u2029\u205f\ufeff"
        ),
        *(({"title": f"a{control}b"}, "tasks_title_characters") for control in "\x01\x08\x0b\x1f\x7f"),
        *(({"description": control}, "tasks_description_characters") for control in "\x01\x08\x0b\x0d\x1f\x7f"),
        ({"description": "x" * 1001}, "tasks_description_length"),
        ({"status": "done"}, "tasks_status_known"),
        ({"status": "completed"}, "tasks_completed_at_fits"),
        ({"completed_at": "2026-01-01 00:00+00"}, "tasks_completed_at_fits"),
        ({"priority": -1}, "tasks_priority_range"),
        ({"priority": 6}, "tasks_priority_range"),
        ({"due_at": "2026-01-01 00:00+00", "due_on": "2026-01-01"}, "tasks_due_once"),
        ({"due_at": "9999-12-31 23:59:59-14:00"}, "tasks_due_at_range"),
        ({"due_at": "0001-01-01 00:00:00+14:00"}, "tasks_due_at_range"),
        ({"due_on": "10000-01-01"}, "tasks_due_on_range"),
        ({"due_on": "0001-12-31 BC"}, "tasks_due_on_range"),
        ({"version": 0}, "tasks_version_positive"),
    ],
)
def test_what_the_contract_forbids_is_refused(
    alice: psycopg.Connection[DictRow], values: dict[str, object], constraint: str
) -> None:  # DATA-5
    with pytest.raises(errors.CheckViolation) as caught:
        add(alice, **values)
    assert caught.value.diag.constraint_name == constraint


@pytest.mark.parametrize("due", ["infinity", "-infinity"])
@pytest.mark.parametrize("column", ["due_at", "due_on"])
def test_no_due_date_is_infinite(alice: psycopg.Connection[DictRow], column: str, due: str) -> None:  # DATA-5
    # Before the check the sort key refuses it; with which error depends on the version of PostgreSQL.
    with pytest.raises((errors.FeatureNotSupported, errors.NumericValueOutOfRange, errors.DatetimeFieldOverflow)):
        add(alice, **{column: due})


@pytest.mark.parametrize("id_", [0, -1, 2**53])
def test_an_id_is_one_that_javascript_can_count_to(
    alice: psycopg.Connection[DictRow], id_: int
) -> None:  # TASK-2, DATA-5
    with pytest.raises(errors.GeneratedAlways):
        add(alice, id=id_)
    alice.rollback()
    alice.execute("INSERT INTO users (id) VALUES ('alice')")
    with pytest.raises(errors.CheckViolation) as caught:
        alice.execute("INSERT INTO tasks (id, user_id, title) OVERRIDING SYSTEM VALUE VALUES (%s, 'alice', 'x')", [id_])
    assert caught.value.diag.constraint_name == "tasks_id_range"


def test_two_tasks_never_share_an_id(alice: psycopg.Connection[DictRow]) -> None:  # TASK-2
    alice.execute("INSERT INTO users (id) VALUES ('bob')")
    mine = add(alice)["id"]
    with pytest.raises(errors.UniqueViolation):
        alice.execute("INSERT INTO tasks (id, user_id, title) OVERRIDING SYSTEM VALUE VALUES (%s, 'bob', 'x')", [mine])


@pytest.mark.parametrize("user", ["", "x" * 129, "a/b", "a\x01", "a\x7f", " a", "a "])
def test_a_user_id_that_no_token_can_have_is_refused(alice: psycopg.Connection[DictRow], user: str) -> None:  # DATA-5
    with pytest.raises(errors.CheckViolation):
        alice.execute("INSERT INTO users (id) VALUES (%s)", [user])


def test_an_email_may_be_missing_and_shared(alice: psycopg.Connection[DictRow]) -> None:  # DATA-3
    alice.execute("INSERT INTO users (id, email) VALUES ('bob', 'one@example.com'), ('carol', 'one@example.com')")


def test_a_task_belongs_to_somebody_who_has_been_seen(alice: psycopg.Connection[DictRow]) -> None:  # DATA-5
    with pytest.raises(errors.ForeignKeyViolation):
        add(alice, user_id="stranger")


@pytest.mark.parametrize("column", ["title_key", "due_ascending", "due_descending"])
def test_nobody_writes_a_sort_key(alice: psycopg.Connection[DictRow], column: str) -> None:
    with pytest.raises(errors.GeneratedAlways):
        add(alice, **{column: "1"})


@pytest.mark.parametrize(
    "titles",
    [("Straße", "STRASSE", "strasse"), ("ΟΔΟΣ", "οδος", "οδοσ"), ("Élan", "élan"), ("ﬃ", "FFI")],
)
def test_titles_that_differ_in_case_alone_have_one_key(
    alice: psycopg.Connection[DictRow], titles: tuple[str, ...]
) -> None:
    assert len({add(alice, title=title)["title_key"] for title in titles}) == 1


def test_titles_are_ordered_by_code_point(alice: psycopg.Connection[DictRow]) -> None:
    for title in ("é", "z", "Z!", "10", "9", "\U0001f600", "\uffee"):
        add(alice, title=title)
    found = [row["title"] for row in alice.execute("SELECT title FROM tasks ORDER BY title_key, id")]
    assert found == ["10", "9", "z", "Z!", "é", "\uffee", "\U0001f600"]


NEVER: dict[str, str] = {}
DUE = (
    {"due_on": "0001-01-01"},
    {"due_at": "0001-01-01 00:00:00+00"},
    {"due_at": "1969-12-31 23:59:59.999999+00"},
    {"due_on": "1970-01-01"},
    {"due_at": "1970-01-01 02:00:00+02"},
    {"due_at": "1970-01-01 00:00:00.000001+00"},
    {"due_at": "2026-11-20 23:59:59.999999+00"},
    {"due_on": "2026-11-21"},
    {"due_at": "2026-11-21 00:00:00+00"},
    {"due_on": "9999-12-31"},
    {"due_at": "9999-12-31 23:59:59.999999+00"},
)


def test_due_dates_are_ordered_both_ways_with_days_first_and_none_last(alice: psycopg.Connection[DictRow]) -> None:
    alice.execute("SET TimeZone = 'Pacific/Kiritimati'")  # the keys do not depend on it
    # The other way round, so that no id can decide.
    ids = [add_id(alice, due) for due in reversed((NEVER, *DUE))][::-1]
    ascending = [row["id"] for row in alice.execute("SELECT id FROM tasks ORDER BY due_ascending, id")]
    descending = [row["id"] for row in alice.execute("SELECT id FROM tasks ORDER BY due_descending DESC, id DESC")]
    assert ascending == [*ids[1:], ids[0]]
    assert descending == [*reversed(ids[1:]), ids[0]]


def add_id(connection: psycopg.Connection[DictRow], due: dict[str, str]) -> int:
    columns = ", ".join(["user_id", "title", *due])
    places = ", ".join(["'alice'", "'x'", *("%s" for _ in due)])
    statement = f"INSERT INTO tasks ({columns}) VALUES ({places}) RETURNING id"  # noqa: S608 - a test's own names
    row = connection.execute(statement.encode(), list(due.values())).fetchone()
    assert row is not None
    return int(row["id"])
