"""Mail comes in by real SMTP: kept first, acknowledged after; a fault of ours never bounces a citizen's mail."""

import asyncio
import contextlib
import smtplib
import socket
import ssl

import email_support
import pytest

from channels.email import channel, settings, smtp_in, smtp_server
from intake import errors

MAIL = b"From: jan@x.example\r\nTo: info@voorbeeldstad.example\r\nMessage-ID: <a@x>\r\n\r\n.\r\n..\r\ndag\r\n"


async def give(port, to="info@voorbeeldstad.example", mail=MAIL, sender="jan@x.example"):
    """Send with the standard library's own client, in a thread."""

    def work():
        with smtplib.SMTP("127.0.0.1", port, timeout=10, local_hostname="test") as client:
            return client.sendmail(sender, to, mail)

    return await asyncio.to_thread(work)


async def talk(port, *lines, pause=0.05):
    """Send raw bytes, piece by piece, and give back all that was said."""
    reader, writer = await asyncio.open_connection("127.0.0.1", port)
    for line in lines:
        writer.write(line)
        await writer.drain()
        await asyncio.sleep(pause)
    said = b""
    with contextlib.suppress(TimeoutError, ConnectionResetError):
        while piece := await asyncio.wait_for(reader.read(10_000), 0.3):
            said += piece
    writer.close()
    return said


START = b"EHLO t\r\nMAIL FROM:<jan@x.example>\r\nRCPT TO:<info@voorbeeldstad.example>\r\nDATA\r\n"


async def test_a_mail_is_kept_as_it_came(shelf):
    async with email_support.listening(shelf) as running:
        await give(running.port, to=["belasting@voorbeeldstad.example", "INFO+c.Token-123@Voorbeeldstad.example"])
    (receipt,) = shelf.kept
    assert receipt.channel == "email"
    assert receipt.account == "info@voorbeeldstad.example"
    assert receipt.raw == MAIL
    assert receipt.envelope == {
        "mail_from": "jan@x.example",
        "rcpt_tos": ["belasting@voorbeeldstad.example", "INFO+c.Token-123@Voorbeeldstad.example"],
        "peer": "127.0.0.1",
    }


async def test_the_acknowledgement_comes_only_after_the_mail_is_kept(shelf):
    shelf.gate = asyncio.Event()
    async with email_support.listening(shelf) as running, asyncio.TaskGroup() as group:
        sending = group.create_task(give(running.port))
        await asyncio.sleep(0.3)
        assert not sending.done()
        assert shelf.kept == []
        shelf.gate.set()
        await sending
        assert len(shelf.kept) == 1


@pytest.mark.parametrize("fault", [errors.StoreFull("vol"), OSError("schijf"), ValueError("x"), UnicodeError("y")])
async def test_a_fault_of_ours_says_try_again_and_the_line_stays_usable(shelf, fault):
    def work(port):
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            shelf.fault = fault
            with pytest.raises(smtplib.SMTPDataError) as refused:
                client.sendmail("jan@x.example", "info@voorbeeldstad.example", MAIL)
            shelf.fault = None
            client.sendmail("jan@x.example", "info@voorbeeldstad.example", MAIL)
            return refused.value

    async with email_support.listening(shelf) as running:
        refused = await asyncio.to_thread(work, running.port)
    assert refused.smtp_code == 451
    assert refused.smtp_error.startswith(b"4.3.0")
    assert len(shelf.kept) == 1


@pytest.mark.parametrize(
    "stranger",
    [
        "jan@elders.example",
        "info@elders.example",
        "anders@voorbeeldstad.example",
        "info@voorbeeldstad.example.elders.example",
        "jan%elders.example@voorbeeldstad.example",
        "@voorbeeldstad.example:jan@elders.example",
        "elders.example!jan@voorbeeldstad.example",
        '"info@voorbeeldstad.example"@elders.example',
        "info",
    ],
)
async def test_it_never_is_a_relay(shelf, stranger):
    async with email_support.listening(shelf) as running:
        with pytest.raises(smtplib.SMTPRecipientsRefused) as refused:
            await give(running.port, to=stranger)
    code = next(iter(refused.value.recipients.values()))[0]
    assert 500 <= code < 560
    assert shelf.kept == []


async def test_mail_for_us_and_a_stranger_is_kept_for_us_alone(shelf):
    async with email_support.listening(shelf) as running:
        refused = await give(running.port, to=["info@voorbeeldstad.example", "jan@elders.example"])
    assert list(refused) == ["jan@elders.example"]
    assert refused["jan@elders.example"] == (550, b"5.1.1 No such address here")
    assert shelf.kept[0].envelope["rcpt_tos"] == ["info@voorbeeldstad.example"]


