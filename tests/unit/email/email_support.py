"""What the tests of the e-mail channel share."""

import asyncio
import contextlib
import pathlib
from datetime import UTC, datetime

from channels.email import channel, settings
from intake import ports
from intake.domain import ids, message

OURS = ("info@voorbeeldstad.example", "belasting@voorbeeldstad.example")
FIXTURES = pathlib.Path(__file__).parents[2] / "fixtures" / "mail"
TLS = FIXTURES.parent / "tls"


class Shelf:
    """A sink that keeps receipts in memory, or raises what it is told to raise."""

    def __init__(self):
        self.kept: list[message.RawReceipt] = []
        self.fault: Exception | None = None
        self.gate: asyncio.Event | None = None

    async def __call__(self, receipt):
        if self.gate is not None:
            await self.gate.wait()
        if self.fault is not None:
            raise self.fault
        self.kept.append(receipt)
        return ids.ReceiptId(f"r{len(self.kept)}")


class FixedClock:
    def now(self):
        return datetime(2026, 11, 22, 9, 42, tzinfo=UTC)


def surroundings(tmp_path="/nowhere"):
    return ports.Surroundings(
        clock=FixedClock(),
        ids=None,
        conversations=None,
        data_dir=str(tmp_path),
        city_name="Voorbeeldstad",
        public_url="https://www.voorbeeldstad.example",
    )


def receipt(raw, *, account=OURS[0], **envelope):
    return message.RawReceipt(channel="email", account=account, wire_id="w1", raw=raw, envelope=envelope)


def outgoing(**changes):
    values = {
        "id": ids.MessageId("m1"),
        "channel": "email",
        "message_id": "<m1.abc@voorbeeldstad.example>",
        "to": message.Address(kind=message.AddressKind.EMAIL, value="jan@provider.example", name="Jan Jansens"),
        "subject": "Uw vraag",
        "text": "Dag Jan,\n\nWij zoeken het uit.",
        "number": 26048127,
        "token": "q7x2mabcdefg-signed",
    }
    return message.OutboundMessage(**{**values, **changes})


@contextlib.asynccontextmanager
async def listening(shelf, **changes):
    """A channel that takes mail on a free port."""
    chosen = settings.Settings(**{"listen_port": 0, "addresses": OURS, **changes})
    running = channel.build(chosen, surroundings())
    ready = asyncio.Event()
    async with asyncio.TaskGroup() as group:
        task = group.create_task(running.listen(shelf, ready.set))
        await asyncio.wait_for(ready.wait(), 5)
        try:
            yield running
        finally:
            task.cancel()
