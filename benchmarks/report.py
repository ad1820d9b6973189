"""Figures as a table for people, as JSON, as a block of docs/performance.md and as a picture."""

import statistics
from collections.abc import Mapping, Sequence
from pathlib import Path

from benchmarks import figures

BEGIN, END = "<!-- figures: begin (written by make bench) -->", "<!-- figures: end -->"


def _number(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.1f}" if abs(value) >= 10 else f"{value:.2f}"


def cells(figure: figures.Figure) -> list[str]:
    """One row: title, hub, bare, ratio with its spread, bound, verdict."""
    spread = f" ({min(figure.ratios):.2f}–{max(figure.ratios):.2f})" if len(figure.ratios) > 1 else ""
    sign = "≤" if figure.is_ceiling else "≥"
    return [
        figure.title,
        f"{_number(statistics.median(figure.hub))} {figure.unit}",
        _number(statistics.median(figure.bare)) if figure.bare else "",
        f"{statistics.median(figure.ratios):.2f}{spread}" if figure.bare else "",
        f"{sign} {figure.bound:g}" if figure.bound is not None else "",
        {True: "yes", False: "NO", None: ""}[figure.holds],
    ]


HEADS = ["what", "hub", "bare", "ratio (lowest–highest)", "target", "met"]


def table(found: Sequence[figures.Figure]) -> str:
    """Columns for a terminal."""
    rows = [HEADS, *map(cells, found)]
    widths = [max(len(row[column]) for row in rows) for column in range(len(HEADS))]
    return "\n".join(
        "  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows
    )


def block(found: Sequence[figures.Figure], machine: Mapping[str, str], at: str) -> str:
    """The part of the page that the command writes."""
    rows = [f"| {' | '.join(row)} |" for row in (HEADS, ["---"] * len(HEADS), *map(cells, found))]
    notes = [f"- {figure.title}: {figure.note}." for figure in found if figure.note]
    of_machine = [f"| {name} | {value} |" for name, value in machine.items()]
    return "\n".join([f"Measured {at}.", "", "| machine | |", "|---|---|", *of_machine, "", *rows, "", *notes])


def write_page(page: Path, text: str) -> None:
    """Replace the marked block of the page."""
    before, _, rest = page.read_text(encoding="utf-8").partition(BEGIN)
    after = rest.partition(END)[2]
    page.write_text(f"{before}{BEGIN}\n{text}\n{END}{after}", encoding="utf-8")


def picture(found: Sequence[figures.Figure]) -> str:
    """An SVG: each bounded figure as a bar, the target as a line; full width is twice the target."""
    shown = [figure for figure in found if figure.bound]
    height, bar, left, width = 44, 16, 20, 640
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width + 2 * left} {height * len(shown) + 30}"',
        ' role="img" aria-labelledby="t d" font-family="sans-serif" font-size="13">',
        '<title id="t">Figures against their targets</title>',
        f'<desc id="d">{_words(shown)}</desc>',
        '<rect width="100%" height="100%" fill="#ffffff"/>',
    ]
    for number, figure in enumerate(shown):
        assert figure.bound is not None
        top = 20 + number * height
        share = min(1.0, figure.judged / (2 * figure.bound))
        sign = "≤" if figure.is_ceiling else "≥"
        colour = "#1b6b3a" if figure.holds else "#a3261f"
        unit = "" if figure.bare else f" {figure.unit}"
        label = f"{figure.title}: {_number(figure.judged)}{unit} (target {sign} {figure.bound:g}{unit})"
        parts += [
            f'<text x="{left}" y="{top}" fill="#222222">{label}</text>',
            f'<rect x="{left}" y="{top + 6}" width="{width}" height="{bar}" fill="#e6e6e6"/>',
            f'<rect x="{left}" y="{top + 6}" width="{width * share:.0f}" height="{bar}" fill="{colour}"/>',
            f'<path d="M{left + width / 2:.0f} {top + 3}v{bar + 6}" stroke="#222222" stroke-width="2"/>',
        ]
    return "\n".join([*parts, "</svg>", ""])


def _words(shown: Sequence[figures.Figure]) -> str:
    """What the picture shows, for who does not see it."""
    missed = [figure.title for figure in shown if not figure.holds]
    end = f"Not met: {', '.join(missed)}." if missed else "All targets are met."
    return f"{len(shown)} bars, one per figure with a target; a line marks the target. {end}"