async def test_a_mail_too_large_is_refused_for_good_and_nothing_else_is(shelf):
    long_line = MAIL + b"x" * 60_000 + b"\r\n"
    async with email_support.listening(shelf, max_message_bytes=65_536) as running:
        await give(running.port, mail=long_line)
        with pytest.raises(smtplib.SMTPSenderRefused) as announced:
            await give(running.port, mail=MAIL + b"line\r\n" * 20_000)
        assert announced.value.smtp_code == 552
        said = await talk(running.port, START, b"x: y\r\n" * 20_000 + b".\r\n")
        assert b"\r\n552 " in said
    assert len(shelf.kept) == 1


async def test_a_large_mail_is_kept_whole(shelf):
    large = MAIL + b"0123456789abcdef\r\n" * 120_000
    async with email_support.listening(shelf) as running:
        await give(running.port, mail=large)
    assert shelf.kept[0].raw == large


ENDS = {
    "nothing": (b".\r\n", b""),
    "a blank line": (b"\r\n.\r\n", b"\r\n"),
    "one dot": (b"..\r\n.\r\n", b".\r\n"),
    "dots after a blank line": (b"\r\n...\r\n..x\r\n.\r\n", b"\r\n..\r\n.x\r\n"),
    "a bare line feed": (b"a\n.\n\r\n.\r\n", b"a\n.\n\r\n"),
}


@pytest.mark.parametrize("name", ENDS)
@pytest.mark.parametrize("is_slow", [False, True])
async def test_the_end_of_a_mail_is_found_wherever_it_falls_and_what_follows_is_a_command(shelf, name, is_slow):
    sent, kept = ENDS[name]
    pieces = [bytes([byte]) for byte in sent] if is_slow else [sent + b"NOOP\r\n"]
    async with email_support.listening(shelf) as running:
        said = await talk(running.port, START, *pieces, *([b"NOOP\r\n"] if is_slow else []), pause=0.01)
    assert [receipt.raw for receipt in shelf.kept] == [kept]
    assert said.splitlines()[-2:] == [b"250 2.0.0 Kept", b"250 OK"]


@pytest.mark.parametrize("before", [b"", b"x\r\n", b"y" * 1997 + b"\r\n"])
@pytest.mark.parametrize(("length", "is_kept"), [(1998, True), (1999, False)])
async def test_a_line_may_be_as_long_as_the_setting_says_and_no_longer(shelf, before, length, is_kept):
    mail = before + b"z" * length + b"\r\nx\r\n"
    async with email_support.listening(shelf, line_length_limit=2_000) as running:
        said = await talk(running.port, START, mail + b".\r\n", b"NOOP\r\n")
    assert [receipt.raw for receipt in shelf.kept] == ([mail] if is_kept else [])
    assert said.splitlines()[-2][:3] == (b"250" if is_kept else b"500")


async def test_a_bounce_without_sender_is_taken(shelf):
    async with email_support.listening(shelf) as running:
        await give(running.port, sender="", to="info+b.token-99@voorbeeldstad.example")
    assert shelf.kept[0].envelope["mail_from"] == ""


async def test_bytes_above_ascii_in_the_envelope_are_no_trouble(shelf):
    async with email_support.listening(shelf) as running:
        start = START.replace(b"jan@x", b"j\xe9\xc3\xa9@x")
        said = await talk(running.port, start, MAIL + b".\r\n")
    assert b"250 2.0.0" in said
    assert shelf.kept[0].envelope["mail_from"] == "j\ufffdé@x.example"


async def test_too_many_recipients_are_asked_to_come_later(shelf):
    wanted = [f"info+{no}@voorbeeldstad.example" for no in range(4)]
    async with email_support.listening(shelf, max_recipients=3) as running:
        refused = await give(running.port, to=wanted)
    assert [code for code, _ in refused.values()] == [452]


async def test_too_many_connections_are_asked_to_come_later(shelf):
    async with email_support.listening(shelf, max_connections_per_ip=1) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        assert (await reader.readline()).startswith(b"220")
        second, other = await asyncio.open_connection("127.0.0.1", running.port)
        assert (await second.read()).startswith(b"421 4.7.0")
        writer.close()
        await writer.wait_closed()
        other.close()
        await asyncio.sleep(0.05)
        await give(running.port)
    assert len(shelf.kept) == 1


