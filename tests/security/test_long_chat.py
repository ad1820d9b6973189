"""A chat message that is far too long costs the citizen nothing but that message."""

import asyncio

from tests.support import ledger, running

TOO_LONG = "x" * 100_000


async def test_a_message_of_100_kb_leaves_its_neighbours_that_nobody_acknowledged_yet(hub):
    async with running.ChatClient(hub.url) as chat:
        before = await chat.send(text="dit was ervoor")
        long = await chat.send(text=TOO_LONG)
        after = await chat.send(text="en dit erna")
        assert chat.acks == set(), "the first was acknowledged before the long one was sent"
        await chat.until(lambda: {before, after} <= chat.acks and chat.errors)
        assert [(error["client_id"], error["code"]) for error in chat.errors] == [(long, "too_long")]
        assert "4000" in chat.errors[0]["text"]
        assert long not in chat.acks
        await chat.until(lambda: {before, after} <= {said["client_id"] for said in chat.messages})
        await chat.until(lambda: [said for said in chat.messages if said["author"] != "citizen"])
    found = await asyncio.to_thread(
        ledger.rows, hub, "SELECT text FROM message WHERE text IN ('dit was ervoor', 'en dit erna') ORDER BY seq"
    )
    assert found == [("dit was ervoor",), ("en dit erna",)]
    assert ledger.rows(hub, "SELECT 1 FROM message WHERE length(text) > 50000 AND text LIKE 'xxxx%'") == []
