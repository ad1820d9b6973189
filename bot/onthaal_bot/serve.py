"""Serve a trained model over HTTP: `python -m onthaal_bot.serve --model FILE --port N [--host 127.0.0.1]`.

Environment: ONTHAAL_BOT_TOKEN (required; every request carries it as `?token=`) and
ONTHAAL_BOT_SNAPSHOT (the catalogue, see `catalogue_ranker`). Standard input is a pipe held by the parent:
when it ends, the process ends, so that a killed parent leaves no server behind.
"""

import argparse
import functools
import logging
import os
import socket
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

from onthaal_bot import environment, quiet_log

if TYPE_CHECKING:
    from asyncio import AbstractEventLoop

    from sanic import Sanic

TOKEN = "ONTHAAL_BOT_TOKEN"  # noqa: S105 - the name of a variable
# A message has at most 4,000 characters; a longer body would block the one event loop for seconds.
REQUEST_BYTES = 65_536
RESPONSE_SECONDS = 30
STDIN = 0
EXIT_NOT_SERVED = 1
EXIT_UNUSABLE = 2

log = logging.getLogger("onthaal_bot.serve")  # __name__ is __main__ here


def exit_at_end_of(stream_number: int) -> None:
    """End the process as soon as this file descriptor reaches its end; returns at once."""

    def watch() -> None:
        while True:
            try:
                if not os.read(stream_number, 1024):
                    break
            except InterruptedError:
                continue
            except OSError:
                break
        # A graceful stop could hang on an open request, and nobody is left to wait for it.
        os._exit(0)

    threading.Thread(target=watch, name="stdin watch", daemon=True).start()


def bind(host: str, port: int) -> socket.socket:
    """A socket bound to the address, not yet listening: callers are refused until the model is loaded.

    Raises:
        OSError: when the address is not ours or taken.
    """
    made = socket.socket(socket.AF_INET6 if ":" in host else socket.AF_INET)
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    made.bind((host, port))
    return made


async def _load(model: Path, app: "Sanic", loop: "AbstractEventLoop") -> None:
    from rasa.core import agent  # noqa: PLC0415
    from rasa.core.utils import AvailableEndpoints  # noqa: PLC0415

    app.ctx.agent = await agent.load_agent(
        model_path=str(model), remote_storage=None, endpoints=AvailableEndpoints(), loop=loop
    )
    if not app.ctx.agent.is_ready():
        log.critical("the model could not be loaded: train it again")
        os._exit(EXIT_UNUSABLE)


async def _say_ready(app: "Sanic", _loop: "AbstractEventLoop") -> None:
    app.ctx.served = True
    log.info("ready")


def build(model: Path, token: str, port: int) -> "Sanic":
    """The web application: Rasa's API and REST channel, both behind the token.

    The REST channel has no authentication of its own, so a request middleware guards everything.
    """
    from rasa.core import run  # noqa: PLC0415
    from rasa.core.channels.rest import RestInput  # noqa: PLC0415
    from rasa.core.utils import AvailableEndpoints  # noqa: PLC0415
    from rasa.utils.common import configure_logging_and_warnings  # noqa: PLC0415
    from rasa.utils.log_utils import configure_structlog  # noqa: PLC0415

    from onthaal_bot import token_guard  # noqa: PLC0415

    configure_logging_and_warnings(logging.WARNING)
    configure_structlog(logging.WARNING)
    app = run.configure_app(
        [RestInput()],
        auth_token=token,
        response_timeout=RESPONSE_SECONDS,
        port=port,
        endpoints=AvailableEndpoints(),
    )
    app.config.REQUEST_MAX_SIZE = REQUEST_BYTES
    app.config.MOTD = False
    app.register_middleware(token_guard.guard(token), "request")
    app.register_listener(functools.partial(_load, model), "before_server_start")
    app.ctx.served = False
    app.register_listener(_say_ready, "after_server_start")
    app.register_listener(run.close_resources, "after_server_stop")
    quiet_log.configure()
    return app


def main(arguments: list[str] | None = None) -> int:
    """Read the command line and serve until standard input ends or a signal arrives."""
    parser = argparse.ArgumentParser(prog="python -m onthaal_bot.serve", description="Serve the bot.")
    parser.add_argument("--model", type=Path, required=True)
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--host", default="127.0.0.1", help="address to listen on (default: this machine only)")
    given = parser.parse_args(arguments)
    token = os.environ.pop(TOKEN, "")
    if not token:
        parser.error(f"set {TOKEN} to the token that requests must carry")
    model: Path = given.model.resolve()
    if not model.is_file():
        parser.error(f"there is no model at {model}: make it with python -m onthaal_bot.train --out {model}")
    try:
        bound = bind(given.host, given.port)
    except OSError as error:
        sys.stderr.write(f"serve: cannot use {given.host}:{given.port}: {error.strerror}. Give another --port.\n")
        return EXIT_NOT_SERVED
    exit_at_end_of(STDIN)
    environment.prepare()
    quiet_log.configure()
    app = build(model, token, given.port)
    app.run(sock=bound, access_log=False)
    # Sanic only logs what kept it from serving.
    return 0 if app.ctx.served else EXIT_NOT_SERVED


if __name__ == "__main__":
    sys.exit(main())
