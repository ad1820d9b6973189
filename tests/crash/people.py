"""Citizens and employees of a campaign. They do what people and their programs do: try again with the same thing."""

import asyncio
import contextlib
import json
import random
import re
from collections.abc import Callable
from email.message import EmailMessage
from typing import Any, Protocol

import aiohttp
import aiosmtplib

from tests.crash import history as history_module
from tests.crash import hub as hub_module
from tests.crash import relay as relay_module

QUESTIONS = (
    "Hoe vraag ik een paspoort aan?",
    "Er ligt al een week een oude fiets tegen de boom voor mijn huis.",
    "Ik heb een brief gekregen en begrijp hem niet. Kan iemand mij bellen?",
)
BROKEN = (OSError, aiohttp.ClientError, aiosmtplib.SMTPException, asyncio.TimeoutError, asyncio.IncompleteReadError)


class Post(Protocol):
    """How a mail gets to the hub: the citizen's side of the wire."""

    async def send(self, sender: str, to: str, content: bytes, name: str) -> None:
        """Return when it is acknowledged. `name` is its Message-ID."""
        ...

    async def drained(self) -> None:
        """Return when everything that was acknowledged is with the hub."""
        ...


class Direct:
    """A mail server that speaks to the hub itself and comes again until the hub says 250."""

    def __init__(self, hub: hub_module.Hub, history: history_module.History) -> None:
        self._hub = hub
        self._history = history

    async def send(self, sender: str, to: str, content: bytes, name: str) -> None:
        while True:
            self._history.note("mail_sent", name)
            relay = aiosmtplib.SMTP(hostname="127.0.0.1", port=self._hub.smtp_port, timeout=15)
            try:
                await relay.connect()
                await relay.sendmail(sender, [to], content)
            except (aiosmtplib.SMTPResponseException, aiosmtplib.SMTPRecipientsRefused) as fault:
                code = fault.recipients[0].code if isinstance(fault, aiosmtplib.SMTPRecipientsRefused) else fault.code
                if 500 <= code < 600:
                    self._history.refused.append(name)
                    return
            except BROKEN:
                pass
            else:
                self._history.note("mail_kept", name)
                with contextlib.suppress(*BROKEN):
                    await relay.quit()
                return
            finally:
                relay.close()
            await asyncio.sleep(0.1)

    async def drained(self) -> None:
        """There is nothing between: the hub itself acknowledged."""


