"""Mail goes out by a real relay; who refuses decides what happens next."""

import asyncio
import contextlib

import email_support
import pytest

from channels.email import channel, settings
from intake import errors
from intake.domain import message
from tests.support import mail_server


class Relay:
    """A relay that says what it is told to say."""

    def __init__(self, to="250 OK", data="250 2.0.0 queued"):
        self.to, self.data = to, data
        self.got = []

    async def recipient(self, envelope, address):
        return self.to

    async def mail(self, envelope, peer):
        self.got.append((envelope.mail_from, envelope.rcpt_tos, envelope.original_content))
        return self.data


def relaying(relay):
    return mail_server.serving(relay, "relay.example")


@contextlib.asynccontextmanager
async def speaking(*lines):
    """A server that sends these lines one by one as it is spoken to, then hangs up."""

    async def serve(reader, writer):
        for line in lines:
            writer.write(line)
            await writer.drain()
            if line.startswith(b"354"):
                await reader.readuntil(b"\r\n.\r\n")
            elif line is not lines[-1]:
                await reader.readline()
        writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    try:
        yield server.sockets[0].getsockname()[1]
    finally:
        server.close()
        await server.wait_closed()


def sender(port, **changes):
    chosen = settings.Settings(**{"addresses": email_support.OURS, "relay_port": port, **changes})
    return channel.build(chosen, email_support.surroundings())


async def test_a_machines_mail_has_no_return_path_and_a_persons_has_its_own():
    relay = Relay()
    async with relaying(relay) as port:
        first = await sender(port).send(email_support.outgoing(automatic=True))
        await sender(port).send(email_support.outgoing())
    assert [got[0] for got in relay.got] == ["<>", "info+b.q7x2mabcdefg-signed@voorbeeldstad.example"]
    assert relay.got[0][1] == ["jan@provider.example"]
    assert b"Message-ID: <m1.abc@voorbeeldstad.example>\r\n" in relay.got[0][2]
    assert first == message.SendResult(wire_id="m1.abc@voorbeeldstad.example", delivered=False)


async def test_lines_that_begin_with_a_dot_arrive_whole():
    relay = Relay()
    async with relaying(relay) as port:
        await sender(port).send(email_support.outgoing(text=".\n..\n.dag"))
    assert b"\r\n.\r\n..\r\n.dag" in relay.got[0][2]


@pytest.mark.parametrize(
    ("relay", "error"),
    [
        (Relay(to="450 4.2.1 later"), errors.RetryLater),
        (Relay(data="451 4.3.0 later"), errors.RetryLater),
        (Relay(data="421 4.3.2 stopping"), errors.RetryLater),
        (Relay(to="550 5.1.1 unknown"), errors.GaveUp),
        (Relay(data="554 5.7.1 spam"), errors.GaveUp),
    ],
)
async def test_later_is_later_and_never_is_never(relay, error):
    async with relaying(relay) as port:
        with pytest.raises(error, match=f"{relay.to[:9]}|{relay.data[:9]}"):
            await sender(port).send(email_support.outgoing())


@pytest.mark.parametrize(
    "lines",
    [
        [b""],
        [b"554 5.3.2 no service\r\n"],
        [b"220 hi\r\n", b"250 hi\r\n"],
        [b"220 hi\r\n", b"250 hi\r\n", b"250 ok\r\n", b"250 ok\r\n", b"354 go\r\n", b""],
        [b"nonsense\r\n"],
    ],
)
async def test_a_line_that_breaks_or_a_relay_out_of_order_is_tried_again(lines):
    async with speaking(*lines) as port:
        with pytest.raises(errors.RetryLater):
            await sender(port).send(email_support.outgoing())


async def test_a_relay_that_is_away_slow_or_set_wrong_is_tried_again():
    async with relaying(Relay()) as port:
        with pytest.raises(errors.RetryLater):
            await sender(port, relay_username="onthaal", relay_password="x").send(email_support.outgoing())
        with pytest.raises(errors.RetryLater):
            await sender(port, relay_tls="starttls").send(email_support.outgoing())
    with pytest.raises(errors.RetryLater):
        await sender(port).send(email_support.outgoing())
    async with speaking(b"220 hi\r\n", b"250-hi\r\n") as port:
        with pytest.raises(errors.RetryLater):
            await sender(port, relay_timeout_seconds=0.2).send(email_support.outgoing())


@pytest.mark.parametrize("address", ["", "jan", "jan@x.example\r\nRCPT TO:<y@z>", "a b@x.example", "<jan@x.example>"])
async def test_what_is_no_address_is_given_up(address):
    to = message.Address(kind=message.AddressKind.EMAIL, value=address)
    with pytest.raises(errors.GaveUp):
        await sender(1).send(email_support.outgoing(to=to))


async def test_a_phone_number_is_no_mail_address():
    to = message.Address(kind=message.AddressKind.PHONE, value="+32470000000")
    with pytest.raises(errors.GaveUp):
        await sender(1).send(email_support.outgoing(to=to))


async def test_an_address_with_accents_goes_out_where_the_wire_can_carry_it():
    relay = Relay()
    async with relaying(relay) as port:
        to = message.Address(kind=message.AddressKind.EMAIL, value="jan@café.example")
        await sender(port).send(email_support.outgoing(to=to))
        to = message.Address(kind=message.AddressKind.EMAIL, value="josé@x.example")
        with pytest.raises(errors.GaveUp, match="controleer het adres"):
            await sender(port).send(email_support.outgoing(to=to))
    assert [got[1] for got in relay.got] == [["jan@xn--caf-dma.example"]]
