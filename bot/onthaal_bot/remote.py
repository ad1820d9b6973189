"""A bot that runs away from its hub, as in its container: `python -m onthaal_bot.remote [--port N] [--host ADDRESS]`.

Runs `serve` and `sync` side by side until a signal, or until one of them ends: then the other is stopped too, and who
started this (a container engine, systemd) starts both anew. `--check` asks a running bot whether it understands.

Environment: ONTHAAL_BOT_TOKEN and ONTHAAL_HUB_TOKEN, or with `_FILE` at the end of the name the file that holds it;
ONTHAAL_HUB_URL and ONTHAAL_BOT_SNAPSHOT as in `sync`. Only the standard library.
"""

import argparse
import json
import os
import signal
import subprocess
import sys
import threading
import urllib.request
from collections.abc import Mapping
from pathlib import Path

BOT = Path(__file__).resolve().parent.parent
MODELS = BOT.parent / "var" / "models"
TOKENS = ("ONTHAAL_BOT_TOKEN", "ONTHAAL_HUB_TOKEN")
PLAIN = ("ONTHAAL_HUB_URL", "ONTHAAL_BOT_SNAPSHOT")
# Source: the default of Rasa.
PORT = 5005
# Docker waits 10 s before it kills.
STOP_SECONDS = 8.0
CHECK_SECONDS = 4.0
EXIT_ENDED = 1


class Unusable(Exception):
    """The environment lacks something; the message says what to set."""


def secret(name: str, environment: Mapping[str, str]) -> str:
    """A token from the environment or from the file that `NAME_FILE` names.

    Raises:
        Unusable: there is none.
    """
    named = environment.get(f"{name}_FILE")
    if not named:
        found = environment.get(name, "")
    else:
        try:
            found = Path(named).read_text("utf-8").rstrip("\r\n")
        except (OSError, UnicodeDecodeError) as error:
            raise Unusable(f"{name}_FILE: {named} cannot be read ({error}).") from error
    if not found:
        raise Unusable(f"Set {name}, or {name}_FILE to the file that holds it.")
    return found


def for_children(outer: Mapping[str, str]) -> dict[str, str]:
    """The environment of both programs.

    Raises:
        Unusable: something is not set.
    """
    missing = [name for name in PLAIN if not outer.get(name)]
    if missing:
        raise Unusable(f"Set {', '.join(missing)}.")
    inner = {name: value for name, value in outer.items() if name.removesuffix("_FILE") not in TOKENS}
    return {**inner, **{name: secret(name, outer) for name in TOKENS}}


def newest_model(folder: Path = MODELS) -> Path:
    """The trained model of this installation.

    Raises:
        Unusable: there is none.
    """
    models = sorted(folder.glob("*.tar.gz"), key=lambda path: path.stat().st_mtime)
    if not models:
        raise Unusable(f"There is no model in {folder}: make it with python3 scripts/setup.py bot.")
    return models[-1]


def understands(port: int, token: str) -> bool:
    """Whether the bot on this machine makes something of a sentence: that it answers at all says too little."""
    request = urllib.request.Request(
        f"http://127.0.0.1:{port}/model/parse",
        data=json.dumps({"text": "hallo"}).encode(),
        headers={"Authorization": f"Bearer {token}", "Content-Type": "application/json"},
    )
    try:
        with urllib.request.urlopen(request, timeout=CHECK_SECONDS) as response:  # noqa: S310 - as above
            return bool(json.load(response)["intent"]["name"])
    except (OSError, ValueError, LookupError, TypeError):
        return False


def run(model: Path, host: str, port: int, environment: Mapping[str, str]) -> int:
    """Run both programs until a signal, or until one of them ends.

    Returns:
        The exit code: 0 after a signal, else 1.
    """
    asked, over = threading.Event(), threading.Event()

    def stop(_number: int, _frame: object) -> None:
        asked.set()
        over.set()

    for number in (signal.SIGTERM, signal.SIGINT):
        signal.signal(number, stop)
    serve = ("onthaal_bot.serve", "--model", str(model), "--host", host, "--port", str(port))
    # `serve` ends when its standard input does: the pipe is held here, whatever this program got as its own.
    commands = (serve, ("onthaal_bot.sync",))
    started = [
        subprocess.Popen(  # noqa: S603 - our own programs
            [sys.executable, "-m", *words], cwd=BOT, env=dict(environment), stdin=subprocess.PIPE
        )
        for words in commands
    ]

    def watch(name: str, program: subprocess.Popen[bytes]) -> None:
        code = program.wait()
        if not asked.is_set():
            sys.stderr.write(f"remote: {name} ended with {code}; stopping.\n")
        over.set()

    for words, program in zip(commands, started, strict=True):
        threading.Thread(target=watch, args=(words[0], program), daemon=True).start()
    over.wait()
    for program in started:
        program.terminate()
    for program in started:
        try:
            program.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            program.kill()
    return 0 if asked.is_set() else EXIT_ENDED


def main(arguments: "list[str] | None" = None) -> int:
    """Read the command line, then run both programs or check a running bot."""
    parser = argparse.ArgumentParser(prog="python -m onthaal_bot.remote", description="Run a bot away from its hub.")
    parser.add_argument("--port", type=int, default=PORT)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    parser.add_argument("--model", type=Path, help="trained model (default: the newest in var/models)")
    parser.add_argument("--check", action="store_true", help="only ask the bot that runs on this port; exit 1 if not")
    given = parser.parse_args(arguments)
    try:
        if given.check:
            return 0 if understands(given.port, secret(TOKENS[0], os.environ)) else EXIT_ENDED
        return run(given.model or newest_model(), given.host, given.port, for_children(os.environ))
    except Unusable as fault:
        parser.error(str(fault))


if __name__ == "__main__":
    sys.exit(main())
