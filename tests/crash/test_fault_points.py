"""The hub dies at the moments that matter most. Each is reached by what the test sees on a wire or in the database."""

import asyncio

import aiosmtplib
import pytest

from tests.crash import hub
from tests.crash.conftest import mail

RECEIPTS = "SELECT count(*) FROM receipt"
CONTACTS = "SELECT count(*) FROM contact"


async def test_killed_before_the_commit_nothing_is_there_and_the_mail_comes_again(street):
    lock = street.hub.lock()
    sending = asyncio.create_task(street.mail("vroeg"))
    await settled(street)
    await street.hub.kill()
    with pytest.raises((aiosmtplib.SMTPException, OSError)):
        await sending
    lock.close()
    assert street.hub.rows(RECEIPTS) == [(0,)]
    await street.start()
    assert (await street.mail("vroeg")).startswith("2.0.0")
    await street.until(CONTACTS, [(1,)])
    assert street.hub.rows(RECEIPTS) == [(1,)]


async def settled(street) -> None:
    """The hub has read what was sent to it before: it answers on another line."""
    for _ in range(3):
        async with street.line() as other:
            await other.noop()


async def test_killed_after_the_commit_and_before_the_sender_knows_the_repeat_is_absorbed(street):
    content = mail("slak", "Hoe vraag ik een paspoort aan?")
    reader, writer = await asyncio.open_connection("127.0.0.1", street.hub.smtp_port)
    for line in (b"HELO slak", b"MAIL FROM:<slak@example.org>", f"RCPT TO:<{hub.OURS}>".encode(), b"DATA"):
        await reader.readline()
        writer.write(line + b"\r\n")
    assert (await reader.readline()).startswith(b"354")
    writer.write(content + b".\r\n")  # and reads no further: the 250 never reaches this sender
    await street.until(RECEIPTS, [(1,)])
    await street.hub.kill()
    writer.close()
    await street.start()
    assert (await street.mail("slak")).startswith("2.0.0")
    assert street.said_in_log("received_again") == 1
    await street.relay.until(lambda: street.relay.to("slak@example.org"), 20)
    assert (street.hub.rows(RECEIPTS), street.hub.rows(CONTACTS)) == ([(1,)], [(1,)])


async def test_killed_before_a_chat_knows_its_ack_the_same_message_is_acknowledged_again_and_kept_once(street):
    async with street.chat() as chat:
        chat._reader.cancel()
        await chat.send(client_id="onbevestigd-1", text="Hoe vraag ik een paspoort aan?")
        await street.until(RECEIPTS, [(1,)])
        await street.hub.kill()
    await street.start()
    again = street.chat()
    again.token = chat.token
    async with again:
        await again.send(client_id="onbevestigd-1", text="Hoe vraag ik een paspoort aan?")
        await again.until(lambda: "onbevestigd-1" in again.acks)
        await again.until(lambda: [m for m in again.messages if m["author"] == "bot"])
        assert [m["client_id"] for m in again.messages if m["author"] == "citizen"] == ["onbevestigd-1"]
    assert (street.hub.rows(RECEIPTS), street.hub.rows(CONTACTS)) == ([(1,)], [(1,)])


async def test_killed_before_the_relay_answered_the_mail_is_repeated_once_as_the_same_mail(street):
    stuck = asyncio.Event()

    async def never(_):
        await stuck.wait()
        return ""

    street.relay.answer = never
    await street.mail("jan")
    await street.relay.until(lambda: street.relay.taken, 20)
    await street.hub.kill()
    street.relay.answer = None
    await street.start()
    await once_repeated(street)
    stuck.set()


async def test_killed_after_the_relay_took_it_and_before_that_is_written_it_is_repeated_once(street):
    locks = []

    async def take_and_lock(_):
        locks.append(street.hub.lock())
        return "250 2.0.0 taken"

    street.relay.answer = take_and_lock
    await street.mail("jan")
    await street.relay.until(lambda: street.relay.goodbyes, 20)
    await street.hub.kill()
    street.relay.answer = None
    locks[0].close()
    assert street.deliveries() == ["waiting"]
    await street.start()
    await once_repeated(street)


