"""Hostile mail on a hub that runs: always acknowledged, always visible, never slow for others."""

import asyncio
import re
import smtplib
import time

import aiohttp
import pytest

from tests.security import hostile
from tests.support import ledger, running

OURS = "info@voorbeeldstad.example"
READ_SECONDS = 2.0
BUSY_MACHINE_SECONDS = 2.0  # to start a new worker, to write, and for the other tests of a busy machine

LANES = 2
"""So many mails are sent and judged at the same time, each within its own bound."""


def send(hub: running.RunningDemo, sender: str, content: bytes) -> None:
    with smtplib.SMTP("127.0.0.1", hub.smtp_port, timeout=30, local_hostname="t") as client:
        client.ehlo()
        client.mail(sender)
        client.rcpt(OURS)
        code, said = client.data(content)
        assert code == 250, said


def outcome(hub: running.RunningDemo, sender: str) -> tuple[str, str, str | None] | None:
    """Id, outcome and message of the mail, once it has an outcome."""
    found = ledger.rows(
        hub, "SELECT id, outcome, outcome_ref FROM receipt WHERE instr(envelope, ?) AND outcome IS NOT NULL", sender
    )
    return found[0] if found else None


async def log_in(hub: running.RunningDemo, http: aiohttp.ClientSession) -> None:
    ((email,),) = ledger.rows(hub, "SELECT email FROM employee WHERE role = 'admin'")
    fields = {"email": email, "password": hub.logins()[email]}
    async with http.post(f"{hub.url}/inloggen", data=fields, allow_redirects=False) as answer:
        assert answer.status == 303


async def judge(hub: running.RunningDemo, http: aiohttp.ClientSession, number: int, name: str) -> float:
    """Send one, look at it as an employee does, and return the seconds it took beyond its bound."""
    sender = f"vijandig-{number}-@example.org"
    content = hostile.HOSTILE[name].replace(b"boef@", b"boef-%d@" % number)  # two of them alike would be one mail
    await asyncio.to_thread(send, hub, sender, content)
    began = time.monotonic()
    receipt, settled, message = await asyncio.to_thread(running.wait_until, lambda: outcome(hub, sender), 30, name)
    took = time.monotonic() - began
    if name in hostile.BOUNCES:
        assert settled == "bounce", name
    else:
        assert settled in {"message", "quarantined"}, (name, settled)
        await look(hub, http, name, sender, receipt, settled, message)
    return took - READ_SECONDS - 0.1 * len(content) / 1_048_576 - BUSY_MACHINE_SECONDS


async def look(
    hub: running.RunningDemo,
    http: aiohttp.ClientSession,
    name: str,
    sender: str,
    receipt: str,
    settled: str,
    message: str | None,
) -> None:
    """The mail is a person's work, with its source unchanged beside it."""
    (((contact, owner),)) = ledger.rows(
        hub, "SELECT number, owner FROM contact WHERE id = (SELECT contact_id FROM message WHERE id = ?)", message
    )
    assert owner in {"queue", "bot"}, name
    async with http.get(f"{hub.url}/werkplek/{contact}") as page:
        text = await page.text()
        assert page.status == 200, name
    assert f"/werkplek/bron/{receipt}" in text, f"no source beside {name}"
    async with http.get(f"{hub.url}/werkplek/bron/{receipt}") as source:
        assert await source.read() == ledger.raw_mails(hub, sender)[0], name
    if settled == "quarantined":
        assert "Onleesbaar bericht" in text, name
        async with http.get(f"{hub.url}/werkplek/onleesbaar") as page:
            assert receipt in await page.text(), name


@pytest.mark.timeout(240)
async def test_hostile_mail_is_read_or_parked_within_two_seconds_and_a_person_sees_it(hub):
    jar = aiohttp.CookieJar(unsafe=True)
    left = list(enumerate(hostile.HOSTILE))
    late: dict[str, float] = {}
    async with aiohttp.ClientSession(cookie_jar=jar) as http:
        await log_in(hub, http)

        async def lane() -> None:
            while left:
                number, name = left.pop()
                if (beyond := await judge(hub, http, number, name)) > 0:
                    late[name] = beyond

        async with asyncio.TaskGroup() as tasks:
            for _ in range(LANES):
                tasks.create_task(lane())
        assert late == {}
        async with http.get(f"{hub.url}/werkplek?zoek=onleesbaar&aantal=200") as page:
            assert len(re.findall(r'id="regel-', await page.text())) > 10


@pytest.mark.timeout(180)
async def test_a_pile_of_slow_mail_does_not_stop_the_chat(hub):
    slow = [asyncio.to_thread(send, hub, f"stapel-{n}-@example.org", hostile.SLOW(n)) for n in range(16)]
    await asyncio.gather(*slow)
    async with running.ChatClient(hub.url) as chat:
        began = time.monotonic()
        await chat.ask("ik wil een medewerker", seconds=30)
        answered_after = time.monotonic() - began
    open_still = ledger.rows(hub, "SELECT count(*) FROM receipt WHERE instr(envelope, 'stapel-') AND outcome IS NULL")[
        0
    ][0]
    assert open_still >= 4, "the pile was read before the chat began: it is not slow enough to prove anything"
    assert answered_after < 5
    await asyncio.to_thread(send, hub, "gewoon@example.org", b"From: gewoon@example.org\r\nSubject: x\r\n\r\nvraag\r\n")
    await asyncio.to_thread(running.wait_until, lambda: outcome(hub, "gewoon@"), 60, "a plain mail behind the pile")
    assert ledger.rows(hub, "SELECT count(*) FROM receipt WHERE instr(envelope, 'stapel-')") == [(16,)]


async def test_texts_with_zero_bytes_and_half_characters_stop_nothing(hub):
    headers = {"Authorization": f"Bearer {hub.token('contacts:write')}", "Content-Type": "application/json"}
    odd = [r"a\u0000b", r"\ud800", r"x\udfff\ud800x", r"\ud83d", "\\u202e\\u0007\\uffff", r"\u0000"]
    async with aiohttp.ClientSession(headers=headers) as http, running.ChatClient(hub.url) as chat:
        for number, text in enumerate(odd):
            body = (
                f'{{"from":{{"email":"odd@example.org","name":"{text}"}},"text":"x{text}","externalId":"odd-{number}"}}'
            )
            async with http.post(f"{hub.url}/api/v1/messages", data=body) as answer:
                assert answer.status in {202, 400, 422}, (text, answer.status, await answer.text())
            for kind in ("message", "details"):
                name = f"odd-{kind}-{number}"
                frame = f'{{"type":"{kind}","client_id":"{name}","text":"x{text}","name":"{text}"}}'
                await chat._socket.send_str(frame)
                await chat.until(
                    lambda name=name: name in chat.acks or [e for e in chat.errors if e["client_id"] == name]
                )
        last = await chat.send(text="en nu gewoon")
        await chat.until(lambda: [said for said in chat.messages if said["client_id"] == last])
    running.wait_until(
        lambda: not ledger.rows(hub, "SELECT 1 FROM receipt WHERE outcome IS NULL AND channel != 'email'"),
        20,
        "all read",
    )
    kept = ledger.rows(hub, "SELECT text FROM message WHERE channel IN ('webchat', 'api')")
    assert [text for (text,) in kept if "\x00" in text] == []
