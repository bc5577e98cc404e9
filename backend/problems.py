"""The problems tag: pages that say what each kind of problem means (specs/features/problems.md)."""

import json
from functools import cache

from backend import problem_pages
from backend.about import CONTRACT_JSON
from backend.context import PublicContext
from generated.api import GetProblemResult, ListProblemsResult
from generated.models import ProblemCode


async def list_problems(ctx: PublicContext, /) -> ListProblemsResult:
    return ListProblemsResult(body=_pages(docs=ctx.settings.docs_enabled)[""])


async def get_problem(ctx: PublicContext, /, *, code: ProblemCode) -> GetProblemResult:
    return GetProblemResult(body=_pages(docs=ctx.settings.docs_enabled)[code])


@cache
def _pages(*, docs: bool) -> dict[str, str]:
    """All pages, written with the first request for one."""
    return problem_pages.write(json.loads(CONTRACT_JSON.read_bytes()), docs=docs)
