"""The example configuration of nginx before a running hub: chat, live events, and who is let through."""

import asyncio
import io
import re
import socket
import ssl
import subprocess
from pathlib import Path

import aiohttp
import pytest

from tests.support import loopback, running

CONFIG = running.ROOT / "deploy" / "nginx.conf"
FIXTURES = running.ROOT / "tests" / "fixtures" / "mail"
NAME = "onthaal.stad.example"


def adapted(text: str, folder: Path, plain: int, secure: int, hub: int) -> str:
    """The example with the ports and paths of this test; nothing else changes."""
    for old, new in {
        "listen 80;": f"listen 127.0.0.1:{plain};",
        "listen 443 ssl http2;": f"listen 127.0.0.1:{secure} ssl http2;",
        "127.0.0.1:8080 ": f"127.0.0.1:{hub} ",
        "/etc/ssl/onthaal/fullchain.pem": str(FIXTURES / "starttls-certificate.pem"),
        "/etc/ssl/onthaal/privkey.pem": str(FIXTURES / "starttls-key.pem"),
        "/var/log/nginx/onthaal.log": str(folder / "access.log"),
    }.items():
        assert old in text, old
        text = text.replace(old, new)
    text = re.sub(r"\n\s*listen \[::\][^\n]*", "", text)
    temporary = "".join(
        f"{kind}_temp_path {folder}/{kind};\n" for kind in ("client_body", "proxy", "fastcgi", "uwsgi", "scgi")
    )
    return (
        f"daemon off;\nmaster_process off;\npid {folder}/nginx.pid;\nerror_log stderr warn;\n"
        f"events {{}}\nhttp {{\n{temporary}{text}}}\n"
    )


@pytest.fixture
def nginx(demo, tmp_path):
    """nginx before the demo city; yields (https port, http port, its log)."""
    plain, secure = loopback.free_ports(2)
    config = tmp_path / "nginx.conf"
    config.write_text(adapted(CONFIG.read_text(), tmp_path, plain, secure, demo.web_port))
    command = ["/usr/sbin/nginx", "-c", str(config), "-p", str(tmp_path), "-e", "stderr"]
    tested = subprocess.run([*command, "-t"], capture_output=True, text=True, check=False)
    assert (tested.returncode, "warn" in tested.stderr) == (0, False), tested.stderr
    process = subprocess.Popen(command, stderr=subprocess.DEVNULL)
    running.wait_until(lambda: answers(secure), 10, "nginx is up")
    yield secure, plain, tmp_path / "access.log"
    process.terminate()
    process.wait(10)


def answers(port: int) -> bool:
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True


def trusting() -> ssl.SSLContext:
    context = ssl.create_default_context(cafile=str(FIXTURES / "starttls-certificate.pem"))
    context.check_hostname = False
    return context


async def test_chat_pages_and_live_events_pass_through_nginx(nginx, demo):
    secure, plain, log = nginx
    url, named = f"https://127.0.0.1:{secure}", {"Host": "127.0.0.1"}
    async with aiohttp.ClientSession(connector=aiohttp.TCPConnector(ssl=trusting()), headers=named) as client:
        async with client.get(f"{url}/?zoek=geheim-woord") as page:
            assert page.status == 200
            assert "onthaal-chat" in await page.text()
        async with client.ws_connect(f"{url}/chat/socket") as chat:
            await chat.send_json({"type": "hello", "token": None, "after": 0, "language": "nl"})
            assert (await chat.receive_json(timeout=10))["type"] == "welcome"
        async with client.get(f"{url}/werkplek/gebeurtenissen") as stream:
            assert stream.content_type == "text/event-stream"
            async with asyncio.timeout(5):
                assert await stream.content.readline() == b"event: gone\n"
        async with client.get(f"{url}/healthz") as health:
            assert health.status == 200
        async with client.post(f"{url}/inloggen", data=io.BytesIO(b"x" * 1_100_000)) as flood:
            assert flood.status == 413
        async with client.get(
            f"http://127.0.0.1:{plain}/werkplek", headers={"Host": NAME}, allow_redirects=False
        ) as redirect:
            assert redirect.status == 301
            assert redirect.headers["Location"] == f"https://{NAME}/werkplek"
    running.wait_until(lambda: log.is_file() and "/chat/socket" in log.read_text(), 5, "the request is logged")
    assert "geheim-woord" not in log.read_text()
