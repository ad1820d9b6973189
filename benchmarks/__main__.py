"""`make bench`: run the measurements one after the other, print a table, save JSON, renew docs/performance.md."""

import argparse
import asyncio
import importlib
import json
import shutil
import signal
import sys
import time
from collections.abc import Sequence
from datetime import UTC
from pathlib import Path
from typing import Any

from benchmarks import figures, machine, report
from intake import system

NAMES = ("smtp", "chat_ack", "store_path", "idle", "answers", "api_post", "burst", "store_path_postgres", "history")
"""The measurements, each a module with `measure(scale, tell)`. Those without a target come last."""

PAGE = Path("docs/performance.md")
PICTURE = Path("docs/images/performance.svg")
BAR = 20


class Progress:
    """One live line on a terminal, plain lines elsewhere."""

    def __init__(self, names: Sequence[str]) -> None:
        self._names = names
        self._done = 0
        self._began = time.monotonic()

    def say(self, name: str, text: str) -> None:
        """How far it is."""
        filled = BAR * self._done // len(self._names)
        bar = f"[{'#' * filled}{'.' * (BAR - filled)}] {self._done}/{len(self._names)}"
        line = f"{bar}  {time.monotonic() - self._began:4.0f} s  {name}: {text}"
        if sys.stdout.isatty():
            sys.stdout.write(f"\r\x1b[K{line[: shutil.get_terminal_size().columns - 1]}")
        else:
            sys.stdout.write(f"{line}\n")
        sys.stdout.flush()

    def next(self) -> None:
        """One measurement is done."""
        self._done += 1

    @staticmethod
    def close() -> None:
        """Leave a clean line."""
        if sys.stdout.isatty():
            sys.stdout.write("\r\x1b[K")


async def run(names: Sequence[str], scale: figures.Scale) -> list[figures.Figure]:
    """Measure; a measurement that fails ends the run, as a wrong figure is worse than none."""
    progress, found = Progress(names), list[figures.Figure]()
    for name in names:
        progress.say(name, "starting")
        module = importlib.import_module(f"benchmarks.{name}")
        found += await module.measure(scale, lambda text, name=name: progress.say(name, text))
        progress.next()
    progress.close()
    return found


def _arguments(words: Sequence[str] | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", choices=[*NAMES, []], help="only these measurements")
    parser.add_argument("--json", type=Path, help="where the figures go; default var/bench/<moment>.json")
    parser.add_argument("--tiny", action="store_true", help="sizes so small that the figures mean nothing")
    parser.add_argument("--rounds", type=int, default=figures.FULL.rounds, help="turns of hub and reference")
    return parser.parse_args(words)


def main(words: Sequence[str] | None = None) -> int:
    """Run; exit status 1 when a target is not met. A SIGTERM ends the hub that is measured too."""
    signal.signal(signal.SIGTERM, lambda number, _: sys.exit(128 + number))
    chosen = _arguments(words)
    at = system.SystemClock().now().astimezone(UTC)
    scale = figures.TINY if chosen.tiny else figures.Scale(rounds=chosen.rounds)
    file: Path = chosen.json or Path("var/bench", f"{at:%Y%m%dT%H%M%SZ}.json")
    file.parent.mkdir(parents=True, exist_ok=True)
    of_machine = machine.describe(file.parent)
    found = asyncio.run(run(chosen.names or NAMES, scale))
    saved: dict[str, Any] = {
        "at": at.isoformat(timespec="seconds"),
        "scale": {"rounds": scale.rounds, "share": scale.share},
        "machine": of_machine,
        "figures": [figure.as_json() for figure in found],
    }
    file.write_text(json.dumps(saved, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
    sys.stdout.write(f"{report.table(found)}\n\nSaved in {file}.\n")
    if not chosen.names and not chosen.tiny:  # only a whole run, at full size, is worth a page
        report.write_page(PAGE, report.block(found, of_machine, f"{at:%Y-%m-%d %H:%M} UTC, {scale.rounds} rounds"))
        PICTURE.write_text(report.picture(found), encoding="utf-8")
    return 1 if any(figure.holds is False for figure in found) and not chosen.tiny else 0


if __name__ == "__main__":
    sys.exit(main())
