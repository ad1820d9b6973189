"""Hostile mail on a hub that runs: always acknowledged, always visible, never slow for others."""

import asyncio
import re
import smtplib
import time
from collections.abc import Iterator
from typing import NamedTuple

import aiohttp
import pytest

from tests.security import hostile
from tests.support import effort, ledger, running

OURS = "info@voorbeeldstad.example"
READ_SECONDS = 2.0
READ_SECONDS_PER_MEGABYTE = 0.1
"""Bounds of the reading, in processor time of its processes; see `sandbox.Sandbox`."""
KEEP_SECONDS = 0.5
KEEP_SECONDS_PER_MEGABYTE = 0.03
"""What taking a mail and parking it may cost the hub's own process, which serves everybody else meanwhile."""
SETTLED_SECONDS = 30
"""However busy the machine is; a wait of the hub's own would show as a retry."""
PILE = 32
PILE_SECONDS = 0.4


class Settled(NamedTuple):
    """What came of one hostile mail: `outcome` is the receipt's, `message` the id of what a person sees."""

    name: str
    sender: str
    receipt: str
    outcome: str
    message: str | None
    fault: str
    """That it cost too much, or empty."""


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


async def settle(hub: running.RunningDemo, number: int, name: str) -> Settled:
    """Send one and wait for its outcome."""
    sender = f"vijandig-{number}-@example.org"
    content = hostile.HOSTILE[name].replace(b"boef@", b"boef-%d@" % number)  # two of them alike would be one mail
    before = effort.of(hub.pid)
    await asyncio.to_thread(send, hub, sender, content)
    end = time.monotonic() + SETTLED_SECONDS
    while (found := await asyncio.to_thread(outcome, hub, sender)) is None:
        assert time.monotonic() < end, name
        await asyncio.sleep(0.02)
    spent = effort.of(hub.pid) - before
    megabytes = len(content) / 1_048_576
    is_late = spent.children > READ_SECONDS + READ_SECONDS_PER_MEGABYTE * megabytes
    is_dear = spent.own > KEEP_SECONDS + KEEP_SECONDS_PER_MEGABYTE * megabytes
    return Settled(name, sender, *found, fault=f"{name}: {spent}" if is_late or is_dear else "")


async def look(hub: running.RunningDemo, http: aiohttp.ClientSession, mail: Settled) -> None:
    """The mail is a person's work, with its source unchanged beside it."""
    name, sender, receipt, settled, message, _ = mail
    if name in hostile.BOUNCES:
        assert settled == "bounce", name
        return
    assert settled in {"message", "quarantined"}, (name, settled)
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


async def ends_of_reading(hub: running.RunningDemo, http: aiohttp.ClientSession) -> dict[str, float]:
    """How jobs that read a mail ended so far. One that is put off waits, which costs no processor time."""
    async with http.get(f"{hub.url}/metrics") as page:
        found = re.findall(r"onthaal_jobs_ended_total\{(.*)\} (\S+)", await page.text())
    ends = ((dict(re.findall(r'(\w+)="(\w+)"', labels)), float(count)) for labels, count in found)
    return {labels["end"]: count for labels, count in ends if labels["kind"] == "parse_untrusted"}


@pytest.mark.timeout(240)
async def test_hostile_mail_is_read_or_parked_within_two_seconds_and_a_person_sees_it(hub):
    await asyncio.to_thread(send, hub, "opwarmen@example.org", b"Subject: x\r\n\r\nx\r\n")
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        await log_in(hub, http)
        before = await ends_of_reading(hub, http)
        found = [await settle(hub, number, name) for number, name in enumerate(hostile.HOSTILE)]
        assert [mail.fault for mail in found if mail.fault] == []
        after = await ends_of_reading(hub, http)
        assert {end for end, count in after.items() if count != before.get(end)} == {"done"}
        for mail in found:
            await look(hub, http, mail)
        async with http.get(f"{hub.url}/werkplek?zoek=onleesbaar&aantal=200") as page:
            assert len(re.findall(r'id="regel-', await page.text())) > 10


@pytest.fixture
def impatient(tmp_path) -> Iterator[running.RunningDemo]:
    """A hub that reads one mail at a time and soon gives up, so that a pile is a pile and yet is over soon."""
    less = {"ONTHAAL_PARSE_SECONDS": str(PILE_SECONDS), "ONTHAAL_PARSE_WORKERS": "1"}
    many = {"ONTHAAL_CHANNELS__EMAIL__MAX_CONNECTIONS_PER_IP": "100"}
    demo = running.RunningDemo(tmp_path, **running.NO_BOT, **less, **many).start()
    yield demo
    demo.stop()


def read_of_pile(hub: running.RunningDemo) -> int:
    found = "SELECT count(*) FROM receipt WHERE instr(envelope, 'stapel-') AND outcome IS NOT NULL"
    return ledger.rows(hub, found)[0][0]


@pytest.mark.timeout(180)
async def test_a_pile_of_slow_mail_does_not_stop_the_chat(impatient):
    """Told by order, not by time: without a share of its own the chat comes after all but the last 16 of the pile."""
    async with running.ChatClient(impatient.url) as chat:
        async with asyncio.TaskGroup() as tasks:
            for number in range(PILE):
                tasks.create_task(
                    asyncio.to_thread(send, impatient, f"stapel-{number}-@example.org", hostile.SLOW(number))
                )
        read_before = read_of_pile(impatient)
        await chat.ask("ik wil een medewerker", seconds=90)
        read_meanwhile = read_of_pile(impatient) - read_before
    assert PILE - read_before >= 24, "the pile was read before the chat began: it is not slow enough to prove anything"
    assert read_meanwhile <= 4
    plain = b"From: gewoon@example.org\r\nSubject: x\r\n\r\nvraag\r\n"
    await asyncio.to_thread(send, impatient, "gewoon@example.org", plain)
    await asyncio.to_thread(running.wait_until, lambda: outcome(impatient, "gewoon@"), 90, "a mail behind the pile")
    assert ledger.rows(impatient, "SELECT count(*) FROM receipt WHERE instr(envelope, 'stapel-')") == [(PILE,)]


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