async def test_a_silent_client_is_sent_away_and_a_slow_one_is_not(shelf):
    async with email_support.listening(shelf, timeout_seconds=0.4) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        assert (await asyncio.wait_for(reader.read(), 3)).endswith(b"421 4.4.2 Timeout, closing connection\r\n")
        writer.close()
        said = await talk(running.port, START, *[b"a: b\r\n"] * 6, b"\r\n.\r\n", pause=0.15)
        assert b"250 2.0.0" in said


async def test_a_client_that_keeps_talking_is_not_silent(shelf):
    async with email_support.listening(shelf, timeout_seconds=0.4) as running:
        said = await talk(running.port, b"EHLO t\r\n", *[b"NOOP\r\n"] * 6, b"QUIT\r\n", pause=0.15)
    assert said.endswith(b"221 Bye\r\n")


async def test_the_greeting_tells_what_is_offered(shelf):
    async with email_support.listening(shelf, max_message_bytes=70_000) as running:
        said = await talk(running.port, b"EHLO\r\n", b"EHLO t\r\n", b"HELP EHLO\r\n", b"QUIT\r\n")
    greeting, faulty, *offered, helped, _ = said.decode().splitlines()
    assert greeting.startswith("220 voorbeeldstad.example")
    assert faulty == "501 Syntax: EHLO hostname"
    assert offered == ["250-voorbeeldstad.example", "250-SIZE 70000", "250-8BITMIME", "250-SMTPUTF8", "250 HELP"]
    assert helped == "250 Syntax: EHLO hostname"


async def test_made_up_commands_leave_nothing_behind(shelf):
    async with email_support.listening(shelf) as running:
        await talk(running.port, b"EHLO t\r\n", *[b"X%d\r\n" % number for number in range(4)], b"QUIT\r\n")
    assert set(smtp_server.COMMAND_BYTES) == {"MAIL"}


async def test_the_same_mail_sent_again_has_the_same_name(shelf):
    again = b"Received: from elsewhere\r\n\tby us; later\r\n" + MAIL
    other = MAIL.replace(b"dag", b"dag!")
    async with email_support.listening(shelf) as running:
        for mail in (MAIL, MAIL, again, other):
            await give(running.port, mail=mail)
        await give(running.port, sender="srs0=x=jan@relay.example")
    names = [receipt.wire_id for receipt in shelf.kept]
    assert len(set(names)) == 2
    assert names[3] not in names[:3]


def test_a_bare_mail_is_told_apart_by_its_sender():
    bare = b"Subject: hulp\r\n\r\nhulp\r\n"
    assert smtp_in.wire_id(bare, "a@x") == smtp_in.wire_id(bare, "A@x") != smtp_in.wire_id(bare, "b@x")
    in_text = b"Subject: hulp\r\n\r\nMessage-ID: <a@x>\r\n"
    assert smtp_in.wire_id(in_text, "a@x") != smtp_in.wire_id(in_text, "b@x")


@pytest.mark.parametrize(
    "ending", [b"\n.\n", b"\n.\r\n", b"\r\n.\n", b"\r.\r", b"\r\n.\r", b"\r.\r\n", b"\r\n\x00.\r\n", b"\r\r\n.\r\r\n"]
)
async def test_no_second_mail_is_smuggled_behind_a_false_end(shelf, ending):
    smuggled = (
        b"MAIL FROM:<boef@x.example>\r\nRCPT TO:<info@voorbeeldstad.example>\r\nDATA\r\nFrom: boef\r\n\r\nx\r\n.\r\n"
    )
    async with email_support.listening(shelf) as running:
        await talk(running.port, START, b"Subject: x\r\n\r\neerst" + ending + smuggled)
    assert len(shelf.kept) == 1
    assert b"From: boef" in shelf.kept[0].raw


async def test_nothing_said_before_starttls_counts_after_it(shelf):
    files = {
        "starttls_certificate": str(email_support.TLS / "starttls-certificate.pem"),
        "starttls_key": str(email_support.TLS / "starttls-key.pem"),
    }

    def work(port):
        trusted = ssl.create_default_context(cafile=files["starttls_certificate"])
        with smtplib.SMTP("127.0.0.1", port, timeout=10) as client:
            client.ehlo("t")
            assert "auth" not in client.esmtp_features
            client.starttls(context=trusted)
            client.sendmail("jan@x.example", "info@voorbeeldstad.example", MAIL)
            assert "auth" not in client.esmtp_features
        with socket.create_connection(("127.0.0.1", port), timeout=10) as plain:
            said = b""
            plain.sendall(b"EHLO t\r\n")
            while not said.endswith(b"250 HELP\r\n"):
                said += plain.recv(1000)
            plain.sendall(b"STARTTLS\r\nEHLO injected\r\n")
            assert plain.recv(1000).startswith(b"220")
            trusted.check_hostname = False
            with trusted.wrap_socket(plain) as secure:
                secure.sendall(b"MAIL FROM:<a@b.c>\r\n")
                return secure.recv(1000)

    async with email_support.listening(shelf, **files) as running:
        said = await asyncio.to_thread(work, running.port)
    assert said.startswith(b"503")
    assert len(shelf.kept) == 1


