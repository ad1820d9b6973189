"""What a city fears: the bot dead, the hub killed, a port taken, wrong settings. Each is caused here."""

import asyncio
import json
import os
import signal
import socket
import sqlite3
import subprocess
import time
import urllib.error
import urllib.request
from email import message_from_bytes

import aiohttp
import pytest

from tests.support import running

pytestmark = pytest.mark.bot


def receipts(demo: running.RunningDemo) -> dict[str, str | None]:
    with sqlite3.connect(demo.data_dir / "onthaal.sqlite3") as database:
        found = dict(database.execute("SELECT wire_id, outcome FROM receipt").fetchall())
    database.close()
    return found


async def test_a_bot_that_hangs_means_a_person_within_15_seconds_and_is_replaced(own_demo):
    stuck = own_demo.bot_pid()
    os.kill(stuck, signal.SIGSTOP)
    async with running.ChatClient(own_demo.url) as chat:
        began = time.monotonic()
        answer = await chat.ask("hoe vraag ik een paspoort aan?", seconds=15)
        assert time.monotonic() - began < 15
        assert answer["form"] == "details"
        await chat.until(lambda: [s for s in chat.states if s["owner"] == "queue"])
    running.wait_until(lambda: not running.is_alive(stuck), 40, "the stuck bot is gone")
    running.wait_until(lambda: _understands(own_demo), 60, "a new bot answers")


async def test_a_bot_that_is_killed_means_a_person_at_once_and_is_replaced(own_demo):
    os.kill(own_demo.bot_pid(), signal.SIGKILL)
    async with running.ChatClient(own_demo.url) as chat:
        answer = await chat.ask("hoe vraag ik een paspoort aan?", seconds=15)
        assert answer["card"] is None
        await chat.until(lambda: [s for s in chat.states if s["owner"] == "queue"])
    running.wait_until(lambda: _understands(own_demo), 60, "a new bot answers")


async def test_a_bot_killed_in_the_middle_of_a_turn_means_a_person_within_15_seconds_and_is_replaced(own_demo):
    thinking = own_demo.bot_pid()
    os.kill(thinking, signal.SIGSTOP)  # so that the turn is under way for sure when the bot dies
    async with running.ChatClient(own_demo.url) as chat:
        began = time.monotonic()
        await chat.send(text="hoe vraag ik een paspoort aan?")
        await asyncio.to_thread(running.wait_until, lambda: _is_asking(own_demo), 10, "the hub asks the bot")
        os.kill(thinking, signal.SIGKILL)
        await chat.until(lambda: [s for s in chat.states if s["owner"] == "queue"])
        assert time.monotonic() - began < 15
    running.wait_until(lambda: _understands(own_demo), 60, "a new bot answers")
    async with running.ChatClient(own_demo.url) as chat:
        answer = await chat.ask("hoe vraag ik een paspoort aan?")
        assert answer["card"]["product"] == "paspoort-aanvragen"


def _is_asking(demo: running.RunningDemo) -> bool:
    """The turn is under way: its job runs."""
    with sqlite3.connect(demo.data_dir / "onthaal.sqlite3") as database:
        found = database.execute("SELECT 1 FROM job WHERE kind = 'answer' AND state = 'doing'").fetchall()
    database.close()
    return bool(found)


def _understands(demo: running.RunningDemo) -> bool:
    try:
        with urllib.request.urlopen(f"{demo.url}/healthz", timeout=10) as response:
            return json.load(response)["parts"]["bot"] == "ok"
    except urllib.error.HTTPError:
        return False


async def test_nothing_acknowledged_is_missing_after_kill_9_and_no_child_is_left(own_demo):
    acknowledged: set[str] = set()
    own_demo.send_mail("Hoe vraag ik een paspoort aan?", message_id="<eerste@example.org>")
    children = running.wait_until(
        lambda: found if len(found := running.children_of(own_demo.pid)) >= 2 else None, 20, "bot and parse worker"
    )

    async def chat(number: int) -> None:
        async with running.ChatClient(own_demo.url) as client:
            for turn in range(20):
                try:
                    await client.send(client_id=f"kill-test-{number}-{turn}", text=f"vraag {turn}")
                    await client.until(lambda t=turn: f"kill-test-{number}-{t}" in client.acks, 5)
                except (ConnectionError, TimeoutError, aiohttp.ClientError):
                    break
                finally:
                    acknowledged.update(client.acks)

    chats = [asyncio.create_task(chat(number)) for number in range(3)]
    await asyncio.sleep(0.7)
    own_demo.kill()
    await asyncio.gather(*chats, return_exceptions=True)
    running.wait_until(lambda: not any(running.is_alive(pid) for pid in children), 10, "all children ended")
    assert acknowledged
    own_demo.start()
    running.wait_until(lambda: all(receipts(own_demo).values()), 60, "every receipt has its outcome")
    kept = receipts(own_demo)
    names = [wire_id.split(":", 1)[1] for wire_id in kept if ":" in wire_id]
    assert acknowledged <= set(names)
    assert len(names) == len(set(names))
    assert len(kept) - len([w for w in kept if "kill-test" in w]) == 1


