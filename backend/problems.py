"""The problems tag: pages that say what each kind of problem means (specs/features/problems.md)."""

from backend.context import PublicContext
from generated.api import GetProblemResult, ListProblemsResult
from generated.models import ProblemCode


async def list_problems(ctx: PublicContext, /) -> ListProblemsResult:
    del ctx
    return ListProblemsResult(body="x")


async def get_problem(ctx: PublicContext, /, *, code: ProblemCode) -> GetProblemResult:
    del ctx
    return GetProblemResult(body=code)
