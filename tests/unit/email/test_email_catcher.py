"""The demo's mail server keeps what is sent where people can read it."""

import asyncio
import smtplib

import email_support
import pytest

from channels.email import catcher, channel, settings
from intake import errors


async def test_what_the_hub_sends_can_be_read(tmp_path):
    server, port = await catcher.start(tmp_path / "mail")
    chosen = settings.Settings(addresses=email_support.OURS, relay_port=port)
    sender = channel.build(chosen, email_support.surroundings())
    await sender.send(email_support.outgoing(subject="eerste", automatic=True))
    await sender.send(email_support.outgoing(subject="tweede"))
    await server.close()
    found = catcher.newest(tmp_path / "mail", 10)
    assert [mail["subject"] for mail in found] == ["tweede [2604 8127]", "eerste [2604 8127]"]
    assert [mail["automatic"] for mail in found] == [False, True]
    assert catcher.newest(tmp_path / "mail", 1) == found[:1]
    assert catcher.read(tmp_path / "mail", found[0]["name"]) == found[0]
    assert found[0]["to"] == "Jan Jansens <jan@provider.example>"
    assert found[0]["from"] == "Voorbeeldstad <info@voorbeeldstad.example>"
    assert found[0]["text"] == "Dag Jan,\n\nWij zoeken het uit."
    assert found[0]["date"].isoformat() == "2026-11-22T09:42:00+00:00"


@pytest.mark.parametrize("name", ["../x.eml", "/etc/passwd", "", "00000001-aaaaaaaaaaaa.eml", ".new-x", "x.eml\x00"])
def test_only_caught_mails_can_be_read(tmp_path, name):
    with pytest.raises(errors.NotFound):
        catcher.read(tmp_path, name)


async def test_what_cannot_be_read_is_listed_all_the_same(tmp_path):
    server, port = await catcher.start(tmp_path)

    def work():
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.sendmail("a@b.c", ["d@e.f"], b"\x00geen mail\r\n")

    await asyncio.to_thread(work)
    await server.close()
    (found,) = catcher.newest(tmp_path)
    assert "geen e-mail" in found["text"]
    assert set(found) == {
        "name",
        "date",
        "from",
        "to",
        "reply_to",
        "subject",
        "text",
        "html",
        "message_id",
        "automatic",
    }
