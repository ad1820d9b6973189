"""No log and no screen of the hub holds what a citizen or an employee said, or who they are; at DEBUG neither."""

import asyncio
import os
import re
import signal
import smtplib
from email.message import EmailMessage
from pathlib import Path

import aiohttp
import pytest

from tests.support import ledger, running

NAME = "Zonnebloem-Sentinel"
ADDRESS = "verborgen.sentinel"
TEXT = "klaproosgeheim"
PHONE = "0499887766"
FILE = "geheimbestand-sentinel"
EMPLOYEE_TEXT = "korenbloemnotitie"
SECRETS = (NAME, ADDRESS, TEXT, PHONE, PHONE[1:], FILE, EMPLOYEE_TEXT)
OURS = "info@voorbeeldstad.example"


class Employee:
    """An employee's browser: fills in the token of the page, and gives up on nothing that the hub refuses."""

    def __init__(self, demo: running.RunningDemo, http: aiohttp.ClientSession) -> None:
        self._demo = demo
        self._http = http
        self._csrf = ""
        self.statuses: dict[str, int] = {}

    async def log_in(self, role: str) -> None:
        ((email,),) = ledger.rows(self._demo, "SELECT email FROM employee WHERE role = ? ORDER BY id LIMIT 1", role)
        for password in (f"{TEXT} fout", self._demo.logins()[email]):
            await self.post("/inloggen", email=email, password=password)
        page = await self.get("/werkplek")
        found = re.search(r'name="csrf" value="([^"]+)"', page)
        assert found is not None
        self._csrf = found[1]

    async def get(self, path: str) -> str:
        async with self._http.get(self._demo.url + path) as answer:
            return await answer.text(errors="replace")

    async def post(self, path: str, **fields: str) -> str:
        headers = {"Origin": self._demo.url}
        async with self._http.post(
            self._demo.url + path, data={"csrf": self._csrf, **fields}, headers=headers, allow_redirects=False
        ) as answer:
            self.statuses[path.rpartition("/")[2]] = answer.status
            return await answer.text(errors="replace")


def mails(demo: running.RunningDemo) -> None:
    """A plain mail, one with a file and HTML, one that nobody can read, one that is refused."""
    with smtplib.SMTP("127.0.0.1", demo.smtp_port, timeout=20, local_hostname=TEXT) as client:
        for number in range(3):
            mail = EmailMessage()
            mail["From"] = f'"{NAME}" <{ADDRESS}@example.org>'
            mail["Subject"], mail["Message-ID"] = f"paspoort {TEXT}", f"<{TEXT}-{number}@example.org>"
            mail.set_content(f"Hoe vraag ik een paspoort aan? {TEXT} {PHONE} {number}")
            if number:
                mail.add_alternative(f"<p>{TEXT}</p>", subtype="html")
                mail.add_attachment(b"x", maintype="application", subtype="pdf", filename=f"{FILE}.pdf")
            client.sendmail(f"{ADDRESS}@example.org", [OURS], mail.as_bytes())
        client.sendmail(f"{ADDRESS}@example.org", [OURS], f"{TEXT} is geen mail".encode())
        client.sendmail("", [OURS], f"From: {ADDRESS}@example.org\r\nSubject: Re: {TEXT}\r\n\r\n{TEXT}".encode())
        assert client.docmd(f"RCPT TO:<{ADDRESS}@elders.example>")[0] >= 400
        assert client.docmd(TEXT)[0] >= 400


async def chats(demo: running.RunningDemo) -> None:
    """Questions, wrong frames, and every kind of frame that is right."""
    async with running.ChatClient(demo.url) as chat:
        await chat.ask(f"hoe vraag ik een paspoort aan? {TEXT}")
        for frame in (f"{TEXT}", '{"type":"' + TEXT + '"}', '{"type":"message","client_id":"' + TEXT + '!","text":1}'):
            await chat._socket.send_str(frame)
        await chat.send(text=TEXT * 1_000)
        await chat.send("choice", choice=TEXT, text=TEXT)
        await chat.send("human", text=f"ik wil een medewerker {TEXT}")
        await chat.send("details", name=NAME, email=f"{ADDRESS}@example.org", phone=PHONE)
        await chat.send("details", name=NAME, email=f"{ADDRESS} geen adres", phone=PHONE)
        last = await chat.send(text=f"nog iets over {TEXT}")
        await chat.until(lambda: last in chat.acks)


async def posts(demo: running.RunningDemo) -> None:
    """Messages by the API, right and wrong."""
    headers = {"Authorization": f"Bearer {demo.token('contacts:write', 'contacts:read')}"}
    person = {"name": NAME, "email": f"{ADDRESS}@example.org"}
    bodies = [
        {"from": person, "subject": TEXT, "text": TEXT, "externalId": "een"},
        {"from": {"name": NAME, "phone": PHONE}, "text": TEXT, "externalId": "twee"},
        {"from": person | {"phone": TEXT}, "text": 1, "language": TEXT},
        {TEXT: TEXT},
    ]
    async with aiohttp.ClientSession(headers=headers) as http:
        for body in bodies:
            async with http.post(f"{demo.url}/api/v1/messages", json=body) as answer:
                await answer.read()
        for path in (
            f"/api/v1/{TEXT}",
            f"/api/v1/contacts/{TEXT}",
            f"/api/v1/contacts?number={TEXT}",
            f"/{TEXT}?{TEXT}",
        ):
            async with http.get(demo.url + path) as answer:
                await answer.read()


