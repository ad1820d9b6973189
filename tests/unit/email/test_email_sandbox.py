"""Hostile mail costs a worker and two seconds at most; the hub goes on."""

import asyncio
import contextlib
import os
import pathlib
import sys
import time

import email_support
import pytest

from channels.email import inspect, sandbox
from intake import errors
from tests.support import effort

READ_SECONDS = 2.5  # of processor time, so also on a busy machine; the longest is cut at two seconds
HELLO = b"From: jan@x.example\r\nSubject: dag\r\n\r\nhallo\r\n"
NESTED = b"".join(b"Content-Type: multipart/mixed; boundary=b%d\r\n\r\n--b%d\r\n" % (no, no) for no in range(2_000))
HOSTILE = {
    "a subject of 30,000 encoded words": b"Subject: " + b"=?utf-8?q?abc?=\r\n " * 30_000 + b"\r\n\r\nx",
    "a subject of 15,000 encoded words": b"Subject: " + b"=?utf-8?q?abc?= " * 15_000 + b"\r\n\r\nx",
    "a parameter in 5,000 pieces": b'Content-Type: text/plain; name="x"'
    + b"".join(b";\r\n name*%d*=%%41" % no for no in range(5_000))
    + b"\r\n\r\nx",
    "10,000 recipients": b"To: " + b",\r\n ".join(b"a%d@x.example" % no for no in range(10_000)) + b"\r\n\r\nx",
    "2,000 nested parts": NESTED + b"x",
    "900 nested parts": NESTED[: NESTED.index(b"boundary=b900;") if b"boundary=b900;" in NESTED else 40_000] + b"x",
    "5,000 empty parts": b"Content-Type: multipart/mixed; boundary=b\r\n\r\n" + b"--b\r\n\r\n\r\n" * 5_000 + b"--b--",
    "5,000 opening brackets": b"To: " + b"(" * 5_000 + b"\r\n\r\nx",
    "an unknown charset": b"Content-Type: text/plain; charset=klingon\r\n\r\nx",
    "a sender of one bracket": b"From: <\r\n\r\nx",
    "a Message-ID of one bracket": b"Message-ID: <\r\n\r\nx",
    "a content type of nothing": b'Content-Type: ;;;==="\r\nContent-Disposition: ;=\r\n\r\nx',
    "a boundary of nothing": b'Content-Type: multipart/mixed; boundary=""\r\n\r\n--\r\n\r\nx',
    "zero bytes": b"\x00Sub\x00ject: a\x00b\r\n\x00\r\n\x00\x00",
    "zero bytes in the values": b"Subject: a\x00b\r\nContent-Type: text/plain; charset=\x00\r\n\r\n\x00\x00",
    "an open quote full of separators": b'Content-Type: multipart/mixed; boundary="' + b";" * 200_000 + b"\r\n\r\nx",
    "100,000 open tags": b"Content-Type: text/html\r\n\r\n" + b"<div><b><i>" * 100_000,
    "a table in a table": b"Content-Type: text/html\r\n\r\n" + b"<table><tr><td>" * 50_000,
    "2 MB of angle brackets": b"Content-Type: text/html\r\n\r\n" + b"<" * 2_000_000,
    "base64 that is none": b"Content-Transfer-Encoding: base64\r\n\r\n" + b"=A=B" * 100_000,
    "a delivery report of rubbish": b"Content-Type: message/delivery-status\r\n\r\n" + b"\r\n\r\n" * 20_000,
    "200,000 quoted lines": b"Subject: x\r\n\r\n" + b"On x wrote:\r\n" * 200_000 + b"> x",
}


def children():
    """Process ids of our own children that are parse workers."""
    found = []
    for entry in pathlib.Path("/proc").iterdir():
        with contextlib.suppress(OSError, ValueError):
            if entry.name.isdigit() and b"channels.email.worker" in (entry / "cmdline").read_bytes():
                parent = int((entry / "stat").read_text().rpartition(")")[2].split()[1])
                if parent == os.getpid():
                    found.append(int(entry.name))
    return found


def script(text):
    """A worker of our own making, for what the real one never does."""
    ready = (
        "import sys,struct,os,time;o=sys.stdout.buffer;o.write(struct.pack('>II',14,0)+b'{\"ready\":true}');o.flush();"
    )
    return [sys.executable, "-S", "-c", ready + text]


