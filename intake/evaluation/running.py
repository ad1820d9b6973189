"""Asks the real bot, with a catalogue of its own, and leaves nothing behind."""

import asyncio
import contextlib
import json
import time
from collections.abc import AsyncGenerator, Callable, Sequence
from pathlib import Path

from intake import errors, ports
from intake.app import bots
from intake.bot_client import client, process
from intake.evaluation import measures, questions
from intake.settings import Settings

START_SECONDS = 120


@contextlib.asynccontextmanager
async def bot_with(
    settings: Settings, products: Sequence[questions.Product], folder: Path, learned: Path | None
) -> AsyncGenerator[client.RasaClient]:
    """A bot that knows these products alone, and what was learned in `learned`.

    Raises:
        BadSettings: it has no environment or no model.
        BotUnavailable: it does not start.
    """
    snapshot, log_file = folder / "catalogue.json", folder / "bot.log"
    entries = [product.entry() for product in products]
    snapshot.write_text(json.dumps({"version": "evaluation", "products": entries}), encoding="utf-8")
    bot, keeper = bots.embedded(settings, snapshot, log_file, learned)
    try:
        async with asyncio.TaskGroup() as tasks:
            keeping = tasks.create_task(keeper.run(), name="bot")
            try:
                await _ready(keeper, log_file)
                yield bot
            finally:
                keeping.cancel()
    except ExceptionGroup as group:  # of one: what the bot, or who asks it, ended with
        raise group.exceptions[0] from group
    finally:
        await bot.close()


async def _ready(keeper: process.BotProcess, log_file: Path) -> None:
    try:
        async with asyncio.timeout(START_SECONDS):
            await keeper.ready.wait()
    except TimeoutError as error:
        raise errors.BotUnavailable(f"De bot start niet. {_last_line(log_file)}".strip()) from error


def _last_line(file: Path) -> str:
    if not file.is_file():
        return ""
    return next(reversed(file.read_text(encoding="utf-8", errors="replace").splitlines()), "")


async def ask(
    bot: ports.Bot,
    asked: Sequence[questions.Question],
    products: Sequence[questions.Product],
    step: Callable[[], None],
) -> tuple[list[measures.Asked], list[float]]:
    """What the bot makes of each question, in their order, and the milliseconds that each took."""
    by_id = {product.id: product for product in products}
    found: list[measures.Asked] = []
    times: list[float] = []
    for question in asked:
        began = time.perf_counter()
        understood = await bot.understand(question.text)
        times.append((time.perf_counter() - began) * 1000)
        found.append(measures.judge(question, understood, by_id))
        step()
    return found, times