async def acts(demo: running.RunningDemo) -> dict[str, int]:
    """Everything that an employee can do, with the sentinel in every field."""
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as http:
        lead = Employee(demo, http)
        await lead.log_in("admin")
        numbers = [n for (n,) in ledger.rows(demo, "SELECT number FROM contact WHERE owner = 'queue' ORDER BY number")]
        assert len(numbers) >= 3
        groups = [g for (g,) in ledger.rows(demo, "SELECT id FROM handler_group ORDER BY id")]
        for number in numbers:
            at = f"/werkplek/{number}"
            await lead.get(at)
            for path, fields in (
                ("neem", {}),
                ("typt", {}),
                ("notitie", {"text": f"{EMPLOYEE_TEXT} {TEXT}"}),
                ("antwoord", {"text": f"{EMPLOYEE_TEXT} voor {NAME}", "daarna": "employee"}),
                ("antwoord", {"text": "", "daarna": EMPLOYEE_TEXT}),
                ("wacht", {}),
                ("neem-op", {}),
                ("leg-terug", {"reason": EMPLOYEE_TEXT}),
                ("neem", {}),
                ("doorsturen", {"group": EMPLOYEE_TEXT, "reason": EMPLOYEE_TEXT}),
                ("doorsturen", {"group": groups[0], "reason": EMPLOYEE_TEXT}),
                ("haal-terug", {}),
                ("neem", {}),
                ("rond-af", {}),
            ):
                await lead.post(f"{at}/{path}", **fields)
        for path in (
            f"/werkplek?zoek={TEXT}", f"/werkplek?lijst={TEXT}", "/werkplek/onleesbaar", f"/werkplek/bron/{TEXT}",
            f"/werkplek/bijlage/{TEXT}", f"/werkplek/{numbers[0]}/deel/product/{TEXT}", f"/inloggen?naar={TEXT}",
        ):  # fmt: skip
            await lead.get(path)
        for table, path in (("attachment", "bijlage"), ("receipt", "bron")):
            for (one,) in ledger.rows(demo, f"SELECT id FROM {table}"):
                await lead.get(f"/werkplek/{path}/{one}")
        for (one,) in ledger.rows(demo, "SELECT id FROM message WHERE html IS NOT NULL"):
            await lead.get(f"/werkplek/bericht/{one}/opmaak")
        await lead.post("/werkplek/volgende")
        await lead.post("/werkplek/werk/1/opnieuw")
        await lead.post("/uitloggen")
        return lead.statuses


@pytest.mark.bot
@pytest.mark.timeout(240)
async def test_no_log_and_no_screen_says_what_was_said_or_who_said_it(tmp_path):
    screen = tmp_path / "screen.txt"
    demo = running.RunningDemo(tmp_path / "data", ONTHAAL_LOG_LEVEL="DEBUG", PYTHONASYNCIODEBUG="0")
    demo.start()
    keeping = asyncio.create_task(asyncio.to_thread(_keep_screen, demo, screen))
    await asyncio.to_thread(mails, demo)
    await chats(demo)
    await posts(demo)
    os.kill(demo.bot_pid(), signal.SIGKILL)
    await asyncio.to_thread(mails, demo)
    async with running.ChatClient(demo.url) as chat:
        await chat.ask(f"en zonder bot? {TEXT}")
    await asyncio.to_thread(
        running.wait_until, lambda: not ledger.rows(demo, "SELECT 1 FROM receipt WHERE outcome IS NULL"), 40, "all read"
    )
    statuses = await acts(demo)
    assert demo.process is not None
    demo.process.send_signal(signal.SIGINT)
    await keeping
    assert demo.process.wait(30) == 0
    demo.process.stdout.close()
    assert set(statuses) >= {"neem", "notitie", "antwoord", "doorsturen", "haal-terug", "leg-terug", "wacht", "rond-af"}
    assert statuses["notitie"] < 400 or statuses["antwoord"] < 400, statuses
    assert ledger.rows(demo, "SELECT 1 FROM message WHERE instr(text, ?) LIMIT 1", EMPLOYEE_TEXT)
    logs = {path.name: path.read_text(errors="replace") for path in (demo.data_dir / "log").iterdir()}
    assert {"hub.log", "bot.log"} <= set(logs)
    assert '"level": "debug"' in logs["hub.log"] or "received" in logs["hub.log"]
    shown = {**logs, "screen": screen.read_text()}
    found = [(name, word) for name, text in shown.items() for word in SECRETS if word.lower() in text.lower()]
    assert found == []


def _keep_screen(demo: running.RunningDemo, kept: Path) -> None:
    """Everything that the hub says on its standard output and error until it ends."""
    assert demo.process is not None
    assert demo.process.stdout is not None
    kept.write_text(demo.process.stdout.read())
