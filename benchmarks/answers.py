"""From a question in the chat to the answer from the catalogue: real Rasa, real hub, questions of the evaluation set.

Questions leave at fixed moments, whether or not earlier ones were answered; each is of another citizen. Only answers
with a product count for the time; what the bot does not know goes to people and is counted apart.
"""

import asyncio
from pathlib import Path
from typing import Any

import yaml

from benchmarks import city, figures
from tests.support import running

QUESTIONS = Path("nlu_data/evaluation/demo_nl_development.yaml")
PER_SECOND = 5
SECONDS = 40
ROUNDS = 3
PATIENCE_SECONDS = 20


def _questions() -> list[str]:
    rows: list[dict[str, Any]] = yaml.safe_load(QUESTIONS.read_text(encoding="utf-8"))
    return [row["text"] for row in rows if row.get("product")]


async def _round(count: int, url: str, tell: figures.Tell) -> tuple[list[float], int]:
    """Milliseconds of each answer from the catalogue, and how many questions were answered otherwise."""
    texts, loop = _questions(), asyncio.get_running_loop()
    times: list[float] = []
    others = 0

    async def ask(number: int, at: float) -> None:
        nonlocal others
        await asyncio.sleep(max(0, at - 1 - loop.time()))
        async with running.ChatClient(url) as chat:
            await asyncio.sleep(max(0, at - loop.time()))
            began = loop.time()
            await chat.send(text=texts[number % len(texts)])
            answer = await chat.until(
                lambda: next((said for said in chat.messages if said["author"] != "citizen"), None), PATIENCE_SECONDS
            )
            if answer["card"]:
                times.append((loop.time() - began) * 1000)
            else:
                others += 1
        if number % PER_SECOND == 0:
            tell(f"{number} of {count} questions")

    begin = loop.time() + 2
    async with asyncio.TaskGroup() as tasks:
        for number in range(count):
            tasks.create_task(ask(number, begin + number / PER_SECOND))
    return times, others


async def measure(scale: figures.Scale, tell: figures.Tell) -> list[figures.Figure]:
    """p50 and p95 of each round in milliseconds, from send to the frame that holds the answer."""
    count = scale.of(SECONDS, 2) * PER_SECOND
    async with city.open_city() as hub:
        rounds = [await _round(count, hub.url, tell) for _ in range(min(ROUNDS, scale.rounds))]
    asked, others = count * len(rounds), sum(others for _, others in rounds)
    title = f"Chat question to catalogue answer, {PER_SECOND}/s"
    return [
        figures.Figure(
            name="answer_p95",
            title=f"{title}: p95",
            unit="ms",
            hub=tuple(figures.percentile(times, 0.95) for times, _ in rounds),
            bound=300,
            is_ceiling=True,
            note=f"{asked} questions, {asked - others} answered from the catalogue, {others} otherwise",
        ),
        figures.Figure(
            name="answer_p50",
            title=f"{title}: p50",
            unit="ms",
            hub=tuple(figures.percentile(times, 0.5) for times, _ in rounds),
        ),
    ]
