"""getHealth and getDatabaseHealth: `GET /health`, `GET /health/db`."""

from typing import Any  # a problem, as JSON

import httpx
import pytest

from backend import migrations
from backend.errors import Unavailable
from backend.tests.client import Client
from backend.tests.conftest import Service
from generated.api import CONTRACT_VERSION

ALIVE = {"status": "ok", "service": "task-api", "version": CONTRACT_VERSION}
READY = ALIVE | {"database": "ok"}


def refused(response: httpx.Response) -> dict[str, Any]:
    """The problem of a service that is not ready, but for its id."""
    assert response.status_code == 503
    assert int(response.headers["retry-after"]) >= 1
    problem: dict[str, Any] = response.json()
    del problem["request_id"]
    return problem


def test_the_service_is_alive_and_ready(nobody: Client) -> None:  # HEALTH-1, HEALTH-2
    assert nobody.get("/health").json() == ALIVE
    assert nobody.get("/health/db").json() == READY


def test_without_its_database_the_service_is_alive_and_not_ready(
    service: Service, nobody: Client
) -> None:  # HEALTH-1, HEALTH-3, HEALTH-5
    with service.outage():
        assert nobody.get("/health").json() == ALIVE
        assert refused(nobody.get("/health/db")) == {
            "type": "/problems/unavailable",
            "title": "Unavailable",
            "status": 503,
            "detail": Unavailable().detail,
            "instance": "/health/db",
            "code": "unavailable",
        }
    assert nobody.get("/health/db").json() == READY


@pytest.mark.parametrize("revision", ["0000", "9999", ""], ids=["behind", "beyond", "none"])
def test_with_another_schema_the_service_is_alive_and_not_ready(
    service: Service, nobody: Client, revision: str
) -> None:  # HEALTH-1, HEALTH-4, HEALTH-5
    with service.outage():
        outage = refused(nobody.get("/health/db"))
    service.rows(f"UPDATE alembic_version SET version_num = '{revision}'")  # noqa: S608 - our own words
    try:
        assert nobody.get("/health").json() == ALIVE
        assert refused(nobody.get("/health/db")) == outage
    finally:
        service.rows(f"UPDATE alembic_version SET version_num = '{migrations.head()}'")  # noqa: S608 - as above
    assert nobody.get("/health/db").json() == READY
