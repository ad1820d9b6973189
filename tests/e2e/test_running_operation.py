"""A running city as its administrators see it: health, figures, ledger and check."""

import json
import subprocess
import urllib.error
import urllib.request

import pytest
from prometheus_client.parser import text_string_to_metric_families

from tests.support import running

pytestmark = pytest.mark.bot


def get(url, **headers):
    request = urllib.request.Request(url, headers=headers)
    try:
        with urllib.request.urlopen(request, timeout=10) as response:
            return response.status, response.read().decode()
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def figures(demo):
    code, page = get(f"{demo.url}/metrics")
    assert code == 200, page
    samples = [sample for family in text_string_to_metric_families(page) for sample in family.samples]
    return page, {(sample.name, *sorted(sample.labels.values())): sample.value for sample in samples}


def onthaal(demo, *words):
    return subprocess.run(
        [*running.ONTHAAL, *words],
        cwd=running.ROOT, env=demo.environment, capture_output=True, text=True, check=False, timeout=60,
    )  # fmt: skip


async def test_what_a_citizen_does_is_in_the_figures_and_in_the_ledger_and_their_words_are_not(demo):
    running.wait_until(lambda: figures(demo)[1]["onthaal_bot_ready",] == 1, 60, "the bot answers")
    before = figures(demo)[1]
    demo.send_mail("Hoe vraag ik een paspoort aan? Zwaluwstaart", sender="zwaluw@example.org")
    async with running.ChatClient(demo.url) as chat:
        await chat.ask("hoe vraag ik een paspoort aan? Zwaluwstaart")
        page, found = figures(demo)
        assert found["onthaal_chats_open",] == 1
    settled = ("onthaal_receipts_settled_total", "email", "message")
    running.wait_until(lambda: figures(demo)[1].get(settled, 0) > before.get(settled, 0), 15, "the mail is settled")
    page, found = figures(demo)
    assert "zwaluw" not in page.lower()
    assert found["onthaal_bot_call_seconds_count", "understand"] >= 2
    assert found["onthaal_store_commit_seconds_count",] > 0
    assert found["onthaal_parse_seconds_count", "email"] >= 1
    assert found["onthaal_channel_listening", "email"] == 1
    assert 0 <= found["onthaal_seconds_since_last_receipt", "email"] < 60
    assert found["process_resident_memory_bytes",] > 10_000_000
    ledger = json.loads(onthaal(demo, "ledger", "--json").stdout)
    assert ledger["closes"]
    assert ledger["total"]["received"] == sum(ledger["total"]["outcomes"].values()) >= 2


def test_health_is_200_and_the_figures_stay_on_this_machine(demo):
    code, said = get(f"{demo.url}/healthz")
    assert (code, json.loads(said)["status"]) == (200, "ok")
    assert get(f"{demo.url}/livez")[0] == 200
    assert get(f"{demo.url}/metrics", **{"X-Forwarded-For": "127.0.0.1"})[0] == 403


def test_check_knows_the_hub_that_runs(demo):
    done = onthaal(demo, "check", "--json")
    said = {line["name"]: (line["state"], line["says"]) for line in json.loads(done.stdout)}
    assert said["web"] == ("ok", f"de hub draait op 127.0.0.1:{demo.web_port}")
    assert done.returncode == 0, said
    assert next(iter(said)) == "demo"
    assert said["adres"][0] == said["database"][0] == said["inhoud"][0] == said["rechten"][0] == "ok", said
