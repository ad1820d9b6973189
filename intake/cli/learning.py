"""Lets the bot's own Python learn from a collection of products, and shows how far it is."""

import json
import subprocess
import sys
from collections.abc import Iterable
from pathlib import Path
from typing import Final

import click

from intake import errors
from intake.app import bots
from intake.settings import Settings

_STEPS: Final = {"trial": "Oefenen", "weigh": "Wegen", "learn": "Leren"}


def learn(settings: Settings, collection: Path, out: Path) -> None:
    """Learn from `collection` into the folder `out`.

    Raises:
        BadSettings: the bot has no environment of its own.
        Invalid: the collection cannot be learned from.
    """
    python = bots.python_of(settings)
    own = (settings.bot.folder / ".." / "nlu_data").absolute()
    command = [str(python), "-m", "onthaal_bot.learning", str(collection), "--out", str(out), "--own", str(own)]
    try:
        with subprocess.Popen(command, cwd=settings.bot.folder, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603 - our own program
            assert process.stdout is not None  # noqa: S101 - made with a pipe
            _show(process.stdout)
    except OSError as error:
        raise errors.BadSettings(f"{python} start niet ({error.strerror}). Draai eerst `make setup`.") from error
    if process.returncode != 0:
        raise errors.Invalid(f"Uit {collection} is niet te leren; de reden staat hierboven.")


def _show(lines: Iterable[str]) -> None:
    bar, name, done = None, "", 0
    for line in lines:
        told = json.loads(line)
        if told["step"] != name or bar is None:
            if bar is not None:
                bar.render_finish()
            name, done = told["step"], 0
            bar = click.progressbar(length=told["of"], label=_STEPS.get(name, name), file=sys.stderr)
        bar.update(told["done"] - done)
        done = told["done"]
    if bar is not None:
        bar.render_finish()