async def once_repeated(street) -> None:
    await street.until("SELECT delivery FROM message WHERE direction = 'out'", [("sent",)])
    await street.until("SELECT count(*) FROM job WHERE state <> 'done'", [(0,)])
    first, second = street.relay.taken
    assert first.message_id == second.message_id
    assert first.same == second.same


async def test_with_many_mails_on_their_way_one_kill_repeats_one(street):
    stuck = asyncio.Event()

    async def never(_):
        await stuck.wait()
        return ""

    street.relay.answer = never
    for number in range(6):
        await street.mail(f"m{number}")
    await street.relay.until(lambda: len(street.relay.asked) >= 4, 20)
    await settled(street)
    await street.hub.kill()
    in_doubt = [taken.message_id for taken in street.relay.taken]
    street.relay.answer = None
    await street.start()
    await street.until("SELECT count(*) FROM message WHERE delivery = 'sent'", [(6,)])
    stuck.set()
    sent = [taken.message_id for taken in street.relay.taken]
    assert (len(in_doubt), len(sent), len(set(sent))) == (1, 7, 6)


async def test_killed_while_the_bot_thinks_the_question_is_answered_once(street):
    thinking = asyncio.Event()

    async def never(_):
        await thinking.wait()
        raise ConnectionError

    street.bot.reply = never
    async with street.chat() as chat:
        await chat.send(client_id="denkvraag-1", text="Hoe vraag ik een paspoort aan?")
        async with asyncio.timeout(15):
            while not [text for text in street.bot.asked if "vraag" in text]:  # noqa: ASYNC110 - another process sets no event
                await asyncio.sleep(0.01)
        await street.hub.kill()
    street.bot.reply = None
    await street.start()
    again = street.chat()
    again.token = chat.token
    async with again:
        answer = (await again.until(lambda: [m for m in again.messages if m["author"] == "bot"]))[0]
        assert answer["card"] is not None
    await street.until("SELECT count(*) FROM job WHERE kind = 'answer' AND state = 'done'", [(1,)])
    assert len(street.hub.rows("SELECT id FROM message WHERE author = 'bot'")) == 1
    thinking.set()


async def test_killed_while_a_hostile_mail_is_read_no_reader_is_left_and_people_see_the_mail(street):
    subject = " ".join("=?utf-8?q?a=20b?=" for _ in range(25_000))
    content = b"Subject: " + subject.encode() + b"\r\nMessage-ID: <traag@example.org>\r\n\r\nhoi\r\n"
    async with street.line() as client:
        await client.sendmail("traag@example.org", [hub.OURS], content)
    await street.until("SELECT state FROM job WHERE kind = 'parse_untrusted'", [("doing",)])
    await street.hub.kill()
    assert not await street.hub.leftovers()
    await street.start()
    await street.until("SELECT count(*) FROM receipt WHERE outcome IN ('message', 'quarantined')", [(1,)])
    assert street.hub.rows(CONTACTS) == [(1,)]


async def test_a_chat_answer_in_doubt_is_uncertain_until_the_citizen_comes_back_and_sees_it_once(street):
    async with street.chat() as chat:
        answer = await chat.ask("Hoe vraag ik een paspoort aan?")  # shown, and the hub dies before it is confirmed
        await street.hub.kill()
    await street.start()
    of_bot = "SELECT delivery FROM message WHERE author = 'bot'"
    await street.until(of_bot, [("uncertain",)])
    again = street.chat()
    again.token, again.seq = chat.token, chat.seq
    async with again:
        await again._socket.send_json({"type": "delivered", "seq": answer["seq"]})
        await street.until(of_bot, [("delivered",)])
        assert again.messages == []
