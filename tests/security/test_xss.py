"""What a citizen sends never runs, for an employee or the citizen, in any field and any place that shows it."""

import asyncio
import http.server
import json
import os
import smtplib
import threading
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.security import vectors
from tests.support import ledger, running

SCRIPT = Path(__file__).with_name("xss.mjs")
OURS = "info@voorbeeldstad.example"
BROKEN = 3
TOGETHER = 8
"""So many vectors share one chat and one message of the API; each has a mail of its own."""


class Canary:
    """A server that nobody should ever ask anything."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        canary = self

        class Answer(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                canary.asked.append(self.path)
                self.send_response(204)
                self.end_headers()

            do_POST = do_GET  # noqa: N815 - the library's name

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Answer)
        self.url = f"http://127.0.0.1:{self.server.server_address[1]}"
        threading.Thread(target=self.server.serve_forever, daemon=True).start()


@pytest.fixture
def canary() -> Iterator[Canary]:
    made = Canary()
    yield made
    made.server.shutdown()
    made.server.server_close()


def send_mails(hub: running.RunningDemo, attacks: list[str]) -> None:
    with smtplib.SMTP("127.0.0.1", hub.smtp_port, timeout=30, local_hostname="t") as client:
        for number, attack in enumerate(attacks):
            client.sendmail(f"boef-{number}@example.org", [OURS], vectors.mail(number, attack))
        for number, attack in enumerate(attacks[:BROKEN]):
            sender = f'"<svg/onload=hit={number}>"@example.org'
            client.sendmail(sender, [OURS], vectors.broken_mail(number, attack))


async def chat_and_post(hub: running.RunningDemo, attacks: list[str]) -> None:
    headers = {"Authorization": f"Bearer {hub.token('contacts:write')}"}
    async with aiohttp.ClientSession(headers=headers) as client:
        for number in range(0, len(attacks), TOGETHER):
            some = attacks[number : number + TOGETHER]
            async with running.ChatClient(hub.url) as chat:
                for words in ({"text": f"raak {' '.join(some)}"}, {"text": some[0]}):
                    said = await chat.send(**words)
                    await chat.until(lambda said=said: said in chat.acks)
                given = await chat.send("details", name=some[1][:120], email=f"chat-{number}@example.org")
                await chat.until(lambda given=given: given in chat.acks)
            body = {
                "from": {"email": f"api-{number}@example.org", "name": some[2][:200]},
                "subject": f"raak {some[3]}", "text": " ".join(some), "externalId": f"raak-{number}",
            }  # fmt: skip
            async with client.post(f"{hub.url}/api/v1/messages", json=body) as answer:
                assert answer.status == 202, await answer.text()


def plan(hub: running.RunningDemo, canary: Canary, attacks: list[str]) -> dict[str, object]:
    """Where the browser has to look."""
    logins = hub.logins()
    ((email,),) = ledger.rows(hub, "SELECT email FROM employee WHERE role = 'admin'")
    marked = "(SELECT contact_id FROM message WHERE instr(text, 'raak') OR instr(subject, 'raak') OR html IS NOT NULL)"
    column = lambda statement: [row[0] for row in ledger.rows(hub, statement)]  # noqa: E731 - short
    files = column("SELECT id FROM attachment LIMIT 3")
    receipts = column("SELECT id FROM receipt WHERE outcome = 'quarantined' AND instr(envelope, 'onload') > 0 LIMIT 3")
    return {
        "hub": hub.url,
        "canary": canary.url,
        "email": email,
        "password": logins[email],
        "numbers": column(f"SELECT number FROM contact WHERE id IN {marked} ORDER BY number"),
        "markup": column("SELECT id FROM message WHERE html IS NOT NULL"),
        "downloads": [*(f"/werkplek/bijlage/{one}" for one in files), *(f"/werkplek/bron/{one}" for one in receipts)],
        "vectors": attacks,
    }


@pytest.mark.browser
@pytest.mark.timeout(240)
async def test_nothing_that_a_citizen_sends_runs_in_any_browser(hub, canary):
    attacks = vectors.all_of(canary.url)
    await asyncio.to_thread(send_mails, hub, attacks)
    await chat_and_post(hub, attacks)
    running.wait_until(
        lambda: not ledger.rows(hub, "SELECT 1 FROM receipt WHERE outcome IS NULL"), 60, "everything is read"
    )
    wanted = plan(hub, canary, attacks)
    assert len(wanted["numbers"]) >= len(attacks) + 2 * len(attacks) // TOGETHER
    assert len(wanted["markup"]) >= len(attacks) - 2
    assert len(wanted["downloads"]) == 6
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), env={**os.environ, "PLAN": json.dumps(wanted)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        shown, faults = await asyncio.wait_for(process.communicate(), 200)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, faults.decode()[-3000:]
    seen = json.loads(shown)
    assert seen["ran"] == []
    assert seen["wrongLinks"] == []
    assert canary.asked == []
    assert len(seen["control"]) >= 25, "too few vectors run on a page without defence"
    assert {number % len(vectors.SHOTS) for number in seen["control"]} == set(range(len(vectors.SHOTS)))
    assert seen["places"] >= len(wanted["numbers"]) + len(wanted["markup"])
    assert seen["downloads"] == len(wanted["downloads"])
    assert seen["said"] >= len(attacks)
    for place, found in seen["inline"].items():
        assert found["hit"] is None, place
        assert {"script-src-elem", "script-src-attr", "frame-src", "object-src", "eval", "fetch", "base-uri",
                "form-action", "style-src-elem"} <= set(found["stopped"]), place  # fmt: skip
