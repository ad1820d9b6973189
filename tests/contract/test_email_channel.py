"""What every channel promises, asked of e-mail. See `ports.Channel`."""

import asyncio
import contextlib
import importlib
import smtplib

import pytest

import channels
from channels.email import channel, sandbox
from intake import errors, ports
from intake.domain import message

MAIL = b"From: jan@x.example\r\nTo: info@stad.example\r\nMessage-ID: <a@x>\r\nSubject: Vraag\r\n\r\nHoe laat?\r\n"


class Shelf:
    def __init__(self):
        self.kept = {}
        self.full = False

    async def __call__(self, receipt):
        if self.full:
            raise errors.StoreFull("vol")
        self.kept.setdefault((receipt.channel, receipt.account, receipt.wire_id), receipt)
        return "r1"


def kind():
    module, _, name = channels.REGISTRY["email"].partition(":")
    return getattr(importlib.import_module(module), name)


@contextlib.asynccontextmanager
async def listening(shelf):
    chosen = kind().settings_class(listen_port=0, addresses=["info@stad.example"])
    surroundings = ports.Surroundings(
        clock=None, ids=None, conversations=None, data_dir="", city_name="Stad", public_url="http://x.example"
    )
    running = kind().build(chosen, surroundings)
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(running.listen(shelf, ready.set))
        await asyncio.wait_for(ready.wait(), 5)
        yield running
        task.cancel()


async def give(port):
    def work():
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("jan@x.example", "info@stad.example", MAIL)

    await asyncio.to_thread(work)


def test_the_registry_builds_it():
    assert isinstance(kind(), ports.ChannelKind)
    assert channel.EmailChannel.name == "email"
    assert channel.EmailChannel.abilities.untrusted
    assert channel.EmailChannel.abilities.attachments


async def test_a_delivery_reaches_the_sink_once_however_often_it_comes():
    shelf = Shelf()
    async with listening(shelf) as running:
        for _ in range(3):
            await give(running.port)
    assert len(shelf.kept) == 1


async def test_nothing_is_acknowledged_when_the_sink_raises():
    shelf = Shelf()
    async with listening(shelf) as running:
        shelf.full = True
        with pytest.raises(smtplib.SMTPDataError) as refused:
            await give(running.port)
        shelf.full = False
        await give(running.port)
    assert refused.value.smtp_code == 451
    assert len(shelf.kept) == 1


async def test_what_was_received_can_be_parsed_and_rubbish_is_unreadable():
    shelf = Shelf()
    async with listening(shelf) as running:
        await give(running.port)
        (receipt,) = shelf.kept.values()
        found = running.parse(receipt)
        assert isinstance(found, message.InboundMessage)
        assert (found.channel, found.text, found.subject) == ("email", "Hoe laat?", "Vraag")
        rubbish = message.RawReceipt(channel="email", account="", wire_id="x", raw=b"\x00\xff")
        with pytest.raises(errors.Unreadable):
            running.parse(rubbish)
        box = sandbox.Sandbox()
        assert await box.parse(receipt) == found
        with pytest.raises(errors.Unreadable):
            await box.parse(rubbish)
        await box.close()


async def test_cancelling_leaves_nothing_running_and_the_port_free():
    before = asyncio.all_tasks()
    async with listening(Shelf()) as running:
        port = running.port
    assert asyncio.all_tasks() == before
    server = await asyncio.start_server(lambda _r, _w: None, "127.0.0.1", port)
    server.close()
    await server.wait_closed()
