"""The about tag: what this service is, its contract, and the page that shows it (specs/features/health-and-docs.md)."""

from functools import cache
from pathlib import Path
from typing import Final

from pydantic import MISSING

from backend import about_pages
from backend.conditions import is_named, tag_of_bytes
from backend.context import PublicContext
from backend.errors import NotFound
from backend.negotiation import preferred
from generated.api import (
    CONTRACT_VERSION,
    GetContractJsonNotModified,
    GetContractJsonOK,
    GetContractYamlNotModified,
    GetContractYamlOK,
    GetDocsResult,
    GetServiceResult,
)
from generated.models import ContractDocument, EntityTags, Service, ServiceLinks

DOCS = Path(__file__).with_name("docs")
"""The files that the page loads: Swagger UI as its makers ship it, and `start.js`."""

_PROJECT = Path(__file__).parents[1]
_CONTRACT_YAML = _PROJECT / "openapi" / "tasks.yaml"

CONTRACT_JSON = _PROJECT / "generated" / "openapi.json"
"""The same document, written as JSON by the generator: production has no YAML parser."""

_KEPT: Final = "public, no-cache"
"""The contract is nobody's secret; whoever keeps it asks each time, so that a new release is seen at once."""


async def get_service(ctx: PublicContext, /) -> GetServiceResult:
    if preferred(ctx.accept, ("application/json", "text/html")) == "text/html":
        page = about_pages.front(_document().info, ctx.settings)
        return GetServiceResult(body=page, vary="Accept", media_type="text/html")
    links = ServiceLinks(
        openapi_yaml="/openapi.yaml",
        openapi_json="/openapi.json",
        docs="/docs" if ctx.settings.docs_enabled else None,
        problems="/problems",
        health="/health",
    )
    return GetServiceResult(body=Service(service="task-api", version=CONTRACT_VERSION, links=links), vary="Accept")


async def get_contract_yaml(
    ctx: PublicContext, /, *, if_none_match: EntityTags | MISSING = MISSING
) -> GetContractYamlOK | GetContractYamlNotModified:
    del ctx  # the same for everybody
    text, tag = _yaml()
    if is_named(tag, if_none_match):
        return GetContractYamlNotModified(etag=tag, cache_control=_KEPT)
    return GetContractYamlOK(body=text, etag=tag, cache_control=_KEPT)


async def get_contract_json(
    ctx: PublicContext, /, *, if_none_match: EntityTags | MISSING = MISSING
) -> GetContractJsonOK | GetContractJsonNotModified:
    del ctx  # the same for everybody
    tag = _json_tag()
    if is_named(tag, if_none_match):
        return GetContractJsonNotModified(etag=tag, cache_control=_KEPT)
    return GetContractJsonOK(body=_document(), etag=tag, cache_control=_KEPT)


async def get_docs(ctx: PublicContext, /) -> GetDocsResult:
    if not ctx.settings.docs_enabled:
        raise NotFound
    return GetDocsResult(body=about_pages.docs(_document().info, ctx.settings))


@cache
def _yaml() -> tuple[str, str]:
    """The text, and its tag."""
    content = _CONTRACT_YAML.read_bytes()
    return content.decode("utf-8"), tag_of_bytes(content)


@cache
def _document() -> ContractDocument:
    return ContractDocument.model_validate_json(CONTRACT_JSON.read_bytes())


@cache
def _json_tag() -> str:
    """The tag of what the plumbing writes, which is not the file byte for byte."""
    return tag_of_bytes(_document().model_dump_json(by_alias=True).encode("utf-8"))
