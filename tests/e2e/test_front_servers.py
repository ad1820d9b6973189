"""The web servers and the mail server in front of the hub, set up as deploy/ and the how-to pages say."""

import asyncio
import dataclasses
import io
import json
import re
import ssl
import subprocess
from collections.abc import Iterator
from pathlib import Path

import aiohttp
import pytest

from tests.support import loopback, running

pytestmark = pytest.mark.bot
HOW_TO = running.ROOT / "docs" / "how-to"
CERTIFICATES = running.ROOT / "tests" / "fixtures" / "tls"
NAME = "onthaal.stad.example"

NGINX = """
worker_processes 1;
error_log {folder}/error.log;
pid {folder}/pid;
events {{ worker_connections 256; }}
http {{
    access_log off;
    client_body_temp_path {folder}/body;
    proxy_temp_path {folder}/proxy;
    fastcgi_temp_path {folder}/fastcgi;
    uwsgi_temp_path {folder}/uwsgi;
    scgi_temp_path {folder}/scgi;
    {site}
}}
"""
APACHE = """
ServerRoot "{folder}"
ServerName localhost
PidFile {folder}/pid
ErrorLog {folder}/error.log
Mutex pthread
Listen 127.0.0.1:{plain}
Listen 127.0.0.1:{secure}
{modules}
{site}
"""
MODULES = ("mpm_event", "authz_core", "alias", "socache_shmcb", "ssl", "proxy", "proxy_http", "proxy_wstunnel")


def example(page: str, kind: str) -> str:
    """The one fenced block of a page that is in this language."""
    [found] = re.findall(rf"^```{kind}\b[^\n]*\n(.*?)^```$", (HOW_TO / page).read_text(), re.MULTILINE | re.DOTALL)
    return found


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[running.RunningDemo]:
    demo = running.RunningDemo(tmp_path_factory.mktemp("hub"), ONTHAAL_WEB__PUBLIC_URL=f"https://{NAME}").start()
    yield demo
    demo.stop()


@dataclasses.dataclass(frozen=True, kw_only=True)
class Front:
    """A web server before the hub: its ports and, of nginx, its log."""

    kind: str
    plain: int
    secure: int
    log: Path


