"""`<onthaal-chat>` in a real browser, against a hub that says what the checks want."""

import subprocess

import pytest

from tests.support import running


@pytest.mark.browser
@pytest.mark.timeout(300)
def test_the_chat_works_in_a_browser():
    done = subprocess.run(
        ["node", "tests/web/chat_component.mjs"], cwd=running.ROOT, stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
        text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
