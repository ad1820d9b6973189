"""`onthaal evaluate`: how good the first line is on questions with known answers."""

import asyncio
import json
import statistics
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import click

from intake import errors, log
from intake.app import registry
from intake.evaluation import measures, questions, running
from intake.settings import Settings

_FILE = click.Path(exists=True, dir_okay=False, path_type=Path)
_TITLES = {
    "top_1": "juiste product eerst",
    "top_3": "juiste product bij de eerste drie",
    "answered": "direct beantwoord",
    "answered_right": "daarvan juist",
    "wrong_answers": "fout beantwoord",
    "offered": "keuze voorgelegd",
    "offered_right": "daarvan met het juiste product",
    "far": "ver buiten de stad: toch beantwoord",
    "near": "dichtbij: toch beantwoord",
    "borderline": "grensgeval: toch beantwoord",
}


@click.command()
@click.option(
    "--catalogue",
    type=click.Path(exists=True, path_type=Path),
    required=True,
    help="Products: JSON Lines, or a folder with the YAML of a city.",
)
@click.option("--questions", "asked", type=_FILE, required=True, multiple=True, help="Questions with their products.")
@click.option("--out-of-scope", "foreign", type=_FILE, multiple=True, help="Texts that no product answers.")
@click.option(
    "--learned",
    default=None,
    type=click.Path(exists=True, file_okay=False, path_type=Path),
    help="Folder of `onthaal catalogue learn`; default: the one of the settings.",
)
@click.option("--json", "as_json", is_flag=True, help="For programs.")
def evaluate(
    catalogue: Path, asked: Sequence[Path], foreign: Sequence[Path], learned: Path | None, *, as_json: bool
) -> None:
    """Ask the bot questions with known answers, about a catalogue of its own, and show what its answers are worth."""
    products = questions.products(catalogue)
    known, outside = questions.questions(asked), questions.foreign(foreign)
    if not known:
        raise errors.Invalid("Er zijn geen vragen gelezen.")
    settings = registry.load_settings()
    log.set_up(level="ERROR")
    found = asyncio.run(_measure(settings, products, known, outside, learned))
    click.echo(json.dumps(found, indent=1, ensure_ascii=False) if as_json else "\n".join(_table(found)))


async def _measure(
    settings: Settings,
    products: Sequence[questions.Product],
    known: Sequence[questions.Question],
    outside: Sequence[questions.Question],
    learned: Path | None,
) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        async with running.bot_with(settings, products, Path(folder), learned) as bot:
            count = len(known) + len(outside)
            with click.progressbar(length=count, label="Vragen", file=sys.stderr) as bar:
                asked, times = await running.ask(bot, known, products, lambda: bar.update(1))
                refused, more = await running.ask(bot, outside, products, lambda: bar.update(1))
    languages = sorted({one.question.language for one in asked})
    return {
        "products": len(products),
        "questions": _json(measures.of_questions(asked)),
        "languages": {
            language: _json(measures.of_questions([one for one in asked if one.question.language == language]))
            for language in languages
        },
        "out_of_scope": _json(measures.of_foreign(refused)),
        "curve": [[round(share, 4), round(precision, 4)] for share, precision in measures.curve(asked)],
        "milliseconds": {"median": round(statistics.median([*times, *more]), 1)},
    }


def _json(shares: dict[str, measures.Share]) -> dict[str, Any]:
    return {name: share.json() for name, share in shares.items()}


def _table(found: dict[str, Any]) -> list[str]:
    lines = [f"{found['products']} producten"]
    parts = {"alle vragen": found["questions"], "buiten de stad": found["out_of_scope"]}
    if len(found["languages"]) > 1:
        parts |= {f"taal {language}": shares for language, shares in found["languages"].items()}
    for title, shares in parts.items():
        lines += ["", title]
        lines += [
            f"  {_TITLES[name]:36} {one['share']:6.1%}  ({one['count']} van {one['of']}, 95 % tussen "
            f"{one['low']:.1%} en {one['high']:.1%})"
            for name, one in shares.items()
            if one["of"]
        ]
    lines += ["", f"mediane tijd per vraag: {found['milliseconds']['median']} ms"]
    return lines
