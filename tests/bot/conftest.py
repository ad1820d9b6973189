"""The bot's tests: the ranking in this process, training and serving as real child processes."""

import json
import os
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
from serving import TOKEN, Server

REPOSITORY = Path(__file__).resolve().parents[2]
BOT = REPOSITORY / "bot"

PRODUCTS = [
    {
        "id": "paspoort-aanvragen",
        "version": 3,
        "upl": "paspoort",
        "title": {"nl": "Paspoort aanvragen", "en": "Apply for a passport"},
        "keywords": {"nl": ["reispas", "reisdocument"], "en": ["passport", "travel document"]},
        "examples": {"nl": ["hoe kom ik aan een nieuw paspoort", "mijn paspoort is verlopen"]},
        "text": {"nl": "U vraagt uw paspoort aan in het stadhuis.\nKom zelf langs."},
    },
    {
        "id": "identiteitskaart-aanvragen",
        "version": 1,
        "upl": "identiteitskaart",
        "title": {"nl": "Identiteitskaart aanvragen", "en": "Apply for an identity card"},
        "keywords": {"nl": ["eID", "id-kaart"], "en": ["identity card", "ID"]},
        "examples": {"nl": ["mijn identiteitskaart verloopt binnenkort"]},
        "text": {"nl": "U vraagt uw identiteitskaart aan in het stadhuis."},
    },
    {
        "id": "verhuizing-doorgeven",
        "version": 2,
        "upl": "verhuismelding",
        "title": {"nl": "Verhuizing doorgeven", "en": "Report a change of address"},
        "keywords": {"nl": ["adreswijziging", "nieuw adres"], "en": ["moving house", "new address"]},
        "examples": {"nl": ["ik ga verhuizen, wat moet ik doen"]},
        "text": {"nl": "U geeft uw nieuwe adres door binnen acht dagen."},
    },
    {
        "id": "parkeervergunning-bewoners",
        "version": 1,
        "upl": "parkeervergunning",
        "title": {"nl": "Parkeervergunning voor bewoners", "en": "Parking permit for residents"},
        "keywords": {"nl": ["bewonerskaart", "parkeren"], "en": ["parking"]},
        "examples": {"nl": ["waar mag ik mijn auto zetten in mijn straat"]},
        "text": {"nl": "Met een bewonersvergunning parkeert u in uw wijk."},
    },
    {
        "id": "huwelijk-aangeven",
        "version": 1,
        "upl": "huwelijk",
        "title": {"nl": "Huwelijk aangeven", "en": "Give notice of marriage"},
        "keywords": {"nl": ["trouwen", "bruiloft"], "en": ["wedding", "getting married"]},
        "examples": {"nl": ["wij willen trouwen in het stadhuis"]},
        "text": {"nl": "U geeft uw huwelijk aan bij de burgerlijke stand."},
    },
    {
        "id": "grof-vuil-laten-ophalen",
        "version": 4,
        "upl": None,
        "title": {"nl": "Grofvuil laten ophalen", "en": "Collection of bulky waste"},
        "keywords": {"nl": ["oude meubels", "afval"], "en": ["bulky waste", "furniture"]},
        "examples": {"nl": ["wie komt mijn oude zetel ophalen"]},
        "text": {"nl": "Wij halen grote stukken afval bij u thuis op."},
    },
]


@pytest.fixture
def snapshot_file(tmp_path: Path) -> Path:
    """A good snapshot of six products."""
    path = tmp_path / "snapshot.json"
    path.write_text(json.dumps({"version": "c1", "products": PRODUCTS}))
    return path


def run_train(out: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    """Train as the hub does."""
    command = [sys.executable, "-m", "onthaal_bot.train", "--out", str(out), *arguments]
    return subprocess.run(command, cwd=BOT, capture_output=True, text=True, timeout=180, check=False)


@pytest.fixture(scope="session")
def model(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The model trained on nlu_data/."""
    out = tmp_path_factory.mktemp("model") / "bot.tar.gz"
    done = run_train(out)
    assert done.returncode == 0, done.stdout + done.stderr
    return out


def free_port() -> int:
    """A port of the loopback that nobody listens on now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def start_server(model: Path, snapshot: Path, log: Path) -> Server:
    """Start serving and wait until the model is loaded."""
    port = free_port()
    environment = {**os.environ, "ONTHAAL_BOT_TOKEN": TOKEN, "ONTHAAL_BOT_SNAPSHOT": str(snapshot)}
    with log.open("wb") as out:
        process = subprocess.Popen(
            [sys.executable, "-m", "onthaal_bot.serve", "--model", str(model), "--port", str(port)],
            cwd=BOT,
            env=environment,
            stdin=subprocess.PIPE,
            stdout=out,
            stderr=subprocess.STDOUT,
        )
    server = Server(process=process, port=port, snapshot=snapshot, log=log)
    end = time.monotonic() + 60
    while time.monotonic() < end and process.poll() is None:
        if server.status() == 200:
            return server
        time.sleep(0.1)
    process.kill()
    raise AssertionError(log.read_text())


@pytest.fixture(scope="session")
def server(model: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server with the trained model and the six products."""
    folder = tmp_path_factory.mktemp("serve")
    snapshot = folder / "snapshot.json"
    started = start_server(model, snapshot, folder / "log")
    try:
        yield started
    finally:
        started.process.kill()
        started.process.wait(10)
        if started.process.stdin:
            started.process.stdin.close()


@pytest.fixture
def bot(server: Server) -> Server:
    """The server, with the good snapshot put back."""
    server.write_snapshot({"version": "c1", "products": PRODUCTS})
    return server
