"""README and lessons are typed in by a test, block by block; what they promise is looked up."""

import asyncio
import email
import email.policy
import json
import os
import re
import signal

import aiohttp
import pytest

from tests.support import loopback, running, shell_examples

pytestmark = pytest.mark.bot
DOCS = running.ROOT / "docs"
PASSWORD = "een lang wachtwoord"


@pytest.fixture
def demo_terminal(demo, tmp_path):
    """A terminal beside a demo that runs; `make run` is replaced by that demo."""
    return shell_examples.Terminal(shell_examples.clone(tmp_path / "onthaal", demo.data_dir), **{
        name: value for name, value in demo.environment.items() if name.startswith("ONTHAAL_")
    })  # fmt: skip


TYPED = ("README.md", "docs/tutorial/first-answer.md", "docs/reference/api.md", "docs/how-to/connect-mail.md")


@pytest.mark.parametrize("page", TYPED)
def test_every_shell_example_beside_the_demo_works(page, demo, demo_terminal):
    ports = {"8080": demo.web_port, "8025": demo.smtp_port}
    printed = [
        demo_terminal.type(block, ports)
        for block in shell_examples.blocks(running.ROOT / page)
        if "make run" not in block
    ]
    assert printed
    for text in printed:
        assert "250 2.0.0 Kept" in text or "swaks" not in text


def test_the_lesson_ends_with_a_ledger_that_adds_up(demo, demo_terminal):
    demo.send_mail("Hoe vraag ik een paspoort aan?")
    [count] = [block for block in shell_examples.blocks(DOCS / "tutorial" / "first-answer.md") if "summary" in block]
    ledger = json.loads(demo_terminal.type(count, {"8080": demo.web_port}))
    assert ledger["total"] == sum(ledger["outcomes"].values()) > 0


def stop(folder, name):
    path = folder / "lindedorp" / name
    if path.exists():
        pid = int(path.read_text())
        if running.is_alive(pid):
            os.kill(pid, signal.SIGTERM)
            running.wait_until(lambda: not running.is_alive(pid), 30, f"{name} ends")


@pytest.fixture
def lindedorp(tmp_path):
    (tmp_path / "var" / "models").mkdir(parents=True)
    model = running.newest_model()
    (tmp_path / "var" / "models" / model.name).symlink_to(model)
    folder = shell_examples.clone(tmp_path / "onthaal", tmp_path / "var")
    yield folder
    for name in ("hub.pid", "relay.pid"):
        stop(folder, name)


@pytest.mark.timeout(300)
def test_a_city_of_ones_own_is_made_as_the_lesson_says(lindedorp):
    terminal = shell_examples.Terminal(lindedorp)
    web, smtp, relay = loopback.free_ports(3)
    ports = {"8080": web, "8025": smtp, "2525": relay}
    printed = {}
    *steps, last = shell_examples.blocks(DOCS / "tutorial" / "your-own-city.md")
    for block in steps:
        for word in ("catalogue import", "onthaal check", "lindedorp/answer.eml", "kapot is"):
            if word in block:
                printed[word] = ""
        said = terminal.type(block, ports, typed=f"{PASSWORD}\n{PASSWORD}\n")
        printed.update({word: said for word in printed if word in block})
    assert "3 nieuw" in printed["catalogue import"]
    assert "FOUT" not in printed["onthaal check"]
    assert "De eerste kaart is gratis" in printed["lindedorp/answer.eml"]
    answer = (lindedorp / "lindedorp" / "sent.txt").read_text()
    body = re.sub(r"(?s).*?-+ MESSAGE FOLLOWS -+\n", "", answer, count=1)
    text = email.message_from_string(body, policy=email.policy.default).get_body(("plain",)).get_content()
    assert "Met een bewonerskaart parkeert u zonder betalen in uw eigen wijk." in text
    assert "De eerste kaart is gratis" in text
    asyncio.run(an_finds_the_report(f"http://127.0.0.1:{web}"))
    terminal.type(last, ports)


async def an_finds_the_report(url):
    async with aiohttp.ClientSession(cookie_jar=aiohttp.CookieJar(unsafe=True)) as browser:
        fields = {"email": "an.peeters@lindedorp.example", "password": PASSWORD}
        async with browser.post(f"{url}/inloggen", data=fields, headers={"Origin": url}) as answer:
            assert answer.url.path == "/werkplek"
        async with asyncio.timeout(20):
            page = ""
            while "Donker" not in page:
                async with browser.get(f"{url}/werkplek") as answer:
                    page = await answer.text()
                await asyncio.sleep(0.2)
        assert "Wegen en groen" in page
