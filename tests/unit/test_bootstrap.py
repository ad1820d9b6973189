"""The first download of the set-up: only the pinned file passes, and every failure says what to do."""

import hashlib
import http.server
import importlib
import io
import json
import os
import sys
import threading
import zipfile
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "scripts"))
bootstrap = importlib.import_module("bootstrap")


class Index:
    """A package index on loopback: pages by path, and what was asked of it."""

    def __init__(self) -> None:
        self.pages: dict[str, tuple[str, bytes]] = {}
        self.cut_short = 0
        self.asked: list[tuple[str, str | None]] = []
        index = self

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                index.asked.append((self.path, self.headers.get("Authorization")))
                kind, body = index.pages.get(self.path, ("", b""))
                self.send_response(200 if kind else 404)
                self.send_header("Content-Type", kind or "text/plain")
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                if kind == "application/zip" and index.cut_short > 0:
                    index.cut_short -= 1
                    body = body[:10]
                self.wfile.write(body)

            def log_message(self, *_: object) -> None:
                pass

        self.server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.url = f"http://127.0.0.1:{self.server.server_port}/simple"

    def offer(self, filename: str, content: bytes) -> None:
        files = [{"filename": filename, "url": f"../../files/{filename}"}]
        self.pages["/simple/uv/"] = ("application/vnd.pypi.simple.v1+json", json.dumps({"files": files}).encode())
        self.pages[f"/files/{filename}"] = ("application/zip", content)


@pytest.fixture
def index(monkeypatch):
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    served = Index()
    thread = threading.Thread(target=served.server.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    yield served
    served.server.shutdown()
    thread.join()
    served.server.server_close()


def wheel_with(program: bytes) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr("uv-1.data/scripts/uv", program)
    return packed.getvalue()


WHEEL = wheel_with(b"#!/bin/sh\necho uv\n")
PIN = bootstrap.Pin(project="uv", filename="uv-1-py3-none-any.whl", sha256=hashlib.sha256(WHEEL).hexdigest())


def fetch(index, target, pin=PIN, url=None):
    seen: list[tuple[int, int | None]] = []
    bootstrap.fetch(pin, target, lambda *so_far: seen.append(so_far), index=url or index.url, pause=lambda _: None)
    return seen


def test_the_pinned_file_is_fetched_and_its_program_can_be_run(index, tmp_path):
    index.offer(PIN.filename, WHEEL)
    seen = fetch(index, tmp_path / "uv.whl")
    assert seen[-1] == (len(WHEEL), len(WHEEL))
    program = bootstrap.unpack_program(tmp_path / "uv.whl", "uv", tmp_path)
    assert os.access(program, os.X_OK)


def test_a_file_with_another_hash_is_refused_and_nothing_of_it_stays(index, tmp_path):
    index.offer(PIN.filename, wheel_with(b"something else"))
    with pytest.raises(bootstrap.SetupError, match="not the file that this project pins"):
        fetch(index, tmp_path / "uv.whl")
    assert list(tmp_path.iterdir()) == []


def test_a_line_that_breaks_is_tried_again(index, tmp_path):
    index.offer(PIN.filename, WHEEL)
    index.cut_short = 2
    fetch(index, tmp_path / "uv.whl")
    assert (tmp_path / "uv.whl").read_bytes() == WHEEL


def test_a_line_that_keeps_breaking_says_so(index, tmp_path):
    index.offer(PIN.filename, WHEEL)
    index.cut_short = bootstrap.ATTEMPTS
    with pytest.raises(bootstrap.SetupError, match="broke off"):
        fetch(index, tmp_path / "uv.whl")
    assert list(tmp_path.iterdir()) == []


def test_an_index_that_answers_in_html_is_understood(index, tmp_path):
    page = f'<a href="/files/{PIN.filename}#sha256={PIN.sha256}">{PIN.filename}</a>'.encode()
    index.offer(PIN.filename, WHEEL)
    index.pages["/simple/uv/"] = ("text/html", b'<a name="top"></a><a href="/files/other.whl">other</a>' + page)
    fetch(index, tmp_path / "uv.whl")
    assert (tmp_path / "uv.whl").read_bytes() == WHEEL


@pytest.mark.parametrize(("offered", "said"), [("uv-2.whl", "does not list"), (None, "404")])
def test_an_index_without_the_file_is_named(index, tmp_path, offered, said):
    if offered:
        index.offer(offered, WHEEL)
    with pytest.raises(bootstrap.SetupError, match=said) as caught:
        fetch(index, tmp_path / "uv.whl")
    assert index.url in str(caught.value)


def test_the_login_of_a_mirror_is_sent_and_never_shown(index, tmp_path):
    with_login = index.url.replace("http://", "http://clerk:pass%3Aword@")
    with pytest.raises(bootstrap.SetupError) as caught:
        fetch(index, tmp_path / "uv.whl", url=with_login)
    assert "pass" not in str(caught.value)
    index.offer(PIN.filename, WHEEL)
    fetch(index, tmp_path / "uv.whl", url=with_login)
    assert {login for _, login in index.asked} == {"Basic Y2xlcms6cGFzczp3b3Jk"}


def test_no_connection_says_what_to_set(tmp_path, index):
    closed = "http://127.0.0.1:9/simple"
    with pytest.raises(bootstrap.SetupError, match="HTTPS_PROXY"):
        fetch(index, tmp_path / "uv.whl", url=closed)


@pytest.mark.parametrize(
    ("environment", "url"),
    [
        ({}, bootstrap.PUBLIC_INDEX),
        ({"PIP_INDEX_URL": "https://mirror.example/simple/"}, "https://mirror.example/simple"),
        ({"PIP_INDEX_URL": "https://b.example", "UV_DEFAULT_INDEX": "own=https://a.example"}, "https://a.example"),
    ],
)
def test_the_index_is_the_one_that_pip_or_uv_is_told_to_use(environment, url):
    assert bootstrap.index_url(environment) == url


def test_an_index_that_is_no_web_address_is_refused_by_the_name_of_its_variable():
    with pytest.raises(bootstrap.SetupError, match="PIP_INDEX_URL"):
        bootstrap.index_url({"PIP_INDEX_URL": "ftp://mirror.example"})


def test_uv_is_pinned_for_both_processors_and_other_machines_are_told_so():
    assert bootstrap.pin_for("Linux", "x86_64") != bootstrap.pin_for("Linux", "arm64")
    assert all(bootstrap.UV_VERSION in pin.filename for pin in bootstrap.UV_PINS.values())
    with pytest.raises(bootstrap.SetupError, match="Darwin on arm64"):
        bootstrap.pin_for("Darwin", "arm64")


def test_a_uv_that_is_there_costs_no_download(tmp_path):
    program = bootstrap.uv_path(tmp_path)
    program.parent.mkdir(parents=True)
    program.touch()
    assert bootstrap.ensure_uv(tmp_path, pytest.fail) == program


def test_the_bar_fills_up_and_does_without_a_size():
    assert bootstrap.bar(5_000_000, 10_000_000, width=4) == "[##..] 5.0 of 10.0 MB"
    assert bootstrap.bar(5_000_000, None) == "5.0 MB"
