"""The health tag: liveness asks nothing, readiness asks the database (specs/features/health-and-docs.md)."""

from backend.context import PublicContext
from generated.api import CONTRACT_VERSION, GetDatabaseHealthResult, GetHealthResult
from generated.models import DatabaseHealth, Health


async def get_health(ctx: PublicContext, /) -> GetHealthResult:
    del ctx  # alive is whoever answers
    return GetHealthResult(body=Health(status="ok", service="task-api", version=CONTRACT_VERSION))


async def get_database_health(ctx: PublicContext, /) -> GetDatabaseHealthResult:
    await ctx.database.ready()
    return GetDatabaseHealthResult(
        body=DatabaseHealth(status="ok", service="task-api", version=CONTRACT_VERSION, database="ok")
    )
