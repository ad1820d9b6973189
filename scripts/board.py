"""Shows how the set-up goes: one live line on a terminal, plain lines elsewhere."""

import shutil
import sys
import time
from pathlib import Path
from typing import TextIO

SPINNER = "|/-\\"
# Without a terminal: a sign of life this often.
SIGN_OF_LIFE_SECONDS = 30.0
_TITLE_WIDTH = 28
_TAIL_BYTES = 2000


def last_line(log: Path) -> str:
    """The last line of a log that says something, without control characters; empty when there is none."""
    try:
        with log.open("rb") as file:
            file.seek(max(0, log.stat().st_size - _TAIL_BYTES))
            text = file.read().decode("utf-8", "replace")
    except OSError:
        return ""
    lines = ("".join(sign for sign in line if sign.isprintable()).strip() for line in reversed(text.splitlines()))
    return next((line for line in lines if line), "")


def tail(log: Path, lines: int = 25) -> list[str]:
    """The last lines of a log."""
    try:
        return log.read_text("utf-8", "replace").rstrip().splitlines()[-lines:]
    except OSError:
        return []


class Board:
    """The display of one set-up run. Only the main thread calls it; other threads only change `notes`."""

    def __init__(self, out: TextIO = sys.stdout) -> None:
        self.notes: dict[str, str] = {}
        self._out = out
        self._live = out.isatty()
        self._count = 0
        self._done = 0
        self._running: dict[str, tuple[str, Path, float]] = {}
        self._frame = 0
        self._spoke = time.monotonic()

    def say(self, text: str) -> None:
        """Print lines that stay."""
        self._out.write(f"{self._clear()}{text}\n")
        self._out.flush()
        self._spoke = time.monotonic()

    def expect(self, count: int) -> None:
        """So many steps will be made."""
        self._count = count
        self.say(f"Setting up Onthaal: {count} step{'s' if count > 1 else ''}; the first time takes some minutes.")

    def started(self, name: str, title: str, log: Path) -> None:
        """A step begins."""
        self._running[name] = (title, log, time.monotonic())
        if not self._live:
            self.say(f"  {title} ...")

    def done(self, name: str) -> None:
        """A step is made."""
        title, _, since = self._running.pop(name)
        self._done += 1
        self.say(f"  {title:<{_TITLE_WIDTH}} done  {time.monotonic() - since:6.1f} s")

    def failed(self, name: str, why: str, advice: str) -> None:
        """A step could not be made: show the end of its log, why, and what to do."""
        title, log, since = self._running.pop(name)
        self.say(f"  {title:<{_TITLE_WIDTH}} FAILED after {time.monotonic() - since:.1f} s")
        end = tail(log)
        if end:
            self.say("\n".join([f"\nThe end of {log}:", *(f"  | {line}" for line in end)]))
        self.say(f"\n{why}\n{advice}".rstrip())

    def tick(self) -> None:
        """Redraw the live line; call it a few times a second."""
        if not self._running:
            return
        now = time.monotonic()
        if not self._live:
            if now - self._spoke >= SIGN_OF_LIFE_SECONDS:
                self.say(f"  still at it: {self._clocks(now)}")
            return
        self._frame += 1
        name, (_, log, _) = next(iter(self._running.items()))
        note = self.notes.get(name) or last_line(log)
        line = f"  {SPINNER[self._frame % len(SPINNER)]} {self._done}/{self._count}  {self._clocks(now)}"
        line = f"{line}  {note}" if note else line
        self._out.write(f"{self._clear()}{line[: shutil.get_terminal_size().columns - 1]}")
        self._out.flush()

    def close(self) -> None:
        """Leave the terminal with a clean line."""
        self._out.write(self._clear())
        self._out.flush()

    def _clocks(self, now: float) -> str:
        return ", ".join(f"{title} {now - since:.0f} s" for title, _, since in self._running.values())

    def _clear(self) -> str:
        return "\r\x1b[K" if self._live else ""
