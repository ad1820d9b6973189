"""The channel that docs/how-to/add-a-channel.md shows keeps what every channel promises."""

import asyncio
import contextlib
import re

import pytest

from intake import errors
from intake.domain import message
from tests.contract import drivers
from tests.support import running


@pytest.fixture
def example(tmp_path):
    page = (running.ROOT / "docs" / "how-to" / "add-a-channel.md").read_text()
    [code] = re.findall(r"^```python\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    names = {}
    exec(compile(code, "add-a-channel.md", "exec"), names)
    kind = names["KIND"]
    return kind.build(kind.settings_class(folder=tmp_path, every_seconds=0.01), None)


@contextlib.asynccontextmanager
async def listening(channel, sink):
    ready = asyncio.Event()
    task = asyncio.create_task(channel.listen(sink, ready.set))
    await asyncio.wait_for(ready.wait(), 10)
    yield task
    task.cancel()
    with contextlib.suppress(asyncio.CancelledError, errors.StoreFull):
        await task


async def test_a_file_is_kept_once_and_then_moved_away(example, tmp_path):
    sink = drivers.Sink()
    async with listening(example, sink):
        (tmp_path / "1.txt").write_text("jan@example.org\nHoe vraag ik een paspoort aan?")
        await asyncio.to_thread(running.wait_until, (tmp_path / "done" / "1.txt").exists, 10, "the file is moved away")
    [receipt] = sink.receipts
    read = example.parse(receipt)
    assert (read.sender.value, read.text) == ("jan@example.org", "Hoe vraag ik een paspoort aan?")


async def test_a_file_that_was_not_kept_stays(example, tmp_path):
    sink = drivers.Sink()
    sink.error = errors.StoreFull("vol")
    (tmp_path / "1.txt").write_text("jan@example.org\nVraag")
    async with listening(example, sink) as task:
        with pytest.raises(errors.StoreFull):
            await asyncio.wait_for(asyncio.shield(task), 10)
    assert (tmp_path / "1.txt").exists()


@pytest.mark.parametrize("raw", [b"\xff\xfe", b"geen adres\nVraag", b"jan@example.org\n"])
async def test_rubbish_is_said_to_be_unreadable(example, raw):
    with pytest.raises(errors.Unreadable):
        example.parse(message.RawReceipt(channel="folder", account="folder", wire_id="x", raw=raw))
