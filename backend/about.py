"""The about tag: what this service is, its contract, and the page that shows it (specs/features/health-and-docs.md)."""

from functools import cache
from pathlib import Path

from backend.context import PublicContext
from backend.errors import NotFound
from generated.api import (
    CONTRACT_VERSION,
    GetContractJsonResult,
    GetContractYamlResult,
    GetDocsResult,
    GetServiceResult,
)
from generated.models import ContractDocument, Service, ServiceLinks

DOCS = Path(__file__).with_name("docs")
"""The page and the files it loads: Swagger UI as its makers ship it, and `start.js`."""

DOCS_POLICY = b"script-src 'self'; style-src 'self'; img-src 'self' data:; connect-src 'self'"
"""What browsers are let do with the page: load its files, the contract, and the icons that its style sheet holds."""

_PROJECT = Path(__file__).parents[1]
_CONTRACT_YAML = _PROJECT / "openapi" / "tasks.yaml"

CONTRACT_JSON = _PROJECT / "generated" / "openapi.json"
"""The same document, written as JSON by the generator: production has no YAML parser."""


async def get_service(ctx: PublicContext, /) -> GetServiceResult:
    links = ServiceLinks(
        openapi_yaml="/openapi.yaml",
        openapi_json="/openapi.json",
        docs="/docs" if ctx.settings.docs_enabled else None,
        problems="/problems",
        health="/health",
    )
    return GetServiceResult(body=Service(service="task-api", version=CONTRACT_VERSION, links=links))


async def get_contract_yaml(ctx: PublicContext, /) -> GetContractYamlResult:
    del ctx  # the same for everybody
    return GetContractYamlResult(body=_text(_CONTRACT_YAML))


async def get_contract_json(ctx: PublicContext, /) -> GetContractJsonResult:
    del ctx  # the same for everybody
    return GetContractJsonResult(body=_document())


async def get_docs(ctx: PublicContext, /) -> GetDocsResult:
    if not ctx.settings.docs_enabled:
        raise NotFound
    return GetDocsResult(body=_text(DOCS / "index.html"))


@cache
def _text(path: Path) -> str:
    return path.read_text(encoding="utf-8")


@cache
def _document() -> ContractDocument:
    return ContractDocument.model_validate_json(CONTRACT_JSON.read_bytes())
