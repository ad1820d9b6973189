"""The steps of the hub's image, taken from the Dockerfile and made in a folder: what comes out serves.

What needs a container engine is left to one: making the account, and the walls around the process.
"""

import os
import shutil
import signal
import subprocess
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from tests.support import images, loopback, running

ROOT = images.ROOT
PLACE = "/opt/onthaal"
SERVICES = yaml.safe_load((ROOT / "docker-compose.yml").read_text())["services"]
# What a bare image has: no tools of this machine.
BARE_PATH = "/usr/local/bin:/usr/bin:/bin"


def ignored(context: Path) -> None:
    """Take out of a copy of the repository what .dockerignore keeps from the builder."""
    lines = [line for line in (ROOT / ".dockerignore").read_text().splitlines() if line and not line.startswith("#")]
    let_in = {line[1:] for line in lines if line.startswith("!")}
    for entry in context.iterdir():
        if entry.name not in let_in:
            shutil.rmtree(entry) if entry.is_dir() else entry.unlink()


class Workshop:
    """Makes stages in a folder; `/opt/onthaal` of the image is `place`."""

    def __init__(self, folder: Path) -> None:
        self.context, self.place, self.made = folder / "context", folder / "opt" / "onthaal", folder / "made"
        self.home = folder / "home"
        tracked = subprocess.run(
            ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
            cwd=ROOT, capture_output=True, text=True, check=True,
        ).stdout.split("\0")  # fmt: skip
        for name in filter(None, tracked):
            target = self.context / name
            if (ROOT / name).is_file():
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy2(ROOT / name, target)
        ignored(self.context)
        for path in (self.place, self.home):
            path.mkdir(parents=True)

    def here(self, text: str) -> str:
        return text.replace(PLACE, str(self.place))

    def environment(self, target: str, **more: str) -> dict[str, str]:
        """The ENV of a stage, with the caches of this machine as the builder's cache mount."""
        caches = {
            "UV_CACHE_DIR": os.environ.get("UV_CACHE_DIR", str(Path.home() / ".cache" / "uv")),
            "NPM_CONFIG_CACHE": os.environ.get("NPM_CONFIG_CACHE", str(Path.home() / ".npm")),
        }
        network = {name: value for name, value in os.environ.items() if "SSL_CERT" in name or "INDEX" in name}
        found = {"PATH": BARE_PATH, "HOME": str(self.home), **network}
        for stage in images.lineage(target):
            for name, value in stage.environment().items():
                found[name] = self.here(value).replace("$PATH", found["PATH"])
        return {**found, **caches, **more}

    def copy(self, source: Path, words: list[str]) -> None:
        *names, target = words
        for name in names:
            of = source / name.removeprefix(f"{PLACE}/")
            to = self.place / target
            if of.is_dir():
                shutil.copytree(of, to, symlinks=True, dirs_exist_ok=True)
            else:
                to.mkdir(parents=True, exist_ok=True)
                shutil.copy2(of, to)

    def make(self, target: str) -> None:
        """COPY and RUN of a stage that makes things; then it is put aside for the stage that runs."""
        for stage in images.lineage(target):
            for step in stage.steps:
                if step.name == "COPY":
                    self.copy(self.context, step.words)
                elif step.name == "RUN":
                    done = subprocess.run(
                        ["sh", "-ec", step.rest], cwd=self.place, env=self.environment(target), check=False,
                        stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True,
                    )  # fmt: skip
                    assert done.returncode == 0, f"{step.rest}\n{done.stdout}"
        self.place.rename(self.made)
        self.place.mkdir()

    def assemble(self, target: str) -> None:
        """COPY --from of the stage that runs."""
        *_, last = images.lineage(target)
        for step in last.all("COPY"):
            self.copy(self.made, step.words)


@pytest.fixture(scope="module")
def hub(tmp_path_factory) -> Iterator[Workshop]:
    folder = tmp_path_factory.mktemp("image")
    workshop = Workshop(folder)
    workshop.make("hub-made")
    workshop.assemble("hub")
    yield workshop
    shutil.rmtree(folder, ignore_errors=True)


def command(workshop: Workshop, service: str, secrets: Path) -> list[str]:
    """What a one-shot service of the compose file runs."""
    of = SERVICES[service]
    return [*of["entrypoint"], " ".join(of["command"]).replace("/run/onthaal", str(secrets))]


@pytest.mark.timeout(240)  # a cold machine downloads what the hub needs
def test_the_steps_of_the_image_make_a_hub_that_serves_and_checks_its_own_health(hub, tmp_path):
    web, smtp = loopback.free_ports(2)
    secrets = tmp_path / "run"
    (secrets / "bot").mkdir(parents=True)
    environment = hub.environment(
        "hub",
        ONTHAAL_DATA_DIR=str(tmp_path / "data"),
        ONTHAAL_WEB__PORT=str(web),
        ONTHAAL_CHANNELS__EMAIL__LISTEN_PORT=str(smtp),
        ONTHAAL_CHANNELS__EMAIL__ADDRESSES='["info@stad.example"]',
        ONTHAAL_BOT__URL="http://127.0.0.1:9",
        ONTHAAL_BOT__TOKEN_FILE=str(secrets / "bot" / "bot-token"),
    )

    def run(words: list[str]) -> None:
        done = subprocess.run(words, cwd=hub.place, env=environment, capture_output=True, text=True, check=False)
        assert done.returncode == 0, done.stderr

    run(command(hub, "secrets", secrets))
    run(command(hub, "prepare", secrets))
    kept = {path: path.read_text() for path in secrets.rglob("*") if path.is_file()}
    assert {path.name for path in kept} == {"password", "bot-token", "hub-token"}
    assert oct((secrets / "database" / "password").stat().st_mode)[-3:] == "640"
    assert oct((secrets / "bot" / "hub-token").stat().st_mode)[-3:] == "600"
    *_, last = images.lineage("hub")
    words = [*last.all("ENTRYPOINT")[0].words, *last.all("CMD")[0].words]
    process = subprocess.Popen(words, cwd=hub.place, env=environment, stdout=subprocess.DEVNULL)
    try:
        running.wait_until(lambda: is_healthy(web), 20, "the hub answers")
        check = [word.replace(":8080", f":{web}") for word in SERVICES["hub"]["healthcheck"]["test"][1:]]
        run(check)
        with urllib.request.urlopen(f"http://127.0.0.1:{web}/static/vendor/htmx.js", timeout=5) as answer:
            assert answer.status == 200
        # A second start, while it runs, changes no secret.
        run(command(hub, "secrets", secrets))
        run(command(hub, "prepare", secrets))
        assert {path: path.read_text() for path in secrets.rglob("*") if path.is_file()} == kept
    finally:
        process.send_signal(signal.SIGTERM)
        assert process.wait(int(SERVICES["hub"]["stop_grace_period"].removesuffix("s"))) == 0


def test_the_image_has_the_hub_without_what_makes_or_tests_it(hub):
    assert {path.name for path in hub.place.iterdir()} == {
        ".venv", "node_modules", "pyproject.toml", "LICENSE", "demo", "channels", "intake",
    }  # fmt: skip
    installed = {path.name for path in (hub.place / ".venv" / "lib" / "python3.11" / "site-packages").iterdir()}
    assert not {"pytest", "ruff", "hypothesis"} & installed
    assert {path.name for path in (hub.place / "node_modules").iterdir() if not path.name.startswith(".")} == {
        "htmx.org"
    }


def is_healthy(port: int) -> bool:
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/healthz", timeout=2) as answer:
            return answer.status == 200
    except OSError:
        return False