class Citizens:
    """Write mails and chat until told to stop; what was begun is carried through."""

    def __init__(
        self,
        hub: hub_module.Hub,
        relay: relay_module.Relay,
        post: Post,
        history: history_module.History,
        rng: random.Random,
        pause_seconds: float,
    ) -> None:
        self._hub = hub
        self._relay = relay
        self._post = post
        self._history = history
        self._rng = rng
        self._pause_seconds = pause_seconds
        self._count = 0
        self.enough = asyncio.Event()

    async def run(self, mailers: int, chatters: int) -> None:
        async with asyncio.TaskGroup() as tasks:
            for _ in range(mailers):
                tasks.create_task(self._again(self._mail))
            for _ in range(chatters):
                tasks.create_task(self._again(self._chat))

    async def _again(self, one: Callable[[int], Any]) -> None:
        while not self.enough.is_set():
            self._count += 1
            await one(self._count)
            await self._pause()

    async def _pause(self) -> None:
        await asyncio.sleep(self._rng.uniform(0.2, 1.8) * self._pause_seconds)

    async def _mail(self, number: int) -> None:
        """A question, and often an answer to what the city wrote back."""
        sender = f"burger-{number}@example.org"
        names = self._history.threads[sender] = []
        to, headers = hub_module.OURS, {"Subject": f"Vraag {number}"}
        for turn in range(self._rng.choice((1, 2, 2, 3))):
            mail = EmailMessage()
            mail["From"], mail["To"], mail["Message-ID"] = (
                f"Burger {number} <{sender}>",
                to,
                f"<{number}-{turn}@example.org>",
            )
            for name, value in headers.items():
                mail[name] = value
            mail.set_content(f"{self._rng.choice(QUESTIONS)}\n\nGroeten van burger {number}, bericht {turn}.")
            names.append(str(mail["Message-ID"]))
            await self._post.send(sender, to, mail.as_bytes(policy=mail.policy.clone(linesep="\r\n")), names[-1])
            if self.enough.is_set():
                return
            try:
                answer = (await self._relay.until(lambda: self._relay.to(sender), 4))[-1]
            except TimeoutError:
                return
            to = str(answer.mail["Reply-To"]).partition("<")[2].partition(">")[0] or str(answer.mail["Reply-To"])
            headers = {"Subject": f"Re: {answer.mail['Subject']}", "In-Reply-To": answer.message_id}
            await self._pause()

    async def _chat(self, number: int) -> None:
        """A chat as the component holds it: what has no ack is sent again after the next welcome."""
        chat = history_module.Chat(has_left=self._rng.random() < 0.25)
        wanted = [(f"burger-{number}-bericht-{turn}", self._text(turn)) for turn in range(self._rng.randint(1, 4))]
        while True:
            with contextlib.suppress(*BROKEN, ConnectionError):
                if await self._connected(chat, wanted):
                    return
            if self.enough.is_set() and chat.token is None:
                return
            await asyncio.sleep(0.1)

    def _text(self, turn: int) -> str:
        return "Ik wil een medewerker spreken." if turn == 1 else self._rng.choice(QUESTIONS)

    async def _connected(self, chat: history_module.Chat, wanted: list[tuple[str, str]]) -> bool:
        """One connection; True when everything was said and, unless this citizen left, seen."""
        async with (
            asyncio.timeout(20),
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self._hub.url}/chat/socket") as socket,
        ):
            after = 0 if chat.has_left else max(chat.shown, default=0)
            await socket.send_json({"type": "hello", "token": chat.token, "after": after, "language": "nl"})
            welcome = await _frame(socket)
            if chat.token is None:
                chat.token = str(welcome["token"])
                self._history.chats.append(chat)
            for client_id, text in wanted:
                if client_id in chat.said:
                    continue
                self._history.note("chat_sent", client_id)
                await socket.send_json({"type": "message", "client_id": client_id, "text": text, "language": "nl"})
                await self._read(socket, chat, until=client_id)
                chat.said.append(client_id)
                self._history.note("chat_kept", client_id)
                await asyncio.sleep(self._rng.uniform(0, 0.3))
            if not chat.has_left:
                with contextlib.suppress(TimeoutError):
                    async with asyncio.timeout(self._rng.uniform(0.5, 2.5)):
                        await self._read(socket, chat, until=None)
            return True

    async def _read(
        self, socket: aiohttp.ClientWebSocketResponse, chat: history_module.Chat, until: str | None
    ) -> None:
        """Show what comes and confirm it, until this message has its ack."""
        async for received in socket:
            frame = json.loads(received.data)
            if frame["type"] == "message" and not chat.has_left:
                before = chat.shown.setdefault(frame["seq"], frame["id"])
                chat.twice_differently += before != frame["id"]
                await socket.send_json({"type": "delivered", "seq": frame["seq"]})
                chat.confirmed = max(chat.confirmed, frame["seq"])
            elif frame["type"] == "ack" and frame["client_id"] == until:
                return
        raise ConnectionError

    async def look_again(self, chat: history_module.Chat) -> None:
        """After the campaign: open the chat once more, with everything from the start."""
        async with (
            aiohttp.ClientSession() as session,
            session.ws_connect(f"{self._hub.url}/chat/socket") as socket,
        ):
            await socket.send_json({"type": "hello", "token": chat.token, "after": 0, "language": "nl"})
            last = int((await _frame(socket))["seq"])
            while len(chat.shown) < last:
                async with asyncio.timeout(10):
                    frame = await _frame(socket)
                if frame["type"] == "message":
                    chat.twice_differently += chat.shown.setdefault(frame["seq"], frame["id"]) != frame["id"]
            await socket.send_json({"type": "delivered", "seq": last})
            await socket.send_json({"type": "ping"})
            while (await _frame(socket))["type"] != "pong":
                pass
            chat.confirmed = last