async def test_a_mail_comes_back_as_the_same_message_as_without_the_sandbox(reader):
    from channels.email import parse

    raw = email_support.receipt((email_support.FIXTURES / "vraag.eml").read_bytes(), rcpt_tos=["info+c.abcdef1@x"])
    assert await reader.parse(raw) == parse.parse(raw)


@pytest.mark.parametrize("name", HOSTILE)
async def test_hostile_mail_ends_within_two_seconds(reader, name):
    raw = email_support.receipt(
        b"From: boef@x.example\r\n" * (not name.startswith(("a sender", "zero"))) + HOSTILE[name]
    )
    await reader.parse(email_support.receipt(HELLO))  # so that the start of the worker is not counted
    before = effort.of(os.getpid())
    with contextlib.suppress(errors.Unreadable):
        found = await reader.parse(raw)
        assert len(found.recipients) <= 200
    assert (effort.of(os.getpid()) - before).children < READ_SECONDS
    assert (await reader.parse(email_support.receipt(HELLO))).text == "hallo"


async def test_a_mail_that_takes_too_long_is_cut_and_only_its_worker_is_killed():
    slow_on = "while True:\n n=struct.unpack('>II',sys.stdin.buffer.read(8));b=sys.stdin.buffer.read(sum(n))\n"
    slow_on += " time.sleep(60 if b'SLOW' in b else 0)\n a=b'{\"unreadable\":\"fast\"}'\n"
    slow_on += " o.write(struct.pack('>II',len(a),0)+a);o.flush()"
    box = sandbox.Sandbox(size=2, wall_seconds=0.5, command=script("\n" + slow_on))
    fast = email_support.receipt(HELLO)
    await asyncio.gather(box.parse(fast), box.parse(fast), return_exceptions=True)
    before = {worker.pid for worker in box._alive}
    began = time.perf_counter()
    with pytest.raises(errors.Unreadable, match="duurde te lang"):
        await box.parse(email_support.receipt(b"SLOW"))
    assert time.perf_counter() - began < 30  # the worker would sleep 60
    assert len(before) == 2
    assert len({worker.pid for worker in box._alive} & before) == 1
    with pytest.raises(errors.Unreadable, match="fast"):
        await box.parse(fast)
    await box.close()


async def test_a_mail_that_ends_two_workers_is_unreadable():
    box = sandbox.Sandbox(size=1, command=script("sys.stdin.buffer.read(8);os._exit(3)"))
    with pytest.raises(errors.Unreadable, match="twee keer"):
        await box.parse(email_support.receipt(HELLO))
    await box.close()
    assert box._alive == set()


@pytest.mark.parametrize("nonsense", ["b'x'*8+b'y'*99", "struct.pack('>II',2,0)+b'[]'", "struct.pack('>II',2,0)+b'{}'"])
async def test_a_worker_that_talks_nonsense_is_not_believed(nonsense):
    box = sandbox.Sandbox(
        size=1, command=script(f"sys.stdin.buffer.read(8);o.write({nonsense});o.flush();time.sleep(9)")
    )
    with pytest.raises(errors.Unreadable):
        await box.parse(email_support.receipt(HELLO))
    await box.close()


async def test_a_worker_that_does_not_start_says_try_again():
    for command in (["/nowhere/python"], [sys.executable, "-S", "-c", "pass"]):
        box = sandbox.Sandbox(size=1, command=command)
        with pytest.raises(errors.RetryLater):
            await box.parse(email_support.receipt(HELLO))
        await box.close()


async def test_a_killed_worker_is_replaced_and_its_mail_is_read(reader):
    await reader.parse(email_support.receipt(HELLO))
    (worker,) = children()
    os.kill(worker, 9)
    assert (await reader.parse(email_support.receipt(HELLO))).text == "hallo"
    assert children() != [worker]


async def test_many_mails_share_few_workers(reader):
    found = await asyncio.gather(*(reader.parse(email_support.receipt(HELLO)) for _ in range(50)))
    assert {message.text for message in found} == {"hallo"}
    assert len(children()) <= 2


async def test_a_cancelled_caller_leaves_the_sandbox_usable():
    box = sandbox.Sandbox(size=1, wall_seconds=30, command=script("time.sleep(60)"))
    task = asyncio.ensure_future(box.parse(email_support.receipt(HELLO)))
    await until(lambda: len(box._alive) == 1)
    await asyncio.sleep(0.2)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    assert box._alive == set()
    box._command = sandbox.Sandbox()._command
    assert (await box.parse(email_support.receipt(HELLO))).text == "hallo"
    await box.close()


