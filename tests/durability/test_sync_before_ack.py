"""Nothing is acknowledged before it is on the disk: read from the system calls of a hub that runs.

kill -9 cannot show this: the kernel still has the bytes. A power cut would not.
"""

import smtplib
import sys
from pathlib import Path

import aiohttp

from tests.support import running, syscalls

ROUNDS = 5
LARGE = b"groot bestand dat buiten de database staat " * 8_000

LESS_DURABLE = """
import sys
from intake.store import sqlite
sqlite._WRITING = tuple(each.replace("synchronous=FULL", "synchronous=NORMAL") for each in sqlite._WRITING)
from intake.__main__ import main
sys.argv = ["onthaal", "demo"]
main()
"""
"""The hub with an engine that does not wait for the disk: the same check must tell it."""


def traced(folder: Path, command: list[str]) -> running.RunningDemo:
    demo = running.RunningDemo(folder, **running.NO_BOT)
    demo.command = [*syscalls.TRACE, f"--output={folder / 'trace'}", *command]
    return demo.start()


def end(demo: running.RunningDemo) -> None:
    assert demo.stop() == 0
    trace = demo.data_dir / "trace"
    running.wait_until(lambda: syscalls.is_complete(trace, demo.pid), 20, "the trace is complete")


def mail(demo: running.RunningDemo, token: bytes, more: bytes = b"") -> None:
    with smtplib.SMTP("127.0.0.1", demo.smtp_port, timeout=30, local_hostname="t") as client:
        content = b"From: jan@example.org\r\nSubject: vraag\r\n\r\n" + token + b"\r\n" + more + b"\r\n"
        assert client.sendmail("jan@example.org", ["info@voorbeeldstad.example"], content) == {}


async def one_of_each(demo: running.RunningDemo, rounds: int) -> dict[str, list[bytes]]:
    """One after the other, so that the acknowledgements come in this order; returns their names per wire."""
    names = {wire: [f"duurzaam-{wire}-{turn}".encode() for turn in range(rounds)] for wire in ("mail", "api", "chat")}
    bearer = {"Authorization": f"Bearer {demo.token('contacts:write')}"}
    async with aiohttp.ClientSession(headers=bearer) as http, running.ChatClient(demo.url) as chat:
        for turn in range(rounds):
            mail(demo, names["mail"][turn])
            name = names["api"][turn].decode()
            body = {"from": {"email": "jan@example.org"}, "text": "vraag", "externalId": name}
            async with http.post(f"{demo.url}/api/v1/messages", json=body) as answer:
                assert answer.status == 202
            name = names["chat"][turn].decode()
            await chat.send(client_id=name, text="vraag")
            await chat.until(lambda name=name: name in chat.acks)
    mail(demo, b"duurzaam-groot", LARGE)
    return names


def too_early(folder: Path, names: dict[str, list[bytes]]) -> list[bytes]:
    """What was acknowledged before the transaction that keeps it was on the disk."""
    calls = syscalls.read(folder / "trace")
    log = str(folder / "onthaal.sqlite3-wal")
    acks = {
        "mail": list(syscalls.sent(calls, b"250 2.0.0 Kept")),
        "api": list(syscalls.sent(calls, b"HTTP/1.1 202")),
        "chat": [next(syscalls.sent(calls, b'"ack", "client_id": "' + name)) for name in names["chat"]],
    }
    assert len(acks["mail"]) == len(names["mail"]) + 1
    assert len(acks["api"]) == len(names["api"])
    found: list[bytes] = []
    for wire, tokens in names.items():
        for token, ack in zip(tokens, acks[wire], strict=False):
            commit = syscalls.commit_of(calls, log, token)
            assert commit.ended is not None
            if not syscalls.is_synced(calls, log, commit.ended, ack.began):
                found.append(token)
    return found


def file_is_synced(folder: Path) -> bool:
    """Whether the file of the large mail and its name in the folder were on the disk before its acknowledgement."""
    calls = syscalls.read(folder / "trace")
    *_, ack = syscalls.sent(calls, b"250 2.0.0 Kept")
    last = [call for call in calls if ".part-" in call.path and call.name == "write"][-1]
    renamed = next(call for call in calls if call.name == "rename" and last.path.encode() in call.content)
    assert last.ended is not None
    assert renamed.ended is not None
    is_file = syscalls.is_synced(calls, last.path, last.ended, renamed.began)
    return is_file and syscalls.is_synced(calls, str(Path(last.path).parent), renamed.ended, ack.began)


async def test_mail_api_and_chat_are_on_the_disk_before_they_are_acknowledged(tmp_path):
    demo = traced(tmp_path, [*running.ONTHAAL, "demo"])
    names = await one_of_each(demo, ROUNDS)
    end(demo)
    assert too_early(tmp_path, names) == []
    assert file_is_synced(tmp_path)


async def test_the_check_tells_a_store_that_does_not_wait_for_the_disk(tmp_path):
    demo = traced(tmp_path, [sys.executable, "-c", LESS_DURABLE])
    names = await one_of_each(demo, 2)
    end(demo)
    assert set(too_early(tmp_path, names)) == {name for wire in names.values() for name in wire}