class Employee:
    """Takes the next question and answers it in the workspace's own pages; after a broken line, looks first."""

    def __init__(self, hub: hub_module.Hub, history: history_module.History, name: str) -> None:
        self._hub = hub
        self._history = history
        self._name = name
        self._count = 0
        self.enough = asyncio.Event()

    async def run(self) -> None:
        jar = aiohttp.CookieJar(unsafe=True)
        limit = aiohttp.ClientTimeout(total=15)
        async with aiohttp.ClientSession(self._hub.url, cookie_jar=jar, timeout=limit) as web:
            while not self.enough.is_set():
                try:
                    worked = await self._one(web)
                except BROKEN:
                    worked = False
                if not worked:
                    await asyncio.sleep(0.3)

    async def _one(self, web: aiohttp.ClientSession) -> bool:
        """One question answered; False when there was none, or the line broke."""
        page = await self._page(web, "/werkplek?lijst=mijn")
        if 'action="/inloggen"' in page or "csrf" not in page:
            form = {"email": hub_module.address_of(self._name), "password": hub_module.PASSWORD}
            await self._post(web, "/inloggen", form)
            page = await self._page(web, "/werkplek?lijst=mijn")
        held = re.findall(r'href="/werkplek/(\d+)', page)
        csrf = _value(page, "csrf")
        number = held[0] if held else await self._take(web, csrf)
        return number is not None and await self._answer(web, number)

    async def _take(self, web: aiohttp.ClientSession, csrf: str) -> str | None:
        _, there = await self._post(web, "/werkplek/volgende", {"csrf": csrf})
        found = re.search(r"/werkplek/(\d+)", there)
        return found[1] if found else None

    async def _answer(self, web: aiohttp.ClientSession, number: str) -> bool:
        page = await self._page(web, f"/werkplek/{number}?lijst=mijn")
        if 'name="seen"' not in page:
            return False
        self._count += 1
        text = f"Antwoord {self._name.split()[0]}-{self._count} op {number}. We helpen u verder."
        form = {"csrf": _value(page, "csrf"), "seen": _value(page, "seen"), "text": text, "daarna": "citizen"}
        try:
            status, _ = await self._post(web, f"/werkplek/{number}/antwoord", form)
        except BROKEN:
            status = await self._was_it_sent(web, number, text)
        if status == 303:
            self._history.answers.append(history_module.Answer(number=int(number), text=text))
            self._history.note("answer_kept", text)
        return status == 303

    async def _was_it_sent(self, web: aiohttp.ClientSession, number: str, text: str) -> int:
        """The line broke: a person looks at the conversation before writing again."""
        while True:
            with contextlib.suppress(*BROKEN):
                page = await self._page(web, f"/werkplek/{number}?lijst=mijn")
                return 303 if text in page else 0
            await asyncio.sleep(0.2)

    async def _page(self, web: aiohttp.ClientSession, path: str) -> str:
        async with web.get(path) as answer:
            if answer.status >= 500:
                raise aiohttp.ClientError(path)
            return await answer.text()

    async def _post(self, web: aiohttp.ClientSession, path: str, form: dict[str, str]) -> tuple[int, str]:
        async with web.post(path, data=form, headers={"Origin": self._hub.url}, allow_redirects=False) as answer:
            return answer.status, answer.headers.get("Location", "")


async def _frame(socket: aiohttp.ClientWebSocketResponse) -> Any:
    received = await socket.receive()
    if received.type is not aiohttp.WSMsgType.TEXT:
        raise ConnectionError("the hub hung up")
    return json.loads(received.data)


def _value(page: str, name: str) -> str:
    found = re.search(rf'name="{name}" value="([^"]*)"', page)
    return found[1] if found else ""