async def test_closing_leaves_no_process_and_lets_nobody_wait():
    box = sandbox.Sandbox(size=2, wall_seconds=30, command=script("time.sleep(60)"))
    tasks = [asyncio.ensure_future(box.parse(email_support.receipt(HELLO))) for _ in range(5)]
    await until(lambda: len(box._alive) == 2)
    workers = [worker.pid for worker in box._alive]
    await box.close()
    results = await asyncio.gather(*tasks, return_exceptions=True)
    assert {type(result) for result in results} == {errors.RetryLater}
    assert not any(alive(pid) for pid in workers)
    with pytest.raises(errors.RetryLater):
        await box.parse(email_support.receipt(HELLO))


async def test_no_worker_survives_a_hub_that_was_killed():
    code = (
        "import asyncio,os\nfrom channels.email import sandbox\nfrom intake.domain import message\n"
        "async def main():\n box=sandbox.Sandbox(size=1)\n"
        " raw=message.RawReceipt(channel='email',account='',wire_id='x',raw=b'From: a@b.c\\r\\n\\r\\nx')\n"
        " await box.parse(raw)\n print(*[w.pid for w in box._alive],flush=True)\n os.kill(os.getpid(),9)\n"
        "asyncio.run(main())"
    )
    worker = int(await output_of(code))
    await until(lambda: not alive(worker))


async def output_of(code):
    env = {"PYTHONPATH": str(pathlib.Path(sandbox.__file__).parents[2]), "PATH": os.environ["PATH"]}
    started = await asyncio.create_subprocess_exec(sys.executable, "-c", code, stdout=asyncio.subprocess.PIPE, env=env)
    return (await started.communicate())[0].decode()


async def until(claim):
    for _ in range(500):
        if claim():
            return
        await asyncio.sleep(0.01)
    pytest.fail("it did not come true within 5 seconds")


def proc(pid, name):
    return pathlib.Path(f"/proc/{pid}/{name}").read_text()


def alive(pid):
    try:
        return proc(pid, "stat").rpartition(")")[2].split()[0] != "Z"
    except OSError:
        return False


async def test_a_worker_knows_no_secret_of_the_hub_and_starts_fast(reader, monkeypatch):
    monkeypatch.setenv("ONTHAAL_SECRET", "geheim")
    await reader.parse(email_support.receipt(HELLO))
    (worker,) = children()
    assert "geheim" not in proc(worker, "environ")
    limits = proc(worker, "limits")
    assert "Max core file size        0                    0" in limits
    assert "Max address space         1073741824           1073741824" in limits


async def test_a_worker_loads_no_wire_library():
    code = "import sys\nfrom channels.email import worker\nprint(*sorted(sys.modules))"
    loaded = set((await output_of(code)).split())
    assert not loaded & {"aiosmtpd", "aiosmtplib", "pydantic", "asyncio", "charset_normalizer", "intake.ports"}


async def test_memory_is_bounded():
    box = sandbox.Sandbox(size=1, memory_bytes=150_000_000)
    with pytest.raises(errors.Unreadable):
        await box.parse(email_support.receipt(HELLO + b"x" * 60_000_000))
    assert (await box.parse(email_support.receipt(HELLO))).text == "hallo"
    await box.close()


async def test_inspect_gives_one_line_with_every_key(reader, tmp_path):
    import json

    found = await inspect.inspect(email_support.FIXTURES / "onbezorgd.eml", reader)
    assert found["bounce"] == {"recipient": "weg@provider.example", "status": "5.1.1", "kind": "hard"}
    assert found["outcome"] == "message"
    assert found["from"] == "Mail Delivery System <MAILER-DAEMON@provider.example>"
    full = await inspect.inspect(email_support.FIXTURES / "vraag.eml", reader)
    assert full["bounce"] is None
    assert full["attachments"][0]["size_bytes"] == 8
    assert full["date"] == "2025-11-03T10:00:00+01:00"
    (tmp_path / "x.eml").write_bytes(b"\x00geen mail")
    parked = await inspect.inspect(tmp_path / "x.eml", reader)
    assert parked["outcome"] == "unreadable"
    assert set(full) <= set(parked)
    assert json.loads(json.dumps(full)) == full