@pytest.fixture(params=["nginx", "apache"])
def front(request, hub, tmp_path) -> Iterator[Front]:
    plain, secure = loopback.free_ports(2)
    nginx = re.sub(r"\n\s*listen \[::\][^\n]*", "", (running.ROOT / "deploy" / "nginx.conf").read_text())
    site = nginx if request.param == "nginx" else example("go-live.md", "apache")
    ports = {
        "nginx": {
            "/var/log/nginx/onthaal.log": f"{tmp_path}/access.log",
            "listen 80;": f"listen 127.0.0.1:{plain};",
            "listen 443 ssl": f"listen 127.0.0.1:{secure} ssl",
        },
        "apache": {"*:80": f"127.0.0.1:{plain}", "*:443": f"127.0.0.1:{secure}"},
    }[request.param]
    for written, own in {
        "127.0.0.1:8080": f"127.0.0.1:{hub.web_port}",
        "/etc/ssl/onthaal/fullchain.pem": f"{CERTIFICATES}/starttls-certificate.pem",
        "/etc/ssl/onthaal/privkey.pem": f"{CERTIFICATES}/starttls-key.pem",
        **ports,
    }.items():
        assert written in site, written
        site = site.replace(written, own)
    modules = "\n".join(f"LoadModule {name}_module /usr/lib/apache2/modules/mod_{name}.so" for name in MODULES)
    configuration = tmp_path / "front.conf"
    shape = NGINX if request.param == "nginx" else APACHE
    configuration.write_text(shape.format(folder=tmp_path, site=site, modules=modules, plain=plain, secure=secure))
    command = {
        "nginx": ["/usr/sbin/nginx", "-c", str(configuration), "-e", f"{tmp_path}/error.log", "-g", "daemon off;"],
        "apache": ["/usr/sbin/apache2", "-f", str(configuration), "-DFOREGROUND"],
    }[request.param]
    if request.param == "nginx":
        tested = subprocess.run([*command, "-t", "-e", "stderr"], capture_output=True, text=True, check=False)
        assert (tested.returncode, "warn" in tested.stderr) == (0, False), tested.stderr
    program = subprocess.Popen(command, cwd=tmp_path, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    try:
        running.wait_until(lambda: program.poll() is not None or answers(secure), 20, "the web server listens")
        assert program.poll() is None, program.communicate()[0] + (tmp_path / "error.log").read_text()
        yield Front(kind=request.param, plain=plain, secure=secure, log=tmp_path / "access.log")
    finally:
        program.terminate()
        program.communicate(timeout=20)


def answers(port: int) -> bool:
    try:
        ssl.get_server_certificate(("127.0.0.1", port), timeout=2)
    except OSError:
        return False
    return True


@pytest.mark.timeout(180)
def test_chat_log_in_and_live_updates_pass_through_the_web_server_of_the_page(front, hub):
    asyncio.run(walk(front, hub))


async def walk(front: Front, hub: running.RunningDemo) -> None:
    base, headers = f"https://127.0.0.1:{front.secure}", {"Host": NAME, "Origin": f"https://{NAME}"}
    trusted = ssl.create_default_context(cafile=CERTIFICATES / "starttls-certificate.pem")
    trusted.check_hostname = False
    lines = aiohttp.TCPConnector(ssl=trusted)
    async with aiohttp.ClientSession(headers=headers, connector=lines) as browser:
        async with browser.get(f"{base}/?zoek=geheim-woord") as page:
            assert page.status == 200
            assert "max-age=31536000" in page.headers["Strict-Transport-Security"]
            assert f"wss://{NAME}" in page.headers["Content-Security-Policy"]
        async with browser.ws_connect(f"{base}/chat/socket") as chat:
            await chat.send_json({"type": "hello", "token": None, "after": 0, "language": "nl"})
            assert (await chat.receive_json(timeout=10))["type"] == "welcome"
            await chat.send_json(
                {"type": "message", "client_id": "front-01", "text": "Hoe vraag ik een paspoort aan?", "language": "nl"}
            )
            async with asyncio.timeout(30):
                while (frame := await chat.receive_json()).get("author") != "bot":
                    assert frame["type"] != "error", frame
            assert "paspoort" in json.dumps(frame).lower()
        login, password = next(iter(hub.logins().items()))
        fields = {"email": login, "password": password}
        async with browser.post(f"{base}/inloggen", data=fields, allow_redirects=False) as answer:
            assert (answer.status, answer.headers["Location"]) == (303, "/werkplek")
            cookie = answer.cookies["__Host-onthaal"]
            assert cookie["secure"]
        session = {"Cookie": f"__Host-onthaal={cookie.value}"}
        async with browser.get(f"{base}/werkplek/gebeurtenissen", headers=session) as stream:
            assert stream.status == 200
            async with asyncio.timeout(20):  # the first sign of life comes at once, so nothing holds the stream back
                assert await stream.content.readany()
            assert stream.connection is not None
            assert stream.connection.transport is not None
            stream.connection.transport.abort()  # else TLS says goodbye after the loop has ended
        async with browser.get(f"{base}/healthz") as health:
            assert health.status == {"nginx": 200, "apache": 404}[front.kind]  # nginx lets this machine through
        old = f"http://127.0.0.1:{front.plain}/werkplek"
        async with browser.get(old, allow_redirects=False) as redirect:
            assert (redirect.status, redirect.headers["Location"]) == (301, f"https://{NAME}/werkplek")
        if front.kind == "nginx":
            async with browser.post(f"{base}/inloggen", data=io.BytesIO(b"x" * 1_100_000)) as flood:
                assert flood.status == 413
            await asyncio.to_thread(
                running.wait_until, lambda: "/inloggen" in front.log.read_text(), 15, "it is logged"
            )
            assert "geheim-woord" not in front.log.read_text()


def test_the_mail_server_of_the_page_knows_every_setting_and_sends_replies_to_the_hub(tmp_path):
    lines = example("connect-mail.md", "ini")
    (tmp_path / "main.cf").write_text(f"compatibility_level = 3.6\nqueue_directory = {tmp_path}\n{lines}")
    (tmp_path / "master.cf").write_text("smtp unix - - y - - smtp\n")
    told = postfix("postconf", "-c", tmp_path, "-n")
    assert "warning" not in told
    for address in ("info@stad.example", "info+c.abc@stad.example"):
        assert transport(told, address) == "smtp:[127.0.0.1]:8025", told
    assert transport(told, "burgemeester@stad.example") == ""


def transport(told: str, address: str) -> str:
    """Where Postfix would send this address: it looks for the whole, then without the plus part (transport(5))."""
    [table] = re.findall(r"^transport_maps = (.*)$", told, re.MULTILINE)
    whole, plain = address, re.sub(r"\+[^@]*", "", address)
    found = (postfix("postmap", "-q", each, table.replace("$", "")).strip() for each in (whole, plain))
    return next((each for each in found if each), "")


def postfix(program: str, *arguments: str | Path) -> str:
    command = [f"/usr/sbin/{program}", *map(str, arguments)]
    done = subprocess.run(command, capture_output=True, text=True, timeout=30, check=False)
    return done.stdout + done.stderr