async def test_a_port_in_use_is_named_with_its_setting(shelf):
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        taken.listen()
        port = taken.getsockname()[1]
        chosen = settings.Settings(listen_port=port, addresses=email_support.OURS)
        with pytest.raises(errors.BadSettings, match=rf"EMAIL__LISTEN_PORT: poort {port}"):
            await channel.build(chosen, email_support.surroundings()).listen(shelf, lambda: None)


async def test_a_missing_certificate_or_address_is_named_with_its_setting(shelf):
    chosen = settings.Settings(addresses=email_support.OURS, starttls_certificate="/weg", starttls_key="/weg")
    with pytest.raises(errors.BadSettings, match=r"EMAIL__STARTTLS_CERTIFICATE"):
        await channel.build(chosen, email_support.surroundings()).listen(shelf, lambda: None)
    with pytest.raises(errors.BadSettings, match=r"EMAIL__ADDRESSES"):
        await channel.build(settings.Settings(), email_support.surroundings()).listen(shelf, lambda: None)


async def test_stopping_in_the_middle_of_a_mail_leaves_nothing_running(shelf):
    shelf.gate = asyncio.Event()
    before = asyncio.all_tasks()
    async with email_support.listening(shelf) as running:
        reader, writer = await asyncio.open_connection("127.0.0.1", running.port)
        writer.write(START + MAIL + b".\r\n")
        await asyncio.sleep(0.2)
    said = await asyncio.wait_for(reader.read(), 2)
    writer.close()
    assert b"250 2.0.0" not in said
    assert said.endswith(b"421 4.3.2 Service is stopping\r\n")
    assert shelf.kept == []
    assert asyncio.all_tasks() == before
    assert running.port is None


async def test_no_word_of_a_mail_stands_in_the_log(shelf, caplog):
    caplog.set_level("INFO", logger="channels")
    async with email_support.listening(shelf) as running:
        await give(running.port)
        shelf.fault = errors.StoreFull("geheim")
        with pytest.raises(smtplib.SMTPDataError):
            await give(running.port)
    ours = " ".join(str(record.__dict__) for record in caplog.records if record.name.startswith("channels"))
    assert "mail_not_kept" in ours
    assert not any(word in ours for word in ("jan@", "geheim", "dag", "voorbeeldstad"))


def test_settings_refuse_what_cannot_work_and_explain_every_field():
    with pytest.raises(ValueError, match="geen e-mailadres"):
        settings.Settings(addresses=("info",))
    with pytest.raises(ValueError, match="geen van beide"):
        settings.Settings(starttls_key="x")
    with pytest.raises(ValueError, match="extra"):
        settings.Settings(onbekend=1)
    assert all(field.description for field in settings.Settings.model_fields.values())
    assert "geheim" not in repr(settings.Settings(relay_password="geheim"))


@pytest.mark.parametrize(
    "path",
    [
        "<jan@example.org>",
        "<jan.peeters+c.1@sub.example.org> SIZE=12 BODY=8BITMIME",
        "<o'neil@example.org>  SIZE=1",
        '<"jan peeters"@example.org>',
        "<>",
        "<> SIZE=3",
        "< jan@example.org >",
        "<@relay.example:jan@example.org>",
        "<jan@[192.0.2.1]>",
        "<jan..peeters@example.org>",
        "<jan@example.org",
        "<jan@example.org>x",
        "<jan@example..org>",
        "jan@example.org SIZE=1",
        "<josé@example.org>",
        "",
    ],
)
async def test_the_quick_way_to_read_an_address_reads_what_the_library_reads(path):
    connection = smtp_server._Connection(
        smtp_server.Server(None, smtp_server.Limits(), hostname="stad.example"), asyncio.get_running_loop()
    )
    read = lambda way: tuple(part and part.strip() for part in way(path))  # noqa: E731
    assert read(connection._getaddr) == read(super(smtp_server._Connection, connection)._getaddr)
