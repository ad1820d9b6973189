"""The main job in a real browser with a real mail client, on a hub that runs as `make run` starts it."""

import json
import os
import subprocess

import pytest

from tests.support import running

pytestmark = [pytest.mark.bot, pytest.mark.browser]


@pytest.mark.timeout(300)
def test_a_mail_and_a_chat_become_one_record_and_people_answer_them(demo):
    environment = {
        **os.environ,
        "HUB_URL": demo.url,
        "SMTP_PORT": str(demo.smtp_port),
        "LOGINS": json.dumps(demo.logins()),
    }
    done = subprocess.run(
        ["node", "tests/e2e/main_job.mjs"], cwd=running.ROOT, env=environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=280, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout


def test_the_command_line_works_beside_a_running_hub(demo):
    token = demo.token("contacts:read", "products:read")
    assert token.startswith("onthaal_")
    checked = subprocess.run(
        [*running.ONTHAAL, "catalogue", "import", "demo/voorbeeldstad/products"],
        cwd=running.ROOT, env=demo.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert "0 gewijzigd" in checked.stdout
