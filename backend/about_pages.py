"""Writes the page of `/` and the frame of `/docs` from the contract and the settings.

Spec: "Pages" in specs/features/health-and-docs.md. What they share with all others is in backend/pages.py.
"""

from collections.abc import Iterable, Mapping
from html import escape
from typing import Any, Final  # Any: an OpenAPI document is any JSON

from backend.pages import PALETTE, document, head, policy_for, prose
from backend.settings import Settings

_DOCS_STYLE: Final = (
    PALETTE
    + """
html, html.dark-mode, html.dark-mode .swagger-ui { background: var(--paper); }
body { margin: 0; color: var(--ink); font: 1rem/1.55 sans-serif; }
.about { margin: 0 auto; padding: 1.25rem 20px 0; max-width: 1460px; box-sizing: border-box; }
.about h1 { margin: 0; font-size: 1.75rem; line-height: 1.2; }
.about p, .about ol { margin: .5rem 0 0; }
.about .status { margin-top: .25rem; color: var(--faint); }
.about ol { padding-left: 1.25rem; }
.about a { color: var(--link); text-underline-offset: .2em; }
.about code { padding: .1rem .3rem; border-radius: .25rem; background: var(--box);
  font: .92em ui-monospace, monospace; }
.contract { margin-top: .5rem; }
.contract summary { color: var(--link); cursor: pointer; }
.swagger-ui .scheme-container, html.dark-mode .swagger-ui .scheme-container { margin: 0; padding: .5rem 0;
  border: 0; background: none; box-shadow: none; }
html.dark-mode .swagger-ui .headers td { color: var(--ink); }
@media (max-width: 40rem) {
  .swagger-ui .opblock .opblock-summary-operation-id, .swagger-ui .response-col_links,
  .swagger-ui .headers :is(th, td):last-child { display: none; }
  .swagger-ui .models { overflow-wrap: anywhere; } }
"""
)

DOCS_POLICY: Final = b"script-src 'self'; connect-src 'self'; " + policy_for(_DOCS_STYLE).replace(
    b"style-src", b"style-src 'self'"
)
"""What browsers are let do with the page: load its files, the contract, and the icons that its style sheet holds."""


def front(info: Mapping[str, Any], settings: Settings) -> str:
    """The page of `/`: what this is, how to begin, where to go. `info` is that of the contract."""
    content = (
        f'<p class="status">version {escape(info["version"])}</p>\n<p>{prose(info["summary"])}</p>\n'
        f"<section><h2>First request</h2>\n"
        f"<p>{_token(settings)} <code>SERVICE</code> is the address of this page.</p>\n"
        f"<pre><code>{escape(_first_request(settings))}</code></pre></section>\n"
        f'<section><h2>Where to go</h2>\n<ul class="links">{_lines(_links(settings))}</ul></section>\n'
        "<p>Programs get <code>application/json</code> here.</p>"
    )
    return document(info["title"], content)


def docs(info: Mapping[str, Any], settings: Settings) -> str:
    """The page of `/docs`: how to get a token, and the room in which Swagger UI shows the operations."""
    title = escape(info["title"])
    sheet = '<link rel="stylesheet" href="/docs/assets/swagger-ui.css">\n'
    return (
        f"{head(f'Documentation &middot; {title}', _DOCS_STYLE, sheet)}"
        f'<body>\n<header class="about">\n<h1>{title}</h1>\n<p class="status">version {escape(info["version"])}</p>\n'
        f"<ol><li>{_token(settings)}</li>"
        "<li>Press <b>Authorize</b> and paste it, alone. The page keeps it until it is left.</li>"
        "<li>Open an operation, check that <code>user_id</code> is the user of the token, press <b>Execute</b>.</li>"
        "</ol>\n"
        '<p><a href="/">Overview</a> &middot; <a href="/openapi.yaml">openapi.yaml</a> &middot;'
        ' <a href="/openapi.json">openapi.json</a> &middot; <a href="/problems">Problems</a></p>\n</header>\n'
        '<main id="documentation"><noscript>This page needs JavaScript. The contract itself is at'
        ' <a href="/openapi.yaml">/openapi.yaml</a>.</noscript></main>\n'
        '<script src="/docs/assets/swagger-ui-bundle.js"></script>\n<script src="/docs/assets/start.js"></script>\n'
        "</body>\n</html>\n"
    )


def _token(settings: Settings) -> str:
    """Where a token comes from, in a sentence of HTML."""
    if settings.environment != "development":
        return "Tokens come from the service that signs your users in; this one makes none."
    if "HS256" in settings.algorithms:
        return "In the folder of this service, <code>make -s token USER=alice</code> prints a token for alice."
    return f"Sign in at <code>{escape(str(settings.better_auth_url))}</code> to get a token."


def _first_request(settings: Settings) -> str:
    if settings.environment == "development" and "HS256" in settings.algorithms:
        address = f"http://{settings.host}:{settings.port or 8000}"
        first, user = "TOKEN=$(make -s token USER=alice)", "alice"
    else:
        address, first, user = "https://api.example.com", "TOKEN=... USER_ID=...", "$USER_ID"
    return f'SERVICE={address}\n{first}\ncurl -H "Authorization: Bearer $TOKEN" "$SERVICE/api/{user}/tasks"'


def _links(settings: Settings) -> Iterable[tuple[str, str]]:
    """Addresses, and what is there."""
    if settings.docs_enabled:
        yield "/docs", "Every operation, to read and to try."
    yield "/openapi.yaml", "The contract, for generators of clients."
    yield "/openapi.json", "The same as JSON."
    yield "/problems", "What each error means and what to do."
    yield "/health", "Whether the service lives."
    yield "/health/db", "Whether its database answers."


def _lines(links: Iterable[tuple[str, str]]) -> str:
    return "".join(f'<li><a href="{path}"><code>{path}</code></a> {text}</li>' for path, text in links)
