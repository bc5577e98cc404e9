"""The health tag: liveness asks nothing, readiness asks the database (specs/features/health-and-docs.md)."""

import logging

from backend.context import PublicContext
from backend.errors import Unavailable
from generated.api import CONTRACT_VERSION, GetDatabaseHealthResult, GetHealthResult
from generated.models import DatabaseHealth, Health

log = logging.getLogger(__name__)


async def get_health(ctx: PublicContext, /) -> GetHealthResult:
    del ctx  # alive is whoever answers
    return GetHealthResult(body=Health(status="ok", service="task-api", version=CONTRACT_VERSION))


async def get_database_health(ctx: PublicContext, /) -> GetDatabaseHealthResult:
    if not await ctx.database.ready():
        log.warning("the schema of the database is not that of this build; make migrate brings it there")
        raise Unavailable
    return GetDatabaseHealthResult(
        body=DatabaseHealth(status="ok", service="task-api", version=CONTRACT_VERSION, database="ok")
    )
