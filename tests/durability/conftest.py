"""Says aloud what this machine did not allow."""

import pytest

from tests.support import small_disk


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    if "a disk of its own" not in small_disk.KINDS:
        terminalreporter.section("not as on a real machine", yellow=True)
        terminalreporter.line(small_disk.NOT_MOUNTED)
