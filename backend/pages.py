"""What all pages for people have in common: one style, one frame, one policy.

The pages load and run nothing. Their one style stands in them; browsers apply it by its hash. Specs:
specs/features/problems.md, and "Pages" in specs/features/health-and-docs.md.
"""

import re
from base64 import b64encode
from hashlib import sha256
from html import escape
from typing import Final

PALETTE: Final = """
:root { color-scheme: light dark; --paper: #fff; --ink: #1c2128; --faint: #57606a; --line: #d5dae0; --link: #0757ba;
  --box: #f5f7f9; --later: #0a6b3d; --keyed: #066470; --corrected: #8f4700; --authenticated: #6b3fb5; }
@media (prefers-color-scheme: dark) {
  :root { --paper: #14181d; --ink: #e4e8ec; --faint: #9aa4af; --line: #343b44; --link: #78b4ff;
    --box: #1d232a; --later: #5cc98d; --keyed: #5bc2cf; --corrected: #eda660; --authenticated: #bd9df2; } }
:focus-visible { outline: 2px solid var(--link) !important; outline-offset: 2px; }
"""
"""The colours of all pages, light and dark. Every pair that is used has the contrast of WCAG 2.2, AA (PROB-11)."""

_RULES: Final = """
* { box-sizing: border-box; }
body { margin: 0 auto; padding: 1.5rem 1.25rem 3rem; max-width: 52rem; background: var(--paper); color: var(--ink);
  font: 1rem/1.55 system-ui, sans-serif; overflow-wrap: break-word; }
nav, footer { color: var(--faint); font-size: .9rem; }
footer { margin-top: 3rem; padding-top: 1rem; border-top: 1px solid var(--line); }
h1 { margin: 1.25rem 0 .25rem; font-size: 2rem; line-height: 1.2; }
h2 { margin: 2.25rem 0 .5rem; font-size: 1.15rem; }
h3 { margin: 1.25rem 0 .5rem; font-size: 1rem; font-weight: 500; color: var(--faint); }
a { color: var(--link); text-underline-offset: .2em; }
code { font: .92em ui-monospace, monospace; overflow-wrap: anywhere; }
pre { margin: 0; padding: 1rem; border: 1px solid var(--line); border-radius: .5rem; background: var(--box);
  white-space: pre-wrap; overflow-wrap: anywhere; font-size: .9rem; }
ul, dl { margin: 0; padding: 0; list-style: none; }
li, dl div { padding: .7rem 0; border-top: 1px solid var(--line); }
li p, dd { margin: 0; }
dt { font-weight: 500; }
.status { margin: 0 0 1.5rem; color: var(--faint); } .codes .status { margin: 0; }
.links li { display: grid; grid-template-columns: 9rem 1fr; gap: 0 1rem; align-items: baseline; }
.codes { margin-top: 2rem; }
.codes li { display: grid; grid-template-columns: 2rem 1fr auto; gap: .1rem .9rem; align-items: baseline; }
.codes p { grid-column: 2 / -1; }
.codes a { text-decoration: none; } .codes a:is(:hover, :focus) { text-decoration: underline; }
.operations li { display: flex; flex-wrap: wrap; gap: 0 1rem; justify-content: space-between;
  align-items: baseline; }
.retry { margin: 1.25rem 0; padding: .75rem 1rem; border-left: .25rem solid; border-radius: .25rem;
  background: var(--box); }
.retry span { color: var(--ink); }
.hint { font-size: .85rem; white-space: nowrap; }
@media (max-width: 30rem) {
  .codes li { grid-template-columns: 2rem minmax(0, 1fr); } .codes .hint { grid-column: 2; order: 1; } }
.later { color: var(--later); } .keyed { color: var(--keyed); } .corrected { color: var(--corrected); }
.authenticated { color: var(--authenticated); }
"""

STYLE: Final = PALETTE + _RULES


def policy_for(style: str) -> bytes:
    """The directives of a `Content-Security-Policy` that let browsers apply a style, and take no icon for the icon."""
    return b"style-src 'sha256-%b'; img-src data:" % b64encode(sha256(style.encode("utf-8")).digest())


POLICY: Final = policy_for(STYLE)
"""What browsers are let do with a page: apply the style, and take the icon, which is no file, for the icon."""


def document(title: str, content: str, *, name: str = "", above: str = "") -> str:
    """A whole page: `content` stands below the title, `above` before it.

    `name` is that of the service, where the title is another.
    """
    whole = f"{escape(title)} &middot; {escape(name)}" if name else escape(title)
    return (
        f"{head(whole, STYLE)}<body>\n{above}<main>\n<h1>{escape(title)}</h1>\n{content}\n</main>\n"
        '<footer>Written from <a href="/openapi.yaml">the contract</a>.</footer>\n</body>\n</html>\n'
    )


def head(title: str, style: str, *links: str) -> str:
    """Everything before the body. `title` and `links` are HTML."""
    return (
        '<!doctype html>\n<html lang="en">\n<head>\n<meta charset="utf-8">\n'
        '<meta name="viewport" content="width=device-width, initial-scale=1">\n'
        f"<title>{title}</title>\n"
        # Without an icon of its own, browsers ask for /favicon.ico.
        f'<link rel="icon" href="data:,">\n{"".join(links)}<style>{style}</style>\n</head>\n'
    )


def prose(text: str) -> str:
    """A text of the contract, of which code marks are the one part of Markdown that is used here."""
    return re.sub(r"`([^`]+)`", r"<code>\1</code>", escape(text))
