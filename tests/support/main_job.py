"""The main job in a real browser: a mail and a chat become one record, and people answer."""

import json
import os
import subprocess

from tests.support import running


def work(citizens: running.RunningDemo, employees: running.RunningDemo) -> None:
    """Citizens at one hub, employees at another or the same. Fails with all that the browser said."""
    environment = {
        **os.environ,
        "HUB_URL": citizens.url,
        "DESK_URL": employees.url,
        "SMTP_PORT": str(citizens.smtp_port),
        "LOGINS": json.dumps(citizens.logins()),
    }
    done = subprocess.run(
        ["node", "tests/e2e/main_job.mjs"], cwd=running.ROOT, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
