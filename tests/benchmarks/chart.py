"""The chart of the README: calls a second as bars, readable on light and on dark paper."""

from collections.abc import Iterator, Sequence
from pathlib import Path
from xml.sax.saxutils import escape

from tests.benchmarks.jobs import CREATE, LIST, PAY_INVOICE, POST, SHOW
from tests.benchmarks.measuring import Figure
from tests.benchmarks.report import LABELS
from tests.benchmarks.servers import FLOOR, ORM, OURS
from tests.benchmarks.targets import Figures

FILE = Path(__file__).with_name("chart.svg")
SERVERS = (FLOOR, OURS, ORM)
JOBS = (SHOW, LIST, CREATE, POST, PAY_INVOICE)
WIDTH, LEFT, RIGHT, TOP = 760, 170, 90, 64
BAR, GAP, BETWEEN = 16, 3, 18
STYLE = """
  text { font: 13px system-ui, -apple-system, "Segoe UI", sans-serif; fill: #1f2328; }
  .title { font-weight: 600; font-size: 15px; }
  .value { font-size: 12px; fill: #59636e; }
  .floor { fill: #afb8c1; }
  .ours { fill: #0969da; }
  .orm { fill: #bf8700; }
  @media (prefers-color-scheme: dark) {
    text { fill: #f0f6fc; }
    .value { fill: #9198a1; }
    .floor { fill: #656c76; }
    .ours { fill: #4493f8; }
    .orm { fill: #d29922; }
  }
"""


def drawn(figures: Sequence[Figure]) -> str:
    """The chart as SVG."""
    found = Figures(figures)
    height = TOP + len(JOBS) * (len(SERVERS) * (BAR + GAP) + BETWEEN)
    sizes = f'width="{WIDTH}" height="{height}" viewBox="0 0 {WIDTH} {height}"'
    title = f"Calls a second, {found.one(OURS, SHOW).connections} connections, one core for the server"
    lines = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {sizes} role="img" aria-labelledby="title">',
        f'<title id="title">{escape(title)}</title>',
        f"<style>{STYLE}</style>",
        f'<text class="title" x="{LEFT}" y="20">{escape(title)}</text>',
        *_legend(),
        *_bars(found),
        "</svg>",
    ]
    return "\n".join(lines) + "\n"


def _legend() -> Iterator[str]:
    x = LEFT
    for server in SERVERS:
        yield f'<rect class="{server}" x="{x}" y="33" width="12" height="12" rx="2"/>'
        yield f'<text x="{x + 18}" y="44">{escape(LABELS[server])}</text>'
        x += 18 + 8 * len(LABELS[server]) + 24


def _bars(found: Figures) -> Iterator[str]:
    most = max(found.one(server, job).a_second for server in SERVERS for job in JOBS)
    y = TOP
    for job in JOBS:
        middle = y + (len(SERVERS) * (BAR + GAP) - GAP) / 2 + 4
        yield f'<text x="{LEFT - 12}" y="{middle:g}" text-anchor="end">{escape(job)}</text>'
        for server in SERVERS:
            rate = found.one(server, job).a_second
            width = max(rate / most * (WIDTH - LEFT - RIGHT), 1)
            yield f'<rect class="{server}" x="{LEFT}" y="{y}" width="{width:.1f}" height="{BAR}" rx="2"/>'
            yield f'<text class="value" x="{LEFT + width + 6:.1f}" y="{y + BAR - 4}">{rate:,.0f}</text>'
            y += BAR + GAP
        y += BETWEEN
