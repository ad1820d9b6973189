"""Tables for people on a terminal."""

from collections.abc import Sequence


def aligned(head: Sequence[str], rows: Sequence[Sequence[str]], *, numbers_from: int | None = None) -> list[str]:
    """A head, a rule and the rows in columns; from column `numbers_from` on they end at the right."""
    every = [head, *rows]
    widths = [max(len(row[column]) for row in every) for column in range(len(head))]

    def shown(row: Sequence[str]) -> str:
        cells = [
            text.rjust(widths[at]) if numbers_from is not None and at >= numbers_from else text.ljust(widths[at])
            for at, text in enumerate(row)
        ]
        return "  ".join(cells).rstrip()

    lines = [shown(row) for row in every]
    return [lines[0], "─" * max(len(line) for line in lines), *lines[1:]]
