"""Runs all checks, or all test suites, also after one failed, and closes with one line for each.

    python3 scripts/gate.py check|test

`make check` and `make test` set up first and then run this, so Node.js is on PATH and the environments exist.
"""

import dataclasses
import os
import re
import signal
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from types import FrameType

ROOT = Path(__file__).resolve().parent.parent
LOGS = ROOT / ".tools" / "logs"
HUB = ROOT / ".venv" / "bin"
BOT = ROOT / "bot" / ".venv" / "bin"
_COLOUR = re.compile(r"\x1b\[[0-9;]*m")
_TITLE_WIDTH = 20


@dataclasses.dataclass(frozen=True)
class Suite:
    """One command of a gate."""

    title: str
    command: tuple[str | Path, ...]


def checks() -> list[Suite]:
    """What `make check` runs."""
    return [
        Suite("ruff check", (HUB / "ruff", "check", "--no-cache", ".")),
        Suite("ruff format", (HUB / "ruff", "format", "--no-cache", "--check", ".")),
        Suite("pyright", (ROOT / "node_modules" / ".bin" / "pyright",)),
        Suite("import layers", (HUB / "lint-imports", "--no-cache")),
        Suite("JavaScript syntax", (sys.executable, ROOT / "scripts" / "check_javascript.py")),
        Suite("documentation", (HUB / "python", ROOT / "scripts" / "docs_site.py")),
        Suite("repository", (sys.executable, ROOT / "scripts" / "check_repository.py")),
    ]


def tests() -> list[Suite]:
    """What `make test` runs."""
    colour = ("--color=yes",) if sys.stdout.isatty() else ()
    return [
        Suite("bot tests", (BOT / "python", "-m", "pytest", "-c", "bot/pytest.ini", *colour, "tests/bot")),
        Suite("hub tests", (HUB / "python", "-m", "pytest", *colour)),
    ]


def closing(output: bytes) -> str:
    """The last line that a suite printed, without colours: pytest's and the linters' result."""
    lines = (_COLOUR.sub("", line).strip("= ") for line in reversed(output.decode("utf-8", "replace").splitlines()))
    return next((line for line in lines if line), "no output")


def run(suite: Suite) -> tuple[int, str]:
    """Run one suite, showing what it prints.

    Returns:
        Its exit code and its closing line.
    """
    sys.stdout.write(f"\n=== {suite.title}\n")
    sys.stdout.flush()
    words = [str(word) for word in suite.command]
    try:
        program = subprocess.Popen(
            words, cwd=ROOT, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT
        )
    except OSError as fault:
        return 1, f"{words[0]} could not be started: {fault.strerror}"
    recent = b""
    try:
        assert program.stdout is not None  # noqa: S101 - asked for above
        while block := os.read(program.stdout.fileno(), 1 << 16):
            sys.stdout.buffer.write(block)
            sys.stdout.buffer.flush()
            recent = (recent + block)[-4096:]
        return program.wait(), closing(recent)
    finally:
        if program.poll() is None:
            program.terminate()
            program.wait()


def summary(name: str, results: Sequence[tuple[str, int, str]]) -> list[str]:
    """The closing lines of a gate from (title, exit code, closing line) of its suites."""
    failed = [title for title, code, _ in results if code != 0]
    rows = [f"  {'FAILED' if code else 'ok':<8}{title:<{_TITLE_WIDTH}}{line}" for title, code, line in results]
    verdict = f"{len(failed)} of {len(results)} failed: {', '.join(failed)}" if failed else f"all {len(results)} passed"
    return [*rows, f"make {name}: {verdict}"]


def _stop(number: int, _: FrameType | None) -> None:
    sys.exit(128 + number)


def main(arguments: list[str]) -> int:
    """Run one gate."""
    suites = {"check": checks, "test": tests}.get(arguments[0] if arguments else "")
    if suites is None:
        sys.stderr.write(f"{__doc__}\n")
        return 2
    signal.signal(signal.SIGTERM, _stop)
    try:
        results = [(suite.title, *run(suite)) for suite in suites()]
    except KeyboardInterrupt:
        return 130
    lines = summary(arguments[0], results)
    LOGS.mkdir(parents=True, exist_ok=True)
    (LOGS / f"closing-{arguments[0]}.txt").write_text("\n".join([*lines, ""]), "utf-8")
    sys.stdout.write("\n".join(["", *lines, ""]))
    return 1 if any(code for _, code, _ in results) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
