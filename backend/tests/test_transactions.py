"""A success is answered only after it is committed, and a failure leaves nothing behind."""

from backend.tests.client import Client, code
from backend.tests.conftest import LogLines, Service

REFUSE_AT_COMMIT = """
CREATE FUNCTION refuse() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RAISE EXCEPTION 'refused at commit'; END $$;
CREATE CONSTRAINT TRIGGER refuse AFTER INSERT OR UPDATE OR DELETE ON tasks DEFERRABLE INITIALLY DEFERRED
FOR EACH ROW EXECUTE FUNCTION refuse();
"""

HANG_UP = """
SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity
WHERE datname = current_database() AND backend_type = 'client backend'
  AND application_name <> current_setting('application_name')
"""


def test_a_commit_that_fails_is_a_500_and_not_a_success(service: Service, alice: Client) -> None:  # TASK-47, CONN-3
    task = alice.create("before")
    path = f"{alice.tasks}/{task['id']}"
    service.rows(REFUSE_AT_COMMIT)
    try:
        for response in (
            alice.post(alice.tasks, json={"title": "lost"}),
            alice.put(path, json={"title": "lost"}),
            alice.patch(f"{path}/complete"),
            alice.delete(path),
        ):
            assert (response.status_code, code(response)) == (500, "internal_error")
            assert "refused" not in response.text
    finally:
        service.rows("DROP TRIGGER refuse ON tasks; DROP FUNCTION refuse()")
    assert alice.get(alice.tasks).json()["items"] == [task]


def test_a_constraint_that_nobody_expects_is_named_in_the_log_alone(
    service: Service, alice: Client, log_lines: LogLines
) -> None:  # CONN-8, ERR-14, EDGE-22, LOG-3
    task = alice.create("before")
    service.rows("ALTER TABLE tasks ADD CONSTRAINT unforeseen CHECK (title <> 'hunter2')")
    try:
        response = alice.post(alice.tasks, json={"title": "hunter2"})
    finally:
        service.rows("ALTER TABLE tasks DROP CONSTRAINT unforeseen")
    assert (response.status_code, code(response)) == (500, "internal_error")
    assert "unforeseen" not in response.text
    assert alice.get(alice.tasks).json()["items"] == [task]
    [line] = [line for line in log_lines() if line["level"] == "error"]
    assert line["request_id"] == response.headers["x-request-id"]
    assert "unforeseen" in [told.get("constraint") for told in line["exceptions"]]
    assert "hunter2" not in str(line)


def test_the_service_goes_on_after_the_database_hung_up(service: Service, alice: Client) -> None:  # CONN-4
    task = alice.create()
    service.rows(HANG_UP)
    assert alice.read(task["id"]) == task
    assert alice.create("after")["title"] == "after"