def test_ctrl_c_stops_everything_that_was_started(tmp_path):
    demo = running.RunningDemo(tmp_path).start()
    demo.send_mail("Hoe vraag ik een paspoort aan?")
    running.wait_until(demo.caught, 20, "an answer by mail")
    children = running.children_of(demo.pid)
    assert demo.stop() == 0
    assert not [pid for pid in children if running.is_alive(pid)]


def test_a_port_in_use_is_named_with_the_setting_that_changes_it(tmp_path):
    demo = running.RunningDemo(tmp_path)
    for port, setting in ((demo.web_port, "ONTHAAL_WEB__PORT"), (demo.smtp_port, "LISTEN_PORT")):
        with socket.socket() as taken:
            taken.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            taken.bind(("127.0.0.1", port))
            taken.listen()
            done = _run(demo, "demo")
        assert done.returncode == 1
        assert str(port) in done.stdout
        assert setting in done.stdout
        assert "Traceback" not in done.stdout


def test_all_wrong_settings_are_named_at_once(tmp_path):
    demo = running.RunningDemo(
        tmp_path,
        ONTHAAL_WEB__PORT="zeventig",
        ONTHAAL_BOT__TIMEOUT_SECONDS="-1",
        ONTHAAL_CHANNELS__EMAIL__RELAY_TLS="misschien",
    )
    done = _run(demo, "check")
    assert done.returncode == 1
    for name in ("ONTHAAL_WEB__PORT", "ONTHAAL_BOT__TIMEOUT_SECONDS", "ONTHAAL_CHANNELS__EMAIL__RELAY_TLS"):
        assert name in done.stdout
    others = {"ONTHAAL_WEBB__PORT": "1", "ONTHAAL_BOT_URL": "x", "ONTHAAL_CITY__TIME_ZONE": "Mars/Base"}
    done = _run(running.RunningDemo(tmp_path, **others, ONTHAAL_WORK__LEASE_MINUTES="inf"), "check")
    for name in (*others, "ONTHAAL_WORK__LEASE_MINUTES"):
        assert name in done.stdout
    assert "Traceback" not in done.stdout


def test_the_demo_refuses_to_show_its_passwords_to_others(tmp_path):
    done = _run(running.RunningDemo(tmp_path, ONTHAAL_WEB__HOST="0.0.0.0"), "demo")
    assert done.returncode == 1
    assert "ONTHAAL_DEMO__PUBLIC" in done.stdout


def test_a_second_hub_on_the_same_data_is_refused(demo):
    second = running.RunningDemo(demo.data_dir)
    done = _run(second, "demo")
    assert done.returncode == 1
    assert "Traceback" not in done.stdout


def _run(demo: running.RunningDemo, command: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [*running.ONTHAAL, command], cwd=running.ROOT, env=demo.environment, stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT, text=True, timeout=60, check=False,
    )  # fmt: skip


async def test_a_message_that_is_sent_again_is_the_same_message(demo):
    async with running.ChatClient(demo.url) as chat:
        for _ in range(3):
            await chat.send(client_id="zelfde-bericht-1", text="hallo daar")
        await chat.until(lambda: [m for m in chat.messages if m["author"] == "bot"])
        last = await chat.send(text="nog iets")  # what came twice would come before this
        await chat.until(lambda: [m for m in chat.messages if m["client_id"] == last])
        assert len([m for m in chat.messages if m["client_id"] == "zelfde-bericht-1"]) == 1


async def test_a_chat_resumes_where_it_was(demo):
    first = running.ChatClient(demo.url)
    async with first:
        await first.ask("hoe vraag ik een paspoort aan?")
    second = running.ChatClient(demo.url)
    second.token = first.token
    async with second:
        await second.until(lambda: len(second.messages) == len(first.messages))
    assert [m["seq"] for m in second.messages] == list(range(1, len(first.messages) + 1))


def test_an_unreadable_mail_is_visible_and_a_hanging_one_is_cut(demo):
    import smtplib

    before = len(receipts(demo))
    with smtplib.SMTP("127.0.0.1", demo.smtp_port, timeout=10) as client:
        subject = " ".join("=?utf-8?q?a=20b?=" for _ in range(25_000))
        client.sendmail("x@example.org", ["info@voorbeeldstad.example"], f"Subject: {subject}\r\n\r\nhoi".encode())
    running.wait_until(
        lambda: len(receipts(demo)) == before + 1 and all(receipts(demo).values()), 20, "the mail has its outcome"
    )
    assert set(receipts(demo).values()) <= {"message", "quarantined"}


def test_mail_in_and_out_by_the_real_wire(demo):
    before = len(demo.caught())
    demo.send_mail("Hoe vraag ik een paspoort aan?", subject="Paspoort")
    answer = running.wait_until(lambda: demo.caught()[before:], 20, "an answer by mail")[0]
    mail = message_from_bytes(answer.read_bytes())
    assert mail["Auto-Submitted"] == "auto-replied"
    body = mail.get_body(("plain",)).get_content() if hasattr(mail, "get_body") else answer.read_text()
    assert "75" in body
    demo.send_mail("Dat is niet wat ik bedoel", subject="Re: Paspoort", to=running.reply_token_address(answer))
    follow = running.wait_until(lambda: demo.caught()[before + 1 :], 20, "a person takes over")[0]
    assert running.reply_token_address(follow) == running.reply_token_address(answer)
