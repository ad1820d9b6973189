"""What every channel promises (`ports.Channel`), tried on its real wire."""

import asyncio
import contextlib
import logging

import pytest

import channels
from intake import errors, log
from tests.contract import drivers


@pytest.fixture(params=sorted(drivers.DRIVERS))
def driver(request):
    return drivers.DRIVERS[request.param]()


@contextlib.asynccontextmanager
async def listening(driver, sink):
    ready = asyncio.Event()
    async with driver.wire():
        task = asyncio.create_task(driver.channel.listen(sink, ready.set))
        await asyncio.wait_for(ready.wait(), 10)
        try:
            yield
        finally:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task


def test_every_registered_channel_is_held_to_the_contract():
    assert set(channels.REGISTRY) == set(drivers.DRIVERS) | set(drivers.NO_WIRE)


async def test_one_delivery_is_handed_in_once_and_then_acknowledged(driver):
    sink = drivers.Sink()
    async with listening(driver, sink):
        assert await driver.deliver("eenmaal")
    assert len(sink.receipts) == 1
    assert drivers.SENTINEL in driver.channel.parse(sink.receipts[0]).text


async def test_a_second_delivery_has_the_same_name_and_another_one_has_not(driver):
    sink = drivers.Sink()
    async with listening(driver, sink):
        for name in ("eerste", "eerste", "tweede"):
            assert await driver.deliver(name)
    names = [receipt.wire_id for receipt in sink.receipts]
    assert names[0] == names[1] != names[2]


async def test_nothing_is_acknowledged_when_the_sink_refuses(driver):
    sink = drivers.Sink()
    sink.error = errors.StoreFull("vol")
    async with listening(driver, sink):
        assert not await driver.deliver("geweigerd")
        sink.error = None
        assert await driver.deliver("geweigerd")
    assert len(sink.receipts) == 1


async def test_unreadable_bytes_are_said_to_be_unreadable(driver):
    with pytest.raises(errors.Unreadable):
        driver.channel.parse(driver.unreadable())


async def test_cancelling_leaves_nothing_running(driver):
    before = asyncio.all_tasks()
    async with listening(driver, drivers.Sink()):
        await driver.deliver("kort")
    await asyncio.sleep(0)
    assert asyncio.all_tasks() <= before


async def test_what_a_citizen_says_is_in_no_log(driver):
    records: list[str] = []

    class Keep(logging.Handler):
        def emit(self, record):
            records.append(log.JsonLines().format(record))

    keep = Keep()
    logging.getLogger().addHandler(keep)
    try:
        sink = drivers.Sink()
        async with listening(driver, sink):
            await driver.deliver("stil")
            sink.error = errors.StoreFull("vol")
            await driver.deliver("stil-2")
    finally:
        logging.getLogger().removeHandler(keep)
    assert not [line for line in records if drivers.SENTINEL in line or "jan@example" in line]
