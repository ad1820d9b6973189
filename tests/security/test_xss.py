"""What a citizen sends never runs, for an employee or the citizen, in any field and any place that shows it."""

import asyncio
import http.server
import json
import os
import smtplib
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import aiohttp
import pytest

from tests.security import hostile, vectors
from tests.support import ledger, running

SCRIPT = Path(__file__).with_name("xss.mjs")
OURS = "info@voorbeeldstad.example"
BROKEN = 3
BROWSER_SECONDS = 240
TOGETHER = 8
"""So many vectors share the text of a message of the API, and so many chats are held at the same time."""
HARMLESS = "ik heb een vraag"
SOME = 28
"""So many vectors are also the name in a chat, and the name and subject of a message of the API; of so many mails the
conversation is opened, and the HTML of all mails."""
SAMPLE = 4
"""So many conversations of the API and of the chat are opened; the lists show them all."""


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
        client.sendmail("boef-diep@example.org", [OURS], hostile.HOSTILE["tables in tables"])


async def chat_once(hub: running.RunningDemo, number: int, attack: str) -> None:
    """A citizen whose every word and name is one vector."""
    async with running.ChatClient(hub.url) as chat:
        said = await chat.send(text=f"raak {attack}")
        await chat.until(lambda: said in chat.acks)
        given = await chat.send("details", name=attack[:120], email=f"chat-{number}@example.org")
        await chat.until(lambda: given in chat.acks)


async def chat_all(hub: running.RunningDemo, attacks: list[str]) -> str:
    """One chat with every vector as a message; returns its token."""
    async with running.ChatClient(hub.url) as chat:
        for text in (HARMLESS, *attacks):
            await chat.send(text=text)
        await chat.until(lambda: len(chat.acks) == 1 + len(attacks))
        assert chat.token is not None
        return chat.token


async def post_all(hub: running.RunningDemo, attacks: list[str]) -> None:
    headers = {"Authorization": f"Bearer {await asyncio.to_thread(hub.token, 'contacts:write')}"}
    async with aiohttp.ClientSession(headers=headers) as client:
        for number, attack in enumerate(attacks[:SOME]):
            some = attacks[number : number + TOGETHER]
            body = {
                "from": {"email": f"api-{number}@example.org", "name": attack[:200]},
                "subject": f"raak {attack}", "text": " ".join(some), "externalId": f"raak-{number}",
            }  # fmt: skip
            async with client.post(f"{hub.url}/api/v1/messages", json=body) as answer:
                assert answer.status == 202, await answer.text()


async def chat_and_post(hub: running.RunningDemo, attacks: list[str]) -> str:
    posting = asyncio.create_task(post_all(hub, attacks))
    token = await chat_all(hub, attacks)
    for first in range(0, SOME, TOGETHER):
        async with asyncio.TaskGroup() as tasks:
            for number in range(first, min(first + TOGETHER, SOME)):
                tasks.create_task(chat_once(hub, number, attacks[number]))
    await posting
    return token


def plan(hub: running.RunningDemo, canary: Canary, attacks: list[str], token: str) -> dict[str, object]:
    """Where the browser has to look."""
    logins = hub.logins()
    ((email,),) = ledger.rows(hub, "SELECT email FROM employee WHERE role = 'admin'")

    def column(statement: str) -> list[str]:
        return [row[0] for row in ledger.rows(hub, statement)]

    def numbers(condition: str, most: int) -> list[str]:
        marked = f"SELECT contact_id FROM message WHERE direction = 'in' AND {condition}"
        return column(f"SELECT number FROM contact WHERE id IN ({marked}) ORDER BY id LIMIT {most}")

    files = column("SELECT id FROM attachment LIMIT 3")
    receipts = column("SELECT id FROM receipt WHERE outcome = 'quarantined' AND instr(envelope, 'onload') > 0 LIMIT 3")
    return {
        "hub": hub.url,
        "canary": canary.url,
        "email": email,
        "password": logins[email],
        "chat": token,
        "whole": numbers(f"channel = 'webchat' AND text LIKE '{HARMLESS}%'", 1)[0],
        "numbers": [
            *numbers("channel = 'email' AND instr(subject, 'raak')", SOME),
            *numbers("channel = 'email' AND instr(text, 'raak') = 0", BROKEN),
            *numbers("channel = 'api' AND instr(subject, 'raak')", SAMPLE),
            *numbers("channel = 'webchat' AND instr(text, 'raak')", SAMPLE),
        ],
        "markup": column("SELECT id FROM message WHERE html IS NOT NULL ORDER BY length(html) DESC"),
        "downloads": [*(f"/werkplek/bijlage/{one}" for one in files), *(f"/werkplek/bron/{one}" for one in receipts)],
        "vectors": attacks,
    }


async def walk(wanted: dict[str, object]) -> dict[str, Any]:
    """What the browser saw."""
    process = await asyncio.create_subprocess_exec(
        "node", str(SCRIPT), env={**os.environ, "PLAN": json.dumps(wanted)},
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.PIPE,
    )  # fmt: skip
    try:
        shown, faults = await asyncio.wait_for(process.communicate(), BROWSER_SECONDS)
    finally:
        if process.returncode is None:
            process.kill()
    assert process.returncode == 0, faults.decode()[-3000:]
    return json.loads(shown)


@pytest.mark.browser
@pytest.mark.timeout(300)
async def test_nothing_that_a_citizen_sends_runs_in_any_browser(hub, canary):
    attacks = vectors.all_of(canary.url)
    await asyncio.to_thread(send_mails, hub, attacks)
    token = await chat_and_post(hub, attacks)
    running.wait_until(
        lambda: not ledger.rows(hub, "SELECT 1 FROM receipt WHERE outcome IS NULL"), 60, "everything is read"
    )
    wanted = plan(hub, canary, attacks, token)
    assert len(wanted["numbers"]) == SOME + BROKEN + 2 * SAMPLE
    assert len(wanted["markup"]) >= len(attacks) - 2
    assert len(wanted["downloads"]) == 6
    seen = await walk(wanted)

    assert seen["ran"] == []
    assert seen["wrongLinks"] == []
    assert [path for path in canary.asked if not path.startswith("/control/")] == []
    assert seen["places"] >= len(wanted["numbers"]) + len(wanted["markup"])
    assert seen["framed"] >= SOME - 2, "frames of mails were not loaded in their conversations"
    assert seen["downloads"] == len(wanted["downloads"])
    assert seen["said"] >= len(attacks)
    assert seen["live"] > len(attacks), "nothing came into the open conversation while the citizen wrote"
    for place, found in seen["inline"].items():
        assert found["hit"] is None, place
        assert {"script-src-elem", "script-src-attr", "frame-src", "object-src", "eval", "fetch", "base-uri",
                "form-action", "style-src-elem"} <= set(found["stopped"]), place  # fmt: skip

    assert len(seen["control"]) >= 25, "too few vectors run on a page without defence"
    assert {number % len(vectors.SHOTS) for number in seen["control"]} == set(range(len(vectors.SHOTS)))
    assert len(canary.asked) >= 5, "the canary does not hear the vectors of the page without defence"
