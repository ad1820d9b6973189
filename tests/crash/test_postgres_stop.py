"""PostgreSQL is stopped hard while mails, chats and posts flow: what was acknowledged is there, and all work again."""

import asyncio
import time

import pytest

from tests.support import postgres, running, traffic

STOPS = 3
DOWN_SECONDS = 1.5
BACK_SECONDS = 30
REFUSALS = {"mail 451", "mail 421", "api 503", "chat refused"}


@pytest.fixture
def server():
    with postgres.server(is_durable=True) as opened:
        yield opened


@pytest.mark.timeout(400)
async def test_nothing_acknowledged_is_lost_on_any_wire_and_all_are_back_in_time(server, tmp_path):
    url = server.fresh(is_migrated=False)
    database = url.rpartition("/")[2]
    demo = running.RunningDemo(tmp_path, ONTHAAL_DATABASE_URL=url, **running.NO_BOT, **traffic.SETTINGS).start()

    def count(what: str) -> int:
        return server.execute(database, f"SELECT count(*) AS n FROM {what}")[0]["n"]

    try:
        flow = traffic.Traffic(demo, demo.token("contacts:write"), mail_chars=2_000)
        async with flow.flowing():
            for _ in range(STOPS):
                await flow.works_on_all(60, more=15)
                before = {wire: flow.not_kept_by(wire) for wire in traffic.WIRES}
                await asyncio.to_thread(server.stop, "immediate")
                stopped = time.monotonic()
                await flow.until(
                    lambda before=before: all(flow.not_kept_by(wire) > before[wire] for wire in traffic.WIRES),
                    60,
                    "no wire acknowledges",
                )
                await asyncio.sleep(DOWN_SECONDS - (time.monotonic() - stopped))
                await asyncio.to_thread(server.start)
                await flow.works_on_all(BACK_SECONDS)
        assert {answer for answer in flow.answers if answer not in traffic.KEPT} <= REFUSALS
        await asyncio.to_thread(
            running.wait_until, lambda: count("receipt WHERE outcome IS NULL") == 0, 180, "everything was read"
        )
        there = traffic.by_name(server.execute(database, traffic.RECEIPTS))
        assert flow.kept - set(there) == set()
        assert all(flow.kept_by(wire) > 15 * STOPS for wire in traffic.WIRES)
        assert count("(SELECT 1 FROM utterance GROUP BY channel, key HAVING count(*) > 1) AS doubled") == 0
        told = sum(outcome == "message" for outcome in there.values())
        assert count("(SELECT DISTINCT receipt_id FROM message WHERE receipt_id IS NOT NULL) AS kept") == told
    finally:
        assert demo.stop() == 0
