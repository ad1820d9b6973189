"""PostgreSQL is stopped hard under load: what was acknowledged is there, and the hub is back by itself."""

import asyncio
import smtplib
import threading
import time
from typing import Self

import pytest

from tests.support import postgres, running

STOPS = 3
BACK_SECONDS = 30


class Senders:
    """Mail clients that send until they are told to stop, and remember what was acknowledged or refused."""

    def __init__(self, demo: running.RunningDemo) -> None:
        self.demo = demo
        self.acknowledged: list[str] = []
        self.refused: list[int] = []
        self.last_at = 0.0
        self._stop = threading.Event()
        self._threads = [threading.Thread(target=self._send, args=(number,)) for number in range(4)]

    def __enter__(self) -> Self:
        for thread in self._threads:
            thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        for thread in self._threads:
            thread.join()

    def _send(self, who: int) -> None:
        turn = 0
        while not self._stop.is_set():
            turn += 1
            name = f"post-{who}-{turn}@example.org"
            try:
                self.demo.send_mail("Hoe vraag ik een paspoort aan?", message_id=f"<{name}>")
            except smtplib.SMTPResponseException as error:
                self.refused.append(error.smtp_code)
            except (smtplib.SMTPServerDisconnected, OSError):
                self.refused.append(0)
            else:
                self.acknowledged.append(name)
                self.last_at = time.monotonic()
            self._stop.wait(0.02)


@pytest.fixture
def server():
    with postgres.server(is_durable=True) as opened:
        yield opened


@pytest.mark.bot
@pytest.mark.timeout(400)
async def test_nothing_acknowledged_is_lost_and_service_is_back_in_time(server, tmp_path):
    url = server.fresh(is_migrated=False)
    demo = running.RunningDemo(tmp_path, ONTHAAL_DATABASE_URL=url).start()
    said: list[str] = []
    try:
        with Senders(demo) as senders:
            async with running.ChatClient(demo.url) as citizen:
                for stop in range(STOPS):
                    enough = (stop + 1) * 15
                    await asyncio.to_thread(
                        running.wait_until, lambda enough=enough: len(senders.acknowledged) > enough, 60, "mails flow"
                    )
                    said.append(await citizen.send(text=f"Hoe vraag ik een paspoort aan? {stop}"))
                    await citizen.until(lambda: said[-1] in citizen.acks, 20)
                    await asyncio.to_thread(server.stop, "immediate")
                    await asyncio.sleep(1.5)
                    refused = len(senders.refused)
                    await asyncio.to_thread(server.start)
                    back = time.monotonic()
                    await asyncio.to_thread(
                        running.wait_until, lambda back=back: senders.last_at > back, BACK_SECONDS, "service is back"
                    )
                    assert refused
        assert set(senders.refused) <= {0, 421, 451}
        database = url.rpartition("/")[2]

        def open_ones() -> int:
            return server.execute(database, "SELECT count(*) AS n FROM receipt WHERE outcome IS NULL")[0]["n"]

        await asyncio.to_thread(running.wait_until, lambda: open_ones() == 0, 180, "everything was read")
        rows = server.execute(database, "SELECT channel, wire_id, raw FROM receipt")
        kept = b"\n".join(row["raw"] for row in rows if row["channel"] == "email").decode()
        assert [name for name in senders.acknowledged if f"<{name}>" not in kept] == []
        chats = [row["raw"].decode() for row in rows if row["channel"] == "webchat"]
        assert all(sum(client_id in raw for raw in chats) == 1 for client_id in said)
        doubled = "SELECT 1 FROM utterance GROUP BY channel, key HAVING count(*) > 1"
        assert server.execute(database, doubled) == []
        mails = server.execute(database, "SELECT count(DISTINCT m.receipt_id) AS n FROM message m JOIN receipt r "
                               "ON r.id = m.receipt_id WHERE r.channel = 'email'")  # fmt: skip
        outcomes = server.execute(database, "SELECT count(*) AS n FROM receipt WHERE channel = 'email' AND "
                                  "outcome = 'message'")  # fmt: skip
        assert mails[0]["n"] == outcomes[0]["n"]
    finally:
        assert demo.stop() == 0
