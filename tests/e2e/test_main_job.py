"""The main job in a real browser with a real mail client, on a hub that runs as `make run` starts it."""

import subprocess

import pytest

from tests.support import main_job, running

pytestmark = [pytest.mark.bot, pytest.mark.browser]


@pytest.mark.timeout(300)
def test_a_mail_and_a_chat_become_one_record_and_people_answer_them(demo):
    main_job.work(demo, demo)


def test_the_command_line_works_beside_a_running_hub(demo):
    token = demo.token("contacts:read", "products:read")
    assert token.startswith("onthaal_")
    checked = subprocess.run(
        [*running.ONTHAAL, "catalogue", "import", "demo/voorbeeldstad/products"],
        cwd=running.ROOT, env=demo.environment, capture_output=True, text=True, timeout=60, check=False,
    )  # fmt: skip
    assert checked.returncode == 0, checked.stderr
    assert "0 gewijzigd" in checked.stdout
