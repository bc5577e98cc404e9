"""The figures as a picture: CPU time of a request, by operation and system, as SVG without any library (BENCH-9)."""

from collections.abc import Iterator, Sequence
from html import escape
from typing import Final

from scripts.bench.figures import Figure, Figures
from scripts.bench.load import OPERATIONS
from scripts.bench.measurement import DATABASE
from scripts.bench.systems import SERVICE

WIDTH: Final = 760
_LEFT: Final = 150
"""Where bars begin; names are before."""
_LONGEST: Final = 520
_BAR: Final = 16
_STEP: Final = 22
_STYLE: Final = (
    "text{font:13px system-ui,sans-serif;fill:#1f2328}.title{font-weight:600}.small{font-size:12px;fill:#59636e}"
    ".other{fill:#9aa4b0}.own{fill:#0969da}"
)


def svg(found: Figures, caption: str) -> str:
    """Draw a group of bars for each operation, of one worker; bars of one operation share a scale."""
    groups = [(operation, _bars(found, operation)) for operation in OPERATIONS]
    parts: list[str] = []
    top = 34
    for operation, bars in groups:
        if bars:
            parts += _group(operation, bars, top)
            top += 30 + len(bars) * _STEP
    height = top + 22
    return "\n".join(
        [
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {WIDTH} {height}" width="{WIDTH}" role="img">',
            f"<title>{escape('CPU time of a request, by operation and system')}</title>",
            f"<style>{_STYLE}</style>",
            f'<rect width="{WIDTH}" height="{height}" fill="#ffffff"/>',
            '<text class="title" x="10" y="22">Server CPU for a request, in microseconds (less is better)</text>',
            *parts,
            f'<text class="small" x="10" y="{height - 12}">{escape(caption)}</text>',
            "</svg>\n",
        ]
    )


def _bars(found: Figures, operation: str) -> list[Figure]:
    names = dict.fromkeys(each.system for each in found.figures if each.system != DATABASE)
    return [one for name in names if (one := found.of(1, name, operation)) is not None]


def _group(operation: str, bars: Sequence[Figure], top: int) -> Iterator[str]:
    longest = max(bar.cpu_us for bar in bars)
    yield f'<text class="title" x="10" y="{top + 18}">{escape(operation)}</text>'
    for number, bar in enumerate(bars):
        y = top + 26 + number * _STEP
        width = max(1.0, bar.cpu_us / longest * _LONGEST)
        kind = "own" if bar.system == SERVICE else "other"
        yield f'<text x="{_LEFT - 8}" y="{y + 13}" text-anchor="end">{escape(bar.system)}</text>'
        yield f'<rect class="{kind}" x="{_LEFT}" y="{y}" width="{width:.1f}" height="{_BAR}" rx="2"/>'
        yield f'<text x="{_LEFT + width + 6:.1f}" y="{y + 13}">{bar.cpu_us:.0f}</text>'
